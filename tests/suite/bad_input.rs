//! Whatever is wrong, the window says so in one clear sentence with a next step, and nothing that was
//! typed is lost.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Output};

use anyhow::{Context as _, Result};
use galaxy_chat_tests::certificates::Authority;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::{Options, Registration, free_port};
use galaxy_chat_tests::tools;
use galaxy_chat_tests::window::{AppOptions, Window};
use serde_json::json;

use crate::attacks::between::{Between, Deed};
use crate::session::until;
use crate::stage::{Stage, fill_in};
use crate::stub::{NOTHING, Stub};

const COMPOSER: &str = "Message to Galaxy Lobby";
const IN_LOBBY: &str = "If you have just come in: hello!";

/// Tries to sign in; reads what is said about it, and that the fields are as they were.
async fn refused(window: &Window, typed: [&str; 3], says: [&str; 2]) -> Result<()> {
    let labels = ["Server", "User name", "Password"];
    for (label, text) in labels.into_iter().zip(typed) {
        window.fill(label, text).await?;
    }
    window.press("Enter").await?;
    for sentence in says {
        window.see(sentence).await.with_context(|| format!("typed {typed:?}"))?;
    }
    for (label, text) in labels.into_iter().zip(typed) {
        assert_eq!(window.text_of(label).await?, text, "{label} keeps what was typed");
    }
    Ok(())
}

#[tokio::test]
async fn each_wrong_server_is_told_from_the_others() -> Result<()> {
    let stage = Stage::open().await?;
    let window = &stage.window;
    let login = || {
        (403, "application/json", json!({ "errcode": "M_FORBIDDEN", "error": "No" }).to_string())
    };
    let nothing = Stub::start(NOTHING).await?;
    let page = Stub::start(|_| (200, "text/html", "<h1>Welcome</h1>".to_owned())).await?;
    let sso = Stub::homeserver(json!([{ "type": "m.login.sso" }]), true, login()).await?;
    let old = Stub::homeserver(json!([{ "type": "m.login.password" }]), false, login()).await?;
    let astray = Stub::start(|request| match request {
        "GET /.well-known/matrix/client" => {
            let settings = json!({ "m.homeserver": { "base_url": "ftp://matrix.example.org" } });
            (200, "application/json", settings.to_string())
        }
        _ => NOTHING(request),
    });
    let astray = astray.await?;
    let closed = format!("http://127.0.0.1:{}", free_port()?);
    let check = "Check the name. In @name:server, the server is what follows the colon.";
    window.click("Just read").await?;
    window.click("Sign in").await?;
    for (server, what, next) in [
        (
            "no-such-server.invalid",
            "No server called no-such-server.invalid was found.",
            "Check the spelling, and that you are connected to the internet.",
        ),
        ("no server", "This cannot be a server’s name or address.", "Write it like matrix.org"),
        (&nothing.url(), "answers, but it is not a Matrix server.", check),
        (&page.url(), "answers, but it is not a Matrix server.", check),
        ("http://example.org", "Your password was not sent.", "write https:// instead."),
        (&old.url(), "is too old for this app.", "Use an account on another server"),
        (&closed, "does not answer at the moment.", "Check your connection, then try again."),
        (&astray.url(), "What you typed is right", "Tell those who run it: “base_url”"),
    ] {
        refused(window, [server, "newcomer", "a password"], [what, next]).await?;
    }
    window.screenshot("bad-server").await?;

    // Nothing is wrong with a server that takes no passwords: its own way stands in their place.
    window.fill("Server", &sso.url()).await?;
    window.press("Enter").await?;
    window.see("Continue in your browser").await?;
    assert!(!window.reads("Password").await?);

    // After all of them the right one still works.
    window.fill("Server", stage.galaxy.homeserver.url().as_str()).await?;
    window.press("Enter").await?;
    fill_in(window, &stage.galaxy.newcomer).await?;
    window.see(IN_LOBBY).await
}

