//! A client that takes an answer as it comes, and what becomes of it.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use galaxy_chat_tests::galaxy::Galaxy;
use serde_json::Value;

use super::answers::Answer;
use super::discovery::VERSIONS;
use super::panics::Panics;
use super::{MAX_DISCOVERY, only};
use crate::attacks::between::Between;

/// Enough to see that there is no limit.
const MUCH: usize = 4 * MAX_DISCOVERY;
const UNLIMITED: &str = "it reads on and on";

/// The first version that a server says that it has, by a client that believes everything.
async fn first_version(server: &str) -> Result<String> {
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build()?;
    let mut answer = client.get(format!("{server}{}", VERSIONS.path)).send().await?;
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await? {
        body.extend_from_slice(&part);
        ensure!(body.len() < MUCH, UNLIMITED);
    }
    let versions: Value = serde_json::from_slice(&body)?;
    Ok(versions["versions"][0].as_str().context("it is no text")?.to_owned())
}

/// The control of all that is tried here: the answers are hostile, and are sent as they are said to be.
#[tokio::test]
async fn a_naive_client_breaks_at_these_answers() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let between = Between::start(&galaxy).await?;
    let honest = first_version(between.url()).await?;
    ensure!(honest.starts_with(['r', 'v']), "{honest}");
    let mut unharmed = Vec::new();
    for answer in Answer::all(MUCH) {
        between.plan(only(VERSIONS, &answer));
        match first_version(between.url()).await {
            Ok(version) if version == honest => unharmed.push(answer),
            Ok(version) => bail!("{answer:?} says {version}"),
            Err(error) => {
                let endless = matches!(answer, Answer::Huge(_) | Answer::Endless | Answer::Bomb);
                ensure!(!endless || error.to_string() == UNLIMITED, "{answer:?}: {error:#}");
            }
        }
    }
    // The type of a content is nothing that it looks at.
    let harmless = |answer: &Answer| matches!(answer, Answer::Type(_));
    ensure!(unharmed.iter().all(harmless), "nothing is wrong with {unharmed:?}");
    Ok(())
}

/// The control of what looks for panics.
#[tokio::test]
async fn a_panic_of_a_task_is_noticed() {
    let panics = Panics::watch();
    panics.check().expect("there was none");
    tokio::spawn(async { panic!("this one is meant") }).await.expect_err("it panicked");
    let error = panics.check().expect_err("it is noticed");
    assert!(error.to_string().contains("this one is meant"), "{error}");
}
