//! Links to rooms, as pages and apps make them.
//!
//! The SDK's own parsers are strict: they refuse an argument they do not know, such as the
//! `web-instance` of matrix.to's own links, and they panic at an empty part, as in `#/#a:b///`. So
//! the parts are taken here, and only the identifiers are theirs.

use matrix_sdk::ruma::{OwnedServerName, ServerName};
use percent_encoding::percent_decode_str;

use super::{
    MOST_VIA, Meaning, Reading, identifier,
    wrapper::{Redirect, redirect},
};
use crate::links::is_deceptive;
use crate::wire::{AddressFault, AddressForm, AddressRepair};

/// Galaxy's short links, in lower case, and the aliases they lead to. `-` may be left out.
///
/// Sources: `group_vars/all.yaml` of `galaxyproject/gxy.io`, which compares without regard to
/// capitals, and the Galaxy Training Network's `/chat`.
const SHORT: &[(&str, &str)] = &[
    ("gxy.io/chat", "#galaxyproject_Lobby:gitter.im"),
    ("gxy.io/dev-chat", "#galaxyproject_dev:gitter.im"),
    ("gxy.io/admin-chat", "#galaxyproject_admins:gitter.im"),
    ("gxy.io/gat-chat", "#galaxyproject_admin-training:gitter.im"),
    ("training.galaxyproject.org/chat", "#Galaxy-Training-Network_Lobby:gitter.im"),
];

/// First parts of Gitter's addresses that are no owner of rooms.
const GITTER_PAGES: &[&str] = &[
    "-", "about", "api", "apps", "contact", "explore", "home", "learn", "login", "orgs", "signup",
];

/// How often a link may be wrapped, and how often encoded.
const DEEPEST: u8 = 3;

/// Reads a link that begins with a scheme or the name of a site.
pub(super) fn read(link: &str, reading: &mut Reading, depth: u8) -> Meaning {
    let lower = link.to_ascii_lowercase();
    for scheme in ["matrix:", "galaxy-chat:"] {
        if lower.starts_with(scheme) {
            reading.form = AddressForm::MatrixUri;
            return read_typed(&link[scheme.len()..], reading);
        }
    }
    for scheme in ["element:", "io.element.desktop:", "schildichat:", "im.fluffychat:"] {
        if lower.starts_with(scheme) {
            reading.form = AddressForm::OtherApp;
            return read_app(&link[scheme.len()..], reading);
        }
    }
    let start = ["https://", "http://"].iter().find(|scheme| lower.starts_with(**scheme));
    read_web(&link[start.map_or(0, |scheme| scheme.len())..], reading, depth)
}

/// Reads a web address without its scheme.
fn read_web(address: &str, reading: &mut Reading, depth: u8) -> Meaning {
    let (host, rest) = address.split_at(address.find(['/', '?', '#']).unwrap_or(address.len()));
    if host.contains('@') {
        return Meaning::Nothing(AddressFault::OtherPage);
    }
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    let redirect = redirect(host, rest);
    if let Some(Redirect::To(link)) = redirect.as_ref().filter(|_| depth < DEEPEST) {
        reading.repaired(AddressRepair::Surroundings);
        return read(link, reading, depth + 1);
    }
    let (page, fragment) = match rest.split_once('#') {
        Some((page, fragment)) => (page, Some(fragment)),
        None => (rest, None),
    };
    match host {
        "matrix.to" => return read_matrix_to(page, fragment, reading),
        "archive.matrix.org" => {
            reading.form = AddressForm::OtherApp;
            return read_typed(page, reading);
        }
        _ => {}
    }
    if let Some(alias) = short(host, page) {
        reading.form = AddressForm::Short;
        return identifier::read(alias, reading);
    }
    if let Some(meaning) = read_other_app(page, fragment, reading) {
        reading.form = AddressForm::OtherApp;
        return meaning;
    }
    if host == "gitter.im" {
        return read_gitter(page, fragment, reading);
    }
    let fault = match redirect {
        Some(Redirect::Unreadable) => AddressFault::Rewritten,
        _ => AddressFault::OtherPage,
    };
    Meaning::Nothing(fault)
}

