//! Questions to the homeserver that wait for its pace.

use std::time::Duration;

use matrix_sdk::{
    Client, HttpError,
    config::RequestConfig,
    ruma::{
        OwnedRoomId, RoomAliasId, RoomId,
        api::{
            client::{alias::get_alias, state::get_state_event_for_key},
            error::ErrorKind as MatrixKind,
        },
        events::StateEventType,
    },
};
use serde::Deserialize;
use tokio::time::sleep;

use super::walk::is_plain;
use crate::{failure::from_http, wire::ErrorKind};

/// How long an answer may take: the homeserver may have to ask others.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often a homeserver may ask to wait before one question is given up.
const MOST_WAITS: usize = 10;

/// A homeserver that asks to wait longer is asked another time.
const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// Where it asks to wait and does not say how long.
const USUAL_WAIT: Duration = Duration::from_secs(5);

/// Asks, and as often as the homeserver asks to wait, waits and asks again.
///
/// # Errors
///
/// What the question met with.
pub async fn patiently<T, Asked>(
    mut ask: impl FnMut(RequestConfig) -> Asked,
) -> Result<T, HttpError>
where
    Asked: IntoFuture<Output = Result<T, HttpError>>,
{
    for _ in 0..MOST_WAITS {
        match ask(once()).await {
            Err(error) => match wait(&error) {
                Some(pause) if pause <= LONGEST_WAIT => sleep(pause).await,
                _ => return Err(error),
            },
            answer => return answer,
        }
    }
    ask(once()).await
}

/// Repeating what was refused for its pace would only prolong the wait.
fn once() -> RequestConfig {
    RequestConfig::new().disable_retry().timeout(PATIENCE)
}

fn wait(error: &HttpError) -> Option<Duration> {
    let error = from_http(error, "");
    let pause = error.retry_after_ms.map_or(USUAL_WAIT, Duration::from_millis);
    (error.kind == ErrorKind::RateLimited).then_some(pause)
}

/// Where an alias leads, as the homeserver's directory says; `None` where it leads nowhere.
///
/// # Errors
///
/// What the question met with.
pub async fn lead_of(
    client: &Client,
    alias: &RoomAliasId,
) -> Result<Option<get_alias::v3::Response>, HttpError> {
    let request = get_alias::v3::Request::new(alias.to_owned());
    let asked = patiently(|once| client.send(request.clone()).with_request_config(once)).await;
    match asked {
        Ok(found) => Ok(Some(found)),
        Err(error) if is_not_found(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a room was replaced by another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tombstone {
    /// It was not.
    None,
    /// It was.
    Moved {
        /// By which; `None` where it does not say.
        to: Option<OwnedRoomId>,
    },
    /// The homeserver does not tell those who are not in the room.
    Unknown,
}

/// Asks whether a room was replaced. It tells everybody only where its past can be read by all.
///
/// # Errors
///
/// What the question met with.
pub async fn tombstone(client: &Client, room: &RoomId) -> Result<Tombstone, HttpError> {
    #[derive(Deserialize)]
    struct Content {
        replacement_room: Option<String>,
    }
    let kind = StateEventType::RoomTombstone;
    let request = get_state_event_for_key::v3::Request::new(room.to_owned(), kind, String::new());
    match patiently(|once| client.send(request.clone()).with_request_config(once)).await {
        Ok(answer) => {
            let content = serde_json::from_str::<Content>(answer.event_or_content.get()).ok();
            let to = content.and_then(|content| content.replacement_room);
            let to = to.filter(|to| is_plain(to));
            Ok(Tombstone::Moved { to: to.and_then(|to| RoomId::parse(&to).ok()) })
        }
        Err(error) if is_not_found(&error) => Ok(Tombstone::None),
        Err(error) if is_forbidden(&error) => Ok(Tombstone::Unknown),
        Err(error) => Err(error),
    }
}

fn is_not_found(error: &HttpError) -> bool {
    matches!(error.client_api_error_kind(), Some(MatrixKind::NotFound))
}

fn is_forbidden(error: &HttpError) -> bool {
    matches!(
        error.client_api_error_kind(),
        Some(MatrixKind::Forbidden | MatrixKind::GuestAccessForbidden)
    )
}
