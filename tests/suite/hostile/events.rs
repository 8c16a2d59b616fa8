//! Random hostile events: after each batch of them a good message appears, and other rooms open.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::faults::Faults;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::process;
use galaxy_chat_tests::window::{AppOptions, Window};
use serde_json::{Value, json};

use super::mutation::{self, Random};
use super::web_process::page_process;
use super::{WAIT_TIMEOUT, elsewhere_all_is_well, enter};
use crate::stage::{fill_in, options_for};

/// So many events come with one answer.
const BATCH: usize = 25;
/// In one of so many answers is also mutated what only a homeserver writes. The SDK gives up such an answer
/// as a whole, and the sync begins anew.
const OF_SERVER: usize = 10;
/// Events in a normal run, and in a full one.
const EVENTS: [usize; 2] = [500, 10_000];
/// The memory that all processes of the app may take in addition, whatever came. A bound that
/// tells gigabytes, which a message without limits takes, from what a window may need.
const MAX_GROWTH_BYTES: u64 = 600 << 20;

/// What a way puts into the next answer to a sync that brings something of the room.
#[derive(Debug, Default)]
struct Batch {
    events: VecDeque<Value>,
    ephemeral: Option<(&'static str, Value)>,
    /// Whether the state of the room has them as well.
    state: bool,
}

#[tokio::test]
async fn after_random_events_a_good_message_appears() -> Result<()> {
    let seed = match std::env::var("GALAXY_CHAT_SEED") {
        Ok(seed) => seed.parse()?,
        Err(_) => 20_261_127,
    };
    let number = EVENTS[usize::from(std::env::var_os("GALAXY_CHAT_FULL").is_some())];
    run(seed, number).await.with_context(|| format!("GALAXY_CHAT_SEED={seed}"))
}

async fn run(seed: u64, number: usize) -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let keyring = Keyring::start(State::Unlocked).await?;
    let faults = Faults::start(&galaxy.homeserver).await?;
    let window = open(&galaxy, &keyring, faults.url().as_str()).await?;
    let (room, lobby) = (galaxy.room("dev")?, galaxy.room("lobby")?);
    let helper = galaxy.helper.sign_in().await?;
    let me = format!("@{}:{}", galaxy.newcomer.user, galaxy.homeserver.name());

    let waiting = inject(&faults, room);
    let page = page_process(&window)?;
    let before = process::resident(&process::tree(window.pid()?)?)?;
    let mut most = before;
    let mut random = Random(seed);
    let mut relation = helper.say(room, "before all of it").await?;
    window.see("before all of it").await?;
    let mut sent = Vec::new();
    for start in (0..number).step_by(BATCH) {
        let by_server = (start / BATCH).is_multiple_of(OF_SERVER);
        let mut event = |at| {
            let mut event = mutation::event(&mut random, at, helper.user_id(), &relation, &me);
            if !by_server {
                mutation::mend_envelope(&mut event);
            }
            event
        };
        let events: Vec<_> = (start..start + BATCH).map(&mut event).collect();
        let plain = format!("before event {} all is well", start + BATCH);
        let good = mutation::plain(&plain, start, helper.user_id());
        let batch = Batch {
            events: events.iter().cloned().chain([good]).collect(),
            ephemeral: Some(mutation::ephemeral(&mut random, &relation)),
            state: random.below(3) == 0,
        };
        *waiting.lock().unwrap_or_else(PoisonError::into_inner) = batch;
        let mark = format!("after event {} all is well", start + BATCH);
        let processes = process::tree(window.pid()?)?;
        process::forget_peak(&processes);
        relation = helper.say(room, &mark).await?;
        window.see(&mark).await.with_context(|| list(&events))?;
        // What came with them was taken, and not thrown away as a whole.
        if !by_server {
            window.see(&plain).await.with_context(|| list(&events))?;
        }
        most = most.max(process::peak(&processes)?);
        ensure!(page_process(&window)? == page, "the page died: {}", list(&events));
        let left = waiting.lock().unwrap_or_else(PoisonError::into_inner).events.len();
        ensure!(left == 0, "the events did not come with the message");
        ensure!(!window.log().contains("panicked"), "{}\n{}", window.log(), list(&events));
        sent.extend(events);
    }
    println!("memory: {} MB before, {} MB at most in {number} events", before >> 20, most >> 20);
    ensure!(most < before + MAX_GROWTH_BYTES, "{before} bytes before, {most} at most");

