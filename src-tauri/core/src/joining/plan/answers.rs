use matrix_sdk::ruma::{OwnedRoomId, RoomId};

use super::{
    APPEAR_MS, Address, Entry, MOST_LOSSES, MOST_MOVES, Plan, REQUEST_MS, SETTLE_MS, SLOW_MS,
    State, WATCH_MS, Wanted, held_up,
};
use crate::{joining::pace::Time, wire::JoinProblem};

/// What came of a request to join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The homeserver has joined the room.
    Joined(OwnedRoomId),
    /// Too many requests (429); milliseconds to wait, where the homeserver said.
    Limited(Option<u64>),
    /// Only members of a Space may join; that Space, where it is known and the user is not in it.
    Restricted(Option<Address>),
    /// Refused for a reason that repeating does not change.
    Failed(JoinProblem),
    /// No connection was made: the homeserver knows nothing of the request.
    NotSent,
    /// The connection broke off, or the homeserver said that it is out of order (5xx).
    Lost,
    /// No answer in [`REQUEST_MS`](super::REQUEST_MS), or word from a gateway that the homeserver
    /// takes too long (504): it may still be at it.
    TimedOut,
}

/// What came of a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The user is in the room.
    In(OwnedRoomId),
    /// The user is not.
    Out,
    /// It could not be looked up.
    Unknown,
}

