//! The list with what the live Space adds to it.

use std::collections::{BTreeMap, HashSet};

use matrix_sdk::ruma::{OwnedRoomId, RoomId};

use super::{Catalogue, Index};
use crate::{
    space::{Space, SpaceRoom, Stand},
    text::display_name,
    wire::{CatalogueEntry, Category, Confidence, LiveRoom, Standing},
};

/// Where aliases lead, as the homeserver's directory says: a room may call itself by any.
pub type Leads = BTreeMap<String, OwnedRoomId>;

impl Catalogue {
    /// This list with what the Space tells of its rooms, and with those that it lacks at the end.
    #[must_use]
    pub fn with_space(&self, space: &Space, leads: &Leads) -> Self {
        let mut entries = self.entries.clone();
        let mut taken = HashSet::new();
        for entry in &mut entries {
            let lead = leads.get(&entry.alias).map(|id| id.as_str()).or(entry.id.as_deref());
            let Some(room) = lead.and_then(|id| space.room(id)) else { continue };
            taken.insert(&room.id);
            entry.live = Some(live(room, space));
        }
        let more = space.rooms.iter().filter(|room| !taken.contains(&room.id));
        entries.extend(more.map(|room| self.more(room, space, leads)));
        let alias_of = |id: &OwnedRoomId| {
            let known = entries.iter().find(|entry| {
                let live = entry.live.as_ref();
                live.map_or_else(|| leads.get(&entry.alias) == Some(id), |live| live.room_id == *id)
            });
            known.map(|entry| entry.alias.clone())
        };
        let moved: BTreeMap<_, _> = space
            .rooms
            .iter()
            .filter_map(|room| Some((room.id.to_string(), alias_of(room.moved_to()?)?)))
            .collect();
        for live in entries.iter_mut().filter_map(|entry| entry.live.as_mut()) {
            if let Some(to) = moved.get(&live.room_id) {
                live.standing = Standing::Moved { to: Some(to.clone()) };
            }
        }
        let index = Index::new(&entries);
        Self { entries, moved: self.moved.clone(), index }
    }

    /// A room that only the Space knows. It goes by its alias where that does lead to it.
    fn more(&self, room: &SpaceRoom, space: &Space, leads: &Leads) -> CatalogueEntry {
        let id = room.id.to_string();
        let alias = room.alias.as_ref().map(ToString::to_string);
        let mut live = live(room, space);
        // Its people have been told where to go instead.
        if let Some(successor) = alias.as_deref().and_then(|alias| self.successor(alias)) {
            live.standing = Standing::Moved { to: Some(successor.entry.alias.clone()) };
        }
        let sure = alias.clone().filter(|alias| leads.get(alias) == Some(&room.id));
        CatalogueEntry {
            key: id.clone(),
            name: display_name(room.name.as_deref(), alias.as_deref().unwrap_or(&id)),
            alias: sure.unwrap_or_else(|| id.clone()),
            purpose: room.topic.clone().unwrap_or_default(),
            category: Category::More,
            audience: String::new(),
            language: "en".to_owned(),
            kind: room.kind,
            id: Some(id),
            via: room.via.iter().map(ToString::to_string).collect(),
            confidence: Confidence::High,
            suggested: false,
            words: Vec::new(),
            live: Some(live),
        }
    }
}

fn live(room: &SpaceRoom, space: &Space) -> LiveRoom {
    let main: Option<&RoomId> = space.rooms.first().map(|root| &*root.id);
    let within = Some(&*room.space).filter(|id| Some(*id) != main && *id != room.id);
    let within = within.and_then(|id| space.room(id.as_str()));
    LiveRoom {
        room_id: room.id.to_string(),
        name: room.name.clone(),
        topic: room.topic.clone(),
        members: room.members,
        join_rule: room.join_rule,
        world_readable: room.world_readable,
        encrypted: room.encrypted,
        space: within.map(|space| display_name(space.name.as_deref(), space.id.as_str())),
        suggested: room.suggested,
        standing: match &room.stand {
            Stand::Listed => Standing::Listed,
            Stand::Gone { .. } => Standing::Gone,
            Stand::Moved { .. } => Standing::Moved { to: None },
        },
    }
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
