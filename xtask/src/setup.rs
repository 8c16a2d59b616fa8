//! `cargo xtask setup`, and the part of it that each other task calls for itself.

use crate::command::make_folder;
use crate::needs::Purpose;
use crate::{Outcome, no_more, places, system, tools};
use std::fs::File;

/// Installs what every task needs.
pub fn task(rest: &[String]) -> Outcome {
    no_more(rest)?;
    prepare(Purpose::Test)?;
    println!("Everything is in place; tools are in {}.", places::tools().display());
    Ok(())
}

/// Installs what `purpose` needs and is not there; takes no time worth mentioning when all is.
pub fn prepare(purpose: Purpose) -> Outcome {
    make_folder(&places::tools())?;
    let _alone = lock()?;
    system::prepare(purpose)?;
    if purpose.includes(Purpose::Demo) {
        tools::synapse()?;
        tools::auth_server()?;
    }
    if purpose.includes(Purpose::Test) {
        tools::deny()?;
    }
    if purpose.includes(Purpose::Bundle) {
        tools::npm()?;
    }
    Ok(())
}

/// Two tasks at once must not both build the same tool.
fn lock() -> Outcome<File> {
    let path = places::tools().join("lock");
    let lock =
        File::create(&path).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    if lock.try_lock().is_err() {
        println!("Another task is setting up; waiting for it.");
        lock.lock().map_err(|error| format!("cannot lock {}: {error}", path.display()))?;
    }
    Ok(lock)
}
