//! Signing in, whichever way: what all ways have in common.

use std::sync::Arc;

use matrix_sdk::{
    Client,
    ruma::{OwnedDeviceId, api::client::keys::get_keys},
};
use tracing::{info, warn};

use super::{
    Account, UNWRITABLE,
    grant::{Grant, see_through},
    kept::Kept,
    local::{Local, open_local, save},
    machine::{Begin, Ended, Pending, Phase, SigningIn, Turn},
    oauth, password,
    saved::{Custody, Intent, Saved, SavedSession, words},
    server::{self, Address, Found},
    ways::{Desk, Journey, Ready},
};
use crate::{
    failure::{from_http, from_io, from_sdk},
    vault::{Key, KeyPlace, Profile},
    wire::{ErrorKind, ServerOffer, SignInStep, SignInWay, UiError},
};

/// Who wants in, where, and how.
pub struct SignIn {
    /// A server name or address.
    pub server: String,
    /// The way.
    pub way: SignInWay,
    /// Others use this computer: nothing may stay on it.
    pub shared: bool,
}

/// What a sign-in starts from.
struct Ground {
    profile: Option<Arc<Profile>>,
    /// The key to seal with, and its place where it has one already.
    key: Key,
    place: Option<KeyPlace>,
    device_id: OwnedDeviceId,
    /// The session that is to be taken up again.
    renew: Option<SavedSession>,
    /// A sign-in that was broken off goes on.
    resumes: bool,
    /// Nothing may be written.
    shared: bool,
}

impl Account {
    /// Asks a server what it offers to somebody who wants in.
    ///
    /// # Errors
    ///
    /// Why the server cannot be used.
    pub async fn discover(&self, server: &str) -> Result<ServerOffer, UiError> {
        let server = Address::parse(server, None)?.server;
        Ok(self.find(&server).await?.offer.clone())
    }

    /// What is known of a server; it is asked where that is nothing.
    async fn find(&self, server: &str) -> Result<Arc<Found>, UiError> {
        let known = self.found().clone().filter(|found| found.is(server));
        if let Some(found) = known {
            return Ok(found);
        }
        let found = Arc::new(server::find(server).await?);
        *self.found() = Some(found.clone());
        Ok(found)
    }

    /// Signs in.
    ///
    /// # Errors
    ///
    /// What was wrong with the server or the user; [`ErrorKind::Cancelled`]. Nothing is left behind
    /// then, here or on the homeserver.
    pub async fn sign_in(&self, wish: SignIn) -> Result<Client, UiError> {
        let user = match &wish.way {
            SignInWay::Password { user, .. } | SignInWay::Register { user, .. } => Some(&**user),
            SignInWay::OAuth | SignInWay::CreateAccount | SignInWay::Sso { .. } => None,
        };
        let address = Address::parse(&wish.server, user)?;
        // Made before the turn is taken: whoever finds the turn taken can cancel this.
        let cancelled = self.cancel.notified();
        let begin = self.machine.turn_now().ok_or(ErrorKind::Cancelled)?;
        let (mut turn, mut ground) = self.ground(begin, &address, &wish)?;
        let signed_in = tokio::select! {
            biased;
            () = cancelled => Err(ErrorKind::Cancelled.into()),
            signed_in = self.try_sign_in(&mut turn, &address, wish, &mut ground) => signed_in,
        };
        *self.desk() = Desk::default();
        match signed_in {
            Ok((client, kept)) => {
                self.return_drafts(&kept);
                self.remember(&address.server, &kept);
                if let Err(error) = kept.follow(&client) {
                    warn!("refreshed tokens will not be saved: {error}");
                }
                turn.to(|signing_in| signing_in.succeeds(kept, client.clone()));
                Ok(client)
            }
            Err(error) => {
                // The next try asks anew what it met with.
                if error.kind != ErrorKind::WrongPassword {
                    *self.found() = None;
                }
                // The device of a sign-in that was broken off may be on the server's list: the next
                // try has to take it again.
                if !ground.resumes {
                    let renewing = ground.renew.is_some();
                    if !renewing && !ground.shared {
                        self.clear_up(&ground);
                    }
                    turn.to(|signing_in| signing_in.fails(renewing));
                }
                Err(error)
            }
        }
    }

    /// Cancels a sign-in that is under way.
    pub fn cancel_sign_in(&self) {
        self.cancel.notify_waiters();
    }

