//! From what the user typed to a homeserver, and to what it offers.

mod address;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use matrix_sdk::{
    Client, ClientBuilder,
    config::RequestConfig,
    reqwest,
    ruma::api::{MatrixVersion, client::session::get_login_types::v3::LoginType},
    sliding_sync::Version,
};
use tracing::info;
use url::Url;

use self::address::check_secure;
pub use self::address::{Address, is_email, is_loopback, is_secure};
use super::{
    authority::{Authority, host_of},
    client::discovery_client,
    organisation, register,
    server_fault::{explain, not_matrix},
    well_known::homeserver_without_scheme,
};
use crate::{
    text::clean_line,
    wire::{CreateAccount, ErrorKind, OAuthOffer, ServerOffer, SsoProvider, UiError},
};

/// Longer than any server on the planet needs for a line of JSON.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How long it may take in all to find out what a server offers. Each request has a limit of its own.
const FIND_TIMEOUT: Duration = Duration::from_secs(50);

/// Identity providers that are shown; the window has a button for each.
const MAX_PROVIDERS: usize = 20;

/// The specification's limit for the id of an identity provider.
const MAX_PROVIDER_ID_BYTES: usize = 255;

/// What a server said is taken for true that long.
const FRESH: Duration = Duration::from_mins(5);

/// The longest name of an identity provider that is shown.
const LONGEST_NAME: usize = 60;

/// A homeserver that was asked what it offers.
pub struct Found {
    /// Its address.
    pub homeserver: Url,
    /// The connections to it.
    pub http: reqwest::Client,
    /// The versions of the API that it speaks.
    pub speaks: BTreeSet<MatrixVersion>,
    /// Where its users sign in, where that is not the homeserver itself.
    pub authority: Option<Authority>,
    /// What it offers.
    pub offer: ServerOffer,
    since: Instant,
}

impl Found {
    /// Whether this is what is known of that server, and still holds.
    pub fn is(&self, server: &str) -> bool {
        self.offer.server == server && self.since.elapsed() < FRESH
    }
}

/// A homeserver that answers, and the connections to it.
type Probe = (Client, reqwest::Client);

/// Finds the homeserver, and what it offers.
///
/// # Errors
///
/// Those of a server that is not there, is no homeserver, or does not offer what is needed.
pub async fn find(server: &str) -> Result<Found, UiError> {
    let late = |_| UiError::new(ErrorKind::ServerUnreachable).with_detail(server);
    tokio::time::timeout(FIND_TIMEOUT, ask(server)).await.map_err(late)?
}

async fn ask(server: &str) -> Result<Found, UiError> {
    let (client, http) = reach(server).await?;
    let homeserver = client.homeserver();
    let speaks = client.supported_versions().await;
    let speaks = speaks.map_err(|error| not_matrix(&error, server))?.versions;
    let (logins, versions, authority) = tokio::join!(
        ways(&client, server),
        client.available_sliding_sync_versions(),
        Authority::find(&http, &homeserver, &speaks, server),
    );
    let authority = authority?;
    let logins = match (logins, &authority) {
        (Ok(logins), _) => logins,
        // Who signs in elsewhere has nothing to ask the homeserver for.
        (Err(_), Some(_)) => Vec::new(),
        (Err(error), None) => return Err(error),
    };
    if !versions.iter().any(|version| matches!(version, Version::Native)) {
        return Err(UiError::new(ErrorKind::ServerTooOld).with_detail(server));
    }
    let offer = offer(server, &client, authority.as_ref(), &logins).await;
    if offer.oauth.is_none() && !offer.password && offer.providers.is_empty() {
        return Err(UiError::new(ErrorKind::ServerNoPassword).with_detail(server));
    }
    Ok(Found { homeserver, http, speaks, authority, offer, since: Instant::now() })
}

/// Finds the homeserver, and nothing more.
///
/// # Errors
///
/// Those of a server that is not there, or is no homeserver.
pub async fn reach(server: &str) -> Result<Probe, UiError> {
    let misconfigured = || UiError::new(ErrorKind::ServerMisconfigured).with_detail(server);
    let found = match probe_both(server).await {
        Ok(found) if is_of_web(&found) => found,
        Err(error) if error.kind != ErrorKind::ServerMisconfigured => return Err(error),
        _ => probe_without_scheme(server).await.ok_or_else(misconfigured)?,
    };
    check_secure(&found.0.homeserver())?;
    Ok(found)
}

/// Whether a homeserver's address is one of the web.
fn is_of_web((client, _): &Probe) -> bool {
    matches!(client.homeserver().scheme(), "http" | "https")
}

