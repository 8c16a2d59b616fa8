//! The ways in that lead through a browser, and the ends of the sessions that they make.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use galaxy_chat_core::wire::{
    CreateAccount, ErrorKind, Keeping, RegistrationAnswer, RegistrationStage, Session, SignInWay,
};
use galaxy_chat_tests::authority::{self, Reuse, Revoke};
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::{Account, Options, Registration};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::run::{Computer, Core, files_in};
use crate::attacks::page_behind;
use crate::session::until;

/// A computer whose browser is only told where to go.
struct Desktop {
    computer: Computer,
    opened: Mutex<mpsc::UnboundedReceiver<String>>,
}

impl Desktop {
    fn new(galaxy: &Galaxy) -> Result<Self> {
        let (sender, opened) = mpsc::unbounded_channel();
        let mut computer = Computer::new(galaxy)?;
        computer.browser = Arc::new(move |address| sender.send(address.to_owned()).is_ok());
        Ok(Self { computer, opened: Mutex::new(opened) })
    }

    async fn address(&self) -> Result<String> {
        let mut opened = self.opened.lock().await;
        timeout(Duration::from_mins(2), opened.recv()).await?.context("nothing was opened")
    }
}

/// A server, a computer with a browser, and the app open on it with nobody signed in.
struct Scene {
    galaxy: Galaxy,
    desktop: Desktop,
    browser: Browser,
    core: Core,
}

impl Scene {
    async fn open(options: Options) -> Result<Self> {
        let galaxy = Galaxy::start_with(options).await?;
        let desktop = Desktop::new(&galaxy)?;
        let browser = Browser::start().await?;
        let core = desktop.computer.start();
        core.signed_out().await?;
        Ok(Self { galaxy, desktop, browser, core })
    }
}

type SigningIn = JoinHandle<Result<(), galaxy_chat_core::wire::UiError>>;

fn begin(core: &Core, galaxy: &Galaxy, way: SignInWay, shared: bool) -> SigningIn {
    let (app, server) = (core.app.clone(), galaxy.homeserver.url().to_string());
    tokio::spawn(async move { app.sign_in(server, way, false, shared).await })
}

/// Signs in in the browser.
async fn sign_in(core: &Core, galaxy: &Galaxy, desktop: &Desktop, browser: &Browser) -> Result<()> {
    sign_in_as(core, galaxy, desktop, browser, &galaxy.newcomer, false).await
}

async fn sign_in_as(
    core: &Core,
    galaxy: &Galaxy,
    desktop: &Desktop,
    browser: &Browser,
    account: &Account,
    shared: bool,
) -> Result<()> {
    let signing_in = begin(core, galaxy, SignInWay::OAuth, shared);
    browser.open(&desktop.address().await?).await?;
    browser.sign_in(&account.user, &account.password).await?;
    browser.see("Go back to Galaxy Chat").await?;
    signing_in.await??;
    core.signed_in().await?;
    Ok(())
}

fn delegated(change: impl FnOnce(&mut authority::Options)) -> Options {
    let mut options = authority::Options { remembered: false, ..authority::Options::default() };
    change(&mut options);
    Options::delegated_to(options)
}

async fn no_device(galaxy: &Galaxy) -> Result<()> {
    let devices = async || galaxy.homeserver.devices(&galaxy.newcomer).await;
    until("no device", async || Ok(devices().await?.is_empty())).await
}

#[tokio::test]
async fn the_servers_pages_sign_in_and_out() -> Result<()> {
    let Scene { galaxy, desktop, browser, core } = Scene::open(delegated(|_| {})).await?;
    let server = galaxy.homeserver.url().to_string();
    let offer = core.app.discover(&server).await?;
    assert!(!offer.password && offer.providers.is_empty(), "{offer:?}");
    let issuer = galaxy.homeserver.authority()?.issuer().clone();
    let host = format!("127.0.0.1:{}", issuer.port().context("a port")?);
    assert_eq!(offer.oauth.map(|oauth| oauth.host), Some(host.clone()));
    assert_eq!(offer.create, Some(CreateAccount::Browser { host }));

    sign_in(&core, &galaxy, &desktop, &browser).await?;
    let devices = galaxy.homeserver.devices(&galaxy.newcomer).await?;
    assert_eq!(devices.len(), 1);
    let lobby = core.join(galaxy.alias("lobby")?).await?;
    core.close().await?;

    // It is there after a restart, with the server away, and again when that is back.
    let core = desktop.computer.start();
    core.signed_in().await?;
    core.until("listed", |shown| shown.room(&lobby).is_some()).await?;
    assert_eq!(core.start.recent_servers, [server.trim_end_matches('/')]);
    core.app.sign_out().await;
    core.signed_out().await?;
    assert!(core.now().notices.is_empty(), "{:?}", core.now().notices);
    no_device(&galaxy).await?;
    assert_eq!(galaxy.homeserver.authority()?.sessions(&galaxy.newcomer.user).await?, []);
    assert_eq!(desktop.computer.files(), Vec::<std::path::PathBuf>::new());
    Ok(())
}

