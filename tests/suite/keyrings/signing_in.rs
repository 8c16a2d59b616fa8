//! A keyring that is of no use when a sign-in begins: it works without, for this session, and says so.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::window::AppOptions;

use super::prompter::Prompter;
use super::{IN_LOBBY, SESSION};
use crate::session::{files, profile};
use crate::stage::{Stage, fill_in};

const HELLO: &str = "Hello from a session that is not kept";

/// The session works, its place is said, nothing of it is on the disk, and it ends with the app.
pub async fn assert_in_memory(stage: &mut Stage, folder: &Path, reason: &str) -> Result<()> {
    let window = &stage.window;
    window.see(IN_LOBBY).await?;
    window.see("You stay signed in until you close the app").await?;
    window.see(reason).await?;
    window.fill("Message to Galaxy Lobby", HELLO).await?;
    window.press("Enter").await?;
    window.see(HELLO).await?;
    window.unsee("Sending…").await?;
    window.click("Where it is kept").await?;
    window.see("In memory only.").await?;
    assert!(!folder.join(SESSION).exists());
    stage.window.close().await?;
    assert_eq!(files(&folder.join("stores")), Vec::<PathBuf>::new());
    assert!(stage.galaxy.homeserver.devices(&stage.galaxy.newcomer).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_locked_keyring_keeps_nobody_out() -> Result<()> {
    let mut stage = Stage::open_with(State::Locked, AppOptions::default()).await?;
    stage.sign_in().await?;
    let folder = profile(&stage.window);
    assert_in_memory(&mut stage, &folder, "The keyring is locked").await?;

    // Unlocked, it keeps the next one.
    stage.keyring.turn(State::Unlocked).await?;
    stage.window.start().await?;
    stage.sign_in().await?;
    assert_eq!(stage.keyring.entries().await?.len(), 1);
    assert!(profile(&stage.window).join(SESSION).is_file());
    Ok(())
}

#[tokio::test]
async fn a_keyring_whose_dialog_is_closed_keeps_nobody_out() -> Result<()> {
    let mut stage = Stage::open_with(State::Locked, AppOptions::default()).await?;
    let mut prompter = Prompter::start(&stage.keyring).await?;
    stage.sign_in().await?;
    assert!(prompter.closed() > 0, "nobody was asked");
    let folder = profile(&stage.window);
    assert_in_memory(
        &mut stage,
        &folder,
        "The keyring is locked, and the request to unlock it was closed.",
    )
    .await
}

#[tokio::test]
async fn a_mute_keyring_is_not_waited_for_for_ever() -> Result<()> {
    let patience = Duration::from_mins(1);
    let options = AppOptions { patience, ..AppOptions::default() };
    let mut stage = Stage::open_with(State::Mute, options).await?;
    let window = &stage.window;
    window.click("Just read").await?;
    window.click("Sign in").await?;
    fill_in(window, &stage.galaxy.newcomer).await?;
    // While it is waited for, the guide can be read.
    window.click("Guide").await?;
    window.click_in("Contents", "Privacy").await?;
    window.see("Public rooms").await?;
    assert!(!window.reads("Connected").await?, "it was not waited for");
    window.click_in("Main", "Galaxy Lobby").await?;
    let folder = profile(&stage.window);
    assert_in_memory(&mut stage, &folder, "The keyring did not answer in time.").await
}
