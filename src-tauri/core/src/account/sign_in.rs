use std::{
    path::PathBuf,
    sync::{Arc, PoisonError},
};

use matrix_sdk::{
    Client, HttpError,
    authentication::matrix::MatrixSession,
    config::RequestConfig,
    ruma::{
        OwnedDeviceId,
        api::{
            client::{
                session::login::{
                    self,
                    v3::{LoginInfo, Password},
                },
                uiaa::{MatrixUserIdentifier, UserIdentifier},
            },
            error::ErrorKind as MatrixKind,
        },
        assign,
    },
    store::RoomLoadSettings,
};
use tokio::sync::oneshot;
use tracing::{info, warn};
use zeroize::Zeroizing;

use super::{
    Account, Kept, Pending, State, UNWRITABLE, client,
    saved::{Custody, Intent, Saved, SavedSession, StoreName},
    server::{self, Address, Found},
};
use crate::{
    failure::{from_http, from_io, from_sdk},
    vault::{Key, KeyPlace, Profile},
    wire::{ErrorKind, ServerOffer, Session, SignInStep, UiError},
};

/// What the user typed.
pub struct SignIn {
    /// A server name or address.
    pub server: String,
    /// A user name or full Matrix ID.
    pub user: String,
    /// The password.
    pub password: Zeroizing<String>,
}

/// What a sign-in starts from.
struct Ground {
    profile: Option<Arc<Profile>>,
    /// The key to seal with, and its place where it has one already.
    key: Key,
    place: Option<KeyPlace>,
    device_id: OwnedDeviceId,
    /// The store of the same user and device, where the session merely has to be renewed.
    store: Option<StoreName>,
}

impl Account {
    /// Asks a server what it offers to somebody who wants in.
    ///
    /// # Errors
    ///
    /// Why the server cannot be used.
    pub async fn discover(&self, server: &str) -> Result<ServerOffer, UiError> {
        let server = Address::parse(server, "somebody")?.server;
        let found = server::find(&server).await?;
        Ok(ServerOffer {
            host: found.homeserver.host_str().unwrap_or_default().to_owned(),
            server,
            oauth: None,
            password: true,
            providers: Vec::new(),
            create: None,
        })
    }

    /// Signs in with a password.
    ///
    /// # Errors
    ///
    /// What was wrong with the server, the user or the password; [`ErrorKind::Cancelled`]. Nothing
    /// is left behind then, here or on the homeserver.
    pub async fn sign_in(&self, request: SignIn) -> Result<Client, UiError> {
        let address = Address::parse(&request.server, &request.user)?;
        let mut state = self.state.try_lock().map_err(|_| ErrorKind::Cancelled)?;
        let ground = self.ground(&mut state, &address)?;
        let before = self.board.session();
        let signed_in = tokio::select! {
            biased;
            () = self.cancel.notified() => Err(ErrorKind::Cancelled.into()),
            signed_in = self.try_sign_in(&address, request.password, &ground) => signed_in,
        };
        match signed_in {
            Ok((client, kept)) => {
                self.return_drafts(&kept);
                self.enter(&mut state, kept, client.clone());
                Ok(client)
            }
            Err(error) if ground.store.is_some() => {
                self.board.set_session(before);
                Err(error)
            }
            Err(error) => {
                self.clear_up(&ground);
                self.leave_out(&mut state, ground.profile, None);
                Err(error)
            }
        }
    }

    /// Cancels a sign-in that is under way.
    pub fn cancel_sign_in(&self) {
        if matches!(self.board.session(), Session::SigningIn { .. }) {
            self.cancel.notify_waiters();
        }
    }

