//! What a less careful app does: each attack is shown to work on it.

use anyhow::{Context as _, Result};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A listener for the browser that takes the first request, whatever it is, as most libraries' do.
pub struct Naive {
    pub port: u16,
    /// The first line of what came, and how many bytes all of it had.
    pub came: JoinHandle<Result<(String, usize)>>,
}

impl Naive {
    pub async fn listen() -> Result<Self> {
        let socket = TcpListener::bind("127.0.0.1:0").await?;
        let port = socket.local_addr()?.port();
        let came = tokio::spawn(async move {
            let (mut stream, _) = socket.accept().await?;
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await? > 0 {}
            let text = String::from_utf8_lossy(&request);
            let line = text.lines().next().context("nothing came")?.to_owned();
            Ok((line, request.len()))
        });
        Ok(Self { port, came })
    }
}
