//! The session as one state.
//!
//! Each state is a type of its own, and a transition takes one state and returns the next: what is
//! not written here cannot happen. What the window sees is said by the states, in [`Stage::shown`].

mod stages;

use std::sync::Arc;

use matrix_sdk::Client;
use tokio::sync::{Mutex, MutexGuard};

pub use self::stages::{Closed, Ended, In, Out, Pending, Phase, SigningIn, SigningOut, Unread};
use super::kept::Kept;
use crate::{board::Board, vault::Profile, wire::Session};

/// Holds the state. Whoever changes it has a [`Turn`]; the others wait.
pub struct Machine {
    board: Board,
    state: Mutex<State>,
}

/// The states in which nothing is under way.
enum State {
    Closed(Closed),
    Unread(Unread),
    Out(Out),
    In(In),
    Ended(Ended),
}

/// A state.
pub trait Stage {
    /// What the window shows.
    fn shown(&self) -> Session;

    /// Where a turn that is given up half-way leaves the session.
    fn rest(self) -> Rest;
}

/// A state in which nothing is under way; only this module looks inside.
pub struct Rest(State);

/// The right to change the state, and the state. Dropping it leaves the session in what
/// [`Stage::rest`] says, so that nothing is lost where a task ends early.
pub struct Turn<'a, S: Stage> {
    held: Option<(S, MutexGuard<'a, State>)>,
    board: &'a Board,
}

/// A turn, by the state that it begins in.
pub enum Begin<'a> {
    Closed(Turn<'a, Closed>),
    Unread(Turn<'a, Unread>),
    Out(Turn<'a, Out>),
    In(Turn<'a, In>),
    Ended(Turn<'a, Ended>),
}

impl Machine {
    pub fn new(board: Board) -> Self {
        Self { board, state: Mutex::new(State::Closed(Closed::default())) }
    }

    /// Waits for a turn.
    pub async fn turn(&self) -> Begin<'_> {
        self.begin(self.state.lock().await)
    }

    /// A turn, where nobody else has it.
    pub fn turn_now(&self) -> Option<Begin<'_>> {
        self.state.try_lock().ok().map(|home| self.begin(home))
    }

    fn begin<'a>(&'a self, mut home: MutexGuard<'a, State>) -> Begin<'a> {
        // The turn puts a state back when it ends, however it ends.
        let state = std::mem::replace(&mut *home, State::Closed(Closed::default()));
        let board = &self.board;
        match state {
            State::Closed(state) => Begin::Closed(Turn { held: Some((state, home)), board }),
            State::Unread(state) => Begin::Unread(Turn { held: Some((state, home)), board }),
            State::Out(state) => Begin::Out(Turn { held: Some((state, home)), board }),
            State::In(state) => Begin::In(Turn { held: Some((state, home)), board }),
            State::Ended(state) => Begin::Ended(Turn { held: Some((state, home)), board }),
        }
    }
}

impl Begin<'_> {
    /// The app closes. Answers what was open: the profile, and the session.
    pub fn closes(self) -> (Option<Arc<Profile>>, Option<(Kept, Client)>) {
        match self {
            Self::Closed(_) => (None, None),
            Self::Unread(turn) => {
                let profile = turn.state().profile().clone();
                turn.to(|_| Closed::default());
                (Some(profile), None)
            }
            Self::Out(turn) => {
                let profile = turn.state().profile().cloned();
                turn.to(|_| Closed::default());
                (profile, None)
            }
            Self::In(turn) => {
                let (kept, client) = (turn.state().kept().clone(), turn.state().client().clone());
                turn.to(|_| Closed::default());
                (kept.custody().profile().cloned(), Some((kept, client)))
            }
            Self::Ended(turn) => {
                let profile = turn.state().kept().custody().profile().cloned();
                turn.to(|_| Closed::default());
                (profile, None)
            }
        }
    }
}

impl<'a, S: Stage> Turn<'a, S> {
    /// Goes on to the next state, and shows it.
    pub fn to<T: Stage>(mut self, transition: impl FnOnce(S) -> T) -> Turn<'a, T> {
        let (state, home) = self.take();
        let state = transition(state);
        self.board.set_session(state.shown());
        Turn { held: Some((state, home)), board: self.board }
    }

    /// Goes on within the same state, and shows it.
    pub fn stay(&mut self, transition: impl FnOnce(S) -> S) {
        let (state, home) = self.take();
        let state = transition(state);
        self.board.set_session(state.shown());
        self.held = Some((state, home));
    }

    /// As [`Turn::to`], where the transition may fail and then leaves everything as it was.
    pub fn try_to<T: Stage, E>(
        mut self,
        transition: impl FnOnce(&S) -> Result<T, E>,
    ) -> Result<Turn<'a, T>, E> {
        let next = transition(self.state())?;
        let (_, home) = self.take();
        self.board.set_session(next.shown());
        Ok(Turn { held: Some((next, home)), board: self.board })
    }

    /// The state.
    #[expect(clippy::expect_used, reason = "it is empty only within the methods beside this one")]
    pub fn state(&self) -> &S {
        &self.held.as_ref().expect("a turn has its state").0
    }

    #[expect(clippy::expect_used, reason = "whoever takes it puts another back, or ends the turn")]
    fn take(&mut self) -> (S, MutexGuard<'a, State>) {
        self.held.take().expect("a turn has its state")
    }
}

