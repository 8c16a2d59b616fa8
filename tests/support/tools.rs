//! Where the tools, the app and the output folder are.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// Cargo's target folder, found from the program that is running.
///
/// # Errors
/// The program was moved out of the folder it was built into.
pub fn target() -> Result<PathBuf> {
    let program = env::current_exe()?;
    // Cargo marks its target folder with this file.
    let folder = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    folder
        .map(Path::to_owned)
        .with_context(|| format!("{} is not in a cargo target folder", program.display()))
}

/// The Python that has Synapse.
pub fn synapse_python() -> Result<PathBuf> {
    present(tools()?.join("synapse/bin/python"))
}

/// Node.js: the one that setup brought, else the system's.
pub fn node() -> Result<PathBuf> {
    match tools()?.join("node/bin/node") {
        path if path.is_file() => Ok(path),
        _ => program("node"),
    }
}

/// The package that the authorization server is made with.
pub fn oidc_provider() -> Result<PathBuf> {
    present(tools()?.join("auth-server/node_modules/oidc-provider/lib/index.js"))
}

/// The authorization server's folder.
pub fn auth_server() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("auth-server")
}

/// axe-core's single file, which looks for accessibility faults in a page.
pub fn axe() -> Result<PathBuf> {
    present(tools()?.join("npm/node_modules/axe-core/axe.min.js"))
}

/// The app under test: `GALAXY_CHAT_APP`, or what `cargo build` made.
pub fn app() -> Result<PathBuf> {
    if let Some(path) = env::var_os("GALAXY_CHAT_APP") {
        return Ok(PathBuf::from(path));
    }
    built("galaxy-chat")
}

/// The empty Tauri window that benchmarks compare the app with, from the same profile as the app.
pub fn empty_window() -> Result<PathBuf> {
    let name = "galaxy-chat-empty-window";
    match app()?.with_file_name(name) {
        path if path.is_file() => Ok(path),
        _ => built(name),
    }
}

/// The bundled catalogue of rooms.
pub fn catalogue() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue/rooms.toml")
}

/// A folder for screenshots, made if need be.
pub fn screens(set: &str) -> Result<PathBuf> {
    let folder = target()?.join("screens").join(set);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A program of the system, found as the shell finds it.
pub fn program(name: &str) -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    found.with_context(|| format!("{name} is not installed: run `cargo xtask setup`"))
}

fn tools() -> Result<PathBuf> {
    match env::var_os("GALAXY_CHAT_TOOLS") {
        Some(folder) => Ok(PathBuf::from(folder)),
        None => Ok(target()?.join("tools")),
    }
}

fn built(name: &str) -> Result<PathBuf> {
    let file = target()?.join("debug").join(name);
    if !file.is_file() {
        bail!(
            "{} is missing: run `cargo build --workspace`, or `cargo xtask test`",
            file.display()
        );
    }
    Ok(file)
}

fn present(file: PathBuf) -> Result<PathBuf> {
    if !file.is_file() {
        bail!("{} is missing: run `cargo xtask setup`", file.display());
    }
    Ok(file)
}
