mod conversation;
mod keeping;
mod outside;
mod rooms;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex as StdMutex, PoisonError},
    time::Duration,
};

use matrix_sdk::Client;
use tokio::{sync::Mutex, task::AbortHandle};
use tracing::warn;

use crate::{
    account::{Account, OpenBrowser, SignIn, keeps_device, session_end},
    board::{Board, Sink},
    catalogue::{Catalogue, Current, LOBBY},
    guide,
    handoff::{Link, Program},
    talk::Talk,
    vault::Keyring,
    wire::{
        AccountPage, ErrorKind, GuidePage, LockReason, RegistrationAnswer, ServerOffer, Session,
        SignInWay, Start, StartInfo, UiError,
    },
};

/// Limits the whole of [`App::close`]. The requests that it makes have limits of their own, which add
/// up to less; this one holds whatever else does not answer, such as a keyring.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(45);

/// Between two tries to have the profile that another running app holds. That app may be closing.
const PROFILE_LOCK_INTERVAL: Duration = Duration::from_secs(1);

/// Opens a link that the core made: in that program, else in whatever the system has for it; `false`
/// where that failed.
pub type OpenIn = Arc<dyn Fn(&Link, Option<&Program>) -> bool + Send + Sync>;

/// What the app is started with.
pub struct Config {
    /// The homeserver offered in the sign-in form.
    pub default_server: String,
    /// The folder for session and stores.
    pub profile_folder: PathBuf,
    /// A file that replaces the bundled list of rooms.
    pub catalogue_file: Option<PathBuf>,
    /// The operating system's keyring.
    pub keyring: Keyring,
    /// Opens an address in the system's browser; `false` where that failed.
    pub open_browser: OpenBrowser,
    /// Opens a room in another app.
    pub open_in: OpenIn,
}

/// The app without its window: the verbs a user has. Cheap to clone; must live in a tokio runtime.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    default_server: String,
    catalogue: Current,
    catalogue_problem: Option<String>,
    board: Board,
    account: Account,
    open_in: OpenIn,
    /// Tells which place a room was taken to last.
    last_place: PathBuf,
    talk: Mutex<Option<Arc<Talk>>>,
    saving_drafts: Mutex<()>,
    restoring: Background,
    /// Waits for the end of the session at work.
    watching: Background,
}

/// A task that at most one of runs.
#[derive(Default)]
struct Background(StdMutex<Option<AbortHandle>>);

impl Background {
    /// Ends the task before, and puts this one in its place.
    fn replace(&self, task: Option<AbortHandle>) {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = std::mem::replace(&mut *current, task) {
            before.abort();
        }
    }
}

impl App {
    /// Reads the catalogue. A catalogue file that cannot be used is reported to the window, and
    /// the bundled list is shown.
    pub fn new(config: Config) -> Self {
        let (catalogue, catalogue_problem) = match config.catalogue_file {
            None => (Catalogue::bundled(), None),
            Some(file) => match Catalogue::load(&file) {
                Ok(catalogue) => (catalogue, None),
                Err(error) => {
                    warn!("the catalogue file cannot be used: {error}");
                    (Catalogue::bundled(), Some(error.to_string()))
                }
            },
        };
        let last_place = config.profile_folder.join(outside::LAST_PLACE);
        let board = Board::new(catalogue.entries().to_vec());
        Self(Arc::new(Inner {
            default_server: config.default_server,
            catalogue: Current::new(catalogue),
            catalogue_problem,
            account: Account::new(
                board.clone(),
                config.keyring,
                config.profile_folder,
                config.open_browser,
            ),
            board,
            open_in: config.open_in,
            last_place,
            talk: Mutex::default(),
            saving_drafts: Mutex::default(),
            restoring: Background::default(),
            watching: Background::default(),
        }))
    }

    /// Takes up the saved session in the background. Called again, it starts over. A profile that
    /// another running app holds is waited for.
    pub fn restore(&self) {
        let app = self.clone();
        let task = tokio::spawn(async move {
            let mut client = app.0.account.restore().await;
            while client.is_none() && app.is_profile_in_use() {
                tokio::time::sleep(PROFILE_LOCK_INTERVAL).await;
                client = app.0.account.restore().await;
            }
            if let Some(client) = client
                && let Err(error) = app.begin(client, None).await
            {
                app.0.board.notice(error);
            }
        });
        self.0.restoring.replace(Some(task.abort_handle()));
    }

