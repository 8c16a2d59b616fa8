//! What people type arrives as it was typed, and when they mean it to.

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::window::{AppOptions, Window};
use serde_json::{Value, json};

use crate::session::until;
use crate::stage::Stage;

const COMPOSER: &str = "Message to Galaxy Lobby";

/// What an input method and the keyboard tell of, to the element that has the focus.
async fn press(window: &Window, event: &str, key: Value) -> Result<()> {
    let script = "const [type, init] = arguments;
        const made = type.startsWith('composition') ? new CompositionEvent(type, init) : new KeyboardEvent(type, init);
        document.activeElement.dispatchEvent(made)";
    let mut init = json!({ "bubbles": true, "cancelable": true });
    init.as_object_mut().context("an object")?.extend(key.as_object().cloned().unwrap_or_default());
    window.run_js(script, vec![event.into(), init]).await.map(drop)
}

fn enter(code: u32, composing: bool) -> Value {
    json!({ "key": "Enter", "keyCode": code, "isComposing": composing })
}

#[tokio::test]
async fn an_enter_that_ends_a_conversion_sends_nothing() -> Result<()> {
    let stage = Stage::open().await?;
    stage.sign_in().await?;
    let window = &stage.window;
    let typed = "こんにちは";
    window.fill(COMPOSER, typed).await?;
    press(window, "compositionstart", json!({})).await?;
    // As most engines tell it.
    press(window, "keydown", enter(229, true)).await?;
    ensure!(window.text_of(COMPOSER).await? == typed, "sent while it was composed");
    press(window, "compositionend", json!({ "data": typed })).await?;
    press(window, "keyup", enter(13, false)).await?;
    // As WebKit on macOS does.
    press(window, "compositionstart", json!({})).await?;
    press(window, "compositionend", json!({ "data": typed })).await?;
    press(window, "keydown", enter(229, false)).await?;
    ensure!(window.text_of(COMPOSER).await? == typed, "sent with the conversion");
    press(window, "keyup", enter(229, false)).await?;
    // Where every key has that code, the next Enter is one.
    press(window, "keydown", enter(229, false)).await?;
    until("sent", async || Ok(window.text_of(COMPOSER).await?.is_empty())).await?;
    window.see(typed).await?;

    // As one that follows the conversion without a pause does where the code is its own.
    window.fill(COMPOSER, "さようなら").await?;
    press(window, "compositionstart", json!({})).await?;
    press(window, "compositionend", json!({})).await?;
    press(window, "keydown", enter(13, false)).await?;
    until("sent", async || Ok(window.text_of(COMPOSER).await?.is_empty())).await
}

#[tokio::test]
async fn what_is_typed_is_what_others_read() -> Result<()> {
    let stage = Stage::open().await?;
    stage.sign_in().await?;
    let window = &stage.window;
    let helper = stage.galaxy.helper.sign_in().await?;
    let lobby = stage.galaxy.room("lobby")?;
    for (text, html) in [
        ("What does <param name=\"reads\" type=\"data\"/> mean?", None),
        ("sample_*_R1.fastq.gz and sample_*_R2.fastq.gz", None),
        (">seq1 of the reads", None),
        (r"C:\data\*.bam is \*not\* there", None),
        ("[1]: https://usegalaxy.eu/x", None),
        ("This is *not* <right>", Some("This is <em>not</em> &lt;right&gt;")),
    ] {
        window.fill(COMPOSER, text).await?;
        window.press("Enter").await?;
        until("sent", async || {
            let messages = helper.messages(lobby, 1).await?;
            Ok(messages.first().is_some_and(|event| event["content"]["body"] == text))
        })
        .await
        .context(text)?;
        let messages = helper.messages(lobby, 1).await?;
        let content = &messages.first().context("it was just there")?["content"];
        ensure!(content["formatted_body"].as_str() == html, "{content}");
        let shown = text.replace('*', if html.is_some() { "" } else { "*" });
        window.see(&shown).await?;
    }
    Ok(())
}

/// Hands files over as the clipboard or a mouse does.
const HAND_OVER: &str = "const [type, text] = arguments;
    const data = new DataTransfer();
    data.items.add(new File(['x'], 'plot.png', { type: 'image/png' }));
    if (text) data.setData('text/plain', text);
    const init = { bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data };
    const event = type === 'paste' ? new ClipboardEvent(type, init) : new DragEvent(type, init);
    return !document.querySelector('#composer').dispatchEvent(event)";

