//! `cargo xtask test`: everything a change has to pass, in steps.

use crate::command::{cargo, on_path, quietly, succeed};
use crate::needs::Purpose;
use crate::{Outcome, bundle, deb, launch, places, setup, system, tools};
use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, fs, thread};

/// What was asked for on the command line.
#[derive(Default)]
struct Options {
    full: bool,
    keep_going: bool,
    filter: Option<String>,
}

/// How many tests run at once.
const THREADS: &str = "RUST_TEST_THREADS";

/// A heading and what is done under it.
type Step<'a> = (&'a str, &'a dyn Fn() -> Outcome);

/// Runs the steps in order; the cheap ones come first.
pub fn test(rest: &[String]) -> Outcome {
    let options = Options::parse(rest)?;
    let tree_before = if in_ci() { tree()? } else { String::new() };
    let prepared = || setup::prepare(Purpose::Test);
    let build = || launch::build(&["galaxy-chat", "galaxy-chat-demo", "galaxy-chat-empty-window"]);
    let tests = || cargo_test(&options);
    if options.filter.is_some() {
        return go_through(
            &[("Set-up", &prepared), ("Build", &build), ("Tests", &tests)],
            &options,
        );
    }
    let clean = || tree_is_still(&tree_before);
    let mut steps: Vec<Step<'_>> = vec![
        ("Set-up", &prepared),
        ("Format", &format),
        ("Clippy", &clippy),
        ("Licences, sources and bans of dependencies", &dependencies),
        ("Types of the window's scripts", &script_types),
        ("Vendored libraries", &vendored),
        ("Build", &build),
        ("Tests", &tests),
        ("Package in an empty Debian", &package),
    ];
    if in_ci() {
        steps.push(("Nothing in the tree was changed", &clean));
    }
    go_through(&steps, &options)
}

fn go_through(steps: &[Step<'_>], options: &Options) -> Outcome {
    let start = Instant::now();
    let mut failed = Vec::new();
    for (heading, step) in steps {
        println!("\n── {heading}");
        let step_start = Instant::now();
        let result = step();
        let seconds = step_start.elapsed().as_secs_f32();
        match result {
            Ok(()) => println!("   passed in {seconds:.1} s"),
            Err(error) if options.keep_going => {
                println!("   FAILED in {seconds:.1} s: {error}");
                failed.push(*heading);
            }
            Err(error) => return Err(format!("“{heading}” failed after {seconds:.1} s: {error}")),
        }
    }
    let total = start.elapsed().as_secs();
    println!("\n{} steps in {} min {} s", steps.len(), total / 60, total % 60);
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
}

impl Options {
    fn parse(rest: &[String]) -> Outcome<Self> {
        let mut options = Self::default();
        for argument in rest {
            match argument.as_str() {
                "--full" => options.full = true,
                "--keep-going" => options.keep_going = true,
                name if !name.starts_with('-') && options.filter.is_none() => {
                    options.filter = Some(name.to_owned());
                }
                unknown => {
                    return Err(format!("“{unknown}” is not understood; see `cargo xtask --help`"));
                }
            }
        }
        Ok(options)
    }
}

fn format() -> Outcome {
    succeed(&mut cargo(&["fmt", "--all", "--check"]))
}

fn clippy() -> Outcome {
    succeed(
        cargo(&["clippy", "--locked", "--workspace", "--all-targets"])
            .args(["--", "-D", "warnings"]),
    )
}

/// Offline once everything in the lock file is there; advisories are the release's business.
fn dependencies() -> Outcome {
    succeed(&mut cargo(&["fetch", "--locked", "--quiet"]))?;
    let mut deny = tools::deny_program();
    deny.args([
        "--offline",
        "--locked",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]);
    succeed(deny.current_dir(places::root()))
}

fn script_types() -> Outcome {
    succeed(tools::npm_program("typescript/bin/tsc").args([
        "--noEmit",
        "--project",
        "xtask/node/tsconfig.json",
    ]))
}

/// The files in `ui/vendor` are what the pinned packages give.
fn vendored() -> Outcome {
    let folder = places::root().join("ui/vendor");
    let before = contents(&folder)?;
    let mut vendor = tools::node_program("node");
    vendor.arg("xtask/node/vendor.mjs").current_dir(places::root());
    succeed(vendor.env("GALAXY_CHAT_TOOLS", places::tools()))?;
    if contents(&folder)? == before {
        return Ok(());
    }
    Err("ui/vendor was not what the pinned packages give; it is now, so look at the difference \
         and keep it"
        .into())
}

fn contents(folder: &Path) -> Outcome<BTreeMap<PathBuf, Vec<u8>>> {
    let unreadable = |error| format!("cannot read {}: {error}", folder.display());
    let mut contents = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        contents.insert(file.clone(), fs::read(&file).map_err(unreadable)?);
    }
    Ok(contents)
}

fn cargo_test(options: &Options) -> Outcome {
    let mut tests = cargo(&["test", "--locked", "--workspace"]);
    tests.args(&options.filter);
    // Most of a test's time is spent waiting for servers and windows.
    if env::var_os(THREADS).is_none() {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        tests.env(THREADS, (cores + 1).to_string());
    }
    // Why a test failed is in its reasons and in what the page says, which frames of the runtime hide.
    tests.env("RUST_LIB_BACKTRACE", "0");
    if options.full {
        tests.env("GALAXY_CHAT_FULL", "1");
    }
    succeed(launch::with_places(&mut tests, "debug"))
}

/// Only where it can be done: making a Debian root takes Debian's tools and root's rights.
fn package() -> Outcome {
    if on_path("debootstrap").is_none() || !system::is_root() {
        println!("   SKIPPED: it needs Debian or a relative of it, and root's rights");
        return Ok(());
    }
    let package = bundle::deb("debug")?;
    deb::check(&package)
}

fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| value == "true")
}

fn tree() -> Outcome<String> {
    quietly(Command::new("git").args(["status", "--porcelain"]).current_dir(places::root()))
}

fn tree_is_still(before: &str) -> Outcome {
    let after = tree()?;
    if after == before {
        return Ok(());
    }
    Err(format!("a step changed files of the repository. Before:\n{before}After:\n{after}"))
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn parse(words: &[&str]) -> Result<Options, String> {
        Options::parse(&words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn a_misspelt_option_is_refused_and_not_taken_for_a_filter() {
        assert!(parse(&["--ful"]).is_err());
        assert!(parse(&["journey", "guide"]).is_err());
    }

    #[test]
    fn options_and_a_filter_are_understood_in_any_order() {
        let options =
            parse(&["--full", "journey", "--keep-going"]).expect("all of these are known");
        assert!(options.full && options.keep_going);
        assert_eq!(options.filter.as_deref(), Some("journey"));
    }
}
