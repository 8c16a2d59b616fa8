//! The catalogue in the window.

use anyhow::Result;
use galaxy_chat_tests::matrix::NewRoom;
use galaxy_chat_tests::window::{AppOptions, Window};
use serde_json::json;

use crate::session::until;
use crate::stage::Stage;

/// The app has no server to ask and nobody is signed in.
#[tokio::test]
async fn a_room_is_found_by_what_it_is_about() -> Result<()> {
    let args = ["--server", "http://127.0.0.1:9"].map(str::to_owned).to_vec();
    let window = Window::open(AppOptions { args, ..AppOptions::default() }).await?;
    window.click("All rooms").await?;
    window.see("By subject").await?;
    for (query, room) in [
        ("16S", "Microbiology"),
        ("mass spec", "Mass spectrometry"),
        ("dokcer", "Galaxy in Docker"),
        ("singel cell", "Single-cell and spatial omics"),
    ] {
        window.fill("Find a room, or paste its address", query).await?;
        until(query, async || Ok(window.text_of("Rooms that fit").await?.starts_with(room)))
            .await?;
        assert!(!window.reads("By subject").await?, "only what fits is shown");
    }
    window.screenshot("rooms-found").await?;

    window.fill("Find a room, or paste its address", "qwertzuiop").await?;
    window.see("No room fits.").await?;
    window.see("somebody there knows where to go").await?;
    window.screenshot("rooms-none").await?;
    window.click("Show all rooms").await?;
    window.see("By subject").await?;
    assert_eq!(window.text_of("Find a room, or paste its address").await?, "");

    window.fill("Find a room, or paste its address", "qwertzuiop").await?;
    window.click("Open Galaxy Lobby").await?;
    window.see("“Galaxy Lobby” opens").await
}

#[tokio::test]
async fn the_list_shows_what_the_space_adds() -> Result<()> {
    let stage = Stage::open().await?;
    let helper = stage.galaxy.helper.sign_in().await?;
    let space = stage.galaxy.room("space")?;
    let new = NewRoom { name: "Zebrafish", topic: "Fish in the lab", ..NewRoom::default() };
    let new = helper.create_room(&new).await?;
    helper.add_child(space, &new, &["test.localhost"]).await?;
    let tools = stage.galaxy.room("tools")?;
    helper.set_state(tools, "m.room.name", "", &json!({ "name": "galaxyproject/tools" })).await?;
    stage.sign_in().await?;
    let window = &stage.window;
    window.click("All rooms").await?;
    window.see("By subject").await?;
    window.see("More rooms of Galaxy").await?;
    window.see("Fish in the lab").await?;
    window.see("Calls itself “galaxyproject/tools”").await?;
    window.fill("Find a room, or paste its address", "zebrafish").await?;
    until("zebrafish", async || {
        Ok(window.text_of("Rooms that fit").await?.starts_with("Zebrafish"))
    })
    .await?;
    window.see("1 person").await?;
    window.screenshot("rooms-more").await?;

    // A room that the Space takes out again is marked.
    helper.set_state(space, "m.space.child", &new, &json!({})).await?;
    window.fill("Find a room, or paste its address", "").await?;
    window.click("Join Galaxy Space").await?;
    window.see("No longer listed in Galaxy’s Space.").await?;
    window.screenshot("rooms-gone").await.map(drop)
}
