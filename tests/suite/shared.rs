//! A computer that others use as well: afterwards there is nothing of the user on it.

mod logind;
mod outside;
mod session_manager;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::homeserver::{Options, random};
use galaxy_chat_tests::process::signal;
use galaxy_chat_tests::window::AppOptions;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use tempfile::TempDir;

use self::outside::Outside;

use crate::secrets::search::Secrets;
use crate::session::{files, profile, until};
use crate::stage::fill_in;
use crate::starts::has_ended;
use crate::ways::{Desk, delegated};

const IN_LOBBY: &str = "If you have just come in: hello!";
const COMPOSER: &str = "Message to Galaxy Lobby";
const SHARED: &str = "This computer is shared";

/// A person at a computer of which every file that the app may write is in one folder.
struct Visitor {
    desk: Desk,
    hello: String,
    draft: String,
    outside: Outside,
    _home: TempDir,
}

impl Visitor {
    /// The app with somebody whose name is found nowhere by chance.
    async fn open(options: Options) -> Result<Self> {
        Self::open_with(options, AppOptions::default()).await
    }

    /// The same with options for the app.
    async fn open_with(options: Options, app: AppOptions) -> Result<Self> {
        // What is started inherits this: that no dump is made is then the app's doing.
        let limit = getrlimit(Resource::Core).maximum;
        setrlimit(Resource::Core, Rlimit { current: limit, maximum: limit })?;
        let home = tempfile::Builder::new().prefix("shared-").tempdir()?;
        let temporary = home.path().join("tmp");
        fs::create_dir(&temporary)?;
        let mut app = AppOptions { home: Some(home.path().to_owned()), ..app };
        app.env.push(("TMPDIR".to_owned(), temporary.display().to_string()));
        let mut desk = Desk::open_with(options, app).await?;
        let name: String = random()?.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
        let user = format!("student-{}", name.to_ascii_lowercase());
        desk.stage.galaxy.newcomer = desk.stage.galaxy.homeserver.account(&user).await?;
        let (hello, draft) = (format!("Hello, {}", random()?), format!("Later: {}", random()?));
        let run = desk.stage.keyring.env().into_iter().find(|(name, _)| name == "XDG_RUNTIME_DIR");
        let outside = Outside::new(run.context("a folder for sockets")?.1.into());
        Ok(Self { desk, hello, draft, outside, _home: home })
    }

    /// Signs in the way that the server has.
    async fn sign_in(&self) -> Result<()> {
        let window = &self.desk.stage.window;
        if self.desk.stage.galaxy.homeserver.authority().is_ok() {
            window.click("Continue in your browser").await?;
            self.desk.follow(window.opened_links().len() + 1).await?;
            return self.desk.sign_in_there().await;
        }
        fill_in(window, &self.desk.stage.galaxy.newcomer).await?;
        window.see(IN_LOBBY).await
    }

    /// Signs in as on a shared computer and talks; answers all that tells of the user by then.
    async fn come(&self) -> Result<Secrets> {
        self.desk.to_form().await?;
        self.desk.stage.window.click(SHARED).await?;
        self.sign_in().await?;
        self.talk().await?;
        self.traces().await
    }

    /// Says hello, and leaves a sentence unfinished.
    async fn talk(&self) -> Result<()> {
        let window = &self.desk.stage.window;
        window.fill(COMPOSER, &self.hello).await?;
        window.press("Enter").await?;
        window.see(&self.hello).await?;
        window.unsee("Sending…").await?;
        window.fill(COMPOSER, &self.draft).await
    }

    /// Takes the room elsewhere.
    async fn hand_over(&self) -> Result<()> {
        let window = &self.desk.stage.window;
        let before = window.opened_links().len();
        window.click("Open in…").await?;
        window.click("Element in the browser").await?;
        window.wait_for_link(before + 1).await?;
        Ok(())
    }

    /// All that tells of the user.
    async fn traces(&self) -> Result<Secrets> {
        let galaxy = &self.desk.stage.galaxy;
        let newcomer = &galaxy.newcomer;
        let mut traces = Secrets::default();
        traces.add("the name", &newcomer.user);
        traces.add("the password", &newcomer.password);
        traces.add("the message", &self.hello);
        traces.add("the draft", &self.draft);
        let tokens = match galaxy.homeserver.authority() {
            Ok(authority) => authority.issued(&newcomer.user).await?,
            Err(_) => galaxy.homeserver.tokens(newcomer)?,
        };
        ensure!(!tokens.is_empty(), "no token was issued");
        for token in tokens {
            traces.add("a token", token);
        }
        for device in galaxy.homeserver.devices(newcomer).await? {
            traces.add("the device", device);
        }
        Ok(traces)
    }

    /// Nothing of the user is in any file, nor in the keyring.
    async fn assert_no_trace(&self, traces: &Secrets) -> Result<()> {
        let window = &self.desk.stage.window;
        // The browser's own list of addresses is none of the app's files.
        let _ = fs::remove_file(window.home().join("opened-links"));
        let search = traces.search()?;
        assert_eq!(search.folder(window.home())?, BTreeSet::new());
        assert!(self.desk.stage.keyring.entries().await?.is_empty());
        let mut left = files(&profile(window));
        // An empty file tells nothing; one keeps the web view from writing after the end.
        left.retain(|file| fs::metadata(file).is_ok_and(|file| file.len() > 0));
        assert_eq!(left, Vec::<PathBuf>::new());
        assert_eq!(self.outside.search(&search)?, BTreeSet::new());
        // The control: one line in any file would have been found.
        let line = format!("a line with {} in it", self.desk.stage.galaxy.newcomer.user);
        let planted = window.home().join("tmp/planted");
        fs::write(&planted, &line)?;
        assert!(!search.folder(window.home())?.is_empty());
        fs::remove_file(planted)?;
        self.outside.assert_found(&search, &line)
    }

