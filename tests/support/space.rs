//! A Space of 120 rooms, with everything that rooms can be.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::Method;
use serde_json::{Value, json};

use crate::homeserver::Homeserver;
use crate::matrix::Client;

/// How many rooms are in the Space, those of the Space within it counted. The Spaces are not.
pub const ROOMS: usize = 120;
/// How many of the public ones are in the Space within the Space, and nowhere else.
const NESTED: usize = 10;
/// How many requests are on their way at once while rooms are made.
const AT_ONCE: usize = 8;
const CATALOGUE: &str = "space.toml";

/// What is special about a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Nothing: everybody comes in. The first one is the Lobby.
    Public,
    /// Those who are invited come in.
    Invite,
    /// Nobody comes in by themselves: a rule that Matrix keeps for later.
    Private,
    /// Those who ask may be let in.
    Knock,
    /// Those who are in the Space come in.
    Restricted,
    /// Those who are in the Space come in, and others may ask.
    KnockRestricted,
    /// Public, and left for [`Space::successor`], which says that it comes from there.
    Upgraded,
    /// Public, and says that it was left for the Lobby, which says nothing of the sort.
    Forged,
    /// Public, and somebody is banned from it.
    Banned,
    /// Public and encrypted.
    Encrypted,
    /// Public, and says nothing of what it is for.
    WithoutTopic,
    /// Public and in the Space, and not in the catalogue.
    Unlisted,
    /// Public and in the catalogue, and not in the Space.
    Outside,
}

/// How many rooms there are of each kind besides the public ones, and what they are called.
const SPECIAL: [(Kind, &str, usize); 12] = [
    (Kind::Invite, "invited", 3),
    (Kind::Private, "closed", 1),
    (Kind::Knock, "ask-first", 3),
    (Kind::Restricted, "members", 6),
    (Kind::KnockRestricted, "members-or-ask", 2),
    (Kind::Upgraded, "upgraded", 1),
    (Kind::Forged, "misleading", 1),
    (Kind::Banned, "strict", 1),
    (Kind::Encrypted, "encrypted", 1),
    (Kind::WithoutTopic, "silent", 2),
    (Kind::Unlisted, "unlisted", 4),
    (Kind::Outside, "outside", 1),
];

/// A room that was made.
#[derive(Debug, Clone)]
pub struct Room {
    /// Its key in the catalogue, which is also the name in its alias.
    pub key: String,
    /// What is special about it.
    pub kind: Kind,
    /// Its address.
    pub alias: String,
    /// Its id.
    pub id: String,
    /// Whether it is in the Space within the Space, and nowhere else.
    pub nested: bool,
}

/// The Space and its rooms on a homeserver.
#[derive(Debug)]
pub struct Space {
    /// The id of the Space.
    pub id: String,
    /// The address of the Space.
    pub alias: String,
    /// The id of the Space within it, which has the first one in it again.
    pub nested: String,
    /// The id of the room that took the place of the upgraded one; it is in no Space.
    pub successor: String,
    /// An address that is in the catalogue and leads nowhere.
    pub dead_alias: String,
    /// All rooms in the order of the catalogue: the Lobby, those with something special, the others.
    pub rooms: Vec<Room>,
    /// The one who made the rooms, signed in.
    pub maker: Client,
    /// The catalogue that points to them, for the app's `--catalogue`.
    pub catalogue: PathBuf,
}

impl Kind {
    /// Who comes in, in Matrix's own word.
    pub fn join_rule(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Private => "private",
            Self::Knock => "knock",
            Self::Restricted => "restricted",
            Self::KnockRestricted => "knock_restricted",
            _ => "public",
        }
    }

    /// Whether somebody who is in the Space, and banned from nowhere, comes in.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Invite | Self::Private | Self::Knock)
    }

    fn needs_space(self) -> bool {
        matches!(self, Self::Restricted | Self::KnockRestricted)
    }
}

impl Space {
    /// Makes the Space and its rooms, and writes the catalogue into the homeserver's folder. The user of
    /// that address is banned from one room.
    pub async fn fill(homeserver: &Homeserver, banned: &str) -> Result<Self> {
        Self::fill_with(homeserver, banned, ROOMS).await
    }

