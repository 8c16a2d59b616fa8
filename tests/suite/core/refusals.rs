//! Sign-ins that come to nothing: each has its own kind, and none leaves anything behind.

use std::time::Duration;

use anyhow::Result;
use galaxy_chat_core::vault::Keyring;
use galaxy_chat_core::wire::{ErrorKind, JoinOrder, Session, SignInStep};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::{Limits, Options, free_port};
use serde_json::json;

use super::run::{Computer, Core, with_password};
use crate::stub::{NOTHING, Relay, Stub};

/// Nobody is signed in, and nothing tells that somebody tried.
async fn assert_nothing_left(core: &Core, computer: &Computer, galaxy: &Galaxy) -> Result<()> {
    assert_eq!(core.now().session, Some(Session::SignedOut { unfinished: None, set_aside: false }));
    assert_eq!(computer.files(), Vec::<std::path::PathBuf>::new());
    // The keyring is told to forget in the background.
    for _ in 0..100 {
        if computer.keys() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(computer.keys(), 0);
    let devices = galaxy.homeserver.devices(&galaxy.newcomer).await?;
    assert_eq!(devices, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn each_wrong_server_has_its_kind() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.signed_out().await?;

    let password = json!([{ "type": "m.login.password" }]);
    let refused = |code: &str| {
        (403, "application/json", json!({ "errcode": code, "error": "No" }).to_string())
    };
    let nothing = Stub::start(NOTHING).await?;
    let page = Stub::start(|_| (200, "text/html", "<h1>Welcome</h1>".to_owned())).await?;
    let sso = json!([{ "type": "m.login.sso" }]);
    let sso = Stub::homeserver(sso, true, refused("M_UNKNOWN")).await?;
    let old = Stub::homeserver(password.clone(), false, refused("M_UNKNOWN")).await?;
    let gone = Stub::homeserver(password, true, refused("M_USER_DEACTIVATED")).await?;
    let closed = format!("http://127.0.0.1:{}", free_port()?);
    for (server, user, kind) in [
        ("not a server", "newcomer", ErrorKind::ServerNameInvalid),
        ("no-such-server.invalid", "newcomer", ErrorKind::ServerUnknown),
        ("https://no-such-server.invalid", "newcomer", ErrorKind::ServerUnknown),
        (&nothing.url(), "newcomer", ErrorKind::ServerNotMatrix),
        (&page.url(), "newcomer", ErrorKind::ServerNotMatrix),
        ("http://example.org", "newcomer", ErrorKind::ServerInsecure),
        (&sso.url(), "newcomer", ErrorKind::ServerNoPassword),
        (&old.url(), "newcomer", ErrorKind::ServerTooOld),
        (&closed, "newcomer", ErrorKind::ServerUnreachable),
        (&gone.url(), "newcomer", ErrorKind::AccountDeactivated),
        (&gone.url(), " ", ErrorKind::UserNameInvalid),
        ("example.org", "@newcomer:elsewhere.example", ErrorKind::UserOnOtherServer),
    ] {
        let error = core.try_sign_in(server, user, "a password").await.expect_err(server);
        assert_eq!(error.kind, kind, "{server}: {error}");
        assert_nothing_left(&core, &computer, &galaxy).await?;
    }
    Ok(())
}

#[tokio::test]
async fn each_wrong_account_has_its_kind() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.signed_out().await?;
    let server = galaxy.homeserver.url().as_str();
    let (locked, closed) =
        (galaxy.homeserver.account("locked").await?, galaxy.homeserver.account("closed").await?);
    galaxy.homeserver.lock(&locked, true).await?;
    galaxy.homeserver.deactivate(&closed).await?;
    for (user, password, kind) in [
        (&galaxy.newcomer.user, "wrong", ErrorKind::WrongPassword),
        (&"nobody".to_owned(), "wrong", ErrorKind::WrongPassword),
        (&locked.user, &locked.password, ErrorKind::AccountLocked),
        // The homeserver does not tell a closed account from a wrong password.
        (&closed.user, &closed.password, ErrorKind::WrongPassword),
    ] {
        let error = core.try_sign_in(server, user, password).await.expect_err(user);
        assert_eq!(error.kind, kind, "{user}: {error}");
        assert_nothing_left(&core, &computer, &galaxy).await?;
    }
    // After all this the right way in still works.
    core.sign_in(&galaxy.newcomer).await
}

#[tokio::test]
async fn a_cancelled_sign_in_leaves_nothing_here_or_there() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let relay = Relay::start(galaxy.homeserver.port()).await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.signed_out().await?;
    let (user, password) = (galaxy.newcomer.user.clone(), galaxy.newcomer.password.clone());
    for (held, step) in [
        ("GET /_matrix/client/v3/login", SignInStep::FindingServer),
        ("POST /_matrix/client/v3/login", SignInStep::CheckingPassword),
    ] {
        relay.hold(held);
        let app = core.app.clone();
        let (url, way) = (relay.url(), with_password(&user, &password));
        let signing_in = tokio::spawn(async move { app.sign_in(url, way, true, false).await });
        relay.answered().await?;
        let at = |session: &Session| matches!(session, Session::SigningIn { step: now, .. } if *now == step);
        core.session("signing in", at).await?;
        let made = galaxy.homeserver.devices(&galaxy.newcomer).await?.len();
        // The server has made a device by then: this test could not fail otherwise.
        assert_eq!(made, usize::from(step == SignInStep::CheckingPassword));

        core.app.cancel_sign_in();
        let error = signing_in.await?.expect_err("cancelled");
        assert_eq!(error.kind, ErrorKind::Cancelled);
        relay.release();
        for _ in 0..100 {
            if galaxy.homeserver.devices(&galaxy.newcomer).await?.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_nothing_left(&core, &computer, &galaxy).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_in_a_hurry_says_when_to_try_again() -> Result<()> {
    let options = Options { limits: Limits::Default, ..Options::default() };
    let galaxy = Galaxy::start_with(options).await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.signed_out().await?;
    let mut last = ErrorKind::WrongPassword;
    let mut wait = None;
    for _ in 0..10 {
        let server = galaxy.homeserver.url().as_str();
        let error = core.try_sign_in(server, "newcomer", "wrong").await.expect_err("it is wrong");
        (last, wait) = (error.kind, error.retry_after_ms);
        if last != ErrorKind::WrongPassword {
            break;
        }
    }
    assert_eq!(last, ErrorKind::RateLimited);
    assert!(wait.is_some_and(|wait| wait > 0), "{wait:?}");
    assert_nothing_left(&core, &computer, &galaxy).await
}

#[tokio::test]
async fn without_a_session_every_verb_says_so() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start_with(Keyring::new(|| Err(keyring::Error::NoDefaultStore), &[]));
    core.signed_out().await?;
    let (app, none) = (&core.app, Some(ErrorKind::NotSignedIn));
    assert_eq!(app.join("#a:example.org", &[]).await.err().map(|error| error.kind), none);
    assert_eq!(app.leave_rooms(&[]).await.err().map(|error| error.kind), none);
    assert_eq!(app.join_rooms(&[], &[]).await.err().map(|error| error.kind), none);
    let pause = app.steer_joins(JoinOrder::Pause).await;
    assert_eq!(pause.err().map(|error| error.kind), none);
    assert_eq!(app.open_room("!a:example.org").await.err().map(|error| error.kind), none);
    assert_eq!(app.load_earlier().await.err().map(|error| error.kind), none);
    assert_eq!(
        app.send_message("!a:example.org", "a", false).await.err().map(|error| error.kind),
        none
    );
    assert_eq!(app.retry_message("a").await.err().map(|error| error.kind), none);
    assert_eq!(app.discard_message("a").await.err().map(|error| error.kind), none);
    assert_eq!(app.save_draft("!a:example.org", "a").await.err().map(|error| error.kind), none);
    assert_eq!(app.mark_read("!a:example.org").await.err().map(|error| error.kind), none);
    assert_eq!(app.keep_session(true).await.err().map(|error| error.kind), none);

    core.sign_in(&galaxy.newcomer).await?;
    let kept = app.keep_session(false).await.err().map(|error| error.kind);
    assert_eq!(kept, Some(ErrorKind::KeyringUnavailable));
    app.keep_session(true).await?;
    Ok(())
}
