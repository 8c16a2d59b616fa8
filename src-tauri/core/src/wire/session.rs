use serde::Serialize;
use ts_rs::TS;

/// The session, as one state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Session {
    /// A saved session is being read.
    Restoring,
    /// Nobody is signed in.
    SignedOut {
        /// A sign-in that was interrupted before it was finished.
        unfinished: Option<Unfinished>,
    },
    /// A sign-in is under way.
    SigningIn {
        /// The server as the user wrote it.
        server: String,
        /// What is being done.
        step: SignInStep,
    },
    /// Signed in.
    SignedIn {
        /// The full Matrix ID.
        user_id: String,
        /// The host name of the homeserver.
        homeserver: String,
        /// Where the session is kept.
        keeping: Keeping,
    },
    /// There is a saved session, and it cannot be opened. Nothing is deleted.
    Locked {
        /// Why.
        reason: LockReason,
    },
    /// Signing out.
    SigningOut,
    /// The server ended the session; what is on this computer is kept.
    Expired {
        /// The full Matrix ID.
        user_id: String,
        /// The homeserver's address, to sign in again.
        server: String,
    },
}

/// A sign-in that was cut short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Unfinished {
    /// The server as the user wrote it.
    pub server: String,
    /// The user name as the user wrote it.
    pub user: String,
}

/// The steps of signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SignInStep {
    /// Looking for the homeserver.
    FindingServer,
    /// The homeserver checks user name and password.
    CheckingPassword,
    /// Making the local copy ready.
    Preparing,
}

/// Where the session is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Keeping {
    /// A sealed file, its key in the operating system's keyring.
    Keyring,
    /// In memory: it ends when the app is closed.
    Memory {
        /// Why the keyring was not used.
        reason: KeyringProblem,
    },
    /// A sealed file with its key beside it, by the user's explicit choice.
    Disk,
}

/// Why the keyring could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum KeyringProblem {
    /// There is none on this system.
    Missing,
    /// It is locked, and the request to unlock it was dismissed.
    Locked,
    /// It did not answer within the time limit.
    NoAnswer,
    /// It did not give back what was stored in it.
    Unreliable,
    /// The keyring works, but the profile folder cannot be written.
    DiskUnwritable,
}

/// Why a saved session cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum LockReason {
    /// There is no keyring on this system.
    KeyringMissing,
    /// The keyring is locked.
    KeyringLocked,
    /// The keyring has not answered yet; it is still being waited for.
    KeyringNoAnswer,
    /// The keyring has no entry for the file.
    KeyGone,
    /// The keyring has another key than the file's.
    OtherKey,
    /// The file is damaged, or from a later version of the app.
    FileUnreadable,
    /// Another running Galaxy Chat uses this profile.
    ProfileInUse,
}

/// Whether the homeserver is being heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SyncState {
    /// Not signed in.
    Idle,
    /// The first answer has not arrived.
    Starting,
    /// Live.
    Running,
    /// The server is not reached; tried again in the background.
    Offline,
}
