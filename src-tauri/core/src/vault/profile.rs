use std::{
    fs::{self, File, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use tracing::warn;

use super::{
    KeyId,
    private::{close_to_others, make_private_folder, open_private_file},
};

/// Marks a store that belongs to a session kept in memory only: its key is gone with the app.
const VOLATILE: &str = "volatile";

/// Servers that are remembered.
pub const SERVERS: &str = "servers.json";

/// The folder of sessions that their server still has to be told the end of.
const LEAVING: &str = "leaving";

const SEALED: &str = "sealed";

/// More than the databases of a store write when they are opened.
const TRIAL_BYTES: usize = 1024 * 1024;

/// The folder that holds one user's files, locked for as long as this value lives.
///
/// ```text
/// lock               held by the running app
/// session.sealed     the saved session, or a sign-in that has begun
/// session.key        its key, only where the user chose to keep it on the disk
/// drafts.sealed      what was being written
/// servers.json       servers that were signed in to, and what they call this app
/// leaving/KEY.sealed sessions that their server still has to be told the end of
/// stores/NAME/       the SDK's encrypted databases, one folder for each user and device
/// set-aside/TIME/    what could not be opened when a new sign-in began
/// ```
#[derive(Debug)]
pub struct Profile {
    root: PathBuf,
    lock: File,
}

/// Why a profile folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Another running app holds it.
    #[error("the profile is in use")]
    InUse,
    /// It cannot be made or written.
    #[error("the profile cannot be written: {0}")]
    Unwritable(#[from] io::Error),
}

impl Profile {
    /// Makes the folder where it is missing, locks it, closes it to others, and removes what sessions that were not to
    /// be kept have left.
    ///
    /// # Errors
    ///
    /// Any [`ProfileError`].
    pub fn open(root: &Path) -> Result<Self, ProfileError> {
        make_private_folder(root)?;
        let lock = open_private_file(&root.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ProfileError::InUse),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let profile = Self { root: root.to_owned(), lock };
        close_to_others(root);
        profile.sweep();
        Ok(profile)
    }

    /// Lets another app have the folder, though something that has ended may still refer to it.
    pub fn release(&self) {
        if let Err(error) = self.lock.unlock() {
            warn!("the profile stays locked: {error}");
        }
    }

    /// The sealed session.
    pub fn session_file(&self) -> PathBuf {
        self.root.join("session.sealed")
    }

    /// The key to the sealed session, where it is kept on the disk.
    pub fn key_file(&self) -> PathBuf {
        self.root.join("session.key")
    }

    /// The sealed drafts.
    pub fn drafts_file(&self) -> PathBuf {
        self.root.join("drafts.sealed")
    }

    /// Servers that are remembered.
    pub fn servers_file(&self) -> PathBuf {
        self.root.join(SERVERS)
    }

    /// Where a session that has ended is remembered, until its server knows.
    pub fn farewell(&self, key: &KeyId) -> PathBuf {
        self.root.join(LEAVING).join(format!("{}.{SEALED}", key.as_str()))
    }

    /// The key to it, where it is kept on the disk.
    pub fn farewell_key(&self, key: &KeyId) -> PathBuf {
        self.root.join(LEAVING).join(format!("{}.key", key.as_str()))
    }

    /// All that are remembered.
    pub fn farewells(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.root.join(LEAVING)).into_iter().flatten().flatten();
        let sealed = |path: &PathBuf| path.extension().is_some_and(|kind| kind == SEALED);
        files.map(|file| file.path()).filter(sealed).collect()
    }

    /// Makes the folder for them.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn make_farewells(&self) -> io::Result<()> {
        make_private_folder(&self.root.join(LEAVING))
    }

    /// The server knows.
    pub fn forget_farewell(&self, key: &KeyId) {
        remove(&self.farewell(key));
        remove(&self.farewell_key(key));
        // Only an empty folder goes, and it is fine where others are left.
        let _ = fs::remove_dir(self.root.join(LEAVING));
    }

    /// The folder of the store of that name.
    pub fn store(&self, name: &str) -> PathBuf {
        self.root.join("stores").join(name)
    }

    /// Makes a store's folder; a `volatile` one is removed at the next start.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn make_store(&self, name: &str, volatile: bool) -> io::Result<PathBuf> {
        let store = self.store(name);
        make_private_folder(&store)?;
        if volatile {
            fs::write(store.join(VOLATILE), "")?;
        }
        Ok(store)
    }

    /// Keeps a store that was made volatile.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn keep_store(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.store(name).join(VOLATILE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes a store.
    pub fn remove_store(&self, name: &str) {
        remove(&self.store(name));
    }

    /// Removes everything of a session that has ended.
    pub fn wipe(&self) {
        for path in [self.session_file(), self.key_file(), self.drafts_file()] {
            remove(&path);
        }
        remove(&self.root.join("stores"));
    }

    /// Moves everything that belongs to a saved session into a folder of its own, so that a new
    /// sign-in can begin and nothing is lost.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_aside(&self) -> io::Result<()> {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let folder = self.root.join("set-aside");
        let mut aside = folder.join(seconds.to_string());
        let mut number = 1;
        while aside.exists() {
            number += 1;
            aside = folder.join(format!("{seconds}-{number}"));
        }
        make_private_folder(&aside)?;
        for name in ["session.sealed", "session.key", "drafts.sealed", "stores"] {
            match fs::rename(self.root.join(name), aside.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes as much as opening a store writes at least, and takes it away again.
    ///
    /// # Errors
    ///
    /// The system's, where the disk is full or cannot be written.
    pub fn try_writing(&self) -> io::Result<()> {
        let mut file = tempfile::tempfile_in(&self.root)?;
        file.write_all(&vec![0; TRIAL_BYTES])?;
        file.sync_all()
    }

    /// Moves one store aside, whose content is broken while the session is sound.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_store_aside(&self, name: &str) -> io::Result<()> {
        let folder = self.root.join("set-aside");
        make_private_folder(&folder)?;
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        fs::rename(self.store(name), folder.join(format!("{seconds}-{name}")))
    }

    fn sweep(&self) {
        let Ok(stores) = fs::read_dir(self.root.join("stores")) else { return };
        for store in stores.flatten() {
            if store.path().join(VOLATILE).exists() {
                remove(&store.path());
            }
        }
    }
}

