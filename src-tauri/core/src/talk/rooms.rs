use std::{pin::pin, sync::Arc};

use futures_util::StreamExt as _;
use matrix_sdk::{
    EncryptionState, Room,
    ruma::{RoomAliasId, events::room::history_visibility::HistoryVisibility},
};
use matrix_sdk_ui::room_list_service::{
    RoomListItem,
    filters::{new_filter_all, new_filter_deduplicate_versions, new_filter_joined},
};

use super::{Talk, internal};
use crate::{
    text::{clean_line, display_name},
    wire::{RoomKind, RoomRow, UiError},
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
                talk.joins.changed();
            }
        });
        Ok(())
    }

    fn row(&self, room: &Room) -> RoomRow {
        let catalogue = self.catalogue.now();
        let entry = self.known.entry_of(room.room_id(), &catalogue);
        let entry = entry.or_else(|| catalogue.by_key(room.room_id().as_str()));
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
