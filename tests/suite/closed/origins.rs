//! Pages of other origins reach no command, also where no policy keeps them out of the window.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use galaxy_chat_tests::website::Website;
use galaxy_chat_tests::window::Window;
use serde_json::Value;

use super::{comes, empty_window, led_away, stranger};

/// A page that asks for the same as the window's own page, in each way there is, as soon as it is told the
/// key that the window's own page was given.
const FRAME: &str = concat!(
    "<!doctype html><title>Stranger</title><body>A page of a stranger<script>",
    include_str!("origins-frame.js"),
    "</script></body>"
);

/// The addresses that the window was asked to open.
fn asked(window: &Window) -> Vec<String> {
    let log = window.log();
    log.lines().filter_map(|line| line.strip_prefix("asked to open ")).map(str::to_owned).collect()
}

/// Asks for a command as a page does that has Tauri's scripts.
async fn ask(window: &Window, href: &str) -> Result<String> {
    let ask = "const [href, done] = arguments;
        __TAURI_INTERNALS__.invoke('open_link', { href }).then(() => done('opened'), (error) => done(String(error)))";
    let answer = window.run_js_async(ask, vec![href.into()]).await?;
    Ok(answer.as_str().context("an answer")?.to_owned())
}

#[tokio::test]
async fn frames_of_other_origins_reach_no_command() -> Result<()> {
    let site = Website::start(FRAME).await?;
    let window = empty_window().await?;
    let values = vec![site.url("").into(), FRAME.into()];
    let answers = window.run_js_async(include_str!("origins.js"), values).await?;
    let answers: BTreeMap<String, Value> = serde_json::from_value(answers)?;
    // The page itself may, and so may whatever has its key and its origin.
    assert_eq!(answers["own"], "opened");
    assert_eq!(answers["ownWithKey"], "ok");
    let own = ["https://own.example/", "https://own-with-key.example/"];
    assert!(comes(async || Ok(asked(&window).len() >= own.len())).await?, "{answers:?}");
    for frame in ["site", "data", "sandboxed"] {
        let answer = &answers[frame];
        // It has run, with none of Tauri's scripts.
        assert_eq!(answer["scripts"], "undefined", "{frame}: {answer}");
        assert_eq!(answer["parent"], "SecurityError", "{frame}: {answer}");
        // The key alone is of no use to it: the command sees where it is called from.
        assert_ne!(answer["withKey"], "ok", "{frame}: {answer}");
        assert_ne!(answer["withoutKey"], "ok", "{frame}: {answer}");
        assert_ne!(answer["guessedKey"], "ok", "{frame}: {answer}");
    }
    let reason = answers["site"]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("not allowed"), "it was not asked: {answers:?}");
    // By now whatever got through has been written.
    assert_eq!(ask(&window, "https://last.example/").await?, "opened");
    assert!(
        comes(async || Ok(asked(&window).contains(&"https://last.example/".to_owned()))).await?
    );
    assert_eq!(asked(&window), [own[0], own[1], "https://last.example/"]);
    Ok(())
}

#[tokio::test]
async fn a_page_of_another_origin_reaches_no_command() -> Result<()> {
    let site = stranger().await?;
    let own = empty_window().await?;
    assert_eq!(ask(&own, "https://own.example/").await?, "opened");
    assert!(comes(async || Ok(asked(&own) == ["https://own.example/"])).await?);
    // A page that the window was led to has Tauri's scripts, and with them the key.
    let window = led_away(&site).await?;
    let answer = ask(&window, "https://led-away.example/").await?;
    assert!(answer.contains("not allowed"), "{answer}");
    assert_eq!(asked(&window), Vec::<String>::new());
    Ok(())
}
