use matrix_sdk::ruma::OwnedRoomAliasId;

use super::{Address, Entry, Plan, Rank, State, Wanted};

impl Plan {
    /// Adds rooms, in the order in which they are to be joined. A room that is in the plan already
    /// is not added twice: what is known of it is put together, its rank is the higher of the two,
    /// and one that failed is tried again. Adding to a plan that has nothing left to do begins a
    /// new one, which still shows what failed.
    pub fn add(&mut self, wanted: impl IntoIterator<Item = Wanted>) {
        let finished = self.is_settled();
        let wanted: Vec<Wanted> = wanted.into_iter().collect();
        if finished && !wanted.is_empty() {
            self.entries.retain(|entry| entry.state.has_problem());
            self.paused = false;
            self.estimate.interrupted();
        }
        for wanted in wanted {
            self.add_one(wanted.tidy());
        }
    }

    fn add_one(&mut self, wanted: Wanted) {
        let rank = wanted.rank;
        let same = |entry: &&mut Entry| entry.wanted.address.is_same(&wanted.address);
        let Some(entry) = self.entries.iter_mut().find(same) else {
            let entry = Entry {
                id: self.next_id(),
                wanted,
                state: State::Queued,
                dropped: false,
                losses: 0,
                followed: Vec::new(),
                checked: false,
            };
            return self.insert(entry);
        };
        let promoted = rank < entry.wanted.rank;
        if entry.dropped || entry.state.is_settled() {
            // That join is over, and with it what a link said of the way there.
            entry.wanted.via.clear();
        }
        entry.wanted.merge(wanted);
        entry.dropped = false;
        if entry.state.is_settled() {
            entry.state = State::Queued;
            entry.losses = 0;
            entry.followed.clear();
            entry.checked = false;
        }
        let id = entry.id;
        self.unify(id);
        if promoted && let Some(index) = self.index_of(id) {
            let entry = self.entries.remove(index);
            self.insert(entry);
        }
    }

    /// Names a room within this run: more of them than there are numbers are never added.
    fn next_id(&mut self) -> u32 {
        self.last_id = self.last_id.wrapping_add(1);
        self.last_id
    }

    /// Names all rooms anew, as nobody knows the numbers of an earlier run. So they do not run out, and
    /// no two rooms have the same, whatever was kept.
    pub(super) fn renumber(&mut self) {
        self.last_id = 0;
        for index in 0..self.entries.len() {
            self.entries[index].id = self.next_id();
        }
    }

    /// Puts an entry behind all of its rank.
    fn insert(&mut self, entry: Entry) {
        let rank = entry.wanted.rank;
        let index = self.entries.partition_point(|other| other.wanted.rank <= rank);
        self.entries.insert(index, entry);
    }

    /// Puts entries together that have turned out to be the same room. The one that is furthest
    /// stays.
    pub(super) fn unify(&mut self, id: u32) {
        let Some(index) = self.index_of(id) else { return };
        let address = self.entries[index].wanted.address.clone();
        let is_other = |entry: &Entry| entry.id != id && entry.wanted.address.is_same(&address);
        let Some(other) = self.entries.iter().position(is_other) else { return };
        let (kept, gone) =
            if self.entries[other].state.progress() > self.entries[index].state.progress() {
                (other, index)
            } else {
                (index, other)
            };
        let kept = self.entries[kept].id;
        let gone = self.entries.remove(gone);
        if let Some(entry) = self.entry(kept) {
            entry.dropped &= gone.dropped;
            let rank = entry.wanted.rank;
            entry.wanted.merge(gone.wanted);
            if entry.wanted.rank != rank
                && let Some(index) = self.index_of(kept)
            {
                let entry = self.entries.remove(index);
                self.insert(entry);
            }
        }
        self.unify(kept);
    }

    /// Stops asking for further rooms. What is under way goes on.
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// Goes on.
    pub fn resume(&mut self) {
        if self.paused {
            self.paused = false;
            self.estimate.interrupted();
        }
    }

    /// Moves a room that waits for its turn before the one that has its turn before it. The Lobby
    /// stays first. `false` where it cannot go further.
    pub fn move_up(&mut self, id: u32) -> bool {
        let Some(index) = self.movable(id) else { return false };
        let before = self.entries[..index].iter().rposition(Entry::can_move);
        before.is_some_and(|before| self.move_to(index, before))
    }

    /// Moves a room that waits for its turn before all others but the Lobby. `false` where it is
    /// there already.
    pub fn move_first(&mut self, id: u32) -> bool {
        let Some(index) = self.movable(id) else { return false };
        let first = self.entries[..index].iter().position(Entry::can_move);
        first.is_some_and(|first| self.move_to(index, first))
    }

    /// Takes a room out of the plan. One that the homeserver has been asked for may still appear.
    pub fn cancel(&mut self, id: u32) {
        self.entries.retain_mut(|entry| {
            entry.dropped |= entry.id == id;
            !entry.dropped || entry.state.is_asked()
        });
    }

    /// Takes all rooms out of the plan.
    pub fn cancel_all(&mut self) {
        self.entries.retain_mut(|entry| {
            entry.dropped = true;
            entry.state.is_asked()
        });
        self.paused = false;
    }

    /// Queues a room again that could not be joined; `false` where there is none.
    pub fn retry(&mut self, id: u32) -> bool {
        let Some(entry) = self.entry(id) else { return false };
        let failed = matches!(entry.state, State::Failed { .. });
        if failed {
            entry.state = State::Queued;
            entry.losses = 0;
            entry.checked = false;
        }
        failed
    }

    /// The room of that address.
    pub fn find(&self, address: &Address) -> Option<u32> {
        let is_same = |entry: &&Entry| !entry.dropped && entry.wanted.address.is_same(address);
        self.entries.iter().find(is_same).map(|entry| entry.id)
    }

    /// The room of that number, as it was asked for.
    pub fn wanted(&self, id: u32) -> Option<&Wanted> {
        self.entries.iter().find(|entry| entry.id == id).map(|entry| &entry.wanted)
    }

    /// The aliases of all rooms.
    pub fn aliases(&self) -> impl Iterator<Item = &OwnedRoomAliasId> {
        self.entries.iter().filter_map(|entry| entry.wanted.address.alias())
    }

    fn movable(&self, id: u32) -> Option<usize> {
        self.index_of(id).filter(|&index| self.entries[index].can_move())
    }

    fn move_to(&mut self, from: usize, to: usize) -> bool {
        let mut entry = self.entries.remove(from);
        entry.wanted.rank = self.entries[to].wanted.rank.min(entry.wanted.rank);
        self.entries.insert(to, entry);
        true
    }

    fn index_of(&self, id: u32) -> Option<usize> {
        self.entries.iter().position(|entry| entry.id == id)
    }
}

impl Entry {
    fn can_move(&self) -> bool {
        self.state == State::Queued && self.wanted.rank != Rank::Lobby
    }
}

impl State {
    fn progress(&self) -> u8 {
        match self {
            Self::Failed { .. } => 0,
            Self::Queued => 1,
            Self::Unsure { .. } => 2,
            Self::Asking { .. } => 3,
            Self::Appearing { .. } => 4,
            Self::AlreadyIn { .. } => 5,
            Self::Joined { .. } | Self::Moved { .. } => 6,
        }
    }
}
