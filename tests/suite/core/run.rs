//! The core as the window sees it: what it is told, in the order it is told.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use galaxy_chat_core::vault::Keyring;
use galaxy_chat_core::wire::{
    CatalogueEntry, Diff, ErrorKind, Invitation, Join, JoinPlan, JoinState, Message, RoomRow,
    Session, SignInWay, StartInfo, SyncState, TimelineItem, TimelineItemKind, UiError, Update,
};
use galaxy_chat_core::{App, Config, OpenBrowser};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::Account;
use keyring::mock;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// Longer than anything takes that is to happen at once.
const WAIT_TIMEOUT: Duration = Duration::from_mins(2);

const DRAFT: &str = "kept through this";

/// What stays from one run of the app to the next: its folder and its keyring.
pub struct Computer {
    folder: TempDir,
    pub keyring: Arc<mock::Store>,
    pub catalogue: Option<PathBuf>,
    /// Opens the system's browser.
    pub browser: OpenBrowser,
}

impl Computer {
    /// A computer on which the app has never run. Its catalogue points to that Galaxy's rooms.
    pub fn new(galaxy: &Galaxy) -> Result<Self> {
        Self::with(&galaxy.catalogue)
    }

    /// The same with the catalogue in that file.
    pub fn with(catalogue: &Path) -> Result<Self> {
        Ok(Self {
            folder: tempfile::Builder::new().prefix("core-").tempdir()?,
            keyring: mock::Store::new()?,
            catalogue: Some(catalogue.to_owned()),
            browser: Arc::new(|_| false),
        })
    }

    /// Starts the app.
    pub fn start(&self) -> Core {
        let store = self.keyring.clone();
        self.start_with(Keyring::new(move || Ok(store.clone()), &[]))
    }

    /// Starts the app with another keyring.
    pub fn start_with(&self, keyring: Keyring) -> Core {
        let app = App::new(Config {
            default_server: "matrix.org".to_owned(),
            profile_folder: self.profile(),
            catalogue_file: self.catalogue.clone(),
            keyring,
            open_browser: self.browser.clone(),
            open_in: Arc::new(|_, _| false),
        });
        let (board, shown) = watch::channel(Shown::default());
        let take = move |update| board.send_modify(|shown| shown.take(update));
        let sink = take.clone();
        let start = app.subscribe(Box::new(move |update| {
            sink(update);
            true
        }));
        start.updates.into_iter().for_each(take);
        app.restore();
        Core { app, start: start.info, shown, profile: self.profile() }
    }

    /// The app's folder.
    pub fn profile(&self) -> PathBuf {
        self.folder.path().join("profile")
    }

    /// Every file in the app's folder, except for the lock and the list of servers.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = files_in(&self.profile());
        files.retain(|file| !file.ends_with("profile/lock"));
        files.retain(|file| !file.ends_with("profile/servers.json"));
        files
    }

    /// How many keys are in the keyring.
    pub fn keys(&self) -> usize {
        self.secrets().len()
    }

    /// Nothing of any session is left.
    pub fn assert_empty(&self, when: &str) {
        assert_eq!(self.files(), Vec::<PathBuf>::new(), "{when}");
        assert_eq!(self.keys(), 0, "{when}");
    }

    /// What is in the keyring.
    pub fn secrets(&self) -> Vec<Vec<u8>> {
        let mut store = self.keyring.inner.lock().expect("no panic in the store");
        let secret = |entry: &Arc<mock::Cred>| {
            entry.inner.lock().expect("no panic in the entry").borrow().secret.clone()
        };
        store.get_mut().iter().filter_map(secret).collect()
    }
}

/// All files in a folder and its folders.
pub fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| {
            let path = entry.path();
            if path.is_dir() { files_in(&path) } else { vec![path] }
        })
        .collect()
}

/// A running app.
pub struct Core {
    pub app: App,
    pub start: StartInfo,
    shown: watch::Receiver<Shown>,
    profile: PathBuf,
}

impl Core {
    /// What a window would show now.
    pub fn now(&self) -> Shown {
        self.shown.borrow().clone()
    }

