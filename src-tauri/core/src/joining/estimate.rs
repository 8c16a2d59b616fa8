//! How long the rest of a plan takes, from what was observed.
//!
//! A homeserver limits joins by a bucket that leaks: a burst goes through, then one join at each
//! interval. With each refusal it says when the next join goes through. These openings are what
//! the interval is learned from, because they come at the limit's pace however long the joins
//! themselves take. Nothing is assumed of burst or interval before they were seen.

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::pace::Time;

/// More joins than Synapse lets through in one burst unless told otherwise. Where as many went
/// through without a refusal there may be no limit.
const PAST_A_BURST: u32 = 11;

/// So many measurements of a server's rooms say more of them than those of all.
const ENOUGH: f64 = 1.5;

/// A range so many times as wide tells far less.
const CLEARER: f64 = 3.0;

/// What is left of a cost's weight with each later one: a limit may begin late.
const FADING: f64 = 0.9;

/// Seconds by which an opening may be said too late.
const ROUNDING: f64 = 1.0;

/// What a wait may have on top.
const MOST_JITTER: f64 = 0.02;

/// More than any of the sums of measurements becomes.
const LARGEST: f64 = 1e40;

/// How many standard deviations the range has to either side.
const WIDTH: f64 = 2.0;

/// What the joins still to be made mostly wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The homeserver's limit on joins.
    Limit,
    /// The time that each join takes.
    Answers,
}

/// How long the rest takes, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Hardly less than this.
    pub low_ms: u64,
    /// Most likely this.
    pub likely_ms: u64,
    /// Hardly more than this.
    pub high_ms: u64,
    /// What most of it is.
    pub bound: Bound,
    /// Milliseconds for each join.
    pub each_ms: u64,
}

/// What was observed. Kept with the plan: a limit outlives a restart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    all: Rooms,
    /// Rooms of one server are alike: they take about as long, and where the homeserver has to
    /// join them through another server they have a stricter limit.
    servers: BTreeMap<String, Rooms>,
    limit: Limit,
    /// When the last answer came, in this stretch.
    last: Option<Time>,
}

/// What joins of some rooms took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Rooms {
    /// Seconds for which each held up the next.
    answers: Spread,
    /// Seconds from the answer before to the answer, waits included, since there were any.
    costs: Spread,
}

impl Estimate {
    /// The join of a room was answered, other than by a refusal for its pace, after holding up the
    /// next one for so many milliseconds. `server` is the one in the room's alias or id.
    pub fn answered(&mut self, server: &str, held_ms: u64, now: Time) {
        let last = self.last.replace(now).filter(|_| self.limit.opening.is_some());
        for rooms in [&mut self.all, self.servers.entry(server.to_owned()).or_default()] {
            rooms.answers.add(seconds(held_ms), 1);
            if let Some(last) = last {
                rooms.costs.fade(FADING);
                rooms.costs.add(seconds(now.since(last)), 1);
            }
        }
        self.limit.answered();
    }

    /// The homeserver refused a join for its pace until a moment.
    pub fn refused(&mut self, until: Time) {
        self.limit.refused(until);
    }

    /// The plan stood still for a reason that is not the homeserver's: what went by says nothing
    /// of its limit.
    pub fn interrupted(&mut self) {
        self.limit.mark = None;
        self.last = None;
    }

    /// Forgets what was taken up from a file and cannot have been measured: gone on with, it might become
    /// what no file can hold.
    pub fn drop_unsound(&mut self) {
        let is_sound = |rooms: &Rooms| rooms.answers.is_sound() && rooms.costs.is_sound();
        let sound = is_sound(&self.all)
            && self.servers.values().all(is_sound)
            && self.limit.intervals.is_sound();
        if !sound {
            *self = Self::default();
        }
    }

