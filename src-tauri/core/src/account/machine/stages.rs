//! The states and what can follow on each.

#![expect(clippy::unused_self, reason = "a transition uses the state up, whatever is in it")]

use std::{io, sync::Arc};

use matrix_sdk::Client;

use super::{Rest, Stage, State};
use crate::{
    account::{kept::Kept, saved::Intent},
    vault::{Key, KeyPlace, Profile},
    wire::{LockReason, RegistrationStage, Session, SignInStep, Unfinished},
};

/// The profile is not open.
#[derive(Default)]
pub struct Closed {
    reason: Option<LockReason>,
}

impl Closed {
    /// It cannot be opened, and there may be a session in it.
    pub fn locked(self, reason: LockReason) -> Self {
        Self { reason: Some(reason) }
    }

    /// Why not, where that is known.
    pub fn reason(&self) -> Option<LockReason> {
        self.reason
    }

    /// The profile is open; what is in it is not known yet.
    pub fn opened(self, profile: Arc<Profile>) -> Unread {
        Unread { profile, reason: None }
    }

    /// There is no profile, and will be none in this run.
    pub fn without_profile(self) -> Out {
        Out { profile: None, unfinished: None }
    }
}

impl Stage for Closed {
    fn shown(&self) -> Session {
        match self.reason {
            None => Session::Restoring,
            Some(reason) => Session::Locked { reason },
        }
    }

    fn rest(self) -> Rest {
        Rest(State::Closed(self))
    }
}

/// There may be a saved session, which has not been read, or cannot be.
pub struct Unread {
    profile: Arc<Profile>,
    reason: Option<LockReason>,
}

impl Unread {
    pub fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    /// It is being read.
    pub fn reading(self) -> Self {
        Self { reason: None, ..self }
    }

    /// It cannot be read.
    pub fn locked(self, reason: LockReason) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// There is none, or a sign-in that was not finished.
    pub fn nothing(self, unfinished: Option<Pending>) -> Out {
        Out { profile: Some(self.profile), unfinished }
    }

    /// It is there, and the client goes on where it left off.
    pub fn opened(self, kept: Kept, client: Client) -> In {
        In { kept, client }
    }

    /// It is there, but its local copy is not.
    pub fn broken(self, kept: Kept) -> Ended {
        Ended { kept, soft: false, broken: true }
    }

    /// Moves it out of the way.
    pub fn set_aside(&self) -> io::Result<Out> {
        self.profile.set_aside()?;
        Ok(Out { profile: Some(self.profile.clone()), unfinished: None })
    }

    /// The user gives up what is here.
    pub fn leaves(self) -> SigningOut {
        SigningOut { profile: Some(self.profile) }
    }
}

impl Stage for Unread {
    fn shown(&self) -> Session {
        match self.reason {
            None => Session::Restoring,
            Some(reason) => Session::Locked { reason },
        }
    }

    fn rest(self) -> Rest {
        Rest(State::Unread(self))
    }
}

/// Nobody is signed in.
pub struct Out {
    profile: Option<Arc<Profile>>,
    unfinished: Option<Pending>,
}

/// A sign-in that was begun and not finished, and the key to its file.
#[derive(Clone)]
pub struct Pending {
    pub intent: Intent,
    pub key: Key,
    pub place: KeyPlace,
}

impl Out {
    pub fn profile(&self) -> Option<&Arc<Profile>> {
        self.profile.as_ref()
    }

    pub fn unfinished(&self) -> Option<&Pending> {
        self.unfinished.as_ref()
    }

    /// The user gives up what was set aside.
    pub fn leaves(self) -> SigningOut {
        SigningOut { profile: self.profile }
    }

    /// A sign-in begins.
    pub fn begins(self, server: &str) -> SigningIn {
        SigningIn::new(Before::Out(self), server)
    }
}

impl Stage for Out {
    fn shown(&self) -> Session {
        let unfinished = self.unfinished.as_ref().map(|pending| Unfinished {
            server: pending.intent.server.clone(),
            user: pending.intent.user.clone(),
        });
        let set_aside = self.profile.as_ref().is_some_and(|profile| profile.has_set_aside());
        Session::SignedOut { unfinished, set_aside }
    }

    fn rest(self) -> Rest {
        Rest(State::Out(self))
    }
}

/// A sign-in is under way.
pub struct SigningIn {
    before: Before,
    server: String,
    phase: Phase,
}

/// What a sign-in began from, and goes back to where it comes to nothing.
pub enum Before {
    Out(Out),
    Ended(Ended),
}

