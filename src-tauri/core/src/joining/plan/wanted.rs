use std::fmt;

use matrix_sdk::ruma::{OwnedRoomAliasId, OwnedRoomId, OwnedRoomOrAliasId, OwnedServerName};
use serde::{Deserialize, Serialize};

use crate::address::MOST_VIA;

/// Where a room is. An alias and a room id are taken together only where the homeserver's directory
/// says that the one leads to the other, never because a room says so of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub enum Address {
    /// Known by its alias.
    Alias(OwnedRoomAliasId),
    /// Known by its id.
    Room(OwnedRoomId),
    /// Known by both.
    Both(OwnedRoomAliasId, OwnedRoomId),
}

impl Address {
    /// The alias, where one is known.
    pub fn alias(&self) -> Option<&OwnedRoomAliasId> {
        match self {
            Self::Alias(alias) | Self::Both(alias, _) => Some(alias),
            Self::Room(_) => None,
        }
    }

    /// The room id, where it is known.
    pub fn room_id(&self) -> Option<&OwnedRoomId> {
        match self {
            Self::Room(room_id) | Self::Both(_, room_id) => Some(room_id),
            Self::Alias(_) => None,
        }
    }

    /// Whether both are known to lead to the same room.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.alias().is_some() && self.alias() == other.alias())
            || (self.room_id().is_some() && self.room_id() == other.room_id())
    }

    /// The server in the alias or the id, which is in the room most likely; empty where the id has
    /// none.
    pub(super) fn server(&self) -> &str {
        match self {
            Self::Alias(alias) | Self::Both(alias, _) => alias.server_name().as_str(),
            Self::Room(room_id) => room_id.server_name().map_or("", |server| server.as_str()),
        }
    }

    /// What to ask the homeserver for. A room id leads nowhere without a server that knows the
    /// room; with one it needs no directory, whose server may be down.
    pub fn target(&self, has_via: bool) -> OwnedRoomOrAliasId {
        match self {
            Self::Both(_, room_id) if has_via => room_id.clone().into(),
            Self::Alias(alias) | Self::Both(alias, _) => alias.clone().into(),
            Self::Room(room_id) => room_id.clone().into(),
        }
    }

    /// Adds what the other knows, and takes its word where they differ.
    pub(super) fn learn(&mut self, other: &Self) {
        let alias = other.alias().or(self.alias()).cloned();
        let room_id = other.room_id().or(self.room_id()).cloned();
        if let Ok(address) = Self::try_from(Parts { alias, room_id }) {
            *self = address;
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alias(alias) | Self::Both(alias, _) => alias.fmt(f),
            Self::Room(room_id) => room_id.fmt(f),
        }
    }
}

impl From<OwnedRoomAliasId> for Address {
    fn from(alias: OwnedRoomAliasId) -> Self {
        Self::Alias(alias)
    }
}

impl From<OwnedRoomId> for Address {
    fn from(room_id: OwnedRoomId) -> Self {
        Self::Room(room_id)
    }
}

#[derive(Serialize, Deserialize)]
struct Parts {
    alias: Option<OwnedRoomAliasId>,
    room_id: Option<OwnedRoomId>,
}

impl TryFrom<Parts> for Address {
    type Error = &'static str;

    fn try_from(parts: Parts) -> Result<Self, Self::Error> {
        match (parts.alias, parts.room_id) {
            (Some(alias), Some(room_id)) => Ok(Self::Both(alias, room_id)),
            (Some(alias), None) => Ok(Self::Alias(alias)),
            (None, Some(room_id)) => Ok(Self::Room(room_id)),
            (None, None) => Err("neither an alias nor a room id"),
        }
    }
}

impl From<Address> for Parts {
    fn from(address: Address) -> Self {
        Self { alias: address.alias().cloned(), room_id: address.room_id().cloned() }
    }
}

/// Why a room is in the plan, first to last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Rank {
    /// The room that everybody starts in.
    Lobby,
    /// The user chose it.
    Pick,
    /// It came with others, such as the rooms of a Space.
    Rest,
}

/// A room to join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Where it is.
    pub address: Address,
    /// Servers that may know it, the best first; five are kept.
    pub via: Vec<OwnedServerName>,
    /// The catalogue's key.
    pub key: Option<String>,
    /// The name to show.
    pub name: String,
    /// Why it is in the plan.
    pub rank: Rank,
    /// The Space whose members may join, where nobody else may. Joined after that.
    pub space: Option<Address>,
}

impl Wanted {
    pub(super) fn tidy(mut self) -> Self {
        let via = std::mem::take(&mut self.via);
        self.add_via(via);
        self
    }

    /// Adds what another wish for the same room knows. The servers take turns, so that each source
    /// is heard.
    pub(super) fn merge(&mut self, other: Self) {
        let mut theirs = other.via.into_iter();
        let mut via = Vec::new();
        for ours in std::mem::take(&mut self.via) {
            via.push(ours);
            via.extend(theirs.next());
        }
        via.extend(theirs);
        self.add_via(via);
        self.address.learn(&other.address);
        self.key = self.key.take().or(other.key);
        self.rank = self.rank.min(other.rank);
        self.space = other.space.or(self.space.take());
        if self.name.is_empty() {
            self.name = other.name;
        }
    }

    fn add_via(&mut self, via: Vec<OwnedServerName>) {
        for server in via {
            if self.via.len() < MOST_VIA && !self.via.contains(&server) {
                self.via.push(server);
            }
        }
    }
}
