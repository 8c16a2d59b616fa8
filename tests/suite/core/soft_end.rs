//! A session whose time is over at the server: the device is there, and signing in takes it up again,
//! whatever is tried before and fails.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_core::wire::{ErrorKind, Session, SignInWay};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::{Name, Options, Registration};
use galaxy_chat_tests::matrix::Client;
use serde_json::Value;

use super::run::{Computer, Core, files_in, with_password};
use super::session::{end_elsewhere, is_expired};
use crate::session::device_keys;
use crate::stub::Relay;

/// Somebody who is in a room, has begun to write there, and whose session has ended.
struct Stand {
    galaxy: Galaxy,
    observer: Client,
    relay: Relay,
    computer: Computer,
    core: Core,
    lobby: String,
    keys: BTreeMap<String, Value>,
    saved: Vec<u8>,
}

impl Stand {
    /// Signed in by the server's name, or by way of the relay.
    async fn start(by_name: bool) -> Result<Self> {
        let mut options = Options::registration(Registration::Token);
        options.name = Name::LocalhostAndPort;
        let galaxy = Galaxy::start_with(options).await?;
        let observer = galaxy.helper.sign_in().await?;
        let relay = Relay::start(galaxy.homeserver.port()).await?;
        let computer = Computer::new(&galaxy)?;
        let core = computer.start();
        core.signed_out().await?;
        let server = if by_name { galaxy.homeserver.name() } else { relay.url() };
        core.try_sign_in(&server, &galaxy.newcomer.user, &galaxy.newcomer.password).await?;
        let lobby = core.draft_in_lobby(&galaxy).await?;
        let keys = device_keys(&observer, &galaxy.newcomer).await?;
        let saved = Vec::new();
        let mut stand = Self { galaxy, observer, relay, computer, core, lobby, keys, saved };
        stand.times_out().await?;
        Ok(stand)
    }

    async fn times_out(&mut self) -> Result<()> {
        self.galaxy.homeserver.time_out(&self.galaxy.newcomer).await?;
        self.core.session("expired", is_expired).await?;
        self.saved = std::fs::read(self.file())?;
        Ok(())
    }

    fn file(&self) -> PathBuf {
        self.computer.profile().join("session.sealed")
    }

    /// What was here is here as it was, and the session is still one that has ended.
    async fn as_before(&self) -> Result<()> {
        self.core.session("expired", is_expired).await?;
        ensure!(!self.computer.profile().join("set-aside").exists(), "something is set aside");
        ensure!(std::fs::read(self.file())? == self.saved, "another session file");
        let keys = self.observer.device_keys(&self.galaxy.newcomer.user_id).await?;
        ensure!(keys == self.keys, "other keys: {keys:?}, not {:?}", self.keys);
        Ok(())
    }

    /// Signs in again: it is the same device, with the same keys, and the draft is there.
    async fn is_taken_up(&self, server: &str, user: &str) -> Result<()> {
        self.core.try_sign_in(server, user, &self.galaxy.newcomer.password).await?;
        self.core.has_draft(&self.lobby).await?;
        let devices = self.galaxy.homeserver.devices(&self.galaxy.newcomer).await?;
        ensure!(devices.iter().eq(self.keys.keys()), "{devices:?}, not {:?}", self.keys);
        let keys = self.observer.device_keys(&self.galaxy.newcomer.user_id).await?;
        ensure!(keys == self.keys, "other keys: {keys:?}, not {:?}", self.keys);
        ensure!(!self.computer.profile().join("set-aside").exists(), "something is set aside");
        Ok(())
    }

