//! The authorization server that a homeserver delegates sign-in to: people sign in, and make their
//! accounts, on its pages in the browser.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::homeserver::{ADMIN, free_port, random};
use crate::matrix::Client;
use crate::process::{self, Process};
use crate::tools;

/// The file that holds the port from one run to the next.
const PORT: &str = "port";

/// What an authorization server is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The loopback port; where `None`, that of the last time in this folder, or a free one.
    pub port: Option<u16>,
    /// How long an access token is good for, to the second.
    pub access_token_lifetime: Duration,
    /// How long a refresh token is good for, to the second.
    pub refresh_token_lifetime: Duration,
    /// What happens to a refresh token that is used twice.
    pub reuse: Reuse,
    /// Whether people can make accounts on its pages.
    pub creation: bool,
    /// Whether the homeserver remembers what it was told of a token, for two minutes. Where it does, a
    /// token that is revoked while its device stays is accepted for as long.
    pub remembered: bool,
}

/// What happens to a refresh token that is used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// It is refused, and nothing else.
    Refuse,
    /// It is refused, and the session ends.
    EndSession,
    /// It works again until what it was exchanged for has been used, for clients that lost the answer.
    /// matrix-authentication-service does so.
    Retry,
}

/// What is taken away from a user from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoke {
    /// Everything, the device included, as if it had been signed out from elsewhere.
    Session,
    /// The tokens; the device stays, so that one can sign in on it again.
    Tokens,
    /// The access token: the client has to refresh.
    AccessToken,
}

/// Somebody signed in with a client.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Session {
    /// The user name.
    pub user: String,
    /// The device.
    pub device_id: Option<String>,
    /// The client's name.
    pub client: String,
}

/// The ways of the administrator, usable while the server runs.
#[derive(Debug, Clone)]
pub struct Access {
    client: Client,
}

/// A running authorization server, which ends when this is dropped.
#[derive(Debug)]
pub struct Authority {
    options: Options,
    folder: PathBuf,
    port: u16,
    issuer: Url,
    homeserver: Url,
    secrets: Secrets,
    access: Access,
    process: Option<Process>,
}

/// What the authorization server and the homeserver know of each other.
#[derive(Debug, Clone)]
pub(crate) struct Secrets {
    pub shared: String,
    pub admin_token: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: None,
            access_token_lifetime: Duration::from_mins(5),
            refresh_token_lifetime: Duration::from_hours(14 * 24),
            reuse: Reuse::Retry,
            creation: true,
            remembered: true,
        }
    }
}

impl Authority {
    /// Starts the server, which keeps what it knows in `folder`.
    pub(crate) async fn start(
        options: Options,
        folder: &Path,
        homeserver: &Url,
        secrets: Secrets,
    ) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let port = match options.port.or_else(|| kept_port(folder)) {
            Some(port) => port,
            None => free_port()?,
        };
        // Sessions are bound to the issuer's address.
        fs::write(folder.join(PORT), port.to_string())?;
        let issuer = Url::parse(&format!("http://127.0.0.1:{port}/"))?;
        // Only the secret opens these ways; whose it is does not matter.
        let client = Client::new(&issuer)?.with_session(&secrets.shared, "", "");
        let mut authority = Self {
            options,
            folder: folder.to_owned(),
            port,
            issuer,
            homeserver: homeserver.clone(),
            secrets,
            access: Access { client },
            process: None,
        };
        authority.restart().await?;
        Ok(authority)
    }

    /// The issuer, `http://127.0.0.1:PORT/`.
    pub fn issuer(&self) -> &Url {
        &self.issuer
    }

    /// What it was started with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The administrator's ways, to be kept beside the server.
    pub fn access(&self) -> Access {
        self.access.clone()
    }

    /// Ends the server and keeps what it knows.
    pub fn stop(&mut self) -> Result<()> {
        match self.process.take() {
            Some(process) => process.stop(Duration::from_secs(5)),
            None => Ok(()),
        }
    }

    /// Starts the server again, on the same port, with all that it knew.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop()?;
        self.run().await
    }

    /// Starts the server again with other options; the port stays.
    pub async fn change(&mut self, change: impl FnOnce(&mut Options)) -> Result<()> {
        change(&mut self.options);
        self.restart().await
    }

    /// Starts the server again, on the same port, without any account, session or client. The homeserver
    /// forgets nobody: those user names stay taken.
    pub async fn forget(&mut self) -> Result<()> {
        self.stop()?;
        // Where nothing was asked yet there is none.
        if self.state().exists() {
            fs::remove_file(self.state())?;
        }
        self.run().await
    }

    /// Lets the server hang: it takes connections, and answers after [`Authority::thaw`].
    pub fn freeze(&self) -> Result<()> {
        self.process.as_ref().context("the authorization server is stopped")?.freeze()
    }

    /// Ends a hang.
    pub fn thaw(&self) -> Result<()> {
        self.process.as_ref().context("the authorization server is stopped")?.thaw()
    }

    /// What the server printed since it was last started.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("authority.log")).unwrap_or_default()
    }

    fn state(&self) -> PathBuf {
        self.folder.join("authority.json")
    }

    async fn run(&mut self) -> Result<()> {
        let seconds = |lifetime: Duration| lifetime.as_secs().to_string();
        let reuse = match self.options.reuse {
            Reuse::Refuse => "refuse",
            Reuse::EndSession => "revoke",
            Reuse::Retry => "retry",
        };
        let settings = [
            ("PORT", self.port.to_string()),
            ("SYNAPSE_URL", self.homeserver.to_string()),
            ("SHARED_SECRET", self.secrets.shared.clone()),
            ("ADMIN", ADMIN.to_owned()),
            ("ADMIN_TOKEN", self.secrets.admin_token.clone()),
            ("ACCESS_TOKEN_TTL", seconds(self.options.access_token_lifetime)),
            ("REFRESH_TOKEN_TTL", seconds(self.options.refresh_token_lifetime)),
            ("REFRESH_REUSE", reuse.to_owned()),
            ("CREATION", if self.options.creation { "yes" } else { "no" }.to_owned()),
            ("STATE", self.state().display().to_string()),
        ];
        let log = self.folder.join("authority.log");
        self.process = Some(start_program("server.mjs", &settings, &log).await?);
        Ok(())
    }
}

