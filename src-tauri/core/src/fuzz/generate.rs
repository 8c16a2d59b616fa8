//! Makes inputs: changes of seeds, scraps of a grammar in any order, one scrap very often.

use fastrand::Rng;
use serde_json::Value;

/// As much as fits into an event of 64 KiB.
const MAX_INPUT_BYTES: usize = 65_536;

/// What belongs nowhere, for every grammar.
const ODD: &[&str] = &[
    "\0",
    "\u{7f}",
    "\u{85}",
    "\u{ad}",
    "\u{200b}",
    "\u{202e}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffd}",
    "\u{1f468}\u{200d}\u{1f469}",
    "e\u{301}\u{301}\u{301}",
    "\u{e0041}",
    "\u{10ffff}",
    "İ",
    "ﷺ",
    "%",
    "%00",
    "%ff",
    "%2",
    "\\",
    "\"",
    "'",
    "\r\n",
    "  ",
    "é",
    "ß",
    "₿",
];

/// Numbers at the ends of what programs count with.
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1e400",
    "-1e400",
    "1e-400",
    "255",
    "256",
    "65536",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740991",
    "9007199254740992",
    "9223372036854775807",
    "18446744073709551615",
    "18446744073709551616",
    "0.1",
    "00",
    "99999999999999999999999999",
];

/// What inputs are made of.
#[derive(Clone, Copy)]
pub enum Grammar {
    /// Text, of these scraps.
    Text(&'static [&'static str]),
    /// JSON, whose values are changed as values, and whose text as text of these scraps.
    Json(&'static [&'static str]),
}

/// Makes inputs without end, the same for the same seed.
pub struct Generator {
    rng: Rng,
    grammar: Grammar,
    seeds: Vec<Vec<u8>>,
    made: usize,
}

impl Generator {
    pub fn new(seed: u64, grammar: Grammar, seeds: Vec<Vec<u8>>) -> Self {
        Self { rng: Rng::with_seed(seed), grammar, seeds, made: 0 }
    }

    /// The next input; the seeds come first, as they are.
    pub fn next(&mut self) -> Vec<u8> {
        self.made += 1;
        if let Some(seed) = self.seeds.get(self.made - 1) {
            return seed.clone();
        }
        let (scraps, json) = match self.grammar {
            Grammar::Text(scraps) => (scraps, false),
            Grammar::Json(scraps) => (scraps, true),
        };
        let mut input = match self.rng.u8(..10) {
            0 | 1 => self.any_order(scraps),
            2 => self.repeated(scraps),
            _ if json && self.rng.u8(..4) > 0 => self.changed_json(),
            _ => self.changed(scraps),
        };
        input.truncate(MAX_INPUT_BYTES);
        input
    }

    /// Small numbers mostly.
    fn count(&mut self, below: usize) -> usize {
        let limit = below >> self.rng.u32(..below.ilog2().max(1));
        self.rng.usize(..limit.max(2))
    }

    fn scrap(&mut self, scraps: &'static [&'static str]) -> &'static [u8] {
        let from = match self.rng.u8(..8) {
            0 => ODD,
            1 => NUMBERS,
            _ => scraps,
        };
        self.rng.choice(from).copied().unwrap_or_default().as_bytes()
    }

    fn any_order(&mut self, scraps: &'static [&'static str]) -> Vec<u8> {
        let count = self.count(2_048);
        (0..count).flat_map(|_| self.scrap(scraps)).copied().collect()
    }

    /// Some scraps, a few of them repeated, and some more: what nests, and what costs.
    fn repeated(&mut self, scraps: &'static [&'static str]) -> Vec<u8> {
        let mut input = Vec::new();
        for _ in 0..self.rng.usize(1..4) {
            let start = self.rng.usize(..3);
            input.extend((0..start).flat_map(|_| self.scrap(scraps)));
            let length = self.rng.usize(1..4);
            let part: Vec<u8> = (0..length).flat_map(|_| self.scrap(scraps)).copied().collect();
            let room = MAX_INPUT_BYTES / part.len().max(1);
            let count = self.count(room.max(2));
            input.extend(part.repeat(count));
        }
        input
    }

    fn seed(&mut self) -> Vec<u8> {
        let index = self.rng.usize(..self.seeds.len());
        self.seeds[index].clone()
    }

    fn changed(&mut self, scraps: &'static [&'static str]) -> Vec<u8> {
        let mut input = self.seed();
        for _ in 0..=self.count(16) {
            let start = self.rng.usize(..=input.len());
            let end = (start + self.count(64)).min(input.len());
            let with = match self.rng.u8(..8) {
                0 => Vec::new(),
                1 => input[start..end].repeat(self.count(1_024)),
                2 => self.seed(),
                3 => vec![self.rng.u8(..); self.rng.usize(1..4)],
                4 => {
                    let other = self.seed();
                    let from = self.rng.usize(..=other.len());
                    other[from..].to_owned()
                }
                _ => self.scrap(scraps).to_owned(),
            };
            // Some are put in, some put in place of what was there.
            let end = if self.rng.bool() { start } else { end };
            input.splice(start..end, with);
            input.truncate(MAX_INPUT_BYTES);
        }
        input
    }

    fn changed_json(&mut self) -> Vec<u8> {
        let seed = self.seed();
        let Ok(mut value) = serde_json::from_slice::<Value>(&seed) else { return seed };
        for _ in 0..=self.count(6) {
            self.change_value(&mut value);
        }
        value.to_string().into_bytes()
    }

    fn change_value(&mut self, value: &mut Value) {
        let stay = self.rng.u8(..4) == 0;
        match value {
            Value::Object(map) if !stay && !map.is_empty() => {
                let index = self.rng.usize(..map.len());
                let Some(name) = map.keys().nth(index).cloned() else { return };
                if self.rng.u8(..6) == 0 {
                    map.remove(&name);
                } else if let Some(value) = map.get_mut(&name) {
                    self.change_value(value);
                }
            }
            Value::Array(list) if !stay && !list.is_empty() => {
                let index = self.rng.usize(..list.len());
                if self.rng.u8(..6) == 0 {
                    let again = vec![list[index].clone(); self.count(256)];
                    list.extend(again);
                } else {
                    self.change_value(&mut list[index]);
                }
            }
            other => *other = self.odd_value(other),
        }
    }

    fn odd_value(&mut self, before: &Value) -> Value {
        match self.rng.u8(..8) {
            0 => Value::Null,
            1 => Value::Bool(self.rng.bool()),
            2 => Value::Array(vec![before.clone(); self.count(64)]),
            3 => serde_json::json!({ "a": before }),
            4 => Value::String(self.rng.choice(ODD).copied().unwrap_or_default().to_owned()),
            5 => Value::String("x".repeat(self.count(4_096))),
            _ => {
                let number = self.rng.choice(NUMBERS).copied().unwrap_or_default();
                serde_json::from_str(number).unwrap_or_else(|_| Value::String(number.to_owned()))
            }
        }
    }
}
