//! What a profile remembers of a session, and where it is written.

use std::{collections::BTreeSet, fs, io, path::PathBuf, sync::Arc};

use matrix_sdk::{
    Client, SessionMeta, SessionTokens,
    authentication::{
        matrix::MatrixSession,
        oauth::{ClientId, OAuthSession, UserSession},
    },
    ruma::{OwnedDeviceId, api::MatrixVersion},
    store::RoomLoadSettings,
};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    vault::{Key, KeyPlace, Profile, seal, write_atomically},
    wire::{Keeping, KeyringProblem},
};

/// The content of the sealed session file.
#[derive(Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum Saved {
    /// A sign-in has begun. The homeserver may have made the device already.
    SigningIn(Intent),
    /// Signed in.
    SignedIn(Box<SavedSession>),
}

/// Written before the homeserver is asked for a token, so that a second try takes the same device
/// and none is left behind.
#[derive(Clone, Serialize, Deserialize)]
pub struct Intent {
    /// The server as typed.
    pub server: String,
    /// The user as typed; empty where the browser asks who it is.
    pub user: String,
    /// The device to be made.
    pub device_id: OwnedDeviceId,
}

/// All that is needed to go on where the user left off.
#[derive(Clone, Serialize, Deserialize)]
pub struct SavedSession {
    /// The server as typed.
    pub server: String,
    /// Its address.
    pub homeserver: Url,
    /// User, device and tokens.
    pub session: Access,
    /// The local copy.
    pub store: StoreName,
    /// The versions of the API that the homeserver was heard to speak last. Without them nothing
    /// could be sent before it has been asked.
    #[serde(default)]
    pub speaks: Vec<String>,
}

/// Versions as the specification writes them.
pub fn words(versions: &BTreeSet<MatrixVersion>) -> Vec<String> {
    versions.iter().filter_map(|version| version.as_str()).map(str::to_owned).collect()
}

impl SavedSession {
    /// The versions that this app knows, too.
    pub fn versions(&self) -> BTreeSet<MatrixVersion> {
        let versions = self.speaks.iter();
        versions.filter_map(|version| MatrixVersion::try_from(version.as_str()).ok()).collect()
    }
}

/// What the homeserver knows the session by. Neither of them shows its tokens in `Debug`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Access {
    /// Given by an authorization server (OAuth 2.0).
    OAuth(OAuthAccess),
    /// Given by the homeserver.
    Matrix(MatrixSession),
}

/// As [`OAuthSession`], with where to give it back.
#[derive(Clone, Serialize, Deserialize)]
pub struct OAuthAccess {
    /// What the authorization server calls this app.
    pub client_id: ClientId,
    /// The authorization server.
    pub issuer: Url,
    /// Where tokens are revoked.
    pub revocation: Url,
    /// User, device and tokens.
    #[serde(flatten)]
    pub user: UserSession,
}

impl Access {
    /// User and device.
    pub fn meta(&self) -> &SessionMeta {
        match self {
            Self::OAuth(access) => &access.user.meta,
            Self::Matrix(session) => &session.meta,
        }
    }

    /// The authorization server, where that is who gives out tokens.
    pub fn issuer(&self) -> Option<&Url> {
        match self {
            Self::OAuth(access) => Some(&access.issuer),
            Self::Matrix(_) => None,
        }
    }

    /// The tokens.
    pub fn tokens(&self) -> &SessionTokens {
        match self {
            Self::OAuth(access) => &access.user.tokens,
            Self::Matrix(session) => &session.tokens,
        }
    }

    /// Puts newer tokens in their place.
    pub fn set_tokens(&mut self, tokens: SessionTokens) {
        match self {
            Self::OAuth(access) => access.user.tokens = tokens,
            Self::Matrix(session) => session.tokens = tokens,
        }
    }

    /// Signs a new client in with it. Asks nobody anything.
    ///
    /// # Errors
    ///
    /// Where the client's store is another session's.
    pub async fn give_to(&self, client: &Client) -> matrix_sdk::Result<()> {
        let rooms = RoomLoadSettings::default();
        match self.clone() {
            Self::Matrix(session) => client.matrix_auth().restore_session(session, rooms).await,
            Self::OAuth(OAuthAccess { client_id, user, .. }) => {
                client.oauth().restore_session(OAuthSession { client_id, user }, rooms).await
            }
        }
    }
}

