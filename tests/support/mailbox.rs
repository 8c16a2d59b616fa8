//! A mail server on loopback that delivers nothing: everybody's mail can be read here.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// A running mail server, which ends when this is dropped.
#[derive(Debug)]
pub struct Mailbox {
    port: u16,
    mails: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Mailbox {
    /// Takes mail from here on.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let delivered = Arc::clone(&mails);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take(stream, Arc::clone(&delivered)));
            }
        });
        Ok(Self { port, mails, task })
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The mails so far, each with its headers and all that is written in it.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a mail to this address, and answers the first link in it.
    pub async fn link(&self, to: &str) -> Result<String> {
        let deadline = Instant::now() + Duration::from_mins(2);
        let mail = loop {
            let mails = self.mails();
            let mut mails = mails.into_iter().rev();
            match mails.find(|mail| mail.contains(&format!("To: {to}"))) {
                Some(mail) => break mail,
                None if Instant::now() > deadline => anyhow::bail!("no mail came to {to}"),
                None => sleep(Duration::from_millis(50)).await,
            }
        };
        let link = mail.split_whitespace().find(|word| word.starts_with("http"));
        link.map(str::to_owned).with_context(|| format!("no link in {mail}"))
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// As much of SMTP as it takes to be given mails.
async fn take(stream: TcpStream, mails: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 mailbox\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let command = line.split(' ').next().unwrap_or_default().to_uppercase();
        let answer: &[u8] = match command.as_str() {
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                let mut mail = Vec::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    mail.push(line);
                }
                mails.lock().unwrap_or_else(PoisonError::into_inner).push(readable(&mail));
                b"250 kept\r\n"
            }
            "QUIT" => b"221 goodbye\r\n",
            _ => b"250 fine\r\n",
        };
        writer.write_all(answer).await?;
        if command == "QUIT" {
            break;
        }
    }
    Ok(())
}

/// The lines of a mail, and after them what they hide in base64.
fn readable(lines: &[String]) -> String {
    let hidden = lines.split(String::is_empty).filter_map(|part| {
        let bytes = BASE64_STANDARD.decode(part.concat()).ok()?;
        String::from_utf8(bytes).ok()
    });
    let hidden: Vec<_> = hidden.collect();
    format!("{}\n{}", lines.join("\n"), hidden.join("\n"))
}
