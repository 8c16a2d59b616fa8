use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use matrix_sdk_ui::eyeball_im::{Vector, VectorDiff};

use crate::wire::{
    CatalogueEntry, Closed, Diff, Invitation, Join, JoinPlan, LastMessage, RoomRow, Session,
    SyncState, TimelineItem, UiError, Update,
};

/// Takes the updates meant for the window; `false` where nobody listens any more.
pub type Sink = Box<dyn Fn(Update) -> bool + Send>;

/// What the window shows, and who is told of its changes. One lock holds both, so a new
/// subscriber's snapshot and the updates after it join without a gap.
#[derive(Clone)]
pub struct Board(Arc<Mutex<Shown>>);

struct Shown {
    sink: Option<Sink>,
    session: Session,
    sync: SyncState,
    catalogue: Vec<CatalogueEntry>,
    joins: Vec<Join>,
    plan: JoinPlan,
    invitations: Vec<Invitation>,
    rooms: Vector<RoomRow>,
    timeline: Option<(String, Vector<TimelineItem>)>,
    /// What happened before there was anybody to tell.
    untold: Option<Update>,
}

impl Board {
    pub fn new(catalogue: Vec<CatalogueEntry>) -> Self {
        Self(Arc::new(Mutex::new(Shown {
            sink: None,
            session: Session::Restoring,
            sync: SyncState::Idle,
            catalogue,
            joins: Vec::new(),
            plan: JoinPlan::default(),
            invitations: Vec::new(),
            rooms: Vector::new(),
            timeline: None,
            untold: None,
        })))
    }

    /// Everything that is shown, and from then on `sink` is given every update. Replaces the
    /// subscriber before.
    pub fn subscribe(&self, sink: Sink) -> Vec<Update> {
        let mut shown = self.lock();
        let rooms = shown.rooms.iter().cloned().collect();
        let mut snapshot = vec![
            Update::Session { session: shown.session.clone() },
            Update::Sync { sync: shown.sync },
            Update::Catalogue { entries: shown.catalogue.clone() },
            Update::Joins { joins: shown.joins.clone() },
            Update::JoinPlan { plan: shown.plan.clone() },
            Update::Invitations { invitations: shown.invitations.clone() },
            Update::Rooms { diffs: vec![Diff::Reset { values: rooms }] },
        ];
        if let Some((room_id, items)) = &shown.timeline {
            snapshot.push(reset_timeline(room_id, items));
        }
        snapshot.extend(shown.untold.take());
        shown.sink = Some(sink);
        snapshot
    }

    pub fn session(&self) -> Session {
        self.lock().session.clone()
    }

    pub fn set_session(&self, session: Session) {
        let mut shown = self.lock();
        if shown.session != session {
            shown.session = session.clone();
            shown.tell(Update::Session { session });
        }
    }

    pub fn set_sync(&self, sync: SyncState) {
        let mut shown = self.lock();
        if shown.sync != sync {
            shown.sync = sync;
            shown.tell(Update::Sync { sync });
        }
    }

    /// Whether the homeserver is being heard.
    pub fn sync(&self) -> SyncState {
        self.lock().sync
    }

    /// Shows another list of rooms.
    pub fn set_catalogue(&self, entries: &[CatalogueEntry]) {
        let mut shown = self.lock();
        if shown.catalogue != entries {
            shown.catalogue = entries.to_vec();
            shown.tell(Update::Catalogue { entries: entries.to_vec() });
        }
    }

    /// Shows how far joining each room is.
    pub fn set_joins(&self, joins: Vec<Join>) {
        let mut shown = self.lock();
        if shown.joins != joins {
            shown.joins.clone_from(&joins);
            shown.tell(Update::Joins { joins });
        }
    }

    /// Shows the plan of the joins.
    pub fn set_plan(&self, plan: JoinPlan) {
        let mut shown = self.lock();
        if shown.plan != plan {
            shown.plan = plan.clone();
            shown.tell(Update::JoinPlan { plan });
        }
    }

    /// Shows the invitations.
    pub fn set_invitations(&self, invitations: Vec<Invitation>) {
        let mut shown = self.lock();
        if shown.invitations != invitations {
            shown.invitations.clone_from(&invitations);
            shown.tell(Update::Invitations { invitations });
        }
    }

    /// Whether a room is shown as an invitation.
    pub fn is_invitation(&self, room_id: &str) -> bool {
        self.lock().invitations.iter().any(|invitation| invitation.room_id == room_id)
    }

    pub fn change_rooms(&self, diffs: Vec<VectorDiff<RoomRow>>) {
        let mut shown = self.lock();
        let diffs = apply(diffs, &mut shown.rooms);
        shown.tell(Update::Rooms { diffs });
    }

    /// Says which room of the catalogue a joined room is.
    pub fn set_room_key(&self, room_id: &str, key: Option<String>) {
        self.change_room(room_id, |room| room.key = key);
    }

