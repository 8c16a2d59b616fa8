//! The server where users sign in with OAuth 2.0, as the homeserver describes it.

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use matrix_sdk::{
    reqwest::{self, StatusCode, header::DATE},
    ruma::api::{
        MatrixVersion,
        client::discovery::get_authorization_server_metadata::v1::{
            AccountManagementAction, AccountManagementActionData, AuthorizationServerMetadata,
            Prompt,
        },
    },
};
use serde::Deserialize;
use tracing::warn;
use url::{Url, form_urlencoded};

use super::server::{PATIENCE, is_secure};
use crate::{
    failure::from_reqwest,
    wire::{AccountPage, ErrorKind, UiError},
};

/// Longer than any such description.
const LONGEST: usize = 256 * 1024;

/// A clock this far from the server's is set wrong, on one side or the other.
const CLOCKS_APART: Duration = Duration::from_hours(30 * 24);

/// An authorization server whose description was checked.
#[derive(Clone, Debug)]
pub struct Authority {
    metadata: AuthorizationServerMetadata,
    /// It promises to say in each answer that the browser brings back who gives it (RFC 9207).
    names_itself: bool,
}

/// What the description says beside that which ruma knows.
#[derive(Deserialize)]
struct Promises {
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Authority {
    /// Asks the homeserver for its authorization server; `None` where it has none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::SignInPageUntrusted`]; where the homeserver is not reached.
    pub async fn find(
        http: &reqwest::Client,
        homeserver: &Url,
        speaks: &BTreeSet<MatrixVersion>,
        server: &str,
    ) -> Result<Option<Self>, UiError> {
        let path = if speaks.contains(&MatrixVersion::V1_15) {
            "_matrix/client/v1/auth_metadata"
        } else {
            "_matrix/client/unstable/org.matrix.msc2965/auth_metadata"
        };
        let untrusted = || UiError::new(ErrorKind::SignInPageUntrusted).with_detail(server);
        let url = Url::parse(&format!("{}/{path}", homeserver.as_str().trim_end_matches('/')));
        let url = url.map_err(|_| untrusted())?;
        let asked = tokio::time::timeout(PATIENCE, ask(http, url)).await;
        let unreachable = || UiError::new(ErrorKind::ServerUnreachable).with_detail(server);
        let answer = match asked.map_err(|_| unreachable())? {
            Err(error) if error.is_redirect() => return Err(untrusted()),
            asked => asked.map_err(|error| from_reqwest(&error, server))?,
        };
        if answer.date.is_some_and(is_far) {
            return Err(UiError::new(ErrorKind::ClockWrong).with_detail(server));
        }
        match answer.status {
            StatusCode::OK => {}
            // Whether there is one is not known.
            StatusCode::TOO_MANY_REQUESTS => return Err(ErrorKind::RateLimited.into()),
            status if status.is_server_error() => return Err(unreachable()),
            _ => return Ok(None),
        }
        let body = answer.body.ok_or_else(untrusted)?;
        let metadata = serde_json::from_slice(&body).map_err(|_| untrusted())?;
        let promises: Promises = serde_json::from_slice(&body).map_err(|_| untrusted())?;
        let names_itself = promises.authorization_response_iss_parameter_supported;
        Ok(Some(Self { names_itself, ..Self::check(metadata, server)? }))
    }

    /// Makes sure that the password is asked for where it belongs: what issues, authorizes, hands
    /// out tokens and takes them back is one server, and nobody can listen in. With an endpoint for
    /// revocation elsewhere, that server would be given the refresh token.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::SignInPageUntrusted`].
    pub fn check(metadata: AuthorizationServerMetadata, server: &str) -> Result<Self, UiError> {
        let origin = metadata.issuer.origin();
        let endpoints = [
            Some(&metadata.authorization_endpoint),
            Some(&metadata.token_endpoint),
            Some(&metadata.revocation_endpoint),
            metadata.registration_endpoint.as_ref(),
        ];
        let endpoints = || endpoints.iter().copied().flatten();
        let agree = endpoints().all(|url| url.origin() == origin);
        let secure = is_secure(&metadata.issuer);
        let plain = endpoints().all(|url| url.username().is_empty() && url.password().is_none());
        if agree && secure && plain {
            return Ok(Self { metadata, names_itself: false });
        }
        warn!("the server's sign-in pages are not to be trusted");
        Err(UiError::new(ErrorKind::SignInPageUntrusted).with_detail(server))
    }

    /// Whether these are the same pages.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let parts = |metadata: &AuthorizationServerMetadata| {
            [&metadata.issuer, &metadata.authorization_endpoint, &metadata.token_endpoint]
                .map(Url::clone)
        };
        parts(&self.metadata) == parts(&other.metadata)
    }

    /// Whether an answer that the browser brought back is this server's (RFC 9207): another one may
    /// have sent the browser here, to be given the code.
    pub fn gave(&self, query: &str) -> bool {
        let pairs = form_urlencoded::parse(query.as_bytes());
        let mut named = pairs.filter(|(name, _)| name == "iss").map(|(_, value)| value).peekable();
        if named.peek().is_none() {
            return !self.names_itself;
        }
        named.all(|value| Url::parse(&value).is_ok_and(|url| url == self.metadata.issuer))
    }

    /// Its name.
    pub fn issuer(&self) -> &Url {
        &self.metadata.issuer
    }

    /// Where tokens are revoked.
    pub fn revocation(&self) -> &Url {
        &self.metadata.revocation_endpoint
    }

    /// The host that asks for the password.
    pub fn host(&self) -> String {
        host_of(&self.metadata.authorization_endpoint)
    }

    /// Whether the page can begin with making an account.
    pub fn makes_accounts(&self) -> bool {
        self.metadata.prompt_values_supported.contains(&Prompt::Create)
    }

    /// Where users look after their accounts.
    pub fn account_page(&self, page: AccountPage) -> Option<Url> {
        let actions = &self.metadata.account_management_actions_supported;
        let plain = self.metadata.account_management_uri.clone();
        let with = |action| self.metadata.account_management_url_with_action(action);
        match page {
            AccountPage::Devices => with(AccountManagementActionData::DevicesList),
            AccountPage::Account if actions.contains(&AccountManagementAction::Profile) => {
                with(AccountManagementActionData::Profile)
            }
            // There is no action for the password: it is found from the front page.
            AccountPage::Account | AccountPage::Password => plain,
        }
    }
}

