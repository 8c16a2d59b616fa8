//! What a server says of Galaxy's Space and of the rooms in it.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use galaxy_chat_core::check::{Asker, CheckConfig, CheckError, Report, check};
use galaxy_chat_core::vault::Keyring;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::matrix::Client;
use tokio::time::timeout;

use super::answers::Answer;
use super::panics::Panics;
use super::{
    Draw, MAX_DISCOVERY, MAX_RESPONSE, OUTCOME_TIMEOUT, Place, is_usable, is_wanted, only,
    was_asked,
};
use crate::attacks::between::{Between, Deed};
use crate::core::run::Computer;

const HIERARCHY: Place = Place { method: "GET", path: "/hierarchy", optional: true };
const ALIAS: Place = Place { method: "GET", path: "/directory/room/", optional: true };
const WHOAMI: Place = Place { method: "GET", path: "/account/whoami", optional: false };

/// Asks as a member who looks after the rooms does.
async fn ask(galaxy: &Galaxy, helper: &Client, server: &str) -> Result<Report, CheckError> {
    let asker = Asker::Token(server.to_owned(), helper.token().to_owned().into());
    check(CheckConfig {
        asker,
        profile_folder: galaxy.homeserver.folder().join("nobody's"),
        catalogue_file: Some(galaxy.catalogue.clone()),
        keyring: Keyring::new(|| Err(keyring::Error::NoDefaultStore), &[]),
    })
    .await
}

#[tokio::test]
async fn whatever_is_said_of_the_space_nothing_false_is_found() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let helper = galaxy.helper.sign_in().await?;
    let panics = Panics::watch();
    let honest = ask(&galaxy, &helper, galaxy.homeserver.url().as_str()).await?;
    let mut draw = Draw::new(30, 6)?;
    let places = [HIERARCHY, HIERARCHY, HIERARCHY, ALIAS, WHOAMI];
    for (number, (place, answer)) in draw
        .cases(&places, MAX_DISCOVERY)
        .into_iter()
        .enumerate()
        .filter(|(number, _)| is_wanted(*number))
    {
        let name = || draw.name(number, place, &answer);
        let between = Between::start(&galaxy).await?;
        let asked = AtomicUsize::new(0);
        let twisted = answer.clone();
        between.plan(move |request| {
            let first = place.is(request) && asked.fetch_add(1, SeqCst) == 0;
            if first { twisted.deed() } else { Deed::Pass }
        });
        let said = timeout(OUTCOME_TIMEOUT, ask(&galaxy, &helper, between.url())).await;
        let said = said.context("silence").with_context(name)?;
        check_outcome(place, &answer, said, &honest).with_context(name)?;
        panics.check().with_context(name)?;
        let again = ask(&galaxy, &helper, between.url()).await.with_context(name)?;
        ensure!(again.rooms == honest.rooms, "{}: {again:?}", name());
    }
    Ok(())
}

/// What is said about a room is what is found with an honest server, or is unanswered.
fn check_outcome(
    place: Place,
    answer: &Answer,
    said: Result<Report, CheckError>,
    honest: &Report,
) -> Result<()> {
    let report = match said {
        Ok(report) => report,
        Err(_) if !place.optional => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    if answer.may_do() {
        return Ok(());
    }
    ensure!(place.optional, "nobody said who asks");
    for room in &report.rooms {
        let true_one = honest.rooms.iter().find(|it| it.name == room.name);
        let true_one = true_one.with_context(|| format!("{room:?} is not there"))?;
        let found = room.findings.iter().all(|it| true_one.findings.contains(it));
        ensure!(found, "{room:?} instead of {true_one:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_space_that_was_not_read_is_read_later() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let panics = Panics::watch();
    let mut draw = Draw::new(6, 7)?;
    let cases = draw.cases(&[HIERARCHY], MAX_RESPONSE);
    let (galaxy, draw) = (&galaxy, &draw);
    try_join_all(cases.into_iter().enumerate().filter(|(number, _)| is_wanted(*number)).map(
        async |(number, (place, answer))| {
            let name = || draw.name(number, place, &answer);
            later(galaxy, place, &answer, number).await.with_context(name)
        },
    ))
    .await?;
    panics.check()
}

/// Somebody of his own each time: it is the join of the Space that has it read once more.
async fn later(galaxy: &Galaxy, place: Place, answer: &Answer, number: usize) -> Result<()> {
    let (between, computer) = (Between::start(galaxy).await?, Computer::new(galaxy)?);
    between.plan(only(place, answer));
    let core = computer.start();
    core.signed_out().await?;
    let newcomer = galaxy.homeserver.account(&format!("newcomer{number}")).await?;
    core.try_sign_in(between.url(), &newcomer.user, &newcomer.password).await?;
    let asked = async {
        while !was_asked(&between, place) {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    timeout(OUTCOME_TIMEOUT, asked).await.context("it was not asked")?;
    is_usable(&core, true).await?;
    between.be_honest();
    core.join(galaxy.alias("space")?).await?;
    let live = |shown: &crate::core::run::Shown| shown.entries.iter().any(|e| e.live.is_some());
    core.until("the Space is read", live).await?;
    Ok(())
}
