//! A person's web browser: Chromium without a screen, used by what can be read on its pages.

use std::fs::{self, File};
use std::ops::Deref;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::timeout;
use url::Url;

use crate::homeserver::free_port;
use crate::page::{Page, drive};
use crate::process::{self, Process, kill_group};
use crate::tools;
use crate::window::session::{quote, wait_for_driver, write_executable};

/// How long what should appear may take.
const WAIT_TIMEOUT: Duration = Duration::from_mins(2);

/// A running browser that knows nothing and nobody. It ends, and forgets, when this is dropped.
///
/// Everything one can do on a page is in [`Page`]: `see`, `fill`, `click`, `press`, `text`, ….
#[derive(Debug)]
pub struct Browser {
    page: Page,
    pid: u32,
    _driver: Process,
    /// Removed when nobody writes into it any more.
    home: TempDir,
}

impl Browser {
    /// Starts a browser on an empty page.
    pub async fn start() -> Result<Self> {
        Self::start_in(tempfile::Builder::new().prefix("browser-").tempdir()?, None).await
    }

    /// Starts a browser with an extension that blocks addresses of this form, as some keep pages of the web from
    /// talking to programs on the computer. See `declarativeNetRequest` for the form.
    pub async fn start_blocking(form: &str) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("browser-").tempdir()?;
        let folder = home.path().join("extension");
        fs::create_dir(&folder)?;
        let rules = json!({ "id": "rules", "enabled": true, "path": "rules.json" });
        let manifest = json!({
            "manifest_version": 3,
            "name": "Blocker",
            "version": "1",
            "permissions": ["declarativeNetRequest"],
            "declarative_net_request": { "rule_resources": [rules] },
        });
        let condition = json!({ "urlFilter": form, "resourceTypes": ["main_frame"] });
        let rules = json!([{ "id": 1, "action": { "type": "block" }, "condition": condition }]);
        fs::write(folder.join("manifest.json"), manifest.to_string())?;
        fs::write(folder.join("rules.json"), rules.to_string())?;
        Self::start_in(home, Some(&folder)).await
    }

    async fn start_in(home: TempDir, extension: Option<&Path>) -> Result<Self> {
        let port = free_port()?;
        let mut command = process::command(tools::program("chromedriver")?);
        command.arg(format!("--port={port}"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        // Chromium keeps a few things outside of its profile.
        command.env("HOME", home.path()).env("TMPDIR", home.path()).env("LANG", "C.UTF-8");
        let log = home.path().join("driver.log");
        command.stdin(Stdio::null()).stdout(File::create(&log)?).stderr(Stdio::null());
        let mut driver = Process::start(command)?;
        wait_for_driver(&mut driver, port, &log).await?;

        let pid = home.path().join("pid");
        let wrapper = home.path().join("chromium");
        let (program, pid_quoted) = (quote(&tools::program("chromium")?)?, quote(&pid)?);
        // The browser must not outlive a driver that is killed.
        let script = format!(
            "#!/bin/sh\necho $$ > {pid_quoted}\nexec setpriv --pdeathsig KILL -- {program} \"$@\"\n"
        );
        write_executable(&wrapper, &script)?;
        let profile = home.path().join("profile");
        let mut options = json!({
            "binary": wrapper,
            "args": [
                "--headless=new",
                // Tests may run as root, whom Chromium's sandbox refuses.
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--no-proxy-server",
                "--window-size=900,900",
                format!("--user-data-dir={}", profile.display()),
            ],
        });
        if let (Some(folder), Some(args)) = (extension, options["args"].as_array_mut()) {
            args.push(format!("--load-extension={}", folder.display()).into());
        }
        // What was blocked never comes to its end.
        let strategy = if extension.is_some() { "none" } else { "normal" };
        let capabilities = [
            ("goog:chromeOptions".to_owned(), options),
            ("pageLoadStrategy".to_owned(), strategy.into()),
        ];
        let capabilities = capabilities.into_iter().collect();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let address = format!("http://127.0.0.1:{port}");
        let client =
            timeout(process::WAIT_TIMEOUT, builder.capabilities(capabilities).connect(&address))
                .await
                .context("the browser does not start")?
                .with_context(|| fs::read_to_string(&log).unwrap_or_default())?;
        let pid = fs::read_to_string(pid)?.trim().parse().context("the browser has no process")?;
        let page = Page { client, patience: WAIT_TIMEOUT };
        Ok(Self { page, pid, _driver: driver, home })
    }

    /// Goes to an address, and waits until its page is there. An address that nobody answers at is no
    /// error: the browser shows a page that says so.
    pub async fn open(&self, url: &str) -> Result<()> {
        match drive(self.page.client.goto(url)).await {
            Err(error) if format!("{error:#}").contains("net::ERR_") => Ok(()),
            gone => gone,
        }
    }

    /// The folder with all that the browser keeps.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The address that the browser shows.
    pub async fn url(&self) -> Result<Url> {
        drive(self.page.client.current_url()).await
    }

    /// Waits until the browser shows an address that begins like this; answers the whole of it.
    pub async fn arrive(&self, beginning: &str) -> Result<Url> {
        self.page
            .wait("the browser did not get there", async || {
                let url = self.url().await?;
                let there = url.as_str().starts_with(beginning);
                Ok(if there { Ok(url) } else { Err(format!("it shows {url}")) })
            })
            .await
    }

    /// Signs in on the page of an authorization server or a university, which the browser shows.
    pub async fn sign_in(&self, user: &str, password: &str) -> Result<()> {
        self.fill("User name", user).await?;
        self.fill("Password", password).await?;
        self.click("Sign in").await
    }

    /// Makes an account on the page of an authorization server: its page for that, or its sign-in page.
    pub async fn create_account(&self, user: &str, password: &str) -> Result<()> {
        self.see("User name").await?;
        if !self.reads("Sign in to an existing account").await? {
            self.click("Create an account").await?;
            self.see("Sign in to an existing account").await?;
        }
        self.fill("User name", user).await?;
        self.fill("Password", password).await?;
        self.click("Create account").await
    }
}

impl Deref for Browser {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its helpers and its driver are in the same group. What outlives this is of no harm.
        let _ = kill_group(self.pid, Duration::from_secs(5));
    }
}
