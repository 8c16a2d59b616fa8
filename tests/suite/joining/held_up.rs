//! Joins that stand still, so that a test can look at them for as long as it takes.

use std::time::Duration;

use anyhow::Result;
use galaxy_chat_tests::faults::{Fault, Faults};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::window::{AppOptions, Window};

use super::LOBBY_SAYS;
use crate::stage::fill_in;

const TEN_MINUTES: Duration = Duration::from_mins(10);

/// The app on its way to a server that lets nobody in for ten minutes, asked to join four rooms.
pub struct HeldUp {
    pub window: Window,
    pub galaxy: Galaxy,
    faults: Faults,
    _keyring: Keyring,
}

impl HeldUp {
    pub async fn open(options: AppOptions, rooms: [&str; 4]) -> Result<Self> {
        let galaxy = Galaxy::start().await?;
        let keyring = Keyring::start(State::Unlocked).await?;
        let faults = Faults::start(&galaxy.homeserver).await?;
        let mut options = options;
        let catalogue = galaxy.catalogue.to_string_lossy();
        let args = ["--server", faults.url().as_str(), "--catalogue", &catalogue];
        options.args.extend(args.map(str::to_owned));
        options.env.extend(keyring.env());
        let window = Window::open(options).await?;
        window.click("Just read").await?;
        window.click("Sign in").await?;
        fill_in(&window, &galaxy.newcomer).await?;
        window.see(LOBBY_SAYS).await?;
        let held_up = Self { window, faults, galaxy, _keyring: keyring };
        held_up.let_in(0);
        held_up.choose(rooms).await?;
        Ok(held_up)
    }

    /// Lets in that many, and then nobody.
    pub fn let_in(&self, number: usize) {
        let mut left = number;
        self.faults.plan(move |request| {
            if !request.is_join() {
                return Fault::None;
            }
            let allowed = left > 0;
            left = left.saturating_sub(1);
            if allowed { Fault::None } else { Fault::Limit(TEN_MINUTES) }
        });
    }

    async fn choose(&self, rooms: [&str; 4]) -> Result<()> {
        self.window.click("All rooms").await?;
        self.window.click("Choose several rooms").await?;
        for room in rooms {
            self.window.click(room).await?;
        }
        self.window.click("Join 4 rooms").await
    }

    /// The rooms to come, in their order.
    pub async fn to_come(&self) -> Result<Vec<String>> {
        let names = "return [...document.querySelectorAll('.joins-coming bdi')].map((name) => name.textContent)";
        Ok(serde_json::from_value(self.window.run_js(names, vec![]).await?)?)
    }
}
