//! The catalogue in the window.

use anyhow::Result;
use galaxy_chat_tests::window::{AppOptions, Window};

use crate::session::until;

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