    /// How long it takes until so many more joins of rooms of each server have been asked for and,
    /// but for slow ones, answered; `None` as long as too little was seen.
    pub fn left(&self, now: Time, ahead: &BTreeMap<&str, u32>) -> Option<Left> {
        let joins: u32 = ahead.values().sum();
        if joins == 0 {
            return None;
        }
        let answers = self.sum(ahead, |rooms| &rooms.answers);
        let limit = self.limit.left(now, joins).map(|limit| self.by_limit(limit, now, ahead));
        if limit.is_none() && !self.limit.seems_absent(joins) {
            return None;
        }
        let limit = limit.unwrap_or_default();
        let range = limit.max(answers);
        let limited = limit.likely >= answers.likely;
        let (bound, each) = if limited {
            (Bound::Limit, self.limit.interval(now))
        } else {
            (Bound::Answers, answers.likely / f64::from(joins))
        };
        Some(Left {
            low_ms: milliseconds(range.low),
            likely_ms: milliseconds(range.likely),
            high_ms: milliseconds(range.high),
            bound,
            each_ms: milliseconds(each),
        })
    }

    /// Adds the last join to what the limit makes it wait. Where openings come at no even pace
    /// there are several limits: then each room costs what those of its server did. The same is
    /// tried where several servers have rooms ahead, unless it tells far less.
    fn by_limit(&self, limit: Range, now: Time, ahead: &BTreeMap<&str, u32>) -> Range {
        let last = self.all.answers.range(1.0, 0.0, self.all.answers.mean);
        let limit = limit.plus(last);
        if self.all.costs.count == 0.0 {
            return limit;
        }
        let wait = self.limit.opening.map_or(0, |opening| opening.at.since(now));
        let joins: u32 = ahead.values().sum();
        let mut costs = self.sum(ahead, |rooms| &rooms.costs);
        if wait > 0 {
            let others = f64::from(joins - 1) / f64::from(joins);
            costs = Range { likely: costs.likely * others, low: costs.low * others, ..costs };
            let wait = seconds(wait);
            costs = costs.plus(Range { low: wait, likely: wait, high: wait }).plus(last);
        }
        let is_clear = ahead.len() == 1 || costs.width() > CLEARER * limit.width();
        if self.limit.is_even() && is_clear { limit } else { costs }
    }

    /// So many more rooms of each server take as long as others of that server did.
    fn sum(&self, ahead: &BTreeMap<&str, u32>, of: impl Fn(&Rooms) -> &Spread) -> Range {
        let mut sum = Range::default();
        let mut off = (0.0, 0.0);
        for (server, joins) in ahead {
            let known = self.servers.get(*server).map(&of).filter(|spread| spread.count >= ENOUGH);
            let spread = known.unwrap_or(of(&self.all));
            let range = spread.range(f64::from(*joins), 0.0, spread.mean);
            sum.likely += range.likely;
            off.0 += (range.likely - range.low).powi(2);
            off.1 += (range.high - range.likely).powi(2);
        }
        sum.low = (sum.likely - off.0.sqrt()).max(0.0);
        sum.high = sum.likely + off.1.sqrt();
        sum
    }
}

/// What was observed of the homeserver's limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Limit {
    /// Joins that the homeserver let through, or refused for another reason than their pace.
    answered: u32,
    /// Seconds for each join from one opening to the next.
    intervals: Spread,
    /// The opening that the next interval is measured from.
    mark: Option<Opening>,
    /// The last opening.
    opening: Option<Opening>,
    /// The most joins that went through in a row.
    burst: u32,
}

/// The next join goes through from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Opening {
    at: Time,
    /// [`Limit::answered`] then.
    answered: u32,
}

impl Limit {
    fn answered(&mut self) {
        self.answered = self.answered.saturating_add(1);
        self.burst = self.burst.max(self.free());
    }

    fn refused(&mut self, until: Time) {
        let opening = Opening { at: until, answered: self.answered };
        match self.mark {
            // Refused again before anything went through: the time between belongs to the interval.
            Some(mark) if mark.answered == self.answered && mark.at <= until => {}
            Some(mark) if mark.at < until => {
                let joins = self.answered.saturating_sub(mark.answered).max(1);
                self.intervals.add(seconds(until.since(mark.at)) / f64::from(joins), joins);
                self.mark = Some(opening);
            }
            _ => self.mark = Some(opening),
        }
        self.opening = Some(opening);
    }

    /// Joins that went through since the last refusal.
    fn free(&self) -> u32 {
        self.answered.saturating_sub(self.opening.map_or(0, |opening| opening.answered))
    }

    /// A limit may begin with any join. Where almost as many went through as are left, it hardly
    /// matters any more.
    fn seems_absent(&self, joins: u32) -> bool {
        let free = self.free();
        free >= PAST_A_BURST && u64::from(free) * 3 >= u64::from(joins) * 2
    }

