//! A computer on which the app is killed again and again, and what is found there afterwards.

use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use galaxy_chat_tests::authority::Revoke;
use galaxy_chat_tests::homeserver::{AUTHORITY, Account, Homeserver};
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::process::{self, Process, is_running};
use galaxy_chat_tests::tools;
use galaxy_chat_tests::window::{AppOptions, Window, environment};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use url::Url;

use super::trap::{Moment, Trap};
use super::visitor;
use crate::session::{files, profile, until};

/// Longer than anything takes that is to happen at once, on a busy machine too.
const WAIT_TIMEOUT: Duration = Duration::from_mins(1);

/// The session may end instead of an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// What the window says, by state.
pub const CONNECTED: &str = "Connected";
const EXPIRED: &str = "Please sign in again";
const LOCKED: &str = "Your saved sign-in is not open yet";
const FRONT: &str = "Just read";

/// The database of a device's keys.
const CRYPTO: &str = "matrix-sdk-crypto.sqlite3";

/// An alias that leads nowhere: only somebody who is signed in is told so.
const NOWHERE: &str = "#nowhere:test.localhost";

/// What is there after a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Signed in, and the homeserver answers what is asked of it.
    SignedIn,
    /// Signed out, with a note that a sign-in was not finished.
    NotFinished,
    /// Signed out, and nothing else.
    SignedOut,
    /// The session has ended; everything is there to sign in again.
    Expired,
    /// The same, and its local copy is not there.
    Broken,
}

/// A server, and who signs in there.
#[derive(Clone, Copy)]
pub struct At<'a> {
    pub homeserver: &'a Homeserver,
    pub account: &'a Account,
}

/// A server of one's own, and who signs in there.
pub struct Ground {
    pub homeserver: Homeserver,
    pub account: Account,
}

impl Ground {
    pub async fn new(homeserver: Homeserver) -> Result<Self> {
        let account = homeserver.account("newcomer").await?;
        Ok(Self { homeserver, account })
    }

    pub fn at(&self) -> At<'_> {
        At { homeserver: &self.homeserver, account: &self.account }
    }
}

/// The computer: a keyring, a window, and a profile that stays.
pub struct Scene {
    pub window: Window,
    pub keyring: Keyring,
    args: Vec<String>,
    folder: TempDir,
}

impl Scene {
    /// A computer on which the app has never run, with the app open.
    pub async fn open(args: &[&str]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("kills-").tempdir()?;
        let keyring = Keyring::start_at(&folder.path().join("keyring"), State::Unlocked).await?;
        let args: Vec<String> = args.iter().map(|&argument| argument.to_owned()).collect();
        let home = Some(folder.path().join("home"));
        let options =
            AppOptions { args: args.clone(), env: keyring.env(), home, ..AppOptions::default() };
        let scene = Self { window: Window::open(options).await?, keyring, args, folder };
        ensure!(scene.look().await? == Found::SignedOut, "a new computer");
        Ok(scene)
    }

    /// A trap for the app: in its profile, its keyring, and at the server.
    pub fn trap(&self, at: At<'_>, moment: Moment, delay: Duration) -> Result<Trap> {
        let folders = [
            profile(&self.window),
            self.folder.path().join("keyring/data/keyrings"),
            at.homeserver.folder().join(AUTHORITY),
        ];
        Trap::set(&folders, moment, delay)
    }

    /// Signs in; joins nothing.
    pub async fn sign_in(&self, at: At<'_>) -> Result<()> {
        self.sign_in_by(at, at.homeserver.url()).await
    }

    /// Signs in by that way to the homeserver.
    pub async fn sign_in_by(&self, at: At<'_>, server: &Url) -> Result<()> {
        let delegated = at.homeserver.authority().is_ok();
        let way = if delegated {
            json!({ "way": "oauth" })
        } else {
            with_password(&at.account.user, &at.account.password)
        };
        let links = self.window.opened_links().len();
        self.begin_sign_in(server.as_str(), &way).await?;
        if delegated {
            visitor::sign_in(&self.window.wait_for_link(links + 1).await?, at.account).await?;
        }
        let outcome = self.outcome().await?;
        ensure!(outcome == "done", "the sign-in failed: {outcome}");
        Ok(())
    }

