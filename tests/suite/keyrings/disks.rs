//! A disk that takes nothing: the app works for this session, says so, and loses nothing.

use std::fs;

use anyhow::Result;
use galaxy_chat_tests::keyring::State;

use super::signing_in::assert_in_memory;
use super::small_disk::SmallDisk;
use super::{IN_LOBBY, SESSION};
use crate::stage::Stage;

const UNWRITABLE: &str = "The folder for the app’s files cannot be written.";
const COMPOSER: &str = "Message to Galaxy Lobby";
const DRAFT: &str = "written on a full disk";

/// The control: as soon as there is room, the sign-in is kept.
async fn assert_kept(stage: &mut Stage, disk: &SmallDisk) -> Result<()> {
    stage.window.start().await?;
    stage.sign_in().await?;
    assert!(disk.folder().join(SESSION).is_file());
    assert_eq!(stage.keyring.entries().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_read_only_disk_keeps_nobody_out() -> Result<()> {
    let mut disk = SmallDisk::new()?;
    disk.read_only(true)?;
    let mut stage = Stage::open_with(State::Unlocked, disk.options()?).await?;
    stage.sign_in().await?;
    assert_in_memory(&mut stage, &disk.folder(), UNWRITABLE).await?;
    assert!(stage.keyring.entries().await?.is_empty());
    disk.read_only(false)?;
    assert_kept(&mut stage, &disk).await
}

#[tokio::test]
async fn a_full_disk_keeps_nobody_out() -> Result<()> {
    let disk = SmallDisk::new()?;
    disk.fill()?;
    let mut stage = Stage::open_with(State::Unlocked, disk.options()?).await?;
    stage.sign_in().await?;
    assert_in_memory(&mut stage, &disk.folder(), UNWRITABLE).await?;
    assert!(stage.keyring.entries().await?.is_empty());
    disk.empty()?;
    assert_kept(&mut stage, &disk).await
}

#[tokio::test]
async fn a_disk_that_turns_read_only_costs_no_saved_sign_in() -> Result<()> {
    let mut disk = SmallDisk::new()?;
    let mut stage = Stage::open_with(State::Unlocked, disk.options()?).await?;
    stage.sign_in().await?;
    stage.window.close().await?;
    let before = fs::read(disk.folder().join(SESSION))?;
    disk.read_only(true)?;
    stage.window.start().await?;
    // Nobody is signed out by that, and the app says what is the matter.
    stage.window.see("The disk is full, or cannot be written").await?;
    stage.window.see("Nothing is lost or deleted").await?;
    stage.window.click_in("Contents", "Privacy").await?;
    stage.window.see("Public rooms").await?;
    stage.window.close().await?;
    assert_eq!(fs::read(disk.folder().join(SESSION))?, before);
    disk.read_only(false)?;
    stage.window.start().await?;
    stage.window.click_in("Main", "Galaxy Lobby").await?;
    stage.window.see(IN_LOBBY).await
}

#[tokio::test]
async fn a_disk_that_fills_up_costs_no_saved_sign_in() -> Result<()> {
    let disk = SmallDisk::new()?;
    let mut stage = Stage::open_with(State::Unlocked, disk.options()?).await?;
    stage.sign_in().await?;
    let before = fs::read(disk.folder().join(SESSION))?;
    disk.fill()?;
    stage.window.fill(COMPOSER, DRAFT).await?;
    stage.window.see("The disk is full.").await?;
    stage.window.see("What was saved before is still good").await?;
    assert_eq!(stage.window.text_of(COMPOSER).await?, DRAFT);
    stage.window.kill().await?;
    assert_eq!(fs::read(disk.folder().join(SESSION))?, before);

    // Still full, the app says so and leaves everything as it is until there is room.
    stage.window.start().await?;
    stage.window.see("The disk is full, or cannot be written").await?;
    stage.window.see("Nothing is lost or deleted").await?;
    assert_eq!(fs::read(disk.folder().join(SESSION))?, before);
    disk.empty()?;
    stage.window.click("Try again").await?;
    stage.window.click_in("Main", "Galaxy Lobby").await?;
    stage.window.see(IN_LOBBY).await?;
    stage.window.see("Connected").await?;
    assert_eq!(stage.galaxy.homeserver.devices(&stage.galaxy.newcomer).await?.len(), 1);
    Ok(())
}
