//! From the window's first words to the rooms.

use anyhow::{Context as _, Result};
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::window::{AppOptions, Window};

use crate::figure::{Measured, Unit};

const RUNS: usize = 10;

/// The most that it may take, in milliseconds.
const MOST: f64 = 100.0;

/// What passes between the first words in the window and the moment at which all rooms are known there, then
/// until they fill it, then until one is found: on the bundled list, with a home that has never been used.
pub async fn ready() -> Result<Measured> {
    let keyring = Keyring::start(State::Unlocked).await?;
    let mut measured = Measured::new(Unit::Milliseconds);
    for _ in 0..RUNS {
        let options = AppOptions { env: keyring.env(), ..AppOptions::default() };
        let mut window = Window::open(options).await?;
        let time = window.run_js_async(include_str!("catalogue.js"), vec![]).await?;
        measured.add(time.as_f64().with_context(|| format!("no time: {time}"))?, MOST);
        window.close().await?;
    }
    Ok(measured)
}
