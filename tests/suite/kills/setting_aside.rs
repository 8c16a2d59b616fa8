//! The app is killed at the moments at which it writes, moves or removes something to set a session aside: one
//! that the server has ended, and one whose local copy is broken. Afterwards somebody can sign in, is on one
//! device, and signing out leaves nothing.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::matrix::Client;
use serde_json::{Value, json};

use super::moments::Moments;
use super::scene::{At, Found, Ground, Scene, devices};
use super::trap::Moment::{self, Made, Named, Removed};
use super::{NOW, with_passwords};
use crate::session::{device_keys, files, profile, until};

const DRAFT: &str = "a thought to finish later";

type Case = (&'static str, Moment);

/// The moments at which a session is set aside that has its key on the disk, without another taking its
/// place. From the last but one on it is no longer here.
const BY_COMMAND: [Case; 8] = [
    ("a folder for it is made", Made("set-aside", 1)),
    ("the local copy has a place there", Made("stores", 1)),
    ("the local copy is there", Named("*", 1)),
    ("the drafts are there", Named("drafts.sealed", 1)),
    ("the key is being copied", Made(".tmp*", 1)),
    ("the key is copied", Named("session.key", 1)),
    ("the session is there", Named("session.sealed", 1)),
    ("the key is there only", Removed("session.key")),
];

/// Those of a sign-in that takes the place of a session.
const BY_A_SIGN_IN: [Case; 14] = [
    ("the key is noted as one to forget", Made("forget", 1)),
    ("the key reaches the keyring", Named("login.keyring", 1)),
    ("the new local copy is marked as not to be kept", Made("volatile", 1)),
    ("the new local copy is told whose it is", Named("owner", 1)),
    ("a folder for the old session is made", Made("set-aside", 1)),
    ("the old session is copied", Named("session.sealed", 1)),
    ("the drafts are there for the new session", Named("drafts.next", 1)),
    ("the new session is being written", Made("org.galaxyproject.chat/.tmp*", 2)),
    ("the new session is there", Named("org.galaxyproject.chat/session.sealed", 1)),
    ("the key is no longer to be forgotten", Removed("forget/*")),
    ("the new local copy is to be kept", Removed("volatile")),
    ("the drafts go on", Named("org.galaxyproject.chat/drafts.sealed", 1)),
    ("the old local copy has a place", Made("stores", 1)),
    ("the list of servers is there", Named("servers.json", 1)),
];

/// Those that come to it where the homeserver has to be told of the old session.
const OF_A_BROKEN_ONE: [Case; 4] = [
    ("what the server is to be told has a place", Made("leaving", 1)),
    ("what the server is to be told is there", Named("*-replaced.sealed", 1)),
    ("the old session is copied", Named("session.sealed", 1)),
    ("the server has been told", Removed("*-replaced.sealed")),
];

/// How a session comes to be one that is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The server has removed the device.
    Removed,
    /// The keys are gone from the local copy.
    Broken,
}

/// A computer with a session that has ended; what is there of it.
async fn ended(scene: &mut Scene, at: At<'_>, observer: &Client, end: End) -> Result<Value> {
    if scene.look().await? != Found::SignedIn {
        scene.sign_in(at).await?;
    }
    ensure!(scene.look().await? == Found::SignedIn, "signed in");
    scene.write_draft(DRAFT).await?;
    let session = scene.saved().await?.context("a session")?;
    let keys = device_keys(observer, at.account).await?;
    let device = keys.keys().next().context("a device")?;
    match end {
        End::Removed => {
            at.homeserver.remove_device(at.account, device).await?;
            until("ended", async || Ok(scene.look().await? == Found::Expired)).await?;
        }
        End::Broken => {
            scene.window.kill().await?;
            let stores = files(&profile(&scene.window).join("stores"));
            let is_of_keys = |file: &&std::path::PathBuf| file.to_string_lossy().contains("crypto");
            stores.iter().filter(is_of_keys).try_for_each(fs::remove_file)?;
            scene.window.start().await?;
            ensure!(scene.look().await? == Found::Broken, "its keys are gone");
        }
    }
    Ok(session)
}

/// Starts the app that was killed. Nothing is lost of the session that was here, and nothing is left of
/// what was begun.
async fn found(scene: &mut Scene, before: &Value) -> Result<Found> {
    scene.window.start().await.context("the app does not start")?;
    let found = scene.look().await?;
    println!("{found:?}");
    scene.in_order().await.with_context(|| format!("{found:?}"))?;
    let here = scene.saved().await?.is_some_and(|saved| saved["session"] == before["session"]);
    let kept = here || scene.has_set_aside(before).await?;
    ensure!(kept, "{found:?}, and the session of before is nowhere");
    Ok(found)
}

