//! Rooms in which the user cannot write: replaced by another one, read-only, or no longer theirs.

use std::sync::Weak;

use matrix_sdk::{
    Client, EncryptionState, Room, RoomState,
    event_handler::EventHandlerDropGuard,
    ruma::events::{
        MessageLikeEventType, SyncStateEvent,
        room::{
            member::{MembershipState, SyncRoomMemberEvent},
            power_levels::SyncRoomPowerLevelsEvent,
            tombstone::SyncRoomTombstoneEvent,
        },
    },
};
use matrix_sdk_base::deserialized_responses::MemberEvent;
use tracing::debug;

use super::Talk;
use crate::{
    text::{display_name, quotable},
    wire::Closed,
};

/// Why the user cannot write in a room; `None` where nothing says so. What is not known keeps nobody out: the
/// homeserver decides.
pub async fn closed(room: &Room) -> Option<Closed> {
    if room.state() != RoomState::Joined {
        return removed(room).await;
    }
    // A tombstone that names none, such as one that was redacted, keeps nobody from writing.
    if let Some(successor) = room.successor_room() {
        let reason = successor.reason.as_deref().and_then(quotable);
        return Some(Closed::Replaced { by: successor.room_id.into(), reason });
    }
    let levels = match room.power_levels().await {
        Ok(levels) => levels,
        Err(error) => {
            debug!("who may write in a room is not known: {error}");
            return None;
        }
    };
    let kind = match room.encryption_state() {
        EncryptionState::Encrypted => MessageLikeEventType::RoomEncrypted,
        _ => MessageLikeEventType::RoomMessage,
    };
    let may = levels.user_can_send_message(room.own_user_id(), kind);
    (!may).then_some(Closed::ReadOnly)
}

/// Who has removed the user from a room, if somebody has.
async fn removed(room: &Room) -> Option<Closed> {
    let banned = room.state() == RoomState::Banned;
    if !banned && room.state() != RoomState::Left {
        return None;
    }
    let own = room.own_user_id();
    let member = room.get_member_no_sync(own).await.ok().flatten();
    let Some(member) = member else {
        return banned.then_some(Closed::Removed { by: None, reason: None, banned });
    };
    let sender = member.event().sender();
    if sender == own || !was_in(member.event()) {
        return None;
    }
    let by = match room.get_member_no_sync(sender).await.ok().flatten() {
        Some(by) => display_name(by.display_name(), sender.as_str()),
        None => sender.to_string(),
    };
    let reason = member.event().reason().and_then(quotable);
    Some(Closed::Removed { by: Some(by), reason, banned })
}

/// Whether whoever is out of a room now was in it before. An invitation that was taken back is no removal, nor is
/// a ban of somebody who was never there: anybody could put rooms, and words about them, into a stranger's list
/// by that.
fn was_in(event: &MemberEvent) -> bool {
    let MemberEvent::Sync(SyncStateEvent::Original(event)) = event else { return false };
    let before = event.unsigned.prev_content.as_ref();
    before.is_some_and(|before| before.membership == MembershipState::Join)
}

impl Talk {
    /// Shows it when a room is closed or opened, while the returned guards are kept.
    pub(super) fn follow_closed(client: &Client, talk: &Weak<Self>) -> [EventHandlerDropGuard; 3] {
        let (levels, tombstone, member) = (talk.clone(), talk.clone(), talk.clone());
        [
            client.add_event_handler(move |_: SyncRoomPowerLevelsEvent, room: Room| {
                Self::show_closed(levels.clone(), room)
            }),
            client.add_event_handler(move |_: SyncRoomTombstoneEvent, room: Room| {
                Self::show_closed(tombstone.clone(), room)
            }),
            client.add_event_handler(move |event: SyncRoomMemberEvent, room: Room| {
                let own = event.state_key() == room.own_user_id();
                let talk = if own { member.clone() } else { Weak::new() };
                Self::show_closed(talk, room)
            }),
        ]
        .map(|handle| client.event_handler_drop_guard(handle))
    }

    async fn show_closed(talk: Weak<Self>, room: Room) {
        let Some(talk) = talk.upgrade() else { return };
        let _turn = talk.rows.lock().await;
        talk.look_whether_closed(&room).await;
    }

    /// Reads from the local copy whether a listed room is closed, and shows it. For whoever holds `rows`.
    pub(super) async fn look_whether_closed(&self, room: &Room) {
        self.board.set_room_closed(room.room_id().as_str(), closed(room).await);
    }
}
