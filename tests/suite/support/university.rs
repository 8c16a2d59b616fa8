//! Single sign-on: in a browser, by its forms.

use anyhow::{Context as _, Result};
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::homeserver::{Homeserver, Options};
use galaxy_chat_tests::university::NAMES;
use galaxy_chat_tests::website::Website;
use reqwest::Method;
use serde_json::{Value, json};

use super::oauth::came_back;

const LOGIN: [&str; 4] = ["_matrix", "client", "v3", "login"];

async fn flows(homeserver: &Homeserver) -> Result<Vec<Value>> {
    let answer = homeserver.client()?.request(Method::GET, &LOGIN, &[], None).await?;
    Ok(answer["flows"].as_array().context("flows")?.clone())
}

/// Sends a browser through the sign-on, and answers what it came back with changed for a session.
async fn sign_in(homeserver: &Homeserver, provider: &str, name: &str, word: &str) -> Result<Value> {
    let back = Website::start("You can go back to your app.").await?;
    let mut address = homeserver.url().join("_matrix/client/v3/login/sso/redirect/")?;
    address = address.join(provider)?;
    address.query_pairs_mut().append_pair("redirectUrl", &back.url("back"));
    let browser = Browser::start().await?;
    browser.open(address.as_str()).await?;
    let university = homeserver.university()?.issuer().as_str();
    browser.arrive(university).await?;
    browser.sign_in(name, "wrong").await?;
    browser.see("Wrong user name or password.").await?;
    browser.sign_in(name, word).await?;
    // The homeserver asks whether the app is to be trusted.
    browser.click("Continue").await?;
    let token = came_back(&back, "back").await?.remove("loginToken").context("no token")?;
    let body = json!({ "type": "m.login.token", "token": token });
    homeserver.client()?.request(Method::POST, &LOGIN, &[], Some(&body)).await
}

#[tokio::test]
async fn people_come_by_either_of_two_names() -> Result<()> {
    let homeserver = Homeserver::start(Options::single_sign_on(true)).await?;
    let flows = flows(&homeserver).await?;
    assert!(flows.iter().any(|flow| flow["type"] == "m.login.password"));
    let flow = flows.iter().find(|flow| flow["type"] == "m.login.sso").context("sign-on")?;
    let offered = flow["identity_providers"].as_array().context("providers")?;
    let names: Vec<_> = offered.iter().filter_map(|offered| offered["name"].as_str()).collect();
    assert_eq!(names, NAMES.map(|(_, name)| name));

    let newcomer = homeserver.account("newcomer").await?;
    newcomer.sign_in().await?;
    let university = offered[0]["id"].as_str().context("an id")?;
    let session = sign_in(&homeserver, university, "newcomer", &newcomer.password).await?;
    assert_eq!(session["user_id"], newcomer.user_id.as_str());

    // Somebody who has no account yet gets one.
    homeserver.university()?.enrol("student", "a password")?;
    let institute = offered[1]["id"].as_str().context("an id")?;
    let session = sign_in(&homeserver, institute, "student", "a password").await?;
    assert_eq!(session["user_id"], "@student:test.localhost");
    Ok(())
}

#[tokio::test]
async fn passwords_can_be_off() -> Result<()> {
    let homeserver = Homeserver::start(Options::single_sign_on(false)).await?;
    let flows = flows(&homeserver).await?;
    assert!(flows.iter().any(|flow| flow["type"] == "m.login.sso"));
    assert!(flows.iter().all(|flow| flow["type"] != "m.login.password"), "{flows:?}");
    let newcomer = homeserver.account("newcomer").await?;
    homeserver.client()?.login("newcomer", &newcomer.password).await.expect_err("not by password");
    // Those who only play a part get in by the administrator.
    assert_eq!(newcomer.sign_in().await?.whoami().await?["user_id"], newcomer.user_id.as_str());
    Ok(())
}
