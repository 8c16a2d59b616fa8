//! Galaxy's rooms, from the bundled list or a file that replaces it, with what the live Space adds.

mod current;
mod file;
mod live;
mod search;

use std::{fs, path::Path};

pub use self::{current::Current, file::CatalogueError, live::Leads};
use self::{
    file::{File, Moved},
    search::Index,
};
use crate::wire::{CatalogueEntry, MoveReason};

const BUNDLED: &str = include_str!("../../../../catalogue/rooms.toml");

/// The key of the room every newcomer starts in.
pub const LOBBY: &str = "lobby";

/// The key of the Space that lists Galaxy's rooms.
pub const SPACE: &str = "space";

/// Galaxy's rooms in the order they are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue {
    entries: Vec<CatalogueEntry>,
    moved: Vec<Moved>,
    index: Index,
}

/// The room to go to in place of one that should not be joined any more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Successor<'a> {
    /// The room.
    pub entry: &'a CatalogueEntry,
    /// Why.
    pub reason: MoveReason,
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
        let File { room: entries, moved } = File::read(text)?;
        let index = Index::new(&entries);
        Ok(Self { entries, moved, index })
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

    /// The room of that alias, whatever has become of its capitals. Servers do compare them: the
    /// alias to use is the entry's.
    pub fn by_alias_any_case(&self, alias: &str) -> Option<&CatalogueEntry> {
        self.entries.iter().find(|entry| entry.alias.eq_ignore_ascii_case(alias))
    }

    /// The room of that id, where the list tells ids.
    pub fn by_id(&self, id: &str) -> Option<&CatalogueEntry> {
        self.entries.iter().find(|entry| entry.id.as_deref() == Some(id))
    }

    /// Where to go in place of an alias that should not be joined any more, whatever its capitals.
    pub fn successor(&self, alias: &str) -> Option<Successor<'_>> {
        let moved = self.moved.iter().find(|moved| moved.alias.eq_ignore_ascii_case(alias))?;
        Some(Successor { entry: self.by_key(&moved.to)?, reason: moved.reason })
    }

    /// All aliases that should not be joined any more, and where to go instead.
    pub fn moves(&self) -> impl Iterator<Item = (&str, Successor<'_>)> {
        self.moved.iter().filter_map(|moved| {
            let entry = self.by_key(&moved.to)?;
            Some((moved.alias.as_str(), Successor { entry, reason: moved.reason }))
        })
    }

    /// The rooms that fit what somebody types, the best first: by name, subject, purpose, audience
    /// and alias, in spite of slips, and from the first letters on. All words of the query have to
    /// be about the room. Nothing for an empty query.
    pub fn search(&self, query: &str) -> Vec<&CatalogueEntry> {
        self.index.find(query).into_iter().map(|place| &self.entries[place]).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::wire::{Category, Confidence, RoomKind};

    #[test]
    fn bundled_list_holds_the_rooms_of_the_guide() {
        let catalogue = Catalogue::parse(BUNDLED).expect("valid");
        let entries = catalogue.entries();
        assert_eq!((entries[0].key.as_str(), entries[0].kind), (LOBBY, RoomKind::Room));
        assert_eq!(entries[0].alias, "#galaxyproject_Lobby:gitter.im");
        assert_eq!((entries[1].key.as_str(), entries[1].kind), ("space", RoomKind::Space));
        assert_eq!(entries[1].alias, "#galaxyproject:matrix.org");
        for (key, alias) in [
            ("proteomics", "#GalaxyProteomics_Lobby:gitter.im"),
            ("microbiology", "#galaxyproject_microGalaxy:gitter.im"),
            ("single-cell", "#Galaxy-Training-Network_galaxy-single-cell:gitter.im"),
            ("tools", "#galaxyproject_tools:gitter.im"),
            ("dev", "#galaxyproject_dev:gitter.im"),
            ("outreach", "#galaxyproject_wg-goat:gitter.im"),
            ("admins", "#galaxyproject_admins:gitter.im"),
        ] {
            assert_eq!(catalogue.by_key(key).map(|entry| entry.alias.as_str()), Some(alias));
        }
    }

    #[test]
    fn no_depth_overflows_the_stack() {
        let openers =
            ["{", "[", "{a=", "= { [[room]]\n", "= { x = 1\n", "[[", "{\"a\"=[", "a = {\n"];
        for text in openers.map(|opener| opener.repeat(5000)) {
            for text in [text.clone(), format!("a = {text}"), format!("{BUNDLED}\n{text}")] {
                assert!(matches!(Catalogue::parse(&text), Err(CatalogueError::Deep)));
            }
        }
        // Keys with dots make tables, too.
        assert!(Catalogue::parse(&format!("{} = 1", "a.".repeat(30_000))).is_err());
    }

    /// What a file of one's own may leave out, the bundled list has.
    #[test]
    fn bundled_entries_are_complete() {
        let catalogue = Catalogue::bundled();
        let entries = catalogue.entries();
        let names: BTreeSet<_> = entries.iter().map(|entry| entry.name.to_lowercase()).collect();
        assert_eq!(names.len(), entries.len(), "every room has a name of its own");
        for entry in entries {
            let key = entry.key.as_str();
            assert!(!entry.audience.is_empty() && !entry.via.is_empty(), "{key}");
            assert!(entry.purpose.ends_with('.') && entry.words.len() >= 4, "{key}");
            let sure = entry.confidence == Confidence::High;
            assert!(sure || !entry.suggested, "{key} is suggested, and may not be there");
            let server = entry.alias.split_once(':').map(|(_, server)| server);
            assert!(entry.via.iter().any(|via| Some(via.as_str()) == server), "{key}");
        }
        // Those of one heading stand together, and the headings in their order.
        let mut headings: Vec<_> = entries.iter().map(|entry| entry.category).collect();
        headings.dedup();
        let order = [
            Category::Start,
            Category::Help,
            Category::Subject,
            Category::Role,
            Category::WorkingGroup,
            Category::Training,
            Category::Region,
            Category::Infrastructure,
        ];
        assert_eq!(headings, order);
        let suggested = entries.iter().filter(|entry| entry.suggested).count();
        assert!((5..=12).contains(&suggested), "{suggested} is no handful");
    }

    #[test]
    fn an_address_is_found_with_other_capitals() {
        let catalogue = Catalogue::bundled();
        let alias = "#galaxyproject_microgalaxy:gitter.im";
        assert_eq!(catalogue.by_alias(alias), None);
        let found = catalogue.by_alias_any_case(alias).map(|entry| entry.alias.as_str());
        assert_eq!(found, Some("#galaxyproject_microGalaxy:gitter.im"));
        assert_eq!(catalogue.by_alias_any_case("#microgalaxy:gitter.im"), None);
    }

    #[test]
    fn an_old_address_leads_to_the_room_that_took_over() {
        let catalogue = Catalogue::bundled();
        let to = |alias| catalogue.successor(alias).map(|to| (to.entry.key.as_str(), to.reason));
        for (alias, key, reason) in [
            ("#galaxyproject_wg-backend:gitter.im", "backend", MoveReason::Replaced),
            ("#GalaxyProject_WG-Backend:gitter.im", "backend", MoveReason::Replaced),
            ("#galaxyproject_imaging:gitter.im", "imaging", MoveReason::Duplicate),
            ("#galaxyproject_gcc:gitter.im", "lobby", MoveReason::Retired),
            ("#usegalaxy.eu:matrix.org", "usegalaxy-eu", MoveReason::Doubtful),
        ] {
            assert_eq!(to(alias), Some((key, reason)), "{alias}");
        }
        assert_eq!(to("#galaxyproject_imaging:matrix.org"), None, "it is the room itself");
        assert_eq!(to("#nowhere:example.org"), None);
    }

    #[test]
    fn a_room_is_found_by_its_id() {
        let catalogue = Catalogue::bundled();
        let key = |id| catalogue.by_id(id).map(|entry| entry.key.as_str());
        assert_eq!(key("!yShkfqncgjcRcRztBU:gitter.im"), Some("gtn"));
        assert_eq!(key("!yshkfqncgjcrcrztbu:gitter.im"), None);
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        let error = Catalogue::load(Path::new("missing.toml"));
        assert!(matches!(error, Err(CatalogueError::Unreadable(_))));
    }
}
