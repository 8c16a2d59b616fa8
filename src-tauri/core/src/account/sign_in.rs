//! Signing in, whichever way: what all ways have in common.

mod exchange;
mod ground;
mod keep;

use std::sync::Arc;

use futures_util::TryFutureExt as _;
use matrix_sdk::Client;
use tracing::{info, warn};

use self::ground::Ground;
use super::{
    Account, client,
    grant::{Grant, see_through},
    kept::Kept,
    local::{Local, open_local},
    machine::{Phase, SigningIn, Turn},
    oauth, password,
    saved::{Custody, Intent, SavedSession, words},
    server::{self, Address, Found},
    servers::Servers,
    ways::{Desk, Journey, Ready},
};
use crate::{
    failure::from_sdk,
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
    /// What was wrong with the server or the user; [`ErrorKind::Cancelled`]. Nothing of this try is
    /// left behind then, here or on the homeserver, and what was here before is as it was.
    pub async fn sign_in(&self, wish: SignIn) -> Result<Client, UiError> {
        let user = match &wish.way {
            SignInWay::Password { user, .. } | SignInWay::Register { user, .. } => Some(&**user),
            SignInWay::OAuth | SignInWay::CreateAccount | SignInWay::Sso { .. } => None,
        };
        let address = Address::parse(&wish.server, user)?;
        // Made before the turn is taken: whoever finds the turn taken can cancel this.
        let cancelled = self.cancel.notified();
        let begin = self.machine.turn_now().ok_or(ErrorKind::Cancelled)?;
        let (mut turn, mut ground) = Ground::decide(begin, &address, &wish)?;
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
                kept.follow(&client);
                turn.to(|signing_in| signing_in.succeeds(kept, client.clone()));
                Ok(client)
            }
            Err(error) => {
                // The next try asks anew what it met with.
                if error.kind != ErrorKind::WrongPassword {
                    *self.found() = None;
                }
                self.clear_up(&ground).await;
                let broken = ground.renew.is_some() && error.kind == ErrorKind::StoreBroken;
                turn.to(|signing_in| signing_in.fails(broken));
                Err(error)
            }
        }
    }

    /// Cancels a sign-in that is under way.
    pub fn cancel_sign_in(&self) {
        self.cancel.notify_waiters();
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
        let custody = self.note(custody, &intent, ground).await;
        let servers = ground.servers(&self.servers);
        let journey = Journey {
            turn: &mut *turn,
            found: &found,
            user: &address.user,
            device_id: ground.device_id.clone(),
            renew: ground.renew.as_ref(),
            servers: &servers,
        };
        let ready = self.go(journey, wish.way).await?;
        let store = ground.renew.as_ref().map(|saved| saved.store.clone());
        // Servers take long over a password on purpose; the local copy is made meanwhile.
        let (grant, local) = tokio::join!(
            self.claim(&found, ready, ground, &servers),
            open_local(&found, &custody, store)
        );
        let mut grant = grant?;
        turn.stay(|signing_in| signing_in.now(Phase::Working(SignInStep::Preparing)));
        let kept = self.take_in(address, &found, &grant, custody, local, ground).await;
        match &kept {
            Ok(_) => grant.keep(),
            // Nobody can take that device up again.
            Err(error) if error.kind == ErrorKind::StoreBroken => grant.renews(None),
            Err(_) => {}
        }
        kept
    }

    /// Makes what the server has given the session that is here.
    async fn take_in(
        &self,
        address: &Address,
        found: &Found,
        grant: &Grant,
        custody: Custody,
        local: Result<Local, UiError>,
        ground: &mut Ground,
    ) -> Result<(Client, Kept), UiError> {
        let (custody, local) = self.settle(found, grant, custody, local, ground).await?;
        let saved = SavedSession {
            server: address.server.clone(),
            homeserver: found.homeserver.clone(),
            session: grant.session().clone(),
            store: local.store,
            speaks: words(&found.speaks),
        };
        let given = saved.session.give_to(&local.client).await;
        given.map_err(|error| from_sdk(&error, &address.server))?;
        self.own(&custody, &saved, &local.client, ground).await?;
        self.replace(&custody, &saved, ground)?;
        Ok((local.client, Kept::new(custody, saved, true, local.gate)))
    }

    /// Has the server turn what the user brought into a session.
    async fn claim(
        &self,
        found: &Arc<Found>,
        ready: Ready,
        ground: &Ground,
        servers: &Arc<Servers>,
    ) -> Result<Grant, UiError> {
        let server = &found.offer.server;
        let (found, errands) = (found.clone(), self.errands.clone());
        let device_id = ground.device_id.clone();
        let user = ground.renew.as_ref().map(|saved| saved.session.meta().user_id.clone());
        let renewing = |mut grant: Grant| {
            grant.renews(user);
            grant
        };
        match ready {
            Ready::Made(grant) => Ok(*grant),
            Ready::Proof(proof) => {
                let log_in =
                    async move { password::log_in(&found, proof, device_id, errands).await };
                see_through(&self.errands, server, log_in.map_ok(renewing)).await
            }
            Ready::Code(authorization, query) => {
                let (name, servers) = (server.clone(), servers.clone());
                let finish = oauth::finish(*authorization, query, name, servers, errands);
                see_through(&self.errands, server, finish.map_ok(renewing)).await
            }
        }
    }

    /// A session that was to be renewed may turn out to be another user's, or to be gone from the
    /// server with its keys. A new local copy is made then.
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
        if same_user && grant.is_known(&found.offer.server).await? {
            return Ok((custody, local?));
        }
        info!("the session that was here cannot be taken up again");
        if let Ok(local) = local
            && let Err(error) = local.client.pause().await
        {
            warn!("the local copy was not closed: {error}");
        }
        ground.start_afresh();
        let custody = self.custody(ground).await;
        let local = open_local(found, &custody, None).await?;
        Ok((custody, local))
    }
}

/// The name under which the homeserver lists this device: enough to tell it from others, and
/// nothing about the computer's owner.
pub fn device_name() -> String {
    format!("Galaxy Chat ({})", client::system())
}
