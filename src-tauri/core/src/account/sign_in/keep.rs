//! What a sign-in leaves on this computer: the note that it has begun, the session that it ends with,
//! and nothing where it comes to nothing.

use std::time::Duration;

use matrix_sdk::Client;
use tracing::{info, warn};

use super::ground::Ground;
use crate::{
    account::{
        Account, UNWRITABLE,
        kept::Kept,
        keys, mark,
        saved::{Custody, Intent, Saved, SavedSession},
    },
    failure::from_io,
    vault::KeyPlace,
    wire::{ErrorKind, UiError},
};

/// Limits how long a sign-in that came to nothing waits for the keyring to forget its key, which goes on
/// afterwards.
const FORGET_TIMEOUT: Duration = Duration::from_secs(2);

impl Account {
    /// Says in a new local copy whose it is; one that is gone on with has to say so.
    pub(super) async fn own(
        &self,
        custody: &Custody,
        saved: &SavedSession,
        client: &Client,
        ground: &Ground,
    ) -> Result<(), UiError> {
        let Some(profile) = custody.profile().filter(|_| !custody.is_shared()) else {
            return Ok(());
        };
        if ground.renew.is_none() {
            return mark::write(profile, saved, client).await.map_err(|error| from_io(&error));
        }
        if mark::fits(profile, saved, client).await {
            return Ok(());
        }
        if let Err(error) = client.pause().await {
            warn!("the local copy was not closed: {error}");
        }
        if let Err(error) = profile.set_store_aside(&saved.store.name) {
            warn!("a broken local copy was not set aside: {error}");
        }
        Err(ErrorKind::StoreBroken.into())
    }

    /// Finds out where the session can be kept. The key is in the keyring, and was read back,
    /// before anything is sealed with it.
    pub(super) async fn custody(&self, ground: &Ground) -> Custody {
        if ground.shared {
            return Custody::shared(ground.profile.clone());
        }
        let Some(profile) = ground.profile.clone() else {
            return Custody::memory(None, UNWRITABLE);
        };
        if let Some(place) = ground.place {
            return Custody::sealed(profile, ground.key.clone(), place);
        }
        // Where the app ends before a file names the key, the next start has it forgotten.
        profile.plan_to_forget(ground.key.id().as_str());
        match self.keyring.store(&ground.key).await {
            Ok(()) => Custody::sealed(profile, ground.key.clone(), KeyPlace::Keyring),
            Err(error) => {
                info!("the session stays in memory: {error}");
                Custody::memory(Some(profile), error.into())
            }
        }
    }

    /// Writes down that a sign-in begins. Where that fails nothing later could be saved either. A
    /// note or a session that is here already is not written over before there is another one.
    pub(super) async fn note(
        &self,
        custody: Custody,
        intent: &Intent,
        ground: &mut Ground,
    ) -> Custody {
        let (Some(profile), Some((key, place))) = (custody.profile(), custody.key()) else {
            return custody;
        };
        // A session that is renewed has its device written down, and goes on where it is kept.
        if ground.renew.is_some() {
            return custody;
        }
        let written = if ground.is_noted_here() {
            ground.noted = true;
            custody.save(&Saved::SigningIn(intent.clone()))
        } else {
            profile.try_writing()
        };
        let Err(error) = written else {
            if ground.noted {
                profile.end_of_plan_to_forget(&key.id());
            }
            return custody;
        };
        warn!("the session stays in memory: {error}");
        if place == KeyPlace::Keyring && ground.place.is_none() {
            keys::forget(profile, &self.keyring, &[key.id()]).await;
        }
        Custody::memory(None, UNWRITABLE)
    }

    /// Removes what a sign-in that came to nothing has left, and nothing else.
    pub(super) async fn clear_up(&self, ground: &Ground) {
        let Some(profile) = ground.profile.clone().filter(|_| !ground.shared) else { return };
        // The device of a sign-in that was broken off may be on the server's list: the next try has
        // to take it again.
        if ground.noted && !ground.resumes {
            profile.remove_session();
        }
        if ground.renew.is_none() {
            profile.remove_volatile_stores();
        }
        if ground.place.is_none() {
            // A keyring that does not answer must not keep the user from trying again.
            let (keyring, id) = (self.keyring.clone(), ground.key.id());
            profile.plan_to_forget(id.as_str());
            let forget = tokio::spawn(async move { keys::forget(&profile, &keyring, &[id]).await });
            let _ = tokio::time::timeout(FORGET_TIMEOUT, forget).await;
        }
    }

    /// Remembers the server, except where others use this computer.
    pub(super) fn remember(&self, server: &str, kept: &Kept) {
        let custody = kept.custody();
        let Some(profile) = custody.profile().filter(|_| !custody.is_shared()) else { return };
        if let Err(error) = self.servers.remember(server, profile) {
            warn!("the server will not be remembered: {error}");
        }
    }
}
