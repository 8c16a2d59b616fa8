//! Tasks that build programs of this workspace and start them: run, demo, screens, bench.
//!
//! Debug builds always name the whole workspace and pick programs from it: cargo then settles on
//! one set of features for all tasks, and no dependency is compiled twice. Release builds name
//! the packages, so that nothing a test asks for gets into what is shipped.

use crate::command::{become_it, cargo, make_folder, succeed};
use crate::needs::Purpose;
use crate::{Outcome, bundle, no_more, places, setup};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// Tests of the journey that leave screenshots; see `tests/suite`.
const SCREENS_TESTS: &str = "screens";

/// Builds the app and starts it.
pub fn run(arguments: Vec<String>) -> Outcome {
    setup::prepare(Purpose::Run)?;
    build(&["galaxy-chat"])?;
    become_it(Command::new(places::built("debug", "galaxy-chat")).args(arguments))
}

/// Builds the app and starts it on a homeserver of its own.
pub fn demo(arguments: Vec<String>) -> Outcome {
    setup::prepare(Purpose::Demo)?;
    build(&["galaxy-chat", "galaxy-chat-demo"])?;
    let mut demo = Command::new(places::built("debug", "galaxy-chat-demo"));
    become_it(with_places(&mut demo, "debug").args(arguments))
}

/// Walks through the window and keeps a picture of each step.
pub fn screens(rest: &[String]) -> Outcome {
    no_more(rest)?;
    setup::prepare(Purpose::Test)?;
    build(&["galaxy-chat"])?;
    make_folder(&places::screens())?;
    let start = SystemTime::now();
    let mut tests = cargo(&["test", "--locked", "--workspace", "--test", "suite"]);
    tests.args([SCREENS_TESTS, "--", "--include-ignored", "--nocapture"]);
    succeed(with_places(&mut tests, "debug"))?;
    let pictures = pictures_since(start, &places::screens());
    if pictures.is_empty() {
        return Err(format!("the tests named “{SCREENS_TESTS}” left no picture"));
    }
    let folder = places::screens();
    println!("\n{} pictures in {}:", pictures.len(), folder.display());
    for picture in pictures {
        println!("    {}", picture.strip_prefix(&folder).unwrap_or(&picture).display());
    }
    Ok(())
}

/// Measures a release build against its controls.
pub fn bench(names: Vec<String>) -> Outcome {
    setup::prepare(Purpose::Test)?;
    build_release(&["galaxy-chat", "galaxy-chat-empty-window"])?;
    build_release(&["galaxy-chat-tests"])?;
    let mut bench = Command::new(places::built("release", "galaxy-chat-bench"));
    if cfg!(target_os = "linux") {
        bench.env("GALAXY_CHAT_DEB", bundle::deb("release")?);
    }
    become_it(with_places(&mut bench, "release").args(names))
}

/// Builds programs of the workspace for debugging.
pub fn build(programs: &[&str]) -> Outcome {
    let mut build = cargo(&["build", "--locked", "--workspace"]);
    succeed(build.args(programs.iter().flat_map(|program| ["--bin", program])))
}

/// Builds the programs of some packages as they are shipped.
pub fn build_release(packages: &[&str]) -> Outcome {
    let mut build = cargo(&["build", "--locked", "--release", "--bins"]);
    succeed(build.args(packages.iter().flat_map(|package| ["--package", package])))
}

/// Tells tests, demo and benchmarks where the app and the tools are.
pub fn with_places<'a>(command: &'a mut Command, profile: &str) -> &'a mut Command {
    command
        .env("GALAXY_CHAT_APP", places::built(profile, "galaxy-chat"))
        .env("GALAXY_CHAT_TOOLS", places::tools())
}

fn pictures_since(start: SystemTime, folder: &Path) -> Vec<PathBuf> {
    let mut pictures = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            pictures.extend(pictures_since(start, &path));
        } else if path.extension().is_some_and(|extension| extension == "png") {
            let changed = entry.metadata().and_then(|metadata| metadata.modified());
            let recent = changed.is_ok_and(|changed| changed >= start);
            pictures.extend(recent.then_some(path));
        }
    }
    pictures.sort();
    pictures
}
