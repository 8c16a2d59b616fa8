//! The pages of an authorization server: signing in, making an account, coming back, giving up.

use anyhow::Result;
use galaxy_chat_tests::authority::Options;
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::homeserver;
use tokio::time::{Duration, sleep};

use super::{CANCELLED, Desk, IN_LOBBY, delegated};
use crate::attacks::page_behind;
use crate::session::until;

const GO_ON: &str = "Continue in your browser";
/// The form of the address that leads back to the app.
const BACK: &str = "||127.0.0.1^*/signed-in?";
const PASTE: &str = "The browser says it cannot connect?";

#[tokio::test]
async fn the_servers_page_signs_in_for_this_day_and_the_next() -> Result<()> {
    let mut desk = Desk::open(delegated()).await?;
    desk.to_form().await?;
    let host = desk.host()?;
    desk.stage.window.see(&format!("Your browser opens {host}, which asks")).await?;
    desk.stage.window.click(GO_ON).await?;
    desk.stage.window.see(&format!("A page of {host} has opened there.")).await?;
    desk.follow(1).await?;
    desk.sign_in_there().await?;
    desk.assert_all_there().await?;

    desk.stage.window.restart().await?;
    desk.stage.window.click_in("Main", "Galaxy Lobby").await?;
    desk.stage.window.see(IN_LOBBY).await?;
    desk.stage.window.see("Connected").await?;

    without_servers(&mut desk).await?;
    desk.sign_out().await?;
    desk.assert_nothing_left().await?;
    // With nothing left, the next start knows nobody.
    desk.stage.window.restart().await?;
    desk.stage.window.see("Ask the Galaxy community, and be answered").await
}

/// The app starts signed in, and shows what it has.
async fn without_servers(desk: &mut Desk) -> Result<()> {
    let stage = &mut desk.stage;
    stage.window.close().await?;
    stage.galaxy.homeserver.authority_mut()?.stop()?;
    stage.galaxy.homeserver.stop()?;
    stage.window.start().await?;
    stage.window.click_in("Main", "Galaxy Lobby").await?;
    stage.window.see(IN_LOBBY).await?;
    stage.window.see("Offline, trying again").await?;
    stage.galaxy.homeserver.authority_mut()?.restart().await?;
    stage.galaxy.homeserver.restart().await?;
    stage.window.see("Connected").await
}

