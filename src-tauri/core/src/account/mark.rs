//! Whose a local copy is. A file in the store says so, so that a copy that is missing, broken or
//! another one's is never gone on with: it would put new keys under a device's old name.

use std::{fs, io, path::Path};

use matrix_sdk::{Client, SessionMeta, SqliteCryptoStore};
use matrix_sdk_base::crypto::store::{CryptoStore as _, CryptoStoreError};
use sha2::{Digest as _, Sha256};
use tracing::info;

use super::{
    client::{self, RestoreError},
    faults::{Fault, of_build, of_restore},
    kept::Kept,
    saved::SavedSession,
};
use crate::vault::{Profile, write_atomically};

const MAGIC: &str = "galaxy-chat-store";
const VERSION: &str = "1";

/// Opens the local copy of a saved session, where it is that session's.
///
/// # Errors
///
/// Whether it is broken for good, or cannot be opened now.
pub async fn open_saved(profile: &Profile, kept: &Kept) -> Result<Client, Fault> {
    let saved = &kept.saved();
    let name = &saved.store.name;
    if !profile.has_store(name).map_err(|error| Fault::of_io(&error))? {
        return Err(Fault::Broken("it is not there".to_owned()));
    }
    let mark = read(&profile.store_owner(name))?;
    if mark.is_none() {
        find_account(saved, &profile.store(name)).await?;
    }
    // From its first request on, tokens may be refreshed.
    let follow = |client: &Client| kept.follow(client);
    let client = client::restore(saved, profile.store(name), kept.gate(), follow).await;
    let client = client.map_err(|error| of_restore(&error))?;
    if mark.is_none() {
        info!("the local copy is from a version that did not say whose it is");
        write(profile, saved, &client).await.map_err(|error| Fault::of_io(&error))?;
    } else if mark != of(saved, &client).await {
        close(client).await;
        return Err(Fault::Broken("it is not this device's".to_owned()));
    }
    Ok(client)
}

/// Whether an opened store is still the one that was marked.
pub async fn fits(profile: &Profile, saved: &SavedSession, client: &Client) -> bool {
    let mark = read(&profile.store_owner(&saved.store.name)).ok().flatten();
    mark.is_some() && mark == of(saved, client).await
}

/// Writes into a store whose it is. Its client is signed in.
///
/// # Errors
///
/// The system's.
pub async fn write(profile: &Profile, saved: &SavedSession, client: &Client) -> io::Result<()> {
    let mark = of(saved, client).await.ok_or_else(|| io::Error::other("no device keys"))?;
    let line = format!("{MAGIC} {VERSION} {mark}\n");
    write_atomically(&profile.store_owner(&saved.store.name), line.as_bytes())
}

/// A fingerprint of user, device and the device's key. The store's own key goes in as well, so that
/// it tells nobody else whose the store is.
async fn of(saved: &SavedSession, client: &Client) -> Option<String> {
    let identity = client.encryption().ed25519_key().await?;
    let meta = saved.session.meta();
    let mut hash = Sha256::new_with_prefix(b"galaxy-chat store owner");
    hash.update(saved.store.key.bytes());
    for part in [meta.user_id.as_str(), meta.device_id.as_str(), &identity] {
        hash.update([0]);
        hash.update(part);
    }
    Some(format!("{:x}", hash.finalize()))
}

/// The fingerprint in a store; `None` where there is no such file.
fn read(file: &Path) -> Result<Option<String>, Fault> {
    let line = match fs::read(file) {
        Ok(line) => line,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Fault::of_io(&error)),
    };
    let line = String::from_utf8_lossy(&line);
    match line.split_whitespace().collect::<Vec<_>>()[..] {
        [MAGIC, VERSION, mark] => Ok(Some(mark.to_owned())),
        [MAGIC, version, ..] if version.parse::<u32>().is_ok_and(|version| version > 1) => {
            Err(Fault::Newer)
        }
        _ => Err(Fault::Broken("what says whose it is is damaged".to_owned())),
    }
}

/// Finds the saved device in a store without a mark. The SDK would make it anew where it is not.
async fn find_account(saved: &SavedSession, folder: &Path) -> Result<(), Fault> {
    let store = SqliteCryptoStore::open_with_key(folder, Some(saved.store.key.bytes()))
        .await
        .map_err(|error| of_build(&error.into()))?;
    let account = store.load_account().await;
    let closed = store.close().await;
    let account = account.and_then(|account| closed.map(|()| account));
    let account = account.map_err(|error| {
        of_restore(&RestoreError::Session(CryptoStoreError::from(error).into()))
    })?;
    let SessionMeta { user_id, device_id } = saved.session.meta();
    match account {
        Some(account) if *account.user_id() == *user_id && *account.device_id() == *device_id => {
            Ok(())
        }
        _ => Err(Fault::Broken("it has no keys of this device".to_owned())),
    }
}

async fn close(client: Client) {
    if let Err(error) = client.pause().await {
        info!("a local copy was not closed: {error}");
    }
}
