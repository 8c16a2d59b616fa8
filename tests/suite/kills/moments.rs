//! Moments that nobody chose, and that come again with the same seed.

use std::time::Duration;

use anyhow::Result;

/// Random figures (`SplitMix64`).
pub struct Moments(u64);

impl Moments {
    /// With the seed that `GALAXY_CHAT_SEED` says, or the same as always; says which.
    pub fn start() -> Result<Self> {
        let seed = std::env::var("GALAXY_CHAT_SEED").map_or(Ok(1), |seed| seed.parse())?;
        println!("the seed is {seed}; GALAXY_CHAT_SEED sets another");
        Ok(Self(seed))
    }

    /// A moment within that time.
    pub fn within(&mut self, span: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let per_mille = (mixed ^ (mixed >> 31)) % 1000;
        span * u32::try_from(per_mille).unwrap_or_default() / 1000
    }
}

/// Whether the long counts were asked for.
pub fn full() -> bool {
    std::env::var_os("GALAXY_CHAT_FULL").is_some()
}
