//! One request to join, and what its answer means.

use std::time::Duration;

use matrix_sdk::{
    Client, HttpError, RoomState,
    config::RequestConfig,
    room_preview::RoomPreview,
    ruma::{
        OwnedRoomId, OwnedServerName, RoomId, RoomOrAliasId,
        api::client::membership::join_room_by_id_or_alias::v3::Request, assign,
    },
};
use tokio::time::{Instant, sleep};
use tracing::info;

use super::{
    now,
    outcome::{Verdict, explain, judge},
    plan::{Address, Answer, Post, REQUEST_MS, Rank},
};
use crate::{
    address::nearest,
    catalogue::SPACE,
    talk::Talk,
    wire::{JoinProblem, RoomKind},
};

/// Limits how long the state of a room that was just heard of is waited for.
const STATE_TIMEOUT: Duration = Duration::from_secs(5);
const STATE_PAUSE: Duration = Duration::from_millis(100);

/// What a homeserver says to a join.
pub(crate) type Reply = Result<OwnedRoomId, HttpError>;

/// Asks the homeserver once to join a room. Joining a large room through another server takes minutes.
pub(super) async fn ask(client: &Client, room: &RoomOrAliasId, via: Vec<OwnedServerName>) -> Reply {
    let request = assign!(Request::new(room.to_owned()), { via });
    // Repeating a join that was refused for its pace would only prolong the wait.
    let config = RequestConfig::new().disable_retry().timeout(Duration::from_millis(REQUEST_MS));
    let response = client.send(request).with_request_config(config).await?;
    Ok(response.room_id)
}

impl Talk {
    /// What a join that brought no room means for the plan.
    pub(super) async fn meaning(&self, error: &HttpError, post: &Post) -> Answer {
        if let HttpError::Cached(error) = error {
            return Box::pin(self.meaning(error, post)).await;
        }
        if let Some(refusal) = error.as_client_api_error() {
            return match judge(refusal, now()) {
                Verdict::Clear(Answer::Failed(JoinProblem::AddressUnknown { .. })) => {
                    let nearest = nearest(post.target.as_str(), &*self.catalogue.now());
                    // The list itself can be wrong.
                    let nearest = nearest.filter(|nearest| nearest != post.target.as_str());
                    Answer::Failed(JoinProblem::AddressUnknown { nearest })
                }
                Verdict::Clear(answer) => answer,
                Verdict::NotAllowed => self.why_not_allowed(post).await,
            };
        }
        match error {
            HttpError::Reqwest(error) if error.is_connect() => Answer::NotSent,
            HttpError::Reqwest(error) if error.is_timeout() => Answer::TimedOut,
            // No token could be had: the homeserver was not asked.
            HttpError::RefreshToken(_) => Answer::NotSent,
            HttpError::IntoHttp(error) => {
                Answer::Failed(JoinProblem::Other { words: error.to_string() })
            }
            _ => Answer::Lost,
        }
    }

    async fn why_not_allowed(&self, post: &Post) -> Answer {
        let preview = self.preview(post).await;
        if preview.is_none()
            && let Some(space) = self.space_before(post.id)
        {
            return Answer::Restricted(Some(space));
        }
        let banned = preview.as_ref().is_some_and(|it| it.state == Some(RoomState::Banned));
        let rule = preview.as_ref().and_then(|preview| preview.join_rule.as_ref());
        let is_in = |space: &RoomId| self.is_in(&Address::Room(space.to_owned()));
        match explain(banned, rule, is_in, |space| self.is_our_space(space)) {
            Answer::Restricted(Some(Address::Room(space))) => {
                let alias = self.known.alias_of(&space).and_then(|alias| alias.try_into().ok());
                Answer::Restricted(Some(match alias {
                    Some(alias) => Address::Both(alias, space),
                    None => Address::Room(space),
                }))
            }
            answer => answer,
        }
    }

