use keyring::mock;
use matrix_sdk::{SessionMeta, authentication::matrix::MatrixSession};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;

const OVER: &str = r#"{"error":"invalid_client"}"#;

/// Answers each request with the next of these, and counts them.
async fn server(answers: Vec<(u16, &'static str)>) -> (Url, tokio::task::JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let task = tokio::spawn(async move {
        let mut asked = 0;
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = [0; 8192];
            let _ = stream.read(&mut request).await;
            asked += 1;
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status} -\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
        asked
    });
    (Url::parse(&format!("http://{address}/revoke")).expect("an address"), task)
}

fn tokens() -> SessionTokens {
    SessionTokens { access_token: "access".to_owned(), refresh_token: None }
}

#[tokio::test]
async fn only_the_authorization_servers_own_word_ends_a_revocation() {
    let answers = [
        (200, "", true),
        (204, "", true),
        (400, r#"{"error":"unsupported_token_type"}"#, true),
        (400, r#"{"error":"invalid_grant"}"#, true),
        (401, OVER, true),
        (400, r#"{"error":"invalid_request"}"#, false),
        (400, "Bad Request", false),
        (401, "", false),
        (403, OVER, false),
        (404, "<html>not here</html>", false),
        (407, OVER, false),
        (429, OVER, false),
        (302, "", false),
        (502, OVER, false),
    ];
    for (status, body, over) in answers {
        let (url, _) = server(vec![(status, body)]).await;
        let client = ClientId::new("app".to_owned());
        assert_eq!(revoke(&client, &url, &tokens()).await, over, "{status} {body}");
    }
}

fn access() -> Access {
    let json = serde_json::json!({
        "user_id": "@somebody:test.localhost", "device_id": "DEVICE", "access_token": "access",
    });
    let session = MatrixSession {
        meta: serde_json::from_value::<SessionMeta>(json).expect("user and device"),
        tokens: tokens(),
    };
    Access::Matrix(session)
}

/// A farewell that was written, and the computer that it is on.
async fn written() -> (tempfile::TempDir, Arc<Profile>, Arc<mock::Store>, Keyring, PathBuf, Key) {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = Arc::new(Profile::open(folder.path()).expect("opens"));
    let store = mock::Store::new().expect("a keyring");
    let same = store.clone();
    let keyring = Keyring::new(move || Ok(same.clone()), &[]);
    let key = Key::random();
    keyring.store(&key).await.expect("stored");
    // Nobody listens there.
    let homeserver = Url::parse("http://127.0.0.1:9/").expect("an address");
    let key_at = Some((&key, KeyPlace::Keyring));
    Farewell::new(homeserver, access(), Some(&profile), key_at, Cause::SignedOut);
    let file = profile.farewell(&key.id());
    assert!(file.is_file());
    (folder, profile, store, keyring, file, key)
}

#[tokio::test]
async fn a_farewell_is_kept_whatever_the_keyring_says_until_it_is_old() {
    let (_folder, profile, _, keyring, file, key) = written().await;
    let empty = mock::Store::new().expect("a keyring");
    let says_nothing_found = Keyring::new(move || Ok(empty.clone()), &[]);
    let missing = Keyring::new(|| Err(keyring::Error::NoDefaultStore), &[]);
    for locked in [says_nothing_found, missing] {
        resume_one(&profile, &locked, &file).await;
        assert!(file.is_file());
    }
    // One that is not understood is from another version.
    let content = fs::read(&file).expect("readable");
    for strange in [&b"galaxy-chat-sealed 2 keyring"[..], b"", &content[..content.len() - 1]] {
        fs::write(&file, strange).expect("written");
        resume_one(&profile, &keyring, &file).await;
        assert_eq!(fs::read(&file).expect("still there"), strange);
    }
    fs::write(&file, &content).expect("written");
    assert!(keyring.read(&key.id()).await.is_ok());

    let old = SystemTime::now() - MAX_AGE - Duration::from_secs(1);
    fs::File::options()
        .append(true)
        .open(&file)
        .and_then(|file| file.set_modified(old))
        .expect("aged");
    resume_one(&profile, &keyring, &file).await;
    assert!(!file.exists() && keyring.read(&key.id()).await.is_err());
}

#[tokio::test]
async fn a_key_that_files_set_aside_need_is_not_forgotten_with_the_farewell() {
    for needed in [true, false] {
        let (folder, profile, _, keyring, file, key) = written().await;
        if needed {
            let aside = folder.path().join("set-aside/1");
            fs::create_dir_all(&aside).expect("made");
            let sealed = seal(KeyPlace::Keyring, &key, b"drafts");
            fs::write(aside.join("drafts.sealed"), sealed).expect("written");
        }
        let farewell = read(&profile, key.clone(), KeyPlace::Keyring, &file).expect("it is sound");
        farewell.done(&keyring).await;
        assert_eq!(keyring.read(&key.id()).await.is_ok(), needed);
        assert!(!file.exists() && !folder.path().join("forget").exists());
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_forgotten_now_is_forgotten_at_a_later_start() {
    let (folder, profile, _, keyring, file, key) = written().await;
    let farewell = read(&profile, key.clone(), KeyPlace::Keyring, &file).expect("it is sound");
    farewell.done(&Keyring::new(|| Err(keyring::Error::NoDefaultStore), &[])).await;
    drop((farewell, profile));
    let profile = Profile::open(folder.path()).expect("opens");
    assert!(keyring.read(&key.id()).await.is_ok());
    keys::forget(&profile, &keyring, &profile.keys_to_forget()).await;
    assert!(keyring.read(&key.id()).await.is_err());
    assert!(profile.keys_to_forget().is_empty());
}
