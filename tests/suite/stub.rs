//! Small servers that stand in for the rest of the internet.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use galaxy_chat_tests::certificates::Authority;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What a [`Stub`] says: status, content type, body.
pub type Answer = (u16, &'static str, String);

/// Not Found, as web servers say it that know nothing of Matrix.
pub const NOTHING: fn(&str) -> Answer = |_| (404, "text/html", "<h1>Not Found</h1>".to_owned());

/// A web server on a loopback port; ends when dropped.
pub struct Stub {
    port: u16,
    task: JoinHandle<()>,
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Stub {
    /// Answers each request by its path.
    pub async fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Result<Self> {
        Self::serve(answer, |stream| Box::pin(async { Ok(Box::new(stream) as Box<dyn Stream>) }))
            .await
    }

    /// The same over TLS, as `localhost`, with a certificate of that authority.
    pub async fn start_tls(
        authority: &Authority,
        answer: impl Fn(&str) -> Answer + Send + Sync + 'static,
    ) -> Result<Self> {
        let acceptor = acceptor(authority)?;
        Self::serve(answer, move |stream| {
            let acceptor = acceptor.clone();
            Box::pin(async move { Ok(Box::new(acceptor.accept(stream).await?) as Box<dyn Stream>) })
        })
        .await
    }

    /// A homeserver by way of TLS, as `localhost`.
    pub async fn start_front(authority: &Authority, homeserver: u16) -> Result<Self> {
        let acceptor = acceptor(authority)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut client = acceptor.accept(client).await?;
                    let mut server = TcpStream::connect(("127.0.0.1", homeserver)).await?;
                    tokio::io::copy_bidirectional(&mut client, &mut server).await
                });
            }
        });
        Ok(Self { port, task })
    }

    /// A homeserver as far as signing in asks: these ways to sign in, and this answer to a password.
    pub async fn homeserver(flows: Value, sliding_sync: bool, login: Answer) -> Result<Self> {
        let features = json!({ "org.matrix.simplified_msc3575": sliding_sync });
        let versions = json!({ "versions": ["v1.11"], "unstable_features": features });
        let flows = json!({ "flows": flows });
        let ok = |body: &Value| (200, "application/json", body.to_string());
        Self::start(move |request| match request {
            "GET /_matrix/client/versions" => ok(&versions),
            "GET /_matrix/client/v3/login" => ok(&flows),
            "POST /_matrix/client/v3/login" => login.clone(),
            _ => (404, "application/json", json!({ "errcode": "M_UNRECOGNIZED" }).to_string()),
        })
        .await
    }

    /// The address over plain http.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Host name and port.
    pub fn name(&self) -> String {
        format!("localhost:{}", self.port)
    }

    async fn serve<A, W>(answer: A, wrap: W) -> Result<Self>
    where
        A: Fn(&str) -> Answer + Send + Sync + 'static,
        W: Fn(TcpStream) -> Wrapping + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let answer = Arc::new(answer);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, wrapping) = (answer.clone(), wrap(stream));
                // A client that goes away, or refuses the certificate, is no concern of ours.
                tokio::spawn(async move { converse(wrapping.await?, &*answer).await });
            }
        });
        Ok(Self { port, task })
    }
}

/// A connection, secured or not.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

type Wrapping = Pin<Box<dyn Future<Output = std::io::Result<Box<dyn Stream>>> + Send>>;

/// One request, one answer. Bodies are small enough to come with the head.
async fn converse(
    mut stream: Box<dyn Stream>,
    answer: &(dyn Fn(&str) -> Answer + Send + Sync),
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&head);
    let request = head.lines().next().unwrap_or_default();
    let request = request.split(['?']).next().unwrap_or_default();
    let request = request.strip_suffix(" HTTP/1.1").unwrap_or(request);
    let (status, kind, body) = answer(request);
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status} As said\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

