//! The session: signing in, keeping, restoring, ending.

mod authority;
mod client;
mod entrance;
mod faults;
mod grant;
mod kept;
mod keys;
mod leave;
mod listener;
mod local;
mod machine;
mod mark;
mod oauth;
mod organisation;
mod page;
mod password;
mod register;
mod restore;
mod saved;
mod server;
mod server_fault;
mod servers;
mod sign_in;
mod sign_out;
#[cfg(test)]
#[path = "../fuzz/account.rs"]
pub(crate) mod stored;
mod token_gate;
mod visit;
mod ways;
mod well_known;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex as StdMutex, MutexGuard as StdGuard, PoisonError},
};

use matrix_sdk::ruma::OwnedUserId;
use tokio::sync::Notify;
use tracing::warn;
use zeroize::Zeroizing;

pub use self::{
    client::{keeps_device, says_over, session_end},
    sign_in::SignIn,
    visit::{Visit, VisitError},
};
use self::{
    grant::Errands,
    kept::Kept,
    leave::Cause,
    listener::Letterbox,
    machine::{Begin, Closed, Ended, In, Machine, Turn, Unread},
    saved::{Custody, Saved, SavedSession},
    server::Found,
    servers::Servers,
    sign_out::farewell,
    ways::Desk,
};
use crate::{
    board::Board,
    failure::from_io,
    vault::{Key, KeyPlace, Keyring, Profile, SERVERS},
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

    /// Moves the saved session aside, so that a new sign-in can begin.
    pub async fn set_aside(&self) -> Result<(), UiError> {
        match self.machine.turn().await {
            Begin::Unread(turn) => drop(turn.try_to(Unread::set_aside).map_err(|e| from_io(&e))?),
            Begin::Ended(turn) => {
                let kept = turn.state().kept().clone();
                self.leave_drafts(&kept.custody(), &kept.saved());
                let farewell = turn.state().is_broken().then(|| farewell(&kept, Cause::Replaced));
                turn.try_to(Ended::set_aside).map_err(|error| from_io(&error))?;
                self.tell_later(farewell);
            }
            // What is in it stays as it is, and the next session is in memory.
            Begin::Closed(turn) if turn.state().reason() == Some(LockReason::DiskUnwritable) => {
                turn.to(Closed::without_profile);
            }
            // The profile is another app's, or there is nothing to set aside.
            Begin::Closed(_) | Begin::Out(_) | Begin::In(_) => {}
        }
        Ok(())
    }

    /// Keeps a session that was in memory only: in the keyring, or, where `on_disk`, with its key
    /// beside it.
    pub async fn keep(&self, on_disk: bool) -> Result<(), UiError> {
        let (turn, profile) = self.begin_keeping().await?;
        drop(turn);
        let key = Key::random();
        if !on_disk {
            profile.plan_to_forget(key.id().as_str());
            // The keyring may ask the user for minutes, in which the app can be closed.
            if let Err(error) = self.keyring.store(&key).await {
                let unavailable = UiError::new(ErrorKind::KeyringUnavailable);
                return Err(unavailable.with_detail(error.to_string()));
            }
        }
        let kept = self.keep_with(&key, on_disk).await;
        if kept.is_err() && !on_disk {
            keys::forget(&profile, &self.keyring, &[key.id()]).await;
        }
        kept
    }

    /// Keeps the session with a key that is where it is to be.
    async fn keep_with(&self, key: &Key, on_disk: bool) -> Result<(), UiError> {
        let (turn, profile) = self.begin_keeping().await?;
        let place = if on_disk { KeyPlace::Disk } else { KeyPlace::Keyring };
        let custody = Custody::sealed(profile.clone(), key.clone(), place);
        if let Err(error) = turn.state().kept().keep_in(custody) {
            profile.remove_session();
            return Err(from_io(&error));
        }
        profile.end_of_plan_to_forget(&key.id());
        turn.to(In::kept_elsewhere);
        Ok(())
    }

    /// The session that is in memory only, and the profile that could keep it.
    async fn begin_keeping(&self) -> Result<(Turn<'_, In>, Arc<Profile>), UiError> {
        let Begin::In(turn) = self.machine.turn().await else {
            return Err(ErrorKind::NotSignedIn.into());
        };
        let custody = turn.state().kept().custody();
        let profile = custody.profile().filter(|_| custody.key().is_none() && !custody.is_shared());
        let profile = profile.ok_or(ErrorKind::ProfileUnwritable)?.clone();
        Ok((turn, profile))
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

/// Why a session is not sealed although the keyring works.
const UNWRITABLE: KeyringProblem = KeyringProblem::DiskUnwritable;
