use matrix_sdk::ruma::{OwnedRoomId, RoomId};

use super::plan::Address;
use crate::{
    failure::{from_id, from_sdk},
    talk::Talk,
    wire::{ErrorKind, UiError},
};

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
        room.leave().await.map_err(|error| from_sdk(&error, self.server()))
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
