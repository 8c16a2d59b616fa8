//! A Secret Service of one's own: gnome-keyring on a private D-Bus session.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, Proxy};

use crate::process::{self, Process, WAIT_TIMEOUT};
use crate::tools;

const SERVICE: &str = "org.freedesktop.secrets";
const PASSWORD: &str = "a password for a keyring of tests";

/// A private session bus, with or without a keyring on it. Both end when this is dropped.
#[derive(Debug)]
pub struct Keyring {
    // Ended in this order: the keyring before the bus it is on.
    daemon: Option<Process>,
    _bus: Process,
    bus: Connection,
    folder: PathBuf,
    _temporary: Option<TempDir>,
}

/// What a program that asks for the keyring meets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// A keyring that is open.
    #[default]
    Unlocked,
    /// A keyring that needs its password, and nobody who could ask for it.
    Locked,
    /// A session bus without a keyring.
    Absent,
    /// A keyring that takes every question and answers none.
    Mute,
}

/// Something kept in the keyring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What the entry is found by.
    pub attributes: BTreeMap<String, String>,
    /// What is kept.
    pub secret: Vec<u8>,
    path: OwnedObjectPath,
}

/// A secret as it crosses the bus: session, parameters, value, content type.
type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

impl Keyring {
    /// A bus and an empty keyring.
    pub async fn start(state: State) -> Result<Self> {
        let temporary = tempfile::Builder::new().prefix("keyring-").tempdir()?;
        let folder = temporary.path().to_owned();
        Self::start_in(folder, state, Some(temporary)).await
    }

    /// The same, with what is kept in the keyring in a folder that stays.
    pub async fn start_at(folder: &Path, state: State) -> Result<Self> {
        Self::start_in(folder.to_owned(), state, None).await
    }

    async fn start_in(folder: PathBuf, state: State, temporary: Option<TempDir>) -> Result<Self> {
        let (process, bus) = start_bus(&folder).await?;
        let mut keyring = Self { daemon: None, _bus: process, bus, folder, _temporary: temporary };
        keyring.turn(state).await?;
        Ok(keyring)
    }

    /// Puts another state in the place of this one, on the same bus; what is kept stays.
    pub async fn turn(&mut self, state: State) -> Result<()> {
        if let Some(daemon) = self.daemon.take() {
            // A frozen one cannot end.
            daemon.thaw()?;
            daemon.stop(Duration::from_secs(5))?;
            self.wait_until_gone().await?;
        }
        match state {
            State::Absent => {}
            State::Unlocked => self.run(true).await?,
            State::Locked => {
                // Without a keyring that has a password there is nothing to lock.
                if !self.folder.join("data/keyrings/login.keyring").is_file() {
                    self.run(true).await?;
                    Box::pin(self.turn(State::Absent)).await?;
                }
                self.run(false).await?;
            }
            State::Mute => {
                self.run(true).await?;
                self.daemon.as_ref().context("the keyring was just started")?.freeze()?;
            }
        }
        Ok(())
    }

    /// Lets a mute keyring answer everything it was asked.
    pub fn thaw(&self) -> Result<()> {
        self.daemon.as_ref().context("there is no keyring")?.thaw()
    }

    /// The variables that lead a program to this bus.
    pub fn env(&self) -> Vec<(String, String)> {
        let run = self.folder.join("run").display().to_string();
        vec![
            ("DBUS_SESSION_BUS_ADDRESS".to_owned(), self.address()),
            ("XDG_RUNTIME_DIR".to_owned(), run),
        ]
    }

    /// The address of the bus.
    pub fn address(&self) -> String {
        address(&self.folder)
    }

    /// Everything that is kept in the unlocked keyring.
    pub async fn entries(&self) -> Result<Vec<Entry>> {
        let service = self.proxy("/org/freedesktop/secrets", "Service").await?;
        let everything = HashMap::<&str, &str>::new();
        let (items, _): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
            service.call("SearchItems", &(everything,)).await?;
        let session = self.session().await?;
        let secrets: HashMap<OwnedObjectPath, Secret> =
            service.call("GetSecrets", &(&items, &session)).await?;
        let mut entries = Vec::new();
        for (path, (_, _, secret, _)) in secrets {
            let item = self.proxy(path.as_str(), "Item").await?;
            let attributes = item.get_property::<HashMap<String, String>>("Attributes").await;
            // It may have been taken out meanwhile.
            let Ok(attributes) = attributes else { continue };
            entries.push(Entry { attributes: attributes.into_iter().collect(), secret, path });
        }
        Ok(entries)
    }

