//! Rooms that say that they have moved, against a real server.

use super::*;

/// Nobody is led anywhere by a room that says that it has moved, and out of no room.
#[tokio::test]
async fn a_room_that_has_moved_is_followed_by_a_click_and_none_is_left() -> Result<()> {
    let scene = Scene::start(None).await?;
    let core = scene.signed_in().await?;
    let forged = scene.space.one(Kind::Forged)?;
    let upgraded = scene.space.one(Kind::Upgraded)?;
    let lobby = &scene.space.rooms[0].id;
    let offered = |shown: &Shown, alias: &str, to: &str| {
        let by = to.to_owned();
        problem(shown, alias) == Some(&JoinProblem::Replaced { by })
    };
    core.app.join_rooms(&[forged.alias.clone(), upgraded.alias.clone()], &[]).await?;
    let both = |shown: &Shown| {
        offered(shown, &forged.alias, lobby)
            && offered(shown, &upgraded.alias, &scene.space.successor)
    };
    let shown = patiently(&core, "asked", both).await?;
    let mut expected = BTreeSet::from([forged.id.clone(), upgraded.id.clone()]);
    assert_eq!(scene.joined().await?, expected);

    // The stranger is joined by the click, and said to deny it; the true one takes the alias over.
    for alias in [&forged.alias, &upgraded.alias] {
        core.app.steer_joins(JoinOrder::Follow { id: id(&shown, alias)? }).await?;
    }
    let denied = |shown: &Shown| problem(shown, &forged.alias) == Some(&JoinProblem::Moved);
    patiently(&core, "found out", denied).await?;
    let followed = |shown: &Shown| shown.joined(&upgraded.alias) == Some(&scene.space.successor);
    patiently(&core, "followed", followed).await?;
    expected.extend([lobby.clone(), scene.space.successor.clone()]);
    assert_eq!(scene.joined().await?, expected, "in all of them");
    Ok(())
}

/// Somebody who is in many rooms already, which a new session does not know yet.
#[tokio::test]
async fn a_move_takes_nobody_out_of_a_room_they_were_in() -> Result<()> {
    let scene = Scene::start(None).await?;
    let newcomer = scene.newcomer.sign_in().await?;
    for room in scene.space.all(Kind::Public).take(30) {
        newcomer.join(&room.alias).await?;
    }
    let private = NewRoom { alias: "mine", name: "Mine", ..NewRoom::default() };
    let private = newcomer.create_room(&private).await?;
    let rule = json!({ "join_rule": "invite" });
    newcomer.set_state(&private, "m.room.join_rules", "", &rule).await?;
    let before = scene.joined().await?;
    let trap = NewRoom { alias: "trap", name: "Trap", ..NewRoom::default() };
    let trap_id = scene.space.maker.create_room(&trap).await?;
    let tombstone = json!({ "body": "moved", "replacement_room": private });
    scene.space.maker.set_state(&trap_id, "m.room.tombstone", "", &tombstone).await?;

    // Held back, the sync says of no room that the user is in it.
    scene.faults.plan(|request| {
        if request.path.contains("sync") { Fault::Hold(WAIT_TIMEOUT) } else { Fault::None }
    });
    let core = scene.signed_in().await?;
    let trap = "#trap:test.localhost";
    core.app.join(trap, &[]).await?;
    scene.faults.held(1).await?;
    scene.faults.plan(|_| Fault::None);
    scene.faults.release();
    let asked = |shown: &Shown| {
        problem(shown, trap) == Some(&JoinProblem::Replaced { by: private.clone() })
            || shown.joined(trap).is_some()
    };
    let shown = patiently(&core, "joined, or asked", asked).await?;
    let follow = JoinOrder::Follow { id: id(&shown, trap)? };
    core.app.steer_joins(follow).await?;
    finished(&core).await?;
    let mut expected = before;
    expected.insert(trap_id);
    assert_eq!(scene.joined().await?, expected);
    Ok(())
}
