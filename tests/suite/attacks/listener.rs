//! Requests to the address that the browser comes back to, which any program and any page can send.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result};
use galaxy_chat_core::wire::ErrorKind;
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::process;
use galaxy_chat_tests::window::{AppOptions, Window};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::between::{Between, Deed, ENDLESS, flood};
use super::memory::peak;
use super::naive::Naive;
use super::{Desktop, devices, galaxy, page_behind, way_back};
use crate::session::until;
use crate::stage::options_for;

/// More than what the system has under way on a connection, and far less than is sent.
const LITTLE: usize = ENDLESS / 4;
/// More connections than the listener bears with.
const MANY: usize = 200;

/// What strangers send to an address of which they know the port, and a state of their own.
fn attacks(port: u16, state: &str) -> Vec<String> {
    let path = "/signed-in";
    let get = |target: String| format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    let by = |method: &str| {
        format!("{method} {path}?code=x&state={state} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")
    };
    let mut attacks: Vec<_> = [
        "/favicon.ico".to_owned(),
        "/".to_owned(),
        format!("/?code=x&state={state}"),
        format!("{path}/?code=x&state={state}"),
        format!("/callback?code=x&state={state}"),
        path.to_owned(),
        format!("{path}?code=x"),
        format!("{path}?code=x&state="),
        format!("{path}?code=x&state={state}"),
        format!("{path}?error=access_denied"),
        format!("{path}?error=access_denied&state={state}"),
        format!("{path}?loginToken=x&state={state}"),
        format!("{path}?code=x&state={state}&state={state}"),
    ]
    .into_iter()
    .map(get)
    .collect();
    attacks.extend(["HEAD", "POST", "PUT", "OPTIONS", "get", "\u{1}"].map(by));
    attacks.push("\u{0}\u{7f}\r\n\r\n".to_owned());
    attacks.push("\r\n\r\n".to_owned());
    attacks.push(format!("GET {path}?code=x&state={state}\r\n\r\n"));
    attacks
}

