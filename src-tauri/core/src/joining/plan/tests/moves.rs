//! Rooms that name a successor.

use super::*;

/// Joins a room, whose id is of that alias, and answers its number.
fn join(plan: &mut Plan, alias: &str) -> u32 {
    let (id, _) = post(plan, NOW);
    plan.answer(id, Answer::Joined(id_of(alias)), NOW, 0);
    assert!(!matches!(next_in(plan, NOW, &[alias]), Step::Post(_)));
    id
}

fn replaced(by: &str) -> PlannedState {
    PlannedState::Failed { problem: JoinProblem::Replaced { by: id_of(by).to_string() } }
}

#[test]
fn a_room_that_has_moved_is_followed_by_a_click_only() {
    let mut plan = plan(&[A]);
    let a = join(&mut plan, A);
    plan.offer(a, &id_of(B));
    assert_eq!(state(&plan, A), replaced(B));
    let shown = plan.shown(NOW, true);
    assert_eq!((shown.done, shown.failed), (1, 0), "the user is in the old room");
    let mut plan = restart(&plan, NOW);
    for rooms in [&[A][..], &[A, B], &[]] {
        assert_eq!(next_in(&mut plan, NOW, rooms), Step::Finished, "nothing is asked for");
    }
    assert!(!plan.retry(a));
    plan.add([wanted(C, Rank::Pick)]);
    assert_eq!(post(&mut plan, NOW).1, C, "the plan goes on with the others");
    assert_eq!(state(&plan, A), replaced(B), "and the question stays");

    // The control: the click is what makes the request.
    assert!(plan.follow(a) && !plan.follow(a));
    let Step::Post(post) = next_in(&mut plan, NOW.plus(SLOW_MS), &[A]) else { panic!("no join") };
    assert_eq!((post.id, post.target.as_str()), (a, id_of(B).as_str()), "not the alias of the old");
}

#[test]
fn a_successor_that_denies_it_is_told_and_the_room_keeps_its_place() {
    let mut plan = plan(&[A]);
    let a = join(&mut plan, A);
    plan.offer(a, &id_of(B));
    assert!(plan.follow(a));
    assert_eq!(join(&mut plan, B), a);
    let unchecked: Vec<_> = plan.unchecked().map(|(_, id, old)| (id.to_owned(), old)).collect();
    assert_eq!(unchecked, [(id_of(B), Some(&*id_of(A)))]);
    plan.deny(a);
    assert_eq!(state(&plan, A), PlannedState::Failed { problem: JoinProblem::Moved });
    assert_eq!(next_in(&mut plan, NOW, &[A, B]), Step::Finished);
    assert!(!plan.follow(a));
    let room_id = plan.shown(NOW, true).rooms[0].room_id.clone();
    assert_eq!(
        room_id,
        Some(id_of(A).to_string()),
        "where the alias leads is not the other's word"
    );
}

#[test]
fn cycles_forks_and_long_chains_of_moves_end() {
    // A room that names itself, or one that was come from, offers nothing.
    let mut plan = plan(&[A]);
    let a = join(&mut plan, A);
    let mut alone = plan.clone();
    alone.offer(a, &id_of(A));
    assert!(matches!(state(&alone, A), PlannedState::Joined { .. }));
    plan.offer(a, &id_of(B));
    plan.follow(a);
    join(&mut plan, B);
    plan.offer(a, &id_of(A));
    assert!(matches!(state(&plan, A), PlannedState::Joined { .. }), "a cycle");

    let mut fork = super::plan(&[A, B]);
    let a = join_first(&mut fork);
    fork.add([Wanted { address: id_of(C).into(), ..wanted(C, Rank::Pick) }]);
    fork.offer(a, &id_of(C));
    assert!(matches!(state(&fork, A), PlannedState::Joined { .. }), "it is in the plan for itself");

    let mut chain = super::plan(&[A]);
    let a = join(&mut chain, A);
    let mut clicks = 0;
    loop {
        let next = format!("#room{clicks}:near.example");
        chain.offer(a, &id_of(&next));
        if !chain.follow(a) {
            break;
        }
        clicks += 1;
        join(&mut chain, &next);
    }
    assert_eq!(clicks, MOST_MOVES);
}

/// Joins the first of several rooms, A.
fn join_first(plan: &mut Plan) -> u32 {
    let (id, _) = post(plan, NOW);
    plan.answer(id, Answer::Joined(id_of(A)), NOW, 0);
    let _ = next_in(plan, NOW, &[A]);
    id
}

#[test]
fn what_the_first_version_was_about_to_follow_becomes_a_question() {
    let mut plan = plan(&[A]);
    let a = join(&mut plan, A);
    plan.offer(a, &id_of(B));
    plan.follow(a);
    let kept = String::from_utf8(plan.save()).expect("json");
    let first = kept.replacen(r#""version":3"#, r#""version":1"#, 1);
    let mut migrated = Plan::load(first.as_bytes(), NOW).expect("an older plan");
    assert_eq!(state(&migrated, A), replaced(B));
    assert_eq!(next_in(&mut migrated, NOW, &[A]), Step::Finished);
    // The control: what this version has kept was clicked.
    let mut clicked = restart(&plan, NOW);
    assert!(matches!(next_in(&mut clicked, NOW, &[A]), Step::Post(_)));
}
