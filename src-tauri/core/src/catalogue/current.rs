use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Catalogue;

/// The list of rooms as it stands: the app's own, with what the live Space has told of it. Those who
/// share it see the same one.
#[derive(Clone)]
pub struct Current {
    own: Arc<Catalogue>,
    now: Arc<Mutex<Arc<Catalogue>>>,
}

impl Current {
    /// Nothing is told yet.
    pub fn new(own: Catalogue) -> Self {
        let own = Arc::new(own);
        Self { now: Arc::new(Mutex::new(own.clone())), own }
    }

    /// The app's own list.
    pub fn own(&self) -> &Arc<Catalogue> {
        &self.own
    }

    /// The list to use.
    pub fn now(&self) -> Arc<Catalogue> {
        self.lock().clone()
    }

    /// From now on it is this.
    pub fn set(&self, catalogue: Arc<Catalogue>) {
        *self.lock() = catalogue;
    }

    /// What was told belonged to a session: without one it is not shown.
    pub fn reset(&self) {
        self.set(self.own.clone());
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Catalogue>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
