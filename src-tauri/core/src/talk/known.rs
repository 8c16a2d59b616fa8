//! Which room each alias of the catalogue leads to.
//!
//! A room may call itself by any alias. Only the homeserver's directory says which room an alias
//! leads to, so that is asked, and the answer is kept with the session.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use matrix_sdk::{
    Client, Room,
    ruma::{OwnedRoomId, RoomId},
};
use tracing::{debug, warn};

use super::Talk;
use crate::{
    catalogue::{Catalogue, Leads},
    wire::CatalogueEntry,
};

/// Where the SDK's encrypted store keeps our answers.
const STORE_KEY: &[u8] = b"org.galaxyproject.chat.aliases";

/// What is known of aliases.
#[derive(Default)]
pub struct Known(Mutex<State>);

#[derive(Default)]
struct State {
    rooms: Leads,
    asked: HashSet<String>,
    /// Something was learned that is not kept.
    has_news: bool,
}

impl State {
    fn learn(&mut self, alias: &str, room: &RoomId) {
        let before = self.rooms.insert(alias.to_owned(), room.to_owned());
        self.has_news |= before.is_none_or(|before| before != room);
    }
}

impl Known {
    /// What earlier runs learned.
    pub async fn load(client: &Client) -> Self {
        let stored = client.state_store().get_custom_value(STORE_KEY).await;
        let rooms = stored.ok().flatten().and_then(|json| serde_json::from_slice(&json).ok());
        Self(Mutex::new(State { rooms: rooms.unwrap_or_default(), ..State::default() }))
    }

    /// The room of the catalogue that this is.
    pub fn entry_of<'a>(
        &self,
        room: &RoomId,
        catalogue: &'a Catalogue,
    ) -> Option<&'a CatalogueEntry> {
        let rooms = &self.lock().rooms;
        let mut aliases = rooms.iter().filter(|(_, id)| *id == room).map(|(alias, _)| alias);
        aliases.find_map(|alias| catalogue.by_alias(alias))
    }

    /// An alias that leads to a room.
    pub fn alias_of(&self, room: &RoomId) -> Option<String> {
        let rooms = &self.lock().rooms;
        rooms.iter().find(|(_, id)| *id == room).map(|(alias, _)| alias.clone())
    }

    /// Where aliases lead, as far as the homeserver was asked.
    pub fn leads(&self) -> Leads {
        self.lock().rooms.clone()
    }

    /// The room that an alias leads to.
    pub fn room_of(&self, alias: &str) -> Option<OwnedRoomId> {
        self.lock().rooms.get(alias).cloned()
    }

    /// Keeps what `is_needed` says is needed. What servers list can be other aliases each time.
    pub fn retain(&self, is_needed: impl Fn(&str, &RoomId) -> bool) {
        let mut state = self.lock();
        let before = state.rooms.len();
        state.rooms.retain(|alias, room| is_needed(alias, room));
        state.has_news |= state.rooms.len() != before;
    }

    /// Whether an alias should be looked up; true once.
    fn is_new(&self, alias: &str) -> bool {
        let mut state = self.lock();
        !state.rooms.contains_key(alias) && state.asked.insert(alias.to_owned())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Talk {
    /// Takes over that an alias leads to a room, as the homeserver said. [`Talk::keep_known`] keeps it.
    pub(crate) fn learn(&self, alias: &str, room: &RoomId) {
        self.known.lock().learn(alias, room);
        let catalogue = self.catalogue.now();
        let key = self.known.entry_of(room, &catalogue).map(|entry| entry.key.clone());
        self.board.set_room_key(room.as_str(), key);
    }

    /// Remembers that an alias leads to a room, as the homeserver said.
    pub(crate) async fn remember(&self, alias: &str, room: &RoomId) {
        self.learn(alias, room);
        self.keep_known().await;
    }

    /// Keeps what was learned of aliases.
    pub(crate) async fn keep_known(&self) {
        let _writing = self.writing.lock().await;
        let json = {
            let mut state = self.known.lock();
            if !std::mem::take(&mut state.has_news) {
                return;
            }
            serde_json::to_vec(&state.rooms).unwrap_or_default()
        };
        let store = self.client.state_store();
        if let Err(error) = store.set_custom_value_no_read(STORE_KEY, json).await {
            warn!("where aliases lead was not kept: {error}");
        }
    }

    /// Looks up the aliases by which a room calls itself, where they are Galaxy's.
    pub(super) fn check_aliases(self: &Arc<Self>, room: &Room) {
        let aliases = room.canonical_alias().into_iter().chain(room.alt_aliases());
        for alias in aliases {
            let ours = self.catalogue.now().by_alias(alias.as_str()).is_some();
            if ours && self.known.is_new(alias.as_str()) {
                self.spawn(check(Arc::downgrade(self), alias));
            }
        }
    }
}

async fn check(talk: std::sync::Weak<Talk>, alias: matrix_sdk::ruma::OwnedRoomAliasId) {
    let Some(talk) = talk.upgrade() else { return };
    match talk.client.resolve_room_alias(&alias).await {
        Ok(found) => {
            talk.remember(alias.as_str(), &found.room_id).await;
            talk.joins.changed();
        }
        Err(error) => debug!("an alias was not looked up: {error}"),
    }
}