    /// Puts another secret into an entry.
    pub async fn replace(&self, entry: &Entry, secret: &[u8]) -> Result<()> {
        let secret: Secret =
            (self.session().await?, Vec::new(), secret.to_vec(), "text/plain".to_owned());
        let item = self.proxy(entry.path.as_str(), "Item").await?;
        Ok(item.call("SetSecret", &(secret,)).await?)
    }

    /// Takes an entry out.
    pub async fn remove(&self, entry: &Entry) -> Result<()> {
        let item = self.proxy(entry.path.as_str(), "Item").await?;
        let _prompt: OwnedObjectPath = item.call("Delete", &()).await?;
        Ok(())
    }

    async fn run(&mut self, unlock: bool) -> Result<()> {
        let mut command = process::command(tools::program("gnome-keyring-daemon")?);
        command.args(["--foreground", "--components=secrets"]);
        command
            .envs(self.env())
            .env("HOME", &self.folder)
            .env("XDG_DATA_HOME", self.folder.join("data"));
        // Where it runs with rights of its own, it does not die with us; it does with its bus.
        let log = File::create(self.folder.join("keyring.log"))?;
        command.stdout(log.try_clone()?).stderr(log);
        if unlock {
            command.arg("--unlock").stdin(Stdio::piped());
        } else {
            command.stdin(Stdio::null());
        }
        let mut daemon = Process::start(command)?;
        if let Some(mut input) = daemon.pipes().stdin.take() {
            // It reads to the end, without a line break.
            input.write_all(PASSWORD.as_bytes())?;
        }
        let there = async || Ok(self.is_there().await?.then_some(()));
        daemon.ready("the keyring", || self.log(), there).await?;
        self.daemon = Some(daemon);
        Ok(())
    }

    /// True while somebody answers on the bus in the keyring's name.
    async fn is_there(&self) -> Result<bool> {
        let bus = zbus::fdo::DBusProxy::new(&self.bus).await?;
        Ok(bus.name_has_owner(SERVICE.try_into()?).await?)
    }

    async fn wait_until_gone(&self) -> Result<()> {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        while self.is_there().await? {
            ensure!(Instant::now() < deadline, "the keyring did not end: {}", self.log());
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("keyring.log")).unwrap_or_default()
    }

    async fn session(&self) -> Result<OwnedObjectPath> {
        let service = self.proxy("/org/freedesktop/secrets", "Service").await?;
        let (_, session): (OwnedValue, OwnedObjectPath) =
            service.call("OpenSession", &("plain", Value::from(""))).await?;
        Ok(session)
    }

    async fn proxy<'a>(&self, path: &'a str, interface: &str) -> Result<Proxy<'a>> {
        let interface = format!("org.freedesktop.Secret.{interface}");
        Ok(Proxy::new(&self.bus, SERVICE, path, interface).await?)
    }
}

/// True where the session bus of this process has a Secret Service, or would start one.
pub async fn is_in_session() -> bool {
    let Ok(bus) = Connection::session().await else { return false };
    let Ok(bus) = zbus::fdo::DBusProxy::new(&bus).await else { return false };
    let Ok(name) = SERVICE.try_into() else { return false };
    let running = bus.name_has_owner(name).await.unwrap_or(false);
    running
        || bus
            .list_activatable_names()
            .await
            .is_ok_and(|names| names.iter().any(|name| name.as_str() == SERVICE))
}

/// Starts a bus that starts no service by itself, neither a keyring nor one that asks for passwords, and
/// connects to it.
async fn start_bus(folder: &Path) -> Result<(Process, Connection)> {
    let run = folder.join("run");
    fs::create_dir_all(&run)?;
    fs::set_permissions(&run, Permissions::from_mode(0o700))?;
    let socket = run.join("bus");
    if socket.exists() {
        fs::remove_file(&socket)?;
    }
    let config = folder.join("bus.conf");
    fs::write(
        &config,
        include_str!("keyring/bus.conf").replace("{socket}", &socket.display().to_string()),
    )?;
    let mut command = process::command(tools::program("dbus-daemon")?);
    command.arg("--nofork").arg("--config-file").arg(&config);
    let log = folder.join("bus.log");
    command.stdout(Stdio::null()).stderr(File::create(&log)?);
    let mut process = Process::start(command)?;
    let log = || fs::read_to_string(&log).unwrap_or_default();
    let connect =
        async || Ok(zbus::connection::Builder::address(&*address(folder))?.build().await.ok());
    let bus = process.ready("the session bus", log, connect).await?;
    Ok((process, bus))
}

fn address(folder: &Path) -> String {
    format!("unix:path={}", folder.join("run/bus").display())
}
