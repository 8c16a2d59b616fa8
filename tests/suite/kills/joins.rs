//! The app is killed in the middle of joining Galaxy's rooms. In the end it is in exactly those.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::faults::Faults;
use galaxy_chat_tests::homeserver::{Homeserver, Options};
use galaxy_chat_tests::matrix::Client;
use galaxy_chat_tests::request::Request;
use galaxy_chat_tests::space::{Kind, Space};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::moments::{Moments, full};
use super::scene::{At, CONNECTED, Scene};
use crate::session::until;

/// How many rooms Galaxy has; the Space is one of them.
const ROOMS: usize = 71;

/// How often the app is killed before it may finish a plan.
const KILLS_A_PLAN: usize = 5;

fn kills() -> usize {
    if full() { 100 } else { 10 }
}

/// An app that joins rooms, and what the server knows of that.
struct Joiner {
    _homeserver: Homeserver,
    /// Looks at the account from outside.
    client: Client,
    faults: Faults,
    scene: Scene,
    rest: Vec<String>,
    space: Space,
    expected: BTreeSet<String>,
}

impl Joiner {
    async fn start() -> Result<Self> {
        let homeserver = Homeserver::start(Options::default()).await?;
        let account = homeserver.account("newcomer").await?;
        let space = Space::fill(&homeserver, "@somebody:test.localhost").await?;
        let faults = Faults::start(&homeserver).await?;
        let catalogue = space.catalogue.to_string_lossy().into_owned();
        let scene = Scene::open(&["--catalogue", &catalogue]).await?;
        scene.sign_in_by(At { homeserver: &homeserver, account: &account }, faults.url()).await?;
        let public: Vec<_> = space.all(Kind::Public).take(ROOMS - 1).cloned().collect();
        let expected = public.iter().map(|room| room.id.clone()).chain([space.id.clone()]);
        Ok(Self {
            client: account.sign_in().await?,
            expected: expected.collect(),
            rest: public.into_iter().map(|room| room.alias).collect(),
            _homeserver: homeserver,
            faults,
            scene,
            space,
        })
    }

    async fn begin(&self) -> Result<()> {
        let wish = json!({ "picks": [self.space.alias], "rest": self.rest });
        let refusal = self.scene.ask("join_rooms", wish).await?;
        ensure!(refusal.is_null(), "{refusal}");
        Ok(())
    }

    async fn joined(&self) -> Result<BTreeSet<String>> {
        Ok(self.client.joined_rooms().await?.into_iter().collect())
    }

    /// Waits until the app says that nothing is left to do, and compares. A plan that was through before
    /// the last start is forgotten, and none is there before the session is open.
    async fn finish(&self) -> Result<()> {
        let window = &self.scene.window;
        until("open", async || Ok(window.text().await?.contains(CONNECTED))).await?;
        until("finished", async || {
            let plan = self.scene.stored("plan").await?;
            let through = plan["total"] != 0 || self.compare().await.is_ok();
            Ok(plan["doing"]["doing"] == "finished" && through)
        })
        .await?;
        self.compare().await
    }

    async fn compare(&self) -> Result<()> {
        let joined = self.joined().await?;
        let missing: Vec<_> = self.expected.difference(&joined).collect();
        let more: Vec<_> = joined.difference(&self.expected).collect();
        ensure!(missing.is_empty() && more.is_empty(), "missing {missing:?}, too many {more:?}");
        Ok(())
    }

    /// Out of all rooms, with an empty plan.
    async fn start_over(&self) -> Result<()> {
        let order = json!({ "order": { "order": "cancelAll" } });
        let refusal = self.scene.ask("steer_joins", order).await?;
        ensure!(refusal.is_null(), "the plan stays: {refusal}");
        for room in self.joined().await? {
            self.client.leave(&room).await?;
        }
        until("left", async || Ok(self.scene.stored("rooms").await? == json!([]))).await
    }
}

