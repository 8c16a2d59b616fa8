//! A way to a homeserver on which things go wrong as a test wants it: answers that do not come for a
//! minute, connections that break, a server that is too busy or gone.
//!
//! ```no_run
//! # async fn example(homeserver: &galaxy_chat_tests::homeserver::Homeserver) -> anyhow::Result<()> {
//! use std::time::Duration;
//!
//! use galaxy_chat_tests::faults::{Fault, Faults};
//!
//! let faults = Faults::start(homeserver).await?;
//! let slow = Fault::Hold(Duration::from_secs(90));
//! faults.plan(move |request| if request.is_join() { slow } else { Fault::None });
//! // Something joins a room by way of `faults.url()`.
//! faults.held(1).await?;
//! faults.release();
//! # Ok(())
//! # }
//! ```

use std::fmt::{self, Write as _};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use reqwest::{StatusCode, redirect};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use url::Url;

use crate::homeserver::{Homeserver, free_port};
use crate::request::{OF_THE_WAY, Request};

/// The `conn_id` of the sync that shows messages: `DEFAULT_CONNECTION_ID` of matrix-sdk-ui's `RoomListService`.
const ROOM_LIST: &str = "room-list";

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The server does what it is asked, and its answer comes so much later, or after [`Faults::release`].
    Hold(Duration),
    /// The server does what it is asked, and the connection breaks before its answer.
    Cut,
    /// The server is not asked, and the connection breaks.
    Lose,
    /// The server is said to have been asked too often, and that it may be asked again after this time.
    Limit(Duration),
    /// The same in the header alone, in whole seconds, as servers in front of homeservers say it.
    LimitByHeader(Duration),
    /// The server is said to have failed with this status.
    Fail(u16),
}

/// The way to a homeserver, which ends when this is dropped.
#[derive(Debug)]
pub struct Faults {
    url: Url,
    port: u16,
    way: Arc<Way>,
    /// Nobody, while offline.
    listening: Option<JoinHandle<()>>,
}

type Plan = Box<dyn FnMut(&Request) -> Fault + Send>;
type Rewrite = Box<dyn FnMut(&Request, &mut Vec<u8>) + Send>;

struct Way {
    homeserver: String,
    client: reqwest::Client,
    plan: Mutex<Plan>,
    rewrite: Mutex<Rewrite>,
    seen: Mutex<Vec<Request>>,
    /// When those came whose access token the homeserver refused.
    unauthorized: Mutex<Vec<Instant>>,
    /// How many answers were held back so far.
    held: watch::Sender<usize>,
    released: watch::Sender<()>,
}

impl Faults {
    /// A way on which nothing goes wrong yet.
    pub async fn start(homeserver: &Homeserver) -> Result<Self> {
        // The same one again after being offline.
        let port = free_port()?;
        let way = Way {
            homeserver: homeserver.url().as_str().trim_end_matches('/').to_owned(),
            client: reqwest::Client::builder()
                .redirect(redirect::Policy::none())
                .no_proxy()
                .build()?,
            plan: Mutex::new(Box::new(|_| Fault::None)),
            rewrite: Mutex::new(Box::new(|_, _| {})),
            seen: Mutex::default(),
            unauthorized: Mutex::default(),
            held: watch::Sender::default(),
            released: watch::Sender::default(),
        };
        let url = Url::parse(&format!("http://127.0.0.1:{port}"))?;
        let mut faults = Self { url, port, way: Arc::new(way), listening: None };
        faults.go_online().await?;
        Ok(faults)
    }

    /// The homeserver's address by this way.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// What goes wrong from here on; asked once for each request, in the order in which they come.
    pub fn plan(&self, plan: impl FnMut(&Request) -> Fault + Send + 'static) {
        *lock(&self.way.plan) = Box::new(plan);
    }

    /// Changes the bodies of the homeserver's answers from here on.
    pub fn rewrite(&self, rewrite: impl FnMut(&Request, &mut Vec<u8>) + Send + 'static) {
        *lock(&self.way.rewrite) = Box::new(rewrite);
    }

    /// Changes the answers to the sync of the room list that bring new messages of a room. `change` gets the
    /// rest of the answer, and the messages, the newest last; what becomes of both is sent. Answers without are
    /// left as they are, and so are those to other sliding syncs, which show no message.
    pub fn rewrite_messages(
        &self,
        room: &str,
        mut change: impl FnMut(&mut Value, &mut Vec<Value>) + Send + 'static,
    ) {
        let room = room.to_owned();
        self.rewrite(move |request, body| {
            if !request.path.contains("sync") || connection(request) != Some(ROOM_LIST.into()) {
                return;
            }
            let Ok(mut answer) = serde_json::from_slice::<Value>(body) else { return };
            let path = format!("/rooms/{}/timeline", room.replace('~', "~0").replace('/', "~1"));
            let timeline = answer.pointer_mut(&path).and_then(Value::as_array_mut);
            let Some(mut messages) = timeline.map(std::mem::take).filter(|it| !it.is_empty())
            else {
                return;
            };
            change(&mut answer, &mut messages);
            answer["rooms"][&room]["timeline"] = messages.into();
            *body = answer.to_string().into_bytes();
        });
    }

