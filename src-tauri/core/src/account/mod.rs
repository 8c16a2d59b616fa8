//! The session: signing in, keeping, restoring, ending.

mod client;
mod saved;
mod server;
mod sign_in;

use std::{
    fs, io,
    path::PathBuf,
    sync::{Arc, Mutex as StdMutex, PoisonError},
    time::Duration,
};

use matrix_sdk::{Client, ruma::OwnedUserId};
use tokio::sync::{Mutex, Notify};
use tracing::{info, warn};

use self::saved::{Custody, Intent, Saved, SavedSession};
pub use self::{client::session_end, sign_in::SignIn};
use crate::{
    board::Board,
    failure::from_io,
    vault::{
        Key, KeyPlace, Keyring, KeyringError, Profile, ProfileError, SealedError, open, read_header,
    },
    wire::{ErrorKind, KeyringProblem, LockReason, Session, UiError, Unfinished},
};

/// How long the homeserver has to confirm a sign-out before the app goes ahead without.
const SIGN_OUT_PATIENCE: Duration = Duration::from_secs(10);

/// The one session of the app. Its state is what [`Board`] shows; transitions happen one at a
/// time.
pub struct Account {
    board: Board,
    keyring: Keyring,
    profile_folder: PathBuf,
    state: Mutex<State>,
    cancel: Notify,
    /// What a user was writing whose session the homeserver ended, until the same user is back.
    left_drafts: StdMutex<Option<LeftDrafts>>,
}

/// A user, and what that user was writing.
type LeftDrafts = (OwnedUserId, zeroize::Zeroizing<Vec<u8>>);

/// What is on the disk and in hand.
enum State {
    /// The profile is not open.
    Closed,
    /// Nobody is signed in.
    Out { profile: Option<Arc<Profile>>, unfinished: Option<Pending> },
    /// A saved session is there and cannot be opened.
    Locked { profile: Arc<Profile> },
    /// Signed in.
    In { kept: Kept, client: Client },
    /// The homeserver ended the session; `soft` says that the same device may sign in again.
    Ended { kept: Kept, soft: bool },
}

/// A sign-in that was begun and not finished, and the key to its file.
struct Pending {
    intent: Intent,
    key: Key,
    place: KeyPlace,
}

/// A session and where it is kept. Shared with the callback that saves refreshed tokens.
#[derive(Clone)]
struct Kept(Arc<StdMutex<(Custody, SavedSession)>>);

impl Kept {
    fn new(custody: Custody, saved: SavedSession) -> Self {
        Self(Arc::new(StdMutex::new((custody, saved))))
    }

    fn with<T>(&self, look: impl FnOnce(&mut (Custody, SavedSession)) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Saves tokens on every refresh, at once: the ones before are worthless by then.
    fn save_refreshed_tokens(&self, client: &Client) -> matrix_sdk::Result<()> {
        let (for_reload, for_save) = (self.clone(), self.clone());
        client.set_session_callbacks(
            Box::new(move |_| Ok(for_reload.with(|(_, saved)| saved.session.tokens.clone()))),
            Box::new(move |client| {
                let Some(session) = client.matrix_auth().session() else { return Ok(()) };
                for_save.with(|(custody, saved)| {
                    saved.session = session;
                    custody.save(&Saved::SignedIn(Box::new(saved.clone())))
                })?;
                Ok(())
            }),
        )
    }
}

impl Account {
    pub fn new(board: Board, keyring: Keyring, profile_folder: PathBuf) -> Self {
        Self {
            board,
            keyring,
            profile_folder,
            state: Mutex::new(State::Closed),
            cancel: Notify::new(),
            left_drafts: StdMutex::default(),
        }
    }

    /// Takes up the saved session, if there is one. Ends with the window's state set to what was
    /// found; may be dropped at any moment, and called again.
    pub async fn restore(&self) -> Option<Client> {
        let mut state = self.state.lock().await;
        if matches!(*state, State::In { .. }) {
            return None;
        }
        self.board.set_session(Session::Restoring);
        let profile = match std::mem::replace(&mut *state, State::Closed) {
            State::Locked { profile } => profile,
            _ => match Profile::open(&self.profile_folder) {
                Ok(profile) => Arc::new(profile),
                Err(ProfileError::InUse) => {
                    self.board.set_session(Session::Locked { reason: LockReason::ProfileInUse });
                    return None;
                }
                Err(ProfileError::Unwritable(error)) => {
                    warn!("no profile: {error}");
                    self.leave_out(&mut state, None, None);
                    return None;
                }
            },
        };
        // Dropping this future half-way must leave the profile open and its session untouched.
        *state = State::Locked { profile: profile.clone() };
        match self.read(&profile).await {
            Ok(None) => self.leave_out(&mut state, Some(profile), None),
            Ok(Some((Saved::SigningIn(intent), key, place))) => {
                let pending = Pending { intent, key, place };
                self.leave_out(&mut state, Some(profile), Some(pending));
            }
            Ok(Some((Saved::SignedIn(saved), key, place))) => {
                let kept = Kept::new(Custody::sealed(profile, key, place), *saved);
                return self.take_up(&mut state, kept).await;
            }
            Err(reason) => {
                info!("the saved session cannot be opened: {reason:?}");
                self.board.set_session(Session::Locked { reason });
            }
        }
        None
    }