    elsewhere_all_is_well(&window, &helper, lobby).await?;
    controls(&window, &sent).await
}

/// The window with the room open that the events are for.
async fn open(galaxy: &Galaxy, keyring: &Keyring, server_url: &str) -> Result<Window> {
    let mut options = options_for(galaxy, keyring, AppOptions::default());
    options.patience = WAIT_TIMEOUT;
    let server = options.args.iter().position(|argument| argument == "--server");
    let server = server.context("the options name a server")?;
    server_url.clone_into(&mut options.args[server + 1]);
    let window = Window::open(options).await?;
    window.click("Just read").await?;
    window.click("Sign in").await?;
    fill_in(&window, &galaxy.newcomer).await?;
    window.see("If you have just come in: hello!").await?;
    enter(&window, "Developers").await?;
    Ok(window)
}

/// What shows that these events break what is not made for them, and that memory of the page counts.
async fn controls(window: &Window, events: &[Value]) -> Result<()> {
    let naive = "return arguments[0].filter(({ sender, content, origin_server_ts: time }) => {
          try { return [new Date(time).toISOString(), sender.slice(1), content.body.slice(1)].length === 0; }
          catch { return true; }
        }).length";
    // Few enough for one script.
    let some: Vec<_> = events.iter().map(slim).take(500).collect();
    let broken = window.run_js(naive, vec![json!(some)]).await?;
    ensure!(broken.as_u64() > Some(20), "{broken} would have broken a naive window");

    let processes = process::tree(window.pid()?)?;
    let before = process::resident(&processes)?;
    process::forget_peak(&processes);
    let hoard = "globalThis.hoard = Array.from({ length: 700 }, () => new Uint8Array(1 << 20).fill(1)); return 1";
    window.run_js(hoard, vec![]).await?;
    let most = process::peak(&processes)?;
    ensure!(most > before + MAX_GROWTH_BYTES, "{before} bytes before, {most} at most");
    Ok(())
}

/// What a naive window reads of an event, cut.
fn slim(event: &Value) -> Value {
    let body = &event["content"]["body"];
    let body = if body.is_string() { json!("x") } else { body.clone() };
    json!({ "sender": event["sender"], "origin_server_ts": event["origin_server_ts"], "content": { "body": body } })
}

/// Puts what waits before the newest message of a room, in the answer that brings it.
fn inject(faults: &Faults, room: &str) -> Arc<Mutex<Batch>> {
    let waiting = Arc::new(Mutex::new(Batch::default()));
    let (batch, at) = (waiting.clone(), room.to_owned());
    faults.rewrite_messages(room, move |answer, messages| {
        let batch = std::mem::take(&mut *batch.lock().unwrap_or_else(PoisonError::into_inner));
        let newest = messages.len() - 1;
        messages.splice(newest..newest, batch.events.iter().cloned());
        if batch.state {
            let state = batch.events.iter().filter(|event| event.get("state_key").is_some());
            let state = state.cloned().collect::<Vec<_>>();
            answer["rooms"][&at]["required_state"] = state.into();
        }
        if let Some((name, event)) = batch.ephemeral {
            answer["extensions"][name]["rooms"][&at] = event;
        }
    });
    waiting
}

fn list(events: &[Value]) -> String {
    let line = |event: &Value| {
        let mut line = event.to_string();
        line.truncate(line.floor_char_boundary(600));
        line
    };
    format!("the events of the batch:\n{}", events.iter().map(line).collect::<Vec<_>>().join("\n"))
}
