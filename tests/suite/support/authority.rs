//! The authorization server: in a browser, by its forms.

use std::time::Duration;

use anyhow::{Context as _, Result};
use galaxy_chat_tests::authority::{self, Reuse, Revoke};
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::homeserver::{Homeserver, Options};
use galaxy_chat_tests::matrix;
use serde_json::Value;
use tokio::time::sleep;

use super::oauth::Client;

/// A homeserver whose authorization server answers every question about a token anew.
async fn homeserver(change: impl FnOnce(&mut authority::Options)) -> Result<Homeserver> {
    let mut options = authority::Options { remembered: false, ..authority::Options::default() };
    change(&mut options);
    Homeserver::start(Options::delegated_to(options)).await
}

/// Signs in as a new account, in a browser.
async fn signed_in(homeserver: &Homeserver, browser: &Browser) -> Result<(Client, Value)> {
    let newcomer = homeserver.account("newcomer").await?;
    let client = Client::register(homeserver).await?;
    browser.open(client.address(None)?.as_str()).await?;
    browser.sign_in(&newcomer.user, &newcomer.password).await?;
    let tokens = client.tokens().await?;
    Ok((client, tokens))
}

fn text<'a>(answer: &'a Value, name: &str) -> Result<&'a str> {
    answer[name].as_str().with_context(|| format!("no {name} in {answer}"))
}

/// Whom the homeserver takes the holder of a token for.
async fn whoami(homeserver: &Homeserver, token: &str) -> Result<Value> {
    homeserver.client()?.with_session(token, "", "").whoami().await
}

async fn refused(homeserver: &Homeserver, token: &str) -> Result<String> {
    let error = whoami(homeserver, token).await.err().context("the token is good")?;
    Ok(error.downcast::<matrix::Refused>()?.code)
}

#[tokio::test]
async fn people_sign_in_on_its_pages() -> Result<()> {
    let homeserver = Homeserver::start(Options::delegated()).await?;
    let newcomer = homeserver.account("newcomer").await?;
    let client = Client::register(&homeserver).await?;
    let browser = Browser::start().await?;
    browser.open(client.address(None)?.as_str()).await?;
    browser.see("Plain client will get access to your account.").await?;
    browser.sign_in(&newcomer.user, "wrong").await?;
    browser.see("Wrong user name or password.").await?;
    browser.sign_in(&newcomer.user, &newcomer.password).await?;
    browser.see("You can go back to your app.").await?;

    assert_eq!(client.answer().await?["state"], "the-state");
    let tokens = client.tokens().await?;
    let token = text(&tokens, "access_token")?;
    let who = whoami(&homeserver, token).await?;
    assert_eq!(who["user_id"], newcomer.user_id.as_str());
    assert_eq!(who["device_id"], client.device.as_str());
    assert_eq!(homeserver.devices(&newcomer).await?, [client.device.as_str()]);

    let authority = homeserver.authority()?;
    let [session] = &authority.sessions("newcomer").await?[..] else { panic!("one session") };
    assert_eq!(session.client, "Plain client");
    let issued = authority.issued("newcomer").await?;
    for secret in [token, text(&tokens, "refresh_token")?, &client.answer().await?["code"]] {
        assert!(issued.iter().any(|issued| issued == secret), "{secret} is not in {issued:?}");
    }
    Ok(())
}