/// One of the profile's stores and the key to it.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoreName {
    /// The folder.
    pub name: String,
    /// The key.
    pub key: Key,
}

impl StoreName {
    /// A store that nothing else can have.
    pub fn new() -> Self {
        Self { name: Key::random().id().as_str().to_owned(), key: Key::random() }
    }
}

/// Where a session is kept.
#[derive(Clone)]
pub struct Custody {
    profile: Option<Arc<Profile>>,
    hold: Hold,
}

#[derive(Clone)]
enum Hold {
    Sealed(Key, KeyPlace),
    Memory(KeyringProblem),
    Shared,
}

impl Custody {
    /// A sealed file, its key in the given place.
    pub fn sealed(profile: Arc<Profile>, key: Key, place: KeyPlace) -> Self {
        Self { profile: Some(profile), hold: Hold::Sealed(key, place) }
    }

    /// Memory only.
    pub fn memory(profile: Option<Arc<Profile>>, problem: KeyringProblem) -> Self {
        Self { profile, hold: Hold::Memory(problem) }
    }

    /// Memory only, because others use this computer: not even the local copy is on the disk.
    pub fn shared(profile: Option<Arc<Profile>>) -> Self {
        Self { profile, hold: Hold::Shared }
    }

    /// Whether nothing may be written.
    pub fn is_shared(&self) -> bool {
        matches!(self.hold, Hold::Shared)
    }

    /// The folder, where there is one.
    pub fn profile(&self) -> Option<&Arc<Profile>> {
        self.profile.as_ref()
    }

    /// The key, where the session is sealed with one.
    pub fn key(&self) -> Option<(&Key, KeyPlace)> {
        match &self.hold {
            Hold::Sealed(key, place) => Some((key, *place)),
            Hold::Memory(_) | Hold::Shared => None,
        }
    }

    /// For the window.
    pub fn keeping(&self) -> Keeping {
        match &self.hold {
            Hold::Sealed(_, KeyPlace::Keyring) => Keeping::Keyring,
            Hold::Sealed(_, KeyPlace::Disk) => Keeping::Disk,
            Hold::Memory(reason) => Keeping::Memory { reason: *reason },
            Hold::Shared => Keeping::Shared,
        }
    }

    /// Writes the session; nothing to do where it is kept in memory.
    ///
    /// # Errors
    ///
    /// The system's; what was written before is still there.
    pub fn save(&self, saved: &Saved) -> io::Result<()> {
        let content = zeroize::Zeroizing::new(serde_json::to_vec(saved)?);
        if let (Some(profile), Hold::Sealed(key, KeyPlace::Disk)) = (&self.profile, &self.hold) {
            write_atomically(&profile.key_file(), key.to_text().as_bytes())?;
        }
        self.write(Profile::session_file, &content)
    }

    /// Writes what the user was writing.
    ///
    /// # Errors
    ///
    /// The system's; what was written before is still there.
    pub fn save_drafts(&self, content: &[u8]) -> io::Result<()> {
        self.write(Profile::drafts_file, content)
    }

    /// As [`Custody::save_drafts`], for a session that is about to be written in the place of another.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn save_next_drafts(&self, content: &[u8]) -> io::Result<()> {
        self.write(Profile::next_drafts_file, content)
    }

    /// What the user was writing; `None` where there is nothing that can be read.
    pub fn drafts(&self) -> Option<zeroize::Zeroizing<Vec<u8>>> {
        let (Some(profile), Hold::Sealed(key, _)) = (&self.profile, &self.hold) else {
            return None;
        };
        crate::vault::open(&fs::read(profile.drafts_file()).ok()?, key).ok()
    }

    fn write(&self, file: impl Fn(&Profile) -> PathBuf, content: &[u8]) -> io::Result<()> {
        match (&self.profile, &self.hold) {
            (Some(profile), Hold::Sealed(key, place)) => {
                write_atomically(&file(profile), &seal(*place, key, content))
            }
            _ => Ok(()),
        }
    }
}
