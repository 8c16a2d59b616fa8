//! A stranger's web server: it shows one page and remembers who came.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Longer than the head of any request that matters here.
const LONGEST_HEAD: usize = 16 * 1024;

/// A web server on loopback, which ends when this is dropped.
#[derive(Debug)]
pub struct Website {
    port: u16,
    visits: Arc<Mutex<Visits>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Visits {
    connections: usize,
    paths: Vec<String>,
}

impl Website {
    /// Answers every request with this page.
    pub async fn start(page: &str) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let visits = Arc::new(Mutex::new(Visits::default()));
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\naccess-control-allow-origin: *\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{page}",
            page.len()
        );
        let seen = Arc::clone(&visits);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                lock(&seen).connections += 1;
                tokio::spawn(serve(stream, answer.clone(), Arc::clone(&seen)));
            }
        });
        Ok(Self { port, visits, task })
    }

    /// The address of a path on this server.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// How many connections were made, with or without a request on them.
    pub fn connections(&self) -> usize {
        lock(&self.visits).connections
    }

    /// The paths that were asked for, without the first slash.
    pub fn paths(&self) -> Vec<String> {
        lock(&self.visits).paths.clone()
    }
}

impl Drop for Website {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, answer: String, visits: Arc<Mutex<Visits>>) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < LONGEST_HEAD {
        match stream.read_buf(&mut head).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
    let head = String::from_utf8_lossy(&head);
    let path = head.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    lock(&visits).paths.push(path);
    // Whoever has gone before the answer does not get it.
    let _ = stream.write_all(answer.as_bytes()).await;
}

fn lock(visits: &Mutex<Visits>) -> MutexGuard<'_, Visits> {
    visits.lock().unwrap_or_else(PoisonError::into_inner)
}
