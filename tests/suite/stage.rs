//! The app on a Galaxy of its own: homeserver, keyring, window.

use anyhow::Result;
use galaxy_chat_tests::{
    galaxy::Galaxy,
    homeserver::Account,
    keyring::{Keyring, State},
    window::{AppOptions, Window},
};

/// What a test of the window stands on.
pub struct Stage {
    pub window: Window,
    pub keyring: Keyring,
    pub galaxy: Galaxy,
}

impl Stage {
    /// The app with an unlocked keyring, in the usual size and theme.
    pub async fn open() -> Result<Self> {
        Self::open_with(State::Unlocked, AppOptions::default()).await
    }

    /// The app with a keyring in that state. `options` come on top.
    pub async fn open_with(keyring: State, options: AppOptions) -> Result<Self> {
        let galaxy = Galaxy::start().await?;
        let keyring = Keyring::start(keyring).await?;
        let options = options_for(&galaxy, &keyring, options);
        let window = Window::open(options).await?;
        Ok(Self { window, keyring, galaxy })
    }

    /// Signs the newcomer in from the front page, and waits for the Lobby.
    pub async fn sign_in(&self) -> Result<()> {
        let newcomer = &self.galaxy.newcomer;
        // On the front page there are two ways to the form.
        self.window.click("Just read").await?;
        self.window.click("Sign in").await?;
        fill_in(&self.window, newcomer).await?;
        self.window.see("If you have just come in: hello!").await
    }
}

/// Goes to the form, fills it in for that account and sends it.
pub async fn fill_in(window: &Window, account: &Account) -> Result<()> {
    window.fill("User name", &account.user).await?;
    window.fill("Password", &account.password).await?;
    window.press("Enter").await
}

/// The arguments and variables that lead the app to this server and keyring.
pub fn options_for(galaxy: &Galaxy, keyring: &Keyring, options: AppOptions) -> AppOptions {
    let mut options = options;
    let server = galaxy.homeserver.url().to_string();
    let catalogue = galaxy.catalogue.to_string_lossy().into_owned();
    options.args.extend(["--server".to_owned(), server, "--catalogue".to_owned(), catalogue]);
    options.env.extend(keyring.env());
    options
}
