//! A homeserver that has somebody else's sign-in pages is named before the browser opens: it can then use
//! the account.

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::faults::Faults;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::window::{AppOptions, Window};

use super::delegated;
use crate::stage::options_for;

const SIGNS_IN_FOR: &str = "signs you in for";
const WHAT_IT_CAN: &str = "which can then use the account";

/// The app with a homeserver of that host, whose pages are at 127.0.0.1.
async fn at(host: &str) -> Result<(String, Window, impl Sized)> {
    let galaxy = Galaxy::start_with(delegated()).await?;
    let keyring = Keyring::start(State::Unlocked).await?;
    let faults = Faults::start(&galaxy.homeserver).await?;
    let mut options = options_for(&galaxy, &keyring, AppOptions::default());
    let server = options.args.iter().position(|argument| argument == "--server");
    let name = format!("{host}:{}", faults.url().port().context("a port")?);
    options.args[server.context("a server")? + 1] = format!("http://{name}");
    let window = Window::open(options).await?;
    window.click("Just read").await?;
    window.click("Sign in").await?;
    window.see("Your browser opens").await?;
    Ok((name, window, (galaxy, keyring, faults)))
}

#[tokio::test]
async fn a_homeserver_with_the_pages_of_another_host_is_named() -> Result<()> {
    let (name, window, _rest) = at("localhost").await?;
    window.see(WHAT_IT_CAN).await?;
    window.see(&format!("{SIGNS_IN_FOR} {name}")).await?;
    window.screenshot("foreign-homeserver").await?;
    // The control: pages of the homeserver's own host need no warning.
    let (_, window, _rest) = at("127.0.0.1").await?;
    ensure!(!window.reads(SIGNS_IN_FOR).await?, "its own pages are warned of");
    Ok(())
}
