//! What the window says of such a server, and that it goes on after it.

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::window::{AppOptions, Window};

use super::answers::Answer;
use super::discovery::{LOGIN, VERSIONS};
use super::{MAX_DISCOVERY, MAX_RESPONSE, Place, only, was_asked};
use crate::attacks::between::{Between, Deed};
use crate::hostile::mutation::Random;
use crate::stage::options_for;

const PASSWORD: Place = Place { method: "POST", ..LOGIN };
const SYNC: Place = Place { method: "POST", path: "/sync", optional: false };
const JOIN: Place = Place { method: "POST", path: "/client/v3/join/", optional: false };

const SILENT: &str = "does not answer at the moment.";
const STRANGE: &str = "answers, but it is not a Matrix server.";
const BUSY: &str = "The server asks to slow down.";
const UNEXPECTED: &str = "Something went wrong that the app did not expect.";

/// An answer each to a look at a server and to a sign-in, and what is said of it.
fn cases() -> Vec<(Place, Answer, &'static str)> {
    let busy = Answer::Status(429, "", "<h1>Too many requests</h1>");
    let gateway = Answer::Status(502, "", "<html><h1>Bad Gateway</h1></html>");
    vec![
        (VERSIONS, Answer::Half, STRANGE),
        (VERSIONS, Answer::Deep("["), STRANGE),
        (VERSIONS, Answer::Status(204, "", ""), STRANGE),
        (VERSIONS, Answer::Huge(MAX_DISCOVERY + 1), SILENT),
        (VERSIONS, gateway.clone(), SILENT),
        (LOGIN, Answer::NoJson("<!DOCTYPE html><title>Welcome</title>"), STRANGE),
        (LOGIN, Answer::Endless, SILENT),
        (LOGIN, Answer::Cut, SILENT),
        (LOGIN, busy.clone(), BUSY),
        (PASSWORD, Answer::Bomb, SILENT),
        (PASSWORD, Answer::Headers, SILENT),
        (PASSWORD, gateway, SILENT),
        (PASSWORD, busy, BUSY),
        (PASSWORD, Answer::OtherJson("null"), UNEXPECTED),
    ]
}

#[tokio::test]
async fn whatever_a_server_says_the_window_has_a_sentence_for_it() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let keyring = Keyring::start(State::Unlocked).await?;
    let window = Window::open(options_for(&galaxy, &keyring, AppOptions::default())).await?;
    window.click("Just read").await?;
    window.click("Sign in").await?;
    for (place, answer, sentence) in cases() {
        let name = || format!("{place:?} is answered {answer:?}");
        let between = Between::start(&galaxy).await?;
        between.plan(only(place, &answer));
        try_it(&window, &galaxy, between.url()).await?;
        window.see(sentence).await.with_context(name)?;
        ensure!(was_asked(&between, place), "{} was not asked", name());
        ensure!(!window.log().contains("panicked"), "{}: {}", name(), window.log());
    }

    // After all of them, an honest one; and what it says once somebody is in.
    let between = Between::start(&galaxy).await?;
    try_it(&window, &galaxy, between.url()).await?;
    window.see("If you have just come in: hello!").await?;
    signed_in(&window, &galaxy, &between).await?;
    ensure!(!window.log().contains("panicked"), "{}", window.log());
    Ok(())
}

async fn try_it(window: &Window, galaxy: &Galaxy, server: &str) -> Result<()> {
    let newcomer = &galaxy.newcomer;
    window.fill("Server", server).await?;
    window.fill("User name", &newcomer.user).await?;
    window.fill("Password", &newcomer.password).await?;
    window.press("Enter").await
}

async fn signed_in(window: &Window, galaxy: &Galaxy, between: &Between) -> Result<()> {
    let helper = galaxy.helper.sign_in().await?;
    let lobby = galaxy.room("lobby")?;
    let mut random = Random(1);
    for kind in [0, 1, 4, 11] {
        let answer = Answer::of_kind(kind, &mut random, MAX_RESPONSE);
        let left = std::sync::Mutex::new(Some(answer.clone()));
        between.plan(move |request| {
            let answer =
                if SYNC.is(request) { left.lock().ok().and_then(|mut it| it.take()) } else { None };
            answer.map_or(Deed::Pass, |answer| answer.deed())
        });
        helper.say(lobby, &format!("before {kind}")).await?;
        let mark = format!("after {kind}");
        helper.say(lobby, &mark).await?;
        window.see(&mark).await.with_context(|| format!("a sync is answered {answer:?}"))?;
    }
    between.plan(only(JOIN, &Answer::Status(403, "", "{\"errcode\":7}")));
    window.click("All rooms").await?;
    window.click("Join Developers").await?;
    // The server has done it all the same, which the sync tells.
    window.click("Open Developers").await?;
    between.be_honest();
    window.see("Newcomer joined").await
}