/// Removes a file or a folder. On Windows a database that has only just been closed may be held
/// for a moment longer, so a few tries are made.
fn remove(path: &Path) {
    for pause_ms in [0, 20, 100, 500] {
        std::thread::sleep(std::time::Duration::from_millis(pause_ms));
        let result = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        match result {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                warn!("could not remove a file of the profile: {error}");
            }
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("readable").flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn is_held_by_one_app_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Profile::open(folder.path()).expect("opens");
        assert!(matches!(Profile::open(folder.path()), Err(ProfileError::InUse)));
        drop(first);
        let second = Profile::open(folder.path()).expect("opens again");
        second.release();
        Profile::open(folder.path()).expect("opens though the second is still there");
    }

    #[test]
    fn volatile_stores_are_swept_and_kept_ones_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let profile = Profile::open(folder.path()).expect("opens");
        profile.make_store("kept", false).expect("made");
        profile.make_store("volatile", true).expect("made");
        profile.make_store("turned", true).expect("made");
        profile.keep_store("turned").expect("kept");
        drop(profile);
        Profile::open(folder.path()).expect("opens");
        assert_eq!(names(&folder.path().join("stores")), ["kept", "turned"]);
    }

    #[test]
    fn setting_aside_keeps_every_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let profile = Profile::open(folder.path()).expect("opens");
        for round in ["first", "second"] {
            fs::write(profile.session_file(), round).expect("written");
            profile.make_store("store", false).expect("made");
            profile.set_aside().expect("set aside");
        }
        assert_eq!(names(folder.path()), ["lock", "set-aside"]);
        let aside = folder.path().join("set-aside");
        let kept: Vec<_> = names(&aside)
            .iter()
            .map(|name| fs::read_to_string(aside.join(name).join("session.sealed")))
            .collect::<Result<_, _>>()
            .expect("readable");
        assert_eq!(kept.len(), 2);
        assert!(kept.contains(&"first".to_owned()) && kept.contains(&"second".to_owned()));
    }
}
