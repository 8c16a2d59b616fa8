//! Room aliases, room ids, user ids and `matrix:` URIs within the plain text of a message.
//!
//! Nothing is repaired here: what a writer means by other forms, only the reader could say.

use std::ops::Range;

use super::{
    Meaning, identifier, identifier::MAX_IDENTIFIER_BYTES, read_matrix_link, text::SEPARATORS,
};
use crate::wire::AddressFault;

/// What a `matrix:` URI in a text begins with, in lower case.
const URIS: &[&str] = &["matrix:r/", "matrix:room/", "matrix:roomid/", "matrix:u/", "matrix:user/"];

/// No URI that is longer is read.
const MAX_URI_BYTES: usize = 2_048;

/// So much of a text is read for addresses in all. Without it a text without blanks, in which something begins at
/// every other character, would be read hundreds of times.
const MAX_READ_BYTES: usize = 256 * 1024;

/// A room or a person that a text names.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// Where in the text, in bytes.
    pub range: Range<usize>,
    /// [`Meaning::Room`] or [`Meaning::Person`].
    pub meaning: Meaning,
}

/// The rooms and people that are named in a text, in order.
pub fn find_named(text: &str) -> Vec<Named> {
    let mut found = Vec::new();
    let mut before = None;
    let mut end = 0;
    let mut to_read = MAX_READ_BYTES;
    for (start, character) in text.char_indices() {
        let begins = start >= end && before.is_none_or(|before| !is_part_of_word(before));
        before = Some(character);
        if !begins {
            continue;
        }
        let rest = &text[start..];
        let (max_bytes, read): (_, fn(Token<'_>) -> _) = match character {
            '#' | '!' | '@' => (MAX_IDENTIFIER_BYTES, read_identifier),
            'm' | 'M' if is_uri(rest) => (MAX_URI_BYTES, read_uri),
            _ => continue,
        };
        let token = token(rest, max_bytes);
        let Some(left) = to_read.checked_sub(token.text.len()) else { break };
        to_read = left;
        if let Some((length, meaning)) = read(token) {
            end = start + length;
            found.push(Named { range: start..end, meaning });
        }
    }
    found
}

/// Whether an identifier cannot begin behind this character. Chinese and Japanese are written without blanks.
fn is_part_of_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-./=%&#@+?!$\\".contains(character)
}

/// A part of a text that may be an address.
#[derive(Clone, Copy)]
struct Token<'a> {
    text: &'a str,
    /// It was not cut.
    is_whole: bool,
}

/// Reads an identifier at the beginning of a token, and says how long it is there.
fn read_identifier(Token { text: token, is_whole }: Token<'_>) -> Option<(usize, Meaning)> {
    let (local, rest) = token.split_once(':')?;
    let server = identifier::server_prefix(rest);
    // The name of a server that goes on where the token was cut is another server's.
    if !is_whole && rest[server.len()..].chars().all(identifier::is_of_server) {
        return None;
    }
    // A sign before a word is none of an address: `#include`, `@param`, `!important`.
    let is_host = server.contains(['.', '[']) || server.starts_with("localhost:");
    if local.chars().count() < 2 || !is_host || local.contains(['(', '{', ',', ';']) {
        return None;
    }
    let identifier = &token[..local.len() + 1 + server.len()];
    let mut reading = super::Reading::nothing("", AddressFault::NoAddress);
    let meaning = identifier::read(identifier, &mut reading);
    let is_sound = matches!(meaning, Meaning::Room(_) | Meaning::Person(_));
    (is_sound && reading.repairs.is_empty()).then_some((identifier.len(), meaning))
}

fn is_uri(text: &str) -> bool {
    URIS.iter()
        .any(|begin| text.get(..begin.len()).is_some_and(|start| start.eq_ignore_ascii_case(begin)))
}

fn read_uri(token: Token<'_>) -> Option<(usize, Meaning)> {
    if !token.is_whole {
        return None;
    }
    let uri = token.text.trim_end_matches(|c: char| ".,;:!?)]}'*_~".contains(c));
    Some((uri.len(), read_matrix_link(uri)?))
}

