//! Aliases, ids and what may be the half of one.

use std::net::Ipv4Addr;

use matrix_sdk::ruma::{
    EventId, OwnedEventId, OwnedRoomOrAliasId, OwnedUserId, RoomAliasId, RoomId, ServerName, UserId,
};

use super::{Meaning, Reading, RoomLink};
use crate::{
    links::is_deceptive,
    wire::{AddressFault, AddressForm, AddressRepair},
};

/// The length of a room id that names no server: a hash in base64. Room version 12 has them.
const SERVERLESS: usize = 43;

/// No identifier is longer, in bytes. The SDK is built to take any length.
pub(super) const MAX_IDENTIFIER_BYTES: usize = 255;

/// Reads an identifier that begins with its sigil. What stands behind it is cut off.
pub(super) fn read(text: &str, reading: &mut Reading) -> Meaning {
    if text.chars().any(is_deceptive) {
        return Meaning::Nothing(AddressFault::Hidden);
    }
    // What stands for bytes that were no text.
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Meaning::Nothing(AddressFault::Invalid);
    }
    match text.chars().next() {
        Some('#') => read_alias(text, reading),
        Some('!') => room(read_room_id(text)),
        Some('@') => match read_user(text) {
            Some(user) => Meaning::Person(user),
            None => Meaning::Nothing(AddressFault::Invalid),
        },
        Some('$') => Meaning::Nothing(AddressFault::MessageOnly),
        Some('+') if text.contains(':') => Meaning::Nothing(AddressFault::OldCommunity),
        _ => Meaning::Nothing(AddressFault::NoAddress),
    }
}

/// Reads a text that has no sigil: `name:server`, `owner/room` as on Gitter, or only a name.
pub(super) fn read_bare(text: &str, reading: &mut Reading) -> Option<Meaning> {
    let is_name = |name: &str| {
        name.len() > 1
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '='))
    };
    if let Some((local, server)) = text.split_once(':') {
        // A dot, as a time of day and a port have a colon as well.
        let host = server_prefix(server);
        let named = host.split(':').next().unwrap_or_default();
        let last = named.rsplit('.').next().unwrap_or_default();
        if !is_name(local) || !named.contains('.') || !last.chars().any(char::is_alphabetic) {
            return None;
        }
        reading.repaired(AddressRepair::Sigil);
        return Some(read(&format!("#{text}"), reading));
    }
    let name = match text.split_once('/') {
        Some((owner, room)) if is_name(owner) && is_name(room) => format!("{owner}_{room}"),
        None if is_name(text) => text.to_owned(),
        _ => return None,
    };
    Some(Meaning::Half { name, fault: AddressFault::NoAddress, alone: true })
}

/// Reads a message's id; `None` where it is not one, as the room counts without it.
pub(super) fn read_event(text: &str) -> Option<OwnedEventId> {
    let text = text.trim_end_matches(['/', '.', ',', ')']);
    let sound = text.len() > 1 && text.len() <= MAX_IDENTIFIER_BYTES;
    let sound = sound && !text.chars().any(|c| is_deceptive(c) || c.is_whitespace());
    EventId::parse(text).ok().filter(|_| sound)
}

/// The longest beginning that a server's name can be.
pub(super) fn server_prefix(text: &str) -> &str {
    let end = text.find(|c| !is_of_server(c)).unwrap_or(text.len());
    text[..end].trim_end_matches(['.', ':', '-'])
}

/// Whether a server's name may have that character.
pub(super) fn is_of_server(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']')
}

fn read_alias(text: &str, reading: &mut Reading) -> Meaning {
    let text = text.strip_prefix('#').unwrap_or(text);
    let Some((local, rest)) = text.split_once(':') else {
        let end = text.find(['?', ',', ';', ')', '&']).unwrap_or(text.len());
        return match text[..end].trim_end_matches('/') {
            "" => Meaning::Nothing(AddressFault::NoAddress),
            name => half(name, &text[end..]),
        };
    };
    let server = server_prefix(rest);
    if !local.is_empty() && server.is_empty() {
        return half(local, rest);
    }
    if server.len() < rest.len() {
        reading.repaired(AddressRepair::Surroundings);
    }
    let server = server.to_ascii_lowercase();
    let alias = match bridged(local, &server) {
        Some(alias) => {
            reading.form = AddressForm::Bridge;
            alias
        }
        None => format!("#{local}:{server}"),
    };
    // Servers refuse blanks in aliases.
    let sound = !local.is_empty() && !local.contains(char::is_whitespace) && can_exist(&server);
    room(RoomAliasId::parse(alias).ok().filter(|_| sound).map(Into::into))
}

