//! The servers that a room is joined through.

use super::*;

/// A wish for a room that came from a link with these servers.
fn by_link(via: &[&str]) -> Wanted {
    Wanted { via: servers(via), ..wanted(A, Rank::Pick) }
}

fn asked_through(plan: &mut Plan) -> (u32, Vec<OwnedServerName>) {
    match next(plan, NOW) {
        Step::Post(post) => (post.id, post.via),
        step => panic!("{step:?}"),
    }
}

#[test]
fn the_servers_of_a_link_serve_the_join_that_it_led_to_and_no_later_one() {
    let mut plan = Plan::default();
    plan.add([by_link(&["link.example"])]);
    let (a, via) = asked_through(&mut plan);
    assert_eq!(via, servers(&["link.example"]));
    plan.answer(a, Answer::Failed(JoinProblem::Unreachable), NOW, 0);

    let mut again = plan.clone();
    assert!(again.retry(a));
    assert_eq!(asked_through(&mut again).1, servers(&["link.example"]), "it is the same join");

    for later in [&[][..], &["other.example"]] {
        let mut plan = plan.clone();
        plan.add([by_link(later)]);
        assert_eq!(asked_through(&mut plan).1, servers(later));
    }
}

#[test]
fn a_join_that_was_cancelled_leaves_no_servers_of_its_link() {
    let mut plan = Plan::default();
    plan.add([by_link(&["link.example"])]);
    let (a, _) = asked_through(&mut plan);
    plan.cancel(a);
    plan.add([by_link(&[])]);
    plan.answer(a, Answer::Limited(Some(0)), NOW, 0);
    plan.reached();
    assert_eq!(post(&mut plan, NOW.plus(60_000)).1, A);
    let found = plan.wanted(a).expect("in the plan");
    assert_eq!(found.via, servers(&[]));
}