    /// Whether the openings are those of one bucket.
    fn is_even(&self) -> bool {
        self.intervals.variance().sqrt() <= self.intervals.mean / 2.0
    }

    /// When the last of so many joins goes through: when the bucket has leaked for all before it.
    /// An idle time fills up the burst again, and no more than that.
    fn left(&self, now: Time, joins: u32) -> Option<Range> {
        let opening = self.opening.filter(|_| self.intervals.count > 0.0)?;
        let interval = self.interval(now);
        let joins = f64::from(joins);
        let ahead = seconds(opening.at.since(now)) - seconds(now.since(opening.at));
        let since_opening = f64::from(self.free()) + joins - 1.0;
        let since_full = joins - f64::from(self.burst.max(1));
        let (count, start) = if ahead + since_opening * interval >= since_full * interval {
            (since_opening, ahead)
        } else {
            (since_full, 0.0)
        };
        let mut range = self.intervals.range(count.max(0.0), start, interval);
        // What is said in whole seconds is late by half of one. Where several go through at a time
        // the last ones make up for that.
        let single = self.intervals.count / self.intervals.weight;
        let early = if count > 0.0 { ROUNDING } else { 0.0 };
        range.low = (range.low - early).max(0.0);
        range.likely = (range.likely - early * (1.0 - single)).max(0.0);
        range.high = range.high.max(0.0) + ahead.max(0.0) * MOST_JITTER;
        Some(range)
    }

    /// Where more goes through in a row than ever before, the limit is not what it was.
    fn interval(&self, now: Time) -> f64 {
        let free = self.free();
        match self.opening {
            Some(opening) if free > PAST_A_BURST && free >= self.burst => {
                let weight = self.intervals.weight;
                let all = self.intervals.mean * weight + seconds(now.since(opening.at));
                self.intervals.mean.min(all / (weight + f64::from(free)))
            }
            _ => self.intervals.mean,
        }
    }
}

/// Seconds.
#[derive(Clone, Copy, Debug, Default)]
struct Range {
    low: f64,
    likely: f64,
    high: f64,
}

impl Range {
    fn width(&self) -> f64 {
        self.high - self.low
    }

    /// The later of two ends.
    fn max(self, other: Self) -> Self {
        Self {
            low: self.low.max(other.low),
            likely: self.likely.max(other.likely),
            high: self.high.max(other.high),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            low: self.low + other.low,
            likely: self.likely + other.likely,
            high: self.high + other.high,
        }
    }
}

/// Mean and variance of what was measured, in one pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Spread {
    /// How many joins it is about.
    weight: f64,
    /// Measurements.
    count: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    /// A measurement of `value` for each of so many joins together.
    fn add(&mut self, value: f64, joins: u32) {
        let joins = f64::from(joins);
        self.weight += joins;
        self.count += 1.0;
        let off = value - self.mean;
        self.mean += off * joins / self.weight;
        self.squares += joins * off * (value - self.mean);
    }

    /// Makes what was measured weigh less than what will be.
    fn fade(&mut self, by: f64) {
        for sum in [&mut self.weight, &mut self.count, &mut self.squares] {
            *sum *= by;
        }
    }

    fn is_sound(&self) -> bool {
        // The others may have been rounded to a little less than nothing.
        self.weight >= 0.0
            && self.count >= 0.0
            && [self.weight, self.count, self.mean, self.squares]
                .iter()
                .all(|number| number.abs() < LARGEST)
    }

    fn variance(&self) -> f64 {
        (self.squares / (self.count - 1.0).max(1.0)).max(0.0)
    }

    /// What so many more take, beginning at `start`: the mean is known the better the more was
    /// measured, and what is to come varies as what was.
    fn range(&self, joins: f64, start: f64, mean: f64) -> Range {
        let weight = self.weight.max(1.0);
        let scatter = WIDTH * (self.variance() * (joins + joins * joins / weight)).sqrt();
        let doubt = joins * mean / (weight + 1.0);
        let likely = start + joins * mean;
        let low = (likely - scatter - doubt).max(start);
        Range { low, likely, high: likely + scatter + doubt }
    }
}

fn seconds(ms: u64) -> f64 {
    Duration::from_millis(ms).as_secs_f64()
}

fn milliseconds(seconds: f64) -> u64 {
    let duration = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX);
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
