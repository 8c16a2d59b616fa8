//! A sign-in that survives restarts, kills and a missing server, and leaves nothing when it ends.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use galaxy_chat_tests::homeserver::Account;
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::matrix::Client;
use galaxy_chat_tests::window::{AppOptions, Window};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::stage::{Stage, fill_in, options_for};
use crate::stub::Relay;

/// Longer than anything takes that is to happen at once, on a busy machine too.
const WAIT_TIMEOUT: Duration = Duration::from_mins(2);

const DRAFT: &str = "a thought to finish later";
const COMPOSER: &str = "Message to Galaxy Lobby";
const IN_LOBBY: &str = "If you have just come in: hello!";

/// The app's folder where nothing else was asked for.
pub fn profile(window: &Window) -> PathBuf {
    window.home().join("data/org.galaxyproject.chat")
}

/// Every file in a folder and its folders.
pub fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Files of the app in which these words stand.
fn telling(window: &Window, words: &str) -> Result<Vec<PathBuf>> {
    let mut telling = Vec::new();
    for part in ["data", "config", "cache", "state"] {
        for file in files(&window.home().join(part)) {
            let content = fs::read(&file)?;
            if content.windows(words.len()).any(|part| part == words.as_bytes()) {
                telling.push(file);
            }
        }
    }
    Ok(telling)
}