/// Sends all of them; each is sent away.
async fn are_sent_away(port: u16, attacks: &[String]) -> Result<()> {
    for attack in attacks {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(attack.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(["400", "404"].contains(&status), "{attack}: {answer}");
    }
    Ok(())
}

/// The control: a listener that takes what comes first takes each of them for the browser.
async fn fool_the_naive(state: &str) -> Result<()> {
    for (number, attack) in attacks(1, state).into_iter().enumerate() {
        let naive = Naive::listen().await?;
        let mut stream = TcpStream::connect(("127.0.0.1", naive.port)).await?;
        stream.write_all(attack.as_bytes()).await?;
        stream.shutdown().await?;
        let (line, _) = naive.came.await??;
        assert_eq!(line, attack.lines().next().unwrap_or_default(), "{number}");
    }
    Ok(())
}

/// Whether a request is right in one respect, for a port and a state.
type Check = fn(&str, u16, &str) -> bool;

/// All that a request has to be.
const CHECKS: [(&str, Check); 5] = [
    ("method", |request, _, _| request.starts_with("GET ")),
    ("path", |request, _, _| {
        request.split([' ', '?']).nth(1).is_some_and(|path| path == "/signed-in")
    }),
    ("host", |request, port, _| {
        let mut hosts = request.lines().filter_map(|line| line.strip_prefix("Host: "));
        hosts.next() == Some(&*format!("127.0.0.1:{port}")) && hosts.next().is_none()
    }),
    ("state", |request, _, state| in_target(request, "state") == [state]),
    ("answer", |request, _, _| {
        ["code", "error", "loginToken"]
            .map(|name| in_target(request, name).len())
            .iter()
            .sum::<usize>()
            == 1
    }),
];

fn in_target(request: &str, name: &str) -> Vec<String> {
    let target = request.split(' ').nth(1).unwrap_or_default();
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.filter(|(key, _)| key == name).map(|(_, value)| value.into_owned()).collect()
}

/// Requests with the right state that are wrong in one respect, and in which.
fn almost(port: u16, state: &str) -> Vec<(&'static str, String)> {
    let request = |method: &str, target: &str, hosts: &[&str]| {
        let hosts: String = hosts.iter().flat_map(|host| ["Host: ", *host, "\r\n"]).collect();
        format!("{method} {target} HTTP/1.1\r\n{hosts}\r\n")
    };
    let right = format!("/signed-in?code=x&state={state}");
    let own = format!("127.0.0.1:{port}");
    let get = |target: &str| request("GET", target, &[&own]);
    vec![
        ("method", request("POST", &right, &[&own])),
        ("method", request("HEAD", &right, &[&own])),
        ("path", get(&right.replace("/signed-in", "/signed-in/"))),
        ("path", get(&right.replace("/signed-in", "/"))),
        ("host", request("GET", &right, &["evil.example"])),
        ("host", request("GET", &right, &[&format!("evil.example:{port}")])),
        ("host", request("GET", &right, &[&format!("localhost:{port}")])),
        ("host", request("GET", &right, &[&own, "evil.example"])),
        ("host", request("GET", &right, &[])),
        ("state", get(&format!("{right}x"))),
        ("state", get(&format!("{right}&state=x"))),
        ("answer", get(&right.replace("code=x&", ""))),
        ("answer", get(&format!("{right}&loginToken=y"))),
        ("answer", get(&format!("{right}&code=y"))),
    ]
}

/// Each is sent away. The control: nothing but one check keeps each of them out.
async fn are_one_check_away(port: u16, state: &str) -> Result<()> {
    for (wrong, request) in almost(port, state) {
        let failed = CHECKS.iter().filter(|(_, check)| !check(&request, port, state));
        let failed: Vec<_> = failed.map(|(name, _)| *name).collect();
        assert_eq!(failed, [wrong], "{request}");
        are_sent_away(port, &[request]).await?;
    }
    for (name, _) in CHECKS {
        assert!(almost(port, state).iter().any(|(wrong, _)| *wrong == name), "{name}");
    }
    Ok(())
}

/// The app's window, at a server by way of [`Between`].
async fn window(
    galaxy: &galaxy_chat_tests::galaxy::Galaxy,
    between: &Between,
) -> Result<(Keyring, Window)> {
    let keyring = Keyring::start(State::Unlocked).await?;
    let mut options = options_for(galaxy, &keyring, AppOptions::default());
    options.args.extend(["--server".to_owned(), between.url().to_owned()]);
    let window = Window::open(options).await?;
    window.click("Just read").await?;
    window.click("Sign in").await?;
    window.see("Continue in your browser").await?;
    Ok((keyring, window))
}

/// The loopback ports that a process listens on.
fn ports(pid: u32) -> Result<BTreeSet<u16>> {
    let mut own = BTreeSet::new();
    for entry in fs::read_dir(format!("/proc/{pid}/fd"))? {
        // Some are closed while they are looked at.
        let Ok(link) = fs::read_link(entry?.path()) else { continue };
        let link = link.to_string_lossy();
        let socket = link.strip_prefix("socket:[").and_then(|link| link.strip_suffix(']'));
        own.extend(socket.map(str::to_owned));
    }
    let sockets = fs::read_to_string(format!("/proc/{pid}/net/tcp"))?;
    let listening = sockets.lines().filter_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let port = fields.get(1)?.strip_prefix("0100007F:")?;
        let ours = *fields.get(3)? == "0A" && own.contains(*fields.get(9)?);
        ours.then(|| u16::from_str_radix(port, 16).ok()).flatten()
    });
    Ok(listening.collect())
}

