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
        span * self.per_mille() / 1000
    }

    /// So many of them, from all over the list; all of them where the long counts were asked for.
    pub fn some_of<T: Copy>(&mut self, all: &[T], number: usize) -> Vec<T> {
        if full() || number >= all.len() {
            return all.to_vec();
        }
        let first = usize::try_from(self.per_mille()).unwrap_or_default() * all.len() / 1000;
        (0..number).map(|index| all[(first + index * all.len() / number) % all.len()]).collect()
    }

    fn per_mille(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let per_mille = (mixed ^ (mixed >> 31)) % 1000;
        u32::try_from(per_mille).unwrap_or_default()
    }
}

/// Whether the long counts were asked for.
pub fn full() -> bool {
    std::env::var_os("GALAXY_CHAT_FULL").is_some()
}
