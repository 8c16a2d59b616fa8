//! What stands in a catalogue file, and what is wrong with it.

use std::{collections::HashSet, io};

use matrix_sdk::ruma::{RoomAliasId, RoomId, ServerName};
use serde::Deserialize;

use crate::wire::{CatalogueEntry, Category, MoveReason};

/// A join that names more servers than these gains nothing.
const MOST_VIA: usize = 5;

/// How deep brackets may be nested. The parser calls itself for each, and some of its ways have no limit.
const MAX_DEPTH: usize = 32;

/// Why a catalogue cannot be used. Says which entry is wrong.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The file cannot be read.
    #[error("the file cannot be read ({0})")]
    Unreadable(#[from] io::Error),
    /// It is not of the form it must have.
    #[error("{0}")]
    Malformed(#[from] toml::de::Error),
    /// Its brackets are nested deeper than in any list of rooms.
    #[error("brackets are nested more than {MAX_DEPTH} deep")]
    Deep,
    /// It lists no room.
    #[error("it lists no room")]
    Empty,
    /// A field is empty.
    #[error("room {key:?}: {field} is empty")]
    Missing {
        /// The entry.
        key: String,
        /// The field.
        field: &'static str,
    },
    /// Two entries share what must be unique.
    #[error("{what} stands there twice")]
    Twice {
        /// A key, an alias or a room id.
        what: String,
    },
    /// A field is not what its name says.
    #[error("room {key:?}: {text:?} is not {wanted}")]
    Wrong {
        /// The entry.
        key: String,
        /// What stands there.
        text: String,
        /// What should.
        wanted: &'static str,
    },
    /// More `via` servers than a join can use.
    #[error("room {key:?}: via has more than {MOST_VIA} servers")]
    ManyVia {
        /// The entry.
        key: String,
    },
    /// The file says what only the live Space can.
    #[error("room {key:?}: what the live Space says of it is not for a file")]
    Live {
        /// The entry.
        key: String,
    },
    /// A moved address is not one.
    #[error("moved {alias:?} is not a room address, which looks like #name:server")]
    MovedAlias {
        /// What stands there.
        alias: String,
    },
    /// A moved address leads to no room.
    #[error("moved {alias:?}: there is no room {to:?}")]
    MovedNowhere {
        /// The address.
        alias: String,
        /// The key that no room has.
        to: String,
    },
}

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub room: Vec<CatalogueEntry>,
    #[serde(default)]
    pub moved: Vec<Moved>,
}

/// An address that should not be joined any more.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Moved {
    pub alias: String,
    /// The key of the room to go to.
    pub to: String,
    pub reason: MoveReason,
}

impl File {
    /// # Errors
    ///
    /// Any [`CatalogueError`] but [`CatalogueError::Unreadable`].
    pub fn read(text: &str) -> Result<Self, CatalogueError> {
        if depth(text) > MAX_DEPTH {
            return Err(CatalogueError::Deep);
        }
        let file: Self = toml::from_str(text)?;
        if file.room.is_empty() {
            return Err(CatalogueError::Empty);
        }
        file.room.iter().try_for_each(check)?;
        let keys: HashSet<_> = file.room.iter().map(|entry| entry.key.as_str()).collect();
        file.moved.iter().try_for_each(|moved| check_moved(moved, &keys))?;

        unique(file.room.iter().map(|entry| &entry.key), str::to_owned)?;
        unique(file.room.iter().filter_map(|entry| entry.id.as_ref()), str::to_owned)?;
        // Two that differ in capitals only could not be told apart by those who repair them.
        let aliases = file.room.iter().map(|entry| &entry.alias);
        let moved = file.moved.iter().map(|moved| &moved.alias);
        unique(aliases.chain(moved), str::to_ascii_lowercase)?;
        Ok(file)
    }
}

/// How deep brackets are nested at the most, those in texts included.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn check(entry: &CatalogueEntry) -> Result<(), CatalogueError> {
    let key = || entry.key.clone();
    let fields = [("key", &entry.key), ("name", &entry.name), ("purpose", &entry.purpose)];
    let words = entry.words.iter().map(|word| ("a search word", word));
    for (field, value) in fields.into_iter().chain(words) {
        if value.trim().is_empty() {
            return Err(CatalogueError::Missing { key: key(), field });
        }
    }
    if entry.live.is_some() || entry.category == Category::More {
        return Err(CatalogueError::Live { key: key() });
    }
    if entry.via.len() > MOST_VIA {
        return Err(CatalogueError::ManyVia { key: key() });
    }
    let wrong = |text: &str, wanted| {
        Err(CatalogueError::Wrong { key: key(), text: text.to_owned(), wanted })
    };
    if !is_alias(&entry.alias) {
        return wrong(&entry.alias, "a room address, which looks like #name:server");
    }
    if let Some(via) = entry.via.iter().find(|via| ServerName::parse(via.as_str()).is_err()) {
        return wrong(via, "a server name");
    }
    if let Some(id) = entry.id.as_ref().filter(|id| RoomId::parse(id.as_str()).is_err()) {
        return wrong(id, "a room id, which looks like !id:server");
    }
    if !is_language(&entry.language) {
        return wrong(&entry.language, "a language tag, which looks like en or pt-BR");
    }
    Ok(())
}

