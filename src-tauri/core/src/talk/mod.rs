//! A signed-in session at work: sync, the list of rooms, the open conversation.

mod closed;
mod conversation;
mod drafts;
mod facts;
mod invitations;
mod item;
mod known;
mod overwritten;
mod rooms;
mod sync;

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::pin,
    sync::{Arc, Mutex as StdMutex, PoisonError},
    time::Duration,
};

use futures_util::StreamExt as _;
use matrix_sdk::{
    Client, RoomState,
    event_handler::EventHandlerDropGuard,
    ruma::{OwnedRoomId, OwnedServerName, RoomId},
};
use matrix_sdk_ui::sync_service::SyncService;
use tokio::{
    sync::{Mutex, Notify, oneshot, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use tracing::info;

use self::{conversation::Conversation, facts::Facts, known::Known};
use crate::{
    board::Board,
    catalogue::Current,
    failure::from_id,
    joining::{First, Joins},
    space,
    wire::{ErrorKind, Sending, SyncState, UiError},
};

/// How long stopping may take: the SDK waits for a request that is under way.
const STOP_PATIENCE: Duration = Duration::from_secs(3);

/// How long the first join, and then the first answer, has to itself. What takes longer comes from far
/// away, and later.
const HEAD_START: Duration = Duration::from_secs(2);

/// What the window takes to draw a room.
const DRAWING: Duration = Duration::from_millis(150);

/// A session at work. Dropping it ends its tasks.
pub struct Talk {
    pub(crate) client: Client,
    pub(crate) board: Board,
    pub(crate) catalogue: Current,
    pub(crate) sync: SyncService,
    conversation: Mutex<Option<Conversation>>,
    drafts: StdMutex<BTreeMap<String, String>>,
    pub(crate) known: Known,
    facts: Facts,
    tasks: StdMutex<JoinSet<()>>,
    /// Held while it is found out why the homeserver refuses.
    asking: Mutex<()>,
    /// Told when the homeserver has ended the session without the SDK's noticing.
    over: Arc<Notify>,
    /// The room that is shown at once, while it is on its way.
    arriving: StdMutex<Option<OwnedRoomId>>,
    pub(crate) joins: Arc<Joins>,
    /// Told whether the user is in Galaxy's Space.
    pub(crate) entrance: Arc<space::Entrance>,
    /// Held while rows of the list of rooms are made and shown, so that no older one comes after a newer one.
    rows: Mutex<()>,
    /// The rooms that somebody removed the user from.
    removed: watch::Sender<BTreeSet<OwnedRoomId>>,
    /// Follow what closes and opens rooms.
    _closed: [EventHandlerDropGuard; 3],
    /// Held while something is written into the local copy, so that it is closed only after that.
    pub(crate) writing: Mutex<()>,
}

impl Talk {
    /// Begins to sync. `drafts` is what [`Talk::save_draft`] returned last; the room with the alias
    /// `first` is joined before the homeserver is asked for anything else.
    ///
    /// # Errors
    ///
    /// Where the SDK cannot set up its lists.
    pub async fn start(
        client: Client,
        board: Board,
        catalogue: Current,
        drafts: Option<&[u8]>,
        first: Option<String>,
    ) -> Result<Arc<Self>, UiError> {
        let tasks = StdMutex::default();
        let joins = Joins::load(&client).await;
        let first = match first {
            Some(alias) => joins.begin(&tasks, &client, &catalogue.now(), &alias).await,
            None => None,
        };
        let sync = SyncService::builder(client.clone()).with_offline_mode().build().await;
        let sync = sync.map_err(internal)?;
        let drafts = drafts.and_then(|drafts| serde_json::from_slice(drafts).ok());
        let known = Known::load(&client).await;
        let talk = Arc::new_cyclic(|talk| Self {
            rows: Mutex::default(),
            removed: watch::Sender::default(),
            _closed: Self::follow_closed(&client, talk),
            known,
            facts: Facts::default(),
            client,
            board,
            catalogue,
            sync,
            conversation: Mutex::default(),
            drafts: StdMutex::new(drafts.unwrap_or_default()),
            tasks,
            asking: Mutex::default(),
            over: Arc::default(),
            arriving: StdMutex::default(),
            joins: Arc::new(joins),
            entrance: Arc::default(),
            writing: Mutex::default(),
        });
        talk.board.set_sync(SyncState::Starting);
        talk.show_plan();
        talk.show_rooms().await?;
        talk.spawn(Self::follow_sync(talk.sync.state(), Arc::downgrade(&talk)));
        talk.spawn(space::follow(Arc::downgrade(&talk), talk.sync.state(), talk.entrance.clone()));
        talk.spawn(Self::follow_unsent(Arc::downgrade(&talk)));
        talk.spawn(Self::follow_outside(Arc::downgrade(&talk)));
        talk.spawn(facts::follow(Arc::downgrade(&talk), talk.sync.state()));
        match first {
            None => talk.sync.start().await,
            Some(first) => talk.spawn(talk.clone().start_with(first)),
        }
        talk.spawn(Self::drive_joins(Arc::downgrade(&talk)));
        talk.client.send_queue().respawn_tasks_for_rooms_with_unsent_requests().await;
        Ok(talk)
    }

    /// Has a room whose join was asked for in the window before all else. Its messages are asked for as
    /// soon as the homeserver has answered the join: they then come with the first answer, instead of
    /// after three more. That answer has homeserver and computer to itself; the keys of an encrypted
    /// session, which go with everything that follows, would hold it up by half.
    async fn start_with(self: Arc<Self>, first: First) {
        let (accepted, room_id) = oneshot::channel();
        let (open, opened) = oneshot::channel::<()>();
        let talk = self.clone();
        self.spawn(async move {
            talk.take_first(first, accepted).await;
            drop(open);
        });
        if let Ok(Ok(room_id)) = timeout(HEAD_START, room_id).await {
            let list = self.sync.room_list_service();
            list.subscribe_to_rooms(&[&room_id]).await;
            let mut alone = pin!(list.sync());
            if let Ok(Some(Ok(()))) = timeout(HEAD_START, alone.next()).await {
                let _ = timeout(HEAD_START, opened).await;
                sleep(DRAWING).await;
            }
        }
        self.sync.start().await;
    }

    /// Ends all that is under way, so that the client can be closed.
    pub async fn stop(&self) {
        let mut tasks = std::mem::take(&mut *self.lock_tasks());
        let written = self.writing.lock().await;
        tasks.shutdown().await;
        drop(written);
        self.close_room().await;
        if timeout(STOP_PATIENCE, self.sync.stop()).await.is_err() {
            info!("the sync did not stop in time");
        }
    }

    /// Shows a room's conversation; what was being written there is returned.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RoomNotJoined`].
    pub async fn open_room(self: &Arc<Self>, room_id: &str) -> Result<String, UiError> {
        let mut open = self.conversation.lock().await;
        self.open_in(&mut open, room_id).await?;
        self.look_at(room_id);
        Ok(self.lock_drafts().get(room_id).cloned().unwrap_or_default())
    }

    /// Shows the conversation of the room that is on its way before it is asked for, unless the user
    /// is in another.
    pub(crate) async fn arrive(&self) {
        let Some(room_id) = self.arriving().clone() else { return };
        let mut open = self.conversation.lock().await;
        if open.is_none()
            && let Err(error) = self.open_in(&mut open, room_id.as_str()).await
        {
            info!("the room was not opened in advance: {:?}", error.kind);
        }
        *self.arriving() = None;
    }

    async fn open_in(&self, open: &mut Option<Conversation>, room_id: &str) -> Result<(), UiError> {
        let id = RoomId::parse(room_id).map_err(from_id)?;
        let room = self.client.get_room(&id).filter(|room| room.state() == RoomState::Joined);
        let room = room.ok_or(ErrorKind::RoomNotJoined)?;
        if open.as_ref().is_none_or(|open| open.room_id() != room_id) {
            *open = None;
            // The room that is on its way has been asked for.
            if self.arriving().as_ref() != Some(&id) {
                self.sync.room_list_service().subscribe_to_rooms(&[&id]).await;
            }
            *open = Some(Conversation::open(room, self.board.clone()).await?);
        }
        Ok(())
    }

    /// Closes the open conversation.
    pub async fn close_room(&self) {
        *self.conversation.lock().await = None;
        self.board.close_timeline();
    }

    /// Loads earlier messages of the open conversation; `true` where there are none before.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RoomNotJoined`] where none is open; what the request met with.
    pub async fn load_earlier(&self) -> Result<bool, UiError> {
        self.conversation().await?.load_earlier().await
    }

    /// Queues a message, or does what the command in its place asks for. `as_text`: there is none in it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RoomNotJoined`] where that room is not the open one;
    /// [`ErrorKind::MessageUnsendable`].
    pub async fn send(&self, room_id: &str, text: &str, as_text: bool) -> Result<Sending, UiError> {
        let conversation = self.conversation().await?;
        if conversation.room_id() != room_id {
            return Err(ErrorKind::RoomNotJoined.into());
        }
        conversation.send(text, as_text).await
    }

    /// Tries again to send a message that failed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RoomNotJoined`] where no conversation is open.
    pub async fn retry_message(&self, item_id: &str) -> Result<(), UiError> {
        self.conversation().await?.retry(item_id).await
    }

    /// Gives up a message that was not sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RoomNotJoined`] where no conversation is open.
    pub async fn discard_message(&self, item_id: &str) -> Result<(), UiError> {
        self.conversation().await?.discard(item_id).await
    }

    /// Everything in the open conversation has been seen.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RoomNotJoined`] where no conversation is open; what the request met with.
    pub async fn mark_read(&self, room_id: &str) -> Result<(), UiError> {
        let conversation = self.conversation().await?;
        if conversation.room_id() != room_id {
            return Ok(());
        }
        conversation.mark_read().await
    }

    /// Closes a room's conversation, if it is the open one.
    pub(crate) async fn close_if_open(&self, room_id: &str) {
        if self.conversation().await.is_ok_and(|open| open.room_id() == room_id) {
            self.close_room().await;
        }
    }

    /// Servers that know a joined room, so that others find it by its id.
    pub async fn route(&self, room: &RoomId) -> Vec<OwnedServerName> {
        match self.client.get_room(room) {
            Some(room) => room.route().await.unwrap_or_default(),
            None => Vec::new(),
        }
    }

    /// The host of the homeserver, for sentences.
    pub(crate) fn server(&self) -> &str {
        self.client.user_id().map_or("", |user| user.server_name().as_str())
    }

    /// Runs a task for as long as the session is at work.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.lock_tasks();
        // Those that have ended would be kept until somebody asks how.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    async fn conversation(&self) -> Result<Conversation, UiError> {
        self.conversation.lock().await.clone().ok_or(ErrorKind::RoomNotJoined.into())
    }

    /// Told when the homeserver has ended the session.
    pub fn over(&self) -> Arc<Notify> {
        self.over.clone()
    }

    pub(crate) fn arriving(&self) -> std::sync::MutexGuard<'_, Option<OwnedRoomId>> {
        self.arriving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_drafts(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.drafts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_tasks(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn internal(error: impl std::fmt::Display) -> UiError {
    UiError::new(ErrorKind::Internal).with_detail(error.to_string())
}
