//! Joining a room, at the homeserver's pace.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use matrix_sdk::{
    Client, HttpError, RoomState,
    config::RequestConfig,
    ruma::{
        OwnedRoomId, OwnedServerName, RoomOrAliasId,
        api::{
            client::membership::join_room_by_id_or_alias::v3::Request,
            error::ErrorKind as MatrixKind,
        },
        assign,
    },
};
use tokio::sync::oneshot;
use tracing::info;

use crate::{
    address::MOST_VIA,
    catalogue::Catalogue,
    failure::{from_http, from_id},
    talk::Talk,
    wire::{ErrorKind, JoinState, UiError},
};

/// Joining a large room through another server takes minutes; the homeserver goes on after that.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a join that the homeserver confirmed may take to show in the sync.
const ECHO_PATIENCE: Duration = Duration::from_secs(30);

/// Longer waits are told to the user instead of waited out.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// What a homeserver says to a join.
pub(crate) type Answer = Result<OwnedRoomId, HttpError>;

/// A join of a room that is to be shown at once.
pub(crate) struct AtOnce {
    /// The answer to the join, which has been asked for.
    pub answer: oneshot::Receiver<Answer>,
    /// Told as soon as the homeserver has accepted it.
    pub accepted: oneshot::Sender<OwnedRoomId>,
}

impl Talk {
    /// Joins a room by its alias or id and answers its id. Shows how far it is, and waits as long
    /// as the homeserver asks for. `via` are servers that may know it, besides those of the
    /// catalogue.
    ///
    /// # Errors
    ///
    /// Why the room was not joined.
    pub async fn join(self: &Arc<Self>, address: &str, via: &[String]) -> Result<String, UiError> {
        self.join_telling(address, via, None).await
    }

    /// The same for a room that is to be shown at once, which is open when it is said to be joined.
    ///
    /// # Errors
    ///
    /// Why the room was not joined.
    pub(crate) async fn join_telling(
        self: &Arc<Self>,
        address: &str,
        via: &[String],
        at_once: Option<AtOnce>,
    ) -> Result<String, UiError> {
        let room = <&RoomOrAliasId>::try_from(address).map_err(from_id)?;
        if !matches!(self.board.join_state(address), Some(JoinState::Joined { .. })) {
            self.board.set_join(address, Some(JoinState::Joining));
        }
        // Whoever asks for the same room twice finds it joined when it is his turn.
        let _turn = self.joining.lock().await;
        if let Some(JoinState::Joined { room_id }) = self.board.join_state(address) {
            return Ok(room_id);
        }
        let (answer, accepted) = at_once.map(|at_once| (at_once.answer, at_once.accepted)).unzip();
        let via = servers_for(&self.catalogue, address, via);
        let joined = match self.join_patiently(room, &via, answer).await {
            Ok(room_id) => {
                if let Some(accepted) = accepted {
                    *self.arriving() = Some(room_id.clone());
                    // Nobody listens any more where the homeserver took long.
                    let _ = accepted.send(room_id.clone());
                }
                if !room.is_room_id() {
                    self.remember(address, &room_id).await;
                }
                let joined = self.await_joined(room_id).await;
                self.arrive().await;
                joined
            }
            Err(error) => Err(error),
        };
        // An answer that does not come must not hide what the sync has told meanwhile.
        if let (Err(_), Some(JoinState::Joined { room_id })) =
            (&joined, self.board.join_state(address))
        {
            return Ok(room_id);
        }
        let state = match &joined {
            Ok(room_id) => JoinState::Joined { room_id: room_id.to_string() },
            Err(error) => JoinState::Failed { error: error.clone() },
        };
        self.board.set_join(address, Some(state));
        joined.map(|room_id| room_id.to_string())
    }