    /// The same with another number of rooms: fewer take less time. Those with something special are there
    /// always.
    pub async fn fill_with(homeserver: &Homeserver, banned: &str, number: usize) -> Result<Self> {
        let server = homeserver.name();
        let account = homeserver.account("admin").await?;
        homeserver.lift_limits(&account).await?;
        let maker = Maker { client: account.sign_in().await?, server };

        let mut rooms = maker.plan(number);
        let early = |room: &&mut Room| !room.kind.needs_space();
        maker.make_all(rooms.iter_mut().filter(early), "").await?;
        let first = rooms.iter().filter(|room| room.in_first() && !room.id.is_empty());
        let first: Vec<_> = first.map(|room| room.id.clone()).collect();
        let id = maker.make_space("galaxyproject", "Galaxy", &first).await?;
        let late = |room: &&mut Room| room.kind.needs_space();
        maker.make_all(rooms.iter_mut().filter(late), &id).await?;

        let nested = rooms.iter().filter(|room| room.nested).map(|room| &room.id);
        let nested: Vec<_> = nested.chain([&id]).cloned().collect();
        let nested = maker.make_space("more", "More of Galaxy", &nested).await?;
        let others = rooms.iter().filter(|room| room.kind.needs_space()).map(|room| &room.id);
        for child in others.chain([&nested]) {
            maker.client.add_child(&id, child, &[&maker.server]).await?;
        }

        let mut space = Self {
            id,
            alias: maker.alias("galaxyproject"),
            nested,
            successor: String::new(),
            dead_alias: maker.alias("gone"),
            rooms,
            maker: maker.client.clone(),
            catalogue: homeserver.folder().join(CATALOGUE),
        };
        space.successor = maker.upgrade(space.one(Kind::Upgraded)?).await?;
        let leads_to =
            json!({ "body": "This room has moved", "replacement_room": space.rooms[0].id });
        let forged = &space.one(Kind::Forged)?.id;
        maker.client.set_state(forged, "m.room.tombstone", "", &leads_to).await?;
        maker.client.ban(&space.one(Kind::Banned)?.id, banned).await?;
        fs::write(&space.catalogue, space.catalogue(&maker.server)?)?;
        Ok(space)
    }

    /// The rooms of a kind.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = &Room> {
        self.rooms.iter().filter(move |room| room.kind == kind)
    }

    /// The first room of a kind.
    pub fn one(&self, kind: Kind) -> Result<&Room> {
        self.all(kind).next().with_context(|| format!("no room is {kind:?}"))
    }

    /// The rooms that are in the Space or in the one within it.
    pub fn inside(&self) -> impl Iterator<Item = &Room> {
        self.rooms.iter().filter(|room| room.kind != Kind::Outside)
    }

    /// What a catalogue file says of them.
    fn catalogue(&self, server: &str) -> Result<String> {
        let entry = |key: &str, alias: &str, name: &str| {
            json!({
                "key": key,
                "alias": alias,
                "name": name,
                "purpose": format!("For what {name} is about."),
                "category": if key == "lobby" { "start" } else { "subject" },
                "suggested": key == "lobby",
                "via": [server],
            })
        };
        let listed = self.rooms.iter().filter(|room| room.kind != Kind::Unlisted);
        let mut entries: Vec<_> =
            listed.map(|room| entry(&room.key, &room.alias, &name(&room.key))).collect();
        entries.push(entry("gone", &self.dead_alias, "Gone"));
        let mut space = entry("space", &self.alias, "Galaxy Space");
        space["kind"] = "space".into();
        entries.insert(1, space);
        Ok(toml::to_string(&BTreeMap::from([("room", entries)]))?)
    }
}

impl Room {
    fn in_first(&self) -> bool {
        !self.nested && self.kind != Kind::Outside
    }
}

/// Makes rooms, as the one whose rooms they are.
struct Maker {
    client: Client,
    server: String,
}

impl Maker {
    fn alias(&self, key: &str) -> String {
        format!("#{key}:{}", self.server)
    }

