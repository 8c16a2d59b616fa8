mod cleanup;

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use tracing::warn;

use super::{
    KeyId,
    private::{close_to_others, make_private_folder, open_private_file},
};

/// Marks a store that no saved session names yet: its key is gone with the app.
const VOLATILE: &str = "volatile";

/// Says whose a store is.
const OWNER: &str = "owner";

/// The database of the device's keys.
const CRYPTO: &str = "matrix-sdk-crypto.sqlite3";

/// Held by the running app.
const LOCK: &str = "lock";

/// The sealed session.
pub const SESSION: &str = "session.sealed";

/// Servers that are remembered.
pub const SERVERS: &str = "servers.json";

/// The folder of sessions that their server still has to be told the end of.
const LEAVING: &str = "leaving";

const SEALED: &str = "sealed";

/// More than the databases of a store write when they are opened.
const TRIAL_BYTES: usize = 1024 * 1024;

/// What the shell makes in a new profile before the core locks it.
const MADE_BEFORE_LOCK: [&str; 2] = ["web-view", "theme.json"];

/// Whether a folder has something in it and has never been a profile. As one it would be closed to others,
/// and what has a profile's names in it moved or removed.
pub fn is_other_folder(root: &Path) -> bool {
    let is_other =
        |entry: fs::DirEntry| !MADE_BEFORE_LOCK.iter().any(|&made| entry.file_name() == made);
    !root.join(LOCK).exists() && fs::read_dir(root).into_iter().flatten().flatten().any(is_other)
}

/// The folder that holds one user's files, locked for as long as this value lives.
///
/// ```text
/// lock               held by the running app
/// session.sealed     the saved session, or a sign-in that has begun
/// session.key        its key, only where the user chose to keep it on the disk
/// drafts.sealed      what was being written
/// drafts.next        the same for a session that is about to take the place of this one
/// servers.json       servers that were signed in to, and what they call this app
/// signing-out        there while everything is being removed
/// leaving/KEY.sealed sessions that their server still has to be told the end of
/// forget/KEY         keys that the keyring is to forget unless a sealed file names them
/// stores/NAME/       the SDK's encrypted databases, one folder for each user and device
/// stores/NAME/owner  whose they are
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
        let lock = open_private_file(&root.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ProfileError::InUse),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let profile = Self { root: root.to_owned(), lock };
        close_to_others(root);
        profile.clean_up();
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
        self.root.join(SESSION)
    }

    /// The key to the sealed session, where it is kept on the disk.
    pub fn key_file(&self) -> PathBuf {
        self.root.join("session.key")
    }

    /// The sealed drafts.
    pub fn drafts_file(&self) -> PathBuf {
        self.root.join("drafts.sealed")
    }

    /// The sealed drafts of a session that is about to take the place of the one that is here.
    pub fn next_drafts_file(&self) -> PathBuf {
        self.root.join("drafts.next")
    }

    /// Servers that are remembered.
    pub fn servers_file(&self) -> PathBuf {
        self.root.join(SERVERS)
    }

    /// Where a session that has ended is remembered, until its server knows.
    pub fn farewell(&self, key: &KeyId) -> PathBuf {
        self.root.join(LEAVING).join(format!("{}.{SEALED}", key.as_str()))
    }

    /// As [`Profile::farewell`], for a session that another one takes the place of: its files are
    /// set aside, not removed.
    pub fn farewell_of_replaced(&self, key: &KeyId) -> PathBuf {
        self.root.join(LEAVING).join(format!("{}-replaced.{SEALED}", key.as_str()))
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

    /// The server knows, or nobody will tell it any more.
    pub fn forget_farewell(&self, farewell: &Path) {
        remove(farewell);
        remove(&farewell.with_extension("key"));
        // Only an empty folder goes, and it is fine where others are left.
        let _ = fs::remove_dir(self.root.join(LEAVING));
    }

    /// The folder of the store of that name.
    pub fn store(&self, name: &str) -> PathBuf {
        self.root.join("stores").join(name)
    }

    /// The file in a store that says whose it is.
    pub fn store_owner(&self, name: &str) -> PathBuf {
        self.store(name).join(OWNER)
    }

    /// Whether a store has the database of the device's keys.
    ///
    /// # Errors
    ///
    /// The system's, where that cannot be found out.
    pub fn has_store(&self, name: &str) -> io::Result<bool> {
        self.store(name).join(CRYPTO).try_exists()
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
}
