//! Addresses that people paste or open: they are understood, and nothing is joined before a click.

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::matrix::{Client, NewRoom};
use galaxy_chat_tests::process;
use galaxy_chat_tests::tools;
use galaxy_chat_tests::window::{AppOptions, Window, environment};
use tokio::time::{Duration, sleep};

use crate::session::until;
use crate::stage::Stage;

const BOX: &str = "Find a room, or paste its address";
/// How long is waited for what must not happen.
const A_WHILE: Duration = Duration::from_secs(2);

/// Pastes a text into the box, as a person does.
async fn paste(window: &Window, text: &str) -> Result<()> {
    window.fill(BOX, text).await
}

/// The app has no server to ask and nobody is signed in.
#[tokio::test]
async fn what_people_are_given_is_understood_offline() -> Result<()> {
    let args = ["--server", "http://127.0.0.1:9"].map(str::to_owned).to_vec();
    let window = Window::open(AppOptions { args, ..AppOptions::default() }).await?;
    window.click("All rooms").await?;
    window.see("By subject").await?;
    let lobby = "This leads to Galaxy Lobby.";
    for (text, leads_to, says) in [
        ("#galaxyproject_Lobby:gitter.im", lobby, "It is the address of this room."),
        ("https://matrix.to/#/%23galaxyproject_Lobby:gitter.im", lobby, "a matrix.to link"),
        ("(see #galaxyproject_lobby:gitter.im).", lobby, "Capital letters, dashes or dots"),
        ("gitter.im/galaxyproject/Lobby", lobby, "It is an address of Gitter"),
        ("#gitter_galaxyproject=2FLobby:matrix.org", lobby, "a bridge led from Matrix"),
        ("matrix:r/galaxyproject_Lobby:gitter.im", lobby, "a link for Matrix apps"),
        ("https://app.element.io/#/room/#galaxyproject_Lobby:gitter.im", lobby, "another Matrix"),
        ("https://gxy.io/chat", lobby, "one of Galaxy’s short links"),
        ("#galaxyproject_Lobby", lobby, "The server was added."),
        ("matrix.to/#/galaxyproject_Lobby:gitter.im", lobby, "The # in front was added."),
        ("#galaxyproject\u{200b}_Lobby:gitter.im", lobby, "cannot be seen, or only look like"),
        ("#galaxyproject_Lounge:gitter.im", lobby, "The time of #galaxyproject_Lounge"),
        ("#usegalaxy.eu:matrix.org", "This leads to ", "Nobody could say for sure"),
        ("#rust:matrix.org", "not in Galaxy’s list", "Join it if you trust"),
        ("#galaxyproject_Loby:gitter.im", "not in Galaxy’s list", "Did you mean Galaxy Lobby?"),
        ("#galaxyproject\\_Lobby:gitter.im", lobby, "Backslashes"),
        ("#galaxyproject Lobby:gitter.im", "leads to no room", "Did you mean Galaxy Lobby?"),
        ("https://protect-eu.mimecast.com/s/AbCdEfGh", "leads to no room", "A mail scanner"),
        ("https://matrix.to/#/@helper:matrix.org", "to a person", "It leads to a person, @helper"),
        ("https://galaxyproject.org/events/", "leads to no room", "It leads to a web page"),
        ("https://matrix.to/#/$event", "leads to no room", "It names a message"),
        ("#nothing-like-that", "leads to no room", "no room of Galaxy’s has that name"),
    ] {
        paste(&window, text).await?;
        // While it is being typed it is another address.
        let read = async || {
            let text = window.text().await?;
            Ok(text.contains(leads_to) && text.contains(says) && !text.contains("By subject"))
        };
        let read = until("only the room is shown", read).await;
        read.with_context(|| format!("{text:?} is to read {leads_to:?} and {says:?}"))?;
    }
    // Words are looked for as ever.
    paste(&window, "docker").await?;
    window.unsee("What you pasted").await?;
    window.see("Galaxy in Docker").await?;

    paste(&window, "#galaxyproject_Loby:gitter.im").await?;
    window.click("Show Galaxy Lobby").await?;
    window.see(lobby).await?;
    window.screenshot("address-found").await?;
    window.click("Join Galaxy Lobby").await?;
    window.see("“Galaxy Lobby” opens").await?;
    window.click("All rooms").await?;
    window.see("By subject").await?;
    ensure!(!window.reads("What you pasted").await?, "a new visit begins anew");
    Ok(())
}

