//! When the homeserver may be asked again.

use serde::{Deserialize, Serialize};

/// From here on a wait is shown with its end, and the user may cut it short.
pub const LONG_WAIT_MS: u64 = 5 * 60 * 1000;

/// No wait is longer than this, whatever the homeserver or the clock says.
const LONGEST_WAIT_MS: u64 = 24 * 60 * 60 * 1000;

/// The first wait after a refusal that names no time, and the longest that its doublings reach.
const SILENT_MS: (u64, u64) = (10_000, 10 * 60 * 1000);

/// The same for a homeserver that cannot be reached.
const TROUBLE_MS: (u64, u64) = (2_000, 60_000);

/// So many refusals in a row may name times below the first of [`SHORT_MS`].
const SHORT_REFUSALS: u32 = 2;

/// What refusals beyond these wait at least.
const SHORT_MS: (u64, u64) = (1_000, 60_000);

/// A moment by the wall clock, in milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub u64);

impl Time {
    /// That many milliseconds later.
    #[must_use]
    pub fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds since an earlier moment; 0 where that is later.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Why nothing is asked for the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// Too many requests, and the homeserver said how long to wait.
    Limited,
    /// Too many requests, and no word of how long to wait.
    LimitedSilently,
    /// The homeserver could not be reached.
    Unreachable,
}

/// A wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// When it began.
    pub from: Time,
    /// When it ends.
    pub until: Time,
    /// Why.
    pub why: Refusal,
}

impl Wait {
    /// Whether the user is shown its end and may cut it short.
    pub fn is_long(&self) -> bool {
        self.until.since(self.from) > LONG_WAIT_MS
    }
}

/// The pace that the homeserver sets. Nothing in here waits between requests that are let through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    wait: Option<Wait>,
    /// Refusals since the last request that was let through.
    refusals: u32,
    /// Doublings of the wait after a refusal that names no time. What is let through takes back
    /// one only, so that the right wait, once found, is kept.
    silent: u32,
    /// Requests that did not reach the homeserver, since the last one that did.
    troubles: u32,
}

impl Pace {
    /// The wait that is on at a moment. A clock that was set back begins it anew, so that no wait
    /// ends later than its own length from now.
    pub fn waiting(&mut self, now: Time) -> Option<Wait> {
        let wait = self.wait.as_mut()?;
        if now < wait.from {
            let length = wait.until.since(wait.from);
            (wait.from, wait.until) = (now, now.plus(length));
        }
        if now >= wait.until {
            self.wait = None;
        }
        self.wait
    }

    /// Shortens a wait that was taken up from a file to what this makes of the longest.
    pub fn bound(&mut self, now: Time) {
        let longest = now.plus(LONGEST_WAIT_MS + LONGEST_WAIT_MS / 50);
        if let Some(wait) = &mut self.wait {
            wait.until = wait.until.min(longest);
        }
    }

    /// The wait as it was last looked at.
    pub fn wait(&self) -> Option<Wait> {
        self.wait
    }

    /// The homeserver refused a request for its pace, and said how long to wait, or not. `fraction`
    /// is random, and says how much of the 2 % is added that keep a classroom's computers from
    /// asking all at once: none at 0, all at [`u16::MAX`].
    ///
    /// Answers for how long the homeserver wants nothing more, without what was added.
    pub fn refused(&mut self, now: Time, said_ms: Option<u64>, fraction: u16) -> u64 {
        self.refusals = self.refusals.saturating_add(1);
        let said = said_ms.filter(|&said| said > 0).map(|said| said.max(self.least()));
        let why = if said.is_some() { Refusal::Limited } else { Refusal::LimitedSilently };
        let length = said.unwrap_or_else(|| {
            self.silent = self.silent.saturating_add(1);
            doubled(SILENT_MS, self.silent - 1)
        });
        self.hold(now, length, fraction, why)
    }

    /// A request did not reach the homeserver, or its answer did not come back.
    pub fn not_reached(&mut self, now: Time, fraction: u16) {
        let length = doubled(TROUBLE_MS, self.troubles);
        self.troubles = self.troubles.saturating_add(1);
        self.hold(now, length, fraction, Refusal::Unreachable);
    }

    /// The homeserver let a request through, whatever it answered.
    pub fn let_through(&mut self) {
        self.refusals = 0;
        self.troubles = 0;
        self.silent = self.silent.saturating_sub(1);
    }

    /// Cuts a long wait short; `false` where there is none.
    pub fn try_now(&mut self, now: Time) -> bool {
        let long = self.waiting(now).is_some_and(|wait| wait.is_long());
        if long {
            self.wait = None;
        }
        long
    }

    /// Ends a wait for a homeserver that could not be reached: the network is back.
    pub fn reached(&mut self) {
        self.troubles = 0;
        self.wait = self.wait.filter(|wait| wait.why != Refusal::Unreachable);
    }

    /// A homeserver that refuses again and again, each time for an instant, is not believed.
    fn least(&self) -> u64 {
        self.refusals.checked_sub(SHORT_REFUSALS + 1).map_or(0, |more| doubled(SHORT_MS, more))
    }

