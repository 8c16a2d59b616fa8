//! Two homeservers that talk to each other.

use anyhow::{Context as _, Result};
use galaxy_chat_tests::federation::Federation;
use galaxy_chat_tests::homeserver::Homeserver;
use galaxy_chat_tests::matrix::{Client, NewRoom, Refused};
use serde_json::Value;

#[tokio::test]
async fn a_room_of_one_server_is_joined_and_read_from_the_other() -> Result<()> {
    let federation = Federation::start().await?;
    let (helper, room) = lobby(&federation.rooms).await?;
    let newcomer = federation.home.account("newcomer").await?.sign_in().await?;
    assert_ne!(federation.rooms.name(), federation.home.name());

    let joined = newcomer.join(&format!("#lobby:{}", federation.rooms.name())).await?;
    assert_eq!(joined, room);
    helper.say(&room, "Hello from the other server").await?;
    wait_for(&newcomer, &room, "Hello from the other server").await?;
    newcomer.say(&room, "Hello back").await?;
    wait_for(&helper, &room, "Hello back").await
}

#[tokio::test]
async fn a_room_is_joined_by_its_id_through_a_server_that_knows_it() -> Result<()> {
    let federation = Federation::start().await?;
    let (_, room) = lobby(&federation.rooms).await?;
    let newcomer = federation.home.account("newcomer").await?.sign_in().await?;
    let unknown = format!("!nothing:{}", federation.rooms.name());
    newcomer.join_via(&unknown, &[&federation.rooms.name()]).await.expect_err("no such room");
    assert_eq!(newcomer.join_via(&room, &[&federation.rooms.name()]).await?, room);
    Ok(())
}

#[tokio::test]
async fn a_server_that_was_away_is_asked_again_at_once() -> Result<()> {
    let mut federation = Federation::start().await?;
    let (_, room) = lobby(&federation.rooms).await?;
    let newcomer = federation.home.account("newcomer").await?.sign_in().await?;
    let alias = format!("#lobby:{}", federation.rooms.name());
    federation.rooms.stop()?;
    newcomer.join(&alias).await.expect_err("its server is away");
    federation.rooms.restart().await?;
    assert_eq!(newcomer.join(&alias).await?, room);
    Ok(())
}

#[tokio::test]
async fn a_server_that_cannot_prove_its_name_is_not_talked_to() -> Result<()> {
    let federation = Federation::start_distrusted().await?;
    let (helper, _) = lobby(&federation.rooms).await?;
    let alias = format!("#lobby:{}", federation.rooms.name());
    let newcomer = federation.home.account("newcomer").await?.sign_in().await?;
    let error = newcomer.join(&alias).await.expect_err("an impostor's room");
    let refused = error.downcast_ref::<Refused>().context("the homeserver itself answers")?;
    assert!(refused.status.is_server_error(), "{refused}");
    assert!(
        federation.home.log().contains("certificate verify failed"),
        "{}",
        federation.home.log()
    );
    // On the server itself there is nothing wrong with the room.
    helper.join(&alias).await.map(drop)
}

/// A room with an address, and the one who made it.
async fn lobby(homeserver: &Homeserver) -> Result<(Client, String)> {
    let helper = homeserver.account("helper").await?.sign_in().await?;
    let room = helper.create_room(&NewRoom { alias: "lobby", ..NewRoom::default() }).await?;
    Ok((helper, room))
}

/// Waits until a message has come over.
async fn wait_for(reader: &Client, room: &str, text: &str) -> Result<()> {
    let mut since = None;
    loop {
        let said = |event: &Value| event["content"]["body"] == text;
        if reader.messages(room, 10).await?.iter().any(said) {
            return Ok(());
        }
        let news = reader.sync(since.as_deref(), std::time::Duration::from_secs(30)).await?;
        let next = news["next_batch"].as_str().map(str::to_owned);
        anyhow::ensure!(next != since, "{text:?} does not come");
        since = next;
    }
}
