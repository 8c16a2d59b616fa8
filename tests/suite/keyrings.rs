//! The keyring in every state it can be in, from the window.

mod closing;
mod disks;
mod prompter;
mod signing_in;
mod small_disk;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use galaxy_chat_core::vault::{Key, open};
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::window::{AppOptions, Window};

use self::prompter::Prompter;
use crate::session::{files, profile, until};
use crate::stage::{Stage, fill_in};

const SESSION: &str = "session.sealed";
const IN_LOBBY: &str = "If you have just come in: hello!";

/// The saved sign-in, byte for byte.
fn saved(window: &Window) -> Result<Vec<u8>> {
    Ok(fs::read(profile(window).join(SESSION))?)
}

/// Signs in, closes the app, lets something happen to the keyring or the files, and starts again.
async fn after(change: impl AsyncFnOnce(&mut Stage) -> Result<()>) -> Result<(Stage, Vec<u8>)> {
    let mut stage = Stage::open().await?;
    stage.sign_in().await?;
    stage.window.close().await?;
    change(&mut stage).await?;
    let before = saved(&stage.window)?;
    stage.window.start().await?;
    Ok((stage, before))
}

/// While a sign-in is out of reach the guide can be read, and nothing is lost.
async fn assert_locked(stage: &Stage, words: &str, before: &[u8]) -> Result<()> {
    let window = &stage.window;
    window.see("Your saved sign-in is not open yet").await?;
    window.see(words).await?;
    window.see("Nothing is lost or deleted. The guide works all the while.").await?;
    window.click_in("Contents", "Privacy").await?;
    window.see("Public rooms").await?;
    assert!(is_kept(&profile(window), before));
    let copy = tempfile::tempdir()?;
    fs::write(copy.path().join(SESSION), before)?;
    naive_start(stage, copy.path()).await?;
    assert!(!is_kept(copy.path(), before), "the check finds what a naive app loses");
    assert_eq!(stage.galaxy.homeserver.devices(&stage.galaxy.newcomer).await?.len(), 1);
    Ok(())
}

/// Whether a saved sign-in is still there, byte for byte.
fn is_kept(profile: &Path, before: &[u8]) -> bool {
    fs::read(profile.join(SESSION)).is_ok_and(|now| now == before)
}

/// What an app does at its start that takes "no key that fits" for "signed out".
async fn naive_start(stage: &Stage, profile: &Path) -> Result<()> {
    let file = profile.join(SESSION);
    let content = fs::read(&file)?;
    let entries = stage.keyring.entries().await.unwrap_or_default();
    let mut keys = entries.iter().filter_map(|entry| Key::from_text(&entry.secret));
    if !keys.any(|key| open(&content, &key).is_ok()) {
        fs::remove_file(file)?;
    }
    Ok(())
}

