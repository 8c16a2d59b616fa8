//! A Synapse homeserver of one's own on loopback.

use std::fmt;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use hmac::{Hmac, Mac as _};
use reqwest::Method;
use serde_json::json;
use sha1::Sha1;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use url::Url;

use self::config::Secrets;
use crate::matrix::Client;
use crate::process::{self, Process};
use crate::tools;

mod config;

pub use self::config::{free_port, random};

/// The account that manages the server; nobody in a test speaks through it.
const ADMIN: &str = "server-admin";

/// What a homeserver is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where its data are kept; in a folder that is removed at the end where `None`.
    pub folder: Option<PathBuf>,
    /// The loopback port; a free one where `None`.
    pub port: Option<u16>,
    /// What the server calls itself.
    pub name: Name,
    /// How fast its users may be.
    pub limits: Limits,
    /// What a password costs to check: Synapse's own figure is 12, every step doubles it, 4 is the least.
    pub bcrypt_rounds: u8,
}

/// What a homeserver calls itself, the part after the colon in its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// This name, which nobody can look up: clients need the server's URL.
    Plain(String),
    /// `localhost:PORT`, under which clients find it through `.well-known`.
    LocalhostAndPort,
}

/// How fast a homeserver lets its users be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// Faster than any test.
    Generous,
    /// Synapse's own.
    Default,
}

/// The port that was asked for belongs to another program.
#[derive(Debug)]
pub struct PortTaken(pub u16);

/// A running homeserver, which ends when this is dropped.
#[derive(Debug)]
pub struct Homeserver {
    options: Options,
    folder: PathBuf,
    port: u16,
    url: Url,
    secrets: Secrets,
    process: Option<Process>,
    admin: Option<Client>,
    /// Removed last, when the server has ended.
    _temporary: Option<TempDir>,
}

/// Somebody's account.
#[derive(Debug, Clone)]
pub struct Account {
    /// The name to sign in with, such as `helper`.
    pub user: String,
    /// The whole address, such as `@helper:test.localhost`.
    pub user_id: String,
    /// The password.
    pub password: String,
    /// The homeserver.
    pub homeserver: Url,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            folder: None,
            port: None,
            name: Name::Plain("test.localhost".to_owned()),
            limits: Limits::Generous,
            bcrypt_rounds: 4,
        }
    }
}

