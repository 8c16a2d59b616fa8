//! Galaxy's rooms on a homeserver of one's own, with people in them and talk going on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use crate::homeserver::{Account, Homeserver, Limits, Options};
use crate::matrix::{Client, NewRoom};
use crate::talk::Talk;
use crate::tools;

/// The people who are in the rooms already.
const PEOPLE: [&str; 5] = ["helper", "trainer", "admin", "developer", "researcher"];
/// The one who has just come, and is in no room.
const NEWCOMER: &str = "newcomer";
const RECORD: &str = "galaxy.json";
const CATALOGUE: &str = "rooms.toml";

/// The rooms that the guide leads to: making all takes several seconds.
pub const FEW: [&str; 9] = [
    "lobby",
    "space",
    "proteomics",
    "microbiology",
    "single-cell",
    "tools",
    "dev",
    "outreach",
    "admins",
];

/// A homeserver filled with Galaxy's rooms.
#[derive(Debug)]
pub struct Galaxy {
    /// The server.
    pub homeserver: Homeserver,
    /// An account that is in no room yet.
    pub newcomer: Account,
    /// In every room; made them.
    pub helper: Account,
    /// In the rooms where the trainer speaks.
    pub trainer: Account,
    /// The catalogue that points to this server, for the app's `--catalogue`.
    pub catalogue: PathBuf,
    record: Record,
}

/// What is known of a filled server, kept beside its data.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Record {
    passwords: BTreeMap<String, String>,
    rooms: BTreeMap<String, String>,
    aliases: BTreeMap<String, String>,
}

/// A catalogue file as far as filling a server needs it.
#[derive(Debug, Deserialize)]
struct Catalogue {
    room: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    key: String,
    alias: String,
    name: String,
    purpose: String,
    kind: Option<String>,
}

impl Galaxy {
    /// A fresh homeserver with the rooms of the guide.
    pub async fn start() -> Result<Self> {
        Self::start_with(Options::default()).await
    }

    /// A homeserver of these options. It is filled unless its folder holds a filled one; limits hold
    /// afterwards.
    pub async fn start_with(options: Options) -> Result<Self> {
        let few = |key: &str| FEW.contains(&key);
        Self::open(options, few, |_| crate::homeserver::random()).await
    }

    /// The same with every room of the catalogue, and the passwords of new accounts chosen by role.
    pub async fn start_whole(
        options: Options,
        password: impl Fn(&str) -> Result<String>,
    ) -> Result<Self> {
        Self::open(options, |_| true, password).await
    }

    async fn open(
        options: Options,
        wanted: impl Fn(&str) -> bool,
        password: impl Fn(&str) -> Result<String>,
    ) -> Result<Self> {
        if options.folder.as_deref().is_some_and(is_filled) {
            let homeserver = Homeserver::start(options).await?;
            let record =
                serde_json::from_str(&fs::read_to_string(homeserver.folder().join(RECORD))?)?;
            return Self::new(homeserver, record);
        }
        let limits = options.limits;
        let mut homeserver =
            Homeserver::start(Options { limits: Limits::Generous, ..options }).await?;
        let record = fill(&homeserver, wanted, password).await?;
        if limits != Limits::Generous {
            homeserver.set_limits(limits).await?;
        }
        Self::new(homeserver, record)
    }

    fn new(homeserver: Homeserver, record: Record) -> Result<Self> {
        let account = |role: &str| {
            let password = record
                .passwords
                .get(role)
                .with_context(|| format!("nobody has the role {role}"))?;
            anyhow::Ok(homeserver.known_account(role, password))
        };
        let (newcomer, helper, trainer) =
            (account(NEWCOMER)?, account("helper")?, account("trainer")?);
        let catalogue = homeserver.folder().join(CATALOGUE);
        Ok(Self { homeserver, newcomer, helper, trainer, catalogue, record })
    }

    /// All accounts, by role.
    pub fn accounts(&self) -> Vec<Account> {
        let passwords = self.record.passwords.iter();
        passwords.map(|(role, password)| self.homeserver.known_account(role, password)).collect()
    }

    /// The id of a room, by its key in the catalogue.
    pub fn room(&self, key: &str) -> Result<&str> {
        self.record.rooms.get(key).map(String::as_str).with_context(|| format!("no room {key}"))
    }

    /// The address of a room on this server, by its key in the catalogue.
    pub fn alias(&self, key: &str) -> Result<&str> {
        self.record.aliases.get(key).map(String::as_str).with_context(|| format!("no room {key}"))
    }
}

/// True where a folder holds a homeserver that was filled to the end.
pub fn is_filled(folder: &Path) -> bool {
    folder.join(RECORD).is_file()
}

