//! The operating system's keyring, asked from a thread of its own.
//!
//! A locked keyring without anybody to unlock it can keep a caller waiting for ever. So the calls
//! run on a plain thread that nothing waits for at exit, and callers wait only as long as they
//! like. A caller that gave up is skipped when its turn comes, and a call that is over its time
//! holds up none after it.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use keyring::{CredentialStore, Entry, Error};
use tokio::sync::oneshot;
use tracing::warn;

use super::{Key, KeyId, worker::Worker};
use crate::wire::KeyringProblem;

/// The name under which the keyring lists our entries.
const SERVICE: &str = "org.galaxyproject.chat";

/// How long to wait before telling the user that the keyring does not answer: longer than any
/// keyring takes that is unlocked, shorter than anybody's patience.
const PATIENCE: Duration = Duration::from_secs(20);

/// Limits how long a key that is to be stored waits for a keyring that has taken the call, and may have
/// asked the user for its password.
const PROMPT_TIMEOUT: Duration = Duration::from_mins(2);

/// Names and values that go with a new entry.
type Attributes = &'static [(&'static str, &'static str)];

/// Opens the keyring.
type Open = dyn Fn() -> keyring::Result<Arc<CredentialStore>> + Send + Sync;

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
    worker: Worker,
    open: Arc<Open>,
    attributes: Attributes,
}

/// How far a call has come.
#[derive(Default)]
struct Progress {
    /// The thread that it runs in; zero before that.
    thread: AtomicU64,
    /// The keyring has answered that it is there.
    opened: AtomicBool,
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
        F: Fn() -> keyring::Result<Arc<CredentialStore>> + Send + Sync + 'static,
    {
        Self { worker: Worker::new(), open: Arc::new(open), attributes }
    }

    /// Stores a key under its id, reads it back and compares. What is stored after this has given up is
    /// forgotten again.
    ///
    /// # Errors
    ///
    /// Any [`KeyringError`]; nothing may be kept under the key then.
    pub async fn store(&self, key: &Key) -> Result<(), KeyringError> {
        let (key, attributes) = (key.clone(), self.attributes);
        let id = key.id();
        let work = move |store: &CredentialStore| {
            let entry = entry(store, &key.id(), attributes)?;
            entry.set_secret(key.to_text().as_bytes())?;
            match Key::from_text(&zeroize::Zeroizing::new(entry.get_secret()?)) {
                Some(read_back) if read_back == key => Ok(()),
                _ => Err(KeyringError::Unreliable),
            }
        };
        let undo = move |store: &CredentialStore| {
            if let Err(error) = forget(store, &id, attributes) {
                warn!("a key that came late stays in the keyring, where it opens nothing: {error}");
            }
        };
        self.ask(Some(PROMPT_TIMEOUT), work, undo).await
    }

    /// Reads the key of that id. Waits for ever where the keyring does: the caller decides when to
    /// tell the user, and may still take an answer that comes late.
    ///
    /// # Errors
    ///
    /// Any [`KeyringError`] but [`KeyringError::NoAnswer`].
    pub async fn read(&self, id: &KeyId) -> Result<Key, KeyringError> {
        let (id, attributes) = (id.clone(), self.attributes);
        let work = move |store: &CredentialStore| {
            let entry = entry(store, &id, attributes)?;
            let secret = zeroize::Zeroizing::new(entry.get_secret()?);
            Key::from_text(&secret).ok_or(KeyringError::Unreliable)
        };
        self.ask(None, work, |_| ()).await
    }

    /// Forgets the key of that id; fine where there is none.
    ///
    /// # Errors
    ///
    /// Any [`KeyringError`]; the entry may then still be there.
    pub async fn forget(&self, id: &KeyId) -> Result<(), KeyringError> {
        let (id, attributes) = (id.clone(), self.attributes);
        self.ask(Some(PATIENCE), move |store| forget(store, &id, attributes), |_| ()).await
    }

    /// How long a caller of [`Keyring::read`] waits before telling the user.
    pub fn patience() -> Duration {
        PATIENCE
    }

