//! What people paste, and what it means.
//!
//! An address reaches a newcomer as a link, in a sentence, with the comma behind it or from a page
//! written when Gitter was not yet part of Matrix. [`read`] finds it without knowing any room;
//! [`resolve`] then asks the catalogue, which knows the capitals and what has moved. Neither joins
//! anything.

mod identifier;
mod in_text;
mod link;
mod resolve;
mod text;
mod wrapper;

#[cfg(test)]
pub(crate) mod tests;

use matrix_sdk::ruma::{
    OwnedEventId, OwnedRoomOrAliasId, OwnedServerName, OwnedUserId, ServerName,
};

pub use self::{
    in_text::{Named, find_named},
    resolve::{Directory, nearest, resolve},
};
use crate::wire::{
    AddressFault, AddressForm, AddressMeaning, AddressRepair, Listed, PastedAddress,
};

/// More servers than these are not asked for a room: long lists make joins fail.
pub const MOST_VIA: usize = 5;

/// Longer texts are not searched, in bytes.
const LONGEST: usize = 8192;

/// Longer links are not taken from the system, in bytes.
const LONGEST_ARGUMENT: usize = 2048;

/// A room, as a link names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomLink {
    /// Its alias or id.
    pub room: OwnedRoomOrAliasId,
    /// Servers that may know it, at most [`MOST_VIA`].
    pub via: Vec<OwnedServerName>,
    /// The one message that the link leads to.
    pub event: Option<OwnedEventId>,
}

impl RoomLink {
    /// A room without anything further.
    pub fn new(room: impl Into<OwnedRoomOrAliasId>) -> Self {
        Self { room: room.into(), via: Vec::new(), event: None }
    }

    /// A room as the window names it; `None` where that is not exactly an alias or an id. Servers
    /// that are none are left out.
    pub fn parse(room: &str, via: &[String]) -> Option<Self> {
        let reading = read(room);
        let Meaning::Room(mut link) = reading.meaning else { return None };
        link.via =
            via.iter().filter_map(|via| ServerName::parse(via).ok()).take(MOST_VIA).collect();
        (link.room.as_str() == room).then_some(link)
    }
}

/// A text that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The part of the text that was read, as it may be shown.
    pub pasted: String,
    /// The form it has.
    pub form: AddressForm,
    /// What was repaired, without repetitions.
    pub repairs: Vec<AddressRepair>,
    /// What it means.
    pub meaning: Meaning,
}

/// What a text means by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A room.
    Room(RoomLink),
    /// A person.
    Person(OwnedUserId),
    /// What may be the first half of an alias. Only the catalogue can tell.
    Half {
        /// The half, without `#`.
        name: String,
        /// What to say where the catalogue has no such alias.
        fault: AddressFault,
        /// Nothing else stood in the text, so that it is not a part of something longer.
        alone: bool,
    },
    /// Neither.
    Nothing(AddressFault),
}

/// Finds the address in a text. Where there are several, it is the first room, else the first
/// person.
pub fn read(text: &str) -> Reading {
    if text.len() > LONGEST {
        return Reading::nothing(text, AddressFault::TooLong);
    }
    let unescaped = text::unescape(text);
    let cleaned = text::clean(&unescaped);
    if cleaned.is_empty() {
        return Reading::nothing(&cleaned, AddressFault::Empty);
    }
    let nothing = || Reading::nothing(&cleaned, AddressFault::NoAddress);
    let mut reading = search(&cleaned).unwrap_or_else(nothing);
    // Wide punctuation has its place in names, so it counts as the plain one only where nothing
    // is found without.
    if reading.rank() > Meaning::PERSON {
        let plain = text::narrow(&cleaned);
        let narrowed = if plain == cleaned { None } else { search(&plain) };
        if let Some(narrowed) = narrowed.filter(|narrowed| narrowed.rank() < reading.rank()) {
            reading = narrowed;
            reading.repaired(AddressRepair::Characters);
        }
    }
    if text.chars().any(text::is_junk) {
        reading.repaired(AddressRepair::Characters);
    }
    // The ampersands of a page's source are no fault of the address.
    if unescaped != text.replace("&amp;", "&") {
        reading.repaired(AddressRepair::Escapes);
    }
    reading
}

/// What a text means to Galaxy that somebody pasted. Where its lines were one before a mail program broke
/// them, that is only taken back where it leads to a room of the catalogue, or else to none.
pub fn understand(text: &str, directory: &impl Directory) -> PastedAddress {
    let is_room = |address: &PastedAddress| matches!(address.meaning, AddressMeaning::Room { .. });
    let is_listed = |address: &PastedAddress| match &address.meaning {
        AddressMeaning::Room { listed, .. } => !matches!(listed, Listed::Unlisted { .. }),
        _ => false,
    };
    let found = resolve(read(text), directory);
    if is_listed(&found) {
        return found;
    }
    let Some(unfolded) = text::unfold(text) else { return found };
    let mut reading = read(&unfolded);
    reading.repaired(AddressRepair::Link);
    let whole = resolve(reading, directory);
    if is_listed(&whole) || (is_room(&whole) && !is_room(&found)) { whole } else { found }
}