#[tokio::test]
async fn people_make_accounts_on_its_pages_and_change_their_minds() -> Result<()> {
    let homeserver = Homeserver::start(Options::delegated()).await?;
    homeserver.account("helper").await?;
    let client = Client::register(&homeserver).await?;
    let prompts = client.metadata["prompt_values_supported"].as_array().context("prompts")?;
    assert!(prompts.iter().any(|prompt| prompt == "create"));
    let browser = Browser::start().await?;
    browser.open(client.address(Some("create"))?.as_str()).await?;
    browser.create_account("helper", "a password").await?;
    browser.see("User ID already taken.").await?;
    browser.create_account("student", "a password").await?;
    let tokens = client.tokens().await?;
    let who = whoami(&homeserver, text(&tokens, "access_token")?).await?;
    assert_eq!(who["user_id"], "@student:test.localhost");

    let other = Client::register(&homeserver).await?;
    browser.open(other.address(None)?.as_str()).await?;
    browser.click("Cancel").await?;
    assert_eq!(other.answer().await?["error"], "access_denied");
    assert_eq!(homeserver.authority()?.sessions("student").await?.len(), 1);

    let closed = homeserver_without_creation().await?;
    let client = Client::register(&closed).await?;
    assert_eq!(client.metadata["prompt_values_supported"], serde_json::json!(["login"]));
    browser.open(client.address(None)?.as_str()).await?;
    browser.see("Password").await?;
    assert!(!browser.reads("Create an account").await?);
    Ok(())
}

async fn homeserver_without_creation() -> Result<Homeserver> {
    homeserver(|options| options.creation = false).await
}

#[tokio::test]
async fn tokens_are_refreshed_and_run_out() -> Result<()> {
    let homeserver =
        homeserver(|options| options.access_token_lifetime = Duration::from_secs(2)).await?;
    let browser = Browser::start().await?;
    let (client, first) = signed_in(&homeserver, &browser).await?;
    assert_eq!(first["expires_in"], 2);
    sleep(Duration::from_millis(2500)).await;
    let token = text(&first, "access_token")?;
    assert_eq!(refused(&homeserver, token).await?, "M_UNKNOWN_TOKEN");

    let second = client.refresh(text(&first, "refresh_token")?).await?;
    // The answer is taken to be lost: what it was given for still works.
    let third = client.refresh(text(&first, "refresh_token")?).await?;
    assert_eq!(client.refresh(text(&second, "refresh_token")?).await?["error"], "invalid_grant");
    whoami(&homeserver, text(&third, "access_token")?).await?;
    // It has arrived.
    assert_eq!(client.refresh(text(&first, "refresh_token")?).await?["error"], "invalid_grant");
    client.refresh(text(&third, "refresh_token")?).await.map(drop)
}

#[tokio::test]
async fn a_refresh_token_used_twice_is_refused_where_that_is_wanted() -> Result<()> {
    for reuse in [Reuse::Refuse, Reuse::EndSession] {
        let homeserver = homeserver(|options| options.reuse = reuse).await?;
        let (client, first) = signed_in(&homeserver, &Browser::start().await?).await?;
        let second = client.refresh(text(&first, "refresh_token")?).await?;
        let again = client.refresh(text(&first, "refresh_token")?).await?;
        assert_eq!(again["error"], "invalid_grant");
        let third = client.refresh(text(&second, "refresh_token")?).await?;
        assert_eq!(third["error"].is_string(), reuse == Reuse::EndSession, "{reuse:?}: {third}");
    }
    Ok(())
}

#[tokio::test]
async fn sessions_end_by_the_client_and_from_elsewhere() -> Result<()> {
    let homeserver = homeserver(|_| {}).await?;
    let authority = homeserver.authority()?;
    let browser = Browser::start().await?;
    let (client, tokens) = signed_in(&homeserver, &browser).await?;
    let newcomer = homeserver.known_account("newcomer", "");
    let token = text(&tokens, "access_token")?;

    assert_eq!(authority.revoke("newcomer", Revoke::AccessToken).await?, 1);
    assert_eq!(refused(&homeserver, token).await?, "M_UNKNOWN_TOKEN");
    let tokens = client.refresh(text(&tokens, "refresh_token")?).await?;
    whoami(&homeserver, text(&tokens, "access_token")?).await?;

    assert_eq!(authority.revoke("newcomer", Revoke::Tokens).await?, 1);
    let answer = client.refresh(text(&tokens, "refresh_token")?).await?;
    assert_eq!(answer["error"], "invalid_grant");
    assert_eq!(homeserver.devices(&newcomer).await?.len(), 1);

    let (client, tokens) = signed_in(&homeserver, &browser).await?;
    client.revoke(text(&tokens, "refresh_token")?).await?;
    assert_eq!(refused(&homeserver, text(&tokens, "access_token")?).await?, "M_UNKNOWN_TOKEN");
    assert!(!homeserver.devices(&newcomer).await?.contains(&client.device));

    let (client, tokens) = signed_in(&homeserver, &browser).await?;
    let device = &client.device;
    assert_eq!(authority.revoke_device("newcomer", device, Revoke::Session).await?, 1);
    assert_eq!(refused(&homeserver, text(&tokens, "access_token")?).await?, "M_UNKNOWN_TOKEN");
    assert!(!homeserver.devices(&newcomer).await?.contains(device));
    Ok(())
}

