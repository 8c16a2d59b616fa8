//! The app is killed, at every moment at which it writes something and at many others, in the middle of a
//! sign-in, a start and a refresh. Afterwards its session is there, or cleanly not.

mod ending;
mod inventory;
mod joins;
mod keeping;
pub mod moments;
pub mod scene;
mod setting_aside;
mod slips;
mod telling;
pub mod trap;
mod visitor;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::authority;
use galaxy_chat_tests::homeserver::{Homeserver, Options};
use galaxy_chat_tests::process::{self, Process};
use tokio::time::{Instant, sleep};

use self::moments::{Moments, full};
use self::scene::{At, Found, Ground, Scene};
use self::trap::Moment::{self, Issued, Made, Named, Opened, Removed, Start};
use crate::session::until;

/// How long an access token is good for: each start finds one that is not any more.
pub const LIFETIME: Duration = Duration::from_secs(2);

const NOW: Duration = Duration::ZERO;

/// The moments of a sign-in at which something is written, in order.
const SIGN_IN: [(&str, Moment); 11] = [
    ("the key reaches the keyring", Named("login.keyring", 1)),
    ("the note is being written", Made(".tmp*", 1)),
    ("the note is there", Named("session.sealed", 1)),
    ("the local copy is marked as not to be kept", Made("volatile", 1)),
    ("the local copy is made", Made("matrix-sdk-crypto.sqlite3", 1)),
    ("the local copy is told whose it is", Made(".tmp*", 2)),
    ("the session is being written", Made(".tmp*", 3)),
    ("the session is there", Named("session.sealed", 2)),
    ("the local copy is to be kept", Removed("volatile")),
    ("the list of servers is being written", Made(".tmp*", 4)),
    ("the list of servers is there", Named("servers.json", 1)),
];

/// Those of a start, up to where the server is asked.
const RESTORE: [(&str, Moment); 3] = [
    ("the profile is locked", Opened("lock")),
    ("the session is read", Opened("session.sealed")),
    ("the local copy is opened", Opened("matrix-sdk-crypto.sqlite3")),
];

/// Those of a refresh.
const REFRESH: [(&str, Moment); 3] = [
    ("the server has exchanged the token", Issued),
    ("the tokens are being written", Made(".tmp*", 1)),
    ("the tokens are there", Named("session.sealed", 1)),
];

/// How often at random moments.
fn random_kills() -> usize {
    if full() { 200 } else { 20 }
}

/// A server with passwords.
async fn with_passwords() -> Result<Homeserver> {
    Homeserver::start(Options::default()).await
}

/// One with OAuth 2.0, whose tokens are short-lived.
async fn with_oauth() -> Result<Homeserver> {
    Homeserver::start(Options::delegated_to(authority::Options {
        access_token_lifetime: LIFETIME,
        remembered: false,
        ..authority::Options::default()
    }))
    .await
}

