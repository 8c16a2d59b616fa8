//! The process that draws the page ends: the app draws again.

use std::time::Duration;

use anyhow::{Context as _, Result};
use galaxy_chat_tests::process::{self, is_running, signal};
use galaxy_chat_tests::window::Window;
use galaxy_chat_tests::window::display::Region;
use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use super::{WAIT_TIMEOUT, in_room};

/// The process of the page.
pub fn page_process(window: &Window) -> Result<u32> {
    let tree = process::tree(window.pid()?)?;
    let page = tree.into_iter().find(|pid| process::name(*pid).starts_with("WebKitWebProces"));
    page.context("no process draws the page")
}

/// What the window shows, as a count of different colours: an empty one has few.
fn colours(window: &Window) -> Result<usize> {
    let picture = window.look(Region { x: 0, y: 0, width: 1280, height: 800 })?;
    let pixels = picture.chunks_exact(4).map(<[u8]>::to_vec);
    Ok(pixels.collect::<std::collections::BTreeSet<_>>().len())
}

#[tokio::test]
async fn a_page_whose_process_ended_is_drawn_again() -> Result<()> {
    let stage = in_room("Developers").await?;
    let (window, app) = (&stage.window, stage.window.pid()?);
    let drawn = colours(window)?;
    // Once more than it comes back by itself.
    for times in 0..4 {
        let page = page_process(window)?;
        signal(page, Signal::KILL)?;
        let deadline = Instant::now() + WAIT_TIMEOUT;
        while page_process(window).is_ok_and(|pid| pid == page)
            || page_process(window).is_err()
            || colours(window)? <= drawn / 4
        {
            assert!(Instant::now() < deadline, "nothing is drawn after {} ends", times + 1);
            sleep(Duration::from_millis(100)).await;
        }
        assert!(is_running(app));
    }
    Ok(())
}