    /// Has the app begin a sign-in.
    pub async fn begin_sign_in(&self, server: &str, way: &Value) -> Result<()> {
        let wish = json!({ "server": server, "way": way, "joinLobby": false, "shared": false });
        self.window.run_js("delete window.outcome", vec![]).await?;
        let begin = "const say = (outcome) => { window.outcome = JSON.stringify(outcome); };
            window.__TAURI__.core.invoke('sign_in', arguments[0]).then(() => say('done'), say);";
        self.window.run_js(begin, vec![wish]).await.map(drop)
    }

    /// Waits for what comes of it: `done`, or a refusal.
    pub async fn outcome(&self) -> Result<Value> {
        let outcome = self.value("window.outcome ?? null").await?;
        Ok(serde_json::from_str(outcome.as_str().context("an outcome")?)?)
    }

    /// Signs in, and is killed by a trap on the way.
    pub async fn sign_in_into(&mut self, at: At<'_>, trap: Trap) -> Result<()> {
        let pid = self.window.pid()?;
        trap.aim(pid);
        let finished = tokio::select! {
            finished = self.sign_in(at) => finished,
            () = gone(pid) => Ok(()),
        };
        let sprung = trap.sprung().await;
        // What did not go on because the app was dead is no failure.
        if sprung.is_err() {
            finished?;
        }
        sprung?;
        self.window.kill().await
    }

    /// Signs out, which leaves no device.
    pub async fn sign_out(&self, at: At<'_>) -> Result<()> {
        self.ask("sign_out", json!({})).await?;
        if let Ok(authority) = at.homeserver.authority() {
            // A sign-in that was killed may have its own session there, on the same device, of which the app
            // can know nothing.
            authority.revoke(&at.account.user, Revoke::Session).await?;
        }
        until("no device", async || Ok(devices(at).await?.is_empty())).await
    }

    /// Gives the app a command, and is killed by a trap on the way.
    pub async fn ask_into(&mut self, command: &str, args: Value, trap: Trap) -> Result<()> {
        let pid = self.window.pid()?;
        trap.aim(pid);
        let script = "window.__TAURI__.core.invoke(...arguments); return null;";
        // The app may be dead before it answers.
        let _ = self.window.run_js(script, vec![command.into(), args]).await;
        trap.sprung().await?;
        self.window.kill().await
    }