#[tokio::test]
async fn each_wrong_account_is_told_from_the_others() -> Result<()> {
    let stage = Stage::open().await?;
    let (window, homeserver) = (&stage.window, &stage.galaxy.homeserver);
    let server = homeserver.url().as_str();
    let (locked, closed) =
        (homeserver.account("locked").await?, homeserver.account("closed").await?);
    homeserver.lock(&locked, true).await?;
    homeserver.deactivate(&closed).await?;
    let elsewhere = "@newcomer:elsewhere.example";
    let wrong = ["User name and password do not fit together.", "Check both."];
    window.click("Just read").await?;
    window.click("Sign in").await?;
    refused(window, [server, "newcomer", "not the password"], wrong).await?;
    refused(window, [server, "nobody", "any password"], wrong).await?;
    // The server says no more of a closed account than of a wrong password, so neither does the app.
    refused(window, [server, &closed.user, &closed.password], wrong).await?;
    let words = ["This account is locked by the people who run its server.", "Write to them"];
    refused(window, [server, &locked.user, &locked.password], words).await?;
    let words =
        ["This user name belongs to elsewhere.example", "Use elsewhere.example as the server"];
    refused(window, ["example.org", elsewhere, "a password"], words).await?;
    window.click("Use elsewhere.example as the server").await?;
    assert_eq!(window.text_of("Server").await?, "elsewhere.example");
    refused(
        window,
        [server, "@newcomer", "a password"],
        ["This cannot be a user name.", "Write the part"],
    )
    .await?;
    refused(window, [server, "", "a password"], ["Type your user name.", "Sign in"]).await?;
    refused(window, [server, "newcomer", ""], ["Type your password.", "Sign in"]).await
}

#[tokio::test]
async fn an_account_that_is_locked_or_closed_later_is_said_to_be() -> Result<()> {
    let stage = Stage::open().await?;
    let (window, homeserver) = (&stage.window, &stage.galaxy.homeserver);
    stage.sign_in().await?;
    homeserver.lock(&stage.galaxy.newcomer, true).await?;
    // The server answers what was asked before.
    let helper = stage.galaxy.helper.sign_in().await?;
    helper.say(stage.galaxy.room("lobby")?, "something new").await?;
    window.see("This account is locked by the people who run its server.").await?;
    homeserver.lock(&stage.galaxy.newcomer, false).await?;
    window.see("Connected").await?;

    homeserver.deactivate(&stage.galaxy.newcomer).await?;
    window.see("Please sign in again").await?;
    window.see("What is on this computer is kept.").await
}

#[tokio::test]
async fn a_server_that_goes_away_takes_nothing_with_it() -> Result<()> {
    let mut stage = Stage::open().await?;
    let newcomer = stage.galaxy.newcomer.clone();
    stage.window.click("Just read").await?;
    stage.window.click("Sign in").await?;
    stage.window.see("User name").await?;
    stage.galaxy.homeserver.freeze()?;
    fill_in(&stage.window, &newcomer).await?;
    stage.window.click("Cancel").await?;
    stage.window.see("Cancelled. Nothing was kept, and what you typed is still here.").await?;
    assert_eq!(stage.window.text_of("Password").await?, newcomer.password);
    stage.galaxy.homeserver.thaw()?;
    fill_in(&stage.window, &newcomer).await?;
    stage.window.see(IN_LOBBY).await?;

    stage.galaxy.homeserver.stop()?;
    stage.window.see("Offline, trying again").await?;
    stage.window.see("What you send now goes out when the server is back.").await?;
    stage.window.fill(COMPOSER, "written while offline").await?;
    stage.window.press("Enter").await?;
    stage.window.see("Not sent yet: the server is out of reach.").await?;
    stage.galaxy.homeserver.restart().await?;
    stage.window.unsee("Not sent yet").await?;
    let helper = stage.galaxy.helper.sign_in().await?;
    let lobby = stage.galaxy.room("lobby")?;
    until("it arrives", async || {
        let latest = helper.messages(lobby, 3).await?;
        Ok(latest.iter().any(|event| event["content"]["body"] == "written while offline"))
    })
    .await
}

