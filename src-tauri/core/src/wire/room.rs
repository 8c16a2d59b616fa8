use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{JoinProblem, JoinRule, LiveRoom, Sender};

/// One of Galaxy's rooms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CatalogueEntry {
    /// A short name that stays the same wherever the room is, such as `lobby`.
    pub key: String,
    /// The room alias, such as `#galaxyproject_Lobby:gitter.im`; the id of a room that has none.
    pub alias: String,
    /// The name people know it by.
    pub name: String,
    /// What it is for, in one sentence; empty for a room of the Space that does not say.
    pub purpose: String,
    /// The heading it stands under.
    pub category: Category,
    /// Who it is for, in a few words; empty where that is not said.
    #[serde(default)]
    pub audience: String,
    /// The language spoken there, as a BCP 47 tag.
    #[serde(default = "english")]
    pub language: String,
    /// Room or Space.
    #[serde(default)]
    pub kind: RoomKind,
    /// The room's id, where it is known beforehand. It leads to the room while the alias's own
    /// server cannot be asked.
    #[serde(default)]
    pub id: Option<String>,
    /// Servers that may know the room when the alias's own server cannot be asked.
    #[serde(default)]
    pub via: Vec<String>,
    /// How sure it is that the address is right and in use.
    #[serde(default)]
    pub confidence: Confidence,
    /// Whether it is among the rooms that somebody new is shown first.
    #[serde(default)]
    pub suggested: bool,
    /// What people search for when this is the room they need. The window does not need it:
    /// searching is done here.
    #[serde(default, skip_serializing)]
    #[ts(skip)]
    pub words: Vec<String>,
    /// What the live Space says of it; `None` while that is not known.
    #[serde(default)]
    pub live: Option<LiveRoom>,
}

fn english() -> String {
    "en".to_owned()
}

/// The headings of the catalogue, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Category {
    /// The front doors: Lobby and Space.
    Start,
    /// Help with a server.
    Help,
    /// Fields of science.
    Subject,
    /// What people do in the project.
    Role,
    /// Groups that build and run Galaxy.
    WorkingGroup,
    /// Learning and teaching.
    Training,
    /// Parts of the world.
    Region,
    /// What Galaxy runs on and is made of.
    Infrastructure,
    /// Rooms that Galaxy's Space lists and the catalogue does not.
    More,
}

/// How sure the catalogue is of an address. One it is less sure of is not listed as a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Confidence {
    /// Public pages of today name it.
    #[default]
    High,
    /// What names it is old, rare or indirect.
    Medium,
}

/// Why an address should not be joined any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum MoveReason {
    /// The people of this room meet in the other one today.
    Replaced,
    /// Its time is over and nothing took its place: the other room is the nearest.
    Retired,
    /// A slip or a second address for what the other room is.
    Duplicate,
    /// Nobody could say whether there is such a room: the other one is known.
    Doubtful,
}

/// Room or Space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RoomKind {
    /// A room to talk in.
    #[default]
    Room,
    /// A room that lists other rooms.
    Space,
}

/// How far joining a room is.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Join {
    /// The alias, or the id where the room was asked for by that.
    pub alias: String,
    /// How far it is.
    pub state: JoinState,
}

/// How far a join is.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum JoinState {
    /// Waits for its turn.
    Queued,
    /// Asked for; the server has not answered.
    Joining,
    /// The server asked to wait; goes on by itself.
    Waiting {
        /// When, in milliseconds since the Unix epoch.
        until_ms: u64,
    },
    /// Joined.
    Joined {
        /// The room.
        room_id: String,
    },
    /// Not joined.
    Failed {
        /// Why.
        problem: JoinProblem,
    },
}

/// One joined room, as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RoomRow {
    /// The room id.
    pub room_id: String,
    /// The catalogue's key, where the room is one of Galaxy's.
    pub key: Option<String>,
    /// The room's main alias.
    pub alias: Option<String>,
    /// The name to show.
    pub name: String,
    /// The topic the room gives itself.
    pub topic: Option<String>,
    /// Room or Space.
    pub kind: RoomKind,
    /// Messages not read yet.
    pub unread: u64,
    /// Of these, how many mention the user.
    pub mentions: u64,
    /// People in the room.
    pub members: u64,
    /// Anyone may join.
    pub public: Option<bool>,
    /// Who may come in; `None` while unknown.
    pub join_rule: Option<JoinRule>,
    /// Anyone may read the history without joining.
    pub world_readable: bool,
    /// Messages are end-to-end encrypted; `None` while unknown.
    pub encrypted: Option<bool>,
    /// The server in the room's id or alias.
    pub server: Option<String>,
    /// The networks outside of Matrix that the room says it is bridged to; `None` while unknown.
    pub bridged: Option<Vec<String>>,
    /// When somebody last wrote there; `None` while unknown.
    pub last_message: Option<LastMessage>,
    /// Why the user cannot write there; `None` where they can, or nothing says that they cannot.
    pub closed: Option<Closed>,
}

/// An invitation that the user has neither accepted nor declined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// The room id.
    pub room_id: String,
    /// The name to show.
    pub name: String,
    /// The room's main alias.
    pub alias: Option<String>,
    /// The topic the room gives itself.
    pub topic: Option<String>,
    /// Room or Space.
    pub kind: RoomKind,
    /// Who invites, where that is known.
    pub inviter: Option<Sender>,
    /// What they say about it.
    pub words: Option<String>,
}

/// Why the user cannot write in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "why", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Closed {
    /// The room was replaced by another one (`m.room.tombstone`).
    Replaced {
        /// The room ID of the successor.
        by: String,
        /// What was said about it.
        reason: Option<String>,
    },
    /// The user's power level is too low.
    ReadOnly,
    /// Somebody has removed the user from the room.
    Removed {
        /// The name of who did, where it is known.
        by: Option<String>,
        /// What they said about it.
        reason: Option<String>,
        /// The user may not come back.
        banned: bool,
    },
}

/// When somebody last wrote in a room, in milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "known", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum LastMessage {
    /// At that time.
    At {
        /// When.
        time_ms: u64,
    },
    /// Not since that time: what came later are no messages.
    Before {
        /// When.
        time_ms: u64,
    },
}

/// What opening a room answers at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OpenedRoom {
    /// What was being written when the room was last open.
    pub draft: String,
}
