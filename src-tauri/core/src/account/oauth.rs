//! Signing in on the server's own pages (OAuth 2.0 authorization code with PKCE).

use std::sync::Arc;

use matrix_sdk::{
    Client, Error,
    authentication::oauth::{
        ClientId, OAuthError,
        error::{
            BasicErrorResponseType, OAuthAuthorizationCodeError, OAuthClientRegistrationError,
            OAuthDiscoveryError, RequestTokenError,
        },
        registration::{ApplicationType, ClientMetadata, Localized, OAuthGrantType},
    },
    ruma::{
        OwnedDeviceId, UserId,
        api::client::discovery::get_authorization_server_metadata::v1::Prompt, serde::Raw,
    },
    utils::UrlOrQuery,
};
use tracing::{info, warn};
use url::Url;

use super::{
    authority::Authority,
    client,
    grant::{Errands, Grant},
    leave::{knows_client, revoke},
    listener,
    saved::{Access, OAuthAccess},
    server::{Found, PATIENCE},
    servers::Servers,
};
use crate::{
    failure::{from_http, from_reqwest, from_sdk},
    wire::{ErrorKind, UiError},
};

/// The app's home page, which authorization servers show, and by which they tell apps apart.
const HOME: &str = "https://galaxyproject.org/";

/// A sign-in whose page can be opened.
pub struct Authorization {
    client: Client,
    authority: Authority,
    client_id: ClientId,
    /// The page.
    pub page: Url,
    /// What the browser brings back with the answer.
    pub state: String,
}

/// Who is to sign in, where that is known, and how.
pub struct Wanted<'a> {
    /// The device, chosen beforehand.
    pub device_id: OwnedDeviceId,
    /// The account that signed in on that device before.
    pub user: Option<&'a UserId>,
    /// Whether the account is to be made first.
    pub creating: bool,
}

/// Prepares the page for a sign-in.
///
/// # Errors
///
/// [`ErrorKind::SignInPageUntrusted`], [`ErrorKind::SignInRefused`]; where a server is not reached.
pub async fn begin(
    found: &Found,
    authority: &Authority,
    servers: &Servers,
    redirect: &Url,
    wanted: Wanted<'_>,
) -> Result<Authorization, UiError> {
    let server = found.offer.server.as_str();
    let client = client::without_store(found).await?;
    let client_id = register(&client, authority, servers, server).await?;
    let oauth = client.oauth();
    let mut login = oauth.login(redirect.clone(), Some(wanted.device_id), None, None);
    if wanted.creating {
        login = login.prompt(vec![Prompt::Create]);
    } else if let Some(user) = wanted.user {
        login = login.user_id_hint(user);
    }
    let login = within(login.build(), server).await?.map_err(|error| explain(&error, server))?;
    // The SDK has asked anew for what was checked.
    let used = within(oauth.cached_server_metadata(), server).await?;
    let used = used.map_err(|error| explain(&error.into(), server))?;
    if !Authority::check(used, server)?.agrees_with(authority) {
        return Err(UiError::new(ErrorKind::SignInPageUntrusted).with_detail(server));
    }
    let state = login.state.secret().clone();
    Ok(Authorization { client, authority: authority.clone(), client_id, page: login.url, state })
}

/// Turns what the browser brought back into a session.
///
/// # Errors
///
/// [`ErrorKind::SignInRefused`]; where a server is not reached.
pub async fn finish(
    authorization: Authorization,
    query: String,
    server: String,
    servers: Arc<Servers>,
    errands: Errands,
) -> Result<Grant, UiError> {
    let Authorization { client, authority, client_id, .. } = authorization;
    if !authority.gave(&query) {
        warn!("another server's answer came back");
        return Err(UiError::new(ErrorKind::SignInRefused).with_detail(server));
    }
    let oauth = client.oauth();
    let finished = oauth.finish_login(UrlOrQuery::Query(query)).await;
    let revocation = authority.revocation().clone();
    if let (Ok(()), Some(user)) = (&finished, oauth.user_session()) {
        let issuer = authority.issuer().clone();
        let access = OAuthAccess { client_id, issuer, revocation, user };
        return Ok(Grant::new(Access::OAuth(access), client, errands));
    }
    // The tokens may be there although it could not be found out whose they are.
    if let Some(tokens) = client.session_tokens()
        && !revoke(&client_id, &revocation, &tokens).await
    {
        warn!("a sign-in that failed left its device on the server");
    }
    match finished {
        Ok(()) => Err(ErrorKind::Internal.into()),
        Err(Error::OAuth(error)) => {
            if is_unknown_client(&error) {
                servers.forget_client(authority.issuer());
            }
            Err(explain(&error, &server))
        }
        Err(error) => Err(from_sdk(&error, &server)),
    }
}

