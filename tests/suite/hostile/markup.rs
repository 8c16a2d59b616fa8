//! The public lists of markup that has run in other apps.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;
use galaxy_chat_tests::homeserver::Homeserver;
use galaxy_chat_tests::matrix::Client;
use galaxy_chat_tests::tools;
use galaxy_chat_tests::website::Website;
use galaxy_chat_tests::window::{AppOptions, Window};
use reqwest::Method;
use serde_json::json;
use tokio::time::sleep;

use super::{call, foreign, in_room};
use crate::session::until;

/// How long is waited for what must not happen.
const A_WHILE: Duration = Duration::from_secs(2);

/// Each piece of markup says its number where it runs, or asks the site.
fn payloads(site: &Website) -> Vec<String> {
    let lines = include_str!("payloads.txt").lines().enumerate();
    let fill = |(number, line): (usize, &str)| {
        line.replace("{run}", &format!("canary({number})")).replace("{site}", &site.url(""))
    };
    lines.map(fill).collect()
}

#[tokio::test]
async fn markup_in_messages_and_names_never_runs() -> Result<()> {
    let site = Website::start("x").await?;
    let stage = in_room("Developers").await?;
    let window = &stage.window;
    set_canary(window, &site).await?;
    let helper = stage.galaxy.helper.sign_in().await?;
    let (room, alias) = (stage.galaxy.room("dev")?, stage.galaxy.alias("dev")?);
    let short: Vec<_> = payloads(&site).into_iter().filter(|payload| payload.len() < 200).collect();

    for payload in payloads(&site) {
        let content = json!({
            "msgtype": "m.text", "body": payload,
            "format": "org.matrix.custom.html", "formatted_body": payload,
        });
        helper.send(room, &content).await?;
        helper.say(room, &payload).await?;
    }
    rename_address(&stage.galaxy.homeserver, &helper, room, alias).await?;
    for (number, name) in short.iter().enumerate().step_by(9) {
        call(&helper, room, name).await?;
        helper.set_state(room, "m.room.name", "", &json!({ "name": name })).await?;
        helper.set_state(room, "m.room.topic", "", &json!({ "topic": name })).await?;
        let mark = format!("name {number}");
        helper.say(room, &mark).await?;
        window.see(&mark).await?;
        assert_eq!(foreign(window).await?, Vec::<String>::new(), "{name}");
    }
    window.click("Who sees this").await?;
    window.see("Who can join").await?;
    while window.reads("Earlier messages").await? {
        assert_eq!(foreign(window).await?, Vec::<String>::new());
        window.click("Earlier messages").await?;
        window.unsee("Fetching earlier messages").await?;
    }
    assert_eq!(foreign(window).await?, Vec::<String>::new());
    window.click("All rooms").await?;
    window.see("By subject").await?;
    assert_eq!(foreign(window).await?, Vec::<String>::new());

    sleep(A_WHILE).await;
    assert_eq!(ran(window).await?, BTreeSet::new());
    assert_eq!(site.connections(), 0, "{:?}", site.paths());
    // The control: one that had got through would be seen.
    window
        .run_js(
            "document.querySelector('main').innerHTML += '<img src=x onerror=x()><svg></svg>'",
            vec![],
        )
        .await?;
    assert_eq!(foreign(window).await?, ["picture tauri://localhost/x", "src x", "onerror", "svg"]);
    Ok(())
}

/// Were the tree of what may be shown left out, the policy would hold alone.
#[tokio::test]
async fn markup_that_were_let_in_would_not_run_either() -> Result<()> {
    let site = Website::start("x").await?;
    let window = Window::open(AppOptions::default()).await?;
    window.see("Ask the Galaxy community").await?;
    assign(&window, &site).await?;
    assert_eq!(ran(&window).await?, BTreeSet::new());
    assert_eq!(site.paths(), Vec::<String>::new());
    Ok(())
}

/// The control: without a policy most of it runs.
#[tokio::test]
async fn without_a_policy_it_runs() -> Result<()> {
    let site = Website::start("<!doctype html><body>x</body>").await?;
    let program = Some(tools::empty_window()?);
    let window = Window::open(AppOptions { program, ..AppOptions::default() }).await?;
    window.run_js("location.href = arguments[0]", vec![site.url("").into()]).await?;
    window.see("x").await?;
    assign(&window, &site).await?;
    // It may have led the window anywhere by then, so that the site alone is asked; and what was on its
    // way to the site then never came.
    until("most of it runs, and asks", async || {
        let paths: BTreeSet<_> = site.paths().into_iter().collect();
        let ran = paths.iter().filter(|path| path.starts_with("ran-")).count();
        Ok(ran > 40 && paths.len() - ran > 5)
    })
    .await
}

async fn assign(window: &Window, site: &Website) -> Result<()> {
    set_canary(window, site).await?;
    window.run_js(include_str!("assign.js"), vec![json!(payloads(site))]).await?;
    sleep(A_WHILE).await;
    Ok(())
}

async fn set_canary(window: &Window, site: &Website) -> Result<()> {
    let script = "const [site] = arguments; globalThis.ran = [];
        globalThis.canary = (number) => {
          ran.push(number);
          navigator.sendBeacon(`${site}ran-${number}`);
        }";
    window.run_js(script, vec![site.url("").into()]).await.map(drop)
}

/// The numbers of what ran.
async fn ran(window: &Window) -> Result<BTreeSet<usize>> {
    Ok(serde_json::from_value(window.run_js("return ran", vec![]).await?)?)
}

/// Gives the room an address that is markup, beside the one it is known by.
async fn rename_address(
    homeserver: &Homeserver,
    owner: &Client,
    room: &str,
    alias: &str,
) -> Result<()> {
    let hostile = format!("#<svg/onload=canary(0)>:{}", homeserver.name());
    let path = ["_matrix", "client", "v3", "directory", "room", &hostile];
    owner.request(Method::PUT, &path, &[], Some(&json!({ "room_id": room }))).await?;
    let content = json!({ "alias": hostile, "alt_aliases": [alias] });
    owner.set_state(room, "m.room.canonical_alias", "", &content).await
}