    /// What the homeserver says of a room that it does not let the user join. The SDK answers from its own
    /// copy where it knows the room, and calls one that it first hears of joined until it has read its state,
    /// such as a ban.
    async fn preview(&self, post: &Post) -> Option<RoomPreview> {
        let deadline = Instant::now() + STATE_TIMEOUT;
        loop {
            let preview = self.client.get_room_preview(&post.target, post.via.clone()).await;
            let preview =
                preview.inspect_err(|error| info!("no summary of a room: {error}")).ok()?;
            let is_unread = preview.state == Some(RoomState::Joined)
                && !self.is(&preview.room_id, RoomState::Joined);
            if !is_unread || Instant::now() > deadline {
                return Some(preview);
            }
            sleep(STATE_PAUSE).await;
        }
    }

    /// Galaxy's Space, where the user is not in it and a room of Galaxy's lets nobody look in: most
    /// rooms of that kind are for those who are in the Space. Whether this one is shows then.
    fn space_before(&self, id: u32) -> Option<Address> {
        let is_ours = self.joins.plan().wanted(id)?.key.is_some();
        let catalogue = self.catalogue.now();
        let space = catalogue.by_key(SPACE).filter(|_| is_ours)?;
        let address = self.wanted(&space.alias, &[], Rank::Pick).ok()?.address;
        (!self.is_in(&address)).then_some(address)
    }

    /// Whether the user is in a room, though it may not have appeared yet.
    fn is_in(&self, address: &Address) -> bool {
        self.joined(address).is_some() || self.joins.plan().has_joined(address)
    }

    fn is_our_space(&self, space: &RoomId) -> bool {
        let catalogue = self.catalogue.now();
        let mut spaces = catalogue.entries().iter().filter(|it| it.kind == RoomKind::Space);
        spaces.any(|entry| self.known.room_of(&entry.alias).as_deref() == Some(space))
    }

    /// A room that was upgraded lets people in and has nobody left to talk to. Whoever can write to it
    /// can name any other, so that the successor is asked for only when the user says so, and has to
    /// name this one. No room is left by this: the user may have been in any of them before. `true`
    /// where there is more to do by that.
    pub(super) async fn follow_moves(&self) -> bool {
        let unchecked: Vec<_> = {
            let plan = self.joins.plan();
            let room = |(id, room_id, old): (u32, &RoomId, Option<&RoomId>)| {
                Some((id, self.client.get_room(room_id)?, old.map(ToOwned::to_owned)))
            };
            plan.unchecked().filter_map(room).collect()
        };
        let mut more = false;
        for (id, room, old) in unchecked {
            // How the room began may come a moment after it.
            if room.state() != RoomState::Joined || room.create_content().is_none() {
                continue;
            }
            more = true;
            let predecessor = room.predecessor_room().map(|predecessor| predecessor.room_id);
            if old.is_some() {
                if old != predecessor {
                    self.joins.plan().deny(id);
                    continue;
                }
                self.remember_successor(id, room.room_id()).await;
            }
            let successor = room.successor_room().map(|successor| successor.room_id);
            let mut plan = self.joins.plan();
            match successor.filter(|it| self.may_follow(room.room_id(), it)) {
                Some(successor) => plan.offer(id, &successor),
                None => plan.check(id),
            }
        }
        more
    }

    /// A room that the user is in already can be asked at once.
    fn may_follow(&self, old: &RoomId, successor: &RoomId) -> bool {
        let Some(room) = self.client.get_room(successor) else { return true };
        let predecessor = room.predecessor_room().map(|predecessor| predecessor.room_id);
        room.state() != RoomState::Joined || predecessor.as_deref() == Some(old)
    }

    /// The card of the room that was asked for leads to the one that took over.
    async fn remember_successor(&self, id: u32, room_id: &RoomId) {
        let wanted = self.joins.plan().wanted(id).cloned();
        let Some(alias) = wanted.and_then(|wanted| wanted.address.alias().cloned()) else { return };
        if self.known.room_of(alias.as_str()).as_deref() != Some(room_id) {
            self.remember(alias.as_str(), room_id).await;
        }
    }
}
