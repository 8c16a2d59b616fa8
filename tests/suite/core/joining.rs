//! Joining many rooms by the plan, whatever the server and the network do meanwhile.

mod banned;
mod late;
mod moves;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_core::wire::{
    JoinOrder, JoinProblem, PlanDoing, PlannedRoom, PlannedState, SyncState,
};
use galaxy_chat_tests::faults::{Fault, Faults};
use galaxy_chat_tests::federation::Federation;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::{Account, Homeserver, Joins, Options, Rate};
use galaxy_chat_tests::matrix::NewRoom;
use galaxy_chat_tests::space::{Kind, Space};
use reqwest::Method;
use serde_json::json;
use tokio::time::Instant;

use super::run::{Computer, Core, Shown};

/// Longer than joining everything takes at the pace of the tests.
const WAIT_TIMEOUT: Duration = Duration::from_mins(4);

/// Joins begin to be refused soon, and go on soon.
const PACE: Joins = Joins { local: RATE, remote: RATE };
const RATE: Rate = Rate { per_second: 2.0, burst: 10 };

/// Everybody's rooms on a server that is slow to let people in, and the way there.
struct Scene {
    _homeserver: Homeserver,
    space: Space,
    newcomer: Account,
    faults: Faults,
    computer: Computer,
}

impl Scene {
    async fn start(joins: Option<Joins>) -> Result<Self> {
        let options = Options { joins, ..Options::default() };
        let homeserver = Homeserver::start(options).await?;
        let newcomer = homeserver.account("newcomer").await?;
        let space = Space::fill(&homeserver, &newcomer.user_id).await?;
        let faults = Faults::start(&homeserver).await?;
        let computer = Computer::with(&space.catalogue)?;
        Ok(Self { _homeserver: homeserver, space, newcomer, faults, computer })
    }

    async fn signed_in(&self) -> Result<Core> {
        let core = self.computer.start();
        core.signed_out().await?;
        let newcomer = &self.newcomer;
        core.try_sign_in(self.faults.url().as_str(), &newcomer.user, &newcomer.password).await?;
        Ok(core)
    }

    /// The aliases of the first public rooms.
    fn some(&self, number: usize) -> Vec<String> {
        self.space.all(Kind::Public).take(number).map(|room| room.alias.clone()).collect()
    }

    async fn joined(&self) -> Result<BTreeSet<String>> {
        Ok(self.newcomer.sign_in().await?.joined_rooms().await?.into_iter().collect())
    }
}

async fn patiently(core: &Core, what: &str, so: impl Fn(&Shown) -> bool) -> Result<Shown> {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    loop {
        let shown = core.now();
        if so(&shown) {
            return Ok(shown);
        }
        ensure!(Instant::now() < deadline, "{what}: not so; {:#?}", shown.plan);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn finished(core: &Core) -> Result<Shown> {
    patiently(core, "finished", |shown| {
        shown.plan.total > 0 && shown.plan.doing == PlanDoing::Finished
    })
    .await
}

/// Rooms of the plan, by alias.
fn planned(shown: &Shown) -> BTreeMap<&str, &PlannedRoom> {
    shown.plan.rooms.iter().filter_map(|room| Some((room.alias.as_deref()?, room))).collect()
}

/// What came of a room.
fn problem<'a>(shown: &'a Shown, alias: &str) -> Option<&'a JoinProblem> {
    match &planned(shown).get(alias)?.state {
        PlannedState::Failed { problem } => Some(problem),
        _ => None,
    }
}

fn id(shown: &Shown, alias: &str) -> Result<u32> {
    Ok(planned(shown).get(alias).context("in the plan")?.id)
}

/// How often each room was asked for.
fn asked(faults: &Faults) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    for request in faults.joins() {
        *asked.entry(request.path).or_default() += 1;
    }
    asked
}

#[tokio::test]
async fn a_whole_space_is_joined_at_the_servers_pace_and_across_a_restart() -> Result<()> {
    let scene = Scene::start(Some(PACE)).await?;
    let core = scene.signed_in().await?;
    let space = &scene.space;
    let mut rest: Vec<String> = space.rooms.iter().map(|room| room.alias.clone()).collect();
    rest.push(space.dead_alias.clone());
    core.app.join_rooms(std::slice::from_ref(&space.alias), &rest).await?;
    // The Lobby comes before everything, the Space before its rooms.
    let first: Vec<_> = core.now().plan.rooms.iter().take(2).map(|room| room.key.clone()).collect();
    assert_eq!(first, [Some("lobby".to_owned()), Some("space".to_owned())]);

    let waits = |shown: &Shown| matches!(shown.plan.doing, PlanDoing::WaitingForServer { .. });
    patiently(&core, "told to wait", waits).await?;
    patiently(&core, "on its way", |shown| shown.plan.done >= 20).await?;
    core.close().await?;
    let core = scene.computer.start();
    core.signed_in().await?;
    let shown = finished(&core).await?;

    let open = space.rooms.iter().filter(|room| room.kind.is_open());
    let open = open.filter(|room| room.kind != Kind::Banned);
    // None is followed to where it says that it has moved: nobody has clicked.
    let open = open.map(|room| room.id.clone());
    let expected: BTreeSet<String> = open.chain([space.id.clone()]).collect();
    let joined = scene.joined().await?;
    let missing: Vec<_> = expected.difference(&joined).collect();
    let more: Vec<_> = joined.difference(&expected).collect();
    ensure!(missing.is_empty() && more.is_empty(), "{missing:?} {more:?} {:#?}", shown.plan);

    for (kind, expected) in [
        (Kind::Invite, JoinProblem::InviteOnly),
        (Kind::Private, JoinProblem::InviteOnly),
        (Kind::Knock, JoinProblem::Knock { asked: false }),
        (Kind::Banned, JoinProblem::Banned),
    ] {
        for room in space.all(kind) {
            assert_eq!(problem(&shown, &room.alias), Some(&expected), "{kind:?}");
        }
    }
    let dead = problem(&shown, &space.dead_alias);
    assert!(matches!(dead, Some(JoinProblem::AddressUnknown { .. })), "{dead:?}");
    Ok(())
}

