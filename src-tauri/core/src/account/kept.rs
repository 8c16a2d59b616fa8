use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use matrix_sdk::Client;

use super::{
    leave::Farewell,
    saved::{Custody, Saved, SavedSession},
};
use crate::wire::Session;

/// A session and where it is kept. Shared with the callback that saves refreshed tokens.
#[derive(Clone)]
pub struct Kept(Arc<Mutex<Inner>>);

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
    pub fn new(custody: Custody, saved: SavedSession, fresh: bool) -> Self {
        Self(Arc::new(Mutex::new(Inner { custody, saved, fresh, farewell: None, retired: false })))
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

    /// Saves tokens on every refresh, at once: the ones before are worthless by then.
    pub fn follow(&self, client: &Client) -> matrix_sdk::Result<()> {
        let (for_reload, for_save) = (self.clone(), self.clone());
        client.set_session_callbacks(
            Box::new(move |_| Ok(for_reload.with(|inner| inner.saved.session.tokens().clone()))),
            Box::new(move |client| {
                let Some(tokens) = client.session_tokens() else { return Ok(()) };
                for_save.with(|inner| {
                    inner.saved.session.set_tokens(tokens);
                    match &inner.farewell {
                        Some(farewell) => farewell.renew(&inner.saved.session),
                        None if inner.retired => Ok(()),
                        None => inner.custody.save(&Saved::SignedIn(Box::new(inner.saved.clone()))),
                    }
                })?;
                Ok(())
            }),
        )
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
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::vault::{Key, KeyPlace, Profile};

    fn saved_session() -> SavedSession {
        let key = Key::random();
        let json = serde_json::json!({
            "server": "b", "homeserver": "https://b/",
            "store": { "name": "0123456789abcdef", "key": key.to_text() },
            "session": { "user_id": "@a:b", "device_id": "ABCDEFGH", "access_token": "secret" },
        });
        serde_json::from_value(json).expect("a session")
    }

    #[test]
    fn nothing_is_written_of_a_session_whose_place_is_another_ones() {
        let folder = tempfile::tempdir().expect("a folder");
        let profile = Arc::new(Profile::open(folder.path()).expect("opens"));
        let custody = Custody::sealed(profile.clone(), Key::random(), KeyPlace::Keyring);
        let kept = Kept::new(custody, saved_session(), false);
        let written = || fs::read(profile.session_file()).ok();
        kept.hear(vec!["v1.1".to_owned()]).expect("saved");
        let before = written().expect("the control: until then it is written");
        kept.hear(vec!["v1.2".to_owned()]).expect("saved");
        assert_ne!(written(), Some(before));
        kept.retire();
        fs::write(profile.session_file(), "the next session").expect("written");
        kept.hear(vec!["v1.3".to_owned()]).expect("left");
        assert_eq!(written().as_deref(), Some(&b"the next session"[..]));
    }
}
