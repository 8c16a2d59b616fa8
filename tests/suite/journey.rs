//! The newcomer's way, walked in the real window by what can be read on it: read the guide, sign
//! in, join, say hello, be answered, come back the next day, sign out.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::{
    bots::Helper,
    keyring::State,
    window::{AppOptions, Window},
};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::stage::{Stage, fill_in};

/// What the newcomer writes.
const HELLO: &str = "Hello everyone! I am new here and look for help with mapping reads.";

#[tokio::test]
async fn read_sign_in_join_say_hello_and_be_answered() -> Result<()> {
    walk(AppOptions::default()).await
}

#[tokio::test]
#[ignore = "leaves pictures of every step in both themes and sizes; `cargo xtask screens` runs it"]
async fn screens_of_the_journey() -> Result<()> {
    for dark in [false, true] {
        for size in [(1280, 800), (800, 600)] {
            walk(AppOptions { dark, size, ..AppOptions::default() }).await?;
        }
    }
    Ok(())
}

async fn walk(options: AppOptions) -> Result<()> {
    let mut stage = Stage::open_with(State::Unlocked, options).await?;
    read_the_guide(&stage.window).await?;
    sign_in(&stage).await?;
    say_hello_and_be_answered(&stage).await?;
    join_every_room(&stage).await?;
    come_back(&mut stage).await?;
    sign_out(&stage).await
}

async fn read_the_guide(window: &Window) -> Result<()> {
    window.see("Ask the Galaxy community, and be answered").await?;
    window.see("Quick start").await?;
    window.screenshot("01-welcome").await?;
    window.click("Just read").await?;
    open_page(window, "Privacy").await?;
    window.see("Public rooms").await?;
    window.screenshot("02-guide").await?;
    window.fill("Search the guide", "proteomics").await?;
    window.see("page").await?;
    window.screenshot("03-guide-search").await?;
    window.fill("Search the guide", "").await?;
    open_page(window, "More help").await?;
    window.click("Galaxy forum").await?;
    until(async || {
        let opened = window.opened_links();
        Ok(opened.iter().any(|link| link == "https://help.galaxyproject.org/").then_some(()))
    })
    .await
    .context("the system's browser is given the link")
}

/// In a narrow window the contents are folded.
async fn open_page(window: &Window, title: &str) -> Result<()> {
    if !window.reads("Choosing an app").await? {
        window.click("Contents").await?;
    }
    window.click_in("Contents", title).await
}

async fn sign_in(stage: &Stage) -> Result<()> {
    let window = &stage.window;
    window.click("Sign in").await?;
    window.see("User name").await?;
    window.screenshot("04-sign-in").await?;
    fill_in(window, &stage.galaxy.newcomer).await?;
    window.see("If you have just come in: hello!").await?;
    window.screenshot("05-lobby").await?;
    Ok(())
}

async fn say_hello_and_be_answered(stage: &Stage) -> Result<()> {
    let window = &stage.window;
    let lobby = stage.galaxy.room("lobby")?;
    let helper = Helper::start(&stage.galaxy.helper, lobby).await?;
    window.click("Say hello").await?;
    window.screenshot("06-hello-offered").await?;
    window.fill("Message to Galaxy Lobby", HELLO).await?;
    window.press("Enter").await?;
    window.see(HELLO).await?;
    arrived(stage, HELLO).await?;
    // Its answer comes live, by sync.
    let trainer = stage.galaxy.trainer.sign_in().await?;
    let answer = until(async || {
        let from_helper = |event: &&Value| event["sender"] == stage.galaxy.helper.user_id.as_str();
        let messages = trainer.messages(lobby, 3).await?;
        let answer = messages.iter().find(from_helper);
        Ok(answer.and_then(|event| event["content"]["body"].as_str()).map(str::to_owned))
    });
    let answer = answer.await?;
    let words: Vec<_> = answer.split_whitespace().rev().take(4).collect();
    window.see(&words.into_iter().rev().collect::<Vec<_>>().join(" ")).await?;
    window.screenshot("07-answered").await?;
    window.click("Who sees this").await?;
    window.see("Anyone on Matrix. No invitation is needed.").await?;
    window.screenshot("08-who-sees-this").await?;
    window.click("Who sees this").await?;
    helper.stop().await
}

/// Every entry of the catalogue has a Join that works, the Space included.
async fn join_every_room(stage: &Stage) -> Result<()> {
    let window = &stage.window;
    window.click("All rooms").await?;
    window.see("By subject").await?;
    window.screenshot("09-all-rooms").await?;
    let catalogue = std::fs::read_to_string(&stage.galaxy.catalogue)?;
    let catalogue: toml::Table = toml::from_str(&catalogue)?;
    let newcomer = stage.galaxy.newcomer.sign_in().await?;
    for room in catalogue["room"].as_array().context("rooms")? {
        let field = |name: &str| room.get(name).and_then(toml::Value::as_str).unwrap_or_default();
        if field("key") != "lobby" {
            window.click("All rooms").await?;
            window.click(&format!("Join {}", field("name"))).await?;
        }
        let id = stage.galaxy.room(field("key"))?;
        until(async || {
            let joined = newcomer.joined_rooms().await?;
            Ok(joined.iter().any(|joined| joined == id).then_some(()))
        })
        .await
        .with_context(|| format!("joining {}", field("name")))?;
    }
    window.click("All rooms").await?;
    window.see("Joined. Its rooms are the ones listed here.").await?;
    window.screenshot("10-all-joined").await?;
    newcomer.logout().await
}

async fn come_back(stage: &mut Stage) -> Result<()> {
    stage.window.restart().await?;
    let window = &stage.window;
    window.click("Galaxy Lobby").await?;
    window.see(HELLO).await?;
    window.screenshot("11-next-day").await?;
    Ok(())
}

async fn sign_out(stage: &Stage) -> Result<()> {
    let window = &stage.window;
    let before = stage.galaxy.homeserver.devices(&stage.galaxy.newcomer).await?;
    window.click("Settings").await?;
    window.see("system’s keyring").await?;
    window.screenshot("12-settings").await?;
    window.click("Sign out").await?;
    window.click("Yes, sign out").await?;
    window.see("You are not signed in.").await?;
    window.screenshot("13-signed-out").await?;
    let after = stage.galaxy.homeserver.devices(&stage.galaxy.newcomer).await?;
    ensure!(after.len() + 1 == before.len(), "devices {before:?}, then {after:?}");
    ensure!(stage.keyring.entries().await?.is_empty(), "the keyring keeps an entry");
    Ok(())
}

/// Waits until a message is on the server.
async fn arrived(stage: &Stage, text: &str) -> Result<()> {
    let lobby = stage.galaxy.room("lobby")?;
    let trainer = stage.galaxy.trainer.sign_in().await?;
    until(async || {
        let messages = trainer.messages(lobby, 10).await?;
        Ok(messages.iter().any(|event| event["content"]["body"] == text).then_some(()))
    })
    .await
}

/// Asks again until there is an answer.
async fn until<T>(ask: impl AsyncFn() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + Duration::from_mins(2);
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        ensure!(Instant::now() < deadline, "it has not come in two minutes");
        sleep(Duration::from_millis(200)).await;
    }
}