#[tokio::test]
async fn the_servers_page_makes_an_account() -> Result<()> {
    let desk = Desk::open(delegated()).await?;
    desk.to_form().await?;
    desk.stage.window.click("Create account").await?;
    desk.stage.window.see("Create your account in your browser").await?;
    let link = desk.stage.window.wait_for_link(1).await?;
    desk.browser.open(&link).await?;
    // It is the page for new accounts that opens, without a further click.
    desk.browser.see("Sign in to an existing account").await?;
    desk.browser.create_account("student", "a long password").await?;
    desk.browser.see("Go back to Galaxy Chat").await?;
    desk.stage.window.see(IN_LOBBY).await?;
    desk.stage.window.click("Settings").await?;
    desk.stage.window.see("Signed in as @student:").await?;
    let sessions = desk.stage.galaxy.homeserver.authority()?.sessions("student").await?;
    assert_eq!(sessions.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_server_that_makes_no_accounts_offers_none() -> Result<()> {
    let options = Options { creation: false, ..Options::default() };
    let desk = Desk::open(homeserver::Options::delegated_to(options)).await?;
    desk.to_form().await?;
    desk.stage.window.see("Your browser opens").await?;
    desk.stage.window.see("It makes none from here").await?;
    assert!(!desk.stage.window.reads("Create account").await?);
    desk.stage.window.click("How to get an account").await
}

#[tokio::test]
async fn a_browser_that_cannot_come_back_is_helped_by_hand() -> Result<()> {
    let mut desk = Desk::open(delegated()).await?;
    desk.browser = Browser::start_blocking(BACK).await?;
    let window = &desk.stage.window;
    desk.to_form().await?;
    window.click(GO_ON).await?;
    let address = stranded(&desk, 1).await?;
    window.see("Waiting for your browser…").await?;

    // What is not the end of this sign-in is not taken for it.
    window.click(PASTE).await?;
    let link = window.wait_for_link(1).await?;
    for other in [link.as_str(), &address.replace("state=", "state=x"), "not an address"] {
        window.fill("Address in the browser", other).await?;
        window.click("Go on with this address").await?;
        window.see("This is not the address that this sign-in ends with.").await?;
        window.see("The sign-in is still waiting.").await?;
    }
    window.fill("Address in the browser", &address).await?;
    window.click("Go on with this address").await?;
    window.see(IN_LOBBY).await?;
    desk.assert_all_there().await
}

/// Signs in with a browser that may not call the app; the address at which it stands then.
async fn stranded(desk: &Desk, link: usize) -> Result<String> {
    desk.follow(link).await?;
    let newcomer = &desk.stage.galaxy.newcomer;
    desk.browser.sign_in(&newcomer.user, &newcomer.password).await?;
    let at = async || Ok(desk.browser.url().await?.path() == "/signed-in");
    until("the browser is at its end", at).await?;
    Ok(desk.browser.url().await?.to_string())
}

#[tokio::test]
async fn a_sign_in_cancelled_while_the_browser_is_away_leaves_nothing() -> Result<()> {
    let desk = Desk::open(delegated()).await?;
    let window = &desk.stage.window;
    desk.to_form().await?;
    window.click(GO_ON).await?;
    let link = window.wait_for_link(1).await?;
    window.click("Open the browser again").await?;
    let again = window.wait_for_link(2).await?;
    assert_ne!(again, link, "an address leads to the page once");
    assert!(page_behind(&again).await?.contains("state="));
    desk.browser.open(&link).await?;
    desk.browser.see("User name").await?;
    window.click("Cancel").await?;
    window.see(CANCELLED).await?;
    desk.assert_nothing_left().await?;

    // Whoever goes on in the browser all the same comes back to nobody.
    let newcomer = &desk.stage.galaxy.newcomer;
    desk.browser.sign_in(&newcomer.user, &newcomer.password).await?;
    let at = async || Ok(desk.browser.url().await?.path() == "/signed-in");
    until("the browser is at its end", at).await?;
    desk.browser.see("This link does not work").await?;
    assert!(desk.stage.galaxy.homeserver.devices(newcomer).await?.is_empty());
    assert!(!window.reads(IN_LOBBY).await?);

    // In the browser one can give up as well.
    window.click(GO_ON).await?;
    let fresh = Browser::start().await?;
    fresh.open(&window.wait_for_link(3).await?).await?;
    fresh.click("Cancel").await?;
    fresh.see("The sign-in was not completed").await?;
    window.see(CANCELLED).await?;
    assert!(desk.stage.galaxy.homeserver.devices(newcomer).await?.is_empty());

    window.click(GO_ON).await?;
    desk.follow(4).await?;
    desk.sign_in_there().await?;
    assert_eq!(desk.stage.galaxy.homeserver.devices(newcomer).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_sign_in_cancelled_after_the_browser_came_back_leaves_nothing() -> Result<()> {
    let mut desk = Desk::open(delegated()).await?;
    desk.browser = Browser::start_blocking(BACK).await?;
    let window = &desk.stage.window;
    desk.to_form().await?;
    window.click(GO_ON).await?;
    let address = stranded(&desk, 1).await?;
    // The server gets the app's last question, and answers it only after the user has given up.
    let authority = desk.stage.galaxy.homeserver.authority()?;
    authority.freeze()?;
    window.click(PASTE).await?;
    window.fill("Address in the browser", &address).await?;
    window.click("Go on with this address").await?;
    window.see("confirms your sign-in…").await?;
    window.click("Cancel").await?;
    window.see(CANCELLED).await?;
    // Longer than a user is let wait for the answer.
    sleep(Duration::from_secs(35)).await;
    authority.thaw()?;
    desk.assert_nothing_left().await?;

    desk.browser = Browser::start().await?;
    let window = &desk.stage.window;
    window.click(GO_ON).await?;
    desk.follow(2).await?;
    desk.sign_in_there().await?;
    desk.assert_all_there().await
}

#[tokio::test]
async fn the_servers_own_pages_of_an_account_open() -> Result<()> {
    let desk = Desk::open(delegated()).await?;
    let window = &desk.stage.window;
    desk.to_form().await?;
    window.click(GO_ON).await?;
    desk.follow(1).await?;
    desk.sign_in_there().await?;
    window.click("Settings").await?;
    let pages = [
        ("Manage account", "Your account"),
        ("Devices", "Your devices"),
        // It has no address of its own in the standard, so the account's first page opens.
        ("Change password", "User name"),
    ];
    for (number, (button, title)) in pages.into_iter().enumerate() {
        window.click(button).await?;
        let link = window.wait_for_link(number + 2).await?;
        let issuer = desk.stage.galaxy.homeserver.authority()?.issuer().as_str();
        assert!(link.starts_with(issuer), "{link}");
        desk.browser.open(&link).await?;
        desk.browser.see(title).await?;
    }
    Ok(())
}
