//! Making an account with the homeserver's own API, stage by stage.

mod stages;

use std::time::Duration;

use matrix_sdk::{
    Client, HttpError, SessionMeta, SessionTokens,
    authentication::matrix::MatrixSession,
    config::RequestConfig,
    ruma::{
        OwnedDeviceId,
        api::{
            client::{
                account::register::v3::{Request, Response},
                uiaa::{
                    AuthData, AuthType, Dummy, RegistrationToken, Terms, UiaaInfo,
                    get_uiaa_fallback_page,
                },
            },
            error::ErrorKind as MatrixKind,
        },
        assign,
    },
};
use tokio::sync::{mpsc, oneshot};
use tracing::{info, instrument::WithSubscriber, subscriber::NoSubscriber};

use self::stages::{Task, by_effort, next, page, task};
use super::{
    client::GRANT_TIMEOUT,
    grant::{Errands, Grant, see_through},
    saved::Access,
};
use crate::{
    failure::{from_http, words_of},
    wire::{CreateAccount, ErrorKind, RegistrationAnswer, RegistrationStage, UiError},
};

/// No user answers more often than this; a server that goes on asking does not know its own end.
const MOST_ANSWERS: usize = 40;

/// How long it may take to find out which flows have pages. A server may list any number.
const CHOICE_TIMEOUT: Duration = Duration::from_secs(20);

/// The account that is to be, and the device that signs in to it first.
pub struct Wanted<'a> {
    /// The user name, or the full Matrix ID.
    pub user: &'a str,
    /// The password.
    pub password: &'a str,
    /// The device, chosen beforehand.
    pub device_id: OwnedDeviceId,
    /// The name under which the homeserver lists the device.
    pub device_name: &'a str,
}

/// Carries what the homeserver wants to know to the user, and the answers back.
pub struct Questions(pub mpsc::UnboundedSender<Question>);

/// A question, and where its answer goes.
pub type Question = (RegistrationStage, oneshot::Sender<RegistrationAnswer>);

impl Questions {
    async fn ask(&self, stage: RegistrationStage) -> Result<RegistrationAnswer, UiError> {
        let (answer, answered) = oneshot::channel();
        let asked = self.0.send((stage, answer)).is_ok();
        let answer = if asked { answered.await.ok() } else { None };
        answer.ok_or_else(|| ErrorKind::Cancelled.into())
    }
}

/// What the homeserver answers.
enum Answer {
    /// The account is there, and signed in to.
    Made(Box<Access>),
    /// It wants to know more.
    Asked(Box<UiaaInfo>),
}

/// Asks whether a homeserver makes accounts. Where it does not say so, it makes none.
pub async fn offered(client: &Client) -> Option<CreateAccount> {
    // Should a server make an account of this, then at least without a device.
    let asking = assign!(Request::new(), { inhibit_login: true });
    let Ok(Answer::Asked(asked)) = post(client, asking).await else { return None };
    let flow = choose(client, &asked).await?;
    Some(CreateAccount::Form { token: flow.contains(&AuthType::RegistrationToken) })
}

/// Makes an account and signs in to it. The user is asked for what the homeserver wants to know,
/// and asked again for what it did not take.
///
/// Dropped while the homeserver makes the account, it signs out again as soon as that is done: the
/// account is there, and no device.
///
/// # Errors
///
/// [`ErrorKind::UserNameTaken`], [`ErrorKind::UserNameInvalid`], [`ErrorKind::PasswordWeak`],
/// [`ErrorKind::RegistrationClosed`], [`ErrorKind::SignInRefused`]; those of a server that does
/// not answer; [`ErrorKind::Cancelled`] where nobody answers.
pub async fn register(
    client: &Client,
    errands: &Errands,
    wanted: Wanted<'_>,
    user: &Questions,
) -> Result<Grant, UiError> {
    let request = request(&wanted)?;
    let server = client.homeserver();
    let server = server.host_str().unwrap_or_default();
    let mut asked = match ask(client, errands, request.clone()).await? {
        Ok(grant) => return Ok(grant),
        Err(asked) => asked,
    };
    let closed = || UiError::new(ErrorKind::RegistrationClosed).with_detail(server);
    let flow = choose(client, &asked).await.ok_or_else(closed)?;
    let refused = || UiError::new(ErrorKind::SignInRefused).with_detail(server);
    let mut last = None;
    for _ in 0..MOST_ANSWERS {
        let stage = next(&flow, &asked).ok_or_else(refused)?;
        let again = last.as_ref() == Some(stage);
        let task = task(stage, &asked, &client.homeserver());
        // Asked again, these would be answered the same.
        if again && matches!(task, Task::Nothing | Task::Accept(_)) {
            return Err(refused());
        }
        info!("the homeserver wants {}", stage.as_str());
        let auth = answer(client, stage, task, again, &asked, user).await?;
        last = Some(stage.clone());
        let request = assign!(request.clone(), { auth: Some(auth) });
        match ask(client, errands, request).await? {
            Ok(grant) => return Ok(grant),
            Err(next) => {
                let session = asked.session.take();
                asked = next;
                asked.session = asked.session.or(session);
            }
        }
    }
    Err(refused())
}

