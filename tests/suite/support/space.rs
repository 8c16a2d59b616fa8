//! The Space of 120 rooms.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result};
use galaxy_chat_core::Catalogue;
use galaxy_chat_tests::federation::Federation;
use galaxy_chat_tests::homeserver::{Account, Homeserver, Limits, Options};
use galaxy_chat_tests::matrix::{Client, Refused};
use galaxy_chat_tests::space::{Kind, ROOMS, Space};
use reqwest::Method;
use serde_json::{Value, json};

/// A filled homeserver, somebody who is in no room, and somebody who is banned from one.
async fn filled() -> Result<(Homeserver, Space, Account, Account)> {
    let homeserver = Homeserver::start(Options::default()).await?;
    let newcomer = homeserver.account("newcomer").await?;
    let banned = homeserver.account("researcher").await?;
    let space = Space::fill(&homeserver, &banned.user_id).await?;
    Ok((homeserver, space, newcomer, banned))
}

#[tokio::test]
async fn its_rooms_are_listed_once_where_they_should_be() -> Result<()> {
    let (_homeserver, space, newcomer, _) = filled().await?;
    catalogue_is_whole(&space)?;
    hierarchy_is_whole(&space, &newcomer.sign_in().await?).await
}

/// The app takes the catalogue, and in it is all that should be.
fn catalogue_is_whole(space: &Space) -> Result<()> {
    Catalogue::load(&space.catalogue)?;
    let catalogue: toml::Table = toml::from_str(&fs::read_to_string(&space.catalogue)?)?;
    let entries = catalogue["room"].as_array().context("rooms")?;
    let aliases: BTreeSet<_> = entries.iter().filter_map(|entry| entry["alias"].as_str()).collect();
    let listed = space.rooms.iter().filter(|room| room.kind != Kind::Unlisted);
    let mut expected: BTreeSet<_> = listed.map(|room| room.alias.as_str()).collect();
    expected.extend([space.alias.as_str(), space.dead_alias.as_str()]);
    assert_eq!(aliases, expected);
    assert_eq!(entries.len(), expected.len());
    Ok(())
}

/// In the hierarchy is every room that may be seen by somebody who is in the Space.
async fn hierarchy_is_whole(space: &Space, newcomer: &Client) -> Result<()> {
    newcomer.join(&space.alias).await?;
    let seen = hierarchy(newcomer, &space.id).await?;

    assert_eq!(space.inside().count(), ROOMS);
    let hidden = |kind| matches!(kind, Kind::Invite | Kind::Private);
    let mut expected: BTreeMap<_, _> = space
        .inside()
        .filter(|room| !hidden(room.kind))
        .map(|room| (room.id.as_str(), room.kind.join_rule()))
        .collect();
    expected.extend([(space.id.as_str(), "public"), (space.nested.as_str(), "public")]);
    let rule = |room: &Value| room["join_rule"].as_str().unwrap_or_default().to_owned();
    let rules: BTreeMap<_, _> = seen.iter().map(|(id, room)| (id.as_str(), rule(room))).collect();
    let rules: BTreeMap<_, _> = rules.iter().map(|(id, rule)| (*id, rule.as_str())).collect();
    assert_eq!(rules, expected);

    let children = |id: &str| {
        let state = seen[id]["children_state"].as_array().into_iter().flatten();
        state.filter_map(|child| child["state_key"].as_str()).collect::<BTreeSet<_>>()
    };
    assert_eq!(children(&space.id).len() + children(&space.nested).len(), ROOMS + 2);
    assert!(children(&space.id).contains(space.nested.as_str()));
    assert!(children(&space.nested).contains(space.id.as_str()), "no cycle");
    let silent: BTreeSet<_> = space.all(Kind::WithoutTopic).map(|room| &room.id).collect();
    let without = seen.iter().filter(|(id, room)| !is_space(space, id) && room["topic"].is_null());
    assert_eq!(without.map(|(id, _)| id).collect::<BTreeSet<_>>(), silent);
    Ok(())
}

fn is_space(space: &Space, id: &str) -> bool {
    id == space.id || id == space.nested
}