impl Homeserver {
    /// Starts a homeserver and waits until it answers.
    ///
    /// # Errors
    /// [`PortTaken`], where a port was asked for; a server that does not start, with the end of its log.
    pub async fn start(options: Options) -> Result<Self> {
        let temporary = match options.folder {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("homeserver-").tempdir()?),
        };
        let folder = match (&options.folder, &temporary) {
            (Some(folder), _) => folder.clone(),
            (None, Some(temporary)) => temporary.path().to_owned(),
            (None, None) => bail!("a homeserver needs a folder"),
        };
        fs::create_dir_all(&folder)?;
        let port = match options.port {
            Some(port) => port,
            None => config::free_port()?,
        };
        let url = Url::parse(&format!("http://127.0.0.1:{port}"))?;
        let secrets = Secrets::of(&folder)?;
        let mut homeserver = Self { options, folder, port, url, secrets, process: None, admin: None, _temporary: temporary };
        homeserver.run().await?;
        Ok(homeserver)
    }

    /// The address clients use, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What the server calls itself, the part after the colon in its addresses.
    pub fn name(&self) -> String {
        match &self.options.name {
            Name::Plain(name) => name.clone(),
            Name::LocalhostAndPort => format!("localhost:{}", self.port),
        }
    }

    /// The server's process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    /// The folder with the server's data.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the server logged, and printed.
    pub fn log(&self) -> String {
        ["homeserver.log", "output.txt"].map(|file| fs::read_to_string(self.folder.join(file)).unwrap_or_default()).concat()
    }

    /// A client that is not signed in.
    pub fn client(&self) -> Result<Client> {
        Client::new(&self.url)
    }

    /// Makes an account named after a role, shown under that role, with a password of its own.
    pub async fn account(&self, role: &str) -> Result<Account> {
        self.account_with_password(role, &config::random()?).await
    }

    /// Makes an account, or gives an existing one this password and signs its devices out.
    pub async fn account_with_password(&self, role: &str, password: &str) -> Result<Account> {
        let user_id = format!("@{role}:{}", self.name());
        let body = json!({ "password": password, "displayname": display_name(role), "admin": false });
        self.admin()?.request(Method::PUT, &["_synapse", "admin", "v2", "users", &user_id], &[], Some(&body)).await?;
        Ok(self.known_account(role, password))
    }

    /// An account that was made before.
    pub fn known_account(&self, role: &str, password: &str) -> Account {
        Account {
            user: role.to_owned(),
            user_id: format!("@{role}:{}", self.name()),
            password: password.to_owned(),
            homeserver: self.url.clone(),
        }
    }

    /// Locks an account, or opens it again: its devices stay, and may do nothing.
    pub async fn lock(&self, account: &Account, locked: bool) -> Result<()> {
        let path = ["_synapse", "admin", "v2", "users", &account.user_id];
        self.admin()?.request(Method::PUT, &path, &[], Some(&json!({ "locked": locked }))).await.map(drop)
    }

    /// Ends an account for good. Its password is refused from then on as a wrong one is.
    pub async fn deactivate(&self, account: &Account) -> Result<()> {
        let path = ["_synapse", "admin", "v1", "deactivate", &account.user_id];
        self.admin()?.request(Method::POST, &path, &[], Some(&json!({ "erase": false }))).await.map(drop)
    }

    /// The ids of an account's devices.
    pub async fn devices(&self, account: &Account) -> Result<Vec<String>> {
        let path = ["_synapse", "admin", "v2", "users", &account.user_id, "devices"];
        let answer = self.admin()?.request(Method::GET, &path, &[], None).await?;
        let devices = answer["devices"].as_array().context("no devices in the server's answer")?;
        Ok(devices.iter().filter_map(|device| device["device_id"].as_str()).map(str::to_owned).collect())
    }

    /// Signs a device out from the server's side.
    pub async fn remove_device(&self, account: &Account, device: &str) -> Result<()> {
        let path = ["_synapse", "admin", "v2", "users", &account.user_id, "devices", device];
        self.admin()?.request(Method::DELETE, &path, &[], None).await.map(drop)
    }

    /// The server's own administrator.
    pub fn admin(&self) -> Result<&Client> {
        self.admin.as_ref().context("the homeserver was not started")
    }

    /// Ends the server and keeps its data.
    pub fn stop(&mut self) -> Result<()> {
        match self.process.take() {
            Some(process) => process.stop(Duration::from_secs(10)),
            None => Ok(()),
        }
    }

    /// Starts the server again, on the same port and data.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop()?;
        self.run().await
    }

    /// Starts the server again with other limits.
    pub async fn set_limits(&mut self, limits: Limits) -> Result<()> {
        self.options.limits = limits;
        self.restart().await
    }

    /// Starts the server again, on the same port, without any data.
    pub async fn reset(&mut self) -> Result<()> {
        self.stop()?;
        fs::remove_dir_all(&self.folder)?;
        fs::create_dir_all(&self.folder)?;
        self.secrets = Secrets::of(&self.folder)?;
        self.run().await
    }

    /// Lets the server hang: it takes connections, and answers after [`Homeserver::thaw`].
    pub fn freeze(&self) -> Result<()> {
        self.process.as_ref().context("the homeserver is stopped")?.freeze()
    }

    /// Ends a hang.
    pub fn thaw(&self) -> Result<()> {
        self.process.as_ref().context("the homeserver is stopped")?.thaw()
    }

    async fn run(&mut self) -> Result<()> {
        if TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            return Err(PortTaken(self.port).into());
        }
        self.write_config()?;
        let output = File::create(self.folder.join("output.txt"))?;
        let mut command = process::command(tools::synapse_python()?);
        command.args(["-m", "synapse.app.homeserver", "--config-path", "homeserver.yaml"]);
        command.current_dir(&self.folder).stdout(output.try_clone()?).stderr(output);
        self.process = Some(Process::start(command)?);
        self.wait_until_ready().await?;
        // The token is kept with the data: signing in again would be charged to the login limits.
        if self.secrets.admin_token.is_none() {
            self.secrets.admin_token = Some(self.register_admin().await?);
            self.secrets.save(&self.folder)?;
        }
        let token = self.secrets.admin_token.as_deref().unwrap_or_default();
        self.admin = Some(self.client()?.with_session(token, &format!("@{ADMIN}:{}", self.name()), ""));
        Ok(())
    }

    fn write_config(&self) -> Result<()> {
        let config = config::homeserver(self, &self.secrets);
        fs::write(self.folder.join("homeserver.yaml"), serde_json::to_string_pretty(&config)?)?;
        fs::write(self.folder.join("logging.yaml"), serde_json::to_string_pretty(&config::logging(&self.folder))?)?;
        Ok(())
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        let client = self.client()?;
        let deadline = Instant::now() + Duration::from_mins(1);
        // The answer is the word OK, which is no JSON: the client makes it a null.
        while client.request(Method::GET, &["health"], &[], None).await.is_err() {
            let ended = self.process.as_mut().map_or(Ok(None), Process::ended)?;
            if ended.is_some() || Instant::now() > deadline {
                let log = self.log();
                let end: Vec<_> = log.lines().rev().take(15).collect();
                bail!("the homeserver did not start:\n{}", end.into_iter().rev().collect::<Vec<_>>().join("\n"));
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    async fn register_admin(&self) -> Result<String> {
        let client = self.client()?;
        let path = ["_synapse", "admin", "v1", "register"];
        let nonce = client.request(Method::GET, &path, &[], None).await?;
        let nonce = nonce["nonce"].as_str().context("no nonce in the server's answer")?;
        let password = config::random()?;
        let mut mac = Hmac::<Sha1>::new_from_slice(self.secrets.registration.as_bytes())?;
        mac.update([nonce, ADMIN, &password, "admin"].join("\0").as_bytes());
        let mac = format!("{:x}", mac.finalize().into_bytes());
        let body = json!({ "nonce": nonce, "username": ADMIN, "password": password, "admin": true, "mac": mac });
        let answer = client.request(Method::POST, &path, &[], Some(&body)).await?;
        Ok(answer["access_token"].as_str().context("no token in the server's answer")?.to_owned())
    }
}

impl Account {
    /// Signs in as a new device, with the bare client.
    pub async fn sign_in(&self) -> Result<Client> {
        Client::new(&self.homeserver)?.login(&self.user, &self.password).await
    }
}

impl fmt::Display for PortTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "port {} is taken by another program", self.0)
    }
}

impl std::error::Error for PortTaken {}

/// The name others see for an account: its role.
pub fn display_name(role: &str) -> String {
    let mut letters = role.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
