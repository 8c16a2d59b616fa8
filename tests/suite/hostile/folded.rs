//! What a message costs to draw is its author's choice: a long one is drawn in part until the reader unfolds
//! it.

use anyhow::{Result, ensure};
use galaxy_chat_tests::window::Window;
use serde_json::{Value, json};

use super::in_room;

const MORE: &str = "Show more";
const LESS: &str = "Show less";

/// The most that is drawn of a folded message. A message may be cut behind the text that reaches the limit,
/// which counts for more than its length.
const MAX_CHARACTERS: u64 = 3000;
const MAX_ELEMENTS: u64 = 400;

/// Texts and elements of the newest message.
const DRAWN: &str =
    "const text = [...document.querySelectorAll('gc-timeline .message-text')].at(-1);
    return [text.textContent.length, text.querySelectorAll('*').length]";

/// Folds it again. Its button is far below the text, where the driver's own click does not get.
const FOLD: &str = "document.querySelector('gc-timeline .fold[aria-expanded=true]')?.click()";

fn plain(body: &str) -> Value {
    json!({ "msgtype": "m.text", "body": body })
}

fn html(html: &str) -> Value {
    json!({ "msgtype": "m.text", "body": "x", "format": "org.matrix.custom.html", "formatted_body": html })
}

/// Long messages of each kind. None has more parts than are drawn at all.
fn long() -> Vec<(&'static str, Value)> {
    vec![
        ("one word", plain(&"x".repeat(50_000))),
        ("words", plain(&"data ".repeat(10_000))),
        ("marks above", plain(&"e\u{0301}\u{0323}".repeat(8000))),
        ("lines", plain(&"x\n".repeat(1500))),
        ("lines of code", html(&format!("<pre><code>{}</code></pre>", "x\n".repeat(20_000)))),
        ("line breaks", html(&"x<br>".repeat(1500))),
        ("links", html(&"<a href=\"https://matrix.to/#/#a:b///\">x</a>".repeat(1000))),
        ("mentions", html(&"<a href=\"https://matrix.to/#/@a:b\">x</a>".repeat(1200))),
    ]
}

async fn drawn(window: &Window) -> Result<(u64, u64)> {
    Ok(serde_json::from_value(window.run_js(DRAWN, vec![]).await?)?)
}

#[tokio::test]
async fn a_long_message_is_drawn_in_part_until_it_is_unfolded() -> Result<()> {
    let stage = in_room("Developers").await?;
    let (window, room) = (&stage.window, stage.galaxy.room("dev")?);
    let helper = stage.galaxy.helper.sign_in().await?;
    // The control: a message of usual length has nothing to unfold.
    helper.say(room, &"Look at the data before the next tool. ".repeat(30)).await?;
    window.see("Look at the data").await?;
    ensure!(!window.reads(MORE).await?, "a short message is folded");
    for (kind, content) in long() {
        let event = helper.send(room, &content).await?;
        window.see(MORE).await?;
        let (characters, elements) = drawn(window).await?;
        ensure!(characters <= MAX_CHARACTERS, "{kind}: {characters} characters");
        ensure!(elements <= MAX_ELEMENTS, "{kind}: {elements} elements");
        window.click(MORE).await?;
        window.see(LESS).await?;
        let (all, every) = drawn(window).await?;
        ensure!(
            all > MAX_CHARACTERS || every > MAX_ELEMENTS,
            "{kind}: {all}, {every} when unfolded"
        );
        window.run_js(FOLD, vec![]).await?;
        window.see(MORE).await?;
        ensure!(drawn(window).await? == (characters, elements), "{kind}: folded again");
        // There is one to unfold at a time.
        helper.remove(room, &event).await?;
        window.unsee(MORE).await?;
    }
    Ok(())
}