#[tokio::test]
async fn nothing_is_joined_before_a_click() -> Result<()> {
    let stage = Stage::open().await?;
    stage.sign_in().await?;
    let window = &stage.window;
    let newcomer = stage.galaxy.newcomer.sign_in().await?;
    let helper = stage.galaxy.helper.sign_in().await?;
    let named = beside(&helper, "beside-the-galaxy").await?;
    let unnamed = beside(&helper, "").await?;
    let before = newcomer.joined_rooms().await?;

    window.click("All rooms").await?;
    let alias = "#beside-the-galaxy:test.localhost";
    paste(window, &format!("<https://matrix.to/#/{alias}>")).await?;
    window.see("not in Galaxy’s list").await?;
    window.screenshot("address-unlisted").await?;
    paste(window, &format!("https://matrix.to/#/{unnamed}?via=test.localhost")).await?;
    window.see(&unnamed).await?;
    paste(window, stage.galaxy.alias("proteomics")?).await?;
    window.see("This leads to Proteomics.").await?;
    window.press("Enter").await?;
    sleep(A_WHILE).await;
    assert_eq!(newcomer.joined_rooms().await?, before);

    window.click("Join Proteomics").await?;
    joins(&newcomer, stage.galaxy.room("proteomics")?).await?;
    window.see("Joined").await?;
    paste(window, alias).await?;
    window.click(&format!("Join {alias}")).await?;
    joins(&newcomer, &named).await?;
    window.click("Open A room beside").await?;
    assert_eq!(window.text_of("Message to A room beside").await?, "");

    window.click("All rooms").await?;
    paste(window, &format!("https://matrix.to/#/{unnamed}?via=test.localhost")).await?;
    window.click(&format!("Join {unnamed}")).await?;
    joins(&newcomer, &unnamed).await?;
    window.see("Joined").await?;
    window.click_in("What you pasted", "Leave").await?;
    until("left", async || Ok(!newcomer.joined_rooms().await?.contains(&unnamed))).await?;
    window.click(&format!("Join {unnamed}")).await
}

#[tokio::test]
async fn a_moved_address_says_why_and_leads_to_its_successor() -> Result<()> {
    let stage = Stage::open().await?;
    stage.sign_in().await?;
    let window = &stage.window;
    window.click("All rooms").await?;
    paste(window, "https://matrix.to/#/#galaxyproject_GCC:gitter.im").await?;
    window.see("The time of #galaxyproject_gcc:gitter.im is over").await?;
    window.screenshot("address-moved").await?;
    window.click("Open Galaxy Lobby").await?;
    window.see("If you have just come in: hello!").await
}