    /// Signs in, cancels when `so`, and waits for the end of that.
    async fn is_cancelled(
        &self,
        way: SignInWay,
        so: impl AsyncFnOnce(&Core) -> Result<()>,
    ) -> Result<()> {
        let (app, server) = (self.core.app.clone(), self.relay.url());
        let signing_in = tokio::spawn(async move { app.sign_in(server, way, false, false).await });
        so(&self.core).await?;
        self.core.app.cancel_sign_in();
        let refusal = signing_in.await?.err().context("it was cancelled")?;
        ensure!(refusal.kind == ErrorKind::Cancelled, "{refusal:?}");
        Ok(())
    }
}

#[tokio::test]
async fn a_slip_does_not_give_up_a_session_whose_time_is_over() -> Result<()> {
    let stand = Stand::start(false).await?;
    let (server, homeserver) = (stand.relay.url(), &stand.galaxy.homeserver);
    let (user, right) = (&*stand.galaxy.newcomer.user, &*stand.galaxy.newcomer.password);
    let whole = &*stand.galaxy.newcomer.user_id;
    // The server's name leads past the relay.
    let name = homeserver.name();
    for (server, user, password) in [
        (&*server, "newcomr", right),
        (&*server, "@newcomr:elsewhere.invalid", right),
        (&*server, user, "wrong"),
        (&*server, whole, "wrong"),
        (&*name, "newcomr", right),
        (&*name.to_uppercase(), user, "wrong"),
        ("no-such-server.invalid", user, right),
        ("http://127.0.0.1:9", user, right),
        ("no server", user, right),
    ] {
        let tried = format!("{user} at {server}");
        ensure!(stand.core.try_sign_in(server, user, password).await.is_err(), "{tried}");
        stand.as_before().await.context(tried)?;
    }

    let register = |user: &str| SignInWay::Register {
        user: user.to_owned(),
        password: "a long password".to_owned().into(),
    };
    let asked = async |core: &Core| {
        core.session("asked", |session| matches!(session, Session::Registering { .. })).await?;
        Ok(())
    };
    stand.is_cancelled(register("student"), asked).await?;
    stand.as_before().await.context("an account, cancelled")?;
    stand.is_taken_up(&server, user).await
}

#[tokio::test]
async fn a_cancelled_try_leaves_the_device_of_a_session_whose_time_is_over() -> Result<()> {
    let mut stand = Stand::start(false).await?;
    let (user, right) = (&*stand.galaxy.newcomer.user, &*stand.galaxy.newcomer.password);
    let way = with_password(user, right);
    stand.relay.hold("POST /_matrix/client/v3/login");
    stand.is_cancelled(way, async |_| stand.relay.answered().await).await?;
    stand.relay.release();
    // What was given comes back before the app has ended.
    let core = std::mem::replace(&mut stand.core, stand.computer.start());
    core.close().await?;
    stand.core.app.restore();
    stand.core.session("expired", is_expired).await?;
    stand.as_before().await?;
    stand.is_taken_up(&stand.relay.url(), &stand.galaxy.newcomer.user).await
}

#[tokio::test]
async fn every_spelling_of_server_and_user_takes_a_session_up_again() -> Result<()> {
    let mut stand = Stand::start(true).await?;
    let (name, newcomer) = (stand.galaxy.homeserver.name(), stand.galaxy.newcomer.clone());
    for (server, user) in [
        (format!("{name}/"), &newcomer.user),
        (name.to_uppercase(), &newcomer.user_id),
        (newcomer.user_id.clone(), &newcomer.user),
    ] {
        stand.is_taken_up(&server, user).await.with_context(|| format!("{user} at {server}"))?;
        stand.times_out().await?;
    }
    // The control: a session that the server has ended for good is not taken up.
    stand.is_taken_up(&name, &newcomer.user).await?;
    let device = end_elsewhere(&stand.galaxy, &stand.core).await?;
    let verdict = stand.is_taken_up(&name, &newcomer.user).await.expect_err("another device");
    ensure!(verdict.to_string().contains(&device), "{verdict}");
    ensure!(!files_in(&stand.computer.profile().join("set-aside")).is_empty(), "it is set aside");
    Ok(())
}
