//! Takes the steps that the plan names.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use matrix_sdk::{
    HttpError, RoomState,
    config::RequestConfig,
    ruma::{
        OwnedRoomId, RoomAliasId, RoomId,
        api::{
            client::{alias::get_alias, membership::joined_rooms},
            error::ErrorKind as MatrixKind,
        },
    },
};
use tokio::{sync::oneshot, time::timeout};
use tracing::debug;

use super::{
    First,
    hush::Hush,
    now,
    pace::Time,
    plan::{Address, Answer, Found, Post, Step, Why, has_moved},
    post::Reply,
};
use crate::{
    catalogue::SPACE,
    failure::words,
    talk::Talk,
    wire::{Join, JoinState, PlanDoing, PlannedRoom, PlannedState, SyncState},
};

/// How often the clock is looked at while something is waited for. A computer that slept does not
/// count its sleep.
const LOOK: Duration = Duration::from_secs(10);

/// How long a join that the homeserver confirmed is watched for in the sync before the plan is asked
/// again what to do.
const ECHO_PATIENCE: Duration = Duration::from_secs(30);

impl Talk {
    /// Takes one step after the other for as long as the session is at work.
    pub(crate) async fn drive_joins(talk: Weak<Self>) {
        let Some(mut rooms) =
            talk.upgrade().map(|talk| talk.client.room_info_notable_update_receiver())
        else {
            return;
        };
        let mut hush = Hush::default();
        loop {
            let Some(this) = talk.upgrade() else { return };
            let step = this.next_step();
            if this.follow_moves().await {
                this.joins.changed();
            }
            let kept = this.keep_plan().await;
            let is_asking = this.joins.plan().is_asking();
            if hush.ends(is_asking, Instant::now()) {
                this.sync.start().await;
            }
            if hush.shows(Instant::now()) {
                this.show_plan();
            }
            let wait = match step {
                Step::Post(post) if !kept => {
                    this.joins.plan().cannot_keep(post.id);
                    continue;
                }
                Step::Post(post) => {
                    this.spawn(this.clone().post(post));
                    if hush.begins(Instant::now()) {
                        this.sync.stop().await;
                    }
                    continue;
                }
                Step::LookUp { id, address } => {
                    this.settle_by_look_up(id, &address).await;
                    continue;
                }
                Step::Wait { until, why } => patience(until, why),
                Step::Finished => None,
            };
            let pause = hush.pause();
            if pause.is_none() {
                this.keep_known().await;
            }
            let wait = wait.into_iter().chain(pause).min();
            let joins = this.joins.clone();
            // Being let into a room shows in no list of joined ones.
            let knocking = joins.plan().is_knocking();
            drop(this);
            let news = async {
                tokio::select! {
                    () = joins.changed.notified() => {}
                    _ = rooms.recv(), if knocking => {}
                }
            };
            match wait {
                Some(wait) => drop(timeout(wait, news).await),
                None => news.await,
            }
        }
    }

    async fn settle_by_look_up(&self, id: u32, address: &Address) {
        let found = self.look_up(address).await;
        self.joins.plan().looked_up(id, found, now());
    }

    fn next_step(&self) -> Step {
        let online = self.board.sync() == SyncState::Running;
        let mut plan = self.joins.plan();
        plan.let_in(|room_id| self.is(room_id, RoomState::Invited));
        plan.next(now(), online, |address| self.joined(address))
    }

    /// The room of that address, where the user is in it by what the sync has told.
    pub(super) fn joined(&self, address: &Address) -> Option<OwnedRoomId> {
        let alias = || self.known.room_of(address.alias()?.as_str());
        let room_id = address.room_id().cloned().or_else(alias)?;
        self.is(&room_id, RoomState::Joined).then_some(room_id)
    }

    /// How the user stands to a room. One that the SDK has only just heard of passes for joined until it
    /// has read what the homeserver says, which may be a ban.
    pub(super) fn is(&self, room_id: &RoomId, state: RoomState) -> bool {
        let room = self.client.get_room(room_id);
        room.is_some_and(|room| room.state() == state && room.is_state_partially_or_fully_synced())
    }

