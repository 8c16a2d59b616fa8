//! Runs a target on one input after the other, and keeps account.

use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use super::generate::{Generator, Grammar};

/// Memory that one input may take at once. An input has at most 64 KiB.
pub const MAX_PEAK_BYTES: u64 = 32 * 1024 * 1024;

/// After this long an input counts as one that never comes to its end. It ends the program.
const HANG_TIMEOUT: Duration = Duration::from_mins(5);

/// So many tries to make an input that fails shorter.
const MAX_REDUCTIONS: usize = 2_000;

/// How much of an input is shown.
const MAX_SHOWN_BYTES: usize = 400;

/// Something that reads inputs.
pub struct Target {
    /// What it is called in reports.
    pub name: &'static str,
    /// What its inputs are made of.
    pub grammar: Grammar,
    /// Inputs to begin with.
    pub seeds: Vec<Vec<u8>>,
    /// Reads an input. Panics where what it has read is not sound.
    pub run: fn(&[u8]),
}

/// A target while it is fuzzed. Shows a line of figures.
pub struct Fuzzing {
    target: Target,
    generator: Generator,
    watch: Sender<Option<Vec<u8>>>,
    cases: u64,
    slowest: (Duration, Vec<u8>),
    largest: (u64, Vec<u8>),
    /// One for each kind.
    kinds: Vec<String>,
    failures: Vec<String>,
}

/// What an input did.
struct Outcome {
    time: Duration,
    peak_bytes: u64,
    failure: Option<String>,
}

impl Fuzzing {
    pub fn new(target: Target, seed: u64) -> Self {
        let salt =
            target.name.bytes().fold(seed, |salt, byte| salt.rotate_left(5) ^ u64::from(byte));
        Self {
            generator: Generator::new(salt, target.grammar, target.seeds.clone()),
            watch: watch(target.name),
            target,
            cases: 0,
            slowest: Default::default(),
            largest: Default::default(),
            kinds: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Runs the next input. The seeds themselves come first.
    pub fn step(&mut self) {
        let input = self.generator.next();
        let outcome = self.run(&input);
        self.cases += 1;
        if let Some(kind) = outcome.failure
            && !self.kinds.contains(&kind)
        {
            let reduced = self.reduce(input.clone(), &kind);
            let name = self.target.name;
            self.failures.push(format!("{name}: {kind}: \"{}\"", reduced.escape_ascii()));
            self.kinds.push(kind);
        }
        if outcome.time > self.slowest.0 {
            self.slowest = (outcome.time, input.clone());
        }
        if outcome.peak_bytes > self.largest.0 {
            self.largest = (outcome.peak_bytes, input);
        }
    }

    /// What failed, with the shortest input that was found for it.
    pub fn failures(&self) -> &[String] {
        &self.failures
    }

    /// The beginning of the input that took the longest.
    pub fn slowest(&self) -> String {
        let input = &self.slowest.1;
        input[..input.len().min(MAX_SHOWN_BYTES)].escape_ascii().to_string()
    }

    fn run(&self, input: &[u8]) -> Outcome {
        // Its thread lives as long as `self`.
        let _ = self.watch.send(Some(input.to_owned()));
        let start = Instant::now();
        let mut result = Ok(());
        let memory = allocation_counter::measure(|| {
            result = catch_unwind(AssertUnwindSafe(|| (self.target.run)(input)));
        });
        let time = start.elapsed();
        let _ = self.watch.send(None);
        let failure = match result {
            Err(panic) => Some(format!("panic: {}", words(&*panic))),
            Ok(()) if memory.bytes_max > MAX_PEAK_BYTES => {
                Some(format!("more than {MAX_PEAK_BYTES} bytes of memory"))
            }
            Ok(()) => None,
        };
        Outcome { time, peak_bytes: memory.bytes_max, failure }
    }

    /// Takes parts out of an input as long as it fails in the same way.
    fn reduce(&self, mut input: Vec<u8>, kind: &str) -> Vec<u8> {
        let mut tries = 0;
        let mut length = input.len() / 2;
        while length > 0 {
            let mut at = 0;
            while at < input.len() && tries < MAX_REDUCTIONS {
                let end = input.len().min(at + length);
                let shorter = [&input[..at], &input[end..]].concat();
                tries += 1;
                if self.run(&shorter).failure.as_deref() == Some(kind) {
                    input = shorter;
                } else {
                    at = end;
                }
            }
            length /= 2;
        }
        input
    }
}

impl fmt::Display for Fuzzing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (slowest, largest) = (&self.slowest, &self.largest);
        write!(
            f,
            "{:<16} {:>9} cases, slowest {:>8.2} ms ({} bytes), largest peak {:>6} KiB ({} bytes), \
             failures {}",
            self.target.name,
            self.cases,
            slowest.0.as_secs_f64() * 1000.0,
            slowest.1.len(),
            largest.0 / 1024,
            largest.1.len(),
            self.failures.len(),
        )
    }
}

/// Watches that each input comes to its end.
fn watch(name: &'static str) -> Sender<Option<Vec<u8>>> {
    let (sender, inputs) = channel();
    thread::spawn(move || {
        let mut running: Option<Vec<u8>> = None;
        loop {
            match inputs.recv_timeout(HANG_TIMEOUT) {
                Ok(input) => running = input,
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(input) = &running {
                        eprintln!("{name}: no end on \"{}\"", input.escape_ascii());
                        std::process::abort();
                    }
                }
            }
        }
    });
    sender
}

/// What a panic said, without what is in it of the input, so that a kind counts once.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?");
    text.lines().next().unwrap_or_default().chars().filter(|c| !c.is_numeric()).take(60).collect()
}