#[tokio::test]
async fn the_window_waits_for_its_own_browser_and_nobody_else() -> Result<()> {
    let galaxy = galaxy().await?;
    let between = Between::start(&galaxy).await?;
    let (_keyring, window) = window(&galaxy, &between).await?;
    let pid = window.pid()?;

    // Early: it listens, and has not opened the browser.
    let before = ports(pid)?;
    between.plan(|request| match request.path.as_str() {
        "/oauth2/registration" => Deed::Hold,
        _ => Deed::Pass,
    });
    window.click("Continue in your browser").await?;
    until("asked", async || Ok(between.asked("/oauth2/registration") > 0)).await?;
    let new: Vec<_> = ports(pid)?.difference(&before).copied().collect();
    let [port] = new[..] else { panic!("it listens on {new:?}") };
    assert_eq!(window.opened_links(), Vec::<String>::new());
    are_sent_away(port, &attacks(port, "early")).await?;
    between.release();
    // What the system is told to open is on a command line that every user can read.
    let opened = window.wait_for_link(1).await?;
    let first = page_behind(&opened).await?;
    let (first_back, first_state) = way_back(&first)?;
    assert!(!opened.contains(&first_state), "{opened}");
    assert!(first.contains(&first_state), "the control: the page's own address tells it");
    assert!(page_behind(&opened).await.is_err(), "it leads there once");
    assert_eq!(first_back.port(), Some(port));
    are_sent_away(port, &attacks(port, "wrong")).await?;
    window.see("Waiting for your browser").await?;

    // A state that was used up: by a sign-in that was given up.
    window.click("Cancel").await?;
    window.see("Cancelled.").await?;
    window.click("Continue in your browser").await?;
    let second = page_behind(&window.wait_for_link(2).await?).await?;
    let (second_back, state) = way_back(&second)?;
    let port = second_back.port().context("a port")?;
    assert_ne!(state, first_state);
    are_sent_away(port, &attacks(port, &first_state)).await?;
    fool_the_naive(&first_state).await?;

    are_one_check_away(port, &state).await?;
    floods_are_cut_off(pid, port, &state).await?;
    let slow = slowly(port).await?;

    // All the while the honest browser is awaited.
    let browser = Browser::start().await?;
    browser.open(&second).await?;
    browser.sign_in(&galaxy.newcomer.user, &galaxy.newcomer.password).await?;
    browser.see("Go back to Galaxy Chat").await?;
    let back = browser.url().await?;
    window.see("If you have just come in: hello!").await?;
    drop(slow);
    // And once: nobody is there for the same answer again, or for another.
    let gone = TcpStream::connect(("127.0.0.1", port)).await;
    assert!(gone.is_err(), "{back} could be sent again");
    devices(&galaxy, 1).await
}

/// Requests without end, with the right state, of all parts that a request has.
async fn floods_are_cut_off(pid: u32, port: u16, state: &str) -> Result<()> {
    let beginnings = [
        format!("GET /signed-in?state={state}&code="),
        format!("GET /signed-in?code=x&state={state} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX: "),
        format!(
            "POST /signed-in?code=x&state={state} HTTP/1.1\r\nContent-Length: {ENDLESS}\r\n\r\n"
        ),
    ];
    process::forget_peak(&[pid]);
    let before = peak(pid)?;
    for beginning in &beginnings {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(beginning.as_bytes()).await?;
        let taken = flood(&mut stream).await;
        assert!(taken < LITTLE, "{taken} bytes of {beginning} were taken");
    }
    let grown = peak(pid)?.saturating_sub(before);
    assert!(grown < LITTLE, "memory grew by {grown} bytes");

    // The control: who reads to the end has all of it.
    let naive = Naive::listen().await?;
    let mut stream = TcpStream::connect(("127.0.0.1", naive.port)).await?;
    stream.write_all(beginnings[0].as_bytes()).await?;
    assert_eq!(flood(&mut stream).await, ENDLESS);
    stream.shutdown().await?;
    assert!(naive.came.await??.1 > ENDLESS);
    Ok(())
}

