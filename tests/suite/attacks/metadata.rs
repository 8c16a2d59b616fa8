//! Descriptions of sign-in pages that lead astray.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result};
use galaxy_chat_core::wire::ErrorKind;
use galaxy_chat_tests::authority;
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::Options;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::between::{Between, Deed};
use super::{Desktop, devices, galaxy};
use crate::session::until;
use crate::stub::Stub;

const METADATA: &str = "/auth_metadata";
const REGISTRATION: &str = "/oauth2/registration";
const TOKEN: &str = "/oauth2/token";

/// How long access tokens last where the app is to refresh them.
const LIFETIME: Duration = Duration::from_secs(3);

/// Puts other values into the description.
fn with(values: Value) -> Deed {
    Deed::Change(Box::new(move |text| {
        let Ok(Value::Object(mut metadata)) = serde_json::from_str(&text) else { return text };
        metadata.extend(values.as_object().cloned().unwrap_or_default());
        Value::Object(metadata).to_string()
    }))
}

/// What a client that does not check it would go by.
async fn served(between: &Between) -> Result<Value> {
    let address = format!("{}/_matrix/client/v1{METADATA}", between.url());
    Ok(reqwest::get(address).await?.json().await?)
}

/// A server that takes what it can get, and what it was asked.
async fn thief() -> Result<(Stub, impl Fn() -> Vec<String>)> {
    let visits = Arc::new(Mutex::new(Vec::new()));
    let seen = visits.clone();
    let thief = Stub::start(move |request| {
        seen.lock().expect("nobody panics").push(request.to_owned());
        let loot =
            json!({ "client_id": "the-thief's", "access_token": "x", "token_type": "Bearer" });
        (200, "application/json", loot.to_string())
    })
    .await?;
    Ok((thief, move || visits.lock().expect("nobody panics").clone()))
}

/// Descriptions whose parts do not belong together, or in which others can read.
fn astray(own: &str) -> Vec<Value> {
    let other = "http://127.0.0.1:9/";
    let plain = "http://account.example.org/";
    let all = |at: &str| {
        json!({
            "issuer": at,
            "authorization_endpoint": format!("{at}authorize"),
            "token_endpoint": format!("{at}oauth2/token"),
            "registration_endpoint": format!("{at}oauth2/registration"),
            "revocation_endpoint": format!("{at}oauth2/revoke"),
        })
    };
    vec![
        json!({ "issuer": other }),
        json!({ "issuer": "https://account.example.org/" }),
        json!({ "authorization_endpoint": format!("{other}authorize") }),
        json!({ "authorization_endpoint": "https://account.example.org/authorize" }),
        json!({ "authorization_endpoint": format!("{}/authorize", own.replace("127.0.0.1", "localhost")) }),
        json!({ "authorization_endpoint": format!("{}/authorize", own.replace("//", "//account.example.org@")) }),
        json!({ "authorization_endpoint": "javascript:alert(1)" }),
        json!({ "authorization_endpoint": "file:///etc/passwd" }),
        json!({ "authorization_endpoint": 7 }),
        json!({ "token_endpoint": format!("{other}oauth2/token") }),
        json!({ "token_endpoint": "https://account.example.org/oauth2/token" }),
        json!({ "registration_endpoint": format!("{other}oauth2/registration") }),
        json!({ "revocation_endpoint": format!("{other}oauth2/revoke") }),
        json!({ "revocation_endpoint": "https://account.example.org/oauth2/revoke" }),
        json!({ "registration_endpoint": format!("{plain}oauth2/registration") }),
        json!({ "revocation_endpoint": format!("{plain}oauth2/revoke") }),
        all(plain),
        all("http://127.0.0.1.example.org/"),
    ]
}

#[tokio::test]
async fn pages_that_do_not_belong_together_are_not_opened() -> Result<()> {
    let galaxy = galaxy().await?;
    let between = Between::start(&galaxy).await?;
    let desktop = Desktop::start(&galaxy).await?;
    for values in astray(between.url()) {
        let put = values.clone();
        between.plan(
            move |request| {
                if request.path.ends_with(METADATA) { with(put.clone()) } else { Deed::Pass }
            },
        );
        // Whoever does not check would be led by it.
        let served = served(&between).await?;
        for (name, value) in values.as_object().context("is an object")? {
            assert_eq!(&served[name], value);
        }
        let error = desktop.core.app.discover(between.url()).await.expect_err("it is astray");
        assert_eq!(error.kind, ErrorKind::SignInPageUntrusted, "{values}");
        let refused = desktop.is_refused(between.url()).await?;
        assert_eq!(refused, ErrorKind::SignInPageUntrusted, "{values}");
    }
    assert_eq!(between.asked(REGISTRATION) + between.asked(TOKEN), 0);

    // The control: through the same hands, the honest one is good.
    between.be_honest();
    desktop.core.app.discover(between.url()).await?;
    desktop.sign_in(&galaxy, between.url()).await?;
    assert_eq!((between.asked(REGISTRATION), between.asked(TOKEN)), (1, 1));
    devices(&galaxy, 1).await
}

