//! Asking a homeserver without a window: as nobody, with a token, or with the saved session.

use std::{path::PathBuf, sync::Arc, time::Duration};

use matrix_sdk::{
    Client, SessionMeta, SessionTokens,
    authentication::matrix::MatrixSession,
    reqwest::{self, StatusCode},
    ruma::{OwnedDeviceId, OwnedUserId},
};
use serde::Deserialize;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{
    Account,
    client::is_over,
    server::{Address, PATIENCE, reach},
};
use crate::{
    board::Board,
    failure::{from_reqwest, from_sdk},
    vault::Keyring,
    wire::{ErrorKind, LockReason, Session, UiError},
};

/// How long the keyring may take, the user's unlocking it included.
const UNLOCKING: Duration = Duration::from_mins(2);

/// A homeserver that can be asked.
pub struct Visit {
    pub client: Client,
    /// The server as it was named.
    pub server: String,
    /// Who asks; `None` for somebody who is not signed in.
    pub user_id: Option<OwnedUserId>,
    account: Option<Account>,
}

/// Why a homeserver cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    /// The server cannot be used.
    #[error(transparent)]
    Server(#[from] UiError),
    /// The token is none.
    #[error("the server does not take the access token")]
    TokenRefused,
    /// The profile belongs to a running app.
    #[error("Galaxy Chat is running and uses the saved sign-in")]
    InUse,
    /// The saved session cannot be opened.
    #[error("the saved sign-in cannot be opened ({0:?}); nothing of it was changed")]
    Locked(LockReason),
    /// The homeserver has ended it.
    #[error("the server has ended the saved sign-in; open Galaxy Chat and sign in again")]
    Expired,
}

#[derive(Deserialize)]
struct Whoami {
    user_id: OwnedUserId,
    device_id: Option<OwnedDeviceId>,
}

impl Visit {
    /// As somebody who is not signed in.
    ///
    /// # Errors
    ///
    /// Why the server cannot be used.
    pub async fn anonymous(server: &str) -> Result<Self, VisitError> {
        let server = Address::parse(server, None)?.server;
        let (client, _) = reach(&server).await?;
        Ok(Self { client, server, user_id: None, account: None })
    }

    /// With an access token.
    ///
    /// # Errors
    ///
    /// Why the server cannot be used; [`VisitError::TokenRefused`].
    pub async fn with_token(server: &str, token: Zeroizing<String>) -> Result<Self, VisitError> {
        let server = Address::parse(server, None)?.server;
        let (client, http) = reach(&server).await?;
        let Whoami { user_id, device_id } = whoami(&client, &http, &token, &server).await?;
        // Nothing is done as a device: what is asked needs the token only.
        let device_id = device_id.unwrap_or_else(|| "CHECK".into());
        let session = MatrixSession {
            meta: SessionMeta { user_id: user_id.clone(), device_id },
            tokens: SessionTokens { access_token: token.to_string(), refresh_token: None },
        };
        let restored = client.restore_session(session).await;
        restored.map_err(|error| from_sdk(&error, &server))?;
        Ok(Self { client, server, user_id: Some(user_id), account: None })
    }

    /// With the session that is saved in a profile; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`VisitError::InUse`], [`VisitError::Locked`], [`VisitError::Expired`].
    pub async fn saved(profile: PathBuf, keyring: Keyring) -> Result<Option<Self>, VisitError> {
        if !profile.is_dir() {
            return Ok(None);
        }
        let board = Board::new(Vec::new());
        let account = Account::new(board.clone(), keyring, profile, Arc::new(|_| false));
        let restored = timeout(UNLOCKING, account.restore()).await.unwrap_or_default();
        if let Some(client) = restored {
            let user_id = client.user_id().map(ToOwned::to_owned);
            let server = user_id.as_ref().map(|user| user.server_name().to_string());
            let server = server.unwrap_or_default();
            let visit = Self { client, server, user_id, account: Some(account) };
            if is_over(&visit.client).await {
                visit.end().await;
                return Err(VisitError::Expired);
            }
            return Ok(Some(visit));
        }
        account.close().await;
        match board.session() {
            Session::SignedOut { .. } => Ok(None),
            Session::Locked { reason: LockReason::ProfileInUse } => Err(VisitError::InUse),
            Session::Locked { reason } => Err(VisitError::Locked(reason)),
            Session::Expired { .. } => Err(VisitError::Expired),
            _ => Err(VisitError::Locked(LockReason::KeyringNoAnswer)),
        }
    }

    /// Lets a saved session go; it stays saved.
    pub async fn end(self) {
        if let Some(account) = self.account {
            drop(self.client);
            account.close().await;
        }
    }
}

async fn whoami(
    client: &Client,
    http: &reqwest::Client,
    token: &str,
    server: &str,
) -> Result<Whoami, VisitError> {
    let mut url = client.homeserver();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["_matrix", "client", "v3", "account", "whoami"]);
    }
    let lost = |error: reqwest::Error| from_reqwest(&error, server);
    let answer = http.get(url).bearer_auth(token).timeout(PATIENCE).send().await.map_err(lost)?;
    match answer.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(VisitError::TokenRefused),
        status if status.is_success() => {
            // The client's limit of size holds here as well.
            let body = answer.bytes().await.map_err(lost)?;
            let not_matrix = |_| UiError::new(ErrorKind::ServerNotMatrix).with_detail(server);
            Ok(serde_json::from_slice(&body).map_err(not_matrix)?)
        }
        _ => Err(UiError::new(ErrorKind::ServerUnreachable).with_detail(server).into()),
    }
}
