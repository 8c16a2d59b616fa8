use matrix_sdk::ruma::{api::client::space::SpaceHierarchyRoomsChunk, room_id};
use serde_json::{Value, json};

use super::{
    walk::{MOST_ROOMS, Walk},
    *,
};

const ROOT: &str = "!root:example.org";

/// A page as homeservers give it: the Space that was asked for, and the rooms it lists.
fn chunk(id: &str, children: &[&str]) -> Value {
    let child = |id: &&str| {
        json!({
            "type": "m.space.child", "state_key": id, "sender": "@admin:example.org",
            "origin_server_ts": 1, "content": { "via": ["example.org", "example.net"] },
        })
    };
    json!({
        "room_id": id, "num_joined_members": 3, "world_readable": true, "guest_can_join": false,
        "join_rule": "public", "children_state": children.iter().map(child).collect::<Vec<_>>(),
    })
}

fn space(id: &str, children: &[&str]) -> Value {
    let mut space = chunk(id, children);
    space["room_type"] = "m.space".into();
    space
}

fn page(chunks: &[Value]) -> Vec<SpaceHierarchyRoomsChunk> {
    serde_json::from_value(chunks.into()).expect("a page")
}

/// Walks a Space whose every page is one of these, by the Space that is asked for.
fn walk(pages: &[(&str, &[Value])]) -> (Reading, Vec<String>) {
    let mut walk = Walk::new(room_id!("!root:example.org").to_owned());
    let mut asked = Vec::new();
    while let Some(space) = walk.next_space() {
        asked.push(space.to_string());
        let found = pages.iter().find(|(id, _)| *id == space);
        match found {
            Some((_, chunks)) => assert!(walk.take(&space, page(chunks))),
            None => walk.give_up(space),
        }
    }
    (walk.done(), asked)
}

fn ids(space: &Space) -> Vec<(&str, bool)> {
    let ids = space.rooms.iter();
    ids.map(|room| (room.id.as_str(), matches!(room.stand, Stand::Gone { .. }))).collect()
}

#[test]
fn a_space_in_the_space_is_walked_and_a_cycle_ends() {
    let (inner, room, deep) = ("!inner:example.org", "!room:example.org", "!deep:example.org");
    let top = space(ROOT, &[inner, room]);
    let within = space(inner, &[deep, ROOT, inner, room]);
    let (reading, asked) = walk(&[
        (ROOT, &[top.clone(), within.clone(), chunk(room, &[])]),
        (inner, &[within, chunk(deep, &[]), top, chunk(room, &[])]),
    ]);
    assert_eq!(asked, [ROOT, inner]);
    assert!(reading.is_whole() && reading.hidden.is_empty(), "{reading:?}");
    let found = reading.rooms.iter().map(|room| (room.id.as_str(), room.space.as_str()));
    let found: Vec<_> = found.collect();
    assert_eq!(found, [(ROOT, ROOT), (inner, ROOT), (room, ROOT), (deep, inner)]);
    assert_eq!(reading.rooms[2].via, ["example.org", "example.net"]);
}

#[test]
fn what_the_space_recommends_is_marked() {
    let (marked, plain, odd) = ("!marked:example.org", "!plain:example.org", "!odd:example.org");
    let mut top = space(ROOT, &[marked, plain, odd]);
    let children = top["children_state"].as_array_mut().expect("children");
    children[0]["content"]["suggested"] = true.into();
    children[2]["content"]["suggested"] = "yes".into();
    let rooms = [marked, plain, odd].map(|id| chunk(id, &[]));
    let (reading, _) = walk(&[(ROOT, &[vec![top], rooms.to_vec()].concat())]);
    let found = reading.rooms.iter().filter(|room| room.suggested);
    assert_eq!(found.map(|room| room.id.as_str()).collect::<Vec<_>>(), [marked]);
    assert!(reading.rooms.iter().any(|room| room.id == plain), "the control");
}

#[test]
fn what_is_hostile_is_cleaned_cut_or_left_out() {
    let mut loud = chunk("!loud:example.org", &[]);
    loud["name"] = format!("Lob\u{202E}by\n{}", "x".repeat(5000)).into();
    loud["topic"] = "\u{200B}".into();
    loud["canonical_alias"] = "#lob\u{202E}by:example.org".into();
    loud["join_rule"] = "org.example.odd".into();
    let strange = chunk("!strange\u{202E}:example.org", &[]);
    let unlisted = chunk("!unlisted:example.org", &[]);
    let mut top = space(ROOT, &["!loud:example.org", "!strange\u{202E}:example.org"]);
    let children = top["children_state"].as_array_mut().expect("children");
    children.push(json!({ "type": "m.space.child", "state_key": 5, "content": {} }));
    children.push(json!({
        "type": "m.space.child", "state_key": "!removed:example.org", "sender": "@a:example.org",
        "origin_server_ts": 1, "content": { "via": [] },
    }));
    let removed = chunk("!removed:example.org", &[]);
    let (reading, _) = walk(&[(ROOT, &[top, loud, strange, unlisted, removed])]);
    assert_eq!(reading.rooms.len(), 2, "{reading:?}");
    let room = &reading.rooms[1];
    let name = room.name.as_deref().expect("a name");
    assert!(name.starts_with("Lobby xxx") && name.chars().count() == 80, "{name}");
    assert_eq!((room.topic.as_ref(), room.alias.as_ref()), (None, None));
    assert_eq!(room.join_rule, JoinRule::Unknown);
}

