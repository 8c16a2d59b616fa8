use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the live Space says of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LiveRoom {
    /// The room.
    pub room_id: String,
    /// What it calls itself, cleaned of characters that deceive; `None` where it has no name.
    pub name: Option<String>,
    /// The topic it gives itself, cleaned.
    pub topic: Option<String>,
    /// People in the room.
    pub members: u64,
    /// Who may come in.
    pub join_rule: JoinRule,
    /// Anyone may read the history without joining.
    pub world_readable: bool,
    /// Messages are end-to-end encrypted.
    pub encrypted: bool,
    /// The Space within the Space that lists it, by name; `None` for Galaxy's Space itself.
    pub space: Option<String>,
    /// The Space recommends it.
    #[serde(default)]
    pub suggested: bool,
    /// Whether it is still there.
    pub standing: Standing,
}

/// Who may come into a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum JoinRule {
    /// Anyone.
    Public,
    /// Whoever is in another room, as a rule the Space.
    Restricted,
    /// Whoever asked, and was let in.
    Knock,
    /// Either of the two.
    KnockRestricted,
    /// Whoever was invited.
    Invite,
    /// A rule that this app does not know.
    Unknown,
}

/// Whether a room of the Space is still where it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Standing {
    /// The Space lists it.
    Listed,
    /// The Space listed it before, and does not any more.
    Gone,
    /// People meet in another room now.
    Moved {
        /// That room's alias in the list; `None` where it is not among those that are known.
        to: Option<String>,
    },
}
