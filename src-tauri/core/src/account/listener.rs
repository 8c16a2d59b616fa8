//! Where the browser comes back to: an address on this computer that only this sign-in knows.
//!
//! Any program here, and any page in any browser, can talk to it. It takes one request: the one to
//! its path that carries what the sign-in waits for. All others are refused, and the wait goes on.

use std::{
    collections::VecDeque,
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::{AbortHandle, JoinSet},
};
use tracing::{info, warn};
use url::{Url, form_urlencoded};

use super::{
    entrance::{self, Entrances},
    page,
};

/// The one path. Registrations name it, so that they hold for every port.
pub const PATH: &str = "/signed-in";

/// A request that is longer, or takes longer, is none of a browser's.
const LONGEST: usize = 16 * 1024;
const SLOWEST: Duration = Duration::from_secs(5);

/// Requests at a time; browsers open a few connections ahead.
const MOST: usize = 64;

/// How long the port stays taken after a sign-in that ended without its answer: the browser may come
/// back yet, and what it brings is for no other program that listens there.
const PORT_HELD: Duration = Duration::from_mins(10);

/// What a sign-in waits for. It is taken once.
struct Wait {
    redirect: Url,
    /// Where the browser is to go.
    page: Mutex<Option<Url>>,
    entrances: Entrances,
    /// Known as soon as there is an address to open.
    state: Mutex<Option<String>>,
    arrived: mpsc::UnboundedSender<String>,
}

/// Why a request is not the one that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// It is no request that could be.
    Malformed,
    /// Another path.
    Elsewhere,
    /// Its state is missing, wrong, or was used before.
    Unexpected,
}

/// Listens for the browser. Once it is dropped, nothing is taken any more.
pub struct Listener {
    wait: Arc<Wait>,
    arrivals: mpsc::UnboundedReceiver<String>,
    task: JoinSet<()>,
}

/// Where an address can be handed in that the browser could not bring by itself, and where there are
/// addresses to open in the browser.
#[derive(Clone)]
pub struct Letterbox(Arc<Wait>);

impl Listener {
    /// Listens on a free port.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn start() -> io::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let redirect = format!("http://127.0.0.1:{}{PATH}", socket.local_addr()?.port());
        let redirect = Url::parse(&redirect).map_err(io::Error::other)?;
        let (arrived, arrivals) = mpsc::unbounded_channel();
        let (page, state) = (Mutex::default(), Mutex::default());
        let wait =
            Arc::new(Wait { redirect, page, entrances: Entrances::default(), state, arrived });
        let mut task = JoinSet::new();
        task.spawn(accept(socket, wait.clone()));
        Ok(Self { wait, arrivals, task })
    }

    /// The address for the browser to come back to.
    pub fn redirect(&self) -> &Url {
        &self.wait.redirect
    }

    /// From now on a request with this state is taken.
    pub fn expect(&self, state: &str) {
        *self.wait.state() = Some(state.to_owned());
    }

    /// From now on addresses to open in the browser lead to this page.
    pub fn lead_to(&self, page: Url) {
        *self.wait.page() = Some(page);
    }

    /// For addresses that are handed in, and for those to open.
    pub fn letterbox(&self) -> Letterbox {
        Letterbox(self.wait.clone())
    }

    /// The query that the browser came back with; `None` where it did not in time.
    pub async fn query(&mut self, patience: Duration) -> Option<String> {
        tokio::time::timeout(patience, self.arrivals.recv()).await.ok().flatten()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.wait.entrances.close();
        let unanswered = self.wait.state().take().is_some();
        let task = std::mem::take(&mut self.task);
        if unanswered && let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                tokio::time::sleep(PORT_HELD).await;
                drop(task);
            });
        }
    }
}

impl Letterbox {
    /// A new address that leads the browser to the page, once; `None` where there is no page.
    pub fn entrance(&self) -> Option<String> {
        let path = self.0.entrances.add(self.0.page().as_ref()?);
        self.0.redirect.join(&path).ok().map(String::from)
    }

    /// Waits until an address leads on no more.
    pub async fn used(&self, address: &str) {
        let Ok(address) = Url::parse(address) else { return };
        while self.0.entrances.leads(address.path()) {
            self.0.entrances.used().await;
        }
    }

    /// Takes the address; `false` where it is not the one that is waited for.
    pub fn take(&self, address: &str) -> bool {
        let Ok(url) = Url::parse(address.trim()) else { return false };
        let query = self.0.take(&url);
        query.is_ok_and(|query| self.0.arrived.send(query).is_ok())
    }
}

