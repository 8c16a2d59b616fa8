//! The app is killed at the moments at which it writes or removes something to keep a session that was in
//! memory. Afterwards the session is there with the device's keys, or gone with all that was of it.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::matrix::Client;
use reqwest::Method;
use serde_json::{Value, json};

use super::moments::Moments;
use super::scene::{At, Found, Ground, Scene};
use super::trap::Moment::{self, Made, Named, Removed};
use super::{NOW, with_passwords};
use crate::session::device_keys;

/// Where a session is to be kept, when to kill, and whether it has to be kept by then.
type Case = (&'static str, &'static str, Moment, bool);

const KEEPING: [Case; 11] = [
    ("keyring", "the key is noted as one to forget", Made("forget/*", 1), false),
    ("keyring", "the key reaches the keyring", Named("login.keyring", 1), false),
    ("keyring", "the session is being written", Made(".tmp*", 1), false),
    ("keyring", "the session is there", Named("session.sealed", 1), true),
    ("keyring", "the local copy is to be kept", Removed("volatile"), true),
    ("keyring", "the key is no longer to be forgotten", Removed("forget/*"), true),
    ("disk", "the key is being written", Made(".tmp*", 1), false),
    ("disk", "the key is there", Named("session.key", 1), false),
    ("disk", "the session is being written", Made(".tmp*", 2), false),
    ("disk", "the session is there", Named("session.sealed", 1), true),
    ("disk", "the local copy is to be kept", Removed("volatile"), true),
];

const DRAFT: &str = "a thought to finish later";

type Keys = BTreeMap<String, Value>;

/// Signs in without a keyring; answers the keys that the device has at the server.
async fn in_memory(scene: &mut Scene, at: At<'_>, observer: &Client) -> Result<Keys> {
    scene.keyring.turn(State::Absent).await?;
    scene.sign_in(at).await?;
    ensure!(scene.look().await? == Found::SignedIn, "signed in");
    ensure!(!scene.session_file().exists(), "it is in memory only");
    let keys = device_keys(observer, at.account).await?;
    scene.keyring.turn(State::Unlocked).await?;
    Ok(keys)
}

async fn same_keys(at: At<'_>, observer: &Client, before: &Keys) -> Result<()> {
    let now = observer.device_keys(&at.account.user_id).await?;
    ensure!(now == *before, "other keys: {now:?}, not {before:?}");
    Ok(())
}

async fn killed_when(
    scene: &mut Scene,
    at: At<'_>,
    observer: &Client,
    (place, _, moment, kept): Case,
) -> Result<()> {
    let before = in_memory(scene, at, observer).await?;
    let trap = scene.trap(at, moment, NOW)?;
    scene.ask_into("keep_session", json!({ "place": place }), trap).await?;
    let found = scene.judge(at).await?;
    println!("{found:?}");
    match found {
        Found::SignedIn => {
            let device = scene.recover(at, found).await?;
            ensure!(before.contains_key(&device), "another device: {device}, not {before:?}");
            same_keys(at, observer, &before).await?;
            scene.ask("sign_out", json!({})).await?;
        }
        // A session that was in memory is gone with the app, and its device is nobody's.
        Found::SignedOut if !kept => {
            same_keys(at, observer, &before).await?;
            for device in before.keys() {
                at.homeserver.remove_device(at.account, device).await?;
            }
        }
        _ => bail!("{found:?}"),
    }
    scene.nothing_is_left(at).await
}

#[tokio::test]
async fn killed_at_every_write_that_keeps_a_session_its_keys_stay() -> Result<()> {
    let ground = Ground::new(with_passwords().await?).await?;
    let at = ground.at();
    let observer = ground.homeserver.account("helper").await?.sign_in().await?;
    let mut scene = Scene::open(&[]).await?;
    for case in Moments::start()?.some_of(&KEEPING, 5) {
        let (place, name, ..) = case;
        println!("kept in {place}, killed when {name}:");
        let context = || format!("kept in {place}, killed when {name}");
        killed_when(&mut scene, at, &observer, case).await.with_context(context)?;
    }
    Ok(())
}

/// What the checks above say of an app that makes the local copy anew under the device's name, and of one
/// that saves the session and forgets what goes with it.
#[tokio::test]
async fn keys_that_are_not_the_devices_and_half_a_session_are_noticed() -> Result<()> {
    let ground = Ground::new(with_passwords().await?).await?;
    let at = ground.at();
    let observer = ground.homeserver.account("helper").await?.sign_in().await?;
    let mut scene = Scene::open(&[]).await?;
    let before = in_memory(&mut scene, at, &observer).await?;
    scene.write_draft(DRAFT).await?;
    scene.ask("keep_session", json!({ "place": "keyring" })).await?;
    let draft = scene.draft().await?;
    ensure!(draft.as_deref() == Some(DRAFT), "the draft is not kept: {draft:?}");
    scene.window.close().await?;
    ensure!(scene.judge(at).await? == Found::SignedIn, "kept");
    same_keys(at, &observer, &before).await?;

    let device = before.keys().next().context("a device")?;
    let tokens = ground.homeserver.tokens(at.account)?;
    let token = tokens.first().context("a token")?;
    let naive = ground.homeserver.client()?.with_session(token, &at.account.user_id, device);
    let keys = json!({ "device_keys": {
        "user_id": at.account.user_id, "device_id": device, "algorithms": [], "signatures": {},
        "keys": { format!("ed25519:{device}"): "made anew" },
    }});
    let path = ["_matrix", "client", "v3", "keys", "upload"];
    naive.request(Method::POST, &path, &[], Some(&keys)).await?;
    let verdict = same_keys(at, &observer, &before).await.expect_err("made anew").to_string();
    ensure!(verdict.contains("other keys"), "{verdict}");

    scene.window.kill().await?;
    fs::remove_file(scene.session_file())?;
    let wrong = scene.out_of_order().await?;
    for part in ["stores/", "key "] {
        ensure!(wrong.iter().any(|wrong| wrong.starts_with(part)), "{part} of {wrong:?}");
    }
    Ok(())
}