#[tokio::test]
async fn each_wait_costs_one_refusal_and_each_room_one_join() -> Result<()> {
    let scene = Scene::start(None).await?;
    let core = scene.signed_in().await?;
    let rooms = scene.some(12);
    let mut number = 0;
    scene.faults.plan(move |request| {
        number += usize::from(request.is_join());
        match number {
            4 if request.is_join() => Fault::Limit(Duration::from_millis(1500)),
            8 if request.is_join() => Fault::LimitByHeader(Duration::from_secs(1)),
            _ => Fault::None,
        }
    });
    core.app.join_rooms(&[], &rooms).await?;
    finished(&core).await?;
    let joins = scene.faults.joins();
    assert_eq!(joins.len(), rooms.len() + 2);
    // The refused one is asked for again, and not before its time.
    for (refused, wait) in [(3, 1500), (7, 1000)] {
        assert_eq!(joins[refused].path, joins[refused + 1].path);
        let waited = joins[refused + 1].at - joins[refused].at;
        assert!(waited >= Duration::from_millis(wait), "{waited:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_long_wait_is_told_and_can_be_cut_short() -> Result<()> {
    let scene = Scene::start(None).await?;
    let core = scene.signed_in().await?;
    let mut first = true;
    scene.faults.plan(move |request| {
        let limit = request.is_join() && std::mem::take(&mut first);
        if limit { Fault::Limit(Duration::from_mins(10)) } else { Fault::None }
    });
    core.app.join_rooms(&[], &scene.some(3)).await?;
    let long = |shown: &Shown| {
        matches!(shown.plan.doing, PlanDoing::WaitingForServer { long: true, guessed: false, .. })
    };
    core.until("a long wait", long).await?;
    assert_eq!(scene.faults.joins().len(), 1);
    core.app.steer_joins(JoinOrder::TryNow).await?;
    assert_eq!(finished(&core).await?.plan.done, 3);
    Ok(())
}

#[tokio::test]
async fn a_plan_is_paused_reordered_and_cancelled() -> Result<()> {
    let scene = Scene::start(None).await?;
    let core = scene.signed_in().await?;
    let rooms = scene.some(6);
    core.app.steer_joins(JoinOrder::Pause).await?;
    core.app.join(&scene.space.alias, &[]).await?;
    finished(&core).await?;
    // Something new goes on by itself; so that it stands still, the first join is kept waiting.
    scene.faults.plan(
        |request| {
            if request.is_join() { Fault::Hold(WAIT_TIMEOUT) } else { Fault::None }
        },
    );
    core.app.join_rooms(&[], &rooms).await?;
    scene.faults.held(1).await?;
    core.app.steer_joins(JoinOrder::Pause).await?;
    let shown = core.now();
    assert!(shown.plan.paused);
    let (second, third, last) =
        (id(&shown, &rooms[1])?, id(&shown, &rooms[2])?, id(&shown, &rooms[5])?);
    core.app.steer_joins(JoinOrder::First { id: last }).await?;
    core.app.steer_joins(JoinOrder::Up { id: third }).await?;
    core.app.steer_joins(JoinOrder::Cancel { id: second }).await?;
    let order: Vec<_> =
        core.now().plan.rooms.iter().filter_map(|room| room.alias.clone()).collect();
    let expected = [0, 5, 2, 3, 4].map(|place| rooms[place].clone());
    assert!(order.ends_with(&expected), "{order:?}");

    // Paused, it survives a restart as it is.
    scene.faults.release();
    scene.faults.plan(|_| Fault::None);
    core.close().await?;
    let core = scene.computer.start();
    core.signed_in().await?;
    core.until("connected", |shown| shown.sync == Some(SyncState::Running)).await?;
    let before = scene.faults.joins().len();
    core.until("the first", |shown| shown.joined(&rooms[0]).is_some()).await?;
    assert!(core.now().plan.paused);
    assert_eq!(scene.faults.joins().len(), before);

    core.app.steer_joins(JoinOrder::Resume).await?;
    finished(&core).await?;
    let mut expected: BTreeSet<String> =
        scene.space.all(Kind::Public).take(6).map(|room| room.id.clone()).collect();
    expected.insert(scene.space.id.clone());
    let cancelled = &scene.space.all(Kind::Public).nth(1).context("a room")?.id;
    expected.remove(cancelled);
    assert_eq!(scene.joined().await?, expected);
    Ok(())
}

#[tokio::test]
async fn who_knocks_is_in_as_soon_as_somebody_opens() -> Result<()> {
    let scene = Scene::start(None).await?;
    let core = scene.signed_in().await?;
    let room = scene.space.one(Kind::Knock)?;
    core.app.join(&room.alias, &[]).await?;
    let shown = finished(&core).await?;
    core.app.steer_joins(JoinOrder::Knock { id: id(&shown, &room.alias)? }).await?;
    let asked = JoinProblem::Knock { asked: true };
    assert_eq!(problem(&core.now(), &room.alias), Some(&asked));
    let invite = json!({ "user_id": scene.newcomer.user_id });
    let path = ["_matrix", "client", "v3", "rooms", &room.id, "invite"];
    scene.space.maker.request(Method::POST, &path, &[], Some(&invite)).await?;
    core.until("let in", |shown| shown.joined(&room.alias).is_some()).await?;
    Ok(())
}

#[tokio::test]
async fn a_room_for_members_of_the_space_follows_it() -> Result<()> {
    let scene = Scene::start(None).await?;
    let core = scene.signed_in().await?;
    let room = scene.space.one(Kind::Restricted)?;
    core.app.join(&room.alias, &[]).await?;
    let shown = finished(&core).await?;
    let why = problem(&shown, &room.alias);
    assert!(matches!(why, Some(JoinProblem::Restricted { space: Some(_) })), "{why:?}");
    core.app.join(&scene.space.alias, &[]).await?;
    core.until("let in", |shown| shown.joined(&room.alias).is_some()).await?;

    // Leaving everything is one step, and nothing comes back.
    let all: Vec<String> = core.now().rooms.iter().map(|room| room.room_id.clone()).collect();
    core.app.leave_rooms(&all).await?;
    core.until("left", |shown| shown.rooms.is_empty() && shown.joins.is_empty()).await?;
    assert_eq!(scene.joined().await?, BTreeSet::new());
    Ok(())
}

#[tokio::test]
async fn rooms_of_another_server_are_joined_through_it() -> Result<()> {
    let federation = Federation::start().await?;
    let newcomer = federation.home.account("newcomer").await?;
    let space = Space::fill(&federation.rooms, &newcomer.user_id).await?;
    let computer = Computer::with(&space.catalogue)?;
    let core = computer.start();
    core.sign_in(&newcomer).await?;
    let kinds = [Kind::Restricted, Kind::Knock, Kind::Invite, Kind::Banned, Kind::Upgraded];
    let special = kinds.map(|kind| space.one(kind).map(|room| room.alias.clone()));
    let special = special.into_iter().collect::<Result<Vec<_>>>()?;
    let public = space.all(Kind::Public).take(5).map(|room| room.alias.clone());
    let picks: Vec<String> = [space.alias.clone()].into_iter().chain(public).collect();
    core.app.join_rooms(&picks, &special).await?;
    let shown = finished(&core).await?;
    assert_eq!(shown.plan.done, 8, "{:#?}", shown.plan);
    for (kind, expected) in [
        (Kind::Knock, JoinProblem::Knock { asked: false }),
        (Kind::Invite, JoinProblem::InviteOnly),
        (Kind::Banned, JoinProblem::Banned),
    ] {
        assert_eq!(problem(&shown, &space.one(kind)?.alias), Some(&expected), "{kind:?}");
    }
    // The server of the rooms goes away: that is said, and nothing hangs.
    let late = space.all(Kind::Public).nth(20).context("a room")?.alias.clone();
    drop(federation.rooms);
    core.app.join(&late, &[]).await?;
    let shown = finished(&core).await?;
    let why = problem(&shown, &late);
    assert!(matches!(why, Some(JoinProblem::Unreachable)), "{why:?}");
    Ok(())
}

/// Somebody who was let into the Lobby while signing in has one plan, whatever comes first.
#[tokio::test]
async fn the_lobby_of_the_sign_in_is_part_of_the_plan() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let faults = Faults::start(&galaxy.homeserver).await?;
    faults.plan({
        let mut first = true;
        move |request| {
            let limit = request.is_join() && std::mem::take(&mut first);
            if limit { Fault::Limit(Duration::from_secs(1)) } else { Fault::None }
        }
    });
    let core = Computer::new(&galaxy)?.start();
    core.signed_out().await?;
    let way = super::run::with_password(&galaxy.newcomer.user, &galaxy.newcomer.password);
    core.app.sign_in(faults.url().to_string(), way, true, false).await?;
    let lobby = galaxy.alias("lobby")?;
    core.until("in the Lobby", |shown| shown.joined(lobby).is_some()).await?;
    assert_eq!(faults.joins().len(), 2);
    Ok(())
}
