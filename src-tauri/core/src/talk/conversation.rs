use std::{collections::HashSet, sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use matrix_sdk::{
    Room,
    ruma::{
        OwnedEventId, api::client::receipt::create_receipt::v3::ReceiptType,
        events::room::message::RoomMessageEventContent,
    },
};
use matrix_sdk_ui::timeline::{
    EventTimelineItem, RoomExt as _, Timeline, TimelineDetails, TimelineItem,
    TimelineReadReceiptTracking,
};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::AbortHandle,
};
use tracing::{debug, warn};

use super::{
    internal,
    item::Converter,
    overwritten::{values, without_overwritten},
};
use crate::{
    board::Board,
    text::{Typed, read_typed, typed_to_html},
    wire::{ErrorKind, Sending, UiError},
};

/// Messages asked for at a time.
const BATCH: u16 = 30;

/// A room should not open with less than this, where it has more.
const ENOUGH: usize = 15;

/// The most replies of an open conversation whose answered messages are loaded: each is a request, and a
/// stranger can answer messages that are not there.
const MAX_REPLIES_FETCHED: usize = 200;

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
        let mut length = items.len();
        let few = length < ENOUGH;
        let (mut replies, wanted) = Replies::new();
        let fetch = tokio::spawn(fetch_replied(timeline.clone(), wanted));
        let follow = tokio::spawn({
            async move {
                replies.want(missing(items.iter()));
                while let Some(changes) = changes.next().await {
                    for change in &changes {
                        replies.want(missing(values(change)));
                    }
                    let changes = without_overwritten(changes, &mut length);
                    let convert = |item: Arc<TimelineItem>| converter.convert(&item);
                    let changes = changes.into_iter().map(|change| change.map(convert)).collect();
                    board.change_timeline(&room_id, changes);
                }
            }
        });
        let mut tasks = vec![follow.abort_handle(), fetch.abort_handle()];
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

    pub async fn send(&self, text: &str, as_text: bool) -> Result<Sending, UiError> {
        // A first line may begin with blanks that mean something.
        let text = text.trim_end().trim_start_matches(['\n', '\r']);
        if text.is_empty() || text.len() > LONGEST_MESSAGE {
            return Err(ErrorKind::MessageUnsendable.into());
        }
        let typed = if as_text { Typed::Text(text) } else { read_typed(text) };
        let kept_back =
            |command: &str, known| Ok(Sending::KeptBack { command: command.to_owned(), known });
        let content = match typed {
            Typed::Text(text) => match typed_to_html(text) {
                Some(html) => RoomMessageEventContent::text_html(text, html),
                None => RoomMessageEventContent::text_plain(text),
            },
            Typed::Emote(text) => match typed_to_html(text) {
                Some(html) => RoomMessageEventContent::emote_html(text, html),
                None => RoomMessageEventContent::emote_plain(text),
            },
            Typed::Plain(text) => RoomMessageEventContent::text_plain(text),
            Typed::Room(address) => return Ok(Sending::Room { address: address.to_owned() }),
            Typed::Unfinished(command) => return kept_back(command, true),
            Typed::Unknown(command) => return kept_back(command, false),
        };
        self.0.timeline.send(content.into()).await.map_err(internal)?;
        Ok(Sending::Queued)
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

/// The replies whose answered message is not at hand.
fn missing<'a>(items: impl Iterator<Item = &'a Arc<TimelineItem>>) -> Vec<OwnedEventId> {
    let is_missing = |item: &'a Arc<TimelineItem>| {
        let event = item.as_event()?;
        let reply = event.content().in_reply_to()?;
        let missing = matches!(reply.event, TimelineDetails::Unavailable);
        missing.then(|| event.event_id().map(ToOwned::to_owned)).flatten()
    };
    items.filter_map(is_missing).collect()
}

/// The replies whose answered messages are to be loaded, each once, and not more than
/// [`MAX_REPLIES_FETCHED`].
struct Replies {
    asked: HashSet<OwnedEventId>,
    wanted: UnboundedSender<OwnedEventId>,
}

impl Replies {
    fn new() -> (Self, UnboundedReceiver<OwnedEventId>) {
        let (wanted, asked) = mpsc::unbounded_channel();
        (Self { asked: HashSet::new(), wanted }, asked)
    }

    fn want(&mut self, replies: Vec<OwnedEventId>) {
        for reply in replies {
            if self.asked.len() < MAX_REPLIES_FETCHED && self.asked.insert(reply.clone()) {
                // Nobody listens where the conversation was closed meanwhile.
                let _ = self.wanted.send(reply);
            }
        }
    }
}

/// Loads the messages that replies answer, one after the other. The timeline then changes the replies
/// by itself.
async fn fetch_replied(timeline: Arc<Timeline>, mut wanted: UnboundedReceiver<OwnedEventId>) {
    while let Some(reply) = wanted.recv().await {
        if let Err(error) = timeline.fetch_details_for_event(&reply).await {
            warn!("the message a reply answers was not loaded: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_reply_is_asked_for_once_and_not_without_end() {
        let reply =
            |number: usize| OwnedEventId::try_from(format!("$reply{number}")).expect("valid");
        let (mut replies, mut wanted) = Replies::new();
        replies.want(vec![reply(0), reply(1), reply(0)]);
        replies.want(vec![reply(1)]);
        assert_eq!(wanted.len(), 2);
        replies.want((0..10 * MAX_REPLIES_FETCHED).map(reply).collect());
        assert_eq!(wanted.len(), MAX_REPLIES_FETCHED);
        assert_eq!(wanted.recv().await, Some(reply(0)));
        drop(wanted);
        replies.want(vec![reply(0)]);
    }
}
