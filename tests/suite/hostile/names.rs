//! Names cannot deceive.

use anyhow::Result;
use galaxy_chat_tests::window::Window;
use serde_json::json;

use super::{call, in_room};

/// What somebody calls themselves or a room, and what is shown; `None` for the address in its place.
const NAMES: [(&str, Option<&str>); 9] = [
    ("\u{202E}nimda", Some("nimda")),
    ("adm\u{200B}in\u{2069}", Some("admin")),
    ("Hel\u{00AD}per\u{E0041}", Some("Helper")),
    ("two\nlines\r\nand\ttabs", Some("two lines and tabs")),
    ("مساعد", Some("مساعد")),
    ("\u{2800}\u{3164}\u{200B}", None),
    ("\u{0301}\u{0301}\u{0301}", None),
    ("\u{2066}\u{202D}\u{2069}", None),
    ("   ", None),
];

#[tokio::test]
async fn names_are_cleaned_wherever_they_stand() -> Result<()> {
    let stage = in_room("Developers").await?;
    let (window, room) = (&stage.window, stage.galaxy.room("dev")?);
    let helper = stage.galaxy.helper.sign_in().await?;
    for (number, (name, shown)) in NAMES.iter().enumerate() {
        call(&helper, room, name).await?;
        helper.set_state(room, "m.room.name", "", &json!({ "name": name })).await?;
        let mark = format!("my name is number {number}");
        helper.say(room, &mark).await?;
        window.see(&mark).await?;
        assert_eq!(sender_of(window, &mark).await?, shown.unwrap_or(helper.user_id()), "{name:?}");
        // A room's address in place of a name is its id.
        let room_name = shown.unwrap_or(room);
        assert_eq!(last(window, ".nav-room[aria-current=page] bdi").await?, room_name, "{name:?}");
        assert_eq!(last(window, "h1 bdi").await?, room_name, "{name:?}");
        assert_eq!(last(window, "title").await?, "Galaxy Chat");
    }
    Ok(())
}

#[tokio::test]
async fn who_shares_a_name_is_told_apart_by_address() -> Result<()> {
    let stage = in_room("Developers").await?;
    let (window, room) = (&stage.window, stage.galaxy.room("dev")?);
    let (helper, trainer) =
        (stage.galaxy.helper.sign_in().await?, stage.galaxy.trainer.sign_in().await?);
    helper.say(room, "I am the only one").await?;
    window.see("I am the only one").await?;
    assert!(!window.reads(helper.user_id()).await?);

    trainer.join(room).await?;
    // The invisible letter does not make it another name.
    call(&trainer, room, "Hel\u{200B}per").await?;
    trainer.say(room, "I am somebody else").await?;
    window.see("I am somebody else").await?;
    window.see(trainer.user_id()).await?;
    window.see(helper.user_id()).await
}

/// The name that a message stands under, written or read out.
async fn sender_of(window: &Window, message: &str) -> Result<String> {
    let script = "const rows = [...document.querySelectorAll('.message')];
        const row = rows.findLast((row) => row.innerText.includes(arguments[0]));
        return row.querySelector('.sender, .visually-hidden').textContent";
    let name = window.run_js(script, vec![message.into()]).await?;
    Ok(name.as_str().unwrap_or_default().to_owned())
}

/// The text of the last element of this kind.
async fn last(window: &Window, selector: &str) -> Result<String> {
    let script =
        "return [...document.querySelectorAll(arguments[0])].at(-1)?.textContent.trim() ?? ''";
    let text = window.run_js(script, vec![selector.into()]).await?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}
