//! A small, bare client of the Matrix client-server API: the other people in a test, and the control of
//! a benchmark. It sends what it is told, at once, and retries nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use crate::authority::{Access, Revoke};

/// A connection to a homeserver, signed in or not.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    homeserver: Url,
    session: Option<Arc<Session>>,
}

#[derive(Debug)]
struct Session {
    token: String,
    user_id: String,
    device_id: String,
    transactions: AtomicU64,
    /// Who ends the session, where the homeserver does not.
    authority: Option<Access>,
}

/// A request that the homeserver refused.
#[derive(Debug)]
pub struct Refused {
    /// The HTTP status.
    pub status: StatusCode,
    /// Matrix's own code, such as `M_FORBIDDEN`; empty where the server gave none.
    pub code: String,
    /// The server's sentence.
    pub message: String,
    /// How long the server asks to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

/// What a room is made with.
#[derive(Debug, Clone, Default)]
pub struct NewRoom<'a> {
    /// The part of the alias between `#` and `:`; no alias where empty.
    pub alias: &'a str,
    /// The room's name.
    pub name: &'a str,
    /// The room's topic.
    pub topic: &'a str,
    /// Whether the room is a Space.
    pub space: bool,
    /// Whether only invited people come in.
    pub private: bool,
}

impl Client {
    /// A client that is not signed in.
    pub fn new(homeserver: &Url) -> Result<Self> {
        // A sync may be held open for half a minute.
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_mins(1)).build()?;
        Ok(Self { http, homeserver: homeserver.clone(), session: None })
    }

    /// The same server with a session that was made elsewhere.
    #[must_use]
    pub fn with_session(&self, token: &str, user_id: &str, device_id: &str) -> Self {
        self.signed_in(token, user_id, device_id, None)
    }

    /// The same server with a session that the authorization server gave.
    pub(crate) async fn delegated(&self, authority: &Access, user_id: &str) -> Result<Self> {
        let (token, device) = authority.bare_session(localpart(user_id)).await?;
        Ok(self.signed_in(&token, user_id, &device, Some(authority.clone())))
    }

    fn signed_in(
        &self,
        token: &str,
        user_id: &str,
        device_id: &str,
        authority: Option<Access>,
    ) -> Self {
        let session = Session {
            token: token.to_owned(),
            user_id: user_id.to_owned(),
            device_id: device_id.to_owned(),
            transactions: AtomicU64::new(0),
            authority,
        };
        Self { session: Some(Arc::new(session)), ..self.clone() }
    }

    /// The versions that the server speaks.
    pub async fn versions(&self) -> Result<Value> {
        self.get(&["_matrix", "client", "versions"], &[]).await
    }

    /// Signs in with a password, as a new device.
    pub async fn login(&self, user: &str, password: &str) -> Result<Self> {
        let body = json!({
            "type": "m.login.password",
            "identifier": { "type": "m.id.user", "user": user },
            "password": password,
            "initial_device_display_name": "Bare client",
        });
        let answer = self.client(Method::POST, &["login"], Some(&body)).await?;
        let field = |name| {
            answer[name].as_str().with_context(|| format!("no {name} in the answer to login"))
        };
        Ok(self.with_session(field("access_token")?, field("user_id")?, field("device_id")?))
    }

    /// The signed-in user, such as `@helper:test.localhost`; empty where nobody is signed in.
    pub fn user_id(&self) -> &str {
        self.session.as_ref().map_or("", |session| &session.user_id)
    }

    /// The signed-in device; empty where nobody is signed in.
    pub fn device_id(&self) -> &str {
        self.session.as_ref().map_or("", |session| &session.device_id)
    }

    /// The access token; empty where nobody is signed in.
    pub fn token(&self) -> &str {
        self.session.as_ref().map_or("", |session| &session.token)
    }

    /// Who the server says is signed in.
    pub async fn whoami(&self) -> Result<Value> {
        self.client(Method::GET, &["account", "whoami"], None).await
    }

    /// The user's devices.
    pub async fn devices(&self) -> Result<Vec<Value>> {
        let answer = self.client(Method::GET, &["devices"], None).await?;
        Ok(answer["devices"].as_array().cloned().unwrap_or_default())
    }

    /// The keys of somebody's devices, by device, as everybody may ask for them.
    pub async fn device_keys(&self, user_id: &str) -> Result<BTreeMap<String, Value>> {
        let body = json!({ "device_keys": { user_id: [] } });
        let answer = self.client(Method::POST, &["keys", "query"], Some(&body)).await?;
        let devices = answer["device_keys"][user_id].as_object().cloned().unwrap_or_default();
        Ok(devices.into_iter().map(|(device, keys)| (device, keys["keys"].clone())).collect())
    }

    /// Removes this device from the server.
    pub async fn logout(&self) -> Result<()> {
        let session = self.session.as_ref().context("nobody is signed in")?;
        if let Some(authority) = &session.authority {
            let user = localpart(&session.user_id);
            let ended = authority.revoke_device(user, &session.device_id, Revoke::Session).await;
            return ended.map(drop);
        }
        self.client(Method::POST, &["logout"], Some(&json!({}))).await.map(drop)
    }

    /// Sets the name that others see.
    pub async fn set_display_name(&self, name: &str) -> Result<()> {
        let path = ["profile", self.user_id(), "displayname"];
        self.client(Method::PUT, &path, Some(&json!({ "displayname": name }))).await.map(drop)
    }

    /// The name that somebody shows; the address where there is none.
    pub async fn display_name(&self, user_id: &str) -> Result<String> {
        let profile = self.client(Method::GET, &["profile", user_id], None).await?;
        Ok(profile["displayname"].as_str().unwrap_or(user_id).to_owned())
    }

    /// Makes a room whose past anyone in it may read; answers its id.
    pub async fn create_room(&self, room: &NewRoom<'_>) -> Result<String> {
        let mut body = json!({
            "preset": if room.private { "private_chat" } else { "public_chat" },
            "visibility": if room.private { "private" } else { "public" },
            "name": room.name,
            "topic": room.topic,
        });
        if !room.alias.is_empty() {
            body["room_alias_name"] = room.alias.into();
        }
        if room.space {
            body["creation_content"] = json!({ "type": "m.space" });
        }
        let answer = self.client(Method::POST, &["createRoom"], Some(&body)).await?;
        Ok(answer["room_id"].as_str().context("no room id in the answer to createRoom")?.to_owned())
    }

    /// Puts a room into a Space.
    pub async fn add_child(&self, space: &str, room: &str, via: &[&str]) -> Result<()> {
        self.set_state(space, "m.space.child", room, &json!({ "via": via })).await
    }

    /// Sets a piece of a room's state.
    pub async fn set_state(
        &self,
        room: &str,
        kind: &str,
        key: &str,
        content: &Value,
    ) -> Result<()> {
        self.client(Method::PUT, &["rooms", room, "state", kind, key], Some(content))
            .await
            .map(drop)
    }

    /// Joins a room by id or alias; answers its id.
    pub async fn join(&self, room: &str) -> Result<String> {
        let answer = self.client(Method::POST, &["join", room], Some(&json!({}))).await?;
        Ok(answer["room_id"].as_str().context("no room id in the answer to join")?.to_owned())
    }

    /// The same by way of these servers, for a room that the own server may not know.
    pub async fn join_via(&self, room: &str, via: &[&str]) -> Result<String> {
        let path = ["_matrix", "client", "v3", "join", room];
        let query: Vec<_> = via.iter().map(|server| ("via", *server)).collect();
        let answer = self.request(Method::POST, &path, &query, Some(&json!({}))).await?;
        Ok(answer["room_id"].as_str().context("no room id in the answer to join")?.to_owned())
    }

    /// Leaves a room.
    pub async fn leave(&self, room: &str) -> Result<()> {
        self.client(Method::POST, &["rooms", room, "leave"], Some(&json!({}))).await.map(drop)
    }

    /// Invites somebody.
    pub async fn invite(&self, room: &str, user_id: &str) -> Result<()> {
        self.client(Method::POST, &["rooms", room, "invite"], Some(&json!({ "user_id": user_id })))
            .await
            .map(drop)
    }

    /// Keeps somebody out.
    pub async fn ban(&self, room: &str, user_id: &str) -> Result<()> {
        self.client(Method::POST, &["rooms", room, "ban"], Some(&json!({ "user_id": user_id })))
            .await
            .map(drop)
    }

    /// The ids of the rooms that the user is in.
    pub async fn joined_rooms(&self) -> Result<Vec<String>> {
        let answer = self.client(Method::GET, &["joined_rooms"], None).await?;
        Ok(serde_json::from_value(answer["joined_rooms"].clone())?)
    }

    /// Sends a message's content; answers the event's id.
    pub async fn send(&self, room: &str, content: &Value) -> Result<String> {
        self.send_event(room, "m.room.message", content).await
    }

    /// Sends plain text.
    pub async fn say(&self, room: &str, text: &str) -> Result<String> {
        self.send(room, &json!({ "msgtype": "m.text", "body": text })).await
    }

    /// Sends text as the answer to a message.
    pub async fn reply(&self, room: &str, to: &str, text: &str) -> Result<String> {
        let relation = json!({ "m.in_reply_to": { "event_id": to } });
        self.send(room, &json!({ "msgtype": "m.text", "body": text, "m.relates_to": relation }))
            .await
    }

    /// Puts an emoji under a message.
    pub async fn react(&self, room: &str, to: &str, key: &str) -> Result<String> {
        let relation = json!({ "rel_type": "m.annotation", "event_id": to, "key": key });
        self.send_event(room, "m.reaction", &json!({ "m.relates_to": relation })).await
    }

    /// Replaces a message's text.
    pub async fn edit(&self, room: &str, event: &str, text: &str) -> Result<String> {
        let content = json!({
            "msgtype": "m.text",
            "body": format!("* {text}"),
            "m.new_content": { "msgtype": "m.text", "body": text },
            "m.relates_to": { "rel_type": "m.replace", "event_id": event },
        });
        self.send(room, &content).await
    }

    /// Removes a message.
    pub async fn remove(&self, room: &str, event: &str) -> Result<()> {
        let transaction = self.next_transaction();
        let path = ["rooms", room, "redact", event, &transaction];
        self.client(Method::PUT, &path, Some(&json!({}))).await.map(drop)
    }

    /// Sends an event of any kind; answers its id.
    pub async fn send_event(&self, room: &str, kind: &str, content: &Value) -> Result<String> {
        let transaction = self.next_transaction();
        let answer = self
            .client(Method::PUT, &["rooms", room, "send", kind, &transaction], Some(content))
            .await?;
        Ok(answer["event_id"].as_str().context("no event id in the answer to send")?.to_owned())
    }

    /// The room's latest events, the newest first.
    pub async fn messages(&self, room: &str, limit: u32) -> Result<Vec<Value>> {
        let path = ["_matrix", "client", "v3", "rooms", room, "messages"];
        let answer = self.get(&path, &[("dir", "b"), ("limit", &limit.to_string())]).await?;
        Ok(answer["chunk"].as_array().cloned().unwrap_or_default())
    }

    /// What is new since an earlier answer's `next_batch`; held open for at most `wait` where nothing is.
    pub async fn sync(&self, since: Option<&str>, wait: Duration) -> Result<Value> {
        let timeout = wait.as_millis().to_string();
        let mut query = vec![("timeout", timeout.as_str())];
        query.extend(since.map(|token| ("since", token)));
        self.get(&["_matrix", "client", "v3", "sync"], &query).await
    }

    async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value> {
        self.request(Method::GET, path, query, None).await
    }

    async fn client(&self, method: Method, path: &[&str], body: Option<&Value>) -> Result<Value> {
        let path = [&["_matrix", "client", "v3"], path].concat();
        self.request(method, &path, &[], body).await
    }

    /// Any request: the way to the interfaces that have no function here.
    pub async fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value> {
        let mut url = self.homeserver.clone();
        url.path_segments_mut().ok().context("not a web address")?.pop_if_empty().extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method, url);
        if let Some(session) = &self.session {
            request = request.bearer_auth(&session.token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        let answer: Value = response.json().await.unwrap_or_default();
        if status.is_success() { Ok(answer) } else { Err(Refused::new(status, &answer).into()) }
    }

    fn next_transaction(&self) -> String {
        let number = self
            .session
            .as_ref()
            .map_or(0, |session| session.transactions.fetch_add(1, Ordering::Relaxed));
        format!("bare-{number}")
    }
}

/// The part of an address between `@` and `:`.
fn localpart(user_id: &str) -> &str {
    user_id.trim_start_matches('@').split(':').next().unwrap_or_default()
}

impl Refused {
    fn new(status: StatusCode, answer: &Value) -> Self {
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        let retry_after_ms = answer["retry_after_ms"].as_u64();
        Self { status, code: text("errcode"), message: text("error"), retry_after_ms }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the homeserver answered {}: {} {}", self.status, self.code, self.message)
    }
}

impl std::error::Error for Refused {}
