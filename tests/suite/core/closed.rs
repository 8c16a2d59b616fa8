//! Rooms in which the user cannot write, and rooms that they are not in: read-only, upgraded, removed from,
//! invited to.

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_core::wire::{Closed, ErrorKind, RoomKind, SendState, SyncState};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::matrix::{Client, NewRoom};
use reqwest::Method;
use serde_json::json;

use super::run::{Computer, Core, Shown};

/// A room of the helper's own, in which the newcomer is.
async fn room_with_newcomer(helper: &Client, core: &Core, name: &str) -> Result<String> {
    let room = helper.create_room(&NewRoom { name, ..NewRoom::default() }).await?;
    core.join(&room).await?;
    core.until("listed", |shown| shown.room(&room).is_some()).await?;
    Ok(room)
}

/// The newcomer with the app and from outside, and the helper, who makes the rooms.
struct Scene {
    galaxy: Galaxy,
    computer: Computer,
    helper: Client,
    newcomer: Client,
}

impl Scene {
    async fn start() -> Result<(Self, Core)> {
        let galaxy = Galaxy::start().await?;
        let computer = Computer::new(&galaxy)?;
        let core = computer.start();
        core.sign_in(&galaxy.newcomer).await?;
        let (helper, newcomer) = (galaxy.helper.sign_in().await?, galaxy.newcomer.sign_in().await?);
        helper.set_display_name("Helper").await?;
        Ok((Self { galaxy, computer, helper, newcomer }, core))
    }
}

fn closed<'a>(shown: &'a Shown, room: &str) -> Option<&'a Closed> {
    shown.room(room)?.closed.as_ref()
}

#[tokio::test]
async fn whoever_may_write_is_never_shut_out() -> Result<()> {
    let (scene, core) = Scene::start().await?;
    let Scene { helper, newcomer, .. } = &scene;
    let room = room_with_newcomer(helper, &core, "Announcements").await?;
    core.app.open_room(&room).await?;
    let me = newcomer.user_id();
    let closing = [
        json!({ "events_default": 50 }),
        json!({ "events": { "m.room.message": 50 } }),
        json!({ "users": { (me): -1 } }),
        json!({ "users_default": -1 }),
        json!({ "events_default": 50, "users": { (me): 49 } }),
    ];
    let open = [
        json!({}),
        json!({ "events_default": 50, "users": { (me): 50 } }),
        json!({ "events_default": 50, "events": { "m.room.message": 0 } }),
        json!({ "events_default": 50, "users_default": 50 }),
        json!({ "events": { "m.room.topic": 50, "m.room.encrypted": 50 } }),
        json!({ "events_default": -5, "users_default": -5 }),
    ];
    let cases = closing.iter().map(|levels| (levels, true));
    let cases = cases.chain(open.iter().map(|levels| (levels, false)));
    // Each from the other state: what does not change would be seen at once.
    let (shut, free) = (json!({ "events_default": 99 }), json!({}));
    for (levels, is_closed) in cases {
        let before = if is_closed { &free } else { &shut };
        for (levels, is_closed) in [(before, !is_closed), (levels, is_closed)] {
            helper.set_levels(&room, levels).await?;
            let what = format!("{levels}, closed: {is_closed}");
            let want = is_closed.then_some(Closed::ReadOnly);
            core.until(&what, |shown| closed(shown, &room) == want.as_ref()).await?;
            // The control: the homeserver is of the same mind.
            let said = newcomer.say(&room, "May I?").await;
            ensure!(said.is_err() == is_closed, "{what}: {said:?}");
        }
    }
    // An upgrade that was taken back.
    helper.set_levels(&room, &free).await?;
    let path = ["_matrix", "client", "v3", "rooms", &room, "state", "m.room.tombstone", ""];
    let leads = json!({ "body": "moved", "replacement_room": "!elsewhere:test.localhost" });
    let tombstone = helper.request(Method::PUT, &path, &[], Some(&leads)).await?;
    core.until("moved", |shown| closed(shown, &room).is_some()).await?;
    helper.remove(&room, tombstone["event_id"].as_str().context("an event")?).await?;
    helper.say(&room, "after the tombstone").await?;
    core.until("heard", |shown| shown.said("after the tombstone").is_some()).await?;
    core.until("open", |shown| shown.room(&room).is_some_and(|it| it.closed.is_none())).await?;
    newcomer.say(&room, "I may").await?;
    Ok(())
}

