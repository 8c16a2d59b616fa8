//! The app is killed when the server has made a device and the app not heard of it. Whatever is tried and
//! fails after that, the sign-in that comes to something takes that device.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::faults::{Fault, Faults};
use galaxy_chat_tests::request::Request;
use reqwest::Method;
use serde_json::{Value, json};

use super::moments::full;
use super::scene::{At, Found, Ground, Scene, devices, with_password};
use super::with_passwords;
use crate::session::until;

/// What is tried, and the refusal.
#[derive(Clone, Copy)]
enum Slip {
    /// Another server, another user or a wrong password.
    Typed(fn(&Right<'_>) -> (String, Value), &'static str),
    /// Cancelled once such a request is on its way; with this user.
    Cancelled(fn(&Request) -> bool, fn(&Right<'_>) -> String),
}

/// What is right.
struct Right<'a> {
    server: &'a str,
    user: &'a str,
    user_id: &'a str,
    password: &'a str,
}

fn asks_for_a_session(request: &Request) -> bool {
    request.method == Method::POST && request.path.ends_with("/v3/login")
}

fn asks_for_ways(request: &Request) -> bool {
    request.method == Method::GET && request.path.ends_with("/v3/login")
}

const SLIPS: [(&str, Slip); 9] = [
    (
        "no such server",
        Slip::Typed(
            |it| ("no-such-server.invalid".to_owned(), with_password(it.user, it.password)),
            "serverUnknown",
        ),
    ),
    (
        "no server's name",
        Slip::Typed(
            |it| ("no server".to_owned(), with_password(it.user, it.password)),
            "serverNameInvalid",
        ),
    ),
    (
        "another user",
        Slip::Typed(
            |it| (it.server.to_owned(), with_password("newcomr", it.password)),
            "wrongPassword",
        ),
    ),
    (
        "a wrong password",
        Slip::Typed(|it| (it.server.to_owned(), with_password(it.user, "wrong")), "wrongPassword"),
    ),
    (
        "a wrong password for the whole address",
        Slip::Typed(
            |it| (it.server.to_owned(), with_password(it.user_id, "wrong")),
            "wrongPassword",
        ),
    ),
    (
        "an account to be made where none can be",
        Slip::Typed(
            |it| {
                let way = json!({ "way": "register", "user": it.user, "password": it.password });
                (it.server.to_owned(), way)
            },
            "registrationClosed",
        ),
    ),
    (
        "cancelled before the server is asked",
        Slip::Cancelled(asks_for_ways, |it| it.user.to_owned()),
    ),
    ("another user, cancelled", Slip::Cancelled(asks_for_a_session, |_| "helper".to_owned())),
    (
        "cancelled when the server has agreed",
        Slip::Cancelled(asks_for_a_session, |it| it.user.to_owned()),
    ),
];

/// A sign-in that was broken off, and the way to its server.
struct BrokenOff<'a> {
    scene: Scene,
    faults: Faults,
    at: At<'a>,
    device: String,
    note: Value,
}

impl<'a> BrokenOff<'a> {
    async fn new(at: At<'a>) -> Result<Self> {
        let faults = Faults::start(at.homeserver).await?;
        let scene = Scene::open(&[]).await?;
        let mut it = Self { scene, faults, at, device: String::new(), note: Value::Null };
        it.hold(asks_for_a_session);
        it.begin(&at.account.user).await?;
        it.faults.held(1).await?;
        it.scene.window.kill().await?;
        it.let_go();
        it.device = devices(at).await?.concat();
        ensure!(!it.device.is_empty(), "the server has made a device");
        it.restart().await?;
        it.note = it.scene.saved().await?.context("a note")?;
        Ok(it)
    }

    fn hold(&self, which: fn(&Request) -> bool) {
        self.faults.plan(move |request| {
            if which(request) { Fault::Hold(Duration::from_mins(1)) } else { Fault::None }
        });
    }

    fn let_go(&self) {
        self.faults.plan(|_| Fault::None);
        self.faults.release();
    }

    async fn begin(&self, user: &str) -> Result<()> {
        let way = with_password(user, &self.at.account.password);
        self.scene.begin_sign_in(self.faults.url().as_str(), &way).await
    }

