//! The operating system's keyring, asked from one thread of its own.
//!
//! A locked keyring without anybody to unlock it can keep a caller waiting for ever. So the calls
//! run on a plain thread that nothing waits for at exit, and callers wait only as long as they
//! like. A caller that gave up is skipped when its turn comes.

use std::{
    collections::HashMap,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use keyring::{CredentialStore, Entry, Error};
use tokio::sync::oneshot;
use tracing::warn;

use super::{Key, KeyId};
use crate::wire::KeyringProblem;

/// The name under which the keyring lists our entries.
const SERVICE: &str = "org.galaxyproject.chat";

/// How long to wait before telling the user that the keyring does not answer: longer than any
/// keyring takes that is unlocked, shorter than anybody's patience.
const PATIENCE: Duration = Duration::from_secs(20);

/// Names and values that go with a new entry.
type Attributes = &'static [(&'static str, &'static str)];

type Job = Box<dyn FnOnce(Result<&CredentialStore, KeyringError>) + Send>;

/// Why the keyring did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// There is none, or it cannot be reached.
    #[error("there is no keyring")]
    Missing,
    /// It is locked, and stayed locked.
    #[error("the keyring is locked")]
    Locked,
    /// It did not answer in time.
    #[error("the keyring does not answer")]
    NoAnswer,
    /// It has no such entry.
    #[error("the keyring has no such entry")]
    NoEntry,
    /// It holds something else than what was stored.
    #[error("the keyring holds something else")]
    Unreliable,
}

impl From<KeyringError> for KeyringProblem {
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::Missing => Self::Missing,
            KeyringError::Locked => Self::Locked,
            KeyringError::NoAnswer => Self::NoAnswer,
            KeyringError::NoEntry | KeyringError::Unreliable => Self::Unreliable,
        }
    }
}

impl From<Error> for KeyringError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoEntry => Self::NoEntry,
            Error::NoStorageAccess(_) => Self::Locked,
            // These may carry the secret itself, so they are not logged.
            Error::BadEncoding(_) | Error::BadDataFormat(..) | Error::Ambiguous(_) => {
                Self::Unreliable
            }
            other => {
                warn!("keyring: {other}");
                Self::Missing
            }
        }
    }
}

/// A handle to the keyring's thread; clones share it.
#[derive(Clone)]
pub struct Keyring {
    queue: mpsc::Sender<Job>,
    attributes: Attributes,
}

impl Keyring {
    /// The keyring of this operating system.
    pub fn system() -> Self {
        Self::new(system_store, SYSTEM_ATTRIBUTES)
    }

    /// A keyring that is opened by `open`, anew for each call, so that one that appears later is
    /// found without a restart. `attributes` are what that keyring wants to know of a new entry.
    pub fn new<F>(open: F, attributes: Attributes) -> Self
    where
        F: Fn() -> keyring::Result<Arc<CredentialStore>> + Send + 'static,
    {
        let (queue, jobs) = mpsc::channel::<Job>();
        let work = move || {
            for job in jobs {
                match open() {
                    Ok(store) => job(Ok(&*store)),
                    Err(error) => job(Err(error.into())),
                }
            }
        };
        if let Err(error) = thread::Builder::new().name("keyring".to_owned()).spawn(work) {
            warn!("keyring: no thread: {error}");
        }
        Self { queue, attributes }
    }

    /// Stores a key under its id, reads it back and compares.
    ///
    /// # Errors
    ///
    /// Any [`KeyringError`]; nothing may be kept under the key then.
    pub async fn store(&self, key: &Key) -> Result<(), KeyringError> {
        let (key, attributes) = (key.clone(), self.attributes);
        let stored = self.ask(move |store| {
            let entry = entry(store, &key.id(), attributes)?;
            entry.set_secret(key.to_text().as_bytes())?;
            match Key::from_text(&zeroize::Zeroizing::new(entry.get_secret()?)) {
                Some(read_back) if read_back == key => Ok(()),
                _ => Err(KeyringError::Unreliable),
            }
        });
        tokio::time::timeout(PATIENCE, stored).await.unwrap_or(Err(KeyringError::NoAnswer))
    }

    /// Reads the key of that id. Waits for ever where the keyring does: the caller decides when to
    /// tell the user, and may still take an answer that comes late.
    ///
    /// # Errors
    ///
    /// Any [`KeyringError`] but [`KeyringError::NoAnswer`].
    pub async fn read(&self, id: &KeyId) -> Result<Key, KeyringError> {
        let (id, attributes) = (id.clone(), self.attributes);
        self.ask(move |store| {
            let entry = entry(store, &id, attributes)?;
            let secret = zeroize::Zeroizing::new(entry.get_secret()?);
            Key::from_text(&secret).ok_or(KeyringError::Unreliable)
        })
        .await
    }

