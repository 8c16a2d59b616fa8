//! The web view's own context menu, which would save what a link leads to.

use anyhow::{Result, ensure};
use galaxy_chat_tests::window::{AppOptions, Window};

/// Whether the web view's own menu would come up there.
const MENU: &str = "const at = typeof arguments[0] === 'string'
      ? document.querySelector(arguments[0])
      : document.body.appendChild(Object.assign(document.createElement('a'), { href: 'https://galaxyproject.org/' }));
    return at.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true }))";

#[tokio::test]
async fn the_menu_of_the_web_view_is_for_writing_only() -> Result<()> {
    let window = Window::open(AppOptions::default()).await?;
    window.see("Ask the Galaxy community").await?;
    window.click("All rooms").await?;
    window.see("By subject").await?;
    ensure!(window.run_js(MENU, vec![1.into()]).await? == false, "the menu of a link");
    ensure!(window.run_js(MENU, vec!["h1".into()]).await? == false, "the menu of the page");
    // The control: where text is written, it comes up.
    ensure!(window.run_js(MENU, vec!["input".into()]).await? == true, "no menu to paste with");
    Ok(())
}
