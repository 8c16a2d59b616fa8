//! The browser.

use std::path::Path;

use anyhow::Result;
use galaxy_chat_tests::browser::Browser;
use galaxy_chat_tests::homeserver::free_port;
use galaxy_chat_tests::website::Website;

#[tokio::test]
async fn it_goes_where_it_is_sent_and_forgets() -> Result<()> {
    let page = "<title>A page</title><p>Hello there<form><label>Name <input></label></form>";
    let website = Website::start(page).await?;
    let browser = Browser::start().await?;
    browser.open(&website.url("first")).await?;
    browser.see("Hello there").await?;
    browser.fill("Name", "newcomer").await?;
    assert_eq!(browser.text_of("Name").await?, "newcomer");
    assert_eq!(browser.arrive(&website.url("")).await?.as_str(), website.url("first"));

    browser.run_js("localStorage.setItem('kept', 'yes')", vec![]).await?;
    let other = Browser::start().await?;
    other.open(&website.url("second")).await?;
    assert!(other.run_js("return localStorage.getItem('kept')", vec![]).await?.is_null());
    assert!(website.paths().iter().any(|path| path == "second"));

    // Where nobody answers, it stays at the address, which can be read off.
    let nowhere = format!("http://127.0.0.1:{}/back?code=x", free_port()?);
    browser.open(&nowhere).await?;
    assert_eq!(browser.url().await?.as_str(), nowhere);

    let folder = other.home().to_owned();
    assert!(folder.join("profile").is_dir());
    drop(other);
    assert!(!Path::new(&folder).exists(), "the browser left {}", folder.display());
    Ok(())
}