#[tokio::test]
async fn a_file_is_not_swallowed_in_silence() -> Result<()> {
    let options = AppOptions { size: (800, 600), dark: true, ..AppOptions::default() };
    let stage = Stage::open_with(State::Unlocked, options).await?;
    stage.sign_in().await?;
    let window = &stage.window;
    for how in ["paste", "drop"] {
        window.fill(COMPOSER, "look at this").await?;
        window.unsee("cannot be sent from this app yet").await?;
        let taken = window.run_js(HAND_OVER, vec![how.into()]).await?;
        ensure!(taken == true, "{how}: the web view does with it what it likes");
        window.see("cannot be sent from this app yet").await?;
        ensure!(window.text_of(COMPOSER).await? == "look at this", "{how}: the text is gone");
    }
    window.screenshot("typing-file").await?;
    // The control: text goes in, whatever picture of it comes along.
    window.fill(COMPOSER, "look at this").await?;
    let taken = window.run_js(HAND_OVER, vec!["paste".into(), "a\tb".into()]).await?;
    ensure!(taken == false, "text is kept from the field");
    ensure!(!window.reads("cannot be sent from this app yet").await?, "text is no file");
    Ok(())
}

/// Commands are carried out, kept back where they cannot be, and what only looks like one is text.
async fn commands(options: AppOptions) -> Result<()> {
    let stage = Stage::open_with(State::Unlocked, options).await?;
    stage.sign_in().await?;
    let window = &stage.window;
    let helper = stage.galaxy.helper.sign_in().await?;
    let lobby = stage.galaxy.room("lobby")?;
    let last = async || {
        let messages = helper.messages(lobby, 1).await?;
        anyhow::Ok(messages.first().context("a message")?["content"].clone())
    };
    let sent = async |body: &str, kind: &str| {
        until(body, async || Ok(last().await?["body"] == body)).await?;
        ensure!(last().await?["msgtype"] == kind, "{}", last().await?);
        window.see(body).await
    };
    for (text, body, kind) in [
        ("/me looks at the *data*", "looks at the *data*", "m.emote"),
        ("/srv/galaxy/tool.py fails", "/srv/galaxy/tool.py fails", "m.text"),
        ("/shrug", r"¯\_(ツ)_/¯", "m.text"),
    ] {
        window.fill(COMPOSER, text).await?;
        window.press("Enter").await?;
        if kind == "m.emote" {
            until(body, async || Ok(last().await?["body"] == body)).await?;
            window.see("looks at the data").await?;
        } else {
            sent(body, kind).await?;
        }
    }

    // What the app does not know is kept, and goes out only as a text.
    let before = last().await?;
    for (text, said) in [
        ("/jion #tools", "no command /jion"),
        ("/me", "write what you do behind"),
        ("/join ", "write the room’s address behind"),
    ] {
        window.fill(COMPOSER, text).await?;
        window.press("Enter").await?;
        window.see(said).await.context(text)?;
        ensure!(window.text_of(COMPOSER).await? == text, "{text} is not kept");
        ensure!(last().await? == before, "{text} was sent");
    }
    window.screenshot("composer-command").await?;
    window.click("All rooms").await?;
    window.click("Galaxy Lobby").await?;
    let kept = async || Ok(window.text_of(COMPOSER).await? == "/join ");
    until("it is kept for whoever comes back", kept).await?;
    window.fill(COMPOSER, "/meet you there").await?;
    window.press("Enter").await?;
    window.click("Send as text").await?;
    sent("/meet you there", "m.text").await?;
    window.unsee("Send as text").await?;
    ensure!(window.text_of(COMPOSER).await?.is_empty(), "it is still there");

    join_shows_the_room(&stage).await
}

async fn join_shows_the_room(stage: &Stage) -> Result<()> {
    let window = &stage.window;
    let newcomer = stage.galaxy.newcomer.sign_in().await?;
    let joined = newcomer.joined_rooms().await?;
    let alias = stage.galaxy.alias("tools")?;
    window.fill(COMPOSER, &format!("/join {alias}")).await?;
    window.press("Enter").await?;
    window.see("The room you asked for").await?;
    window.see("You wrote").await?;
    window.screenshot("address-command").await?;
    ensure!(newcomer.joined_rooms().await? == joined, "it was joined without a click");
    window.click("Galaxy Lobby").await?;
    window.unsee("Fetching the messages…").await?;
    ensure!(window.text_of(COMPOSER).await?.is_empty(), "the command came back as a draft");
    Ok(())
}

#[tokio::test]
async fn commands_are_carried_out_or_kept_back_in_the_light() -> Result<()> {
    commands(AppOptions { size: (1280, 800), ..AppOptions::default() }).await
}

#[tokio::test]
async fn commands_are_carried_out_or_kept_back_in_the_dark() -> Result<()> {
    commands(AppOptions { size: (800, 600), dark: true, ..AppOptions::default() }).await
}
