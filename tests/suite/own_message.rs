//! Whoever sends a message sees it, wherever they were in the conversation and however long it is.

use anyhow::{Result, ensure};
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::window::{AppOptions, Window};

use crate::session::until;
use crate::stage::Stage;

const COMPOSER: &str = "Message to Galaxy Lobby";

/// How many pixels of the conversation lie below what is in view.
async fn below(window: &Window) -> Result<f64> {
    let script = "const view = document.querySelector('.timeline');
        return view.scrollHeight - view.scrollTop - view.clientHeight";
    let below = window.run_js(script, vec![]).await?;
    Ok(below.as_f64().unwrap_or(f64::MAX))
}

async fn is_at_end(window: &Window) -> Result<bool> {
    Ok(below(window).await? < 2.0)
}

/// Whether the way to the end is offered.
async fn is_away(window: &Window) -> Result<bool> {
    let script = "return document.querySelector('.to-end') !== null";
    Ok(window.run_js(script, vec![]).await?.as_bool() == Some(true))
}

/// Whether the row with that text is in view, whole.
async fn in_view(window: &Window, text: &str) -> Result<bool> {
    let script = "const [text] = arguments;
        const view = document.querySelector('.timeline').getBoundingClientRect();
        const row = [...document.querySelectorAll('.timeline .rows > li')].findLast((row) =>
            row.textContent.includes(text));
        const box = row?.getBoundingClientRect();
        return !!box && box.bottom <= view.bottom + 1 && box.top < view.bottom";
    Ok(window.run_js(script, vec![text.into()]).await?.as_bool() == Some(true))
}

/// Types so many lines, and in the last one as many letters.
async fn type_lines(window: &Window, lines: usize) -> Result<()> {
    window.fill(COMPOSER, "first").await?;
    for line in 1..lines {
        window.press("Shift+Enter").await?;
        window.press(&format!("line {line} is here")).await?;
    }
    Ok(())
}

async fn own_message(options: AppOptions) -> Result<()> {
    let stage = Stage::open_with(State::Unlocked, options).await?;
    stage.sign_in().await?;
    let window = &stage.window;
    let helper = stage.galaxy.helper.sign_in().await?;
    let lobby = stage.galaxy.room("lobby")?;
    for number in 0..12 {
        helper.say(lobby, &format!("Something to read, number {number}")).await?;
    }
    window.see("Something to read, number 11").await?;
    until("at the end", async || is_at_end(window).await).await?;
    for lines in [2, 3, 5, 10] {
        type_lines(window, lines).await?;
        until(&format!("{lines} lines, at the end"), async || is_at_end(window).await).await?;
        window.press("Enter").await?;
        let last = format!("line {} is here", lines - 1);
        until(&format!("{lines} lines are seen"), async || in_view(window, &last).await).await?;
        until("at the end", async || is_at_end(window).await).await?;
    }
    // Whoever reads further up and writes goes to what they have written.
    window.run_js("document.querySelector('.timeline').scrollTop = 0", vec![]).await?;
    until("away from the end", async || is_away(window).await).await?;
    window.fill(COMPOSER, "from further up").await?;
    ensure!(!is_at_end(window).await?, "the control: typing alone leads nowhere");
    window.press("Enter").await?;
    until("it is seen", async || in_view(window, "from further up").await).await?;
    until("at the end", async || is_at_end(window).await).await?;
    // What others write leaves the reader where they are.
    window.run_js("document.querySelector('.timeline').scrollTop = 0", vec![]).await?;
    until("away from the end", async || is_away(window).await).await?;
    helper.say(lobby, "from somebody else").await?;
    window.see("from somebody else").await?;
    ensure!(!is_at_end(window).await?, "the control: others' messages move nothing");
    Ok(())
}

#[tokio::test]
async fn a_message_that_was_sent_is_seen_in_a_small_window() -> Result<()> {
    own_message(AppOptions { size: (800, 600), dark: true, ..AppOptions::default() }).await
}

#[tokio::test]
async fn a_message_that_was_sent_is_seen_in_a_large_window() -> Result<()> {
    own_message(AppOptions { size: (1280, 800), ..AppOptions::default() }).await
}