#[tokio::test]
async fn what_changes_after_the_look_is_looked_at_again() -> Result<()> {
    let galaxy = galaxy().await?;
    let between = Between::start(&galaxy).await?;
    let desktop = Desktop::start(&galaxy).await?;
    for values in astray(between.url()) {
        let (put, asked) = (values.clone(), AtomicUsize::new(0));
        between.plan(move |request| {
            let honest =
                !request.path.ends_with(METADATA) || asked.fetch_add(1, Ordering::SeqCst) == 0;
            if honest { Deed::Pass } else { with(put.clone()) }
        });
        // What the user is shown is the honest one.
        let offer = desktop.core.app.discover(between.url()).await?;
        let shown = offer.oauth.context("it is offered")?.host;
        assert_eq!(format!("http://{shown}"), between.url());
        let refused = desktop.is_refused(between.url()).await?;
        assert_eq!(refused, ErrorKind::SignInPageUntrusted, "{values}");
    }
    assert_eq!(between.asked(TOKEN), 0);
    between.be_honest();
    desktop.sign_in(&galaxy, between.url()).await
}

#[tokio::test]
async fn nobody_is_followed_to_another_host() -> Result<()> {
    let galaxy = galaxy().await?;
    let between = Between::start(&galaxy).await?;
    let desktop = Desktop::start(&galaxy).await?;
    let (thief, visits) = thief().await?;
    let elsewhere = format!("{}/stolen", thief.url().replace("127.0.0.1", "localhost"));
    let lead = |path: &'static str| {
        let to = elsewhere.clone();
        between.plan(move |request| {
            if request.path.ends_with(path) { Deed::Lead(to.clone()) } else { Deed::Pass }
        });
    };

    lead(METADATA);
    assert_eq!(desktop.is_refused(between.url()).await?, ErrorKind::SignInPageUntrusted);
    lead(REGISTRATION);
    desktop.is_refused(between.url()).await?;
    assert_eq!(between.asked(REGISTRATION), 1);
    // With a code that is good, and that only the honest server may have.
    between.be_honest();
    let browser = Browser::start().await?;
    let waiting = desktop.wait(between.url()).await?;
    lead(TOKEN);
    browser.open(&waiting.page).await?;
    browser.sign_in(&galaxy.newcomer.user, &galaxy.newcomer.password).await?;
    browser.see("Go back to Galaxy Chat").await?;
    waiting.task.await?.expect_err("it was led astray");
    assert_eq!(between.asked(TOKEN), 1);
    desktop.assert_nothing_kept();
    devices(&galaxy, 0).await?;
    assert_eq!(visits(), Vec::<String>::new());

    // The control: who follows takes the code along.
    let token = format!("{}{TOKEN}", between.url());
    reqwest::Client::new().post(token).body("code=the-code").send().await?;
    assert_eq!(visits(), ["POST /stolen"]);
    between.be_honest();
    desktop.sign_in(&galaxy, between.url()).await?;
    devices(&galaxy, 1).await
}

/// The SDK asks at each refresh where the tokens are to be sent.
#[tokio::test]
async fn a_refresh_token_goes_to_whom_it_came_from_and_nobody_else() -> Result<()> {
    let options = authority::Options {
        remembered: false,
        access_token_lifetime: LIFETIME,
        ..authority::Options::default()
    };
    let galaxy = Galaxy::start_with(Options::delegated_to(options)).await?;
    let between = Between::start(&galaxy).await?;
    let desktop = Desktop::start(&galaxy).await?;
    desktop.sign_in(&galaxy, between.url()).await?;
    let (thief, visits) = thief().await?;
    let endpoint = format!("{}{TOKEN}", thief.url());
    let put = json!({ "token_endpoint": endpoint });
    between.plan(
        move |request| {
            if request.path.ends_with(METADATA) { with(put.clone()) } else { Deed::Pass }
        },
    );
    let metadata = format!("/_matrix/client/v1{METADATA}");
    let before = between.asked(&metadata);
    until("refreshes", async || {
        let _ = desktop.core.app.join(galaxy.alias("dev")?, &[]).await;
        Ok(between.asked(&metadata) > before + 1)
    })
    .await?;
    assert_eq!(visits(), Vec::<String>::new());
    between.be_honest();
    desktop.core.join(galaxy.alias("tools")?).await?;

    // The control: who goes by what the homeserver says now takes the token along.
    reqwest::Client::new().post(endpoint).body("refresh_token=x").send().await?;
    assert_eq!(visits(), [format!("POST {TOKEN}")]);
    Ok(())
}

