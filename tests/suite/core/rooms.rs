//! The catalogue, joining and leaving.

use std::fs;

use anyhow::Result;
use galaxy_chat_core::wire::{ErrorKind, JoinProblem, JoinState, RoomKind};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::{Limits, Options};
use galaxy_chat_tests::matrix::NewRoom;
use serde_json::json;

use super::run::{Computer, Core, Shown};
use crate::stub::Relay;

async fn problem(core: &Core, alias: &str) -> Result<JoinProblem> {
    core.app.join(alias, &[]).await?;
    let failed = |state: Option<&JoinState>| match state {
        Some(JoinState::Failed { problem }) => Some(problem.clone()),
        _ => None,
    };
    let shown = core.until("refused", |shown| failed(shown.join(alias)).is_some()).await?;
    Ok(failed(shown.join(alias)).expect("it was just seen"))
}

#[tokio::test]
async fn every_room_of_the_catalogue_is_joined_and_left() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.sign_in(&galaxy.newcomer).await?;
    let keys = core.now().keys;
    assert_eq!((keys.len(), keys[0].as_str(), keys[1].as_str()), (9, "lobby", "space"));
    for key in &keys {
        let room = core.join(galaxy.alias(key)?).await?;
        assert_eq!(room, galaxy.room(key)?);
        let known = |shown: &Shown| shown.room(&room).is_some_and(|row| row.public.is_some());
        let shown = core.until("known", known).await?;
        let row = shown.room(&room).expect("it was just seen");
        assert_eq!(row.key.as_deref(), Some(key.as_str()));
        assert_eq!(row.kind, if key == "space" { RoomKind::Space } else { RoomKind::Room });
        assert_eq!((row.public, row.encrypted), (Some(true), Some(false)), "{key}");
        // Asked for again, it is the same room.
        assert_eq!(core.join(galaxy.alias(key)?).await?, room);
    }
    let newcomer = galaxy.newcomer.sign_in().await?;
    assert_eq!(newcomer.joined_rooms().await?.len(), keys.len());

    let lobby = galaxy.room("lobby")?;
    core.app.open_room(lobby).await?;
    core.app.leave_rooms(&[lobby.to_owned()]).await?;
    core.until("left", |shown| {
        shown.room(lobby).is_none() && shown.join(galaxy.alias("lobby").unwrap_or("")).is_none()
    })
    .await?;
    assert_eq!(newcomer.joined_rooms().await?.len(), keys.len() - 1);
    let gone = core.app.open_room(lobby).await.map_err(|error| error.kind);
    assert_eq!(gone, Err(ErrorKind::RoomNotJoined));
    core.join(galaxy.alias("lobby")?).await?;
    Ok(())
}

#[tokio::test]
async fn each_closed_door_has_its_kind() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let helper = galaxy.helper.sign_in().await?;
    let private =
        NewRoom { alias: "private", name: "Private", private: true, ..NewRoom::default() };
    helper.create_room(&private).await?;
    helper.ban(galaxy.room("dev")?, &galaxy.newcomer.user_id).await?;

    let core = Computer::new(&galaxy)?.start();
    core.sign_in(&galaxy.newcomer).await?;
    let unknown = JoinProblem::AddressUnknown { nearest: None };
    assert_eq!(problem(&core, "#no-such-room:test.localhost").await?, unknown);
    assert_eq!(problem(&core, "#private:test.localhost").await?, JoinProblem::InviteOnly);
    assert_eq!(problem(&core, galaxy.alias("dev")?).await?, JoinProblem::Banned);
    let unreachable = problem(&core, "#room:no-such-server.invalid").await?;
    assert_eq!(unreachable, JoinProblem::Unreachable);
    let slip = galaxy.alias("dev")?.replace("dev", "devv");
    let nearest = Some(galaxy.alias("dev")?.to_owned());
    assert_eq!(problem(&core, &slip).await?, JoinProblem::AddressUnknown { nearest });
    assert!(core.now().rooms.is_empty());
    assert_eq!(
        core.app.join("no alias", &[]).await.map_err(|error| error.kind),
        Err(ErrorKind::Internal)
    );

    // The other rooms go on, and a door that opens lets in.
    helper
        .request(
            reqwest::Method::POST,
            &["_matrix", "client", "v3", "rooms", galaxy.room("dev")?, "unban"],
            &[],
            Some(&json!({ "user_id": galaxy.newcomer.user_id })),
        )
        .await?;
    core.join(galaxy.alias("dev")?).await?;
    Ok(())
}

