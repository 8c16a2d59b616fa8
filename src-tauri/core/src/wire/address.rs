use serde::Serialize;
use ts_rs::TS;

use super::MoveReason;

/// What a pasted or opened text was understood as: "you pasted X, this is Y".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PastedAddress {
    /// The part of the text that was read, as it may be shown.
    pub pasted: String,
    /// The form it has.
    pub form: AddressForm,
    /// What was repaired; empty where the text could be taken as it stands.
    pub repairs: Vec<AddressRepair>,
    /// What it means.
    pub meaning: AddressMeaning,
}

/// What a text means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum AddressMeaning {
    /// A room.
    Room {
        /// Its alias or id: what to join, and what to show.
        address: String,
        /// Servers that may know it, at most five.
        via: Vec<String>,
        /// The one message that the link leads to.
        event: Option<String>,
        /// Whether it is one of Galaxy's.
        listed: Listed,
    },
    /// A person; there is nothing to join.
    Person {
        /// Their Matrix ID.
        user: String,
    },
    /// No room and no person.
    Nothing {
        /// Why not.
        fault: AddressFault,
        /// The alias in the catalogue that comes nearest.
        nearest: Option<String>,
    },
}

/// How a room stands to the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Listed {
    /// In it.
    Current,
    /// The address pasted is an old one; the room is the one to go to in its place.
    Moved {
        /// The old one.
        from: String,
        /// Why.
        reason: MoveReason,
    },
    /// Not in it.
    Unlisted {
        /// The alias in it that comes nearest, if any comes near.
        nearest: Option<String>,
    },
}

/// The forms that addresses are handed around in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum AddressForm {
    /// The address itself, such as `#galaxyproject_Lobby:gitter.im`.
    Plain,
    /// A matrix.to link.
    MatrixTo,
    /// A `matrix:` link.
    MatrixUri,
    /// A link into another app, such as Element or Cinny.
    OtherApp,
    /// A web address of Gitter, from before it became part of Matrix.
    Gitter,
    /// The alias that a bridge into Gitter once gave its rooms.
    Bridge,
    /// A short link of Galaxy's.
    Short,
}

/// What had to be repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum AddressRepair {
    /// There was something around it: words, brackets, quotes, punctuation, another site's link.
    Surroundings,
    /// Characters that only look like the right ones, or cannot be seen.
    Characters,
    /// The link was encoded twice, or its form was broken.
    Link,
    /// Backslashes, character references or other encodings of single characters were in it.
    Escapes,
    /// The `#` in front was missing.
    Sigil,
    /// It had other capitals or dashes than the room's; an address counts them.
    Capitals,
    /// The server was missing.
    Server,
}

/// Why a text is neither a room nor a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum AddressFault {
    /// There is nothing in it.
    Empty,
    /// It is longer than any text with an address.
    TooLong,
    /// Nothing in it looks like an address.
    NoAddress,
    /// The server is missing, and no room of Galaxy's has that name.
    ServerMissing,
    /// It may be a part of something longer in the text, such as a name with a blank in it.
    Incomplete,
    /// A web page that leads to no room.
    OtherPage,
    /// A link that a mail scanner put in place of another one, which only the scanner knows.
    Rewritten,
    /// A message without its room.
    MessageOnly,
    /// A community of the kind that Spaces replaced.
    OldCommunity,
    /// It hides what it is behind characters that cannot be seen.
    Hidden,
    /// It has the form of an address but cannot be one.
    Invalid,
}