    /// A crash would not leave the memory on the disk.
    fn no_dumps(&self) -> Result<()> {
        let pid = self.desk.stage.window.pid()?;
        assert_eq!(dump_limit(&pid.to_string())?, "1");
        // The control: it is not so by itself.
        ensure!(dump_limit("self")? != "1", "the tests themselves leave no dumps");
        Ok(())
    }

    async fn no_device(&self) -> Result<()> {
        let galaxy = &self.desk.stage.galaxy;
        let devices = async || galaxy.homeserver.devices(&galaxy.newcomer).await;
        until("no device", async || Ok(devices().await?.is_empty())).await
    }
}

/// How large a dump of a process may be, in bytes or in words.
fn dump_limit(pid: &str) -> Result<String> {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits"))?;
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max core file size"));
    Ok(limit.and_then(|limit| limit.split_whitespace().next()).context("no limit")?.to_owned())
}

async fn leaves_nothing(options: Options) -> Result<()> {
    let mut visitor = Visitor::open(options).await?;
    visitor.desk.to_form().await?;
    visitor.desk.stage.window.click(SHARED).await?;
    visitor.sign_in().await?;
    visitor.desk.stage.window.see("This sign-in ends when you close the app").await?;
    visitor.talk().await?;
    visitor.hand_over().await?;
    visitor.no_dumps()?;
    let traces = visitor.traces().await?;
    visitor.desk.stage.window.close().await?;
    visitor.no_device().await?;
    visitor.assert_no_trace(&traces).await?;

    // Nor does the next one learn which server it was.
    visitor.desk.stage.window.start().await?;
    visitor.desk.to_form().await?;
    visitor.desk.stage.window.see("Server").await?;
    assert!(!visitor.desk.stage.window.reads("Or choose:").await?);

    // Signing out ends it in the same way.
    visitor.desk.stage.window.click(SHARED).await?;
    visitor.sign_in().await?;
    visitor.talk().await?;
    let traces = visitor.traces().await?;
    visitor.desk.sign_out().await?;
    visitor.no_device().await?;
    assert!(!visitor.desk.stage.window.reads(&visitor.desk.stage.galaxy.newcomer.user).await?);
    visitor.desk.stage.window.close().await?;
    visitor.assert_no_trace(&traces).await
}

#[tokio::test]
async fn a_password_leaves_nothing_on_a_shared_computer() -> Result<()> {
    leaves_nothing(Options::default()).await
}

#[tokio::test]
async fn a_sign_in_in_the_browser_leaves_nothing_on_a_shared_computer() -> Result<()> {
    leaves_nothing(delegated()).await
}

#[tokio::test]
async fn the_end_of_the_desktop_session_leaves_nothing_on_a_shared_computer() -> Result<()> {
    let mut visitor = Visitor::open(Options::default()).await?;
    for kind in [Signal::TERM, Signal::HUP, Signal::INT] {
        let traces = visitor.come().await?;
        let pid = visitor.desk.stage.window.pid()?;
        signal(pid, kind)?;
        has_ended(pid).await?;
        visitor.no_device().await?;
        visitor.assert_no_trace(&traces).await?;
        visitor.desk.stage.window.start().await?;
    }
    // The control: an app that gets no moment leaves the device, and what it was writing.
    visitor.desk.to_form().await?;
    visitor.desk.stage.window.click(SHARED).await?;
    visitor.sign_in().await?;
    visitor.desk.stage.window.kill().await?;
    let galaxy = &visitor.desk.stage.galaxy;
    assert_eq!(galaxy.homeserver.devices(&galaxy.newcomer).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_a_killed_app_left_on_a_shared_computer_is_swept() -> Result<()> {
    let mut visitor = Visitor::open(delegated()).await?;
    let traces = visitor.come().await?;
    // What the web view may write of what is typed into it.
    let run = visitor.desk.stage.window.pid()?.to_string();
    let folder = profile(&visitor.desk.stage.window).join("web-view").join(run).join("data");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("planted"), &visitor.draft)?;
    visitor.desk.stage.window.kill().await?;
    let left = files(&profile(&visitor.desk.stage.window));
    assert!(left.contains(&folder.join("planted")), "nobody had the time to remove it: {left:?}");
    assert!(visitor.desk.stage.keyring.entries().await?.is_empty());

    visitor.desk.stage.window.start().await?;
    visitor.desk.stage.window.see("Ask the Galaxy community, and be answered").await?;
    visitor.desk.stage.window.close().await?;
    visitor.assert_no_trace(&traces).await
}

#[tokio::test]
async fn what_is_not_shared_stays() -> Result<()> {
    let mut visitor = Visitor::open(delegated()).await?;
    visitor.desk.to_form().await?;
    visitor.sign_in().await?;
    visitor.talk().await?;
    let traces = visitor.traces().await?;
    visitor.desk.stage.window.close().await?;
    let galaxy = &visitor.desk.stage.galaxy;
    assert_eq!(galaxy.homeserver.devices(&galaxy.newcomer).await?.len(), 1);
    assert_eq!(visitor.desk.stage.keyring.entries().await?.len(), 1);
    let left = files(&profile(&visitor.desk.stage.window));
    for name in ["session.sealed", "drafts.sealed", "servers.json", "matrix-sdk-state.sqlite3"] {
        assert!(left.iter().any(|file| file.ends_with(name)), "{name} is not in {left:?}");
    }
    // Some of it is in the open: this search would see it on a shared computer too.
    let found = traces.search()?.folder(&profile(&visitor.desk.stage.window))?;
    assert!(!found.is_empty());
    Ok(())
}
