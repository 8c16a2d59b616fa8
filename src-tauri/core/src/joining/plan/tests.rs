use matrix_sdk::ruma::{RoomAliasId, ServerName};

use super::*;
use crate::{
    joining::{
        pace::Refusal,
        simulation::{START as NOW, id_of, wanted},
    },
    wire::{PlanDoing, PlannedState},
};

mod moves;
mod persistence;
mod servers;

const A: &str = "#a:near.example";
const B: &str = "#b:near.example";
const C: &str = "#c:near.example";
const SPACE: &str = "#space:near.example";
const LOBBY: &str = "#lobby:near.example";

fn plan(rooms: &[&str]) -> Plan {
    let mut plan = Plan::default();
    plan.add(rooms.iter().map(|alias| wanted(alias, Rank::Pick)));
    plan
}

fn space_of(alias: &str, space: &str) -> Wanted {
    Wanted { space: Some(address(space)), ..wanted(alias, Rank::Pick) }
}

fn address(alias: &str) -> Address {
    RoomAliasId::parse(alias).expect("an alias").into()
}

fn servers(names: &[&str]) -> Vec<OwnedServerName> {
    names.iter().map(|name| ServerName::parse(name).expect("a name")).collect()
}

/// The next step where the sync shows these rooms.
fn next_in(plan: &mut Plan, now: Time, joined: &[&str]) -> Step {
    let is = |address: &Address, alias: &&&str| match address.room_id() {
        Some(room_id) => *room_id == id_of(alias),
        None => address.to_string() == **alias,
    };
    plan.next(now, true, |address| {
        joined.iter().find(|alias| is(address, alias)).map(|alias| id_of(alias))
    })
}

fn next(plan: &mut Plan, now: Time) -> Step {
    next_in(plan, now, &[])
}

/// The room that is asked for next, which must be one.
fn post(plan: &mut Plan, now: Time) -> (u32, String) {
    match next(plan, now) {
        Step::Post(post) => (post.id, post.target.to_string()),
        step => panic!("{step:?}"),
    }
}

/// Joins all rooms one after the other, and answers in which order.
fn order(plan: &mut Plan) -> Vec<String> {
    let mut order = Vec::new();
    while let Step::Post(post) = next(plan, NOW) {
        order.push(post.target.to_string());
        plan.answer(post.id, Answer::Joined(id_of(post.target.as_str())), NOW, 0);
    }
    order
}

fn state(plan: &Plan, alias: &str) -> PlannedState {
    let rooms = plan.shown(NOW, true).rooms;
    let room = rooms.into_iter().find(|room| room.name == alias).expect("in the plan");
    room.state
}

fn id(plan: &Plan, alias: &str) -> u32 {
    let rooms = plan.shown(NOW, true).rooms;
    rooms.iter().find(|room| room.name == alias).expect("in the plan").id
}

fn restart(plan: &Plan, now: Time) -> Plan {
    Plan::load(&plan.save(), now).expect("kept by the same version")
}

#[test]
fn lobby_then_picks_then_the_rest() {
    let mut plan = Plan::default();
    plan.add([wanted(C, Rank::Rest), wanted(B, Rank::Rest)]);
    plan.add([wanted(A, Rank::Pick), wanted(LOBBY, Rank::Lobby), wanted(B, Rank::Pick)]);
    assert_eq!(order(&mut plan), [LOBBY, A, B, C]);
}

#[test]
fn added_again_a_room_is_put_together() {
    let both = Address::Both(RoomAliasId::parse(A).expect("an alias"), id_of(A));
    let by_id = |via: &[&str]| Wanted {
        address: id_of(A).into(),
        via: servers(via),
        ..wanted(A, Rank::Rest)
    };
    let mut plan = Plan::default();
    plan.add([
        Wanted { via: servers(&["a.example", "a.example"]), ..wanted(A, Rank::Rest) },
        by_id(&["b.example", "c.example", "d.example", "e.example", "f.example"]),
    ]);
    assert_eq!(plan.shown(NOW, true).total, 2, "nobody said that they are the same room");
    plan.add([Wanted { address: both, ..wanted(A, Rank::Pick) }]);
    assert_eq!(plan.shown(NOW, true).total, 1);
    let Step::Post(post) = next(&mut plan, NOW) else { panic!("nothing to ask for") };
    assert_eq!(post.target, id_of(A).as_str());
    let via = ["a.example", "b.example", "c.example", "d.example", "e.example"];
    assert_eq!(post.via, servers(&via));
}

#[test]
fn rooms_that_turn_out_to_be_the_same_are_joined_once() {
    let mut plan = plan(&[A]);
    plan.add([Wanted { address: id_of(A).into(), ..wanted(B, Rank::Rest) }]);
    let (id, _) = post(&mut plan, NOW);
    plan.answer(id, Answer::Joined(id_of(A)), NOW, 0);
    assert_eq!(plan.shown(NOW, true).total, 1);
    assert_eq!(next_in(&mut plan, NOW, &[A]), Step::Finished);
}

