//! What a server says to somebody who signs in.

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_core::wire::{ErrorKind, Session};
use galaxy_chat_tests::galaxy::Galaxy;
use serde_json::json;
use tokio::time::timeout;
use url::form_urlencoded;

use super::answers::Answer;
use super::panics::Panics;
use super::{Draw, MAX_DISCOVERY, OUTCOME_TIMEOUT, Place, is_usable, is_wanted, only, was_asked};
use crate::attacks::between::{Between, Deed, Twist};
use crate::attacks::{self, Desktop};
use crate::core::run::{Computer, Core};
use crate::session::until;

const LOGIN: Place = Place { method: "POST", path: "/_matrix/client/v3/login", optional: false };
const REGISTRATION: Place = Place { method: "POST", path: "/oauth2/registration", optional: false };
const TOKEN: Place = Place { method: "POST", path: "/oauth2/token", optional: false };
const WHOAMI: Place = Place { method: "GET", path: "/account/whoami", optional: false };

#[tokio::test]
async fn whatever_is_said_to_a_password_leaves_nothing_half_done() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.signed_out().await?;
    let panics = Panics::watch();
    let mut draw = Draw::new(24, 2)?;
    for (number, (place, answer)) in draw
        .cases(&[LOGIN], MAX_DISCOVERY)
        .into_iter()
        .enumerate()
        .filter(|(number, _)| is_wanted(*number))
    {
        let name = || draw.name(number, place, &answer);
        let said = by_password(&galaxy, &computer, &core, &answer).await.with_context(name)?;
        check_outcome(place, &answer, said).with_context(name)?;
        panics.check().with_context(name)?;
    }
    Ok(())
}

async fn by_password(
    galaxy: &Galaxy,
    computer: &Computer,
    core: &Core,
    answer: &Answer,
) -> Result<Option<ErrorKind>> {
    let between = Between::start(galaxy).await?;
    between.plan(only(LOGIN, answer));
    let newcomer = &galaxy.newcomer;
    let try_it = || core.try_sign_in(between.url(), &newcomer.user, &newcomer.password);
    let said =
        timeout(OUTCOME_TIMEOUT, try_it()).await.context("silence")?.err().map(|error| error.kind);
    ensure!(was_asked(&between, LOGIN), "it was not asked");
    is_usable(core, said.is_none()).await?;
    between.be_honest();
    if said.is_none() {
        core.app.sign_out().await;
    }
    let now = core.now().session;
    ensure!(now == Some(Session::SignedOut { unfinished: None, set_aside: false }), "{now:?}");
    let files = computer.files();
    ensure!(said.is_none() || files.is_empty(), "{files:?} were left behind");
    until("no key", async || Ok(computer.keys() == 0)).await?;
    try_it().await.context("the honest server")?;
    core.app.sign_out().await;
    Ok(said)
}

/// A server may take longer than the user waits.
#[tokio::test]
async fn a_session_that_comes_too_late_is_given_back() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.signed_out().await?;
    let between = Between::start(&galaxy).await?;
    between.plan(|request| if LOGIN.is(request) { Deed::KeepBack } else { Deed::Pass });
    let newcomer = &galaxy.newcomer;
    let try_it = || core.try_sign_in(between.url(), &newcomer.user, &newcomer.password);
    let said = timeout(OUTCOME_TIMEOUT, try_it()).await.context("silence")?;
    let said = said.err().map(|error| error.kind);
    ensure!(said == Some(ErrorKind::ServerUnreachable), "{said:?}");
    let devices = || galaxy.homeserver.devices(newcomer);
    ensure!(devices().await?.len() == 1, "the control: the server has made a device");
    between.release();
    until("no device", async || Ok(devices().await?.is_empty())).await?;
    ensure!(computer.files().is_empty(), "{:?} were left behind", computer.files());
    between.be_honest();
    try_it().await.context("the honest server")
}