    /// Starts the app without looking at its window, as fast as that goes. It ends when dropped.
    pub fn start_unseen(&self) -> Result<Process> {
        let home = self.window.home();
        let mut command = process::command(tools::app()?);
        environment::set(&mut command, home, self.window.display())?;
        command.env("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
        command.args(&self.args).envs(self.keyring.env());
        let log = File::options().create(true).append(true).open(home.join("unseen.log"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Process::start(command)
    }

    /// Starts the app, into a trap.
    pub async fn start_into(&self, trap: Trap) -> Result<()> {
        let app = self.start_unseen()?;
        trap.aim(app.pid());
        trap.sprung().await?;
        gone(app.pid()).await;
        Ok(())
    }

    /// Starts the app after it was killed, and judges what it finds.
    ///
    /// # Errors
    ///
    /// A session that is neither intact nor cleanly absent, an app that does not start, more than one device.
    pub async fn judge(&mut self, at: At<'_>) -> Result<Found> {
        self.window.start().await.context("the app does not start")?;
        let found = self.look().await?;
        ensure!(found != Found::Broken, "a corrupt start: the local copy is not there");
        let devices = devices(at).await?;
        ensure!(devices.len() <= 1, "{found:?} with {} devices: {devices:?}", devices.len());
        if found == Found::SignedIn {
            ensure!(devices.len() == 1, "signed in without a device");
        }
        self.in_order().await.with_context(|| format!("{found:?}"))?;
        Ok(found)
    }

    /// Where nobody is signed in after a kill, the sign-in is tried again; in the end there is one device.
    pub async fn recover(&self, at: At<'_>, found: Found) -> Result<String> {
        let before = devices(at).await?;
        if found != Found::SignedIn {
            self.sign_in(at).await.with_context(|| format!("trying again after {found:?}"))?;
        }
        ensure!(self.look().await? == Found::SignedIn, "the sign-in that was tried again");
        let after = devices(at).await?;
        ensure!(after.len() == 1, "{after:?}");
        ensure!(before.is_empty() || before == after, "another device: {before:?}, then {after:?}");
        Ok(after.concat())
    }

    /// Waits until the app has found out how things are.
    pub async fn look(&self) -> Result<Found> {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        loop {
            let text = self.window.text().await.context("the app has crashed")?;
            ensure!(!text.contains(LOCKED), "a corrupt start: {text}\n{}", self.window.log());
            if text.contains(EXPIRED) {
                let copy = files(&profile(&self.window).join("stores"));
                let has_keys = copy.iter().any(|file| file.ends_with(CRYPTO));
                return Ok(if has_keys { Found::Expired } else { Found::Broken });
            }
            if text.contains(CONNECTED) && self.is_answered().await? {
                return Ok(Found::SignedIn);
            }
            if text.contains(FRONT) && !text.contains(CONNECTED) {
                let note = profile(&self.window).join("session.sealed");
                return Ok(if note.exists() { Found::NotFinished } else { Found::SignedOut });
            }
            ensure!(Instant::now() < deadline, "no end: {text}\n{}", self.window.log());
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whether the homeserver answers somebody who is signed in.
    async fn is_answered(&self) -> Result<bool> {
        let refusal = self.ask("join", json!({ "room": NOWHERE, "via": [] })).await?;
        let script = "const [room, done] = arguments;
            import('/store.js').then(({ state }) => done(state.joins.get(room) ?? null), done);";
        let deadline = Instant::now() + ANSWER_TIMEOUT;
        while refusal.is_null() && Instant::now() < deadline {
            let join = self.window.run_js_async(script, vec![NOWHERE.into()]).await?;
            if join["problem"]["problem"] == "addressUnknown" {
                return Ok(true);
            }
            sleep(Duration::from_millis(30)).await;
        }
        Ok(false)
    }

    /// What the window keeps in its store under that name.
    pub async fn stored(&self, name: &str) -> Result<Value> {
        let script = "const [name, done] = arguments;
            import('/store.js').then(({ state }) => done(state[name]), done);";
        self.window.run_js_async(script, vec![name.into()]).await
    }

    /// Gives the app a command; answers what it answered, or its refusal.
    pub async fn ask(&self, command: &str, args: Value) -> Result<Value> {
        let script = "const [command, args, done] = arguments;
            window.__TAURI__.core.invoke(command, args).then(done, done);";
        self.window.run_js_async(script, vec![command.into(), args]).await
    }

    /// Waits until an expression of the page is not `null`.
    pub async fn value(&self, expression: &str) -> Result<Value> {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        loop {
            let value = self.window.run_js(&format!("return {expression}"), vec![]).await?;
            if !value.is_null() {
                return Ok(value);
            }
            if Instant::now() > deadline {
                bail!("{expression} stays null; the app logged:\n{}", self.window.log());
            }
            sleep(Duration::from_millis(30)).await;
        }
    }

    /// The saved session.
    pub fn session_file(&self) -> PathBuf {
        profile(&self.window).join("session.sealed")
    }
}

/// Signing in with a password.
pub fn with_password(user: &str, password: &str) -> Value {
    json!({ "way": "password", "user": user, "password": password })
}

/// The devices that the server lists.
pub async fn devices(at: At<'_>) -> Result<Vec<String>> {
    at.homeserver.devices(at.account).await
}

async fn gone(pid: u32) {
    while is_running(pid) {
        sleep(Duration::from_millis(2)).await;
    }
}
