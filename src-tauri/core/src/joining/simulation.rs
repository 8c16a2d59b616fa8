//! A homeserver and a driver without clock and network, for tests of the plan.

use std::collections::{BTreeMap, BTreeSet};

use matrix_sdk::ruma::{OwnedRoomId, RoomAliasId, RoomId};

use super::{
    estimate::Left,
    pace::Time,
    plan::{Address, Answer, Found, Plan, Post, Rank, SLOW_MS, Step, Wanted},
};
use crate::wire::{JoinProblem, PlannedRoom, PlannedState};

/// When simulated time begins.
pub const START: Time = Time(1_700_000_000_000);

/// Random numbers that are the same in every run.
pub struct Random(pub u64);

impl Random {
    /// Evenly spread over all numbers.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to 1.
    pub fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.bits() >> 32).expect("32 bits")) / f64::from(u32::MAX)
    }

    /// Below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.bits() % limit
    }

    /// Around 0, with a standard deviation of 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

/// A limit as in Synapse's configuration.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    pub per_second: f64,
    pub burst: u32,
}

/// A leaky bucket as in Synapse's `Ratelimiter`: it keeps how many actions there were since it was
/// last empty, and when that was.
#[derive(Clone, Debug)]
pub struct Bucket {
    limit: Limit,
    actions: u32,
    start: f64,
}

impl Bucket {
    pub fn new(limit: Limit) -> Self {
        Self { limit, actions: 0, start: 0.0 }
    }

    /// Takes one action in, or answers in how many seconds there is room for it.
    pub fn take(&mut self, now: f64) -> Result<(), f64> {
        let performed = f64::from(self.actions) - (now - self.start) * self.limit.per_second;
        if performed < 0.0 {
            (self.actions, self.start) = (0, now);
        }
        let burst = f64::from(self.limit.burst);
        if performed.max(0.0) > burst - 1.0 {
            let allowed = (f64::from(self.actions) - burst + 1.0) / self.limit.per_second;
            return Err((self.start + allowed - now).max(0.0));
        }
        self.actions += 1;
        Ok(())
    }
}

/// A homeserver. Rooms whose alias is on `far.example` are joined through another server.
pub struct Server {
    pub local: Bucket,
    pub remote: Bucket,
    /// Milliseconds of a join on this server and through another.
    pub takes_ms: (u64, u64),
    /// How much that varies: the standard deviation of its logarithm.
    pub varies: f64,
    /// Whether it says how long to wait.
    pub says_when: bool,
    /// By room: the problem that its joins meet with.
    pub problems: BTreeMap<String, JoinProblem>,
    /// Who is in, and since when.
    pub joined: BTreeMap<String, Time>,
    pub posts: u32,
    pub refusals: u32,
    pub random: Random,
}

impl Server {
    pub fn new(local: Limit, remote: Limit, seed: u64) -> Self {
        Self {
            local: Bucket::new(local),
            remote: Bucket::new(remote),
            takes_ms: (300, 5_000),
            varies: 0.3,
            says_when: true,
            problems: BTreeMap::new(),
            joined: BTreeMap::new(),
            posts: 0,
            refusals: 0,
            random: Random(seed),
        }
    }

    /// As it comes.
    pub fn synapse(seed: u64) -> Self {
        let local = Limit { per_second: 0.1, burst: 10 };
        Self::new(local, Limit { per_second: 0.01, burst: 10 }, seed)
    }

    pub fn unlimited(seed: u64) -> Self {
        let limit = Limit { per_second: 1_000.0, burst: 1_000 };
        Self::new(limit, limit, seed)
    }

    /// Joins made before, whose share of the burst is used up.
    pub fn use_up(&mut self, joins: u32, now: Time) {
        for _ in 0..joins {
            let _ = self.local.take(seconds(now));
        }
    }

