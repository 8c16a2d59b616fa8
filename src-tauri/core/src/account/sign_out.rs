//! The end of a session: here at once, on the server as soon as it can be told.

use std::{sync::Arc, time::Duration};

use matrix_sdk::{Client, config::RequestConfig, ruma::api::client::keys::get_keys};
use tracing::warn;

use super::{
    Account,
    kept::Kept,
    keys,
    leave::{Cause, Farewell},
    machine::{Begin, Ended, In, Out, SigningOut, Unread},
};
use crate::{
    vault::{KeyId, Profile},
    wire::ErrorKind,
};

/// How long the user waits for the server's answer. The app goes on trying after that.
const PATIENCE: Duration = Duration::from_secs(10);

/// Longer than anything but a sign-in has the turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(1);

/// How long the device's keys have to reach the homeserver before the session may end.
const UPLOAD: Duration = Duration::from_secs(3);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

impl Account {
    /// A key that reaches the homeserver after the sign-out would bring the device back to its
    /// list. So a session that has only just begun first has its keys there. Called while it syncs;
    /// where the app is `closing`, for a session that ends with it only.
    pub async fn settle_before_end(&self, closing: bool) {
        let Begin::In(turn) = self.machine.turn().await else { return };
        let (client, kept) = (turn.state().client().clone(), turn.state().kept().clone());
        drop(turn);
        if kept.is_fresh() && !(closing && kept.custody().key().is_some()) {
            let _ = tokio::time::timeout(UPLOAD, wait_for_keys(&client)).await;
        }
    }

    /// Whether somebody is signed in who said that others use this computer. A sign-in that is under
    /// way is not.
    pub async fn is_shared(&self) -> bool {
        let turn = tokio::time::timeout(TURN_TIMEOUT, self.machine.turn()).await;
        matches!(turn, Ok(Begin::In(turn)) if turn.state().kept().custody().is_shared())
    }

    /// Ends the session here and on the homeserver. What is here is gone at once, of every session
    /// that was ever set aside as well; where the homeserver cannot be told, the user is, and the
    /// app goes on trying.
    ///
    /// The order is such that a crash ends signed out: what the homeserver has to be told is on the
    /// disk before anything is removed, and the next start finishes what it finds begun.
    pub async fn sign_out(&self) {
        let mut shared = false;
        let (turn, farewell, client) = match self.machine.turn().await {
            Begin::In(turn) => {
                shared = turn.state().kept().custody().is_shared();
                let farewell = farewell(turn.state().kept(), Cause::SignedOut);
                let client = turn.state().client().clone();
                (turn.to(In::leaves), Some(farewell), Some(client))
            }
            Begin::Ended(turn) => {
                shared = turn.state().kept().custody().is_shared();
                // Where only the local copy was broken the homeserver still has the session.
                let broken = turn.state().is_broken();
                let farewell = broken.then(|| farewell(turn.state().kept(), Cause::SignedOut));
                (turn.to(Ended::leaves), farewell, None)
            }
            Begin::Unread(turn) => {
                // Its tokens cannot be read, so that nobody can tell the server.
                self.board.notice(ErrorKind::DeviceNotRemoved.into());
                (turn.to(Unread::leaves), None, None)
            }
            Begin::Out(turn) => (turn.to(Out::leaves), None, None),
            Begin::Closed(_) => return,
        };
        if let Some(client) = client {
            close_store(client).await;
        }
        // A shared session has no file here: what there is belongs to somebody else.
        let profile = turn.state().profile().filter(|_| !shared).cloned();
        let keys = match &profile {
            Some(profile) => wipe(profile.clone()).await,
            None => Vec::new(),
        };
        turn.to(SigningOut::done);
        let mut forgotten = match farewell {
            Some(farewell) => self.tell(farewell).await,
            None => true,
        };
        if let Some(profile) = profile {
            // What the keyring does not forget now it is asked to at the next start.
            let rest = keys::forget(&profile, &self.keyring, &keys);
            forgotten &= tokio::time::timeout(PATIENCE, rest).await.unwrap_or(false);
        }
        if !forgotten {
            self.board.notice(ErrorKind::KeyNotForgotten.into());
        }
    }

    /// Tells the homeserver at once, or says to the user what becomes of it. `false` where the homeserver knows,
    /// and the keyring could not forget the key.
    async fn tell(&self, farewell: Arc<Farewell>) -> bool {
        if let Ok(true) = tokio::time::timeout(PATIENCE, farewell.attempt()).await {
            return farewell.done(&self.keyring).await;
        }
        if farewell.lasts() {
            self.board.notice(ErrorKind::DeviceRemovedLater.into());
            self.pastimes.run(farewell.insist(self.keyring.clone()));
        } else {
            self.board.notice(ErrorKind::DeviceNotRemoved.into());
        }
        true
    }

    /// Tells the homeserver whenever it can be told.
    pub(super) fn tell_later(&self, farewell: Option<Arc<Farewell>>) {
        if let Some(farewell) = farewell {
            self.pastimes.run(farewell.insist(self.keyring.clone()));
        }
    }

    /// Closes the local copy before the app exits; a session that is kept in memory only ends.
    pub async fn close(&self) {
        self.cancel_sign_in();
        let (profile, session) = self.machine.turn().await.closes();
        if let Some((kept, client)) = session {
            let keeps = kept.custody().key().is_some();
            if !keeps {
                // The device would stay on the homeserver's list with nobody able to use it.
                let _ = tokio::time::timeout(PATIENCE, farewell(&kept, Cause::SignedOut).attempt())
                    .await;
            }
            close_store(client).await;
            if let Some(profile) = profile.as_ref().filter(|_| !keeps) {
                profile.remove_store(&kept.saved().store.name);
            }
        }
        // What a cancelled sign-in has to give back.
        let _ = tokio::time::timeout(PATIENCE, self.errands.finish()).await;
        self.pastimes.stop();
        if let Some(profile) = profile {
            profile.release();
        }
    }
}

/// From now on refreshed tokens are kept for this only.
pub fn farewell(kept: &Kept, cause: Cause) -> Arc<Farewell> {
    let (custody, saved) = (kept.custody(), kept.saved());
    let (profile, key) = (custody.profile(), custody.key());
    let farewell = Farewell::new(saved.homeserver, saved.session, profile, key, cause);
    let farewell = Arc::new(farewell);
    kept.leave(&farewell);
    farewell
}

/// Removes everything, which takes long on a slow disk.
async fn wipe(profile: Arc<Profile>) -> Vec<KeyId> {
    tokio::task::spawn_blocking(move || profile.wipe()).await.unwrap_or_default()
}

/// Closes the databases, which Windows wants before their files can go.
async fn close_store(client: Client) {
    if let Err(error) = client.pause().await {
        warn!("the local copy was not closed: {error}");
    }
}

/// Waits until the homeserver has the keys of this device; a homeserver that does not answer will
/// not bring back the device either.
async fn wait_for_keys(client: &Client) {
    let Some(meta) = client.session_meta() else { return };
    let mut request = get_keys::v3::Request::new();
    request.device_keys.insert(meta.user_id.clone(), vec![meta.device_id.clone()]);
    let once = RequestConfig::new().disable_retry();
    while let Ok(keys) = client.send(request.clone()).with_request_config(once).await {
        let own = keys.device_keys.get(&meta.user_id);
        if own.is_some_and(|devices| devices.contains_key(&meta.device_id)) {
            return;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