/// A host as people read it, with the port where it is not the usual one.
pub fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

struct Answer {
    status: StatusCode,
    date: Option<SystemTime>,
    /// `None` where it is too long.
    body: Option<Vec<u8>>,
}

async fn ask(http: &reqwest::Client, url: Url) -> reqwest::Result<Answer> {
    let mut response = http.get(url).send().await?;
    let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
    let status = response.status();
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await? {
        if body.len() + part.len() > LONGEST {
            return Ok(Answer { status, date, body: None });
        }
        body.extend_from_slice(&part);
    }
    Ok(Answer { status, date, body: Some(body) })
}

fn is_far(date: SystemTime) -> bool {
    let now = SystemTime::now();
    let apart = now.duration_since(date).or_else(|_| date.duration_since(now));
    apart.is_ok_and(|apart| apart > CLOCKS_APART)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(issuer: &str, authorization: &str, token: &str, revocation: &str) -> bool {
        let metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": authorization,
            "token_endpoint": token,
            "revocation_endpoint": revocation,
            "registration_endpoint": revocation,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
        });
        let metadata = serde_json::from_value(metadata).expect("well-formed");
        Authority::check(metadata, "example.org").is_ok()
    }

    #[test]
    fn pages_of_one_server_are_trusted_and_others_are_not() {
        let own = "https://account.example.org/";
        let other = "https://account.example.com/";
        assert!(check(own, "https://account.example.org/authorize", own, own));
        assert!(check(own, "https://account.example.org:443/", own, own));
        assert!(!check(own, own, own, other), "who takes tokens back could use them");
        assert!(!check(own, other, own, own));
        assert!(!check(own, own, other, own));
        assert!(!check(other, own, own, own));
        assert!(!check(own, "https://account.example.org:8443/", own, own));
        assert!(!check(own, "https://user@account.example.org/", own, own));
        assert!(!check(own, "http://account.example.org/", own, own));
    }

    #[test]
    fn nobody_can_listen_in() {
        let plain = "http://account.example.org/";
        assert!(!check(plain, plain, plain, plain));
        let own = "https://account.example.org/";
        assert!(!check(own, own, own, plain));
        let here = "http://127.0.0.1:8090/";
        assert!(check(here, here, here, here));
    }

    #[test]
    fn an_answer_of_another_server_is_known_by_its_issuer() {
        let own = "https://account.example.org/";
        let metadata = json!({
            "issuer": own,
            "authorization_endpoint": own,
            "token_endpoint": own,
            "revocation_endpoint": own,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
        });
        let metadata = serde_json::from_value(metadata).expect("well-formed");
        let silent = Authority::check(metadata, "example.org").expect("is one server's");
        let named = Authority { names_itself: true, ..silent.clone() };
        for (query, gave, promised) in [
            ("code=x&iss=https%3A%2F%2Faccount.example.org%2F", true, true),
            ("code=x&iss=https://account.example.org", true, true),
            ("code=x", true, false),
            ("code=x&iss=", false, false),
            ("code=x&iss=account.example.org", false, false),
            ("code=x&iss=http://account.example.org/", false, false),
            ("code=x&iss=https://account.example.org:8443/", false, false),
            ("code=x&iss=https://account.example.org/other", false, false),
            ("code=x&iss=https://evil.example/", false, false),
            ("iss=https://account.example.org/&code=x&iss=https://evil.example/", false, false),
        ] {
            assert_eq!(silent.gave(query), gave, "{query}");
            assert_eq!(named.gave(query), promised, "promised: {query}");
        }
    }

    #[test]
    fn a_clock_that_is_years_off_is_noticed() {
        let now = SystemTime::now();
        assert!(!is_far(now));
        assert!(!is_far(now - Duration::from_hours(24)));
        assert!(is_far(now - CLOCKS_APART * 2));
        assert!(is_far(now + CLOCKS_APART * 2));
    }
}