/// Gets what a stage needs, from the user where it has to be.
async fn answer(
    client: &Client,
    stage: &AuthType,
    task: Task,
    again: bool,
    asked: &UiaaInfo,
    user: &Questions,
) -> Result<AuthData, UiError> {
    let session = asked.session.clone();
    let unexpected = || UiError::new(ErrorKind::Internal).with_detail("not what was asked for");
    match task {
        Task::Nothing => Ok(AuthData::Dummy(assign!(Dummy::new(), { session }))),
        Task::Accept(policies) => match user.ask(RegistrationStage::Terms { policies }).await? {
            RegistrationAnswer::Accept => Ok(AuthData::Terms(assign!(Terms::new(), { session }))),
            _ => Err(unexpected()),
        },
        Task::Token => match user.ask(RegistrationStage::Token { refused: again }).await? {
            RegistrationAnswer::Token { token } => {
                let token = RegistrationToken::new(token.trim().to_owned());
                Ok(AuthData::RegistrationToken(assign!(token, { session })))
            }
            _ => Err(unexpected()),
        },
        Task::Page => {
            let session = session.unwrap_or_default();
            let address = page(&client.homeserver(), stage, &session).into();
            let stage = stage.as_str().to_owned();
            match user.ask(RegistrationStage::Page { address, stage }).await? {
                RegistrationAnswer::Done => Ok(AuthData::fallback_acknowledgement(session)),
                _ => Err(unexpected()),
            }
        }
    }
}

fn request(wanted: &Wanted<'_>) -> Result<Request, UiError> {
    let user = wanted.user.trim();
    let user = user.strip_prefix('@').map_or(user, |id| id.split(':').next().unwrap_or(id));
    // Without one of them a server may well make an account that nobody can sign in to.
    if user.is_empty() || wanted.password.is_empty() {
        return Err(ErrorKind::UserNameInvalid.into());
    }
    Ok(assign!(Request::new(), {
        // There are no capital letters in Matrix IDs, and plenty in names.
        username: Some(user.to_lowercase()),
        password: Some(wanted.password.to_owned()),
        device_id: Some(wanted.device_id.clone()),
        initial_device_display_name: Some(wanted.device_name.to_owned()),
        refresh_token: true,
    }))
}

/// Asks the homeserver for the account. Whichever answer makes it, that one may be the last: so
/// each request goes on where the caller is dropped, and what came of it is given back.
async fn ask(
    client: &Client,
    errands: &Errands,
    request: Request,
) -> Result<Result<Grant, Box<UiaaInfo>>, UiError> {
    let server = client.homeserver().host_str().unwrap_or_default().to_owned();
    let (client, for_grant) = (client.clone(), errands.clone());
    let ask = async move {
        Ok(match post(&client, request).await? {
            Answer::Made(session) => Ok(Grant::new(*session, client, for_grant)),
            Answer::Asked(asked) => Err(asked),
        })
    };
    see_through(errands, &server, ask).await
}

