use std::{pin::pin, sync::Arc};

use futures_util::StreamExt as _;
use matrix_sdk::{
    EncryptionState, Room, RoomState,
    ruma::{RoomAliasId, RoomId, events::room::history_visibility::HistoryVisibility},
};
use matrix_sdk_ui::room_list_service::{
    RoomListItem,
    filters::{new_filter_all, new_filter_deduplicate_versions, new_filter_joined},
};

use super::{Talk, internal};
use crate::{
    text::{clean_line, display_name},
    wire::{JoinState, RoomKind, RoomRow, UiError},
};

/// More rooms than anybody is in, so the whole list is one page.
const PAGE: usize = 2000;

/// Topics are shown in one or two lines.
const LONGEST_TOPIC: usize = 300;

impl Talk {
    /// Shows the joined rooms, and keeps the list and the catalogue's states up to date.
    pub(super) async fn show_rooms(self: &Arc<Self>) -> Result<(), UiError> {
        let rooms = self.sync.room_list_service().all_rooms().await.map_err(internal)?;
        let talk = Arc::downgrade(self);
        self.spawn(async move {
            let (changes, controller) = rooms.entries_with_dynamic_adapters(PAGE);
            controller.set_filter(Box::new(new_filter_all(vec![
                Box::new(new_filter_joined()),
                Box::new(new_filter_deduplicate_versions()),
            ])));
            let mut changes = pin!(changes);
            while let Some(changes) = changes.next().await {
                let Some(talk) = talk.upgrade() else { return };
                let row = |room: RoomListItem| {
                    talk.check_aliases(&room);
                    talk.row(&room)
                };
                let changes = changes.into_iter().map(|change| change.map(row)).collect();
                talk.board.change_rooms(changes);
                talk.show_joined();
            }
        });
        Ok(())
    }

    /// Brings what is shown as joined in line with the list of rooms: the catalogue, and rooms that
    /// were joined by an address of their own.
    pub(super) fn show_joined(&self) {
        for entry in self.catalogue.entries() {
            let joined = self.board.room_of(&entry.key);
            let shown = self.board.join_state(&entry.alias);
            match (joined, shown) {
                // It is said to be joined when its conversation is there.
                (Some(room_id), _) if self.is_arriving(&room_id) => {}
                (Some(room_id), _) => {
                    self.board.set_join(&entry.alias, Some(JoinState::Joined { room_id }));
                }
                (None, Some(JoinState::Joined { room_id })) if !self.is_in(&room_id) => {
                    self.board.set_join(&entry.alias, None);
                }
                (None, _) => {}
            }
        }
        for (address, state) in self.board.joins() {
            let JoinState::Joined { room_id } = state else { continue };
            if self.catalogue.by_alias(&address).is_none() && !self.is_in(&room_id) {
                self.board.set_join(&address, None);
            }
        }
        for (alias, room_id) in self.known.all() {
            let room_id = room_id.to_string();
            if self.catalogue.by_alias(&alias).is_none() && self.is_in(&room_id) {
                self.board.set_join(&alias, Some(JoinState::Joined { room_id }));
            }
        }
    }

    fn is_arriving(&self, room_id: &str) -> bool {
        self.arriving().as_ref().is_some_and(|arriving| arriving == room_id)
    }

    /// A room that was just joined, or that goes by another alias, is not found by its key.
    fn is_in(&self, room_id: &str) -> bool {
        let room = RoomId::parse(room_id).ok().and_then(|id| self.client.get_room(&id));
        room.is_some_and(|room| room.state() == RoomState::Joined)
    }

    fn row(&self, room: &Room) -> RoomRow {
        let entry = self.known.entry_of(room.room_id(), &self.catalogue);
        row(room, entry.map(|entry| entry.key.clone()))
    }
}

fn row(room: &Room, key: Option<String>) -> RoomRow {
    let alias = room.canonical_alias();
    let name = room.cached_display_name().map(|name| name.to_string());
    let server = room.room_id().server_name().or(alias.as_deref().map(RoomAliasId::server_name));
    RoomRow {
        room_id: room.room_id().to_string(),
        key,
        name: display_name(name.as_deref(), room.room_id().as_str()),
        topic: room.topic().map(|topic| clean_line(&topic, LONGEST_TOPIC)),
        kind: if room.is_space() { RoomKind::Space } else { RoomKind::Room },
        unread: room.num_unread_messages(),
        mentions: room.num_unread_mentions(),
        members: room.joined_members_count(),
        public: room.is_public(),
        world_readable: room.history_visibility() == Some(HistoryVisibility::WorldReadable),
        encrypted: match room.encryption_state() {
            EncryptionState::Encrypted => Some(true),
            EncryptionState::NotEncrypted => Some(false),
            EncryptionState::Unknown => None,
        },
        server: server.map(ToString::to_string),
        alias: alias.map(|alias| alias.to_string()),
    }
}
