//! What is fuzzed, and what has to hold for whatever was read.

use std::{collections::BTreeMap, sync::LazyLock};

use matrix_sdk::ruma::OwnedRoomId;

use super::{generate::Grammar, run::Target, seeds};
use crate::{
    account, address,
    address::{MOST_VIA, Meaning, Reading},
    catalogue::Catalogue,
    joining,
    links::{check_link, host_to_show, is_deceptive},
    space::Space,
    text::{
        clean_line, display_name, first_line, parse_html, parse_markdown, parse_plain,
        typed_to_html,
    },
    vault::{Key, KeyId, KeyPlace, open, read_header, seal},
};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::bundled);

/// A key as text.
pub const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// No page of the guide and no message that is sent is longer. Both are the only Markdown that is read, and
/// the time for it grows with the depth of lists times the number of lines.
const MAX_MARKDOWN_BYTES: usize = 20_000;

const SECRET: &[u8] = b"the session";

/// All of them.
pub fn all() -> Vec<Target> {
    let mut all = of_messages();
    all.extend(of_files());
    all
}

fn of_messages() -> Vec<Target> {
    let links = Grammar::Text(seeds::LINK_SCRAPS);
    let target = |name, grammar, seeds, run| Target { name, grammar, seeds, run };
    vec![
        target("html", Grammar::Text(seeds::HTML_SCRAPS), seeds::html(), |input| {
            let _ = parse_html(&text(input));
        }),
        target("markdown", Grammar::Text(seeds::MARKDOWN_SCRAPS), seeds::markdown(), |input| {
            let text = text(&input[..input.len().min(MAX_MARKDOWN_BYTES)]);
            parse_markdown(&text);
            typed_to_html(&text);
        }),
        target("plain", links, seeds::links(), |input| {
            let text = text(input);
            parse_plain(&text);
            first_line(&text);
            assert!(clean_line(&text, 60).chars().count() <= 61, "a line longer than asked for");
            display_name(Some(&text), "?");
        }),
        target("link in html", links, seeds::links(), |input| {
            let href = text(input).replace('&', "&amp;").replace('"', "&quot;");
            let _ = parse_html(&format!("<a href=\"{href}\">x</a>"));
        }),
        target("named in a text", links, seeds::links(), |input| {
            let text = text(input);
            let mut end = 0;
            for named in address::find_named(&text) {
                assert!(named.range.start >= end, "one in another");
                end = named.range.end;
                assert!(text.get(named.range).is_some(), "not a part of the text");
            }
        }),
        target("check_link", links, seeds::links(), |input| read_link(&text(input))),
        target("address", links, seeds::links(), |input| {
            sound(address::read(&text(input)));
        }),
        target("argument", links, seeds::links(), |input| {
            if let Some(reading) = address::read_argument(&text(input)) {
                assert!(reading.repairs.is_empty(), "an argument was repaired");
                sound(reading);
            }
        }),
        target("person", links, seeds::links(), |input| {
            if let Some(Meaning::Person(user)) = address::read_matrix_link(&text(input)) {
                let user = user.as_str();
                assert!(user.starts_with('@') && user.len() <= 255, "not a user id");
                assert!(!user.chars().any(is_deceptive), "a user id that deceives");
            }
        }),
    ]
}

fn of_files() -> Vec<Target> {
    let json = Grammar::Json(seeds::JSON_SCRAPS);
    let target = |name, grammar, seeds, run| Target { name, grammar, seeds, run };
    let header = format!("galaxy-chat-sealed 1 keyring {}\n", key().id().as_str());
    let sealed = vec![seal(KeyPlace::Disk, &key(), SECRET), header.into_bytes(), KEY.into()];
    vec![
        target("sealed file", json, sealed, read_sealed),
        target("saved session", json, seeds::saved(), account::stored::read_saved),
        target("servers.json", json, seeds::servers(), account::stored::read_servers),
        target("plan of joins", json, joining::stored::seeds(), joining::stored::read),
        target("space", json, seeds::space(), |input| {
            if let Ok(space) = serde_json::from_slice::<Space>(input) {
                let again = serde_json::to_vec(&space).expect("plain data");
                assert!(serde_json::from_slice(&again).is_ok_and(|again: Space| again == space));
            }
        }),
        target("drafts, rooms", json, seeds::maps(), |input| {
            let _ = serde_json::from_slice::<BTreeMap<String, String>>(input);
            let _ = serde_json::from_slice::<BTreeMap<String, OwnedRoomId>>(input);
        }),
        target("catalogue", Grammar::Text(seeds::TOML_SCRAPS), catalogue(), |input| {
            let file = tempfile::NamedTempFile::new().expect("a file");
            std::fs::write(file.path(), input).expect("written");
            if let Ok(catalogue) = Catalogue::load(file.path()) {
                catalogue.search("galaxy");
            }
        }),
    ]
}

fn catalogue() -> Vec<Vec<u8>> {
    // The bundled one is larger than an event, and mostly of the same.
    let whole = include_str!("../../../../catalogue/rooms.toml");
    let end = whole.char_indices().nth(4_000).map_or(whole.len(), |(index, _)| index);
    vec![whole.as_bytes()[..end].to_owned(), whole.as_bytes().to_owned()]
}

fn text(input: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(input)
}

fn key() -> Key {
    Key::from_text(KEY.as_bytes()).expect("a key")
}

fn read_link(link: &str) {
    let Ok(url) = check_link(link) else { return };
    assert!(matches!(url.scheme(), "http" | "https" | "mailto"), "another kind of link");
    assert!(url.username().is_empty() && url.password().is_none(), "a link with a password");
    assert!(url.as_str().is_ascii(), "not ASCII");
    for shown in [link, "galaxyproject.org", ""] {
        host_to_show(&url, shown);
    }
}

fn sound(reading: Reading) {
    assert!(reading.pasted.chars().count() <= 120, "too long to be shown");
    assert!(!reading.pasted.chars().any(is_deceptive), "what is shown deceives");
    if let Meaning::Room(link) = &reading.meaning {
        let room = link.room.as_str();
        assert!(room.starts_with(['#', '!']) && room.len() <= 255, "not a room");
        assert!(!room.chars().any(|c| c.is_whitespace() || is_deceptive(c)), "a room deceives");
        assert!(link.via.len() <= MOST_VIA, "too many servers");
    }
    address::resolve(reading, &*CATALOGUE);
}

fn read_sealed(input: &[u8]) {
    let _ = read_header(input);
    let _ = Key::from_text(input);
    let _ = KeyId::parse(&text(input));
    if let Ok(content) = open(input, &key()) {
        assert_eq!(content.as_slice(), SECRET, "an altered file was opened");
    }
}
