//! What is to be joined, in which order, and how far each join is.
//!
//! The plan does nothing by itself. Whoever drives it asks [`Plan::next`] for the next step, keeps
//! the plan, takes the step and tells the plan what came of it. A request is in the plan before it
//! is sent: after a crash the plan knows of every request that may have reached the homeserver,
//! and none of them is repeated before it was looked up whether it succeeded.

mod answers;
mod order;
mod saved;
mod shown;
mod wanted;

#[cfg(test)]
mod random_tests;
#[cfg(test)]
mod tests;

use matrix_sdk::ruma::{OwnedRoomId, OwnedRoomOrAliasId, OwnedServerName};
use serde::{Deserialize, Serialize};

pub use self::{
    answers::{Answer, Found},
    saved::LoadError,
    shown::has_moved,
    wanted::{Address, Rank, Wanted},
};
use super::{
    estimate::Estimate,
    pace::{Pace, Time, Wait},
};
use crate::wire::JoinProblem;

/// A join that takes longer no longer holds up the others.
pub const SLOW_MS: u64 = 10_000;

/// So many requests may be under way, of which all but one are slow.
pub const MOST_AT_ONCE: u8 = 3;

/// How long a request may be under way; the driver gives up no later.
pub const REQUEST_MS: u64 = 5 * 60 * 1000;

/// How long a join that got no answer in that time is still watched for in the sync.
const WATCH_MS: u64 = 10 * 60 * 1000;

/// Time for a request whose answer was lost to take effect, before it is looked up whether it did.
const SETTLE_MS: u64 = 10_000;

/// A request whose answer was lost so often is not made again by itself.
const MOST_LOSSES: u8 = 5;

/// So many times a room is followed to where it says it has moved.
const MOST_MOVES: usize = 5;

/// How long a room that the homeserver has joined may take to appear in the sync.
const APPEAR_MS: u64 = 2 * 60 * 1000;

/// The rooms to join.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// By rank, and within a rank in the user's order.
    entries: Vec<Entry>,
    last_id: u32,
    paused: bool,
    pace: Pace,
    estimate: Estimate,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    id: u32,
    wanted: Wanted,
    state: State,
    /// Cancelled when the homeserver had been asked already. Kept until the outcome is known, so
    /// that it is not asked again meanwhile.
    dropped: bool,
    /// Requests whose answers were lost.
    losses: u8,
    /// The rooms that named the next one as their successor, and were followed there by the user's
    /// click; the last of them last.
    followed: Vec<OwnedRoomId>,
    /// It was looked at whether the room that was joined has been left for another.
    checked: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
enum State {
    Queued,
    /// A request is under way.
    Asking {
        since: Time,
    },
    /// A request was made; its outcome is not known.
    Unsure {
        since: Time,
        /// When it is looked up, if the sync has not shown the room before.
        until: Time,
        /// Enough was tried: a room that has not come then is not asked for again.
        last: bool,
    },
    /// The homeserver has joined it.
    Appearing {
        room_id: OwnedRoomId,
        until: Time,
    },
    Joined {
        room_id: OwnedRoomId,
    },
    AlreadyIn {
        room_id: OwnedRoomId,
    },
    /// The user is in the room, and it names a successor, which is asked for only when the user says
    /// so.
    Moved {
        room_id: OwnedRoomId,
        successor: OwnedRoomId,
        /// The successor was joined and does not name this room as its predecessor.
        denied: bool,
    },
    Failed {
        problem: JoinProblem,
        /// What the homeserver said in its own words, where that is why.
        #[serde(default)]
        words: Option<String>,
    },
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Keep the plan, then ask the homeserver to join, and tell [`Plan::answer`], which waits for
    /// that. Go on asking for steps meanwhile.
    Post(Post),
    /// Ask the homeserver whether the user is in this room, and tell [`Plan::looked_up`].
    LookUp {
        /// Names the room within the plan.
        id: u32,
        /// The room.
        address: Address,
    },
    /// Ask again at a moment, or earlier when anything has happened.
    Wait {
        /// The moment; `None` where only something that happens makes a difference.
        until: Option<Time>,
        /// What is waited for.
        why: Why,
    },
    /// Nothing is left to do until something is added.
    Finished,
}

