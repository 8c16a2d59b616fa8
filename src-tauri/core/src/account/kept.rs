use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use matrix_sdk::{Client, SessionTokens};
use tracing::warn;

use super::{
    leave::Farewell,
    saved::{Custody, Saved, SavedSession},
    token_gate::TokenGate,
};
use crate::wire::Session;

/// A session and where it is kept. Shared with the callback that saves refreshed tokens.
#[derive(Clone)]
pub struct Kept {
    inner: Arc<Mutex<Inner>>,
    /// Where the session's requests wait.
    gate: TokenGate,
}

struct Inner {
    custody: Custody,
    saved: SavedSession,
    /// The session began in this run, so that its keys may not have reached the homeserver yet.
    fresh: bool,
    /// Set once the user signs out: from then on nothing of the session is written but this.
    farewell: Option<Arc<Farewell>>,
    /// Another session has its place, or none: from then on nothing of this one is written.
    retired: bool,
}

impl Kept {
    /// The requests of the session's client wait at the `gate`.
    pub fn new(custody: Custody, saved: SavedSession, fresh: bool, gate: TokenGate) -> Self {
        let inner = Inner { custody, saved, fresh, farewell: None, retired: false };
        Self { inner: Arc::new(Mutex::new(inner)), gate }
    }

    pub fn gate(&self) -> TokenGate {
        self.gate.clone()
    }

    pub fn custody(&self) -> Custody {
        self.with(|inner| inner.custody.clone())
    }

    pub fn saved(&self) -> SavedSession {
        self.with(|inner| inner.saved.clone())
    }

    pub fn is_fresh(&self) -> bool {
        self.with(|inner| inner.fresh)
    }

    /// The homeserver speaks these versions of the API.
    pub fn hear(&self, speaks: Vec<String>) -> io::Result<()> {
        self.with(|inner| {
            if inner.saved.speaks == speaks || inner.farewell.is_some() || inner.retired {
                return Ok(());
            }
            inner.saved.speaks = speaks;
            inner.custody.save(&Saved::SignedIn(Box::new(inner.saved.clone())))
        })
    }

    /// From now on it is kept there, with the tokens of this moment. A start in between keeps the store that
    /// the session names.
    pub fn keep_in(&self, custody: Custody) -> io::Result<()> {
        self.with(|inner| {
            custody.save(&Saved::SignedIn(Box::new(inner.saved.clone())))?;
            if let Some(profile) = custody.profile() {
                profile.keep_store(&inner.saved.store.name)?;
            }
            inner.custody = custody;
            Ok(())
        })
    }

    /// The user signs out: refreshed tokens matter only to whoever tells the homeserver.
    pub fn leave(&self, farewell: &Arc<Farewell>) {
        self.with(|inner| inner.farewell = Some(farewell.clone()));
    }

    /// The files are about to be another session's, or moved away: what is still learned of this one must
    /// not be written over them.
    pub fn retire(&self) {
        self.with(|inner| inner.retired = true);
    }

    /// Saves tokens on every refresh, before any request uses them: from then on the ones before are
    /// worth nothing. Tokens that were refreshed before this are saved now.
    pub fn follow(&self, client: &Client) {
        let (for_reload, for_save) = (self.clone(), self.clone());
        let followed = client.set_session_callbacks(
            Box::new(move |_| Ok(for_reload.with(|inner| inner.saved.session.tokens().clone()))),
            Box::new(move |client| Ok(for_save.take_tokens(&client)?)),
        );
        if let Err(error) = followed {
            warn!("refreshed tokens will not be saved: {error}");
        }
        if let Err(error) = self.take_tokens(client) {
            warn!("the tokens could not be saved: {error}");
        }
    }

    /// Saves a client's tokens where they are others, and lets requests use them.
    fn take_tokens(&self, client: &Client) -> io::Result<()> {
        let (access_token, saved) = self.with(|inner| {
            let before = inner.saved.session.tokens().clone();
            // A request may have taken them along by now.
            self.gate.open_for(&before.access_token);
            // A client that is not signed in yet will have those that are saved.
            let tokens = client.session_tokens().unwrap_or_else(|| before.clone());
            let is_same = tokens == before;
            let access_token = tokens.access_token.clone();
            (access_token, if is_same { Ok(()) } else { inner.renew(tokens) })
        });
        self.gate.open_for(&access_token);
        saved
    }

    pub fn shown_signed_in(&self) -> Session {
        self.with(|inner| Session::SignedIn {
            user_id: inner.saved.session.meta().user_id.to_string(),
            homeserver: inner.saved.homeserver.host_str().unwrap_or_default().to_owned(),
            keeping: inner.custody.keeping(),
        })
    }

    pub fn shown_expired(&self, broken: bool) -> Session {
        self.with(|inner| Session::Expired {
            user_id: inner.saved.session.meta().user_id.to_string(),
            server: inner.saved.server.clone(),
            broken,
        })
    }

    fn with<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> T {
        look(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    /// Saves tokens that came in exchange for the ones before.
    fn renew(&mut self, tokens: SessionTokens) -> io::Result<()> {
        self.saved.session.set_tokens(tokens);
        match &self.farewell {
            Some(farewell) => farewell.renew(&self.saved.session),
            None if self.retired => Ok(()),
            None => self.custody.save(&Saved::SignedIn(Box::new(self.saved.clone()))),
        }
    }
}

#[cfg(test)]
#[path = "kept_tests.rs"]
mod tests;
