//! Closing the window, and ending the app from outside, whatever does not answer.

use std::fs;
use std::time::Duration;

use anyhow::{Result, ensure};
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::process::{Process, is_running, signal};
use galaxy_chat_tests::window::AppOptions;
use rustix::process::Signal;

use super::prompter::Prompter;
use super::{IN_LOBBY, saved};
use crate::session::profile;
use crate::stage::Stage;
use crate::starts::{at_last, beside, has_ended};

/// How often the screen is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

#[tokio::test]
async fn closing_while_the_keyring_is_silent_ends_and_the_next_start_works() -> Result<()> {
    let mut stage = Stage::open().await?;
    stage.sign_in().await?;
    stage.window.close().await?;
    let before = saved(&stage.window)?;
    stage.keyring.turn(State::Mute).await?;
    for by_signal in [false, true] {
        stage.window.start().await?;
        stage.window.see("Opening your saved sign-in…").await?;
        if by_signal {
            signal(stage.window.pid()?, Signal::TERM)?;
            has_ended(stage.window.pid()?).await?;
        } else {
            stage.window.close().await?;
        }
        assert_eq!(saved(&stage.window)?, before);
    }
    stage.keyring.turn(State::Unlocked).await?;
    stage.window.start().await?;
    stage.window.see("Connected").await?;
    stage.window.click_in("Main", "Galaxy Lobby").await?;
    stage.window.see(IN_LOBBY).await
}

#[tokio::test]
async fn the_window_goes_at_once_and_a_start_meanwhile_is_a_new_app() -> Result<()> {
    let stage = Stage::open_with(State::Absent, AppOptions::default()).await?;
    stage.sign_in().await?;
    // A session in memory ends at the server, which does not answer: that takes until its limit.
    stage.galaxy.homeserver.freeze()?;
    let first = stage.window.pid()?;
    signal(first, Signal::TERM)?;
    at_last("hidden", || Ok(stage.window.windows()? == 0)).await?;
    ensure!(is_running(first), "it ended before it was looked at");
    let (home, display) = (stage.window.home(), stage.window.display());
    let mut second = Process::start(beside(home, display, &stage.keyring)?)?;
    // The first's window stays away until it has ended, and the second has one.
    while is_running(first) {
        let shown = stage.window.owners()?;
        ensure!(!shown.contains(&first), "the window has come back: {shown:?}");
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    at_last("the second's window", || Ok(stage.window.owners()? == [second.pid()])).await?;
    ensure!(second.ended()?.is_none(), "the second went with the first");
    stage.galaxy.homeserver.thaw()
}

#[tokio::test]
async fn what_ends_the_desktop_session_ends_a_sign_in_that_is_not_kept() -> Result<()> {
    for kind in [Signal::TERM, Signal::HUP, Signal::INT] {
        let stage = Stage::open_with(State::Absent, AppOptions::default()).await?;
        stage.sign_in().await?;
        let (homeserver, newcomer) = (&stage.galaxy.homeserver, &stage.galaxy.newcomer);
        assert_eq!(homeserver.devices(newcomer).await?.len(), 1);
        signal(stage.window.pid()?, kind)?;
        has_ended(stage.window.pid()?).await?;
        assert!(homeserver.devices(newcomer).await?.is_empty(), "{kind:?}");
        assert_eq!(fs::read_dir(profile(&stage.window).join("stores"))?.count(), 0, "{kind:?}");
    }
    // The control: an app that gets no moment leaves the device.
    let mut stage = Stage::open_with(State::Absent, AppOptions::default()).await?;
    stage.sign_in().await?;
    stage.window.kill().await?;
    let devices = stage.galaxy.homeserver.devices(&stage.galaxy.newcomer).await?;
    assert_eq!(devices.len(), 1, "{devices:?}");
    Ok(())
}

#[tokio::test]
async fn a_keyring_that_was_restarted_is_reached_by_the_next_try() -> Result<()> {
    let mut stage = Stage::open().await?;
    stage.window.options().patience = Duration::from_mins(1);
    stage.sign_in().await?;
    stage.window.close().await?;
    stage.keyring.turn(State::Locked).await?;
    let mut prompter = Prompter::unseen(&stage.keyring).await?;
    stage.window.start().await?;
    stage.window.see("The keyring has not answered yet.").await?;
    assert!(prompter.closed() > 0, "nobody was asked");
    // The answer to what it asked is lost with it.
    stage.keyring.turn(State::Unlocked).await?;
    assert!(!stage.window.reads("Connected").await?, "the answer was not lost");
    stage.window.click("Try again").await?;
    stage.window.see("Connected").await?;
    stage.window.click_in("Main", "Galaxy Lobby").await?;
    stage.window.see(IN_LOBBY).await
}
