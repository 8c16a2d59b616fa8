use matrix_sdk::ruma::RoomAliasId;

use super::*;
use crate::wire::{JoinRule, RoomKind};

const LIST: &str = r##"
[[room]]
key = "lobby"
alias = "#Lobby:example.org"
name = "Lobby"
purpose = "To begin with."
category = "start"

[[room]]
key = "known"
alias = "#known:example.org"
id = "!known:example.org"
name = "Known"
purpose = "By its id."
category = "help"

[[moved]]
alias = "#old:example.org"
to = "lobby"
reason = "replaced"
"##;

fn id(name: &str) -> OwnedRoomId {
    RoomId::parse(format!("!{name}:example.org")).expect("an id")
}

fn room(name: &str, alias: Option<&str>) -> SpaceRoom {
    SpaceRoom {
        id: id(name),
        alias: alias.map(|alias| RoomAliasId::parse(alias).expect("an alias")),
        name: Some(format!("The {name}")),
        topic: Some(format!("About {name} things")),
        members: 1234,
        kind: RoomKind::Room,
        join_rule: JoinRule::Restricted,
        world_readable: true,
        encrypted: false,
        via: vec!["example.org".try_into().expect("a server")],
        space: id("root"),
        suggested: false,
        stand: Stand::Listed,
    }
}

fn space(rooms: Vec<SpaceRoom>) -> Space {
    let root = SpaceRoom { kind: RoomKind::Space, ..room("root", None) };
    Space { rooms: [vec![root], rooms].concat(), read_at: 0 }
}

fn lead(alias: &str, to: &str) -> Leads {
    Leads::from([(alias.to_owned(), id(to))])
}

fn listed(rooms: Vec<SpaceRoom>, leads: &Leads) -> Catalogue {
    Catalogue::parse(LIST).expect("valid").with_space(&space(rooms), leads)
}

#[test]
fn what_is_known_is_refreshed() {
    let rooms = vec![room("door", None), room("known", None)];
    let list = listed(rooms, &lead("#Lobby:example.org", "door"));
    let keys: Vec<_> = list.entries().iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, ["lobby", "known", "!root:example.org"]);
    for (entry, own) in list.entries().iter().zip(Catalogue::parse(LIST).expect("valid").entries())
    {
        let live = entry.live.as_ref().expect("known");
        assert_eq!((live.members, live.join_rule), (1234, JoinRule::Restricted));
        assert_eq!((live.standing.clone(), live.space.clone()), (Standing::Listed, None));
        assert_eq!((&entry.name, &entry.purpose), (&own.name, &own.purpose), "our words stay");
    }
    assert_eq!(
        list.entries()[0].live.as_ref().and_then(|live| live.name.as_deref()),
        Some("The door")
    );
}

#[test]
fn a_room_is_not_known_by_what_it_calls_itself() {
    let list = listed(vec![room("false", Some("#Lobby:example.org"))], &Leads::new());
    let lobby = list.by_key("lobby").expect("is there");
    assert_eq!(lobby.live, None);
    let more = list.by_id("!false:example.org").expect("is there");
    assert_eq!((more.alias.as_str(), more.category), ("!false:example.org", Category::More));
    let sure =
        listed(vec![room("true", Some("#true:example.org"))], &lead("#true:example.org", "true"));
    assert_eq!(
        sure.by_id("!true:example.org").map(|room| room.alias.as_str()),
        Some("#true:example.org")
    );
}

#[test]
fn more_rooms_are_found_by_name_and_topic() {
    let nameless = SpaceRoom { name: None, topic: None, ..room("nameless", None) };
    let list = listed(vec![room("zebrafish", None), nameless], &Leads::new());
    let found = |query: &str| -> Vec<String> {
        list.search(query).into_iter().map(|entry| entry.alias.clone()).collect()
    };
    assert_eq!(found("zebrafish"), ["!zebrafish:example.org"]);
    assert_eq!(found("zebrafihs"), ["!zebrafish:example.org"]);
    assert_eq!(found("lobby"), ["#Lobby:example.org"]);
    let nameless = list.by_id("!nameless:example.org").expect("is there");
    assert_eq!((nameless.name.as_str(), nameless.purpose.as_str()), ("!nameless:example.org", ""));
    assert_eq!(list.by_id("!zebrafish:example.org").map(|room| room.via.len()), Some(1));
}

#[test]
fn what_is_gone_or_moved_is_marked() {
    let gone = SpaceRoom { stand: Stand::Gone { since: 1 }, ..room("known", None) };
    let moved = SpaceRoom { stand: Stand::Moved { to: Some(id("door")) }, ..room("before", None) };
    let away = SpaceRoom { stand: Stand::Moved { to: Some(id("away")) }, ..room("far", None) };
    let retired = room("retired", Some("#old:example.org"));
    let rooms = vec![room("door", None), gone, moved, away, retired];
    let list = listed(rooms, &lead("#Lobby:example.org", "door"));
    let standing = |name: &str| {
        list.entries().iter().find_map(|entry| {
            let live = entry.live.as_ref()?;
            (live.room_id == id(name).as_str()).then(|| live.standing.clone())
        })
    };
    let lobby = || Some("#Lobby:example.org".to_owned());
    assert_eq!(standing("known"), Some(Standing::Gone));
    assert_eq!(standing("before"), Some(Standing::Moved { to: lobby() }));
    assert_eq!(standing("far"), Some(Standing::Moved { to: None }));
    assert_eq!(standing("retired"), Some(Standing::Moved { to: lobby() }));
    assert_eq!(standing("door"), Some(Standing::Listed));

    // The Space may not list yet where people have gone to.
    let moved = SpaceRoom { stand: Stand::Moved { to: Some(id("new")) }, ..room("before", None) };
    let list = listed(vec![moved], &lead("#Lobby:example.org", "new"));
    let live = list.by_id("!before:example.org").and_then(|entry| entry.live.as_ref());
    assert_eq!(live.map(|live| live.standing.clone()), Some(Standing::Moved { to: lobby() }));
}

#[test]
fn a_space_within_the_space_is_named() {
    let inner = SpaceRoom { kind: RoomKind::Space, ..room("inner", None) };
    let deep = SpaceRoom { space: id("inner"), ..room("deep", None) };
    let list = listed(vec![inner, deep], &Leads::new());
    let within = |name| list.by_id(name).and_then(|entry| entry.live.as_ref()?.space.clone());
    assert_eq!(within("!deep:example.org").as_deref(), Some("The inner"));
    assert_eq!(within("!inner:example.org"), None);
}