/// Requests that begin and do not end.
async fn slowly(port: u16) -> Result<Vec<TcpStream>> {
    let mut streams = Vec::new();
    for _ in 0..MANY {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(b"GET /").await?;
        streams.push(stream);
    }
    // The control: who takes one after the other has the first of them only, and half of it.
    let naive = Naive::listen().await?;
    let mut first = TcpStream::connect(("127.0.0.1", naive.port)).await?;
    first.write_all(b"GET /").await?;
    let mut honest = TcpStream::connect(("127.0.0.1", naive.port)).await?;
    honest.write_all(b"GET /signed-in?code=x&state=right HTTP/1.1\r\n\r\n").await?;
    drop(first);
    assert_eq!(naive.came.await??.0, "GET /");
    Ok(streams)
}

#[tokio::test]
async fn another_port_and_another_sign_in_are_no_way_back() -> Result<()> {
    let galaxy = galaxy().await?;
    let server = galaxy.homeserver.url().as_str();
    let desktop = Desktop::start(&galaxy).await?;
    let one = desktop.wait(server).await?;
    desktop.core.app.cancel_sign_in();
    assert_eq!(one.task.await?.map_err(|error| error.kind), Err(ErrorKind::Cancelled));

    // Nobody can wait where the browser is still to come back to.
    let port = one.back.port().context("a port")?;
    let squatter = TcpListener::bind(("127.0.0.1", port)).await;
    assert!(squatter.is_err(), "somebody took the port of a sign-in that was given up");
    let late = Browser::start().await?;
    late.open(&one.page).await?;
    late.sign_in(&galaxy.newcomer.user, &galaxy.newcomer.password).await?;
    late.see("This link does not work").await?;
    let two = desktop.wait(server).await?;
    assert_ne!(two.back, one.back);

    // Addresses as they are pasted: from the other sign-in, and from none.
    let address = |back: &Url, state: &str, parts: &str| format!("{back}?{parts}&state={state}");
    let right = address(&two.back, &two.state, "code=x");
    for pasted in [
        address(&one.back, &one.state, "code=x"),
        address(&one.back, &two.state, "code=x"),
        address(&two.back, &one.state, "code=x"),
        address(&two.back, &one.state, "error=access_denied"),
        address(&two.back, &two.state, ""),
        right.replace("127.0.0.1", "localhost"),
        right.replace("http:", "https:"),
        right.replace("//", "//user@"),
        right.replace("/signed-in", "/"),
        right.replace("/signed-in", "/signed-in/.."),
        one.page.clone(),
        two.page.clone(),
        String::new(),
        "x".repeat(1_000_000),
    ] {
        let shown = pasted.chars().take(300).collect::<String>();
        let refused = desktop.core.app.paste_address(&pasted).expect_err(&shown);
        assert_eq!(refused.kind, ErrorKind::AddressNotExpected, "{shown}");
    }

    let browser = Browser::start().await?;
    browser.open(&two.page).await?;
    browser.sign_in(&galaxy.newcomer.user, &galaxy.newcomer.password).await?;
    browser.see("Go back to Galaxy Chat").await?;
    two.task.await??;
    desktop.core.signed_in().await?;
    devices(&galaxy, 1).await?;

    // The control: where the port is free, as it is after a sign-in that came to its end, whoever
    // takes it has what the browser brings.
    let port = two.back.port().context("a port")?;
    let squatter = TcpListener::bind(("127.0.0.1", port)).await?;
    let origin = |url: &Url| url.origin().ascii_serialization();
    let brought = late.url().await?.as_str().replace(&origin(&one.back), &origin(&two.back));
    let visiting = browser.open(&brought);
    let got = async {
        let (mut stream, _) = squatter.accept().await?;
        let mut request = vec![0; 4096];
        let read = stream.read(&mut request).await?;
        let empty = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(empty.as_bytes()).await?;
        anyhow::Ok(String::from_utf8_lossy(&request[..read]).into_owned())
    };
    let (_, got) = tokio::join!(visiting, got);
    assert!(got?.contains("code="), "the control shows nothing");
    Ok(())
}
