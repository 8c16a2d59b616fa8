//! The ways in that lead through a browser.

use std::time::Duration;

use anyhow::{Context as _, Result};
use galaxy_chat_tests::authority::{self, Authority};
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::{Options, free_port, random};
use tokio::time::sleep;
use url::{Url, form_urlencoded};

use super::search::Secrets;
use super::what_gets_out_is_found;
use super::{add_issued, add_sealed, log_tells_of, nothing_crossed, nothing_got_out};
use super::{open, open_at, sign_out, watch};
use crate::attacks::between::{Between, Deed};
use crate::attacks::page_behind;
use crate::session::until;
use crate::stage::Stage;

const IN_LOBBY: &str = "If you have just come in: hello!";
const TOKEN: &str = "/oauth2/token";
/// Of access tokens.
const LIFETIME: Duration = Duration::from_secs(4);

/// Of an address or a form.
fn value(pairs: &[u8], name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(pairs);
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn in_query(address: &Url, name: &str) -> Result<String> {
    let value = value(address.query().unwrap_or_default().as_bytes(), name);
    value.with_context(|| format!("no {name} in the address"))
}

/// What the authorization server gave out, and what the app asked it with.
async fn add_given(
    authority: &Authority,
    user: &str,
    between: &Between,
    secrets: &mut Secrets,
) -> Result<()> {
    let issued = authority.issued(user).await?;
    assert!(issued.len() >= 3, "a code, an access token and a refresh token");
    for secret in &issued {
        secrets.add("what the authorization server gave out", secret);
    }
    let seen = between.seen();
    let forms: Vec<_> = seen.iter().filter(|request| request.path == TOKEN).collect();
    for form in &forms {
        for name in ["code", "code_verifier", "refresh_token"] {
            value(&form.body, name).inspect(|value| secrets.add(name, value));
        }
    }
    assert!(forms.iter().any(|form| value(&form.body, "code_verifier").is_some()));
    Ok(())
}

/// The address that a sign-in's browser is sent to has its state, which the log must not have.
fn state_is_not_logged(stage: &Stage, page: &str) -> Result<()> {
    let mut secrets = Secrets::default();
    secrets.add("the state", in_query(&Url::parse(page)?, "state")?);
    assert!(secrets.search()?.text(stage.window.log().as_bytes()).is_empty());
    Ok(())
}

/// Signs in with a browser that cannot reach the app: its address is pasted. Answers the code in it.
async fn paste(
    stage: &Stage,
    between: &Between,
    browser: &Browser,
    secrets: &mut Secrets,
) -> Result<String> {
    let window = &stage.window;
    let links = window.opened_links().len();
    window.click("Continue in your browser").await?;
    let page = page_behind(&window.wait_for_link(links + 1).await?).await?;
    let back = Url::parse(&in_query(&Url::parse(&page)?, "redirect_uri")?)?;
    let (near, far) =
        (back.origin().ascii_serialization(), format!("http://127.0.0.1:{}", free_port()?));
    let (from, to) = (format!("location: {near}"), format!("location: {far}"));
    between.plan(move |_| {
        let (from, to) = (from.clone(), to.clone());
        Deed::Change(Box::new(move |text| text.replace(&from, &to)))
    });
    browser.open(&page).await?;
    let newcomer = &stage.galaxy.newcomer;
    browser.sign_in(&newcomer.user, &newcomer.password).await?;
    let arrived = browser.arrive(&far).await?;
    between.be_honest();
    let code = in_query(&arrived, "code")?;
    secrets.add("the code in the address", &code);
    window.click("The browser says it cannot connect?").await?;
    window.fill("Address in the browser", &arrived.as_str().replace(&far, &near)).await?;
    window.click("Go on with this address").await?;
    window.see(IN_LOBBY).await?;
    state_is_not_logged(stage, &page)?;
    Ok(code)
}

/// Has tokens refreshed: joins a room when they have expired.
async fn refresh(stage: &Stage, between: &Between, room: &str) -> Result<()> {
    let before = between.asked(TOKEN);
    sleep(LIFETIME + Duration::from_secs(1)).await;
    stage.window.click("All rooms").await?;
    // What the Space says makes the rooms taller, under the pointer.
    stage.window.see("as Galaxy’s Space says").await?;
    stage.window.click(&format!("Join {room}")).await?;
    until("tokens are refreshed", async || Ok(between.asked(TOKEN) > before)).await?;
    stage.window.click(&format!("Open {room}")).await
}

#[tokio::test]
async fn no_secret_of_the_servers_pages_gets_out() -> Result<()> {
    let options = authority::Options {
        access_token_lifetime: LIFETIME,
        remembered: false,
        ..authority::Options::default()
    };
    let galaxy = Galaxy::start_with(Options::delegated_to(options)).await?;
    let between = Between::start(&galaxy).await?;
    let browser = Browser::start().await?;
    let mut stage = open_at(galaxy, between.url()).await?;
    let mut secrets = Secrets::default();
    secrets.add("the password", &stage.galaxy.newcomer.password);

    // Cancelled, then pasted.
    watch(&stage.window).await?;
    stage.window.click("Just read").await?;
    stage.window.click("Sign in").await?;
    stage.window.click("Continue in your browser").await?;
    let cancelled = page_behind(&stage.window.wait_for_link(1).await?).await?;
    stage.window.click("Cancel").await?;
    stage.window.see("Cancelled.").await?;
    state_is_not_logged(&stage, &cancelled)?;
    let pasted = paste(&stage, &between, &browser, &mut secrets).await?;
    refresh(&stage, &between, "Proteomics").await?;
    let user = stage.galaxy.newcomer.user.clone();
    let saved = add_sealed(&stage, &mut secrets).await?;
    add_given(stage.galaxy.homeserver.authority()?, &user, &between, &mut secrets).await?;
    let issued = stage.galaxy.homeserver.authority()?.issued(&user).await?;
    assert!(issued.iter().any(|token| saved.to_string().contains(token)), "it is the session");
    // The code was in the address that was pasted.
    let tokens: Vec<_> = issued.into_iter().filter(|token| *token != pasted).collect();
    nothing_crossed(&stage.window, &tokens, &["waitingForBrowser", &pasted]).await?;
    nothing_got_out(&stage.window, &secrets)?;

    // Restarted, refreshed, and signed out while the authorization server is away.
    stage.window.restart().await?;
    stage.window.see("Proteomics").await?;
    refresh(&stage, &between, "Admins").await?;
    add_given(stage.galaxy.homeserver.authority()?, &user, &between, &mut secrets).await?;
    nothing_got_out(&stage.window, &secrets)?;
    stage.galaxy.homeserver.authority_mut()?.stop()?;
    sign_out(&stage.window).await?;
    nothing_got_out(&stage.window, &secrets)?;
    stage.galaxy.homeserver.authority_mut()?.restart().await?;
    let authority = stage.galaxy.homeserver.authority()?;
    until("the session ends", async || Ok(authority.sessions(&user).await?.is_empty())).await?;
    add_given(authority, &user, &between, &mut secrets).await?;
    log_tells_of(&stage.window, &["auth_metadata", "/_matrix/client/v3/join"]).await?;
    nothing_got_out(&stage.window, &secrets)?;

    shared(&mut stage, &between, &browser, &mut secrets).await?;
    assert_eq!(secrets.search()?.folder(stage.window.home())?, std::collections::BTreeSet::new());
    stage.window.start().await?;
    what_gets_out_is_found(&stage.window, &secrets).await
}

/// Makes an account from a shared computer, and closes the window.
async fn shared(
    stage: &mut Stage,
    between: &Between,
    browser: &Browser,
    secrets: &mut Secrets,
) -> Result<()> {
    let password = random()?;
    secrets.add("the new account's password", &password);
    stage.window.click_in("Account", "Sign in").await?;
    stage.window.click("This computer is shared").await?;
    let links = stage.window.opened_links().len();
    stage.window.click("Create account").await?;
    let page = page_behind(&stage.window.wait_for_link(links + 1).await?).await?;
    browser.open(&page).await?;
    browser.create_account("student", &password).await?;
    stage.window.see(IN_LOBBY).await?;
    add_given(stage.galaxy.homeserver.authority()?, "student", between, secrets).await?;
    nothing_got_out(&stage.window, secrets)?;
    stage.window.close().await?;
    add_given(stage.galaxy.homeserver.authority()?, "student", between, secrets).await?;
    state_is_not_logged(stage, &page)
}

#[tokio::test]
async fn no_secret_of_single_sign_on_gets_out() -> Result<()> {
    let stage = open(Options::single_sign_on(false)).await?;
    let browser = Browser::start().await?;
    let newcomer = stage.galaxy.newcomer.clone();
    let mut secrets = Secrets::default();
    secrets.add("the password", &newcomer.password);
    watch(&stage.window).await?;
    stage.window.click("Just read").await?;
    stage.window.click("Sign in").await?;
    stage.window.click("Continue with University").await?;
    browser.open(&stage.window.wait_for_link(1).await?).await?;
    browser.sign_in(&newcomer.user, &newcomer.password).await?;
    browser.click("Continue").await?;
    let arrived = browser.arrive("http://127.0.0.1:").await?;
    secrets.add("the login token", in_query(&arrived, "loginToken")?);
    let mut one_time = Secrets::default();
    one_time.add("the state", in_query(&arrived, "state")?);
    stage.window.see(IN_LOBBY).await?;
    add_issued(&stage, &newcomer, &mut secrets).await?;
    let mut tokens = stage.galaxy.homeserver.tokens(&newcomer)?;
    tokens.push(in_query(&arrived, "loginToken")?);
    nothing_crossed(&stage.window, &tokens, &["waitingForBrowser"]).await?;
    nothing_got_out(&stage.window, &secrets)?;
    sign_out(&stage.window).await?;
    let told = ["/_matrix/client/v3/login", "/_matrix/client/v3/logout"];
    log_tells_of(&stage.window, &told).await?;
    nothing_got_out(&stage.window, &secrets)?;
    assert!(one_time.search()?.text(stage.window.log().as_bytes()).is_empty());
    what_gets_out_is_found(&stage.window, &secrets).await
}
