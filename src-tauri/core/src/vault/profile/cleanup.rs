//! What of a session has to go or to be set aside, and what an earlier run has left half done.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use tracing::warn;

use super::{LEAVING, Profile, SEALED, VOLATILE, make_private_folder, remove};
use crate::vault::{KeyId, KeyPlace, read_header, write_atomically};

/// There from the first to the last removal of a sign-out.
const SIGNING_OUT: &str = "signing-out";

/// The folder of keys that the keyring is to forget.
const FORGET: &str = "forget";

const SET_ASIDE: &str = "set-aside";

const STORES: &str = "stores";

/// How a file is called until it is complete.
const TEMPORARY: &str = ".tmp";

impl Profile {
    /// Removes everything of every session, also of those that were set aside. A crash meanwhile
    /// lets the next start go on with it. Answers the keys that nothing needs any more.
    pub fn wipe(&self) -> Vec<KeyId> {
        if let Err(error) = write_atomically(&self.root.join(SIGNING_OUT), b"1\n") {
            warn!("a sign-out that is interrupted will not be finished: {error}");
        }
        let needed: BTreeSet<_> = keys_in(&self.root.join(LEAVING)).into_iter().collect();
        let keys = self.named_keys().difference(&needed).cloned().collect::<Vec<_>>();
        for key in &keys {
            self.plan_to_forget(key);
        }
        for path in self.of_sessions() {
            remove(&path);
        }
        self.remove_temporary();
        // What is still in use goes at the next start.
        if !self.of_sessions().iter().any(|path| path.exists()) {
            remove(&self.root.join(SIGNING_OUT));
        }
        keys.into_iter().filter_map(|key| KeyId::parse(&key)).collect()
    }

