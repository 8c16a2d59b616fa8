//! Room aliases, room ids, user ids and `matrix:` URIs within the plain text of a message.
//!
//! Nothing is repaired here: what a writer means by other forms, only the reader could say.

use std::ops::Range;

use super::{Meaning, identifier, read_matrix_link, text::SEPARATORS};
use crate::wire::AddressFault;

/// What a `matrix:` URI in a text begins with, in lower case.
const URIS: &[&str] = &["matrix:r/", "matrix:room/", "matrix:roomid/", "matrix:u/", "matrix:user/"];

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
    for (start, character) in text.char_indices() {
        let begins = start >= end && before.is_none_or(|before| !is_part_of_word(before));
        before = Some(character);
        if !begins {
            continue;
        }
        let rest = &text[start..];
        let named = match character {
            '#' | '!' | '@' => read_identifier(rest),
            'm' | 'M' => read_uri(rest),
            _ => None,
        };
        if let Some((length, meaning)) = named {
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

/// Reads an identifier at the beginning of a text, and says how long it is there.
fn read_identifier(text: &str) -> Option<(usize, Meaning)> {
    let token = token(text);
    let (local, rest) = token.split_once(':')?;
    // A sign before a word is none of an address: `#include`, `@param`, `!important`.
    let server = identifier::server_prefix(rest);
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

fn read_uri(text: &str) -> Option<(usize, Meaning)> {
    let is_uri = |scheme: &&str| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    URIS.iter().find(|scheme| is_uri(scheme))?;
    let uri = token(text).trim_end_matches(|c: char| ".,;:!?)]}'*_~".contains(c));
    Some((uri.len(), read_matrix_link(uri)?))
}

/// What stands before the next character that is no part of an address.
fn token(text: &str) -> &str {
    let ends = |c: char| {
        c.is_whitespace()
            || SEPARATORS.contains(&c)
            || matches!(c, '，' | '！' | '？' | '；' | '）')
    };
    &text[..text.find(ends).unwrap_or(text.len())]
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
