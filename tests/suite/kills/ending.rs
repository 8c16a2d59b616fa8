//! The app is killed at the moments at which signing out writes or removes something. Afterwards it is signed
//! out, and nothing is left on the disk, in the keyring or at the server.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::moments::full;
use super::scene::{At, Found, Ground, Scene};
use super::trap::Moment::{self, Made, Named, Removed};
use super::{NOW, with_oauth, with_passwords};

/// The moments of a sign-out, in order. Before what is to be told to the server is on the disk, nothing has
/// happened.
const SIGN_OUT: [(&str, Moment); 10] = [
    ("what the server is to be told has a place", Made("leaving", 1)),
    ("what the server is to be told is being written", Made(".tmp*", 1)),
    ("what the server is to be told is there", Named("leaving/*.sealed", 1)),
    ("the removal is noted", Named("signing-out", 1)),
    ("the key is to be forgotten", Made("forget", 1)),
    ("the session is gone", Removed("session.sealed")),
    ("the keys of the device are gone", Removed("matrix-sdk-crypto.sqlite3")),
    ("the rooms are gone", Removed("matrix-sdk-state.sqlite3")),
    ("the removal is done", Removed("signing-out")),
    ("the keyring has changed", Named("login.keyring", 1)),
];

async fn killed_at(scene: &mut Scene, at: At<'_>, moment: Moment) -> Result<Found> {
    scene.sign_in(at).await?;
    ensure!(scene.look().await? == Found::SignedIn, "signed in");
    scene.write_draft("a thought to finish later").await?;
    let trap = scene.trap(at, moment, NOW)?;
    scene.ask_into("sign_out", json!({}), trap).await?;
    scene.window.start().await.context("the app does not start")?;
    scene.look().await
}

#[tokio::test]
async fn killed_at_every_write_of_a_sign_out_it_ends_signed_out() -> Result<()> {
    let mut scene = Scene::open(&[]).await?;
    let mut servers = vec![with_passwords().await?];
    if full() {
        servers.push(with_oauth().await?);
    }
    for homeserver in servers {
        let ground = Ground::new(homeserver).await?;
        let at = ground.at();
        for (index, (name, moment)) in SIGN_OUT.into_iter().enumerate() {
            let context = || format!("killed when {name}");
            let found = killed_at(&mut scene, at, moment).await.with_context(context)?;
            println!("killed when {name}: {found:?}");
            if index < 2 && found == Found::SignedIn {
                scene.ask("sign_out", json!({})).await?;
            } else {
                ensure!(found == Found::SignedOut, "{name}: {found:?}");
            }
            scene.nothing_is_left(at).await.with_context(context)?;
        }
    }
    Ok(())
}

/// What the check above says of an app that removes one thing after the other and notes nothing.
#[tokio::test]
async fn a_naive_sign_out_leaves_something() -> Result<()> {
    let ground = Ground::new(with_passwords().await?).await?;
    let at = ground.at();
    let mut scene = Scene::open(&[]).await?;
    scene.sign_in(at).await?;
    scene.window.kill().await?;
    fs::remove_file(scene.session_file())?;
    scene.window.start().await?;
    ensure!(scene.look().await? == Found::SignedOut, "it looks like signed out");
    let left = scene.left(at).await?;
    for part in ["stores", "key", "device"] {
        ensure!(left.iter().any(|left| left.contains(part)), "{part} of {left:?}");
    }
    Ok(())
}
