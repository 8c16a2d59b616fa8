//! Galaxy Chat: the shortest safe way from "ask on Matrix" to a first answered message.
#![recursion_limit = "256"]
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod shell;

use std::process::ExitCode;

fn main() -> ExitCode {
    shell::run()
}
