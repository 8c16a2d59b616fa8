//! One run of the app under WebKit's own driver.

use std::fmt::Write as _;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::Signal;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::{AppOptions, environment};
use crate::homeserver::free_port;
use crate::process::{self, Process, WAIT_TIMEOUT, is_running, signal};
use crate::tools;

/// A running app with the driver that holds it.
#[derive(Debug)]
pub struct Session {
    /// The way to the page.
    pub client: Client,
    /// The app's process.
    pub pid: u32,
    _driver: Process,
}

impl Session {
    /// Starts the app through the driver.
    pub async fn start(
        home: &Path,
        program: &Path,
        options: &AppOptions,
        display: &str,
    ) -> Result<Self> {
        let wrapper = write_scripts(home, program)?;
        // That of an earlier run.
        fs::write(home.join("app.pid"), "")?;
        let (driver, address) = start_driver(home, options, display).await?;
        let app = json!({ "binary": wrapper, "args": options.args });
        let capabilities = [("webkitgtk:browserOptions".to_owned(), app)].into_iter().collect();
        let connecting = async {
            ClientBuilder::new(HttpConnector::new())
                .capabilities(capabilities)
                .connect(&address)
                .await
        };
        let reason = tokio::select! {
            connected = timeout(WAIT_TIMEOUT, connecting) => match connected {
                Ok(Ok(client)) => {
                    let pid = pid(home).context("the app's process is not known")?;
                    return Ok(Self { client, pid, _driver: driver });
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no window".to_owned(),
            },
            () = until_ended(home) => "it ended".to_owned(),
        };
        bail!(
            "the app did not start: {reason}\n{}",
            fs::read_to_string(home.join("app.log")).unwrap_or_default()
        );
    }

    /// Kills the app.
    pub async fn kill(self) -> Result<()> {
        signal(self.pid, Signal::KILL)?;
        self.wait_for_end().await
    }

    /// Waits until the app has ended.
    pub async fn wait_for_end(&self) -> Result<()> {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        while is_running(self.pid) {
            if Instant::now() > deadline {
                bail!("the app did not end");
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

/// What the wrapper wrote down.
fn pid(home: &Path) -> Option<u32> {
    fs::read_to_string(home.join("app.pid")).ok()?.trim().parse().ok()
}

/// The driver would wait for ever for an app that has ended.
async fn until_ended(home: &Path) {
    while pid(home).is_none_or(is_running) {
        sleep(Duration::from_millis(50)).await;
    }
}

async fn start_driver(
    home: &Path,
    options: &AppOptions,
    display: &str,
) -> Result<(Process, String)> {
    let port = free_port()?;
    let mut command = process::command(tools::program("WebKitWebDriver")?);
    command.arg("--host=127.0.0.1").arg(format!("--port={port}"));
    set_environment(&mut command, home, options, display)?;
    let log = File::create(home.join("driver.log"))?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let mut process = Process::start(command)?;
    wait_for_driver(&mut process, port, &home.join("driver.log")).await?;
    Ok((process, format!("http://127.0.0.1:{port}")))
}

/// Waits until a driver listens.
pub async fn wait_for_driver(driver: &mut Process, port: u16, log: &Path) -> Result<()> {
    let log = || fs::read_to_string(log).unwrap_or_default();
    let listens = async || Ok(TcpStream::connect(("127.0.0.1", port)).await.ok());
    driver.ready("the driver", log, listens).await.map(drop)
}

/// The driver hands its environment on to the app.
fn set_environment(
    command: &mut Command,
    home: &Path,
    options: &AppOptions,
    display: &str,
) -> Result<()> {
    environment::set(command, home, display)?;
    command.env("TAURI_WEBVIEW_AUTOMATION", "true");
    // Without a graphics card the accelerated paths leave some windows blank.
    command.env("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
    if options.dark {
        command.env("GTK_THEME", "Adwaita:dark");
    }
    command.envs(options.env.iter().cloned());
    Ok(())
}

/// A wrapper that the driver starts in the app's place, and an `xdg-open` that opens nothing.
fn write_scripts(home: &Path, program: &Path) -> Result<PathBuf> {
    let bin = home.join("bin");
    fs::create_dir_all(&bin)?;
    let (home, program) = (quote(home)?, quote(program)?);
    let mut wrapper = format!("#!/bin/sh\necho $$ > {home}/app.pid\n");
    // The app must not outlive a driver that is killed.
    writeln!(wrapper, "exec setpriv --pdeathsig KILL -- {program} \"$@\" 2>> {home}/app.log")?;
    let browser = format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >> {home}/opened-links\n");
    write_executable(&bin.join("xdg-open"), &browser)?;
    let app = bin.join("app");
    write_executable(&app, &wrapper)?;
    Ok(app)
}

/// Writes a program of a few lines.
pub fn write_executable(file: &Path, script: &str) -> io::Result<()> {
    fs::write(file, script)?;
    fs::set_permissions(file, Permissions::from_mode(0o755))
}

/// A path as the shell takes it for one word.
pub fn quote(path: &Path) -> Result<String> {
    let path = path.to_str().context("a path that is not text")?;
    Ok(format!("'{}'", path.replace('\'', r"'\''")))
}