impl Wait {
    /// Takes what is waited for out of an address.
    fn take(&self, url: &Url) -> Result<String, Refusal> {
        let origin = url.origin() == self.redirect.origin();
        if !origin || url.path() != PATH || !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::Elsewhere);
        }
        let query = url.query().unwrap_or_default();
        let values = |name: &str| -> Vec<_> {
            let pairs = form_urlencoded::parse(query.as_bytes());
            pairs.filter(|(key, _)| key == name).map(|(_, value)| value).collect()
        };
        let answers = ["code", "error", "loginToken"].map(|name| values(name).len());
        let mut expected = self.state();
        let known = match (values("state").as_slice(), expected.as_deref()) {
            ([state], Some(expected)) => same(state.as_bytes(), expected.as_bytes()),
            _ => false,
        };
        if !known || answers.iter().sum::<usize>() != 1 {
            return Err(Refusal::Unexpected);
        }
        *expected = None;
        Ok(query.to_owned())
    }

    fn page(&self) -> std::sync::MutexGuard<'_, Option<Url>> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Compares without telling by the time it takes how much is right.
fn same(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |all, (one, other)| all | (one ^ other));
    one.len() == other.len() && differences == 0
}

async fn accept(socket: TcpListener, wait: Arc<Wait>) {
    let mut requests = JoinSet::new();
    let mut oldest = VecDeque::new();
    loop {
        match socket.accept().await {
            Ok((stream, _)) => {
                while requests.try_join_next().is_some() {}
                oldest.push_back(requests.spawn(answer(stream, wait.clone())));
                // Whoever holds requests open makes room for the browser.
                if oldest.len() > MOST {
                    oldest.pop_front().inspect(AbortHandle::abort);
                }
            }
            Err(error) => {
                warn!("the browser may not be able to come back: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Answers one request. What was waited for is handed on once the browser has its page.
async fn answer(mut stream: TcpStream, wait: Arc<Wait>) {
    let request = tokio::time::timeout(SLOWEST, read_request(&mut stream, &wait.redirect)).await;
    let taken = match request {
        Ok(Some(url)) if url.path().starts_with(entrance::PREFIX) => {
            let page = wait.entrances.take(url.path());
            let answer = page.as_ref().map_or_else(page::spent, page::lead_on);
            let _ = tokio::time::timeout(SLOWEST, write(&mut stream, &answer)).await;
            return;
        }
        Ok(Some(url)) => wait.take(&url),
        Ok(None) | Err(_) => Err(Refusal::Malformed),
    };
    let page = match &taken {
        Ok(query) => page::taken(query),
        Err(Refusal::Elsewhere) => page::elsewhere(),
        Err(Refusal::Unexpected | Refusal::Malformed) => page::unexpected(),
    };
    let written = tokio::time::timeout(SLOWEST, write(&mut stream, &page)).await;
    if !matches!(written, Ok(Ok(()))) {
        info!("the browser did not wait for its page");
    }
    match taken {
        // Nobody waits any more where this fails.
        Ok(query) => drop(wait.arrived.send(query)),
        Err(refusal) => info!("a request that no sign-in waits for: {refusal:?}"),
    }
}

async fn write(stream: &mut TcpStream, page: &str) -> io::Result<()> {
    stream.write_all(page.as_bytes()).await?;
    stream.shutdown().await
}

/// Reads the head of a request; the address that it asks for, where it is a browser's.
async fn read_request(stream: &mut TcpStream, redirect: &Url) -> Option<Url> {
    let mut head = Vec::new();
    let mut part = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        head.extend_from_slice(&part[..read]);
        if head.len() > LONGEST {
            return None;
        }
    }
    let head = String::from_utf8(head).ok()?;
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    if method != "GET" || !version.starts_with("HTTP/1.") || !target.starts_with('/') {
        return None;
    }
    // A name that was made to lead here is another origin's.
    let own = format!("127.0.0.1:{}", redirect.port()?);
    let hosts = lines.filter_map(|line| line.split_once(':'));
    let mut hosts = hosts.filter(|(name, _)| name.eq_ignore_ascii_case("host"));
    let host = hosts.next().map(|(_, value)| value.trim());
    if host != Some(&own) || hosts.next().is_some() {
        return None;
    }
    Url::parse(&format!("http://{own}{target}")).ok()
}

#[cfg(test)]
#[path = "listener_tests.rs"]
mod tests;