async fn assert_opens(stage: &Stage) -> Result<()> {
    stage.window.click("Try again").await?;
    stage.window.click_in("Main", "Galaxy Lobby").await?;
    stage.window.see(IN_LOBBY).await?;
    assert_eq!(stage.galaxy.homeserver.devices(&stage.galaxy.newcomer).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn without_a_keyring_the_user_decides_where_the_sign_in_is_kept() -> Result<()> {
    let mut stage = Stage::open_with(State::Absent, AppOptions::default()).await?;
    stage.sign_in().await?;
    stage.window.see("You stay signed in until you close the app").await?;
    stage.window.see("This system has no keyring, the safe place for passwords.").await?;
    assert!(!profile(&stage.window).join(SESSION).exists());

    // Killed, it leaves a folder that the next start sweeps.
    let stores = profile(&stage.window).join("stores");
    assert!(!files(&stores).is_empty());
    stage.window.kill().await?;
    assert!(!files(&stores).is_empty(), "nobody had the time to remove it");
    stage.window.start().await?;
    until("swept", async || Ok(files(&stores).is_empty())).await?;

    // Closed, it leaves none, and no device either.
    stage.sign_in().await?;
    stage.window.close().await?;
    assert_eq!(files(&stores), Vec::<PathBuf>::new());
    let devices = stage.galaxy.homeserver.devices(&stage.galaxy.newcomer).await?;
    assert_eq!(devices.len(), 1, "only the one of the app that was killed: {devices:?}");

    // Kept on the disk by choice, it survives.
    stage.window.start().await?;
    stage.sign_in().await?;
    stage.window.click("Where it is kept").await?;
    stage.window.see("In memory only.").await?;
    stage.window.click("Try the keyring again").await?;
    stage.window.see("The system’s keyring could not be used.").await?;
    stage.window.click("Keep on this computer without a keyring").await?;
    stage.window.see("with its key beside it. You chose this").await?;
    stage.window.see("Done: your sign-in is kept from now on.").await?;
    stage.window.restart().await?;
    stage.window.click_in("Main", "Galaxy Lobby").await?;
    stage.window.see(IN_LOBBY).await?;
    stage.window.click("Settings").await?;
    stage.window.see("with its key beside it. You chose this").await
}

#[tokio::test]
async fn a_keyring_that_appears_later_is_used_without_a_restart() -> Result<()> {
    let mut stage = Stage::open_with(State::Absent, AppOptions::default()).await?;
    stage.sign_in().await?;
    stage.window.click("Where it is kept").await?;
    stage.keyring.turn(State::Unlocked).await?;
    stage.window.click("Try the keyring again").await?;
    stage.window.see("Its key is in the system’s keyring").await?;
    assert_eq!(stage.keyring.entries().await?.len(), 1);
    assert!(profile(&stage.window).join(SESSION).is_file());
    stage.window.restart().await?;
    stage.window.click_in("Main", "Galaxy Lobby").await?;
    stage.window.see(IN_LOBBY).await
}

#[tokio::test]
async fn a_locked_keyring_is_said_to_be_locked_and_opens_later() -> Result<()> {
    let lock = async |stage: &mut Stage| stage.keyring.turn(State::Locked).await;
    let (mut stage, before) = after(lock).await?;
    assert_locked(&stage, "Your keyring is locked. Unlock it, then try again.", &before).await?;
    stage.window.click("Try again").await?;
    stage.window.see("Your keyring is locked. Unlock it, then try again.").await?;
    stage.keyring.turn(State::Unlocked).await?;
    assert_opens(&stage).await
}

#[tokio::test]
async fn a_closed_dialog_leaves_the_sign_in_locked_until_it_is_answered() -> Result<()> {
    let mut stage = Stage::open().await?;
    let mut prompter = Prompter::start(&stage.keyring).await?;
    stage.sign_in().await?;
    assert_eq!(prompter.closed(), 0, "an open keyring asks nobody");
    stage.window.close().await?;
    stage.keyring.turn(State::Locked).await?;
    let before = saved(&stage.window)?;
    stage.window.start().await?;
    let words = "Your keyring is locked. Unlock it, then try again.";
    assert_locked(&stage, words, &before).await?;
    assert!(prompter.closed() > 0, "nobody was asked");
    stage.window.click("Try again").await?;
    stage.window.see(words).await?;
    stage.keyring.turn(State::Unlocked).await?;
    assert_opens(&stage).await
}

#[tokio::test]
async fn a_keyring_that_went_away_and_comes_back_opens_later() -> Result<()> {
    let remove = async |stage: &mut Stage| stage.keyring.turn(State::Absent).await;
    let (mut stage, before) = after(remove).await?;
    let words = "Its key is in a keyring, and this system shows none at the moment.";
    assert_locked(&stage, words, &before).await?;
    stage.keyring.turn(State::Unlocked).await?;
    assert_opens(&stage).await
}

#[tokio::test]
async fn a_keyring_without_the_entry_costs_no_file() -> Result<()> {
    let forget = async |stage: &mut Stage| {
        for entry in stage.keyring.entries().await? {
            stage.keyring.remove(&entry).await?;
        }
        Ok(())
    };
    let (stage, before) = after(forget).await?;
    let words = "The key to your saved sign-in is not in the keyring.";
    assert_locked(&stage, words, &before).await?;

    let window = &stage.window;
    window.click("Sign in again instead").await?;
    fill_in(window, &stage.galaxy.newcomer).await?;
    window.see(IN_LOBBY).await?;
    assert_ne!(saved(window)?, before);
    let aside = files(&profile(window).join("set-aside"));
    let kept = aside.iter().find(|file| file.ends_with(SESSION)).expect("set aside");
    assert_eq!(fs::read(kept)?, before);
    assert!(aside.iter().any(|file| file.ends_with("matrix-sdk-crypto.sqlite3")), "{aside:?}");
    Ok(())
}

#[tokio::test]
async fn a_keyring_with_another_key_costs_no_file() -> Result<()> {
    let replace = async |stage: &mut Stage| {
        for entry in stage.keyring.entries().await? {
            // Another key in the form of ours: 32 bytes as base64.
            stage.keyring.replace(&entry, "A".repeat(43).as_bytes()).await?;
        }
        Ok(())
    };
    let (stage, before) = after(replace).await?;
    let words = "It was saved under another password store: the key found here does not fit.";
    assert_locked(&stage, words, &before).await
}

#[tokio::test]
async fn a_keyring_that_does_not_answer_is_waited_for_while_the_guide_is_read() -> Result<()> {
    let mute = async |stage: &mut Stage| {
        stage.window.options().patience = std::time::Duration::from_secs(40);
        stage.keyring.turn(State::Mute).await
    };
    let (stage, before) = after(mute).await?;
    // Before the time limit the app waits, and can be read.
    stage.window.see("Opening your saved sign-in…").await?;
    stage.window.click_in("Contents", "Privacy").await?;
    stage.window.see("Public rooms").await?;
    stage.window.see("The keyring has not answered yet.").await?;
    assert_eq!(saved(&stage.window)?, before);
    // A room can be asked for meanwhile. A late answer is taken, and the room opened, without a click.
    stage.window.click_in("Contents", "Quick start").await?;
    stage.window.click("Galaxy Lobby").await?;
    stage.window.see("There is a saved sign-in on this computer").await?;
    stage.keyring.thaw()?;
    stage.window.see(IN_LOBBY).await
}

#[tokio::test]
async fn a_damaged_file_is_kept_as_it_is() -> Result<()> {
    let damage = async |stage: &mut Stage| {
        let file = profile(&stage.window).join(SESSION);
        let mut content = fs::read(&file)?;
        let last = content.len() - 1;
        content[last] ^= 1;
        Ok(fs::write(file, content)?)
    };
    let (stage, before) = after(damage).await?;
    assert_locked(&stage, "The file with your saved sign-in is damaged", &before).await
}

/// Without the system's certificates no connection can be made, and the saved sign-in waits for them.
#[tokio::test]
async fn missing_certificates_cost_no_local_copy() -> Result<()> {
    let mut stage = Stage::open().await?;
    stage.sign_in().await?;
    stage.window.close().await?;
    let before = files(&profile(&stage.window).join("stores"));
    let nowhere =
        ["SSL_CERT_FILE", "SSL_CERT_DIR"].map(|name| (name.to_owned(), "/nonexistent".to_owned()));
    let usual = stage.window.options().env.clone();
    stage.window.options().env.extend(nowhere);
    stage.window.start().await?;
    stage.window.see("certificates cannot be read").await?;
    let folder = profile(&stage.window);
    assert!(!folder.join("set-aside").exists());
    assert_eq!(files(&folder.join("stores")), before);
    stage.window.close().await?;
    stage.window.options().env = usual;
    stage.window.start().await?;
    stage.window.see(IN_LOBBY).await
}