/// What stands before the next character that is no part of an address, but little more than so many bytes.
fn token(text: &str, max_bytes: usize) -> Token<'_> {
    let ends = |c: char| {
        c.is_whitespace()
            || SEPARATORS.contains(&c)
            || matches!(c, '，' | '！' | '？' | '；' | '）')
    };
    // The character behind takes up to four bytes.
    let start = &text[..text.floor_char_boundary(max_bytes + 4)];
    match start.find(ends) {
        Some(end) => Token { text: &start[..end], is_whole: true },
        None => Token { text: start, is_whole: start.len() == text.len() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<&str> {
        find_named(text).into_iter().map(|named| &text[named.range]).collect()
    }

    #[test]
    fn rooms_and_people_are_found_where_they_stand_for_themselves() {
        for (text, found) in [
            ("#galaxyproject_dev:gitter.im", &["#galaxyproject_dev:gitter.im"][..]),
            ("Ask in #galaxyproject_dev:gitter.im.", &["#galaxyproject_dev:gitter.im"]),
            ("(#a1:b.org, #c1:d.org)", &["#a1:b.org", "#c1:d.org"]),
            ("Room:#a1:b.org", &["#a1:b.org"]),
            ("**#a1:b.org**", &["#a1:b.org"]),
            ("聊天室#a1:b.org。谢谢", &["#a1:b.org"]),
            ("见#комната:example.org，谢谢", &["#комната:example.org"]),
            ("@helper:example.org: look", &["@helper:example.org"]),
            ("!yShkfqncgjcRcRztBU:gitter.im", &["!yShkfqncgjcRcRztBU:gitter.im"]),
            ("#room:localhost:8448 here", &["#room:localhost:8448"]),
            ("#room:[::1]:8448", &["#room:[::1]:8448"]),
            (
                "matrix:r/galaxyproject_Lobby:gitter.im.",
                &["matrix:r/galaxyproject_Lobby:gitter.im"],
            ),
            ("See MATRIX:u/helper:example.org!", &["MATRIX:u/helper:example.org"]),
            ("<matrix:roomid/a:b.org?via=c.org>", &["matrix:roomid/a:b.org?via=c.org"]),
        ] {
            assert_eq!(named(text), found, "{text}");
        }
    }

    /// Each length is tried with what is part of a server's name behind it, and with what is not.
    #[test]
    fn an_identifier_has_at_most_255_bytes() {
        for local in [1, 200, 244, 245, 246, 247, 300] {
            let alias = format!("#{}:b.example", "a".repeat(local));
            let is_read = alias.len() <= 255;
            for behind in ["", " ", "。", ".", "/x", ".;", &"/".repeat(300)] {
                let text = format!("{alias}{behind}");
                assert_eq!(named(&text), &[&*alias][..usize::from(is_read)], "{text}");
            }
            let other = format!("{alias}{}", ".example".repeat(40));
            assert_eq!(named(&other), [""; 0], "{other}");
        }
        let uri = |path: usize| format!("matrix:r/{}:b.org", "a".repeat(path));
        assert_eq!(named(&uri(100)), [uri(100)]);
        assert_eq!(named(&uri(MAX_URI_BYTES)), [""; 0]);
    }

    #[test]
    fn a_text_with_many_rooms_is_read_to_its_end() {
        for scrap in ["#ab:c.d ", "#ab:c.d,", "(matrix:r/a:b.c) "] {
            assert_eq!(named(&scrap.repeat(1_000)).len(), 1_000, "{scrap}");
        }
    }

    #[test]
    fn what_only_looks_alike_is_text() {
        for text in [
            "#1: mend it",
            "#include <a:b.h>",
            "#!/usr/bin/env:python.3",
            "@param:string the name",
            "@prefix x: <y:z.w>",
            "!important: read.this",
            "a #b c:d.e",
            "mail@example.org:25.x",
            "x#y:z.org",
            "https://x/#y:z.org",
            "#a1:b",
            "#a1:1.2",
            "#:b.org",
            "matrix:rooms",
            "matrix:r/",
            "a.matrix:r/a:b.org",
            "#a(b):c.d",
            "",
        ] {
            assert_eq!(named(text), [""; 0], "{text}");
        }
    }
}
