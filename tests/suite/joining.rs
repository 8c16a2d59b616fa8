//! Joining and leaving many rooms in the window, against a server that has its own pace.

mod held_up;
mod people;

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use galaxy_chat_tests::galaxy::{FEW, Galaxy};
use galaxy_chat_tests::homeserver::Limits;
use galaxy_chat_tests::matrix::{Client, NewRoom};
use galaxy_chat_tests::window::{AppOptions, Window};
use reqwest::Method;
use serde_json::json;

use self::held_up::HeldUp;
use crate::session::until;
use crate::stage::{Stage, fill_in};

const BOX: &str = "Find a room, or paste its address";
const LOBBY_SAYS: &str = "If you have just come in: hello!";
/// The rooms that are chosen, in this order, where the server lets in no more.
const FOUR: [&str; 4] = ["Developers", "Outreach", "Tool authors", "Admins"];

/// Waits until the server says that somebody is in these rooms of the catalogue, and in no other.
async fn is_in(galaxy: &Galaxy, client: &Client, keys: &[&str]) -> Result<()> {
    let rooms = keys.iter().map(|key| galaxy.room(key));
    let rooms = rooms.collect::<Result<BTreeSet<_>>>()?;
    let so = async || {
        let joined = client.joined_rooms().await?;
        Ok(joined.iter().map(String::as_str).collect::<BTreeSet<_>>() == rooms)
    };
    until(&format!("in {keys:?}"), so).await
}

#[tokio::test]
async fn a_choice_is_kept_through_the_sign_in() -> Result<()> {
    let stage = Stage::open().await?;
    let window = &stage.window;
    window.click("All rooms").await?;
    window.click("Choose several rooms").await?;
    window.see("One room chosen").await?;
    window.click("Proteomics").await?;
    window.click("Tool authors").await?;
    window.click("Developers").await?;
    window.click("Developers").await?;
    window.see("3 rooms chosen").await?;
    window.screenshot("joining-choice").await?;
    window.click("Join 3 rooms").await?;
    window.see("When you are signed in, the 3 rooms you chose are joined.").await?;
    ensure!(!window.reads("Join the Lobby when").await?, "the Lobby is chosen already");
    // Going elsewhere in between loses nothing.
    window.click("All rooms").await?;
    window.click("Sign in").await?;
    window.see("the 3 rooms you chose").await?;
    fill_in(window, &stage.galaxy.newcomer).await?;
    window.see(LOBBY_SAYS).await?;
    let newcomer = stage.galaxy.newcomer.sign_in().await?;
    is_in(&stage.galaxy, &newcomer, &["lobby", "proteomics", "tools"]).await?;
    window.see("Tool authors").await?;

    // What is joined is no longer to be chosen; the Space brings the others.
    window.click("All rooms").await?;
    window.see("3 rooms joined").await?;
    window.click("Choose several rooms").await?;
    window.see("No room chosen").await?;
    window.see("All 6 rooms that you are not in yet").await?;
    window.click("Join all 6 rooms").await?;
    is_in(&stage.galaxy, &newcomer, &FEW).await?;
    window.see("6 rooms joined").await?;
    window.screenshot("joining-finished").await?;
    window.click("Done").await?;
    window.unsee("rooms joined").await
}

#[tokio::test]
async fn the_pace_of_the_server_is_shown_and_kept() -> Result<()> {
    let mut stage = Stage::open().await?;
    stage.sign_in().await?;
    let newcomer = stage.galaxy.newcomer.sign_in().await?;
    stage.galaxy.homeserver.set_limits(Limits::Default).await?;
    let window = &stage.window;
    window.see("Connected").await?;
    window.click("All rooms").await?;
    window.click("Choose several rooms").await?;
    window.click("Developers").await?;
    window.click("Admins").await?;
    // Synapse allows a few joins at once, and then one every ten seconds.
    let space = stage.galaxy.room("space")?;
    while newcomer.join(space).await.is_ok() {
        newcomer.leave(space).await?;
    }
    window.click("Join 2 rooms").await?;
    window.see("The server asks to wait. It goes on by itself in").await?;
    window.see("2 rooms joined").await?;
    is_in(&stage.galaxy, &newcomer, &["lobby", "dev", "admins"]).await
}

