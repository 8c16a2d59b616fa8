use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};

use matrix_sdk::{
    AuthApi, Client, ClientBuildError, HttpError, RefreshTokenError, SessionChange,
    SqliteStoreConfig,
    authentication::oauth::{
        OAuthError,
        error::{BasicErrorResponseType, RequestTokenError},
    },
    config::RequestConfig,
    cross_process_lock::CrossProcessLockConfig,
    encryption::{BackupDownloadStrategy, EncryptionSettings},
    reqwest::{self, redirect::Policy},
    ruma::api::{MatrixVersion, error::ErrorKind as MatrixKind},
};
use tokio::sync::broadcast::{
    Receiver,
    error::{RecvError, TryRecvError},
};
use url::Url;

use super::{saved::SavedSession, server::Found, token_gate::TokenGate};
use crate::{
    vault::Key,
    wire::{ErrorKind, UiError},
};

/// Database connections for each of the four databases. One user reads and writes little.
const CONNECTIONS: usize = 3;

/// Redirections that are followed.
const REDIRECTIONS: usize = 5;

/// Tries for requests that fail on the way. Without a limit the SDK waits for hours.
const TRIES: usize = 3;

/// How long a connection may take, and how long it may say nothing: longer than a homeserver lets a
/// sync or a join from far away wait.
const CONNECTING: Duration = Duration::from_secs(20);
const SILENCE: Duration = Duration::from_secs(150);

/// How long a request may take in all that sets no limit of its own, such as the refresh of a token,
/// during which every other request waits. The SDK sets one for each request to a homeserver.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);

/// The largest answer of a server, decompressed: the list of the members of the largest public
/// rooms has about 40 MB.
const MAX_RESPONSE_BYTES: u64 = 64 * 1024 * 1024;

/// The same for what a server says about itself, which takes a few kilobytes.
const MAX_DISCOVERY_BYTES: u64 = 4 * 1024 * 1024;

/// How long a request may take that can bring a session: longer than the user waits for it, as what a slow server
/// gives after that has to be given back.
pub const GRANT_TIMEOUT: Duration = SILENCE;

/// What single requests go through, such as the revocation of a token. A `secure` one follows no
/// redirection to plain http, with which a server could have the password sent in the open; and none
/// is followed to another host, except from where a name's owner says which server is theirs.
///
/// # Errors
///
/// Where the system's certificates cannot be read.
pub fn http_client(secure: bool) -> reqwest::Result<reqwest::Client> {
    limited_client(secure, MAX_RESPONSE_BYTES).build()
}

/// What the requests of a session go through: the same, to the homeserver and, where another server gives
/// out the tokens, to that `issuer`. The SDK asks the homeserver at each refresh where the tokens are to
/// be sent, which has to stay where it was when the user signed in. Requests wait at the `gate`.
///
/// # Errors
///
/// Where the system's certificates cannot be read.
pub fn session_client(
    homeserver: &Url,
    issuer: Option<&Url>,
    gate: TokenGate,
) -> reqwest::Result<reqwest::Client> {
    let origins = [Some(homeserver), issuer].into_iter().flatten().map(Url::origin);
    limited_client(homeserver.scheme() == "https", MAX_RESPONSE_BYTES)
        .allowed_origins(origins.collect())
        .hold_requests(Arc::new(move |headers| gate.hold(headers)))
        .build()
}

/// The same for servers that nobody is signed in to, whose answers are small. Whoever asks for anything but a
/// session sets a limit of time.
///
/// # Errors
///
/// Where the system's certificates cannot be read.
pub fn discovery_client(secure: bool) -> reqwest::Result<reqwest::Client> {
    limited_client(secure, MAX_DISCOVERY_BYTES).timeout(GRANT_TIMEOUT).build()
}

/// What the app says it is. The Matrix Authentication Service makes the name of a session in the user's list from
/// it, here "Galaxy Chat on Linux", and reads `name/version (model; system)` only.
fn user_agent() -> String {
    let system = system();
    format!("Galaxy Chat/{} ({system}; {system})", env!("CARGO_PKG_VERSION"))
}

/// The operating system, as people call it.
pub fn system() -> &'static str {
    match std::env::consts::OS {
        "windows" => "Windows",
        "macos" => "macOS",
        _ => "Linux",
    }
}

fn limited_client(secure: bool, max_response_bytes: u64) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder();
    // Plain http goes to this computer only. A proxy of the environment would read it.
    let builder = if secure { builder } else { builder.no_proxy() };
    builder
        .user_agent(user_agent())
        .min_tls_version(reqwest::tls::Version::TLS_1_2)
        .https_only(secure)
        .connect_timeout(CONNECTING)
        .read_timeout(SILENCE)
        .timeout(REQUEST_TIMEOUT)
        .max_response_bytes(max_response_bytes)
        .redirect(Policy::custom(|attempt| match attempt.previous() {
            all if all.len() > REDIRECTIONS => attempt.error("too many redirections"),
            all if all.iter().all(|from| may_lead(from, attempt.url())) => attempt.follow(),
            _ => attempt.error("a redirection to another host"),
        }))
}

fn may_lead(from: &Url, to: &Url) -> bool {
    from.path() == "/.well-known/matrix/client" || from.origin() == to.origin()
}