#[tokio::test]
async fn a_wrong_catalogue_leads_nowhere_and_breaks_nothing() -> Result<()> {
    let stage = Stage::open().await?;
    let catalogue = fs::read_to_string(&stage.galaxy.catalogue)?;
    let wrong = stage.galaxy.alias("admins")?.replace("admins", "nowhere");
    fs::write(&stage.galaxy.catalogue, catalogue.replace(stage.galaxy.alias("admins")?, &wrong))?;
    let mut window = stage.window;
    window.restart().await?;
    window.click("Just read").await?;
    window.click("Sign in").await?;
    fill_in(&window, &stage.galaxy.newcomer).await?;
    window.see(IN_LOBBY).await?;
    window.click("All rooms").await?;
    window.click("Join Admins").await?;
    window.see(&format!("There is no room with the address {wrong}.")).await?;
    window.see("Ask in the Lobby for the new address.").await?;

    fs::write(&stage.galaxy.catalogue, "[[room]]\nkey = ")?;
    window.restart().await?;
    window
        .see("The file with the list of rooms could not be used, so the built-in list is shown.")
        .await?;
    window.click("All rooms").await?;
    window.see("#galaxyproject_Lobby:gitter.im").await
}

/// A server found by its name, over TLS. Its certificate is good for those who trust the authority.
#[tokio::test]
async fn a_server_that_cannot_prove_who_it_is_gets_no_password() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let authority = Authority::new()?;
    let front = Stub::start_front(&authority, galaxy.homeserver.port()).await?;
    let url = format!("https://{}", front.name());
    let answer = move |request: &str| match request {
        "GET /.well-known/matrix/client" => {
            let body = json!({ "m.homeserver": { "base_url": url } });
            (200, "application/json", body.to_string())
        }
        _ => NOTHING(request),
    };
    let server = Stub::start_tls(&authority, answer).await?;
    let folder = tempfile::tempdir()?;
    let trusted = folder.path().join("authority.pem");
    fs::write(&trusted, authority.pem())?;
    for (trust, says) in [(false, "its certificate was not accepted."), (true, IN_LOBBY)] {
        let args = vec!["--catalogue".to_owned(), galaxy.catalogue.display().to_string()];
        let mut options = AppOptions { args, ..AppOptions::default() };
        if trust {
            options.env.push(("SSL_CERT_FILE".to_owned(), trusted.display().to_string()));
        }
        let window = Window::open(options).await?;
        window.click("Just read").await?;
        window.click("Sign in").await?;
        window.fill("Server", &server.name()).await?;
        window.press("Enter").await?;
        if trust {
            fill_in(&window, &galaxy.newcomer).await?;
        }
        window.see(says).await?;
        assert!(!window.reads("Password").await?, "there is no field that would take one");
        let devices = galaxy.homeserver.devices(&galaxy.newcomer).await?;
        assert_eq!(devices.len(), usize::from(trust));
    }
    Ok(())
}

/// Runs the app without a window driver, for what it says before there is a window.
fn run(program: &std::path::Path, args: &[&str], display: Option<&str>) -> Result<Output> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(program);
    command.args(args).env_remove("WAYLAND_DISPLAY").env_remove("DISPLAY");
    command.env("HOME", folder.path()).env("XDG_RUNTIME_DIR", folder.path());
    command.envs(display.map(|display| ("DISPLAY", display)));
    Ok(command.output()?)
}

#[test]
fn without_a_display_the_app_says_so_in_one_sentence() -> Result<()> {
    for display in [None, Some(":4711"), Some("nonsense")] {
        let output = run(&tools::app()?, &[], display)?;
        let said = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(1), "{display:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{display:?}: {said}");
        assert!(
            said.starts_with("galaxy-chat: there is no display to open a window on."),
            "{said}"
        );
        assert!(said.contains("Start it in a desktop session"), "{said}");
    }
    Ok(())
}