#[test]
fn joined_rooms_are_skipped() {
    let mut plan = plan(&[A, B]);
    let Step::Post(post) = next_in(&mut plan, NOW, &[A]) else { panic!("B is not joined") };
    assert_eq!(post.target, B);
    let room_id = id_of(A).to_string();
    assert_eq!(state(&plan, A), PlannedState::AlreadyIn { room_id });
}

#[test]
fn one_request_at_a_time_but_for_slow_ones() {
    let mut plan = plan(&[A, B, C, LOBBY, SPACE]);
    let (first, _) = post(&mut plan, NOW);
    let Step::Wait { until, why: Why::Outcome } = next(&mut plan, NOW) else { panic!("two") };
    assert_eq!(until, Some(NOW.plus(SLOW_MS)));
    let later = NOW.plus(SLOW_MS);
    assert_eq!(post(&mut plan, later).1, B);
    assert!(matches!(next(&mut plan, later), Step::Wait { why: Why::Outcome, .. }));
    assert_eq!(post(&mut plan, later.plus(SLOW_MS)).1, C);
    let later = later.plus(3 * SLOW_MS);
    assert!(matches!(next(&mut plan, later), Step::Wait { .. }), "three are enough");
    plan.answer(first, Answer::Joined(id_of(A)), later, 0);
    assert_eq!(post(&mut plan, later).1, LOBBY);
}

#[test]
fn a_join_without_an_answer_is_watched_and_not_repeated() {
    let mut plan = plan(&[A]);
    let (id, _) = post(&mut plan, NOW);
    let now = NOW.plus(REQUEST_MS);
    plan.answer(id, Answer::TimedOut, now, 0);
    let mut shown = plan.clone();
    assert_eq!(next_in(&mut shown, now.plus(1), &[A]), Step::Finished, "the sync has shown it");
    assert_eq!(
        next(&mut plan, now),
        Step::Wait { until: Some(now.plus(WATCH_MS)), why: Why::Outcome }
    );
    let late = now.plus(WATCH_MS);
    assert_eq!(next(&mut plan, late), Step::LookUp { id, address: address(A) });
    plan.looked_up(id, Found::Out, late);
    assert_eq!(next(&mut plan, late), Step::Finished);
    assert_eq!(state(&plan, A), PlannedState::Failed { problem: JoinProblem::Slow });
    assert_eq!(next_in(&mut plan, late, &[A]), Step::Finished);
    assert!(matches!(state(&plan, A), PlannedState::Joined { .. }), "it came after all");
}

#[test]
fn after_a_restart_requests_are_looked_up_before_they_are_repeated() {
    let mut before = plan(&[A, B]);
    post(&mut before, NOW);
    let mut plan = restart(&before, NOW.plus(1_000));
    let (b, target) = post(&mut plan, NOW.plus(1_000));
    assert_eq!(target, B, "others need not wait for that");
    plan.answer(b, Answer::Joined(id_of(B)), NOW.plus(2_000), 0);
    let (a, settled) = (id(&plan, A), NOW.plus(SETTLE_MS));
    assert!(matches!(next(&mut plan, NOW.plus(2_000)), Step::Wait { until: Some(until), .. }
        if until == settled));
    assert_eq!(next(&mut plan, settled), Step::LookUp { id: a, address: address(A) });
    plan.looked_up(a, Found::Unknown, settled);
    assert!(matches!(next(&mut plan, settled), Step::Wait { .. }));
    let again = settled.plus(SETTLE_MS);
    assert!(matches!(next(&mut plan, again), Step::LookUp { .. }));
    let mut out = plan.clone();
    plan.looked_up(a, Found::In(id_of(A)), again);
    assert!(matches!(next(&mut plan, again), Step::Wait { .. }), "B has yet to appear");
    out.looked_up(a, Found::Out, again);
    assert_eq!(post(&mut out, again).1, A);
}

#[test]
fn an_answer_that_was_lost_is_looked_up() {
    let mut plan = plan(&[A]);
    let (id, _) = post(&mut plan, NOW);
    plan.answer(id, Answer::Lost, NOW, 0);
    assert!(matches!(state(&plan, A), PlannedState::Unsure { .. }));
    let later = NOW.plus(SETTLE_MS);
    assert!(matches!(next(&mut plan, later), Step::LookUp { .. }));
    plan.looked_up(id, Found::Out, later);
    assert_eq!(post(&mut plan, later).1, A);
}

