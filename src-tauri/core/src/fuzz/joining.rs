//! The kept plan of joins, for fuzzing: a part of `joining`, because nothing else may read it.

use super::{Address, Plan, Rank, Step, Time, Wanted};

/// A moment in the middle of all.
const NOW: Time = Time(1_700_000_000_000);

/// Plans in several states.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut plan = Plan::default();
    let mut seeds = vec![plan.save()];
    plan.add(["#a:b", "#c:d", "#e:f"].map(wanted));
    seeds.push(plan.save());
    for step in 0..3 {
        plan.next(NOW.plus(step), true, |_| None);
        seeds.push(plan.save());
    }
    plan.pause();
    seeds.push(plan.save());
    seeds
}

fn wanted(alias: &str) -> Wanted {
    let alias = matrix_sdk::ruma::OwnedRoomAliasId::try_from(alias).expect("an alias");
    Wanted {
        name: alias.to_string(),
        address: Address::Alias(alias),
        via: Vec::new(),
        key: None,
        rank: Rank::Rest,
        space: None,
    }
}

/// Takes a kept plan up, as a start of the app does, and goes on with it.
pub fn read(input: &[u8]) {
    let Ok(mut plan) = Plan::load(input, NOW) else { return };
    assert!(Plan::load(&plan.save(), NOW).is_ok(), "what was kept cannot be read");
    plan.forget_joined();
    plan.add([wanted("#x:y")]);
    plan.resume();
    let mut now = NOW;
    for _ in 0..20 {
        plan.shown(now, true);
        if matches!(plan.next(now, true, |_| None), Step::Finished) {
            break;
        }
        plan.reached();
        now = now.plus(60_000);
    }
    assert!(Plan::load(&plan.save(), now).is_ok(), "what was kept cannot be read");
}
