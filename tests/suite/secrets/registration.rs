//! Accounts that are made in the app.

use std::process::Command;

use anyhow::{Context as _, Result};
use galaxy_chat_tests::homeserver::{Options, Registration, random};
use galaxy_chat_tests::tools;

use super::search::Secrets;
use super::{add_issued, log_tells_of, nothing_got_out, open, sign_out, what_gets_out_is_found};
use crate::stage::Stage;

/// What each attempt to make an account is known by: whoever knows it can have a token for the account.
fn attempts(stage: &Stage) -> Result<Vec<String>> {
    let script = "import json, sqlite3, sys\n\
        database = sqlite3.connect(sys.argv[1])\n\
        print(json.dumps([id for (id,) in database.execute('SELECT session_id FROM ui_auth_sessions')]))";
    let database = stage.galaxy.homeserver.folder().join("homeserver.db");
    let output =
        Command::new(tools::synapse_python()?).args(["-c", script]).arg(database).output()?;
    let attempts = serde_json::from_slice(&output.stdout);
    attempts.with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test]
async fn no_secret_of_a_new_account_gets_out() -> Result<()> {
    let stage = open(Options::registration(Registration::Token)).await?;
    let window = &stage.window;
    let (password, wrong) = (random()?, random()?);
    let token = stage.galaxy.homeserver.registration_token().await?;
    let mut secrets = Secrets::default();
    secrets.add("the password", &password);
    secrets.add("the registration token", &token);
    secrets.add("a token that is none", &wrong);

    window.click("Just read").await?;
    window.click("Sign in").await?;
    window.click("Create account").await?;
    window.fill("User name", "student").await?;
    window.fill("Password", &password).await?;
    window.click("Create account").await?;
    window.see("A code, please").await?;
    window.click("Cancel").await?;
    window.see("Cancelled.").await?;
    window.fill("Password", &password).await?;
    window.click("Create account").await?;
    window.fill("Code", &wrong).await?;
    window.click("Continue").await?;
    window.see("The server did not take this code.").await?;
    window.fill("Code", &token).await?;
    window.click("Continue").await?;
    window.see("If you have just come in: hello!").await?;

    let attempts = attempts(&stage)?;
    assert!(attempts.len() >= 2, "{attempts:?}");
    for attempt in attempts {
        secrets.add("what an attempt is known by", attempt);
    }
    let student = stage.galaxy.homeserver.known_account("student", &password);
    add_issued(&stage, &student, &mut secrets).await?;
    nothing_got_out(window, &secrets)?;
    sign_out(window).await?;
    log_tells_of(window, &["/_matrix/client/v3/logout"]).await?;
    nothing_got_out(window, &secrets)?;
    what_gets_out_is_found(window, &secrets).await
}