    /// Decides what of an earlier session the new one goes on with. What belongs to another user
    /// or device is kept, out of the way.
    fn ground(&self, state: &mut State, address: &Address) -> Result<Ground, UiError> {
        let mut profile = None;
        match state {
            State::Out { profile, unfinished: Some(Pending { intent, key, place }) } => {
                let same = (&intent.server, &intent.user) == (&address.server, &address.user);
                let device_id = if same { intent.device_id.clone() } else { new_device_id() };
                return Ok(Ground {
                    profile: profile.clone(),
                    key: key.clone(),
                    place: Some(*place),
                    device_id,
                    store: None,
                });
            }
            State::Out { profile: open, unfinished: None } => profile.clone_from(open),
            State::Ended { kept, soft } => {
                let (custody, saved) = kept.with(|kept| kept.clone());
                profile = custody.profile().cloned();
                let same = *soft && address.is(&saved.session.meta.user_id, &saved.server);
                if let (true, Some((key, place))) = (same, custody.key()) {
                    return Ok(Ground {
                        profile,
                        key: key.clone(),
                        place: Some(place),
                        device_id: saved.session.meta.device_id,
                        store: Some(saved.store),
                    });
                }
                let drafts = custody.drafts().map(|drafts| (saved.session.meta.user_id, drafts));
                *self.left_drafts.lock().unwrap_or_else(PoisonError::into_inner) = drafts;
                if let Some(profile) = &profile {
                    profile.set_aside().map_err(|error| from_io(&error))?;
                }
                self.leave_out(state, profile.clone(), None);
            }
            // The profile belongs to another running app, or holds a session that is not to be
            // lost: the window offers other ways.
            State::Closed | State::Locked { .. } | State::In { .. } => {
                return Err(ErrorKind::ProfileUnwritable.into());
            }
        }
        let device_id = new_device_id();
        Ok(Ground { profile, key: Key::random(), place: None, device_id, store: None })
    }

    /// The session that ended was set aside with its files; its drafts go on in the new one.
    fn return_drafts(&self, kept: &Kept) {
        let left = self.left_drafts.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((user, drafts)) = left else { return };
        let saved = kept.with(|(custody, saved)| {
            if saved.session.meta.user_id == user { custody.save_drafts(&drafts) } else { Ok(()) }
        });
        if let Err(error) = saved {
            warn!("drafts stay in what was set aside: {error}");
        }
    }

    async fn try_sign_in(
        &self,
        address: &Address,
        password: Zeroizing<String>,
        ground: &Ground,
    ) -> Result<(Client, Kept), UiError> {
        self.show_step(&address.server, SignInStep::FindingServer);
        let (homeserver, custody) =
            tokio::join!(server::find(&address.server), self.custody(ground));
        let homeserver = homeserver?;
        let intent = Intent {
            server: address.server.clone(),
            user: address.user.clone(),
            device_id: ground.device_id.clone(),
        };
        // A session that is renewed has its device written down already.
        let custody =
            if ground.store.is_some() { custody } else { self.note(custody, &intent).await };
        self.show_step(&address.server, SignInStep::CheckingPassword);
        self.log_in(&homeserver, &intent, password, &custody, ground).await
    }

