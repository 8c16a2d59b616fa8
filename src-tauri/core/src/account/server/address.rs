//! What the user typed: a server, and who wants in.

use std::{borrow::Cow, net::IpAddr};

use matrix_sdk::ruma::{ServerName, UserId};
use url::{Host, Url};

use crate::wire::{ErrorKind, UiError};

/// Who wants to sign in where, as typed, and checked as far as that goes without asking anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// A server name or an address, without blanks.
    pub server: String,
    /// A user name, a full Matrix ID or an e-mail address; empty where the browser asks who it is.
    pub user: String,
}

impl Address {
    /// Checks the form of both.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ServerNameInvalid`], [`ErrorKind::ServerInsecure`],
    /// [`ErrorKind::UserNameInvalid`], [`ErrorKind::UserOnOtherServer`].
    pub fn parse(server: &str, user: Option<&str>) -> Result<Self, UiError> {
        let server = server.trim().trim_end_matches('/');
        // People put their full Matrix ID where the server belongs.
        let server = match server.strip_prefix('@') {
            Some(id) => id.split_once(':').map_or(server, |(_, server)| server),
            None => server,
        };
        check_server(server)?;
        let Some(user) = user.map(str::trim) else {
            return Ok(Self { server: server.to_owned(), user: String::new() });
        };
        let user = &*with_sigil(user);
        match user.strip_prefix('@').map(|id| id.split_once(':')) {
            Some(Some((_, user_server))) => {
                UserId::parse(user).map_err(|_| ErrorKind::UserNameInvalid)?;
                let named = !server.contains("://");
                if named && !server.eq_ignore_ascii_case(user_server) {
                    let other = UiError::new(ErrorKind::UserOnOtherServer);
                    return Err(other.with_detail(user_server));
                }
            }
            Some(None) => return Err(ErrorKind::UserNameInvalid.into()),
            None if user.is_empty() => return Err(ErrorKind::UserNameInvalid.into()),
            None => {}
        }
        Ok(Self { server: server.to_owned(), user: user.to_owned() })
    }

    /// Whether the user is named by an e-mail address, which only the homeserver can say the account of.
    pub fn is_email(&self) -> bool {
        is_email(&self.user)
    }

    /// Whether this is the account with that Matrix ID on the server that was typed before.
    pub fn is(&self, user_id: &UserId, server: &str) -> bool {
        self.user == user_id.as_str() || (self.user == user_id.localpart() && self.server == server)
    }
}

/// A Matrix ID that was typed without its `@`, as in `name:server`, with it.
fn with_sigil(user: &str) -> Cow<'_, str> {
    let id = user.split_once(':').filter(|(name, server)| {
        !name.is_empty() && !name.contains('@') && ServerName::parse(*server).is_ok()
    });
    if id.is_some() { format!("@{user}").into() } else { user.into() }
}

/// Whether this has the form of an e-mail address: something before the one `@`, and a host behind it.
pub fn is_email(user: &str) -> bool {
    user.split_once('@').is_some_and(|(name, host)| {
        let is_host = matches!(Host::parse(host), Ok(Host::Domain(_)));
        !name.is_empty() && !name.contains(char::is_whitespace) && is_host
    })
}

fn check_server(server: &str) -> Result<(), UiError> {
    let invalid = || UiError::new(ErrorKind::ServerNameInvalid).with_detail(server);
    let Some((scheme, _)) = server.split_once("://") else {
        return ServerName::parse(server).map(|_| ()).map_err(|_| invalid());
    };
    let url = Url::parse(server).map_err(|_| invalid())?;
    let plain = url.username().is_empty() && url.password().is_none();
    match scheme.to_ascii_lowercase().as_str() {
        "https" if plain && url.has_host() => Ok(()),
        "http" if plain && url.has_host() => check_secure(&url),
        _ => Err(invalid()),
    }
}

/// Plain http is for this computer only: anywhere else others could read the password.
pub(super) fn check_secure(url: &Url) -> Result<(), UiError> {
    if is_secure(url) {
        return Ok(());
    }
    let host = url.host_str().unwrap_or_default();
    Err(UiError::new(ErrorKind::ServerInsecure).with_detail(host))
}