    /// Decides what of an earlier session the new one goes on with. What belongs to another user
    /// or device is kept, out of the way.
    fn ground<'a>(
        &'a self,
        begin: Begin<'a>,
        address: &Address,
        wish: &SignIn,
    ) -> Result<(Turn<'a, SigningIn>, Ground), UiError> {
        let turn = match begin {
            Begin::Out(turn) => turn,
            Begin::Ended(turn) => {
                let (custody, saved) = (turn.state().kept().custody(), turn.state().kept().saved());
                let same = turn.state().soft() && !wish.shared && may_be(address, wish, &saved);
                if let (true, Some((key, place))) = (same, custody.key()) {
                    let ground = Ground {
                        profile: custody.profile().cloned(),
                        key: key.clone(),
                        place: Some(place),
                        device_id: saved.session.meta().device_id.clone(),
                        renew: Some(saved),
                        resumes: false,
                        shared: false,
                    };
                    return Ok((turn.to(|ended| ended.begins(&address.server)), ground));
                }
                if !wish.shared {
                    self.leave_drafts(&custody, &saved);
                }
                turn.try_to(Ended::set_aside).map_err(|error| from_io(&error))?
            }
            // The profile belongs to another running app, or holds a session that is not to be
            // lost: the window offers other ways.
            Begin::Closed(_) | Begin::Unread(_) | Begin::In(_) => {
                return Err(ErrorKind::ProfileUnwritable.into());
            }
        };
        let out = turn.state();
        let mut ground = Ground::new(out.profile().cloned(), wish.shared);
        if let Some(Pending { intent, key, place }) = out.unfinished().filter(|_| !wish.shared) {
            (ground.key, ground.place) = (key.clone(), Some(*place));
            if (&intent.server, &intent.user) == (&address.server, &address.user) {
                ground.device_id = intent.device_id.clone();
                ground.resumes = true;
            }
        }
        Ok((turn.to(|out| out.begins(&address.server)), ground))
    }

    async fn try_sign_in(
        &self,
        turn: &mut Turn<'_, SigningIn>,
        address: &Address,
        wish: SignIn,
        ground: &mut Ground,
    ) -> Result<(Client, Kept), UiError> {
        let (found, custody) = tokio::join!(self.find(&address.server), self.custody(ground));
        let found = found?;
        let intent = Intent {
            server: address.server.clone(),
            user: address.user.clone(),
            device_id: ground.device_id.clone(),
        };
        // A session that is renewed has its device written down already.
        let custody =
            if ground.renew.is_some() { custody } else { self.note(custody, &intent).await };
        let journey = Journey {
            turn: &mut *turn,
            found: &found,
            user: &address.user,
            device_id: ground.device_id.clone(),
            renew: ground.renew.as_ref(),
        };
        let ready = self.go(journey, wish.way).await?;
        let store = ground.renew.as_ref().map(|saved| saved.store.clone());
        // Servers take long over a password on purpose; the local copy is made meanwhile.
        let (grant, local) =
            tokio::join!(self.claim(&found, ready, ground), open_local(&found, &custody, store));
        let grant = grant?;
        turn.stay(|signing_in| signing_in.now(Phase::Working(SignInStep::Preparing)));
        let (custody, local) = self.settle(&found, &grant, custody, local, ground).await?;
        let saved = SavedSession {
            server: address.server.clone(),
            homeserver: found.homeserver.clone(),
            session: grant.session().clone(),
            store: local.store,
            speaks: words(&found.speaks),
        };
        save(&custody, &saved)?;
        saved
            .session
            .give_to(&local.client)
            .await
            .map_err(|error| from_sdk(&error, &address.server))?;
        grant.keep();
        Ok((local.client, Kept::new(custody, saved, true)))
    }

    /// Has the server turn what the user brought into a session.
    async fn claim(
        &self,
        found: &Arc<Found>,
        ready: Ready,
        ground: &Ground,
    ) -> Result<Grant, UiError> {
        let (found, errands) = (found.clone(), self.errands.clone());
        let device_id = ground.device_id.clone();
        match ready {
            Ready::Made(grant) => Ok(*grant),
            Ready::Proof(proof) => {
                let log_in =
                    async move { password::log_in(&found, proof, device_id, errands).await };
                see_through(&self.errands, log_in).await
            }
            Ready::Code(authorization, query) => {
                let (server, servers) = (found.offer.server.clone(), self.servers.clone());
                let finish = oauth::finish(*authorization, query, server, servers, errands);
                see_through(&self.errands, finish).await
            }
        }
    }

    /// A session that was to be renewed may turn out to be another user's, or to be gone from the
    /// server with its keys. What was here is then set aside, and a new local copy made.
    async fn settle(
        &self,
        found: &Found,
        grant: &Grant,
        custody: Custody,
        local: Result<Local, UiError>,
        ground: &mut Ground,
    ) -> Result<(Custody, Local), UiError> {
        let Some(before) = &ground.renew else { return Ok((custody, local?)) };
        let same_user = before.session.meta().user_id == grant.session().meta().user_id;
        if same_user && is_known(grant, &found.offer.server).await? {
            return Ok((custody, local?));
        }
        info!("the session that was here cannot be taken up again");
        if let Ok(local) = local
            && let Err(error) = local.client.pause().await
        {
            warn!("the local copy was not closed: {error}");
        }
        self.leave_drafts(&custody, before);
        if let Some(profile) = &ground.profile {
            profile.set_aside().map_err(|error| from_io(&error))?;
        }
        ground.start_afresh();
        let custody = self.custody(ground).await;
        let local = open_local(found, &custody, None).await?;
        Ok((custody, local))
    }

    /// Finds out where the session can be kept. The key is in the keyring, and was read back,
    /// before anything is sealed with it.
    async fn custody(&self, ground: &Ground) -> Custody {
        if ground.shared {
            return Custody::shared(ground.profile.clone());
        }
        let Some(profile) = ground.profile.clone() else {
            return Custody::memory(None, UNWRITABLE);
        };
        if let Some(place) = ground.place {
            return Custody::sealed(profile, ground.key.clone(), place);
        }
        match self.keyring.store(&ground.key).await {
            Ok(()) => Custody::sealed(profile, ground.key.clone(), KeyPlace::Keyring),
            Err(error) => {
                info!("the session stays in memory: {error}");
                Custody::memory(Some(profile), error.into())
            }
        }
    }

    /// Writes down that a sign-in begins. Where that fails nothing later could be saved either.
    async fn note(&self, custody: Custody, intent: &Intent) -> Custody {
        let Err(error) = custody.save(&Saved::SigningIn(intent.clone())) else { return custody };
        warn!("the session stays in memory: {error}");
        if let Some((key, KeyPlace::Keyring)) = custody.key() {
            self.forget(key).await;
        }
        Custody::memory(None, UNWRITABLE)
    }

    /// Removes what a sign-in that came to nothing has left.
    fn clear_up(&self, ground: &Ground) {
        if let Some(profile) = &ground.profile {
            profile.wipe();
        }
        // A keyring that does not answer must not keep the user from trying again.
        let (keyring, id) = (self.keyring.clone(), ground.key.id());
        tokio::spawn(async move { keyring.forget(&id).await });
    }

    /// Remembers the server, except where others use this computer.
    fn remember(&self, server: &str, kept: &Kept) {
        let custody = kept.custody();
        let Some(profile) = custody.profile().filter(|_| !custody.is_shared()) else { return };
        if let Err(error) = self.servers.remember(server, profile) {
            warn!("the server will not be remembered: {error}");
        }
    }
}