/// An authorization server can send the browser on to another one, to be given that one's code. Who gave
/// the code is in the address that the browser comes back with.
#[tokio::test]
async fn an_answer_of_another_server_is_refused() -> Result<()> {
    let galaxy = galaxy().await?;
    let between = Between::start(&galaxy).await?;
    let desktop = Desktop::start(&galaxy).await?;
    let evil = "https%3A%2F%2Fevil.example%2F";
    let browser = Browser::start().await?;
    let waiting = desktop.wait(between.url()).await?;
    let back = waiting.back.to_string();
    let tokens = between.asked(TOKEN);
    between.plan(move |request| {
        if request.path.ends_with(METADATA) {
            return Deed::Pass;
        }
        let back = back.clone();
        Deed::Change(Box::new(move |text| {
            if !text.contains(&back) || !text.starts_with("location: ") {
                return text;
            }
            let (address, end) = text.split_at(text.trim_end().len());
            let kept: Vec<_> =
                address.split('&').filter(|part| !part.starts_with("iss=")).collect();
            format!("{}&iss={evil}{end}", kept.join("&"))
        }))
    });
    browser.open(&waiting.page).await?;
    browser.sign_in(&galaxy.newcomer.user, &galaxy.newcomer.password).await?;
    browser.see("Go back to Galaxy Chat").await?;
    let error = waiting.task.await?.expect_err("it is another server's");
    assert_eq!(error.kind, ErrorKind::SignInRefused);
    assert_eq!(between.asked(TOKEN), tokens, "the code was given away");
    desktop.assert_nothing_kept();
    between.be_honest();
    devices(&galaxy, 0).await?;
    // The control: with its own name in it, the same way leads in.
    desktop.sign_in(&galaxy, between.url()).await?;
    devices(&galaxy, 1).await
}

/// The same where the browser cannot come back, and the user brings its address.
#[tokio::test]
async fn a_pasted_answer_of_another_server_is_refused() -> Result<()> {
    let galaxy = galaxy().await?;
    let between = Between::start(&galaxy).await?;
    let desktop = Desktop::start(&galaxy).await?;
    let encoded = |issuer: &str| {
        let issuer: String = form_urlencoded::byte_serialize(issuer.as_bytes()).collect();
        format!("&iss={issuer}")
    };
    let (own, foreign) = (encoded(between.url()), encoded("https://evil.example/"));
    // The code is none, so that the server of the control refuses it, and not the app.
    for (issuers, is_asked) in [
        (foreign.clone(), false),
        (String::new(), false),
        (format!("{own}{foreign}"), false),
        (encoded(&between.url().replace("127.0.0.1", "localhost")), false),
        ("&iss=".to_owned(), false),
        (own, true),
    ] {
        let tokens = between.asked(TOKEN);
        let waiting = desktop.wait(between.url()).await?;
        let address = format!("{}?code=x&state={}{issuers}", waiting.back, waiting.state);
        desktop.core.app.paste_address(&address)?;
        let error = waiting.task.await?.expect_err("it is another server's, or no code");
        assert_eq!(error.kind, ErrorKind::SignInRefused, "{issuers}");
        assert_eq!(between.asked(TOKEN) - tokens, usize::from(is_asked), "{issuers}");
        desktop.assert_nothing_kept();
    }

    // What the browser stands at, as it is, is taken.
    let browser = Browser::start_blocking("||127.0.0.1^*/signed-in?").await?;
    let waiting = desktop.wait(between.url()).await?;
    browser.open(&waiting.page).await?;
    browser.sign_in(&galaxy.newcomer.user, &galaxy.newcomer.password).await?;
    let at = async || Ok(browser.url().await?.path() == "/signed-in");
    until("the browser is at its end", at).await?;
    desktop.core.app.paste_address(browser.url().await?.as_str())?;
    waiting.task.await??;
    desktop.core.signed_in().await?;
    devices(&galaxy, 1).await
}
