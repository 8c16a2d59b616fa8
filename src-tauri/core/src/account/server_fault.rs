//! Why a server cannot be used, from what the look for it met with.

use matrix_sdk::{
    ClientBuildError, HttpError,
    reqwest::{self, StatusCode},
};
use url::Url;

use super::server::PATIENCE;
use crate::{
    failure::{certificate, from_http, from_reqwest},
    wire::{ErrorKind, UiError},
};

/// Why nothing that can be used was found by this name or address. `http` are the connections with which
/// it was looked for.
pub async fn explain(error: &ClientBuildError, http: &reqwest::Client, server: &str) -> UiError {
    let kind = match error {
        ClientBuildError::InvalidServerName => ErrorKind::ServerNameInvalid,
        // What was typed has been read before; what the server's settings name has not.
        ClientBuildError::Url(_) => ErrorKind::ServerMisconfigured,
        ClientBuildError::AutoDiscovery(_) => match out_of_order(http, server).await {
            Some(error) => return error,
            None => ErrorKind::ServerNotMatrix,
        },
        ClientBuildError::Http(http @ HttpError::Reqwest(error))
            if certificate(error).is_some() =>
        {
            return from_http(http, server);
        }
        ClientBuildError::Http(HttpError::Reqwest(_)) if !is_known(server).await => {
            ErrorKind::ServerUnknown
        }
        ClientBuildError::Http(error) => return from_http(error, server),
        other => return UiError::new(ErrorKind::Internal).with_detail(other.to_string()),
    };
    UiError::new(kind).with_detail(server)
}

/// Whether the server is one that may be a homeserver when it is well again. The SDK tells only what came
/// of the look for another address, not why this one did not answer as homeservers do.
async fn out_of_order(http: &reqwest::Client, server: &str) -> Option<UiError> {
    let url = address(server)?.join("/_matrix/client/versions").ok()?;
    let answer = match http.get(url).timeout(PATIENCE).send().await {
        Ok(answer) => answer,
        Err(error) if error.is_redirect() => return None,
        Err(error) => return Some(from_reqwest(&error, server)),
    };
    let kind = match answer.status() {
        StatusCode::TOO_MANY_REQUESTS => ErrorKind::RateLimited,
        status if status.is_server_error() => ErrorKind::ServerUnreachable,
        // One that breaks off, or is more than a server says, was no answer.
        _ => return answer.bytes().await.err().map(|error| from_reqwest(&error, server)),
    };
    Some(UiError::new(kind).with_detail(server))
}

/// The address that stands for a server's name, or is one already.
pub fn address(server: &str) -> Option<Url> {
    let url = if server.contains("://") { server.to_owned() } else { format!("https://{server}") };
    Url::parse(&url).ok()
}

/// Whether the name leads to any computer at all.
async fn is_known(server: &str) -> bool {
    let Some(url) = address(server) else { return false };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or(443);
    tokio::net::lookup_host((host, port)).await.is_ok_and(|mut found| found.next().is_some())
}

/// The list of ways to sign in is the first thing only a homeserver has.
pub fn not_matrix(error: &HttpError, server: &str) -> UiError {
    match from_http(error, server) {
        UiError { kind: ErrorKind::Internal | ErrorKind::Forbidden, .. } => {
            UiError::new(ErrorKind::ServerNotMatrix).with_detail(server)
        }
        other => other,
    }
}
