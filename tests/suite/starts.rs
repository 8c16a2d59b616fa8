//! Starts of the app, at any moment of one that runs, and what they make on the disk.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, ensure};
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::process::{self, Process, is_running, signal};
use galaxy_chat_tests::tools;
use galaxy_chat_tests::window::{AppOptions, Window, display::Display, environment};
use rustix::process::Signal;
use tokio::time::{Instant, sleep};
use zbus::{Connection, connection};

use crate::session::{profile, until};
use crate::stage::Stage;

const NAME: &str = "org.galaxyproject.chat.SingleInstance";
const PATH: &str = "/org/galaxyproject/chat/SingleInstance";
const LINK: &str = "galaxy-chat:r/galaxyproject_Lobby:gitter.im";

/// A desktop session in which the app may be started more than once.
struct Desktop {
    keyring: Keyring,
    home: PathBuf,
    display: String,
}

impl Desktop {
    fn start(&self, arguments: &[&str]) -> Result<Process> {
        let mut command = beside(&self.home, &self.display, &self.keyring)?;
        command.args(arguments);
        Process::start(command)
    }

    /// Hands a link over in the first moment in which somebody takes it, as a second start does.
    async fn hand_over_first(&self) -> Result<Connection> {
        let bus = connection::Builder::address(self.keyring.address().as_str())?.build().await?;
        let names = zbus::fdo::DBusProxy::new(&bus).await?;
        let deadline = Instant::now() + process::WAIT_TIMEOUT;
        while !names.name_has_owner(NAME.try_into()?).await? {
            ensure!(Instant::now() < deadline, "nobody takes links");
        }
        hand_over(&bus, LINK).await?;
        Ok(bus)
    }
}

/// A start of the app in a desktop session in which it may run already. It takes and says nothing.
pub fn beside(home: &Path, display: &str, keyring: &Keyring) -> Result<Command> {
    let mut command = process::command(tools::app()?);
    environment::set(&mut command, home, display)?;
    command.envs(keyring.env());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command)
}

/// What a second start says to the first; answered, it ends.
async fn hand_over(bus: &Connection, link: &str) -> Result<()> {
    let (interface, body) = (Some("org.SingleInstance.DBus"), (vec!["galaxy-chat", link], "/"));
    let told = bus.call_method(Some(NAME), PATH, interface, "ExecuteCallback", &body);
    tokio::time::timeout(process::WAIT_TIMEOUT, told).await??;
    Ok(())
}

/// Waits for as long as a program may take to end.
pub async fn at_last(what: &str, mut so: impl FnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + process::WAIT_TIMEOUT;
    while !so()? {
        ensure!(Instant::now() < deadline, "{what}: still not so");
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Waits until a process has ended that this one need not have started itself.
pub async fn has_ended(pid: u32) -> Result<()> {
    at_last("ended", || Ok(!is_running(pid))).await
}

async fn ends(process: &mut Process) -> Result<()> {
    at_last("a second start ends", || Ok(process.ended()?.is_some())).await
}

#[tokio::test]
async fn a_link_that_comes_while_the_app_starts_is_shown() -> Result<()> {
    let keyring = Keyring::start(State::Unlocked).await?;
    let home = tempfile::Builder::new().prefix("starts-").tempdir()?;
    let options = AppOptions {
        args: ["--server", "http://127.0.0.1:9"].map(str::to_owned).to_vec(),
        env: keyring.env(),
        home: Some(home.path().to_owned()),
        ..AppOptions::default()
    };
    let mut desktop = Desktop { keyring, home: home.path().to_owned(), display: String::new() };
    let (window, bus) = tokio::join!(Window::open(options), desktop.hand_over_first());
    let (window, bus) = (window?, bus?);
    window.see("You opened the link").await?;
    window.see("Galaxy Lobby").await?;
    // Those after it are answered as well.
    hand_over(&bus, "galaxy-chat:nothing").await?;
    window.see("does not open links of this kind").await?;
    window.display().clone_into(&mut desktop.display);
    ends(&mut desktop.start(&[LINK])?).await?;
    ensure!(window.is_running() && window.windows()? == 1);
    Ok(())
}

#[tokio::test]
async fn of_starts_at_the_same_moment_one_stays() -> Result<()> {
    let home = tempfile::Builder::new().prefix("starts-").tempdir()?;
    let display = Display::start(home.path(), (1280, 800)).await?;
    let keyring = Keyring::start(State::Unlocked).await?;
    let (home, display_name) = (home.path().to_owned(), display.name().to_owned());
    let desktop = Desktop { keyring, home, display: display_name };
    let mut starts = Vec::new();
    for _ in 0..4 {
        starts.push(desktop.start(&[LINK])?);
    }
    let running = |starts: &mut Vec<Process>| {
        let mut count = 0;
        for start in starts {
            count += usize::from(start.ended()?.is_none());
        }
        anyhow::Ok(count)
    };
    let one = || Ok(running(&mut starts)? == 1 && display.windows()? == 1);
    at_last("one stays, with its window", one).await?;
    ends(&mut desktop.start(&[])?).await?;
    assert_eq!(running(&mut starts)?, 1);
    Ok(())
}

#[tokio::test]
async fn a_start_beside_an_app_that_does_not_answer_says_so() -> Result<()> {
    let stage = Stage::open().await?;
    let first = stage.window.pid()?;
    let windows = stage.window.windows()?;
    signal(first, Signal::STOP)?;
    let (home, display) = (stage.window.home(), stage.window.display());
    let mut command = beside(home, display, &stage.keyring)?;
    let log = home.join("second.log");
    command.stderr(fs::File::create(&log)?);
    let second = Process::start(command)?;
    at_last("said", || Ok(fs::read_to_string(&log)?.contains("it does not answer"))).await?;
    at_last("a dialog", || Ok(stage.window.windows()? > windows)).await?;
    drop(second);
    signal(first, Signal::CONT)?;
    stage.window.see("Ask the Galaxy community, and be answered").await
}

/// Everything in a folder that others may read, write or enter, the folder itself included.
fn open_to_others(folder: &Path) -> Vec<PathBuf> {
    let mut open = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(path) = left.pop() {
        // It may have gone meanwhile.
        let Ok(found) = fs::symlink_metadata(&path) else { continue };
        if !found.is_symlink() && found.permissions().mode() & 0o077 != 0 {
            open.push(path.clone());
        }
        if found.is_dir() {
            left.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|one| one.path()));
        }
    }
    open
}

#[tokio::test]
async fn the_profile_is_open_to_nobody_else() -> Result<()> {
    let mut stage = Stage::open().await?;
    stage.sign_in().await?;
    let folder = profile(&stage.window);
    stage.window.click("Settings").await?;
    stage.window.click("Dark").await?;
    until("the theme", async || Ok(folder.join("theme.json").exists())).await?;
    assert_eq!(open_to_others(&folder), Vec::<PathBuf>::new());
    stage.window.close().await?;

    // One that an earlier version, or somebody else, has left open is tightened.
    for path in [folder.clone(), folder.join("stores")] {
        fs::set_permissions(path, Permissions::from_mode(0o755))?;
    }
    fs::set_permissions(folder.join("theme.json"), Permissions::from_mode(0o644))?;
    assert_eq!(open_to_others(&folder).len(), 3, "the check finds what is open");
    stage.window.start().await?;
    stage.window.see("Connected").await?;
    assert_eq!(open_to_others(&folder), Vec::<PathBuf>::new());
    Ok(())
}
