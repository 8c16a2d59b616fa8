//! Servers that say too much, or take too long over it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use anyhow::Result;
use galaxy_chat_core::wire::ErrorKind;
use galaxy_chat_tests::authority;
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::Options;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::between::{Between, Deed, ENDLESS};
use super::{Desktop, devices, galaxy};
use crate::stub::Stub;

/// The product's limits for the description of the pages, and for all that a server says about itself.
const MAX_METADATA: usize = 256 * 1024;
const MAX_DISCOVERY: usize = 4 * 1024 * 1024;
/// What the system can have under way on a loopback connection beside what was read: the sender's buffer
/// and the receiver's, which grow with use.
const UNDER_WAY: usize = 16 * 1024 * 1024;

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
        let taken = taken[number];
        assert!(taken < MAX_METADATA + UNDER_WAY, "{taken} bytes were taken");
    }
    between.plan(|_| Deed::Flood);
    // The control: who reads whatever comes has read all of it.
    let answer = reqwest::get(format!("{}/auth_metadata", between.url())).await?;
    answer.bytes().await.expect_err("more was announced");
    assert_eq!(between.taken(3).await?[2], ENDLESS);
    // The same for headers, where it reads until they end.
    between.plan(|_| Deed::FloodOfHeaders);
    let address = between.url().trim_start_matches("http://");
    let mut naive = TcpStream::connect(address).await?;
    naive.write_all(b"GET /auth_metadata HTTP/1.1\r\nHost: x\r\n\r\n").await?;
    tokio::io::copy(&mut naive, &mut tokio::io::sink()).await?;
    assert_eq!(between.taken(4).await?[3], ENDLESS);
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

/// What the SDK reads has a limit as well; the flood's control is above.
#[tokio::test]
async fn endless_answers_to_the_sdk_are_not_read() -> Result<()> {
    let galaxy = galaxy().await?;
    let between = Between::start(&galaxy).await?;
    let desktop = Desktop::start(&galaxy).await?;
    let flood = |path: &'static str, first: usize| {
        let asked = AtomicUsize::new(0);
        between.plan(move |request| {
            let floods = request.path.ends_with(path) && asked.fetch_add(1, SeqCst) >= first;
            if floods { Deed::Flood } else { Deed::Pass }
        });
    };
    let mut over = 0;
    // What is asked for again after the look, and what the answer to the browser's code is.
    for (path, first) in
        [("/client/versions", 0), ("/auth_metadata", 1), ("/oauth2/registration", 0)]
    {
        flood(path, first);
        desktop.is_refused(between.url()).await?;
        let taken = between.taken(over + 1).await?;
        for taken in &taken[over..] {
            assert!(*taken < MAX_DISCOVERY + UNDER_WAY, "{path}: {taken} bytes were taken");
        }
        over = taken.len();
    }
    flood("/oauth2/token", 0);
    let browser = Browser::start().await?;
    let waiting = desktop.wait(between.url()).await?;
    browser.open(&waiting.page).await?;
    browser.sign_in(&galaxy.helper.user, &galaxy.helper.password).await?;
    waiting.task.await?.expect_err("it does not come to an end");
    let taken = between.taken(over + 1).await?;
    assert!(taken[over] < MAX_DISCOVERY + UNDER_WAY, "{} bytes were taken", taken[over]);
    desktop.assert_nothing_kept();
    between.be_honest();
    desktop.sign_in(&galaxy, between.url()).await
}

/// Every request waits while tokens are refreshed, so that has an end although bytes keep coming. That a
/// second refresh is asked for shows that the first was given up; its server would have gone on.
#[tokio::test]
async fn a_refresh_byte_by_byte_is_given_up() -> Result<()> {
    let options = authority::Options {
        remembered: false,
        access_token_lifetime: Duration::from_secs(5),
        ..authority::Options::default()
    };
    let galaxy = Galaxy::start_with(Options::delegated_to(options)).await?;
    let between = Between::start(&galaxy).await?;
    let desktop = Desktop::start(&galaxy).await?;
    desktop.sign_in(&galaxy, between.url()).await?;
    between.plan(|request| match request.path.as_str() {
        "/oauth2/token" => Deed::Drip,
        _ => Deed::Pass,
    });
    let before = between.asked("/oauth2/token");
    let given_up = async {
        while between.asked("/oauth2/token") < before + 2 {
            sleep(Duration::from_millis(200)).await;
        }
    };
    timeout(Duration::from_mins(5), given_up).await?;
    between.be_honest();
    // The refresh that is under way has to be given up first.
    let lobby = galaxy.alias("lobby")?;
    let joined = async { while desktop.core.join(lobby).await.is_err() {} };
    timeout(Duration::from_mins(5), joined).await?;
    Ok(())
}

/// A server with more ways to sign in, and to make an account, than anybody can look at.
#[tokio::test]
async fn what_is_offered_without_end_is_looked_at_in_part() -> Result<()> {
    let galaxy = galaxy().await?;
    let desktop = Desktop::start(&galaxy).await?;
    let provider = |number: usize| json!({ "id": format!("p{number}"), "name": "University" });
    let offers = |number: usize| json!([{ "type": "m.login.sso", "identity_providers": (0..number).map(provider).collect::<Vec<_>>() }]);
    let nothing = || (404, "application/json", "{}".to_owned());
    for (number, shown) in [(3, 3), (50_000, 20)] {
        let stub = Stub::homeserver(offers(number), true, nothing()).await?;
        let offer = desktop.core.app.discover(&stub.url()).await?;
        assert_eq!(offer.providers.len(), shown);
    }

    // Flows whose pages are slow: what is offered is known without them.
    let stages: Vec<_> =
        (0..1000).map(|n| json!({ "stages": [format!("org.example.{n}")] })).collect();
    let flows = json!({ "session": "x", "flows": stages, "params": {} }).to_string();
    let versions = json!({
        "versions": ["v1.11"],
        "unstable_features": { "org.matrix.simplified_msc3575": true },
    });
    let pages = Arc::new(AtomicUsize::new(0));
    let asked = pages.clone();
    let stub = Stub::start(move |request| match request {
        "GET /_matrix/client/versions" => (200, "application/json", versions.to_string()),
        "GET /_matrix/client/v3/login" => (
            200,
            "application/json",
            json!({ "flows": [{ "type": "m.login.password" }] }).to_string(),
        ),
        "POST /_matrix/client/v3/register" => (401, "application/json", flows.clone()),
        page => {
            if page.contains("/fallback/web") {
                asked.fetch_add(1, SeqCst);
                std::thread::sleep(Duration::from_secs(2));
            }
            (404, "application/json", json!({ "errcode": "M_UNRECOGNIZED" }).to_string())
        }
    })
    .await?;
    let offer = timeout(Duration::from_mins(1), desktop.core.app.discover(&stub.url())).await??;
    assert!(offer.password && offer.create.is_none(), "{offer:?}");
    let asked = pages.load(SeqCst);
    assert!((1..=20).contains(&asked), "{asked} pages were asked for");
    Ok(())
}
