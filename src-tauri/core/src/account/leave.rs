//! Telling the homeserver that a session has ended, at once or later.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use matrix_sdk::{
    SessionTokens,
    authentication::oauth::ClientId,
    reqwest::{self, StatusCode, header::CONTENT_TYPE},
};
use serde::{Deserialize, Serialize};
use tracing::{info, warn};
use url::{Url, form_urlencoded};

use super::{
    client::{self, http_client},
    saved::{Access, OAuthAccess},
};
use crate::vault::{
    Key, KeyPlace, Keyring, KeyringError, Profile, open, read_header, seal, write_atomically,
};

/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Pauses between tries; the last one is repeated.
const PAUSES: [u64; 5] = [5, 15, 60, 300, 900];

/// A session that has ended here, and which the homeserver may not know of yet.
pub struct Farewell {
    content: Mutex<Content>,
    /// Where it is written, so that a restart does not forget it.
    place: Option<Place>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Content {
    homeserver: Url,
    session: Access,
}

struct Place {
    profile: Arc<Profile>,
    key: Key,
    at: KeyPlace,
}

impl Farewell {
    /// A session to be ended. It is remembered, sealed with the session's own key, where there is
    /// one.
    pub fn new(
        homeserver: Url,
        session: Access,
        profile: Option<&Arc<Profile>>,
        key: Option<(&Key, KeyPlace)>,
    ) -> Self {
        let place = profile.zip(key).map(|(profile, (key, at))| Place {
            profile: profile.clone(),
            key: key.clone(),
            at,
        });
        let farewell = Self { content: Mutex::new(Content { homeserver, session }), place };
        if let Err(error) = farewell.write() {
            warn!("a sign-out that does not reach the server will be forgotten: {error}");
        }
        farewell
    }

    /// Whether it is remembered after a restart.
    pub fn lasts(&self) -> bool {
        self.place.as_ref().is_some_and(|place| place.file().is_file())
    }

    /// The tokens were refreshed once more.
    pub fn renew(&self, session: &Access) -> io::Result<()> {
        self.content().session = session.clone();
        self.write()
    }

    /// Tells the homeserver; `true` where there is nothing left to tell.
    pub async fn attempt(self: &Arc<Self>) -> bool {
        let content = self.content().clone();
        let ended = end(&content.homeserver, &content.session, Some(self)).await;
        // A refresh that was under way has put newer tokens in the place of those.
        if ended && self.content().session.tokens() != content.session.tokens() {
            let content = self.content().clone();
            return end(&content.homeserver, &content.session, None).await;
        }
        ended
    }

    /// Tells the homeserver, however long that takes, and forgets it then.
    pub async fn insist(self: Arc<Self>, keyring: Keyring) {
        let mut pauses = PAUSES.into_iter();
        let mut pause = PAUSES[0];
        while !self.attempt().await {
            pause = pauses.next().unwrap_or(pause);
            tokio::time::sleep(Duration::from_secs(pause)).await;
        }
        self.done(&keyring).await;
    }

    /// The homeserver knows. The key has nothing left to open.
    pub async fn done(&self, keyring: &Keyring) {
        let Some(place) = &self.place else { return };
        place.profile.forget_farewell(&place.key.id());
        if place.at == KeyPlace::Keyring
            && let Err(error) = keyring.forget(&place.key.id()).await
        {
            info!("a key stays in the keyring, where it opens nothing: {error}");
        }
    }

    fn write(&self) -> io::Result<()> {
        let Some(place) = &self.place else { return Ok(()) };
        let content = zeroize::Zeroizing::new(serde_json::to_vec(&*self.content())?);
        place.profile.make_farewells()?;
        if place.at == KeyPlace::Disk {
            let key_file = place.profile.farewell_key(&place.key.id());
            write_atomically(&key_file, place.key.to_text().as_bytes())?;
        }
        write_atomically(&place.file(), &seal(place.at, &place.key, &content))
    }

