//! A session in the place of what was here before.

use tracing::warn;

use super::ground::Ground;
use crate::{
    account::{
        Account,
        kept::Kept,
        keys,
        leave::Cause,
        local::save,
        saved::{Custody, SavedSession},
        sign_out::farewell,
    },
    failure::from_io,
    vault::KeyPlace,
    wire::UiError,
};

impl Account {
    /// Saves the new session in the place of the one that ended, which is set aside with its
    /// drafts. Until the one moment in which the file is exchanged the old session is as it was.
    pub(super) fn replace(
        &self,
        custody: &Custody,
        saved: &SavedSession,
        ground: &Ground,
    ) -> Result<(), UiError> {
        if let Some(old) = &ground.replaces {
            old.kept.retire();
        }
        let old = ground.replaces.as_ref().filter(|_| ground.renew.is_none());
        let Some(old) = old else {
            save(custody, saved)?;
            self.forget_note(custody, ground);
            return Ok(());
        };
        let (old_custody, old_saved) = (old.kept.custody(), old.kept.saved());
        let farewell = old.broken.then(|| farewell(&old.kept, Cause::Replaced));
        if let Some(profile) = old_custody.profile() {
            if old_custody.key().is_none() {
                profile.remove_store(&old_saved.store.name);
                save(custody, saved)?;
            } else if custody.key().is_some() {
                profile.copy_aside().map_err(|error| from_io(&error))?;
                hand_on_drafts(&old.kept, custody, saved);
                save(custody, saved)?;
                profile.adopt_drafts();
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
}

/// What the user was writing goes on with the new session, where it is the same user's.
fn hand_on_drafts(old: &Kept, custody: &Custody, saved: &SavedSession) {
    let (old_custody, old_saved) = (old.custody(), old.saved());
    let same_user = old_saved.session.meta().user_id == saved.session.meta().user_id;
    let drafts = old_custody.drafts().filter(|_| same_user);
    let written = custody.save_next_drafts(drafts.as_ref().map_or(b"{}", |drafts| drafts));
    if let Err(error) = written {
        warn!("drafts stay in what was set aside: {error}");
    }
}
