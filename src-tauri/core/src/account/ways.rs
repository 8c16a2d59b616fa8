//! The ways in, each up to where the server is asked for a session.

use std::{io, sync::Arc, time::Duration};

use matrix_sdk::ruma::OwnedDeviceId;
use tokio::sync::mpsc;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::{
    Account,
    authority::host_of,
    client,
    entrance::nonce,
    grant::Grant,
    listener::Listener,
    machine::{Phase, SigningIn, Turn},
    oauth::{self, Authorization},
    password::Proof,
    register,
    saved::SavedSession,
    server::Found,
    servers::Servers,
    sign_in::device_name,
};
use crate::{
    failure::from_sdk,
    wire::{ErrorKind, RegistrationAnswer, RegistrationStage, SignInStep, SignInWay, UiError},
};

/// How long the browser may be away: making an account can mean waiting for an e-mail.
const AWAY: Duration = Duration::from_mins(30);

/// What the user has brought.
pub enum Ready {
    /// A proof for the homeserver.
    Proof(Proof),
    /// The authorization server's answer.
    Code(Box<Authorization>, String),
    /// An account that was just made.
    Made(Box<Grant>),
}

/// What the user can hand in while a sign-in is under way.
#[derive(Default)]
pub struct Desk {
    pub letterbox: Option<super::listener::Letterbox>,
    pub answers: Option<mpsc::UnboundedSender<RegistrationAnswer>>,
}

/// What a way is gone with.
pub struct Journey<'a, 'b> {
    pub turn: &'a mut Turn<'b, SigningIn>,
    pub found: &'a Arc<Found>,
    /// As typed; empty where the browser asks.
    pub user: &'a str,
    pub device_id: OwnedDeviceId,
    /// The session that is to be taken up again.
    pub renew: Option<&'a SavedSession>,
    pub servers: &'a Servers,
}

impl Account {
    /// Goes the way that the user chose.
    pub(super) async fn go(
        &self,
        mut journey: Journey<'_, '_>,
        way: SignInWay,
    ) -> Result<Ready, UiError> {
        let offer = &journey.found.offer;
        let server = offer.server.clone();
        let refused = |kind| Err(UiError::new(kind).with_detail(server));
        match way {
            SignInWay::Password { password, .. } if offer.password => {
                let user = journey.user.to_owned();
                journey.show(SignInStep::CheckingPassword);
                Ok(Ready::Proof(Proof::Password(user, password)))
            }
            SignInWay::Password { .. } => refused(ErrorKind::ServerNoPassword),
            SignInWay::OAuth if offer.oauth.is_some() => self.by_oauth(journey, false).await,
            SignInWay::CreateAccount if offer.oauth.is_some() => self.by_oauth(journey, true).await,
            SignInWay::Sso { provider } if has_provider(journey.found, provider.as_deref()) => {
                self.by_sso(journey, provider.as_deref()).await
            }
            SignInWay::Register { password, .. } if offer.create.is_some() => {
                self.by_registering(journey, &password).await
            }
            SignInWay::CreateAccount | SignInWay::Register { .. } => {
                refused(ErrorKind::RegistrationClosed)
            }
            SignInWay::OAuth | SignInWay::Sso { .. } => refused(ErrorKind::SignInRefused),
        }
    }

    async fn by_oauth(
        &self,
        mut journey: Journey<'_, '_>,
        creating: bool,
    ) -> Result<Ready, UiError> {
        let found = journey.found;
        let Some(authority) = &found.authority else { return Err(ErrorKind::Internal.into()) };
        let mut listener = listen().await?;
        let user = journey.renew.map(|saved| &*saved.session.meta().user_id);
        let wanted = oauth::Wanted { device_id: journey.device_id.clone(), user, creating };
        let redirect = listener.redirect().clone();
        let authorization =
            oauth::begin(found, authority, journey.servers, &redirect, wanted).await?;
        listener.expect(&authorization.state);
        let page = authorization.page.clone();
        let query = self.browse(&mut journey, &mut listener, &page, creating).await?;
        Ok(Ready::Code(Box::new(authorization), query))
    }

