//! What a server says to those who want into rooms.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use galaxy_chat_core::wire::{JoinOrder, JoinState, PlanDoing, PlannedState};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::matrix::NewRoom;
use tokio::time::{Instant, sleep};

use super::answers::Answer;
use super::panics::Panics;
use super::{Draw, MAX_RESPONSE, Place, SignedIn, is_usable, is_wanted};
use crate::attacks::between::Deed;
use crate::core::run::{Core, Shown};

const JOIN: Place = Place { method: "POST", path: "/client/v3/join/", optional: false };
const LOOK_UP: Place = Place { method: "GET", path: "/directory/room/", optional: false };
const JOINED: Place = Place { method: "GET", path: "/joined_rooms", optional: false };

/// As long as it takes until the app looks up what came of a request that was lost after ten seconds or more,
/// which is five minutes after the request, and the look-ups, ten seconds after each other.
const JOIN_TIMEOUT: Duration = Duration::from_mins(8);

async fn until(core: &Core, what: &str, so: impl Fn(&Shown) -> bool) -> Result<Shown> {
    let deadline = Instant::now() + JOIN_TIMEOUT;
    loop {
        let shown = core.now();
        if so(&shown) {
            return Ok(shown);
        }
        ensure!(Instant::now() < deadline, "{what}: not so; {:#?}", shown.plan);
        sleep(Duration::from_millis(50)).await;
    }
}

/// So many are asked for beside each other, each by an app of its own: what is lost is looked up after ten
/// seconds, and other rooms wait for it.
const AT_ONCE: usize = 8;

impl SignedIn {
    /// The answers to the first request for the room, and the `look_up`s to those by which it is found out
    /// what came of a join.
    fn twist(&self, answer: &Answer, look_ups: &[Answer]) {
        let left = Mutex::new((Some(answer.clone()), look_ups.to_vec()));
        self.between.plan(move |request| {
            let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
            let answer = if JOIN.is(request) {
                left.0.take()
            } else if LOOK_UP.is(request) || JOINED.is(request) {
                left.1.pop()
            } else {
                None
            };
            answer.map_or(Deed::Pass, |answer| answer.deed())
        });
    }

    async fn join_case(&self, alias: &str, answer: &Answer, look_ups: &[Answer]) -> Result<()> {
        let core = &self.core;
        self.twist(answer, look_ups);
        core.app.join(alias, &[]).await?;
        is_usable(core, true).await?;
        let finished = |shown: &Shown| shown.plan.doing == PlanDoing::Finished;
        let waits = |shown: &Shown| {
            matches!(shown.plan.doing, PlanDoing::WaitingForServer { long: true, .. })
        };
        let settled = |shown: &Shown| shown.join(alias).is_some_and(is_settled);
        let so = |shown: &Shown| waits(shown) || (finished(shown) && settled(shown));
        let shown = until(core, "said what came of it", so).await?;
        if waits(&shown) {
            core.app.steer_joins(JoinOrder::TryNow).await?;
        }
        self.between.be_honest();
        let failed = shown
            .plan
            .rooms
            .iter()
            .filter(|room| matches!(room.state, PlannedState::Failed { .. }));
        for room in failed {
            core.app.steer_joins(JoinOrder::Retry { id: room.id }).await?;
        }
        until(core, "joined", |shown| shown.joined(alias).is_some()).await?;
        Ok(())
    }
}

fn is_settled(state: &JoinState) -> bool {
    matches!(state, JoinState::Joined { .. } | JoinState::Failed { .. })
}

#[tokio::test]
async fn whatever_is_said_to_a_join_it_comes_to_an_end() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let helper = galaxy.helper.sign_in().await?;
    let panics = Panics::watch();
    let mut draw = Draw::new(16, 5)?;
    let joins = draw.cases(&[JOIN], MAX_RESPONSE);
    let look_ups: Vec<_> = draw.cases(&[JOINED], MAX_RESPONSE);
    let look_ups: Vec<_> = look_ups.into_iter().map(|(_, answer)| answer).collect();
    let (galaxy, helper, joins, draw) = (&galaxy, &helper, &joins, &draw);
    let (panics, look_ups) = (&panics, &look_ups);
    try_join_all((0..AT_ONCE).map(async |at| {
        let signed_in = SignedIn::start(galaxy).await?;
        for (number, (place, answer)) in joins
            .iter()
            .enumerate()
            .filter(|(number, _)| is_wanted(*number))
            .skip(at)
            .step_by(AT_ONCE)
        {
            let alias = format!("room-{number}");
            helper.create_room(&NewRoom { alias: &alias, ..NewRoom::default() }).await?;
            let alias = format!("#{alias}:{}", galaxy.homeserver.name());
            let look_ups = &look_ups[number..=number];
            let name =
                || format!("{}, and a look-up {look_ups:?}", draw.name(number, *place, answer));
            signed_in.join_case(&alias, answer, look_ups).await.with_context(name)?;
            panics.check().with_context(name)?;
        }
        anyhow::Ok(())
    }))
    .await?;
    Ok(())
}
