//! What the process allows: nothing that it writes is for others, and no dump of its memory.

#[cfg(unix)]
use std::sync::OnceLock;

#[cfg(unix)]
use rustix::{
    fs::Mode,
    process::{Resource, Rlimit, getrlimit, setrlimit, umask},
};

/// All that others may do.
#[cfg(unix)]
const OTHERS: Mode = Mode::RWXG.union(Mode::RWXO);

/// The user's own mask for new files.
#[cfg(unix)]
static USERS: OnceLock<Mode> = OnceLock::new();

/// Called at the start, before the first thread and the web view's processes, which inherit this.
///
/// A dump would hold tokens and messages. The process stays readable to other programs of the same user,
/// as the desktop's portals have to be able to look at it.
#[cfg(unix)]
pub fn restrict() {
    let _ = USERS.set(umask(OTHERS));
    // Linux hands a dump to a program whatever the limit is, unless it is 1 (`fs/coredump.c`); a file it
    // writes from a page of memory on only.
    let limit = Rlimit { current: Some(1), maximum: getrlimit(Resource::Core).maximum };
    if let Err(error) = setrlimit(Resource::Core, limit) {
        tracing::warn!("a crash may leave a dump of the memory: {error}");
    }
}

/// Starts another program with the user's own mask: what that one writes is not the app's to hide. What
/// the app itself writes meanwhile is in a folder that others cannot enter.
#[cfg(unix)]
pub fn as_the_user<T>(start: impl FnOnce() -> T) -> T {
    let Some(users) = USERS.get() else { return start() };
    umask(*users);
    let started = start();
    umask(OTHERS);
    started
}

#[cfg(not(unix))]
pub fn restrict() {}

#[cfg(not(unix))]
pub fn as_the_user<T>(start: impl FnOnce() -> T) -> T {
    start()
}
