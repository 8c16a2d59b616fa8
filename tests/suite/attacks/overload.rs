//! Servers that say too much, or take too long over it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use anyhow::{Context as _, Result};
use galaxy_chat_core::wire::{ErrorKind, SyncState};
use galaxy_chat_tests::authority;
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::Options;
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::process;
use galaxy_chat_tests::window::{AppOptions, Window};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::between::{Between, Deed, ENDLESS, PART};
use super::memory::peak;
use super::{Desktop, devices, galaxy};
use crate::core::run::Computer;
use crate::servers::answers::Answer;
use crate::stage::{fill_in, options_for};
use crate::stub::Stub;

/// The product's limits for the description of the pages, for all that a server says about itself, and for
/// what it says to those who are signed in.
const MAX_METADATA: usize = 256 * 1024;
const MAX_DISCOVERY: usize = 4 * 1024 * 1024;
const MAX_RESPONSE: usize = 64 * 1024 * 1024;
/// What can be taken beyond a limit: the last part that was sent, and what the product reads at once, which
/// is less than this by its HTTP library's own limit.
const AT_ONCE: usize = PART + 512 * 1024;

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
        assert!(taken <= MAX_METADATA + AT_ONCE, "{taken} bytes were taken");
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

/// Floods whoever asks for this from the `first` time on.
fn flood(between: &Between, path: &'static str, first: usize) {
    let asked = AtomicUsize::new(0);
    between.plan(move |request| {
        let floods = request.path.ends_with(path) && asked.fetch_add(1, SeqCst) >= first;
        if floods { Deed::Flood } else { Deed::Pass }
    });
}

/// Checks the answers without end that came after `over` others, of which there is one at least.
async fn are_within(between: &Between, path: &str, over: &mut usize, limit: usize) -> Result<()> {
    let taken = between.taken(*over + 1).await?;
    for taken in &taken[*over..] {
        assert!(*taken <= limit + AT_ONCE, "{path}: {taken} bytes were taken");
    }
    *over = taken.len();
    Ok(())
}

/// What the SDK reads has a limit as well; the flood's control is above.
#[tokio::test]
async fn endless_answers_to_the_sdk_are_not_read() -> Result<()> {
    let galaxy = galaxy().await?;
    let between = Between::start(&galaxy).await?;
    let desktop = Desktop::start(&galaxy).await?;
    let mut over = 0;
    // What is asked for again after the look, and what the answer to the browser's code is.
    for (path, first) in
        [("/client/versions", 0), ("/auth_metadata", 1), ("/oauth2/registration", 0)]
    {
        flood(&between, path, first);
        desktop.is_refused(between.url()).await?;
        are_within(&between, path, &mut over, MAX_DISCOVERY).await?;
    }
    let token = "/oauth2/token";
    flood(&between, token, 0);
    let browser = Browser::start().await?;
    let waiting = desktop.wait(between.url()).await?;
    browser.open(&waiting.page).await?;
    browser.sign_in(&galaxy.helper.user, &galaxy.helper.password).await?;
    waiting.task.await?.expect_err("it does not come to an end");
    are_within(&between, token, &mut over, MAX_DISCOVERY).await?;
    desktop.assert_nothing_kept();
    between.be_honest();
    desktop.sign_in(&galaxy, between.url()).await
}

