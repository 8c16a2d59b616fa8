//! What the eye meets before the first script has run is what the scripts then draw.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::window::{AppOptions, Window};

/// Set to write the picture instead of comparing it.
const UPDATE: &str = "UPDATE_FRONT";

/// Where the picture begins: after the comment that explains it.
const BEGIN: &str = "real thing in its place. -->\n";
const END: &str = "\n  </body>";

#[tokio::test]
async fn the_first_picture_is_what_the_elements_draw() -> Result<()> {
    let window = Window::open(AppOptions { size: (1120, 760), ..AppOptions::default() }).await?;
    window.see("Just read").await?;
    let drawn = window.run_js(include_str!("front/picture.js"), Vec::new()).await?;
    let drawn = drawn.as_str().context("no picture")?;
    let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/index.html"));
    let page = fs::read_to_string(&file)?.replace("\r\n", "\n");
    let begin = page.find(BEGIN).context("the page has no picture")? + BEGIN.len();
    let end = page[begin..].find(END).context("the picture has no end")? + begin;
    if env::var_os(UPDATE).is_some() {
        fs::write(&file, [&page[..begin], drawn, &page[end..]].concat())?;
        return Ok(());
    }
    let hint = format!("the first picture is stale: run the tests with {UPDATE}=1");
    ensure!(page[begin..end] == *drawn, "{hint}\n--- drawn\n{drawn}");
    Ok(())
}
