//! What the SDK's sync does not ask of the joined rooms: to which other networks they are bridged, and
//! when somebody last wrote there.
//!
//! It is asked on a connection of its own, for many rooms at a time, and the answer stays here: given
//! to the SDK it would tear gaps into conversations.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt as _};
use matrix_sdk::{
    Client, HttpError, Room,
    latest_events::LatestEventValue,
    ruma::{
        MilliSecondsSinceUnixEpoch, OwnedRoomId, RoomId, UInt,
        api::client::sync::sync_events::v5::{Request, request::RoomSubscription, response},
        assign,
        events::StateEventType,
    },
};
use matrix_sdk_ui::sync_service::State;
use serde::Deserialize;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tracing::info;

use super::Talk;
use crate::{
    space::patiently,
    text::{clean_line, display_name, past_millis},
    wire::LastMessage,
};

/// The name of the connection, by which the homeserver tells it from the sync's.
const CONNECTION: &str = "facts";

/// Rooms asked about at a time.
const AT_A_TIME: usize = 50;

/// How many of a room's latest events are looked at: more than people come and go, as a rule, between
/// two messages.
const LATEST: u32 = 10;

/// The user is waiting for a room, or joining several; this can wait.
const QUIET: Duration = Duration::from_secs(5);

/// An open room is asked about after its messages.
const SOON: Duration = Duration::from_secs(1);

/// An answer holds for that long, unless the room is opened.
const FRESH: Duration = Duration::from_hours(1);

/// Pause before what could not be asked is tried again.
const RETRY: Duration = Duration::from_mins(1);

/// What bridges write into a room; the second is from before it had a name of Matrix's own.
const BRIDGES: [&str; 2] = ["m.bridge", "uk.half-shot.bridge"];

/// Events by which people say something.
const MESSAGES: [&str; 4] = ["m.room.message", "m.room.encrypted", "m.sticker", "m.poll.start"];

/// More networks than these are not named.
const MOST_BRIDGES: usize = 5;

const LONGEST_BRIDGE: usize = 40;

/// What is known of one room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    asked: Instant,
    /// The names of the networks it is bridged to.
    pub bridged: Vec<String>,
    last: Option<LastMessage>,
}

/// What is known of the joined rooms.
#[derive(Default)]
pub struct Facts {
    rooms: Mutex<HashMap<OwnedRoomId, Fact>>,
    /// Told when there is a room that nothing is known of.
    pub news: Arc<Notify>,
}

impl Facts {
    /// Held while rows are made of it and shown, so that no older row comes after a newer one.
    pub fn lock(&self) -> MutexGuard<'_, HashMap<OwnedRoomId, Fact>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks about every joined room when things have become quiet, and now and then.
pub async fn follow(talk: Weak<Talk>, states: impl Stream<Item = State> + Unpin) {
    let Some(news) = talk.upgrade().map(|talk| talk.facts.news.clone()) else { return };
    let mut running = states.filter(|state| ready(matches!(state, State::Running)));
    if running.next().await.is_none() {
        return;
    }
    loop {
        sleep(QUIET).await;
        let Some(talk) = talk.upgrade() else { return };
        let told = talk.look_into(&talk.unasked()).await;
        drop(talk);
        if told {
            let _ = timeout(FRESH, news.notified()).await;
        } else {
            sleep(RETRY).await;
        }
    }
}

impl Talk {
    /// Asks about a room that was opened.
    pub(super) fn look_at(self: &Arc<Self>, room_id: &str) {
        let Ok(room) = RoomId::parse(room_id) else { return };
        let talk = Arc::downgrade(self);
        self.spawn(async move {
            sleep(SOON).await;
            if let Some(talk) = talk.upgrade() {
                talk.look_into(&[room]).await;
            }
        });
    }

    /// The joined rooms of which nothing is known, or nothing new.
    fn unasked(&self) -> Vec<OwnedRoomId> {
        let rooms = self.client.joined_rooms();
        let facts = self.facts.lock();
        let stale = |room: &Room| {
            facts.get(room.room_id()).is_none_or(|fact| fact.asked.elapsed() >= FRESH)
        };
        rooms.iter().filter(|room| stale(room)).map(|room| room.room_id().to_owned()).collect()
    }