/// The same of a server that takes passwords, up to the sync.
#[tokio::test]
async fn endless_answers_to_a_password_are_not_read() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.signed_out().await?;
    let newcomer = &galaxy.newcomer;
    // What is found out of a server is not asked again, so each is another one.
    for path in ["/.well-known/matrix/client", "/client/versions", "/v3/login", "/v3/register"] {
        let between = Between::start(&galaxy).await?;
        flood(&between, path, 0);
        // Not all of it is needed.
        let _ = core.app.discover(between.url()).await;
        are_within(&between, path, &mut 0, MAX_DISCOVERY).await?;
    }
    let between = Between::start(&galaxy).await?;
    let mut over = 0;
    flood(&between, "/v3/login", 1);
    let sign_in = || core.try_sign_in(between.url(), &newcomer.user, &newcomer.password);
    sign_in().await.expect_err("it does not come to an end");
    are_within(&between, "/v3/login", &mut over, MAX_DISCOVERY).await?;
    between.be_honest();
    sign_in().await?;
    core.until("connected", |shown| shown.sync == Some(SyncState::Running)).await?;
    flood(&between, "/sync", 0);
    // Ends the request that waits for news, if there is one.
    core.app.join(galaxy.alias("lobby")?, &[]).await?;
    are_within(&between, "/sync", &mut over, MAX_RESPONSE).await?;
    between.be_honest();
    core.until("joined", |shown| shown.joined(galaxy.alias("lobby").unwrap_or_default()).is_some())
        .await?;
    Ok(())
}

/// The most memory that a program may take for an answer that it gives up, beside what it reads of it.
const MAX_GROWTH: usize = 64 << 20;

/// Ten megabytes that are ten gigabytes: the limit is on what they become.
#[tokio::test]
async fn an_answer_that_swells_is_not_read() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let between = Between::start(&galaxy).await?;
    let keyring = Keyring::start(State::Unlocked).await?;
    let mut options = options_for(&galaxy, &keyring, AppOptions::default());
    options.args.extend(["--server".to_owned(), between.url().to_owned()]);
    let window = Window::open(options).await?;
    let pid = window.pid()?;
    // Tells when as much of the first bomb there was read as is wanted.
    let bomb = |path: &'static str| {
        let over = watch::Sender::new(false);
        let told = over.subscribe();
        between.plan(move |request| {
            if !request.path.ends_with(path) {
                return Deed::Pass;
            }
            let over = over.clone();
            Deed::Twist(Box::new(move |honest, stream| {
                Box::pin(async move {
                    let sent = Answer::Bomb.send(honest, stream).await;
                    over.send_replace(true);
                    sent
                })
            }))
        });
        told
    };
    let mut over = bomb("/client/versions");
    window.click("Just read").await?;
    let before = begin(pid)?;
    window.click("Sign in").await?;
    window.see("does not answer at the moment.").await?;
    over.wait_for(|over| *over).await?;
    grew(pid, before, MAX_GROWTH)?;

    between.be_honest();
    window.click("Try again").await?;
    fill_in(&window, &galaxy.newcomer).await?;
    window.see("If you have just come in: hello!").await?;
    window.see("Connected").await?;
    let before = begin(pid)?;
    let mut over = bomb("/sync");
    let helper = galaxy.helper.sign_in().await?;
    let lobby = galaxy.room("lobby")?;
    helper.say(lobby, "before the bomb").await?;
    over.wait_for(|over| *over).await?;
    window.see("Offline, trying again").await?;
    grew(pid, before, 2 * MAX_RESPONSE + MAX_GROWTH)?;
    between.be_honest();
    helper.say(lobby, "after the bomb").await?;
    window.see("after the bomb").await?;

    // The control: who reads whatever comes takes more than all of that before he gives up.
    bomb("/client/versions");
    let own = std::process::id();
    let before = begin(own)?;
    let address = format!("{}/_matrix/client/versions", between.url());
    let mut answer = reqwest::get(address).await?;
    let mut body = Vec::new();
    while body.len() < 4 * MAX_RESPONSE {
        body.extend_from_slice(&answer.chunk().await?.context("it came to an end")?);
    }
    assert!(peak(own)? > before + 2 * MAX_RESPONSE + MAX_GROWTH, "the control takes nothing");
    Ok(())
}

/// What a program takes at the beginning.
fn begin(pid: u32) -> Result<usize> {
    process::forget_peak(&[pid]);
    peak(pid)
}

fn grew(pid: u32, before: usize, limit: usize) -> Result<()> {
    let grown = peak(pid)?.saturating_sub(before);
    println!("memory grew by {} MB", grown >> 20);
    assert!(grown < limit, "memory grew by {grown} bytes");
    Ok(())
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
