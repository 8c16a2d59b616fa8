//! The way through the pages of a Space and of the Spaces in it.

use std::collections::{HashMap, HashSet, VecDeque};

use matrix_sdk::ruma::{
    OwnedRoomAliasId, OwnedRoomId, OwnedServerName, RoomId,
    api::client::space::SpaceHierarchyRoomsChunk,
    events::space::child::HierarchySpaceChildEvent,
    room::{JoinRuleSummary, RoomSummary, RoomType},
    serde::Raw,
};

use super::{Reading, SpaceRoom, Stand};
use crate::{
    text::clean_line,
    wire::{JoinRule, RoomKind},
};

/// What a Space may have at most; what is beyond that is not looked at.
pub const MOST_ROOMS: usize = 1000;
const MOST_SPACES: usize = 30;
const MOST_PAGES: usize = 80;

/// A join that names more servers than these gains nothing.
const MOST_VIA: usize = 5;

const LONGEST_NAME: usize = 80;
const LONGEST_TOPIC: usize = 300;

/// Ids and aliases are not longer.
const LONGEST_ID: usize = 255;

/// What a Space says of a room that it lists.
#[derive(Clone)]
pub struct Listing {
    /// The Space.
    pub space: OwnedRoomId,
    /// The servers that it names for joining the room.
    pub via: Vec<OwnedServerName>,
    /// It recommends the room.
    pub suggested: bool,
}

/// How far the walk is. Asks nobody: it is told what the pages say.
pub struct Walk {
    queue: VecDeque<OwnedRoomId>,
    /// Spaces that are walked or in the queue.
    spaces: HashSet<OwnedRoomId>,
    /// How each room is listed.
    listed: HashMap<OwnedRoomId, Listing>,
    described: HashSet<OwnedRoomId>,
    pages: usize,
    reading: Reading,
}

impl Walk {
    /// From this Space on.
    pub fn new(root: OwnedRoomId) -> Self {
        let own = Listing { space: root.clone(), via: Vec::new(), suggested: false };
        Self {
            spaces: HashSet::from([root.clone()]),
            listed: HashMap::from([(root.clone(), own)]),
            queue: VecDeque::from([root]),
            described: HashSet::new(),
            pages: 0,
            reading: Reading::default(),
        }
    }

    /// The next Space whose pages are to be read.
    pub fn next_space(&mut self) -> Option<OwnedRoomId> {
        self.queue.pop_front()
    }

    /// Takes over one page of a Space. `false` where enough was read.
    pub fn take(&mut self, space: &RoomId, page: Vec<SpaceHierarchyRoomsChunk>) -> bool {
        self.pages += 1;
        for chunk in page {
            let SpaceHierarchyRoomsChunk { summary, children_state, .. } = chunk;
            // The Space that is asked for comes first, with its list.
            if summary.room_id == space {
                for child in &children_state {
                    self.list(space, child);
                }
            }
            self.describe(summary);
        }
        self.pages < MOST_PAGES && self.reading.rooms.len() < MOST_ROOMS
    }

    /// The rest of this Space cannot be read.
    pub fn give_up(&mut self, space: OwnedRoomId) {
        self.reading.broken.insert(space);
    }

    /// What was found.
    pub fn done(mut self) -> Reading {
        // Enough was read before these.
        self.reading.broken.extend(self.queue);
        let unseen = self.listed.into_keys().filter(|id| !self.described.contains(id));
        self.reading.hidden.extend(unseen);
        self.reading
    }

    fn list(&mut self, space: &RoomId, child: &Raw<HierarchySpaceChildEvent>) {
        let Ok(child) = child.deserialize() else { return };
        // One without servers was taken out of the Space.
        if child.content.via.is_empty() || self.listed.len() >= MOST_ROOMS {
            return;
        }
        let listing = Listing {
            space: space.to_owned(),
            via: child.content.via.into_iter().take(MOST_VIA).collect(),
            suggested: child.content.suggested,
        };
        self.listed.entry(child.state_key).or_insert(listing);
    }

    fn describe(&mut self, summary: RoomSummary) {
        let Some(listing) = self.listed.get(&summary.room_id) else { return };
        if self.reading.rooms.len() >= MOST_ROOMS || !is_plain(summary.room_id.as_str()) {
            return;
        }
        let room = room(summary, listing.clone());
        if !self.described.insert(room.id.clone()) {
            return;
        }
        if room.kind == RoomKind::Space && !self.spaces.contains(&room.id) {
            if self.spaces.len() < MOST_SPACES {
                self.spaces.insert(room.id.clone());
                self.queue.push_back(room.id.clone());
            } else {
                self.reading.broken.insert(room.id.clone());
            }
        }
        self.reading.rooms.push(room);
    }
}

/// What a summary says, cleaned.
pub fn room(summary: RoomSummary, listing: Listing) -> SpaceRoom {
    let line = |text: Option<String>, longest| {
        text.map(|text| clean_line(&text, longest)).filter(|text| !text.is_empty())
    };
    let plain = |alias: &OwnedRoomAliasId| is_plain(alias.as_str());
    SpaceRoom {
        id: summary.room_id,
        alias: summary.canonical_alias.filter(plain),
        name: line(summary.name, LONGEST_NAME),
        topic: line(summary.topic, LONGEST_TOPIC),
        members: summary.num_joined_members.into(),
        kind: match summary.room_type {
            Some(RoomType::Space) => RoomKind::Space,
            _ => RoomKind::Room,
        },
        join_rule: match summary.join_rule {
            JoinRuleSummary::Public => JoinRule::Public,
            JoinRuleSummary::Restricted(_) => JoinRule::Restricted,
            JoinRuleSummary::Knock => JoinRule::Knock,
            JoinRuleSummary::KnockRestricted(_) => JoinRule::KnockRestricted,
            JoinRuleSummary::Invite | JoinRuleSummary::Private => JoinRule::Invite,
            _ => JoinRule::Unknown,
        },
        world_readable: summary.world_readable,
        encrypted: summary.encryption.is_some(),
        via: listing.via,
        space: listing.space,
        suggested: listing.suggested,
        stand: Stand::Listed,
    }
}

/// Nothing in it deceives, and it is no longer than it can be.
pub fn is_plain(id: &str) -> bool {
    clean_line(id, LONGEST_ID) == id
}
