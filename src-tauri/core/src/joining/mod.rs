//! Joining rooms by a plan, at the homeserver's pace.

mod drive;
mod estimate;
mod hush;
mod leave;
mod outcome;
mod pace;
mod plan;
mod post;
#[cfg(test)]
mod simulation;
#[cfg(test)]
#[path = "../fuzz/joining.rs"]
pub(crate) mod stored;

use std::{
    collections::BTreeSet,
    sync::{Mutex as StdMutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use matrix_sdk::{
    Client, RoomState,
    ruma::{OwnedRoomAliasId, OwnedRoomId, OwnedServerName, RoomId, RoomOrAliasId},
};
use tokio::{
    sync::{Mutex, Notify, oneshot},
    task::JoinSet,
};
use tracing::warn;

use self::{
    pace::Time,
    plan::{Address, LoadError, Plan, Post, Rank, Step, Wanted},
    post::Reply,
};
use crate::{
    address::MOST_VIA,
    catalogue::{Catalogue, LOBBY},
    failure::{from_id, from_sdk},
    talk::Talk,
    text::display_name,
    wire::{ErrorKind, JoinOrder, UiError},
};

/// Where the SDK's encrypted store keeps the plan.
const STORE_KEY: &[u8] = b"org.galaxyproject.chat.joins";

/// Where it keeps the plan of this version while that of a newer one is there.
const STORE_KEY_BESIDE_NEWER: &[u8] = b"org.galaxyproject.chat.joins.3";

/// Where it keeps a plan that could not be read.
const STORE_KEY_SET_ASIDE: &[u8] = b"org.galaxyproject.chat.joins.set-aside";

/// The plan of a session, and who is told when there is something to do about it.
pub(crate) struct Joins {
    plan: StdMutex<Plan>,
    /// What was kept last; held while the plan is kept, so that none replaces a later one.
    kept: Mutex<Kept>,
    changed: Notify,
}

enum Kept {
    /// What is kept, and under which key.
    Plan(&'static [u8], Vec<u8>),
    /// Nothing can be kept: what is there could not be read, and is not to be replaced.
    Unreadable,
}

/// A join that was asked for before everything else a new session needs.
pub(crate) struct First {
    post: Post,
    reply: oneshot::Receiver<Reply>,
}

impl Joins {
    /// The plan of earlier runs. One of a newer version is left where it is, and one that cannot be
    /// read is set aside.
    pub async fn load(client: &Client) -> Self {
        for key in [STORE_KEY, STORE_KEY_BESIDE_NEWER] {
            let stored = match client.state_store().get_custom_value(key).await {
                Ok(stored) => stored,
                Err(error) => {
                    warn!("what was to be joined cannot be read, and is left as it is: {error}");
                    return Self::new(Plan::default(), Kept::Unreadable);
                }
            };
            let loaded = stored.as_deref().map(|plan| Plan::load(plan, now())).transpose();
            match loaded {
                Ok(plan) => {
                    let mut plan = plan.unwrap_or_default();
                    // What was done in another run is no news.
                    plan.forget_joined();
                    return Self::new(plan, Kept::Plan(key, stored.unwrap_or_default()));
                }
                Err(error @ LoadError::Version(_)) => {
                    warn!("what was to be joined is left to a newer version: {error}");
                }
                Err(error) => {
                    warn!("what was to be joined is not known any more: {error}");
                    let aside = set_aside(client, stored.unwrap_or_default()).await;
                    let kept = if aside { Kept::Plan(key, Vec::new()) } else { Kept::Unreadable };
                    return Self::new(Plan::default(), kept);
                }
            }
        }
        Self::new(Plan::default(), Kept::Unreadable)
    }

    fn new(plan: Plan, kept: Kept) -> Self {
        Self { plan: StdMutex::new(plan), kept: Mutex::new(kept), changed: Notify::new() }
    }

    /// Asks for a join that everything else waits for, where the plan allows it.
    pub async fn begin(
        &self,
        tasks: &StdMutex<JoinSet<()>>,
        client: &Client,
        catalogue: &Catalogue,
        alias: &str,
    ) -> Option<First> {
        let wanted = wanted(catalogue, None, alias, &[], Rank::Pick).ok()?;
        let step = {
            let mut plan = self.plan();
            plan.add([wanted]);
            plan.next(now(), true, |_| None)
        };
        let Step::Post(post) = step else { return None };
        let (tell, reply) = oneshot::channel();
        let (client_of_task, target, via) = (client.clone(), post.target.clone(), post.via.clone());
        let ask = async move {
            // Nobody listens any more where the session ended meanwhile.
            let _ = tell.send(post::ask(&client_of_task, &target, via).await);
        };
        if !self.keep(client).await {
            self.plan().cannot_keep(post.id);
            return None;
        }
        tasks.lock().unwrap_or_else(PoisonError::into_inner).spawn(ask);
        Some(First { post, reply })
    }

    /// Keeps the plan, if it is another than was kept last. `false` where it could not be kept: no
    /// request may be made then, as a later run would not know of it.
    pub async fn keep(&self, client: &Client) -> bool {
        let mut kept = self.kept.lock().await;
        let Kept::Plan(key, before) = &mut *kept else { return false };
        let plan = self.plan().save();
        if *before == plan {
            return true;
        }
        let written = client.state_store().set_custom_value_no_read(key, plan.clone()).await;
        match written {
            Ok(()) => *before = plan,
            Err(error) => {
                warn!("what is to be joined was not kept: {error}");
                return false;
            }
        }
        true
    }

    /// Something has happened that the plan may make a difference of.
    pub fn changed(&self) {
        self.changed.notify_one();
    }

    /// The homeserver can be reached again.
    pub fn reached(&self) {
        self.plan().reached();
        self.changed();
    }

    /// The aliases of the rooms in the plan.
    pub fn planned_aliases(&self) -> BTreeSet<String> {
        self.plan().aliases().map(ToString::to_string).collect()
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Talk {
    /// Puts a room into the plan, before all others that wait. `via` are servers that may know it,
    /// besides those of the catalogue. How far it is, the window is told.
    ///
    /// # Errors
    ///
    /// Where `room` is neither an alias nor a room id.
    pub async fn join(&self, room: &str, via: &[String]) -> Result<(), UiError> {
        let wanted = self.wanted(room, via, Rank::Pick)?;
        {
            let mut plan = self.joins.plan();
            let address = wanted.address.clone();
            plan.add([wanted]);
            if let Some(id) = plan.find(&address) {
                plan.move_first(id);
            }
        }
        self.take_up_plan().await;
        Ok(())
    }

    /// Puts rooms into the plan: the Lobby first, then `picks` in their order, then the `rest`.
    ///
    /// # Errors
    ///
    /// Where one is neither an alias nor a room id; nothing was put into the plan then.
    pub async fn join_rooms(&self, picks: &[String], rest: &[String]) -> Result<(), UiError> {
        let picks = picks.iter().map(|room| self.wanted(room, &[], Rank::Pick));
        let rest = rest.iter().map(|room| self.wanted(room, &[], Rank::Rest));
        let wanted = picks.chain(rest).collect::<Result<Vec<_>, _>>()?;
        self.joins.plan().add(wanted);
        self.take_up_plan().await;
        Ok(())
    }

    /// Changes the plan as the user wants it.
    ///
    /// # Errors
    ///
    /// Where asking to be let in met with something.
    pub async fn steer_joins(&self, order: JoinOrder) -> Result<(), UiError> {
        if let JoinOrder::Knock { id } = order {
            self.knock(id).await?;
        } else {
            let mut plan = self.joins.plan();
            match order {
                JoinOrder::Pause => plan.pause(),
                JoinOrder::Resume => plan.resume(),
                JoinOrder::TryNow => drop(plan.try_now(now())),
                JoinOrder::CancelAll => plan.cancel_all(),
                JoinOrder::First { id } => drop(plan.move_first(id)),
                JoinOrder::Up { id } => drop(plan.move_up(id)),
                JoinOrder::Cancel { id } => plan.cancel(id),
                JoinOrder::Retry { id } => drop(plan.retry(id)),
                JoinOrder::Follow { id } => {
                    if plan.follow(id) {
                        plan.move_first(id);
                    }
                }
                JoinOrder::Knock { .. } => {}
            }
        }
        self.take_up_plan().await;
        Ok(())
    }

    /// Goes from a room that the user is in to the one that it names as its successor; the room id of that.
    /// No room is left by it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RoomNotJoined`] where the user is not in it, or it names none.
    pub async fn follow_successor(&self, room_id: &str) -> Result<String, UiError> {
        let id = RoomId::parse(room_id).map_err(from_id)?;
        let room = self.client.get_room(&id).filter(|room| room.state() == RoomState::Joined);
        let room = room.ok_or(ErrorKind::RoomNotJoined)?;
        let successor = room.successor_room().ok_or(ErrorKind::RoomNotJoined)?.room_id;
        if self.is(&successor, RoomState::Joined) {
            return Ok(successor.into());
        }
        let name = room.cached_display_name().map(|name| name.to_string());
        let name = display_name(name.as_deref(), room_id);
        // The servers of those who are in the old room are the likeliest to be in the new one.
        let via = self.route(&id).await;
        let old = Wanted { via, name, ..self.wanted(room_id, &[], Rank::Pick)? };
        self.joins.plan().follow_from(old, id, &successor);
        self.take_up_plan().await;
        Ok(successor.into())
    }

    /// Asks those who are in a room of the plan to be let in.
    async fn knock(&self, id: u32) -> Result<(), UiError> {
        let Some(wanted) = self.joins.plan().wanted(id).cloned() else { return Ok(()) };
        let target = wanted.address.target(!wanted.via.is_empty());
        let room = self.client.knock(target, None, wanted.via).await;
        let room = room.map_err(|error| from_sdk(&error, self.server()))?;
        self.joins.plan().knocked(id, room.room_id().to_owned());
        Ok(())
    }

    /// Keeps what was wanted before anything else happens, and goes on with it.
    async fn take_up_plan(&self) {
        self.keep_plan().await;
        self.show_plan();
        self.joins.changed();
    }

    async fn keep_plan(&self) -> bool {
        let _writing = self.writing.lock().await;
        self.joins.keep(&self.client).await
    }

    fn wanted(&self, room: &str, via: &[String], rank: Rank) -> Result<Wanted, UiError> {
        wanted(&self.catalogue.now(), self.known.room_of(room), room, via, rank)
    }
}

/// Moves a plan that cannot be read out of the way; `false` where that failed.
async fn set_aside(client: &Client, plan: Vec<u8>) -> bool {
    let moved = client.state_store().set_custom_value_no_read(STORE_KEY_SET_ASIDE, plan).await;
    moved.inspect_err(|error| warn!("nor set aside: {error}")).is_ok()
}

/// A wish for a room, with what the catalogue knows of it. `known` is where the directory says that
/// its alias leads.
fn wanted(
    catalogue: &Catalogue,
    known: Option<OwnedRoomId>,
    room: &str,
    via: &[String],
    rank: Rank,
) -> Result<Wanted, UiError> {
    let id = RoomOrAliasId::parse(room).map_err(from_id)?;
    let entry = catalogue.by_alias(room);
    let address = match (OwnedRoomAliasId::try_from(id), known) {
        (Ok(alias), Some(room_id)) => Address::Both(alias, room_id),
        (Ok(alias), None) => Address::Alias(alias),
        (Err(room_id), _) => Address::Room(room_id),
    };
    Ok(Wanted {
        address,
        via: servers_for(catalogue, room, via),
        key: entry.map(|entry| entry.key.clone()),
        name: entry.map_or(room, |entry| &entry.name).to_owned(),
        rank: if entry.is_some_and(|entry| entry.key == LOBBY) { Rank::Lobby } else { rank },
        space: None,
    })
}

/// The servers to join through: those of the list, and only for a room that it does not have those of a
/// link. Whoever makes a link must not choose which servers a known room is joined through.
fn servers_for(catalogue: &Catalogue, room: &str, via: &[String]) -> Vec<OwnedServerName> {
    let all = catalogue.by_alias(room).map_or(via, |entry| &entry.via).iter();
    let mut servers: Vec<OwnedServerName> = Vec::new();
    for server in all.filter_map(|server| server.as_str().try_into().ok()) {
        if servers.len() < MOST_VIA && !servers.contains(&server) {
            servers.push(server);
        }
    }
    // Nobody knows a room by its id alone.
    if servers.is_empty()
        && let Ok(id) = RoomId::parse(room)
    {
        servers.extend(id.server_name().map(ToOwned::to_owned));
    }
    servers
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
