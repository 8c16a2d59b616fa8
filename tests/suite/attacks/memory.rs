//! How much a program, or a connection, holds.

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use galaxy_chat_tests::process;
use tokio::net::TcpStream;
use tokio::time::sleep;

/// The most memory that a process has had since [`process::forget_peak`], in bytes.
pub fn peak(pid: u32) -> Result<usize> {
    Ok(usize::try_from(process::peak(&[pid])?)?)
}

/// Waits until the other side has read all that was sent to it, or is gone. What the system has in its
/// buffers would otherwise count as read.
pub async fn read_by_peer(stream: &TcpStream) -> Result<()> {
    let (own, peer) = (stream.local_addr()?, stream.peer_addr()?);
    let sent = (address(own), address(peer));
    let received = (sent.1.clone(), sent.0.clone());
    loop {
        let sockets = fs::read_to_string("/proc/net/tcp")?;
        let waiting = sockets.lines().any(|line| {
            let fields: Vec<_> = line.split_whitespace().collect();
            let [_, local, remote, _, queues, ..] = fields[..] else { return false };
            let between = |(from, to): &(String, String)| local == from && remote == to;
            let (sending, unread) = queues.split_once(':').unwrap_or_default();
            let has_some = |queue: &str| queue.bytes().any(|digit| digit != b'0');
            (between(&sent) && has_some(sending)) || (between(&received) && has_some(unread))
        });
        if !waiting {
            return Ok(());
        }
        sleep(Duration::from_millis(1)).await;
    }
}

/// An address as the system lists it.
fn address(address: SocketAddr) -> String {
    let host = match address {
        SocketAddr::V4(address) => u32::from_ne_bytes(address.ip().octets()),
        SocketAddr::V6(_) => 0,
    };
    format!("{host:08X}:{:04X}", address.port())
}
