//! Galaxy's live Space: what it lists, read page by page, and kept for the next offline start.

mod ask;
mod follow;
mod read;
mod walk;

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use matrix_sdk::ruma::{OwnedRoomAliasId, OwnedRoomId, OwnedServerName};
use serde::{Deserialize, Serialize};

pub(crate) use self::{
    ask::{Tombstone, lead_of, patiently, tombstone},
    follow::{Entrance, follow},
    read::read,
    walk::{Listing, room as describe},
};
use crate::wire::{JoinRule, RoomKind};

/// How long a room that is gone from the Space is still shown as gone.
const REMEMBERED: u64 = 30 * 24 * 60 * 60;

/// The most rooms that are kept although the last look did not bring them: as many as one look brings.
/// A homeserver that lists other rooms each time would otherwise have the app remember them all.
const MAX_UNSEEN: usize = walk::MOST_ROOMS;

/// What is known of the Space.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Space {
    /// The Space itself, and then its rooms in the order in which it lists them.
    pub rooms: Vec<SpaceRoom>,
    /// When it was read last, in seconds since the Unix epoch.
    pub read_at: u64,
}

/// A room of the Space. Its texts are cleaned of what deceives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpaceRoom {
    /// The room.
    pub id: OwnedRoomId,
    /// What it says is its main alias.
    pub alias: Option<OwnedRoomAliasId>,
    /// What it calls itself.
    pub name: Option<String>,
    /// Its topic.
    pub topic: Option<String>,
    /// People in it.
    pub members: u64,
    /// Room or Space.
    pub kind: RoomKind,
    /// Who may come in.
    pub join_rule: JoinRule,
    /// Anyone may read its history.
    pub world_readable: bool,
    /// Its messages are end-to-end encrypted.
    pub encrypted: bool,
    /// Servers that the Space names for joining it, five at most.
    pub via: Vec<OwnedServerName>,
    /// The Space that lists it; its own id for the first.
    pub space: OwnedRoomId,
    /// The Space recommends it (`suggested` of `m.space.child`).
    #[serde(default)]
    pub suggested: bool,
    /// Whether it is still there.
    pub stand: Stand,
}

/// Whether a room is still where it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stand {
    /// The Space lists it.
    Listed,
    /// It does not any more.
    Gone {
        /// Since when, in seconds since the Unix epoch.
        since: u64,
    },
    /// The room was replaced.
    Moved {
        /// By which; `None` where it does not say.
        to: Option<OwnedRoomId>,
    },
}

impl SpaceRoom {
    /// The room that took its place.
    pub fn moved_to(&self) -> Option<&OwnedRoomId> {
        match &self.stand {
            Stand::Moved { to } => to.as_ref(),
            Stand::Listed | Stand::Gone { .. } => None,
        }
    }

    /// Since when it is gone, in seconds since the Unix epoch; the end of time where it is not.
    fn gone_since(&self) -> u64 {
        match self.stand {
            Stand::Gone { since } => since,
            Stand::Listed | Stand::Moved { .. } => u64::MAX,
        }
    }

    fn is_moved(&self) -> bool {
        matches!(self.stand, Stand::Moved { .. })
    }
}

/// What a look at the Space brought.
#[derive(Debug, Default)]
pub struct Reading {
    /// The rooms that were described, the Space first.
    pub rooms: Vec<SpaceRoom>,
    /// Rooms that are listed without a description: the user may not see them, or the homeserver
    /// could not.
    pub hidden: HashSet<OwnedRoomId>,
    /// Spaces that could not be read to their end.
    pub broken: HashSet<OwnedRoomId>,
}

impl Reading {
    /// Whether the Space as a whole could be read.
    pub fn is_whole(&self) -> bool {
        self.broken.is_empty() && !self.rooms.is_empty()
    }
}

impl Space {
    /// The room of that id.
    pub fn room(&self, id: &str) -> Option<&SpaceRoom> {
        self.rooms.iter().find(|room| room.id == id)
    }

    /// What is known after another look: what could not be looked at stays as it was, and what is
    /// gone is kept for a while, marked so.
    #[must_use]
    pub fn renewed(&self, reading: Reading, now: u64) -> Self {
        if reading.rooms.is_empty() {
            return self.clone();
        }
        let read_at = if reading.is_whole() { now } else { self.read_at };
        let before: HashMap<_, _> = self.rooms.iter().map(|room| (&room.id, room)).collect();
        let seen: HashSet<_> = reading.rooms.iter().map(|room| room.id.clone()).collect();
        let mut rooms = reading.rooms;
        for room in &mut rooms {
            // No room comes back from where it has moved.
            if let Some(known) = before.get(&room.id).filter(|known| known.is_moved()) {
                room.stand = known.stand.clone();
            }
        }
        let is_gone = |room: &SpaceRoom| {
            let mut room = room;
            for _ in 0..=before.len() {
                if reading.hidden.contains(&room.id) {
                    return false;
                }
                if seen.contains(&room.space) {
                    return !reading.broken.contains(&room.space);
                }
                // It stands and falls with the Space that listed it.
                match before.get(&room.space) {
                    Some(above) => room = above,
                    None => return true,
                }
            }
            false
        };
        let mut unseen = Vec::new();
        for room in self.rooms.iter().filter(|room| !seen.contains(&room.id)) {
            let mut room = room.clone();
            if is_gone(&room) {
                let since = match room.stand {
                    Stand::Gone { since } => since,
                    Stand::Listed | Stand::Moved { .. } => now,
                };
                if now.saturating_sub(since) > REMEMBERED {
                    continue;
                }
                room.stand = Stand::Gone { since };
            }
            unseen.push(room);
        }
        if unseen.len() > MAX_UNSEEN {
            // Those that have been gone for longest are forgotten first.
            unseen.sort_by_key(|room| Reverse(room.gone_since()));
            unseen.truncate(MAX_UNSEEN);
        }
        rooms.extend(unseen);
        Self { rooms, read_at }
    }
}

#[cfg(test)]
mod tests;