    /// Says what was found out about a joined room.
    pub fn set_room_facts(
        &self,
        room_id: &str,
        bridged: Vec<String>,
        last_message: Option<LastMessage>,
    ) {
        self.change_room(room_id, |room| {
            room.bridged = Some(bridged);
            room.last_message = last_message;
        });
    }

    /// The rooms in which the user cannot write, by room ID.
    pub fn closed_rooms(&self) -> HashMap<String, Closed> {
        let shown = self.lock();
        let closed = |room: &RoomRow| Some((room.room_id.clone(), room.closed.clone()?));
        shown.rooms.iter().filter_map(closed).collect()
    }

    /// Says whether the user cannot write in a room.
    pub fn set_room_closed(&self, room_id: &str, closed: Option<Closed>) {
        self.change_room(room_id, |room| room.closed = closed);
    }

    fn change_room(&self, room_id: &str, change: impl FnOnce(&mut RoomRow)) {
        let mut shown = self.lock();
        let Some(index) = shown.rooms.iter().position(|room| room.room_id == room_id) else {
            return;
        };
        let mut value = shown.rooms[index].clone();
        change(&mut value);
        if value != shown.rooms[index] {
            let diffs = apply(vec![VectorDiff::Set { index, value }], &mut shown.rooms);
            shown.tell(Update::Rooms { diffs });
        }
    }

    /// Shows a room's conversation in place of any other.
    pub fn open_timeline(&self, room_id: &str, items: Vector<TimelineItem>) {
        let mut shown = self.lock();
        let update = reset_timeline(room_id, &items);
        shown.timeline = Some((room_id.to_owned(), items));
        shown.tell(update);
    }

    /// Changes the conversation, if it is still the one shown.
    pub fn change_timeline(&self, room_id: &str, diffs: Vec<VectorDiff<TimelineItem>>) {
        let mut shown = self.lock();
        let Some((_, items)) = shown.timeline.as_mut().filter(|(shown, _)| shown == room_id) else {
            return;
        };
        let diffs = apply(diffs, items);
        shown.tell(Update::Timeline { room_id: room_id.to_owned(), diffs });
    }

    pub fn close_timeline(&self) {
        self.lock().timeline = None;
    }

    pub fn notice(&self, error: UiError) {
        self.lock().tell(Update::Notice { error });
    }

    /// Tells of something that happens once, now or as soon as somebody listens. The latest counts.
    pub fn tell_surely(&self, update: Update) {
        let mut shown = self.lock();
        shown.tell(update.clone());
        if shown.sink.is_none() {
            shown.untold = Some(update);
        }
    }

    /// Takes down everything that belongs to a session.
    pub fn clear(&self) {
        let mut shown = self.lock();
        shown.joins.clear();
        shown.plan = JoinPlan::default();
        shown.invitations.clear();
        shown.rooms.clear();
        shown.timeline = None;
        shown.sync = SyncState::Idle;
        shown.tell(Update::Joins { joins: Vec::new() });
        shown.tell(Update::JoinPlan { plan: JoinPlan::default() });
        shown.tell(Update::Invitations { invitations: Vec::new() });
        shown.tell(Update::Rooms { diffs: vec![Diff::Clear] });
        shown.tell(Update::Sync { sync: SyncState::Idle });
    }

    /// A panic elsewhere must not take the window's updates with it.
    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shown {
    fn tell(&mut self, update: Update) {
        if self.sink.as_ref().is_some_and(|sink| !sink(update)) {
            self.sink = None;
        }
    }
}

fn reset_timeline(room_id: &str, items: &Vector<TimelineItem>) -> Update {
    let values = items.iter().cloned().collect();
    Update::Timeline { room_id: room_id.to_owned(), diffs: vec![Diff::Reset { values }] }
}

fn apply<T: Clone>(diffs: Vec<VectorDiff<T>>, list: &mut Vector<T>) -> Vec<Diff<T>> {
    let mut changes = Vec::with_capacity(diffs.len());
    for diff in diffs {
        diff.clone().apply(list);
        changes.push(change(diff));
    }
    changes
}

fn change<T: Clone>(diff: VectorDiff<T>) -> Diff<T> {
    match diff {
        VectorDiff::Append { values } => Diff::Append { values: values.into_iter().collect() },
        VectorDiff::Clear => Diff::Clear,
        VectorDiff::PushFront { value } => Diff::PushFront { value },
        VectorDiff::PushBack { value } => Diff::PushBack { value },
        VectorDiff::PopFront => Diff::PopFront,
        VectorDiff::PopBack => Diff::PopBack,
        VectorDiff::Insert { index, value } => Diff::Insert { index, value },
        VectorDiff::Set { index, value } => Diff::Set { index, value },
        VectorDiff::Remove { index } => Diff::Remove { index },
        VectorDiff::Truncate { length } => Diff::Truncate { length },
        VectorDiff::Reset { values } => Diff::Reset { values: values.into_iter().collect() },
    }
}
