//! Events as they come with a sync, with one or more of their fields changed; the same seed gives the same.

use serde_json::{Value, json};

/// Numbers that look random, and are the same in each run (`SplitMix64`).
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap_or_default()
    }

    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

/// Nearly the largest that fits into an event with its other fields.
const LONG: usize = 60_000;

/// A text as somebody hostile would write it.
fn text(random: &mut Random) -> String {
    let long = random.one(&[1, 2, 30, 500, 3000, LONG / 8]);
    let part = random.one(&[
        "x",
        " ",
        "\n",
        "\0",
        "\u{202E}",
        "\u{2066}",
        "\u{301}",
        "\u{FEFF}",
        "\u{FFFF}",
        "\u{1D173}",
        "\u{1F468}\u{200D}\u{1F469}",
        "\u{FDFA}",
        "مرحبا",
        "𒐫",
        "&amp;",
        "&#x0;",
        "<",
        "]]>",
        "%00",
        "\\u0000",
        "`",
        "* ",
        "| ",
        "://",
        "@a:b ",
        "#a:b ",
        "$x",
        "https://a.b/ ",
    ]);
    match random.below(8) {
        0 => String::new(),
        1 => "x".repeat(LONG),
        2 => "constructor".to_owned(),
        3 => "__proto__".to_owned(),
        _ => part.repeat(long),
    }
}

/// Markup that is large, deep or odd.
fn markup(random: &mut Random) -> String {
    let part = random.one(&[
        "<b>",
        "<p>",
        "<ul><li>",
        "<blockquote>",
        "<table><tr><td>",
        "<x>",
        "<a href='https://a.b/'>",
        "<pre><code>",
        "<i><p>x",
        "<font color=red>",
        "<mx-reply>",
        "<details><summary>",
        "<svg><style>",
        "<h1>",
        "<li>",
        "&lt;",
        "<!--",
        "<img src=x onerror=x()>",
        "<span data-mx-spoiler>x</span>",
        "</p>",
        "<a href='https://matrix.to/#/@a:b'>@a</a>",
    ]);
    let numbers = (0..500).map(|number: u32| number.to_string());
    let unclosed: String =
        numbers.flat_map(|number| ["<b i=".to_owned(), number, ">".to_owned()]).collect();
    match random.below(6) {
        0 => unclosed + "<p>x".repeat(500).as_str(),
        1 => format!("<a href=\"{}\">x</a>", link(random)),
        2 => part.repeat(LONG / 2 / part.len()),
        _ => part.repeat(random.one(&[1, 3, 31, 33, 100, 1000])),
    }
}

/// Links that parsers have stumbled over.
fn link(random: &mut Random) -> String {
    let odd = text(random);
    random.one(&[
        "https://matrix.to/#/#a:b///".to_owned(),
        "https://matrix.to/#/$x///".to_owned(),
        "https://matrix.to/#//".to_owned(),
        "https://matrix.to/#/!a:b/$c?via=".to_owned(),
        "https://matrix.to/#/@%FF:b".to_owned(),
        "matrix:u/".to_owned(),
        "matrix:roomid//e/".to_owned(),
        "matrix:r/a:b/e/c?action=join&via".to_owned(),
        "https://[::1".to_owned(),
        "https://xn--/".to_owned(),
        "mailto:".to_owned(),
        "javascript:x()".to_owned(),
        format!("https://matrix.to/#/{odd}"),
        format!("https://{odd}"),
    ])
}

/// A value that may stand where another one is expected.
fn value(random: &mut Random) -> Value {
    match random.below(14) {
        0 => Value::Null,
        1 => json!(random.below(2) == 0),
        2 => random.one(&[
            json!(0),
            json!(-1),
            json!(8_640_000_000_000_001_u64),
            json!(9_007_199_254_740_991_u64),
            json!(u64::MAX),
            json!(i64::MIN),
            json!(1e300),
            json!(0.5),
        ]),
        3 => json!([]),
        4 => json!({}),
        5 => json!([null, 1, "x", {}]),
        6 => (0..random.one(&[1, 20, 90])).fold(json!("x"), |deep, _| json!({ "x": deep })),
        7 => (0..random.one(&[1, 20, 90])).fold(json!("x"), |deep, _| json!([deep])),
        8 => json!((0..random.one(&[10, 2000])).collect::<Vec<_>>()),
        9 => json!(markup(random)),
        10 => json!(link(random)),
        11 => json!({ "toString": 1, "valueOf": 1, "__proto__": null, "constructor": 1 }),
        _ => json!(text(random)),
    }
}

