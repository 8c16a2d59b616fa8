//! Only the commands granted by name reach Rust, and only from the app's page.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{A_WHILE, app, empty_window};

/// All that the window can ask for, and with what. No argument is a path, a shell string or a token; the
/// addresses among them are a homeserver, a room's and a web link, each parsed strictly; a text to be read
/// for an address opens and joins nothing.
const COMMANDS: [(&str, &str); 39] = [
    ("answer_registration", "answer: RegistrationAnswer"),
    ("cancel_sign_in", ""),
    ("close_room", ""),
    ("decline_invitation", "room_id: String"),
    ("discard_message", "item_id: String"),
    ("discover", "server: String"),
    ("follow_successor", "room_id: String"),
    ("forget_room", "room_id: String"),
    ("guide", ""),
    ("hand_off", "place: String, room: String, via: Vec<String>"),
    ("join", "room: String, via: Vec<String>"),
    ("join_rooms", "picks: Vec<String>, rest: Vec<String>"),
    ("keep_session", "place: Place"),
    ("keep_theme", "theme: Theme"),
    ("leave_rooms", "room_ids: Vec<String>"),
    ("load_earlier", ""),
    ("mark_read", "room_id: String"),
    ("matrix_links", ""),
    ("open_account_page", "page: AccountPage"),
    ("open_browser_again", ""),
    ("open_link", "href: String"),
    ("open_room", "room_id: String"),
    ("paste_address", "address: String"),
    ("places", ""),
    ("read_address", "text: String"),
    ("retry_message", "item_id: String"),
    ("retry_saved_session", ""),
    ("room_link", "room: String, via: Vec<String>"),
    ("room_qr", "room: String, via: Vec<String>"),
    ("save_draft", "room_id: String, text: String"),
    ("search_rooms", "query: String"),
    ("send_message", "room_id: String, text: String, as_text: bool"),
    ("set_aside_saved_session", ""),
    ("sign_in", "server: String, way: SignInWay, join_lobby: bool, shared: bool"),
    ("sign_out", ""),
    ("steer_joins", "order: JoinOrder"),
    ("subscribe", ""),
    ("take_matrix_links", "on: bool"),
    ("updates", ""),
];

/// What Tauri could do for a page that were granted it.
const NOT_GRANTED: [&str; 10] = [
    "plugin:app|version",
    "plugin:event|emit",
    "plugin:event|listen",
    "plugin:path|resolve_directory",
    "plugin:resources|close",
    "plugin:webview|create_webview_window",
    "plugin:webview|internal_toggle_devtools",
    "plugin:window|close",
    "plugin:window|create",
    "plugin:window|set_title",
];

#[test]
fn the_lists_of_commands_agree() -> Result<()> {
    let names: BTreeSet<_> = COMMANDS.map(|(name, _)| name.to_owned()).into();
    let handler = source("src-tauri/shell/commands.rs")?;
    assert_eq!(
        signatures(&handler),
        COMMANDS.map(|(name, with)| (name.to_owned(), with.to_owned()))
    );
    // Whatever panics in one of them is answered.
    for command in handler.split("#[tauri::command]").skip(1) {
        let body = command.split_once(" {\n").context("a body")?.1.trim_start();
        assert!(body.starts_with("isolated("), "not isolated: {command}");
    }
    let list = between(&handler, "generate_handler![", "]").context("the handler's list")?;
    assert_eq!(
        list.split(',').map(trimmed).filter(|name| !name.is_empty()).collect::<BTreeSet<_>>(),
        names
    );

    let build = source("src-tauri/build.rs")?;
    let list = between(&build, "commands(&[", "]").context("the declared commands")?;
    assert_eq!(list.split('"').skip(1).step_by(2).map(trimmed).collect::<BTreeSet<_>>(), names);

    let window = source("ui/ipc.js")?;
    let called = window.split("invoke(\"").skip(1).filter_map(|rest| rest.split('"').next());
    assert_eq!(called.map(trimmed).collect::<BTreeSet<_>>(), names);
    Ok(())
}

