//! Each way to make an account with the homeserver alone.

use anyhow::{Context as _, Result};
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::homeserver::{Homeserver, Options, Registration, random};
use serde_json::{Value, json};

/// What the homeserver answers to a try to make the account `student`.
async fn register(homeserver: &Homeserver, auth: Value) -> Result<Value> {
    let mut body = json!({ "username": "student", "password": "a password for tests" });
    if auth.is_object() {
        body["auth"] = auth;
    }
    post(homeserver, "register", &body).await
}

async fn post(homeserver: &Homeserver, path: &str, body: &Value) -> Result<Value> {
    let url = homeserver.url().join("_matrix/client/v3/")?.join(path)?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    Ok(http.post(url).json(body).send().await?.json().await?)
}

/// The steps that the homeserver asks for, and the name of the conversation about them.
async fn steps(homeserver: &Homeserver) -> Result<(Vec<String>, String)> {
    let answer = register(homeserver, Value::Null).await?;
    let session = answer["session"].as_str().with_context(|| answer.to_string())?;
    let steps = serde_json::from_value(answer["flows"][0]["stages"].clone())?;
    Ok((steps, session.to_owned()))
}

fn made(answer: &Value) {
    assert_eq!(answer["user_id"], "@student:test.localhost", "{answer}");
    assert!(answer["access_token"].is_string());
}

#[tokio::test]
async fn nobody_makes_one_unless_it_is_said() -> Result<()> {
    let homeserver = Homeserver::start(Options::default()).await?;
    assert_eq!(register(&homeserver, Value::Null).await?["errcode"], "M_FORBIDDEN");
    Ok(())
}

#[tokio::test]
async fn everybody_makes_one() -> Result<()> {
    let homeserver = Homeserver::start(Options::registration(Registration::Open)).await?;
    let (steps, session) = steps(&homeserver).await?;
    assert_eq!(steps, ["m.login.dummy"]);
    let auth = json!({ "type": "m.login.dummy", "session": session });
    made(&register(&homeserver, auth).await?);
    Ok(())
}

#[tokio::test]
async fn those_who_agree_to_the_rules_make_one() -> Result<()> {
    let homeserver = Homeserver::start(Options::registration(Registration::Terms)).await?;
    let answer = register(&homeserver, Value::Null).await?;
    let policies = &answer["params"]["m.login.terms"]["policies"];
    let rules = policies["privacy_policy"]["en"]["url"].as_str().context("the rules")?.to_owned();
    let (steps, session) = steps(&homeserver).await?;
    assert_eq!(steps, ["m.login.terms", "m.login.dummy"]);
    let browser = Browser::start().await?;
    browser.open(&rules).await?;
    browser.see("Be kind.").await?;

    let auth = json!({ "type": "m.login.dummy", "session": session });
    assert!(register(&homeserver, auth).await?["access_token"].is_null());
    browser.open(&fallback(&homeserver, "m.login.terms", &session)).await?;
    browser.click("Agree").await?;
    browser.see("Thank you").await?;
    made(&register(&homeserver, json!({ "session": session })).await?);
    Ok(())
}

#[tokio::test]
async fn those_with_a_token_make_one() -> Result<()> {
    let homeserver = Homeserver::start(Options::registration(Registration::Token)).await?;
    let (steps, session) = steps(&homeserver).await?;
    assert_eq!(steps[0], "m.login.registration_token");
    let auth = |token: &str| json!({ "type": "m.login.registration_token", "token": token, "session": session });
    assert!(register(&homeserver, auth("wrong")).await?["access_token"].is_null());
    let token = homeserver.registration_token().await?;
    let mut answer = register(&homeserver, auth(&token)).await?;
    if let Some("m.login.dummy") = steps.get(1).map(String::as_str) {
        let auth = json!({ "type": "m.login.dummy", "session": session });
        answer = register(&homeserver, auth).await?;
    }
    made(&answer);
    Ok(())
}

#[tokio::test]
async fn those_with_an_address_for_mail_make_one() -> Result<()> {
    let homeserver = Homeserver::start(Options::registration(Registration::Email)).await?;
    let (steps, session) = steps(&homeserver).await?;
    assert_eq!(steps, ["m.login.email.identity"]);
    let (secret, address) = (random()?, "student@test.localhost");
    let body = json!({ "client_secret": secret, "email": address, "send_attempt": 1 });
    let asked = post(&homeserver, "register/email/requestToken", &body).await?;
    let sid = asked["sid"].as_str().with_context(|| asked.to_string())?;
    let proof = json!({ "sid": sid, "client_secret": secret });
    let auth =
        json!({ "type": "m.login.email.identity", "session": session, "threepid_creds": proof });
    assert!(register(&homeserver, auth.clone()).await?["access_token"].is_null());

    let browser = Browser::start().await?;
    browser.open(&homeserver.mailbox()?.link(address).await?).await?;
    browser.see("Your email has now been validated").await?;
    made(&register(&homeserver, auth).await?);
    Ok(())
}

fn fallback(homeserver: &Homeserver, step: &str, session: &str) -> String {
    format!("{}_matrix/client/v3/auth/{step}/fallback/web?session={session}", homeserver.url())
}
