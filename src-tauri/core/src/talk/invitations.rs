//! Rooms that the user is not in and has to know of: invitations, and rooms that somebody removed them from.

use std::{collections::BTreeSet, sync::Weak, time::Duration};

use matrix_sdk::{
    Room, RoomState,
    ruma::{OwnedRoomId, RoomId, api::client::membership::leave_room},
};
use matrix_sdk_base::RoomStateFilter;
use tokio::{
    sync::broadcast::error::{RecvError, TryRecvError},
    time::sleep,
};
use tracing::debug;

use super::{Talk, closed::closed};
use crate::{
    failure::{from_http, from_id, from_sdk},
    text::{display_name, quotable},
    wire::{ErrorKind, Invitation, RoomKind, Sender, UiError},
};

/// More invitations are not shown at a time: whoever sends hundreds has none of them read.
const MAX_INVITATIONS: usize = 50;

/// More rooms that somebody removed the user from are not shown at a time.
const MAX_REMOVED: usize = 50;

/// Changes come several at a time.
const PAUSE: Duration = Duration::from_millis(100);

impl Talk {
    /// Shows invitations, and the rooms that the user was removed from.
    pub(super) async fn follow_outside(talk: Weak<Self>) {
        let Some(mut updates) =
            talk.upgrade().map(|talk| talk.client.room_info_notable_update_receiver())
        else {
            return;
        };
        loop {
            let Some(this) = talk.upgrade() else { return };
            this.look_outside().await;
            drop(this);
            loop {
                let is_outside = match updates.recv().await {
                    Ok(update) => {
                        let Some(this) = talk.upgrade() else { return };
                        let room = this.client.get_room(&update.room_id);
                        let joined = room.is_some_and(|room| room.state() == RoomState::Joined);
                        !joined || this.is_shown_outside(&update.room_id)
                    }
                    Err(RecvError::Lagged(_)) => true,
                    Err(RecvError::Closed) => return,
                };
                if is_outside {
                    break;
                }
            }
            sleep(PAUSE).await;
            // What came meanwhile is seen to by the next look.
            while matches!(updates.try_recv(), Ok(_) | Err(TryRecvError::Lagged(_))) {}
        }
    }

    /// Whether a room is shown as an invitation, or as one that the user was removed from.
    fn is_shown_outside(&self, room_id: &RoomId) -> bool {
        self.removed.borrow().contains(room_id) || self.board.is_invitation(room_id.as_str())
    }

    async fn look_outside(&self) {
        let mut invitations = Vec::new();
        let invited = self.client.rooms_filtered(RoomStateFilter::INVITED);
        for room in invited.iter().take(MAX_INVITATIONS) {
            invitations.push(invitation(room).await);
        }
        self.board.set_invitations(invitations);
        let outside = RoomStateFilter::LEFT | RoomStateFilter::BANNED;
        let mut removed = BTreeSet::new();
        for room in self.client.rooms_filtered(outside) {
            if removed.len() < MAX_REMOVED && closed(&room).await.is_some() {
                removed.insert(room.room_id().to_owned());
            }
        }
        self.removed.send_if_modified(|before| {
            let is_new = *before != removed;
            *before = removed;
            is_new
        });
    }

    /// Declines an invitation.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RoomNotJoined`] where there is none any more; what the request met with.
    pub async fn decline_invitation(&self, room_id: &str) -> Result<(), UiError> {
        let room = self.room_in(room_id, &[RoomState::Invited])?;
        // Leaving by the SDK would leave along with it what the room says to have taken over from, which can
        // be any room.
        let request = leave_room::v3::Request::new(room.room_id().to_owned());
        let declined = self.client.send(request).await;
        declined.map(drop).map_err(|error| from_http(&error, self.server()))
    }

    /// Forgets a room that the user was removed from.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RoomNotJoined`] where it is not known any more; what the request met with.
    pub async fn forget_room(&self, room_id: &str) -> Result<(), UiError> {
        let room = self.room_in(room_id, &[RoomState::Left, RoomState::Banned])?;
        room.forget().await.map_err(|error| from_sdk(&error, self.server()))
    }

    fn room_in(&self, room_id: &str, states: &[RoomState]) -> Result<Room, UiError> {
        let id: OwnedRoomId = RoomId::parse(room_id).map_err(from_id)?;
        let room = self.client.get_room(&id).filter(|room| states.contains(&room.state()));
        room.ok_or(ErrorKind::RoomNotJoined.into())
    }
}

async fn invitation(room: &Room) -> Invitation {
    let details = room.invite_details().await;
    let details = details.inspect_err(|error| debug!("who invites is not known: {error}")).ok();
    let name = room.display_name().await.ok().map(|name| name.to_string());
    let inviter = details.as_ref().map(|invite| {
        let name = invite.inviter.as_ref().and_then(|member| member.display_name());
        let user_id = invite.inviter_id.to_string();
        let ambiguous = invite.inviter.as_ref().is_some_and(|member| member.name_ambiguous());
        Sender { name: display_name(name, &user_id), ambiguous, user_id }
    });
    let words = details.as_ref().and_then(|invite| invite.invitee.event().reason());
    Invitation {
        room_id: room.room_id().to_string(),
        name: display_name(name.as_deref(), room.room_id().as_str()),
        topic: room.topic().as_deref().and_then(quotable),
        kind: if room.is_space() { RoomKind::Space } else { RoomKind::Room },
        alias: room.canonical_alias().map(|alias| alias.to_string()),
        words: words.and_then(quotable),
        inviter,
    }
}
