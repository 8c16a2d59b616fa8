//! Every way in, from the window to the Lobby, with the browser that a person would use.

mod making;
mod oauth;
mod organisation;
mod sso;

use anyhow::{Context as _, Result};
use galaxy_chat_tests::authority;
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::Options;
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::window::{AppOptions, Window};

use crate::session::{assert_nothing_left, profile, until};
use crate::stage::{Stage, options_for};

const IN_LOBBY: &str = "If you have just come in: hello!";
const CANCELLED: &str = "Cancelled. Nothing was kept, and what you typed is still here.";

/// A person at a computer: the app's window and a browser.
pub struct Desk {
    pub stage: Stage,
    pub browser: Browser,
}

impl Desk {
    /// The app and a browser that knows nobody, with a homeserver of these options.
    pub async fn open(options: Options) -> Result<Self> {
        Self::open_with(options, AppOptions::default()).await
    }

    /// The same with options for the app.
    pub async fn open_with(options: Options, app: AppOptions) -> Result<Self> {
        let galaxy = Galaxy::start_with(options).await?;
        let keyring = Keyring::start(State::Unlocked).await?;
        let window = Window::open(options_for(&galaxy, &keyring, app)).await?;
        let browser = Browser::start().await?;
        Ok(Self { stage: Stage { window, keyring, galaxy }, browser })
    }

    /// Goes from the front page to the form.
    pub async fn to_form(&self) -> Result<()> {
        // On the front page there are two ways to the form.
        self.stage.window.click("Just read").await?;
        self.stage.window.click("Sign in").await
    }

    /// Has the browser open the link that the app gave to the system, by its number.
    pub async fn follow(&self, number: usize) -> Result<()> {
        self.browser.open(&self.stage.window.wait_for_link(number).await?).await
    }

    /// Signs the newcomer in on the page that the browser shows, and waits for the Lobby.
    pub async fn sign_in_there(&self) -> Result<()> {
        let newcomer = &self.stage.galaxy.newcomer;
        self.browser.sign_in(&newcomer.user, &newcomer.password).await?;
        self.browser.see("Go back to Galaxy Chat").await?;
        self.stage.window.see(IN_LOBBY).await
    }

    /// Signs out under "Settings".
    pub async fn sign_out(&self) -> Result<()> {
        let window = &self.stage.window;
        window.click("Settings").await?;
        window.click("Sign out").await?;
        window.click("Yes, sign out").await?;
        window.see("You are not signed in.").await
    }

    /// The host that the window is to name before the browser asks for a password.
    fn host(&self) -> Result<String> {
        let issuer = self.stage.galaxy.homeserver.authority()?.issuer();
        Ok(format!("127.0.0.1:{}", issuer.port().context("a port")?))
    }

    /// Neither servers, disk nor keyring know of a sign-in.
    async fn assert_nothing_left(&self) -> Result<()> {
        assert_nothing_left(&self.stage).await?;
        assert!(!profile(&self.stage.window).join("leaving").exists());
        let Ok(authority) = self.stage.galaxy.homeserver.authority() else { return Ok(()) };
        let user = &self.stage.galaxy.newcomer.user;
        until("no session", async || Ok(authority.sessions(user).await?.is_empty())).await
    }

    /// The control: what the check above looks for is there once somebody is signed in.
    async fn assert_all_there(&self) -> Result<()> {
        let (galaxy, window) = (&self.stage.galaxy, &self.stage.window);
        assert_eq!(galaxy.homeserver.devices(&galaxy.newcomer).await?.len(), 1);
        assert_eq!(self.stage.keyring.entries().await?.len(), 1);
        assert!(profile(window).join("session.sealed").is_file());
        if let Ok(authority) = galaxy.homeserver.authority() {
            assert_eq!(authority.sessions(&galaxy.newcomer.user).await?.len(), 1);
        }
        Ok(())
    }
}

/// A homeserver whose authorization server's word counts at once.
pub fn delegated() -> Options {
    Options::delegated_to(authority::Options { remembered: false, ..Default::default() })
}
