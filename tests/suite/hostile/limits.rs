//! Numbers at their ends, and what cannot be drawn: one row is lost, and nothing else.

use anyhow::Result;
use galaxy_chat_tests::window::Window;
use serde_json::{Value, json};

use super::in_room;
use crate::closed::app;

/// Calls every function that formats a time with every value; answers those calls that threw or gave no text.
const FORMAT_ALL: &str = "const [values, done] = arguments;
    const odd = [NaN, Infinity, -Infinity, -0, undefined, () => {}, Symbol.iterator, 10n, new Date(NaN)];
    import('/l10n.js').then((l10n) => {
      const formats = ['timeOfDay', 'fullTime', 'machineTime', 'dayName', 'timeUntil'];
      const failed = formats.flatMap((name) => [...values, ...odd].flatMap((value) => {
        try { return typeof l10n[name](value) === 'string' ? [] : [`${name}: no text`]; }
        catch (fault) { return [`${name}: ${fault}`]; }
      }));
      done(failed);
    })";

/// The control: the browser's own functions throw for the same values.
const NAIVE: &str = "return arguments[0].filter((value) => {
      try { new Date(value).toISOString(); return false; } catch { return true; }
    }).length";

fn times() -> Value {
    json!([
        0, 1, -1, 8_640_000_000_000_000_u64, 8_640_000_000_000_001_u64, 9_007_199_254_740_991_u64,
        -8_640_000_000_000_001_i64, 1e300, -1e300, 0.5, "", "x", "2026-11-27", null, true, [], {},
        {"valueOf": 1, "toString": 1}
    ])
}

#[tokio::test]
async fn every_time_has_a_text() -> Result<()> {
    let window = app().await?;
    assert_eq!(window.run_js_async(FORMAT_ALL, vec![times()]).await?, json!([]));
    assert!(window.run_js(NAIVE, vec![times()]).await?.as_u64() >= Some(6));
    Ok(())
}

/// Gives the window items of the open conversation that Rust did not send.
const ADD_ITEMS: &str = "const [roomId, items, done] = arguments;
    import('/store.js').then(({ apply }) => {
      for (const value of items) apply({ type: 'timeline', roomId, diffs: [{ op: 'pushBack', value }] });
      requestAnimationFrame(() => requestAnimationFrame(done));
    })";

async fn add_items(window: &Window, room: &str, items: &[Value]) -> Result<()> {
    window.run_js_async(ADD_ITEMS, vec![room.into(), json!(items)]).await.map(drop)
}

/// A message that can be drawn, with one field put in the place of its own.
fn message(id: &str, field: &str, value: Value) -> Value {
    let mut message = json!({
        "sender": { "userId": "@a:b", "name": "Somebody", "ambiguous": false }, "own": false, "timeMs": 1,
        "blocks": [{ "type": "paragraph", "inlines": [{ "type": "text", "text": id }] }],
        "emojiOnly": false, "emote": false, "notice": false, "edited": false, "highlighted": false,
        "replyTo": null, "reactions": [], "media": null, "unreadable": null, "sendState": null,
    });
    message[field] = value;
    json!({ "kind": "message", "id": id, "message": message })
}

#[tokio::test]
async fn a_row_that_cannot_be_drawn_is_one_row() -> Result<()> {
    let stage = in_room("Developers").await?;
    let window = &stage.window;
    let (room, lobby) = (stage.galaxy.room("dev")?, stage.galaxy.room("lobby")?);
    let helper = stage.galaxy.helper.sign_in().await?;
    let mut items = vec![
        json!({ "kind": "dayDivider", "id": "day", "timeMs": 9_007_199_254_740_991_u64 }),
        json!({ "kind": "membership", "id": "came", "what": "joined", "timeMs": 9_007_199_254_740_991_u64,
            "sender": { "userId": "@a:b", "name": "Somebody", "ambiguous": false } }),
        message("far-away", "timeMs", json!(9_007_199_254_740_991_u64)),
        json!({ "kind": "message", "id": "without", "message": null }),
        json!({ "kind": "membership", "id": "nobody", "what": "joined", "timeMs": 1, "sender": null }),
        json!({ "kind": "unheard-of", "id": "unheard-of" }),
    ];
    for (number, value) in [json!(null), json!(1), json!({}), json!([null])].into_iter().enumerate()
    {
        for field in ["sender", "blocks", "reactions", "replyTo", "media", "sendState", "timeMs"] {
            items.push(message(&format!("{field}-{number}"), field, value.clone()));
        }
    }
    add_items(window, room, &items).await?;
    window.see("far-away").await?;
    window.see("This message cannot be shown.").await?;
    window.screenshot("message-not-shown").await?;

    // Updates go on, and so does the way to other rooms, whose pages are their own.
    helper.say(room, "and here as well").await?;
    window.see("and here as well").await?;
    helper.say(lobby, "elsewhere all is well").await?;
    window.click("Galaxy Lobby").await?;
    window.see("elsewhere all is well").await?;
    assert!(!window.reads("This message cannot be shown.").await?);
    assert!(!window.reads("far-away").await?);
    window.click("Developers").await?;
    window.see("and here as well").await
}

