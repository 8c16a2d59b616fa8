use std::cmp::Reverse;

use matrix_sdk::ruma::RoomAliasId;

use super::{Meaning, Reading, RoomLink};
use crate::wire::{AddressFault, AddressMeaning, AddressRepair, Listed, MoveReason, PastedAddress};

/// Longer names are not compared letter by letter, in characters. No alias is longer.
const LONGEST: usize = 255;

/// More letters than these may never differ.
const MOST_DIFFERENCES: usize = 3;

/// What has to be known of the catalogue.
pub trait Directory {
    /// The aliases of its rooms, in the order they are shown.
    fn current(&self) -> impl Iterator<Item = &str>;

    /// The aliases not to be joined any more, each with that of the room to go to, and why.
    fn moved(&self) -> impl Iterator<Item = (&str, &str, MoveReason)>;

    /// The alias of the room of that id.
    fn alias_of(&self, id: &str) -> Option<&str>;
}

/// Says what a text means to Galaxy: repairs capitals and missing servers, follows what has moved,
/// and where it leads to no room, names the one that comes nearest.
pub fn resolve(reading: Reading, directory: &impl Directory) -> PastedAddress {
    let Reading { pasted, form, mut repairs, meaning } = reading;
    let meaning = match meaning {
        Meaning::Room(link) => resolve_room(link, directory, &mut repairs),
        Meaning::Person(user) => AddressMeaning::Person { user: user.to_string() },
        Meaning::Half { name, alone: false, .. } => {
            // A repair that is not certain is a question.
            let nearest = nearest(&format!("#{name}"), directory);
            AddressMeaning::Nothing { fault: AddressFault::Incomplete, nearest }
        }
        Meaning::Half { name, fault, .. } => resolve_half(&name, fault, directory, &mut repairs),
        Meaning::Nothing(fault) => AddressMeaning::Nothing { fault, nearest: None },
    };
    PastedAddress { pasted, form, repairs, meaning }
}

fn resolve_room(
    link: RoomLink,
    directory: &impl Directory,
    repairs: &mut Vec<AddressRepair>,
) -> AddressMeaning {
    let RoomLink { room, mut via, mut event } = link;
    let pasted = room.as_str();
    let (address, listed) = if room.is_room_id() {
        let alias = directory.alias_of(pasted);
        let listed = alias.map_or(Listed::Unlisted { nearest: None }, |_| Listed::Current);
        (alias.unwrap_or(pasted), listed)
    } else {
        let (known, address, listed) = look_up(pasted, directory);
        if known != pasted {
            note(repairs, AddressRepair::Capitals);
        }
        (address, listed)
    };
    let address = address.to_owned();
    if !matches!(listed, Listed::Unlisted { .. }) {
        // A link does not choose which servers a room of the list is joined through.
        via.clear();
    }
    if let Listed::Moved { .. } = listed {
        // It belongs to the old room.
        event = None;
    }
    AddressMeaning::Room {
        address,
        via: via.into_iter().map(|server| server.to_string()).collect(),
        event: event.map(|event| event.to_string()),
        listed,
    }
}

/// How the catalogue writes an alias, where the alias leads, and how that room stands to it.
fn look_up<'a>(alias: &'a str, directory: &'a impl Directory) -> (&'a str, &'a str, Listed) {
    let folded = fold(alias);
    // What is written the same counts before what differs in capitals.
    let current = |same: &dyn Fn(&str) -> bool| {
        let known = directory.current().find(|known| same(known))?;
        Some((known, known, Listed::Current))
    };
    let moved = |same: &dyn Fn(&str) -> bool| {
        let (old, new, reason) = directory.moved().find(|(old, ..)| same(old))?;
        Some((old, new, Listed::Moved { from: old.to_owned(), reason }))
    };
    let exact = |known: &str| known == alias;
    let alike = |known: &str| fold(known) == folded;
    let found = current(&exact).or_else(|| moved(&exact));
    let found = found.or_else(|| current(&alike)).or_else(|| moved(&alike));
    let unlisted = || (alias, alias, Listed::Unlisted { nearest: nearest(alias, directory) });
    found.unwrap_or_else(unlisted)
}

fn resolve_half(
    name: &str,
    fault: AddressFault,
    directory: &impl Directory,
    repairs: &mut Vec<AddressRepair>,
) -> AddressMeaning {
    let is_half = |alias: &&str| plain(local(alias)) == plain(name);
    let mut found = directory.current().filter(is_half);
    let alias = match (found.next(), found.next()) {
        (Some(alias), None) => Some(alias),
        // Several servers have the name: which one is meant cannot be known.
        (Some(_), Some(_)) => None,
        (None, _) => directory.moved().map(|(old, ..)| old).find(is_half),
    };
    match alias.map(RoomAliasId::parse) {
        Some(Ok(alias)) => {
            if local(alias.as_str()) != name {
                note(repairs, AddressRepair::Capitals);
            }
            note(repairs, AddressRepair::Server);
            resolve_room(RoomLink::new(alias), directory, repairs)
        }
        _ => AddressMeaning::Nothing { fault, nearest: nearest(&format!("#{name}"), directory) },
    }
}

/// The alias of a room in use that differs in a few letters only.
pub fn nearest(alias: &str, directory: &impl Directory) -> Option<String> {
    let wanted = plain(local(alias));
    let server = alias.split_once(':').map(|(_, server)| server);
    let candidates = directory.current().filter_map(|known| {
        let name = plain(local(known));
        let difference = differences(&wanted, &name)?;
        let same_server = server.is_some_and(|server| known.ends_with(&format!(":{server}")));
        Some((difference, Reverse(same_server), known))
    });
    // The first of equals, in the order they are shown.
    candidates.min_by_key(|(difference, server, _)| (*difference, *server)).map(|c| c.2.to_owned())
}

/// How many letters differ; `None` where too many do for their length.
fn differences(one: &str, other: &str) -> Option<usize> {
    let length = |name: &str| name.chars().take(LONGEST + 1).count();
    let (one_length, other_length) = (length(one), length(other));
    if one_length.max(other_length) > LONGEST
        || one_length.abs_diff(other_length) > MOST_DIFFERENCES
    {
        return None;
    }
    // What all rooms of one owner begin with says nothing.
    let same = one.char_indices().zip(other.chars()).take_while(|((_, a), b)| a == b);
    let begin = same.filter(|((_, a), _)| *a == '-').last().map_or(0, |((place, _), _)| place + 1);
    let (one, other) = (&one[begin..], &other[begin..]);
    let allowed = (length(one).max(length(other)) / 3).min(MOST_DIFFERENCES);
    let difference = strsim::osa_distance(one, other);
    (difference <= allowed).then_some(difference)
}

/// The alias without what may differ though the same is meant: capitals, and dashes that a word
/// processor made of hyphens.
fn fold(alias: &str) -> String {
    let hyphen = |c| if matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}') { '-' } else { c };
    alias.chars().map(hyphen).flat_map(char::to_lowercase).collect()
}

/// The same for a name, with one separator for all.
fn plain(name: &str) -> String {
    fold(name).replace(['_', '.', '/', ' '], "-")
}

/// The part of an alias between `#` and `:`.
fn local(alias: &str) -> &str {
    let local = alias.split(':').next().unwrap_or_default();
    local.strip_prefix('#').unwrap_or(local)
}

fn note(repairs: &mut Vec<AddressRepair>, repair: AddressRepair) {
    if !repairs.contains(&repair) {
        repairs.push(repair);
    }
}
