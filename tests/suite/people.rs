//! Everybody can use the window: nothing on any screen is wrong for those who see, hear or move
//! differently, and all of it works without a mouse.

use anyhow::{Result, ensure};
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::{Account, Homeserver, Options, Registration};
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::window::{AppOptions, Window};
use serde_json::Value;

use crate::stage::{Stage, fill_in, options_for};

/// The smallest window that the app is made for.
pub const SIZE: (u16, u16) = (800, 600);
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
    pasted_addresses_are_clean(window).await?;

    window.click("Sign in").await?;
    fill_in(window, &stage.galaxy.newcomer).await?;
    window.see("If you have just come in: hello!").await?;
    clean(window, "room").await?;
    window.click("Who sees this").await?;
    window.see("Who can join").await?;
    clean(window, "who sees this").await?;
    the_way_to_other_apps_is_clean(window).await?;
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

async fn pasted_addresses_are_clean(window: &Window) -> Result<()> {
    for (text, says) in [
        ("(#galaxyproject_GCC:gitter.im)", "The time of #galaxyproject_gcc"),
        ("#elsewhere:test.localhost", "Join it if you trust"),
        ("https://matrix.to/#/$event", "It names a message"),
    ] {
        window.fill("Find a room, or paste its address", text).await?;
        window.see(says).await?;
        clean(window, says).await?;
    }
    Ok(())
}

async fn the_way_to_other_apps_is_clean(window: &Window) -> Result<()> {
    window.click("Open in…").await?;
    window.see("in the browser").await?;
    ensure!(window.focused().await?.starts_with("Element"), "the first place has the keyboard");
    clean(window, "open in").await?;
    window.click("Show QR").await?;
    window.see("Galaxy Lobby on your phone").await?;
    clean(window, "QR code").await?;
    window.press("Escape").await?;
    window.unsee("Galaxy Lobby on your phone").await?;
    ensure!(focus(window).await? == "Open in…", "the code gives the keyboard back");
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
async fn every_way_in_is_clean_in_the_light() -> Result<()> {
    every_way_in_is_clean(false).await
}

#[tokio::test]
async fn every_way_in_is_clean_in_the_dark() -> Result<()> {
    every_way_in_is_clean(true).await
}

async fn every_way_in_is_clean(dark: bool) -> Result<()> {
    let galaxy = Galaxy::start_with(Options::delegated()).await?;
    let keyring = Keyring::start(State::Unlocked).await?;
    let options = AppOptions { dark, size: SIZE, ..AppOptions::default() };
    let window = Window::open(options_for(&galaxy, &keyring, options)).await?;
    window.click("Just read").await?;
    window.click("Sign in").await?;
    the_browser_is_clean(&window).await?;
    a_new_account_is_clean(&window, Registration::Terms, "The server’s rules").await?;
    a_new_account_is_clean(&window, Registration::Token, "A code, please").await?;
    single_sign_on_is_clean(&window).await?;
    choose(&window, &galaxy.homeserver).await?;
    a_shared_computer_is_clean(&window, &galaxy).await
}

async fn the_browser_is_clean(window: &Window) -> Result<()> {
    window.see("Continue in your browser").await?;
    ensure!(window.focused().await? == "Continue in your browser", "Enter is all it takes");
    clean(window, "sign-in, in the browser").await?;
    window.click("Create account").await?;
    window.see("Create your account in your browser").await?;
    clean(window, "waiting for a new account").await?;
    window.click("Cancel").await?;
    window.see("Cancelled. Nothing was kept").await?;
    clean(window, "sign-in, cancelled").await?;

    window.click("Continue in your browser").await?;
    window.see("Waiting for your browser…").await?;
    clean(window, "waiting for the browser").await?;
    window.click("The browser says it cannot connect?").await?;
    window.fill("Address in the browser", "http://127.0.0.1:1/nowhere?code=1&state=2").await?;
    window.press("Enter").await?;
    window.see("This is not the address that this sign-in ends with.").await?;
    clean(window, "waiting for the browser, pasting").await?;
    window.click("Cancel").await?;
    window.see("Cancelled. Nothing was kept").await
}

async fn a_new_account_is_clean(
    window: &Window,
    registration: Registration,
    asks: &str,
) -> Result<()> {
    let homeserver = Homeserver::start(Options::registration(registration)).await?;
    choose(window, &homeserver).await?;
    window.click("Create account").await?;
    window.see("Choose a user name and a password").await?;
    ensure!(focus(window).await? == "User name");
    clean(window, "a new account").await?;
    window.fill("User name", "student").await?;
    window.fill("Password", "a password of some length").await?;
    window.press("Enter").await?;
    window.see(asks).await?;
    clean(window, asks).await?;
    if registration == Registration::Token {
        window.fill("Code", "not a code").await?;
        window.press("Enter").await?;
        window.see("The server did not take this code.").await?;
        clean(window, "a refused code").await?;
    }
    window.click("Cancel").await?;
    window.see("Cancelled. Nothing was kept").await
}

async fn single_sign_on_is_clean(window: &Window) -> Result<()> {
    for password in [true, false] {
        let homeserver = Homeserver::start(Options::single_sign_on(password)).await?;
        choose(window, &homeserver).await?;
        window.see("Continue with University").await?;
        ensure!(window.reads("Show password").await? == password);
        clean(window, "single sign-on").await?;
    }
    Ok(())
}

async fn a_shared_computer_is_clean(window: &Window, galaxy: &Galaxy) -> Result<()> {
    window.click("This computer is shared").await?;
    window.see("Your browser may still be signed in").await?;
    clean(window, "sign-in on a shared computer").await?;
    let before = window.opened_links().len();
    window.click("Continue in your browser").await?;
    let browser = Browser::start().await?;
    browser.open(&window.wait_for_link(before + 1).await?).await?;
    browser.sign_in(&galaxy.newcomer.user, &galaxy.newcomer.password).await?;
    window.see("This sign-in ends when you close the app").await?;
    clean(window, "session on a shared computer").await?;
    window.click("Settings").await?;
    window.see("because you said that this computer is shared").await?;
    clean(window, "settings on a shared computer").await?;
    window.click("Sign out").await?;
    window.see("nothing of you stays in this app").await?;
    clean(window, "signing out on a shared computer").await?;
    window.click("Yes, sign out").await?;
    window.see("You are not signed in.").await
}

/// Types the server's address, and waits until it is known what the server offers.
async fn choose(window: &Window, homeserver: &Homeserver) -> Result<()> {
    window.fill("Server", homeserver.url().as_str()).await?;
    window.press("Enter").await?;
    window.unsee("As soon as the server is known").await?;
    window.unsee("Asking http").await
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

pub async fn clean(window: &Window, screen: &str) -> Result<()> {
    let faults = window.axe().await?;
    ensure!(faults.is_empty(), "{screen}: {faults:#?}");
    let wide = "return document.documentElement.scrollWidth - innerWidth";
    ensure!(window.run_js(wide, vec![]).await? == 0, "{screen} is wider than its window");
    Ok(())
}

/// Goes on by the Tab key until the keyboard is there; at each stop it can be seen where it is.
pub async fn go_to(window: &Window, name: &str) -> Result<()> {
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
pub async fn focus(window: &Window) -> Result<String> {
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
