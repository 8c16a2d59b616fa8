//! Passwords, tokens and keys are nowhere but where they belong: not in the log, however much is asked
//! of it, not in files, process arguments or environment, and no token or key in the window.

mod pages;
mod registration;
pub mod search;

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result};
use galaxy_chat_core::vault::{self, Key};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::{self, Account, Options};
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::process::{self, Process};
use galaxy_chat_tests::window::{AppOptions, Window};
use serde_json::Value;

use self::search::Secrets;
use crate::session::until;
use crate::stage::{Stage, fill_in, options_for};

/// Everything, and by name that which logs whole requests at its finest.
const LOG: &str = "trace,h2=trace,hyper=trace,hyper_util::client=trace,matrix_sdk=trace,\
    matrix_sdk::http_client=trace,matrix_sdk_crypto=trace,reqwest=trace,rustls=trace,zbus=trace";
/// What every token of Synapse begins with.
const TOKEN: &str = "syt_";
const HELLO: &str = "Hello from a newcomer with secrets";

#[tokio::test]
async fn no_secret_gets_out_on_the_whole_way() -> Result<()> {
    let mut stage = open(Options::default()).await?;
    let mut secrets = Secrets::default();
    watch(&stage.window).await?;

    sign_in_at_the_second_try(&mut stage, &mut secrets).await?;
    join_and_talk(&stage.window).await?;
    add_issued(&stage, &stage.galaxy.newcomer, &mut secrets).await?;
    let tokens = stage.galaxy.homeserver.tokens(&stage.galaxy.newcomer)?;
    nothing_crossed(&stage.window, &tokens, &["joinLobby", HELLO]).await?;
    nothing_got_out(&stage.window, &secrets)?;

    stage.window.restart().await?;
    stage.window.see(HELLO).await?;
    add_issued(&stage, &stage.galaxy.newcomer, &mut secrets).await?;
    nothing_got_out(&stage.window, &secrets)?;

    sign_out(&stage.window).await?;
    let told = ["/_matrix/client/v3/login", "/_matrix/client/v3/logout"];
    log_tells_of(&stage.window, &told).await?;
    nothing_got_out(&stage.window, &secrets)?;
    what_gets_out_is_found(&stage.window, &secrets).await
}

/// The app at such a server, with a log that leaves nothing out.
async fn open(options: Options) -> Result<Stage> {
    let galaxy = Galaxy::start_with(options).await?;
    let server = galaxy.homeserver.url().to_string();
    open_at(galaxy, &server).await
}

/// The same at a server by another address.
async fn open_at(galaxy: Galaxy, server: &str) -> Result<Stage> {
    let keyring = Keyring::start(State::Unlocked).await?;
    let mut options = options_for(&galaxy, &keyring, AppOptions::default());
    options.args.extend(["--log", LOG, "--server", server].map(str::to_owned));
    let window = Window::open(options).await?;
    Ok(Stage { window, keyring, galaxy })
}

async fn sign_out(window: &Window) -> Result<()> {
    window.click("Settings").await?;
    window.click("Sign out").await?;
    window.click("Yes, sign out").await?;
    window.see("You are not signed in").await
}

/// What is searched is the log of all this, at its finest. The window goes on before the server has
/// heard of a sign-out.
async fn log_tells_of(window: &Window, parts: &[&str]) -> Result<()> {
    for part in ["the log begins wanted=\"trace,", "DEBUG matrix_sdk"].iter().chain(parts) {
        let told = until(part, async || Ok(window.log().contains(part))).await;
        told.context("the log does not tell of it")?;
    }
    Ok(())
}

async fn sign_in_at_the_second_try(stage: &mut Stage, secrets: &mut Secrets) -> Result<()> {
    // With letters that look otherwise in an address and in JSON.
    let password = |kind: &str| anyhow::Ok(format!("{kind} \"&ü {}", homeserver::random()?));
    let (wrong, right) = (password("wrong")?, password("right")?);
    secrets.add("the wrong password", &wrong);
    secrets.add("the password", &right);
    let server = &stage.galaxy.homeserver;
    stage.galaxy.newcomer = server.account_with_password("newcomer", &right).await?;

    let window = &stage.window;
    window.click("Just read").await?;
    window.click("Sign in").await?;
    let mistaken = Account { password: wrong, ..stage.galaxy.newcomer.clone() };
    fill_in(window, &mistaken).await?;
    window.see("User name and password do not fit together").await?;
    nothing_got_out(window, secrets)?;
    fill_in(window, &stage.galaxy.newcomer).await?;
    window.see("If you have just come in: hello!").await
}

async fn join_and_talk(window: &Window) -> Result<()> {
    window.click("All rooms").await?;
    window.click("Join Proteomics").await?;
    window.click("Open Proteomics").await?;
    window.fill("Message to Proteomics", "a draft").await?;
    window.click("Galaxy Lobby").await?;
    window.fill("Message to Galaxy Lobby", HELLO).await?;
    window.press("Enter").await?;
    window.see(HELLO).await?;
    window.unsee("Sending…").await
}