/// How far a sign-in is.
pub enum Phase {
    /// The app or the homeserver is at work.
    Working(SignInStep),
    /// The browser has the next word.
    Browser { host: String, address: String, creating: bool },
    /// The user was asked something before an account is made.
    Asked(RegistrationStage),
}

impl SigningIn {
    fn new(before: Before, server: &str) -> Self {
        let phase = Phase::Working(SignInStep::FindingServer);
        Self { before, server: server.to_owned(), phase }
    }

    /// Goes on.
    pub fn now(self, phase: Phase) -> Self {
        Self { phase, ..self }
    }

    /// It came to something.
    pub fn succeeds(self, kept: Kept, client: Client) -> In {
        In { kept, client }
    }

    /// It came to nothing. What was there before is as it was, except that a session whose local
    /// copy is `broken` cannot be taken up again.
    pub fn fails(self, broken: bool) -> Before {
        match self.before {
            Before::Ended(ended) if broken => Before::Ended(Ended { soft: false, ..ended }),
            before => before,
        }
    }
}

impl Stage for SigningIn {
    fn shown(&self) -> Session {
        let server = self.server.clone();
        match &self.phase {
            Phase::Working(step) => Session::SigningIn { server, step: *step },
            Phase::Asked(stage) => Session::Registering { server, stage: stage.clone() },
            Phase::Browser { host, address, creating } => Session::WaitingForBrowser {
                server,
                host: host.clone(),
                address: address.clone(),
                creating: *creating,
            },
        }
    }

    fn rest(self) -> Rest {
        self.before.rest()
    }
}

impl Stage for Before {
    fn shown(&self) -> Session {
        match self {
            Self::Out(out) => out.shown(),
            Self::Ended(ended) => ended.shown(),
        }
    }

    fn rest(self) -> Rest {
        match self {
            Self::Out(out) => out.rest(),
            Self::Ended(ended) => ended.rest(),
        }
    }
}

/// Signed in.
pub struct In {
    kept: Kept,
    client: Client,
}

impl In {
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The homeserver ended the session; `soft` says that the same device may sign in again.
    pub fn expires(self, soft: bool) -> Ended {
        Ended { kept: self.kept, soft, broken: false }
    }

    /// Where it is kept has changed.
    pub fn kept_elsewhere(self) -> Self {
        self
    }

    /// The user signs out.
    pub fn leaves(self) -> SigningOut {
        SigningOut { profile: self.kept.custody().profile().cloned() }
    }
}

impl Stage for In {
    fn shown(&self) -> Session {
        self.kept.shown_signed_in()
    }

    fn rest(self) -> Rest {
        Rest(State::In(self))
    }
}

/// The homeserver ended the session, or its local copy is broken. Everything that was here is here.
pub struct Ended {
    kept: Kept,
    soft: bool,
    broken: bool,
}

impl Ended {
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Whether the same device may sign in again.
    pub fn soft(&self) -> bool {
        self.soft
    }

    /// Whether it is the local copy that ended it, so that the homeserver still takes its tokens.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Somebody signs in.
    pub fn begins(self, server: &str) -> SigningIn {
        SigningIn::new(Before::Ended(self), server)
    }

    /// Moves what is here out of the way.
    pub fn set_aside(&self) -> io::Result<Out> {
        self.kept.retire();
        let profile = self.kept.custody().profile().cloned();
        if let Some(profile) = &profile {
            profile.set_aside()?;
        }
        Ok(Out { profile, unfinished: None })
    }

    /// The user gives up what is here.
    pub fn leaves(self) -> SigningOut {
        self.kept.retire();
        SigningOut { profile: self.kept.custody().profile().cloned() }
    }
}

impl Stage for Ended {
    fn shown(&self) -> Session {
        self.kept.shown_expired(self.broken)
    }

    fn rest(self) -> Rest {
        Rest(State::Ended(self))
    }
}

/// Signing out. There is no way back from here.
pub struct SigningOut {
    profile: Option<Arc<Profile>>,
}

impl SigningOut {
    pub fn profile(&self) -> Option<&Arc<Profile>> {
        self.profile.as_ref()
    }

    /// Everything is gone.
    pub fn done(self) -> Out {
        Out { profile: self.profile, unfinished: None }
    }
}

impl Stage for SigningOut {
    fn shown(&self) -> Session {
        Session::SigningOut
    }

    fn rest(self) -> Rest {
        self.done().rest()
    }
}
