//! Closing ends in every state of the session, and the next start has the profile.

mod sign_in;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use galaxy_chat_core::vault::Keyring;
use galaxy_chat_core::wire::{Keeping, LockReason, Session, SignInWay};
use galaxy_chat_tests::authority;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::{Options, Registration};
use keyring::Error;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use super::run::{Computer, Core, with_password};
use crate::session::until;

/// Whoever has not ended by then never does.
const NEVER: Duration = Duration::from_mins(3);

/// A keyring that answers until it is told to be silent; from then on every call waits for ever.
#[derive(Clone, Default)]
struct Silence(Arc<State>);

#[derive(Default)]
struct State {
    silent: AtomicBool,
    /// Calls that wait.
    waiting: AtomicUsize,
}

impl Silence {
    fn falls(&self) {
        self.0.silent.store(true, Ordering::SeqCst);
    }

    fn wait(&self) {
        if self.0.silent.load(Ordering::SeqCst) {
            self.0.waiting.fetch_add(1, Ordering::SeqCst);
        }
        while self.0.silent.load(Ordering::SeqCst) {
            thread::park();
        }
    }

    /// Waits until somebody asks it while it is silent.
    async fn is_asked(&self) -> Result<()> {
        until("the keyring is asked", async || Ok(self.0.waiting.load(Ordering::SeqCst) > 0)).await
    }

    /// The keyring of that computer.
    fn keyring(&self, computer: &Computer) -> Keyring {
        let (silence, store) = (self.clone(), computer.keyring.clone());
        let open = move || {
            silence.wait();
            Ok(store.clone() as Arc<_>)
        };
        Keyring::new(open, &[])
    }
}

/// A system without a keyring.
fn without_keyring() -> Keyring {
    Keyring::new(|| Err(Error::NoDefaultStore), &[])
}

/// Closing ends, and the next start is not kept from its profile.
async fn assert_ends(state: &str, computer: &Computer, core: Core) -> Result<()> {
    timeout(NEVER, core.close()).await.with_context(|| format!("{state}: it does not end"))??;
    let next = computer.start_with(without_keyring());
    let so = |session: &Session| {
        *session != Session::Restoring
            && *session != Session::Locked { reason: LockReason::ProfileInUse }
    };
    next.session(state, so).await?;
    next.close().await
}

/// A sign-in that goes on by itself.
fn begin(core: &Core, server: String, way: SignInWay) {
    let app = core.app.clone();
    tokio::spawn(async move { app.sign_in(server, way, false, false).await });
}

#[tokio::test]
async fn closing_ends_while_the_keyring_is_silent() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.sign_in(&galaxy.newcomer).await?;
    core.close().await?;

    let silence = Silence::default();
    silence.falls();
    let core = computer.start_with(silence.keyring(&computer));
    core.session("restoring", |session| *session == Session::Restoring).await?;
    // The control: whatever waits for the session, which the one who restores holds, does not end.
    let mut naive = Ok(Ok(()));
    for _ in 0..100 {
        naive = timeout(Duration::from_secs(5), core.app.keep_session(true)).await;
        if naive.is_err() {
            break;
        }
        // It has not begun to restore.
        sleep(Duration::from_millis(50)).await;
    }
    assert!(naive.is_err(), "the keyring is not waited for");
    assert_ends("restoring", &computer, core).await?;

    let core = computer.start_with(silence.keyring(&computer));
    let reason = LockReason::KeyringNoAnswer;
    core.session("no answer", |session| *session == Session::Locked { reason }).await?;
    assert_ends("locked", &computer, core).await?;

    // Nothing of this costs the saved session.
    computer.start().signed_in().await?;
    Ok(())
}