fn acceptor(authority: &Authority) -> Result<TlsAcceptor> {
    let (certificate, key) = authority.certify()?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).ok().context("a private key")?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Passes everything on to a homeserver, and can keep its answers to one kind of request back.
pub struct Relay {
    port: u16,
    hold: watch::Sender<Hold>,
    task: JoinHandle<()>,
}

#[derive(Clone, Default)]
struct Hold {
    /// How a request begins whose answer is kept back.
    request: Option<String>,
    /// How a request begins that the homeserver does not get to see.
    refused: Option<String>,
    /// There was one.
    has_refused: bool,
    /// The homeserver has answered one.
    answered: bool,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Relay {
    /// To a homeserver on that loopback port.
    pub async fn start(homeserver: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let hold = watch::Sender::new(Hold::default());
        let holding = hold.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let holding = holding.clone();
                tokio::spawn(async move {
                    let server = TcpStream::connect(("127.0.0.1", homeserver)).await?;
                    pass(client, server, holding).await
                });
            }
        });
        Ok(Self { port, hold, task })
    }

    /// The homeserver's address by way of this relay.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Keeps answers to these requests back from here on, such as `POST /_matrix/client/v3/login`.
    pub fn hold(&self, request: &str) {
        let request = Some(request.to_owned());
        self.hold.send_modify(|hold| (hold.request, hold.answered) = (request, false));
    }

    /// Has these requests refused from here on, or with `None` no more.
    pub fn refuse(&self, request: Option<&str>) {
        let request = request.map(str::to_owned);
        self.hold.send_modify(|hold| (hold.refused, hold.has_refused) = (request, false));
    }

    /// Waits until such a request was refused.
    pub async fn refused(&self) -> Result<()> {
        self.hold.subscribe().wait_for(|hold| hold.has_refused).await?;
        Ok(())
    }

    /// Waits until the homeserver has answered such a request.
    pub async fn answered(&self) -> Result<()> {
        self.hold.subscribe().wait_for(|hold| hold.answered).await?;
        Ok(())
    }

    /// Lets the answers through.
    pub fn release(&self) {
        self.hold.send_modify(|hold| hold.request = None);
    }
}

async fn pass(
    client: TcpStream,
    server: TcpStream,
    hold: watch::Sender<Hold>,
) -> std::io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (mark, mut marked) = watch::channel(false);
    let asking = {
        let hold = hold.clone();
        async move {
            let mut buffer = vec![0; 65_536];
            loop {
                let length = from_client.read(&mut buffer).await?;
                if length == 0 {
                    return to_server.shutdown().await;
                }
                // That would lead past the relay.
                if buffer.starts_with(b"GET /.well-known/") {
                    let elsewhere = "GET /nothing-is-known-here/";
                    buffer[..elsewhere.len()].copy_from_slice(elsewhere.as_bytes());
                }
                let Hold { request: wanted, refused, .. } = hold.borrow().clone();
                if refused.is_some_and(|refused| buffer[..length].starts_with(refused.as_bytes())) {
                    // Nothing is found there.
                    let elsewhere = b"GET /nothing";
                    buffer[..elsewhere.len()].copy_from_slice(elsewhere);
                    hold.send_modify(|hold| hold.has_refused = true);
                }
                if wanted.is_some_and(|wanted| buffer[..length].starts_with(wanted.as_bytes())) {
                    mark.send_replace(true);
                }
                to_server.write_all(&buffer[..length]).await?;
            }
        }
    };
    let answering = async move {
        let mut buffer = vec![0; 65_536];
        loop {
            let length = from_server.read(&mut buffer).await?;
            if length == 0 {
                return to_client.shutdown().await;
            }
            if *marked.borrow_and_update() {
                hold.send_modify(|hold| hold.answered = true);
                let released =
                    hold.subscribe().wait_for(|hold| hold.request.is_none()).await.is_ok();
                if !released {
                    return Ok(());
                }
            }
            to_client.write_all(&buffer[..length]).await?;
        }
    };
    tokio::try_join!(asking, answering).map(drop)
}
