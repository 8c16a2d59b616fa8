//! What strangers send is shown, and does nothing else.

mod damage;
mod markup;
mod names;

use anyhow::Result;
use galaxy_chat_tests::matrix::Client;
use galaxy_chat_tests::window::Window;
use serde_json::json;

use crate::stage::Stage;

/// The newcomer in a room, beside the Lobby.
async fn in_room(name: &str) -> Result<Stage> {
    let stage = Stage::open().await?;
    stage.sign_in().await?;
    let window = &stage.window;
    window.click("All rooms").await?;
    window.click(&format!("Join {name}")).await?;
    window.click(&format!("Open {name}")).await?;
    // Said below the box in which messages are written.
    window.see("Enter sends, Shift+Enter makes a new line.").await?;
    window.see("Newcomer joined").await?;
    Ok(stage)
}

/// Gives somebody a name in one room, at once.
async fn call(somebody: &Client, room: &str, name: &str) -> Result<()> {
    let content = json!({ "membership": "join", "displayname": name });
    somebody.set_state(room, "m.room.member", somebody.user_id(), &content).await
}

/// What stands in the page that the app would not have drawn.
async fn foreign(window: &Window) -> Result<Vec<String>> {
    let found = window.run_js(include_str!("hostile/foreign.js"), vec![]).await?;
    Ok(serde_json::from_value(found)?)
}
