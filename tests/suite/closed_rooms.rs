//! Rooms in which nothing can be written, and invitations, as the window shows them.

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::matrix::{Client, NewRoom};
use galaxy_chat_tests::window::{AppOptions, Window};
use serde_json::json;

use crate::session::until;
use crate::stage::Stage;

/// Stands under the composer, and nowhere else.
const COMPOSER_HINT: &str = "Shift+Enter makes a new line";

const SMALL: (u16, u16) = (800, 600);
const LARGE: (u16, u16) = (1280, 800);

async fn is_open(window: &Window, name: &str) -> Result<()> {
    let script = "return document.querySelector('.room-head h1')?.textContent ?? ''";
    until(&format!("{name} is open"), async || Ok(window.run_js(script, vec![]).await? == name))
        .await
}

/// Somebody new, and who makes the rooms and shuts them.
struct Scene {
    stage: Stage,
    maker: Client,
    newcomer: String,
    /// Of the pictures.
    view: String,
}

impl Scene {
    async fn open(dark: bool, size: (u16, u16)) -> Result<Self> {
        let options = AppOptions { dark, size, ..AppOptions::default() };
        let stage = Stage::open_with(State::Unlocked, options).await?;
        stage.sign_in().await?;
        let maker = stage.galaxy.helper.sign_in().await?;
        maker.set_display_name("Helper").await?;
        let newcomer =
            format!("@{}:{}", stage.galaxy.newcomer.user, stage.galaxy.homeserver.name());
        let view = format!("closed-{}-{}", size.0, if dark { "dark" } else { "light" });
        Ok(Self { stage, maker, newcomer, view })
    }

    /// A picture for whoever looks at the pages, where it is asked for.
    async fn picture(&self, name: &str) -> Result<()> {
        if std::env::var_os("GALAXY_CHAT_PICTURES").is_some() {
            self.stage.window.screenshot(&format!("{}-{name}", self.view)).await?;
        }
        Ok(())
    }

    /// A room of the maker's to which the newcomer is invited, and which they have accepted to come to.
    async fn come_in(&self, name: &str) -> Result<String> {
        let window = &self.stage.window;
        let room = self.maker.create_room(&NewRoom { name, ..NewRoom::default() }).await?;
        self.maker.invite(&room, &self.newcomer).await?;
        window.click_in("Invitations", name).await?;
        window.see(&format!("An invitation to {name}")).await?;
        window.see("Nothing is joined unless you accept.").await?;
        window.click("Accept").await?;
        is_open(window, name).await?;
        Ok(room)
    }

    async fn declines(&self) -> Result<()> {
        let window = &self.stage.window;
        let name = "Reading group";
        let room = NewRoom { name, private: true, topic: "Papers", ..NewRoom::default() };
        let room = self.maker.create_room(&room).await?;
        self.maker.invite(&room, &self.newcomer).await?;
        window.click_in("Invitations", name).await?;
        window.see(self.maker.user_id()).await?;
        self.picture("invitation").await?;
        window.click("Decline").await?;
        window.see("There is no invitation here any more.").await
    }

    async fn may_not_write_for_a_while(&self, room: &str) -> Result<()> {
        let (window, maker) = (&self.stage.window, &self.maker);
        let (composer, typed) = ("Message to Announcements", "half a thought");
        window.fill(composer, typed).await?;
        maker.set_levels(room, &json!({ "events_default": 50 })).await?;
        window.see("You may not write in this room").await?;
        window.see("What you have written is kept:").await?;
        ensure!(!window.reads(COMPOSER_HINT).await?, "the composer is gone");
        self.picture("read-only").await?;
        // Another room has its own text, and this one is there when somebody comes back.
        window.click_in("Your rooms", "Galaxy Lobby").await?;
        is_open(window, "Galaxy Lobby").await?;
        window.see(COMPOSER_HINT).await?;
        ensure!(window.text_of("Message to Galaxy Lobby").await?.is_empty(), "{typed} went along");
        window.click_in("Your rooms", "Announcements").await?;
        window.see("What you have written is kept:").await?;
        maker.set_levels(room, &json!({})).await?;
        window.see(COMPOSER_HINT).await?;
        ensure!(window.text_of(composer).await? == typed, "what was typed is lost");
        window.fill(composer, typed).await?;
        window.press("Enter").await?;
        until("said", async || {
            let said = maker.messages(room, 1).await?;
            Ok(said.first().is_some_and(|event| event["content"]["body"] == typed))
        })
        .await
    }

    async fn moves_with_the_room(&self, room: &str) -> Result<()> {
        let window = &self.stage.window;
        self.maker.upgrade(room).await?;
        window.see("This room has moved to another one.").await?;
        self.picture("moved").await?;
        window.click("Go to the new room").await?;
        window.unsee("This room has moved to another one.").await?;
        is_open(window, "Announcements").await?;
        // The old one steps back, and can be read.
        let rooms = "return [...document.querySelectorAll('.nav-rooms .nav-room')].map((room) =>
            room.textContent.trim())";
        let rooms = window.run_js(rooms, vec![]).await?;
        let last = rooms.as_array().and_then(|rooms| rooms.last()).and_then(|room| room.as_str());
        let stepped_back =
            last.is_some_and(|last| last.contains("Announcements") && last.contains("moved"));
        ensure!(stepped_back, "{rooms}");
        Ok(())
    }

    async fn is_removed(&self) -> Result<()> {
        let window = &self.stage.window;
        let room = self.come_in("Club").await?;
        let why = "Closed for the summer";
        self.maker.kick(&room, &self.newcomer, why).await?;
        window.see("has removed you from this room.").await?;
        window.see(why).await?;
        self.picture("removed").await?;
        window.click("Take off the list").await?;
        window.see("You are not in this room any more.").await?;
        let listed = "return document.querySelector('.nav-rooms').textContent.includes('Club')";
        let listed = window.run_js(listed, vec![]).await?.as_bool().context("a list")?;
        ensure!(!listed, "it is off the list");
        Ok(())
    }
}

async fn rooms_as_they_are(dark: bool, size: (u16, u16)) -> Result<()> {
    let scene = Scene::open(dark, size).await?;
    scene.declines().await?;
    let room = scene.come_in("Announcements").await?;
    scene.may_not_write_for_a_while(&room).await?;
    scene.moves_with_the_room(&room).await?;
    scene.is_removed().await
}

#[tokio::test]
async fn rooms_are_shown_as_they_are_in_a_small_window() -> Result<()> {
    rooms_as_they_are(true, SMALL).await
}

#[tokio::test]
async fn rooms_are_shown_as_they_are_in_a_large_window() -> Result<()> {
    rooms_as_they_are(false, LARGE).await
}
