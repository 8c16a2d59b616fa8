use matrix_sdk::ruma::MilliSecondsSinceUnixEpoch;

/// How far ahead of this computer's clock a server's may be.
const MAX_CLOCK_SKEW_MS: u64 = 24 * 60 * 60 * 1000;

/// The latest time that JavaScript's dates can hold: 100 million days after the epoch.
///
/// Source: ECMA-262, "Time Values and Time Range".
const MAX_JAVASCRIPT_MS: u64 = 8_640_000_000_000_000;

/// A time that a server claims, in milliseconds since the Unix epoch, as it may cross to the window:
/// not more than a day ahead, whatever was claimed, so that every calendar can show it.
pub fn millis(time: MilliSecondsSinceUnixEpoch) -> u64 {
    bounded(time.get().into(), MilliSecondsSinceUnixEpoch::now().get().into())
}

/// A time in the past that a server claims: not ahead of this computer's clock.
pub fn past_millis(time: MilliSecondsSinceUnixEpoch) -> u64 {
    millis(time).min(MilliSecondsSinceUnixEpoch::now().get().into())
}

fn bounded(time_ms: u64, now_ms: u64) -> u64 {
    time_ms.min(now_ms.saturating_add(MAX_CLOCK_SKEW_MS)).min(MAX_JAVASCRIPT_MS)
}

#[cfg(test)]
mod tests {
    use matrix_sdk::ruma::UInt;
    use proptest::prelude::*;

    use super::*;

    /// The largest time that an event can claim.
    const MAX_EVENT_MS: u64 = (1 << 53) - 1;

    fn claimed(time_ms: u64) -> MilliSecondsSinceUnixEpoch {
        MilliSecondsSinceUnixEpoch(UInt::try_from(time_ms).expect("an event can claim it"))
    }

    #[test]
    fn sound_times_stay_and_the_others_are_cut() {
        let now = u64::from(MilliSecondsSinceUnixEpoch::now().get());
        for sound in [0, 1, 1_700_000_000_000, now, now + MAX_CLOCK_SKEW_MS - 1] {
            assert_eq!(millis(claimed(sound)), sound);
        }
        for wrong in [now + 2 * MAX_CLOCK_SKEW_MS, MAX_JAVASCRIPT_MS + 1, MAX_EVENT_MS] {
            let shown = millis(claimed(wrong));
            assert!((now..=now + MAX_CLOCK_SKEW_MS + 60_000).contains(&shown), "{shown}");
            assert!(past_millis(claimed(wrong)) < now + 60_000);
        }
    }

    proptest! {
        #[test]
        fn every_time_can_be_drawn(
            time_ms in prop_oneof![
                Just(0),
                Just(MAX_JAVASCRIPT_MS),
                Just(MAX_JAVASCRIPT_MS + 1),
                Just(MAX_EVENT_MS),
                Just(u64::MAX),
                any::<u64>(),
            ],
            now_ms in prop_oneof![Just(0), Just(u64::MAX), any::<u64>()],
        ) {
            let shown = bounded(time_ms, now_ms);
            prop_assert!(shown <= MAX_JAVASCRIPT_MS && shown <= time_ms);
            prop_assert!(shown <= now_ms.saturating_add(MAX_CLOCK_SKEW_MS));
        }
    }
}