#[tokio::test]
async fn a_message_that_is_refused_says_why() -> Result<()> {
    let (scene, core) = Scene::start().await?;
    let Scene { computer, helper, .. } = &scene;
    let room = room_with_newcomer(helper, &core, "Announcements").await?;
    core.app.open_room(&room).await?;
    helper.set_levels(&room, &json!({ "events_default": 50 })).await?;
    core.app.send_message(&room, "May I?", false).await?;
    let refused = |shown: &Shown| match &shown.said("May I?")?.send_state {
        Some(SendState::Failed { error }) => Some(error.clone()),
        _ => None,
    };
    let shown = core.until("refused", |shown| refused(shown).is_some()).await?;
    let error = refused(&shown).context("it was refused")?;
    assert_eq!(error.kind, ErrorKind::Forbidden);
    let words = error.words.context("the server's words")?;
    ensure!(words.contains("permission") || words.contains("power"), "{words}");
    // They are there after a restart as well.
    core.close().await?;
    let core = computer.start();
    core.signed_in().await?;
    core.until("listed", |shown| shown.room(&room).is_some()).await?;
    core.app.open_room(&room).await?;
    let kept =
        |shown: &Shown| refused(shown).is_some_and(|error| error.words.as_ref() == Some(&words));
    core.until("refused still", kept).await?;
    Ok(())
}

#[tokio::test]
async fn an_upgraded_room_leads_on_and_is_kept() -> Result<()> {
    let (scene, core) = Scene::start().await?;
    let Scene { computer, helper, newcomer, .. } = &scene;
    let open = room_with_newcomer(helper, &core, "Upgraded while open").await?;
    let away = room_with_newcomer(helper, &core, "Upgraded meanwhile").await?;
    core.app.open_room(&open).await?;
    let successor = helper.upgrade(&open).await?;
    let leads = |by: &str, shown: &Shown, room: &str| matches!(closed(shown, room), Some(Closed::Replaced { by: it, .. }) if it == by);
    core.until("replaced", |shown| leads(&successor, shown, &open)).await?;
    ensure!(!newcomer.joined_rooms().await?.contains(&successor), "joined without a click");
    assert_eq!(core.app.follow_successor(&open).await?, successor);
    core.until("there", |shown| shown.room(&successor).is_some()).await?;
    // No room is left by that, and the old one can be read.
    let joined = newcomer.joined_rooms().await?;
    ensure!(joined.contains(&open) && joined.contains(&successor), "{joined:?}");
    ensure!(core.now().room(&open).is_some(), "the old one is listed");
    assert_eq!(core.app.follow_successor(&open).await?, successor, "again, when one is there");

    core.close().await?;
    let later = helper.upgrade(&away).await?;
    let core = computer.start();
    core.signed_in().await?;
    core.until("replaced meanwhile", |shown| leads(&later, shown, &away)).await?;
    assert_eq!(core.app.follow_successor(&away).await?, later);
    core.until("there, too", |shown| shown.room(&later).is_some()).await?;
    // One that leads nowhere.
    let error = core.app.follow_successor(&later).await.err().context("there is none")?;
    assert_eq!(error.kind, ErrorKind::RoomNotJoined);
    Ok(())
}

#[tokio::test]
async fn who_was_removed_is_told_by_whom_and_why_until_they_dismiss_it() -> Result<()> {
    let (scene, core) = Scene::start().await?;
    let Scene { computer, helper, newcomer, .. } = &scene;
    let me = newcomer.user_id();
    let kicked = room_with_newcomer(helper, &core, "Kicked while here").await?;
    let banned = room_with_newcomer(helper, &core, "Banned while away").await?;
    let left = room_with_newcomer(helper, &core, "Left").await?;
    helper.kick(&kicked, me, "Off\u{202e} topic").await?;
    let by_helper =
        |shown: &Shown, room: &str, why: &str, is_banned: bool| match closed(shown, room) {
            Some(Closed::Removed { by, reason, banned }) => {
                by.as_deref() == Some("Helper")
                    && reason.as_deref() == Some(why)
                    && *banned == is_banned
            }
            _ => false,
        };
    core.until("kicked", |shown| by_helper(shown, &kicked, "Off topic", false)).await?;
    // Whoever leaves by themselves needs no word of it.
    core.app.leave_rooms(std::slice::from_ref(&left)).await?;
    core.until("left", |shown| shown.room(&left).is_none()).await?;

    core.close().await?;
    helper.ban_for(&banned, me, "Spam").await?;
    let core = computer.start();
    core.signed_in().await?;
    core.until("banned", |shown| by_helper(shown, &banned, "Spam", true)).await?;
    core.until("still kicked", |shown| by_helper(shown, &kicked, "Off topic", false)).await?;
    ensure!(core.now().room(&left).is_none(), "one that was left is back");
    for room in [&kicked, &banned] {
        core.app.forget_room(room).await?;
        core.until("dismissed", |shown| shown.room(room).is_none()).await?;
    }
    core.close().await?;
    let core = computer.start();
    core.signed_in().await?;
    core.until("heard", |shown| shown.sync == Some(SyncState::Running)).await?;
    // Behind it everything has come that there is to them.
    room_with_newcomer(helper, &core, "Afterwards").await?;
    ensure!(core.now().room(&banned).is_none(), "a dismissed one is back");
    // Whoever comes back is in it again.
    core.join(&kicked).await?;
    let back = |shown: &Shown| shown.room(&kicked).is_some_and(|room| room.closed.is_none());
    core.until("back", back).await?;
    Ok(())
}