#[tokio::test]
async fn each_kind_of_room_answers_a_join_as_it_should() -> Result<()> {
    let (_homeserver, space, newcomer, banned) = filled().await?;
    let newcomer = newcomer.sign_in().await?;
    let members = [Kind::Restricted, Kind::KnockRestricted];
    for kind in members {
        assert_eq!(refused(&newcomer, &space.one(kind)?.alias).await?, "M_FORBIDDEN", "{kind:?}");
    }
    newcomer.join(&space.alias).await?;
    for (at, room) in space.rooms.iter().enumerate() {
        // One of each kind will do.
        if space.rooms[..at].iter().any(|earlier| earlier.kind == room.kind) {
            continue;
        }
        if room.kind.is_open() {
            assert_eq!(newcomer.join(&room.alias).await?, room.id, "{:?}", room.kind);
        } else {
            assert_eq!(refused(&newcomer, &room.alias).await?, "M_FORBIDDEN", "{:?}", room.kind);
        }
    }
    assert_eq!(refused(&newcomer, &space.dead_alias).await?, "M_NOT_FOUND");
    let strict = space.one(Kind::Banned)?;
    assert_eq!(refused(&banned.sign_in().await?, &strict.alias).await?, "M_BAD_STATE");

    let ask = space.one(Kind::Knock)?;
    let path = ["_matrix", "client", "v3", "knock", &ask.alias];
    let asked = newcomer.request(Method::POST, &path, &[], Some(&json!({}))).await?;
    assert_eq!(asked["room_id"], ask.id.as_str());
    let invited = space.one(Kind::Invite)?;
    space.maker.invite(&invited.id, newcomer.user_id()).await?;
    newcomer.join(&invited.alias).await.map(drop)
}

#[tokio::test]
async fn moves_are_confirmed_by_the_other_room_or_not() -> Result<()> {
    // Whoever makes the rooms is not held to the limits that hold for others.
    let limited = Options { limits: Limits::Default, ..Options::default() };
    let homeserver = Homeserver::start(limited).await?;
    let banned = homeserver.account("researcher").await?;
    let space = Space::fill_with(&homeserver, &banned.user_id, 40).await?;
    assert_eq!(space.inside().count(), 40);
    let moved = async |kind| {
        let tombstone = state(&space.maker, &space.one(kind)?.id, "m.room.tombstone").await?;
        let to = tombstone["replacement_room"].as_str().context("a successor")?.to_owned();
        let created = state(&space.maker, &to, "m.room.create").await?;
        anyhow::Ok((to, created["predecessor"]["room_id"].clone()))
    };
    let upgraded = &space.one(Kind::Upgraded)?.id;
    assert_eq!(moved(Kind::Upgraded).await?, (space.successor.clone(), json!(upgraded)));
    assert_eq!(moved(Kind::Forged).await?, (space.rooms[0].id.clone(), Value::Null));
    let encrypted = &space.one(Kind::Encrypted)?.id;
    state(&space.maker, encrypted, "m.room.encryption").await?;
    Ok(())
}

#[tokio::test]
async fn it_is_joined_from_another_server() -> Result<()> {
    let federation = Federation::start().await?;
    let newcomer = federation.home.account("newcomer").await?;
    let banned = federation.home.account("researcher").await?;
    let space = Space::fill(&federation.rooms, &banned.user_id).await?;
    let newcomer = newcomer.sign_in().await?;
    newcomer.join(&space.alias).await?;
    for kind in [Kind::Public, Kind::Restricted, Kind::KnockRestricted, Kind::Upgraded] {
        let room = space.one(kind)?;
        assert_eq!(newcomer.join(&room.alias).await?, room.id, "{kind:?}");
    }
    for kind in [Kind::Invite, Kind::Private, Kind::Knock] {
        assert_eq!(refused(&newcomer, &space.one(kind)?.alias).await?, "M_FORBIDDEN", "{kind:?}");
    }
    assert_eq!(refused(&newcomer, &space.dead_alias).await?, "M_NOT_FOUND");
    let strict = space.one(Kind::Banned)?;
    assert_eq!(refused(&banned.sign_in().await?, &strict.alias).await?, "M_FORBIDDEN");
    assert!(hierarchy(&newcomer, &space.id).await?.len() > ROOMS / 2);
    Ok(())
}

/// The code that the server refuses a join with.
async fn refused(client: &Client, room: &str) -> Result<String> {
    let error = client.join(room).await.err().with_context(|| format!("{room} is joined"))?;
    Ok(error.downcast::<Refused>()?.code)
}

async fn state(client: &Client, room: &str, kind: &str) -> Result<Value> {
    let path = ["_matrix", "client", "v3", "rooms", room, "state", kind, ""];
    client.request(Method::GET, &path, &[], None).await
}

/// All pages of a Space's hierarchy: what is said of each room.
async fn hierarchy(client: &Client, space: &str) -> Result<BTreeMap<String, Value>> {
    let path = ["_matrix", "client", "v1", "rooms", space, "hierarchy"];
    let (mut rooms, mut from) = (BTreeMap::new(), None);
    loop {
        let mut query = vec![("limit", "50")];
        query.extend(from.as_deref().map(|from| ("from", from)));
        let page = client.request(Method::GET, &path, &query, None).await?;
        for room in page["rooms"].as_array().context("rooms")? {
            let id = room["room_id"].as_str().context("a room id")?.to_owned();
            let before = rooms.insert(id, room.clone());
            anyhow::ensure!(before.is_none(), "a room stands there twice: {room}");
        }
        match page["next_batch"].as_str() {
            Some(next) => from = Some(next.to_owned()),
            None => return Ok(rooms),
        }
    }
}