/// One event that somebody could send, without what every event has.
#[expect(clippy::too_many_lines, reason = "a table of all kinds")]
fn whole(random: &mut Random, relation: &str) -> Value {
    let message = |content: Value| json!({ "type": "m.room.message", "content": content });
    let html = json!({ "msgtype": "m.text", "body": "x", "format": "org.matrix.custom.html", "formatted_body": markup(random) });
    let relates = |kind: &str| json!({ "rel_type": kind, "event_id": relation, "key": "👍", "is_falling_back": true, "m.in_reply_to": { "event_id": relation } });
    let state = |kind: &str, key: &str, content: Value| json!({ "type": kind, "state_key": key, "content": content });
    let media = json!({ "msgtype": random.one(&["m.image", "m.video", "m.audio", "m.file", "m.location"]), "body": "x", "url": "mxc://a.b/c",
        "filename": "x.png", "geo_uri": "geo:1,2", "info": { "w": 1, "h": 1, "size": 1, "duration": 1, "mimetype": "image/png", "thumbnail_url": "mxc://a.b/c" } });
    let answers =
        json!([{ "id": "1", "m.text": [{ "body": "x" }], "org.matrix.msc1767.text": "x" }]);
    let poll = json!({ "question": { "body": "x", "org.matrix.msc1767.text": "x" }, "kind": "m.disclosed", "max_selections": 1, "answers": answers });
    let all = [
        message(html.clone()),
        message(html),
        message(
            json!({ "msgtype": "m.text", "body": text(random), "m.mentions": { "user_ids": ["@a:b"], "room": true } }),
        ),
        message(
            json!({ "msgtype": random.one(&["m.emote", "m.notice", "m.server_notice", "m.key.verification.request"]), "body": "x" }),
        ),
        message(media),
        message(
            json!({ "msgtype": "m.text", "body": "> <@a:b> x\n\nx", "m.relates_to": relates("m.thread") }),
        ),
        message(
            json!({ "msgtype": "m.text", "body": "* x", "m.new_content": { "msgtype": "m.text", "body": text(random) }, "m.relates_to": relates("m.replace") }),
        ),
        json!({ "type": "m.reaction", "content": { "m.relates_to": relates("m.annotation") } }),
        json!({ "type": "m.sticker", "content": { "body": "x", "url": "mxc://a.b/c", "info": {} } }),
        json!({ "type": "m.room.encrypted", "content": { "algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "x", "sender_key": "x", "device_id": "x" } }),
        json!({ "type": "m.room.redaction", "redacts": "$nothing", "content": { "redacts": "$nothing", "reason": "x" } }),
        json!({ "type": "org.matrix.msc3381.poll.start", "content": { "org.matrix.msc3381.poll.start": poll, "org.matrix.msc1767.text": "x" } }),
        json!({ "type": "m.call.invite", "content": { "call_id": "x", "lifetime": 1, "offer": { "type": "offer", "sdp": "x" }, "version": "1" } }),
        json!({ "type": "m.beacon", "content": { "m.relates_to": relates("m.reference"), "m.location": { "uri": "geo:1,2" } } }),
        state(
            "m.room.member",
            "@somebody:a.b",
            json!({ "membership": "join", "displayname": text(random), "avatar_url": "mxc://a.b/c", "reason": "x" }),
        ),
        state("m.room.name", "", json!({ "name": text(random) })),
        state(
            "m.room.topic",
            "",
            json!({ "topic": text(random), "m.topic": { "m.text": [{ "body": "x" }] } }),
        ),
        state("m.room.avatar", "", json!({ "url": "mxc://a.b/c", "info": {} })),
        state(
            "m.room.power_levels",
            "",
            json!({ "users": { "@a:b": 100 }, "users_default": 0, "events": { "m.room.name": 50 }, "events_default": 0 }),
        ),
        state("m.room.tombstone", "", json!({ "body": "x", "replacement_room": "!a:b" })),
        state("m.room.pinned_events", "", json!({ "pinned": ["$x"] })),
        state("m.room.canonical_alias", "", json!({ "alias": "#a:b", "alt_aliases": ["#c:d"] })),
        state(
            "m.room.join_rules",
            "",
            json!({ "join_rule": "restricted", "allow": [{ "type": "m.room_membership", "room_id": "!a:b" }] }),
        ),
        state("m.space.child", "!a:b", json!({ "via": ["a.b"], "order": "x" })),
        state(
            "m.bridge",
            "x",
            json!({ "bridgebot": "@a:b", "protocol": { "id": "x", "displayname": "x" }, "channel": { "id": "x" } }),
        ),
    ];
    random.one(&all)
}

/// The places in a value: as many as it has fields and elements, at any depth.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut go = |key: &str, value: &Value| {
        let place = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        found.push(place.clone());
        if place.matches('/').count() < 8 {
            places(value, &place, found);
        }
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| go(key, value)),
        Value::Array(elements) => {
            elements.iter().take(5).enumerate().for_each(|(at, value)| go(&at.to_string(), value));
        }
        _ => {}
    }
}

