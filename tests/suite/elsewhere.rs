//! A room goes on to other apps: to a program of this computer, to a page in the browser, to a phone.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use galaxy_chat_tests::keyring::State;
use galaxy_chat_tests::tools;
use galaxy_chat_tests::window::{AppOptions, Window};
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

use crate::session::until;
use crate::stage::Stage;

/// What programs for `matrix:` links say in their desktop files.
const MATRIX: &str = "x-scheme-handler/matrix;";

/// How long is waited for what must not happen.
const A_WHILE: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_program_gets_the_link_of_the_room() -> Result<()> {
    let mut stage = Stage::open().await?;
    let home = stage.window.home().to_owned();
    install(&home, "im.nheko.Nheko", "Nheko", MATRIX)?;
    install(&home, "org.example.Other", "Some \u{202e}Other", MATRIX)?;
    install(&home, "in.cinny.Cinny", "Cinny", "")?;
    install(&home, "org.example.Editor", "Editor", "text/plain;")?;
    stage.sign_in().await?;
    let window = &stage.window;
    window.click("Open in…").await?;
    window.see("Nheko on this computer").await?;
    window.screenshot("open-in").await?;
    let offers = window.text_of("Open Galaxy Lobby elsewhere").await?;
    let order = ["Cinny", "Nheko", "Some Other", "Element in the browser", "Show QR", "Copy link"];
    let places = order.map(|name| offers.find(name));
    ensure!(places.iter().all(Option::is_some) && places.is_sorted(), "{offers}");
    ensure!(!offers.contains("Editor"), "{offers}");

    let (name, _) = alias(&stage)?;
    window.click("Nheko on this computer").await?;
    window.see("Asked Nheko to open the room.").await?;
    let link = format!("matrix:r/{name}?action=join");
    assert_eq!(given(&home, "im.nheko.Nheko").await?, [link.as_str()]);
    window.click("Some Other on this computer").await?;
    assert_eq!(given(&home, "org.example.Other").await?, [link]);

    // It takes no link, so it is not started with one.
    window.click("Cinny on this computer; copies the address").await?;
    window.see("Cinny takes no links").await?;
    sleep(A_WHILE).await;
    ensure!(given_now(&home, "in.cinny.Cinny").is_empty());
    assert_eq!(window.opened_links(), Vec::<String>::new());

    // The choice outlives the run.
    window.click("Nheko on this computer").await?;
    until("started again", async || Ok(given_now(&home, "im.nheko.Nheko").len() == 2)).await?;
    stage.window.restart().await?;
    stage.window.see("If you have just come in: hello!").await?;
    stage.window.click("Open in…").await?;
    stage.window.see("last used").await?;
    let offers = stage.window.text_of("Open Galaxy Lobby elsewhere").await?;
    ensure!(offers.trim_start().starts_with("Nheko"), "{offers}");

    // One that has gone meanwhile is not started, and the window says so.
    fs::remove_file(home.join("data/applications/im.nheko.Nheko.desktop"))?;
    stage.window.click("Nheko on this computer last used").await?;
    stage.window.see("does not open links of this kind").await
}

#[tokio::test]
async fn a_page_in_the_browser_gets_it_too() -> Result<()> {
    let stage = Stage::open().await?;
    stage.sign_in().await?;
    let window = &stage.window;
    let (_, encoded) = alias(&stage)?;
    window.click("Open in…").await?;
    window.click("Element in the browser").await?;
    let link = window.wait_for_link(1).await?;
    assert_eq!(link, format!("https://app.element.io/#/room/{encoded}"));
    window.click("Cinny in the browser").await?;
    let link = window.wait_for_link(2).await?;
    assert_eq!(link, format!("https://app.cinny.in/home/{encoded}"));
    Ok(())
}

