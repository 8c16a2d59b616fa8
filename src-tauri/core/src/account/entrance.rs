//! One-time addresses on this computer that lead the browser on to a page.
//!
//! The address of a sign-in page has the sign-in's state in it, and other users of the computer can
//! read the command line that a browser is started with. So the browser is started with an address that
//! is worth nothing once it was used.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use tokio::sync::Notify;
use url::Url;

use crate::vault::Key;

/// What the path of each begins with.
pub const PREFIX: &str = "/open/";

/// Addresses that are good at a time; beyond, the oldest is not good any more.
const MAX_ENTRANCES: usize = 16;

/// The addresses of one sign-in.
#[derive(Default)]
pub struct Entrances {
    open: Mutex<VecDeque<(String, Url)>>,
    used: Notify,
}

impl Entrances {
    /// The path of a new address that leads to a page, once.
    pub fn add(&self, page: &Url) -> String {
        let path = format!("{PREFIX}{}", nonce());
        let mut open = self.open();
        if open.len() == MAX_ENTRANCES {
            open.pop_front();
        }
        open.push_back((path.clone(), page.clone()));
        path
    }

    /// The page that a path leads to, which it does not do again.
    pub fn take(&self, path: &str) -> Option<Url> {
        let mut open = self.open();
        let at = open.iter().position(|(known, _)| known == path)?;
        let (_, page) = open.remove(at)?;
        self.used.notify_one();
        Some(page)
    }

    /// Waits until a path was used.
    pub async fn used(&self) {
        self.used.notified().await;
    }

    /// Whether a path still leads on.
    pub fn leads(&self, path: &str) -> bool {
        self.open().iter().any(|(known, _)| known == path)
    }

    /// None leads anywhere from here on.
    pub fn close(&self) {
        self.open().clear();
    }

    fn open(&self) -> std::sync::MutexGuard<'_, VecDeque<(String, Url)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 128 random bits that are fit for an address.
pub fn nonce() -> String {
    Key::random().id().as_str().to_owned() + Key::random().id().as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_leads_on_once() {
        let entrances = Entrances::default();
        let page = Url::parse("https://example.org/?state=x").expect("is one");
        let (one, other) = (entrances.add(&page), entrances.add(&page));
        assert_ne!(one, other);
        assert_eq!(entrances.take("/open/"), None);
        assert_eq!(entrances.take(&one), Some(page.clone()));
        assert_eq!(entrances.take(&one), None);
        assert!(entrances.leads(&other));
        entrances.close();
        assert_eq!(entrances.take(&other), None);
    }

    #[test]
    fn their_number_is_limited() {
        let entrances = Entrances::default();
        let page = Url::parse("https://example.org/").expect("is one");
        let paths: Vec<_> = (0..=MAX_ENTRANCES).map(|_| entrances.add(&page)).collect();
        assert!(!entrances.leads(&paths[0]));
        assert!(paths[1..].iter().all(|path| entrances.leads(path)));
    }
}