    async fn post(self: Arc<Self>, post: Post) {
        let reply = super::post::ask(&self.client, &post.target, post.via.clone()).await;
        if let Some(room_id) = self.take_reply(&post, reply).await {
            self.await_joined(&room_id).await;
        }
        self.joins.changed();
    }

    /// Takes the answer to the join that everything else waits for. The room is told to `accepted` as
    /// soon as it is known, and is said to be joined when its conversation is open.
    pub(crate) async fn take_first(
        self: Arc<Self>,
        first: First,
        accepted: oneshot::Sender<OwnedRoomId>,
    ) {
        let Ok(reply) = first.reply.await else { return };
        if let Ok(room_id) = &reply {
            *self.arriving() = Some(room_id.clone());
            // Nobody listens any more where the homeserver took long.
            let _ = accepted.send(room_id.clone());
        }
        if let Some(room_id) = self.take_reply(&first.post, reply).await {
            self.await_joined(&room_id).await;
            self.arrive().await;
        }
        self.joins.changed();
    }

    /// Tells the plan what came of a request; the room, where it was joined.
    async fn take_reply(&self, post: &Post, reply: Reply) -> Option<OwnedRoomId> {
        let (answer, words) = match reply {
            Ok(room_id) => (Answer::Joined(room_id), None),
            Err(error) => (self.meaning(&error, post).await, words(&error)),
        };
        let joined = match &answer {
            Answer::Joined(room_id) => Some(room_id.clone()),
            _ => None,
        };
        if let Some(room_id) = &joined
            && let Ok(alias) = <&RoomAliasId>::try_from(&*post.target)
        {
            self.learn(alias.as_str(), room_id);
        }
        {
            let mut plan = self.joins.plan();
            plan.answer(post.id, answer, now(), fraction());
            plan.quote(post.id, words);
        }
        self.joins.changed();
        joined
    }

    /// Waits until the room is here: then it can be opened. A room that was left before is here
    /// already, and joined only when the sync says so.
    async fn await_joined(&self, room_id: &RoomId) {
        let joined = async {
            let room = self.client.await_room_remote_echo(room_id).await;
            let mut info = room.subscribe_info();
            while room.state() != RoomState::Joined && info.next().await.is_some() {}
        };
        if timeout(ECHO_PATIENCE, joined).await.is_err() {
            debug!("a joined room has not appeared yet");
        }
    }

    /// Asks the homeserver whether the user is in a room.
    async fn look_up(&self, address: &Address) -> Found {
        let room_id = match (address.room_id(), address.alias()) {
            (Some(room_id), _) => room_id.clone(),
            (None, Some(alias)) => {
                let request = get_alias::v3::Request::new(alias.clone());
                match self.client.send(request).with_request_config(once()).await {
                    Ok(found) => {
                        self.remember(alias.as_str(), &found.room_id).await;
                        found.room_id
                    }
                    Err(error) => return unresolved(&error),
                }
            }
            (None, None) => return Found::Out,
        };
        let request = joined_rooms::v3::Request::new();
        match self.client.send(request).with_request_config(once()).await {
            Ok(rooms) if rooms.joined_rooms.contains(&room_id) => Found::In(room_id),
            Ok(_) => Found::Out,
            Err(_) => Found::Unknown,
        }
    }

    /// Shows the plan, and with it how far each room is.
    pub(crate) fn show_plan(&self) {
        let online = self.board.sync() != SyncState::Offline;
        let plan = self.joins.plan().shown(now(), online);
        let mut joins = self.joined_by_alias();
        let was_in_space = self.is_in_space(&joins);
        joins.retain(|join| !plan.rooms.iter().any(|room| is_elsewhere(room, join)));
        for room in &plan.rooms {
            let address = room.alias.as_ref().or(room.room_id.as_ref());
            let Some(address) = address.filter(|it| joins.iter().all(|join| join.alias != **it))
            else {
                continue;
            };
            if let Some(state) = self.join_state(room, &plan.doing) {
                joins.push(Join { alias: address.clone(), state });
            }
        }
        self.entrance.tell(was_in_space || self.is_in_space(&joins));
        self.board.set_joins(joins);
        self.board.set_plan(plan);
    }

