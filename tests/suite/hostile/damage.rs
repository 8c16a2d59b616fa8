//! A bad event spoils one message, not the app.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};

use super::in_room;

/// Longest that fits into an event with its other fields.
const LONG: usize = 60_000;

#[tokio::test]
async fn damaged_events_leave_the_rest_alive() -> Result<()> {
    let stage = in_room("Developers").await?;
    let window = &stage.window;
    let (room, lobby) = (stage.galaxy.room("dev")?, stage.galaxy.room("lobby")?);
    let helper = stage.galaxy.helper.sign_in().await?;
    let mut census = Census::default();
    for (number, (kind, content)) in messages().into_iter().enumerate() {
        let sent = helper.send_event(room, kind, &content).await;
        census.count(kind, &content, sent.is_ok());
        // One after the other, as where too many come at once the older ones are left for later.
        if number % 5 == 4 {
            let mark = format!("after {} events", number + 1);
            helper.say(room, &mark).await?;
            window.see(&mark).await?;
        }
    }
    for (kind, content) in states(helper.user_id()) {
        let key = if kind == "m.room.member" { helper.user_id() } else { "" };
        let sent = helper.set_state(room, kind, key, &content).await;
        census.count(kind, &content, sent.is_ok());
    }
    census.check();

    helper.say(lobby, "elsewhere all is well").await?;
    helper.say(room, "and here as well").await?;
    window.see("and here as well").await?;
    window.click("Galaxy Lobby").await?;
    window.see("elsewhere all is well").await?;
    window.fill("Message to Galaxy Lobby", "good to hear").await?;
    window.press("Enter").await?;
    window.see("good to hear").await?;
    window.unsee("Sending…").await?;
    assert!(!window.log().contains("panicked"), "{}", window.log());
    Ok(())
}

/// Which events got past the server. What it keeps out, other servers may let in; the fuzzer sends such.
#[derive(Default)]
struct Census {
    taken: BTreeMap<&'static str, usize>,
    refused: Vec<String>,
}

impl Census {
    fn count(&mut self, kind: &'static str, content: &Value, taken: bool) {
        *self.taken.entry(kind).or_default() += usize::from(taken);
        if !taken {
            let mut line = format!("{kind} {content}");
            line.truncate(line.floor_char_boundary(200));
            self.refused.push(line);
        }
    }

    /// Each kind is there, but for those that no server takes in this shape.
    fn check(&self) {
        let refused = self.refused.join("\n");
        let none = self.taken.iter().filter(|(_, taken)| **taken == 0).map(|(kind, _)| *kind);
        let none: Vec<_> = none.filter(|kind| !KEPT_OUT.contains(kind)).collect();
        assert!(
            none.is_empty(),
            "nothing of {none:?} got past the server, which refused\n{refused}"
        );
        let messages = self.taken["m.room.message"];
        assert!(
            messages > 25,
            "only {messages} messages got past the server, which refused\n{refused}"
        );
    }
}

/// Kinds that Synapse takes in their right shape only.
const KEPT_OUT: [&str; 2] = ["m.call.invite", "m.room.member"];

