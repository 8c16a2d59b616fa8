//! Benchmarks: what Galaxy Chat costs beside the least that the same thing can cost.
//!
//! Each figure is one JSON line on standard output; what is going on is told on standard error. A value
//! and its control are measured in turn, so that a machine that is busy for a while slows both down.
//!
//! | figure | value | control |
//! | --- | --- | --- |
//! | `start_to_guide` | from the start to the guide's text on the screen | an empty Tauri window's one word |
//! | `memory_guide` | memory while the guide is read | the empty window |
//! | `memory_lobby` | memory while signed in, with the Lobby open | the empty window |
//! | `sign_in_to_lobby` | from pressing *Sign in* to the Lobby's messages | the same requests, made bare |
//! | `catalogue_ready` | from the window's first words to a window full of rooms, and one found | 100 ms |
//! | `join_71_unlimited` | 71 rooms joined, where the server has no limits | the same joins, made bare |
//! | `join_71_limited` | the same at Synapse's own pace, once | the least that this takes |
//! | `estimate_error` | how far off the time that was told at half-way was | 15 % of what was left |
//! | `hostile_message_ms` | from the answer that brings the worst message until the one behind it is drawn | a plain message |
//! | `hostile_message_memory` | the most that reading the worst message takes in addition | a plain message |
//! | `binary_size`, `deb_size` | the stripped program, and the package | the most that they may have |

mod catalogue;
mod figure;
mod hostile;
mod joins;
mod memory;
mod program;
mod sign_in;
mod size;
mod start;

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};

use self::figure::Measured;

const NAMES: [&str; 12] = [
    "start_to_guide",
    "memory_guide",
    "memory_lobby",
    "sign_in_to_lobby",
    "catalogue_ready",
    "join_71_unlimited",
    "join_71_limited",
    "estimate_error",
    "hostile_message_ms",
    "hostile_message_memory",
    "binary_size",
    "deb_size",
];

#[tokio::main]
async fn main() -> ExitCode {
    let asked: Vec<String> = env::args().skip(1).collect();
    if let Some(unknown) = asked.iter().find(|name| !NAMES.contains(&name.as_str())) {
        eprintln!("There is no figure “{unknown}”; there are {}.", NAMES.join(", "));
        return ExitCode::from(2);
    }
    let mut all_measured = true;
    for name in NAMES {
        if !asked.is_empty() && !asked.iter().any(|one| one == name) {
            continue;
        }
        eprintln!("{name}:");
        match measure(name).await {
            Ok(measured) => println!("{}", measured.line(name)),
            Err(error) => {
                eprintln!("  not measured: {error:#}");
                all_measured = false;
            }
        }
    }
    if all_measured { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn measure(name: &str) -> Result<Measured> {
    match name {
        "start_to_guide" => start::to_guide().await,
        "memory_guide" => memory::guide().await,
        "memory_lobby" => memory::lobby().await,
        "sign_in_to_lobby" => sign_in::to_lobby().await,
        "catalogue_ready" => catalogue::ready().await,
        "join_71_unlimited" => joins::unlimited().await,
        "join_71_limited" => joins::limited().await,
        "estimate_error" => joins::estimate_error().await,
        "hostile_message_ms" => hostile::time().await,
        "hostile_message_memory" => hostile::memory().await,
        "binary_size" => size::binary(),
        "deb_size" => size::deb(),
        _ => bail!("nobody knows how"),
    }
}