    fn content(&self) -> std::sync::MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn file(&self) -> PathBuf {
        self.profile.farewell(&self.key.id())
    }
}

/// Goes on with the sign-outs that an earlier run could not bring to the homeserver.
pub async fn resume(profile: Arc<Profile>, keyring: Keyring) {
    let files = profile.farewells();
    let all = files.iter().map(|file| resume_one(&profile, &keyring, file));
    futures_util::future::join_all(all).await;
}

async fn resume_one(profile: &Arc<Profile>, keyring: &Keyring, file: &Path) {
    let Some(header) = fs::read(file).ok().and_then(|file| read_header(&file).ok()) else { return };
    let key = match header.place {
        KeyPlace::Keyring => keyring.read(&header.key_id).await,
        KeyPlace::Disk => fs::read(profile.farewell_key(&header.key_id))
            .ok()
            .and_then(|text| Key::from_text(&text))
            .ok_or(KeyringError::NoEntry),
    };
    match key {
        Ok(key) => match read(profile, key, header.place, file) {
            Some(farewell) => Arc::new(farewell).insist(keyring.clone()).await,
            None => profile.forget_farewell(&header.key_id),
        },
        Err(KeyringError::NoEntry) => {
            warn!("a device stays on its server's list: the key to its sign-out is gone");
            profile.forget_farewell(&header.key_id);
        }
        // The next start tries again.
        Err(error) => info!("a sign-out cannot be brought to the server: {error}"),
    }
}

fn read(profile: &Arc<Profile>, key: Key, at: KeyPlace, file: &Path) -> Option<Farewell> {
    let content = open(&fs::read(file).ok()?, &key).ok()?;
    let content = serde_json::from_slice(&content).ok()?;
    let place = Place { profile: profile.clone(), key, at };
    Some(Farewell { content: Mutex::new(content), place: Some(place) })
}

/// Ends a session on its server: the device goes from its list. `true` where there is nothing left
/// to be done, `false` where another try may help.
pub async fn end(homeserver: &Url, session: &Access, farewell: Option<&Arc<Farewell>>) -> bool {
    let told = tokio::time::timeout(PATIENCE, async {
        match session {
            Access::OAuth(OAuthAccess { client_id, revocation, user, .. }) => {
                revoke(client_id, revocation, &user.tokens).await
            }
            Access::Matrix(_) => log_out(homeserver, session, farewell).await,
        }
    });
    told.await.unwrap_or(false)
}

/// Revokes a session's tokens. The SDK's own way revokes the access token, which does nothing where
/// it has expired, and not over plain http. With the refresh token goes all that came with it.
pub async fn revoke(client_id: &ClientId, endpoint: &Url, tokens: &SessionTokens) -> bool {
    let (token, hint) = match &tokens.refresh_token {
        Some(token) => (token, "refresh_token"),
        None => (&tokens.access_token, "access_token"),
    };
    match post_revocation(client_id, endpoint, token, hint).await {
        Ok(status) if status.is_success() => true,
        Ok(status) => {
            info!("the authorization server did not revoke: {status}");
            !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS
        }
        Err(error) => {
            info!("the authorization server was not reached: {}", error.without_url());
            false
        }
    }
}

/// Whether the authorization server knows the app by that name: it is asked to revoke a token that
/// nobody has. Where it does not answer, it is taken to.
pub async fn knows_client(client_id: &ClientId, endpoint: &Url) -> bool {
    let token = Key::random().to_text();
    let asked = post_revocation(client_id, endpoint, &token, "refresh_token");
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(status)) => status != StatusCode::UNAUTHORIZED && status != StatusCode::BAD_REQUEST,
        _ => true,
    }
}

async fn post_revocation(
    client_id: &ClientId,
    endpoint: &Url,
    token: &str,
    hint: &str,
) -> reqwest::Result<StatusCode> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("token", token)
        .append_pair("token_type_hint", hint)
        .append_pair("client_id", client_id.as_str())
        .finish();
    let request = http_client(endpoint.scheme() == "https")?
        .post(endpoint.clone())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form);
    Ok(request.send().await?.status())
}

async fn log_out(homeserver: &Url, session: &Access, farewell: Option<&Arc<Farewell>>) -> bool {
    let Ok(http) = http_client(homeserver.scheme() == "https") else { return false };
    let Ok(client) = client::build(homeserver, http, None, None).await else { return false };
    if let Some(farewell) = farewell.cloned() {
        // An access token that has expired is refreshed on the way.
        let renew = move |client: matrix_sdk::Client| {
            let Some(session) = client.matrix_auth().session() else { return Ok(()) };
            Ok(farewell.renew(&Access::Matrix(session))?)
        };
        let tokens = session.tokens().clone();
        let reload = Box::new(move |_| Ok(tokens.clone()));
        if let Err(error) = client.set_session_callbacks(reload, Box::new(renew)) {
            warn!("refreshed tokens will not be saved: {error}");
        }
    }
    if session.give_to(&client).await.is_err() {
        return false;
    }
    match client.matrix_auth().logout().await {
        Ok(_) => true,
        Err(error) => {
            let gone = client::says_over(&error);
            if !gone {
                info!("the homeserver did not hear of the sign-out");
            }
            gone
        }
    }
}