impl<S: Stage> Drop for Turn<'_, S> {
    fn drop(&mut self) {
        if let Some((state, mut home)) = self.held.take() {
            let Rest(state) = state.rest();
            self.board.set_session(state.shown());
            *home = state;
        }
    }
}

impl State {
    fn shown(&self) -> Session {
        match self {
            Self::Closed(state) => state.shown(),
            Self::Unread(state) => state.shown(),
            Self::Out(state) => state.shown(),
            Self::In(state) => state.shown(),
            Self::Ended(state) => state.shown(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{LockReason, SignInStep};

    fn shown(board: &Board) -> Session {
        board.session()
    }

    #[tokio::test]
    async fn every_state_shows_and_a_turn_given_up_goes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let profile = Arc::new(Profile::open(folder.path()).expect("opens"));
        let board = Board::new(Vec::new());
        let machine = Machine::new(board.clone());
        let Begin::Closed(turn) = machine.turn().await else { panic!("closed") };
        drop(turn.to(|closed| closed.locked(LockReason::ProfileInUse)));
        assert_eq!(shown(&board), Session::Locked { reason: LockReason::ProfileInUse });

        let Begin::Closed(turn) = machine.turn().await else { panic!("closed") };
        drop(turn.to(|closed| closed.opened(profile)));
        assert_eq!(shown(&board), Session::Restoring);
        let Begin::Unread(turn) = machine.turn().await else { panic!("unread") };
        drop(turn.to(|unread| unread.locked(LockReason::KeyGone)));
        assert_eq!(shown(&board), Session::Locked { reason: LockReason::KeyGone });

        let Begin::Unread(turn) = machine.turn().await else { panic!("unread") };
        let mut turn = turn.to(|unread| unread.nothing(None)).to(|out| out.begins("example.org"));
        assert!(machine.turn_now().is_none(), "one at a time");
        let step = SignInStep::Confirming;
        turn.stay(|signing_in| signing_in.now(Phase::Working(step)));
        assert_eq!(shown(&board), Session::SigningIn { server: "example.org".to_owned(), step });
        drop(turn);
        assert_eq!(shown(&board), Session::SignedOut { unfinished: None, set_aside: false });
        assert!(matches!(machine.turn().await, Begin::Out(_)));
    }

    #[tokio::test]
    async fn a_transition_that_fails_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let profile = Arc::new(Profile::open(folder.path()).expect("opens"));
        std::fs::write(profile.session_file(), "what is to be moved").expect("written");
        // Where the folder should be there is a file.
        std::fs::write(folder.path().join("set-aside"), "").expect("written");
        let board = Board::new(Vec::new());
        let machine = Machine::new(board.clone());
        let Begin::Closed(turn) = machine.turn().await else { panic!("closed") };
        let turn = turn
            .to(|closed| closed.opened(profile))
            .to(|unread| unread.locked(LockReason::OtherKey));
        assert!(turn.try_to(Unread::set_aside).is_err());
        assert_eq!(shown(&board), Session::Locked { reason: LockReason::OtherKey });
        assert!(matches!(machine.turn().await, Begin::Unread(_)));
    }
}
