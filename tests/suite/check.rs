//! `galaxy-chat check`, the program itself.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::{free_port, random};
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::matrix::{Client, NewRoom};
use galaxy_chat_tests::tools;
use galaxy_chat_tests::window::{AppOptions, environment};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;

use crate::stage::Stage;
use crate::stub::{NOTHING, Stub};

/// What a run came to.
struct Outcome {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Outcome {
    fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.out).with_context(|| format!("{}\n{}", self.out, self.err))
    }

    /// What was found of a room, by its key in the catalogue.
    fn found(&self, key: &str) -> Result<Vec<Value>> {
        let report = self.json()?;
        let mut rooms = report["rooms"].as_array().context("rooms")?.iter();
        let room = rooms.find(|room| room["key"] == key).with_context(|| key.to_owned())?;
        Ok(room["findings"].as_array().context("findings")?.clone())
    }

    /// What is unknown of a room.
    fn unknown(&self, key: &str) -> Result<Value> {
        let report = self.json()?;
        let mut rooms = report["rooms"].as_array().context("rooms")?.iter();
        let room = rooms.find(|room| room["key"] == key).with_context(|| key.to_owned())?;
        Ok(room["unknown"].clone())
    }
}

/// Somebody who looks after Galaxy's rooms, at a computer without a screen.
struct Admin {
    galaxy: Galaxy,
    home: TempDir,
}

impl Admin {
    async fn new() -> Result<Self> {
        Ok(Self { galaxy: Galaxy::start().await?, home: TempDir::new()? })
    }

    /// Runs the program on this Galaxy's list of rooms and server.
    async fn run(&self, args: &[&str], token: &str) -> Result<Outcome> {
        let server = self.galaxy.homeserver.url().as_str();
        let catalogue = self.galaxy.catalogue.to_str().context("a path")?;
        let args = [&["--server", server, "--catalogue", catalogue], args].concat();
        run(self.home.path(), &args, &[], token).await
    }
}