    /// Tells everything there is to show; from then on `sink` is given every update. Replaces the
    /// subscriber before.
    pub fn subscribe(&self, sink: Sink) -> Start {
        let updates = self.0.board.subscribe(sink);
        let info = StartInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            default_server: self.0.default_server.clone(),
            recent_servers: self.0.account.recent_servers(),
            catalogue_problem: self.0.catalogue_problem.clone(),
        };
        Start { info, updates }
    }

    /// The guide.
    pub fn guide(&self) -> Vec<GuidePage> {
        guide::pages()
    }

    /// Asks a server what it offers to somebody who wants in.
    ///
    /// # Errors
    ///
    /// Why the server cannot be used.
    pub async fn discover(&self, server: &str) -> Result<ServerOffer, UiError> {
        self.0.account.discover(server).await
    }

    /// Signs in the way that was chosen, and where `join_lobby` joins the Lobby. A `shared` session
    /// leaves no file on this computer.
    ///
    /// # Errors
    ///
    /// What was wrong; nothing is left behind then.
    pub async fn sign_in(
        &self,
        server: String,
        way: SignInWay,
        join_lobby: bool,
        shared: bool,
    ) -> Result<(), UiError> {
        let client = Box::pin(self.0.account.sign_in(SignIn { server, way, shared })).await?;
        let lobby = self.0.catalogue.own().by_key(LOBBY).filter(|_| join_lobby);
        self.begin(client, lobby.map(|lobby| lobby.alias.clone())).await
    }

    /// Cancels a sign-in that is under way.
    pub fn cancel_sign_in(&self) {
        self.0.account.cancel_sign_in();
    }

    /// Opens the page in the browser again that the sign-in waits for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BrowserFailed`].
    pub fn open_browser_again(&self) -> Result<(), UiError> {
        self.0.account.open_browser_again()
    }

    /// Takes the last address that the browser showed, where it could not come back by itself.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AddressNotExpected`].
    pub fn paste_address(&self, address: &str) -> Result<(), UiError> {
        self.0.account.paste_address(address)
    }

    /// Answers what the homeserver asked before it makes an account.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Internal`] where it asked nothing.
    pub fn answer_registration(&self, answer: RegistrationAnswer) -> Result<(), UiError> {
        self.0.account.answer_registration(answer)
    }

    /// Opens the server's own page for the account.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoAccountPage`], [`ErrorKind::BrowserFailed`]; where the server is not reached.
    pub async fn open_account_page(&self, page: AccountPage) -> Result<(), UiError> {
        self.0.account.open_account_page(page).await
    }

    /// Signs out, and removes everything of the session from this computer.
    pub async fn sign_out(&self) {
        self.0.watching.replace(None);
        // It may be waiting for a keyring that never answers.
        self.0.restoring.replace(None);
        self.0.account.settle_before_end(false).await;
        self.halt().await;
        self.clear();
        self.0.account.sign_out().await;
    }

    /// Signs out where the user said that others use this computer, and tells them why. For when the
    /// computer goes to sleep: whoever wakes it may be somebody else.
    pub async fn end_shared_session(&self) {
        if self.0.account.is_shared().await {
            self.sign_out().await;
            self.0.board.notice(ErrorKind::SharedSessionEnded.into());
        }
    }

    /// Moves a session that cannot be opened aside, so that a new sign-in can begin.
    ///
    /// # Errors
    ///
    /// Where the profile cannot be written.
    pub async fn set_aside_saved_session(&self) -> Result<(), UiError> {
        self.0.restoring.replace(None);
        self.0.account.set_aside().await?;
        self.clear();
        Ok(())
    }

    /// Ends what is under way, before the app exits. A session in memory ends with it. Ends itself
    /// within a minute, whatever does not answer.
    pub async fn close(&self) {
        // Whoever restores holds the session for as long as the keyring is silent. So this is
        // aborted before anything is awaited.
        self.0.restoring.replace(None);
        self.0.watching.replace(None);
        self.0.account.cancel_sign_in();
        let closing = async {
            self.0.account.settle_before_end(true).await;
            self.halt().await;
            self.0.account.close().await;
        };
        if tokio::time::timeout(CLOSE_TIMEOUT, closing).await.is_err() {
            warn!("the app closes though not everything has ended");
        }
    }

    fn is_profile_in_use(&self) -> bool {
        self.0.board.session() == Session::Locked { reason: LockReason::ProfileInUse }
    }

    /// Takes down everything that belonged to a session.
    fn clear(&self) {
        self.0.board.clear();
        self.0.catalogue.reset();
        self.0.board.set_catalogue(self.0.catalogue.own().entries());
    }

    async fn halt(&self) {
        self.0.restoring.replace(None);
        if let Some(talk) = self.0.talk.lock().await.take() {
            talk.stop().await;
        }
    }

    /// Puts a signed-in client to work, until the homeserver ends its session. Joins the room with
    /// the alias `first` before all else.
    async fn begin(&self, client: Client, first: Option<String>) -> Result<(), UiError> {
        let changes = client.subscribe_to_session_changes();
        let drafts = self.0.account.drafts().await;
        let drafts = drafts.as_ref().map(|drafts| drafts.as_slice());
        let (board, catalogue) = (self.0.board.clone(), self.0.catalogue.clone());
        // What the window does about the rooms it is told of waits for this.
        let mut at_work = self.0.talk.lock().await;
        let talk = Talk::start(client.clone(), board, catalogue, drafts, first).await?;
        let over = talk.over();
        *at_work = Some(talk);
        drop(at_work);
        let app = self.clone();
        let watch = tokio::spawn(async move {
            let soft = tokio::select! {
                soft = session_end(&client, changes) => soft,
                () = over.notified() => keeps_device(&client).await,
            };
            drop(client);
            app.halt().await;
            app.0.account.expire(soft).await;
            app.clear();
        });
        self.0.watching.replace(Some(watch.abort_handle()));
        Ok(())
    }

    async fn talk(&self) -> Result<Arc<Talk>, UiError> {
        self.0.talk.lock().await.clone().ok_or(ErrorKind::NotSignedIn.into())
    }
}
