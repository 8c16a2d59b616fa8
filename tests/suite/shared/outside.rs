//! Places outside of the user's home in which programs leave files.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Result, ensure};

use crate::secrets::search::Search;

/// What all programs of a computer share. Dumps of crashed programs go into the last two, or into the
/// folder that the program runs in.
const SHARED: [&str; 5] =
    ["/tmp", "/var/tmp", "/dev/shm", "/var/lib/systemd/coredump", "/var/crash"];

/// Folders of tests, of servers that know the user and of browsers, none of which are the app's.
const OF_TESTS: [&str; 9] = [
    "homeserver-",
    "keyring-",
    "shared-",
    "browser-",
    "window-",
    "core-",
    "kills-",
    "disk-",
    "starts-",
];

/// More than any of the texts that are looked for, and less than what others build meanwhile.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// The places, as they were when the app was started first.
pub struct Outside {
    /// The sockets of the desktop session.
    run: PathBuf,
    since: SystemTime,
}

impl Outside {
    pub fn new(run: PathBuf) -> Self {
        Self { run, since: SystemTime::now() }
    }

    /// What is found in what is new there.
    pub fn search(&self, search: &Search) -> Result<BTreeSet<String>> {
        let mut found = search.folder(&self.run)?;
        for place in SHARED {
            for path in self.new_in(Path::new(place), |name| {
                !OF_TESTS.iter().any(|prefix| name.starts_with(prefix))
            }) {
                self.look(search, &path, &mut found);
            }
        }
        for path in self.new_in(&std::env::current_dir()?, |name| name.starts_with("core")) {
            self.look(search, &path, &mut found);
        }
        Ok(found)
    }

    /// The control: a line in a file in each of the places is found.
    pub fn assert_found(&self, search: &Search, line: &str) -> Result<()> {
        let own = std::env::current_dir()?;
        let places = SHARED.iter().map(Path::new).chain([&*self.run, &*own]);
        let mut planted = 0;
        for place in places.filter(|place| place.is_dir()) {
            let mut file = tempfile::Builder::new().prefix("core.").tempfile_in(place)?;
            file.write_all(line.as_bytes())?;
            ensure!(!self.search(search)?.is_empty(), "not found in {}", place.display());
            planted += 1;
        }
        ensure!(planted >= 4, "only {planted} of the places are there");
        Ok(())
    }

    fn new_in(&self, place: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
        let entries = fs::read_dir(place).into_iter().flatten().flatten();
        let new = entries.filter(|entry| {
            let changed = entry.metadata().and_then(|metadata| metadata.modified());
            changed.is_ok_and(|changed| changed >= self.since)
                && entry.file_name().to_str().is_none_or(&wanted)
        });
        new.map(|entry| entry.path()).collect()
    }

    /// Others remove their files while they are looked at.
    fn look(&self, search: &Search, path: &Path, found: &mut BTreeSet<String>) {
        let Ok(metadata) = fs::symlink_metadata(path) else { return };
        let mut here = search.text(path.as_os_str().as_encoded_bytes());
        if metadata.is_dir() {
            for path in self.new_in(path, |_| true) {
                self.look(search, &path, found);
            }
        } else if metadata.is_file() && metadata.len() <= MAX_FILE_BYTES {
            here.extend(search.text(&fs::read(path).unwrap_or_default()));
        }
        found.extend(here.iter().map(|what| format!("{}: {what}", path.display())));
    }
}
