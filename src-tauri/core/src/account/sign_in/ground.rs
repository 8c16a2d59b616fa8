//! What a sign-in starts from, and what of an earlier session it goes on with.

use std::sync::Arc;

use matrix_sdk::ruma::OwnedDeviceId;
use sha2::{Digest as _, Sha256};
use tracing::warn;

use super::SignIn;
use crate::{
    account::{
        kept::Kept,
        machine::{Begin, Ended, Pending, SigningIn, Turn},
        saved::SavedSession,
        server::Address,
        servers::Servers,
    },
    vault::{Key, KeyId, KeyPlace, Profile},
    wire::{ErrorKind, SignInWay, UiError},
};

/// What a sign-in starts from. Nothing on the disk is changed by that.
pub struct Ground {
    pub profile: Option<Arc<Profile>>,
    /// The key to seal with, and its place where it has one already.
    pub key: Key,
    pub place: Option<KeyPlace>,
    pub device_id: OwnedDeviceId,
    /// The session that is to be taken up again.
    pub renew: Option<SavedSession>,
    /// A sign-in that was broken off goes on.
    pub resumes: bool,
    /// This sign-in is written down.
    pub noted: bool,
    /// The session that has ended here. It is set aside once there is another.
    pub replaces: Option<Replaced>,
    /// A note of another sign-in that was broken off is here.
    foreign_note: Option<(KeyId, KeyPlace)>,
    /// Nothing may be written.
    pub shared: bool,
}

/// A session that is here and has ended.
pub struct Replaced {
    pub kept: Kept,
    /// Its local copy is broken, and the homeserver still takes its tokens.
    pub broken: bool,
}

impl Ground {
    /// Decides what of an earlier session the new one goes on with. What belongs to another user
    /// or device stays as it is until there is a session to take its place.
    pub(super) fn decide<'a>(
        begin: Begin<'a>,
        address: &Address,
        wish: &SignIn,
    ) -> Result<(Turn<'a, SigningIn>, Self), UiError> {
        match begin {
            Begin::Out(turn) => {
                let out = turn.state();
                if let Some(profile) = out.profile()
                    && let Err(error) = profile.end_wipe()
                {
                    warn!("what a sign-out has left is still in the way: {error}");
                    return Err(ErrorKind::ProfileUnwritable.into());
                }
                let mut ground = Self::new(out.profile().cloned(), wish.shared);
                if let Some(pending) = out.unfinished().filter(|_| !wish.shared) {
                    ground.follow(pending, address);
                }
                Ok((turn.to(|out| out.begins(&address.server)), ground))
            }
            Begin::Ended(turn) => {
                let ground = Self::after(turn.state(), address, wish);
                Ok((turn.to(|ended| ended.begins(&address.server)), ground))
            }
            // The profile belongs to another running app, or holds a session that is not to be
            // lost: the window offers other ways.
            Begin::Closed(_) | Begin::Unread(_) | Begin::In(_) => {
                Err(ErrorKind::ProfileUnwritable.into())
            }
        }
    }

    fn new(profile: Option<Arc<Profile>>, shared: bool) -> Self {
        Self {
            profile,
            key: Key::random(),
            place: None,
            device_id: Key::random().id().as_str().to_ascii_uppercase().into(),
            renew: None,
            resumes: false,
            noted: false,
            replaces: None,
            foreign_note: None,
            shared,
        }
    }

    /// A sign-in was broken off before.
    fn follow(&mut self, Pending { intent, key, place }: &Pending, address: &Address) {
        if is_same_server(&intent.server, &address.server)
            && localpart(&intent.user) == localpart(&address.user)
        {
            (self.key, self.place) = (key.clone(), Some(*place));
            self.device_id = intent.device_id.clone();
            self.resumes = true;
        } else {
            self.device_id = next_device_id(key, address);
            self.foreign_note = Some((key.id(), *place));
        }
    }

    /// A session has ended here.
    fn after(ended: &Ended, address: &Address, wish: &SignIn) -> Self {
        let (custody, saved) = (ended.kept().custody(), ended.kept().saved());
        let mut ground = Self::new(custody.profile().cloned(), wish.shared);
        ground.replaces = Some(Replaced { kept: ended.kept().clone(), broken: ended.is_broken() });
        let Some((key, place)) = custody.key().filter(|_| !wish.shared) else { return ground };
        let is_there = custody
            .profile()
            .is_some_and(|profile| profile.has_store(&saved.store.name).unwrap_or(true));
        if ended.soft() && is_there && may_be(address, wish, &saved) {
            (ground.key, ground.place) = (key.clone(), Some(place));
            ground.device_id = saved.session.meta().device_id.clone();
            ground.renew = Some(saved);
        } else {
            ground.device_id = next_device_id(key, address);
        }
        ground
    }

    /// Nothing of the session before is used but its device's name.
    pub fn start_afresh(&mut self) {
        self.renew = None;
        self.place = None;
        self.key = Key::random();
    }

    /// Whether the file of the session has room for a note.
    pub fn is_noted_here(&self) -> bool {
        self.replaces.is_none() && self.foreign_note.is_none()
    }

    /// The key in the keyring of a note that is about to be written over.
    pub fn key_of_note(&self) -> Option<KeyId> {
        let note = self.foreign_note.clone().filter(|(_, place)| *place == KeyPlace::Keyring);
        note.map(|(key, _)| key)
    }

    /// What is known of servers; what a shared sign-in adds to it ends with that.
    pub fn servers(&self, known: &Arc<Servers>) -> Arc<Servers> {
        if self.shared { Arc::new(known.copy()) } else { known.clone() }
    }
}

