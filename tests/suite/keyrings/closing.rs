//! Closing the window, and ending the app from outside, whatever does not answer.

use std::fs;
use std::process::Stdio;

use anyhow::{Result, ensure};
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::process::{self, Process, is_running, signal};
use galaxy_chat_tests::tools;
use galaxy_chat_tests::window::{AppOptions, Window, environment};
use rustix::process::Signal;

use super::prompter::Prompter;
use super::{IN_LOBBY, saved};
use crate::session::profile;
use crate::stage::Stage;
use crate::starts::at_last;

/// Starts the app once more in the same desktop session.
fn start_beside(stage: &Stage, arguments: &[&str]) -> Result<Process> {
    let mut command = process::command(tools::app()?);
    environment::set(&mut command, stage.window.home(), stage.window.display())?;
    command.envs(stage.keyring.env()).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Process::start(command)
}

async fn ends(window: &Window) -> Result<()> {
    let pid = window.pid()?;
    at_last("ended", || Ok(!is_running(pid))).await
}

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
            ends(&stage.window).await?;
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
    let mut second = start_beside(&stage, &[])?;
    at_last("a window", || Ok(stage.window.windows()? == 1)).await?;
    ends(&stage.window).await?;
    ensure!(second.ended()?.is_none(), "the second went with the first");
    at_last("the second's window", || Ok(stage.window.windows()? > 0)).await?;
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
        ends(&stage.window).await?;
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
    stage.window.options().patience = std::time::Duration::from_mins(1);
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