impl Deref for Authority {
    type Target = Access;

    fn deref(&self) -> &Access {
        &self.access
    }
}

impl Access {
    /// Makes an account, or gives an existing one this password and ends its sessions.
    pub async fn create_account(&self, user: &str, password: &str, name: &str) -> Result<()> {
        let body = json!({ "user": user, "password": password, "name": name });
        self.ask(Method::POST, "users", &[], Some(&body)).await.map(drop)
    }

    /// Who is signed in with a client, as this user.
    pub async fn sessions(&self, user: &str) -> Result<Vec<Session>> {
        let sessions = self.ask(Method::GET, "sessions", &[("user", user)], None).await?;
        Ok(serde_json::from_value(sessions)?)
    }

    /// Takes something away from all of a user's sessions; answers how many there were.
    pub async fn revoke(&self, user: &str, what: Revoke) -> Result<u64> {
        self.revoke_by(&json!({ "user": user, "what": what.name() })).await
    }

    /// The same for one device.
    pub async fn revoke_device(&self, user: &str, device: &str, what: Revoke) -> Result<u64> {
        self.revoke_by(&json!({ "user": user, "device_id": device, "what": what.name() })).await
    }

    /// Every access token, refresh token and code that was ever given out for a user.
    pub async fn issued(&self, user: &str) -> Result<Vec<String>> {
        let issued = self.ask(Method::GET, "issued", &[("user", user)], None).await?;
        let values = issued.as_array().into_iter().flatten();
        Ok(values.filter_map(|secret| secret["value"].as_str()).map(str::to_owned).collect())
    }

    /// A session without a browser and without an end, for those who only play a part in a test.
    pub(crate) async fn bare_session(&self, user: &str) -> Result<(String, String)> {
        let device = random()?[..10].to_owned();
        let body = json!({ "user": user, "device_id": device });
        let answer = self.ask(Method::POST, "sessions", &[], Some(&body)).await?;
        let token = answer["access_token"].as_str().context("no token in the answer")?;
        Ok((token.to_owned(), device))
    }

    async fn revoke_by(&self, body: &Value) -> Result<u64> {
        let answer = self.ask(Method::POST, "revoke", &[], Some(body)).await?;
        answer["revoked"].as_u64().context("no number in the answer")
    }

    async fn ask(
        &self,
        method: Method,
        what: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value> {
        self.client.request(method, &["admin", what], query, body).await
    }
}

/// The port of an earlier run, unless another program has it.
fn kept_port(folder: &Path) -> Option<u16> {
    let port = fs::read_to_string(folder.join(PORT)).ok()?.trim().parse().ok()?;
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok().map(|_| port)
}

impl Revoke {
    fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Tokens => "tokens",
            Self::AccessToken => "access_token",
        }
    }
}

/// Starts a program of `tests/auth-server`, and waits until it says that it is ready.
pub(crate) async fn start_program(
    name: &str,
    settings: &[(&str, String)],
    log: &Path,
) -> Result<Process> {
    let mut command = process::command(tools::node()?);
    command.arg(tools::auth_server().join(name)).env("OIDC_PROVIDER", tools::oidc_provider()?);
    command.envs(settings.iter().map(|(name, value)| (name, value)));
    let output = File::create(log)?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let mut process = Process::start(command)?;
    let printed = || fs::read_to_string(log).unwrap_or_default();
    let ready = async || Ok(printed().contains("\"ready\":true").then_some(()));
    process.ready(name, printed, ready).await?;
    Ok(process)
}
