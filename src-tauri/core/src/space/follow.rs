//! Keeps the list of rooms up to date with the live Space, while a session is at work.

use std::{
    future::ready,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::{FutureExt as _, Stream, StreamExt as _};
use matrix_sdk::{Client, RoomState, ruma::RoomAliasId};
use matrix_sdk_ui::sync_service::State;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tracing::{debug, info, warn};

use super::{Space, Stand, Tombstone, lead_of, read, tombstone};
use crate::{catalogue::SPACE, talk::Talk, wire::Category};

/// Where the SDK's encrypted store keeps what was read. It ends with the session: what the Space
/// shows to one user it may not show to the next.
const STORE_KEY: &[u8] = b"org.galaxyproject.chat.space";

/// After the first sync the user is waiting for a room; this can wait.
const QUIET: Duration = Duration::from_secs(5);

/// What was read holds for that long.
const FRESH: Duration = Duration::from_hours(1);

/// Pause before a Space that could not be read is tried again.
const RETRY: Duration = Duration::from_mins(10);

/// How many rooms are asked whether they were replaced, each time.
const MOST_TOMBSTONES: usize = 20;

/// How long the homeserver's directory is asked where aliases lead, each time.
const LOOKING_UP: Duration = Duration::from_mins(2);

/// Waits for the user to join the Space.
#[derive(Default)]
pub struct Entrance {
    inside: AtomicBool,
    entered: Notify,
}

impl Entrance {
    /// Says whether the user is in it now.
    pub fn tell(&self, inside: bool) {
        if !self.inside.swap(inside, Ordering::Relaxed) && inside {
            self.entered.notify_one();
        }
    }
}

/// Shows what earlier runs have kept, and reads the Space when things have become quiet, then now
/// and then, and when the user has joined it: then it may show more.
pub async fn follow(
    talk: Weak<Talk>,
    states: impl Stream<Item = State> + Unpin,
    entrance: Arc<Entrance>,
) {
    let mut space = match talk.upgrade() {
        Some(talk) => load(&talk.client).await,
        None => return,
    };
    if let Some(talk) = talk.upgrade().filter(|_| !space.rooms.is_empty()) {
        talk.show_space(&space);
    }
    let mut running = states.filter(|state| ready(matches!(state, State::Running)));
    if running.next().await.is_none() {
        return;
    }
    sleep(QUIET).await;
    // What was joined before this run has been seen.
    let _ = entrance.entered.notified().now_or_never();
    let age = now().saturating_sub(space.read_at);
    let mut pause = FRESH.saturating_sub(Duration::from_secs(age));
    loop {
        // Whichever comes first.
        let _ = timeout(pause, entrance.entered.notified()).await;
        let Some(talk) = talk.upgrade() else { return };
        pause = if talk.read_space(&mut space).await { FRESH } else { RETRY };
    }
}

impl Talk {
    /// Reads the Space. `false` where not all of it could be read; what was known stays then.
    async fn read_space(&self, space: &mut Space) -> bool {
        let Some(root) = self.space_root().await else { return false };
        let reading = read(&self.client, &root).await;
        if reading.rooms.is_empty() {
            return false;
        }
        let whole = reading.is_whole();
        let mut renewed = space.renewed(reading, now());
        mark_moved(&self.client, &mut renewed).await;
        if timeout(LOOKING_UP, self.look_up_aliases(&renewed)).await.is_err() {
            info!("the homeserver's directory is slow; the rest is asked another time");
        }
        *space = renewed;
        // What was seen once is there at the next start.
        self.keep(space).await;
        self.show_space(space);
        self.forget_aliases().await;
        whole
    }

    /// Forgets where aliases lead that no list and no plan names any more, and no room that the user is in.
    async fn forget_aliases(&self) {
        let catalogue = self.catalogue.now();
        let planned = self.joins.planned_aliases();
        self.known.retain(|alias, room| {
            catalogue.by_alias(alias).is_some()
                || planned.contains(alias)
                || self.client.get_room(room).is_some_and(|room| room.state() == RoomState::Joined)
        });
        self.keep_known().await;
    }

    async fn space_root(&self) -> Option<matrix_sdk::ruma::OwnedRoomId> {
        let own = self.catalogue.own();
        let entry = own.by_key(SPACE)?;
        let alias = RoomAliasId::parse(&entry.alias).ok()?;
        match lead_of(&self.client, &alias).await {
            Ok(Some(found)) => {
                self.remember(&entry.alias, &found.room_id).await;
                Some(found.room_id)
            }
            Ok(None) => None,
            Err(error) => {
                info!("the Space was not found: {error}");
                self.known.leads().remove(&entry.alias)
            }
        }
    }

    /// Asks the directory about the aliases by which the rooms call themselves, where it has not
    /// said yet that they lead there; and about those that lead to rooms that are no more.
    async fn look_up_aliases(&self, space: &Space) {
        let leads = self.known.leads();
        let unsure = space.rooms.iter().filter_map(|room| {
            let alias = room.alias.as_ref()?.as_str();
            (leads.get(alias) != Some(&room.id)).then_some(alias)
        });
        let left = leads.iter().filter_map(|(alias, id)| {
            let room = space.room(id.as_str())?;
            (room.stand != Stand::Listed).then_some(alias.as_str())
        });
        for alias in unsure.chain(left) {
            let Ok(id) = RoomAliasId::parse(alias) else { continue };
            match lead_of(&self.client, &id).await {
                Ok(Some(found)) if leads.get(alias) != Some(&found.room_id) => {
                    self.learn(alias, &found.room_id);
                }
                Ok(_) => {}
                Err(error) => debug!("an alias was not looked up: {error}"),
            }
        }
    }

    fn show_space(&self, space: &Space) {
        let list = Arc::new(self.catalogue.own().with_space(space, &self.known.leads()));
        self.catalogue.set(list.clone());
        self.board.set_catalogue(list.entries());
        for entry in list.entries().iter().filter(|entry| entry.category == Category::More) {
            self.board.set_room_key(&entry.key, Some(entry.key.clone()));
        }
        self.joins.changed();
    }

    async fn keep(&self, space: &Space) {
        let _writing = self.writing.lock().await;
        let json = serde_json::to_vec(space).unwrap_or_default();
        let store = self.client.state_store();
        if let Err(error) = store.set_custom_value_no_read(STORE_KEY, json).await {
            warn!("what the Space shows was not kept: {error}");
        }
    }
}

async fn load(client: &Client) -> Space {
    let stored = client.state_store().get_custom_value(STORE_KEY).await;
    let space = stored.ok().flatten().and_then(|json| serde_json::from_slice(&json).ok());
    space.unwrap_or_default()
}

/// Marks rooms that were replaced: those that the user is in know it themselves, and of the others
/// those are asked that look like it, because an upgrade takes the alias along.
async fn mark_moved(client: &Client, space: &mut Space) {
    let mut asked = 0;
    for room in space.rooms.iter_mut().filter(|room| room.stand == Stand::Listed) {
        let known = client.get_room(&room.id).and_then(|known| known.successor_room());
        if let Some(successor) = known {
            room.stand = Stand::Moved { to: Some(successor.room_id) };
        } else if room.world_readable && room.alias.is_none() && asked < MOST_TOMBSTONES {
            asked += 1;
            if let Ok(Tombstone::Moved { to }) = tombstone(client, &room.id).await {
                room.stand = Stand::Moved { to };
            }
        }
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
