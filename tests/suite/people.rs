//! Everybody can use the window: nothing on any screen is wrong for those who see, hear or move
//! differently, and all of it works without a mouse.

use anyhow::{Result, ensure};
use galaxy_chat_tests::homeserver::Account;
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::window::{AppOptions, Window};
use serde_json::Value;

use crate::stage::{Stage, fill_in};

/// The smallest window that the app is made for.
const SIZE: (u16, u16) = (800, 600);
const HELLO: &str = "Hello from the keyboard";
/// More presses of a key than it takes to go once around the window.
const AROUND: usize = 150;

#[tokio::test]
async fn every_screen_is_clean_in_the_light() -> Result<()> {
    every_screen_is_clean(false).await
}

#[tokio::test]
async fn every_screen_is_clean_in_the_dark() -> Result<()> {
    every_screen_is_clean(true).await
}

async fn every_screen_is_clean(dark: bool) -> Result<()> {
    let options = AppOptions { dark, size: SIZE, ..AppOptions::default() };
    let mut stage = Stage::open_with(State::Unlocked, options).await?;
    let window = &stage.window;
    window.see("Quick start").await?;
    clean(window, "welcome").await?;
    window.click("Just read").await?;
    window.see("One rule").await?;
    clean(window, "guide").await?;
    window.click("Sign in").await?;
    clean(window, "sign-in").await?;
    let mistaken = Account { password: "wrong".to_owned(), ..stage.galaxy.newcomer.clone() };
    fill_in(window, &mistaken).await?;
    window.see("do not fit together").await?;
    clean(window, "sign-in with an error").await?;
    window.click("All rooms").await?;
    window.see("By subject").await?;
    clean(window, "all rooms").await?;

    window.click("Sign in").await?;
    fill_in(window, &stage.galaxy.newcomer).await?;
    window.see("If you have just come in: hello!").await?;
    clean(window, "room").await?;
    window.click("Who sees this").await?;
    window.see("Who can join").await?;
    clean(window, "who sees this").await?;
    window.click("All rooms").await?;
    window.see("Joined").await?;
    clean(window, "all rooms, one joined").await?;
    window.click("Settings").await?;
    window.click("Sign out").await?;
    window.see("Yes, sign out").await?;
    clean(window, "settings, signing out").await?;

    stage.window.close().await?;
    stage.keyring.turn(State::Locked).await?;
    stage.window.start().await?;
    let window = &stage.window;
    window.see("Your saved sign-in is not open yet").await?;
    clean(window, "locked").await?;
    window.run_js("document.querySelector('main h2').insertAdjacentHTML('afterend', '<img src=icon.svg><input>')", vec![]).await?;
    let faults = window.axe().await?;
    for rule in ["image-alt: ", "label: "] {
        ensure!(faults.iter().any(|fault| fault.starts_with(rule)), "{rule} not in {faults:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_banner_of_a_session_in_memory_is_clean() -> Result<()> {
    for dark in [false, true] {
        let options = AppOptions { dark, size: SIZE, ..AppOptions::default() };
        let stage = Stage::open_with(State::Absent, options).await?;
        stage.sign_in().await?;
        stage.window.see("You stay signed in until you close the app").await?;
        clean(&stage.window, "session in memory").await?;
        stage.window.click("Where it is kept").await?;
        stage.window.see("In memory only").await?;
        clean(&stage.window, "settings, session in memory").await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_whole_way_works_without_a_mouse() -> Result<()> {
    let options = AppOptions { size: SIZE, ..AppOptions::default() };
    let stage = Stage::open_with(State::Unlocked, options).await?;
    let (window, newcomer) = (&stage.window, &stage.galaxy.newcomer);
    window.see("Quick start").await?;
    // The first stop leads past the sidebar.
    window.press("Tab").await?;
    ensure!(focus(window).await? == "Skip to the content");
    go_to(window, "Just read").await?;
    window.press("Enter").await?;
    window.see("One rule").await?;
    go_to(window, "Sign in").await?;
    window.press("Enter").await?;

    // The form waits for the name.
    window.see("User name").await?;
    ensure!(focus(window).await? == "User name");
    window.press(&newcomer.user).await?;
    go_to(window, "Password").await?;
    window.press(&newcomer.password).await?;
    go_to(window, "Join the Lobby when I am signed in").await?;
    go_to(window, "Sign in").await?;
    window.press("Enter").await?;

    window.see("If you have just come in: hello!").await?;
    go_to(window, "Message to Galaxy Lobby").await?;
    window.press(HELLO).await?;
    window.press("Enter").await?;
    window.see(HELLO).await?;
    window.unsee("Sending…").await?;
    ensure!(focus(window).await? == "Message to Galaxy Lobby", "the next message can be written");

    go_to(window, "Who sees this").await?;
    window.press("Space").await?;
    window.see("Who can join").await?;
    go_to(window, "Leave room").await?;
    window.press("Escape").await?;
    window.unsee("Who can join").await?;
    ensure!(focus(window).await? == "Who sees this", "the panel gives the keyboard back");
    go_to(window, "Settings").await?;
    window.press("Enter").await?;
    go_to(window, "Sign out").await?;
    window.press("Enter").await?;
    window.see("Yes, sign out").await?;
    ensure!(focus(window).await? == "Stay signed in", "the harmless answer is the nearer one");
    Ok(())
}

/// The control: where the outline is taken away, this is noticed.
#[tokio::test]
async fn an_invisible_focus_is_noticed() -> Result<()> {
    let window = Window::open(AppOptions { size: SIZE, ..AppOptions::default() }).await?;
    window.see("Quick start").await?;
    go_to(&window, "Just read").await?;
    let hide = "document.activeElement.style.cssText = 'outline: none !important; box-shadow: none !important'";
    window.run_js(hide, vec![]).await?;
    focus(&window).await.expect_err("nothing shows where the keyboard is");
    Ok(())
}

async fn clean(window: &Window, screen: &str) -> Result<()> {
    let faults = window.axe().await?;
    ensure!(faults.is_empty(), "{screen}: {faults:#?}");
    let wide = "return document.documentElement.scrollWidth - innerWidth";
    ensure!(window.run_js(wide, vec![]).await? == 0, "{screen} is wider than its window");
    Ok(())
}

/// Goes on by the Tab key until the keyboard is there; at each stop it can be seen where it is.
async fn go_to(window: &Window, name: &str) -> Result<()> {
    let mut stops = Vec::new();
    for _ in 0..AROUND {
        let stop = focus(window).await?;
        if stop == name {
            return Ok(());
        }
        stops.push(stop);
        window.press("Tab").await?;
    }
    window.screenshot("failure").await?;
    anyhow::bail!("the Tab key does not lead to “{name}”, but to {stops:?}")
}

/// What has the keyboard, by name, where it can be seen that it does: by an outline or a shadow, inside of
/// the window. At the start of a page, and between the last stop and the first, it is the page itself or
/// its heading, where no key does anything.
async fn focus(window: &Window) -> Result<String> {
    let look = "const at = document.activeElement;
        if (at === document.body || at.tabIndex < 0) return 'page';
        const style = getComputedStyle(at);
        const box = at.getBoundingClientRect();
        const marked = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none';
        const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
        return marked && inside ? 'seen' : at.outerHTML.slice(0, 200)";
    let seen: Value = window.run_js(look, vec![]).await?;
    ensure!(seen == "seen" || seen == "page", "it cannot be seen that the keyboard is at {seen}");
    if seen == "page" { Ok(String::new()) } else { window.focused().await }
}
