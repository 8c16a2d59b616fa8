//! The homeserver.

use std::env;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use galaxy_chat_tests::homeserver::{Homeserver, Joins, Limits, Name, Options, PortTaken, Rate};
use galaxy_chat_tests::matrix::{Client, NewRoom, Refused};
use galaxy_chat_tests::process::is_running;
use reqwest::Method;
use tokio::time::{Instant, sleep};

fn code<T>(answer: Result<T>) -> String {
    let error = answer.err().expect("the server refuses");
    error
        .downcast_ref::<Refused>()
        .map_or_else(|| error.to_string(), |refused| refused.code.clone())
}

#[tokio::test]
async fn accounts_are_made_locked_and_ended() -> Result<()> {
    let homeserver = Homeserver::start(Options::default()).await?;
    let newcomer = homeserver.account("newcomer").await?;
    let signed_in = newcomer.sign_in().await?;
    assert_eq!(signed_in.whoami().await?["user_id"], "@newcomer:test.localhost");
    assert_eq!(signed_in.display_name(&newcomer.user_id).await?, "Newcomer");
    assert_eq!(homeserver.devices(&newcomer).await?, [signed_in.device_id()]);
    assert_eq!(code(homeserver.client()?.login("newcomer", "wrong").await), "M_FORBIDDEN");

    homeserver.lock(&newcomer, true).await?;
    assert_eq!(code(signed_in.whoami().await), "M_USER_LOCKED");
    homeserver.lock(&newcomer, false).await?;
    signed_in.whoami().await?;

    homeserver.remove_device(&newcomer, signed_in.device_id()).await?;
    assert_eq!(code(signed_in.whoami().await), "M_UNKNOWN_TOKEN");
    homeserver.deactivate(&newcomer).await?;
    // Nothing tells this answer from that to a wrong password.
    assert_eq!(code(newcomer.sign_in().await), "M_FORBIDDEN");
    Ok(())
}

#[tokio::test]
async fn data_survive_a_restart_and_not_a_reset() -> Result<()> {
    let mut homeserver = Homeserver::start(Options::default()).await?;
    let newcomer = homeserver.account("newcomer").await?;
    let signed_in = newcomer.sign_in().await?;

    homeserver.stop()?;
    assert!(signed_in.whoami().await.is_err());
    homeserver.restart().await?;
    signed_in.whoami().await?;
    homeserver.reset().await?;
    assert_eq!(code(signed_in.whoami().await), "M_UNKNOWN_TOKEN");
    homeserver.account("newcomer").await?.sign_in().await?;
    Ok(())
}

#[tokio::test]
async fn a_taken_port_is_named() -> Result<()> {
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = other.local_addr()?.port();
    let options = Options { port: Some(port), ..Options::default() };
    let error = Homeserver::start(options).await.err().context("the port is taken")?;
    assert_eq!(error.downcast_ref::<PortTaken>().map(|taken| taken.0), Some(port));
    Ok(())
}

#[tokio::test]
async fn it_is_found_by_name() -> Result<()> {
    let options = Options { name: Name::LocalhostAndPort, ..Options::default() };
    let homeserver = Homeserver::start(options).await?;
    assert_eq!(homeserver.name(), format!("localhost:{}", homeserver.port()));
    let path = [".well-known", "matrix", "client"];
    let answer = homeserver.client()?.request(Method::GET, &path, &[], None).await?;
    assert_eq!(answer["m.homeserver"]["base_url"], homeserver.url().as_str());
    let account = homeserver.account("newcomer").await?;
    assert!(account.user_id.ends_with(&homeserver.name()));
    Ok(())
}

#[tokio::test]
async fn limits_are_synapses_own_only_where_asked_for() -> Result<()> {
    let mut homeserver = Homeserver::start(Options::default()).await?;
    let speaker = homeserver.account("helper").await?.sign_in().await?;
    let room = speaker.create_room(&NewRoom::default()).await?;
    assert_eq!(refusals(&speaker, &room).await, 0);
    homeserver.set_limits(Limits::Default).await?;
    assert!(refusals(&speaker, &room).await > 0);
    Ok(())
}

#[tokio::test]
async fn joins_have_limits_of_their_own() -> Result<()> {
    let joins = Joins { local: Rate { per_second: 0.5, burst: 3 }, ..Joins::BRISK };
    let options = Options { joins: Some(joins), ..Options::default() };
    let mut homeserver = Homeserver::start(options).await?;
    let (maker, joiner) =
        (homeserver.account("helper").await?, homeserver.account("newcomer").await?);
    let (maker, joiner) = (maker.sign_in().await?, joiner.sign_in().await?);
    let mut rooms = Vec::new();
    for _ in 0..6 {
        rooms.push(maker.create_room(&NewRoom::default()).await?);
    }
    for room in &rooms[..3] {
        joiner.join(room).await?;
    }
    let error = joiner.join(&rooms[3]).await.expect_err("a fourth at once is too many");
    let refused = error.downcast_ref::<Refused>().context("an answer")?;
    assert_eq!(refused.code, "M_LIMIT_EXCEEDED");
    assert!((1..=2000).contains(&refused.retry_after_ms.context("how long to wait")?));
    // All else is as fast as before.
    assert_eq!(refusals(&joiner, &rooms[0]).await, 0);

    homeserver.set_joins(None).await?;
    for room in &rooms[3..] {
        joiner.join(room).await?;
    }
    Ok(())
}

/// How many of thirty messages in a row the server refuses for being too fast.
async fn refusals(speaker: &Client, room: &str) -> usize {
    let mut refused = 0;
    for number in 0..30 {
        let answer = speaker.say(room, &number.to_string()).await;
        refused +=
            usize::from(answer.is_err_and(|error| error.to_string().contains("M_LIMIT_EXCEEDED")));
    }
    refused
}

#[tokio::test]
async fn it_dies_with_the_test_that_started_it() -> Result<()> {
    let mut starter = Command::new(env::current_exe()?)
        .args(["--ignored", "--exact", "--nocapture", "support::homeserver::starts_one_and_waits"])
        .stdout(Stdio::piped())
        .spawn()?;
    let output = std::io::BufReader::new(starter.stdout.take().context("a pipe was asked for")?);
    let mut lines = std::io::BufRead::lines(output).map_while(Result::ok);
    let pid = lines
        .find_map(|line| line.strip_prefix("homeserver ")?.parse().ok())
        .context("no homeserver")?;
    assert!(is_running(pid));

    starter.kill()?;
    starter.wait()?;
    let deadline = Instant::now() + Duration::from_secs(5);
    while is_running(pid) && Instant::now() < deadline {
        sleep(Duration::from_millis(20)).await;
    }
    assert!(!is_running(pid), "the homeserver outlives the test");
    Ok(())
}

#[tokio::test]
#[ignore = "run, and killed, by it_dies_with_the_test_that_started_it"]
async fn starts_one_and_waits() -> Result<()> {
    let homeserver = Homeserver::start(Options::default()).await?;
    println!("\nhomeserver {}", homeserver.pid().context("it runs")?);
    sleep(Duration::from_mins(1)).await;
    Ok(())
}
