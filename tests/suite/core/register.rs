//! Accounts that are made here, at homeservers that let people in in different ways.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use galaxy_chat_core::wire::{
    CreateAccount, ErrorKind, RegistrationAnswer, RegistrationStage, Session, SignInWay, UiError,
};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::{Account, Options, Registration};
use serde_json::json;
use tokio::task::JoinHandle;

use super::run::{Computer, Core};
use crate::attacks::between::{Between, Deed};
use crate::stub::{Answer, Stub};

const PASSWORD: &str = "a password to be";
const REGISTER: &str = "POST /_matrix/client/v3/register";

/// An app at a homeserver that makes accounts for these people.
struct Door {
    galaxy: Galaxy,
    computer: Computer,
    core: Core,
}

impl Door {
    async fn open(registration: Registration) -> Result<Self> {
        let galaxy = Galaxy::start_with(Options::registration(registration)).await?;
        let computer = Computer::new(&galaxy)?;
        let core = computer.start();
        core.signed_out().await?;
        Ok(Self { galaxy, computer, core })
    }

    fn server(&self) -> String {
        self.galaxy.homeserver.url().to_string()
    }

    async fn offer(&self) -> Result<Option<CreateAccount>> {
        Ok(self.core.app.discover(&self.server()).await?.create)
    }

    fn register(&self, user: &str) -> JoinHandle<Result<(), UiError>> {
        register(&self.core, self.server(), user)
    }

    fn account(&self, user: &str) -> Account {
        self.galaxy.homeserver.known_account(user, PASSWORD)
    }

    /// The account is there, with one device, and its password is the one that was chosen.
    async fn assert_made(&self, user: &str) -> Result<()> {
        let account = self.account(user);
        let Session::SignedIn { user_id, .. } = self.core.signed_in().await? else {
            unreachable!()
        };
        assert_eq!(user_id, account.user_id);
        assert_eq!(self.galaxy.homeserver.devices(&account).await?.len(), 1);
        account.sign_in().await?;
        Ok(())
    }

    /// Nothing is on this computer, and there is no such account.
    async fn assert_nothing_made(&self, user: &str) {
        self.assert_nothing_kept().await;
        assert!(self.galaxy.homeserver.devices(&self.account(user)).await.is_err());
    }

