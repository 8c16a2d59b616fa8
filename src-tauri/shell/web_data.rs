//! What the web view writes for itself. None of it is needed in another run, and it may tell what
//! somebody did: so each run has a folder of its own, which ends with it.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use galaxy_chat_core::vault::{make_private_folder, open_private_file, write_private_file};
use serde::{Deserialize, Serialize};
use tracing::{info, warn};

const FOLDER: &str = "web-view";

/// Held by the run that a folder belongs to; beside the folders, by a run that makes its own.
const LOCK: &str = "lock";

/// What the web view writes, within the folder of a run.
const DATA: &str = "data";

/// How often it is tried to remove a folder, and the pause between: a second at most.
const REMOVALS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(100);

/// The folder of this run.
pub struct WebData {
    folder: PathBuf,
    _lock: File,
}

impl WebData {
    /// Makes the folder, and removes those of runs that ended without doing so.
    pub fn new(profile: &Path) -> io::Result<Self> {
        make_private_folder(profile)?;
        let all = profile.join(FOLDER);
        make_private_folder(&all)?;
        // A folder without a lock is swept: another start must not find this one half made.
        let making = open_private_file(&all.join(LOCK))?;
        making.lock()?;
        sweep(&all);
        let folder = all.join(std::process::id().to_string());
        make_private_folder(&folder)?;
        let lock = open_private_file(&folder.join(LOCK))?;
        lock.lock()?;
        make_private_folder(&folder.join(DATA))?;
        Ok(Self { folder, _lock: lock })
    }

    /// Where the web view may write.
    pub fn folder(&self) -> PathBuf {
        self.folder.join(DATA)
    }

    /// Ends the folder. The web view's helpers outlive the app, and would make it anew to write what
    /// they have left: an empty file in its place, which the next start takes away, keeps them from it.
    pub fn remove(&self) {
        for _ in 0..REMOVALS {
            match fs::remove_dir_all(&self.folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    info!("the web view still writes: {error}");
                }
                _ if File::create_new(&self.folder).is_ok() => return,
                _ => {}
            }
            thread::sleep(PAUSE);
        }
        warn!("what the web view wrote is removed at the next start");
    }
}

fn sweep(all: &Path) {
    for folder in fs::read_dir(all).into_iter().flatten().flatten() {
        if folder.file_name() == LOCK {
            continue;
        }
        if folder.path().is_file() {
            drop(fs::remove_file(folder.path()));
            continue;
        }
        let lock = File::open(folder.path().join(LOCK));
        let in_use = lock.is_ok_and(|lock| lock.try_lock().is_err());
        if !in_use && let Err(error) = fs::remove_dir_all(folder.path()) {
            warn!("what an earlier run left cannot be removed: {error}");
        }
    }
}

/// Light or dark; without a choice the system's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    System,
    Light,
    Dark,
}

/// The file with the user's choice, which outlives the web view's own memory.
pub struct ThemeFile(PathBuf);

impl ThemeFile {
    pub fn of(profile: &Path) -> Self {
        Self(profile.join("theme.json"))
    }

    pub fn write(&self, theme: Theme) -> io::Result<()> {
        write_private_file(&self.0, &serde_json::to_vec(&theme)?)
    }

    /// Tells the page before it is drawn what was chosen in an earlier run, once.
    pub fn script(&self) -> String {
        let chosen = fs::read(&self.0).ok();
        let chosen = chosen.and_then(|chosen| serde_json::from_slice::<Theme>(&chosen).ok());
        let word = match chosen {
            Some(Theme::Light) => "light",
            Some(Theme::Dark) => "dark",
            Some(Theme::System) | None => return String::new(),
        };
        format!(
            "if (sessionStorage.getItem('theme') === null) {{\
               sessionStorage.setItem('theme', 'told');\
               localStorage.setItem('theme', '{word}');\
             }}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_ended_badly_is_swept_and_a_running_one_is_not() {
        let profile = tempfile::tempdir().expect("a folder");
        let all = profile.path().join(FOLDER);
        fs::create_dir_all(all.join("crashed/data")).expect("made");
        fs::write(all.join("crashed/data/secret"), "x").expect("written");
        let running = WebData::new(profile.path()).expect("made");
        assert!(!all.join("crashed").exists());
        sweep(&all);
        assert!(running.folder.exists());
        running.remove();
        assert_eq!(fs::read(&running.folder).expect("a file in its place").len(), 0);
        sweep(&all);
        assert_eq!(fs::read_dir(all).expect("readable").count(), 1, "the lock");
    }

    #[test]
    fn starts_at_the_same_moment_sweep_none_of_each_other() {
        let profile = tempfile::tempdir().expect("a folder");
        let all = profile.path().join(FOLDER);
        let stop = std::sync::atomic::AtomicBool::new(false);
        let over = || stop.load(std::sync::atomic::Ordering::Relaxed);
        thread::scope(|scope| {
            // Other starts, which do nothing but sweep.
            scope.spawn(|| {
                while !over() {
                    let making = open_private_file(&all.join(LOCK));
                    if let Ok(making) = making.and_then(|file| file.lock().map(|()| file)) {
                        sweep(&all);
                        drop(making);
                    }
                }
            });
            for _ in 0..200 {
                let run = WebData::new(profile.path());
                let whole = run.as_ref().is_ok_and(|run| run.folder.join(LOCK).exists());
                drop(run);
                if !whole {
                    stop.store(true, std::sync::atomic::Ordering::Relaxed);
                    panic!("a start was swept while it began");
                }
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    }

    #[test]
    fn the_choice_is_remembered() {
        let profile = tempfile::tempdir().expect("a folder");
        let file = ThemeFile::of(profile.path());
        assert_eq!(file.script(), "");
        file.write(Theme::Dark).expect("written");
        assert!(file.script().contains("'dark'"));
        file.write(Theme::System).expect("written");
        assert_eq!(file.script(), "");
    }
}
