//! From *Sign in* to the Lobby's messages.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::{Account, Options};
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::window::{AppOptions, Window};

use crate::figure::{Measured, Unit};

const RUNS: usize = 10;

/// Said in the Lobby when everything else has been said, to somebody.
const LAST_WORDS: &str = "Write a line about yourself, somebody answers,";

/// The heading over the ways in.
const FRONT: &str = "Ask the Galaxy community, and be answered";

/// Messages in the Lobby since the last one came in, so that all find the same talk: what the app asks
/// for at a time.
const BATCH: u32 = 30;

/// Synapse's own figure: most of a sign-in's time is the server's.
const BCRYPT_ROUNDS: u8 = 12;

/// From pressing *Sign in* until the last words in the Lobby are in view, against the requests that this
/// takes at least, made one after the other over one connection. Each run has a new account, the app's
/// runs a new profile as well.
pub async fn to_lobby() -> Result<Measured> {
    let galaxy =
        Galaxy::start_with(Options { bcrypt_rounds: BCRYPT_ROUNDS, ..Options::default() }).await?;
    let keyring = Keyring::start(State::Unlocked).await?;
    // What the server does for the first time it does at leisure.
    window(&galaxy, &keyring, "newcomer").await?;
    bare(&galaxy, "newcomer").await?;
    let mut measured = Measured::new(Unit::Milliseconds);
    for run in 1..=RUNS {
        let value = window(&galaxy, &keyring, &format!("newcomer-{run}")).await?;
        let control = bare(&galaxy, &format!("learner-{run}")).await?;
        measured.add(value, control);
    }
    Ok(measured)
}

/// The arguments that lead the app to that server.
pub fn arguments(galaxy: &Galaxy) -> Vec<String> {
    let catalogue = galaxy.catalogue.to_string_lossy().into_owned();
    let server = galaxy.homeserver.url().to_string();
    vec!["--server".to_owned(), server, "--catalogue".to_owned(), catalogue]
}

/// Leaves a home with a sign-in from which the app opens the Lobby by itself.
pub async fn keep(galaxy: &Galaxy, keyring: &Keyring, home: &Path) -> Result<()> {
    let words = talk(galaxy, &galaxy.newcomer).await?;
    let mut window = open(galaxy, keyring, Some(home.to_owned())).await?;
    fill_in(&window, &galaxy.newcomer).await?;
    window.press("Enter").await?;
    window.see(&words).await?;
    window.restart().await?;
    window.see(&words).await?;
    window.close().await
}

async fn window(galaxy: &Galaxy, keyring: &Keyring, role: &str) -> Result<f64> {
    let account = galaxy.homeserver.account(role).await?;
    let words = talk(galaxy, &account).await?;
    let mut window = open(galaxy, keyring, None).await?;
    fill_in(&window, &account).await?;
    let time = window.run_js_async(include_str!("sign_in.js"), vec![words.into()]).await;
    let time = match time {
        Ok(time) => time.as_f64().context("the page told no time")?,
        Err(error) => return Err(error.context(window.text().await?)),
    };
    window.close().await?;
    Ok(time)
}

async fn open(galaxy: &Galaxy, keyring: &Keyring, home: Option<PathBuf>) -> Result<Window> {
    let (args, env) = (arguments(galaxy), keyring.env());
    Window::open(AppOptions { args, env, home, ..AppOptions::default() }).await
}

/// Goes from the front page to the form, and fills it in.
pub async fn fill_in(window: &Window, account: &Account) -> Result<()> {
    window.click_in(FRONT, "Sign in").await?;
    window.fill("User name", &account.user).await?;
    window.fill("Password", &account.password).await
}

async fn bare(galaxy: &Galaxy, role: &str) -> Result<f64> {
    let account = galaxy.homeserver.account(role).await?;
    let words = talk(galaxy, &account).await?;
    let client = galaxy.homeserver.client()?;
    let start = Instant::now();
    client.versions().await?;
    let client = client.login(&account.user, &account.password).await?;
    let room = client.join(galaxy.alias("lobby")?).await?;
    client.sync(None, Duration::ZERO).await?;
    let messages = client.messages(&room, BATCH).await?;
    let time = start.elapsed();
    let seen = messages.iter().any(|event| event["content"]["body"] == words.as_str());
    ensure!(seen, "the Lobby's messages did not come");
    client.logout().await?;
    Ok(time.as_secs_f64() * 1000.0)
}

/// Lets the helper talk in the Lobby; answers the last words.
async fn talk(galaxy: &Galaxy, listener: &Account) -> Result<String> {
    let (helper, room) = (galaxy.helper.sign_in().await?, galaxy.room("lobby")?);
    for number in 1..BATCH {
        helper.say(room, &format!("Step {number}: look at the data before the next tool.")).await?;
    }
    let words = format!("{LAST_WORDS} {}!", listener.user);
    helper.say(room, &words).await?;
    helper.logout().await?;
    Ok(words)
}
