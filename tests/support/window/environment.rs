//! What programs are told of the machine: only this, so that runs are alike.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

/// Gives a command the variables of a desktop session whose user has this home.
pub fn set(command: &mut Command, home: &Path, display: &str) -> Result<()> {
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([home.join("bin")].into_iter().chain(env::split_paths(&path)))?;
    let run = home.join("run");
    fs::create_dir_all(&run)?;
    fs::set_permissions(&run, Permissions::from_mode(0o700))?;
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .env("DISPLAY", display)
        .env("LANG", "C.UTF-8");
    for (name, folder) in
        [("DATA", "data"), ("CONFIG", "config"), ("CACHE", "cache"), ("STATE", "state")]
    {
        command.env(format!("XDG_{name}_HOME"), home.join(folder));
    }
    command.env("XDG_RUNTIME_DIR", &run);
    // No bus unless the caller gives one: an unset variable would make GLib start one.
    command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", run.join("no-bus").display()));
    command.env("NO_AT_BRIDGE", "1").env("GTK_THEME", "Adwaita");
    // Galaxy Chat sets it for itself; other windows get the same.
    command.env("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
    Ok(())
}