#[test]
fn a_space_without_end_is_read_to_a_limit() {
    let mut walk = Walk::new(room_id!("!root:example.org").to_owned());
    let root = walk.next_space().expect("the root");
    let ids: Vec<_> = (0..5000).map(|number| format!("!{number}:example.org")).collect();
    let children: Vec<_> = ids.iter().map(String::as_str).collect();
    let mut chunks = vec![space(ROOT, &children)];
    chunks.extend(ids.iter().map(|id| chunk(id, &[])));
    assert!(!walk.take(&root, page(&chunks)), "it would go on");
    assert_eq!(walk.done().rooms.len(), MOST_ROOMS);

    // Nor does a page that always has another one after it go on for ever.
    let mut walk = Walk::new(room_id!("!root:example.org").to_owned());
    let pages = (0..).take_while(|_| walk.take(&root, page(&[]))).take(1000).count();
    assert!(pages < 100, "{pages}");

    // Nor a Space in a Space in a Space.
    let mut walk = Walk::new(room_id!("!root:example.org").to_owned());
    let mut spaces = 0;
    while let Some(inner) = walk.next_space() {
        spaces += 1;
        let next = format!("!inner{spaces}:example.org");
        walk.take(&inner, page(&[space(inner.as_str(), &[&next]), space(&next, &[])]));
    }
    assert!(spaces < 100, "{spaces}");
    assert!(!walk.done().is_whole());
}

#[test]
fn a_page_that_fails_keeps_what_was_there_before() {
    let (inner, deep, room) = ("!inner:example.org", "!deep:example.org", "!room:example.org");
    let within = space(inner, &[deep]);
    let first = [space(ROOT, &[inner, room]), within.clone(), chunk(room, &[])];
    let (whole, _) = walk(&[(ROOT, &first), (inner, &[within, chunk(deep, &[])])]);
    let before = Space::default().renewed(whole, 1000);
    let all = [(ROOT, false), (inner, false), (room, false), (deep, false)];
    assert_eq!((ids(&before), before.read_at), (all.to_vec(), 1000));

    let (broken, _) = walk(&[(ROOT, &first)]);
    let after = before.renewed(broken, 2000);
    assert_eq!((ids(&after), after.read_at), (all.to_vec(), 1000), "the inner one failed");
    let (nothing, _) = walk(&[]);
    assert_eq!(before.renewed(nothing, 2000), before);
    // The first page came, and told only of the Space itself; the second did not.
    let mut half = Walk::new(room_id!("!root:example.org").to_owned());
    let asked = half.next_space().expect("the root");
    half.take(&asked, page(&first[..1]));
    half.give_up(asked);
    let after = before.renewed(half.done(), 2000);
    assert_eq!(after.rooms.len(), 4);
    assert!(ids(&after).iter().all(|(_, gone)| !gone), "{:?}", ids(&after));
}

#[test]
fn what_is_gone_is_marked_and_then_forgotten() {
    let (inner, deep, room) = ("!inner:example.org", "!deep:example.org", "!room:example.org");
    let within = space(inner, &[deep]);
    let first = [space(ROOT, &[inner, room]), within.clone(), chunk(room, &[])];
    let (whole, _) = walk(&[(ROOT, &first), (inner, &[within, chunk(deep, &[])])]);
    let before = Space::default().renewed(whole, 1000);

    let listed = || walk(&[(ROOT, &[space(ROOT, &[room]), chunk(room, &[])])]).0;
    let after = before.renewed(listed(), 2000);
    let gone = [(ROOT, false), (room, false), (inner, true), (deep, true)];
    assert_eq!(ids(&after), gone, "with the Space that listed it");
    assert_eq!(ids(&after.renewed(listed(), 2000 + REMEMBERED)), gone);
    assert_eq!(ids(&after.renewed(listed(), 2001 + REMEMBERED)), gone[..2]);

    // What is listed and not described may be out of sight only.
    let (hidden, _) = walk(&[(ROOT, &[space(ROOT, &[room, inner]), chunk(room, &[])])]);
    assert!(ids(&before.renewed(hidden, 2000)).iter().all(|(_, gone)| !gone));
}

#[test]
fn a_room_that_moved_stays_so() {
    let room = "!room:example.org";
    let read = || walk(&[(ROOT, &[space(ROOT, &[room]), chunk(room, &[])])]).0;
    let mut before = Space::default().renewed(read(), 1000);
    let to = Some(room_id!("!new:example.org").to_owned());
    before.rooms[1].stand = Stand::Moved { to };
    assert_eq!(before.renewed(read(), 2000).rooms, before.rooms);
}

#[test]
fn it_is_read_back_as_it_was_kept() {
    let (reading, _) = walk(&[(ROOT, &[space(ROOT, &["!room:example.org"])])]);
    let space = Space::default().renewed(reading, 1000);
    let json = serde_json::to_vec(&space).expect("json");
    assert_eq!(serde_json::from_slice::<Space>(&json).expect("a Space"), space);
}

#[test]
fn what_other_rooms_each_time_leave_is_bounded() {
    let mut space = Space::default();
    let mut all = 0;
    for look in 0..20_u64 {
        let ids: Vec<String> = (0..900).map(|room| format!("!{look}-{room}:example.org")).collect();
        let listed: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut chunks = vec![self::space(ROOT, &listed)];
        chunks.extend(listed.iter().map(|id| chunk(id, &[])));
        let (reading, _) = walk(&[(ROOT, &chunks)]);
        all += reading.rooms.len();
        space = space.renewed(reading, look * 3600);
        assert!(space.rooms.len() <= 2 * MOST_ROOMS, "{} after {look}", space.rooms.len());
    }
    // The control: more than that was listed, and what is kept of it is the latest.
    assert!(all > 10 * MOST_ROOMS);
    let kept = |look: u64| space.room(&format!("!{look}-5:example.org")).is_some();
    assert!(kept(19) && kept(18) && !kept(3));
}