    /// Forgets the key of that id; fine where there is none.
    ///
    /// # Errors
    ///
    /// Any [`KeyringError`]; the entry may then still be there.
    pub async fn forget(&self, id: &KeyId) -> Result<(), KeyringError> {
        let (id, attributes) = (id.clone(), self.attributes);
        let forgotten =
            self.ask(move |store| match entry(store, &id, attributes)?.delete_credential() {
                Ok(()) | Err(Error::NoEntry) => Ok(()),
                Err(error) => Err(error.into()),
            });
        tokio::time::timeout(PATIENCE, forgotten).await.unwrap_or(Err(KeyringError::NoAnswer))
    }

    /// How long a caller of [`Keyring::read`] waits before telling the user.
    pub fn patience() -> Duration {
        PATIENCE
    }

    async fn ask<T, F>(&self, work: F) -> Result<T, KeyringError>
    where
        T: Send + 'static,
        F: FnOnce(&CredentialStore) -> Result<T, KeyringError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            if !answer.is_closed() {
                // The caller may have given up meanwhile; then nobody wants the answer.
                let _ = answer.send(store.and_then(work));
            }
        });
        self.queue.send(job).map_err(|_| KeyringError::Missing)?;
        answered.await.unwrap_or(Err(KeyringError::Missing))
    }
}

fn entry(
    store: &CredentialStore,
    id: &KeyId,
    attributes: Attributes,
) -> Result<Entry, KeyringError> {
    let attributes = attributes.iter().copied().collect::<HashMap<_, _>>();
    let attributes = Some(&attributes).filter(|attributes| !attributes.is_empty());
    Ok(store.build(SERVICE, id.as_str(), attributes)?)
}

#[cfg(target_os = "linux")]
const SYSTEM_ATTRIBUTES: Attributes = &[("label", "Galaxy Chat: key to the saved sign-in")];

/// `Local` keeps the key on this computer; the default would let it roam with the user.
#[cfg(windows)]
const SYSTEM_ATTRIBUTES: Attributes = &[("persistence", "Local")];

#[cfg(target_os = "macos")]
const SYSTEM_ATTRIBUTES: Attributes = &[];

fn system_store() -> keyring::Result<Arc<CredentialStore>> {
    #[cfg(target_os = "linux")]
    let store = zbus_secret_service_keyring_store::Store::new()?;
    #[cfg(windows)]
    let store = windows_native_keyring_store::Store::new()?;
    #[cfg(target_os = "macos")]
    let store = apple_native_keyring_store::keychain::Store::new()?;
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mock() -> Arc<CredentialStore> {
        keyring::mock::Store::new().expect("the mock store opens")
    }

    #[tokio::test]
    async fn keeps_and_forgets_a_key() {
        let store = mock();
        let keyring = Keyring::new(move || Ok(store.clone()), &[]);
        let key = Key::random();
        keyring.store(&key).await.expect("stored");
        assert_eq!(keyring.read(&key.id()).await, Ok(key.clone()));
        keyring.forget(&key.id()).await.expect("forgotten");
        keyring.forget(&key.id()).await.expect("forgetting twice is fine");
        assert_eq!(keyring.read(&key.id()).await, Err(KeyringError::NoEntry));
    }

    #[tokio::test]
    async fn another_secret_under_the_id_is_not_taken_for_the_key() {
        let store = mock();
        let same = store.clone();
        let keyring = Keyring::new(move || Ok(same.clone()), &[]);
        let id = Key::random().id();
        let entry = store.build(SERVICE, id.as_str(), None).expect("an entry");
        entry.set_secret(b"something else").expect("set");
        assert_eq!(keyring.read(&id).await, Err(KeyringError::Unreliable));
    }

    #[tokio::test]
    async fn a_keyring_that_appears_later_is_found() {
        let store = mock();
        let tries = std::sync::atomic::AtomicUsize::new(0);
        let open = move || match tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => Err(Error::NoDefaultStore),
            _ => Ok(store.clone()),
        };
        let keyring = Keyring::new(open, &[]);
        let key = Key::random();
        assert_eq!(keyring.store(&key).await, Err(KeyringError::Missing));
        assert_eq!(keyring.store(&key).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_mute_keyring_is_given_up_on_in_time() {
        let open = || {
            thread::park();
            Err(Error::NoDefaultStore)
        };
        let keyring = Keyring::new(open, &[]);
        assert_eq!(keyring.store(&Key::random()).await, Err(KeyringError::NoAnswer));
    }
}
