//! The newcomer's way, walked in the real window by what can be read on it.

use anyhow::Result;
use galaxy_chat_tests::{keyring::State, window::AppOptions};

use crate::stage::{Stage, fill_in};

#[tokio::test]
async fn read_sign_in_say_hello_and_be_answered() -> Result<()> {
    walk(AppOptions::default()).await
}

async fn walk(options: AppOptions) -> Result<()> {
    let mut stage = Stage::open_with(State::Unlocked, options).await?;
    let window = &mut stage.window;

    window.see("Ask the Galaxy community, and be answered").await?;
    window.screenshot("01-welcome").await?;
    window.click("Just read").await?;
    window.screenshot("02-guide").await?;

    window.click("Sign in").await?;
    window.screenshot("03-sign-in").await?;
    fill_in(window, &stage.galaxy.newcomer).await?;
    window.see("This is where").await.ok();
    window.screenshot("04-lobby").await?;
    println!("{}", window.text().await?);
    Ok(())
}

#[tokio::test]
async fn debug() -> Result<()> {
    let stage = Stage::open().await?;
    for file in ["main.js", "l10n.js", "elements/gc-app.js", "vendor/lit.js", "vendor/fluent.js"] {
        let r = stage.window.run_js_async("const [f, done]=arguments; import('/'+f).then(()=>done('ok'), e=>done(String(e)+e.stack))", vec![file.into()]).await;
        println!("{file} {r:?}");
    }
    let r = stage.window.run_js_async("const [done]=arguments; fetch('/locales/en.ftl').then((x)=>done(x.status), e=>done(String(e)))", vec![]).await;
    println!("{r:?}");
    let r = stage.window.run_js_async("const [done]=arguments; window.__TAURI__.core.invoke('guide').then((x)=>done(x.length), e=>done(JSON.stringify(e)))", vec![]).await;
    println!("{r:?}");
    println!("{}", stage.window.log());
    Ok(())
}