/// The control: a list without boundaries loses what comes after the row, and all that is told later.
#[tokio::test]
async fn without_a_boundary_the_rest_is_lost() -> Result<()> {
    let window = app().await?;
    let script = "const done = arguments[arguments.length - 1];
        import('/vendor/lit.js').then(async ({ LitElement, html, repeat }) => {
          customElements.define('naive-list', class extends LitElement {
            static properties = { times: { attribute: false } };
            render() { return html`${repeat(this.times, (time) => time, (time) => html`<p>${new Date(time).toISOString()}</p>`)}`; }
          });
          const list = Object.assign(document.createElement('naive-list'), { times: [1, 9007199254740991, 2] });
          document.body.append(list);
          await list.updateComplete.catch(() => {});
          done(list.renderRoot.textContent.includes('1970-01-01T00:00:00.002Z'));
        })";
    assert_eq!(window.run_js_async(script, vec![]).await?, json!(false));
    Ok(())
}

/// What is no room breaks the whole list of rooms, in its one place and for so long.
const ADD_NO_ROOM: &str = "import('/store.js').then(({ apply }) => apply({ type: 'rooms', diffs: [{ op: 'pushBack', value: null }] }))";
const TAKE_IT_AWAY: &str =
    "import('/store.js').then(({ apply }) => apply({ type: 'rooms', diffs: [{ op: 'popBack' }] }))";

#[tokio::test]
async fn an_element_that_failed_is_drawn_by_the_next_update() -> Result<()> {
    let stage = in_room("Developers").await?;
    let window = &stage.window;
    window.run_js(ADD_NO_ROOM, vec![]).await?;
    window.see("This part of the window cannot be shown.").await?;
    window.run_js(TAKE_IT_AWAY, vec![]).await?;
    window.unsee("This part of the window cannot be shown.").await?;
    window.click("Galaxy Lobby").await?;
    window.see("If you have just come in: hello!").await
}

/// Answers the next question for updates with one that fits no list.
const SPOIL: &str = "const real = __TAURI__;
    let spoilt = false;
    const invoke = async (command, args) => {
      const answer = await real.core.invoke(command, args);
      if (command !== 'updates' || spoilt) return answer;
      spoilt = true;
      return [...answer, { type: 'rooms', diffs: [{ op: 'remove', index: 1000 }] }];
    };
    globalThis.spoilt = () => spoilt;
    Object.defineProperty(globalThis, '__TAURI__', { value: { ...real, core: { ...real.core, invoke } }, configurable: true })";

#[tokio::test]
async fn a_change_that_fits_no_list_leads_to_a_fresh_one() -> Result<()> {
    let stage = in_room("Developers").await?;
    let (window, room) = (&stage.window, stage.galaxy.room("dev")?);
    let helper = stage.galaxy.helper.sign_in().await?;
    window.run_js(SPOIL, vec![]).await?;
    for mark in ["the first", "the second", "the third"] {
        helper.say(room, mark).await?;
        window.see(mark).await?;
    }
    assert_eq!(window.run_js("return spoilt()", vec![]).await?, json!(true));
    window.see("Galaxy Lobby").await
}

/// Lets opening the next room never be answered.
const MUTE: &str = "const real = __TAURI__;
    let muted = false;
    const invoke = (command, args) => {
      if (command !== 'open_room' || muted) return real.core.invoke(command, args);
      muted = true;
      return new Promise(() => {});
    };
    Object.defineProperty(globalThis, '__TAURI__', { value: { ...real, core: { ...real.core, invoke } }, configurable: true })";

#[tokio::test]
async fn a_room_that_does_not_open_holds_up_no_other() -> Result<()> {
    let stage = in_room("Developers").await?;
    let window = &stage.window;
    window.run_js(MUTE, vec![]).await?;
    window.click("Galaxy Lobby").await?;
    window.see("Galaxy Chat did not get this done in time.").await?;
    window.screenshot("room-no-answer").await?;
    window.click("Try again").await?;
    window.see("If you have just come in: hello!").await?;
    window.click("Developers").await?;
    window.see("Newcomer joined").await
}
