use std::collections::BTreeMap;

use super::{Entry, Plan, SLOW_MS, State};
use crate::{
    joining::{
        estimate::{Bound, Left},
        pace::{Refusal, Time, Wait},
    },
    wire::{JoinPlan, JoinProblem, PlanDoing, PlannedRoom, PlannedState, TimeBound, TimeLeft},
};

impl Plan {
    /// The plan as the window shows it.
    pub fn shown(&self, now: Time, online: bool) -> JoinPlan {
        let rooms: Vec<PlannedRoom> = self.visible().map(|entry| self.room(entry)).collect();
        let count = |what: fn(&PlannedState) -> bool| {
            rooms.iter().filter(|room| what(&room.state)).fold(0, |count, _| count + 1)
        };
        let done = count(|state| {
            matches!(
                state,
                PlannedState::Appearing
                    | PlannedState::Joined { .. }
                    | PlannedState::AlreadyIn { .. }
            ) || has_moved(state)
        });
        let failed =
            count(|state| matches!(state, PlannedState::Failed { .. }) && !has_moved(state));
        JoinPlan {
            total: count(|_| true),
            done,
            failed,
            doing: self.doing(now, online),
            left: self.left(now).filter(|_| online).map(TimeLeft::from),
            paused: self.paused,
            rooms,
        }
    }

    /// How long it takes until all rooms have been asked for and, but for slow ones, answered;
    /// while nothing but the homeserver decides that.
    pub fn left(&self, now: Time) -> Option<Left> {
        let mut ahead = BTreeMap::new();
        for entry in self.visible() {
            let is_ahead = match entry.state {
                State::Queued => true,
                State::Asking { since } => now.since(since) < SLOW_MS,
                _ => false,
            };
            if is_ahead {
                *ahead.entry(entry.wanted.address.server()).or_default() += 1;
            }
        }
        if self.paused { None } else { self.estimate.left(now, &ahead) }
    }

    fn visible(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.dropped)
    }

    fn room(&self, entry: &Entry) -> PlannedRoom {
        let address = &entry.wanted.address;
        PlannedRoom {
            id: entry.id,
            key: entry.wanted.key.clone(),
            alias: address.alias().map(ToString::to_string),
            room_id: address.room_id().map(ToString::to_string),
            name: entry.wanted.name.clone(),
            state: self.state(entry),
            words: match &entry.state {
                State::Failed { words, .. } => words.clone(),
                _ => None,
            },
        }
    }

    fn state(&self, entry: &Entry) -> PlannedState {
        match &entry.state {
            State::Queued if entry.wanted.space.as_ref().is_some_and(|it| self.is_coming(it)) => {
                PlannedState::WaitingForSpace
            }
            State::Queued => PlannedState::Queued,
            State::Asking { since } => PlannedState::Joining { since_ms: since.0 },
            State::Unsure { since, .. } => PlannedState::Unsure { since_ms: since.0 },
            State::Appearing { .. } => PlannedState::Appearing,
            State::Joined { room_id } => PlannedState::Joined { room_id: room_id.to_string() },
            State::AlreadyIn { room_id } => {
                PlannedState::AlreadyIn { room_id: room_id.to_string() }
            }
            State::Moved { denied: true, .. } => {
                PlannedState::Failed { problem: JoinProblem::Moved }
            }
            State::Moved { successor, .. } => {
                let problem = JoinProblem::Replaced { by: successor.to_string() };
                PlannedState::Failed { problem }
            }
            State::Failed { problem, .. } => PlannedState::Failed { problem: problem.clone() },
        }
    }

    /// Of several things, the one that the others wait for.
    fn doing(&self, now: Time, online: bool) -> PlanDoing {
        let name = |what: fn(&State) -> bool| {
            let entry = self.visible().find(|entry| what(&entry.state));
            entry.map(|entry| entry.wanted.name.clone())
        };
        let queued = name(|state| *state == State::Queued).is_some();
        if self.visible().all(|entry| entry.state.is_settled()) {
            return PlanDoing::Finished;
        }
        if self.paused {
            return PlanDoing::Paused;
        }
        if !online {
            return PlanDoing::WaitingForNetwork;
        }
        if let Some(wait) = self.pace.wait().filter(|wait| queued && wait.until > now) {
            return waiting(&wait);
        }
        let asking = self.visible().filter_map(|entry| match entry.state {
            State::Asking { since } => Some((since, entry)),
            _ => None,
        });
        if let Some((since, entry)) = asking.max_by_key(|(since, _)| *since) {
            let slow = now.since(since) >= SLOW_MS;
            return PlanDoing::Joining { name: entry.wanted.name.clone(), slow };
        }
        if let Some(name) = name(|state| matches!(state, State::Unsure { .. })) {
            return PlanDoing::FindingOut { name };
        }
        match name(|state| matches!(state, State::Appearing { .. })) {
            Some(name) => PlanDoing::Appearing { name },
            None => PlanDoing::Joining {
                name: name(|state| *state == State::Queued).unwrap_or_default(),
                slow: false,
            },
        }
    }
}

/// The user is in such a room, and has to know something about it.
pub fn has_moved(state: &PlannedState) -> bool {
    matches!(
        state,
        PlannedState::Failed { problem: JoinProblem::Moved | JoinProblem::Replaced { .. } }
    )
}

fn waiting(wait: &Wait) -> PlanDoing {
    match wait.why {
        Refusal::Unreachable => PlanDoing::WaitingForNetwork,
        Refusal::Limited | Refusal::LimitedSilently => PlanDoing::WaitingForServer {
            until_ms: wait.until.0,
            long: wait.is_long(),
            guessed: wait.why == Refusal::LimitedSilently,
        },
    }
}

impl From<Left> for TimeLeft {
    fn from(left: Left) -> Self {
        let bound = match left.bound {
            Bound::Limit => TimeBound::Limit,
            Bound::Answers => TimeBound::Answers,
        };
        Self {
            low_ms: left.low_ms,
            likely_ms: left.likely_ms,
            high_ms: left.high_ms,
            bound,
            each_ms: left.each_ms,
        }
    }
}
