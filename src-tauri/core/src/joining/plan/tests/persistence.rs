//! A plan that cannot be kept, and what may have been kept.

use super::*;

#[test]
fn nothing_is_asked_for_while_the_plan_cannot_be_kept() {
    let mut plan = plan(&[A, B]);
    let (a, _) = post(&mut plan, NOW);
    plan.cannot_keep(a);
    assert_eq!(state(&plan, A), PlannedState::Failed { problem: JoinProblem::NotKept });
    assert!(!matches!(next(&mut plan, NOW), Step::Post(_)), "the others wait");
    assert!(restart(&plan, NOW).shown(NOW, true).paused);

    assert!(plan.retry(a));
    plan.resume();
    assert_eq!(order(&mut plan).len(), 2, "and both go on once it can be kept");
}

/// The plan as it was kept, with something else in place of each of these.
fn altered(plan: &Plan, changes: &[(&str, &str)]) -> Plan {
    let mut kept = String::from_utf8(plan.save()).expect("a text");
    for (before, after) in changes {
        assert!(kept.contains(before), "{before} is not in {kept}");
        kept = kept.replace(before, after);
    }
    Plan::load(kept.as_bytes(), NOW).expect("a plan")
}

#[test]
fn numbers_of_rooms_neither_run_out_nor_are_given_twice() {
    for last in [0, 1, u32::MAX] {
        let changes =
            [("\"last_id\":2", format!("\"last_id\":{last}")), ("\"id\":2", "\"id\":1".to_owned())];
        let changes = changes.each_ref().map(|(before, after)| (*before, after.as_str()));
        let mut plan = altered(&plan(&[A, B]), &changes);
        plan.add([wanted(C, Rank::Pick)]);
        let mut numbers = [A, B, C].map(|room| id(&plan, room));
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 3], "after {last}");
        let second = id(&plan, B);
        plan.cancel(second);
        assert_eq!(order(&mut plan), [A, C]);
    }
}

#[test]
fn what_was_kept_of_the_pace_makes_no_wait_endless() {
    let mut before = plan(&[A]);
    let (a, _) = post(&mut before, NOW);
    before.answer(a, Answer::Limited(Some(60_000)), NOW, 0);
    let until = |until: u64| format!("\"until\":{until},\"why\"");
    let mut plan = altered(&before, &[(&until(NOW.0 + 60_000), &until(u64::MAX))]);
    assert!(matches!(next(&mut plan, NOW), Step::Wait { .. }));
    assert_eq!(post(&mut plan, NOW.plus(25 * 60 * 60 * 1000)).1, A);
}

#[test]
fn what_was_kept_of_the_time_spoils_no_later_plan() {
    let mut before = plan(&[A, B]);
    let (a, _) = post(&mut before, NOW);
    before.answer(a, Answer::Joined(id_of(A)), NOW.plus(1_000), 0);
    for odd in ["1e308", "-1.0"] {
        let mut plan = altered(&before, &[("\"weight\":1.0", &format!("\"weight\":{odd}"))]);
        let (b, _) = post(&mut plan, NOW);
        plan.answer(b, Answer::Joined(id_of(B)), NOW.plus(1_000), 0);
        restart(&plan, NOW);
    }
}
