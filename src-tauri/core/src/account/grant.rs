//! What a homeserver has given, until it is in safe hands.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use matrix_sdk::{
    Client,
    ruma::{OwnedUserId, api::client::keys::get_keys},
};
use tokio::{sync::oneshot, task::JoinSet, time::timeout};
use tracing::{info, warn};
use url::Url;

use super::{leave, saved::Access};
use crate::{
    failure::{from_http, from_sdk},
    wire::{ErrorKind, UiError},
};

/// How long the user waits for the answer that signs in. Servers take seconds over a password on purpose.
const GRANT_PATIENCE: Duration = Duration::from_secs(30);

/// What goes on by itself after a sign-in or a sign-out, and is waited for when the app closes.
#[derive(Clone, Default)]
pub struct Errands(Arc<Mutex<JoinSet<()>>>);

impl Errands {
    /// Does this beside everything else.
    pub fn run(&self, errand: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(errand);
    }

    /// Ends them all.
    pub fn stop(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }

    /// Waits until all are done, and those that they begin: a request that nobody waits for may bring a
    /// session that has to be given back.
    pub async fn finish(&self) {
        loop {
            let mut tasks =
                std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
            if tasks.is_empty() {
                return;
            }
            while tasks.join_next().await.is_some() {}
        }
    }
}

/// A session that the homeserver has given. Dropped before it is kept, it is given back: a sign-in
/// that comes to nothing leaves no device on the homeserver.
pub struct Grant {
    session: Option<Access>,
    /// Signed in with it, without a store.
    pub client: Client,
    errands: Errands,
    /// The session that was to be taken up again was this user's.
    renews: Option<OwnedUserId>,
}

impl Grant {
    pub fn new(session: Access, client: Client, errands: Errands) -> Self {
        Self { session: Some(session), client, errands, renews: None }
    }

    /// Its device was there before, and stays where this comes to nothing: giving the session back would
    /// remove the device with its keys.
    pub fn renews(&mut self, user: Option<OwnedUserId>) {
        self.renews = user;
    }

    /// Whether the homeserver still has the keys of the device that signed in again. Where it was
    /// removed meanwhile they are gone, and would not be uploaded from the old local copy again.
    pub async fn is_known(&self, server: &str) -> Result<bool, UiError> {
        is_known(&self.client, self.session(), server).await
    }

    #[expect(clippy::expect_used, reason = "only `keep` and the end empty it")]
    pub fn session(&self) -> &Access {
        self.session.as_ref().expect("it was not kept")
    }

    /// It is in safe hands.
    pub fn keep(mut self) {
        self.session = None;
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        let Some(session) = self.session.take() else { return };
        info!("a sign-in came to nothing after the server had agreed; signing out again");
        let client = self.client.clone();
        let is_renewal = self.renews.as_ref() == Some(&session.meta().user_id);
        if tokio::runtime::Handle::try_current().is_ok() {
            self.errands.run(async move {
                if is_renewal && is_known(&client, &session, "").await.unwrap_or(true) {
                    return;
                }
                give_back(client.homeserver(), session).await;
            });
        }
    }
}

async fn is_known(client: &Client, session: &Access, server: &str) -> Result<bool, UiError> {
    // A password brings a session that no client has taken up yet.
    if client.session_meta().is_none() {
        session.give_to(client).await.map_err(|error| from_sdk(&error, server))?;
    }
    let meta = session.meta();
    let mut request = get_keys::v3::Request::new();
    request.device_keys.insert(meta.user_id.clone(), vec![meta.device_id.clone()]);
    let keys = client.send(request).await.map_err(|error| from_http(&error, server))?;
    let own = keys.device_keys.get(&meta.user_id);
    Ok(own.is_some_and(|devices| devices.contains_key(&meta.device_id)))
}

/// Ends a session that nobody will use.
pub async fn give_back(homeserver: Url, session: Access) {
    for _ in 0..3 {
        if leave::end(&homeserver, &session, None).await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    }
    warn!("a sign-in that was given up left its device on the server");
}

/// Runs a request that the server may have granted although nobody waits for the answer any more, up to its
/// own limit ([`super::client::GRANT_TIMEOUT`]); the grant is then dropped, and so given back. `server` is
/// what it is called in errors.
///
/// # Errors
///
/// Those of the request; [`ErrorKind::ServerUnreachable`] after [`GRANT_PATIENCE`].
pub async fn see_through<T: Send + 'static>(
    errands: &Errands,
    server: &str,
    request: impl Future<Output = Result<T, UiError>> + Send + 'static,
) -> Result<T, UiError> {
    let (answer, answered) = oneshot::channel();
    errands.run(async move { drop(answer.send(request.await)) });
    match timeout(GRANT_PATIENCE, answered).await {
        Ok(granted) => granted.unwrap_or(Err(ErrorKind::Internal.into())),
        Err(_) => Err(UiError::new(ErrorKind::ServerUnreachable).with_detail(server)),
    }
}