/// Tokens as the server knows them, the key as the keyring does, and what they open.
async fn add_issued(stage: &Stage, account: &Account, secrets: &mut Secrets) -> Result<()> {
    let tokens = stage.galaxy.homeserver.tokens(account)?;
    assert!(tokens.len() >= 2, "an access and a refresh token");
    assert!(tokens.iter().any(|token| token.starts_with(TOKEN)));
    for token in &tokens {
        secrets.add("a token", token);
    }
    let saved = add_sealed(stage, secrets).await?;
    for token in ["access_token", "refresh_token"] {
        let token = saved["session"][token].as_str().context("a saved token")?;
        assert!(tokens.iter().any(|known| known == token), "the server does not know it");
    }
    Ok(())
}

/// The keys, and what they open.
async fn add_sealed(stage: &Stage, secrets: &mut Secrets) -> Result<Value> {
    let entries = stage.keyring.entries().await?;
    let [entry] = entries.as_slice() else { panic!("{} entries in the keyring", entries.len()) };
    let key = Key::from_text(&entry.secret).context("a key in the keyring")?;
    secrets.add("the keyring's key", &entry.secret);
    secrets.add("the bytes of the keyring's key", key.bytes());

    let file = stage.window.home().join("data/org.galaxyproject.chat/session.sealed");
    let saved: Value = serde_json::from_slice(&vault::open(&fs::read(file)?, &key)?)?;
    let store = saved["store"]["key"].as_str().context("the store's key")?;
    secrets.add("the store's key", store);
    let store = Key::from_text(store.as_bytes()).context("the store's key")?;
    secrets.add("the bytes of the store's key", store.bytes());
    Ok(saved)
}

/// Notes from here on what crosses between the app and its window.
async fn watch(window: &Window) -> Result<()> {
    window.run_js(include_str!("secrets/crossing.js"), vec![]).await.map(drop)
}

/// The window holds the password while it is typed, and never one of these tokens. What crossed tells of
/// the `parts`.
async fn nothing_crossed(window: &Window, tokens: &[String], parts: &[&str]) -> Result<()> {
    let crossed = async || {
        let crossed = window.run_js("return crossed.join('\\n')", vec![]).await?;
        anyhow::Ok(crossed.as_str().unwrap_or_default().to_owned())
    };
    let before = crossed().await?;
    for part in ["\"signedIn\"", "If you have just come in"].iter().chain(parts) {
        assert!(before.contains(part), "what crossed does not tell of {part}");
    }
    let mut secrets = Secrets::default();
    assert!(tokens.len() >= 2, "an access and a refresh token");
    for token in tokens {
        secrets.add("a token", token);
    }
    // The control: one that crosses, to and fro, is seen. It is none that the log must not have.
    let planted = "planted-token:";
    secrets.add("a planted token", planted);
    assert_eq!(secrets.search()?.text(before.as_bytes()), BTreeSet::new());
    let ask = "const [href, done] = arguments;
        __TAURI__.core.invoke('open_link', { href }).catch(done)";
    window.run_js_async(ask, vec![planted.into()]).await?;
    let after = crossed().await?;
    assert_eq!(after.matches(planted).count(), 2);
    assert!(secrets.search()?.text(after.as_bytes()).contains("a planted token, plain"));
    Ok(())
}

fn nothing_got_out(window: &Window, secrets: &Secrets) -> Result<()> {
    let search = secrets.search()?;
    // The log is a file there.
    assert_eq!(search.folder(window.home())?, BTreeSet::new());
    assert_eq!(search.processes(window.pid()?)?, BTreeSet::new());
    Ok(())
}

/// The control: each form of each secret is found in each place.
async fn what_gets_out_is_found(window: &Window, secrets: &Secrets) -> Result<()> {
    let search = secrets.search()?;
    let folder = window.home().join("data/planted");
    fs::create_dir_all(&folder)?;
    for (number, (_, form)) in secrets.forms().into_iter().enumerate() {
        let text = [b"in between ".as_slice(), &form, b" of much else"].concat();
        fs::write(folder.join(number.to_string()), text)?;
    }
    let found = search.folder(window.home())?;
    for (number, (what, _)) in secrets.forms().into_iter().enumerate() {
        let finding = format!("{}: {what}", folder.join(number.to_string()).display());
        assert!(found.contains(&finding), "{finding}");
    }

    let mut planted = Secrets::default();
    planted.add("an argument", "600.123456789");
    planted.add("a variable", "a planted secret");
    let mut sleeper = process::command("sleep");
    sleeper.arg("600.123456789").env("PLANTED", "a planted secret");
    let sleeper = Process::start(sleeper)?;
    let search = planted.search()?;
    // It is a while before the sleeper is what it was started as.
    for finding in ["cmdline: an argument, plain", "environ: a variable, plain"] {
        until(finding, async || Ok(search.processes(sleeper.pid())?.contains(finding))).await?;
    }
    Ok(())
}
