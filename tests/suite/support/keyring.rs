//! Each state of the keyring, as the store that the app uses meets it.

use std::env;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use galaxy_chat_tests::keyring::{Keyring, State};
use keyring::Error;
use keyring::api::CredentialStoreApi as _;
use tokio::process::Command;
use tokio::time::timeout;
use zbus_secret_service_keyring_store::Store;

/// What the store says on this bus within a time that is long enough for any answer.
async fn ask(keyring: &Keyring, question: &str) -> Result<Option<String>> {
    ask_within(Duration::from_secs(20), keyring, question).await
}

/// The store finds the bus by the environment, so it runs in a process of its own.
async fn ask_within(
    patience: Duration,
    keyring: &Keyring,
    question: &str,
) -> Result<Option<String>> {
    let asking = Command::new(env::current_exe()?)
        .args(["--ignored", "--exact", "--nocapture", "support::keyring::asks_the_store"])
        .envs(keyring.env())
        .env("QUESTION", question)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let Ok(output) = timeout(patience, asking.wait_with_output()).await else {
        return Ok(None);
    };
    let output = String::from_utf8(output?.stdout)?;
    let answer =
        output.lines().find_map(|line| line.strip_prefix("answer: ")).context("no answer")?;
    Ok(Some(answer.to_owned()))
}

#[test]
#[ignore = "run by the tests of this file, on a bus of their own"]
fn asks_the_store() -> Result<()> {
    let question = env::var("QUESTION")?;
    let asked = Store::new().and_then(|store| {
        let entry = store.build("galaxy-chat-test", "newcomer", None)?;
        match question.split_once(' ') {
            Some((_, secret)) => entry.set_password(secret).map(|()| "kept".to_owned()),
            None => entry.get_password(),
        }
    });
    let answer = match asked {
        Ok(answer) => answer,
        Err(Error::NoEntry) => "no entry".to_owned(),
        Err(Error::NoStorageAccess(_)) => "no access".to_owned(),
        Err(Error::PlatformFailure(_)) => "failure".to_owned(),
        Err(_) => "another error".to_owned(),
    };
    println!("\nanswer: {answer}");
    Ok(())
}

#[tokio::test]
async fn an_unlocked_keyring_keeps_gives_and_loses() -> Result<()> {
    let keyring = Keyring::start(State::Unlocked).await?;
    assert_eq!(ask(&keyring, "get").await?.as_deref(), Some("no entry"));
    assert_eq!(ask(&keyring, "set one").await?.as_deref(), Some("kept"));
    let entries = keyring.entries().await?;
    let [entry] = entries.as_slice() else { panic!("one entry, not {entries:?}") };
    assert_eq!(entry.secret, b"one");
    assert_eq!(entry.attributes["service"], "galaxy-chat-test");

    keyring.replace(entry, b"two").await?;
    assert_eq!(ask(&keyring, "get").await?.as_deref(), Some("two"));
    keyring.remove(entry).await?;
    assert_eq!(ask(&keyring, "get").await?.as_deref(), Some("no entry"));
    Ok(())
}

#[tokio::test]
async fn a_keyring_can_go_away_and_come_back_with_its_entries() -> Result<()> {
    let mut keyring = Keyring::start(State::Absent).await?;
    assert_eq!(ask(&keyring, "get").await?.as_deref(), Some("failure"));
    keyring.turn(State::Unlocked).await?;
    assert_eq!(ask(&keyring, "set kept over all this").await?.as_deref(), Some("kept"));

    keyring.turn(State::Locked).await?;
    assert_ne!(ask(&keyring, "get").await?.as_deref(), Some("kept over all this"));
    keyring.turn(State::Mute).await?;
    assert_eq!(ask_within(Duration::from_secs(3), &keyring, "get").await?, None);
    keyring.turn(State::Unlocked).await?;
    assert_eq!(ask(&keyring, "get").await?.as_deref(), Some("kept over all this"));
    Ok(())
}

#[tokio::test]
async fn a_locked_keyring_gives_nothing() -> Result<()> {
    let keyring = Keyring::start(State::Locked).await?;
    assert_eq!(ask(&keyring, "set one").await?.as_deref(), Some("no access"));
    Ok(())
}
