//! Silence for joins that follow each other fast.
//!
//! While the sync listens, the homeserver works out an answer to it for each room that is joined,
//! and the next join waits for that. A burst of joins has the homeserver to itself for a few
//! seconds; the sync then brings all the rooms in one answer.

use std::time::{Duration, Instant};

/// Joins are fast where the next one is asked for within that time.
const FAST: Duration = Duration::from_millis(250);

/// For how long others' messages may be late.
const LONGEST: Duration = Duration::from_secs(3);

/// How long the sync then listens at least.
const BETWEEN: Duration = Duration::from_secs(2);

/// How often the window is told of fast joins: drawing the plan takes longer than some of them.
const PICTURE: Duration = Duration::from_millis(100);

/// Says when to hold back what would slow down fast joins: the sync, and the window.
#[derive(Debug, Default)]
pub struct Hush {
    asked: Option<Instant>,
    since: Option<Instant>,
    ended: Option<Instant>,
    shown: Option<Instant>,
}

impl Hush {
    /// A join is asked for. `true` where the sync is to be held back from here on.
    pub fn begins(&mut self, now: Instant) -> bool {
        let is_fast = is_within(FAST, self.asked.replace(now), now);
        let begins = self.since.is_none() && is_fast && !is_within(BETWEEN, self.ended, now);
        if begins {
            self.since = Some(now);
        }
        begins
    }

    /// `true` where the sync is to listen again. `is_asking` says whether a join is under way.
    pub fn ends(&mut self, is_asking: bool, now: Instant) -> bool {
        let goes_on =
            is_asking && is_within(FAST, self.asked, now) && is_within(LONGEST, self.since, now);
        let ends = self.since.is_some() && !goes_on;
        if ends {
            self.since = None;
            self.ended = Some(now);
        }
        ends
    }

    /// Whether to tell the window; counts as told.
    pub fn shows(&mut self, now: Instant) -> bool {
        let shows = self.since.is_none() || !is_within(PICTURE, self.shown, now);
        if shows {
            self.shown = Some(now);
        }
        shows
    }

    /// After what time to look again; `None` where nothing is held back.
    pub fn pause(&self) -> Option<Duration> {
        self.since.map(|_| PICTURE)
    }
}

fn is_within(time: Duration, moment: Option<Instant>, now: Instant) -> bool {
    moment.is_some_and(|moment| now.duration_since(moment) < time)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens to the sync when a join is asked for every so many milliseconds, for that long:
    /// when it is stopped and when it is started.
    fn held(each: u64, long: u64) -> Vec<(&'static str, u64)> {
        let start = Instant::now();
        let mut hush = Hush::default();
        let mut held = Vec::new();
        for ms in 0..=long {
            let now = start + Duration::from_millis(ms);
            if hush.ends(true, now) {
                held.push(("start", ms));
            }
            if ms % each == 0 && hush.begins(now) {
                held.push(("stop", ms));
            }
        }
        held
    }

    #[test]
    fn only_fast_joins_hold_the_sync_back() {
        assert_eq!(held(250, 10_000), []);
        assert_eq!(held(100, 1_000), [("stop", 100)]);
    }

    #[test]
    fn the_sync_is_heard_every_few_seconds() {
        let held = held(20, 12_000);
        assert_eq!(
            held,
            [("stop", 20), ("start", 3_020), ("stop", 5_020), ("start", 8_020), ("stop", 10_020)]
        );
    }

    #[test]
    fn a_join_that_takes_long_lets_the_sync_listen() {
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        let mut hush = Hush::default();
        assert!(!hush.begins(start));
        assert!(hush.begins(after(20)));
        assert!(!hush.ends(true, after(269)));
        assert!(hush.ends(true, after(270)));
        assert!(!hush.ends(true, after(271)), "it was told already");
    }

    #[test]
    fn the_last_join_lets_the_sync_listen_at_once() {
        let start = Instant::now();
        let mut hush = Hush::default();
        hush.begins(start);
        hush.begins(start);
        assert_eq!(hush.pause(), Some(PICTURE));
        assert!(hush.ends(false, start));
        assert_eq!(hush.pause(), None);
    }

    #[test]
    fn the_window_is_told_less_often_only_of_fast_joins() {
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        let mut hush = Hush::default();
        assert!(hush.shows(start) && hush.shows(start));
        hush.begins(start);
        hush.begins(start);
        assert!(!hush.shows(after(99)));
        assert!(hush.shows(after(100)));
        assert!(!hush.shows(after(101)));
        hush.ends(false, after(102));
        assert!(hush.shows(after(102)));
    }
}
