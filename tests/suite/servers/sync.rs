//! What a server says once somebody is signed in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use galaxy_chat_core::wire::SyncState;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::matrix::Client;
use galaxy_chat_tests::request::Request;
use tokio::time::{Instant, sleep, timeout};

use super::answers::Answer;
use super::panics::Panics;
use super::{Draw, MAX_RESPONSE, OUTCOME_TIMEOUT, Place, SignedIn, is_full, is_usable, is_wanted};
use crate::attacks::between::Deed;
use crate::core::run::Shown;
use crate::session::until;

const SYNC: Place = Place { method: "POST", path: "/sync", optional: false };

/// So many go on beside each other: they wait most of the time.
const AT_ONCE: usize = 4;

/// Somebody who is signed in, with a room open.
async fn in_lobby(galaxy: &Galaxy) -> Result<SignedIn> {
    let signed_in = SignedIn::start(galaxy).await?;
    let lobby = signed_in.core.join(galaxy.alias("lobby")?).await?;
    signed_in.core.app.open_room(&lobby).await?;
    Ok(signed_in)
}

impl SignedIn {
    async fn sync_case(
        &self,
        helper: &Client,
        room: &str,
        number: usize,
        answer: &Answer,
    ) -> Result<()> {
        let (asked, answered) = (AtomicBool::new(false), Arc::new(AtomicBool::new(false)));
        let (over, twisted) = (answered.clone(), answer.clone());
        self.between.plan(move |request| {
            if !SYNC.is(request) || asked.swap(true, SeqCst) {
                return Deed::Pass;
            }
            let (over, twisted) = (over.clone(), twisted.clone());
            Deed::Twist(Box::new(move |honest, stream| {
                Box::pin(async move {
                    let sent = twisted.send(honest, stream).await;
                    over.store(true, SeqCst);
                    sent
                })
            }))
        });
        // Each ends a request that waits for news. What comes in that answer may be lost with it.
        let deadline = Instant::now() + OUTCOME_TIMEOUT;
        while !answered.load(SeqCst) {
            ensure!(Instant::now() < deadline, "it was not asked");
            helper.say(room, &format!("before answer {number}")).await?;
            sleep(Duration::from_millis(200)).await;
        }
        is_usable(&self.core, true).await?;
        let mark = format!("after answer {number}");
        helper.say(room, &mark).await?;
        let well =
            |shown: &Shown| shown.said(&mark).is_some() && shown.sync == Some(SyncState::Running);
        // What may take minutes is for as long as an answer had it wait, or the pauses between failures,
        // which grow from case to case.
        let limit = 5 * OUTCOME_TIMEOUT;
        let heard = async {
            while !well(&self.core.now()) {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(limit, heard).await.with_context(|| format!("{mark}: {:#?}", self.core.now().sync))
    }
}

#[tokio::test]
async fn whatever_is_said_to_a_sync_the_next_message_comes() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let helper = galaxy.helper.sign_in().await?;
    let room = galaxy.room("lobby")?;
    let panics = Panics::watch();
    let mut draw = Draw::new(28, 4)?;
    let mut cases: Vec<_> = draw.cases(&[SYNC], MAX_RESPONSE).into_iter().enumerate().collect();
    cases.retain(|(_, (_, answer))| is_full() || !answer.asks_to_wait());
    cases.retain(|(number, _)| is_wanted(*number));
    let (cases, helper, panics, draw) = (&cases, &helper, &panics, &draw);
    try_join_all((0..AT_ONCE).map(|at| {
        let galaxy = &galaxy;
        async move {
            let signed_in = in_lobby(galaxy).await?;
            for (number, (place, answer)) in cases.iter().skip(at).step_by(AT_ONCE) {
                let name = || draw.name(*number, *place, answer);
                signed_in.sync_case(helper, room, *number, answer).await.with_context(name)?;
                panics.check().with_context(name)?;
            }
            anyhow::Ok(())
        }
    }))
    .await?;
    Ok(())
}

/// How often the app asks while it is watched, and how many requests one that asks again at once makes for
/// each of them at the least.
const TRIES: usize = 8;
const HASTE: usize = 4;

/// As long as it takes until the last of those tries, whose pauses grow to half a minute.
const TRIES_TIMEOUT: Duration = Duration::from_mins(5);

/// Each failed sync is followed by another one, and not at once for ever.
#[tokio::test]
async fn a_sync_that_always_fails_is_not_tried_without_pause() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let no_json = Answer::NoJson("<h1>Sign in to this network</h1>");
    // Each with an app of its own: the pauses of the one would go on growing in the other.
    for answer in [no_json, Answer::Status(404, "", "")] {
        is_tried_with_pauses(&galaxy, &answer).await.with_context(|| format!("{answer:?}"))?;
    }
    Ok(())
}

async fn is_tried_with_pauses(galaxy: &Galaxy, answer: &Answer) -> Result<()> {
    let signed_in = in_lobby(galaxy).await?;
    let helper = galaxy.helper.sign_in().await?;
    let room = galaxy.room("lobby")?;
    let twisted = answer.clone();
    let plan = move |request: &Request| SYNC.is(request).then(|| twisted.deed());
    signed_in.between.plan(move |request| plan(request).unwrap_or(Deed::Pass));
    // Ends the request that waits for news.
    helper.say(room, "before it").await?;
    let before = signed_in.between.asked(SYNC.path);
    until("asked", async || Ok(signed_in.between.asked(SYNC.path) > before)).await?;
    let before = signed_in.between.asked(SYNC.path);
    // The control beside it: who asks again at once is answered by the same hands, on the same machine.
    let address = format!("{}/hasty", signed_in.between.url());
    let client = reqwest::Client::new();
    let hasty = async {
        let mut made = 0;
        while signed_in.between.asked(SYNC.path) < before + TRIES {
            client.get(&address).send().await?;
            made += 1;
        }
        anyhow::Ok(made)
    };
    let made = timeout(TRIES_TIMEOUT, hasty).await.context("it is not tried again")??;
    println!("{made} requests beside {TRIES} of the app");
    ensure!(made >= TRIES * HASTE, "{made} requests beside {TRIES} of the app");

    signed_in.between.be_honest();
    let mark = "after all of it";
    helper.say(room, mark).await?;
    let heard = async {
        while signed_in.core.now().said(mark).is_none() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(OUTCOME_TIMEOUT, heard).await?;
    Ok(())
}
