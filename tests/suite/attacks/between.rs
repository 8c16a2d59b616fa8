//! Somebody between the app, the browser and their servers: all that is said goes through him, and he
//! can answer what he likes.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::request::{OF_THE_WAY, Request};
use reqwest::{Client, redirect};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;
use url::form_urlencoded;

use super::memory::read_by_peer;

/// What an endless answer has before its sender gives up.
pub const ENDLESS: usize = 100 * 1024 * 1024;

/// What of it is sent at once.
pub const PART: usize = 128 * 1024;

/// What is done with a request.
pub enum Deed {
    /// It is passed on, and so is the answer.
    Pass,
    /// The same, with the answer, header by header and body, changed.
    Change(Box<dyn Fn(String) -> String + Send + Sync>),
    /// It is passed on once [`Between::release`] was called.
    Hold,
    /// It is passed on at once, and answered once [`Between::release`] was called.
    KeepBack,
    /// It is answered by leading to another address.
    Lead(String),
    /// It is answered with a body without end.
    Flood,
    /// It is answered with headers without end.
    FloodOfHeaders,
    /// It is answered byte by byte, one a second.
    Drip,
    /// It is passed on, and what comes of that is sent as this does it.
    Twist(Twist),
}

/// Sends an answer in the place of the honest body.
pub type Twist = Box<dyn FnOnce(Vec<u8>, TcpStream) -> Twisting + Send + Sync>;

type Twisting = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

const WELL_KNOWN: &str = "/.well-known/matrix/client";

type Plan = Arc<dyn Fn(&Request) -> Deed + Send + Sync>;

/// A web server that stands for homeserver and authorization server both. It ends when dropped.
pub struct Between {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    own: String,
    homeserver: String,
    authority: String,
    client: Client,
    plan: Mutex<Plan>,
    seen: Mutex<Vec<Request>>,
    held: watch::Sender<bool>,
    kept_back: watch::Sender<bool>,
    /// How much of the endless answers was taken.
    taken: watch::Sender<Vec<usize>>,
}

impl Between {
    /// Passes everything on, for a start.
    pub async fn start(galaxy: &Galaxy) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let own = format!("http://127.0.0.1:{}", listener.local_addr()?.port());
        let homeserver = &galaxy.homeserver;
        let plain = |url: &url::Url| url.as_str().trim_end_matches('/').to_owned();
        let shared = Arc::new(Shared {
            own,
            homeserver: plain(homeserver.url()),
            // Where there is none, nobody asks for it.
            authority: plain(homeserver.authority().map_or(homeserver.url(), |it| it.issuer())),
            client: Client::builder().redirect(redirect::Policy::none()).no_proxy().build()?,
            plan: Mutex::new(Arc::new(|_| Deed::Pass)),
            seen: Mutex::default(),
            held: watch::Sender::new(true),
            kept_back: watch::Sender::new(false),
            taken: watch::Sender::default(),
        });
        let serving = shared.clone();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                while connections.try_join_next().is_some() {}
                let shared = serving.clone();
                // Whoever hangs up half-way is no concern of ours.
                connections.spawn(async move { drop(shared.serve(stream).await) });
            }
        });
        Ok(Self { shared, task })
    }

    /// The address of both servers by way of this one.
    pub fn url(&self) -> &str {
        &self.shared.own
    }

    /// What is done with each request from here on.
    pub fn plan(&self, plan: impl Fn(&Request) -> Deed + Send + Sync + 'static) {
        *lock(&self.shared.plan) = Arc::new(plan);
    }

    /// Everything is passed on from here on.
    pub fn be_honest(&self) {
        self.plan(|_| Deed::Pass);
    }

    /// Waits until an answer is there that is kept back.
    pub async fn kept_back(&self) -> Result<()> {
        self.shared.kept_back.subscribe().wait_for(|kept| *kept).await?;
        Ok(())
    }

    /// Lets through what is held or kept back.
    pub fn release(&self) {
        self.shared.held.send_replace(false);
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Request> {
        lock(&self.shared.seen).clone()
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        lock(&self.shared.seen).iter().filter(|request| request.path.ends_with(path)).count()
    }

    /// Waits until so many endless answers are over; how many bytes of each were taken.
    pub async fn taken(&self, number: usize) -> Result<Vec<usize>> {
        let mut taken = self.shared.taken.subscribe();
        Ok(taken.wait_for(|taken| taken.len() >= number).await?.clone())
    }
}