#[tokio::test]
async fn a_plan_that_waits_says_so_and_is_steered() -> Result<()> {
    let scene = HeldUp::open(AppOptions::default(), FOUR).await?;
    let (window, galaxy) = (&scene.window, &scene.galaxy);
    let newcomer = galaxy.newcomer.sign_in().await?;
    window.see("Joining rooms: 0 of 4").await?;
    window.see("The server asks to wait. It goes on by itself in").await?;
    window.see("That is at").await?;
    window.screenshot("joining-waits").await?;
    window.click("4 rooms to come").await?;
    assert_eq!(scene.to_come().await?, FOUR);
    window.click("Join Admins first").await?;
    window.click("Move Tool authors up").await?;
    window.click_in("4 rooms to come", "Cancel joining Outreach").await?;
    window.see("3 rooms to come").await?;
    assert_eq!(scene.to_come().await?, ["Admins", "Developers", "Tool authors"]);
    window.screenshot("joining-order").await?;

    // Meanwhile people talk.
    window.click("Galaxy Lobby").await?;
    window.see(LOBBY_SAYS).await?;
    window.click("Joining rooms: 0 of 3").await?;
    window.click("Pause").await?;
    window.see("Paused. No further room is joined until you go on.").await?;
    scene.let_in(1);
    window.click("Go on").await?;
    window.click("Try now").await?;
    window.see("Joining rooms: 1 of 3").await?;
    window.see("The server asks to wait.").await?;
    is_in(galaxy, &newcomer, &["lobby", "admins"]).await?;
    window.click("Stop…").await?;
    window.see("The one room that is joined stays joined; the 2 others are not joined.").await?;
    window.click("Yes, stop").await?;
    window.see("Stopped. The room that was joined stays joined.").await?;
    window.unsee("Joining rooms:").await?;
    window.click("Done").await?;
    window.unsee("Stopped.").await?;
    is_in(galaxy, &newcomer, &["lobby", "admins"]).await
}

/// Pastes the address of a room and asks to join it.
async fn ask_for(window: &Window, address: &str) -> Result<()> {
    window.click("All rooms").await?;
    window.fill(BOX, address).await?;
    window.click(&format!("Join {address}")).await
}

#[tokio::test]
async fn each_closed_door_names_the_next_step() -> Result<()> {
    let stage = Stage::open().await?;
    stage.sign_in().await?;
    let window = &stage.window;
    let (helper, newcomer) =
        (stage.galaxy.helper.sign_in().await?, stage.galaxy.newcomer.sign_in().await?);
    let me = &stage.galaxy.newcomer.user_id;
    let private =
        NewRoom { alias: "private", name: "Private", private: true, ..NewRoom::default() };
    helper.create_room(&private).await?;
    helper.ban(stage.galaxy.room("dev")?, me).await?;
    let knock = helper.create_room(&NewRoom { alias: "knock", name: "Knock", ..private }).await?;
    helper.set_state(&knock, "m.room.join_rules", "", &json!({ "join_rule": "knock" })).await?;

    ask_for(window, "#private:test.localhost").await?;
    window.see("This room lets people in by invitation only.").await?;
    window.see(&format!("that your address is {me}")).await?;
    window.screenshot("joining-invite-only").await?;
    window.click("Go to Galaxy Lobby").await?;
    window.see(LOBBY_SAYS).await?;

    ask_for(window, "#knock:test.localhost").await?;
    window.click("Ask to be let in").await?;
    window.see("You have asked to be let in.").await?;
    helper.invite(&knock, me).await?;
    let in_knock = async || Ok(newcomer.joined_rooms().await?.contains(&knock));
    until("let in", in_knock).await?;
    // The card grows with that, above the button.
    window.see("Joined").await?;
    window.see("Not encrypted").await?;

    window.click("Show all rooms").await?;
    // What the live Space tells makes the cards longer: nothing is to move under the pointer.
    window.see("as Galaxy’s Space says").await?;
    window.click("Join Developers").await?;
    window.see("You are banned from this room.").await?;
    window.click("Write an e-mail").await?;
    let link = window.wait_for_link(1).await?;
    assert_eq!(link, "mailto:code-of-conduct@lists.galaxyproject.org");

    // A door that opens lets in by the same card.
    let unban = ["_matrix", "client", "v3", "rooms", stage.galaxy.room("dev")?, "unban"];
    helper.request(Method::POST, &unban, &[], Some(&json!({ "user_id": me }))).await?;
    window.click("Try again").await?;
    window.click("Open Developers").await?;
    assert_eq!(window.text_of("Message to Developers").await?, "");
    Ok(())
}

