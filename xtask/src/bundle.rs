//! `cargo xtask bundle`: installable packages, made by Tauri's own bundler.

use crate::command::{quietly, remove_folder};
use crate::needs::Purpose;
use crate::{Outcome, deb, launch, no_more, places, setup, tools};
use std::fs;
use std::path::{Path, PathBuf};

/// Builds the app and makes this system's packages; `--try` also starts what the `.deb` installs.
pub fn task(rest: &[String]) -> Outcome {
    let unknown: Vec<String> =
        rest.iter().filter(|word| *word != "--debug" && *word != "--try").cloned().collect();
    no_more(&unknown)?;
    let asked = |flag: &str| rest.iter().any(|word| word == flag);
    let profile = if asked("--debug") { "debug" } else { "release" };
    setup::prepare(if asked("--try") { Purpose::Test } else { Purpose::Bundle })?;
    let build = if profile == "debug" { launch::build } else { launch::build_release };
    build(&["galaxy-chat"])?;
    let packages = bundle(profile, packages_of_this_system())?;
    for package in &packages {
        let size = fs::metadata(package).map_or(0, |metadata| metadata.len());
        println!("{}  {size} bytes", package.display());
    }
    let deb = packages.iter().find(|package| package.extension().is_some_and(|kind| kind == "deb"));
    if asked("--try") { deb::check(deb.ok_or("`--try` needs a .deb")?) } else { Ok(()) }
}

/// Makes the `.deb` of what cargo has built with `profile` (`debug` or `release`).
pub fn deb(profile: &str) -> Outcome<PathBuf> {
    let packages = bundle(profile, &["deb"])?;
    packages.into_iter().next().ok_or_else(|| "Tauri's bundler made no .deb".into())
}

/// What is made where. A Linux machine without the tools of the other family still makes both.
fn packages_of_this_system() -> &'static [&'static str] {
    match std::env::consts::OS {
        "macos" => &["app", "dmg"],
        "windows" => &["nsis", "msi"],
        _ => &["deb", "rpm"],
    }
}

/// Packs the program that cargo has built, and answers with the packages made.
///
/// Cargo is not left to the bundler: it would choose other features than the other tasks do, and
/// compile every dependency a second time.
fn bundle(profile: &str, kinds: &[&str]) -> Outcome<Vec<PathBuf>> {
    let output = places::target().join(profile).join("bundle");
    remove_folder(&output)?;
    let mut bundler = tools::npm_program("@tauri-apps/cli/tauri.js");
    bundler.args(["bundle", "--ci", "--no-sign", "--bundles", &kinds.join(",")]);
    if profile == "debug" {
        bundler.arg("--debug");
    }
    quietly(bundler.env("CARGO_TARGET_DIR", places::target()))?;
    let mut packages = Vec::new();
    for kind in kinds {
        packages.extend(in_folder(&output.join(if *kind == "app" { "macos" } else { kind })));
    }
    Ok(packages)
}

fn in_folder(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_package = |path: &PathBuf| {
        let extensions = ["deb", "rpm", "exe", "msi", "app", "dmg"];
        path.extension().is_some_and(|extension| extensions.iter().any(|known| extension == *known))
    };
    entries.map(|entry| entry.path()).filter(is_package).collect()
}