/// Waits for what happens beside the window.
pub async fn until(what: &str, so: impl AsyncFn() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    while !so().await? {
        ensure!(Instant::now() < deadline, "{what}: still not so");
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// The keys that an account's device has at the server, once it has any.
pub async fn device_keys(observer: &Client, account: &Account) -> Result<BTreeMap<String, Value>> {
    let there = async || Ok(!observer.device_keys(&account.user_id).await?.is_empty());
    until("the device has its keys at the server", there).await?;
    observer.device_keys(&account.user_id).await
}

/// Neither server, disk nor keyring know of a sign-in.
pub async fn assert_nothing_left(stage: &Stage) -> Result<()> {
    let (homeserver, newcomer) = (&stage.galaxy.homeserver, &stage.galaxy.newcomer);
    // A homeserver that has just lost its authorization server answers nobody for a while.
    let no_device = async || Ok(homeserver.devices(newcomer).await.is_ok_and(|it| it.is_empty()));
    until("no device", no_device).await?;
    until("no key", async || Ok(stage.keyring.entries().await?.is_empty())).await?;
    let folder = profile(&stage.window);
    until("no file", async || {
        let kept = of_sessions(&folder);
        println!("left: {kept:?}");
        Ok(kept.is_empty())
    })
    .await
}

/// Every file of a profile but those that are there before anybody signs in, or that say nothing of who did.
pub fn of_sessions(folder: &std::path::Path) -> Vec<PathBuf> {
    // What the web view writes is in a folder of its own, which other tests look at.
    let others = ["lock", "servers.json", "hand-off.txt", "theme.json", "matrix-links", "web-view"];
    let others = others.map(|name| folder.join(name));
    let mut files = files(folder);
    files.retain(|file| !others.iter().any(|other| file.starts_with(other)));
    files
}

#[tokio::test]
async fn a_sign_in_survives_restarts_and_ends_without_a_trace() -> Result<()> {
    let mut stage = Stage::open().await?;
    stage.sign_in().await?;
    stage.window.fill(COMPOSER, DRAFT).await?;
    let drafts = profile(&stage.window).join("drafts.sealed");
    until("the draft is kept", async || Ok(drafts.is_file())).await?;
    let user_id = stage.galaxy.newcomer.user_id.clone();
    let before = stage.galaxy.homeserver.devices(&stage.galaxy.newcomer).await?;
    assert_eq!(before.len(), 1);

    // The app is killed, which leaves it no time to save anything.
    stage.window.kill().await?;
    stage.window.start().await?;
    stage.window.click_in("Main", "Galaxy Lobby").await?;
    stage.window.see(IN_LOBBY).await?;
    assert_eq!(stage.window.text_of(COMPOSER).await?, DRAFT);
    assert!(telling(&stage.window, DRAFT)?.is_empty(), "a draft in the open");

    // Without its server everything is there, and says why nothing new comes.
    stage.window.close().await?;
    stage.galaxy.homeserver.stop()?;
    stage.window.start().await?;
    stage.window.click_in("Main", "Galaxy Lobby").await?;
    stage.window.see(IN_LOBBY).await?;
    stage.window.see("Offline, trying again").await?;
    assert_eq!(stage.window.text_of(COMPOSER).await?, DRAFT);
    stage.galaxy.homeserver.restart().await?;
    stage.window.see("Connected").await?;
    assert_eq!(stage.galaxy.homeserver.devices(&stage.galaxy.newcomer).await?, before);

    // What the search below looks for is there before, or it would prove nothing.
    assert!(!telling(&stage.window, &user_id)?.is_empty());
    assert_eq!(stage.keyring.entries().await?.len(), 1);
    stage.window.click("Settings").await?;
    stage.window.click("Sign out").await?;
    stage.window.see("Sign out of @newcomer").await?;
    stage.window.click("Yes, sign out").await?;
    stage.window.see("You are not signed in.").await?;
    assert_nothing_left(&stage).await?;
    stage.window.close().await?;
    assert_eq!(telling(&stage.window, &user_id)?, Vec::<PathBuf>::new());
    Ok(())
}

#[tokio::test]
async fn a_sign_in_killed_half_way_is_finished_on_the_same_device() -> Result<()> {
    let mut stage = Stage::open().await?;
    let (homeserver, newcomer) = (&stage.galaxy.homeserver, &stage.galaxy.newcomer);
    let relay = Relay::start(homeserver.port()).await?;
    relay.hold("POST /_matrix/client/v3/login");
    stage.window.click("Just read").await?;
    stage.window.click("Sign in").await?;
    stage.window.fill("Server", &relay.url()).await?;
    fill_in(&stage.window, newcomer).await?;
    stage.window.see("checks your user name and password").await?;
    relay.answered().await?;
    // The server has made the device, and the app will never hear of it.
    stage.window.kill().await?;
    let device = homeserver.devices(newcomer).await?;
    assert_eq!(device.len(), 1);
    relay.release();

    // A slip in between costs nothing, not even after a restart.
    stage.window.start().await?;
    stage.window.click("Just read").await?;
    stage.window.click("Sign in").await?;
    stage.window.fill("User name", "newcomr").await?;
    stage.window.fill("Password", &newcomer.password).await?;
    stage.window.press("Enter").await?;
    stage.window.see("User name and password do not fit together.").await?;
    stage.window.kill().await?;

    stage.window.start().await?;
    stage.window.click("Just read").await?;
    stage.window.click("Sign in").await?;
    stage.window.see("Your last sign-in was not finished. Nothing was lost; try again.").await?;
    assert_eq!(stage.window.text_of("Server").await?, relay.url());
    assert_eq!(stage.window.text_of("User name").await?, newcomer.user);
    stage.window.fill("Password", &newcomer.password).await?;
    stage.window.press("Enter").await?;
    stage.window.see(IN_LOBBY).await?;
    assert_eq!(homeserver.devices(newcomer).await?, device, "the same, and no other");

    // An app that remembers nothing leaves one more device each time.
    let helper = &stage.galaxy.helper;
    for _ in 0..2 {
        helper.sign_in().await?;
    }
    assert_eq!(homeserver.devices(helper).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_sign_in_that_comes_to_nothing_leaves_nothing() -> Result<()> {
    let stage = Stage::open().await?;
    let window = &stage.window;
    let newcomer = &stage.galaxy.newcomer;
    let relay = Relay::start(stage.galaxy.homeserver.port()).await?;
    window.click("Just read").await?;
    window.click("Sign in").await?;
    // What the server offers is asked for while the user types; a sign-in waits for the answer.
    relay.hold("GET /_matrix/client/v3/login");
    window.fill("Server", &relay.url()).await?;
    window.fill("User name", &newcomer.user).await?;
    cancelled(&stage, &relay).await?;

    window.fill("Password", "a wrong one").await?;
    window.press("Enter").await?;
    window.see("User name and password do not fit together.").await?;
    assert_nothing_left(&stage).await?;

    relay.hold("POST /_matrix/client/v3/login");
    cancelled(&stage, &relay).await?;

    // The same checks find something once there is something to be found.
    fill_in(window, newcomer).await?;
    window.see(IN_LOBBY).await?;
    assert_eq!(stage.galaxy.homeserver.devices(newcomer).await?.len(), 1);
    assert_eq!(stage.keyring.entries().await?.len(), 1);
    assert!(profile(window).join("session.sealed").is_file());
    Ok(())
}

/// Signs in with the right password, and cancels when the server has answered and the app has not heard it.
async fn cancelled(stage: &Stage, relay: &Relay) -> Result<()> {
    let (window, newcomer) = (&stage.window, &stage.galaxy.newcomer);
    window.fill("Password", &newcomer.password).await?;
    window.press("Enter").await?;
    relay.answered().await?;
    window.click("Cancel").await?;
    window.see("Cancelled. Nothing was kept, and what you typed is still here.").await?;
    assert_eq!(window.text_of("Server").await?, relay.url());
    assert_eq!(window.text_of("User name").await?, newcomer.user);
    assert_eq!(window.text_of("Password").await?, newcomer.password);
    relay.release();
    assert_nothing_left(stage).await
}

#[tokio::test]
async fn a_second_app_leaves_the_firsts_session_alone() -> Result<()> {
    let shared = tempfile::tempdir()?;
    let folder = shared.path().join("profile");
    let args = vec!["--profile".to_owned(), folder.display().to_string()];
    let options = AppOptions { args, ..AppOptions::default() };
    let mut stage = Stage::open_with(State::Unlocked, options.clone()).await?;
    stage.sign_in().await?;
    let before = fs::read(folder.join("session.sealed"))?;

    let second = Window::open(options_for(&stage.galaxy, &stage.keyring, options)).await?;
    second.see("Another Galaxy Chat is running with the same data.").await?;
    second.see("Nothing is lost or deleted. The guide works all the while.").await?;
    second.click_in("Contents", "Quick start").await?;
    second.see("Choosing an app").await?;
    second.click("Try again").await?;
    second.see("Another Galaxy Chat is running with the same data.").await?;
    assert_eq!(fs::read(folder.join("session.sealed"))?, before);

    // It is waited for, so that a start while another app closes opens what that one leaves.
    stage.window.close().await?;
    second.see("Connected").await?;
    second.click_in("Main", "Galaxy Lobby").await?;
    second.see(IN_LOBBY).await?;
    assert_eq!(stage.galaxy.homeserver.devices(&stage.galaxy.newcomer).await?.len(), 1);
    Ok(())
}