#[tokio::test]
async fn killed_at_every_write_of_a_sign_in_it_can_be_done_again() -> Result<()> {
    let mut scene = Scene::open(&[]).await?;
    for homeserver in [with_passwords().await?, with_oauth().await?] {
        let ground = Ground::new(homeserver).await?;
        let at = ground.at();
        let delegated = at.homeserver.authority().is_ok();
        let oauth = [("the server has given the tokens", Issued)];
        for (name, moment) in SIGN_IN.iter().chain(oauth.iter().filter(|_| delegated)) {
            let trap = scene.trap(at, *moment, NOW)?;
            scene.sign_in_into(at, trap).await.with_context(|| (*name).to_owned())?;
            let found = scene.judge(at).await.with_context(|| (*name).to_owned())?;
            println!("killed when {name}: {found:?}");
            ensure!(found != Found::Expired, "{name}: what was never saved has ended");
            scene.recover(at, found).await.with_context(|| (*name).to_owned())?;
            scene.sign_out(at).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn killed_at_every_write_of_a_start_and_a_refresh_it_stays_signed_in() -> Result<()> {
    let ground = Ground::new(with_oauth().await?).await?;
    let at = ground.at();
    let mut scene = Scene::open(&[]).await?;
    scene.sign_in(at).await?;
    let device = scene.recover(at, scene.look().await?).await?;
    for (name, moment) in RESTORE.into_iter().chain(REFRESH) {
        scene.window.kill().await?;
        // Time passes, so that the first request meets with an access token that has expired.
        sleep(LIFETIME).await;
        let trap = scene.trap(at, moment, NOW)?;
        scene.start_into(trap).await.with_context(|| name.to_owned())?;
        let found = scene.judge(at).await.with_context(|| name.to_owned())?;
        println!("killed when {name}: {found:?}");
        ensure!(found == Found::SignedIn, "{name}: {found:?}");
        ensure!(scene.recover(at, found).await? == device, "{name}: another device");
    }
    Ok(())
}

#[tokio::test]
async fn killed_at_any_moment_it_is_signed_in_or_can_sign_in_again() -> Result<()> {
    let grounds =
        [Ground::new(with_passwords().await?).await?, Ground::new(with_oauth().await?).await?];
    let ats = [grounds[0].at(), grounds[1].at()];
    let mut moments = Moments::start()?;

    let mut scene = Scene::open(&[]).await?;
    let mut span = [Duration::ZERO; 2];
    for (at, span) in ats.iter().zip(&mut span) {
        let begun = Instant::now();
        scene.sign_in(*at).await?;
        *span = begun.elapsed();
        scene.sign_out(*at).await?;
    }
    let mut kills = 0;
    for (at, span) in ats.iter().zip(span).cycle() {
        let mut random = Random { scene: &mut scene, at: *at, moments: &mut moments };
        random.sign_in(span).await?;
        random.start(span).await?;
        kills += 2;
        if at.homeserver.authority().is_ok() {
            random.refresh().await?;
            kills += 1;
        }
        if kills >= random_kills() {
            break;
        }
        scene.sign_out(*at).await?;
    }
    println!("{kills} kills");
    Ok(())
}

/// Kills at moments that nobody chose.
struct Random<'a> {
    scene: &'a mut Scene,
    at: At<'a>,
    moments: &'a mut Moments,
}

impl Random<'_> {
    async fn sign_in(&mut self, span: Duration) -> Result<()> {
        let delay = self.moments.within(span);
        let trap = self.scene.trap(self.at, Start, delay)?;
        self.scene.sign_in_into(self.at, trap).await?;
        let found = self.judge("a sign-in", delay).await?;
        ensure!(found != Found::Expired, "what was never saved has ended");
        self.scene.recover(self.at, found).await.map(drop)
    }

    /// A start reads what was saved as soon as the profile is locked.
    async fn start(&mut self, span: Duration) -> Result<()> {
        let delay = self.moments.within(span);
        let found = self.killed_in("a start", Opened("lock"), delay).await?;
        ensure!(found == Found::SignedIn, "a start, {delay:?}: {found:?}");
        Ok(())
    }

    /// What an exchanged token leads to happens within a few milliseconds.
    async fn refresh(&mut self) -> Result<()> {
        sleep(LIFETIME).await;
        let delay = self.moments.within(Duration::from_millis(30));
        let found = self.killed_in("a refresh", Issued, delay).await?;
        ensure!(found == Found::SignedIn, "a refresh, {delay:?}: {found:?}");
        Ok(())
    }

    async fn killed_in(&mut self, what: &str, moment: Moment, delay: Duration) -> Result<Found> {
        self.scene.window.kill().await?;
        let trap = self.scene.trap(self.at, moment, delay)?;
        self.scene.start_into(trap).await.with_context(|| format!("{what}, {delay:?}"))?;
        self.judge(what, delay).await
    }

    async fn judge(&mut self, what: &str, delay: Duration) -> Result<Found> {
        let found = self.scene.judge(self.at).await;
        let found = found.with_context(|| format!("killed after {delay:?} of {what}"))?;
        println!("killed after {delay:?} of {what}: {found:?}");
        Ok(found)
    }
}

/// What the checks above would say of an app that writes its session in place, and of one that takes another
/// device at each try.
#[tokio::test]
async fn a_naive_app_does_not_survive_this() -> Result<()> {
    let ground = Ground::new(with_passwords().await?).await?;
    let at = ground.at();
    let mut scene = Scene::open(&[]).await?;
    scene.sign_in(at).await?;
    scene.window.kill().await?;
    let file = scene.session_file();
    let before = fs::read(&file)?;

    killed_while_writing_in_place(&file, &before).await?;
    let verdict = scene.judge(at).await.expect_err("half a session").to_string();
    ensure!(verdict.contains("a corrupt start"), "{verdict}");
    scene.window.kill().await?;
    fs::write(&file, before)?;
    ensure!(scene.judge(at).await? == Found::SignedIn, "with the whole file it is there again");

    at.account.sign_in().await?;
    scene.window.kill().await?;
    let verdict = scene.judge(at).await.expect_err("one more device").to_string();
    ensure!(verdict.contains("2 devices"), "{verdict}");
    Ok(())
}

/// A program that writes as naively as can be: what was there is gone before the new content is complete.
async fn killed_while_writing_in_place(file: &Path, content: &[u8]) -> Result<()> {
    let half = content.len() / 2;
    let new = file.with_extension("new");
    fs::write(&new, content)?;
    let mut command = process::command("/bin/sh");
    command.args(["-c", "head -c $1 \"$2\" > \"$3\"; read wait; cat \"$2\" > \"$3\"", "naive"]);
    command.arg(half.to_string()).arg(&new).arg(file).stdin(Stdio::piped());
    let writer = Process::start(command)?;
    let size = async || Ok(fs::metadata(file)?.len() == u64::try_from(half)?);
    until("half of it is written", size).await?;
    drop(writer);
    fs::remove_file(new)?;
    Ok(())
}