impl Ground {
    fn new(profile: Option<Arc<Profile>>, shared: bool) -> Self {
        let (key, device_id) = (Key::random(), new_device_id());
        Self { profile, key, place: None, device_id, renew: None, resumes: false, shared }
    }

    /// Nothing of the session before is used but its device's name.
    fn start_afresh(&mut self) {
        self.renew = None;
        self.place = None;
        self.key = Key::random();
    }
}

/// Whether that may be the account of the saved session.
fn may_be(address: &Address, wish: &SignIn, saved: &SavedSession) -> bool {
    match wish.way {
        SignInWay::Password { .. } => address.is(&saved.session.meta().user_id, &saved.server),
        SignInWay::OAuth | SignInWay::Sso { .. } => address.server == saved.server,
        SignInWay::CreateAccount | SignInWay::Register { .. } => false,
    }
}

/// Whether the homeserver still has the keys of the device that signed in again. Where it was
/// removed meanwhile they are gone, and would not be uploaded from the old local copy again.
async fn is_known(grant: &Grant, server: &str) -> Result<bool, UiError> {
    // A password brings a session that no client has taken up yet.
    if grant.client.session_meta().is_none() {
        let taken_up = grant.session().give_to(&grant.client).await;
        taken_up.map_err(|error| from_sdk(&error, server))?;
    }
    let meta = grant.session().meta();
    let mut request = get_keys::v3::Request::new();
    request.device_keys.insert(meta.user_id.clone(), vec![meta.device_id.clone()]);
    let keys = grant.client.send(request).await.map_err(|error| from_http(&error, server))?;
    let own = keys.device_keys.get(&meta.user_id);
    Ok(own.is_some_and(|devices| devices.contains_key(&meta.device_id)))
}

/// The name under which the homeserver lists this device: enough to tell it from others, and
/// nothing about the computer's owner.
pub fn device_name() -> &'static str {
    match std::env::consts::OS {
        "windows" => "Galaxy Chat (Windows)",
        "macos" => "Galaxy Chat (macOS)",
        _ => "Galaxy Chat (Linux)",
    }
}

fn new_device_id() -> OwnedDeviceId {
    Key::random().id().as_str().to_ascii_uppercase().into()
}