#[tokio::test]
async fn an_address_with_a_slip_and_a_room_of_a_space_lead_on() -> Result<()> {
    let stage = Stage::open().await?;
    stage.sign_in().await?;
    let window = &stage.window;
    let helper = stage.galaxy.helper.sign_in().await?;
    let newcomer = stage.galaxy.newcomer.sign_in().await?;
    let slip = stage.galaxy.alias("dev")?.replace("dev", "devv");
    ask_for(window, &slip).await?;
    window.see(&format!("There is no room with the address {slip}.")).await?;
    window.click("Join Developers").await?;
    is_in(&stage.galaxy, &newcomer, &["lobby", "dev"]).await?;

    let space = stage.galaxy.room("space")?;
    let inner = NewRoom { alias: "inner", name: "Inner", ..NewRoom::default() };
    let inner = helper.create_room(&inner).await?;
    let rule = json!({
        "join_rule": "restricted",
        "allow": [{ "type": "m.room_membership", "room_id": space }],
    });
    helper.set_state(&inner, "m.room.join_rules", "", &rule).await?;
    // Of a room that nobody can look into, a server does not say which Space leads there.
    let open = json!({ "history_visibility": "world_readable" });
    helper.set_state(&inner, "m.room.history_visibility", "", &open).await?;
    ask_for(window, "#inner:test.localhost").await?;
    window.click("Join the Space first").await?;
    let in_both = async || {
        let joined = newcomer.joined_rooms().await?;
        Ok(joined.contains(&inner) && joined.iter().any(|room| room == space))
    };
    until("in the Space and the room", in_both).await
}

#[tokio::test]
async fn many_rooms_are_left_and_joined_again() -> Result<()> {
    let stage = Stage::open().await?;
    stage.sign_in().await?;
    let newcomer = stage.galaxy.newcomer.sign_in().await?;
    for key in ["proteomics", "tools", "dev"] {
        newcomer.join(stage.galaxy.room(key)?).await?;
    }
    let window = &stage.window;
    window.see("Tool authors").await?;
    window.click("All rooms").await?;
    window.click("Leave several…").await?;
    window.click("Choose all 4").await?;
    window.click_in("By subject", "Proteomics").await?;
    window.click("Leave 3 rooms…").await?;
    window.see("You keep your account and can join public rooms again").await?;
    window.screenshot("leaving-asks").await?;
    window.click("Stay").await?;
    is_in(&stage.galaxy, &newcomer, &["lobby", "proteomics", "tools", "dev"]).await?;
    window.click("Leave 3 rooms…").await?;
    window.click("Yes, leave 3 rooms").await?;
    window.see("You left 3 rooms.").await?;
    is_in(&stage.galaxy, &newcomer, &["proteomics"]).await?;
    window.screenshot("leaving-left").await?;
    window.click("Undo: join them again").await?;
    is_in(&stage.galaxy, &newcomer, &["lobby", "proteomics", "tools", "dev"]).await
}