/// Whether nobody else can read what goes there.
pub fn is_secure(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(server: &str, user: &str) -> Option<ErrorKind> {
        Address::parse(server, Some(user)).err().map(|error| error.kind)
    }

    #[test]
    fn what_people_type_is_understood() {
        for (server, user) in [
            ("matrix.org", "newcomer"),
            (" matrix.org/ ", " newcomer "),
            ("https://matrix.org/", "@newcomer:example.org"),
            ("@newcomer:matrix.org", "newcomer"),
            ("Matrix.org", "@newcomer:matrix.org"),
            ("localhost:8008", "newcomer"),
            ("http://127.0.0.1:8008", "newcomer"),
            ("http://[::1]:8008", "newcomer"),
            ("http://localhost:8008", "newcomer"),
            ("matrix.org", "newcomer:matrix.org"),
            ("matrix.org", "newcomer@example.org"),
        ] {
            assert_eq!(kind(server, user), None, "{server} {user}");
        }
        let address = Address::parse("@newcomer:matrix.org", Some(" newcomer ")).expect("is fine");
        assert_eq!((&*address.server, &*address.user), ("matrix.org", "newcomer"));
    }

    #[test]
    fn what_cannot_be_is_refused_before_anybody_is_asked() {
        use ErrorKind::{ServerInsecure, ServerNameInvalid, UserNameInvalid, UserOnOtherServer};
        for (server, user, expected) in [
            ("", "newcomer", ServerNameInvalid),
            ("not a server", "newcomer", ServerNameInvalid),
            ("file:///etc/passwd", "newcomer", ServerNameInvalid),
            ("ftp://example.org", "newcomer", ServerNameInvalid),
            ("https://user:word@example.org", "newcomer", ServerNameInvalid),
            ("http://example.org", "newcomer", ServerInsecure),
            ("HTTP://example.org", "newcomer", ServerInsecure),
            ("http://127.0.0.1.example.org", "newcomer", ServerInsecure),
            ("http://localhost.example.org", "newcomer", ServerInsecure),
            ("http://192.168.0.1:8008", "newcomer", ServerInsecure),
            ("matrix.org", "", UserNameInvalid),
            ("matrix.org", "@newcomer", UserNameInvalid),
            ("matrix.org", "@newcomer:example.org", UserOnOtherServer),
            ("matrix.org", "newcomer:example.org", UserOnOtherServer),
        ] {
            assert_eq!(kind(server, user), Some(expected), "{server} {user}");
        }
    }

    #[test]
    fn each_way_to_name_an_account_is_told_from_the_others() {
        for (typed, user, email) in [
            ("newcomer", "newcomer", false),
            ("@newcomer:matrix.org", "@newcomer:matrix.org", false),
            (" newcomer:matrix.org ", "@newcomer:matrix.org", false),
            ("new.comer+galaxy@mail.example.org", "new.comer+galaxy@mail.example.org", true),
            ("newcomer@example.org", "newcomer@example.org", true),
            ("newcomer@", "newcomer@", false),
            ("a name", "a name", false),
            ("a name@example.org", "a name@example.org", false),
            ("newcomer@not a host", "newcomer@not a host", false),
            ("newcomer:", "newcomer:", false),
            (":matrix.org", ":matrix.org", false),
        ] {
            let address = Address::parse("https://example.org", Some(typed)).expect("is fine");
            assert_eq!((&*address.user, address.is_email()), (user, email), "{typed}");
        }
    }

    #[test]
    fn the_same_account_is_recognised() {
        let user = UserId::parse("@newcomer:example.org").expect("is fine");
        let is = |server, name| {
            Address::parse(server, Some(name)).expect("is fine").is(&user, "https://example.org")
        };
        assert!(is("https://example.org", "newcomer"));
        assert!(is("example.org", "@newcomer:example.org"));
        assert!(!is("https://example.org", "helper"));
        assert!(!is("https://elsewhere.example", "newcomer"));
    }
}
