//! A plan that cannot be kept.

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
