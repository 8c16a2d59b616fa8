//! People who answer by themselves.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::homeserver::Account;
use crate::matrix::Client;

const GREETINGS: [&str; 12] = [
    "hello",
    "hi",
    "hey",
    "hallo",
    "welcome",
    "morning",
    "afternoon",
    "evening",
    "bonjour",
    "hola",
    "ciao",
    "moin",
];

/// Answers everybody who says hello, or asks, in one room; stops when dropped.
#[derive(Debug)]
pub struct Helper {
    client: Client,
    task: JoinHandle<()>,
}

impl Helper {
    /// Signs the account in and listens from here on.
    pub async fn start(account: &Account, room: &str) -> Result<Self> {
        let client = account.sign_in().await?;
        let beginning = client.sync(None, Duration::ZERO).await?;
        let since = next_batch(&beginning)?;
        let task = tokio::spawn(listen(client.clone(), room.to_owned(), since));
        Ok(Self { client, task })
    }

    /// Stops, and signs the device out.
    pub async fn stop(self) -> Result<()> {
        self.task.abort();
        self.client.logout().await
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(client: Client, room: String, mut since: String) {
    let mut known = HashSet::new();
    loop {
        match hear(&client, &room, &since, &mut known).await {
            Ok(next) => since = next,
            // The server may be on its way back.
            Err(_) => sleep(Duration::from_secs(1)).await,
        }
    }
}

/// Waits for what is new, and answers it.
async fn hear(
    client: &Client,
    room: &str,
    since: &str,
    known: &mut HashSet<String>,
) -> Result<String> {
    let news = client.sync(Some(since), Duration::from_secs(30)).await?;
    let events = news["rooms"]["join"][room]["timeline"]["events"].as_array();
    for event in events.into_iter().flatten() {
        let (Some(sender), Some(id)) = (event["sender"].as_str(), event["event_id"].as_str())
        else {
            continue;
        };
        let own = sender == client.user_id();
        if let (false, Some(text)) = (own, said(event)) {
            let first = known.insert(sender.to_owned());
            if let Some(answer) = answer_to(text, first) {
                client.send(room, &addressed(client, sender, id, answer).await?).await?;
            }
        }
    }
    next_batch(&news)
}

/// What somebody said for the first time, not an edit of it.
fn said(event: &Value) -> Option<&str> {
    let content = &event["content"];
    let edit = content["m.relates_to"]["rel_type"] == "m.replace";
    if event["type"] != "m.room.message" || edit { None } else { content["body"].as_str() }
}

fn answer_to(text: &str, first: bool) -> Option<&'static str> {
    let greets = text
        .to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric())
        .any(|word| GREETINGS.contains(&word));
    match (greets, first) {
        (true, true) => Some(
            "welcome to the Galaxy Lobby! Tell us what you are working on, and somebody will point you to the right room.",
        ),
        (true, false) => Some("hello again! How is it going?"),
        (false, _) if text.contains('?') => Some(
            "good question. Say which Galaxy server and which tool you use, and what you see; then it is easy to help.",
        ),
        _ => None,
    }
}

/// An answer to a message that calls its author by name.
async fn addressed(client: &Client, user_id: &str, event: &str, text: &str) -> Result<Value> {
    let name = client.display_name(user_id).await?;
    Ok(json!({
        "msgtype": "m.text",
        "body": format!("{name}: {text}"),
        "format": "org.matrix.custom.html",
        "formatted_body": format!("<a href=\"https://matrix.to/#/{user_id}\">{name}</a>: {text}"),
        "m.mentions": { "user_ids": [user_id] },
        "m.relates_to": { "m.in_reply_to": { "event_id": event } },
    }))
}

fn next_batch(answer: &Value) -> Result<String> {
    Ok(answer["next_batch"].as_str().context("no next_batch in the answer to sync")?.to_owned())
}
