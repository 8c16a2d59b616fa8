//! Servers that say too much, or take too long over it.

use anyhow::Result;
use galaxy_chat_core::wire::ErrorKind;
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::galaxy::Galaxy;

use super::between::{Between, Deed, ENDLESS};
use super::{Desktop, devices, galaxy};

/// More than what the system has under way on a connection, and far less than is sent.
const LITTLE: usize = ENDLESS / 4;

#[tokio::test]
async fn endless_descriptions_are_not_read() -> Result<()> {
    let galaxy = galaxy().await?;
    let between = Between::start(&galaxy).await?;
    let desktop = Desktop::start(&galaxy).await?;
    for (number, headers) in [false, true].into_iter().enumerate() {
        between.plan(move |request| {
            if !request.path.ends_with("/auth_metadata") {
                Deed::Pass
            } else if headers {
                Deed::FloodOfHeaders
            } else {
                Deed::Flood
            }
        });
        desktop.is_refused(between.url()).await?;
        let taken = between.taken(number + 1).await?;
        assert!(taken[number] < LITTLE, "{} bytes were taken", taken[number]);
    }
    between.plan(|_| Deed::Flood);
    // The control: who reads whatever comes has read all of it.
    let answer = reqwest::get(format!("{}/auth_metadata", between.url())).await?;
    answer.bytes().await.expect_err("more was announced");
    assert_eq!(between.taken(3).await?[2], ENDLESS);
    between.be_honest();
    desktop.sign_in(&galaxy, between.url()).await
}

/// Signs in at a server that answers this byte by byte.
async fn slowly(galaxy: &Galaxy, path: &'static str) -> Result<()> {
    let between = Between::start(galaxy).await?;
    let desktop = Desktop::start(galaxy).await?;
    between.plan(move |request| if request.path.ends_with(path) { Deed::Drip } else { Deed::Pass });
    if path == "/oauth2/token" {
        let browser = Browser::start().await?;
        let waiting = desktop.wait(between.url()).await?;
        browser.open(&waiting.page).await?;
        browser.sign_in(&galaxy.helper.user, &galaxy.helper.password).await?;
        let error = waiting.task.await?.expect_err("it does not come to an end");
        assert_eq!(error.kind, ErrorKind::ServerUnreachable, "{path}");
        desktop.assert_nothing_kept();
    } else {
        let refused = desktop.is_refused(between.url()).await?;
        assert_eq!(refused, ErrorKind::ServerUnreachable, "{path}");
    }
    assert_eq!(between.asked(path), 1, "{path}");
    // And once it is in no such mood any more:
    between.be_honest();
    let waiting = desktop.wait(between.url()).await?;
    desktop.core.app.cancel_sign_in();
    assert_eq!(waiting.task.await?.map_err(|error| error.kind), Err(ErrorKind::Cancelled));
    Ok(())
}

/// The control is the sign-in that goes on beside all of them: the servers are well.
#[tokio::test]
async fn answers_that_take_for_ever_are_not_waited_for() -> Result<()> {
    let galaxy = galaxy().await?;
    let between = Between::start(&galaxy).await?;
    let desktop = Desktop::start(&galaxy).await?;
    tokio::try_join!(
        slowly(&galaxy, "/auth_metadata"),
        slowly(&galaxy, "/oauth2/registration"),
        slowly(&galaxy, "/oauth2/token"),
        desktop.sign_in(&galaxy, between.url()),
    )?;
    devices(&galaxy, 1).await
}
