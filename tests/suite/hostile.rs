//! What strangers send is shown, and does nothing else.

mod damage;
mod events;
mod folded;
mod limits;
mod markup;
pub mod mutation;
mod names;
mod web_process;

use std::time::Duration;

use anyhow::Result;
use galaxy_chat_tests::matrix::Client;
use galaxy_chat_tests::window::Window;
use serde_json::json;

use crate::session::until;
use crate::stage::Stage;

/// How long a message may take to appear: the machine may be busy with other tests.
const WAIT_TIMEOUT: Duration = Duration::from_mins(3);

/// The newcomer in a room, beside the Lobby.
async fn in_room(name: &str) -> Result<Stage> {
    let mut stage = Stage::open().await?;
    stage.window.options().patience = WAIT_TIMEOUT;
    stage.sign_in().await?;
    enter(&stage.window, name).await?;
    Ok(stage)
}

/// Joins a room and opens it.
async fn enter(window: &Window, name: &str) -> Result<()> {
    window.click("All rooms").await?;
    window.click(&format!("Join {name}")).await?;
    window.click(&format!("Open {name}")).await?;
    // Said below the box in which messages are written.
    window.see("Enter sends, Shift+Enter makes a new line.").await?;
    window.see("Newcomer joined").await
}

/// Whatever came into the room that is open: the Lobby is open a click later, and takes a message.
async fn elsewhere_all_is_well(window: &Window, helper: &Client, lobby: &str) -> Result<()> {
    helper.say(lobby, "elsewhere all is well").await?;
    // The list puts the room where it belongs now, perhaps between the pointer's way to it and the click.
    until("the room is open", async || {
        window.click("Galaxy Lobby").await?;
        window.reads("elsewhere all is well").await
    })
    .await?;
    window.fill("Message to Galaxy Lobby", "good to hear").await?;
    window.press("Enter").await?;
    window.see("good to hear").await?;
    window.unsee("Sending…").await
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