    fn is_in_space(&self, joins: &[Join]) -> bool {
        let catalogue = self.catalogue.now();
        let space = catalogue.by_key(SPACE).map(|space| &space.alias);
        joins.iter().any(|join| {
            Some(&join.alias) == space && matches!(join.state, JoinState::Joined { .. })
        })
    }

    /// The rooms that are known by an alias and that the user is in.
    fn joined_by_alias(&self) -> Vec<Join> {
        let known = self.known.leads().into_iter();
        let joined = known.filter(|(_, room_id)| {
            self.is(room_id, RoomState::Joined) && !self.is_arriving(room_id)
        });
        let join = |(alias, room_id): (String, OwnedRoomId)| Join {
            alias,
            state: JoinState::Joined { room_id: room_id.to_string() },
        };
        joined.map(join).collect()
    }

    fn join_state(&self, room: &PlannedRoom, doing: &PlanDoing) -> Option<JoinState> {
        Some(match &room.state {
            PlannedState::Queued | PlannedState::WaitingForSpace => match doing {
                PlanDoing::WaitingForServer { until_ms, .. } => {
                    JoinState::Waiting { until_ms: *until_ms }
                }
                _ => JoinState::Queued,
            },
            PlannedState::Joining { .. }
            | PlannedState::Unsure { .. }
            | PlannedState::Appearing => JoinState::Joining,
            PlannedState::Joined { room_id } | PlannedState::AlreadyIn { room_id } => {
                let id = RoomId::parse(room_id).ok()?;
                if self.is_arriving(&id) {
                    JoinState::Joining
                } else if self.is(&id, RoomState::Joined) {
                    JoinState::Joined { room_id: room_id.clone() }
                } else {
                    return None;
                }
            }
            PlannedState::Failed { problem } => JoinState::Failed { problem: problem.clone() },
        })
    }

    /// It is said to be joined when its conversation is there.
    fn is_arriving(&self, room_id: &RoomId) -> bool {
        self.arriving().as_deref() == Some(room_id)
    }
}

/// Whether a room of the plan is another one than its alias is known for, or is to be: one that has
/// moved, or the successor.
fn is_elsewhere(room: &PlannedRoom, join: &Join) -> bool {
    let JoinState::Joined { room_id } = &join.state else { return false };
    room.alias.as_ref() == Some(&join.alias)
        && (has_moved(&room.state) || room.room_id.as_ref().is_some_and(|it| it != room_id))
}

/// For how long to wait where nothing happens; `None` where only that makes a difference.
fn patience(until: Option<Time>, why: Why) -> Option<Duration> {
    debug!("joins wait: {why:?}");
    let left = until.map_or(LOOK, |until| Duration::from_millis(until.since(now())));
    if why == Why::Paused && until.is_none() { None } else { Some(left.min(LOOK)) }
}

/// The other joins wait for a look-up: it is short, and made again later.
fn once() -> RequestConfig {
    RequestConfig::new().disable_retry().timeout(LOOK)
}

/// Where the homeserver answers that an alias leads nowhere, or cannot be asked about, asking to join
/// would bring the same answer, and be told.
fn unresolved(error: &HttpError) -> Found {
    match error.client_api_error_kind() {
        None
        | Some(
            MatrixKind::LimitExceeded(_) | MatrixKind::UnknownToken(_) | MatrixKind::UserLocked,
        ) => Found::Unknown,
        Some(_) => Found::Out,
    }
}

/// Evenly spread, and never none: clocks differ by some milliseconds, and whoever comes back too early by
/// one of them is refused again.
fn fraction() -> u16 {
    const LEAST: u16 = u16::MAX / 8;
    let mut bytes = [0; 2];
    // Without randomness apps that were refused at once come back at once, no more.
    let _ = getrandom::fill(&mut bytes);
    u16::from_ne_bytes(bytes).max(LEAST)
}
