//! What others can try while somebody signs in with a browser: those between the app and its servers,
//! and those who talk to the address that the browser comes back to.

pub mod between;
mod listener;
pub mod memory;
mod metadata;
mod naive;
mod overload;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use galaxy_chat_core::wire::{ErrorKind, SignInWay, UiError};
use galaxy_chat_tests::authority;
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::Options;
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use url::Url;

use crate::core::run::{Computer, Core};
use crate::session::until;

/// Longer than anything takes that is to happen at once.
const WAIT_TIMEOUT: Duration = Duration::from_mins(2);

/// A server with pages for signing in, whose answers about tokens hold at once.
pub async fn galaxy() -> Result<Galaxy> {
    let options = authority::Options { remembered: false, ..authority::Options::default() };
    Galaxy::start_with(Options::delegated_to(options)).await
}

/// The app without a window, on a computer whose browser is told where to go by the test.
pub struct Desktop {
    pub computer: Computer,
    pub core: Core,
    opened: Mutex<mpsc::UnboundedReceiver<String>>,
}

/// A sign-in that waits for its browser.
pub struct Waiting {
    /// The page that was to be opened.
    pub page: String,
    /// The address that the browser is to come back to.
    pub back: Url,
    pub state: String,
    pub task: JoinHandle<Result<(), UiError>>,
}

impl Desktop {
    pub async fn start(galaxy: &Galaxy) -> Result<Self> {
        let (sender, opened) = mpsc::unbounded_channel();
        let mut computer = Computer::new(galaxy)?;
        computer.browser = Arc::new(move |address| sender.send(address.to_owned()).is_ok());
        let core = computer.start();
        core.signed_out().await?;
        Ok(Self { computer, core, opened: Mutex::new(opened) })
    }

    pub fn begin(&self, server: &str) -> JoinHandle<Result<(), UiError>> {
        let (app, server) = (self.core.app.clone(), server.to_owned());
        tokio::spawn(async move { app.sign_in(server, SignInWay::OAuth, false, false).await })
    }

    /// Begins to sign in, up to where the browser opens.
    pub async fn wait(&self, server: &str) -> Result<Waiting> {
        self.try_to_wait(server).await?.map_err(|error| anyhow::anyhow!("refused: {error}"))
    }

    /// The same, or why the browser does not open.
    pub async fn try_to_wait(&self, server: &str) -> Result<Result<Waiting, UiError>> {
        let mut task = self.begin(server);
        let mut opened = self.opened.lock().await;
        let opened = tokio::select! {
            opened = timeout(WAIT_TIMEOUT, opened.recv()) => opened?.context("nothing was opened")?,
            ended = &mut task => {
                return Ok(Err(ended?.err().context("it ended without a browser")?));
            }
        };
        let page = page_behind(&opened).await?;
        let (back, state) = way_back(&page)?;
        Ok(Ok(Waiting { page, back, state, task }))
    }

    /// Signs the newcomer in, as if nothing had been.
    pub async fn sign_in(&self, galaxy: &Galaxy, server: &str) -> Result<()> {
        let browser = Browser::start().await?;
        let waiting = self.wait(server).await?;
        browser.open(&waiting.page).await?;
        browser.sign_in(&galaxy.newcomer.user, &galaxy.newcomer.password).await?;
        browser.see("Go back to Galaxy Chat").await?;
        waiting.task.await??;
        self.core.signed_in().await?;
        Ok(())
    }

    /// A sign-in that is refused before the browser opens, and leaves nothing.
    async fn is_refused(&self, server: &str) -> Result<ErrorKind> {
        let error = self.begin(server).await?.err().context("it was not refused")?;
        assert!(self.opened.lock().await.try_recv().is_err(), "the browser was opened");
        self.assert_nothing_kept();
        Ok(error.kind)
    }

    pub fn assert_nothing_kept(&self) {
        assert_eq!(self.computer.files(), Vec::<PathBuf>::new());
    }
}

/// The page that an address leads to with which the app opens the browser. It leads there once.
pub async fn page_behind(opened: &str) -> Result<String> {
    let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build()?;
    let answer = client.get(opened).send().await?;
    let page = answer.headers().get(LOCATION).context("it leads nowhere")?;
    Ok(page.to_str()?.to_owned())
}

/// Where a page leads back to, and with which state.
fn way_back(page: &str) -> Result<(Url, String)> {
    let page = Url::parse(page)?;
    let value = |name: &str| {
        let mut pairs = page.query_pairs();
        let (_, value) = pairs.find(|(key, _)| key == name).context("not in the address")?;
        anyhow::Ok(value.into_owned())
    };
    Ok((Url::parse(&value("redirect_uri")?)?, value("state")?))
}

/// Waits until the newcomer has so many devices; those who give something back take a moment.
async fn devices(galaxy: &Galaxy, number: usize) -> Result<()> {
    let found = async || galaxy.homeserver.devices(&galaxy.newcomer).await;
    until(&format!("{number} devices"), async || Ok(found().await?.len() == number)).await
}
