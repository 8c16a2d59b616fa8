//! Panics that nobody would hear of: those in tasks that somebody else has started.

use std::panic;
use std::sync::{Mutex, Once, PoisonError};
use std::thread;

use anyhow::{Result, ensure};

/// The thread of each, and what it said.
static SEEN: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());
static HOOK: Once = Once::new();

/// Notices each panic of a test's runtime from its making on.
pub struct Panics {
    before: usize,
    thread: String,
}

impl Panics {
    pub fn watch() -> Self {
        HOOK.call_once(|| {
            let usual = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                let seen = (name(), info.to_string());
                SEEN.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
                usual(info);
            }));
        });
        let before = SEEN.lock().unwrap_or_else(PoisonError::into_inner).len();
        Self { before, thread: name() }
    }

    /// Fails where there was one: on the thread of the test, on which its tasks are, or on one that is
    /// kept for what takes long.
    pub fn check(&self) -> Result<()> {
        let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = |thread: &str| thread == self.thread || thread.starts_with("tokio");
        let found = seen[self.before..].iter().find(|(thread, _)| ours(thread));
        ensure!(found.is_none(), "a task panicked: {found:?}");
        Ok(())
    }
}

fn name() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}
