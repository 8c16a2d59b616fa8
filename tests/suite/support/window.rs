//! The window driver, tried on an empty window that each test furnishes.

use std::fs;
use std::time::Duration;

use anyhow::Result;
use galaxy_chat_tests::tools;
use galaxy_chat_tests::window::{AppOptions, Window};

async fn furnished(html: &str, options: AppOptions) -> Result<Window> {
    let window =
        Window::open(AppOptions { program: Some(tools::empty_window()?), ..options }).await?;
    window.run_js("document.body.innerHTML = arguments[0]", vec![html.into()]).await?;
    Ok(window)
}

const FORM: &str = "
    <main><h1>Sign in</h1>
      <form aria-label='Sign in'><label>User name <input id='user' value='somebody'></label>
        <button type='button'>Go</button><button type='button' disabled>Wait</button></form>
      <ul><li><strong>Proteomics</strong> <button aria-label='Join Proteomics'>Join</button></li>
          <li><strong>Developers</strong> <button>Join</button> <button>Leave</button></li>
          <li><strong>Admins</strong> <button>Join</button> <button>Leave</button></li></ul>
      <p hidden>secret</p><output></output></main>";

const LISTEN: &str = "
    document.onclick = (event) => {
      const part = event.target.closest('li, form');
      document.querySelector('output').textContent =
        `clicked ${event.target.textContent} in ${part.querySelector('strong')?.textContent ?? 'the form'}`;
    };
    document.onsubmit = (event) => event.preventDefault();
    document.onkeydown = (event) => {
      if (event.key === 'Enter') document.querySelector('output').textContent = 'entered';
    };";

#[tokio::test]
async fn it_reads_clicks_and_types() -> Result<()> {
    let window = furnished(FORM, AppOptions::default()).await?;
    window.run_js(LISTEN, vec![]).await?;
    assert!(!window.reads("Sign in Proteomics").await?, "the form is between them");
    window.see("Proteomics").await?;
    assert!(!window.reads("secret").await?);

    window.click("Go").await?;
    window.see("clicked Go in the form").await?;
    window.click_in("Admins", "Join").await?;
    window.see("clicked Join in Admins").await?;
    window.click("Join Proteomics").await?;
    window.see("clicked Join in Proteomics").await?;
    window.unsee("in Admins").await?;

    window.fill("User name", "newcomer").await?;
    assert_eq!(window.text_of("User name").await?, "newcomer");
    assert_eq!(window.focused().await?, "User name");
    window.press("Enter").await?;
    window.see("entered").await?;
    window.press("Tab").await?;
    assert_eq!(window.focused().await?, "Go");
    window.press("Shift+Tab").await?;
    assert_eq!(window.focused().await?, "User name");
    Ok(())
}

#[tokio::test]
async fn it_says_why_it_cannot() -> Result<()> {
    let options = AppOptions { patience: Duration::from_millis(300), ..AppOptions::default() };
    let window = furnished(FORM, options).await?;
    let reason = |result: Result<()>| result.expect_err("it cannot").to_string();
    let twice = reason(window.click("Leave").await);
    assert!(twice.contains("2 things are called “Leave”"), "{twice}");
    let disabled = reason(window.click("Wait").await);
    assert!(disabled.contains("“Wait” is disabled"), "{disabled}");
    let nowhere = reason(window.click_in("Outreach", "Join").await);
    assert!(nowhere.contains("no part called “Outreach”"), "{nowhere}");
    let absent = reason(window.see("secret").await);
    assert!(absent.contains("“secret” is not there") && absent.contains("Proteomics"), "{absent}");
    assert!(reason(window.unsee("Proteomics").await).contains("“Proteomics” is still there"));
    Ok(())
}

#[tokio::test]
async fn it_takes_pictures_in_both_themes() -> Result<()> {
    for (dark, size) in [(false, (1280, 800)), (true, (800, 600))] {
        let options = AppOptions { dark, size, ..AppOptions::default() };
        let window = furnished("", options).await?;
        let script = "document.documentElement.style.background = '#25537b';
            return [innerWidth, innerHeight, matchMedia('(prefers-color-scheme: dark)').matches, document.hasFocus()]";
        let seen = window.run_js(script, vec![]).await?;
        assert_eq!(seen, serde_json::json!([size.0, size.1, dark, true]));

        let file = window.screenshot("support-test").await?;
        let decoder = png::Decoder::new(std::io::BufReader::new(fs::File::open(&file)?));
        fs::remove_file(file)?;
        let mut picture = decoder.read_info()?;
        let mut pixels = vec![0; picture.output_buffer_size().expect("a small picture")];
        let frame = picture.next_frame(&mut pixels)?;
        assert_eq!((frame.width, frame.height), (size.0.into(), size.1.into()));
        assert!(
            pixels.chunks_exact(3).all(|pixel| pixel == [0x25, 0x53, 0x7b]),
            "the page is not all blue"
        );
    }
    Ok(())
}

#[tokio::test]
async fn it_finds_what_is_wrong_for_some_people() -> Result<()> {
    let window = furnished(
        "<main><h1>Sign in</h1><label>User name <input></label></main>",
        AppOptions::default(),
    )
    .await?;
    assert_eq!(window.axe().await?, Vec::<String>::new());
    window
        .run_js(
            "document.querySelector('label').replaceWith(document.querySelector('input'))",
            vec![],
        )
        .await?;
    let faults = window.axe().await?;
    assert!(faults.iter().any(|fault| fault.starts_with("label: ")), "{faults:?}");
    Ok(())
}

#[tokio::test]
async fn the_app_is_closed_killed_and_started_again() -> Result<()> {
    let mut window = furnished("", AppOptions::default()).await?;
    let first = window.pid()?;
    window.run_js("localStorage.setItem('kept', 'yes')", vec![]).await?;
    window.restart().await?;
    assert_ne!(window.pid()?, first);
    assert_eq!(window.run_js("return localStorage.getItem('kept')", vec![]).await?, "yes");
    window.kill().await?;
    assert!(!window.is_running());
    window.see("Empty").await.expect_err("the window is not open");
    window.start().await?;
    window.see("Empty").await
}

#[tokio::test]
async fn an_app_that_does_not_start_says_why() -> Result<()> {
    let missing =
        AppOptions { program: Some("/nowhere/galaxy-chat".into()), ..AppOptions::default() };
    let error = Window::open(missing).await.expect_err("there is no such program").to_string();
    assert!(error.contains("/nowhere/galaxy-chat"), "{error}");
    Ok(())
}