async fn run(home: &Path, args: &[&str], env: &[(String, String)], token: &str) -> Result<Outcome> {
    let mut command = Command::new(tools::app()?);
    environment::set(&mut command, home, "")?;
    command.env_remove("DISPLAY").envs(env.iter().cloned()).arg("check").args(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = tokio::process::Command::from(command).kill_on_drop(true).spawn()?;
    let mut stdin = child.stdin.take().context("a pipe")?;
    // Where no token is asked for, nobody reads it.
    let _ = stdin.write_all(format!("{token}\n").as_bytes()).await;
    drop(stdin);
    let Output { status, stdout, stderr } = child.wait_with_output().await?;
    let (out, err) = (String::from_utf8(stdout)?, String::from_utf8(stderr)?);
    ensure!(token.is_empty() || !format!("{out}{err}").contains(token), "it prints the token");
    Ok(Outcome { code: status.code(), out, err })
}

/// Does something wrong to almost every room.
async fn break_rooms(galaxy: &Galaxy, helper: &Client) -> Result<()> {
    let (space, name) = (galaxy.room("space")?, galaxy.alias("tools")?);
    let path = ["_matrix", "client", "v3", "directory", "room", name];
    helper.request(Method::DELETE, &path, &[], None).await?;
    for (key, kind, content) in [
        (
            "proteomics",
            "m.room.tombstone",
            json!({ "body": "gone", "replacement_room": galaxy.room("lobby")? }),
        ),
        ("microbiology", "m.room.join_rules", json!({ "join_rule": "invite" })),
        ("outreach", "m.room.topic", json!({ "topic": "" })),
        ("admins", "m.room.encryption", json!({ "algorithm": "m.megolm.v1.aes-sha2" })),
    ] {
        helper.set_state(galaxy.room(key)?, kind, "", &content).await?;
    }
    helper.set_state(space, "m.space.child", galaxy.room("single-cell")?, &json!({})).await?;
    let new = NewRoom { name: "Zebrafish\u{1b}[31m", topic: "Fish", ..NewRoom::default() };
    let new = helper.create_room(&new).await?;
    helper.add_child(space, &new, &["test.localhost"]).await
}

#[tokio::test]
async fn a_healthy_list_is_said_to_be_so() -> Result<()> {
    let admin = Admin::new().await?;
    let helper = admin.galaxy.helper.sign_in().await?;
    let json = admin.run(&["--token-stdin", "--json", "--log", "trace"], helper.token()).await?;
    assert_eq!(json.code, Some(0), "{}\n{}", json.out, json.err);
    let report = json.json()?;
    assert_eq!(
        (&report["health"], &report["userId"]),
        (&"healthy".into(), &helper.user_id().into())
    );
    assert_eq!(report["rooms"].as_array().map(Vec::len), Some(9));
    assert_eq!(json.unknown("lobby")?, json!([]), "who is in a room is told everything");

    let table = admin.run(&["--token-stdin"], helper.token()).await?;
    assert_eq!((table.code, table.err.as_str()), (Some(0), ""));
    let lobby = admin.galaxy.alias("lobby")?;
    let line = table.out.lines().find(|line| line.contains(lobby)).context("a line")?;
    assert!(line.starts_with("  Galaxy Lobby ") && line.ends_with(" ok"), "{line}");
    assert!(table.out.ends_with("\nNothing is wrong with any of 9 rooms.\n"), "{}", table.out);

    // Nobody has been left behind on the server, and nothing here.
    let devices = admin.galaxy.homeserver.devices(&admin.galaxy.helper).await?;
    assert_eq!(devices.len(), 1, "{devices:?}");
    let keys = helper.device_keys(helper.user_id()).await?;
    assert!(keys.is_empty(), "another device's keys: {keys:?}");
    assert!(!admin.home.path().join("data/org.galaxyproject.chat").exists());
    Ok(())
}

#[tokio::test]
async fn every_fault_is_found_and_nothing_else() -> Result<()> {
    let admin = Admin::new().await?;
    let galaxy = &admin.galaxy;
    let helper = galaxy.helper.sign_in().await?;
    break_rooms(galaxy, &helper).await?;

    let seen = admin.run(&["--token-stdin", "--json"], helper.token()).await?;
    assert_eq!(seen.code, Some(1), "{}\n{}", seen.out, seen.err);
    assert_eq!(seen.json()?["health"], "findings");
    let moved = json!({ "kind": "moved", "to": galaxy.room("lobby")? });
    for (key, finding) in [
        ("lobby", json!([])),
        ("space", json!([])),
        ("dev", json!([])),
        ("tools", json!([{ "kind": "deadAlias" }])),
        ("proteomics", json!([moved])),
        ("microbiology", json!([{ "kind": "wrongJoinRule", "rule": "invite" }])),
        ("single-cell", json!([{ "kind": "notInSpace" }])),
        ("outreach", json!([{ "kind": "noTopic" }])),
        ("admins", json!([{ "kind": "encrypted" }])),
    ] {
        assert_eq!(json!(seen.found(key)?), finding, "{key}");
    }
    let report = seen.json()?;
    let rooms = report["rooms"].as_array().context("rooms")?;
    // The room whose alias is dead is still listed by the Space.
    let unlisted: Vec<_> = rooms.iter().filter(|room| room["key"].is_null()).collect();
    let names: Vec<_> = unlisted.iter().filter_map(|room| room["name"].as_str()).collect();
    assert_eq!(names, ["Tool authors", "Zebrafish[31m"]);
    assert!(unlisted.iter().all(|room| room["findings"] == json!([{ "kind": "notInCatalogue" }])));

    let table = admin.run(&["--token-stdin"], helper.token()).await?;
    assert_eq!(table.code, Some(1));
    assert!(!table.out.contains('\u{1b}'), "a name drives the terminal");
    for (key, words) in [
        ("tools", "no room has this address"),
        ("proteomics", &format!("it has moved to {}", galaxy.alias("lobby")?)),
        ("microbiology", "people need an invitation"),
        ("single-cell", "the Space does not list it"),
        ("outreach", "it has no topic"),
        ("admins", "it is encrypted"),
    ] {
        let alias = galaxy.alias(key)?;
        let line = table.out.lines().find(|line| line.contains(&format!(" {alias} ")));
        let line = line.with_context(|| format!("no line for {alias}: {}", table.out))?;
        assert!(line.starts_with("! ") && line.contains(words), "{line}");
    }
    assert!(table.out.contains("Something is wrong with 8 of 11 rooms."), "{}", table.out);
    Ok(())
}

/// What the server does not tell is said to be unknown.
#[tokio::test]
async fn whoever_asks_is_told_only_what_the_server_tells() -> Result<()> {
    let admin = Admin::new().await?;
    let galaxy = &admin.galaxy;
    break_rooms(galaxy, &galaxy.helper.sign_in().await?).await?;

    let newcomer = galaxy.newcomer.sign_in().await?;
    let newcomer = admin.run(&["--token-stdin", "--json"], newcomer.token()).await?;
    assert_eq!(newcomer.found("proteomics")?, Vec::<Value>::new(), "it is not in the room");
    assert_eq!(newcomer.unknown("proteomics")?, json!(["tombstone"]));
    assert_eq!(newcomer.found("microbiology")?, [json!({ "kind": "notVisible" })]);
    assert_eq!(newcomer.found("single-cell")?, [json!({ "kind": "notInSpace" })]);

    let nobody = admin.run(&["--json"], "").await?;
    assert_eq!(nobody.code, Some(1), "{}\n{}", nobody.out, nobody.err);
    assert_eq!(nobody.json()?["userId"], Value::Null);
    assert_eq!(nobody.found("tools")?, [json!({ "kind": "deadAlias" })]);
    assert_eq!(nobody.found("outreach")?, [json!({ "kind": "noTopic" })]);
    assert_eq!(nobody.found("single-cell")?, Vec::<Value>::new());
    assert_eq!(nobody.unknown("single-cell")?, json!(["tombstone", "space"]));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_checked_is_no_good_news() -> Result<()> {
    let admin = Admin::new().await?;
    let wrong = random()?;
    let list = admin.home.path().join("broken.toml");
    fs::write(&list, "[[room]]\nkey = ")?;
    let list = list.to_str().context("a path")?;
    let nowhere = format!("http://127.0.0.1:{}", free_port()?);
    for (args, token, says) in [
        (&["--token-stdin"][..], wrong.as_str(), "does not take the access token"),
        (&["--token-stdin"], "", "no access token"),
        (&["--server", &nowhere], "", "does not answer"),
        (&["--server", "http://example.org"], "", "without encryption"),
        (&["--catalogue", list], "", "the list of rooms cannot be used"),
        (&["--token", &wrong], "", "--token"),
    ] {
        let outcome = admin.run(args, token).await?;
        assert_eq!((outcome.code, outcome.out.as_str()), (Some(2), ""), "{}", outcome.err);
        assert!(outcome.err.contains(says), "{says}: {}", outcome.err);
    }
    // A server that answers no question about rooms does not make the list healthy either.
    let silent = Stub::homeserver(json!([]), true, NOTHING("")).await?;
    let silent = admin.run(&["--server", &silent.url(), "--json"], "").await?;
    assert_eq!(silent.code, Some(2), "{}\n{}", silent.out, silent.err);
    assert_eq!(silent.json()?["health"], "incomplete");
    Ok(())
}

#[tokio::test]
async fn the_saved_sign_in_is_used_unless_the_app_runs() -> Result<()> {
    let mut stage = Stage::open_with(State::Unlocked, AppOptions::default()).await?;
    stage.sign_in().await?;
    let home = stage.window.home().to_owned();
    let catalogue = stage.galaxy.catalogue.to_str().context("a path")?.to_owned();
    let env = stage.keyring.env();
    let check = async || run(&home, &["--json", "--catalogue", &catalogue], &env, "").await;

    let running = check().await?;
    assert_eq!((running.code, running.out.as_str()), (Some(2), ""), "{}", running.err);
    assert!(running.err.contains("Galaxy Chat is running"), "{}", running.err);
    assert!(stage.window.is_running());

    stage.window.close().await?;
    let closed = check().await?;
    assert_eq!(closed.code, Some(0), "{}\n{}", closed.out, closed.err);
    assert_eq!(closed.json()?["userId"], stage.galaxy.newcomer.user_id.as_str());
    let devices = stage.galaxy.homeserver.devices(&stage.galaxy.newcomer).await?;
    assert_eq!(devices.len(), 1, "{devices:?}");

    // A keyring that is locked is no reason to ask as nobody.
    let locked: &mut Keyring = &mut stage.keyring;
    locked.turn(State::Locked).await?;
    let locked = check().await?;
    assert_eq!((locked.code, locked.out.as_str()), (Some(2), ""), "{}", locked.err);
    assert!(locked.err.contains("cannot be opened"), "{}", locked.err);

    // It is still there for the app.
    stage.keyring.turn(State::Unlocked).await?;
    stage.window.start().await?;
    stage.window.see("Galaxy Lobby").await
}

/// Plain http goes to this computer only, so a proxy of the environment has no part in it: it would read
/// the token.
#[tokio::test]
async fn no_proxy_is_given_what_is_for_this_computer() -> Result<()> {
    let admin = Admin::new().await?;
    let seen = Arc::new(AtomicUsize::new(0));
    let counting = seen.clone();
    let proxy = Stub::start(move |_| {
        counting.fetch_add(1, SeqCst);
        (502, "text/plain", String::new())
    })
    .await?;
    let mut env: Vec<_> = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]
        .map(|name| (name.to_owned(), proxy.url()))
        .to_vec();
    env.extend(["NO_PROXY", "no_proxy"].map(|name| (name.to_owned(), String::new())));
    let catalogue = admin.galaxy.catalogue.to_str().context("a path")?;
    let server = admin.galaxy.homeserver.url().to_string();
    let helper = admin.galaxy.helper.sign_in().await?;
    for server in [server.clone(), server.replace("127.0.0.1", "localhost")] {
        let args = ["--server", &server, "--catalogue", catalogue, "--token-stdin", "--json"];
        let outcome = run(admin.home.path(), &args, &env, helper.token()).await?;
        assert!(outcome.json().is_ok(), "{}{}", outcome.out, outcome.err);
    }
    assert_eq!(seen.load(SeqCst), 0, "the proxy was asked");

    // The control: who goes by the environment asks it.
    let script = "import urllib.request, sys\ntry: urllib.request.urlopen(sys.argv[1])\n\
        except Exception: pass";
    let mut naive = Command::new(tools::synapse_python()?);
    naive.args(["-c", script, &server]).envs(env).env_remove("REQUEST_METHOD");
    tokio::process::Command::from(naive).status().await?;
    assert_eq!(seen.load(SeqCst), 1);
    Ok(())
}
