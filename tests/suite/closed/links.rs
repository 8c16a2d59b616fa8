//! Links leave the app through one function, which lets few kinds pass.

use anyhow::{Context as _, Result};
use galaxy_chat_tests::window::Window;
use serde_json::{Value, json};
use tokio::time::sleep;
use url::Url;

use super::{A_WHILE, app, comes, stranger};
use crate::stage::Stage;

/// What would start another program, hide where it leads, carry a password, or is no address at all.
const REFUSED: [&str; 28] = [
    "",
    "galaxyproject.org",
    "//galaxyproject.org/",
    "/etc/passwd",
    "\\\\galaxyproject.org\\share",
    "about:blank",
    "blob:https://galaxyproject.org/0",
    "data:text/html,x",
    "file:///etc/passwd",
    "file://galaxyproject.org/share",
    "ftp://galaxyproject.org/",
    "http://",
    "https://newcomer@galaxyproject.org/",
    "https://newcomer:secret@galaxyproject.org/",
    "https://galaxyproject.org/\r\nx",
    "https://galaxyproject.org/\u{202e}gpj.exe",
    "https://galaxy\u{200b}project.org/",
    "javascript:alert(1)",
    " java\nscript:alert(1)",
    "mailto:help@galaxyproject.org?attach=/etc/passwd",
    "mailto:-oQ@galaxyproject.org@galaxyproject.org",
    "matrix:r/galaxyproject:matrix.org",
    "ms-msdt:/id",
    "search-ms:query=x",
    "smb://galaxyproject.org/share",
    "ssh://-oProxyCommand=x/",
    "tauri://localhost/",
    "vbscript:x",
];

#[tokio::test]
async fn other_kinds_are_refused() -> Result<()> {
    let window = app().await?;
    let too_long = format!("https://galaxyproject.org/{}", "x".repeat(4000));
    for href in REFUSED.into_iter().chain([too_long.as_str()]) {
        assert_eq!(open(&window, href).await?, "linkRefused", "{href:?}");
    }
    for href in ["https://galaxyproject.org/?a=b&c=%20d#e", "mailto:help@galaxyproject.org"] {
        assert_eq!(open(&window, href).await?, Value::Null);
    }
    window.wait_for_link(2).await?;
    assert_eq!(
        window.opened_links(),
        ["https://galaxyproject.org/?a=b&c=%20d#e", "mailto:help@galaxyproject.org"]
    );
    Ok(())
}

#[tokio::test]
async fn links_in_the_guide_open_in_the_browser() -> Result<()> {
    let window = app().await?;
    window.click_in("Contents", "More help").await?;
    window.click("Your matrix.org account").await?;
    assert!(comes(async || Ok(!window.opened_links().is_empty())).await?);
    assert_eq!(window.opened_links(), ["https://account.matrix.org/"]);
    window.see("More help").await
}

#[tokio::test]
async fn links_in_messages_open_in_the_browser_and_nowhere_else() -> Result<()> {
    let (site, other) = (stranger().await?, stranger().await?);
    let stage = Stage::open().await?;
    stage.sign_in().await?;
    let helper = stage.galaxy.helper.sign_in().await?;
    let lobby = stage.galaxy.room("lobby")?;
    let (plain, hidden) = (site.url("plain?a=b&c=d"), other.url("hidden"));
    helper.say(lobby, &format!("read {plain}")).await?;
    let content = json!({
        "msgtype": "m.text", "body": "and this", "format": "org.matrix.custom.html",
        "formatted_body": format!("and <a href=\"{hidden}\">this</a>, not <a href=\"file:///etc/passwd\">that</a>"),
    });
    helper.send(lobby, &content).await?;

    let window = &stage.window;
    // Where the text does not say where the link leads, the app does.
    let host = Url::parse(&hidden)?;
    let host = format!("{}:{}", host.host_str().context("a host")?, host.port().context("a port")?);
    window.see(&format!("and this (opens {host}), not that")).await?;
    window.click(&plain).await?;
    assert!(comes(async || Ok(window.opened_links().len() == 1)).await?);
    window.click("this").await?;
    assert!(comes(async || Ok(window.opened_links().len() == 2)).await?);
    assert_eq!(window.opened_links(), [plain, hidden]);
    // The window itself asked neither before nor after the click.
    sleep(A_WHILE).await;
    assert_eq!((site.connections(), other.connections()), (0, 0));
    let links = "return [...document.querySelectorAll('a')].map((link) => link.textContent)";
    let links: Vec<String> = serde_json::from_value(window.run_js(links, vec![]).await?)?;
    assert!(links.contains(&"this".to_owned()), "the control: what may be opened is a link");
    assert!(!links.contains(&"that".to_owned()), "what may not be opened is none");
    Ok(())
}

/// What the app answers when asked to open a link: nothing, or the kind of error.
async fn open(window: &Window, href: &str) -> Result<Value> {
    let script = "const [href, done] = arguments;
        __TAURI__.core.invoke('open_link', { href }).then(done, ({ kind }) => done(kind))";
    window.run_js_async(script, vec![href.into()]).await
}
