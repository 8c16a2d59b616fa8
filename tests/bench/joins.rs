//! Joining all of Galaxy's rooms.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::faults::Faults;
use galaxy_chat_tests::homeserver::{Account, Homeserver, Limits, Options};
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::space::{Kind, Space};
use galaxy_chat_tests::window::{AppOptions, Window};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tokio::time::sleep;

use crate::figure::{Measured, Unit};

/// How many rooms Galaxy has.
const ROOMS: usize = 71;

const RUNS: usize = 5;

/// Synapse's own limit: joins at once, and how long one takes to come back.
const BURST: usize = 10;
const EACH: Duration = Duration::from_secs(10);

/// Longer than everything at Synapse's own pace.
const WAIT_TIMEOUT: Duration = Duration::from_mins(20);

/// How far off the estimate at half-way may be, as a part of what was left.
const TOLERANCE: f64 = 0.15;

/// What a run against Synapse's own limits showed.
#[derive(Clone, Copy)]
struct Limited {
    total: Duration,
    /// What was estimated when half of the rooms were joined, and what it was.
    estimated: Duration,
    left: Duration,
}

/// One run serves two figures.
static LIMITED: OnceCell<Limited> = OnceCell::const_new();

/// Rooms, and a computer to join them from.
struct Scene {
    homeserver: Homeserver,
    space: Space,
    keyring: Keyring,
}

impl Scene {
    async fn start(limits: Limits) -> Result<Self> {
        let homeserver = Homeserver::start(Options { limits, ..Options::default() }).await?;
        let space = Space::fill(&homeserver, "@somebody:test.localhost").await?;
        Ok(Self { homeserver, space, keyring: Keyring::start(State::Unlocked).await? })
    }

    fn rooms(&self) -> Vec<&str> {
        let public = self.space.all(Kind::Public).map(|room| room.alias.as_str());
        public.take(ROOMS).collect()
    }

    /// The app, signed in by that way and in no room.
    async fn app(&self, account: &Account, server: &str) -> Result<Window> {
        let catalogue = self.space.catalogue.to_string_lossy().into_owned();
        let args = vec!["--catalogue".to_owned(), catalogue];
        let options = AppOptions { args, env: self.keyring.env(), ..AppOptions::default() };
        let window = Window::open(options).await?;
        let way = json!({ "way": "password", "user": account.user, "password": account.password });
        let wish = json!({ "server": server, "way": way, "joinLobby": false, "shared": false });
        let script = "const [wish, done] = arguments;
            window.__TAURI__.core.invoke('sign_in', wish).then(() => done(null), done);";
        let refusal = window.run_js_async(script, vec![wish]).await?;
        ensure!(refusal.is_null(), "the sign-in failed: {refusal}");
        window.see("Connected").await?;
        Ok(window)
    }
}

/// All rooms of a server without limits, against the same joins made bare, one after the other.
pub async fn unlimited() -> Result<Measured> {
    let scene = Scene::start(Limits::Generous).await?;
    let rooms = scene.rooms();
    let mut measured = Measured::new(Unit::Milliseconds);
    for run in 0..=RUNS {
        let account = scene.homeserver.account(&format!("newcomer-{run}")).await?;
        let mut window = scene.app(&account, scene.homeserver.url().as_str()).await?;
        let value = window.run_js_async(include_str!("joins.js"), vec![json!(rooms)]).await?;
        let value = value.as_f64().context("the page told no time")?;
        window.close().await?;
        all_joined(&account).await?;
        let client = scene.homeserver.account(&format!("learner-{run}")).await?.sign_in().await?;
        let start = Instant::now();
        for room in &rooms {
            client.join(room).await?;
        }
        let control = start.elapsed().as_secs_f64() * 1000.0;
        // What the server does for the first time it does at leisure.
        if run > 0 {
            measured.add(value, control);
        }
    }
    Ok(measured)
}

/// All rooms at Synapse's own pace, against the least that this takes.
pub async fn limited() -> Result<Measured> {
    let run = LIMITED.get_or_try_init(run_limited).await?;
    let optimum = EACH * u32::try_from(ROOMS - BURST)?;
    let mut measured = Measured::new(Unit::Milliseconds);
    measured.add(milliseconds(run.total), milliseconds(optimum));
    Ok(measured)
}

/// How far off the estimate was at half-way, against how far it may be.
pub async fn estimate_error() -> Result<Measured> {
    let run = LIMITED.get_or_try_init(run_limited).await?;
    let error = run.estimated.abs_diff(run.left);
    let mut measured = Measured::new(Unit::Milliseconds);
    measured.add(milliseconds(error), milliseconds(run.left) * TOLERANCE);
    Ok(measured)
}

async fn run_limited() -> Result<Limited> {
    let scene = Scene::start(Limits::Default).await?;
    let rooms = scene.rooms();
    let account = scene.homeserver.account("newcomer").await?;
    let faults = Faults::start(&scene.homeserver).await?;
    let window = scene.app(&account, faults.url().as_str()).await?;
    let begun = Instant::now();
    let script = "const [rest, done] = arguments;
        window.__TAURI__.core.invoke('join_rooms', { picks: [], rest }).then(() => done(null), done);";
    let refusal = window.run_js_async(script, vec![json!(rooms)]).await?;
    ensure!(refusal.is_null(), "{refusal}");
    let mut half = None;
    let total = loop {
        let plan = plan(&window).await?;
        let done = plan["done"].as_u64().context("a number")?;
        if half.is_none() && done >= u64::try_from(ROOMS / 2)? {
            let left = plan["left"]["likelyMs"].as_u64().context("no estimate at half-way")?;
            half = Some((begun.elapsed(), Duration::from_millis(left)));
        }
        if plan["doing"]["doing"] == "finished" {
            ensure!(done == u64::try_from(ROOMS)?, "only {done} rooms were joined");
            break begun.elapsed();
        }
        ensure!(begun.elapsed() < WAIT_TIMEOUT, "not finished: {plan}");
        sleep(Duration::from_millis(100)).await;
    };
    all_joined(&account).await?;
    let asked = faults.joins().len();
    eprintln!("  {asked} requests: {} for {} waits", asked - ROOMS, ROOMS - BURST);
    let (at, estimated) = half.context("no moment was half-way")?;
    Ok(Limited { total, estimated, left: total.saturating_sub(at) })
}

async fn all_joined(account: &Account) -> Result<()> {
    let joined = account.sign_in().await?.joined_rooms().await?.len();
    ensure!(joined == ROOMS, "the server knows of {joined} rooms");
    Ok(())
}

async fn plan(window: &Window) -> Result<Value> {
    let script = "const [done] = arguments;
        import('/store.js').then(({ state }) => done(state.plan), (error) => done(String(error)));";
    window.run_js_async(script, vec![]).await
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