/// Signs in where nobody is: on one device, with the draft of before; and out, which leaves nothing.
async fn goes_on(scene: &Scene, at: At<'_>, found: Found) -> Result<()> {
    if found != Found::SignedIn {
        scene.sign_in(at).await?;
    }
    ensure!(scene.look().await? == Found::SignedIn, "signed in");
    let one = async || Ok(devices(at).await?.len() == 1);
    if until("one device", one).await.is_err() {
        bail!("not one device: {:?}", devices(at).await?);
    }
    scene.in_order().await?;
    let saved = scene.saved().await?.context("a session")?;
    ensure!(saved["session"].to_string().contains(&devices(at).await?[0]), "another device");
    ensure!(scene.ask("sign_out", json!({})).await?.is_null(), "signed out");
    scene.nothing_is_left(at).await
}

#[tokio::test]
async fn killed_at_every_write_that_sets_a_session_aside_one_can_sign_in() -> Result<()> {
    let ground = Ground::new(with_passwords().await?).await?;
    let at = ground.at();
    let observer = ground.homeserver.account("helper").await?.sign_in().await?;
    let mut scene = Scene::open(&[]).await?;
    for (name, moment) in Moments::start()?.some_of(&BY_COMMAND, 2) {
        println!("killed when {name}:");
        scene.keyring.turn(State::Absent).await?;
        scene.sign_in(at).await?;
        scene.ask("keep_session", json!({ "place": "disk" })).await?;
        scene.keyring.turn(State::Unlocked).await?;
        let before = ended(&mut scene, at, &observer, End::Removed).await?;
        let trap = scene.trap(at, moment, NOW)?;
        scene.ask_into("set_aside_saved_session", json!({}), trap).await?;
        let found = found(&mut scene, &before).await.with_context(|| name.to_owned())?;
        match found {
            Found::SignedOut | Found::Expired | Found::Broken => {}
            _ => bail!("{name}: {found:?}"),
        }
        goes_on(&scene, at, found).await.with_context(|| name.to_owned())?;
    }
    Ok(())
}

#[tokio::test]
async fn killed_at_every_write_that_replaces_a_session_one_can_sign_in() -> Result<()> {
    let ground = Ground::new(with_passwords().await?).await?;
    let at = ground.at();
    let observer = ground.homeserver.account("helper").await?.sign_in().await?;
    let mut scene = Scene::open(&[]).await?;
    let mut moments = Moments::start()?;
    let removed = moments.some_of(&BY_A_SIGN_IN, 3).into_iter().map(|case| (End::Removed, case));
    let broken = moments.some_of(&OF_A_BROKEN_ONE, 1).into_iter().map(|case| (End::Broken, case));
    for (end, (name, moment)) in removed.chain(broken) {
        println!("{end:?}, killed when {name}:");
        let before = ended(&mut scene, at, &observer, end).await?;
        let trap = scene.trap(at, moment, NOW)?;
        scene.sign_in_into(at, trap).await.with_context(|| name.to_owned())?;
        let found = found(&mut scene, &before).await.with_context(|| name.to_owned())?;
        let draft = scene.draft().await.with_context(|| name.to_owned())?;
        ensure!(draft.as_deref() == Some(DRAFT), "{name}: {found:?} without the draft: {draft:?}");
        match (end, found) {
            (_, Found::SignedIn)
            | (End::Removed, Found::Expired)
            | (End::Broken, Found::Broken) => {}
            _ => bail!("{name}: {found:?}"),
        }
        goes_on(&scene, at, found).await.with_context(|| name.to_owned())?;
    }
    Ok(())
}

/// What the checks above say of an app that removes what has ended, and of one that leaves half of it.
#[tokio::test]
async fn a_session_that_was_not_set_aside_is_missed() -> Result<()> {
    let ground = Ground::new(with_passwords().await?).await?;
    let at = ground.at();
    let observer = ground.homeserver.account("helper").await?.sign_in().await?;
    let mut scene = Scene::open(&[]).await?;
    let before = ended(&mut scene, at, &observer, End::Removed).await?;
    scene.window.kill().await?;
    let wrong = |folder: &Path| fs::write(folder.join(".tmpAbCdEf"), "half a session");
    wrong(&profile(&scene.window).join("stores"))?;
    ensure!(scene.out_of_order().await? == ["stores/.tmpAbCdEf"], "a file is noticed");
    fs::remove_file(scene.session_file())?;
    fs::remove_dir_all(profile(&scene.window).join("stores"))?;
    fs::remove_file(profile(&scene.window).join("drafts.sealed"))?;
    for entry in scene.keyring.entries().await? {
        scene.keyring.remove(&entry).await?;
    }
    let verdict = found(&mut scene, &before).await.expect_err("it is nowhere").to_string();
    ensure!(verdict.contains("the session of before is nowhere"), "{verdict}");
    Ok(())
}
