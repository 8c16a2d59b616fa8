use matrix_sdk::{
    Room,
    ruma::{OwnedRoomId, RoomId, api::client::membership::leave_room},
};

use super::plan::Address;
use crate::{
    failure::{from_id, from_sdk},
    talk::Talk,
    wire::{ErrorKind, UiError},
};

/// No room was upgraded more often.
const MOST_BEFORE: usize = 100;

impl Talk {
    /// Leaves rooms, one after the other, and takes them out of the plan first, so that it does not
    /// join them again. The homeserver's pace is kept.
    ///
    /// # Errors
    ///
    /// What the first room that could not be left met with; the others are left all the same.
    pub async fn leave_rooms(&self, room_ids: &[String]) -> Result<(), UiError> {
        let room_ids = room_ids.iter().map(RoomId::parse).collect::<Result<Vec<_>, _>>();
        let room_ids: Vec<OwnedRoomId> = room_ids.map_err(from_id)?;
        for room_id in &room_ids {
            self.forget_join(room_id);
        }
        self.keep_plan().await;
        let mut first = Ok(());
        for room_id in &room_ids {
            let left = self.leave(room_id).await;
            first = first.and(left);
        }
        self.joins.changed();
        first
    }

    async fn leave(&self, room_id: &RoomId) -> Result<(), UiError> {
        let room = self.client.get_room(room_id).ok_or(ErrorKind::RoomNotJoined)?;
        self.close_if_open(room_id.as_str()).await;
        self.leave_room(&room).await.map_err(|error| from_sdk(&error, self.server()))
    }

    /// Leaves a room. The SDK leaves all the rooms along with it that it says to have taken over from,
    /// and a room can say that of any other: then it is left by itself.
    pub(super) async fn leave_room(&self, room: &Room) -> matrix_sdk::Result<()> {
        if self.is_honest(room) {
            return room.leave().await;
        }
        self.client.send(leave_room::v3::Request::new(room.room_id().to_owned())).await?;
        Ok(())
    }

    /// Whether the rooms that this one says to have taken over from say so as well.
    fn is_honest(&self, room: &Room) -> bool {
        let mut at = room.clone();
        for _ in 0..MOST_BEFORE {
            let before = at.predecessor_room();
            let before = before.and_then(|before| self.client.get_room(&before.room_id));
            let Some(before) = before else { return true };
            if before.successor_room().is_none_or(|successor| successor.room_id != at.room_id()) {
                return false;
            }
            at = before;
        }
        false
    }

    fn forget_join(&self, room_id: &RoomId) {
        let alias = self.known.alias_of(room_id).and_then(|alias| alias.try_into().ok());
        let address = match alias {
            Some(alias) => Address::Both(alias, room_id.to_owned()),
            None => Address::Room(room_id.to_owned()),
        };
        let mut plan = self.joins.plan();
        if let Some(id) = plan.find(&address) {
            plan.cancel(id);
        }
    }
}
