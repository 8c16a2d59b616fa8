//! A Synapse homeserver of one's own on loopback.

use std::fmt;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::Method;
use tempfile::TempDir;
use url::Url;

use self::config::Secrets;
use crate::authority::Authority;
use crate::federation::Peer;
use crate::mailbox::Mailbox;
use crate::matrix::Client;
use crate::process::{self, Process};
use crate::tools;
use crate::university::University;

mod accounts;
mod config;
mod ways_in;

pub(crate) use self::accounts::ADMIN;
pub use self::accounts::{Account, Way, display_name};
pub use self::config::{free_port, random};
pub use self::ways_in::{AUTHORITY, Registration, SignIn};

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
    /// How people sign in.
    pub sign_in: SignIn,
    /// Who can make an account, where sign-in is not delegated.
    pub registration: Registration,
    /// How fast its users may join rooms, where not as `limits` say.
    pub joins: Option<Joins>,
    /// How it talks to other servers; not at all where `None`. See [`crate::federation`].
    pub federation: Option<Peer>,
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

/// How fast a homeserver lets each user join rooms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joins {
    /// Rooms that somebody of the server is in already.
    pub local: Rate,
    /// Rooms that the server has to come into itself.
    pub remote: Rate,
}

/// How often something may be done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// So often a second, for ever.
    pub per_second: f64,
    /// So often besides, at once.
    pub burst: u32,
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
    authority: Option<Authority>,
    university: Option<University>,
    mailbox: Option<Mailbox>,
    /// Removed last, when the server has ended.
    _temporary: Option<TempDir>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            folder: None,
            port: None,
            name: Name::Plain("test.localhost".to_owned()),
            limits: Limits::Generous,
            bcrypt_rounds: 4,
            sign_in: SignIn::Password,
            registration: Registration::Closed,
            joins: None,
            federation: None,
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
        let mut homeserver = Self {
            options,
            folder,
            port,
            url,
            secrets,
            process: None,
            admin: None,
            authority: None,
            university: None,
            mailbox: None,
            _temporary: temporary,
        };
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
        ["homeserver.log", "output.txt"]
            .map(|file| fs::read_to_string(self.folder.join(file)).unwrap_or_default())
            .concat()
    }

    /// A client that is not signed in.
    pub fn client(&self) -> Result<Client> {
        Client::new(&self.url)
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

    /// Starts the server again with other limits for joining.
    pub async fn set_joins(&mut self, joins: Option<Joins>) -> Result<()> {
        self.options.joins = joins;
        self.restart().await
    }

    /// Starts the server again, on the same port, without any data.
    pub async fn reset(&mut self) -> Result<()> {
        self.stop()?;
        (self.authority, self.university, self.mailbox) = (None, None, None);
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
        self.start_companions().await?;
        self.write_config()?;
        let output = File::create(self.folder.join("output.txt"))?;
        let mut command = process::command(tools::synapse_python()?);
        command.args(["-m", "synapse.app.homeserver", "--config-path", "homeserver.yaml"]);
        command.env("PYTHONPATH", tools::auth_server());
        command.current_dir(&self.folder).stdout(output.try_clone()?).stderr(output);
        let (mut process, client) = (Process::start(command)?, self.client()?);
        // The answer is the word OK, which is no JSON: the client makes it a null.
        let health = async || Ok(client.request(Method::GET, &["health"], &[], None).await.ok());
        process.ready("the homeserver", || self.log(), health).await?;
        self.process = Some(process);
        // The token is kept with the data: signing in again would be charged to the login limits.
        if self.secrets.admin_token.is_none() {
            self.secrets.admin_token = Some(match self.options.sign_in {
                SignIn::Delegated(_) => {
                    self.provision_admin().await?;
                    self.secrets.delegated_admin_token.clone()
                }
                _ => self.register_admin().await?,
            });
            self.secrets.save(&self.folder)?;
        }
        let token = self.secrets.admin_token.as_deref().unwrap_or_default();
        self.admin = Some(self.client()?.with_session(
            token,
            &format!("@{}:{}", accounts::ADMIN, self.name()),
            "",
        ));
        Ok(())
    }

    fn write_config(&self) -> Result<()> {
        let config = config::homeserver(self, &self.secrets);
        fs::write(self.folder.join("homeserver.yaml"), serde_json::to_string_pretty(&config)?)?;
        fs::write(
            self.folder.join("logging.yaml"),
            serde_json::to_string_pretty(&config::logging(&self.folder))?,
        )?;
        Ok(())
    }
}

impl Joins {
    /// Two rooms a second after a burst of ten, wherever they are: waits are met, and last seconds.
    pub const BRISK: Self = Self::both(Rate { per_second: 2.0, burst: 10 });

    /// The same rate for rooms here and elsewhere.
    pub const fn both(rate: Rate) -> Self {
        Self { local: rate, remote: rate }
    }
}

impl fmt::Display for PortTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "port {} is taken by another program", self.0)
    }
}

impl std::error::Error for PortTaken {}
