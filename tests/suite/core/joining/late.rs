//! Answers that come late, or not at all.

use super::*;

#[tokio::test]
async fn an_answer_that_is_lost_is_looked_up_and_not_asked_for_again() -> Result<()> {
    let mut scene = Scene::start(None).await?;
    let core = scene.signed_in().await?;
    let rooms = scene.some(4);
    let mut number = 0;
    scene.faults.plan(move |request| {
        number += usize::from(request.is_join());
        if request.is_join() && number == 2 { Fault::Cut } else { Fault::None }
    });
    core.app.join_rooms(&[], &rooms).await?;
    assert_eq!(finished(&core).await?.plan.done, 4);
    assert!(asked(&scene.faults).values().all(|times| *times == 1), "{:?}", asked(&scene.faults));

    // Without a network it waits, and goes on by itself.
    scene.faults.go_offline().await;
    core.until("offline", |shown| shown.sync == Some(SyncState::Offline)).await?;
    let more = scene.some(8).split_off(4);
    core.app.join_rooms(&[], &more).await?;
    core.until("waiting", |shown| shown.plan.doing == PlanDoing::WaitingForNetwork).await?;
    scene.faults.go_online().await?;
    finished(&core).await?;
    assert_eq!(scene.joined().await?.len(), 8);
    assert!(asked(&scene.faults).values().all(|times| *times == 1), "{:?}", asked(&scene.faults));
    Ok(())
}

#[tokio::test]
async fn a_join_that_takes_minutes_is_asked_for_once() -> Result<()> {
    let scene = Scene::start(None).await?;
    let core = scene.signed_in().await?;
    let rooms = scene.some(4);
    let mut first = true;
    scene.faults.plan(move |request| {
        let hold = request.is_join() && std::mem::take(&mut first);
        if hold { Fault::Hold(Duration::from_secs(90)) } else { Fault::None }
    });
    core.app.join_rooms(&[], &rooms).await?;
    // The sync tells of it long before the answer, and the others do not wait.
    assert_eq!(finished(&core).await?.plan.done, 4);
    scene.faults.release();
    assert!(asked(&scene.faults).values().all(|times| *times == 1), "{:?}", asked(&scene.faults));
    Ok(())
}

#[tokio::test]
async fn a_slow_join_holds_up_no_other() -> Result<()> {
    let scene = Scene::start(None).await?;
    let core = scene.signed_in().await?;
    // Where an address leads that is neither in the catalogue nor in the Space, only the answer tells.
    let aside = NewRoom { alias: "aside", name: "Aside", ..NewRoom::default() };
    scene.space.maker.create_room(&aside).await?;
    let slow = "#aside:test.localhost";
    let mut first = true;
    scene.faults.plan(move |request| {
        let hold = request.is_join() && std::mem::take(&mut first);
        if hold { Fault::Hold(WAIT_TIMEOUT) } else { Fault::None }
    });
    core.app.join(slow, &[]).await?;
    scene.faults.held(1).await?;
    let is_slow = |shown: &Shown| matches!(shown.plan.doing, PlanDoing::Joining { slow: true, .. });
    core.until("slow", is_slow).await?;
    for other in scene.some(2) {
        core.join(&other).await?;
    }
    assert!(core.now().joined(slow).is_none());
    scene.faults.release();
    core.until("joined in the end", |shown| shown.joined(slow).is_some()).await?;
    Ok(())
}