#[test]
fn a_room_whose_answers_are_always_lost_is_given_up() {
    let mut plan = plan(&[A]);
    let mut now = NOW;
    for _ in 0..MOST_LOSSES {
        let (id, _) = post(&mut plan, now);
        plan.answer(id, Answer::Lost, now, 0);
        now = now.plus(60_000);
        assert!(matches!(next(&mut plan, now), Step::LookUp { .. }));
        plan.looked_up(id, Found::Out, now);
    }
    assert_eq!(next(&mut plan, now), Step::Finished);
    assert!(plan.retry(id(&plan, A)));
    assert_eq!(post(&mut plan, now).1, A);
}

#[test]
fn a_request_that_was_not_sent_is_repeated_when_the_network_is_back() {
    let mut plan = plan(&[A]);
    let (id, _) = post(&mut plan, NOW);
    plan.answer(id, Answer::NotSent, NOW, 0);
    assert_eq!(plan.shown(NOW, true).doing, PlanDoing::WaitingForNetwork);
    assert!(matches!(next(&mut plan, NOW), Step::Wait { why: Why::Pace(wait), .. }
        if wait.why == Refusal::Unreachable));
    let offline = plan.next(NOW.plus(60_000), false, |_| None);
    assert_eq!(offline, Step::Wait { until: None, why: Why::Offline });
    plan.reached();
    assert_eq!(post(&mut plan, NOW).1, A);
}

#[test]
fn a_refusal_for_the_pace_stops_the_whole_plan() {
    let mut plan = plan(&[A, B]);
    let (id, _) = post(&mut plan, NOW);
    plan.answer(id, Answer::Limited(Some(400_000)), NOW, 0);
    let until = NOW.plus(400_000);
    let doing = PlanDoing::WaitingForServer { until_ms: until.0, long: true, guessed: false };
    assert_eq!(plan.shown(NOW, true).doing, doing);
    let mut plan = restart(&plan, NOW.plus(1));
    for now in [NOW.plus(1), NOW.plus(399_999)] {
        assert!(matches!(next(&mut plan, now), Step::Wait { until: Some(it), .. } if it == until));
    }
    let mut hasty = plan.clone();
    assert!(hasty.try_now(NOW.plus(1)));
    assert_eq!(post(&mut hasty, NOW.plus(1)).1, A);
    assert_eq!(post(&mut plan, until).1, A, "the one that was refused is still first");
}

#[test]
fn a_restricted_room_follows_its_space() {
    let mut plan = Plan::default();
    plan.add([space_of(A, SPACE), wanted(SPACE, Rank::Rest)]);
    assert_eq!(state(&plan, A), PlannedState::WaitingForSpace);
    assert_eq!(order(&mut plan), [SPACE, A]);
}

#[test]
fn a_restricted_room_without_its_space_fails_until_the_space_is_joined() {
    let mut plan = Plan::default();
    plan.add([space_of(A, SPACE)]);
    assert_eq!(next(&mut plan, NOW), Step::Finished);
    let problem = JoinProblem::Restricted { space: Some(SPACE.to_owned()) };
    assert_eq!(state(&plan, A), PlannedState::Failed { problem });
    let mut by_sync = plan.clone();
    assert!(matches!(next_in(&mut by_sync, NOW, &[SPACE]), Step::Post(post) if post.target == A));
    plan.add([wanted(SPACE, Rank::Pick)]);
    assert_eq!(order(&mut plan), [SPACE, A]);
}

#[test]
fn a_space_learned_of_by_a_refusal_is_waited_for_once() {
    let mut plan = plan(&[A, SPACE]);
    let (a, _) = post(&mut plan, NOW);
    plan.answer(a, Answer::Restricted(Some(address(SPACE))), NOW, 0);
    let (space, target) = post(&mut plan, NOW);
    assert_eq!(target, SPACE);
    plan.answer(space, Answer::Joined(id_of(SPACE)), NOW, 0);
    assert_eq!(post(&mut plan, NOW).1, A);
    plan.answer(a, Answer::Restricted(Some(address(SPACE))), NOW, 0);
    assert_eq!(next_in(&mut plan, NOW, &[SPACE]), Step::Finished);
    assert!(matches!(state(&plan, A), PlannedState::Failed { .. }));
}

#[test]
fn spaces_that_wait_for_each_other_are_asked_for() {
    let mut plan = Plan::default();
    plan.add([space_of(A, B), space_of(B, A)]);
    assert_eq!(order(&mut plan), [A, B]);
}

