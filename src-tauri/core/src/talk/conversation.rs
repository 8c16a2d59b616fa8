use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use matrix_sdk::{
    Room,
    ruma::{
        OwnedEventId, api::client::receipt::create_receipt::v3::ReceiptType,
        events::room::message::RoomMessageEventContent,
    },
};
use matrix_sdk_ui::{
    eyeball_im::VectorDiff,
    timeline::{
        EventTimelineItem, RoomExt as _, Timeline, TimelineDetails, TimelineItem,
        TimelineReadReceiptTracking,
    },
};
use tokio::task::AbortHandle;
use tracing::{debug, warn};

use super::{internal, item::Converter};
use crate::{
    board::Board,
    wire::{ErrorKind, UiError},
};

/// Messages asked for at a time.
const BATCH: u16 = 30;

/// A room should not open with less than this, where it has more.
const ENOUGH: usize = 15;

/// How long a conversation waits for its first messages, which come with the answer that brings the
/// room: shown without them it would be drawn twice.
const FIRST_PATIENCE: Duration = Duration::from_millis(250);

/// Longest message: an event holds 64 KiB, and formatted text stands in it twice.
const LONGEST_MESSAGE: usize = 20_000;

/// The open conversation; clones share it, and the last one ends its task.
#[derive(Clone)]
pub struct Conversation(Arc<Open>);

struct Open {
    room: Room,
    timeline: Arc<Timeline>,
    tasks: Vec<AbortHandle>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Conversation {
    /// Shows the conversation on the board, and from then on its changes.
    pub async fn open(room: Room, board: Board) -> Result<Self, UiError> {
        let tracking = TimelineReadReceiptTracking::MessageLikeEvents;
        let timeline =
            room.timeline_builder().track_read_marker_and_receipts(tracking).build().await;
        let timeline = Arc::new(timeline.map_err(internal)?);
        let (mut items, changes) = timeline.subscribe().await;
        let mut changes = Box::pin(changes);
        if items.is_empty()
            && let Ok(Some(first)) = tokio::time::timeout(FIRST_PATIENCE, changes.next()).await
        {
            for change in first {
                change.apply(&mut items);
            }
        }
        let converter = Converter::new(room.own_user_id());
        let room_id = room.room_id().to_string();
        board.open_timeline(&room_id, items.iter().map(|item| converter.convert(item)).collect());
        let few = items.len() < ENOUGH;
        let follow = tokio::spawn({
            let timeline = timeline.clone();
            async move {
                fetch_replied(&timeline, items.iter());
                while let Some(changes) = changes.next().await {
                    for change in &changes {
                        fetch_replied(&timeline, changed(change));
                    }
                    let convert = |item: Arc<TimelineItem>| converter.convert(&item);
                    let changes = changes.into_iter().map(|change| change.map(convert)).collect();
                    board.change_timeline(&room_id, changes);
                }
            }
        });
        let mut tasks = vec![follow.abort_handle()];
        if few {
            let timeline = timeline.clone();
            let fill = tokio::spawn(async move {
                if let Err(error) = timeline.paginate_backwards(BATCH).await {
                    debug!("no earlier messages: {error}");
                }
            });
            tasks.push(fill.abort_handle());
        }
        Ok(Self(Arc::new(Open { room, timeline, tasks })))
    }

    pub fn room_id(&self) -> &str {
        self.0.room.room_id().as_str()
    }

    pub async fn load_earlier(&self) -> Result<bool, UiError> {
        self.0.timeline.paginate_backwards(BATCH).await.map_err(|error| {
            debug!("no earlier messages: {error}");
            let server = self.0.room.own_user_id().server_name();
            UiError::new(ErrorKind::ServerUnreachable).with_detail(server.as_str())
        })
    }

    pub async fn send(&self, text: &str) -> Result<(), UiError> {
        let text = text.trim();
        if text.is_empty() || text.len() > LONGEST_MESSAGE {
            return Err(ErrorKind::MessageUnsendable.into());
        }
        let content = RoomMessageEventContent::text_markdown(text);
        self.0.timeline.send(content.into()).await.map(|_| ()).map_err(internal)
    }

    pub async fn retry(&self, item_id: &str) -> Result<(), UiError> {
        let Some(item) = self.item(item_id).await else { return Ok(()) };
        if let Some(handle) = item.local_echo_send_handle() {
            handle.unwedge().await.map_err(internal)?;
        }
        self.0.room.send_queue().set_enabled(true);
        Ok(())
    }

    pub async fn discard(&self, item_id: &str) -> Result<(), UiError> {
        let Some(item) = self.item(item_id).await else { return Ok(()) };
        if let Some(handle) = item.local_echo_send_handle() {
            handle.abort().await.map_err(internal)?;
        }
        Ok(())
    }

    /// The receipt is a private one: nobody but the homeserver learns what was read.
    pub async fn mark_read(&self) -> Result<(), UiError> {
        let sent = self.0.timeline.mark_as_read(ReceiptType::ReadPrivate).await;
        sent.map(|_| ()).map_err(internal)
    }

    /// An item that may have left the list meanwhile.
    async fn item(&self, item_id: &str) -> Option<EventTimelineItem> {
        let items = self.0.timeline.items().await;
        let item = items.iter().find(|item| item.unique_id().0 == item_id)?;
        item.as_event().cloned()
    }
}

/// The items a change brings.
fn changed(
    change: &VectorDiff<Arc<TimelineItem>>,
) -> Box<dyn Iterator<Item = &Arc<TimelineItem>> + '_> {
    match change {
        VectorDiff::Append { values } | VectorDiff::Reset { values } => Box::new(values.iter()),
        VectorDiff::PushFront { value }
        | VectorDiff::PushBack { value }
        | VectorDiff::Insert { value, .. }
        | VectorDiff::Set { value, .. } => Box::new(std::iter::once(value)),
        _ => Box::new(std::iter::empty()),
    }
}

/// Loads the messages that these answer, where they are not at hand. The timeline then changes the
/// answering items by itself.
fn fetch_replied<'a>(timeline: &Arc<Timeline>, items: impl Iterator<Item = &'a Arc<TimelineItem>>) {
    let wanted: Vec<OwnedEventId> = items
        .filter_map(|item| {
            let event = item.as_event()?;
            let reply = event.content().in_reply_to()?;
            let missing = matches!(reply.event, TimelineDetails::Unavailable);
            missing.then(|| event.event_id().map(ToOwned::to_owned)).flatten()
        })
        .collect();
    if wanted.is_empty() {
        return;
    }
    let timeline = timeline.clone();
    tokio::spawn(async move {
        for event in wanted {
            if let Err(error) = timeline.fetch_details_for_event(&event).await {
                warn!("the message a reply answers was not loaded: {error}");
            }
        }
    });
}
