//! What is known of a joined room: who may come in, who may read, where else it is read, how busy it is.

use anyhow::Result;
use galaxy_chat_core::wire::{JoinRule, LastMessage, RoomRow};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::matrix::NewRoom;
use serde_json::{Value, json};

use super::run::{Computer, Core, Shown};

fn slack() -> Value {
    json!({ "bridgebot": "@bot:test.localhost", "protocol": { "id": "slack", "displayname": "Slack" } })
}

/// Waits until it is known how a room is bridged.
async fn bridged(core: &Core, room: &str, networks: &[&str]) -> Result<RoomRow> {
    let so = |shown: &Shown| {
        let known = shown.room(room).and_then(|row| row.bridged.as_ref());
        known.is_some_and(|known| known == networks)
    };
    let shown = core.until(&format!("bridged to {networks:?}"), so).await?;
    Ok(shown.room(room).expect("it was just seen").clone())
}

#[tokio::test]
async fn every_room_tells_who_sees_it() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let helper = galaxy.helper.sign_in().await?;
    let newcomer = galaxy.newcomer.sign_in().await?;
    let (lobby, dev) = (galaxy.room("lobby")?, galaxy.room("dev")?);
    let all = json!({ "history_visibility": "world_readable" });
    helper.set_state(dev, "m.room.history_visibility", "", &all).await?;
    helper.set_state(dev, "m.bridge", "slack", &slack()).await?;
    // The same network by its old name, another one, and one that was taken away again.
    helper.set_state(dev, "uk.half-shot.bridge", "slack", &slack()).await?;
    let irc = json!({ "protocol": { "id": "irc", "displayname": "IRC" } });
    helper.set_state(dev, "uk.half-shot.bridge", "irc", &irc).await?;
    helper.set_state(dev, "m.bridge", "gone", &json!({})).await?;
    let private = NewRoom { name: "Private", private: true, ..NewRoom::default() };
    let private = helper.create_room(&private).await?;
    let algorithm = json!({ "algorithm": "m.megolm.v1.aes-sha2" });
    helper.set_state(&private, "m.room.encryption", "", &algorithm).await?;
    helper.invite(&private, &galaxy.newcomer.user_id).await?;
    for room in [lobby, dev, &private] {
        newcomer.join(room).await?;
    }

    let core = Computer::new(&galaxy)?.start();
    core.sign_in(&galaxy.newcomer).await?;
    let row = bridged(&core, dev, &["IRC", "Slack"]).await?;
    assert_eq!((row.join_rule, row.world_readable), (Some(JoinRule::Public), true));
    assert_eq!(row.server.as_deref(), Some("test.localhost"));
    let row = bridged(&core, lobby, &[]).await?;
    assert_eq!((row.join_rule, row.world_readable), (Some(JoinRule::Public), false));
    assert_eq!(row.encrypted, Some(false));
    let row = bridged(&core, &private, &[]).await?;
    assert_eq!((row.join_rule, row.encrypted), (Some(JoinRule::Invite), Some(true)));
    // Nobody has said anything there.
    assert!(matches!(row.last_message, Some(LastMessage::Before { .. })), "{row:?}");

    // A bridge that comes later shows when the room is opened.
    helper.set_state(lobby, "m.bridge", "slack", &slack()).await?;
    core.app.open_room(lobby).await?;
    bridged(&core, lobby, &["Slack"]).await?;
    helper.set_state(lobby, "m.bridge", "slack", &json!({})).await?;
    core.app.open_room(lobby).await?;
    bridged(&core, lobby, &[]).await.map(drop)
}

#[tokio::test]
async fn a_room_knows_when_somebody_last_wrote() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let helper = galaxy.helper.sign_in().await?;
    let newcomer = galaxy.newcomer.sign_in().await?;
    let lobby = galaxy.room("lobby")?;
    helper.say(lobby, "before").await?;
    // What the sync brings of the room is that the newcomer came in.
    newcomer.join(lobby).await?;
    let core = Computer::new(&galaxy)?.start();
    core.sign_in(&galaxy.newcomer).await?;
    let time = |shown: &Shown| match shown.room(lobby)?.last_message? {
        LastMessage::At { time_ms } => Some(time_ms),
        LastMessage::Before { .. } => None,
    };
    let shown = core.until("a message", |shown| time(shown).is_some()).await?;
    let first = time(&shown).expect("it was just seen");
    let told = newcomer.messages(lobby, 5).await?;
    let said = told.iter().find(|event| event["content"]["body"] == "before");
    assert_eq!(said.and_then(|event| event["origin_server_ts"].as_u64()), Some(first));

    // From then on the sync tells.
    helper.say(lobby, "after").await?;
    core.until("a later message", |shown| time(shown).is_some_and(|time| time > first)).await?;
    Ok(())
}