    async fn join_patiently(
        &self,
        address: &RoomOrAliasId,
        via: &[OwnedServerName],
        mut asked: Option<oneshot::Receiver<Answer>>,
    ) -> Result<OwnedRoomId, UiError> {
        loop {
            let answer = match asked.take() {
                Some(asked) => asked.await.ok(),
                None => None,
            };
            let answer = match answer {
                Some(answer) => answer,
                None => ask(&self.client, address, via.to_vec()).await,
            };
            let error = match answer {
                Ok(room_id) => return Ok(room_id),
                Err(error) => self.explain_join(&error, address, via).await,
            };
            let wait = Duration::from_millis(error.retry_after_ms.unwrap_or(0));
            if error.kind != ErrorKind::RateLimited || wait.is_zero() || wait > LONGEST_WAIT {
                return Err(error);
            }
            info!("the server asks to wait {} s before the next join", wait.as_secs());
            let until_ms = (SystemTime::now() + wait).duration_since(UNIX_EPOCH);
            let until_ms = until_ms.map_or(0, |time| u64::try_from(time.as_millis()).unwrap_or(0));
            self.board.set_join(address.as_str(), Some(JoinState::Waiting { until_ms }));
            tokio::time::sleep(wait).await;
            self.board.set_join(address.as_str(), Some(JoinState::Joining));
        }
    }

    /// The join is done once the room is here: then it can be opened. A room that was left before
    /// is here already, and joined only when the sync says so.
    async fn await_joined(&self, room_id: OwnedRoomId) -> Result<OwnedRoomId, UiError> {
        let joined = async {
            let room = self.client.await_room_remote_echo(&room_id).await;
            let mut info = room.subscribe_info();
            while room.state() != RoomState::Joined && info.next().await.is_some() {}
        };
        match tokio::time::timeout(ECHO_PATIENCE, joined).await {
            Ok(()) => Ok(room_id),
            Err(_) => Err(ErrorKind::JoinSlow.into()),
        }
    }

    async fn explain_join(
        &self,
        error: &HttpError,
        address: &RoomOrAliasId,
        via: &[OwnedServerName],
    ) -> UiError {
        let kind = match error.client_api_error_kind() {
            Some(
                MatrixKind::Forbidden | MatrixKind::BadState | MatrixKind::UnableToAuthorizeJoin,
            ) => self.why_forbidden(address, via).await,
            Some(MatrixKind::NotFound) => ErrorKind::AliasUnknown,
            Some(MatrixKind::UnableToGrantJoin | MatrixKind::IncompatibleRoomVersion { .. }) => {
                ErrorKind::RoomUnreachable
            }
            _ if is_gateway(error) => ErrorKind::RoomUnreachable,
            _ if matches!(error, HttpError::Reqwest(error) if error.is_timeout()) => {
                ErrorKind::JoinSlow
            }
            _ => return from_http(error, self.server()),
        };
        UiError::new(kind).with_detail(address.as_str())
    }

    /// Homeservers give one answer or several for a ban and a missing invitation; the room's
    /// summary tells them apart.
    async fn why_forbidden(&self, address: &RoomOrAliasId, via: &[OwnedServerName]) -> ErrorKind {
        let preview = self.client.get_room_preview(address, via.to_vec()).await;
        match preview.map(|preview| preview.state) {
            Ok(Some(RoomState::Banned)) => ErrorKind::RoomBanned,
            _ => ErrorKind::RoomInviteOnly,
        }
    }
}

/// The servers to join through, those of a link first: it leads to the room here and now.
pub(crate) fn servers_for(
    catalogue: &Catalogue,
    address: &str,
    via: &[String],
) -> Vec<OwnedServerName> {
    let listed = catalogue.by_alias(address).map(|entry| entry.via.as_slice());
    let all = via.iter().chain(listed.unwrap_or_default());
    let mut servers: Vec<OwnedServerName> = Vec::new();
    for server in all.filter_map(|server| server.as_str().try_into().ok()) {
        if servers.len() < MOST_VIA && !servers.contains(&server) {
            servers.push(server);
        }
    }
    servers
}

/// Asks the homeserver once to join a room.
pub(crate) async fn ask(
    client: &Client,
    address: &RoomOrAliasId,
    via: Vec<OwnedServerName>,
) -> Answer {
    let request = assign!(Request::new(address.to_owned()), { via });
    // Repeating a join that was refused for its pace would only prolong the wait.
    let config = RequestConfig::new().disable_retry().timeout(PATIENCE);
    let response = client.send(request).with_request_config(config).await?;
    Ok(response.room_id)
}

/// The homeserver answers for a server it could not reach.
fn is_gateway(error: &HttpError) -> bool {
    let status = error.as_client_api_error().map(|error| error.status_code.as_u16());
    matches!(status, Some(502 | 504))
}