    /// Makes the signed-in client of a saved session.
    async fn take_up(&self, state: &mut State, kept: Kept) -> Option<Client> {
        let (custody, saved) = kept.with(|kept| kept.clone());
        let profile = custody.profile()?;
        match client::restore(&saved, profile.store(&saved.store.name)).await {
            Ok(client) => {
                self.enter(state, kept, client.clone());
                Some(client)
            }
            Err(error) => {
                warn!("the local copy cannot be opened: {error}");
                if let Err(error) = profile.set_store_aside(&saved.store.name) {
                    warn!("nor set aside: {error}");
                }
                self.board.notice(ErrorKind::StoreBroken.into());
                self.end(state, kept, false);
                None
            }
        }
    }

    fn enter(&self, state: &mut State, kept: Kept, client: Client) {
        if let Err(error) = kept.save_refreshed_tokens(&client) {
            warn!("refreshed tokens will not be saved: {error}");
        }
        let session = kept.with(|(custody, saved)| Session::SignedIn {
            user_id: saved.session.meta.user_id.to_string(),
            homeserver: saved.homeserver.host_str().unwrap_or_default().to_owned(),
            keeping: custody.keeping(),
        });
        *state = State::In { kept, client };
        self.board.set_session(session);
    }

    fn end(&self, state: &mut State, kept: Kept, soft: bool) {
        let session = kept.with(|(_, saved)| Session::Expired {
            user_id: saved.session.meta.user_id.to_string(),
            server: saved.server.clone(),
        });
        *state = State::Ended { kept, soft };
        self.board.set_session(session);
    }

    fn leave_out(
        &self,
        state: &mut State,
        profile: Option<Arc<Profile>>,
        unfinished: Option<Pending>,
    ) {
        let shown = unfinished.as_ref().map(|pending| Unfinished {
            server: pending.intent.server.clone(),
            user: pending.intent.user.clone(),
        });
        *state = State::Out { profile, unfinished };
        self.board.set_session(Session::SignedOut { unfinished: shown });
    }

