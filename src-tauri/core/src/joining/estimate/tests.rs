use super::{Bound, Estimate};
use crate::joining::{
    pace::Time,
    simulation::{Limit, Random, START, Sample, Server, World, rooms},
};

const ROOMS: u64 = 71;

/// How often each server is tried, each time with other figures.
const TIMES: u64 = 4;

fn join(server: Server, number: u64, far: u64, seed: u64) -> World {
    let mut world = World::new(server);
    world.plan.add(rooms(number, far, &mut Random(seed)));
    world.finish();
    world
}

fn limit(per_second: f64, burst: u32) -> Limit {
    Limit { per_second, burst }
}

fn limited(per_second: f64, burst: u32, seed: u64) -> Server {
    Server::new(limit(per_second, burst), limit(1_000.0, 1_000), seed)
}

/// Milliseconds that there were really left.
fn truth(world: &World, sample: &Sample) -> u64 {
    let last = world.samples.iter().find(|sample| sample.ahead == 0).expect("it ended");
    last.at.since(sample.at)
}

/// What was said when half of the rooms were left.
fn half(world: &World) -> Option<(f64, f64)> {
    let half = world.samples.iter().find(|sample| sample.ahead <= 35).expect("half of them");
    let left = half.left?;
    let truth = truth(world, half);
    Some((ratio(left.likely_ms, truth), ratio(left.high_ms - left.low_ms, truth)))
}

fn ratio(of: u64, to: u64) -> f64 {
    std::time::Duration::from_millis(of).as_secs_f64()
        / std::time::Duration::from_millis(to).as_secs_f64()
}

/// How many numbers were said, and how many of them were true.
fn told(world: &World) -> (u32, u32) {
    let (mut told, mut right) = (0, 0);
    for sample in &world.samples {
        if let Some(left) = sample.left {
            told += 1;
            right += u32::from((left.low_ms..=left.high_ms).contains(&truth(world, sample)));
        }
    }
    (told, right)
}

/// Tries a server a few times: half-way the estimate is good, and its range is right nearly always.
fn check(name: &str, far: u64, make: impl Fn(u64) -> Server) {
    let (mut told_in_all, mut right_in_all) = (0, 0);
    for seed in 0..TIMES {
        let world = join(make(seed), ROOMS, far, seed);
        let (likely, _) = half(&world).unwrap_or_else(|| panic!("{name} {seed}: no estimate"));
        assert!((0.85..=1.15).contains(&likely), "{name} {seed}: {likely} of the true time");
        let (told, right) = told(&world);
        told_in_all += told;
        right_in_all += right;
    }
    let right = f64::from(right_in_all) / f64::from(told_in_all);
    assert!(right > 0.9, "{name}: {right_in_all} of {told_in_all} ranges were right");
}

#[test]
fn good_on_servers_with_a_limit() {
    check("Synapse", 0, Server::synapse);
    check("Synapse, far rooms", 100, Server::synapse);
    check("Synapse that does not say when", 0, |seed| Server {
        says_when: false,
        ..Server::synapse(seed)
    });
    check("Synapse, the burst nearly used up", 0, |seed| {
        let mut server = Server::synapse(seed);
        server.use_up(7, START);
        server
    });
    check("Synapse, joins of all lengths", 0, |seed| Server {
        varies: 1.0,
        ..Server::synapse(seed)
    });
    check("a large burst", 0, |seed| limited(0.2, 30, seed));
    check("a quick limit", 0, |seed| Server { takes_ms: (100, 100), ..limited(2.0, 10, seed) });
    check("a quick limit, rooms of two servers", 50, |seed| Server {
        takes_ms: (100, 100),
        ..limited(2.0, 10, seed)
    });
    check("one limit, quick and slow rooms", 50, |seed| limited(0.1, 10, seed));
}

#[test]
fn good_on_servers_without_a_limit() {
    let steady = |seed| Server { varies: 0.1, ..Server::unlimited(seed) };
    check("quick joins", 0, steady);
    check("slow joins", 100, steady);
}

/// Where the limit for far rooms begins to tell only after half of the joins nothing can be known
/// of it before. From there on the estimate is good.
#[test]
fn learns_a_limit_that_begins_late() {
    for seed in 0..TIMES {
        let world = join(Server::synapse(seed), ROOMS, 50, seed);
        let late = world.samples.iter().find(|sample| sample.ahead <= 10).expect("ten are left");
        let likely = late.left.expect("a number").likely_ms;
        let likely = ratio(likely, truth(&world, late));
        assert!((0.7..=1.3).contains(&likely), "{seed}: {likely} of the true time");
    }
}

#[test]
fn narrows() {
    for seed in 0..TIMES {
        let world = join(Server::synapse(seed), ROOMS, 0, seed);
        let widths: Vec<u64> = world
            .samples
            .iter()
            .filter_map(|sample| sample.left.map(|left| left.high_ms - left.low_ms))
            .collect();
        let widest = |part: &[u64]| part.iter().copied().max().expect("some");
        let parts: Vec<u64> = widths.chunks(widths.len().div_ceil(6)).map(widest).collect();
        assert!(parts.is_sorted_by(|a, b| a > b), "{parts:?}");
        let (_, half) = half(&world).expect("a number");
        assert!(half < 0.2, "{half} of the true time wide");
    }
}

