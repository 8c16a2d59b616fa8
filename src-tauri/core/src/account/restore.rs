//! Taking up the session that an earlier run has saved.

use std::{fs, io, sync::Arc};

use matrix_sdk::{Client, config::RequestConfig};
use tracing::{info, warn};

use super::{
    Account, Opened,
    faults::Fault,
    kept::Kept,
    keys, leave,
    machine::{Begin, Closed, Pending, Turn, Unread},
    mark,
    saved::{Custody, Saved, words},
    token_gate::TokenGate,
};
use crate::{
    vault::{
        Key, KeyId, KeyPlace, Keyring, KeyringError, Profile, ProfileError, SESSION, SealedError,
        open, read_header,
    },
    wire::{ErrorKind, LockReason},
};

impl Account {
    /// Takes up the saved session, if there is one. Ends with the window's state set to what was
    /// found; may be dropped at any moment, and called again.
    pub async fn restore(&self) -> Option<Client> {
        let mut turn = match self.machine.turn().await {
            Begin::Closed(turn) => self.open_profile(turn)?,
            Begin::Unread(turn) => turn.to(Unread::reading),
            Begin::Out(_) | Begin::In(_) | Begin::Ended(_) => return None,
        };
        let profile = turn.state().profile().clone();
        match self.read(&profile, &mut turn).await {
            Ok(None) => {
                profile.sweep_stores(None);
                turn.to(|unread| unread.nothing(None));
            }
            Ok(Some((Saved::SigningIn(intent), key, place))) => {
                profile.sweep_stores(None);
                turn.to(|unread| unread.nothing(Some(Pending { intent, key, place })));
            }
            Ok(Some((Saved::SignedIn(saved), key, place))) => {
                profile.sweep_stores(Some(&saved.store.name));
                let kept = Kept::new(
                    Custody::sealed(profile, key, place),
                    *saved,
                    false,
                    TokenGate::default(),
                );
                return self.take_up(turn, kept).await;
            }
            Err(reason) => {
                info!("the saved session cannot be opened: {reason:?}");
                turn.to(|unread| unread.locked(reason));
            }
        }
        None
    }

    fn open_profile<'a>(&self, turn: Turn<'a, Closed>) -> Option<Turn<'a, Unread>> {
        match Profile::open(&self.profile_folder) {
            Ok(profile) => {
                let profile = Arc::new(profile);
                self.pastimes.run(leave::resume(profile.clone(), self.keyring.clone()));
                // What a sign-in of this run stores is not on this list.
                let (keys, keyring) = (profile.keys_to_forget(), self.keyring.clone());
                let of = profile.clone();
                self.pastimes.run(async move {
                    keys::forget(&of, &keyring, &keys).await;
                });
                Some(turn.to(|closed| closed.opened(profile)))
            }
            Err(ProfileError::InUse) => {
                turn.to(|closed| closed.locked(LockReason::ProfileInUse));
                None
            }
            Err(ProfileError::Unwritable(error)) => {
                warn!("no profile: {error}");
                // There may be a session in it, which is not signed out by that.
                if self.profile_folder.join(SESSION).exists() {
                    turn.to(|closed| closed.locked(LockReason::DiskUnwritable));
                } else {
                    turn.to(Closed::without_profile);
                }
                None
            }
        }
    }

    /// Makes the signed-in client of a saved session.
    async fn take_up(&self, turn: Turn<'_, Unread>, kept: Kept) -> Option<Client> {
        let saved = kept.saved();
        let profile = turn.state().profile().clone();
        let fault = match mark::open_saved(&profile, &kept).await {
            Ok(client) => {
                self.pastimes.run(hear_versions(client.clone(), kept.clone()));
                turn.to(|unread| unread.opened(kept, client.clone()));
                return Some(client);
            }
            Err(fault) => fault,
        };
        warn!("the local copy cannot be opened: {fault:?}");
        // A disk without room breaks nothing that is on it.
        if let Err(error) = profile.try_writing() {
            warn!("the disk cannot be written: {error}");
            turn.to(|unread| unread.locked(LockReason::DiskUnwritable));
            return None;
        }
        match fault {
            Fault::Passing(reason, _) => drop(turn.to(|unread| unread.locked(reason))),
            Fault::Newer => drop(turn.to(|unread| unread.locked(LockReason::FileUnreadable))),
            Fault::Broken(_) => {
                // The next start finds no store where the session names one, and so the same.
                if let Err(error) = profile.set_store_aside(&saved.store.name) {
                    warn!("nor set aside: {error}");
                }
                self.board.notice(ErrorKind::StoreBroken.into());
                turn.to(|unread| unread.broken(kept));
            }
        }
        None
    }

    /// Reads the session file with its key; `None` where there is no file. Nothing but a missing
    /// file counts as "signed out".
    async fn read(
        &self,
        profile: &Profile,
        turn: &mut Turn<'_, Unread>,
    ) -> Result<Option<Opened>, LockReason> {
        let file = match fs::read(profile.session_file()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(_) => return Err(LockReason::FileUnreadable),
        };
        let header = read_header(&file).map_err(|_| LockReason::FileUnreadable)?;
        let key = match header.place {
            KeyPlace::Disk => fs::read(profile.key_file())
                .ok()
                .and_then(|text| Key::from_text(&text))
                .ok_or(LockReason::KeyGone)?,
            KeyPlace::Keyring => self.read_key(&header.key_id, turn).await.map_err(lock_reason)?,
        };
        let content = open(&file, &key).map_err(|error| match error {
            SealedError::OtherKey => LockReason::OtherKey,
            SealedError::Unreadable => LockReason::FileUnreadable,
        })?;
        let saved = serde_json::from_slice(&content).map_err(|_| LockReason::FileUnreadable)?;
        Ok(Some((saved, key, header.place)))
    }

    /// Tells the user when the keyring takes long, and still takes an answer that comes late: it
    /// may be waiting for the user to unlock it.
    async fn read_key(&self, id: &KeyId, turn: &mut Turn<'_, Unread>) -> Result<Key, KeyringError> {
        let reading = self.keyring.read(id);
        tokio::pin!(reading);
        if let Ok(answer) = tokio::time::timeout(Keyring::patience(), &mut reading).await {
            return answer;
        }
        turn.stay(|unread| unread.locked(LockReason::KeyringNoAnswer));
        reading.await
    }
}

/// Asks the homeserver what it speaks, for the next start.
async fn hear_versions(client: Client, kept: Kept) {
    let once = RequestConfig::new().disable_retry();
    let Ok(answer) = client.fetch_server_versions(Some(once)).await else { return };
    let speaks = words(&answer.as_supported_versions().versions);
    if !speaks.is_empty()
        && let Err(error) = kept.hear(speaks)
    {
        info!("what the server speaks is not remembered: {error}");
    }
}

/// With a sealed file on the disk, whatever the keyring says means that its key is out of reach.
fn lock_reason(error: KeyringError) -> LockReason {
    match error {
        KeyringError::Missing => LockReason::KeyringMissing,
        KeyringError::Locked => LockReason::KeyringLocked,
        KeyringError::NoAnswer => LockReason::KeyringNoAnswer,
        KeyringError::NoEntry => LockReason::KeyGone,
        KeyringError::Unreliable => LockReason::OtherKey,
    }
}