#[test]
fn cancelled_in_time_a_room_is_not_asked_for() {
    let mut plan = plan(&[A, B, C]);
    let (asked, _) = post(&mut plan, NOW);
    let b = id(&plan, B);
    plan.cancel(b);
    plan.cancel(asked);
    assert_eq!(plan.shown(NOW, true).total, 1);
    plan.add([wanted(A, Rank::Pick)]);
    assert!(matches!(next(&mut plan, NOW), Step::Wait { .. }), "A is being asked for already");
    plan.answer(asked, Answer::Limited(Some(1)), NOW, 0);
    assert_eq!(post(&mut plan, NOW.plus(1)).1, A);
    plan.cancel_all();
    assert_eq!(plan.shown(NOW, true).total, 0);
    plan.answer(asked, Answer::Lost, NOW, 0);
    assert!(matches!(next(&mut plan, NOW.plus(60_000)), Step::LookUp { .. }));
    plan.looked_up(asked, Found::Out, NOW);
    assert_eq!(next(&mut plan, NOW), Step::Finished);
}

#[test]
fn moved_rooms_change_places_behind_the_lobby() {
    let mut plan = plan(&[A, B]);
    plan.add([wanted(LOBBY, Rank::Lobby), wanted(C, Rank::Rest)]);
    let (b, c, lobby) = (id(&plan, B), id(&plan, C), id(&plan, LOBBY));
    assert!(plan.move_up(b));
    assert!(!plan.move_up(b) && !plan.move_first(b) && !plan.move_up(lobby));
    assert!(plan.move_first(c));
    plan.add([wanted(SPACE, Rank::Pick)]);
    assert_eq!(order(&mut plan), [LOBBY, C, B, A, SPACE]);
}

#[test]
fn paused_it_asks_for_nothing() {
    let mut plan = plan(&[A, B]);
    let (id, _) = post(&mut plan, NOW);
    plan.pause();
    plan.answer(id, Answer::Joined(id_of(A)), NOW, 0);
    let mut plan = restart(&plan, NOW);
    assert!(matches!(next(&mut plan, NOW), Step::Wait { why: Why::Paused, .. }));
    assert_eq!(plan.shown(NOW, true).doing, PlanDoing::Paused);
    plan.resume();
    assert_eq!(post(&mut plan, NOW).1, B);
}

#[test]
fn what_failed_stays_and_can_be_tried_again() {
    let mut plan = plan(&[A, B]);
    let (a, _) = post(&mut plan, NOW);
    plan.answer(a, Answer::Failed(JoinProblem::Unreachable), NOW, 0);
    assert_eq!(order(&mut plan), [B]);
    assert_eq!(next_in(&mut plan, NOW, &[B]), Step::Finished);
    let shown = plan.shown(NOW, true);
    assert_eq!((shown.total, shown.done, shown.failed), (2, 1, 1));
    assert_eq!(shown.doing, PlanDoing::Finished);
    plan.add([wanted(C, Rank::Pick)]);
    let shown = plan.shown(NOW, true);
    assert_eq!((shown.total, shown.done, shown.failed), (2, 0, 1), "a new batch begins");
    assert!(plan.retry(a) && !plan.retry(a));
    assert_eq!(order(&mut plan), [A, C]);
}

#[test]
fn a_room_that_was_left_can_be_joined_again() {
    let mut plan = plan(&[A, B]);
    let (a, _) = post(&mut plan, NOW);
    plan.answer(a, Answer::Joined(id_of(A)), NOW, 0);
    assert!(matches!(next_in(&mut plan, NOW, &[A]), Step::Post(post) if post.target == B));
    plan.add([wanted(A, Rank::Pick)]);
    assert_eq!(post(&mut plan, NOW.plus(SLOW_MS)).0, a);
}

#[test]
fn a_joined_room_that_does_not_appear_is_looked_up() {
    let mut plan = plan(&[A]);
    let (id, _) = post(&mut plan, NOW);
    plan.answer(id, Answer::Joined(id_of(A)), NOW, 0);
    assert_eq!(plan.shown(NOW, true).doing, PlanDoing::Appearing { name: A.to_owned() });
    let late = NOW.plus(APPEAR_MS);
    let mut out = plan.clone();
    for (plan, found) in [(&mut plan, Found::In(id_of(A))), (&mut out, Found::Out)] {
        assert!(matches!(next(plan, late), Step::LookUp { .. }));
        plan.looked_up(id, found, late);
        assert_eq!(next(plan, late), Step::Finished);
    }
    assert!(matches!(state(&plan, A), PlannedState::Joined { .. }));
    assert!(matches!(state(&out, A), PlannedState::Failed { .. }));
}

#[test]
fn what_was_kept_by_another_version_is_not_taken_up() {
    let later = br#"{"version":4,"plan":"in another form"}"#;
    assert!(matches!(Plan::load(later, NOW), Err(LoadError::Version(4))));
    let nowhere = br#"{"version":1,"plan":{"entries":[{"id":1,"wanted":{"address":{}}}]}}"#;
    for kept in [&b""[..], b"{}", b"[1]", br#"{"version":1}"#, nowhere] {
        assert!(matches!(Plan::load(kept, NOW), Err(LoadError::Malformed(_))));
    }
}
