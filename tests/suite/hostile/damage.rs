//! A bad event spoils one message, not the app.

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::matrix::{Client, Refused};
use serde_json::{Value, json};

use super::{elsewhere_all_is_well, in_room};

/// Longest that fits into an event with its other fields.
const LONG: usize = 60_000;

/// An event's type and its content.
type Event = (&'static str, Value);

#[tokio::test]
async fn damaged_events_leave_the_rest_alive() -> Result<()> {
    let stage = in_room("Developers").await?;
    let window = &stage.window;
    let (room, lobby) = (stage.galaxy.room("dev")?, stage.galaxy.room("lobby")?);
    let helper = stage.galaxy.helper.sign_in().await?;
    let mut wrong = Vec::new();
    let messages = texts().into_iter().chain(shapes()).chain(of_other_kinds());
    for (number, event) in messages.enumerate() {
        note(&mut wrong, &event, true, is_taken(&helper, room, &event).await?);
        // One after the other, as where too many come at once the older ones are left for later.
        if number % 5 == 4 {
            let mark = format!("after {} events", number + 1);
            helper.say(room, &mark).await?;
            window.see(&mark).await?;
        }
    }
    for event in kept_out() {
        note(&mut wrong, &event, false, is_taken(&helper, room, &event).await?);
    }
    for (events, taken) in [(states(), true), (kept_out_states(), false)] {
        for event in events {
            note(&mut wrong, &event, taken, is_taken_as_state(&helper, room, &event).await?);
        }
    }
    ensure!(wrong.is_empty(), "the lists are not those of this server:\n{}", wrong.join("\n"));

    helper.say(room, "and here as well").await?;
    window.see("and here as well").await?;
    elsewhere_all_is_well(window, &helper, lobby).await?;
    assert!(!window.log().contains("panicked"), "{}", window.log());
    Ok(())
}

/// Whether the server takes a message; anything but its own word on the content is an error.
async fn is_taken(helper: &Client, room: &str, (kind, content): &Event) -> Result<bool> {
    judged(helper.send_event(room, kind, content).await.map(drop))
        .with_context(|| cut(kind, content))
}

/// The same for the room's state.
async fn is_taken_as_state(helper: &Client, room: &str, (kind, content): &Event) -> Result<bool> {
    let key = if *kind == "m.room.member" { helper.user_id() } else { "" };
    judged(helper.set_state(room, kind, key, content).await).with_context(|| cut(kind, content))
}

fn judged(sent: Result<()>) -> Result<bool> {
    let Err(error) = sent else { return Ok(true) };
    let refused = error.downcast::<Refused>()?;
    // Synapse fails at some content. Any other answer would say nothing of it.
    ensure!(matches!(refused.status.as_u16(), 400 | 403 | 413 | 500), "refused: {refused:?}");
    Ok(false)
}

/// Notes where the server does otherwise than the list says that the event is in.
fn note(wrong: &mut Vec<String>, (kind, content): &Event, listed: bool, taken: bool) {
    if listed != taken {
        wrong.push(format!("taken: {taken}, {}", cut(kind, content)));
    }
}

fn cut(kind: &str, content: &Value) -> String {
    let mut line = format!("{kind} {content}");
    line.truncate(line.floor_char_boundary(200));
    line
}

fn text(body: impl Into<String>) -> Event {
    ("m.room.message", json!({ "msgtype": "m.text", "body": body.into() }))
}

fn html(html: &str) -> Event {
    message(
        json!({ "msgtype": "m.text", "body": "x", "format": "org.matrix.custom.html", "formatted_body": html }),
    )
}

fn message(content: Value) -> Event {
    ("m.room.message", content)
}

/// A message with a field that so many objects are nested in.
fn nested(depth: usize) -> Event {
    let deep = (0..depth).fold(json!("x"), |inner, _| json!({ "x": inner }));
    message(json!({ "msgtype": "m.text", "body": "x", "deep": deep }))
}

/// Texts that are large, or odd to draw.
fn texts() -> Vec<Event> {
    vec![
        text(""),
        text("\u{202E}\u{2066}turned around\n".repeat(50)),
        text("\0\u{1}\u{7f}\u{85}\u{feff}"),
        text("x".repeat(LONG)),
        text("https://galaxyproject.org/".repeat(LONG / 26)),
        text("e\u{0301}\u{0323}\u{0301}".repeat(LONG / 8)),
        text("\n".repeat(LONG / 2)),
        html(&"<b>".repeat(LONG / 3)),
        html(&"<x>".repeat(LONG / 3)),
        html(&"<p>".repeat(LONG / 3)),
        html(&"<ul><li>".repeat(LONG / 8)),
        html(&"<blockquote>".repeat(LONG / 12)),
        html(&"<table><tr><td>".repeat(LONG / 15)),
        html(&format!("<a href=\"https://galaxyproject.org/{}\">x</a>", "x".repeat(LONG))),
        html(&"&".repeat(LONG)),
        // The SDK's own parser of such links panics at an empty part.
        html("<a href=\"https://matrix.to/#/#a:b///\">x</a>"),
        html("<a href=\"https://matrix.to/#/$x///\">x</a>"),
    ]
}

/// Messages whose content has another shape than it should.
fn shapes() -> Vec<Event> {
    [
        json!({ "msgtype": "m.unknown", "body": "x" }),
        json!({ "msgtype": "m.text", "body": "x", "format": 1, "formatted_body": ["x"] }),
        json!({ "msgtype": "m.text", "body": "x", "m.mentions": { "user_ids": "x" } }),
        json!({ "msgtype": "m.text", "body": "x", "m.relates_to": "x" }),
        json!({ "msgtype": "m.text", "body": "x", "m.relates_to": { "m.in_reply_to": { "event_id": "x" } } }),
        json!({ "msgtype": "m.text", "body": "x", "m.relates_to": { "m.in_reply_to": 1 } }),
        json!({ "msgtype": "m.image", "body": "x" }),
        json!({ "msgtype": "m.image", "body": "x", "url": 1, "info": "x" }),
        json!({ "msgtype": "m.image", "body": "x", "url": "https://galaxyproject.org/", "info": { "w": -1, "h": "x", "size": 9_007_199_254_740_991_u64 } }),
        json!({ "msgtype": "m.file", "body": "x", "filename": ["x"], "file": {} }),
        json!({ "msgtype": "m.location", "body": "x", "geo_uri": {} }),
        json!({ "msgtype": "m.emote", "body": "", "formatted_body": null }),
    ]
    .into_iter()
    .map(message)
    .chain([nested(20)])
    .collect()
}

/// The same of other kinds of events that the app draws, or counts.
fn of_other_kinds() -> Vec<Event> {
    vec![
        ("m.reaction", json!({ "m.relates_to": 1 })),
        ("m.reaction", json!({})),
        ("m.sticker", json!({ "body": 1 })),
        ("m.poll.start", json!({ "m.poll": "x" })),
        (
            "org.matrix.msc3381.poll.start",
            json!({ "org.matrix.msc3381.poll.start": { "answers": 1 } }),
        ),
        ("m.room.encrypted", json!({ "algorithm": 1 })),
        (
            "m.room.encrypted",
            json!({ "algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "x" }),
        ),
        ("m.room.message.feedback", json!({ "x": null })),
    ]
}

/// What Synapse keeps out. Other servers may let it in, and the fuzzer sends such; where Synapse comes to
/// take it, it belongs into the other lists.
fn kept_out() -> Vec<Event> {
    let replaces = json!({ "rel_type": "m.replace", "event_id": "$x" });
    let reaction = json!({ "rel_type": "m.annotation", "event_id": "$x", "key": "x".repeat(5000) });
    vec![
        message(json!({})),
        message(json!({ "msgtype": "m.text" })),
        message(json!({ "body": "x" })),
        message(json!({ "msgtype": "m.text", "body": "x", "m.mentions": 1 })),
        message(json!({ "msgtype": "m.text", "body": "x", "m.relates_to": replaces })),
        message(
            json!({ "msgtype": "m.text", "body": "x", "m.new_content": 1, "m.relates_to": replaces }),
        ),
        nested(200),
        ("m.reaction", json!({ "m.relates_to": reaction })),
        // Whatever is in it, as the room is a public one.
        ("m.call.invite", json!({ "offer": 1 })),
    ]
}

/// The room's state, damaged.
fn states() -> Vec<Event> {
    vec![
        ("m.room.name", json!({ "name": "x".repeat(LONG) })),
        ("m.room.topic", json!({ "topic": "x".repeat(LONG) })),
        ("m.room.avatar", json!({ "url": 1 })),
        ("m.room.join_rules", json!({ "join_rule": "unheard-of" })),
        ("m.room.history_visibility", json!({ "history_visibility": 1 })),
        ("m.room.guest_access", json!({ "guest_access": [] })),
        ("m.room.pinned_events", json!({ "pinned": "x" })),
        ("m.room.tombstone", json!({ "replacement_room": 1 })),
        ("m.space.child", json!({ "via": 1, "order": 1 })),
        ("m.room.encryption", json!({ "algorithm": "unheard-of" })),
    ]
}

/// What Synapse keeps out of it.
fn kept_out_states() -> Vec<Event> {
    let joined =
        |name: Value| json!({ "membership": "join", "displayname": name, "avatar_url": 1 });
    vec![
        ("m.room.name", json!({ "name": 1 })),
        ("m.room.topic", json!({ "topic": { "x": 1 } })),
        ("m.room.member", joined(json!({ "x": 1 }))),
        ("m.room.member", json!({ "membership": "join", "displayname": "x".repeat(LONG / 2) })),
    ]
}
