use serde::Serialize;
use ts_rs::TS;

/// What went wrong, as the window needs to know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS, thiserror::Error)]
#[error("{kind:?}: {}", detail.as_deref().unwrap_or("no detail"))]
#[serde(rename_all = "camelCase")]
pub struct UiError {
    /// Chooses the sentence and the action.
    pub kind: ErrorKind,
    /// A name that belongs in the sentence (a server, an alias), or the system's words.
    pub detail: Option<String>,
    /// The server's own words, cleaned of characters that deceive; quoted under the sentence.
    pub words: Option<String>,
    /// When trying again makes sense, in milliseconds from the moment of the answer.
    pub retry_after_ms: Option<u64>,
}

/// The longest detail that crosses to the window. A server's words have no limit of their own; the
/// longest link that is opened is half as long.
const MAX_DETAIL_BYTES: usize = 8 * 1024;

impl UiError {
    /// An error without further detail.
    pub fn new(kind: ErrorKind) -> Self {
        Self { kind, detail: None, words: None, retry_after_ms: None }
    }

    /// Adds the name or the words that belong in the sentence, cut where they are too long for one.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        if detail.len() > MAX_DETAIL_BYTES {
            detail.truncate(detail.floor_char_boundary(MAX_DETAIL_BYTES));
            detail.push('…');
        }
        self.detail = Some(detail);
        self
    }

    /// Adds what the server said in its own words, where that is anything.
    #[must_use]
    pub fn with_words(mut self, words: Option<String>) -> Self {
        self.words = words;
        self
    }
}

impl From<ErrorKind> for UiError {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}

/// The kinds of error. A kind exists only where the window says or does something different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ErrorKind {
    /// What was typed cannot be a server's name or address.
    ServerNameInvalid,
    /// No server of that name was found (name look-up failed). Detail: the server.
    ServerUnknown,
    /// Something answers there, but it is not a Matrix homeserver. Detail: the server.
    ServerNotMatrix,
    /// The server's settings name an address for its homeserver that cannot be used. Detail: the server.
    ServerMisconfigured,
    /// Plain http to another machine; refused. Detail: the server.
    ServerInsecure,
    /// The server's certificate was not accepted. Detail: the server.
    ServerCertificate,
    /// The server does not answer, or stopped answering half-way. Detail: the server.
    ServerUnreachable,
    /// The server offers no sign-in with a password. Detail: the server.
    ServerNoPassword,
    /// The server lacks what the app needs to sync (simplified sliding sync). Detail: the server.
    ServerTooOld,
    /// User name, password or both are empty, or the user name cannot be one.
    UserNameInvalid,
    /// The user name names another server than the one chosen. Detail: that server.
    UserOnOtherServer,
    /// User name or password do not match.
    WrongPassword,
    /// The account is locked by the server's administrators.
    AccountLocked,
    /// The account was deactivated.
    AccountDeactivated,
    /// The account was suspended by the server's administrators: it may read, and not write.
    AccountSuspended,
    /// The server wants its terms to be accepted first. Detail: the page where that is done, where the server
    /// names one.
    TermsNotAccepted,
    /// The server, or those who run the room, do not allow what was asked for.
    Forbidden,
    /// The server's OAuth pages are not to be trusted: they belong to different hosts, or are not
    /// protected. Detail: the server.
    SignInPageUntrusted,
    /// The server's pages refused the sign-in. Detail: the server.
    SignInRefused,
    /// The browser did not come back in time. Detail: the host that it was sent to.
    BrowserTimeout,
    /// The pasted address is not the last one of this sign-in.
    AddressNotExpected,
    /// The server makes no accounts. Detail: the server.
    RegistrationClosed,
    /// The user name belongs to somebody already.
    UserNameTaken,
    /// The server wants a longer or less guessable password. Detail: the server's words.
    PasswordWeak,
    /// The server has no such page. Detail: the server.
    NoAccountPage,
    /// This computer's clock is far from the server's. Detail: the server.
    ClockWrong,
    /// Too many requests; `retry_after_ms` is the server's own figure where it gave one.
    RateLimited,
    /// The user cancelled, in the app or on the server's pages.
    Cancelled,
    /// The command needs a signed-in session.
    NotSignedIn,
    /// The saved session cannot be reached or written. Detail: the system's words.
    ProfileUnwritable,
    /// The disk is full.
    DiskFull,
    /// No keyring could be used for what was asked.
    KeyringUnavailable,
    /// The local copy of the rooms cannot be opened; it was set aside. Detail: none.
    StoreBroken,
    /// Signed out here, but the server could not be told yet; the app goes on trying.
    DeviceRemovedLater,
    /// Signed out here, but the server could not be told: the device is still on its list.
    DeviceNotRemoved,
    /// Signed out, but the keyring has not forgotten the session's key, which opens nothing any more; it is
    /// asked again at the next start.
    KeyNotForgotten,
    /// A session on a shared computer was ended, because the computer went to sleep.
    SharedSessionEnded,
    /// The room is not, or no longer, among the joined ones.
    RoomNotJoined,
    /// The message is empty or longer than the server takes.
    MessageUnsendable,
    /// A link of a kind the app does not open. Detail: the link.
    LinkRefused,
    /// The system could not open the browser. Detail: the link.
    BrowserFailed,
    /// The app did not do in time what the window asked for. Said by the window alone.
    NoAnswer,
    /// Anything else. Detail: technical, fit for a public bug report.
    Internal,
}

#[cfg(test)]
mod tests {
    use super::{ErrorKind, MAX_DETAIL_BYTES, UiError};

    #[test]
    fn a_detail_is_cut_between_two_characters() {
        for part in ["x", "ü", "\u{1F600}"] {
            let error = UiError::new(ErrorKind::Internal).with_detail(part.repeat(10_000_000));
            let detail = error.detail.expect("a detail");
            assert!(detail.len() <= MAX_DETAIL_BYTES + '…'.len_utf8(), "{}", detail.len());
            assert!(detail.ends_with(&format!("{part}…")));
        }
        let short = UiError::new(ErrorKind::Internal).with_detail("as it is");
        assert_eq!(short.detail.as_deref(), Some("as it is"));
    }
}
