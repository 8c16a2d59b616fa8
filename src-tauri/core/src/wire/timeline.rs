use serde::Serialize;
use ts_rs::TS;

use super::{Block, UiError};

/// One item of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TimelineItem {
    /// Stays the same while the item is on show.
    pub id: String,
    /// What it is.
    #[serde(flatten)]
    pub kind: TimelineItemKind,
}

/// The kinds of item.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum TimelineItemKind {
    /// Somebody said something.
    Message {
        /// What was said.
        message: Box<Message>,
    },
    /// Somebody came, went, or changed how they appear.
    Membership {
        /// Whom it is about.
        sender: Sender,
        /// What happened.
        what: MembershipKind,
        /// When, in milliseconds since the Unix epoch.
        time_ms: u64,
    },
    /// A new day begins.
    DayDivider {
        /// A moment of that day, in milliseconds since the Unix epoch.
        time_ms: u64,
    },
    /// What is above has been read.
    ReadMarker,
    /// The beginning of the room.
    Start,
    /// Something that is not shown to people.
    Hidden,
}

/// A message.
#[expect(clippy::struct_excessive_bools, reason = "each is drawn by itself, in any combination")]
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Who wrote it.
    pub sender: Sender,
    /// The user wrote it.
    pub own: bool,
    /// When, in milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// The text.
    pub blocks: Vec<Block>,
    /// The text is one to five emoji and nothing else.
    pub emoji_only: bool,
    /// The text tells what the sender does ("/me waves").
    pub emote: bool,
    /// A program wrote it.
    pub notice: bool,
    /// It was changed after it was sent.
    pub edited: bool,
    /// It mentions the user.
    pub highlighted: bool,
    /// What it answers.
    pub reply_to: Option<ReplyTo>,
    /// Reactions, in the order they came.
    pub reactions: Vec<Reaction>,
    /// A file that comes with it; not loaded.
    pub media: Option<Media>,
    /// Set when there is no text to show.
    pub unreadable: Option<Unreadable>,
    /// Set while it is on its way, and when it could not be sent.
    pub send_state: Option<SendState>,
}

/// Somebody in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Sender {
    /// The full Matrix ID.
    pub user_id: String,
    /// The name to show, cleaned of characters that deceive.
    pub name: String,
    /// Somebody else in the room has the same name, so the Matrix ID belongs beside it.
    pub ambiguous: bool,
}

/// The message another one answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReplyTo {
    /// Who wrote it; `None` while it is not loaded.
    pub sender: Option<Sender>,
    /// Its first line; empty while it is not loaded.
    pub text: String,
}

/// One reaction and those who gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Reaction {
    /// Usually one emoji.
    pub key: String,
    /// How many gave it.
    pub count: usize,
    /// The user is one of them.
    pub own: bool,
}

/// A file that comes with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Media {
    /// `image`, `video`, `audio`, `file`, `location` or `sticker`.
    pub kind: String,
    /// The file's name.
    pub name: String,
}

/// Why a message has no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Unreadable {
    /// It was removed.
    Removed,
    /// It is encrypted, and the key has not arrived.
    NotDecrypted,
    /// It is of a kind the app does not show, such as a poll.
    Unsupported,
    /// It is malformed.
    Malformed,
}

/// Where a message of the user's own is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum SendState {
    /// On its way.
    Sending,
    /// Not sent yet; it is tried again by itself.
    Waiting {
        /// Why.
        error: UiError,
    },
    /// Refused; kept until the user tries again or gives it up.
    Failed {
        /// Why.
        error: UiError,
    },
}

/// What happened to somebody's membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum MembershipKind {
    /// Joined.
    Joined,
    /// Left.
    Left,
    /// Was invited.
    Invited,
    /// Was removed.
    Removed,
    /// Was banned.
    Banned,
    /// Took another name or picture.
    ProfileChanged,
    /// Anything else.
    Other,
}

/// What became of a text that was typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "sending", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Sending {
    /// It waits to be sent, as a message.
    Queued,
    /// It asks for the card of a room.
    Room {
        /// The room's address, in whatever form.
        address: String,
    },
    /// It begins with a command that cannot be carried out. Nothing is sent.
    KeptBack {
        /// The command with its slash, as it was typed.
        command: String,
        /// The app knows it, and something has to follow.
        known: bool,
    },
}