/// Reads what the system or a second start of the app hands over: `galaxy-chat:` or `matrix:`, a
/// kind and a name, written as the Matrix specification says. Nobody has seen such a link before it
/// arrives, so nothing in it is repaired; whatever else comes is `None`.
pub fn read_argument(argument: &str) -> Option<Reading> {
    let sound =
        argument.len() <= LONGEST_ARGUMENT && argument.bytes().all(|b| b.is_ascii_graphic());
    let scheme = argument.split(':').next().unwrap_or_default();
    if !sound || !["galaxy-chat", "matrix"].contains(&scheme) {
        return None;
    }
    let reading = read(argument);
    let known = matches!(reading.meaning, Meaning::Room(_) | Meaning::Person(_));
    (known && reading.repairs.is_empty()).then_some(reading)
}

/// The room or the person that a link in a message leads to, by `https://matrix.to/#/…` or `matrix:…`; `None`
/// for every other link, and for one that would have to be repaired.
pub fn read_matrix_link(link: &str) -> Option<Meaning> {
    let is_link = ["https://matrix.to/", "http://matrix.to/", "matrix:"].iter().any(|start| {
        link.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
    });
    if link.len() > LONGEST_ARGUMENT || !is_link {
        return None;
    }
    let mut reading = Reading::nothing("", AddressFault::NoAddress);
    let meaning = link::read(link, &mut reading, 0);
    let is_known = matches!(meaning, Meaning::Room(_) | Meaning::Person(_));
    (is_known && reading.repairs.is_empty()).then_some(meaning)
}

/// The best reading of any piece of the text.
fn search(cleaned: &str) -> Option<Reading> {
    let pieces = text::pieces(cleaned);
    let alone = pieces.len() == 1;
    let mut best: Option<Reading> = None;
    for piece in pieces {
        let Some(mut reading) = read_piece(piece, alone) else { continue };
        if let Meaning::Half { name, alone: is_alone, .. } = &mut reading.meaning {
            *is_alone &= alone;
            if !alone {
                text::lengthen(name, cleaned);
            }
        }
        if piece != cleaned {
            reading.repaired(AddressRepair::Surroundings);
        }
        if best.as_ref().is_none_or(|best| reading.rank() < best.rank()) {
            best = Some(reading);
        }
    }
    best
}

/// `alone`: there is nothing else in the text, so that even a bare name can be meant.
fn read_piece(piece: &str, alone: bool) -> Option<Reading> {
    let mut reading = Reading {
        pasted: text::shown(piece),
        form: AddressForm::Plain,
        repairs: Vec::new(),
        meaning: Meaning::Nothing(AddressFault::NoAddress),
    };
    reading.meaning = match text::part(piece) {
        text::Part::Link(link) => {
            if link.len() < piece.len() {
                reading.repaired(AddressRepair::Surroundings);
            }
            link::read(link, &mut reading, 0)
        }
        text::Part::Identifier(identifier) => {
            if identifier.len() < piece.len() {
                reading.repaired(AddressRepair::Surroundings);
            }
            read_identifier(identifier, &mut reading)
        }
        text::Part::Bare if alone => identifier::read_bare(piece, &mut reading)?,
        text::Part::Bare => return None,
    };
    Some(reading)
}

fn read_identifier(identifier: &str, reading: &mut Reading) -> Meaning {
    // What stands behind the `#` of a link, and not an alias.
    if identifier.starts_with("#/") {
        return link::read_fragment(identifier, reading);
    }
    let decoded = identifier::decode_plain(identifier);
    if decoded != identifier {
        reading.repaired(AddressRepair::Link);
    }
    // Of `#/%23alias` and `#%23alias` the second sigil counts.
    let decoded =
        decoded.strip_prefix('#').filter(|rest| rest.starts_with('#')).unwrap_or(&decoded);
    identifier::read(decoded, reading)
}

impl Meaning {
    /// Where a person ranks.
    const PERSON: u8 = 1;

    /// What is better comes first.
    fn rank(&self) -> u8 {
        match self {
            Self::Room(_) => 0,
            Self::Person(_) => Self::PERSON,
            Self::Half { .. } => 2,
            Self::Nothing(AddressFault::OtherPage) => 4,
            Self::Nothing(_) => 3,
        }
    }
}

impl Reading {
    fn nothing(text: &str, fault: AddressFault) -> Self {
        Self {
            pasted: text::shown(text),
            form: AddressForm::Plain,
            repairs: Vec::new(),
            meaning: Meaning::Nothing(fault),
        }
    }

    fn rank(&self) -> u8 {
        self.meaning.rank()
    }

    /// Notes a repair, once.
    fn repaired(&mut self, repair: AddressRepair) {
        if !self.repairs.contains(&repair) {
            self.repairs.push(repair);
        }
    }
}
