//! What the worst message that a stranger can send costs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use galaxy_chat_tests::faults::Faults;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::hostile::{self, Hostile};
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::matrix::Client;
use galaxy_chat_tests::process;
use galaxy_chat_tests::window::{AppOptions, Window};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::figure::{Measured, Unit};
use crate::sign_in;

const RUNS: usize = 7;

/// How long the app is left alone between two messages, so that the one is not counted with the other.
const SETTLE: Duration = Duration::from_millis(400);

/// A message and when it went to the app, in milliseconds since 1970.
#[derive(Default)]
struct Waiting {
    content: Option<Value>,
    sent_ms: f64,
}

/// An app with the Lobby open, and the way by which it gets messages that its server would not take.
struct Reader {
    window: Window,
    lobby: String,
    helper: Client,
    waiting: Arc<Mutex<Waiting>>,
    marks: usize,
    // In the order in which they end.
    _faults: Faults,
    _keyring: Keyring,
    _galaxy: Galaxy,
}

/// What one message costs: milliseconds from the answer that brings it until the plain message behind it
/// is on the screen, and bytes that all processes of the app together took more at their most.
#[derive(Clone, Copy, Debug)]
struct Cost {
    ms: f64,
    bytes: f64,
}

/// The slowest message of all, against a plain one.
pub async fn time() -> Result<Measured> {
    compare(Unit::Milliseconds, |cost| cost.ms).await
}

/// The message that takes the most memory, against a plain one.
pub async fn memory() -> Result<Measured> {
    compare(Unit::Bytes, |cost| cost.bytes).await
}

async fn compare(unit: Unit, of: impl Fn(Cost) -> f64) -> Result<Measured> {
    let mut reader = Reader::open().await?;
    let plain = json!({ "msgtype": "m.text", "body": "Look at the data before the next tool." });
    // What is made at the first message of a kind is not the message's.
    reader.read(&plain).await?;
    let mut worst: Option<(f64, Hostile)> = None;
    for message in hostile::bodies() {
        let cost = of(reader.read(&content(&message)).await.context(message.name)?);
        eprintln!("  {}: {cost:.0}", message.name);
        if worst.as_ref().is_none_or(|(most, _)| cost > *most) {
            worst = Some((cost, message));
        }
    }
    let (_, worst) = worst.context("there are messages")?;
    eprintln!("  the worst: {}", worst.name);
    let mut measured = Measured::new(unit);
    for _ in 0..RUNS {
        let value = of(reader.read(&content(&worst)).await?);
        measured.add(value, of(reader.read(&plain).await?));
    }
    Ok(measured)
}

impl Reader {
    async fn open() -> Result<Self> {
        let galaxy = Galaxy::start().await?;
        let keyring = Keyring::start(State::Unlocked).await?;
        let faults = Faults::start(&galaxy.homeserver).await?;
        let mut args = sign_in::arguments(&galaxy);
        args[1] = faults.url().to_string();
        let options = AppOptions { args, env: keyring.env(), ..AppOptions::default() };
        let window = Window::open(options).await?;
        sign_in::fill_in(&window, &galaxy.newcomer).await?;
        window.press("Enter").await?;
        window.see("If you have just come in: hello!").await?;
        let lobby = galaxy.room("lobby")?.to_owned();
        let helper = galaxy.helper.sign_in().await?;
        let waiting = deliver(&faults, &lobby);
        Ok(Self {
            window,
            lobby,
            helper,
            waiting,
            marks: 0,
            _faults: faults,
            _keyring: keyring,
            _galaxy: galaxy,
        })
    }

    /// Has the app receive a message, and behind it in the same answer a plain one.
    async fn read(&mut self, content: &Value) -> Result<Cost> {
        sleep(SETTLE).await;
        self.marks += 1;
        let mark = format!("That was number {}.", self.marks);
        self.window.run_js_async(include_str!("hostile.js"), vec![mark.clone().into()]).await?;
        lock(&self.waiting).content = Some(content.clone());
        let processes = process::tree(self.window.pid()?)?;
        let before = process::resident(&processes)?;
        process::forget_peak(&processes);
        self.helper.say(&self.lobby, &mark).await?;
        let drawn = "const [done] = arguments; window.drawn.then(done)";
        let drawn = self.window.run_js_async(drawn, vec![]).await?;
        let most = process::peak(&processes)?;
        let ms = drawn.as_f64().context("a time")? - lock(&self.waiting).sent_ms;
        Ok(Cost { ms, bytes: bytes(most) - bytes(before) })
    }
}

/// Puts what waits before the newest message of a room, in the answer that brings it.
fn deliver(faults: &Faults, room: &str) -> Arc<Mutex<Waiting>> {
    let waiting = Arc::new(Mutex::new(Waiting::default()));
    let shared = waiting.clone();
    faults.rewrite_messages(room, move |_, messages| {
        let mut waiting = lock(&shared);
        let Some(content) = waiting.content.take() else { return };
        let newest = messages.len() - 1;
        let mut message = messages[newest].clone();
        message["event_id"] =
            format!("{}-before", message["event_id"].as_str().unwrap_or("$")).into();
        message["content"] = content;
        messages.insert(newest, message);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        waiting.sent_ms = now.as_secs_f64() * 1000.0;
    });
    waiting
}

fn content(message: &Hostile) -> Value {
    match &message.html {
        None => json!({ "msgtype": "m.text", "body": message.body }),
        Some(html) => json!({
            "msgtype": "m.text",
            "body": message.body,
            "format": "org.matrix.custom.html",
            "formatted_body": html,
        }),
    }
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than a double tells apart")]
fn bytes(bytes: u64) -> f64 {
    bytes as f64
}

fn lock(waiting: &Mutex<Waiting>) -> std::sync::MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