/// A client for a homeserver whose address is known; asks nobody anything. Where it is told what
/// the homeserver speaks, it does not ask for that later either.
///
/// # Errors
///
/// Where the store cannot be opened.
pub async fn build(
    homeserver: &Url,
    http: reqwest::Client,
    speaks: Option<&BTreeSet<MatrixVersion>>,
    store: Option<(PathBuf, &Key)>,
) -> Result<Client, ClientBuildError> {
    let mut builder = Client::builder()
        .homeserver_url(homeserver)
        .http_client(http)
        .handle_refresh_tokens()
        // A login answer must not lead to another server than the one that was checked.
        .respect_login_well_known(false)
        .cross_process_store_config(CrossProcessLockConfig::SingleProcess)
        .with_encryption_settings(EncryptionSettings {
            auto_enable_cross_signing: false,
            backup_download_strategy: BackupDownloadStrategy::AfterDecryptionFailure,
            auto_enable_backups: false,
        })
        .request_config(RequestConfig::new().retry_limit(TRIES));
    if let Some(versions) = speaks {
        builder = builder.server_versions(versions.iter().copied());
    }
    if let Some((folder, key)) = store {
        let config =
            SqliteStoreConfig::new(folder).key(Some(key.bytes())).pool_max_size(CONNECTIONS);
        builder = builder.sqlite_store_with_config_and_cache_path(config, None::<PathBuf>);
    }
    builder.build().await
}

/// A client without a store, good for signing in with once. Asks nobody anything.
///
/// # Errors
///
/// [`ErrorKind::Internal`], for no reason that is known.
pub async fn without_store(found: &Found) -> Result<Client, UiError> {
    let client = build(&found.homeserver, found.http.clone(), Some(&found.speaks), None).await;
    client.map_err(|error| UiError::new(ErrorKind::Internal).with_detail(error.to_string()))
}

/// Why the local copy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It cannot be opened.
    #[error(transparent)]
    Store(#[from] ClientBuildError),
    /// No connection can be made.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    /// It is not this session's.
    #[error(transparent)]
    Session(#[from] matrix_sdk::Error),
}

/// A client that is signed in as it was. `prepare` is given the client before it asks for anything.
///
/// # Errors
///
/// Where the store cannot be opened, or is not this session's.
pub async fn restore(
    saved: &SavedSession,
    folder: PathBuf,
    gate: TokenGate,
    prepare: impl FnOnce(&Client),
) -> Result<Client, RestoreError> {
    let http = session_client(&saved.homeserver, saved.session.issuer(), gate)?;
    let versions = saved.versions();
    let speaks = Some(&versions).filter(|versions| !versions.is_empty());
    let client = build(&saved.homeserver, http, speaks, Some((folder, &saved.store.key))).await?;
    prepare(&client);
    saved.session.give_to(&client).await?;
    Ok(client)
}

/// Pause before a doubtful end of the session is asked about once more.
const DOUBT: Duration = Duration::from_secs(5);

/// Waits until the homeserver ends the session. Answers whether it may be taken up again by
/// signing in anew (*soft logout*).
pub async fn session_end(client: &Client, mut changes: Receiver<SessionChange>) -> bool {
    loop {
        match changes.recv().await {
            // The SDK says so, too, where a refresh met with no more than a bad connection.
            Ok(SessionChange::UnknownToken(data)) if is_over(client).await => {
                return data.soft_logout || is_delegated(client);
            }
            Ok(SessionChange::UnknownToken(_)) => tokio::time::sleep(DOUBT).await,
            Ok(SessionChange::TokensRefreshed) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Whether the homeserver, which has ended the session, keeps the device.
pub async fn keeps_device(client: &Client) -> bool {
    let mut changes = client.subscribe_to_session_changes();
    let answer = client.whoami().await;
    if is_delegated(client) {
        return true;
    }
    if let Some(MatrixKind::UnknownToken(data)) =
        answer.as_ref().err().and_then(HttpError::client_api_error_kind)
    {
        return data.soft_logout;
    }
    // Where the refresh was refused as well, its error says nothing of the device. The SDK tells what the
    // homeserver had said before.
    loop {
        match changes.try_recv() {
            Ok(SessionChange::UnknownToken(data)) => return data.soft_logout,
            // Another request was refused in the same way.
            Ok(SessionChange::TokensRefreshed) | Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => return true,
        }
    }
}

/// An authorization server does not tell whether the device is still there: that shows once it has
/// signed in again.
fn is_delegated(client: &Client) -> bool {
    matches!(client.auth_api(), Some(AuthApi::OAuth(_)))
}

/// Asks the homeserver whether it has ended the session.
pub async fn is_over(client: &Client) -> bool {
    client.whoami().await.is_err_and(|error| says_over(&error))
}

/// Whether a refused request means that the session is over.
pub fn says_over(error: &HttpError) -> bool {
    match error {
        HttpError::RefreshToken(RefreshTokenError::OAuth(error)) => match &**error {
            // The tokens are worthless, or the server has forgotten to whom it gave them.
            OAuthError::RefreshToken(RequestTokenError::ServerResponse(answer)) => matches!(
                answer.error(),
                BasicErrorResponseType::InvalidGrant | BasicErrorResponseType::InvalidClient
            ),
            _ => false,
        },
        HttpError::RefreshToken(RefreshTokenError::MatrixAuth(error)) => matches!(
            error.client_api_error_kind(),
            Some(MatrixKind::UnknownToken(_) | MatrixKind::Forbidden)
        ),
        HttpError::RefreshToken(_) => false,
        error => matches!(error.client_api_error_kind(), Some(MatrixKind::UnknownToken(_))),
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