    async fn assert_nothing_kept(&self) {
        assert_eq!(
            self.core.now().session,
            Some(Session::SignedOut { unfinished: None, set_aside: false })
        );
        assert_eq!(self.computer.files(), Vec::<std::path::PathBuf>::new());
        // The keyring is told to forget in the background.
        for _ in 0..100 {
            if self.computer.keys() == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(self.computer.keys(), 0);
    }
}

fn register(core: &Core, server: String, user: &str) -> JoinHandle<Result<(), UiError>> {
    let way = SignInWay::Register { user: user.to_owned(), password: PASSWORD.to_owned().into() };
    let app = core.app.clone();
    tokio::spawn(async move { app.sign_in(server, way, false, false).await })
}

fn token(token: &str) -> RegistrationAnswer {
    RegistrationAnswer::Token { token: token.to_owned().into() }
}

/// Waits until the homeserver wants something that is so.
async fn asked(core: &Core, so: impl Fn(&RegistrationStage) -> bool) -> Result<RegistrationStage> {
    let asked = core
        .session(
            "asked",
            |session| matches!(session, Session::Registering { stage, .. } if so(stage)),
        )
        .await?;
    let Session::Registering { stage, .. } = asked else { unreachable!() };
    Ok(stage)
}

#[tokio::test]
async fn an_open_server_makes_an_account_and_says_what_it_does_not_take() -> Result<()> {
    let door = Door::open(Registration::Open).await?;
    assert_eq!(door.offer().await?, Some(CreateAccount::Form { token: false }));
    for (user, kind) in [
        (&*door.galaxy.helper.user, ErrorKind::UserNameTaken),
        ("näme", ErrorKind::UserNameInvalid),
        (" ", ErrorKind::UserNameInvalid),
    ] {
        let error = door.register(user).await?.expect_err(user);
        assert_eq!(error.kind, kind, "{user}: {error}");
        door.assert_nothing_kept().await;
    }
    // Matrix IDs are in small letters, however people write their name.
    door.register(" Learner ").await??;
    door.assert_made("learner").await
}

#[tokio::test]
async fn a_closed_server_makes_none() -> Result<()> {
    let door = Door::open(Registration::Closed).await?;
    assert_eq!(door.offer().await?, None);
    let error = door.register("learner").await?.expect_err("it is closed");
    assert_eq!(error.kind, ErrorKind::RegistrationClosed);
    door.assert_nothing_made("learner").await;
    Ok(())
}

#[tokio::test]
async fn rules_are_accepted_first() -> Result<()> {
    let door = Door::open(Registration::Terms).await?;
    assert_eq!(door.offer().await?, Some(CreateAccount::Form { token: false }));
    let registering = door.register("learner");
    let stage = asked(&door.core, |_| true).await?;
    let RegistrationStage::Terms { policies } = stage else { panic!("{stage:?}") };
    assert_eq!(policies.len(), 1);
    assert_eq!(policies[0].name, "Rules of this server");
    assert!(policies[0].address.starts_with(&door.server()), "{policies:?}");
    door.core.app.answer_registration(RegistrationAnswer::Accept)?;
    registering.await??;
    door.assert_made("learner").await
}

#[tokio::test]
async fn a_token_is_asked_for_until_it_is_the_right_one() -> Result<()> {
    let door = Door::open(Registration::Token).await?;
    assert_eq!(door.offer().await?, Some(CreateAccount::Form { token: true }));

    let registering = door.register("learner");
    asked(&door.core, |stage| *stage == RegistrationStage::Token { refused: false }).await?;
    door.core.app.cancel_sign_in();
    assert_eq!(registering.await?.map_err(|error| error.kind), Err(ErrorKind::Cancelled));
    door.assert_nothing_made("learner").await;

    let registering = door.register("learner");
    asked(&door.core, |stage| *stage == RegistrationStage::Token { refused: false }).await?;
    door.core.app.answer_registration(token("not the token"))?;
    asked(&door.core, |stage| *stage == RegistrationStage::Token { refused: true }).await?;
    let right = door.galaxy.homeserver.registration_token().await?;
    // As it comes out of a mail.
    door.core.app.answer_registration(token(&format!(" {right}\n")))?;
    registering.await??;
    door.assert_made("learner").await
}

#[tokio::test]
async fn cancelled_at_the_last_moment_no_device_is_left() -> Result<()> {
    let door = Door::open(Registration::Token).await?;
    let between = Between::start(&door.galaxy).await?;
    // The token is one stage, and after it comes one that needs nobody.
    between.plan(|request| {
        let last = String::from_utf8_lossy(&request.body).contains("m.login.dummy");
        if last { Deed::KeepBack } else { Deed::Pass }
    });
    let registering = register(&door.core, between.url().to_owned(), "learner");
    asked(&door.core, |_| true).await?;
    let right = door.galaxy.homeserver.registration_token().await?;
    door.core.app.answer_registration(token(&right))?;
    between.kept_back().await?;
    let account = door.account("learner");
    // The server has made a device by then: this test could not fail otherwise.
    assert_eq!(door.galaxy.homeserver.devices(&account).await?.len(), 1);

    door.core.app.cancel_sign_in();
    assert_eq!(registering.await?.map_err(|error| error.kind), Err(ErrorKind::Cancelled));
    between.release();
    for _ in 0..100 {
        if door.galaxy.homeserver.devices(&account).await?.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(door.galaxy.homeserver.devices(&account).await?, Vec::<String>::new());
    door.assert_nothing_kept().await;
    // The account is there; its owner signs in.
    let server = door.server();
    Ok(door.core.try_sign_in(&server, "learner", PASSWORD).await?)
}

/// A homeserver that asks a riddle on a page of its own, or of which the page is missing.
async fn riddler(page: bool, asked: Arc<AtomicUsize>) -> Result<Stub> {
    let json = |status, body: serde_json::Value| -> Answer {
        (status, "application/json", body.to_string())
    };
    let features = json!({ "org.matrix.simplified_msc3575": true });
    Stub::start(move |request| match request {
        "GET /_matrix/client/versions" => {
            json(200, json!({ "versions": ["v1.11"], "unstable_features": features }))
        }
        "GET /_matrix/client/v3/login" => {
            json(200, json!({ "flows": [{ "type": "m.login.password" }] }))
        }
        REGISTER => {
            asked.fetch_add(1, Ordering::SeqCst);
            let flows = json!([{ "stages": ["org.example.riddle", "m.login.dummy"] }]);
            json(401, json!({ "flows": flows, "session": "a session" }))
        }
        "GET /_matrix/client/v3/auth/org.example.riddle/fallback/web" if page => {
            (200, "text/html", "<h1>What goes up and never comes down?</h1>".to_owned())
        }
        _ => json(404, json!({ "errcode": "M_UNRECOGNIZED", "error": "No" })),
    })
    .await
}

#[tokio::test]
async fn what_the_app_cannot_ask_is_asked_on_the_servers_page() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let core = Computer::new(&galaxy)?.start();
    core.signed_out().await?;

    let count = Arc::new(AtomicUsize::new(0));
    let stub = riddler(true, count.clone()).await?;
    let offer = core.app.discover(&stub.url()).await?.create;
    assert_eq!(offer, Some(CreateAccount::Form { token: false }));
    let registering = register(&core, stub.url(), "learner");
    let stage = asked(&core, |_| true).await?;
    let address = format!(
        "{}/_matrix/client/v3/auth/org.example.riddle/fallback/web?session=a+session",
        stub.url()
    );
    assert_eq!(stage, RegistrationStage::Page { address, stage: "org.example.riddle".to_owned() });
    // Not solved, it is asked again.
    let before = count.load(Ordering::SeqCst);
    core.app.answer_registration(RegistrationAnswer::Done)?;
    while count.load(Ordering::SeqCst) == before {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(asked(&core, |_| true).await?, stage);
    core.app.cancel_sign_in();
    assert_eq!(registering.await?.map_err(|error| error.kind), Err(ErrorKind::Cancelled));

    // A page that is not there is nothing to be sent to.
    let stub = riddler(false, count).await?;
    assert_eq!(core.app.discover(&stub.url()).await?.create, None);
    let error = register(&core, stub.url(), "learner").await?.expect_err("there is no page");
    assert_eq!(error.kind, ErrorKind::RegistrationClosed);
    Ok(())
}

#[tokio::test]
async fn a_server_without_a_page_for_mail_addresses_offers_nothing() -> Result<()> {
    let door = Door::open(Registration::Email).await?;
    assert_eq!(door.offer().await?, None);
    let error = door.register("learner").await?.expect_err("there is no page");
    assert_eq!(error.kind, ErrorKind::RegistrationClosed);
    door.assert_nothing_made("learner").await;
    Ok(())
}
