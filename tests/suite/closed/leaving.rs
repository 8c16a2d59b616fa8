//! The window stays on its page, and stays the only one.

use anyhow::Result;
use galaxy_chat_tests::process::{self, Process};
use galaxy_chat_tests::tools;
use tokio::time::sleep;

use super::{A_WHILE, app, comes, empty_window, stranger};

/// Each leads the window, or one of its own, to the address it is given.
const WAYS: [(&str, &str); 11] = [
    ("location", "location.href = arguments[0]"),
    ("replace", "location.replace(arguments[0])"),
    ("open-self", "open(arguments[0], '_self')"),
    (
        "refresh",
        "document.head.append(Object.assign(document.createElement('meta'),
            { httpEquiv: 'refresh', content: `0; url=${arguments[0]}` }))",
    ),
    (
        "link",
        "document.body.append(Object.assign(document.createElement('a'), { href: arguments[0], id: 'away' })); away.click()",
    ),
    (
        "form",
        "document.body.append(Object.assign(document.createElement('form'), { action: arguments[0], id: 'away' })); away.submit()",
    ),
    (
        "post",
        "document.body.append(Object.assign(document.createElement('form'), { action: arguments[0], method: 'post', id: 'away' })); away.submit()",
    ),
    ("open", "open(arguments[0])"),
    ("open-named", "open(arguments[0], 'another', 'width=200,height=200')"),
    (
        "blank-link",
        "document.body.append(Object.assign(document.createElement('a'), { href: arguments[0], target: '_blank', id: 'away' })); away.click()",
    ),
    (
        "blank-form",
        "document.body.append(Object.assign(document.createElement('form'), { action: arguments[0], target: '_blank', id: 'away' })); away.submit()",
    ),
];

/// Those that ask for a window of their own.
const NEW_WINDOW: [&str; 4] = ["open", "open-named", "blank-link", "blank-form"];

#[tokio::test]
async fn nothing_leads_the_window_away() -> Result<()> {
    let site = stranger().await?;
    let window = app().await?;
    let at = window.run_js("return location.href", vec![]).await?;
    for (name, way) in WAYS {
        window.run_js(way, vec![site.url(name).into()]).await?;
        window.run_js("document.querySelector('#away')?.remove()", vec![]).await?;
    }
    for odd in [
        "file:///etc/passwd",
        "data:text/html,A page of a stranger",
        "about:blank",
        "tauri://stranger/",
    ] {
        window.run_js("location.href = arguments[0]", vec![odd.into()]).await?;
    }
    sleep(A_WHILE).await;
    assert_eq!(window.run_js("return location.href", vec![]).await?, at);
    assert_eq!(window.windows()?, 1);
    // WebKit makes a connection for a link that is clicked before it asks whether to follow it.
    assert_eq!(site.paths(), Vec::<String>::new());
    window.see("Ask the Galaxy community").await?;
    // It is not only the address that stayed: the page works.
    window.click("Just read").await?;
    window.see("Quick start").await
}

/// The control: a window without guards goes wherever these lead. What asks for a window of its own is
/// refused by Tauri already, so that the count is tried with another program's.
#[tokio::test]
async fn without_guards_the_window_goes() -> Result<()> {
    for (name, way) in WAYS.iter().filter(|(name, _)| !NEW_WINDOW.contains(name)) {
        let site = stranger().await?;
        let window = empty_window().await?;
        window.run_js(way, vec![site.url(name).into()]).await?;
        let asked = async || Ok(site.paths().iter().any(|path| path.starts_with(name)));
        assert!(comes(asked).await?, "{name} leads nowhere");
        window.see("A page of a stranger").await?;
    }
    let window = empty_window().await?;
    assert_eq!(window.windows()?, 1);
    let mut another = process::command(tools::empty_window()?);
    another.env("DISPLAY", window.display()).env("HOME", window.home());
    let _another = Process::start(another)?;
    assert!(comes(async || Ok(window.windows()? == 2)).await?);
    Ok(())
}
