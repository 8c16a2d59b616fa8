//! What logind announces, by something that answers in its place on a bus of its own: the real one needs a
//! computer to send to sleep.

use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::homeserver::Options;
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::process::is_running;
use galaxy_chat_tests::window::AppOptions;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedFd;
use zbus::{Connection, connection};

use super::Visitor;
use crate::session::until;
use crate::starts::at_last;

const PATH: &str = "/org/freedesktop/login1";
const ENDED: &str = "You were signed out because this shared computer went to sleep.";

/// The other ends of the locks that were asked for, with what they hold up.
type Locks = Arc<Mutex<Vec<(String, UnixStream)>>>;

struct Manager {
    locks: Locks,
    refuses: bool,
}

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> zbus::fdo::Result<OwnedFd> {
        if self.refuses {
            return Err(zbus::fdo::Error::AccessDenied("not for this user".to_owned()));
        }
        let failed = |error: std::io::Error| zbus::fdo::Error::Failed(error.to_string());
        let (own, lock) = UnixStream::pair().map_err(failed)?;
        own.set_nonblocking(true).map_err(failed)?;
        let asked = format!("{mode} {what}, {who}: {why}");
        self.locks.lock().expect("no panic with a lock").push((asked, own));
        Ok(std::os::fd::OwnedFd::from(lock).into())
    }

    #[zbus(signal)]
    async fn prepare_for_sleep(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn prepare_for_shutdown(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}

/// The bus, and who answers on it.
struct Logind {
    bus: Keyring,
    connection: Connection,
    locks: Locks,
}

impl Logind {
    async fn start() -> Result<Self> {
        Self::with(false).await
    }

    /// `refuses` to hold anything up.
    async fn with(refuses: bool) -> Result<Self> {
        let bus = Keyring::start(State::Absent).await?;
        let locks = Locks::default();
        let connection = connection::Builder::address(&*bus.address())?
            .name("org.freedesktop.login1")?
            .serve_at(PATH, Manager { locks: locks.clone(), refuses })?
            .build()
            .await?;
        Ok(Self { bus, connection, locks })
    }

    /// What leads the app to it.
    fn env(&self) -> (String, String) {
        ("DBUS_SYSTEM_BUS_ADDRESS".to_owned(), self.bus.address())
    }

    /// How many locks were asked for, and how many of them are held.
    fn locks(&self) -> (usize, usize) {
        let locks = self.locks.lock().expect("no panic with a lock");
        let all = locks.len();
        let held = locks.iter().filter(|(_, lock)| {
            // Nothing is ever written to it: there is nothing to read yet, or the end.
            (&mut &*lock).read(&mut [0]).is_err()
        });
        (all, held.count())
    }

    /// Waits for a lock that holds up sleep and shutdown.
    async fn is_held(&self, asked: usize) -> Result<()> {
        until("a lock", async || Ok(self.locks() == (asked, 1))).await?;
        let locks = self.locks.lock().expect("no panic with a lock");
        let (last, _) = locks.last().context("a lock")?;
        ensure!(last.starts_with("delay sleep:shutdown, Galaxy Chat: "), "{last}");
        Ok(())
    }

    async fn announce_sleep(&self, begins: bool) -> Result<()> {
        let emitter = SignalEmitter::new(&self.connection, PATH)?;
        Ok(Manager::prepare_for_sleep(&emitter, begins).await?)
    }

    async fn announce_shutdown(&self) -> Result<()> {
        let emitter = SignalEmitter::new(&self.connection, PATH)?;
        Ok(Manager::prepare_for_shutdown(&emitter, true).await?)
    }
}

async fn visitor(logind: &Logind) -> Result<Visitor> {
    let app = AppOptions { env: vec![logind.env()], ..AppOptions::default() };
    Visitor::open_with(Options::default(), app).await
}

#[tokio::test]
async fn a_lid_that_closes_ends_a_session_on_a_shared_computer() -> Result<()> {
    let logind = Logind::start().await?;
    let mut visitor = visitor(&logind).await?;
    let traces = visitor.come().await?;
    logind.is_held(1).await?;

    logind.announce_sleep(true).await?;
    // The computer sleeps as soon as nothing holds it up.
    until("no lock", async || Ok(logind.locks() == (1, 0))).await?;
    let galaxy = &visitor.desk.stage.galaxy;
    assert_eq!(galaxy.homeserver.devices(&galaxy.newcomer).await?, Vec::<String>::new());
    logind.announce_sleep(false).await?;
    visitor.desk.stage.window.see(ENDED).await?;
    logind.is_held(2).await?;
    visitor.desk.stage.window.close().await?;
    visitor.assert_no_trace(&traces).await
}

#[tokio::test]
async fn sleep_ends_no_session_that_is_kept() -> Result<()> {
    let logind = Logind::start().await?;
    let visitor = visitor(&logind).await?;
    visitor.desk.to_form().await?;
    visitor.sign_in().await?;
    logind.is_held(1).await?;
    logind.announce_sleep(true).await?;
    until("no lock", async || Ok(logind.locks() == (1, 0))).await?;
    logind.announce_sleep(false).await?;
    logind.is_held(2).await?;
    let (window, galaxy) = (&visitor.desk.stage.window, &visitor.desk.stage.galaxy);
    assert!(!window.reads(ENDED).await?);
    assert_eq!(galaxy.homeserver.devices(&galaxy.newcomer).await?.len(), 1);
    window.fill(super::COMPOSER, "Good morning").await?;
    window.press("Enter").await?;
    window.see("Good morning").await?;
    window.unsee("Sending…").await
}

/// Where nothing is held up, what is announced may still come in time.
#[tokio::test]
async fn a_refused_lock_leaves_the_announcements() -> Result<()> {
    let logind = Logind::with(true).await?;
    let mut visitor = visitor(&logind).await?;
    let traces = visitor.come().await?;
    logind.announce_sleep(true).await?;
    visitor.desk.stage.window.see(ENDED).await?;
    visitor.no_device().await?;
    visitor.desk.stage.window.close().await?;
    visitor.assert_no_trace(&traces).await
}

#[tokio::test]
async fn a_shutdown_ends_a_session_on_a_shared_computer() -> Result<()> {
    let logind = Logind::start().await?;
    let visitor = visitor(&logind).await?;
    let traces = visitor.come().await?;
    logind.is_held(1).await?;
    let pid = visitor.desk.stage.window.pid()?;
    logind.announce_shutdown().await?;
    at_last("ended", || Ok(!is_running(pid))).await?;
    until("no lock", async || Ok(logind.locks() == (1, 0))).await?;
    visitor.no_device().await?;
    visitor.assert_no_trace(&traces).await
}