#[tokio::test]
async fn whatever_is_said_to_a_browsers_code_leaves_nothing_half_done() -> Result<()> {
    let galaxy = attacks::galaxy().await?;
    let panics = Panics::watch();
    let mut draw = Draw::new(20, 3)?;
    let places = [REGISTRATION, TOKEN, WHOAMI];
    for (number, (place, answer)) in draw
        .cases(&places, MAX_DISCOVERY)
        .into_iter()
        .enumerate()
        .filter(|(number, _)| is_wanted(*number))
    {
        let name = || draw.name(number, place, &answer);
        let between = Between::start(&galaxy).await?;
        let desktop = Desktop::start(&galaxy).await?;
        let said = by_code(&desktop, &between, place, &answer).await.with_context(name)?;
        check_outcome(place, &answer, said).with_context(name)?;
        panics.check().with_context(name)?;
        between.be_honest();
        // The same server, once it is well: up to the browser, and the last time with it.
        if number + 1 == draw.number {
            desktop.sign_in(&galaxy, between.url()).await?;
        } else {
            desktop.wait(between.url()).await?;
        }
    }
    Ok(())
}

/// Whether it is true what is said of an answer; `None` stands for a session.
fn check_outcome(place: Place, answer: &Answer, said: Option<ErrorKind>) -> Result<()> {
    use ErrorKind::{
        Internal, RateLimited, ServerNoPassword, ServerUnreachable, SignInRefused, WrongPassword,
    };
    // The SDK does not tell what an authorization server says when it refuses.
    let refuses = place == REGISTRATION || place == TOKEN;
    let expected = match answer {
        _ if said.is_none() => vec![],
        // The SDK waits for as long as the answer to such a request asks for, and the user half a minute.
        Answer::Status(429, ..) if place == WHOAMI => vec![RateLimited, ServerUnreachable],
        Answer::Status(429, ..) if !refuses => vec![RateLimited],
        Answer::Status(500..=599, ..) if !refuses => vec![ServerUnreachable],
        Answer::Status(300..=399, ..) => vec![ServerUnreachable, Internal, SignInRefused],
        answer if answer.is_no_whole() => vec![ServerUnreachable],
        Answer::Status(..) if place == LOGIN => vec![Internal, ServerNoPassword, WrongPassword],
        _ if refuses => vec![SignInRefused, Internal],
        _ => vec![Internal],
    };
    match said {
        None => ensure!(answer.may_do(), "there is a session"),
        Some(said) => ensure!(expected.contains(&said), "{said:?} is not one of {expected:?}"),
    }
    Ok(())
}

/// A session as a server gives it, and who has it.
fn session(place: Place) -> Vec<u8> {
    let device = "urn:matrix:client:device:ABCDEFGHIJ";
    let scope = format!("openid urn:matrix:client:api:* {device}");
    let body = if place.path == WHOAMI.path {
        json!({ "user_id": "@newcomer:test.localhost", "device_id": "ABCDEFGHIJ" })
    } else {
        json!({
            "access_token": "mat_invented",
            "refresh_token": "mar_invented",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": scope,
        })
    };
    body.to_string().into_bytes()
}

/// Signs in with a code that is none: what buys a session with it is invented here.
async fn by_code(
    desktop: &Desktop,
    between: &Between,
    place: Place,
    answer: &Answer,
) -> Result<Option<ErrorKind>> {
    let twisted = answer.clone();
    between.plan(move |request| {
        let here = place.is(request);
        if here && place.path == REGISTRATION.path {
            return twisted.deed();
        }
        let invented = [TOKEN, WHOAMI].into_iter().find(|it| it.is(request));
        let Some(invented) = invented else { return Deed::Pass };
        let answer = if here { twisted.clone() } else { Answer::Type("application/json") };
        let twist: Twist =
            Box::new(move |_, stream| Box::pin(answer.send(session(invented), stream)));
        Deed::Twist(twist)
    });
    let waiting = match desktop.try_to_wait(between.url()).await? {
        Ok(waiting) => waiting,
        Err(error) => {
            ensure!(place.path == REGISTRATION.path, "{error}");
            return Ok(Some(error.kind));
        }
    };
    ensure!(place.path != REGISTRATION.path || answer.may_do(), "the browser was opened");
    let issuer: String = form_urlencoded::byte_serialize(between.url().as_bytes()).collect();
    let back = format!("{}?code=x&state={}&iss={issuer}", waiting.back, waiting.state);
    reqwest::get(back).await?.error_for_status()?;
    let said = timeout(OUTCOME_TIMEOUT, waiting.task).await.context("silence")??;
    is_usable(&desktop.core, said.is_ok()).await?;
    if said.is_ok() {
        desktop.core.app.sign_out().await;
    } else {
        desktop.assert_nothing_kept();
    }
    Ok(said.err().map(|error| error.kind))
}