    /// Waits until that many answers have been held back since the beginning. The homeserver has done by
    /// then what it was asked.
    pub async fn held(&self, number: usize) -> Result<()> {
        self.way.held.subscribe().wait_for(|held| *held >= number).await?;
        Ok(())
    }

    /// Lets the answers through that are held back.
    pub fn release(&self) {
        self.way.released.send_replace(());
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Request> {
        lock(&self.way.seen).clone()
    }

    /// Every request so far, but for those whose access token the homeserver refused (401): it has done
    /// nothing of what they asked for, and clients make them again with another token.
    pub fn authorized(&self) -> Vec<Request> {
        let refused = lock(&self.way.unauthorized).clone();
        let mut seen = self.seen();
        seen.retain(|request| !refused.contains(&request.at));
        seen
    }

    /// The requests so far to join a room, without the other ones.
    pub fn joins(&self) -> Vec<Request> {
        self.seen().into_iter().filter(Request::is_join).collect()
    }

    /// Breaks all connections, and takes no more: whoever comes is refused.
    pub async fn go_offline(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
            // With it end the connections, and the port is free.
            let _ = listening.await;
        }
    }

    /// Comes back after [`Faults::go_offline`], at the same address.
    pub async fn go_online(&mut self) -> Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await?;
        let way = self.way.clone();
        self.listening = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                while connections.try_join_next().is_some() {}
                let way = way.clone();
                // Whoever hangs up half-way is no concern of ours.
                connections.spawn(async move { drop(way.serve(stream).await) });
            }
        }));
        Ok(())
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
}

impl Way {
    /// Answers one request, and ends the connection.
    async fn serve(&self, mut stream: TcpStream) -> Result<()> {
        let request = Request::read(&mut stream).await?;
        lock(&self.seen).push(request.clone());
        let fault = (*lock(&self.plan))(&request);
        let (head, body) = match fault {
            Fault::None => self.pass(request).await?,
            Fault::Hold(time) => {
                let mut released = self.released.subscribe();
                let answer = self.pass(request).await?;
                self.held.send_modify(|held| *held += 1);
                // Either will do.
                let _ = timeout(time, released.changed()).await;
                answer
            }
            Fault::Cut => {
                self.pass(request).await?;
                return Ok(());
            }
            Fault::Lose => return Ok(()),
            Fault::Limit(wait) => {
                let wait = u64::try_from(wait.as_millis())?;
                refusal(429, "M_LIMIT_EXCEEDED", Some(("retry_after_ms", wait)), "")
            }
            Fault::LimitByHeader(wait) => {
                let header = format!("retry-after: {}\r\n", wait.as_secs());
                refusal(429, "M_LIMIT_EXCEEDED", None, &header)
            }
            Fault::Fail(status) => refusal(status, "M_UNKNOWN", None, ""),
        };
        let end = format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), end.as_bytes(), &body].concat()).await?;
        Ok(stream.shutdown().await?)
    }

    /// What the homeserver says to a request: the head without its end, and the body.
    async fn pass(&self, request: Request) -> Result<(String, Vec<u8>)> {
        // That would lead past this way.
        if request.path == "/.well-known/matrix/client" {
            return Ok(("HTTP/1.1 404 Not Found\r\n".to_owned(), Vec::new()));
        }
        let url = format!("{}{}", self.homeserver, request.target);
        let mut passed =
            self.client.request(request.method.clone(), url).body(request.body.clone());
        for (name, value) in &request.headers {
            passed = passed.header(name, value);
        }
        let answer = passed.send().await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            lock(&self.unauthorized).push(request.at);
        }
        let mut head = format!("HTTP/1.1 {} As passed on\r\n", answer.status().as_u16());
        for (name, value) in answer.headers() {
            if !OF_THE_WAY.contains(&name.as_str()) {
                write!(head, "{name}: {}\r\n", value.to_str()?)?;
            }
        }
        let mut body = answer.bytes().await?.to_vec();
        (*lock(&self.rewrite))(&request, &mut body);
        Ok((head, body))
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Way").field("homeserver", &self.homeserver).finish_non_exhaustive()
    }
}

/// The `conn_id` of a request of sliding sync (MSC4186).
fn connection(request: &Request) -> Option<Value> {
    let mut body: Value = serde_json::from_slice(&request.body).ok()?;
    body.get_mut("conn_id").map(Value::take)
}

/// An answer that the homeserver did not give.
fn refusal(status: u16, code: &str, more: Option<(&str, u64)>, header: &str) -> (String, Vec<u8>) {
    let mut body = json!({ "errcode": code, "error": "Something went wrong on the way" });
    if let Some((name, value)) = more {
        body[name] = value.into();
    }
    let head = format!("HTTP/1.1 {status} Made up\r\ncontent-type: application/json\r\n{header}");
    (head, body.to_string().into_bytes())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