    /// Finds out where the session can be kept. The key is in the keyring, and was read back,
    /// before anything is sealed with it.
    async fn custody(&self, ground: &Ground) -> Custody {
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

    async fn log_in(
        &self,
        server: &Found,
        intent: &Intent,
        password: Zeroizing<String>,
        custody: &Custody,
        ground: &Ground,
    ) -> Result<(Client, Kept), UiError> {
        let store = ground.store.clone().unwrap_or_else(StoreName::new);
        let folder = match custody.profile() {
            // A new store is kept only once there is a session to go with it.
            Some(profile) => Some(
                profile
                    .make_store(&store.name, ground.store.is_none())
                    .map_err(|error| from_io(&error))?,
            ),
            None => None,
        };
        // Servers take long over a password on purpose; the local copy is made meanwhile.
        let (session, client) = tokio::join!(
            request_token(&server.client, intent, password),
            new_client(server, folder, &store),
        );
        let session = session?;
        self.show_step(&intent.server, SignInStep::Preparing);
        let saved = SavedSession {
            server: intent.server.clone(),
            homeserver: server.homeserver.clone(),
            session,
            store,
        };
        let custody = self.save(custody, &saved, &server.client).await?;
        let client = client?;
        let auth = client.matrix_auth();
        auth.restore_session(saved.session.clone(), RoomLoadSettings::default())
            .await
            .map_err(|error| from_sdk(&error, &intent.server))?;
        Ok((client, Kept::new(custody, saved)))
    }

    /// Saves the session before anything is done with it. A disk that filled up meanwhile makes it
    /// one that lives in memory.
    async fn save(
        &self,
        custody: &Custody,
        saved: &SavedSession,
        client: &Client,
    ) -> Result<Custody, UiError> {
        let Err(error) = custody.save(&Saved::SignedIn(Box::new(saved.clone()))) else {
            if let (Some(profile), Some(_)) = (custody.profile(), custody.key()) {
                profile.keep_store(&saved.store.name).map_err(|error| from_io(&error))?;
            }
            return Ok(custody.clone());
        };
        warn!("the session could not be saved: {error}");
        give_back(client, saved.session.clone()).await;
        Err(from_io(&error))
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

    fn show_step(&self, server: &str, step: SignInStep) {
        self.board.set_session(Session::SigningIn { server: server.to_owned(), step });
    }
}

async fn new_client(
    server: &Found,
    folder: Option<PathBuf>,
    store: &StoreName,
) -> Result<Client, UiError> {
    let store = folder.map(|folder| (folder, &store.key));
    client::build(&server.homeserver, server.http.clone(), store).await.map_err(|error| {
        warn!("no local copy: {error}");
        ErrorKind::StoreBroken.into()
    })
}

/// Asks the homeserver for a token. Goes on by itself where the caller is dropped, and then gives
/// the token back, so that a cancelled sign-in leaves no device on the homeserver.
async fn request_token(
    client: &Client,
    intent: &Intent,
    password: Zeroizing<String>,
) -> Result<MatrixSession, UiError> {
    let (answer, answered) = oneshot::channel();
    let (client, intent) = (client.clone(), intent.clone());
    tokio::spawn(async move {
        let user = UserIdentifier::Matrix(MatrixUserIdentifier::new(intent.user.clone()));
        let login = LoginInfo::Password(Password::new(user, password.to_string()));
        let request = assign!(login::v3::Request::new(login), {
            device_id: Some(intent.device_id),
            initial_device_display_name: Some(device_name().to_owned()),
            refresh_token: true,
        });
        // The user decides when to try again: a server's limit can last for hours.
        let once = RequestConfig::new().disable_retry();
        let result = client.send(request).with_request_config(once).await;
        let result = result.map_err(|error| explain(&error, &intent.server));
        if let Err(Ok(response)) = answer.send(result) {
            info!("cancelled after the server had signed in; signing out again");
            give_back(&client, MatrixSession::from(&response)).await;
        }
    });
    let response = answered.await.unwrap_or(Err(ErrorKind::Internal.into()))?;
    Ok(MatrixSession::from(&response))
}

/// Signs a session out that nobody will use.
async fn give_back(client: &Client, session: MatrixSession) {
    let auth = client.matrix_auth();
    let given_back = match auth.restore_session(session, RoomLoadSettings::default()).await {
        Ok(()) => auth.logout().await.map(|_| ()).map_err(Into::into),
        Err(error) => Err(error),
    };
    if let Err(error) = given_back {
        warn!("a sign-in that was given up left its device on the server: {error}");
    }
}

fn explain(error: &HttpError, server: &str) -> UiError {
    match error.client_api_error_kind() {
        Some(MatrixKind::Forbidden | MatrixKind::Unauthorized) => ErrorKind::WrongPassword.into(),
        Some(MatrixKind::InvalidUsername | MatrixKind::InvalidParam) => {
            ErrorKind::UserNameInvalid.into()
        }
        Some(MatrixKind::Unrecognized | MatrixKind::NotFound | MatrixKind::Unknown) => {
            UiError::new(ErrorKind::ServerNoPassword).with_detail(server)
        }
        _ => from_http(error, server),
    }
}

/// The name under which the homeserver lists this device: enough to tell it from others, and
/// nothing about the computer's owner.
fn device_name() -> &'static str {
    match std::env::consts::OS {
        "windows" => "Galaxy Chat (Windows)",
        "macos" => "Galaxy Chat (macOS)",
        _ => "Galaxy Chat (Linux)",
    }
}

fn new_device_id() -> OwnedDeviceId {
    Key::random().id().as_str().to_ascii_uppercase().into()
}