fn check_moved(moved: &Moved, keys: &HashSet<&str>) -> Result<(), CatalogueError> {
    let alias = moved.alias.clone();
    if !is_alias(&alias) {
        return Err(CatalogueError::MovedAlias { alias });
    }
    if !keys.contains(moved.to.as_str()) {
        return Err(CatalogueError::MovedNowhere { alias, to: moved.to.clone() });
    }
    Ok(())
}

fn unique<'a>(
    values: impl Iterator<Item = &'a String>,
    as_compared: fn(&str) -> String,
) -> Result<(), CatalogueError> {
    let mut seen = HashSet::new();
    for what in values {
        if !seen.insert(as_compared(what)) {
            return Err(CatalogueError::Twice { what: what.clone() });
        }
    }
    Ok(())
}

fn is_alias(text: &str) -> bool {
    RoomAliasId::parse(text).is_ok()
}

/// The shape of a BCP 47 tag; whether there is such a language is not asked.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=8).contains(&first.len())
        && first.chars().all(|letter| letter.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len())
                && part.chars().all(|letter| letter.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Confidence, RoomKind};

    const ROOM: &str = "[[room]]\nkey = \"a\"\nalias = \"#A:example.org\"\nname = \"n\"\n\
                        purpose = \"p\"\ncategory = \"start\"\n";

    fn moved(alias: &str, to: &str) -> String {
        format!("[[moved]]\nalias = {alias:?}\nto = {to:?}\nreason = \"replaced\"\n")
    }

    #[test]
    fn a_short_entry_is_enough() {
        let entry = &File::read(ROOM).expect("valid").room[0];
        assert_eq!((entry.language.as_str(), entry.kind), ("en", RoomKind::Room));
        assert_eq!((entry.confidence, entry.suggested), (Confidence::High, false));
        assert!(entry.audience.is_empty() && entry.via.is_empty() && entry.words.is_empty());
        let text = format!(
            "{ROOM}language = \"pt-BR\"\nconfidence = \"medium\"\nid = \"!a:example.org\"\n"
        );
        let entry = &File::read(&text).expect("valid").room[0];
        assert_eq!(entry.id.as_deref(), Some("!a:example.org"));
        assert_eq!((entry.language.as_str(), entry.confidence), ("pt-BR", Confidence::Medium));
    }

    #[test]
    fn a_wrong_list_says_what_is_wrong() {
        let other = |from: &str, to: &str| format!("{ROOM}{}", ROOM.replace(from, to));
        let with = |line: &str| format!("{ROOM}{line}");
        for (text, says) in [
            (String::new(), "lists no room"),
            (moved("#b:example.org", "a"), "lists no room"),
            ("[[room]".to_owned(), "line 1"),
            ("[[room]]\nkey = \"a\"".to_owned(), "missing field"),
            (with("colour = \"blue\""), "unknown field"),
            (with("category = \"start\""), "duplicate key"),
            (ROOM.replace("start", "blue"), "unknown variant `blue`"),
            (with("confidence = \"low\""), "unknown variant `low`"),
            (other("#A", "#b"), "a stands there twice"),
            (other("\"a\"", "\"b\""), "#A:example.org stands there twice"),
            (other("\"a\"", "\"b\"").replace("#A", "#a"), "stands there twice"),
            (ROOM.replace('#', ""), "room \"a\": \"A:example.org\" is not a room address"),
            (ROOM.replace("\"a\"", "\"\""), "key is empty"),
            (with("words = [\"one\", \" \"]"), "room \"a\": a search word is empty"),
            (with("via = [\"no server\"]"), "room \"a\": \"no server\" is not a server name"),
            (with("via = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]"), "more than 5 servers"),
            (with("id = \"#A:example.org\""), "not a room id"),
            (ROOM.replace("start", "more"), "is not for a file"),
            (with("language = \"English, mostly\""), "not a language tag"),
            (with("language = \"\""), "not a language tag"),
            (with(&moved("b:example.org", "a")), "moved \"b:example.org\" is not a room address"),
            (with(&moved("#b:example.org", "b")), "there is no room \"b\""),
            (with(&moved("#a:example.org", "a")), "#a:example.org stands there twice"),
            (with(&moved("#b:example.org", "a").repeat(2)), "#b:example.org stands there twice"),
            (with(&moved("#b:example.org", "a").replace("replaced", "lost")), "unknown variant"),
            (with("[[moved]]\nalias = \"#b:example.org\""), "missing field"),
        ] {
            let error = File::read(&text).err().expect(&text).to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