    /// Answers a request, and when the answer is there. As Synapse does, refusals for the pace are
    /// held back for half a second, and say when in whole seconds (the `Retry-After` header).
    pub fn post(&mut self, room: &str, now: Time) -> (Answer, Time) {
        self.posts += 1;
        let far = room.ends_with("far.example");
        let mut taken = Ok(());
        if !self.joined.contains_key(room) {
            taken = self.local.take(seconds(now));
            if far && taken.is_ok() {
                taken = self.remote.take(seconds(now));
            }
        }
        if let Err(wait) = taken {
            self.refusals += 1;
            let says = whole(wait.ceil()) * 1000;
            return (Answer::Limited(self.says_when.then_some(says)), now.plus(500));
        }
        let typical = if far { self.takes_ms.1 } else { self.takes_ms.0 };
        let typical = f64::from(u32::try_from(typical).expect("minutes at most"));
        let done = now.plus(whole(typical * (self.varies * self.random.normal()).exp()));
        if let Some(problem) = self.problems.get(room) {
            return (Answer::Failed(problem.clone()), done);
        }
        self.joined.entry(room.to_owned()).or_insert(done);
        (Answer::Joined(id_of(room)), done)
    }
}

/// What the estimate said at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub at: Time,
    /// Rooms not asked for yet, or asked for just now.
    pub ahead: usize,
    pub left: Option<Left>,
}

/// How a driver ends half-way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kill {
    /// The next request is in the kept plan, but was not sent.
    BeforeSending,
    /// The next request was sent; no answer was heard.
    AfterSending,
    /// At once; what was answered since the last request is not in the kept plan.
    Now,
}

/// The driver of a plan, with a homeserver.
pub struct World {
    pub plan: Plan,
    pub server: Server,
    pub now: Time,
    pub online: bool,
    /// Added to the clock that the plan sees.
    pub skew_ms: i64,
    pub kill: Option<Kill>,
    /// The next answer is lost.
    pub lose_answer: bool,
    pub samples: Vec<Sample>,
    /// Rooms in the order in which they were asked for.
    pub asked: Vec<String>,
    answers: Vec<(Time, u32, String, Answer)>,
    kept: Vec<u8>,
    /// Rooms for which a request was made whose outcome the plan cannot know.
    open: BTreeSet<String>,
}

impl World {
    pub fn new(server: Server) -> Self {
        let plan = Plan::default();
        Self {
            kept: plan.save(),
            plan,
            server,
            now: START,
            online: true,
            skew_ms: 0,
            kill: None,
            lose_answer: false,
            samples: Vec::new(),
            asked: Vec::new(),
            answers: Vec::new(),
            open: BTreeSet::new(),
        }
    }

    /// The time by the clock that the plan sees.
    pub fn clock(&self) -> Time {
        Time(self.now.0.saturating_add_signed(self.skew_ms))
    }

    /// Goes on until the plan is finished; fails where that takes more than a week.
    pub fn finish(&mut self) {
        while self.step(Time(u64::MAX)) {
            assert!(self.now.since(START) < 7 * 86_400_000, "it never ends: {:?}", self.plan);
        }
    }

    /// Goes on for so many milliseconds, or until the plan is finished.
    pub fn run(&mut self, ms: u64) {
        let end = self.now.plus(ms);
        while self.now < end && self.step(end) {}
        self.now = self.now.max(end);
    }

    /// Keeps what the user changed, as the driver does.
    pub fn keep(&mut self) {
        self.kept = self.plan.save();
    }

    /// One turn of the driver; `false` once the plan is finished.
    fn step(&mut self, end: Time) -> bool {
        self.hear();
        if self.kill == Some(Kill::Now) {
            self.restart();
            return true;
        }
        let (now, clock) = (self.now, self.clock());
        let joined = &self.server.joined;
        let in_sync = |address: &Address| is_in(joined, address, now);
        match self.plan.next(clock, self.online, in_sync) {
            Step::Post(post) => self.post(&post),
            Step::LookUp { id, address } => {
                let found = is_in(joined, &address, now);
                if found.is_none() {
                    self.open.remove(&name_of(&address));
                }
                self.plan.looked_up(id, found.map_or(Found::Out, Found::In), clock);
                self.keep();
            }
            Step::Wait { until, .. } => {
                // A little at a time, as the clock may have been set.
                let mut next = until.map_or(end, |until| now.plus(until.since(clock).max(1)));
                next = next.min(now.plus(15_000));
                let heard = self.answers.iter().map(|(at, ..)| *at);
                let seen = self.server.joined.values().copied().filter(|&at| at > now);
                self.now = heard.chain(seen).chain([end]).min().map_or(next, |at| next.min(at));
                return self.now < end;
            }
            Step::Finished => return false,
        }
        true
    }

