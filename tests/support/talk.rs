//! What people say in Galaxy's rooms before the newcomer comes in, from `talk.toml`.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::homeserver::display_name;
use crate::matrix::Client;

/// Everything that is said, in order.
#[derive(Debug, Deserialize)]
pub struct Talk {
    /// The messages of all rooms.
    pub message: Vec<Message>,
}

/// One message and what became of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The catalogue key of the room.
    pub room: String,
    /// Who says it, by role.
    pub from: String,
    /// A name for later replies.
    pub id: Option<String>,
    /// The name of the message that this one answers.
    pub reply_to: Option<String>,
    /// What is said.
    pub text: String,
    /// The same with formatting.
    pub html: Option<String>,
    /// The class of the code block that the text is.
    pub code: Option<String>,
    /// Roles that are called by name, in front of the text.
    #[serde(default)]
    pub mentions: Vec<String>,
    /// Reactions, `role:emoji`.
    #[serde(default)]
    pub reactions: Vec<String>,
    /// The text that replaced it.
    pub edited: Option<String>,
    /// Whether it was taken back.
    #[serde(default)]
    pub removed: bool,
}

impl Talk {
    /// The talk that Galaxy's rooms are filled with.
    pub fn bundled() -> Result<Self> {
        toml::from_str(include_str!("talk.toml")).context("talk.toml")
    }

    /// The messages of one room.
    pub fn in_room(&self, key: &str) -> impl Iterator<Item = &Message> {
        self.message.iter().filter(move |message| message.room == key)
    }

    /// Says everything that belongs into a room. Messages keep their order; what is done to them may not.
    pub async fn play(
        &self,
        key: &str,
        room: &str,
        people: &BTreeMap<String, Client>,
    ) -> Result<()> {
        let mut sent = BTreeMap::new();
        let mut written = Vec::new();
        for message in self.in_room(key) {
            let event =
                person(people, &message.from)?.send(room, &message.content(people, &sent)?).await?;
            if let Some(id) = &message.id {
                sent.insert(id.as_str(), event.clone());
            }
            written.push((message, event));
        }
        let afterwards = written.iter().map(|(message, event)| message.change(room, event, people));
        try_join_all(afterwards).await.map(drop)
    }
}

impl Message {
    fn content(
        &self,
        people: &BTreeMap<String, Client>,
        sent: &BTreeMap<&str, String>,
    ) -> Result<Value> {
        let mut content = json!({ "msgtype": "m.text", "body": self.text });
        if let Some(html) = self.html(people)? {
            content["format"] = "org.matrix.custom.html".into();
            content["formatted_body"] = html.into();
        }
        if !self.mentions.is_empty() {
            let names: Vec<_> = self.mentions.iter().map(|role| display_name(role)).collect();
            content["body"] = format!("{}: {}", names.join(", "), self.text).into();
            let ids = self.mentions.iter().map(|role| person(people, role).map(Client::user_id));
            content["m.mentions"] = json!({ "user_ids": ids.collect::<Result<Vec<_>>>()? });
        }
        if let Some(name) = &self.reply_to {
            let event =
                sent.get(name.as_str()).with_context(|| format!("nothing to reply to: {name}"))?;
            content["m.relates_to"] = json!({ "m.in_reply_to": { "event_id": event } });
        }
        Ok(content)
    }

    fn html(&self, people: &BTreeMap<String, Client>) -> Result<Option<String>> {
        if let Some(class) = &self.code {
            let code = escape(&self.text);
            return Ok(Some(format!("<pre><code class=\"{class}\">{code}</code></pre>")));
        }
        if self.mentions.is_empty() {
            return Ok(self.html.clone());
        }
        let mut links = Vec::new();
        for role in &self.mentions {
            let id = person(people, role)?.user_id();
            links.push(format!("<a href=\"https://matrix.to/#/{id}\">{}</a>", display_name(role)));
        }
        let text = self.html.clone().unwrap_or_else(|| escape(&self.text));
        Ok(Some(format!("{}: {text}", links.join(", "))))
    }

    async fn change(
        &self,
        room: &str,
        event: &str,
        people: &BTreeMap<String, Client>,
    ) -> Result<()> {
        let author = person(people, &self.from)?;
        for reaction in &self.reactions {
            let (role, emoji) =
                reaction.split_once(':').with_context(|| format!("no role in {reaction}"))?;
            person(people, role)?.react(room, event, emoji).await?;
        }
        if let Some(text) = &self.edited {
            author.edit(room, event, text).await?;
        }
        if self.removed {
            author.remove(room, event).await?;
        }
        Ok(())
    }
}

fn person<'a>(people: &'a BTreeMap<String, Client>, role: &str) -> Result<&'a Client> {
    people.get(role).with_context(|| format!("nobody has the role {role}"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
