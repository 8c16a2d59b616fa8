//! The session: signing in, keeping, restoring, ending.

mod authority;
mod client;
mod entrance;
mod grant;
mod kept;
mod leave;
mod listener;
mod local;
mod machine;
mod oauth;
mod organisation;
mod page;
mod password;
mod register;
mod saved;
mod server;
mod servers;
mod sign_in;
mod sign_out;
#[cfg(test)]
#[path = "../fuzz/account.rs"]
pub(crate) mod stored;
mod visit;
mod ways;

use std::{
    fs, io,
    path::PathBuf,
    sync::{Arc, Mutex as StdMutex, MutexGuard as StdGuard, PoisonError},
};

use matrix_sdk::{Client, config::RequestConfig, ruma::OwnedUserId};
use tokio::sync::Notify;
use tracing::{info, warn};
use zeroize::Zeroizing;

pub use self::{
    client::{keeps_device, says_over, session_end},
    sign_in::SignIn,
    visit::{Visit, VisitError},
};
use self::{
    grant::Errands,
    kept::Kept,
    listener::Letterbox,
    machine::{Begin, Closed, Ended, In, Machine, Pending, Turn, Unread},
    saved::{Custody, Saved, SavedSession, words},
    server::Found,
    servers::Servers,
    ways::Desk,
};
use crate::{
    board::Board,
    failure::from_io,
    vault::{
        Key, KeyId, KeyPlace, Keyring, KeyringError, Profile, ProfileError, SERVERS, SealedError,
        open, read_header,
    },
    wire::{AccountPage, ErrorKind, KeyringProblem, LockReason, RegistrationAnswer, UiError},
};

/// Opens an address in the system's browser; `false` where that failed.
pub type OpenBrowser = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// The one session of the app.
pub struct Account {
    machine: Machine,
    board: Board,
    keyring: Keyring,
    profile_folder: PathBuf,
    open_browser: OpenBrowser,
    servers: Arc<Servers>,
    /// What has to be given back to a server, soon.
    errands: Errands,
    /// What may take as long as it takes, such as sign-outs that a server could not be told of yet.
    pastimes: Errands,
    cancel: Notify,
    /// The server that was asked last what it offers.
    found: StdMutex<Option<Arc<Found>>>,
    desk: StdMutex<Desk>,
    /// What a user was writing whose session the homeserver ended, until the same user is back.
    left_drafts: StdMutex<Option<LeftDrafts>>,
}

/// A user, and what that user was writing.
type LeftDrafts = (OwnedUserId, Zeroizing<Vec<u8>>);

/// The content of the session file, and the key to it.
type Opened = (Saved, Key, KeyPlace);

impl Account {
    pub fn new(
        board: Board,
        keyring: Keyring,
        profile_folder: PathBuf,
        open_browser: OpenBrowser,
    ) -> Self {
        Self {
            machine: Machine::new(board.clone()),
            board,
            keyring,
            servers: Arc::new(Servers::read(&profile_folder.join(SERVERS))),
            profile_folder,
            open_browser,
            errands: Errands::default(),
            pastimes: Errands::default(),
            cancel: Notify::new(),
            found: StdMutex::default(),
            desk: StdMutex::default(),
            left_drafts: StdMutex::default(),
        }
    }