    /// Never ends a wait that is on already.
    fn hold(&mut self, now: Time, length_ms: u64, fraction: u16, why: Refusal) -> u64 {
        let length = length_ms.min(LONGEST_WAIT_MS);
        let more = length * u64::from(fraction) / u64::from(u16::MAX) / 50;
        let wait = Wait { from: now, until: now.plus(length + more), why };
        if self.waiting(now).is_none_or(|on| on.until < wait.until) {
            self.wait = Some(wait);
        }
        length
    }
}

fn doubled((first, longest): (u64, u64), times: u32) -> u64 {
    first.saturating_mul(1 << times.min(20)).min(longest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Time = Time(1_700_000_000_000);

    fn until(pace: &mut Pace, now: Time) -> Option<u64> {
        pace.waiting(now).map(|wait| wait.until.since(now))
    }

    #[test]
    fn a_refusal_without_a_time_waits_longer_each_time() {
        let mut pace = Pace::default();
        let mut now = NOW;
        for seconds in [10, 20, 40, 80, 160, 320, 600, 600] {
            assert_eq!(pace.refused(now, None, 0), seconds * 1000);
            assert_eq!(until(&mut pace, now), Some(seconds * 1000));
            now = now.plus(seconds * 1000);
            assert_eq!(pace.waiting(now), None);
        }
        pace.let_through();
        assert_eq!(pace.refused(now, Some(0), 0), 600_000, "no time is as good as none");
    }

    #[test]
    fn what_is_let_through_takes_back_one_doubling() {
        let mut pace = Pace::default();
        for _ in 0..3 {
            pace.refused(NOW, None, 0);
        }
        pace.let_through();
        let mut after = |seconds: u64| pace.refused(NOW.plus(seconds * 1000), None, 0);
        assert_eq!(after(100), 40_000);
    }

    #[test]
    fn instants_named_over_and_over_are_not_believed() {
        let mut pace = Pace::default();
        let mut now = NOW;
        let mut asked = 0;
        while now < NOW.plus(60_000) {
            pace.refused(now, Some(1), 0);
            now = pace.waiting(now).expect("a wait").until;
            asked += 1;
        }
        assert!(asked < 10, "{asked} requests in a minute");
        pace.let_through();
        assert_eq!(pace.refused(now, Some(1), 0), 1);
    }

    #[test]
    fn only_a_long_wait_can_be_cut_short() {
        let mut pace = Pace::default();
        pace.refused(NOW, Some(LONG_WAIT_MS), 0);
        assert!(!pace.try_now(NOW));
        pace.refused(NOW, Some(LONG_WAIT_MS + 1), 0);
        assert!(pace.try_now(NOW.plus(1)));
        assert_eq!(pace.waiting(NOW.plus(1)), None);
        assert!(!pace.try_now(NOW.plus(1)));
    }

    #[test]
    fn a_shorter_refusal_does_not_end_a_longer_wait() {
        let mut pace = Pace::default();
        pace.refused(NOW, Some(60_000), 0);
        pace.refused(NOW, Some(5_000), 0);
        pace.not_reached(NOW, 0);
        assert_eq!(until(&mut pace, NOW), Some(60_000));
        pace.reached();
        assert_eq!(until(&mut pace, NOW), Some(60_000), "the network's return changes no limit");
    }

    #[test]
    fn a_network_that_is_back_ends_its_wait() {
        let mut pace = Pace::default();
        pace.not_reached(NOW, 0);
        pace.not_reached(NOW, 0);
        assert_eq!(until(&mut pace, NOW), Some(4_000));
        pace.reached();
        assert_eq!(pace.waiting(NOW), None);
    }

    #[test]
    fn a_sleep_counts_as_waiting() {
        let mut pace = Pace::default();
        pace.refused(NOW, Some(60_000), u16::MAX);
        assert_eq!(pace.waiting(NOW.plus(3_600_000)), None);
    }

    proptest! {
        #[test]
        fn waits_as_long_as_said_and_little_more(said in 1..10_000_000_u64, fraction: u16) {
            let mut pace = Pace::default();
            prop_assert_eq!(pace.refused(NOW, Some(said), fraction), said);
            let wait = until(&mut pace, NOW).expect("a wait");
            prop_assert!(wait >= said && (wait - said) * 50 <= said, "{wait} for {said}");
        }

        #[test]
        fn no_clock_makes_a_wait_endless(
            said: u64,
            jumps in prop::collection::vec(-10_000_000_i64..10_000_000, 0..9),
        ) {
            let mut pace = Pace::default();
            pace.refused(NOW, Some(said), u16::MAX);
            let mut now = NOW;
            for jump in jumps {
                now = Time(now.0.saturating_add_signed(jump));
                if let Some(wait) = pace.waiting(now) {
                    prop_assert!(wait.from <= now && now < wait.until);
                    prop_assert!(wait.until.since(now) <= LONGEST_WAIT_MS + LONGEST_WAIT_MS / 50);
                }
            }
            prop_assert_eq!(pace.waiting(now.plus(2 * LONGEST_WAIT_MS)), None);
        }
    }
}
