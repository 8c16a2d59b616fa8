//! `cargo xtask`: the tasks of this repository.
//!
//! Depends on nothing but the standard library, so that it is compiled in seconds on a machine
//! that has only Rust and a C compiler, and can bring everything else.

mod bundle;
mod check;
mod command;
mod deb;
mod launch;
mod needs;
mod places;
mod setup;
mod system;
mod tools;

use std::process::ExitCode;

/// What every task answers: nothing, or one sentence for the person who started it.
type Outcome<T = ()> = Result<T, String>;

const HELP: &str = "\
Tasks of Galaxy Chat. Each installs what it needs and says so.

    cargo xtask run [ARGUMENTS]     build the app and start it
    cargo xtask demo [ARGUMENTS]    the app on a homeserver of its own, filled with Galaxy's rooms
    cargo xtask test [FILTER]       everything a change has to pass; with FILTER, only the tests so named
                 --full             long counts where a test takes samples
                 --keep-going       go on after a step that failed
    cargo xtask screens             screenshots of the whole journey, light and dark
    cargo xtask bench [NAME...]     measure a release build, one JSON line for each figure
    cargo xtask bundle              make this system's installable packages
                 --debug            of the debug build, as the tests do
                 --try              and start what the .deb installs, in an empty Debian (as root)
    cargo xtask setup               install what all of these need

ARGUMENTS go to the app (see `cargo xtask run --help`) or to the demo.
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match perform(&task, rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("\nxtask: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: &str, rest: Vec<String>) -> Outcome {
    let asks_for_help = rest.iter().any(|word| word == "--help" || word == "-h");
    match task {
        "run" => launch::run(rest),
        "demo" => launch::demo(rest),
        "test" | "screens" | "bench" | "bundle" | "setup" if asks_for_help => {
            perform("help", Vec::new())
        }
        "test" => check::test(&rest),
        "screens" => launch::screens(&rest),
        "bench" => launch::bench(rest),
        "bundle" => bundle::task(&rest),
        "setup" => setup::task(&rest),
        "" | "help" | "-h" | "--help" => {
            print!("{HELP}");
            Ok(())
        }
        unknown => Err(format!("there is no task “{unknown}”; `cargo xtask --help` lists them")),
    }
}

/// Refuses arguments a task does not know.
fn no_more(rest: &[String]) -> Outcome {
    match rest.first() {
        None => Ok(()),
        Some(unknown) => Err(format!("“{unknown}” is not understood; see `cargo xtask --help`")),
    }
}
