//! Accounts made in the app, on homeservers that ask for one thing and another first.

use anyhow::Result;
use galaxy_chat_tests::homeserver::{Options, Registration};

use super::{CANCELLED, Desk, IN_LOBBY};

/// Fills in the form for a new account, and sends it.
async fn ask_for_account(desk: &Desk) -> Result<()> {
    let window = &desk.stage.window;
    desk.to_form().await?;
    window.click("Create account").await?;
    window.see("Choose a user name and a password").await?;
    window.fill("User name", "student").await?;
    window.fill("Password", "a long password of tests").await?;
    window.click("Create account").await
}

/// The account is there, and its user in the Lobby.
async fn assert_made(desk: &Desk) -> Result<()> {
    let window = &desk.stage.window;
    window.see(IN_LOBBY).await?;
    window.click("Settings").await?;
    window.see("Signed in as @student:").await?;
    let client = desk.stage.galaxy.homeserver.client()?;
    client.login("student", "a long password of tests").await?;
    Ok(())
}

/// The control: nobody of that name is there.
async fn assert_not_made(desk: &Desk) -> Result<()> {
    let client = desk.stage.galaxy.homeserver.client()?;
    client.login("student", "a long password of tests").await.expect_err("nobody");
    Ok(())
}

#[tokio::test]
async fn an_open_server_makes_an_account() -> Result<()> {
    let desk = Desk::open(Options::registration(Registration::Open)).await?;
    assert_not_made(&desk).await?;
    ask_for_account(&desk).await?;
    assert_made(&desk).await
}

#[tokio::test]
async fn a_name_that_is_taken_is_said_to_be() -> Result<()> {
    let desk = Desk::open(Options::registration(Registration::Open)).await?;
    let window = &desk.stage.window;
    desk.to_form().await?;
    window.click("Create account").await?;
    window.fill("User name", &desk.stage.galaxy.newcomer.user).await?;
    window.fill("Password", "a long password of tests").await?;
    window.press("Enter").await?;
    window.see("This user name belongs to somebody already.").await?;
    desk.assert_nothing_left().await?;
    window.click("Change the name").await?;
    window.fill("User name", "student").await?;
    window.click("Create account").await?;
    assert_made(&desk).await
}

#[tokio::test]
async fn a_server_with_rules_makes_an_account_for_those_who_accept_them() -> Result<()> {
    let desk = Desk::open(Options::registration(Registration::Terms)).await?;
    let window = &desk.stage.window;
    ask_for_account(&desk).await?;
    window.see("asks you to accept its rules").await?;
    // They can be read before.
    window.click_in("The server’s rules", &policy(window).await?).await?;
    desk.follow(1).await?;
    desk.browser.see("Be kind.").await?;
    assert_not_made(&desk).await?;
    window.click("I accept").await?;
    assert_made(&desk).await
}

/// The name of the one link among the rules.
async fn policy(window: &galaxy_chat_tests::window::Window) -> Result<String> {
    let name = window.run_js("return document.querySelector('.policies a').innerText", vec![]);
    Ok(name.await?.as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_server_with_codes_makes_an_account_for_those_who_have_one() -> Result<()> {
    let desk = Desk::open(Options::registration(Registration::Token)).await?;
    let window = &desk.stage.window;
    ask_for_account(&desk).await?;
    window.see("A code, please").await?;
    window.click("Cancel").await?;
    window.see(CANCELLED).await?;
    assert_not_made(&desk).await?;

    window.click("Create account").await?;
    window.fill("Code", "wrong").await?;
    window.click("Continue").await?;
    window.see("The server did not take this code.").await?;
    assert_not_made(&desk).await?;
    let code = desk.stage.galaxy.homeserver.registration_token().await?;
    window.fill("Code", &code).await?;
    window.click("Continue").await?;
    assert_made(&desk).await
}
