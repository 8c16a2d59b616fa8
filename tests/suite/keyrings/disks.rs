//! A disk that takes nothing: the app works for this session, says so, and loses nothing.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::faults::Faults;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::window::Window;

use super::signing_in::assert_in_memory;
use super::small_disk::SmallDisk;
use super::{IN_LOBBY, SESSION};
use crate::stage::{Stage, fill_in, options_for};

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

/// A request that no later run would know of is not made.
#[tokio::test]
async fn on_a_full_disk_no_room_is_asked_for_until_there_is_room_for_the_plan() -> Result<()> {
    let disk = SmallDisk::new()?;
    let galaxy = Galaxy::start().await?;
    let keyring = Keyring::start(State::Unlocked).await?;
    let faults = Faults::start(&galaxy.homeserver).await?;
    let mut options = options_for(&galaxy, &keyring, disk.options()?);
    let server = options.args.iter_mut().skip_while(|argument| *argument != "--server").nth(1);
    *server.context("the options name a server")? = faults.url().to_string();
    let mut window = Window::open(options).await?;
    window.click("Just read").await?;
    window.click("Sign in").await?;
    fill_in(&window, &galaxy.newcomer).await?;
    window.see(IN_LOBBY).await?;
    // The control: with room on the disk the request comes.
    window.click("All rooms").await?;
    let before = faults.joins().len();
    window.click("Join Outreach").await?;
    window.click("Open Outreach").await?;
    ensure!(faults.joins().len() == before + 1, "{:?}", faults.joins());

    // What the database has appended to so far, and would use again, ends with it.
    window.restart().await?;
    window.see("Connected").await?;
    window.click("All rooms").await?;
    disk.fill()?;
    let before = faults.joins().len();
    window.click("Join Developers").await?;
    window
        .see("The app could not write down that it asks for this room, so it did not ask.")
        .await?;
    window.click("Try again").await?;
    window
        .see("The app could not write down that it asks for this room, so it did not ask.")
        .await?;
    ensure!(faults.joins().len() == before, "{:?}", faults.joins());

    disk.empty()?;
    window.click("Try again").await?;
    window.click("Open Developers").await?;
    ensure!(faults.joins().len() == before + 1, "{:?}", faults.joins());
    Ok(())
}