    /// Closes the app, and waits until another one may have its folder.
    pub async fn close(self) -> Result<()> {
        let Self { app, profile, .. } = self;
        app.close().await;
        drop(app);
        let lock = fs::File::open(profile.join("lock"))?;
        let deadline = Instant::now() + WAIT_TIMEOUT;
        while lock.try_lock().is_err() {
            ensure!(Instant::now() < deadline, "the app holds its folder after it was closed");
            sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Waits until what is shown is so; says otherwise what was shown instead.
    pub async fn until(&self, what: &str, so: impl Fn(&Shown) -> bool) -> Result<Shown> {
        let mut shown = self.shown.clone();
        let waited = timeout(WAIT_TIMEOUT, shown.wait_for(so)).await;
        match waited {
            Ok(shown) => Ok(shown?.clone()),
            Err(_) => bail!("{what}: not so after {WAIT_TIMEOUT:?}; shown: {:#?}", self.now()),
        }
    }

    /// Waits until the session is so.
    pub async fn session(&self, what: &str, so: impl Fn(&Session) -> bool) -> Result<Session> {
        let shown = self.until(what, |shown| shown.session.as_ref().is_some_and(&so)).await?;
        Ok(shown.session.expect("it was just seen"))
    }

    /// Waits until nobody is signed in.
    pub async fn signed_out(&self) -> Result<Session> {
        self.session("signed out", |session| matches!(session, Session::SignedOut { .. })).await
    }

    /// Waits until somebody is signed in.
    pub async fn signed_in(&self) -> Result<Session> {
        self.session("signed in", |session| matches!(session, Session::SignedIn { .. })).await
    }

    /// Signs in at the account's own server, and joins nothing.
    pub async fn sign_in(&self, account: &Account) -> Result<()> {
        self.signed_out().await?;
        self.try_sign_in(account.homeserver.as_str(), &account.user, &account.password).await?;
        Ok(())
    }

    /// Signs in, and joins nothing.
    pub async fn try_sign_in(
        &self,
        server: &str,
        user: &str,
        password: &str,
    ) -> Result<(), UiError> {
        self.app.sign_in(server.to_owned(), with_password(user, password), false, false).await
    }

    /// Joins a room and waits until it is in the list.
    pub async fn join(&self, alias: &str) -> Result<String> {
        self.app.join(alias, &[]).await?;
        let so = |shown: &Shown| shown.joined(alias).is_some_and(|room| shown.room(room).is_some());
        let shown = self.until("joined and listed", so).await?;
        Ok(shown.joined(alias).expect("it was just seen").to_owned())
    }

    /// Joins the Lobby and leaves a draft there.
    pub async fn draft_in_lobby(&self, galaxy: &Galaxy) -> Result<String> {
        let lobby = self.join(galaxy.alias("lobby")?).await?;
        self.app.save_draft(&lobby, DRAFT).await?;
        Ok(lobby)
    }

    /// The Lobby is listed, with the draft in it.
    pub async fn has_draft(&self, lobby: &str) -> Result<()> {
        self.until("listed", |shown| shown.room(lobby).is_some()).await?;
        let draft = self.app.open_room(lobby).await?.draft;
        ensure!(draft == DRAFT, "the draft is {draft:?}");
        Ok(())
    }
}

/// Signing in with a password.
pub fn with_password(user: &str, password: &str) -> SignInWay {
    SignInWay::Password { user: user.to_owned(), password: password.to_owned().into() }
}

/// What a window shows.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    pub session: Option<Session>,
    pub sync: Option<SyncState>,
    pub keys: Vec<String>,
    pub entries: Vec<CatalogueEntry>,
    pub joins: Vec<Join>,
    pub plan: JoinPlan,
    pub invitations: Vec<Invitation>,
    pub rooms: Vec<RoomRow>,
    pub timeline: Vec<TimelineItem>,
    pub notices: Vec<UiError>,
    /// Every state that a join has been in, by alias, in order.
    pub history: Vec<Join>,
}

impl Shown {
    fn take(&mut self, update: Update) {
        match update {
            Update::Session { session } => self.session = Some(session),
            Update::Sync { sync } => self.sync = Some(sync),
            Update::Catalogue { entries } => {
                self.keys = entries.iter().map(|entry| entry.key.clone()).collect();
                self.entries = entries;
            }
            Update::Joins { joins } => {
                let news = joins.iter().filter(|join| !self.joins.contains(join)).cloned();
                self.history.extend(news);
                self.joins = joins;
            }
            Update::JoinPlan { plan } => self.plan = plan,
            Update::Invitations { invitations } => self.invitations = invitations,
            Update::Rooms { diffs } => apply(diffs, &mut self.rooms),
            Update::Timeline { diffs, .. } => apply(diffs, &mut self.timeline),
            Update::Link { .. } => {}
            Update::Notice { error } => self.notices.push(error),
        }
    }

    /// A room of the list.
    pub fn room(&self, id: &str) -> Option<&RoomRow> {
        self.rooms.iter().find(|room| room.room_id == id)
    }

    /// A room of the list of all rooms, by its name.
    pub fn listed(&self, name: &str) -> Option<&CatalogueEntry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// How far joining is.
    pub fn join(&self, alias: &str) -> Option<&JoinState> {
        self.joins.iter().find(|join| join.alias == alias).map(|join| &join.state)
    }

    /// The room of that address, where it is joined.
    pub fn joined(&self, address: &str) -> Option<&str> {
        match self.join(address) {
            Some(JoinState::Joined { room_id }) => Some(room_id),
            _ => None,
        }
    }

    /// Everything said in the open room, with the items' ids.
    pub fn messages(&self) -> impl Iterator<Item = (&str, &Message)> {
        self.timeline.iter().filter_map(|item| match &item.kind {
            TimelineItemKind::Message { message } => Some((item.id.as_str(), &**message)),
            _ => None,
        })
    }

    /// The last message in the open room that says this.
    pub fn said(&self, words: &str) -> Option<&Message> {
        let said = self.messages().filter(|(_, message)| text(message).contains(words));
        said.last().map(|(_, message)| message)
    }

    /// Whether the user was told.
    pub fn noticed(&self, kind: ErrorKind) -> bool {
        self.notices.iter().any(|notice| notice.kind == kind)
    }
}

/// A message's text as it crosses to the window.
pub fn text(message: &Message) -> String {
    serde_json::to_string(&message.blocks).unwrap_or_default()
}

fn apply<T>(diffs: Vec<Diff<T>>, list: &mut Vec<T>) {
    for diff in diffs {
        match diff {
            Diff::Append { values } => list.extend(values),
            Diff::Clear => list.clear(),
            Diff::PushFront { value } => list.insert(0, value),
            Diff::PushBack { value } => list.push(value),
            Diff::PopFront => drop(list.remove(0)),
            Diff::PopBack => drop(list.pop()),
            Diff::Insert { index, value } => list.insert(index, value),
            Diff::Set { index, value } => list[index] = value,
            Diff::Remove { index } => drop(list.remove(index)),
            Diff::Truncate { length } => list.truncate(length),
            Diff::Reset { values } => *list = values,
        }
    }
}