#[test]
fn says_nothing_before_there_is_evidence() {
    let world = join(Server::synapse(1), ROOMS, 0, 1);
    for sample in &world.samples {
        // The burst, its end, and what the first wait let through.
        let seen = 71 - sample.ahead >= 11 && sample.at.since(START) > 10_000;
        assert!(sample.left.is_none() || seen, "{sample:?}");
    }
    assert!(world.samples.iter().take(16).any(|sample| sample.left.is_some()));
    let small = join(Server::synapse(1), 8, 0, 1);
    assert!(small.samples.iter().all(|sample| sample.left.is_none()), "it could end any time");
}

#[test]
fn says_what_it_is_bound_by() {
    let bound = |world: &World| {
        let half = world.samples.iter().find(|sample| sample.ahead <= 35).expect("half");
        half.left.map(|left| (left.bound, left.each_ms))
    };
    let (is, each) = bound(&join(Server::synapse(1), ROOMS, 0, 1)).expect("a number");
    assert_eq!(is, Bound::Limit);
    assert!((9_800..10_200).contains(&each), "{each}");
    let (is, each) = bound(&join(Server::unlimited(1), ROOMS, 100, 1)).expect("a number");
    assert_eq!(is, Bound::Answers);
    assert!((4_000..7_000).contains(&each), "{each}");
}

#[test]
fn a_pause_spoils_nothing() {
    let mut world = World::new(Server::synapse(3));
    world.plan.add(rooms(ROOMS, 0, &mut Random(3)));
    world.run(200_000);
    world.plan.pause();
    assert_eq!(world.plan.left(world.clock()), None, "the user decides how long it takes");
    world.run(45_000);
    world.plan.resume();
    let left = world.plan.left(world.clock()).expect("what was learned still counts");
    let resumed = world.now;
    world.finish();
    let end = world.samples.iter().find(|sample| sample.ahead == 0).expect("it ended").at;
    let truth = end.since(resumed);
    assert!((left.low_ms..=left.high_ms).contains(&truth), "{truth} of {left:?}");
    let (told, right) = told(&world);
    assert!(right * 10 > told * 9, "{right} of {told}");
}

#[test]
fn seventy_one_rooms_take_hardly_longer_than_they_must() {
    for seed in 0..TIMES {
        let world = join(Server::synapse(seed), ROOMS, 0, seed);
        let optimum = 610_000;
        let took = world.now.since(START);
        assert!(took <= optimum * 105 / 100, "{took} ms");
        assert_eq!(world.server.joined.len(), 71, "none is lost");
        assert_eq!(world.server.posts, 71 + world.server.refusals);
        assert!(world.server.refusals <= 61, "{} refusals for 61 waits", world.server.refusals);
    }
}

#[test]
fn of_joins_of_a_minute_three_go_at_a_time() {
    for seed in 0..TIMES {
        let server = Server { takes_ms: (0, 60_000), varies: 0.1, ..Server::unlimited(seed) };
        let (likely, _) = half(&join(server, ROOMS, 100, seed)).expect("a number");
        assert!((0.85..=1.15).contains(&likely), "{seed}: {likely} of the true time");
    }
}

#[test]
fn the_range_has_room_for_what_is_added_to_a_wait() {
    let mut estimate = Estimate::default();
    for second in [100, 200, 300] {
        estimate.refused(START.plus(second * 1000));
        estimate.answered("a", 0, START.plus(second * 1000));
    }
    estimate.refused(START.plus(400_000));
    let left = estimate.left(START.plus(300_000), &[("a", 1)].into()).expect("a number");
    assert_eq!((left.likely_ms, left.high_ms), (100_000, 102_000));
}

#[test]
fn strange_times_do_no_harm() {
    let mut estimate = Estimate::default();
    for at in [5, 0, u64::MAX, 1, u64::MAX, 7] {
        estimate.refused(Time(at));
        estimate.answered("a", at, Time(at));
        estimate.interrupted();
        estimate.refused(Time(at / 2));
        let left = estimate.left(Time(u64::MAX - at), &[("a", 3), ("b", 1)].into());
        assert!(left.is_none_or(|left| {
            left.low_ms <= left.likely_ms && left.likely_ms <= left.high_ms
        }));
        let json = serde_json::to_string(&estimate).expect("plain data");
        let back: Estimate = serde_json::from_str(&json).expect("the same form");
        assert_eq!(serde_json::to_string(&back).expect("plain data"), json);
    }
    assert_eq!(estimate.left(Time(0), &[].into()), None);
}

/// A homeserver that lets a join through after so many seconds, and says so; in how many
/// milliseconds each of the rest is expected.
fn each(refusals: &[(u64, u32)], interrupted_before: u64) -> u64 {
    let mut estimate = Estimate::default();
    let mut last = START;
    for &(second, joins) in refusals {
        if second == interrupted_before {
            estimate.interrupted();
        }
        last = START.plus(second * 1000);
        estimate.refused(last);
        for _ in 0..joins {
            estimate.answered("a", 100, last);
        }
    }
    estimate.left(last, &[("a", 5)].into()).expect("enough was seen").each_ms
}

#[test]
fn learns_the_interval_from_what_the_homeserver_says() {
    assert_eq!(each(&[(10, 1), (20, 1), (30, 1)], 0), 10_000);
    assert_eq!(each(&[(10, 4), (20, 4), (30, 4)], 0), 2_500, "four at a time");
    assert_eq!(each(&[(10, 0), (20, 1), (30, 0), (40, 1), (50, 0)], 0), 20_000, "two limits");
    assert_eq!(each(&[(10, 1), (20, 1), (3620, 1), (3630, 1)], 3620), 10_000, "an hour's pause");
}