    /// A new session begins: what a sign-out could not remove is set aside rather than removed
    /// together with what comes now.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn end_wipe(&self) -> io::Result<()> {
        if !self.root.join(SIGNING_OUT).exists() {
            return Ok(());
        }
        self.wipe();
        self.set_aside()?;
        remove(&self.root.join(SIGNING_OUT));
        Ok(())
    }

    /// Moves everything that belongs to a saved session into a folder of its own, so that a new
    /// sign-in can begin and nothing is lost. The session's file goes last: until then the next
    /// start knows whose the rest is.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_aside(&self) -> io::Result<()> {
        if !self.saved_files().iter().any(|path| path.exists()) && self.kept_stores().is_empty() {
            return Ok(());
        }
        let aside = self.make_aside()?;
        for store in self.kept_stores() {
            move_into(&aside.join(STORES), &store)?;
        }
        move_into(&aside, &self.drafts_file())?;
        copy_into(&aside, &self.key_file())?;
        move_into(&aside, &self.session_file())?;
        remove(&self.key_file());
        Ok(())
    }

    /// Whether something was set aside that is still there.
    pub fn has_set_aside(&self) -> bool {
        !entries(&self.root.join(SET_ASIDE)).is_empty()
    }

    /// Copies the saved session aside: another one is about to be written in its place. Its store
    /// is moved by [`Profile::sweep_stores`] once no session names it any more.
    ///
    /// # Errors
    ///
    /// The system's; the saved session is as it was.
    pub fn copy_aside(&self) -> io::Result<()> {
        let aside = self.make_aside()?;
        for file in self.saved_files() {
            copy_into(&aside, &file)?;
        }
        Ok(())
    }

    /// Moves one store aside, whose content is broken while the session is sound.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_store_aside(&self, name: &str) -> io::Result<()> {
        let store = self.store(name);
        if !store.try_exists()? {
            return Ok(());
        }
        let aside = self.make_aside()?;
        move_into(&aside.join(STORES), &store)
    }

    /// Clears up among the stores; `kept` is the one that the saved session names. A volatile one
    /// cannot be opened any more and goes, any other is set aside.
    pub fn sweep_stores(&self, kept: Option<&str>) {
        for store in entries(&self.root.join(STORES)) {
            let name = store.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if kept == Some(name) {
                if let Err(error) = self.keep_store(name) {
                    warn!("a store stays volatile: {error}");
                }
            } else if store.join(VOLATILE).exists() {
                remove(&store);
            } else if let Err(error) = self.set_store_aside(name) {
                warn!("a store that is nobody's stays: {error}");
            }
        }
    }

    /// Removes the stores of sign-ins that came to nothing.
    pub fn remove_volatile_stores(&self) {
        for store in entries(&self.root.join(STORES)) {
            if store.join(VOLATILE).exists() {
                remove(&store);
            }
        }
    }

    /// Removes the note of a sign-in that came to nothing.
    pub fn remove_session(&self) {
        for path in [self.session_file(), self.key_file(), self.drafts_file()] {
            remove(&path);
        }
    }

    /// Where the session is here that drafts were written for, they take the place of those of the session
    /// before, of which a copy was set aside. Else they belong to none.
    pub fn adopt_drafts(&self) {
        let next = self.next_drafts_file();
        let key = header_key(&next);
        if key.is_none() || header_key(&self.session_file()) != key {
            remove(&next);
        } else if let Err(error) = fs::rename(&next, self.drafts_file()) {
            warn!("drafts wait for the next start: {error}");
        }
    }

    /// Removes a key that the session does not need beside it.
    pub fn forget_key_file(&self) {
        remove(&self.key_file());
    }

    /// Notes that the keyring has, or is about to have, a key that no file names. The note counts
    /// at the next start, and only where it is still so.
    pub fn plan_to_forget(&self, key: &str) {
        let folder = self.root.join(FORGET);
        let noted = make_private_folder(&folder).and_then(|()| fs::write(folder.join(key), ""));
        if let Err(error) = noted {
            warn!("a key that the keyring does not forget now stays in it: {error}");
        }
    }

    /// The keyring has forgotten the key, or a file names it.
    pub fn end_of_plan_to_forget(&self, key: &KeyId) {
        remove(&self.root.join(FORGET).join(key.as_str()));
        // Only an empty folder goes, and it is fine where others are left.
        let _ = fs::remove_dir(self.root.join(FORGET));
    }

    /// The keys that are to be forgotten. Those that a file names are not, and taken off the list.
    pub fn keys_to_forget(&self) -> Vec<KeyId> {
        let listed = entries(&self.root.join(FORGET)).into_iter().filter_map(|path| {
            path.file_name().and_then(|name| name.to_str()).and_then(KeyId::parse)
        });
        let (needed, unneeded) = listed.partition::<Vec<_>, _>(|key| self.names(key));
        for key in &needed {
            self.end_of_plan_to_forget(key);
        }
        unneeded
    }

    /// Whether a sealed file needs that key of the keyring.
    pub fn names(&self, key: &KeyId) -> bool {
        self.named_keys().contains(key.as_str())
            || keys_in(&self.root.join(LEAVING)).iter().any(|named| named == key.as_str())
    }

    /// Brings to an end what an earlier run has begun, as far as that needs no key.
    pub(super) fn clean_up(&self) {
        self.remove_temporary();
        if self.root.join(SIGNING_OUT).exists() || self.has_said_farewell() {
            self.wipe();
        }
        self.adopt_drafts();
        // A key beside no session, or beside one whose key is elsewhere.
        if header_key(&self.session_file()).is_none_or(|(place, _)| place == KeyPlace::Keyring)
            && !self.is_unreadable()
        {
            remove(&self.key_file());
        }
        for key in entries(&self.root.join(LEAVING)) {
            if key.extension().is_some_and(|kind| kind == "key")
                && !key.with_extension(SEALED).exists()
            {
                remove(&key);
            }
        }
    }

    /// Whether the user has signed out of the session that is saved here.
    fn has_said_farewell(&self) -> bool {
        header_key(&self.session_file()).is_some_and(|(_, key)| self.farewell(&key).exists())
    }

    /// Whether there is a session whose first line is not understood.
    fn is_unreadable(&self) -> bool {
        self.session_file().exists() && header_key(&self.session_file()).is_none()
    }

    fn saved_files(&self) -> [PathBuf; 3] {
        [self.drafts_file(), self.key_file(), self.session_file()]
    }

    /// Everything that a session may have left.
    fn of_sessions(&self) -> [PathBuf; 6] {
        let [drafts, key, session] = self.saved_files();
        let folders = [STORES, SET_ASIDE].map(|folder| self.root.join(folder));
        let [stores, aside] = folders;
        [session, key, drafts, self.next_drafts_file(), stores, aside]
    }

    /// The stores that a session may name.
    fn kept_stores(&self) -> Vec<PathBuf> {
        let mut stores = entries(&self.root.join(STORES));
        stores.retain(|store| !store.join(VOLATILE).exists());
        stores
    }

    /// The keys of the keyring that files of this session, or of those set aside, are sealed with.
    fn named_keys(&self) -> BTreeSet<String> {
        let folders = entries(&self.root.join(SET_ASIDE)).into_iter().chain([self.root.clone()]);
        folders.flat_map(|folder| keys_in(&folder)).collect()
    }

    fn remove_temporary(&self) {
        let of_each = [STORES, SET_ASIDE].map(|folder| entries(&self.root.join(folder)));
        let folders = of_each.into_iter().flatten();
        for folder in folders.chain([self.root.clone(), self.root.join(LEAVING)]) {
            for path in entries(&folder) {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                if name.starts_with(TEMPORARY) && path.is_file() {
                    remove(&path);
                }
            }
        }
    }

    /// Makes a folder for what is set aside now.
    fn make_aside(&self) -> io::Result<PathBuf> {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let folder = self.root.join(SET_ASIDE);
        let mut aside = folder.join(seconds.to_string());
        let mut number = 1;
        while aside.exists() {
            number += 1;
            aside = folder.join(format!("{seconds}-{number}"));
        }
        make_private_folder(&aside)?;
        Ok(aside)
    }
}

/// What is in a folder; nothing where it cannot be read.
fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// The keys of the keyring that the sealed files of a folder name.
fn keys_in(folder: &Path) -> Vec<String> {
    let sealed = entries(folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|kind| kind == SEALED));
    sealed
        .filter_map(|file| header_key(&file))
        .filter(|(place, _)| *place == KeyPlace::Keyring)
        .map(|(_, key)| key.as_str().to_owned())
        .collect()
}

fn header_key(file: &Path) -> Option<(KeyPlace, KeyId)> {
    let header = read_header(&fs::read(file).ok()?).ok()?;
    Some((header.place, header.key_id))
}

/// Moves a file or folder; fine where there is none.
fn move_into(folder: &Path, path: &Path) -> io::Result<()> {
    let Some(name) = path.file_name().filter(|_| path.exists()) else { return Ok(()) };
    make_private_folder(folder)?;
    fs::rename(path, folder.join(name))
}

/// Copies a file; fine where there is none.
fn copy_into(folder: &Path, path: &Path) -> io::Result<()> {
    let Some(name) = path.file_name() else { return Ok(()) };
    match fs::read(path) {
        Ok(content) => write_atomically(&folder.join(name), &content),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
