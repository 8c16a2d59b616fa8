//! Where things are: the repository, cargo's target folder, the tools folder.

use std::env;
use std::path::PathBuf;

/// The repository's root.
pub fn root() -> PathBuf {
    let manifest =
        env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let mut root = PathBuf::from(manifest);
    root.pop();
    root
}

/// Cargo's target folder: this program is `<target>/<profile>/xtask`, wherever the settings put it.
pub fn target() -> PathBuf {
    let program = env::current_exe().expect("the system tells a program its own path");
    program.ancestors().nth(2).expect("cargo builds programs two folders deep").to_path_buf()
}

/// Everything `setup` installs apart from system packages.
pub fn tools() -> PathBuf {
    target().join("tools")
}

/// Where tests leave screenshots.
pub fn screens() -> PathBuf {
    target().join("screens")
}

/// A program of this workspace, built with `profile` (`debug` or `release`).
pub fn built(profile: &str, program: &str) -> PathBuf {
    target().join(profile).join(format!("{program}{}", env::consts::EXE_SUFFIX))
}