/// A join to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Names the room within the plan.
    pub id: u32,
    /// The room.
    pub target: OwnedRoomOrAliasId,
    /// Servers that may know it.
    pub via: Vec<OwnedServerName>,
}

/// What a plan waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The end of a wait that the homeserver asked for, or trouble with reaching it.
    Pace(Wait),
    /// The network.
    Offline,
    /// The user.
    Paused,
    /// An answer, or the sync.
    Outcome,
}

impl Plan {
    /// What to do next. `joined` says whether the user is in a room by what the sync has told, and
    /// is up to date with it; `online` says whether the homeserver is being heard.
    ///
    /// A returned [`Step::Post`] counts as made.
    pub fn next(
        &mut self,
        now: Time,
        online: bool,
        joined: impl Fn(&Address) -> Option<OwnedRoomId>,
    ) -> Step {
        self.observe(now, &joined);
        self.hold_or_free(&joined);
        let waiting = self.pace.waiting(now);
        if !online {
            let why = if self.is_settled() { return Step::Finished } else { Why::Offline };
            return Step::Wait { until: None, why };
        }
        if let Some(look_up) = self.due(now) {
            return look_up;
        }
        if self.is_settled() {
            return Step::Finished;
        }
        let alarm = self.alarm(now);
        if self.paused {
            return Step::Wait { until: alarm, why: Why::Paused };
        }
        let next = self.next_entry(&joined);
        if let (Some(wait), Some(_)) = (waiting, next) {
            let until = alarm.map_or(wait.until, |alarm| alarm.min(wait.until));
            return Step::Wait { until: Some(until), why: Why::Pace(wait) };
        }
        match next.filter(|_| self.may_ask(now)) {
            Some(index) => Step::Post(self.post(index, now)),
            None => Step::Wait { until: alarm, why: Why::Outcome },
        }
    }

    /// Takes over what the sync tells, and what the clock does.
    fn observe(&mut self, now: Time, joined: &impl Fn(&Address) -> Option<OwnedRoomId>) {
        for entry in &mut self.entries {
            let found = || joined(&entry.wanted.address);
            let state = match &mut entry.state {
                State::Joined { .. } | State::AlreadyIn { .. } | State::Moved { .. } => None,
                State::Queued => found().map(|room_id| State::AlreadyIn { room_id }),
                State::Failed { .. } => found().map(|room_id| State::Joined { room_id }),
                State::Asking { since } => {
                    *since = now.min(*since);
                    let found = found();
                    if found.is_some() {
                        let server = entry.wanted.address.server();
                        self.estimate.answered(server, held_up(now.since(*since)), now);
                    }
                    found.map(|room_id| State::Joined { room_id })
                }
                State::Unsure { since, until, .. } => {
                    *since = now.min(*since);
                    *until = now.plus(WATCH_MS).min(*until);
                    found().map(|room_id| State::Joined { room_id })
                }
                State::Appearing { until, .. } => {
                    *until = now.plus(APPEAR_MS).min(*until);
                    found().map(|room_id| State::Joined { room_id })
                }
            };
            if let Some(state) = state {
                entry.state = state;
            }
        }
        self.entries.retain(|entry| !entry.dropped || entry.state.is_asked());
    }

    /// A room for the members of a Space fails where that is neither joined nor about to be, and is
    /// queued again as soon as it is.
    fn hold_or_free(&mut self, joined: &impl Fn(&Address) -> Option<OwnedRoomId>) {
        for index in 0..self.entries.len() {
            let entry = &self.entries[index];
            let Some(space) = &entry.wanted.space else { continue };
            let open = self.is_joined(space, joined) || self.is_coming(space);
            let state = match &entry.state {
                State::Queued if !open => {
                    let space = Some(space.to_string());
                    State::failed(JoinProblem::Restricted { space })
                }
                State::Failed { problem: JoinProblem::Restricted { .. }, .. } if open => {
                    State::Queued
                }
                _ => continue,
            };
            self.entries[index].state = state;
        }
    }

    /// The look-up that is due.
    fn due(&self, now: Time) -> Option<Step> {
        let due = |entry: &&Entry| match entry.state {
            State::Unsure { until, .. } | State::Appearing { until, .. } => until <= now,
            _ => false,
        };
        let entry = self.entries.iter().find(due)?;
        Some(Step::LookUp { id: entry.id, address: entry.wanted.address.clone() })
    }