    /// Reads the session file with its key; `None` where there is no file. Nothing but a missing
    /// file counts as "signed out".
    async fn read(&self, profile: &Profile) -> Result<Option<(Saved, Key, KeyPlace)>, LockReason> {
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
            KeyPlace::Keyring => self.read_key(&header.key_id).await.map_err(lock_reason)?,
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
    async fn read_key(&self, id: &crate::vault::KeyId) -> Result<Key, KeyringError> {
        let reading = self.keyring.read(id);
        tokio::pin!(reading);
        if let Ok(answer) = tokio::time::timeout(Keyring::patience(), &mut reading).await {
            return answer;
        }
        self.board.set_session(Session::Locked { reason: LockReason::KeyringNoAnswer });
        reading.await
    }

    /// Moves the saved session aside, so that a new sign-in can begin.
    pub async fn set_aside(&self) -> Result<(), UiError> {
        let mut state = self.state.lock().await;
        let profile = match &*state {
            State::Locked { profile } => Some(profile.clone()),
            State::Ended { kept, .. } => kept.with(|(custody, _)| custody.profile().cloned()),
            // The profile is another app's, or there is nothing to set aside.
            State::Closed | State::Out { .. } | State::In { .. } => return Ok(()),
        };
        if let Some(profile) = &profile {
            profile.set_aside().map_err(|error| from_io(&error))?;
        }
        self.leave_out(&mut state, profile, None);
        Ok(())
    }

    /// Keeps a session that was in memory only: in the keyring, or, where `on_disk`, with its key
    /// beside it.
    pub async fn keep(&self, on_disk: bool) -> Result<(), UiError> {
        let mut state = self.state.lock().await;
        let State::In { kept, client } = &*state else { return Err(ErrorKind::NotSignedIn.into()) };
        let (custody, saved) = kept.with(|kept| kept.clone());
        let (Some(profile), None) = (custody.profile(), custody.key()) else {
            return Err(ErrorKind::ProfileUnwritable.into());
        };
        let key = Key::random();
        let place = if on_disk { KeyPlace::Disk } else { KeyPlace::Keyring };
        if !on_disk && let Err(error) = self.keyring.store(&key).await {
            return Err(UiError::new(ErrorKind::KeyringUnavailable).with_detail(error.to_string()));
        }
        let custody = Custody::sealed(profile.clone(), key, place);
        custody
            .save(&Saved::SignedIn(Box::new(saved.clone())))
            .and_then(|()| profile.keep_store(&saved.store.name))
            .map_err(|error| from_io(&error))?;
        kept.with(|kept| kept.0 = custody);
        let (kept, client) = (kept.clone(), client.clone());
        self.show_keeping(&kept);
        *state = State::In { kept, client };
        Ok(())
    }

    fn show_keeping(&self, kept: &Kept) {
        if let Session::SignedIn { user_id, homeserver, .. } = self.board.session() {
            let keeping = kept.with(|(custody, _)| custody.keeping());
            self.board.set_session(Session::SignedIn { user_id, homeserver, keeping });
        }
    }

    /// Ends the session here and on the homeserver. What is here is gone even where the homeserver
    /// cannot be told; the user is then told so.
    pub async fn sign_out(&self) {
        let mut state = self.state.lock().await;
        let (State::In { kept, .. } | State::Ended { kept, .. }) = &*state else { return };
        let custody = kept.with(|(custody, _)| custody.clone());
        let previous = std::mem::replace(&mut *state, State::Closed);
        self.board.set_session(Session::SigningOut);
        if let State::In { client, .. } = &previous {
            let logout = tokio::time::timeout(SIGN_OUT_PATIENCE, client.logout()).await;
            if !matches!(logout, Ok(Ok(()))) {
                self.board.notice(ErrorKind::DeviceNotRemoved.into());
            }
            // Closes the databases, which Windows wants before their files can go.
            if let Err(error) = client.pause().await {
                warn!("the local copy was not closed: {error}");
            }
        }
        drop(previous);
        if let Some(profile) = custody.profile() {
            profile.wipe();
        }
        if let Some((key, KeyPlace::Keyring)) = custody.key() {
            self.forget(key).await;
        }
        self.leave_out(&mut state, custody.profile().cloned(), None);
    }

    async fn forget(&self, key: &Key) {
        if let Err(error) = self.keyring.forget(&key.id()).await {
            info!("a key stays in the keyring, where it opens nothing: {error}");
        }
    }

    /// The homeserver ended the session.
    pub async fn expire(&self, soft: bool) {
        let mut state = self.state.lock().await;
        if let State::In { kept, .. } = &*state {
            let kept = kept.clone();
            self.end(&mut state, kept, soft);
        }
    }

    /// Closes the local copy before the app exits; a session that is kept in memory only ends.
    pub async fn close(&self) {
        let mut state = self.state.lock().await;
        let State::In { kept, client } = std::mem::replace(&mut *state, State::Closed) else {
            return;
        };
        let (custody, saved) = kept.with(|kept| kept.clone());
        if custody.key().is_none() {
            // The device would stay on the homeserver's list with nobody able to use it.
            let _ = tokio::time::timeout(SIGN_OUT_PATIENCE, client.logout()).await;
        }
        if let Err(error) = client.pause().await {
            warn!("the local copy was not closed: {error}");
        }
        drop(client);
        if let (None, Some(profile)) = (custody.key(), custody.profile()) {
            profile.remove_store(&saved.store.name);
        }
        if let Some(profile) = custody.profile() {
            profile.release();
        }
    }

    /// Saves what the user is writing beside the session, sealed with its key.
    pub async fn save_drafts(&self, drafts: &[u8]) -> Result<(), UiError> {
        let state = self.state.lock().await;
        let State::In { kept, .. } = &*state else { return Ok(()) };
        let custody = kept.with(|(custody, _)| custody.clone());
        custody.save_drafts(drafts).map_err(|error| from_io(&error))
    }

    /// What the user was writing.
    pub async fn drafts(&self) -> Option<zeroize::Zeroizing<Vec<u8>>> {
        let state = self.state.lock().await;
        let State::In { kept, .. } = &*state else { return None };
        kept.with(|(custody, _)| custody.drafts())
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

/// Why a session is not sealed although the keyring works.
const UNWRITABLE: KeyringProblem = KeyringProblem::DiskUnwritable;
