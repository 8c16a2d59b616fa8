use std::{
    collections::{BTreeSet, HashMap},
    pin::pin,
    sync::Arc,
};

use futures_util::StreamExt as _;
use matrix_sdk::{
    EncryptionState, Room, RoomState,
    ruma::{
        OwnedRoomId, RoomAliasId, events::room::history_visibility::HistoryVisibility,
        room::JoinRule as MatrixJoinRule,
    },
};
use matrix_sdk_ui::{
    eyeball_im::VectorDiff,
    room_list_service::{
        RoomListItem,
        filters::{BoxedFilterFn, new_filter_joined},
    },
};

use super::{
    Talk,
    closed::closed,
    facts::{Fact, last_message},
    internal,
    overwritten::values,
};
use crate::{
    text::{clean_line, display_name},
    wire::{Closed, JoinRule, RoomKind, RoomRow, UiError},
};

/// More rooms than anybody is in, so the whole list is one page.
const PAGE: usize = 2000;

/// Topics are shown in one or two lines.
const LONGEST_TOPIC: usize = 300;

impl Talk {
    /// Shows the joined rooms and those that the user was removed from, and keeps the list and the
    /// catalogue's states up to date.
    pub(super) async fn show_rooms(self: &Arc<Self>) -> Result<(), UiError> {
        let rooms = self.sync.room_list_service().all_rooms().await.map_err(internal)?;
        let talk = Arc::downgrade(self);
        let mut removed = self.removed.subscribe();
        self.spawn(async move {
            let (changes, controller) = rooms.entries_with_dynamic_adapters(PAGE);
            controller.set_filter(shown_filter(&removed.borrow_and_update()));
            let mut changes = pin!(changes);
            loop {
                let changes = tokio::select! {
                    changes = changes.next() => changes,
                    Ok(()) = removed.changed() => {
                        controller.set_filter(shown_filter(&removed.borrow_and_update()));
                        continue;
                    }
                };
                let (Some(changes), Some(talk)) = (changes, talk.upgrade()) else { return };
                talk.change_rooms(changes).await;
                talk.joins.changed();
            }
        });
        Ok(())
    }

    async fn change_rooms(self: &Arc<Self>, changes: Vec<VectorDiff<RoomListItem>>) {
        let _turn = self.rows.lock().await;
        let rooms: Vec<Room> =
            changes.iter().flat_map(values).map(|item| (**item).clone()).collect();
        let mut known = self.board.closed_rooms();
        for room in rooms.iter().filter(|room| room.state() != RoomState::Joined) {
            // It would pass for one that the user is in.
            known.extend(closed(room).await.map(|closed| (room.room_id().to_string(), closed)));
        }
        self.show_rows(changes, &known);
        // Each is read from the local copy: the list does not wait for that.
        for room in &rooms {
            self.look_whether_closed(room).await;
        }
    }

    /// `closed` is what was known of that so far, by room ID.
    fn show_rows(
        self: &Arc<Self>,
        changes: Vec<VectorDiff<RoomListItem>>,
        closed: &HashMap<String, Closed>,
    ) {
        let facts = self.facts.lock();
        let row = |room: RoomListItem| {
            self.check_aliases(&room);
            let fact = facts.get(room.room_id());
            if fact.is_none() {
                self.facts.news.notify_one();
            }
            self.row(&room, fact, closed.get(room.room_id().as_str()))
        };
        let changes = changes.into_iter().map(|change| change.map(row)).collect();
        self.board.change_rooms(changes);
    }

    fn row(&self, room: &Room, fact: Option<&Fact>, closed: Option<&Closed>) -> RoomRow {
        let catalogue = self.catalogue.now();
        let entry = self.known.entry_of(room.room_id(), &catalogue);
        let entry = entry.or_else(|| catalogue.by_key(room.room_id().as_str()));
        let key = entry.map(|entry| entry.key.clone());
        RoomRow { closed: closed.cloned(), ..row(room, key, fact) }
    }
}

/// The rooms that are listed.
fn shown_filter(removed: &BTreeSet<OwnedRoomId>) -> BoxedFilterFn {
    let (joined, removed) = (new_filter_joined(), removed.clone());
    Box::new(move |room| joined(room) || removed.contains(room.room_id()))
}

fn row(room: &Room, key: Option<String>, fact: Option<&Fact>) -> RoomRow {
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
        join_rule: room.join_rule().map(|rule| join_rule(&rule)),
        world_readable: room.history_visibility() == Some(HistoryVisibility::WorldReadable),
        encrypted: match room.encryption_state() {
            EncryptionState::Encrypted => Some(true),
            EncryptionState::NotEncrypted => Some(false),
            EncryptionState::Unknown => None,
        },
        server: server.map(ToString::to_string),
        alias: alias.map(|alias| alias.to_string()),
        bridged: fact.map(|fact| fact.bridged.clone()),
        last_message: last_message(room, fact),
        closed: None,
    }
}

fn join_rule(rule: &MatrixJoinRule) -> JoinRule {
    match rule {
        MatrixJoinRule::Public => JoinRule::Public,
        MatrixJoinRule::Restricted(_) => JoinRule::Restricted,
        MatrixJoinRule::Knock => JoinRule::Knock,
        MatrixJoinRule::KnockRestricted(_) => JoinRule::KnockRestricted,
        MatrixJoinRule::Invite | MatrixJoinRule::Private => JoinRule::Invite,
        _ => JoinRule::Unknown,
    }
}