    /// Servers that were signed in to before, the last one first.
    pub fn recent_servers(&self) -> Vec<String> {
        self.servers.recent()
    }

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
            Ok(None) => drop(turn.to(|unread| unread.nothing(None))),
            Ok(Some((Saved::SigningIn(intent), key, place))) => {
                turn.to(|unread| unread.nothing(Some(Pending { intent, key, place })));
            }
            Ok(Some((Saved::SignedIn(saved), key, place))) => {
                let kept = Kept::new(Custody::sealed(profile, key, place), *saved, false);
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
                Some(turn.to(|closed| closed.opened(profile)))
            }
            Err(ProfileError::InUse) => {
                turn.to(Closed::in_use);
                None
            }
            Err(ProfileError::Unwritable(error)) => {
                warn!("no profile: {error}");
                turn.to(Closed::without_profile);
                None
            }
        }
    }

    /// Makes the signed-in client of a saved session.
    async fn take_up(&self, turn: Turn<'_, Unread>, kept: Kept) -> Option<Client> {
        let saved = kept.saved();
        let profile = turn.state().profile().clone();
        match client::restore(&saved, profile.store(&saved.store.name)).await {
            Ok(client) => {
                if let Err(error) = kept.follow(&client) {
                    warn!("refreshed tokens will not be saved: {error}");
                }
                self.pastimes.run(hear_versions(client.clone(), kept.clone()));
                turn.to(|unread| unread.opened(kept, client.clone()));
                Some(client)
            }
            Err(error) => {
                warn!("the local copy cannot be opened: {error}");
                // A disk without room breaks nothing that is on it.
                if let Err(error) = profile.try_writing() {
                    warn!("the disk cannot be written: {error}");
                    turn.to(|unread| unread.locked(LockReason::DiskUnwritable));
                    return None;
                }
                if let Err(error) = profile.set_store_aside(&saved.store.name) {
                    warn!("nor set aside: {error}");
                }
                self.board.notice(ErrorKind::StoreBroken.into());
                turn.to(|unread| unread.broken(kept));
                None
            }
        }
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

    /// Moves the saved session aside, so that a new sign-in can begin.
    pub async fn set_aside(&self) -> Result<(), UiError> {
        match self.machine.turn().await {
            Begin::Unread(turn) => drop(turn.try_to(Unread::set_aside).map_err(|e| from_io(&e))?),
            Begin::Ended(turn) => {
                let kept = turn.state().kept().clone();
                self.leave_drafts(&kept.custody(), &kept.saved());
                turn.try_to(Ended::set_aside).map_err(|error| from_io(&error))?;
            }
            // The profile is another app's, or there is nothing to set aside.
            Begin::Closed(_) | Begin::Out(_) | Begin::In(_) => {}
        }
        Ok(())
    }

    /// Keeps a session that was in memory only: in the keyring, or, where `on_disk`, with its key
    /// beside it.
    pub async fn keep(&self, on_disk: bool) -> Result<(), UiError> {
        let Begin::In(turn) = self.machine.turn().await else {
            return Err(ErrorKind::NotSignedIn.into());
        };
        let kept = turn.state().kept().clone();
        let (custody, saved) = (kept.custody(), kept.saved());
        let unwritable = || UiError::new(ErrorKind::ProfileUnwritable);
        let profile = custody.profile().ok_or_else(unwritable)?;
        if custody.key().is_some() || custody.is_shared() {
            return Err(unwritable());
        }
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
        kept.keep_in(custody);
        turn.to(In::kept_elsewhere);
        Ok(())
    }

    /// The homeserver ended the session.
    pub async fn expire(&self, soft: bool) {
        if let Begin::In(turn) = self.machine.turn().await {
            turn.to(|signed_in| signed_in.expires(soft));
        }
    }

    /// Saves what the user is writing beside the session, sealed with its key.
    pub async fn save_drafts(&self, drafts: &[u8]) -> Result<(), UiError> {
        let Begin::In(turn) = self.machine.turn().await else { return Ok(()) };
        let custody = turn.state().kept().custody();
        custody.save_drafts(drafts).map_err(|error| from_io(&error))
    }

    /// What the user was writing.
    pub async fn drafts(&self) -> Option<Zeroizing<Vec<u8>>> {
        let Begin::In(turn) = self.machine.turn().await else { return None };
        turn.state().kept().custody().drafts()
    }

    /// Takes the last address that the browser showed, where it could not come back by itself.
    pub fn paste_address(&self, address: &str) -> Result<(), UiError> {
        let letterbox = self.desk().letterbox.clone();
        match letterbox {
            Some(letterbox) if letterbox.take(address) => Ok(()),
            _ => Err(ErrorKind::AddressNotExpected.into()),
        }
    }

    /// Opens the page in the browser again that the sign-in waits for.
    pub fn open_browser_again(&self) -> Result<(), UiError> {
        let entrance = self.desk().letterbox.as_ref().and_then(Letterbox::entrance);
        entrance.map_or(Ok(()), |address| self.browse_to(&address))
    }

    /// Hands the user's answer to the homeserver that makes an account.
    pub fn answer_registration(&self, answer: RegistrationAnswer) -> Result<(), UiError> {
        let asked = self.desk().answers.as_ref().is_some_and(|asked| asked.send(answer).is_ok());
        let nothing = || UiError::new(ErrorKind::Internal).with_detail("nothing was asked");
        if asked { Ok(()) } else { Err(nothing()) }
    }

    /// Opens the server's own page for the account.
    pub async fn open_account_page(&self, page: AccountPage) -> Result<(), UiError> {
        let Begin::In(turn) = self.machine.turn().await else {
            return Err(ErrorKind::NotSignedIn.into());
        };
        let (client, server) = (turn.state().client().clone(), turn.state().kept().saved().server);
        drop(turn);
        let none = || UiError::new(ErrorKind::NoAccountPage).with_detail(&*server);
        let oauth = client.oauth();
        let asked = tokio::time::timeout(server::PATIENCE, oauth.cached_server_metadata()).await;
        let unreachable = |_| UiError::new(ErrorKind::ServerUnreachable).with_detail(&*server);
        let metadata = asked.map_err(unreachable)?.map_err(|_| none())?;
        let page = authority::Authority::check(metadata, &server)?.account_page(page);
        self.browse_to(crate::check_link(page.ok_or_else(none)?.as_str())?.as_str())
    }

    fn browse_to(&self, address: &str) -> Result<(), UiError> {
        if (self.open_browser)(address) {
            return Ok(());
        }
        Err(UiError::new(ErrorKind::BrowserFailed).with_detail(address))
    }

    async fn forget(&self, key: &Key) {
        if let Err(error) = self.keyring.forget(&key.id()).await {
            info!("a key stays in the keyring, where it opens nothing: {error}");
        }
    }

    /// What the user was writing goes on in the next session of the same user.
    fn leave_drafts(&self, custody: &Custody, saved: &SavedSession) {
        let user = saved.session.meta().user_id.clone();
        let drafts = custody.drafts().map(|drafts| (user, drafts));
        *self.left_drafts.lock().unwrap_or_else(PoisonError::into_inner) = drafts;
    }

    /// The session that ended was set aside with its files; its drafts go on in the new one.
    fn return_drafts(&self, kept: &Kept) {
        let left = self.left_drafts.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((user, drafts)) = left else { return };
        if kept.saved().session.meta().user_id == user
            && let Err(error) = kept.custody().save_drafts(&drafts)
        {
            warn!("drafts stay in what was set aside: {error}");
        }
    }

    fn found(&self) -> StdGuard<'_, Option<Arc<Found>>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn desk(&self) -> StdGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Why a session is not sealed although the keyring works.
const UNWRITABLE: KeyringProblem = KeyringProblem::DiskUnwritable;