#[tokio::test]
async fn a_link_from_outside_is_shown_in_the_window_that_is_open() -> Result<()> {
    let mut stage = Stage::open().await?;
    stage.sign_in().await?;
    let newcomer = stage.galaxy.newcomer.sign_in().await?;
    let before = newcomer.joined_rooms().await?;
    let tools = stage.galaxy.alias("tools")?.trim_start_matches('#').to_owned();

    for hostile in [
        "galaxy-chat:r/",
        "galaxy-chat:file:///etc/passwd",
        "galaxy-chat://evil.example/%23a:b",
        "galaxy-chat:r/a%0Ab:test.localhost",
        "matrix:join/a:test.localhost",
        "matrix:",
    ] {
        ensure!(second(&stage, &[hostile]).await? == Some(0), "{hostile}");
        stage.window.see("does not open links of this kind").await?;
        ensure!(!stage.window.reads("A link to a room").await?, "{hostile}");
        stage.window.click("Dismiss").await?;
        stage.window.unsee("does not open links of this kind").await?;
    }
    let injected = [format!("galaxy-chat:r/{tools}"), "--catalogue".to_owned(), "/x".to_owned()];
    for other in [
        &["javascript:alert(1)"][..],
        &["file:///etc/passwd"],
        &["/etc/passwd"],
        &injected.iter().map(String::as_str).collect::<Vec<_>>(),
    ] {
        ensure!(second(&stage, other).await? == Some(2), "{other:?}");
    }
    sleep(A_WHILE).await;
    ensure!(!stage.window.reads("A link to a room").await?);

    // What is a link is shown, wherever the user was, and no more than that.
    ensure!(second(&stage, &[&format!("galaxy-chat:r/{tools}?action=join")]).await? == Some(0));
    let window = &stage.window;
    window.see("A link to a room").await?;
    window.see("You opened the link").await?;
    window.screenshot("address-link").await?;
    assert_eq!(window.windows()?, 1);
    sleep(A_WHILE).await;
    assert_eq!(newcomer.joined_rooms().await?, before);
    window.click_in("A link to a room", "Join").await?;
    joins(&newcomer, stage.galaxy.room("tools")?).await?;

    // The same where it starts the app.
    let (dev, id) = (stage.galaxy.alias("dev")?.trim_start_matches('#'), stage.galaxy.room("dev")?);
    stage.window.options().args.push(format!("matrix:r/{dev}?action=join"));
    stage.window.restart().await?;
    stage.window.see("A link to a room").await?;
    sleep(A_WHILE).await;
    ensure!(stage.window.reads("A link to a room").await?, "the Lobby does not take its place");
    ensure!(!newcomer.joined_rooms().await?.iter().any(|joined| joined == id));
    Ok(())
}

#[tokio::test]
async fn a_room_that_a_message_names_is_shown_and_not_joined_in_the_dark() -> Result<()> {
    named_in_a_message(AppOptions { size: (800, 600), dark: true, ..AppOptions::default() }).await
}

#[tokio::test]
async fn a_room_that_a_message_names_is_shown_and_not_joined_in_the_light() -> Result<()> {
    named_in_a_message(AppOptions { size: (1280, 800), ..AppOptions::default() }).await
}

async fn named_in_a_message(options: AppOptions) -> Result<()> {
    let stage = Stage::open_with(State::Unlocked, options).await?;
    stage.sign_in().await?;
    let window = &stage.window;
    let newcomer = stage.galaxy.newcomer.sign_in().await?;
    let helper = stage.galaxy.helper.sign_in().await?;
    let before = newcomer.joined_rooms().await?;
    let alias = stage.galaxy.alias("tools")?;
    let (name, lobby) = (alias.trim_start_matches('#'), stage.galaxy.room("lobby")?);
    for named in
        [alias.to_owned(), format!("matrix:r/{name}"), format!("https://matrix.to/#/%23{name}")]
    {
        helper.say(lobby, &format!("Ask in {named}, or write to @helper:test.localhost.")).await?;
        window.click(&named).await?;
        window.see("A room that a message names").await?;
        window.see("The message names").await?;
        window.screenshot("address-message").await?;
        window.click("Galaxy Lobby").await?;
        window.unsee("A room that a message names").await?;
    }
    window.unsee("Fetching the messages…").await?;
    window.see("write to @helper:test.localhost.").await?;
    window.screenshot("address-in-message").await?;
    assert_eq!(newcomer.joined_rooms().await?, before);

    window.click(alias).await?;
    window.click_in("A room that a message names", "Join").await?;
    joins(&newcomer, stage.galaxy.room("tools")?).await
}

/// Starts the app a second time in the same session; answers its exit code.
async fn second(stage: &Stage, arguments: &[&str]) -> Result<Option<i32>> {
    let mut command = process::command(tools::app()?);
    environment::set(&mut command, stage.window.home(), stage.window.display())?;
    command.envs(stage.keyring.env()).args(arguments);
    let ended = tokio::task::spawn_blocking(move || command.output());
    let ended = tokio::time::timeout(Duration::from_mins(1), ended).await???;
    Ok(ended.status.code())
}

/// A public room that is not in the catalogue.
async fn beside(owner: &Client, alias: &str) -> Result<String> {
    let room = NewRoom { alias, name: "A room beside", topic: "", space: false, private: false };
    owner.create_room(&room).await
}

async fn joins(account: &Client, room: &str) -> Result<()> {
    until("joined", async || Ok(account.joined_rooms().await?.iter().any(|joined| joined == room)))
        .await
}