    /// Starts the app that was killed.
    async fn restart(&mut self) -> Result<()> {
        self.scene.window.start().await?;
        let found = self.scene.look().await?;
        ensure!(found == Found::NotFinished, "{found:?}");
        self.scene.in_order().await
    }

    async fn try_in_vain(&self, slip: Slip) -> Result<()> {
        let account = self.at.account;
        let right = Right {
            server: self.faults.url().as_str(),
            user: &account.user,
            user_id: &account.user_id,
            password: &account.password,
        };
        let refusal = match slip {
            Slip::Typed(wish, refusal) => {
                let (server, way) = wish(&right);
                self.scene.begin_sign_in(&server, &way).await?;
                refusal
            }
            Slip::Cancelled(which, user) => {
                let held = self.faults.seen().into_iter().filter(which).count();
                self.hold(which);
                self.begin(&user(&right)).await?;
                let seen =
                    async || Ok(self.faults.seen().iter().filter(|it| which(it)).count() > held);
                until("asked", seen).await?;
                self.scene.ask("cancel_sign_in", json!({})).await?;
                "cancelled"
            }
        };
        let outcome = self.scene.outcome().await?;
        self.let_go();
        ensure!(outcome["kind"] == refusal, "{outcome}, not {refusal}");
        Ok(())
    }

    /// The note is as it was, and the server has no other device.
    async fn as_before(&self) -> Result<()> {
        ensure!(self.scene.look().await? == Found::NotFinished, "signed out");
        self.scene.in_order().await?;
        let note = self.scene.saved().await?.context("a note")?;
        for part in ["state", "server", "device_id"] {
            ensure!(note[part] == self.note[part], "another note: {note}, not {}", self.note);
        }
        until("no other device", async || {
            Ok(devices(self.at).await?.iter().all(|device| *device == self.device))
        })
        .await
    }

    /// Signs in with what is right, and out.
    async fn is_finished_as(&self, user: &str) -> Result<()> {
        self.begin(user).await?;
        let outcome = self.scene.outcome().await?;
        ensure!(outcome == "done", "{outcome}");
        ensure!(self.scene.look().await? == Found::SignedIn, "signed in");
        let devices = devices(self.at).await?;
        ensure!(devices == [self.device.as_str()], "{devices:?}, not {}", self.device);
        self.scene.in_order().await?;
        self.scene.ask("sign_out", json!({})).await?;
        self.scene.nothing_is_left(self.at).await
    }
}

#[tokio::test]
async fn whatever_is_tried_in_between_the_device_is_the_same() -> Result<()> {
    let ground = Ground::new(with_passwords().await?).await?;
    let at = ground.at();
    let mut together = vec![SLIPS.to_vec()];
    if full() {
        together.extend(SLIPS.map(|slip| vec![slip]));
    }
    for slips in together {
        let mut stand = BrokenOff::new(at).await?;
        for (name, slip) in slips {
            println!("{name}");
            stand.try_in_vain(slip).await.with_context(|| name.to_owned())?;
            stand.as_before().await.with_context(|| name.to_owned())?;
        }
        stand.scene.window.kill().await?;
        stand.restart().await?;
        stand.is_finished_as(&at.account.user).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_whole_address_of_the_user_is_the_same_user() -> Result<()> {
    let ground = Ground::new(with_passwords().await?).await?;
    let stand = BrokenOff::new(ground.at()).await?;
    stand.is_finished_as(&ground.account.user_id).await
}

/// What the checks above say of an app that forgets the sign-in that was broken off.
#[tokio::test]
async fn an_app_that_forgets_it_makes_another_device() -> Result<()> {
    let ground = Ground::new(with_passwords().await?).await?;
    let stand = BrokenOff::new(ground.at()).await?;
    fs::remove_file(stand.scene.session_file())?;
    let verdict = stand.as_before().await.expect_err("it is forgotten").to_string();
    ensure!(verdict.contains("signed out"), "{verdict}");
    let mut stand = stand;
    stand.scene.window.kill().await?;
    stand.scene.window.start().await?;
    stand.scene.look().await?;
    let verdict = stand.is_finished_as(&ground.account.user).await.expect_err("a second device");
    ensure!(verdict.to_string().contains(&stand.device), "{verdict}");
    Ok(())
}