#[tokio::test]
async fn invitations_are_shown_and_answered() -> Result<()> {
    let (scene, core) = Scene::start().await?;
    let Scene { helper, newcomer, .. } = &scene;
    let mut rooms = Vec::new();
    for (name, space) in [("Reading group", false), ("Course", true), ("Taken back", false)] {
        let room = NewRoom { name, private: true, space, ..NewRoom::default() };
        rooms.push(helper.create_room(&room).await?);
    }
    for room in &rooms {
        helper.invite(room, newcomer.user_id()).await?;
    }
    let shown = core.until("invited", |shown| shown.invitations.len() == 3).await?;
    let of = |room: &str| shown.invitations.iter().find(|it| it.room_id == room).cloned();
    let group = of(&rooms[0]).context("the group")?;
    let inviter = group.inviter.context("who invites")?;
    assert_eq!((&*group.name, &*inviter.name), ("Reading group", "Helper"));
    assert_eq!(inviter.user_id, helper.user_id());
    assert_eq!(of(&rooms[1]).context("the course")?.kind, RoomKind::Space);
    ensure!(shown.room(&rooms[0]).is_none(), "nobody is in it yet");

    core.app.decline_invitation(&rooms[1]).await?;
    helper.kick(&rooms[2], newcomer.user_id(), "").await?;
    core.until("one is left", |shown| shown.invitations.len() == 1).await?;
    // Behind it everything has come that there is to it.
    let room = room_with_newcomer(helper, &core, "Afterwards").await?;
    helper.kick(&room, newcomer.user_id(), "").await?;
    core.until("removed", |shown| closed(shown, &room).is_some()).await?;
    ensure!(core.now().room(&rooms[2]).is_none(), "nobody was removed from it");
    let error = core.app.decline_invitation(&rooms[1]).await.err().context("it is over")?;
    assert_eq!(error.kind, ErrorKind::RoomNotJoined);
    core.join(&rooms[0]).await?;
    core.until("none is left", |shown| shown.invitations.is_empty()).await?;
    core.until("in it", |shown| shown.room(&rooms[0]).is_some()).await?;
    let joined = newcomer.joined_rooms().await?;
    ensure!(joined.contains(&rooms[0]) && !joined.contains(&rooms[1]), "{joined:?}");
    Ok(())
}

/// Leaving by the SDK leaves along with a room what it says to have taken over from.
#[tokio::test]
async fn declining_leaves_no_other_room() -> Result<()> {
    let (scene, core) = Scene::start().await?;
    let Scene { helper, newcomer, .. } = &scene;
    let lobby = core.join(scene.galaxy.alias("lobby")?).await?;
    let predecessor = json!({ "room_id": lobby, "event_id": "$none" });
    let body = json!({
        "preset": "private_chat",
        "name": "Trap",
        "creation_content": { "predecessor": predecessor },
    });
    let path = ["_matrix", "client", "v3", "createRoom"];
    let trap = helper.request(Method::POST, &path, &[], Some(&body)).await?;
    let trap = trap["room_id"].as_str().context("a room")?;
    helper.invite(trap, newcomer.user_id()).await?;
    core.until("invited", |shown| shown.invitations.len() == 1).await?;
    core.app.decline_invitation(trap).await?;
    core.until("declined", |shown| shown.invitations.is_empty()).await?;
    ensure!(newcomer.joined_rooms().await?.contains(&lobby), "the Lobby was left");
    Ok(())
}