/// Whoever reached into the page could ask for this.
#[tokio::test]
async fn the_window_can_name_no_link() -> Result<()> {
    let stage = Stage::open().await?;
    stage.sign_in().await?;
    let window = &stage.window;
    let lobby = stage.galaxy.alias("lobby")?;
    let ask = "const [place, room, via, done] = arguments;
        __TAURI__.core.invoke('hand_off', { place, room, via }).then(() => done('opened'), ({ kind }) => done(kind))";
    let ask = async |place: &str, room: &str, via: Value| {
        window.run_js_async(ask, vec![place.into(), room.into(), via]).await
    };
    for (place, room, via) in [
        ("nowhere", lobby, json!([])),
        ("matrix-to", lobby, json!([])),
        ("app:/bin/sh", lobby, json!([])),
        ("../element-web", lobby, json!([])),
        ("element-web", "https://evil.example/", json!([])),
        ("element-web", "file:///etc/passwd", json!([])),
        ("element-web", "#a:b/../../x", json!([])),
        ("element-web", "#a:b\n", json!([])),
        ("element-web", "@helper:test.localhost", json!([])),
        ("element-web", "", json!([])),
    ] {
        assert_eq!(ask(place, room, via).await?, "linkRefused", "{place} {room}");
    }
    // What stands in `via` and is no server is left out.
    let room = "!abc:test.localhost";
    let via = json!(["matrix.org", "evil.example/x?y=z", "a b", "a&b"]);
    assert_eq!(ask("element-web", room, via).await?, "opened");
    let link = window.wait_for_link(1).await?;
    assert_eq!(link, "https://app.element.io/#/room/!abc%3Atest.localhost?via=matrix.org");
    sleep(A_WHILE).await;
    assert_eq!(window.opened_links().len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_phone_reads_the_code_off_the_screen_in_the_light() -> Result<()> {
    a_phone_reads_the_code(false).await
}

#[tokio::test]
async fn a_phone_reads_the_code_off_the_screen_in_the_dark() -> Result<()> {
    a_phone_reads_the_code(true).await
}

async fn a_phone_reads_the_code(dark: bool) -> Result<()> {
    let options = AppOptions { dark, size: (800, 600), ..AppOptions::default() };
    let stage = Stage::open_with(State::Unlocked, options).await?;
    stage.sign_in().await?;
    let window = &stage.window;
    window.click("Open in…").await?;
    window.click("Show QR").await?;
    window.see("Galaxy Lobby on your phone").await?;
    let link = format!("https://matrix.to/#/%23{}", alias(&stage)?.0);
    window.see(&link).await?;
    assert_eq!(scan(&window.screenshot("qr").await?)?, link);
    // The control: without light fields around it no phone finds it.
    let hide = "document.querySelector('.qr-light').style.fill = 'black'";
    window.run_js(hide, vec![]).await?;
    scan(&window.screenshot("qr-hidden").await?).expect_err("nothing to be read");
    window.press("Escape").await?;
    window.unsee("Galaxy Lobby on your phone").await?;
    assert_eq!(window.focused().await?, "Open in…");
    Ok(())
}

#[tokio::test]
async fn the_link_is_copied() -> Result<()> {
    let stage = Stage::open().await?;
    stage.sign_in().await?;
    let window = &stage.window;
    let keep = "navigator.clipboard.writeText = async (text) => { window.copied = text }";
    window.run_js(keep, vec![]).await?;
    window.click("Open in…").await?;
    window.click("Copy link").await?;
    window.see("The link is copied.").await?;
    let link = format!("https://matrix.to/#/%23{}", alias(&stage)?.0);
    assert_eq!(window.run_js("return window.copied", vec![]).await?, link);

    let refuse = "navigator.clipboard.writeText = () => Promise.reject(new Error('closed'))";
    window.run_js(refuse, vec![]).await?;
    window.click("Copy link").await?;
    window.see("The clipboard is closed to this app.").await?;
    window.see(&link).await?;
    window.press("Escape").await?;
    window.unsee("Copy link").await?;
    assert_eq!(window.focused().await?, "Open in…");
    // A room that is not Galaxy's is named by its id, which leads to that very room.
    open_beside(&stage, window).await
}

async fn open_beside(stage: &Stage, window: &Window) -> Result<()> {
    let helper = stage.galaxy.helper.sign_in().await?;
    let room = galaxy_chat_tests::matrix::NewRoom {
        alias: "somewhere-else",
        name: "Elsewhere",
        topic: "",
        space: false,
        private: false,
    };
    let id = helper.create_room(&room).await?;
    stage.galaxy.newcomer.sign_in().await?.join(&id).await?;
    window.click("Elsewhere").await?;
    assert_eq!(window.text_of("Message to Elsewhere").await?, "");
    window.click("Open in…").await?;
    window.click("Copy link").await?;
    window.see("The clipboard is closed to this app.").await?;
    window.see(&format!("https://matrix.to/#/{id}?via=test.localhost")).await
}

/// The Lobby's alias without `#`, and the whole of it as a link's part.
fn alias(stage: &Stage) -> Result<(String, String)> {
    let alias = stage.galaxy.alias("lobby")?;
    let encoded = alias.replace('#', "%23").replace(':', "%3A");
    Ok((alias.trim_start_matches('#').to_owned(), encoded))
}

/// Puts a program into the user's own folder that writes down what it is started with.
fn install(home: &Path, ident: &str, name: &str, kinds: &str) -> Result<()> {
    let folder = home.join("data/applications");
    fs::create_dir_all(&folder)?;
    let program = home.join("bin").join(ident);
    let script =
        format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{}/{ident}.given'\n", home.display());
    galaxy_chat_tests::window::write_executable(&program, &script)?;
    let entry = format!(
        "[Desktop Entry]\nType=Application\nName={name}\nExec={} %u\nMimeType={kinds}\n",
        program.display()
    );
    Ok(fs::write(folder.join(format!("{ident}.desktop")), entry)?)
}

async fn given(home: &Path, ident: &str) -> Result<Vec<String>> {
    until(ident, async || Ok(!given_now(home, ident).is_empty())).await?;
    Ok(given_now(home, ident))
}

fn given_now(home: &Path, ident: &str) -> Vec<String> {
    let given = fs::read_to_string(home.join(format!("{ident}.given"))).unwrap_or_default();
    given.lines().map(str::to_owned).collect()
}

/// Reads the code in a picture, as a phone's camera does.
fn scan(picture: &Path) -> Result<String> {
    let mut reader = png::Decoder::new(BufReader::new(File::open(picture)?)).read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().context("too large")?];
    let info = reader.next_frame(&mut bytes)?;
    let (width, height) = (info.width as usize, info.height as usize);
    let step = info.color_type.samples();
    let grey = |x: usize, y: usize| bytes[(y * width + x) * step];
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
    match prepared.detect_grids().as_slice() {
        [grid] => Ok(grid.decode()?.1),
        grids => bail!("{} codes in the picture", grids.len()),
    }
}

#[tokio::test]
async fn links_for_all_matrix_apps_are_taken_only_when_wanted_and_given_back() -> Result<()> {
    let window = Window::open(AppOptions::default()).await?;
    let home = window.home().to_owned();
    // Not installed, it cannot take them.
    window.click("Settings").await?;
    window.see("Free software").await?;
    ensure!(!window.reads("Links to rooms").await?);

    install(&home, "im.nheko.Nheko", "Nheko", MATRIX)?;
    install(&home, "org.example.Other", "Other", MATRIX)?;
    let app = tools::app()?;
    let entry = format!("[Desktop Entry]\nType=Application\nName=Own\nExec={} %u\n", app.display());
    fs::write(home.join("data/applications/own.desktop"), entry)?;
    fs::create_dir_all(home.join("config"))?;
    let list = home.join("config/mimeapps.list");
    fs::write(
        &list,
        "[Default Applications]\nx-scheme-handler/matrix=org.example.Other.desktop\n",
    )?;
    window.click("Guide").await?;
    window.click("Settings").await?;
    window.see("Links to rooms").await?;
    let choice = "Open links that begin with matrix: in this app, too";
    window.screenshot("settings-links").await?;
    assert_eq!(default_app(&list)?, "org.example.Other.desktop");
    window.click(choice).await?;
    until("taken", async || Ok(default_app(&list)? == "own.desktop")).await?;

    // What was chosen shows again, and the app that was there before gets them back.
    window.click("Guide").await?;
    window.click("Settings").await?;
    window.see("Links to rooms").await?;
    window.click(choice).await?;
    until("given back", async || Ok(default_app(&list)? == "org.example.Other.desktop")).await?;
    ensure!(window.axe().await?.is_empty());
    Ok(())
}

/// The app that the user has chosen for `matrix:` links.
fn default_app(list: &Path) -> Result<String> {
    let text = fs::read_to_string(list)?;
    let chosen = text.split("[Default Applications]").nth(1).unwrap_or_default();
    let chosen = chosen.split('[').next().unwrap_or_default();
    let line = chosen.lines().find_map(|line| line.strip_prefix("x-scheme-handler/matrix="));
    Ok(line.unwrap_or_default().trim_end_matches(';').to_owned())
}