/// Events of kinds that the app draws, with content of other shapes.
fn messages() -> Vec<(&'static str, Value)> {
    let html = |html: String| json!({ "msgtype": "m.text", "body": "x", "format": "org.matrix.custom.html", "formatted_body": html });
    let text = |body: String| json!({ "msgtype": "m.text", "body": body });
    let mut deep = json!("x");
    for _ in 0..200 {
        deep = json!({ "x": deep });
    }
    let mut events = vec![
        text(String::new()),
        text("\u{202E}\u{2066}turned around\n".repeat(50)),
        text("\0\u{1}\u{7f}\u{85}\u{feff}".to_owned()),
        text("x".repeat(LONG)),
        text("https://galaxyproject.org/".repeat(LONG / 26)),
        text("e\u{0301}\u{0323}\u{0301}".repeat(LONG / 8)),
        text("\n".repeat(LONG / 2)),
        html("<b>".repeat(LONG / 3)),
        html("<x>".repeat(LONG / 3)),
        html("<p>".repeat(LONG / 3)),
        html("<ul><li>".repeat(LONG / 8)),
        html("<blockquote>".repeat(LONG / 12)),
        html("<table><tr><td>".repeat(LONG / 15)),
        html(format!("<a href=\"https://galaxyproject.org/{}\">x</a>", "x".repeat(LONG))),
        html("&".repeat(LONG)),
        // The SDK's own parser of such links panics at an empty part.
        html("<a href=\"https://matrix.to/#/#a:b///\">x</a>".to_owned()),
        html("<a href=\"https://matrix.to/#/$x///\">x</a>".to_owned()),
        json!({}),
        json!({ "msgtype": "m.text" }),
        json!({ "body": "x" }),
        json!({ "msgtype": "m.unknown", "body": "x" }),
        json!({ "msgtype": "m.text", "body": "x", "format": 1, "formatted_body": ["x"] }),
        json!({ "msgtype": "m.text", "body": "x", "m.mentions": 1 }),
        json!({ "msgtype": "m.text", "body": "x", "m.mentions": { "user_ids": "x" } }),
        json!({ "msgtype": "m.text", "body": "x", "m.relates_to": "x" }),
        json!({ "msgtype": "m.text", "body": "x", "m.relates_to": { "m.in_reply_to": { "event_id": "x" } } }),
        json!({ "msgtype": "m.text", "body": "x", "m.relates_to": { "m.in_reply_to": 1 } }),
        json!({ "msgtype": "m.text", "body": "x", "m.relates_to": { "rel_type": "m.replace", "event_id": "$x" } }),
        json!({ "msgtype": "m.text", "body": "x", "m.new_content": 1, "m.relates_to": { "rel_type": "m.replace", "event_id": "$x" } }),
        json!({ "msgtype": "m.image", "body": "x" }),
        json!({ "msgtype": "m.image", "body": "x", "url": 1, "info": "x" }),
        json!({ "msgtype": "m.image", "body": "x", "url": "https://galaxyproject.org/", "info": { "w": -1, "h": "x", "size": 9_007_199_254_740_991_u64 } }),
        json!({ "msgtype": "m.file", "body": "x", "filename": ["x"], "file": {} }),
        json!({ "msgtype": "m.location", "body": "x", "geo_uri": {} }),
        json!({ "msgtype": "m.emote", "body": "", "formatted_body": null }),
        json!({ "msgtype": "m.text", "body": "x", "deep": deep }),
    ];
    let messages = events.drain(..).map(|content| ("m.room.message", content));
    messages
        .chain([
            ("m.reaction", json!({ "m.relates_to": { "rel_type": "m.annotation", "event_id": "$x", "key": "x".repeat(5000) } })),
            ("m.reaction", json!({ "m.relates_to": 1 })),
            ("m.reaction", json!({})),
            ("m.sticker", json!({ "body": 1 })),
            ("m.poll.start", json!({ "m.poll": "x" })),
            ("org.matrix.msc3381.poll.start", json!({ "org.matrix.msc3381.poll.start": { "answers": 1 } })),
            ("m.room.encrypted", json!({ "algorithm": 1 })),
            ("m.room.encrypted", json!({ "algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "x" })),
            ("m.call.invite", json!({ "offer": 1 })),
            ("m.room.message.feedback", json!({ "x": null })),
        ])
        .collect()
}

/// The room's state, damaged.
fn states(user: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("m.room.name", json!({ "name": 1 })),
        ("m.room.name", json!({ "name": "x".repeat(LONG) })),
        ("m.room.topic", json!({ "topic": { "x": user } })),
        ("m.room.topic", json!({ "topic": "x".repeat(LONG) })),
        ("m.room.avatar", json!({ "url": 1 })),
        ("m.room.join_rules", json!({ "join_rule": "unheard-of" })),
        ("m.room.history_visibility", json!({ "history_visibility": 1 })),
        ("m.room.guest_access", json!({ "guest_access": [] })),
        ("m.room.pinned_events", json!({ "pinned": "x" })),
        (
            "m.room.member",
            json!({ "membership": "join", "displayname": { "x": 1 }, "avatar_url": 1 }),
        ),
        ("m.room.member", json!({ "membership": "join", "displayname": "x".repeat(LONG / 2) })),
        ("m.room.tombstone", json!({ "replacement_room": 1 })),
        ("m.space.child", json!({ "via": 1, "order": 1 })),
        ("m.room.encryption", json!({ "algorithm": "unheard-of" })),
    ]
}