/// The homeserver that a server's settings name without a scheme.
async fn probe_without_scheme(server: &str) -> Option<Probe> {
    let http = discovery_client(is_secure_or_name(server)).ok()?;
    for homeserver in homeserver_without_scheme(&http, server).await {
        let http = discovery_client(homeserver.scheme() == "https").ok()?;
        let client = prober(&http).homeserver_url(&homeserver).build().await.ok()?;
        if client.supported_versions().await.is_ok() {
            return Some((client, http));
        }
    }
    None
}

/// What asks a server what it is, and needs no store.
fn prober(http: &reqwest::Client) -> ClientBuilder {
    let once = RequestConfig::new().disable_retry().timeout(PATIENCE);
    Client::builder().http_client(http.clone()).request_config(once)
}

async fn probe_both(server: &str) -> Result<Probe, UiError> {
    let plain = format!("http://{server}");
    let local = !server.contains("://") && Url::parse(&plain).is_ok_and(|url| is_loopback(&url));
    // A server on this computer may speak plain http without being told so. It is asked that way
    // first: greeted with TLS, it would wait for more, and the user with it.
    let found = if local { probe(&plain).await.ok() } else { None };
    match found {
        Some(found) => Ok(found),
        None => probe(server).await,
    }
}

async fn ways(client: &Client, server: &str) -> Result<Vec<LoginType>, UiError> {
    let logins = client.matrix_auth().get_login_types().await;
    let logins = logins.map_err(|error| not_matrix(&error, server))?;
    info!("the server offers {} ways to sign in", logins.flows.len());
    Ok(logins.flows)
}

/// What is shown to the user: where the server has pages of its own for signing in, only those.
async fn offer(
    server: &str,
    client: &Client,
    authority: Option<&Authority>,
    logins: &[LoginType],
) -> ServerOffer {
    let sso: Vec<_> = logins
        .iter()
        .filter_map(|login| match login {
            LoginType::Sso(sso) => Some(sso),
            _ => None,
        })
        .collect();
    let sso_only = sso.iter().any(|sso| sso.oauth_aware_preferred);
    let password = authority.is_none()
        && !sso_only
        && logins.iter().any(|flow| matches!(flow, LoginType::Password(_)));
    let mut providers = Vec::new();
    for flow in sso.iter().filter(|_| authority.is_none()) {
        let known = flow.identity_providers.iter().take(MAX_PROVIDERS - providers.len());
        let known = known.filter(|provider| provider.id.len() <= MAX_PROVIDER_ID_BYTES);
        providers.extend(known.map(|provider| SsoProvider {
            id: Some(provider.id.clone()),
            name: Some(clean_line(&provider.name, LONGEST_NAME)).filter(|name| !name.is_empty()),
        }));
        if providers.len() < MAX_PROVIDERS && flow.identity_providers.is_empty() {
            providers.push(SsoProvider { id: None, name: None });
        }
    }
    let create = match authority {
        Some(authority) if authority.makes_accounts() => {
            Some(CreateAccount::Browser { host: authority.host() })
        }
        None if password => register::offered(client).await,
        // Its account page is for those who have one, and nothing names another page.
        Some(_) | None => None,
    };
    ServerOffer {
        server: server.to_owned(),
        host: host_of(&client.homeserver()),
        oauth: authority.map(|authority| OAuthOffer {
            host: authority.host(),
            used_by: stranger(server, &client.homeserver(), authority),
        }),
        password,
        providers,
        create,
    }
}

/// The homeserver, where neither it nor the server that the user named shares a domain with the
/// pages. Any homeserver can name anybody's honest pages as its own; whoever signs in there gives that
/// homeserver the use of the account.
fn stranger(server: &str, homeserver: &Url, authority: &Authority) -> Option<String> {
    let (pages, homeserver) = (host_of(authority.issuer()), host_of(homeserver));
    // An address that was typed is the homeserver's.
    let named = !server.contains("://") && organisation::is_one(server, &pages);
    (!named && !organisation::is_one(&homeserver, &pages)).then_some(homeserver)
}

/// Whether a server is to be asked by https: all but an address that begins with `http:`.
fn is_secure_or_name(server: &str) -> bool {
    !Url::parse(server).is_ok_and(|url| url.scheme() == "http")
}

/// The homeserver behind a name or an address.
async fn probe(server: &str) -> Result<Probe, UiError> {
    let http = discovery_client(is_secure_or_name(server));
    let http =
        http.map_err(|error| UiError::new(ErrorKind::Internal).with_detail(error.to_string()))?;
    match prober(&http).server_name_or_homeserver_url(server).build().await {
        Ok(client) => Ok((client, http)),
        Err(error) => Err(explain(&error, &http, server).await),
    }
}
