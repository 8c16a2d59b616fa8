//! The content security policy.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use galaxy_chat_tests::website::Website;
use galaxy_chat_tests::window::Window;
use sha2::{Digest as _, Sha256};
use tokio::time::sleep;

use super::{A_WHILE, app, comes, led_away, stranger};

/// What the page may load: its own files, pictures written out in its text, and commands.
const POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';
    object-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;
    connect-src 'self' ipc: http://ipc.localhost";

#[tokio::test]
async fn the_policy_as_served_is_exactly_this() -> Result<()> {
    let window = app().await?;
    let script = "const [path, done] = arguments;
        fetch(path).then((answer) => done(answer.headers.get('content-security-policy')), (error) => done(String(error)))";
    for path in ["/", "/index.html"] {
        let served = window.run_js_async(script, vec![path.into()]).await?;
        let mut served = rules(served.as_str().context("a policy")?);
        // Tauri adds the sums of the app's own scripts, which `'self'` lets in already.
        let own = sums_of_scripts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui"))?;
        for sources in served.values_mut() {
            sources.retain(|source| !own.contains(source));
        }
        assert_eq!(served, rules(POLICY), "{path}");
    }
    // A page can only add to what it is forbidden; this one has nothing to add.
    let added = "return document.querySelectorAll('meta[http-equiv]').length";
    assert_eq!(window.run_js(added, vec![]).await?, 0);
    Ok(())
}

/// A policy's sources by what they are for.
fn rules(policy: &str) -> BTreeMap<String, BTreeSet<String>> {
    let words = policy.split(';').map(|rule| rule.split_whitespace().map(str::to_owned));
    words.filter_map(|mut words| Some((words.next()?, words.collect()))).collect()
}

/// How a policy names each script in a folder by its content.
fn sums_of_scripts(folder: &Path) -> Result<BTreeSet<String>> {
    let mut sums = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sums.extend(sums_of_scripts(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "js") {
            let sum = BASE64_STANDARD.encode(Sha256::digest(fs::read(path)?));
            sums.insert(format!("'sha256-{sum}'"));
        }
    }
    Ok(sums)
}

#[tokio::test]
async fn what_gets_into_the_page_neither_runs_nor_calls_out() -> Result<()> {
    let site = stranger().await?;
    let window = app().await?;
    play(&window, &site).await?;
    sleep(A_WHILE).await;
    assert_eq!(reached(&window, &site).await?, BTreeSet::new());
    assert_eq!(site.connections(), 0);
    // The page is alive all the while, and loads what is its own.
    let own = "const [done] = arguments; const script = document.createElement('script');
        script.onload = () => done('loaded'); script.onerror = () => done('refused');
        script.src = 'theme.js'; document.body.append(script)";
    assert_eq!(window.run_js_async(own, vec![]).await?, "loaded");
    window.see("Ask the Galaxy community").await
}

/// The control: without a policy every one of the tricks works.
#[tokio::test]
async fn without_a_policy_all_of_it_does() -> Result<()> {
    let site = stranger().await?;
    let window = led_away(&site).await?;
    let tricks = play(&window, &site).await?;
    let all_work = async || Ok(reached(&window, &site).await?.is_superset(&tricks));
    comes(all_work).await?;
    let idle: Vec<_> = tricks.difference(&reached(&window, &site).await?).cloned().collect();
    assert_eq!(idle, Vec::<String>::new(), "tricks that work nowhere show nothing");
    Ok(())
}

/// Plays all tricks; answers their names.
async fn play(window: &Window, site: &Website) -> Result<BTreeSet<String>> {
    let names = window.run_js(include_str!("tricks.js"), vec![site.url("").into()]).await?;
    Ok(serde_json::from_value(names)?)
}

/// The tricks that worked.
async fn reached(window: &Window, site: &Website) -> Result<BTreeSet<String>> {
    let reached = window.run_js("return reached", vec![]).await?;
    let mut reached: BTreeSet<String> = serde_json::from_value(reached)?;
    reached.extend(site.paths());
    // The page itself, where it is the stranger's.
    reached.remove("");
    Ok(reached)
}
