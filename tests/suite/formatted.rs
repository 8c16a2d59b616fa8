//! Formatted messages of others are read as they were meant.

use anyhow::{Result, ensure};
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::window::{AppOptions, Window};
use serde_json::{Value, json};

use crate::session::until;
use crate::stage::Stage;

const FORMATTED: &str = "10<sup>6</sup> reads, H<sub>2</sub>O, <u>not</u> more.\
    <p>Exercise 3: <span data-mx-spoiler=\"solution\">sort before the join</span></p>\
    <table><caption>Reads</caption><thead><tr><td>sample</td><td>count</td></tr></thead>\
    <tbody><tr><td>first</td><td>1</td></tr></tbody>\
    <tbody><tr><td>second</td><td>2</td></tr></tbody></table>";

#[tokio::test]
async fn formatted_messages_are_drawn_as_they_were_meant_in_the_light() -> Result<()> {
    read(AppOptions { size: (1280, 800), ..AppOptions::default() }).await
}

#[tokio::test]
async fn formatted_messages_are_drawn_as_they_were_meant_in_the_dark() -> Result<()> {
    read(AppOptions { size: (800, 600), dark: true, ..AppOptions::default() }).await
}

async fn read(options: AppOptions) -> Result<()> {
    let stage = Stage::open_with(State::Unlocked, options).await?;
    stage.sign_in().await?;
    let window = &stage.window;
    let helper = stage.galaxy.helper.sign_in().await?;
    let message = json!({
        "msgtype": "m.text",
        "body": "Exercise 3",
        "format": "org.matrix.custom.html",
        "formatted_body": FORMATTED,
    });
    helper.send(stage.galaxy.room("lobby")?, &message).await?;
    window.see("Exercise 3:").await?;
    let raised = "const at = [...document.querySelectorAll('sup, sub')];
        return at.map(({ localName, textContent }) => `${localName} ${textContent}`)";
    until("drawn", async || Ok(script(window, raised).await? == json!(["sup 6", "sub 2"]))).await?;
    let order = "return [...document.querySelectorAll('.prose :is(th, td)')].map((cell) => cell.textContent)";
    let cells = json!(["sample", "count", "first", "1", "second", "2"]);
    assert_eq!(script(window, order).await?, cells);
    assert_eq!(script(window, "return document.querySelectorAll('.prose th').length").await?, 2);

    let (hidden, button) = ("sort before the join", "Hidden text: solution");
    ensure!(!window.reads(hidden).await?, "what is hidden is read");
    window.screenshot("formatted-hidden").await?;
    window.click(button).await?;
    window.see(hidden).await?;
    window.screenshot("formatted-shown").await?;
    // With the keyboard as well.
    window.press("Enter").await?;
    window.unsee(hidden).await?;
    window.press("Space").await?;
    window.see(hidden).await
}

async fn script(window: &Window, script: &str) -> Result<Value> {
    window.run_js(script, vec![]).await
}
