//! Single sign-on, by each of a homeserver's identity providers.

use anyhow::Result;
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::homeserver::Options;

use super::{CANCELLED, Desk, IN_LOBBY};
use crate::stage::fill_in;

/// Signs in on the university's page, and lets the homeserver send the browser back to the app.
async fn sign_in_there(desk: &Desk, user: &str, password: &str) -> Result<()> {
    desk.browser.arrive(desk.stage.galaxy.homeserver.university()?.issuer().as_str()).await?;
    desk.browser.sign_in(user, password).await?;
    desk.browser.click("Continue").await?;
    desk.browser.see("Go back to Galaxy Chat").await?;
    desk.stage.window.see(IN_LOBBY).await
}

#[tokio::test]
async fn either_provider_signs_in() -> Result<()> {
    let mut desk = Desk::open(Options::single_sign_on(false)).await?;
    desk.to_form().await?;
    desk.stage.window.see("with an account they have elsewhere").await?;
    assert!(!desk.stage.window.reads("User name").await?);
    desk.stage.window.click("Continue with University").await?;
    desk.stage.window.see("Go on in your browser").await?;
    desk.follow(1).await?;
    let newcomer = desk.stage.galaxy.newcomer.clone();
    sign_in_there(&desk, &newcomer.user, &newcomer.password).await?;
    desk.assert_all_there().await?;
    desk.stage.window.restart().await?;
    desk.stage.window.click_in("Main", "Galaxy Lobby").await?;
    desk.stage.window.see(IN_LOBBY).await?;
    desk.sign_out().await?;
    desk.assert_nothing_left().await?;

    // The other one brings somebody whom the homeserver does not know yet.
    desk.stage.galaxy.homeserver.university()?.enrol("student", "a password")?;
    desk.browser = Browser::start().await?;
    desk.stage.window.click_in("You are not signed in.", "Sign in").await?;
    desk.stage.window.click("Continue with Institute").await?;
    desk.follow(2).await?;
    sign_in_there(&desk, "student", "a password").await?;
    desk.stage.window.click("Settings").await?;
    desk.stage.window.see("Signed in as @student:").await
}

#[tokio::test]
async fn passwords_and_providers_are_offered_side_by_side() -> Result<()> {
    let desk = Desk::open(Options::single_sign_on(true)).await?;
    let window = &desk.stage.window;
    desk.to_form().await?;
    window.see("Or with an account that you have elsewhere:").await?;
    window.click("Continue with Institute").await?;
    window.see("Go on in your browser").await?;
    desk.follow(1).await?;
    window.click("Cancel").await?;
    window.see(CANCELLED).await?;
    desk.assert_nothing_left().await?;

    fill_in(window, &desk.stage.galaxy.newcomer).await?;
    window.see(IN_LOBBY).await?;
    desk.assert_all_there().await
}