fn read_matrix_to(page: &str, fragment: Option<&str>, reading: &mut Reading) -> Meaning {
    reading.form = AddressForm::MatrixTo;
    let Some(fragment) = fragment else {
        reading.repaired(AddressRepair::Link);
        let page = page.trim_start_matches('/');
        let decoded = if is_encoded(page) { decode(page) } else { page.to_owned() };
        return read_path(decoded.strip_prefix("#/").unwrap_or(&decoded), reading);
    };
    if !fragment.starts_with('/') {
        reading.repaired(AddressRepair::Link);
    }
    let path = fragment.strip_prefix("!/").unwrap_or(fragment).trim_start_matches('/');
    // Made of an address of Element, or of a matrix.to link put into another one.
    let starts = ["room/", "user/", "#/"];
    match starts.iter().find_map(|start| path.strip_prefix(start)) {
        Some(path) if !path.is_empty() => {
            reading.repaired(AddressRepair::Link);
            read_path(path, reading)
        }
        _ => read_path(path, reading),
    }
}

/// Reads what stands behind a link's `#` without the link: `#/room/#alias:server`.
pub(super) fn read_fragment(fragment: &str, reading: &mut Reading) -> Meaning {
    reading.form = AddressForm::OtherApp;
    reading.repaired(AddressRepair::Link);
    let path = fragment.trim_start_matches(['#', '/', '!']);
    if let Some(meaning) = read_route(path, reading) {
        return meaning;
    }
    read_path(path, reading)
}

/// Reads `identifier/event?via=…`.
fn read_path(path: &str, reading: &mut Reading) -> Meaning {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let (first, second) = path.split_once('/').unwrap_or((path, ""));
    let mut room = without_hidden_end(decode_repeatedly(first, reading), reading);
    let mut event = decode(second);
    if room.starts_with('$') && event.starts_with(['#', '!']) {
        (room, event) = (event, room);
    }
    if room.is_empty() {
        return Meaning::Nothing(AddressFault::OtherPage);
    }
    if !room.starts_with(['#', '!', '@', '$', '+']) {
        reading.repaired(AddressRepair::Sigil);
        room.insert(0, '#');
    }
    // A link that was encoded whole has its arguments in there.
    let query = match room.split_once('?') {
        Some((_, inside)) if query.is_empty() => inside.to_owned(),
        _ => query.to_owned(),
    };
    finish(identifier::read(&room, reading), &event, &query)
}

/// Reads `r/alias`, `roomid/id`, `u/user` and `…/e/event`, which name kinds instead of sigils.
fn read_typed(path: &str, reading: &mut Reading) -> Meaning {
    let path = path.trim_start_matches('/');
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut parts = path.splitn(4, '/');
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let sigil = match kind.as_str() {
        "r" | "room" => '#',
        "roomid" => '!',
        "u" | "user" => '@',
        "e" | "event" => '$',
        // A sigil in place of a kind, against the rules.
        _ if is_encoded(path) || path.contains(['#', '!', '@', ':']) => {
            reading.repaired(AddressRepair::Link);
            return read_path(path, reading);
        }
        _ => return Meaning::Nothing(AddressFault::OtherPage),
    };
    let id = decode_repeatedly(parts.next().unwrap_or_default(), reading);
    let mut id = without_hidden_end(id, reading);
    if !id.starts_with(sigil) {
        id.insert(0, sigil);
    }
    let event = match parts.next() {
        Some("e" | "event") => format!("${}", decode(parts.next().unwrap_or_default())),
        _ => String::new(),
    };
    let event = event.strip_prefix("$$").map_or(event.clone(), |event| format!("${event}"));
    finish(identifier::read(&id, reading), &event, query)
}

/// Reads links that start other apps, behind their scheme: those of Element have the route of its
/// web addresses, behind a `#` on computers and at once on phones; `im.fluffychat:` has
/// `chat/#alias:server`.
fn read_app(link: &str, reading: &mut Reading) -> Meaning {
    let link = link.trim_start_matches('/');
    if let Some(path) = link.strip_prefix("chat/") {
        return read_path(path, reading);
    }
    let route = match link.split_once("#/") {
        Some((_, fragment)) => read_route(fragment, reading),
        None => read_route(link, reading),
    };
    route.unwrap_or(Meaning::Nothing(AddressFault::OtherPage))
}

/// Reads addresses of Element and Cinny, wherever they are hosted.
fn read_other_app(page: &str, fragment: Option<&str>, reading: &mut Reading) -> Option<Meaning> {
    if let Some(meaning) = fragment.and_then(|fragment| read_route(fragment, reading)) {
        return Some(meaning);
    }
    // Cinny has the same paths before and behind the `#`.
    read_cinny(fragment.unwrap_or_default(), reading).or_else(|| read_cinny(page, reading))
}

/// Reads what Element has behind the `#`: `/room/#alias:server/$event?via=…`.
fn read_route(fragment: &str, reading: &mut Reading) -> Option<Meaning> {
    let route = fragment.trim_start_matches('/');
    let path = route.strip_prefix("room/").or_else(|| route.strip_prefix("user/"))?;
    Some(read_path(path, reading))
}