    /// Asks about these rooms and shows the answers. `false` where the homeserver gave none.
    async fn look_into(&self, rooms: &[OwnedRoomId]) -> bool {
        for rooms in rooms.chunks(AT_A_TIME) {
            let answer = match ask(&self.client, rooms).await {
                Ok(answer) => answer,
                Err(error) => {
                    info!("how rooms are bridged was not answered: {error}");
                    return false;
                }
            };
            let mut facts = self.facts.lock();
            for (id, room) in answer {
                let fact = Fact::of(&room);
                if let Some(room) = self.client.get_room(&id) {
                    let last = last_message(&room, Some(&fact));
                    self.board.set_room_facts(id.as_str(), fact.bridged.clone(), last);
                }
                facts.insert(id, fact);
            }
        }
        true
    }
}

async fn ask(
    client: &Client,
    rooms: &[OwnedRoomId],
) -> Result<BTreeMap<OwnedRoomId, response::Room>, HttpError> {
    let state = BRIDGES.map(|kind| (StateEventType::from(kind), "*".to_owned()));
    let wanted = assign!(RoomSubscription::default(), {
        required_state: state.to_vec(),
        timeline_limit: UInt::from(LATEST),
    });
    let request = assign!(Request::new(), {
        conn_id: Some(CONNECTION.to_owned()),
        room_subscriptions: rooms.iter().map(|room| (room.clone(), wanted.clone())).collect(),
    });
    let asked = patiently(|once| client.send(request.clone()).with_request_config(once)).await?;
    Ok(asked.rooms)
}

/// When somebody last wrote, as far as the SDK or an answer of the homeserver knows.
pub fn last_message(room: &Room, fact: Option<&Fact>) -> Option<LastMessage> {
    let asked = fact.and_then(|fact| fact.last);
    match (heard(room), asked) {
        (Some(heard), Some(LastMessage::At { time_ms })) => {
            Some(LastMessage::At { time_ms: heard.max(time_ms) })
        }
        (Some(time_ms), _) => Some(LastMessage::At { time_ms }),
        (None, asked) => asked,
    }
}

/// When the SDK has heard the latest message. It takes it for news, too, that the user came in.
fn heard(room: &Room) -> Option<u64> {
    let event = room.latest_event();
    match &event {
        LatestEventValue::RemoteInvite { .. } => return None,
        LatestEventValue::Remote(event) => {
            let kind = event.raw().get_field::<String>("type").ok()??;
            if !MESSAGES.contains(&kind.as_str()) {
                return None;
            }
        }
        _ => {}
    }
    event.timestamp().map(past_millis)
}

impl Fact {
    fn of(room: &response::Room) -> Self {
        let bridges: BTreeSet<_> =
            room.required_state.iter().filter_map(|event| bridge(event.json().get())).collect();
        Self {
            asked: Instant::now(),
            bridged: bridges.into_iter().take(MOST_BRIDGES).collect(),
            last: last_said(room.timeline.iter().map(|event| event.json().get())),
        }
    }
}

/// The name of the network in what a bridge has written; `None` where it was taken away again.
fn bridge(event: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Event {
        content: Content,
    }
    #[derive(Deserialize)]
    struct Content {
        protocol: Option<Named>,
        network: Option<Named>,
    }
    #[derive(Deserialize)]
    struct Named {
        id: Option<String>,
        displayname: Option<String>,
    }
    let content = serde_json::from_str::<Event>(event).ok()?.content;
    let named = content.protocol.or(content.network)?;
    let name = named.displayname.or(named.id).unwrap_or_default();
    Some(display_name(Some(&clean_line(&name, LONGEST_BRIDGE)), "?"))
}

/// When the latest message was written among events, the oldest of which comes first.
fn last_said<'a>(events: impl Iterator<Item = &'a str>) -> Option<LastMessage> {
    #[derive(Deserialize)]
    struct Event {
        #[serde(rename = "type")]
        kind: String,
        origin_server_ts: MilliSecondsSinceUnixEpoch,
    }
    let events: Vec<Event> = events.filter_map(|event| serde_json::from_str(event).ok()).collect();
    let messages = events.iter().filter(|event| MESSAGES.contains(&event.kind.as_str()));
    let latest = messages.map(|event| past_millis(event.origin_server_ts)).max();
    latest.map(|time_ms| LastMessage::At { time_ms }).or_else(|| {
        let oldest = events.first()?;
        Some(LastMessage::Before { time_ms: past_millis(oldest.origin_server_ts) })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn named(content: &Value) -> Option<String> {
        bridge(&json!({ "type": BRIDGES[0], "state_key": "x", "content": content }).to_string())
    }

    #[test]
    fn a_bridge_is_named_by_its_network() {
        let slack = json!({
            "bridgebot": "@bot:example.org",
            "protocol": { "id": "slack", "displayname": "Slack" },
            "network": { "id": "T1", "displayname": "Galaxy" },
        });
        assert_eq!(named(&slack).as_deref(), Some("Slack"));
        assert_eq!(named(&json!({ "protocol": { "id": "irc" } })).as_deref(), Some("irc"));
        let network = json!({ "network": { "displayname": "Libera.Chat" } });
        assert_eq!(named(&network).as_deref(), Some("Libera.Chat"));
        assert_eq!(named(&json!({ "protocol": {} })).as_deref(), Some("?"));
        let hostile =
            json!({ "protocol": { "displayname": format!("a\u{202e}b\n{}", "c".repeat(99)) } });
        let name = named(&hostile).expect("it is bridged");
        assert!(name.starts_with("ab c") && name.chars().count() == LONGEST_BRIDGE, "{name}");
    }

    #[test]
    fn a_bridge_that_was_taken_away_is_none() {
        for content in [json!({}), json!({ "bridgebot": "@bot:example.org" }), json!("nonsense")] {
            assert_eq!(named(&content), None);
        }
    }

    fn last(events: &[(&str, u64)]) -> Option<LastMessage> {
        let events: Vec<_> = events
            .iter()
            .map(|(kind, time)| json!({ "type": kind, "origin_server_ts": time }).to_string())
            .collect();
        last_said(events.iter().map(String::as_str))
    }

    #[test]
    fn people_who_come_and_go_say_nothing() {
        let (joined, said) = ("m.room.member", "m.room.message");
        assert_eq!(last(&[]), None);
        assert_eq!(last(&[(said, 5), (joined, 7)]), Some(LastMessage::At { time_ms: 5 }));
        assert_eq!(
            last(&[("m.room.encrypted", 5), (said, 6), (joined, 7)]),
            Some(LastMessage::At { time_ms: 6 })
        );
        assert_eq!(last(&[(joined, 3), (joined, 7)]), Some(LastMessage::Before { time_ms: 3 }));
    }

    #[test]
    fn nothing_is_said_in_the_future() {
        let now = u64::from(MilliSecondsSinceUnixEpoch::now().get());
        let Some(LastMessage::At { time_ms }) = last(&[("m.room.message", now + 1_000_000)]) else {
            panic!("it was said");
        };
        assert!(time_ms < now + 1_000_000);
    }
}
