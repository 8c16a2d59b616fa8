//! Access tokens are used once they are saved.
//!
//! A refresh token is withdrawn by the server when the access token that came in exchange for it is first
//! used. The SDK makes new tokens known to every request before it has them saved: killed in between, the
//! app would be left with a refresh token that is worth nothing, and the session would have ended.

use std::{collections::HashSet, future::Future, pin::Pin, sync::Arc};

use matrix_sdk::reqwest::header::{AUTHORIZATION, HeaderMap};
use tokio::sync::watch;

/// What a request waits for.
type Hold = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

/// Holds a session's requests back until the access token that they carry is saved. As long as none was
/// said to be saved, it holds nothing.
#[derive(Debug, Clone, Default)]
pub struct TokenGate(Arc<watch::Sender<HashSet<String>>>);

impl TokenGate {
    /// Requests with that access token are sent. To be called, too, where saving it has failed.
    pub fn open_for(&self, access_token: &str) {
        self.0.send_if_modified(|saved| saved.insert(access_token.to_owned()));
    }

    /// What a request with these headers has to wait for, if anything.
    pub fn hold(&self, headers: &HeaderMap) -> Option<Hold> {
        let token = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?.to_owned();
        let is_open = move |saved: &HashSet<String>| saved.is_empty() || saved.contains(&token);
        let mut saved = self.0.subscribe();
        if is_open(&saved.borrow_and_update()) {
            return None;
        }
        Some(Box::pin(async move {
            // Where nobody saves any more, nothing is worth waiting for.
            let _ = saved.wait_for(is_open).await;
        }))
    }
}