/// Makes this app known to the authorization server. One that forgot it would end the sign-in on a
/// page from which nothing comes back, so what is remembered is tried first.
async fn register(
    client: &Client,
    authority: &Authority,
    servers: &Servers,
    server: &str,
) -> Result<ClientId, UiError> {
    let issuer = authority.issuer();
    if let Some(id) = servers.client_id(issuer).map(ClientId::new) {
        if knows_client(&id, authority.revocation()).await {
            client.oauth().restore_registered_client(id.clone());
            return Ok(id);
        }
        info!("the authorization server does not know this app any more");
        servers.forget_client(issuer);
    }
    let metadata = metadata().map_err(|error| internal(&error))?;
    let registered = within(client.oauth().register_client(&metadata), server).await?;
    let id = registered.map_err(|error| explain(&error, server))?.client_id;
    servers.registered(issuer, id.as_str());
    Ok(id)
}

/// What authorization servers want to know of a native app.
fn metadata() -> Result<Raw<ClientMetadata>, Box<dyn std::error::Error>> {
    // Without a port: an app may come back to any.
    let redirect = Url::parse(&format!("http://127.0.0.1{}", listener::PATH))?;
    let home = Localized::new(Url::parse(HOME)?, []);
    let grants = vec![OAuthGrantType::AuthorizationCode { redirect_uris: vec![redirect] }];
    let metadata = ClientMetadata::new(ApplicationType::Native, grants, home);
    let name = Some(Localized::new("Galaxy Chat".to_owned(), []));
    Ok(Raw::new(&ClientMetadata { client_name: name, ..metadata })?)
}

/// The result of requests to a server, which have no limit of their own.
///
/// # Errors
///
/// [`ErrorKind::ServerUnreachable`] after [`PATIENCE`].
async fn within<T>(request: impl Future<Output = T>, server: &str) -> Result<T, UiError> {
    let late = |_| UiError::new(ErrorKind::ServerUnreachable).with_detail(server);
    tokio::time::timeout(PATIENCE, request).await.map_err(late)
}

fn is_unknown_client(error: &OAuthError) -> bool {
    use OAuthAuthorizationCodeError::RequestToken;
    let OAuthError::AuthorizationCode(RequestToken(RequestTokenError::ServerResponse(answer))) =
        error
    else {
        return false;
    };
    *answer.error() == BasicErrorResponseType::InvalidClient
}

/// What went wrong, as far as it makes a difference to the user.
fn explain(error: &OAuthError, server: &str) -> UiError {
    let refused = UiError::new(ErrorKind::SignInRefused).with_detail(server);
    match error {
        OAuthError::Discovery(OAuthDiscoveryError::Http(error)) => from_http(error, server),
        OAuthError::Discovery(_) => {
            UiError::new(ErrorKind::SignInPageUntrusted).with_detail(server)
        }
        OAuthError::AuthorizationCode(OAuthAuthorizationCodeError::RequestToken(
            RequestTokenError::Request(error),
        ))
        | OAuthError::ClientRegistration(OAuthClientRegistrationError::OAuth(
            RequestTokenError::Request(error),
        )) => from_reqwest(error, server),
        OAuthError::AuthorizationCode(OAuthAuthorizationCodeError::Cancelled) => {
            ErrorKind::Cancelled.into()
        }
        OAuthError::AuthorizationCode(_) | OAuthError::ClientRegistration(_) => {
            info!("the authorization server refused");
            refused
        }
        _ => internal(&"the authorization server's answer makes no sense"),
    }
}

fn internal(error: &dyn std::fmt::Display) -> UiError {
    UiError::new(ErrorKind::Internal).with_detail(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorization_servers_are_told_what_they_want_to_know() {
        let metadata = metadata().expect("is well-formed");
        let metadata: serde_json::Value =
            serde_json::from_str(metadata.json().get()).expect("is JSON");
        assert_eq!(metadata["application_type"], "native");
        assert_eq!(metadata["token_endpoint_auth_method"], "none");
        assert_eq!(metadata["client_uri"], HOME);
        assert_eq!(metadata["redirect_uris"], serde_json::json!(["http://127.0.0.1/signed-in"]));
        assert_eq!(metadata["grant_types"].as_array().map(Vec::len), Some(2), "{metadata}");
    }
}