/// The device that this sign-in asks for, where the file of the session has something else in it
/// than a note of that. Computed, it is the same at a try after a crash, so that no device of the
/// first try is left on the server's list.
fn next_device_id(key: &Key, address: &Address) -> OwnedDeviceId {
    let mut hash = Sha256::new_with_prefix(b"galaxy-chat next device");
    hash.update(key.bytes());
    for part in [&*tidy(&address.server), localpart(&address.user)] {
        hash.update([0]);
        hash.update(part);
    }
    let mut id = format!("{:x}", hash.finalize()).to_ascii_uppercase();
    id.truncate(16);
    id.into()
}

/// Whether that may be the account of the saved session.
fn may_be(address: &Address, wish: &SignIn, saved: &SavedSession) -> bool {
    let same_server = is_same_server(&address.server, &saved.server);
    let meta = saved.session.meta();
    match wish.way {
        SignInWay::Password { .. } => {
            (same_server && address.is_email())
                || address.is(&meta.user_id, &saved.server)
                || (same_server && address.user == meta.user_id.localpart())
        }
        SignInWay::OAuth | SignInWay::Sso { .. } => same_server,
        SignInWay::CreateAccount | SignInWay::Register { .. } => false,
    }
}

/// The user's name without the server's, which a server takes as the whole Matrix ID.
fn localpart(user: &str) -> &str {
    let id = user.strip_prefix('@').and_then(|id| id.split_once(':'));
    id.map_or(user, |(localpart, _)| localpart)
}

/// Whether two spellings name one server.
fn is_same_server(one: &str, other: &str) -> bool {
    tidy(one) == tidy(other)
}

/// A server's name in one spelling.
fn tidy(server: &str) -> String {
    let server = server.trim_end_matches('/').to_ascii_lowercase();
    let bare = server.strip_prefix("https://").map(str::to_owned);
    bare.unwrap_or(server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_server_are_told_from_others() {
        for same in ["matrix.org", "https://matrix.org", "Matrix.org/", "HTTPS://MATRIX.ORG/"] {
            assert!(is_same_server("matrix.org", same), "{same}");
        }
        for other in ["http://matrix.org", "matrix.org:8448", "matrix.com", "https://x/matrix.org"]
        {
            assert!(!is_same_server("matrix.org", other), "{other}");
        }
    }

    #[test]
    fn another_try_asks_for_the_same_device_and_another_user_for_another() {
        let key = Key::random();
        let id = |server: &str, user| {
            next_device_id(&key, &Address::parse(server, Some(user)).expect("an address"))
        };
        assert_eq!(id("matrix.org", "a"), id("matrix.org", "a"));
        assert_eq!(id("matrix.org", "a"), id("https://Matrix.org", "@a:matrix.org"));
        let all = [id("matrix.org", "a"), id("matrix.org", "b"), id("matrix.com", "a")];
        assert!(all[0] != all[1] && all[0] != all[2] && all[1] != all[2]);
    }
}