async fn fill(
    homeserver: &Homeserver,
    wanted: impl Fn(&str) -> bool,
    password: impl Fn(&str) -> Result<String>,
) -> Result<Record> {
    let bundled =
        fs::read_to_string(tools::catalogue()).context("reading the bundled catalogue")?;
    let localized = localize(&bundled, &homeserver.name(), wanted)?;
    let catalogue: Catalogue = toml::from_str(&localized).context("catalogue/rooms.toml")?;
    let talk = Talk::bundled()?;

    let mut record = Record::default();
    for role in PEOPLE.into_iter().chain([NEWCOMER]) {
        record.passwords.insert(role.to_owned(), password(role)?);
    }
    let accounts = record
        .passwords
        .iter()
        .map(|(role, password)| homeserver.account_with_password(role, password));
    try_join_all(accounts).await?;
    let people = try_join_all(PEOPLE.map(|role| {
        let account = homeserver.known_account(role, &record.passwords[role]);
        async move { anyhow::Ok((role.to_owned(), account.sign_in().await?)) }
    }));
    let people: BTreeMap<_, _> = people.await?.into_iter().collect();

    let made = try_join_all(catalogue.room.iter().map(|entry| make_room(entry, &people, &talk)));
    for (entry, room) in catalogue.room.iter().zip(made.await?) {
        record.aliases.insert(entry.key.clone(), entry.alias.clone());
        record.rooms.insert(entry.key.clone(), room);
    }
    fill_spaces(homeserver, &catalogue, &record, &people["helper"]).await?;
    // Their devices are not needed any more, and would be in the way of a test that counts them.
    try_join_all(people.values().map(Client::logout)).await?;

    fs::write(homeserver.folder().join(CATALOGUE), localized)?;
    fs::write(homeserver.folder().join(RECORD), serde_json::to_string_pretty(&record)?)?;
    Ok(record)
}

/// Makes a room as the helper, brings in those who speak there, and lets them speak.
async fn make_room(
    entry: &Entry,
    people: &BTreeMap<String, Client>,
    talk: &Talk,
) -> Result<String> {
    let name = entry.alias.trim_start_matches('#').split(':').next().unwrap_or_default();
    let space = entry.kind.as_deref() == Some("space");
    let new =
        NewRoom { alias: name, name: &entry.name, topic: &entry.purpose, space, private: false };
    let room = people["helper"].create_room(&new).await?;
    let speakers: BTreeSet<_> =
        talk.in_room(&entry.key).map(|message| message.from.as_str()).collect();
    for speaker in speakers.into_iter().filter(|role| *role != "helper") {
        people[speaker].join(&room).await?;
    }
    talk.play(&entry.key, &room, people).await?;
    Ok(room)
}

/// Every Space gets every ordinary room.
async fn fill_spaces(
    homeserver: &Homeserver,
    catalogue: &Catalogue,
    record: &Record,
    owner: &Client,
) -> Result<()> {
    let (spaces, rooms): (Vec<_>, Vec<_>) =
        catalogue.room.iter().partition(|entry| entry.kind.is_some());
    let server = homeserver.name();
    for space in spaces {
        for room in &rooms {
            owner
                .add_child(&record.rooms[&space.key], &record.rooms[&room.key], &[&server])
                .await?;
        }
    }
    Ok(())
}

/// The bundled catalogue with the rooms that are wanted, all of them on another server.
fn localize(catalogue: &str, server: &str, wanted: impl Fn(&str) -> bool) -> Result<String> {
    let mut catalogue: toml::Table = toml::from_str(catalogue)?;
    let is_wanted = |table: &toml::Value, field: &str| {
        table.get(field).and_then(toml::Value::as_str).is_some_and(&wanted)
    };
    let rooms =
        catalogue.get_mut("room").and_then(toml::Value::as_array_mut).context("no rooms")?;
    rooms.retain(|room| is_wanted(room, "key"));
    for room in rooms.iter_mut().filter_map(toml::Value::as_table_mut) {
        let alias =
            room.get("alias").and_then(toml::Value::as_str).context("a room without alias")?;
        room.insert("alias".to_owned(), local_alias(alias, server).into());
        room.insert("via".to_owned(), vec![server.to_owned()].into());
        room.remove("id");
    }
    if let Some(moved) = catalogue.get_mut("moved").and_then(toml::Value::as_array_mut) {
        moved.retain(|moved| is_wanted(moved, "to"));
    }
    Ok(toml::to_string(&catalogue)?)
}

fn local_alias(alias: &str, server: &str) -> String {
    let name = alias.split(':').next().unwrap_or_default();
    format!("{name}:{server}")
}