impl Plan {
    /// Takes what came of a request. `fraction` is random; see [`Pace::refused`]. An answer for a
    /// room that is settled, or no longer there, counts for the pace only.
    ///
    /// [`Pace::refused`]: crate::joining::pace::Pace::refused
    pub fn answer(&mut self, id: u32, answer: Answer, now: Time, fraction: u16) {
        self.take_pace(&answer, now, fraction);
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) else { return };
        let State::Asking { since } = entry.state else { return };
        if !matches!(answer, Answer::Limited(_) | Answer::NotSent | Answer::Lost) {
            let server = entry.wanted.address.server();
            self.estimate.answered(server, held_up(now.since(since)), now);
        }
        entry.state = match answer {
            Answer::Joined(room_id) => {
                entry.wanted.address.learn(&room_id.clone().into());
                State::Appearing { room_id, until: now.plus(APPEAR_MS) }
            }
            Answer::Limited(_) | Answer::NotSent => State::Queued,
            // Where the Space was known the user is in it, and that did not help.
            Answer::Restricted(Some(space)) if entry.wanted.space.is_none() => {
                entry.wanted.space = Some(space);
                State::Queued
            }
            Answer::Restricted(space) => {
                let space = space.or(entry.wanted.space.take()).map(|space| space.to_string());
                State::failed(JoinProblem::Restricted { space })
            }
            Answer::Failed(problem) => State::failed(problem),
            Answer::Lost => {
                entry.losses = entry.losses.saturating_add(1);
                let last = entry.losses >= MOST_LOSSES;
                // What takes long goes on at the homeserver, whoever has hung up meanwhile.
                let slow = now.since(since) >= SLOW_MS;
                let soon = now.plus(SETTLE_MS);
                let until = if slow { since.plus(REQUEST_MS).max(soon) } else { soon };
                State::Unsure { since, until, last }
            }
            Answer::TimedOut => State::Unsure { since, until: now.plus(WATCH_MS), last: true },
        };
        let is_asked = entry.state.is_asked();
        if entry.dropped && !is_asked {
            self.entries.retain(|entry| entry.id != id);
        } else {
            self.unify(id);
        }
    }

    /// Takes what the homeserver said in its own words with the answer by which a room was not joined.
    pub fn quote(&mut self, id: u32, said: Option<String>) {
        if let Some(State::Failed { words, .. }) = self.entry(id).map(|entry| &mut entry.state) {
            *words = said;
        }
    }

    /// The user goes to the room that one of theirs names as its successor: that is queued. `old` is the
    /// room that the user is in, and that names it.
    pub fn follow_from(&mut self, old: Wanted, room_id: OwnedRoomId, successor: &RoomId) {
        let address = old.address.clone();
        self.add([old]);
        let Some(id) = self.find(&address) else { return };
        if let Some(entry) = self.entry(id) {
            entry.state = State::Joined { room_id };
        }
        self.offer(id, successor);
        if self.follow(id) {
            self.move_first(id);
        } else if let Some(id) = self.find(&Address::Room(successor.to_owned())) {
            // The successor is in the plan for itself.
            self.retry(id);
            self.move_first(id);
        }
    }

    /// The request for a room was not made, as the plan could not be kept. The plan pauses: the others
    /// would meet with the same.
    pub fn cannot_keep(&mut self, id: u32) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
            entry.state = State::failed(JoinProblem::NotKept);
        }
        self.pause();
    }

    /// Takes what came of a look-up that was made after [`Step::LookUp`](super::Step::LookUp).
    pub fn looked_up(&mut self, id: u32, found: Found, now: Time) {
        let Some(entry) = self.entry(id).filter(|entry| entry.state.is_asked()) else { return };
        let again = now.plus(SETTLE_MS);
        match (found, &mut entry.state) {
            (Found::In(room_id), state) => {
                entry.wanted.address.learn(&room_id.clone().into());
                *state = State::Joined { room_id };
            }
            (Found::Unknown, State::Unsure { until, .. } | State::Appearing { until, .. }) => {
                *until = again;
            }
            (Found::Out, state @ State::Unsure { last: false, .. }) => *state = State::Queued,
            // Given up by the homeserver, or left meanwhile with another app.
            (Found::Out, state @ (State::Unsure { .. } | State::Appearing { .. })) => {
                *state = State::failed(JoinProblem::Slow);
            }
            (_, _) => {}
        }
        self.entries.retain(|entry| !entry.dropped || entry.state.is_asked());
        self.unify(id);
    }

    /// The rooms that this plan has joined and that were not checked yet, each with the one that named
    /// it as its successor.
    pub fn unchecked(&self) -> impl Iterator<Item = (u32, &RoomId, Option<&RoomId>)> {
        self.entries.iter().filter_map(|entry| match &entry.state {
            State::Joined { room_id } if !entry.checked => {
                Some((entry.id, &**room_id, entry.followed.last().map(|room_id| &**room_id)))
            }
            _ => None,
        })
    }

    /// A joined room is what it was taken for.
    pub fn check(&mut self, id: u32) {
        if let Some(entry) = self.entry(id) {
            entry.checked = true;
        }
    }

    /// A joined room names a successor, which waits for the user's word. One that is in the plan for
    /// itself is not this one's, whatever this one says.
    pub fn offer(&mut self, id: u32, successor: &RoomId) {
        let is_other = |entry: &Entry| {
            entry.id != id && entry.wanted.address.room_id().is_some_and(|it| it == successor)
        };
        if self.entries.iter().any(is_other) {
            return self.check(id);
        }
        let Some(entry) = self.entry(id) else { return };
        let State::Joined { room_id } = &entry.state else { return };
        let room_id = room_id.clone();
        let is_known = room_id == successor || entry.followed.iter().any(|it| it == successor);
        if entry.followed.len() >= MOST_MOVES || is_known {
            return self.check(id);
        }
        entry.wanted.address.learn(&room_id.clone().into());
        entry.checked = true;
        entry.state = State::Moved { room_id, successor: successor.to_owned(), denied: false };
    }

    /// The user wants the successor of a room that has moved: that is queued. `false` where there is
    /// none to go to.
    pub fn follow(&mut self, id: u32) -> bool {
        let Some(entry) = self.entry(id) else { return false };
        let State::Moved { room_id, successor, denied: false } = entry.state.clone() else {
            return false;
        };
        // The servers of both rooms know the way best.
        let servers = [successor.server_name(), room_id.server_name()].into_iter().flatten();
        let via = servers.map(ToOwned::to_owned).chain(std::mem::take(&mut entry.wanted.via));
        entry.wanted.via = via.collect();
        entry.wanted = entry.wanted.clone().tidy();
        entry.wanted.address.learn(&successor.into());
        entry.followed.push(room_id);
        entry.state = State::Queued;
        entry.losses = 0;
        entry.checked = false;
        self.unify(id);
        true
    }

    /// The room that was followed to does not say that it took over. The user is in both; where the
    /// room is stays as it was.
    pub fn deny(&mut self, id: u32) {
        let Some(entry) = self.entry(id) else { return };
        let State::Joined { room_id: successor } = entry.state.clone() else { return };
        let Some(room_id) = entry.followed.pop() else { return };
        entry.wanted.address.learn(&room_id.clone().into());
        entry.checked = true;
        entry.state = State::Moved { room_id, successor, denied: true };
    }

    /// The user has asked to be let in; the room's id is known by that.
    pub fn knocked(&mut self, id: u32, room_id: OwnedRoomId) {
        if let Some(entry) = self.entry(id) {
            entry.wanted.address.learn(&room_id.into());
            entry.state = State::failed(JoinProblem::Knock { asked: true });
        }
    }

    /// Whether the user waits to be let into a room.
    pub fn is_knocking(&self) -> bool {
        let asked = State::failed(JoinProblem::Knock { asked: true });
        self.entries.iter().any(|entry| entry.state == asked)
    }

    /// Queues those rooms again that the user has asked to be let into, and was, as `invited` says.
    pub fn let_in(&mut self, invited: impl Fn(&RoomId) -> bool) {
        for entry in &mut self.entries {
            let asked = State::failed(JoinProblem::Knock { asked: true });
            if entry.state == asked && entry.wanted.address.room_id().is_some_and(|id| invited(id))
            {
                entry.state = State::Queued;
            }
        }
    }

    /// The network is back: what waited for it goes on at once.
    pub fn reached(&mut self) {
        self.pace.reached();
        self.estimate.interrupted();
    }

    /// Cuts short a wait of more than five minutes; `false` where there is none.
    pub fn try_now(&mut self, now: Time) -> bool {
        self.pace.try_now(now)
    }

    fn take_pace(&mut self, answer: &Answer, now: Time, fraction: u16) {
        match answer {
            Answer::Limited(said_ms) => {
                let length = self.pace.refused(now, *said_ms, fraction);
                self.estimate.refused(now.plus(length));
            }
            Answer::NotSent | Answer::Lost => self.pace.not_reached(now, fraction),
            Answer::TimedOut => {}
            Answer::Joined(_) | Answer::Restricted(_) | Answer::Failed(_) => {
                self.pace.let_through();
            }
        }
    }
}