    /// When something that is under way makes a difference by the clock alone.
    fn alarm(&self, now: Time) -> Option<Time> {
        let times = self.entries.iter().filter_map(|entry| match entry.state {
            State::Unsure { until, .. } | State::Appearing { until, .. } => Some(until),
            State::Asking { since } if now.since(since) < SLOW_MS => Some(since.plus(SLOW_MS)),
            _ => None,
        });
        times.min()
    }

    /// The first that waits for its turn and for no Space. Spaces that wait for each other wait for
    /// nothing that could happen: the homeserver decides.
    fn next_entry(&self, joined: &impl Fn(&Address) -> Option<OwnedRoomId>) -> Option<usize> {
        let mut queued = (0..self.entries.len())
            .filter(|&index| self.entries[index].state == State::Queued)
            .peekable();
        let first = queued.peek().copied();
        let is_free = |index: &usize| {
            let space = &self.entries[*index].wanted.space;
            space.as_ref().is_none_or(|space| self.is_joined(space, joined))
        };
        let asked = self.entries.iter().any(|entry| entry.state.is_asked());
        queued.find(is_free).or_else(|| first.filter(|_| !asked))
    }

    /// One request at a time, beside those that take long.
    fn may_ask(&self, now: Time) -> bool {
        let mut asking = self.entries.iter().filter_map(|entry| match entry.state {
            State::Asking { since } => Some(now.since(since) >= SLOW_MS),
            _ => None,
        });
        asking.clone().count() < usize::from(MOST_AT_ONCE) && asking.all(|slow| slow)
    }

    fn post(&mut self, index: usize, now: Time) -> Post {
        let entry = &mut self.entries[index];
        entry.state = State::Asking { since: now };
        // The alias still leads to the room that has moved.
        let by_id = !entry.wanted.via.is_empty() || !entry.followed.is_empty();
        let target = entry.wanted.address.target(by_id);
        Post { id: entry.id, target, via: entry.wanted.via.clone() }
    }

    fn is_joined(
        &self,
        address: &Address,
        joined: &impl Fn(&Address) -> Option<OwnedRoomId>,
    ) -> bool {
        joined(address).is_some() || self.has_joined(address)
    }

    /// Whether this plan has joined the room, as the homeserver says.
    pub fn has_joined(&self, address: &Address) -> bool {
        self.has(address, |state| {
            matches!(
                state,
                State::Appearing { .. }
                    | State::Joined { .. }
                    | State::AlreadyIn { .. }
                    | State::Moved { .. }
            )
        })
    }

    fn is_coming(&self, address: &Address) -> bool {
        self.has(address, |state| *state == State::Queued || state.is_asked())
    }

    fn has(&self, address: &Address, what: impl Fn(&State) -> bool) -> bool {
        self.entries.iter().any(|entry| {
            !entry.dropped && entry.wanted.address.is_same(address) && what(&entry.state)
        })
    }

    /// Whether a request is under way.
    pub fn is_asking(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.state, State::Asking { .. }))
    }

    fn is_settled(&self) -> bool {
        self.entries.iter().all(|entry| entry.state.is_settled())
    }

    fn entry(&mut self, id: u32) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }
}

/// For how long a request that took so many milliseconds held up the next one.
fn held_up(took_ms: u64) -> u64 {
    took_ms.min(SLOW_MS.max(took_ms / u64::from(MOST_AT_ONCE)))
}

impl State {
    /// The homeserver may be about to join, or has joined, as far as the plan knows.
    fn is_asked(&self) -> bool {
        matches!(self, Self::Asking { .. } | Self::Unsure { .. } | Self::Appearing { .. })
    }

    fn failed(problem: JoinProblem) -> Self {
        Self::Failed { problem, words: None }
    }

    /// The user is yet to be told, or to decide.
    fn has_problem(&self) -> bool {
        matches!(self, Self::Moved { .. } | Self::Failed { .. })
    }

    fn is_settled(&self) -> bool {
        matches!(
            self,
            Self::Joined { .. } | Self::AlreadyIn { .. } | Self::Moved { .. } | Self::Failed { .. }
        )
    }
}
