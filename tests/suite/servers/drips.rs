//! Answers that come byte by byte, one a second: each question has an end of its own.

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_core::wire::ErrorKind;
use galaxy_chat_tests::galaxy::Galaxy;
use tokio::time::timeout;

use super::discovery::{LOGIN, VERSIONS};
use super::{OUTCOME_TIMEOUT, Place, is_usable, was_asked};
use crate::attacks::between::{Between, Deed};
use crate::core::run::{Computer, Core};
use crate::session::until;

const PASSWORD: Place = Place { method: "POST", ..LOGIN };
const JOIN: Place = Place { method: "POST", path: "/client/v3/join/", optional: false };

async fn start(galaxy: &Galaxy) -> Result<(Between, Computer, Core)> {
    let (between, computer) = (Between::start(galaxy).await?, Computer::new(galaxy)?);
    let core = computer.start();
    core.signed_out().await?;
    Ok((between, computer, core))
}

/// Signs in at a server that does not come to the end of one answer, and then at one that does.
async fn signs_in(galaxy: &Galaxy, place: Place) -> Result<()> {
    let (between, _computer, core) = start(galaxy).await?;
    between.plan(move |request| if place.is(request) { Deed::Drip } else { Deed::Pass });
    let newcomer = &galaxy.newcomer;
    let sign_in = || core.try_sign_in(between.url(), &newcomer.user, &newcomer.password);
    let meanwhile = async {
        until("asked", async || Ok(was_asked(&between, place))).await?;
        is_usable(&core, false).await
    };
    let (said, usable) = tokio::join!(timeout(OUTCOME_TIMEOUT, sign_in()), meanwhile);
    usable?;
    let said = said.with_context(|| format!("{place:?}: silence"))?;
    let said = said.err().map(|error| error.kind);
    ensure!(said == Some(ErrorKind::ServerUnreachable), "{place:?}: {said:?}");
    between.be_honest();
    sign_in().await?;
    Ok(())
}

/// A join that takes for ever holds up no other.
async fn joins(galaxy: &Galaxy) -> Result<()> {
    let (between, _computer, core) = start(galaxy).await?;
    core.try_sign_in(between.url(), &galaxy.newcomer.user, &galaxy.newcomer.password).await?;
    between.plan(|request| if JOIN.is(request) { Deed::Drip } else { Deed::Pass });
    core.app.join(galaxy.alias("dev")?, &[]).await?;
    until("asked", async || Ok(was_asked(&between, JOIN))).await?;
    between.be_honest();
    is_usable(&core, true).await?;
    core.join(galaxy.alias("tools")?).await?;
    Ok(())
}

/// The control is in each of them: the same server is well, and without the one answer all goes on.
#[tokio::test]
async fn no_answer_is_waited_for_without_end() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let places = [VERSIONS, LOGIN, PASSWORD].map(|place| signs_in(&galaxy, place));
    let (signed_in, joined) =
        tokio::join!(futures_util::future::try_join_all(places), joins(&galaxy));
    signed_in?;
    joined
}