    fn post(&mut self, post: &Post) {
        let room = post.target.to_string();
        let queued = self.plan.shown(self.clock(), self.online).rooms.into_iter();
        let lobby_waits = queued.filter(|room| room.key.as_deref() == Some("lobby"));
        assert!(!lobby_waits.into_iter().any(|room| room.state == PlannedState::Queued));
        assert!(self.open.insert(room.clone()), "{room} is asked for twice");
        self.keep();
        if self.kill == Some(Kill::BeforeSending) {
            return self.restart();
        }
        self.asked.push(room.clone());
        let (answer, at) = self.server.post(&room, self.now);
        if self.kill == Some(Kill::AfterSending) {
            return self.restart();
        }
        if std::mem::take(&mut self.lose_answer) {
            let fraction = u16::MAX / 2;
            return self.plan.answer(post.id, Answer::Lost, self.clock(), fraction);
        }
        self.answers.push((at, post.id, room, answer));
    }

    /// Hands in the answers that are there.
    fn hear(&mut self) {
        self.answers.sort_by_key(|(at, ..)| *at);
        while self.answers.first().is_some_and(|(at, ..)| *at <= self.now) {
            let (_, id, room, answer) = self.answers.remove(0);
            self.open.remove(&room);
            let fraction = u16::try_from(self.server.random.below(65_536)).expect("16 bits");
            self.plan.answer(id, answer, self.clock(), fraction);
            if self.kill != Some(Kill::Now) {
                self.keep();
            }
            let shown = self.plan.shown(self.clock(), self.online);
            let ahead = shown.rooms.iter().filter(|room| is_ahead(room, self.clock())).count();
            let left = self.plan.left(self.clock());
            self.samples.push(Sample { at: self.now, ahead, left });
        }
    }

    /// A new process with what was kept.
    fn restart(&mut self) {
        self.kill = None;
        self.answers.clear();
        self.plan = Plan::load(&self.kept, self.clock()).expect("kept by the same version");
    }
}

fn is_ahead(room: &PlannedRoom, now: Time) -> bool {
    match room.state {
        PlannedState::Queued | PlannedState::WaitingForSpace => true,
        PlannedState::Joining { since_ms } => now.since(Time(since_ms)) < SLOW_MS,
        _ => false,
    }
}

/// A room of a plan.
pub fn wanted(alias: &str, rank: Rank) -> Wanted {
    Wanted {
        address: RoomAliasId::parse(alias).expect("an alias").into(),
        via: Vec::new(),
        key: (rank == Rank::Lobby).then(|| "lobby".to_owned()),
        name: alias.to_owned(),
        rank,
        space: None,
    }
}

/// So many rooms; of each hundred, so many are far.
pub fn rooms(number: u64, far: u64, random: &mut Random) -> Vec<Wanted> {
    let mut alias = |index| {
        let server = if random.below(100) < far { "far" } else { "near" };
        format!("#room{index}:{server}.example")
    };
    (0..number).map(|index| wanted(&alias(index), Rank::Rest)).collect()
}

/// The id of the room that an alias leads to.
pub fn id_of(alias: &str) -> OwnedRoomId {
    RoomId::parse(alias.replacen('#', "!", 1)).expect("a room id")
}

fn name_of(address: &Address) -> String {
    address.to_string().replacen('!', "#", 1)
}

fn is_in(joined: &BTreeMap<String, Time>, address: &Address, now: Time) -> Option<OwnedRoomId> {
    let name = name_of(address);
    joined.get(&name).filter(|&&at| at <= now).map(|_| id_of(&name))
}

fn seconds(time: Time) -> f64 {
    std::time::Duration::from_millis(time.since(START)).as_secs_f64()
}

fn whole(number: f64) -> u64 {
    std::time::Duration::from_secs_f64(number).as_secs()
}