    async fn by_sso(
        &self,
        mut journey: Journey<'_, '_>,
        provider: Option<&str>,
    ) -> Result<Ready, UiError> {
        let server = journey.found.offer.server.as_str();
        let mut listener = listen().await?;
        // The homeserver brings back whatever the address has; this app's own secret among it.
        let state = nonce();
        let mut redirect = listener.redirect().clone();
        redirect.query_pairs_mut().append_pair("state", &state);
        let client = client::without_store(journey.found).await?;
        let page = client.matrix_auth().get_sso_login_url(redirect.as_str(), provider).await;
        let page = page.map_err(|error| from_sdk(&error, server))?;
        let internal = |_| UiError::new(ErrorKind::Internal);
        let page = Url::parse(&page).map_err(internal)?;
        listener.expect(&state);
        let query = self.browse(&mut journey, &mut listener, &page, false).await?;
        let token = form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "loginToken")
            .map(|(_, token)| Zeroizing::new(token.into_owned()));
        let refused = || UiError::new(ErrorKind::SignInRefused).with_detail(server);
        Ok(Ready::Proof(Proof::Token(token.ok_or_else(refused)?)))
    }

    /// Sends the browser to a page and waits until it comes back.
    async fn browse(
        &self,
        journey: &mut Journey<'_, '_>,
        listener: &mut Listener,
        page: &Url,
        creating: bool,
    ) -> Result<String, UiError> {
        let host = host_of(page);
        listener.lead_to(page.clone());
        let letterbox = listener.letterbox();
        self.desk().letterbox = Some(letterbox.clone());
        let entrance = || letterbox.entrance().ok_or(UiError::from(ErrorKind::Internal));
        let mut address = entrance()?;
        let phase = |address| Phase::Browser { host: host.clone(), address, creating };
        journey.turn.stay(|signing_in| signing_in.now(phase(address.clone())));
        if !(self.open_browser)(&entrance()?) {
            // The window shows an address, to be copied.
            self.board.notice(UiError::new(ErrorKind::BrowserFailed).with_detail(&*host));
        }
        let query = listener.query(AWAY);
        tokio::pin!(query);
        let query = loop {
            tokio::select! {
                query = &mut query => break query,
                // The one that the window shows is good once as well.
                () = letterbox.used(&address) => {
                    address = entrance()?;
                    journey.turn.stay(|signing_in| signing_in.now(phase(address.clone())));
                }
            }
        };
        self.desk().letterbox = None;
        journey.show(SignInStep::Confirming);
        query.ok_or_else(|| UiError::new(ErrorKind::BrowserTimeout).with_detail(host))
    }

    /// Opens a page on which the homeserver's own API has something done; its address has the
    /// registration's session in it.
    fn show_page(&self, listener: &Listener, address: &str) {
        let Ok(page) = Url::parse(address) else { return };
        listener.lead_to(page);
        let letterbox = listener.letterbox();
        // Where this fails, it can be opened again from the window.
        let _ = letterbox.entrance().is_some_and(|address| (self.open_browser)(&address));
        self.desk().letterbox = Some(letterbox);
    }

    async fn by_registering(
        &self,
        mut journey: Journey<'_, '_>,
        password: &str,
    ) -> Result<Ready, UiError> {
        let client = client::without_store(journey.found).await?;
        let (question, mut questions) = mpsc::unbounded_channel();
        let (answer, mut answers) = mpsc::unbounded_channel();
        self.desk().answers = Some(answer);
        let (user, device_id) = (journey.user.to_owned(), journey.device_id.clone());
        let wanted =
            register::Wanted { user: &user, password, device_id, device_name: &device_name() };
        let ask = register::Questions(question);
        let registering = register::register(&client, &self.errands, wanted, &ask);
        tokio::pin!(registering);
        journey.show(SignInStep::CreatingAccount);
        let mut listener = None;
        loop {
            let (stage, answered) = tokio::select! {
                grant = &mut registering => return grant.map(|grant| Ready::Made(Box::new(grant))),
                Some(question) = questions.recv() => question,
            };
            if let RegistrationStage::Page { address, .. } = &stage {
                if listener.is_none() {
                    listener = Some(listen().await?);
                }
                if let Some(listener) = &listener {
                    self.show_page(listener, address);
                }
            }
            journey.turn.stay(|signing_in| signing_in.now(Phase::Asked(stage)));
            let Some(answer) = answers.recv().await else {
                return Err(ErrorKind::Cancelled.into());
            };
            self.desk().letterbox = None;
            journey.show(SignInStep::CreatingAccount);
            // Nobody waits for it where the registration has ended meanwhile.
            let _ = answered.send(answer);
        }
    }
}

impl Journey<'_, '_> {
    fn show(&mut self, step: SignInStep) {
        self.turn.stay(|signing_in| signing_in.now(Phase::Working(step)));
    }
}

async fn listen() -> Result<Listener, UiError> {
    let failed =
        |error: io::Error| UiError::new(ErrorKind::Internal).with_detail(error.to_string());
    Listener::start().await.map_err(failed)
}

fn has_provider(found: &Found, id: Option<&str>) -> bool {
    found.offer.providers.iter().any(|provider| provider.id.as_deref() == id)
}
