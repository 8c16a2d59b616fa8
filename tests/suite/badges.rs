//! The badges that say who sees a room, and how each explains itself.

use anyhow::{Result, ensure};
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::window::{AppOptions, Window};
use serde_json::json;

use crate::people::{SIZE, clean, focus};
use crate::stage::{Stage, fill_in};

/// What the Developers' card says; their name alone stands beside the page as well.
const CARD: &str = "For people who work on Galaxy's own code";
const PUBLIC: &str = "Anyone on Matrix. No invitation is needed.";

#[tokio::test]
async fn badges_are_read_and_explained_in_the_light() -> Result<()> {
    badges_are_read_and_explained(AppOptions { size: SIZE, ..AppOptions::default() }).await
}

#[tokio::test]
async fn badges_are_read_and_explained_in_the_dark() -> Result<()> {
    badges_are_read_and_explained(AppOptions { dark: true, ..AppOptions::default() }).await
}

async fn badges_are_read_and_explained(options: AppOptions) -> Result<()> {
    let stage = Stage::open_with(State::Unlocked, options).await?;
    let (helper, dev) = (stage.galaxy.helper.sign_in().await?, stage.galaxy.room("dev")?);
    let all = json!({ "history_visibility": "world_readable" });
    helper.set_state(dev, "m.room.history_visibility", "", &all).await?;
    let slack = json!({ "protocol": { "id": "slack", "displayname": "Slack" } });
    helper.set_state(dev, "m.bridge", "slack", &slack).await?;
    let window = &stage.window;
    window.click("All rooms").await?;
    window.see("as the list says").await?;
    window.click_in(CARD, "test.localhost").await?;
    window.see("The app’s own list says so.").await?;
    clean(window, "badges from the list").await?;
    window.screenshot("badges-list").await?;

    window.click("Sign in").await?;
    fill_in(window, &stage.galaxy.newcomer).await?;
    window.see("If you have just come in: hello!").await?;
    window.click("All rooms").await?;
    window.see("as Galaxy’s Space says").await?;
    window.click_in(CARD, "Public").await?;
    window.see(PUBLIC).await?;
    window.see("Galaxy’s Space says so.").await?;
    clean(window, "badges from the Space").await?;
    window.screenshot("badges-space").await?;
    ensure!(!window.reads("connected with").await?, "the Space does not say so");
    the_keyboard_leads_through_them(window).await?;

    // What the room says itself takes the place of what is said of it.
    window.click("Join Developers").await?;
    window.click_in(CARD, "Bridged").await?;
    window.see("The room is connected with Slack.").await?;
    ensure!(!window.reads("says so.").await?, "the room says so itself");
    clean(window, "badges from the room").await?;
    window.screenshot("badges-room").await?;
    window.click_in(CARD, "Open").await?;
    window.click("Anyone can read").await?;
    window.see("Everyone, also without joining").await?;
    clean(window, "badges of the open room").await?;
    window.screenshot("badges-open-room").await?;
    window.press("Escape").await?;
    window.unsee("Everyone, also without joining").await?;
    window.click("Busy").await?;
    window.see("somebody has written in the last two days").await?;
    window.click("Who sees this").await?;
    window.unsee("as Galaxy’s Space says").await?;
    window.see("How busy it is").await?;
    window.screenshot("badges-who-sees").await.map(drop)
}

/// The row is one stop of the Tab key; the arrow keys lead through it.
async fn the_keyboard_leads_through_them(window: &Window) -> Result<()> {
    window.press("Escape").await?;
    window.unsee(PUBLIC).await?;
    ensure!(focus(window).await? == "Public", "the explanation gives the keyboard back");
    window.press("Right").await?;
    ensure!(focus(window).await? == "Anyone can read");
    window.press("End").await?;
    ensure!(focus(window).await? == "test.localhost");
    window.press("Enter").await?;
    window.see("The address is kept by test.localhost.").await?;
    window.press("Tab").await?;
    window.unsee("The address is kept by test.localhost.").await?;
    window.press("Shift+Tab").await?;
    ensure!(focus(window).await? == "test.localhost", "the row remembers its place");
    Ok(())
}

/// When a room is busy and when it is quiet, and what is not known of it.
#[tokio::test]
async fn a_badge_says_no_more_than_is_known() -> Result<()> {
    let args = ["--server", "http://127.0.0.1:9"].map(str::to_owned).to_vec();
    let window = Window::open(AppOptions { args, ..AppOptions::default() }).await?;
    window.see("Quick start").await?;
    let script = "const [facts, hours, done] = arguments;
        import('/badges.js').then(({ factsOf, known }) => {
          const unknown = { joinRule: null, worldReadable: null, encrypted: null, bridged: null, server: null };
          const now = 1e12;
          const lastMessage = facts.said ? { known: facts.said, timeMs: now - hours * 3600e3 } : null;
          const told = factsOf(known(null, { ...unknown, lastMessage, ...facts }), now);
          done(told.flatMap(({ badge }) => (badge ? [badge.label] : [])));
        }, (error) => done(String(error)))";
    for (facts, hours, badges) in [
        (json!({}), 0, json!([])),
        (json!({ "said": "at" }), 47, json!(["Busy"])),
        (json!({ "said": "at" }), 49, json!([])),
        (json!({ "said": "at" }), 30 * 24 + 1, json!(["Quiet"])),
        // Somebody came in lately, which says nothing of messages.
        (json!({ "said": "before" }), 1, json!([])),
        (json!({ "said": "before" }), 30 * 24 + 1, json!(["Quiet"])),
        (json!({ "joinRule": "unknown", "worldReadable": false, "bridged": [] }), 0, json!([])),
        (
            json!({ "joinRule": "invite", "encrypted": true }),
            0,
            json!(["Invitation only", "Encrypted"]),
        ),
        (json!({ "joinRule": "restricted" }), 0, json!(["Join the Space first"])),
        (json!({ "joinRule": "knock" }), 0, json!(["Ask to join"])),
        (json!({ "joinRule": "knockRestricted" }), 0, json!(["Ask, or join the Space"])),
        (
            json!({ "joinRule": "public", "worldReadable": true, "encrypted": false, "bridged": ["IRC"] }),
            0,
            json!(["Public", "Anyone can read", "Not encrypted", "Bridged"]),
        ),
    ] {
        let told = window.run_js_async(script, vec![facts.clone(), hours.into()]).await?;
        assert_eq!(told, badges, "{facts}, {hours} h");
    }
    Ok(())
}
