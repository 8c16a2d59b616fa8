//! Signing in with what the homeserver itself checks: a password, or a token from its pages.

use matrix_sdk::{
    HttpError,
    authentication::matrix::MatrixSession,
    config::RequestConfig,
    ruma::{
        OwnedDeviceId,
        api::{
            client::{
                session::login::{
                    self,
                    v3::{LoginInfo, Password, Token},
                },
                uiaa::{EmailUserIdentifier, MatrixUserIdentifier, UserIdentifier},
            },
            error::ErrorKind as MatrixKind,
        },
        assign,
    },
};
use zeroize::Zeroizing;

use super::{
    client,
    grant::{Errands, Grant},
    saved::Access,
    server::{Found, is_email},
    sign_in::device_name,
};
use crate::{
    failure::{from_http, words},
    wire::{ErrorKind, UiError},
};

/// What proves to the homeserver who signs in.
pub enum Proof {
    /// User name, Matrix ID or e-mail address, and password.
    Password(String, Zeroizing<String>),
    /// A token that the homeserver's pages gave to the browser.
    Token(Zeroizing<String>),
}

/// Asks the homeserver for a session, once.
///
/// # Errors
///
/// What was wrong with the proof; where the homeserver is not reached.
pub async fn log_in(
    found: &Found,
    proof: Proof,
    device_id: OwnedDeviceId,
    errands: Errands,
) -> Result<Grant, UiError> {
    let server = found.offer.server.as_str();
    let client = client::without_store(found).await?;
    let by_token = matches!(proof, Proof::Token(_));
    let login = match proof {
        Proof::Password(user, password) => {
            let user = if is_email(&user) {
                UserIdentifier::Email(EmailUserIdentifier::new(user))
            } else {
                UserIdentifier::Matrix(MatrixUserIdentifier::new(user))
            };
            LoginInfo::Password(Password::new(user, password.to_string()))
        }
        Proof::Token(token) => LoginInfo::Token(Token::new(token.to_string())),
    };
    let request = assign!(login::v3::Request::new(login), {
        device_id: Some(device_id),
        initial_device_display_name: Some(device_name()),
        refresh_token: true,
    });
    // The user decides when to try again: a server's limit can last for hours.
    let once = RequestConfig::new().disable_retry().timeout(client::GRANT_TIMEOUT);
    let response = client.send(request).with_request_config(once).await;
    let response = response.map_err(|error| explain(&error, server, by_token))?;
    let session = Access::Matrix(MatrixSession::from(&response));
    Ok(Grant::new(session, client, errands))
}

fn explain(error: &HttpError, server: &str, by_token: bool) -> UiError {
    let refused = match error.client_api_error_kind() {
        Some(MatrixKind::Forbidden | MatrixKind::Unauthorized) if by_token => {
            UiError::new(ErrorKind::SignInRefused).with_detail(server)
        }
        Some(MatrixKind::Forbidden | MatrixKind::Unauthorized) => ErrorKind::WrongPassword.into(),
        Some(MatrixKind::InvalidUsername | MatrixKind::InvalidParam) => {
            ErrorKind::UserNameInvalid.into()
        }
        Some(MatrixKind::Unrecognized | MatrixKind::NotFound | MatrixKind::Unknown) => {
            UiError::new(ErrorKind::ServerNoPassword).with_detail(server)
        }
        _ => return from_http(error, server),
    };
    refused.with_words(words(error))
}
