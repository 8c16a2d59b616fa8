use super::App;
use crate::wire::{JoinOrder, UiError};

/// Finding, joining and leaving rooms.
impl App {
    /// The aliases of the rooms that fit what somebody types, the best first. Needs no network.
    pub fn search_rooms(&self, query: &str) -> Vec<String> {
        let catalogue = self.0.catalogue.now();
        let found = catalogue.search(query);
        found.into_iter().map(|entry| entry.alias.clone()).collect()
    }

    /// Joins a room by its alias or id as soon as the homeserver allows. `via` are servers that may
    /// know it, besides those that the catalogue names. How far it is, the window is told.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSignedIn`]; where `room` is neither.
    pub async fn join(&self, room: &str, via: &[String]) -> Result<(), UiError> {
        self.talk().await?.join(room, via).await
    }

    /// Joins rooms: the Lobby first, then `picks` in their order, then the `rest`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSignedIn`]; where one is neither an alias nor an id.
    pub async fn join_rooms(&self, picks: &[String], rest: &[String]) -> Result<(), UiError> {
        self.talk().await?.join_rooms(picks, rest).await
    }

    /// Goes from a joined room to the one that it names as its successor; the room ID of that.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSignedIn`]; [`ErrorKind::RoomNotJoined`] where the user is not in it, or it names
    /// none.
    pub async fn follow_successor(&self, room_id: &str) -> Result<String, UiError> {
        self.talk().await?.follow_successor(room_id).await
    }

    /// Declines an invitation.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSignedIn`]; [`ErrorKind::RoomNotJoined`] where there is none any more; what the
    /// request met with.
    pub async fn decline_invitation(&self, room_id: &str) -> Result<(), UiError> {
        self.talk().await?.decline_invitation(room_id).await
    }

    /// Takes a room that the user was removed from off the list, for good.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSignedIn`]; [`ErrorKind::RoomNotJoined`] where it is not there any more; what the
    /// request met with.
    pub async fn forget_room(&self, room_id: &str) -> Result<(), UiError> {
        self.talk().await?.forget_room(room_id).await
    }

    /// Changes the plan of the joins.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSignedIn`]; what asking to be let in met with.
    pub async fn steer_joins(&self, order: JoinOrder) -> Result<(), UiError> {
        self.talk().await?.steer_joins(order).await
    }

    /// Leaves rooms, and joins none of them that is still to be joined.
    ///
    /// # Errors
    ///
    /// What the first that could not be left met with; the others are left all the same.
    pub async fn leave_rooms(&self, room_ids: &[String]) -> Result<(), UiError> {
        self.talk().await?.leave_rooms(room_ids).await
    }
}