/// Takes a field away, puts something else in its place, or one more beside it.
pub fn mutate(random: &mut Random, event: &mut Value) {
    let mut found = Vec::new();
    places(event, "", &mut found);
    // An event without an id of its own is no event, and one that is sent twice is one.
    found.retain(|place| place != "/event_id");
    if found.is_empty() {
        *event = value(random);
        return;
    }
    let place = random.one(&found);
    let Some((parent, key)) = place.rsplit_once('/') else { return };
    let how = random.below(4);
    match event.pointer_mut(parent) {
        Some(Value::Object(fields)) if how == 0 => drop(fields.remove(key)),
        Some(Value::Object(fields)) if how == 1 => drop(fields.insert(text(random), value(random))),
        Some(Value::Array(elements)) if how == 0 => elements.clear(),
        _ => {
            if let Some(field) = event.pointer_mut(&place) {
                *field = value(random);
            }
        }
    }
}

/// An event that is as it should be.
pub fn plain(text: &str, number: usize, sender: &str) -> Value {
    json!({
        "type": "m.room.message", "event_id": format!("$plain-{number}"), "sender": sender,
        "origin_server_ts": 1_790_000_000_000_u64, "content": { "msgtype": "m.text", "body": text },
    })
}

/// One hostile event. `relation` is an event that there is, and `me` whoever must not be put out of the room
/// by it, which any member with the right may do.
pub fn event(random: &mut Random, number: usize, sender: &str, relation: &str, me: &str) -> Value {
    let relation = if random.below(3) == 0 { "$nothing" } else { relation };
    let mut event = whole(random, relation);
    event["event_id"] = format!("$hostile-{}-{number}", random.next()).into();
    event["sender"] = sender.into();
    event["origin_server_ts"] = 1_790_000_000_000_u64.into();
    event["unsigned"] = json!({ "age": 1, "transaction_id": "x", "prev_content": {}, "m.relations": { "m.replace": {} } });
    for _ in 0..random.one(&[1, 1, 2, 3]) {
        mutate(random, &mut event);
    }
    if event["state_key"] == me {
        event["state_key"] = "".into();
    }
    event
}

/// Gives an event again what the homeserver writes, whatever a person sends: a type, and what it says beside
/// the event.
pub fn mend_envelope(event: &mut Value) {
    if !event["type"].is_string() {
        event["type"] = "m.room.message".into();
    }
    if !event["unsigned"].is_object() {
        event["unsigned"] = json!({ "age": 1 });
    }
}

/// Receipts or typing of a room, changed as events are.
pub fn ephemeral(random: &mut Random, relation: &str) -> (&'static str, Value) {
    let receipt = json!({ relation: { "m.read": { "@a:b": { "ts": 1, "thread_id": "main" } } } });
    let (name, mut event) = random.one(&[
        ("receipts", json!({ "type": "m.receipt", "content": receipt })),
        ("typing", json!({ "type": "m.typing", "content": { "user_ids": ["@a:b"] } })),
    ]);
    mutate(random, &mut event);
    (name, event)
}
