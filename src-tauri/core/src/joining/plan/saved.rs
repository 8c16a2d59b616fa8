use serde::{Deserialize, Serialize};

use super::{Plan, SETTLE_MS, State};
use crate::joining::pace::Time;

/// Raised with every change that an older version would misunderstand.
const VERSION: u32 = 3;

/// Has fewer reasons why a room was not joined, and none of the homeserver's words.
const SECOND: u32 = 2;

/// The version in which rooms that have moved were followed without a question.
const FIRST: u32 = 1;

/// Why a kept plan cannot be taken up.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Written by a version of the app that is newer than this one.
    #[error("the plan is of version {0}, which this version of the app does not know")]
    Version(u32),
    /// Not a plan.
    #[error("the plan cannot be read ({0})")]
    Malformed(#[from] serde_json::Error),
}

#[derive(Deserialize)]
struct Header {
    version: u32,
}

#[derive(Serialize)]
struct Saving<'a> {
    version: u32,
    plan: &'a Plan,
}

#[derive(Deserialize)]
struct Saved {
    plan: Plan,
}

impl Plan {
    /// The plan as it is kept.
    ///
    /// # Panics
    ///
    /// Never: a plan is made of what JSON has.
    #[expect(clippy::expect_used, reason = "a plan has neither maps nor types of its own form")]
    pub fn save(&self) -> Vec<u8> {
        let saving = Saving { version: VERSION, plan: self };
        serde_json::to_vec(&saving).expect("plain data")
    }

    /// Takes up a kept plan. Requests that were under way when it was last kept may have reached
    /// the homeserver or not: their outcome is looked up before they are made again.
    ///
    /// # Errors
    ///
    /// Any [`LoadError`]; what a newer version has kept should be left as it is.
    pub fn load(kept: &[u8], now: Time) -> Result<Self, LoadError> {
        let Header { version } = serde_json::from_slice(kept)?;
        if ![FIRST, SECOND, VERSION].contains(&version) {
            return Err(LoadError::Version(version));
        }
        let Saved { mut plan } = serde_json::from_slice(kept)?;
        for entry in &mut plan.entries {
            if let State::Asking { since } = entry.state {
                let since = since.min(now);
                entry.state = State::Unsure { since, until: since.plus(SETTLE_MS), last: false };
            }
        }
        plan.renumber();
        plan.pace.bound(now);
        plan.estimate.drop_unsound();
        plan.estimate.interrupted();
        if version == FIRST {
            plan.ask_before_following();
        }
        Ok(plan)
    }

    /// Takes a queued successor back to the question whether the user wants to go there.
    fn ask_before_following(&mut self) {
        for entry in self.entries.iter_mut().filter(|entry| entry.state == State::Queued) {
            let successor = entry.wanted.address.room_id().cloned();
            let (Some(successor), Some(room_id)) = (successor, entry.followed.pop()) else {
                continue;
            };
            entry.wanted.address.learn(&room_id.clone().into());
            entry.state = State::Moved { room_id, successor, denied: false };
        }
    }

    /// Forgets what was joined, where nothing is left to do.
    pub fn forget_joined(&mut self) {
        if self.is_settled() {
            self.entries.retain(|entry| entry.state.has_problem());
        }
    }
}
