//! Whatever the user, the network and the clock do: in the end the user is in exactly the rooms
//! that were wanted.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{
    joining::simulation::{Kill, Limit, Random, START, Server, World, rooms, wanted},
    wire::PlannedState,
};

const ROOMS: usize = 12;

#[derive(Clone, Debug)]
enum Action {
    Add(Vec<usize>, Rank),
    AddLobby,
    Cancel(usize),
    CancelAll,
    MoveFirst(usize),
    MoveUp(usize),
    Pause,
    Resume,
    End(Kill),
    LoseAnswer,
    JoinElsewhere(usize),
    TryNow,
    Run(u64),
    Offline(u64),
    Clock(i64),
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    use Action::*;
    let room = 0..ROOMS;
    let some = prop::collection::vec(0..ROOMS, 1..6);
    let kill = prop::sample::select(vec![Kill::BeforeSending, Kill::AfterSending, Kill::Now]);
    let action = prop_oneof![
        4 => (some, prop::sample::select(vec![Rank::Pick, Rank::Rest]))
            .prop_map(|(rooms, rank)| Add(rooms, rank)),
        1 => Just(AddLobby),
        1 => room.clone().prop_map(Cancel),
        1 => Just(CancelAll),
        1 => room.clone().prop_map(MoveFirst),
        1 => room.clone().prop_map(MoveUp),
        1 => Just(Pause),
        2 => Just(Resume),
        4 => kill.prop_map(End),
        2 => Just(LoseAnswer),
        1 => room.prop_map(JoinElsewhere),
        1 => Just(TryNow),
        6 => (0..20_000_u64).prop_map(Run),
        1 => (0..60_000_u64).prop_map(Offline),
        1 => (-4_000_000..4_000_000_i64).prop_map(Clock),
    ];
    prop::collection::vec(action, 1..40)
}

fn alias(room: usize) -> String {
    if room == 0 {
        return "#lobby:near.example".to_owned();
    }
    let server = if room.is_multiple_of(3) { "far" } else { "near" };
    format!("#room{room}:{server}.example")
}

/// What the rooms should be in the end.
struct Wishes {
    wanted: BTreeSet<String>,
    /// Those that the user may be in as well.
    allowed: BTreeSet<String>,
}

impl Wishes {
    fn act(&mut self, action: Action, world: &mut World) {
        match action {
            Action::Add(rooms, rank) => {
                let rank = |room| if room == 0 { Rank::Lobby } else { rank };
                world.plan.add(rooms.iter().map(|&room| wanted(&alias(room), rank(room))));
                self.wanted.extend(rooms.into_iter().map(alias));
            }
            Action::AddLobby => self.act(Action::Add(vec![0], Rank::Lobby), world),
            Action::Cancel(room) => self.cancel(&alias(room), world),
            Action::CancelAll => self.cancel_all(world),
            Action::MoveFirst(room) => {
                let moved = id(world, room).is_some_and(|id| world.plan.move_first(id));
                assert!(!moved || is_sorted(world));
            }
            Action::MoveUp(room) => {
                let moved = id(world, room).is_some_and(|id| world.plan.move_up(id));
                assert!(!moved || is_sorted(world));
            }
            Action::Pause => world.plan.pause(),
            Action::Resume => world.plan.resume(),
            Action::End(kill) => world.kill = Some(kill),
            Action::LoseAnswer => world.lose_answer = true,
            Action::JoinElsewhere(room) => {
                world.server.joined.entry(alias(room)).or_insert(world.now);
                self.allowed.insert(alias(room));
            }
            Action::TryNow => {
                world.plan.try_now(world.clock());
            }
            Action::Run(ms) => world.run(ms),
            Action::Offline(ms) => {
                world.online = false;
                world.run(ms);
                world.online = true;
                world.plan.reached();
            }
            Action::Clock(ms) => world.skew_ms += ms,
        }
        world.keep();
    }

    fn cancel(&mut self, alias: &str, world: &mut World) {
        let shown = world.plan.shown(world.clock(), true).rooms;
        let Some(room) = shown.iter().find(|room| room.name == alias) else { return };
        let was_asked = matches!(
            room.state,
            PlannedState::Joining { .. } | PlannedState::Unsure { .. } | PlannedState::Appearing
        );
        world.plan.cancel(room.id);
        self.wanted.remove(alias);
        if was_asked || world.server.joined.contains_key(alias) {
            self.allowed.insert(alias.to_owned());
        }
    }

    fn cancel_all(&mut self, world: &mut World) {
        for room in world.plan.shown(world.clock(), true).rooms {
            self.cancel(&room.name, world);
        }
        world.plan.cancel_all();
        assert_eq!(world.plan.shown(world.clock(), true).total, 0);
    }
}

fn id(world: &World, room: usize) -> Option<u32> {
    let shown = world.plan.shown(world.clock(), true).rooms;
    shown.iter().find(|shown| shown.name == alias(room)).map(|room| room.id)
}

fn is_sorted(world: &World) -> bool {
    world.plan.entries.is_sorted_by_key(|entry| entry.wanted.rank)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn in_the_end_the_user_is_in_the_wanted_rooms(actions in actions(), seed: u64) {
        let limit = Limit { per_second: 0.3, burst: 3 };
        let mut world = World::new(Server::new(limit, limit, seed));
        let mut wishes = Wishes { wanted: BTreeSet::new(), allowed: BTreeSet::new() };
        for action in actions {
            wishes.act(action, &mut world);
            let kept = Plan::load(&world.plan.save(), world.clock()).expect("the same version");
            prop_assert_eq!(kept.entries.len(), world.plan.entries.len());
        }
        world.kill = None;
        world.plan.resume();
        world.finish();
        let joined: BTreeSet<String> = world.server.joined.keys().cloned().collect();
        prop_assert!(joined.is_superset(&wishes.wanted), "{:?}", world.plan.shown(START, true));
        let allowed: BTreeSet<String> = &wishes.wanted | &wishes.allowed;
        prop_assert!(joined.is_subset(&allowed), "{joined:?}, not {allowed:?}");
        let shown = world.plan.shown(world.clock(), true);
        prop_assert_eq!(shown.failed, 0);
        prop_assert_eq!(shown.total, shown.done);
        prop_assert!(is_sorted(&world));
    }
}

#[test]
fn a_hundred_kills_lose_no_room() {
    for seed in 0..3 {
        let mut random = Random(seed);
        let limit = Limit { per_second: 2.0, burst: 10 };
        let mut world = World::new(Server::new(limit, limit, seed));
        world.plan.add(rooms(71, 10, &mut random));
        world.keep();
        for _ in 0..100 {
            let kills = [Kill::BeforeSending, Kill::AfterSending, Kill::Now];
            let which = usize::try_from(random.below(3)).expect("small");
            world.kill = Some(kills[which]);
            world.run(random.below(900));
        }
        world.kill = None;
        world.finish();
        assert_eq!(world.server.joined.len(), 71);
        assert_eq!(world.plan.shown(world.clock(), true).done, 71);
    }
}
