use super::App;
use crate::wire::{OpenedRoom, Sending, UiError};

/// Reading and writing in a room.
impl App {
    /// Shows a room's conversation.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RoomNotJoined`].
    pub async fn open_room(&self, room_id: &str) -> Result<OpenedRoom, UiError> {
        let draft = self.talk().await?.open_room(room_id).await?;
        Ok(OpenedRoom { draft })
    }

    /// Closes the open conversation.
    pub async fn close_room(&self) {
        if let Ok(talk) = self.talk().await {
            talk.close_room().await;
        }
    }

    /// Loads earlier messages; `true` where there are none before.
    ///
    /// # Errors
    ///
    /// What the request met with.
    pub async fn load_earlier(&self) -> Result<bool, UiError> {
        self.talk().await?.load_earlier().await
    }

    /// Queues a message in the open room. A text that begins with `/` may be a command, unless it is to be
    /// sent `as_text`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MessageUnsendable`], [`ErrorKind::RoomNotJoined`].
    pub async fn send_message(
        &self,
        room_id: &str,
        text: &str,
        as_text: bool,
    ) -> Result<Sending, UiError> {
        self.talk().await?.send(room_id, text, as_text).await
    }

    /// Tries again to send a message that failed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RoomNotJoined`].
    pub async fn retry_message(&self, item_id: &str) -> Result<(), UiError> {
        self.talk().await?.retry_message(item_id).await
    }

    /// Gives up a message that was not sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RoomNotJoined`].
    pub async fn discard_message(&self, item_id: &str) -> Result<(), UiError> {
        self.talk().await?.discard_message(item_id).await
    }

    /// Remembers what is being written in a room.
    ///
    /// # Errors
    ///
    /// Where the profile cannot be written.
    pub async fn save_draft(&self, room_id: &str, text: &str) -> Result<(), UiError> {
        // What is written last is what was typed last.
        let _turn = self.0.saving_drafts.lock().await;
        let drafts = self.talk().await?.save_draft(room_id, text);
        self.0.account.save_drafts(&drafts).await
    }

    /// Everything in the open conversation has been seen.
    ///
    /// # Errors
    ///
    /// What the request met with.
    pub async fn mark_read(&self, room_id: &str) -> Result<(), UiError> {
        self.talk().await?.mark_read(room_id).await
    }
}