/// Reads `/home/#alias:server/$event?viaServers=a,b`, or a Space's id in place of `home`.
fn read_cinny(path: &str, reading: &mut Reading) -> Option<Meaning> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<_> = path.split('/').map(decode).collect();
    let room = |part: &&String| part.starts_with(['#', '!']) && part.contains(':') || is_id(part);
    if let Some(room) = parts.iter().rfind(room) {
        let event = parts.iter().find(|part| part.starts_with('$')).map_or("", String::as_str);
        return Some(finish(identifier::read(room, reading), event, query));
    }
    let user = arguments(query).find(|(name, _)| name == "userId").map(|(_, user)| user)?;
    Some(identifier::read(&user, reading))
}

/// Whether a part can be a room id that names no server.
fn is_id(part: &str) -> bool {
    part.starts_with('!') && part.len() == 44
}

fn read_gitter(page: &str, fragment: Option<&str>, reading: &mut Reading) -> Meaning {
    reading.form = AddressForm::Gitter;
    let path = page.split('?').next().unwrap_or_default();
    let path = if path.trim_matches('/').is_empty() { fragment.unwrap_or_default() } else { path };
    let parts = path.split('/').filter(|part| !part.is_empty()).map(decode);
    let ends = |part: &String| part.starts_with('~') || matches!(&**part, "archives" | "home");
    let parts: Vec<_> = parts.take_while(|part| !ends(part)).collect();
    let is_name = |part: &String| {
        part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    let is_page = parts.first().is_none_or(|first| GITTER_PAGES.contains(&first.as_str()));
    if is_page || parts.len() > 3 || !parts.iter().all(is_name) {
        return Meaning::Nothing(AddressFault::OtherPage);
    }
    match parts.as_slice() {
        [owner] => {
            Meaning::Half { name: owner.clone(), fault: AddressFault::OtherPage, alone: true }
        }
        _ => identifier::read(&identifier::gitter_alias(&parts.join("/")), reading),
    }
}

fn short(host: &str, page: &str) -> Option<&'static str> {
    let page = page.split('?').next().unwrap_or_default().trim_end_matches('/');
    let link = format!("{host}{page}").to_ascii_lowercase();
    let is_it = |short: &str| short == link || short.replace('-', "") == link;
    SHORT.iter().find(|(short, _)| is_it(short)).map(|(_, alias)| *alias)
}

/// Adds what a link says beside the room.
fn finish(mut meaning: Meaning, event: &str, query: &str) -> Meaning {
    if let Meaning::Room(room) = &mut meaning {
        room.event = identifier::read_event(event);
        room.via = via(query);
    }
    meaning
}

fn via(query: &str) -> Vec<OwnedServerName> {
    let mut servers = Vec::new();
    for (_, value) in arguments(query).filter(|(name, _)| name == "via" || name == "viaServers") {
        for server in value.split(',') {
            // The last one may have the end of a sentence behind it.
            let server = server.trim_end_matches(['.', ',', ';', ')', '/']).to_ascii_lowercase();
            match ServerName::parse(&*server) {
                Ok(name) if identifier::can_exist(&server) && !servers.contains(&name) => {
                    servers.push(name);
                }
                _ => {}
            }
        }
    }
    servers.truncate(MOST_VIA);
    servers
}

pub(super) fn arguments(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((decode(name), decode(value)))
    })
}

pub(super) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn is_encoded(text: &str) -> bool {
    text.starts_with('%')
}

/// What was copied along at the ends and cannot be seen; in the middle it would hide something.
fn without_hidden_end(text: String, reading: &mut Reading) -> String {
    let trimmed = text.trim_matches(|c: char| is_deceptive(c) || c.is_whitespace());
    if trimmed.len() == text.len() {
        return text;
    }
    reading.repaired(AddressRepair::Characters);
    trimmed.to_owned()
}

/// Decodes until the sigil and the colon show, as some programs encode a link again.
fn decode_repeatedly(text: &str, reading: &mut Reading) -> String {
    let mut decoded = decode(text);
    for _ in 1..DEEPEST {
        let has_sigil = !["%23", "%21", "%40"].iter().any(|sigil| decoded.starts_with(sigil));
        let has_colon = decoded.contains(':') || !decoded.to_ascii_lowercase().contains("%3a");
        if has_sigil && has_colon {
            break;
        }
        reading.repaired(AddressRepair::Link);
        decoded = decode(&decoded);
    }
    decoded
}
