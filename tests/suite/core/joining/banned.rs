//! What the sync tells of rooms that the user has never been in.

use std::sync::{Arc, Mutex, PoisonError};

use super::*;

/// More looks at the plan than the SDK needs to take an answer in.
const LOOKS: usize = 50;

/// The SDK makes a room that it hears of for the first time as a joined one, and then reads that the user
/// is banned from it.
#[tokio::test]
async fn a_ban_that_the_sync_tells_of_is_no_join() -> Result<()> {
    let scene = Scene::start(None).await?;
    let core = scene.signed_in().await?;
    scene.faults.plan(|request| {
        if request.is_join() { Fault::Limit(Duration::from_mins(10)) } else { Fault::None }
    });
    let rooms: Vec<_> = scene.space.all(Kind::Public).take(12).collect();
    let ids: Vec<String> = rooms.iter().map(|room| room.id.clone()).collect();
    core.app.join_rooms(&[], &ids).await?;
    let waits = |shown: &Shown| matches!(shown.plan.doing, PlanDoing::WaitingForServer { .. });
    core.until("told to wait", waits).await?;

    // The plan is looked at again and again while the sync tells of one ban after the other.
    let told = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = told.clone();
    scene.faults.rewrite(move |request, body| {
        if request.path.contains("sync") {
            let text = String::from_utf8_lossy(body);
            let found = ids.iter().filter(|id| text.contains(id.as_str())).cloned();
            seen.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
        }
    });
    let ban = async {
        for room in &rooms {
            scene.space.maker.ban(&room.id, &scene.newcomer.user_id).await?;
        }
        anyhow::Ok(())
    };
    let look = async {
        let mut left = LOOKS;
        while left > 0 {
            core.app.steer_joins(JoinOrder::Resume).await?;
            let all = told.lock().unwrap_or_else(PoisonError::into_inner).len() == rooms.len();
            left -= usize::from(all);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        anyhow::Ok(())
    };
    let (banned, looked) =
        tokio::time::timeout(WAIT_TIMEOUT, async { tokio::join!(ban, look) }).await?;
    banned?;
    looked?;
    scene.faults.plan(|_| Fault::None);
    core.app.steer_joins(JoinOrder::TryNow).await?;
    let shown = finished(&core).await?;
    let banned = PlannedState::Failed { problem: JoinProblem::Banned };
    assert!(shown.plan.rooms.iter().all(|room| room.state == banned), "{:#?}", shown.plan);
    Ok(())
}
