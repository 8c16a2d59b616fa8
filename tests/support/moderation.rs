//! What those who run a room do with it and with the people in it.

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::{Value, json};

use crate::matrix::Client;

impl Client {
    /// Sets who may do what in a room that this client has made. `levels` is the content of
    /// `m.room.power_levels`; the maker keeps their level.
    pub async fn set_levels(&self, room: &str, levels: &Value) -> Result<()> {
        let mut levels = levels.clone();
        let users = levels.as_object_mut().context("an object")?.entry("users");
        let users = users.or_insert(json!({}));
        // From version 12 on it comes from the room itself, and may not be named here.
        if self.room_version(room).await? < 12 {
            users[self.user_id()] = json!(100);
        }
        self.set_state(room, "m.room.power_levels", "", &levels).await
    }

    /// Puts somebody out of a room, or takes an invitation back.
    pub async fn kick(&self, room: &str, user_id: &str, reason: &str) -> Result<()> {
        let body = json!({ "user_id": user_id, "reason": reason });
        self.post(room, "kick", &body).await.map(drop)
    }

    /// Puts somebody out of a room for good.
    pub async fn ban_for(&self, room: &str, user_id: &str, reason: &str) -> Result<()> {
        let body = json!({ "user_id": user_id, "reason": reason });
        self.post(room, "ban", &body).await.map(drop)
    }

    /// Replaces a room by another one; answers the room ID of that.
    pub async fn upgrade(&self, room: &str) -> Result<String> {
        let answer = self.post(room, "upgrade", &json!({ "new_version": "11" })).await?;
        Ok(answer["replacement_room"].as_str().context("no successor in the answer")?.to_owned())
    }

    async fn room_version(&self, room: &str) -> Result<u32> {
        let path = ["_matrix", "client", "v3", "rooms", room, "state", "m.room.create", ""];
        let create = self.request(Method::GET, &path, &[], None).await?;
        Ok(create["room_version"].as_str().unwrap_or("1").parse()?)
    }

    async fn post(&self, room: &str, what: &str, body: &Value) -> Result<Value> {
        let path = ["_matrix", "client", "v3", "rooms", room, what];
        self.request(Method::POST, &path, &[], Some(body)).await
    }
}