#[test]
fn the_one_capability_grants_them_by_name_to_the_one_window() -> Result<()> {
    let files = fs::read_dir(root().join("capabilities"))?.collect::<Result<Vec<_>, _>>()?;
    assert_eq!(files.len(), 1);
    let capability: Value = serde_json::from_str(&source("capabilities/main.json")?)?;
    let grants = COMMANDS.map(|(name, _)| format!("allow-{}", name.replace('_', "-")));
    assert_eq!(capability["permissions"], json!(grants.as_slice()));
    assert_eq!(capability["windows"], json!(["main"]));
    for wider in ["remote", "webviews", "local"] {
        assert_eq!(capability[wider], Value::Null, "{wider}");
    }
    let settings: Value = serde_json::from_str(&source("tauri.conf.json")?)?;
    assert_eq!(settings["app"]["security"]["capabilities"], json!(["main"]));
    Ok(())
}

#[tokio::test]
async fn what_is_not_granted_is_refused() -> Result<()> {
    let window = app().await?;
    let ask = "const [names, done] = arguments;
        const ask = (name) => __TAURI__.core.invoke(name, {}).then(() => 'answered', String);
        Promise.all(names.map(ask)).then(done)";
    let answers = window.run_js_async(ask, vec![json!(NOT_GRANTED)]).await?;
    for (name, answer) in NOT_GRANTED.iter().zip(answers.as_array().context("answers")?) {
        let answer = answer.as_str().unwrap_or_default();
        // Each is there, and would answer somebody else.
        assert!(answer.contains("not allowed"), "{name}: {answer}");
        assert!(!answer.to_lowercase().contains("not found"), "{name}: {answer}");
    }
    assert_eq!(window.windows()?, 1);
    // The same question about what is granted is answered.
    assert_eq!(window.run_js_async(ask, vec![json!(["guide"])]).await?, json!(["answered"]));
    Ok(())
}

/// The control: in a window that was granted one of them, the same question is answered.
#[tokio::test]
async fn what_is_granted_elsewhere_is_answered_there() -> Result<()> {
    let window = empty_window().await?;
    let ask = "const done = arguments[arguments.length - 1];
        const ask = (name) => __TAURI_INTERNALS__.invoke(name, {}).then(() => 'answered', String);
        Promise.all(['plugin:app|version', 'plugin:app|name'].map(ask)).then(done)";
    let answers = window.run_js_async(ask, vec![]).await?;
    assert_eq!(answers[0], "answered");
    assert!(answers[1].as_str().is_some_and(|answer| answer.contains("not allowed")), "{answers}");
    Ok(())
}

#[tokio::test]
async fn what_is_not_the_apps_page_reaches_no_command() -> Result<()> {
    let window = app().await?;
    let answers = window.run_js_async(include_str!("frames.js"), vec![]).await?;
    sleep(A_WHILE).await;
    assert_eq!(window.opened_links(), Vec::<String>::new(), "{answers}");

    // The page itself reaches it.
    let ask = "const [href, done] = arguments;
        __TAURI__.core.invoke('open_link', { href }).then(() => done('opened'), done)";
    let href = "https://galaxyproject.org/asked";
    assert_eq!(window.run_js_async(ask, vec![href.into()]).await?, "opened");
    // By now whatever got through has been opened.
    window.wait_for_link(1).await?;
    assert_eq!(window.opened_links(), [href], "{answers}");
    Ok(())
}

/// The commands of a source, with their arguments but the app itself.
fn signatures(source: &str) -> Vec<(String, String)> {
    let mut found: Vec<_> = source
        .split("#[tauri::command]")
        .skip(1)
        .filter_map(|rest| between(rest, "fn ", " {"))
        .filter_map(|signature| {
            let (name, rest) = signature.split_once('(')?;
            let arguments = rest.rsplit_once(')').map_or(rest, |(arguments, _)| arguments);
            // The answer's own brackets.
            let arguments = arguments.split(") ->").next()?;
            let words = arguments.split_whitespace().collect::<Vec<_>>().join(" ");
            let states = ["app: App", "choice: Choice", "feed: Feed", "file: ThemeFile"]
                .map(|state| state.replace(": ", ": State<'_, ") + ">");
            let own = states.iter().fold(words, |words, state| words.replace(state, ""));
            Some((name.to_owned(), own.trim_matches([',', ' ']).to_owned()))
        })
        .collect();
    found.sort();
    found
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(inside, _)| inside)
}

fn trimmed(name: &str) -> String {
    name.trim().to_owned()
}

fn source(path: &str) -> Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| path.to_owned())
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
