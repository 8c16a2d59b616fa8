//! Links that the system or a second start hands over, from the first moment of the process on.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use galaxy_chat_core::App;

/// Shows links as soon as there is a core that can; until then the latest is kept, which is all that the
/// window would show.
#[derive(Clone, Default)]
pub struct Links(Arc<Mutex<State>>);

enum State {
    /// The core is not there yet.
    Waiting(Option<String>),
    Ready(App),
}

impl Default for State {
    fn default() -> Self {
        Self::Waiting(None)
    }
}

impl Links {
    /// Shows a link, now or when the core is there.
    pub fn show(&self, link: &str) {
        match &mut *self.state() {
            State::Waiting(latest) => *latest = Some(link.to_owned()),
            State::Ready(core) => core.show_link(link),
        }
    }

    /// The core is there.
    pub fn ready(&self, core: &App) {
        let mut state = self.state();
        if let State::Waiting(Some(link)) = mem::replace(&mut *state, State::Ready(core.clone())) {
            core.show_link(&link);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
