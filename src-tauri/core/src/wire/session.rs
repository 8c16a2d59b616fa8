use serde::{Deserialize, Serialize};
use ts_rs::TS;
use zeroize::Zeroizing;

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
        /// Whether sessions that ended are still on this computer, set aside with their messages.
        set_aside: bool,
    },
    /// A sign-in is under way.
    SigningIn {
        /// The server as the user wrote it.
        server: String,
        /// What is being done.
        step: SignInStep,
    },
    /// The user signs in with the system's browser, and the app waits for the browser to come back.
    WaitingForBrowser {
        /// The server as the user wrote it.
        server: String,
        /// The host that asks for the password.
        host: String,
        /// The page in the browser, to be opened again or copied.
        address: String,
        /// Whether the page is there to make an account.
        creating: bool,
    },
    /// The homeserver wants to know something before it makes an account.
    Registering {
        /// The server as the user wrote it.
        server: String,
        /// What it wants.
        stage: RegistrationStage,
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
    /// The server ended the session, or its local copy is broken; what is on this computer is kept.
    Expired {
        /// The full Matrix ID.
        user_id: String,
        /// The homeserver's address, to sign in again.
        server: String,
        /// Whether it is the local copy that is broken, so that the server still has the session.
        broken: bool,
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
    /// The homeserver makes the account.
    CreatingAccount,
    /// The browser is back; the homeserver confirms.
    Confirming,
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
    /// In memory, because the user said that others use this computer. Nothing of it stays.
    Shared,
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
    /// The disk is full or cannot be written, so that the local copy cannot be opened.
    DiskUnwritable,
    /// The local copy cannot be opened now, for a reason that may pass: it is held by another
    /// program, or the system is short of something.
    StoreUnavailable,
    /// The system's certificates cannot be read, so that no connection can be made.
    CertificatesUnreadable,
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

/// What a homeserver offers to somebody who wants in. Where there is [`OAuthOffer`], it is the way
/// that the server wants its users to take, and the only one that is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ServerOffer {
    /// The server as the user wrote it, tidied.
    pub server: String,
    /// The host name of the homeserver.
    pub host: String,
    /// Signing in on the server's own page in the browser (OAuth 2.0).
    pub oauth: Option<OAuthOffer>,
    /// Signing in with user name and password in this app.
    pub password: bool,
    /// Signing in in the browser with an account of somebody else, such as a university.
    pub providers: Vec<SsoProvider>,
    /// Making an account; `None` where the server makes none, or does not say.
    pub create: Option<CreateAccount>,
}

/// Signing in on the server's own page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OAuthOffer {
    /// The host that asks for the password.
    pub host: String,
    /// The homeserver that may then use the account, where it is likely to be of another
    /// organisation than that host.
    pub used_by: Option<String>,
}

/// An identity provider of a homeserver with single sign-on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SsoProvider {
    /// How the homeserver calls it; `None` for the only one, or where the page itself lets choose.
    pub id: Option<String>,
    /// For people; `None` where the server gives none.
    pub name: Option<String>,
}

/// Where an account is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum CreateAccount {
    /// On the server's page in the browser, which then signs in as well.
    Browser {
        /// The host of the page.
        host: String,
    },
    /// In this app.
    Form {
        /// Whether the server asks for a registration token.
        token: bool,
    },
}

/// What a homeserver asks before it makes an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum RegistrationStage {
    /// That the user accepts its rules.
    Terms {
        /// The documents.
        policies: Vec<Policy>,
    },
    /// A token that whoever runs the server hands out. It was asked for again where the one that was
    /// given is `refused`.
    Token {
        /// The one before was not taken.
        refused: bool,
    },
    /// Something on a page in the browser, such as an e-mail address that is confirmed.
    Page {
        /// The page.
        address: String,
        /// What the homeserver calls it, such as `m.login.email.identity`.
        stage: String,
    },
}

/// A document with a server's rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Its title.
    pub name: String,
    /// Where it can be read; only what [`check_link`](crate::check_link) lets through.
    pub address: String,
}

/// How somebody wants in.
#[derive(Clone, Deserialize, TS)]
#[serde(tag = "way", rename_all = "camelCase")]
pub enum SignInWay {
    /// With user name and password.
    Password {
        /// A user name or full Matrix ID.
        user: String,
        /// The password.
        #[ts(type = "string")]
        password: Zeroizing<String>,
    },
    /// On the server's page in the browser (OAuth 2.0).
    #[serde(rename = "oauth")]
    OAuth,
    /// On the server's page in the browser, making an account there first.
    CreateAccount,
    /// In the browser, with an identity provider of the homeserver.
    Sso {
        /// Its id, where the server told one.
        provider: Option<String>,
    },
    /// With an account that is made here.
    Register {
        /// The user name to be.
        user: String,
        /// The password to be.
        #[ts(type = "string")]
        password: Zeroizing<String>,
    },
}

/// The user's answer to a [`RegistrationStage`].
#[derive(Clone, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum RegistrationAnswer {
    /// The rules are accepted.
    Accept,
    /// The token that was asked for.
    Token {
        /// As typed.
        #[ts(type = "string")]
        token: Zeroizing<String>,
    },
    /// What the page wanted is done.
    Done,
}

/// The pages that a server has for its users' accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum AccountPage {
    /// Name, addresses, everything.
    Account,
    /// The list of devices.
    Devices,
    /// Changing the password.
    Password,
}
