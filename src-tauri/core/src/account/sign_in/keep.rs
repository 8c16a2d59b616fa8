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
        keys,
        leave::Cause,
        local::save,
        mark,
        saved::{Custody, Intent, Saved, SavedSession},
        sign_out::farewell,
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

    /// Saves the new session in the place of the one that ended, which is set aside with its
    /// drafts. Until the one moment in which the file is exchanged the old session is as it was.
    pub(super) fn replace(
        &self,
        custody: &Custody,
        saved: &SavedSession,
        ground: &Ground,
    ) -> Result<(), UiError> {
        let old = ground.replaces.as_ref().filter(|_| ground.renew.is_none());
        let Some(old) = old else {
            save(custody, saved)?;
            self.forget_note(custody, ground);
            return Ok(());
        };
        let (old_custody, old_saved) = (old.kept.custody(), old.kept.saved());
        if !ground.shared {
            self.leave_drafts(&old_custody, &old_saved);
        }
        let farewell = old.broken.then(|| farewell(&old.kept, Cause::Replaced));
        if let Some(profile) = old_custody.profile() {
            if old_custody.key().is_none() {
                profile.remove_store(&old_saved.store.name);
                save(custody, saved)?;
            } else if custody.key().is_some() {
                profile.copy_aside().map_err(|error| from_io(&error))?;
                save(custody, saved)?;
                profile.forget_drafts();
                if custody.key().is_some_and(|(_, place)| place == KeyPlace::Keyring) {
                    profile.forget_key_file();
                }
                profile.sweep_stores(Some(&saved.store.name));
            } else if let Err(error) = profile.set_aside() {
                // It is found again at the next start.
                warn!("a session that has ended stays where it is: {error}");
            }
        }
        self.tell_later(farewell);
        Ok(())
    }

    /// The session was written over a note of another sign-in, whose key opens nothing any more.
    fn forget_note(&self, custody: &Custody, ground: &Ground) {
        let Some((profile, id)) = custody.profile().zip(ground.key_of_note()) else { return };
        if custody.key().is_some() {
            profile.plan_to_forget(id.as_str());
            let (profile, keyring) = (profile.clone(), self.keyring.clone());
            tokio::spawn(async move { keys::forget(&profile, &keyring, &[id]).await });
        }
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