    /// Has the thread do this. Waits for ever without a `limit`; with one, as long as that, and for a
    /// keyring that does not even open as long as [`PATIENCE`]. What was done after that is undone.
    async fn ask<T, F>(
        &self,
        limit: Option<Duration>,
        work: F,
        undo: impl FnOnce(&CredentialStore) + Send + 'static,
    ) -> Result<T, KeyringError>
    where
        T: Send + 'static,
        F: FnOnce(&CredentialStore) -> Result<T, KeyringError> + Send + 'static,
    {
        let (answer, mut answered) = oneshot::channel();
        let (open, progress) = (self.open.clone(), Arc::new(Progress::default()));
        let reached = progress.clone();
        let mut thread = self.worker.run(move |thread| {
            // The caller may have given up meanwhile; then nobody wants the answer.
            if answer.is_closed() {
                return;
            }
            reached.thread.store(thread, Ordering::SeqCst);
            match open() {
                Ok(store) => {
                    reached.opened.store(true, Ordering::SeqCst);
                    if let Err(Ok(_)) = answer.send(work(&*store)) {
                        undo(&*store);
                    }
                }
                Err(error) => drop(answer.send(Err(error.into()))),
            }
        });
        let mut waited = Duration::ZERO;
        loop {
            if let Ok(answer) = tokio::time::timeout(PATIENCE, &mut answered).await {
                return answer.unwrap_or(Err(KeyringError::Missing));
            }
            waited += PATIENCE;
            // It is this call that does not return, or the one before it.
            match progress.thread.load(Ordering::SeqCst) {
                0 => thread = self.worker.replace(thread),
                own => drop(self.worker.replace(own)),
            }
            let opened = progress.opened.load(Ordering::SeqCst);
            if limit.is_some_and(|limit| !opened || waited >= limit) {
                // From now on it is late, unless it came in this moment.
                answered.close();
                return answered.try_recv().unwrap_or(Err(KeyringError::NoAnswer));
            }
        }
    }
}

fn forget(store: &CredentialStore, id: &KeyId, attributes: Attributes) -> Result<(), KeyringError> {
    match entry(store, id, attributes)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(error.into()),
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
    use std::thread;

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

    /// A keyring whose first calls do not return before they are let go, and whose others work.
    struct Stuck {
        keyring: Keyring,
        tries: Arc<AtomicU64>,
        go: Arc<AtomicBool>,
    }

    impl Stuck {
        fn new(calls: u64, store: &Arc<CredentialStore>) -> Self {
            let (tries, go) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
            let (opened, counted, freed) = (store.clone(), tries.clone(), go.clone());
            let open = move || {
                if counted.fetch_add(1, Ordering::SeqCst) < calls {
                    while !freed.load(Ordering::SeqCst) {
                        thread::sleep(Duration::from_millis(5));
                    }
                }
                Ok(opened.clone())
            };
            Self { keyring: Keyring::new(open, &[]), tries, go }
        }

        /// Stores a key; when the call has begun, its time is over.
        async fn store(&self, key: &Key) -> Result<(), KeyringError> {
            let (before, keyring, key) =
                (self.tries.load(Ordering::SeqCst), self.keyring.clone(), key.clone());
            let storing = tokio::spawn(async move { keyring.store(&key).await });
            while self.tries.load(Ordering::SeqCst) == before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            tokio::time::pause();
            let stored = storing.await.expect("no panic");
            tokio::time::resume();
            stored
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_mute_keyring_is_given_up_on_in_time() {
        let keyring = Stuck::new(u64::MAX, &mock()).keyring;
        assert_eq!(keyring.store(&Key::random()).await, Err(KeyringError::NoAnswer));
    }

    #[tokio::test]
    async fn a_call_that_does_not_return_holds_up_none_after_it() {
        let stuck = Stuck::new(2, &mock());
        let key = Key::random();
        for _ in 0..2 {
            assert_eq!(stuck.store(&key).await, Err(KeyringError::NoAnswer));
        }
        stuck.keyring.store(&key).await.expect("stored");
        assert_eq!(stuck.keyring.read(&key.id()).await, Ok(key));
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_never_return_are_not_given_threads_without_end() {
        let Stuck { keyring, go, .. } = Stuck::new(u64::MAX, &mock());
        let id = Key::random().id();
        for _ in 0..30 {
            assert_eq!(keyring.forget(&id).await, Err(KeyringError::NoAnswer));
        }
        assert!(keyring.worker.threads() <= 9, "{}", keyring.worker.threads());
        go.store(true, Ordering::SeqCst);
        tokio::time::resume();
        keyring.forget(&id).await.expect("they have come back");
    }

    #[tokio::test]
    async fn a_key_that_is_stored_late_is_forgotten() {
        let stuck = Stuck::new(1, &mock());
        let key = Key::random();
        assert_eq!(stuck.store(&key).await, Err(KeyringError::NoAnswer));
        stuck.go.store(true, Ordering::SeqCst);
        while stuck.keyring.worker.threads() > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(stuck.keyring.read(&key.id()).await, Err(KeyringError::NoEntry));
    }
}
