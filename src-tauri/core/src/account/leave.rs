//! Telling the homeserver that a session has ended, at once or later.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
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
    keys,
    saved::{Access, OAuthAccess},
    token_gate::TokenGate,
};
use crate::vault::{
    Key, KeyId, KeyPlace, Keyring, Profile, open, read_header, seal, write_atomically,
};

/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Pauses between tries; the last one is repeated.
const PAUSES: [u64; 5] = [5, 15, 60, 300, 900];

/// How long a sign-out that its server was not told of is remembered. Longer than a locked keyring
/// or a server that is away lasts; after that a homeserver has mostly forgotten the tokens, too.
const MAX_AGE: Duration = Duration::from_hours(24 * 7 * 8);

/// How much of an authorization server's refusal is read.
const MAX_REFUSAL_BYTES: usize = 16 * 1024;

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
    file: PathBuf,
    key: Key,
    at: KeyPlace,
}

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The user signs out, and everything of the session goes.
    SignedOut,
    /// Another session takes its place, and its files are set aside.
    Replaced,
}

impl Farewell {
    /// A session to be ended. It is remembered, sealed with the session's own key, where there is
    /// one.
    pub fn new(
        homeserver: Url,
        session: Access,
        profile: Option<&Arc<Profile>>,
        key: Option<(&Key, KeyPlace)>,
        cause: Cause,
    ) -> Self {
        let place = profile.zip(key).map(|(profile, (key, at))| Place {
            profile: profile.clone(),
            file: match cause {
                Cause::SignedOut => profile.farewell(&key.id()),
                Cause::Replaced => profile.farewell_of_replaced(&key.id()),
            },
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
        self.place.as_ref().is_some_and(|place| place.file.is_file())
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

    /// The homeserver knows. `false` where the keyring could not forget the key.
    pub async fn done(&self, keyring: &Keyring) -> bool {
        let Some(place) = &self.place else { return true };
        let key = Some(place.key.id()).filter(|_| place.at == KeyPlace::Keyring);
        forget(&place.profile, keyring, &place.file, key).await
    }

    fn write(&self) -> io::Result<()> {
        let Some(place) = &self.place else { return Ok(()) };
        let content = zeroize::Zeroizing::new(serde_json::to_vec(&*self.content())?);
        place.profile.make_farewells()?;
        if place.at == KeyPlace::Disk {
            let key_file = place.file.with_extension("key");
            write_atomically(&key_file, place.key.to_text().as_bytes())?;
        }
        write_atomically(&place.file, &seal(place.at, &place.key, &content))
    }

    fn content(&self) -> std::sync::MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets a sign-out, and its key where nothing else needs it; `false` where the keyring could not.
async fn forget(profile: &Profile, keyring: &Keyring, file: &Path, key: Option<KeyId>) -> bool {
    if let Some(key) = &key {
        profile.plan_to_forget(key.as_str());
    }
    profile.forget_farewell(file);
    let Some(key) = key else { return true };
    if profile.names(&key) {
        profile.end_of_plan_to_forget(&key);
        return true;
    }
    keys::forget(profile, keyring, &[key]).await
}

/// Goes on with the sign-outs that an earlier run could not bring to the homeserver.
pub async fn resume(profile: Arc<Profile>, keyring: Keyring) {
    let files = profile.farewells();
    let all = files.iter().map(|file| resume_one(&profile, &keyring, file));
    futures_util::future::join_all(all).await;
}

/// Nothing but the server's word or its age makes a sign-out be forgotten: a locked keyring may say
/// that it has no such entry, and a file that is not understood may be from a later version.
async fn resume_one(profile: &Arc<Profile>, keyring: &Keyring, file: &Path) {
    let header = fs::read(file).ok().and_then(|file| read_header(&file).ok());
    if is_old(file) {
        warn!("a device may stay on its server's list: the server could not be told for too long");
        let key = header.filter(|header| header.place == KeyPlace::Keyring);
        forget(profile, keyring, file, key.map(|header| header.key_id)).await;
        return;
    }
    let Some(header) = header else { return };
    let key = match header.place {
        KeyPlace::Keyring => keyring.read(&header.key_id).await.ok(),
        KeyPlace::Disk => {
            let text = fs::read(file.with_extension("key")).ok();
            text.and_then(|text| Key::from_text(&text))
        }
    };
    if let Some(farewell) = key.and_then(|key| read(profile, key, header.place, file)) {
        Arc::new(farewell).insist(keyring.clone()).await;
    } else {
        info!("a sign-out cannot be brought to the server yet");
    }
}

fn is_old(file: &Path) -> bool {
    let written = fs::metadata(file).and_then(|file| file.modified());
    let age = written.ok().and_then(|written| SystemTime::now().duration_since(written).ok());
    age.is_some_and(|age| age > MAX_AGE)
}

fn read(profile: &Arc<Profile>, key: Key, at: KeyPlace, file: &Path) -> Option<Farewell> {
    let content = open(&fs::read(file).ok()?, &key).ok()?;
    let content = serde_json::from_slice(&content).ok()?;
    let place = Place { profile: profile.clone(), file: file.to_owned(), key, at };
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
        Ok(answer) if answer.status().is_success() => true,
        Ok(answer) => {
            let status = answer.status();
            let over = is_final(status, &refusal(answer).await);
            info!("the authorization server did not revoke: {status}");
            over
        }
        Err(error) => {
            info!("the authorization server was not reached: {}", error.without_url());
            false
        }
    }
}

/// Whether a refusal is the authorization server's own and another try cannot change it: the tokens
/// are void (RFC 6749, 5.2), or of a kind that it does not revoke (RFC 7009, 2.2.1). What a proxy or
/// a captive portal says is neither.
fn is_final(status: StatusCode, body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let error = serde_json::from_slice::<Refusal>(body).map(|refusal| refusal.error);
    (status == StatusCode::BAD_REQUEST || status == StatusCode::UNAUTHORIZED)
        && error.is_ok_and(|error| {
            let void = ["invalid_client", "invalid_grant", "invalid_token", "unauthorized_client"];
            void.contains(&&*error) || error == "unsupported_token_type"
        })
}

/// The body of a refusal, as far as it is read.
async fn refusal(mut answer: reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(part)) = answer.chunk().await {
        body.extend_from_slice(&part);
        if body.len() > MAX_REFUSAL_BYTES {
            break;
        }
    }
    body
}

/// Whether the authorization server knows the app by that name: it is asked to revoke a token that
/// nobody has. Where it does not answer, it is taken to.
pub async fn knows_client(client_id: &ClientId, endpoint: &Url) -> bool {
    let token = Key::random().to_text();
    let asked = post_revocation(client_id, endpoint, &token, "refresh_token");
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) => {
            !matches!(answer.status(), StatusCode::UNAUTHORIZED | StatusCode::BAD_REQUEST)
        }
        _ => true,
    }
}

async fn post_revocation(
    client_id: &ClientId,
    endpoint: &Url,
    token: &str,
    hint: &str,
) -> reqwest::Result<reqwest::Response> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("token", token)
        .append_pair("token_type_hint", hint)
        .append_pair("client_id", client_id.as_str())
        .finish();
    let request = http_client(endpoint.scheme() == "https")?
        .post(endpoint.clone())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form);
    request.send().await
}

async fn log_out(homeserver: &Url, session: &Access, farewell: Option<&Arc<Farewell>>) -> bool {
    let Ok(http) = client::session_client(homeserver, None, TokenGate::default()) else {
        return false;
    };
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

#[cfg(test)]
mod tests;