#[tokio::test]
async fn people_see_to_their_account_on_its_page() -> Result<()> {
    let homeserver = homeserver(|_| {}).await?;
    let browser = Browser::start().await?;
    let (client, tokens) = signed_in(&homeserver, &browser).await?;
    let page = text(&client.metadata, "account_management_uri")?;

    let new_password = "another password";
    homeserver.authority()?.create_account("trainer", "a password", "Trainer").await?;
    browser.open(&format!("{page}?action=org.matrix.profile")).await?;
    browser.fill("User name", "trainer").await?;
    browser.fill("Password", "a password").await?;
    browser.fill("New password", new_password).await?;
    browser.click("Change password").await?;
    browser.see("Your password is changed.").await?;

    let other = Client::register(&homeserver).await?;
    browser.open(other.address(None)?.as_str()).await?;
    browser.sign_in("trainer", new_password).await?;
    let trainer = other.tokens().await?;
    browser.open(&format!("{page}?action=org.matrix.devices_list")).await?;
    browser.fill("User name", "trainer").await?;
    browser.fill("Password", new_password).await?;
    browser.click("Show").await?;
    browser.click(&format!("Sign out {}", other.device)).await?;
    browser.fill("User name", "trainer").await?;
    browser.fill("Password", new_password).await?;
    browser.click("Sign out").await?;
    browser.see("You can go back to your app.").await?;
    assert_eq!(refused(&homeserver, text(&trainer, "access_token")?).await?, "M_UNKNOWN_TOKEN");
    whoami(&homeserver, text(&tokens, "access_token")?).await?;
    Ok(())
}

#[tokio::test]
async fn it_comes_back_with_all_it_knew_or_with_nothing() -> Result<()> {
    let mut homeserver = homeserver(|_| {}).await?;
    let (client, tokens) = signed_in(&homeserver, &Browser::start().await?).await?;
    let token = text(&tokens, "access_token")?;
    homeserver.authority_mut()?.stop()?;
    let error = whoami(&homeserver, token).await.err().context("nobody vouches for it")?;
    assert_eq!(error.downcast::<matrix::Refused>()?.status, 503);
    homeserver.authority_mut()?.restart().await?;
    whoami(&homeserver, token).await?;
    homeserver.restart().await?;
    whoami(&homeserver, token).await?;
    let lifetime = Duration::from_secs(7);
    homeserver.authority_mut()?.change(|options| options.access_token_lifetime = lifetime).await?;
    let tokens = client.refresh(text(&tokens, "refresh_token")?).await?;
    assert_eq!(tokens["expires_in"], 7);

    homeserver.authority_mut()?.forget().await?;
    assert_eq!(refused(&homeserver, token).await?, "M_UNKNOWN_TOKEN");
    let answer = client.refresh(text(&tokens, "refresh_token")?).await?;
    assert_eq!(answer["error"], "invalid_client");
    // The administrator is known even so.
    assert_eq!(homeserver.devices(&homeserver.known_account("newcomer", "")).await?.len(), 1);
    Ok(())
}
