//! A request of the web, as somebody sees it who stands between two programs.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// Headers that are of one connection only, or are written anew.
pub const OF_THE_WAY: [&str; 6] =
    ["connection", "content-length", "transfer-encoding", "accept-encoding", "host", "keep-alive"];

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// When its head was there.
    pub at: Instant,
    /// How it was asked for.
    pub method: Method,
    /// As it was sent, without the query.
    pub path: String,
    /// The same with the query.
    pub target: String,
    /// Without those [of the way](OF_THE_WAY); the names in small letters.
    pub headers: Vec<(String, String)>,
    /// What was sent besides.
    pub body: Vec<u8>,
}

impl Request {
    /// Reads a whole request.
    pub async fn read(stream: &mut TcpStream) -> Result<Self> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
                break end;
            }
            ensure!(stream.read_buf(&mut bytes).await? > 0, "half a request");
        };
        let at = Instant::now();
        let mut body = bytes.split_off(end + 4);
        let head = String::from_utf8(bytes)?;
        let mut lines = head.trim_end().split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let method = Method::from_bytes(words.next().unwrap_or_default().as_bytes())?;
        let target = words.next().context("no address")?.to_owned();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let mut headers: Vec<_> =
            headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length: usize = length.map_or(Ok(0), |(_, length)| length.parse())?;
        while body.len() < length {
            ensure!(stream.read_buf(&mut body).await? > 0, "half a request");
        }
        headers.retain(|(name, _)| !OF_THE_WAY.contains(&&**name));
        let path = target.split('?').next().unwrap_or_default().to_owned();
        Ok(Self { at, method, path, target, headers, body })
    }

    /// True for a request to join a room, by its address or its id.
    pub fn is_join(&self) -> bool {
        let of_a_room = self.path.contains("/rooms/") && self.path.ends_with("/join");
        self.method == Method::POST && (of_a_room || self.path.contains("/client/v3/join/"))
    }
}