#[test]
fn a_taken_port_is_told_with_another_one() -> Result<()> {
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = other.local_addr()?.port().to_string();
    // The demo keeps its data beside the tools: this run gets a target folder of its own.
    let demo = tools::app()?.with_file_name("galaxy-chat-demo");
    let folder = tempfile::Builder::new().tempdir_in(tools::target()?)?;
    let copy = folder.path().join("galaxy-chat-demo");
    fs::write(folder.path().join("CACHEDIR.TAG"), "")?;
    fs::hard_link(demo, &copy)?;
    let output = run(&copy, &["--port", &port], None)?;
    let said = String::from_utf8(output.stderr)?;
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.starts_with(&format!("Port {port} is taken by another program.")), "{said}");
    assert!(said.contains("Choose another one with --port"), "{said}");
    Ok(())
}

/// What can be typed wrong on the ways in that need no password here.
#[tokio::test]
async fn what_is_wrong_on_the_new_ways_in_is_said_where_it_was_typed() -> Result<()> {
    let galaxy = Galaxy::start_with(Options::delegated()).await?;
    let between = Between::start(&galaxy).await?;
    between.plan(|request| {
        if !request.path.ends_with("/auth_metadata") {
            return Deed::Pass;
        }
        Deed::Change(Box::new(|text| text.replace("/authorize", "@elsewhere.example/")))
    });
    let args = ["--server", between.url()].map(str::to_owned).to_vec();
    let window = Window::open(AppOptions { args, ..AppOptions::default() }).await?;
    window.click("Just read").await?;
    window.click("Sign in").await?;
    window.see("belong to different places or are not protected").await?;
    assert!(!window.reads("Continue in your browser").await?);

    between.be_honest();
    window.fill("Server", between.url()).await?;
    window.press("Enter").await?;
    window.click("Continue in your browser").await?;
    let page = window.wait_for_link(1).await?;
    window.click("The browser says it cannot connect?").await?;
    for wrong in ["", "127.0.0.1", "http://127.0.0.1:1/signed-in?code=x&state=y", &page] {
        window.fill("Address in the browser", wrong).await?;
        window.click("Go on with this address").await?;
        window.see("This is not the address that this sign-in ends with.").await?;
        window.see("The sign-in is still waiting.").await?;
        assert_eq!(window.text_of("Address in the browser").await?, wrong);
    }
    window.click("Cancel").await?;
    window.see("Cancelled.").await
}

#[tokio::test]
async fn a_user_name_that_cannot_be_is_not_made() -> Result<()> {
    let galaxy = Galaxy::start_with(Options::registration(Registration::Open)).await?;
    let args = ["--server", galaxy.homeserver.url().as_str()].map(str::to_owned).to_vec();
    let window = Window::open(AppOptions { args, ..AppOptions::default() }).await?;
    window.click("Just read").await?;
    window.click("Sign in").await?;
    window.click("Create account").await?;
    for (user, password, says) in [
        ("", "a long password", "Type your user name."),
        ("student", "", "Type your password."),
        ("helper", "a long password", "This user name belongs to somebody already."),
        ("stüdent", "a long password", "This cannot be a user name."),
    ] {
        window.fill("User name", user).await?;
        window.fill("Password", password).await?;
        window.click("Create account").await?;
        window.see(says).await?;
        assert_eq!(window.text_of("User name").await?, user);
        assert_eq!(window.text_of("Password").await?, password);
    }
    window.fill("User name", "student").await?;
    window.click("Create account").await?;
    // The catalogue of this window is not this server's.
    window.unsee("Create account").await?;
    let student = galaxy.homeserver.known_account("student", "a long password");
    until("there is a device", async || {
        Ok(galaxy.homeserver.devices(&student).await.is_ok_and(|devices| devices.len() == 1))
    })
    .await
}
