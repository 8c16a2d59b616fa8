//! What is done when the process that draws the page ends: the page is loaded again. `WebKitGTK` leaves
//! an empty window otherwise; elsewhere the system's web view comes back by itself.

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use tauri::WebviewWindow;
use tracing::warn;
use webkit2gtk::WebViewExt as _;

/// So many times within [`RELOAD_PERIOD`] the page is loaded again by itself.
const MAX_RELOADS: usize = 3;

/// Reloads longer ago do not count.
const RELOAD_PERIOD: Duration = Duration::from_mins(5);

/// Says in plain HTML that the page ended too often.
const STOPPED_PAGE: &str = "tauri://localhost/stopped.html";

/// Loads the page again whenever the process that draws it ends, and says so where it ends too often.
pub fn watch(window: &WebviewWindow) -> tauri::Result<()> {
    window.with_webview(|view| {
        let reloads = RefCell::new(Reloads::default());
        view.inner().connect_web_process_terminated(move |view, reason| {
            let again = reloads.borrow_mut().again(Instant::now());
            warn!("the process of the page ended ({reason:?}), loading it again: {again}");
            if again { view.reload() } else { view.load_uri(STOPPED_PAGE) }
        });
    })
}

/// When the page was loaded again.
#[derive(Default)]
struct Reloads(Vec<Instant>);

impl Reloads {
    /// Whether it may be loaded again now.
    fn again(&mut self, now: Instant) -> bool {
        self.0.retain(|earlier| now.duration_since(*earlier) < RELOAD_PERIOD);
        let again = self.0.len() < MAX_RELOADS;
        if again {
            self.0.push(now);
        } else {
            // The user's own way back begins with a full count.
            self.0.clear();
        }
        again
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{MAX_RELOADS, RELOAD_PERIOD, Reloads};

    #[test]
    fn a_page_that_ends_again_and_again_is_given_up() {
        let (mut reloads, start) = (Reloads::default(), Instant::now());
        for _ in 0..MAX_RELOADS {
            assert!(reloads.again(start));
        }
        assert!(!reloads.again(start + Duration::from_mins(4)));
    }

    #[test]
    fn one_that_ends_now_and_then_comes_back_each_time() {
        let (mut reloads, start) = (Reloads::default(), Instant::now());
        for times in 0..100 {
            assert!(reloads.again(start + RELOAD_PERIOD * times));
        }
    }
}
