use std::path::PathBuf;

use matrix_sdk::Client;
use tracing::warn;

use super::{
    authority::Authority,
    client,
    faults::{Fault, of_build},
    saved::{Custody, Saved, SavedSession, StoreName},
    server::Found,
    token_gate::TokenGate,
};
use crate::{
    failure::from_io,
    wire::{ErrorKind, UiError},
};

/// The local copy of what a session knows.
pub struct Local {
    pub store: StoreName,
    pub client: Client,
    pub gate: TokenGate,
}

/// Makes the local copy, or opens it where there is one.
pub async fn open_local(
    found: &Found,
    custody: &Custody,
    store: Option<StoreName>,
) -> Result<Local, UiError> {
    let new = store.is_none();
    let store = store.unwrap_or_else(StoreName::new);
    let folder = match custody.profile().filter(|_| !custody.is_shared()) {
        // A new store is kept only once there is a session to go with it.
        Some(profile) => {
            Some(profile.make_store(&store.name, new).map_err(|error| from_io(&error))?)
        }
        None => None,
    };
    let gate = TokenGate::default();
    let client = new_client(found, folder, &store, gate.clone()).await?;
    Ok(Local { store, client, gate })
}

async fn new_client(
    found: &Found,
    folder: Option<PathBuf>,
    store: &StoreName,
    gate: TokenGate,
) -> Result<Client, UiError> {
    let store = folder.map(|folder| (folder, &store.key));
    let issuer = found.authority.as_ref().map(Authority::issuer);
    let http = client::session_client(&found.homeserver, issuer, gate);
    let http =
        http.map_err(|error| UiError::new(ErrorKind::Internal).with_detail(error.to_string()))?;
    let built = client::build(&found.homeserver, http, Some(&found.speaks), store).await;
    built.map_err(|error| {
        warn!("no local copy: {error}");
        match of_build(&error) {
            Fault::Broken(_) | Fault::Newer => ErrorKind::StoreBroken.into(),
            Fault::Passing(_, detail) => UiError::new(ErrorKind::Internal).with_detail(detail),
        }
    })
}

/// Saves the session before anything is done with it. Once that is written the session is there: a
/// store that is still marked `volatile` then is kept by the next start, as the session names it.
pub fn save(custody: &Custody, saved: &SavedSession) -> Result<(), UiError> {
    custody.save(&Saved::SignedIn(Box::new(saved.clone()))).map_err(|error| {
        warn!("the session could not be saved: {error}");
        from_io(&error)
    })?;
    if let (Some(profile), Some((key, _))) = (custody.profile(), custody.key()) {
        profile.end_of_plan_to_forget(&key.id());
        if let Err(error) = profile.keep_store(&saved.store.name) {
            warn!("the local copy is still marked as one that is not kept: {error}");
        }
    }
    Ok(())
}
