//! The app is killed at the moments at which it tells a server of a sign-out that did not reach it before.
//! Afterwards it is told, and nothing is left.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::faults::{Fault, Faults};
use galaxy_chat_tests::keyring::State;
use serde_json::json;

use super::moments::Moments;
use super::scene::{At, Found, Ground, Scene, devices};
use super::trap::Moment::{self, Made, Named, Removed, Start};
use super::{NOW, with_passwords};
use crate::session::{profile, until};

/// Where the key is, and when to kill. At the start the server has been told, and the app not heard of it.
const TELLING: [(&str, &str, Moment); 8] = [
    ("keyring", "the server has been told", Start),
    ("keyring", "the key is noted as one to forget", Made("forget", 1)),
    ("keyring", "what the server was to be told is gone", Removed("*.sealed")),
    ("keyring", "the folder of it is gone", Removed("leaving")),
    ("keyring", "the keyring has forgotten the key", Named("login.keyring", 1)),
    ("keyring", "nothing is to be forgotten", Removed("forget")),
    ("disk", "what the server was to be told is gone", Removed("*.sealed")),
    ("disk", "the key is gone", Removed("*.key")),
];

/// Signs in and out while the server does not hear of it, and ends the app.
async fn untold(scene: &mut Scene, at: At<'_>, faults: &Faults, place: &str) -> Result<()> {
    let in_keyring = place == "keyring";
    scene.keyring.turn(if in_keyring { State::Unlocked } else { State::Absent }).await?;
    scene.sign_in_by(at, faults.url()).await?;
    ensure!(scene.look().await? == Found::SignedIn, "signed in");
    if !in_keyring {
        scene.ask("keep_session", json!({ "place": place })).await?;
        scene.keyring.turn(State::Unlocked).await?;
    }
    // The device's keys would bring it back if they came later.
    faults.plan(
        |request| {
            if request.path.ends_with("/logout") { Fault::Fail(502) } else { Fault::None }
        },
    );
    scene.ask("sign_out", json!({})).await?;
    scene.window.kill().await?;
    let left = scene.left(at).await?;
    for part in ["leaving", "device"] {
        ensure!(left.iter().any(|left| left.contains(part)), "{part} is not in {left:?}");
    }
    Ok(())
}

async fn killed_when(scene: &Scene, at: At<'_>, faults: &Faults, moment: Moment) -> Result<()> {
    if !matches!(moment, Start) {
        faults.plan(|_| Fault::None);
        let trap = scene.trap(at, moment, NOW)?;
        return scene.start_into(trap).await;
    }
    let held = faults.seen().len();
    faults.plan(|request| {
        let told = request.path.ends_with("/logout");
        if told { Fault::Hold(Duration::from_mins(1)) } else { Fault::None }
    });
    let app = scene.start_unseen()?;
    until("told", async || Ok(devices(at).await?.is_empty())).await?;
    drop(app);
    faults.release();
    faults.plan(|_| Fault::None);
    ensure!(faults.seen().len() > held, "it was told by this way");
    Ok(())
}

#[tokio::test]
async fn killed_at_every_write_of_a_sign_out_that_is_told_later_nothing_is_left() -> Result<()> {
    let ground = Ground::new(with_passwords().await?).await?;
    let at = ground.at();
    let faults = Faults::start(at.homeserver).await?;
    let mut scene = Scene::open(&[]).await?;
    for (place, name, moment) in Moments::start()?.some_of(&TELLING, 3) {
        println!("its key in {place}, killed when {name}");
        let context = || format!("its key in {place}, killed when {name}");
        untold(&mut scene, at, &faults, place).await.with_context(context)?;
        killed_when(&scene, at, &faults, moment).await.with_context(context)?;
        scene.window.start().await.context("the app does not start")?;
        ensure!(scene.look().await? == Found::SignedOut, "signed out");
        scene.nothing_is_left(at).await.with_context(context)?;
    }
    Ok(())
}

/// What the check above says of an app that forgets what it could not tell.
#[tokio::test]
async fn a_sign_out_that_is_forgotten_leaves_the_device() -> Result<()> {
    let ground = Ground::new(with_passwords().await?).await?;
    let at = ground.at();
    let faults = Faults::start(at.homeserver).await?;
    let mut scene = Scene::open(&[]).await?;
    untold(&mut scene, at, &faults, "keyring").await?;
    faults.plan(|_| Fault::None);
    fs::remove_dir_all(profile(&scene.window).join("leaving"))?;
    scene.window.start().await?;
    ensure!(scene.look().await? == Found::SignedOut, "it looks like signed out");
    let left = scene.left(at).await?;
    for part in ["device", "key"] {
        ensure!(left.iter().any(|left| left.contains(part)), "{part} of {left:?}");
    }
    Ok(())
}
