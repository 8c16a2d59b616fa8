//! Galaxy's rooms, from the bundled list or a file that replaces it.

use std::{collections::HashSet, fs, io, path::Path};

use matrix_sdk::ruma::{RoomAliasId, ServerName};
use serde::Deserialize;

use crate::wire::CatalogueEntry;

const BUNDLED: &str = include_str!("../../../../catalogue/rooms.toml");

/// The key of the room every newcomer starts in.
pub const LOBBY: &str = "lobby";

/// Galaxy's rooms in the order they are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue {
    entries: Vec<CatalogueEntry>,
}

/// Why a catalogue cannot be used. Says which entry is wrong.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The file cannot be read.
    #[error("the file cannot be read ({0})")]
    Unreadable(#[from] io::Error),
    /// It is not of the form it must have.
    #[error("{0}")]
    Malformed(#[from] toml::de::Error),
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
        /// A key or an alias.
        what: String,
    },
    /// An alias is not one.
    #[error("room {key:?}: {alias:?} is not a room address, which looks like #name:server")]
    Alias {
        /// The entry.
        key: String,
        /// What stands there.
        alias: String,
    },
    /// A `via` server is not a server name.
    #[error("room {key:?}: {via:?} is not a server name")]
    Via {
        /// The entry.
        key: String,
        /// What stands there.
        via: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    room: Vec<CatalogueEntry>,
}

impl Catalogue {
    /// The list that comes with the app.
    ///
    /// # Panics
    ///
    /// Never in a build that passed its tests: they parse it.
    #[expect(clippy::expect_used, reason = "a test parses the bundled list")]
    pub fn bundled() -> Self {
        Self::parse(BUNDLED).expect("the bundled list is valid")
    }

    /// Reads a file that replaces the bundled list.
    ///
    /// # Errors
    ///
    /// Any [`CatalogueError`].
    pub fn load(path: &Path) -> Result<Self, CatalogueError> {
        Self::parse(&fs::read_to_string(path)?)
    }

    fn parse(text: &str) -> Result<Self, CatalogueError> {
        let File { room: entries } = toml::from_str(text)?;
        if entries.is_empty() {
            return Err(CatalogueError::Empty);
        }
        let mut seen = HashSet::new();
        for entry in &entries {
            check(entry)?;
            for what in [&entry.key, &entry.alias] {
                if !seen.insert(what) {
                    return Err(CatalogueError::Twice { what: what.clone() });
                }
            }
        }
        Ok(Self { entries })
    }

    /// All rooms.
    pub fn entries(&self) -> &[CatalogueEntry] {
        &self.entries
    }

    /// The room of that key.
    pub fn by_key(&self, key: &str) -> Option<&CatalogueEntry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The room of that alias.
    pub fn by_alias(&self, alias: &str) -> Option<&CatalogueEntry> {
        self.entries.iter().find(|entry| entry.alias == alias)
    }
}

fn check(entry: &CatalogueEntry) -> Result<(), CatalogueError> {
    let key = || entry.key.clone();
    let fields = [("key", &entry.key), ("name", &entry.name), ("purpose", &entry.purpose)];
    for (field, value) in fields {
        if value.trim().is_empty() {
            return Err(CatalogueError::Missing { key: key(), field });
        }
    }
    if RoomAliasId::parse(&entry.alias).is_err() {
        return Err(CatalogueError::Alias { key: key(), alias: entry.alias.clone() });
    }
    match entry.via.iter().find(|via| ServerName::parse(via.as_str()).is_err()) {
        Some(via) => Err(CatalogueError::Via { key: key(), via: via.clone() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::RoomKind;

    #[test]
    fn bundled_list_holds_the_rooms_of_the_guide() {
        let catalogue = Catalogue::parse(BUNDLED).expect("valid");
        let entries = catalogue.entries();
        assert_eq!((entries[0].key.as_str(), entries[0].kind), (LOBBY, RoomKind::Room));
        assert_eq!(entries[0].alias, "#galaxyproject_Lobby:gitter.im");
        assert_eq!((entries[1].key.as_str(), entries[1].kind), ("space", RoomKind::Space));
        assert_eq!(entries[1].alias, "#galaxyproject:matrix.org");
        for key in
            ["proteomics", "microbiology", "single-cell", "tools", "dev", "outreach", "admins"]
        {
            assert!(catalogue.by_key(key).is_some(), "{key}");
        }
    }

    #[test]
    fn a_wrong_list_says_what_is_wrong() {
        let room = |key: &str, alias: &str| {
            format!(
                "[[room]]\nkey = {key:?}\nalias = {alias:?}\nname = \"n\"\npurpose = \"p\"\n\
                 category = \"start\"\n"
            )
        };
        let good = room("a", "#a:example.org");
        assert!(Catalogue::parse(&good).is_ok());
        for (text, says) in [
            (String::new(), "lists no room"),
            ("[[room]".to_owned(), "line 1"),
            ("[[room]]\nkey = \"a\"".to_owned(), "missing field"),
            (format!("{good}colour = \"blue\""), "unknown field"),
            (format!("{good}{}", room("a", "#b:example.org")), "a stands there twice"),
            (format!("{good}{}", room("b", "#a:example.org")), "#a:example.org stands there twice"),
            (room("a", "a:example.org"), "not a room address"),
            (room("", "#a:example.org"), "key is empty"),
            (format!("{good}via = [\"no server\"]"), "not a server name"),
        ] {
            let error = Catalogue::parse(&text).expect_err(&text).to_string();
            assert!(error.contains(says), "{error}");
        }
        assert!(matches!(
            Catalogue::load(Path::new("missing.toml")),
            Err(CatalogueError::Unreadable(_))
        ));
    }
}