#[tokio::test]
async fn closing_ends_while_the_keyring_is_silent_to_a_sign_in() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let silence = Silence::default();
    silence.falls();
    let core = computer.start_with(silence.keyring(&computer));
    core.signed_out().await?;
    let way = with_password(&galaxy.newcomer.user, &galaxy.newcomer.password);
    begin(&core, galaxy.homeserver.url().to_string(), way);
    core.session("signing in", |session| matches!(session, Session::SigningIn { .. })).await?;
    assert_ends("signing in", &computer, core).await?;

    // It falls silent while what was in memory is to be kept.
    let core = computer.start_with(without_keyring());
    core.sign_in(&galaxy.newcomer).await?;
    core.close().await?;
    let silence = Silence::default();
    let there = silence.clone();
    let open = move || {
        there.wait();
        Err(Error::NoDefaultStore)
    };
    let core = computer.start_with(Keyring::new(open, &[]));
    core.sign_in(&galaxy.newcomer).await?;
    silence.falls();
    let app = core.app.clone();
    let keeping = tokio::spawn(async move { app.keep_session(false).await });
    silence.is_asked().await?;
    assert!(!keeping.is_finished(), "the keyring is not waited for");
    // What was not kept ends with the app, though the keyring has not answered.
    assert_eq!(galaxy.homeserver.devices(&galaxy.newcomer).await?.len(), 1);
    assert_ends("keeping", &computer, core).await?;
    assert_eq!(galaxy.homeserver.devices(&galaxy.newcomer).await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn closing_ends_while_the_server_is_silent() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let server = galaxy.homeserver.url().to_string();
    let way = || with_password(&galaxy.newcomer.user, &galaxy.newcomer.password);
    let signing_in = |session: &Session| matches!(session, Session::SigningIn { .. });

    // One that takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let core = computer.start();
    core.signed_out().await?;
    begin(&core, format!("http://{}", silent.local_addr()?), way());
    core.session("signing in", signing_in).await?;
    assert_ends("looking for the server", &computer, core).await?;

    // One that falls silent once it is known.
    let core = computer.start();
    core.signed_out().await?;
    core.app.discover(&server).await?;
    galaxy.homeserver.freeze()?;
    begin(&core, server.clone(), way());
    core.session("signing in", signing_in).await?;
    sleep(Duration::from_secs(1)).await;
    assert_ends("sending the password", &computer, core).await?;
    galaxy.homeserver.thaw()?;

    for (state, kept, shared) in
        [("kept", true, false), ("in memory", false, false), ("shared", true, true)]
    {
        for signs_out in [false, true] {
            let keyring =
                if kept { Silence::default().keyring(&computer) } else { without_keyring() };
            let core = computer.start_with(keyring);
            core.session("not restoring", |session| *session != Session::Restoring).await?;
            if !matches!(core.now().session, Some(Session::SignedIn { .. })) {
                core.app.sign_in(server.clone(), way(), false, shared).await?;
            }
            let Session::SignedIn { keeping, .. } = core.signed_in().await? else { unreachable!() };
            assert_eq!(keeping == Keeping::Shared, shared, "{state}");
            galaxy.homeserver.freeze()?;
            if signs_out {
                let app = core.app.clone();
                tokio::spawn(async move { app.sign_out().await });
                core.signed_out().await?;
            }
            assert_ends(state, &computer, core).await?;
            galaxy.homeserver.thaw()?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn closing_ends_while_the_browser_is_waited_for() -> Result<()> {
    let options = authority::Options { remembered: false, ..authority::Options::default() };
    let galaxy = Galaxy::start_with(Options::delegated_to(options)).await?;
    let mut computer = Computer::new(&galaxy)?;
    computer.browser = Arc::new(|_| true);
    let core = computer.start();
    core.signed_out().await?;
    begin(&core, galaxy.homeserver.url().to_string(), SignInWay::OAuth);
    let waits = |session: &Session| matches!(session, Session::WaitingForBrowser { .. });
    core.session("waiting", waits).await?;
    assert_ends("waiting for the browser", &computer, core).await
}

#[tokio::test]
async fn closing_ends_while_a_registration_asks() -> Result<()> {
    let galaxy = Galaxy::start_with(Options::registration(Registration::Token)).await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.signed_out().await?;
    let way = SignInWay::Register {
        user: "student".to_owned(),
        password: "a password to be".to_owned().into(),
    };
    begin(&core, galaxy.homeserver.url().to_string(), way);
    let asks = |session: &Session| matches!(session, Session::Registering { .. });
    core.session("registering", asks).await?;
    assert_ends("registering", &computer, core).await
}

#[tokio::test]
async fn a_start_waits_for_the_profile_of_an_app_that_closes() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let first = computer.start();
    first.sign_in(&galaxy.newcomer).await?;
    let second = computer.start();
    let reason = LockReason::ProfileInUse;
    second.session("in use", |session| *session == Session::Locked { reason }).await?;
    first.close().await?;
    second.signed_in().await?;
    Ok(())
}
