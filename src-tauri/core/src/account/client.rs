use std::path::PathBuf;

use matrix_sdk::{
    Client, ClientBuildError, SessionChange, SqliteStoreConfig,
    config::RequestConfig,
    cross_process_lock::CrossProcessLockConfig,
    encryption::{BackupDownloadStrategy, EncryptionSettings},
    reqwest,
    store::RoomLoadSettings,
};
use tokio::sync::broadcast::error::RecvError;
use url::Url;

use super::saved::SavedSession;
use crate::vault::Key;

/// Database connections for each of the four databases. One user reads and writes little.
const CONNECTIONS: usize = 3;

/// Tries for requests that fail on the way. Without a limit the SDK waits for hours.
const TRIES: usize = 3;

/// What all requests go through. A `secure` one follows no redirection to plain http, with which a
/// server could have the password sent in the open.
///
/// # Errors
///
/// Where the system's certificates cannot be read.
pub fn http_client(secure: bool) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .user_agent(concat!("galaxy-chat/", env!("CARGO_PKG_VERSION")))
        .min_tls_version(reqwest::tls::Version::TLS_1_2)
        .https_only(secure)
        .build()
}

/// A client for a homeserver whose address is known; asks nobody anything.
///
/// # Errors
///
/// Where the store cannot be opened.
pub async fn build(
    homeserver: &Url,
    http: reqwest::Client,
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
    if let Some((folder, key)) = store {
        let config =
            SqliteStoreConfig::new(folder).key(Some(key.bytes())).pool_max_size(CONNECTIONS);
        builder = builder.sqlite_store_with_config_and_cache_path(config, None::<PathBuf>);
    }
    builder.build().await
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

/// A client that is signed in as it was.
///
/// # Errors
///
/// Where the store cannot be opened, or is not this session's.
pub async fn restore(saved: &SavedSession, folder: PathBuf) -> Result<Client, RestoreError> {
    let http = http_client(saved.homeserver.scheme() == "https")?;
    let client = build(&saved.homeserver, http, Some((folder, &saved.store.key))).await?;
    let auth = client.matrix_auth();
    auth.restore_session(saved.session.clone(), RoomLoadSettings::default()).await?;
    Ok(client)
}

/// Waits until the homeserver ends the session. Answers whether it may be taken up again by
/// signing in anew (*soft logout*).
pub async fn session_end(client: &Client) -> bool {
    let mut changes = client.subscribe_to_session_changes();
    loop {
        match changes.recv().await {
            Ok(SessionChange::UnknownToken(data)) => return data.soft_logout,
            Ok(SessionChange::TokensRefreshed) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