/// Galaxy's rooms were made elsewhere: the address people know is not always the one that the room
/// calls its main one.
#[tokio::test]
async fn a_room_is_known_by_the_address_it_was_joined_by() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let helper = galaxy.helper.sign_in().await?;
    let room = galaxy.room("dev")?;
    helper.set_state(room, "m.room.canonical_alias", "", &json!({})).await?;

    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.sign_in(&galaxy.newcomer).await?;
    let alias = galaxy.alias("dev")?;
    let joined = JoinState::Joined { room_id: core.join(alias).await? };
    // Whatever is told of this room later does not take back that it is joined.
    helper.say(room, "news").await?;
    core.until("news", |shown| shown.room(room).is_some_and(|row| row.unread > 0)).await?;
    assert_eq!(core.now().join(alias), Some(&joined));
    core.app.leave_rooms(&[room.to_owned()]).await?;
    core.until("left", |shown| shown.join(alias).is_none()).await?;
    Ok(())
}

#[tokio::test]
async fn a_join_waits_as_long_as_the_server_asks() -> Result<()> {
    let mut galaxy = Galaxy::start().await?;
    let core = Computer::new(&galaxy)?.start();
    core.sign_in(&galaxy.newcomer).await?;
    let newcomer = galaxy.newcomer.sign_in().await?;
    galaxy.homeserver.set_limits(Limits::Default).await?;
    // Synapse allows a few joins at once, and then one every ten seconds.
    let room = galaxy.room("outreach")?;
    while newcomer.join(room).await.is_ok() {
        newcomer.leave(room).await?;
    }
    let alias = galaxy.alias("lobby")?;
    core.join(alias).await?;
    let shown = core.now();
    let states: Vec<_> = shown.history.iter().filter(|join| join.alias == alias).collect();
    let waits =
        states.iter().filter(|join| matches!(join.state, JoinState::Waiting { .. })).count();
    assert_eq!(waits, 1, "{states:#?}");
    Ok(())
}

#[tokio::test]
async fn a_join_that_takes_minutes_shows_when_it_is_done() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let relay = Relay::start(galaxy.homeserver.port()).await?;
    let core = Computer::new(&galaxy)?.start();
    core.signed_out().await?;
    core.try_sign_in(&relay.url(), &galaxy.newcomer.user, &galaxy.newcomer.password).await?;
    let alias = galaxy.alias("dev")?;
    relay.hold("POST /_matrix/client/v3/join/");
    core.app.join(alias, &[]).await?;
    relay.answered().await?;
    // The homeserver did join, and the sync tells before its answer comes.
    let room = galaxy.room("dev")?;
    let joined = JoinState::Joined { room_id: room.to_owned() };
    core.until("joined", |shown| shown.join(alias) == Some(&joined)).await?;
    core.app.open_room(room).await?;
    Ok(())
}

#[tokio::test]
async fn a_catalogue_file_replaces_the_bundled_list_unless_it_is_wrong() -> Result<()> {
    let galaxy = Galaxy::start_with(Options::default()).await?;
    let mut computer = Computer::new(&galaxy)?;
    let file = computer.profile().with_file_name("rooms.toml");
    fs::write(
        &file,
        "[[room]]\nkey = \"only\"\nalias = \"#only:example.org\"\nname = \"Only\"\n\
         purpose = \"To be alone.\"\ncategory = \"start\"\n",
    )?;
    computer.catalogue = Some(file.clone());
    let core = computer.start();
    assert_eq!(
        (core.now().keys, core.start.catalogue_problem.clone()),
        (vec!["only".to_owned()], None)
    );
    core.signed_out().await?;
    core.close().await?;

    fs::write(&file, "[[room]]\nkey = ")?;
    let core = computer.start();
    let problem = core.start.catalogue_problem.clone().expect("it is malformed");
    assert!(problem.contains("line 2"), "{problem}");
    assert_eq!(core.now().keys.len(), 51, "the bundled list");
    core.sign_in(&galaxy.newcomer).await
}