async fn post(client: &Client, request: Request) -> Result<Answer, UiError> {
    let server = client.homeserver();
    let server = server.host_str().unwrap_or_default();
    // The user decides when to try again: a server's limit can last for hours.
    let once = RequestConfig::new().disable_retry().timeout(GRANT_TIMEOUT);
    let sent = client.send(request).with_request_config(once).into_future();
    match unlogged(sent).await {
        // Without a session the account waits for something, such as somebody's approval.
        Ok(response) => session(response)
            .map(|session| Answer::Made(Box::new(session)))
            .ok_or_else(|| UiError::new(ErrorKind::SignInRefused).with_detail(server)),
        Err(error) => match error.as_uiaa_response() {
            Some(asked) => Ok(Answer::Asked(Box::new(asked.clone()))),
            None => Err(explain(&error, server)),
        },
    }
}

/// Sends without a word in the log, where the SDK writes whole answers that it takes for errors.
/// They tell the registration's session, and who knows that can have a token for the account.
///
/// Not done with `Dispatch::none`: what is first logged under it would never be logged again.
async fn unlogged<T>(sent: impl Future<Output = T>) -> T {
    sent.with_subscriber(NoSubscriber::new()).await
}

fn session(response: Response) -> Option<Access> {
    Some(Access::Matrix(MatrixSession {
        meta: SessionMeta { user_id: response.user_id, device_id: response.device_id? },
        tokens: SessionTokens {
            access_token: response.access_token?,
            refresh_token: response.refresh_token,
        },
    }))
}

/// Chooses the way to an account that asks least of the user. The specification promises a page
/// for every stage; where a server has none, that way leads nowhere.
async fn choose(client: &Client, asked: &UiaaInfo) -> Option<Vec<AuthType>> {
    let chosen = tokio::time::timeout(CHOICE_TIMEOUT, easiest(client, asked)).await;
    chosen.unwrap_or_else(|_| {
        info!("the homeserver takes too long to show its pages");
        None
    })
}

async fn easiest(client: &Client, asked: &UiaaInfo) -> Option<Vec<AuthType>> {
    let homeserver = client.homeserver();
    'flows: for flow in by_effort(asked, &homeserver) {
        for stage in &flow {
            if task(stage, asked, &homeserver) == Task::Page
                && !has_page(client, stage, asked).await
            {
                info!("the homeserver has no page for {}", stage.as_str());
                continue 'flows;
            }
        }
        return Some(flow);
    }
    None
}

async fn has_page(client: &Client, stage: &AuthType, asked: &UiaaInfo) -> bool {
    let Some(session) = asked.session.clone() else { return false };
    let request = get_uiaa_fallback_page::v3::Request::new(stage.clone(), session);
    let once = RequestConfig::new().disable_retry();
    let sent = client.send(request).with_request_config(once).into_future();
    match unlogged(sent).await {
        Ok(_) => true,
        // A server that does not answer has not said that there is none.
        Err(error) => error.as_client_api_error().is_none(),
    }
}

fn explain(error: &HttpError, server: &str) -> UiError {
    let Some(refusal) = error.as_client_api_error() else { return from_http(error, server) };
    let refused = match refusal.error_kind() {
        Some(MatrixKind::UserInUse | MatrixKind::Exclusive) => ErrorKind::UserNameTaken.into(),
        Some(MatrixKind::InvalidUsername) => ErrorKind::UserNameInvalid.into(),
        Some(kind) if is_about_password(kind) => {
            // They are the sentence.
            let weak = UiError::new(ErrorKind::PasswordWeak);
            return match words_of(refusal) {
                Some(words) => weak.with_detail(words),
                None => weak,
            };
        }
        _ if matches!(refusal.status_code.as_u16(), 403..=405) => {
            UiError::new(ErrorKind::RegistrationClosed).with_detail(server)
        }
        _ => return from_http(error, server),
    };
    refused.with_words(words_of(refusal))
}

/// Synapse tells by codes of its own what a password lacks, such as `M_PASSWORD_TOO_SHORT`.
fn is_about_password(kind: &MatrixKind) -> bool {
    matches!(kind, MatrixKind::WeakPassword) || kind.errcode().as_str().starts_with("M_PASSWORD_")
}

#[cfg(test)]
mod tests;
