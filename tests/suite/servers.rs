//! Servers that answer what they like. Whatever a homeserver, or somebody on the way to it, says, the app
//! says something true of it, stays usable, and does what was asked of it once the server is well again.
//!
//! The cases are drawn at random, the same ones in each run; `GALAXY_CHAT_SEED` draws others, and
//! `GALAXY_CHAT_FULL` more of them. A case that fails is named with its seed.

pub mod answers;
mod discovery;
mod drips;
mod joins;
mod naive;
mod panics;
mod sign_in;
mod space;
mod sync;
mod window;

use std::time::Duration;

use anyhow::{Result, ensure};
use galaxy_chat_core::wire::ErrorKind;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::request::Request;
use tokio::time::timeout;

use self::answers::Answer;
use crate::attacks::between::{Between, Deed};
use crate::core::run::{Computer, Core};
use crate::hostile::mutation::Random;

/// Longer than any answer to a user's wish may take, by the app's own limits.
const OUTCOME_TIMEOUT: Duration = Duration::from_secs(100);

/// The product's limit for what a server says to those who are not signed in to it.
const MAX_DISCOVERY: usize = 4 << 20;

/// The same for those who are.
const MAX_RESPONSE: usize = 64 << 20;

/// Something that a server is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    method: &'static str,
    /// What is in its path.
    path: &'static str,
    /// What was asked of the app can be done without it.
    optional: bool,
}

impl Place {
    fn is(self, request: &Request) -> bool {
        request.method == self.method && request.path.contains(self.path)
    }
}

/// Whether what takes long is done as well.
fn is_full() -> bool {
    std::env::var_os("GALAXY_CHAT_FULL").is_some()
}

/// Whether that case is to be tried: all, or one alone.
fn is_wanted(number: usize) -> bool {
    std::env::var("GALAXY_CHAT_CASE").map_or(true, |wanted| wanted == number.to_string())
}

/// What is drawn, and how much of it.
struct Draw {
    seed: u64,
    random: Random,
    number: usize,
}

impl Draw {
    /// So many cases in a normal run, and many times as many in a full one. Each test draws others.
    fn new(number: usize, test: u64) -> Result<Self> {
        let seed = match std::env::var("GALAXY_CHAT_SEED") {
            Ok(seed) => seed.parse()?,
            Err(_) => 20_261_127,
        };
        let number = if is_full() { number * 20 } else { number };
        Ok(Self { seed, random: Random(seed.wrapping_add(test << 32)), number })
    }

    /// All cases: where, and what the answer is. An answer of the size `limit` is one too large.
    fn cases(&mut self, places: &[Place], limit: usize) -> Vec<(Place, Answer)> {
        let first = self.random.below(answers::KINDS);
        let case = |number| {
            let answer = Answer::of_kind(first + number, &mut self.random, limit);
            (self.random.one(places), answer)
        };
        (0..self.number).map(case).collect()
    }

    /// How to have a case again.
    fn name(&self, number: usize, place: Place, answer: &Answer) -> String {
        let seed = self.seed;
        format!("GALAXY_CHAT_SEED={seed} GALAXY_CHAT_CASE={number}: {place:?} says {answer:?}")
    }
}

/// Whether that was asked for.
fn was_asked(between: &Between, place: Place) -> bool {
    between.seen().iter().any(|request| place.is(request))
}

/// Answers so whatever is asked for there, and is honest otherwise.
fn only(place: Place, answer: &Answer) -> impl Fn(&Request) -> Deed + Send + Sync + 'static {
    let answer = answer.clone();
    move |request| if place.is(request) { answer.deed() } else { Deed::Pass }
}

/// Nobody waits for a command that is of no server's concern.
async fn is_usable(core: &Core, signed_in: bool) -> Result<()> {
    let asked = async {
        ensure!(!core.app.search_rooms("lobby").is_empty(), "no room is found");
        let kept = core.app.save_draft("!nowhere:a.b", "").await.map_err(|error| error.kind);
        ensure!(kept == if signed_in { Ok(()) } else { Err(ErrorKind::NotSignedIn) }, "{kept:?}");
        Ok(())
    };
    timeout(OUTCOME_TIMEOUT, asked).await?
}

/// Somebody who is signed in, by a way on which answers are exchanged.
struct SignedIn {
    between: Between,
    core: Core,
    _computer: Computer,
}

impl SignedIn {
    async fn start(galaxy: &Galaxy) -> Result<Self> {
        let (between, computer) = (Between::start(galaxy).await?, Computer::new(galaxy)?);
        let core = computer.start();
        core.signed_out().await?;
        let newcomer = &galaxy.newcomer;
        core.try_sign_in(between.url(), &newcomer.user, &newcomer.password).await?;
        Ok(Self { between, core, _computer: computer })
    }
}