#[tokio::test]
async fn accounts_are_made_on_the_servers_pages() -> Result<()> {
    let Scene { galaxy, desktop, browser, core } = Scene::open(delegated(|_| {})).await?;
    let signing_in = begin(&core, &galaxy, SignInWay::CreateAccount, false);
    browser.open(&desktop.address().await?).await?;
    browser.create_account("student", "a long password").await?;
    signing_in.await??;
    let session = core.signed_in().await?;
    assert!(format!("{session:?}").contains("@student:"), "{session:?}");
    Ok(())
}

#[tokio::test]
async fn a_cancelled_browser_leaves_nothing() -> Result<()> {
    let Scene { galaxy, desktop, browser, core } = Scene::open(delegated(|_| {})).await?;
    // In the app.
    let signing_in = begin(&core, &galaxy, SignInWay::OAuth, false);
    let address = desktop.address().await?;
    core.session("away", |s| matches!(s, Session::WaitingForBrowser { .. })).await?;
    core.app.open_browser_again()?;
    let again = desktop.address().await?;
    assert_ne!(again, address, "an address leads to the page once");
    assert_eq!(page_behind(&again).await?, page_behind(&address).await?);
    assert!(page_behind(&again).await.is_err());
    core.app.cancel_sign_in();
    assert_eq!(signing_in.await?.map_err(|e| e.kind), Err(ErrorKind::Cancelled));
    assert_eq!(core.now().session, Some(Session::SignedOut { unfinished: None, set_aside: false }));
    assert_eq!(desktop.computer.files(), Vec::<std::path::PathBuf>::new());
    // In the browser.
    let signing_in = begin(&core, &galaxy, SignInWay::OAuth, false);
    browser.open(&desktop.address().await?).await?;
    browser.click("Cancel").await?;
    browser.see("The sign-in was not completed").await?;
    assert_eq!(signing_in.await?.map_err(|e| e.kind), Err(ErrorKind::Cancelled));
    assert_eq!(desktop.computer.files(), Vec::<std::path::PathBuf>::new());
    no_device(&galaxy).await?;
    // The honest way still works.
    sign_in(&core, &galaxy, &desktop, &browser).await
}

#[tokio::test]
async fn tokens_are_refreshed_and_saved() -> Result<()> {
    let options = delegated(|options| {
        options.access_token_lifetime = Duration::from_secs(3);
        options.reuse = Reuse::EndSession;
    });
    let Scene { galaxy, desktop, browser, core } = Scene::open(options).await?;
    sign_in(&core, &galaxy, &desktop, &browser).await?;
    for _ in 0..2 {
        sleep(Duration::from_secs(4)).await;
        core.join(galaxy.alias("lobby")?).await?;
    }
    core.close().await?;
    let core = desktop.computer.start();
    core.signed_in().await?;
    sleep(Duration::from_secs(4)).await;
    core.join(galaxy.alias("lobby")?).await?;
    sleep(Duration::from_secs(4)).await;
    core.app.sign_out().await;
    assert!(core.now().notices.is_empty(), "{:?}", core.now().notices);
    no_device(&galaxy).await
}

