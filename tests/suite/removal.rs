//! What sessions have left on a computer on which nobody is signed in is removed where the user wants that.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::window::AppOptions;

use crate::session::{assert_nothing_left, of_sessions, profile, until};
use crate::stage::Stage;

const ENDED: &str = "Please sign in again";
const LOCKED: &str = "Your saved sign-in is not open yet";
const LINK: &str = "Remove it from this computer…";
const NOTHING: &str = "What the app kept of every sign-in is removed.";
const COMPOSER: &str = "Message to Galaxy Lobby";

/// Somebody with a draft, whose device was removed from another one.
async fn ended() -> Result<Stage> {
    let stage = Stage::open().await?;
    stage.sign_in().await?;
    stage.window.fill(COMPOSER, "unfinished").await?;
    let drafts = profile(&stage.window).join("drafts.sealed");
    until("the draft is kept", async || Ok(drafts.is_file())).await?;
    let (homeserver, newcomer) = (&stage.galaxy.homeserver, &stage.galaxy.newcomer);
    let devices = homeserver.devices(newcomer).await?;
    homeserver.remove_device(newcomer, devices.first().context("a device")?).await?;
    stage.window.see(ENDED).await?;
    Ok(stage)
}

/// What is to be removed is there.
async fn something_is_left(stage: &Stage) -> Result<()> {
    ensure!(!of_sessions(&profile(&stage.window)).is_empty(), "no file");
    ensure!(!stage.keyring.entries().await?.is_empty(), "no key");
    Ok(())
}

/// Removes it, after having thought better of it once.
async fn remove(stage: &Stage) -> Result<()> {
    let window = &stage.window;
    window.click("Remove all of it").await?;
    window.click("Keep it").await?;
    something_is_left(stage).await?;
    window.click("Remove all of it").await?;
    window.click("Yes, remove it").await?;
    window.see(NOTHING).await
}

#[tokio::test]
async fn a_session_that_has_ended_is_removed_on_request() -> Result<()> {
    let mut stage = ended().await?;
    stage.window.click(LINK).await?;
    stage.window.see("The sign-in of @newcomer:").await?;
    stage.window.screenshot("removal-ended").await?;
    remove(&stage).await?;
    assert_nothing_left(&stage).await?;
    stage.window.restart().await?;
    stage.window.see("Just read").await?;
    stage.window.click("Settings").await?;
    stage.window.see("You are not signed in.").await?;
    ensure!(!stage.window.reads("Saved on this computer").await?, "there is nothing to offer");
    Ok(())
}

#[tokio::test]
async fn what_was_set_aside_is_removed_on_request() -> Result<()> {
    let mut stage = ended().await?;
    stage.window.click("Use another account").await?;
    until("set aside", async || Ok(profile(&stage.window).join("set-aside").is_dir())).await?;
    stage.window.restart().await?;
    stage.window.click("Settings").await?;
    stage.window.see("Earlier sign-ins were set aside here").await?;
    stage.window.screenshot("removal-aside").await?;
    remove(&stage).await?;
    assert_nothing_left(&stage).await
}

#[tokio::test]
async fn a_session_that_cannot_be_opened_is_removed_on_request() -> Result<()> {
    let options = AppOptions { size: (800, 600), dark: true, ..AppOptions::default() };
    let mut stage = Stage::open_with(State::Unlocked, options).await?;
    stage.sign_in().await?;
    stage.window.close().await?;
    stage.keyring.turn(State::Absent).await?;
    stage.window.start().await?;
    stage.window.see(LOCKED).await?;
    stage.window.click(LINK).await?;
    stage.window.see("The saved sign-in that cannot be opened").await?;
    until("in sight", async || {
        let sight = "const { top, bottom } = document.querySelector('gc-remove .button').getBoundingClientRect();
            return top >= 0 && bottom <= innerHeight";
        Ok(stage.window.run_js(sight, vec![]).await? == true)
    })
    .await?;
    stage.window.screenshot("removal-locked").await?;
    stage.window.click("Remove all of it").await?;
    stage.window.click("Yes, remove it").await?;
    // Its tokens could not be read.
    stage.window.see("the server could not be told").await?;
    stage.window.see(NOTHING).await?;
    stage.window.see("A key of the sign-in is still in it.").await?;
    let left = of_sessions(&profile(&stage.window));
    // What the keyring is to forget as soon as there is one.
    ensure!(
        left.iter().all(|file| file.parent().is_some_and(|at| at.ends_with("forget"))),
        "{left:?}"
    );
    stage.window.close().await?;
    stage.keyring.turn(State::Unlocked).await?;
    stage.window.start().await?;
    until("no key", async || Ok(stage.keyring.entries().await?.is_empty())).await?;
    until("no file", async || Ok(of_sessions(&profile(&stage.window)).is_empty())).await
}

/// A broken local copy is not said to be the server's doing.
#[tokio::test]
async fn a_broken_local_copy_is_named_as_what_ended_the_session() -> Result<()> {
    let mut stage = Stage::open().await?;
    stage.sign_in().await?;
    stage.window.close().await?;
    let files = of_sessions(&profile(&stage.window));
    let database = files.iter().find(|file| file.ends_with("matrix-sdk-crypto.sqlite3"));
    fs::write(database.context("a local copy")?, [0; 8192])?;
    stage.window.start().await?;
    stage.window.see(ENDED).await?;
    stage.window.see("rooms on this computer cannot be opened").await?;
    ensure!(!stage.window.reads("ended the sign-in of").await?, "the server did not end it");
    // The control: so it is said where the server did.
    let stage = ended().await?;
    stage.window.see("ended the sign-in of").await
}
