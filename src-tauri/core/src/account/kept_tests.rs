use std::{
    collections::BTreeSet,
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    thread,
};

use matrix_sdk::ruma::api::MatrixVersion;
use url::Url;

use super::*;
use crate::{
    account::client,
    vault::{Key, KeyPlace, Profile},
};

fn saved_session(access_token: &str) -> SavedSession {
    let key = Key::random();
    let json = serde_json::json!({
        "server": "b", "homeserver": "https://b/",
        "store": { "name": "0123456789abcdef", "key": key.to_text() },
        "session": {
            "user_id": "@a:b", "device_id": "ABCDEFGH",
            "access_token": access_token, "refresh_token": "renews",
        },
    });
    serde_json::from_value(json).expect("a session")
}

fn kept_in(profile: &Arc<Profile>, gate: TokenGate) -> Kept {
    let custody = Custody::sealed(profile.clone(), Key::random(), KeyPlace::Keyring);
    Kept::new(custody, saved_session("first"), false, gate)
}

#[test]
fn nothing_is_written_of_a_session_whose_place_is_another_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = Arc::new(Profile::open(folder.path()).expect("opens"));
    let kept = kept_in(&profile, TokenGate::default());
    let written = || fs::read(profile.session_file()).ok();
    kept.hear(vec!["v1.1".to_owned()]).expect("saved");
    let before = written().expect("the control: until then it is written");
    kept.hear(vec!["v1.2".to_owned()]).expect("saved");
    assert_ne!(written(), Some(before));
    kept.retire();
    fs::write(profile.session_file(), "the next session").expect("written");
    kept.hear(vec!["v1.3".to_owned()]).expect("left");
    assert_eq!(written().as_deref(), Some(&b"the next session"[..]));
}

/// A homeserver at which the access token `first` has expired. Counts those who ask with `second` who they are.
/// It has threads of its own, as one of the runtime's waits while tokens are saved.
fn homeserver() -> (Url, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("is bound");
    let count = Arc::new(Mutex::new(0));
    let counted = count.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, count) = (stream.expect("a connection"), counted.clone());
            thread::spawn(move || answer(stream, &count));
        }
    });
    (Url::parse(&format!("http://{address}/")).expect("an address"), count)
}

fn answer(mut stream: TcpStream, count: &Mutex<usize>) {
    let mut request = vec![0; 4096];
    let read = stream.read(&mut request).unwrap_or_default();
    let request = String::from_utf8_lossy(&request[..read]).to_lowercase();
    let (status, body) = if request.contains("/refresh") {
        ("200 OK", r#"{"access_token":"second","refresh_token":"renews again"}"#)
    } else if request.contains("bearer second") {
        // Beside what the test asks the SDK asks for its keys.
        *count.lock().expect("a count") += usize::from(request.contains("/whoami"));
        ("200 OK", r#"{"user_id":"@a:b","device_id":"ABCDEFGH"}"#)
    } else {
        let expired =
            r#"{"errcode":"M_UNKNOWN_TOKEN","error":"It has expired","soft_logout":true}"#;
        ("401 Unauthorized", expired)
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

async fn signed_in(homeserver: &Url, access_token: &str, gate: TokenGate) -> Client {
    let http = client::session_client(homeserver, None, gate).expect("a client");
    let versions = BTreeSet::from([MatrixVersion::V1_11]);
    let client = client::build(homeserver, http, Some(&versions), None).await;
    let client = client.expect("asks nobody");
    let session = saved_session(access_token).session;
    session.give_to(&client).await.expect("is signed in");
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn no_request_uses_a_token_that_is_not_saved_yet() {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = Arc::new(Profile::open(folder.path()).expect("opens"));
    let (homeserver, count) = homeserver();
    let used = || *count.lock().expect("a count");
    let kept = kept_in(&profile, TokenGate::default());
    let client = signed_in(&homeserver, "first", kept.gate()).await;
    kept.follow(&client);

    // Saving takes as long as this is held.
    let (held, release) = (mpsc::channel(), mpsc::channel::<()>());
    let saving = kept.clone();
    thread::spawn(move || {
        saving.with(|_| {
            held.0.send(()).expect("somebody waits");
            release.1.recv().expect("is released");
        });
    });
    held.1.recv().expect("is held");
    let ask = || {
        let client = client.clone();
        tokio::spawn(async move { client.whoami().await.expect("an answer") })
    };
    let refreshes = ask();
    while client.session_tokens().expect("is signed in").access_token != "second" {
        assert!(!refreshes.is_finished(), "the token is not refreshed");
        tokio::task::yield_now().await;
    }
    let meanwhile: Vec<_> = (0..8).map(|_| ask()).collect();
    // The control: who waits for nothing is answered, again and again.
    let hasty = signed_in(&homeserver, "second", TokenGate::default()).await;
    for asked in 1..=8 {
        hasty.whoami().await.expect("an answer");
        assert_eq!(used(), asked, "those of this client alone");
    }
    assert!(!profile.session_file().exists(), "nothing is saved");

    release.0.send(()).expect("somebody waits");
    refreshes.await.expect("goes on");
    for asked in meanwhile {
        asked.await.expect("goes on");
    }
    assert_eq!(used(), 8 + 1 + 8);
    assert!(profile.session_file().exists(), "it is saved");
}

#[tokio::test]
async fn a_token_that_cannot_be_saved_is_used_all_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = Arc::new(Profile::open(&folder.path().join("profile")).expect("opens"));
    let (homeserver, count) = homeserver();
    let kept = kept_in(&profile, TokenGate::default());
    let client = signed_in(&homeserver, "first", kept.gate()).await;
    kept.follow(&client);
    // A folder cannot be replaced by a file.
    fs::create_dir(profile.session_file()).expect("a folder");
    for asked in 1..=2 {
        client.whoami().await.expect("an answer");
        assert_eq!(*count.lock().expect("a count"), asked);
    }
    assert!(profile.session_file().is_dir(), "the control: it was not saved");
}

/// The SDK may refresh tokens before it is told to have them saved.
#[tokio::test]
async fn tokens_that_were_refreshed_before_are_saved_and_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = Arc::new(Profile::open(folder.path()).expect("opens"));
    let (homeserver, count) = homeserver();
    let kept = kept_in(&profile, TokenGate::default());
    let client = signed_in(&homeserver, "first", kept.gate()).await;
    client.whoami().await.expect("an answer");
    assert_eq!(kept.saved().session.tokens().access_token, "first", "the control");
    kept.follow(&client);
    assert_eq!(kept.saved().session.tokens().access_token, "second");
    assert!(profile.session_file().exists(), "it is saved");
    client.whoami().await.expect("an answer");
    assert_eq!(*count.lock().expect("a count"), 2);
}