    /// The rooms that are to be made; they have no id yet.
    fn plan(&self, number: usize) -> Vec<Room> {
        let room = |key: String, kind, nested| {
            let alias = self.alias(&key);
            Room { key, kind, alias, id: String::new(), nested }
        };
        let mut rooms = vec![room("lobby".to_owned(), Kind::Public, false)];
        for (kind, name, number) in SPECIAL {
            rooms.extend((1..=number).map(|at| room(format!("{name}-{at}"), kind, false)));
        }
        // That which is outside does not count.
        let others = (number + 1).saturating_sub(rooms.len()).max(NESTED);
        rooms.extend(
            (1..=others)
                .map(|at| room(format!("subject-{at}"), Kind::Public, at + NESTED > others)),
        );
        rooms
    }

    async fn make_all(&self, rooms: impl Iterator<Item = &mut Room>, space: &str) -> Result<()> {
        let making = stream::iter(rooms).map(|room| async move {
            room.id = self.make(&room_body(room, space)).await?;
            anyhow::Ok(())
        });
        making.buffered(AT_ONCE).try_collect().await
    }

    async fn make_space(&self, key: &str, name: &str, children: &[String]) -> Result<String> {
        let child = |room: &String| {
            let content = json!({ "via": [self.server] });
            json!({ "type": "m.space.child", "state_key": room, "content": content })
        };
        let body = json!({
            "preset": "public_chat",
            "room_alias_name": key,
            "name": name,
            "creation_content": { "type": "m.space" },
            "initial_state": children.iter().map(child).collect::<Vec<_>>(),
        });
        self.make(&body).await
    }

    async fn make(&self, body: &Value) -> Result<String> {
        let answer = self.ask(Method::POST, &["createRoom"], body).await?;
        Ok(answer["room_id"].as_str().context("no room id in the answer to createRoom")?.to_owned())
    }

    /// Upgrades a room, and leads its address back to it, as bridges do that know nothing of upgrades.
    async fn upgrade(&self, room: &Room) -> Result<String> {
        // The version that all rooms have: in others the power of those who made a room is another.
        let path = ["_matrix", "client", "v3", "capabilities"];
        let able = self.client.request(Method::GET, &path, &[], None).await?;
        let version = json!({ "new_version": able["capabilities"]["m.room_versions"]["default"] });
        let answer = self.ask(Method::POST, &["rooms", &room.id, "upgrade"], &version).await?;
        let new =
            answer["replacement_room"].as_str().context("no room in the answer to upgrade")?;
        self.client.set_state(new, "m.room.canonical_alias", "", &json!({})).await?;
        self.ask(Method::DELETE, &["directory", "room", &room.alias], &json!({})).await?;
        let back = json!({ "room_id": room.id });
        self.ask(Method::PUT, &["directory", "room", &room.alias], &back).await?;
        Ok(new.to_owned())
    }

    async fn ask(&self, method: Method, path: &[&str], body: &Value) -> Result<Value> {
        let path = [&["_matrix", "client", "v3"], path].concat();
        self.client.request(method, &path, &[], Some(body)).await
    }
}

fn room_body(room: &Room, space: &str) -> Value {
    let mut rule = json!({ "join_rule": room.kind.join_rule() });
    if room.kind.needs_space() {
        rule["allow"] = json!([{ "type": "m.room_membership", "room_id": space }]);
    }
    let mut state = vec![json!({ "type": "m.room.join_rules", "content": rule })];
    if room.kind == Kind::Encrypted {
        let content = json!({ "algorithm": "m.megolm.v1.aes-sha2" });
        state.push(json!({ "type": "m.room.encryption", "content": content }));
    }
    let mut body = json!({
        "preset": "public_chat",
        "room_alias_name": room.key,
        "name": name(&room.key),
        "initial_state": state,
    });
    if room.kind != Kind::WithoutTopic {
        body["topic"] = format!("All about {}", name(&room.key)).into();
    }
    body
}

/// What people call a room: its key as words.
fn name(key: &str) -> String {
    crate::homeserver::display_name(&key.replace('-', " "))
}
