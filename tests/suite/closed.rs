//! The window is closed: what got into its page could neither run, nor call out, nor lead it away, nor
//! reach more of Rust than the commands granted by name.

mod commands;
mod leaving;
mod links;
mod origins;
mod policy;

use std::time::Duration;

use anyhow::Result;
use galaxy_chat_tests::tools;
use galaxy_chat_tests::website::Website;
use galaxy_chat_tests::window::{AppOptions, Window};
use tokio::time::{Instant, sleep};

/// How long is waited for what must not happen; what may happen takes a fraction of it.
const A_WHILE: Duration = Duration::from_secs(2);
/// How long is waited for what may happen, on a machine that is busy with other tests.
const WAIT_TIMEOUT: Duration = Duration::from_mins(2);

/// The app at its front page, without homeserver and keyring.
pub async fn app() -> Result<Window> {
    let window = Window::open(AppOptions::default()).await?;
    window.see("Ask the Galaxy community").await?;
    Ok(window)
}

/// A window without guards.
async fn empty_window() -> Result<Window> {
    let program = Some(tools::empty_window()?);
    Window::open(AppOptions { program, ..AppOptions::default() }).await
}

/// Such a window, led to a stranger's page, which has no policy.
async fn led_away(site: &Website) -> Result<Window> {
    let window = empty_window().await?;
    window.run_js("location.href = arguments[0]", vec![site.url("").into()]).await?;
    window.see("A page of a stranger").await?;
    Ok(window)
}

/// A server with that page.
async fn stranger() -> Result<Website> {
    Website::start("<!doctype html><title>Stranger</title><body>A page of a stranger</body>").await
}

/// Waits until something holds; false where it does not within the time.
async fn comes(what: impl AsyncFn() -> Result<bool>) -> Result<bool> {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    while Instant::now() < deadline {
        if what().await? {
            return Ok(true);
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(false)
}
