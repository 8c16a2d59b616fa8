//! Fuzzing: everything that reads what strangers, servers, other programs or a damaged disk may
//! hand over is given random inputs. None may panic, or use more memory than an input of its size
//! has a right to.
//!
//! Inputs are made by a grammar from seeds (see [`generate`]), without looking at which code they
//! reach: instrumentation for coverage needs an unstable compiler. A sample runs with all other
//! tests. For as long as one likes:
//!
//! ```text
//! GALAXY_CHAT_FUZZ_SECONDS=3600 cargo test -p galaxy-chat-core --lib fuzz::for_a_time \
//!     -- --ignored --nocapture
//! ```
//!
//! `GALAXY_CHAT_FUZZ_SEED` chooses other inputs, `GALAXY_CHAT_FUZZ_TARGET` one target.

mod generate;
mod run;
mod seeds;
mod targets;

use std::{
    env,
    time::{Duration, Instant},
};

use self::{
    generate::Grammar,
    run::{Fuzzing, MAX_PEAK_BYTES, Target},
};

/// The first inputs of every target in a usual run of the tests.
const CASES: u32 = 2_000;

/// The same in a full one.
const FULL_CASES: u32 = 40_000;

/// The seed of the inputs, unless another is asked for.
const SEED: u64 = 1;

/// How long each target runs before it is the next one's turn, in a run for a time.
const TURN: Duration = Duration::from_secs(10);

#[test]
fn no_input_panics_or_takes_memory_without_bound() {
    let cases = if env::var_os("GALAXY_CHAT_FULL").is_some() { FULL_CASES } else { CASES };
    let mut failures = Vec::new();
    for target in targets::all() {
        let mut fuzzing = Fuzzing::new(target, SEED);
        for _ in 0..cases {
            fuzzing.step();
        }
        println!("{fuzzing}");
        failures.extend(fuzzing.failures().to_owned());
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
#[ignore = "runs for GALAXY_CHAT_FUZZ_SECONDS"]
fn for_a_time() {
    let number = |name| env::var(name).ok().and_then(|value| value.parse().ok());
    let end =
        Instant::now() + Duration::from_secs(number("GALAXY_CHAT_FUZZ_SECONDS").unwrap_or(60));
    let seed = number("GALAXY_CHAT_FUZZ_SEED").unwrap_or(SEED);
    let wanted = env::var("GALAXY_CHAT_FUZZ_TARGET").ok();
    let mut all = targets::all();
    all.retain(|target| wanted.as_deref().is_none_or(|wanted| wanted == target.name));
    assert!(!all.is_empty(), "no such target");
    let mut all: Vec<_> = all.into_iter().map(|target| Fuzzing::new(target, seed)).collect();
    while Instant::now() < end {
        for fuzzing in &mut all {
            let turn = end.min(Instant::now() + TURN);
            while Instant::now() < turn {
                fuzzing.step();
            }
            println!("{fuzzing}");
        }
    }
    println!("At the end:");
    let mut failures = 0;
    for fuzzing in &all {
        println!("{fuzzing}\n  slowest: \"{}\"", fuzzing.slowest());
        fuzzing.failures().iter().for_each(|failure| println!("  {failure}"));
        failures += fuzzing.failures().len();
    }
    assert_eq!(failures, 0);
}

/// A target that fails on inputs with this in them.
const PLANTED: &[u8] = b"matrix.to";

fn has_planted(input: &[u8]) -> bool {
    input.windows(PLANTED.len()).any(|part| part == PLANTED)
}

#[test]
fn a_planted_panic_is_found_and_its_input_reduced() {
    let target = Target {
        name: "planted panic",
        grammar: Grammar::Text(seeds::LINK_SCRAPS),
        seeds: seeds::links(),
        run: |input| assert!(!has_planted(input), "planted"),
    };
    let mut fuzzing = Fuzzing::new(target, SEED);
    (0..CASES).for_each(|_| fuzzing.step());
    let [failure] = fuzzing.failures() else { panic!("one kind of failure: {fuzzing}") };
    assert!(failure.contains("planted") && failure.ends_with("\"matrix.to\""), "{failure}");
}

#[test]
fn planted_memory_is_found() {
    let target = Target {
        name: "planted memory",
        grammar: Grammar::Text(seeds::LINK_SCRAPS),
        seeds: seeds::links(),
        run: |input| {
            if has_planted(input) {
                let bytes = usize::try_from(MAX_PEAK_BYTES).expect("fits") + 1;
                std::hint::black_box(Vec::<u8>::with_capacity(bytes));
            }
        },
    };
    let mut fuzzing = Fuzzing::new(target, SEED);
    (0..CASES).for_each(|_| fuzzing.step());
    let [failure] = fuzzing.failures() else { panic!("one kind of failure: {fuzzing}") };
    assert!(failure.contains("bytes of memory"), "{failure}");
}