/// The half of an alias, and what stands behind it.
fn half(name: &str, rest: &str) -> Meaning {
    let alone = !rest.contains(char::is_alphanumeric);
    Meaning::Half { name: name.to_owned(), fault: AddressFault::ServerMissing, alone }
}

/// Whether a server can have this name: a host of DNS, or an IP address, with or without a port.
///
/// Sources: the Matrix specification, "Server name"; RFC 1123, section 2.1, for labels; a last label of digits
/// makes it an IPv4 address (WHATWG URL, "ends in a number").
pub(super) fn can_exist(server: &str) -> bool {
    let Ok(name) = ServerName::parse(server) else { return false };
    if name.port() == Some(0) {
        return false;
    }
    let host = name.host();
    let is_label = |label: &str| {
        (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    let ends_in_number =
        host.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    host.starts_with('[')
        || if ends_in_number {
            host.parse::<Ipv4Addr>().is_ok()
        } else {
            host.len() <= 253 && host.split('.').all(is_label)
        }
}

/// Takes back the percent-encoding of what an alias has anyway: somebody copied a part of a link.
pub(super) fn decode_plain(identifier: &str) -> String {
    let mut plain = String::with_capacity(identifier.len());
    let mut rest = identifier;
    while let Some(start) = rest.find('%') {
        plain.push_str(&rest[..start]);
        let code = rest.get(start + 1..start + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let known = |c: &char| c.is_ascii_alphanumeric() || "_-.:#!@".contains(*c);
        let (decoded, length) = match code.map(char::from).filter(known) {
            Some(character) => (character, 3),
            None => ('%', 1),
        };
        plain.push(decoded);
        rest = &rest[start + length..];
    }
    plain + rest
}

/// The alias on Gitter of a room that the bridge of matrix.org once led to: its aliases were
/// `#gitter_owner=2Froom:matrix.org`.
fn bridged(local: &str, server: &str) -> Option<String> {
    let path = local.strip_prefix("gitter_").filter(|_| server == "matrix.org")?;
    let path = path.replace("=2f", "/").replace("=2F", "/");
    path.contains('/').then(|| gitter_alias(&path))
}

/// The alias of a room that Gitter knew by a path, such as `galaxyproject/Lobby`.
///
/// Source: `matrix-alias-utils.js` of Gitter's `webapp` replaces every slash and nothing else.
pub(super) fn gitter_alias(path: &str) -> String {
    format!("#{}:gitter.im", path.replace('/', "_"))
}

fn read_room_id(text: &str) -> Option<OwnedRoomOrAliasId> {
    let is_opaque = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let id = match text.split_once(':') {
        // Unlike an alias's, this server is part of an opaque id: its capitals stay.
        Some((opaque, rest)) if opaque.len() > 1 => {
            let server = server_prefix(rest);
            can_exist(server).then(|| format!("{opaque}:{server}"))?
        }
        Some(_) => return None,
        None => {
            let end = text[1..].find(|c| !is_opaque(c)).map_or(text.len(), |end| end + 1);
            text.get(..end).filter(|id| id.len() == SERVERLESS + 1)?.to_owned()
        }
    };
    let sound = !id.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '?'));
    RoomId::parse(id).ok().filter(|_| sound).map(Into::into)
}

fn read_user(text: &str) -> Option<OwnedUserId> {
    let (local, rest) = text.split_once(':')?;
    let server = server_prefix(rest).to_ascii_lowercase();
    let sound = local.len() > 1 && !local.contains(char::is_whitespace) && can_exist(&server);
    UserId::parse(format!("{local}:{server}"))
        .ok()
        .filter(|user| sound && user.as_str().len() <= MAX_IDENTIFIER_BYTES)
}

fn room(room: Option<OwnedRoomOrAliasId>) -> Meaning {
    match room.filter(|room| room.as_str().len() <= MAX_IDENTIFIER_BYTES) {
        Some(room) => Meaning::Room(RoomLink::new(room)),
        None => Meaning::Nothing(AddressFault::Invalid),
    }
}
