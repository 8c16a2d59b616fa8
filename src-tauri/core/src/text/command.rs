//! Commands, as other chat programs have them: what a typed text that begins with `/` asks for.

/// What a typed text asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed<'a> {
    /// A message.
    Text(&'a str),
    /// A message that is sent as it is.
    Plain(String),
    /// What the user does, told as a sentence that begins with their name.
    Emote(&'a str),
    /// A room's card, by whatever form of its address.
    Room(&'a str),
    /// Nothing yet: behind this command something has to follow.
    Unfinished(&'a str),
    /// A command that the app does not know.
    Unknown(&'a str),
}

/// Those that put something before the text, as in Element.
const FACES: &[(&str, &str)] = &[
    ("shrug", r"¯\_(ツ)_/¯"),
    ("tableflip", "(╯°□°）╯︵ ┻━┻"),
    ("unflip", "┬──┬ ノ( ゜-゜ノ)"),
    ("lenny", "( ͡° ͜ʖ ͡°)"),
];

/// Folders that people write about; `/tmp is full` is a text.
const FOLDERS: &[&str] = &[
    "bin", "boot", "data", "dev", "etc", "galaxy", "home", "lib", "media", "mnt", "opt", "proc",
    "root", "run", "sbin", "scratch", "srv", "storage", "sys", "tmp", "usr", "var", "work",
];

/// Reads a text. A path (`/srv/galaxy`) and a slash before anything but a name are text.
#[must_use]
pub fn read_typed(text: &str) -> Typed<'_> {
    let Some(line) = text.strip_prefix('/') else { return Typed::Text(text) };
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphabetic()) {
        return Typed::Text(text);
    }
    // With its slash, as it was typed.
    let command = &text[..=name.len()];
    let name = name.to_ascii_lowercase();
    // Behind the one blank that ends the command, all is text.
    let rest = rest.strip_prefix(char::is_whitespace).unwrap_or(rest);
    let is_empty = rest.trim().is_empty();
    match &*name {
        "me" | "join" | "j" | "plain" if is_empty => Typed::Unfinished(command),
        "me" => Typed::Emote(rest),
        "join" | "j" => Typed::Room(rest.trim()),
        "plain" => Typed::Plain(rest.to_owned()),
        _ => match FACES.iter().find(|(face, _)| *face == name) {
            Some((_, face)) if is_empty => Typed::Plain((*face).to_owned()),
            Some((_, face)) => Typed::Plain(format!("{face} {rest}")),
            None if FOLDERS.contains(&&*name) => Typed::Text(text),
            None => Typed::Unknown(command),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn commands() {
        for (text, typed) in [
            ("/me looks at the data", Typed::Emote("looks at the data")),
            ("/ME looks", Typed::Emote("looks")),
            ("/me\nlooks\nagain", Typed::Emote("looks\nagain")),
            ("/me  looks", Typed::Emote(" looks")),
            ("/me", Typed::Unfinished("/me")),
            ("/Me  ", Typed::Unfinished("/Me")),
            ("/join #a:b.org ", Typed::Room("#a:b.org")),
            ("/j https://matrix.to/#/#a:b.org", Typed::Room("https://matrix.to/#/#a:b.org")),
            ("/join", Typed::Unfinished("/join")),
            ("/plain *a*", Typed::Plain("*a*".to_owned())),
            ("/shrug", Typed::Plain(r"¯\_(ツ)_/¯".to_owned())),
            ("/shrug who knows", Typed::Plain(r"¯\_(ツ)_/¯ who knows".to_owned())),
            ("/invite somebody", Typed::Unknown("/invite")),
            ("/meet you there", Typed::Unknown("/meet")),
            ("/jion #a:b.org", Typed::Unknown("/jion")),
        ] {
            assert_eq!(read_typed(text), typed, "{text}");
        }
    }

    #[test]
    fn what_is_no_command_is_text() {
        for text in [
            "/srv/galaxy/tool.py fails",
            "/tmp is full",
            "/home",
            "//server/share",
            "/",
            "/ me",
            "/5",
            "/me.",
            "/me: looks",
            "/me/you",
            "/data_1 is gone",
            "/été",
            " /me looks",
            "me /me",
            "a\n/me b",
            "",
        ] {
            assert_eq!(read_typed(text), Typed::Text(text));
        }
    }

    proptest! {
        #[test]
        fn nothing_that_was_typed_is_lost(text in "(/[a-zA-Z]{0,6}[ \n/.]?)?.{0,20}") {
            match read_typed(&text) {
                Typed::Text(read) => prop_assert_eq!(read, &text),
                Typed::Plain(read) => {
                    let end = text.find(char::is_whitespace).map_or("", |end| &text[end..]);
                    prop_assert!(read.contains(end.trim()));
                }
                Typed::Emote(rest) => prop_assert_eq!(&text[4..], rest),
                Typed::Room(rest) => prop_assert!(text.trim_end().ends_with(rest)),
                Typed::Unfinished(command) => prop_assert_eq!(text.trim_end(), command),
                Typed::Unknown(command) => prop_assert!(text.starts_with(command)),
            }
        }
    }
}