#[tokio::test]
async fn tokens_taken_away_are_given_again_on_the_same_device() -> Result<()> {
    let Scene { galaxy, desktop, browser, core } = Scene::open(delegated(|_| {})).await?;
    sign_in(&core, &galaxy, &desktop, &browser).await?;
    let lobby = core.draft_in_lobby(&galaxy).await?;
    let before = galaxy.homeserver.devices(&galaxy.newcomer).await?;
    for what in [Revoke::Tokens, Revoke::Session] {
        galaxy.homeserver.authority()?.revoke(&galaxy.newcomer.user, what).await?;
        // A sync that waits for news hears of it only at its end.
        core.app.join(galaxy.alias("dev")?, &[]).await?;
        core.session("expired", |s| matches!(s, Session::Expired { .. })).await?;
        sign_in(&core, &galaxy, &desktop, &browser).await?;
        core.has_draft(&lobby).await?;
        assert_eq!(galaxy.homeserver.devices(&galaxy.newcomer).await?, before);
        let aside = desktop.computer.profile().join("set-aside").exists();
        assert_eq!(aside, what == Revoke::Session);
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_forgot_the_app_gets_to_know_it_again() -> Result<()> {
    let Scene { mut galaxy, desktop, browser, core } = Scene::open(delegated(|_| {})).await?;
    sign_in(&core, &galaxy, &desktop, &browser).await?;
    galaxy.homeserver.authority_mut()?.forget().await?;
    core.session("expired", |s| matches!(s, Session::Expired { .. })).await?;
    // Somebody else takes the computer over; nothing of the session before is lost.
    let signing_in = begin(&core, &galaxy, SignInWay::OAuth, false);
    browser.open(&desktop.address().await?).await?;
    browser.create_account("student", "a long password").await?;
    signing_in.await??;
    let session = core.signed_in().await?;
    assert!(format!("{session:?}").contains("@student:"), "{session:?}");
    assert!(!files_in(&desktop.computer.profile().join("set-aside")).is_empty());
    Ok(())
}

#[tokio::test]
async fn a_sign_out_reaches_the_server_after_a_restart() -> Result<()> {
    let Scene { mut galaxy, desktop, browser, core } = Scene::open(delegated(|_| {})).await?;
    sign_in(&core, &galaxy, &desktop, &browser).await?;
    galaxy.homeserver.authority_mut()?.stop()?;
    core.app.sign_out().await;
    core.signed_out().await?;
    assert!(core.now().noticed(ErrorKind::DeviceRemovedLater));
    let left = desktop.computer.files();
    assert!(left.iter().all(|file| file.parent().is_some_and(|p| p.ends_with("leaving"))));
    assert_eq!(left.len(), 1);
    core.close().await?;
    galaxy.homeserver.authority_mut()?.restart().await?;
    assert_eq!(galaxy.homeserver.devices(&galaxy.newcomer).await?.len(), 1);
    let core = desktop.computer.start();
    core.signed_out().await?;
    no_device(&galaxy).await?;
    for _ in 0..100 {
        if desktop.computer.keys() == 0 {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((desktop.computer.files().len(), desktop.computer.keys()), (0, 0));
    Ok(())
}

#[tokio::test]
async fn a_shared_computer_keeps_nothing() -> Result<()> {
    let galaxy = Galaxy::start_with(delegated(|_| {})).await?;
    let desktop = Desktop::new(&galaxy)?;
    let browser = Browser::start().await?;
    for closing in [false, true] {
        let core = desktop.computer.start();
        core.signed_out().await?;
        sign_in_as(&core, &galaxy, &desktop, &browser, &galaxy.newcomer, true).await?;
        let session = core.signed_in().await?;
        let Session::SignedIn { keeping, .. } = session else { panic!("signed in") };
        assert_eq!(keeping, Keeping::Shared);
        core.join(galaxy.alias("lobby")?).await?;
        let all = files_in(&desktop.computer.profile());
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(desktop.computer.keys(), 0);
        if closing {
            core.close().await?;
        } else {
            core.app.sign_out().await;
            core.close().await?;
        }
        no_device(&galaxy).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_university_signs_in() -> Result<()> {
    let Scene { galaxy, desktop, browser, core } =
        Scene::open(Options::single_sign_on(false)).await?;
    let offer = core.app.discover(galaxy.homeserver.url().as_str()).await?;
    assert!(!offer.password && offer.oauth.is_none(), "{offer:?}");
    assert_eq!(offer.providers.len(), 2);
    let provider = offer.providers[0].id.clone();
    let signing_in = begin(&core, &galaxy, SignInWay::Sso { provider }, false);
    browser.open(&desktop.address().await?).await?;
    browser.sign_in(&galaxy.newcomer.user, &galaxy.newcomer.password).await?;
    browser.click("Continue").await.with_context(|| format!("{:?}", core.now().session))?;
    let seen = browser.see("Go back to Galaxy Chat").await;
    seen.with_context(|| format!("{:?}", core.now().session))?;
    signing_in.await??;
    core.signed_in().await?;
    core.app.sign_out().await;
    no_device(&galaxy).await
}

#[tokio::test]
async fn accounts_are_made_in_the_app() -> Result<()> {
    let galaxy = Galaxy::start_with(Options::registration(Registration::Token)).await?;
    let desktop = Desktop::new(&galaxy)?;
    let core = desktop.computer.start();
    core.signed_out().await?;
    let offer = core.app.discover(galaxy.homeserver.url().as_str()).await?;
    assert_eq!(offer.create, Some(CreateAccount::Form { token: true }));
    let way = SignInWay::Register {
        user: "student".to_owned(),
        password: "a long password".to_owned().into(),
    };
    let signing_in = begin(&core, &galaxy, way, false);
    let asked = |refused| move |session: &Session| matches!(session, Session::Registering { stage: RegistrationStage::Token { refused: now }, .. } if *now == refused);
    core.session("asked", asked(false)).await?;
    let answer = |token: &str| RegistrationAnswer::Token { token: token.to_owned().into() };
    core.app.answer_registration(answer("wrong"))?;
    core.session("asked again", asked(true)).await?;
    core.app.answer_registration(answer(&galaxy.homeserver.registration_token().await?))?;
    signing_in.await??;
    core.signed_in().await?;
    Ok(())
}