impl Drop for Between {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    async fn serve(&self, mut stream: TcpStream) -> Result<()> {
        let request = Request::read(&mut stream).await?;
        lock(&self.seen).push(request.clone());
        let plan = lock(&self.plan).clone();
        let (head, body) = match plan(&request) {
            Deed::Pass => self.pass(request, &|text| text).await?,
            Deed::Change(change) => self.pass(request, &change).await?,
            Deed::Hold => {
                self.held.subscribe().wait_for(|held| !held).await?;
                self.pass(request, &|text| text).await?
            }
            Deed::KeepBack => {
                let answer = self.pass(request, &|text| text).await?;
                self.kept_back.send_replace(true);
                self.held.subscribe().wait_for(|held| !held).await?;
                answer
            }
            Deed::Lead(to) => {
                (format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {to}\r\n"), Vec::new())
            }
            Deed::Flood => {
                return self.flood(stream, "content-length: 1073741824\r\n\r\n{\"").await;
            }
            Deed::FloodOfHeaders => return self.flood(stream, "x-padding: ").await,
            Deed::Drip => return drip(stream).await,
            Deed::Twist(twist) => {
                let honest = if request.path == WELL_KNOWN {
                    json!({ "m.homeserver": { "base_url": self.own } }).to_string().into_bytes()
                } else {
                    self.pass(request, &|text| text).await?.1
                };
                return twist(honest, stream).await;
            }
        };
        let end = format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), end.as_bytes(), &body].concat()).await?;
        Ok(stream.shutdown().await?)
    }

    async fn pass(
        &self,
        request: Request,
        change: &(dyn Fn(String) -> String + Sync),
    ) -> Result<(String, Vec<u8>)> {
        // That would lead past this server.
        if request.path == WELL_KNOWN {
            return Ok(("HTTP/1.1 404 Not Found\r\n".to_owned(), Vec::new()));
        }
        let of_matrix = request.path.starts_with("/_");
        let server = if of_matrix { &self.homeserver } else { &self.authority };
        let url = format!("{server}{}", request.target);
        let mut passed = self.client.request(request.method, url).body(request.body);
        for (name, value) in request.headers {
            passed = passed.header(name, value);
        }
        // The pages lead on to where the browser says that it is.
        let answer = passed.header("host", &self.own["http://".len()..]).send().await?;
        let status = answer.status();
        let mut head = format!("HTTP/1.1 {} As passed on\r\n", status.as_u16());
        for (name, value) in answer.headers() {
            if !OF_THE_WAY.contains(&name.as_str()) {
                // The answer that the browser brings back names its server.
                let value = value.to_str()?.replace(&encoded(&self.authority), &encoded(&self.own));
                head.push_str(&change(format!("{name}: {value}\r\n")));
            }
        }
        let body = answer.bytes().await?.to_vec();
        if !request.path.ends_with("/auth_metadata") {
            return Ok((head, body));
        }
        let metadata = String::from_utf8(body)?.replace(&self.authority, &self.own);
        Ok((head, change(metadata).into_bytes()))
    }

    async fn flood(&self, mut stream: TcpStream, beginning: &str) -> Result<()> {
        let beginning = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{beginning}");
        stream.write_all(beginning.as_bytes()).await?;
        let taken = flood(&mut stream).await;
        self.taken.send_modify(|all| all.push(taken));
        Ok(())
    }
}

fn encoded(address: &str) -> String {
    form_urlencoded::byte_serialize(address.as_bytes()).collect()
}

/// Sends letters until nobody takes them any more, or [`ENDLESS`] were taken; answers how many. No more
/// is sent than was read, so that the last part is all that can be counted without being taken.
pub async fn flood(stream: &mut TcpStream) -> usize {
    let part = vec![b'x'; PART];
    let mut taken = 0;
    while taken < ENDLESS && stream.write_all(&part).await.is_ok() {
        taken += part.len();
        if read_by_peer(stream).await.is_err() {
            break;
        }
    }
    taken
}

/// Ends when the other side hangs up.
async fn drip(mut stream: TcpStream) -> Result<()> {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{";
    stream.write_all(head.as_bytes()).await?;
    loop {
        sleep(Duration::from_secs(1)).await;
        stream.write_all(b" ").await?;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
