//! Whether the homeserver is heard, and how it goes on after failures.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::{Stream, StreamExt as _};
use matrix_sdk::ruma::api::error::ErrorKind as MatrixKind;
use matrix_sdk_ui::sync_service::State;
use tokio::{
    sync::broadcast::error::RecvError,
    time::{Instant, sleep, timeout, timeout_at},
};
use tracing::{info, warn};

use super::Talk;
use crate::{
    account::says_over,
    failure::from_sdk,
    wire::{ErrorKind, SyncState},
};

/// Pause before asking again whether an account is still locked.
const LOCK_PAUSE: Duration = Duration::from_secs(15);

/// Pause before syncing again after a failure that is not the network's.
const RESTART_PAUSE: Duration = Duration::from_secs(5);

/// A sync that goes on for longer has been answered.
const STEADY: Duration = Duration::from_secs(30);

/// Failures in a row after which the homeserver is asked again at once.
const QUICK_FAILURES: u32 = 3;

/// The longest pause between failures that follow each other.
const MAX_PAUSE_SECS: u64 = 60;

/// How long the sync may take to stop before it is started again: it finishes what it has begun to store.
const STOP_TIMEOUT: Duration = Duration::from_mins(1);

/// Pause before a message that the homeserver did not take is sent again, as long as it asks for no longer one.
const RESEND_PAUSE: Duration = Duration::from_secs(10);

/// A homeserver cannot have a message wait for longer.
const MAX_RESEND_PAUSE: Duration = Duration::from_mins(5);

/// Limits how long the homeserver can have the sync wait. The SDK waits for as long as an answer says that
/// there are too many requests, a lifetime if need be, and is connected meanwhile as far as it tells.
const RENEWAL_INTERVAL: Duration = Duration::from_mins(5);

/// Failures of the sync that follow each other. After each the SDK asks for the homeserver's versions, and where
/// those are there syncs again at once: an answer that is none, such as the page of a network that
/// wants a sign-in, would be asked for a hundred times a second.
#[derive(Default)]
struct Failures {
    number: u32,
    last: Option<Instant>,
}

impl Failures {
    /// Counts another one; how long to wait before the homeserver is asked again.
    fn pause(&mut self, now: Instant) -> Option<Duration> {
        let before = self.last.replace(now);
        let in_a_row = before.is_some_and(|before| now.duration_since(before) < STEADY);
        self.number = if in_a_row { self.number.saturating_add(1) } else { 1 };
        let slow = self.number.checked_sub(QUICK_FAILURES + 1)?;
        let seconds = 1_u64.checked_shl(slow).map_or(MAX_PAUSE_SECS, |it| it.min(MAX_PAUSE_SECS));
        Some(Duration::from_secs(seconds))
    }

    /// The homeserver is asked again from here on.
    fn go_on(&mut self, now: Instant) {
        self.last = self.last.map(|_| now);
    }
}

impl Talk {
    /// Shows whether the homeserver is heard, and goes on after failures.
    pub(super) async fn follow_sync(
        mut states: impl Stream<Item = State> + Unpin,
        talk: Weak<Self>,
    ) {
        let mut failures = Failures::default();
        loop {
            let state = timeout(RENEWAL_INTERVAL, states.next()).await;
            let Some(talk) = talk.upgrade() else { return };
            match state {
                Ok(Some(state)) => talk.take_state(state, &mut failures).await,
                Ok(None) => return,
                Err(_) => talk.renew_sync().await,
            }
        }
    }