/// A room is asked for once more only where the app has looked up, behind the request before, whether that
/// has succeeded; each look allows for one request. Answers how many there were.
fn nothing_is_repeated_blindly(requests: &[Request]) -> Result<usize> {
    // Of each room, how many looks there had been when it was asked for.
    let mut asked = BTreeMap::new();
    let (mut looks, mut repeated) = (0, 0);
    for request in requests {
        looks += usize::from(request.path.ends_with("/client/v3/joined_rooms"));
        if !request.is_join() {
            continue;
        }
        if let Some(looks_before) = asked.insert(&request.path, looks) {
            ensure!(looks > looks_before, "{} was repeated blindly", request.path);
            repeated += 1;
        }
    }
    ensure!(repeated <= looks, "{repeated} requests were repeated after {looks} looks");
    Ok(repeated)
}

#[tokio::test]
async fn killed_while_joining_it_ends_up_in_exactly_the_wanted_rooms() -> Result<()> {
    let mut joiner = Joiner::start().await?;
    let mut moments = Moments::start()?;
    // How long a plan takes that nothing happens to.
    let begun = Instant::now();
    joiner.begin().await?;
    joiner.finish().await?;
    let span = begun.elapsed() / u32::try_from(KILLS_A_PLAN)? * 2;
    let mut kills = 0;
    while kills < self::kills() {
        joiner.start_over().await?;
        let before = Instant::now().into_std();
        joiner.begin().await?;
        for _ in 0..KILLS_A_PLAN {
            let delay = moments.within(span);
            sleep(delay).await;
            let rooms = joiner.joined().await?.len();
            joiner.scene.window.kill().await?;
            println!("killed after {delay:?}, in {rooms} rooms");
            kills += 1;
            joiner.scene.window.start().await?;
        }
        joiner.finish().await?;
        let mut requests = joiner.faults.authorized();
        requests.retain(|request| request.at > before);
        let repeated = nothing_is_repeated_blindly(&requests)?;
        println!("{repeated} requests were made again after a look");
    }
    println!("{kills} kills");
    Ok(())
}

/// What the check of requests says of apps that repeat what was under way, without a look or with one look
/// for many rooms.
#[test]
fn a_blind_repetition_is_noticed() -> Result<()> {
    let request = |line: &str| {
        let (method, path) = line.split_once(' ').context("a method and a path")?;
        let path = format!("/_matrix/client/v3/{path}");
        anyhow::Ok(Request {
            at: Instant::now().into_std(),
            method: method.parse()?,
            target: path.clone(),
            path,
            headers: Vec::new(),
            body: Vec::new(),
        })
    };
    let verdict = |lines: &[&str]| {
        let requests = lines.iter().map(|line| request(line)).collect::<Result<Vec<_>>>()?;
        nothing_is_repeated_blindly(&requests)
    };
    let (one, other, look) = ("POST join/one", "POST rooms/other/join", "GET joined_rooms");
    ensure!(verdict(&[one, other])? == 0, "two rooms");
    ensure!(verdict(&[one, look, other])? == 0, "a look for nothing");
    ensure!(verdict(&[one, look, one, other, look, other])? == 2, "a look for each");
    for blind in [
        &[one, one][..],
        &[look, one, one],
        &[one, look, one, one],
        &[one, other, look, one, other],
        &[one, other, one, look],
    ] {
        ensure!(verdict(blind).is_err(), "{blind:?}");
    }
    Ok(())
}

/// What the check above would say of an app that forgets its plan.
#[tokio::test]
async fn an_app_that_forgets_its_plan_does_not_survive_this() -> Result<()> {
    let mut joiner = Joiner::start().await?;
    joiner.begin().await?;
    joiner.scene.window.kill().await?;
    let verdict = joiner.compare().await.expect_err("it had no time for all rooms").to_string();
    ensure!(verdict.contains("missing"), "{verdict}");
    joiner.scene.window.start().await?;
    joiner.finish().await
}