    async fn take_state(self: Arc<Self>, state: State, failures: &mut Failures) {
        match state {
            State::Idle => {}
            State::Running => {
                let was_away = self.board.sync() == SyncState::Offline;
                self.board.set_sync(SyncState::Running);
                if was_away {
                    self.joins.reached();
                } else {
                    self.joins.changed();
                }
                // A failed request turned sending off.
                self.client.send_queue().set_enabled(true).await;
            }
            State::Offline => {
                self.board.set_sync(SyncState::Offline);
                self.joins.changed();
                let offline = self.clone();
                self.spawn(async move { offline.ask_why().await });
                if let Some(pause) = failures.pause(Instant::now()) {
                    info!("the sync failed again and again; it goes on in {pause:?}");
                    self.stop_sync().await;
                    sleep(pause).await;
                    // Where the account is locked, it goes on when that is over.
                    drop(self.asking.lock().await);
                    failures.go_on(Instant::now());
                    self.sync.start().await;
                }
            }
            State::Terminated | State::Error(_) => {
                if let State::Error(error) = &state {
                    warn!("the sync ended: {error}");
                }
                self.board.set_sync(SyncState::Offline);
                self.joins.changed();
                sleep(RESTART_PAUSE).await;
                self.sync.start().await;
            }
        }
    }

    /// Tries again to send what met with something that passes, such as a limit: the SDK turns sending off with
    /// it, and nothing else turns it on again while the homeserver is heard.
    pub(super) async fn follow_unsent(talk: Weak<Self>) {
        let Some(mut errors) =
            talk.upgrade().map(|talk| talk.client.send_queue().subscribe_errors())
        else {
            return;
        };
        let mut due: Option<Instant> = None;
        loop {
            let news = match due {
                Some(due) => timeout_at(due, errors.recv()).await.ok(),
                None => Some(errors.recv().await),
            };
            let pause = match news {
                Some(Ok(error)) if !error.is_recoverable => continue,
                Some(Ok(error)) => from_sdk(&error.error, "").retry_after_ms,
                Some(Err(RecvError::Lagged(_))) => None,
                Some(Err(RecvError::Closed)) => return,
                None => {
                    due = None;
                    let Some(talk) = talk.upgrade() else { return };
                    if talk.board.sync() == SyncState::Running {
                        talk.client.send_queue().set_enabled(true).await;
                    }
                    continue;
                }
            };
            let pause = pause.map_or(RESEND_PAUSE, Duration::from_millis);
            let then = Instant::now() + pause.clamp(RESEND_PAUSE, MAX_RESEND_PAUSE);
            due = Some(due.map_or(then, |due| due.min(then)));
        }
    }

    /// Ends the request that is under way, whatever it waits for, and makes another one.
    async fn renew_sync(self: &Arc<Self>) {
        let Ok(_not_locked) = self.asking.try_lock() else { return };
        self.stop_sync().await;
        self.sync.start().await;
    }

    /// Stops the sync, so that it can be started again: a start before the stop is through does nothing, and
    /// the sync would rest until it is renewed. It is through even where nobody waits for it any longer.
    async fn stop_sync(self: &Arc<Self>) {
        let talk = self.clone();
        let stopped = tokio::spawn(async move { talk.sync.stop().await });
        if timeout(STOP_TIMEOUT, stopped).await.is_err() {
            info!("the sync did not stop in time");
        }
    }

    /// The SDK takes every refusal for a lost connection, and goes on asking at once. Where the
    /// account is locked the user is told, and the homeserver asked only now and then.
    async fn ask_why(&self) {
        let Ok(_one_at_a_time) = self.asking.try_lock() else { return };
        let mut told = false;
        while let Err(error) = self.client.whoami().await {
            if says_over(&error) {
                self.over.notify_one();
                return;
            }
            if !matches!(error.client_api_error_kind(), Some(MatrixKind::UserLocked)) {
                break;
            }
            if !told {
                told = true;
                self.board.notice(ErrorKind::AccountLocked.into());
                self.sync.stop().await;
                self.board.set_sync(SyncState::Offline);
            }
            sleep(LOCK_PAUSE).await;
        }
        if told {
            self.sync.start().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_that_follow_each_other_have_growing_pauses_between_them() {
        let (mut failures, mut now) = (Failures::default(), Instant::now());
        let mut pauses = Vec::new();
        for _ in 0..100 {
            let pause = failures.pause(now);
            pauses.push(pause.map_or(0, |pause| pause.as_secs()));
            now += pause.unwrap_or_default();
            failures.go_on(now);
        }
        assert_eq!(pauses[..11], [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(pauses[99], 60);
        now += STEADY;
        assert_eq!(failures.pause(now), None, "one that comes later is the first of others");
    }
}
