//! The app's real window on a display of its own, used as a person uses it: by what can be read on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use self::display::{Display, Region};
use self::session::Session;
use crate::page::{Page, drive};
use crate::process::is_running;
use crate::tools;

mod actions;
pub mod display;
pub mod environment;
pub(crate) mod session;

pub use self::session::write_executable;

/// How long what should appear may take.
const WAIT_TIMEOUT: Duration = Duration::from_mins(2);

/// What the app is started with.
#[derive(Debug, Clone)]
pub struct AppOptions {
    /// The program; the app under test where `None`.
    pub program: Option<PathBuf>,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables besides the few that every app gets, such as the keyring's.
    pub env: Vec<(String, String)>,
    /// The size of the display, which the window fills.
    pub size: (u16, u16),
    /// Whether the desktop's theme is a dark one.
    pub dark: bool,
    /// How long to wait for what should appear.
    pub patience: Duration,
    /// Where the app keeps its data; in a folder that is removed at the end where `None`.
    pub home: Option<PathBuf>,
}

/// A running app and its window. Both end when this is dropped.
#[derive(Debug)]
pub struct Window {
    // Ended in this order: the app before its display.
    session: Option<Session>,
    display: Display,
    options: AppOptions,
    home: PathBuf,
    _temporary: Option<TempDir>,
}

impl Default for AppOptions {
    fn default() -> Self {
        Self {
            program: None,
            args: Vec::new(),
            env: Vec::new(),
            size: (1280, 800),
            dark: false,
            patience: WAIT_TIMEOUT,
            home: None,
        }
    }
}

impl Window {
    /// Starts the app, and waits until its page is there.
    pub async fn open(options: AppOptions) -> Result<Self> {
        let temporary = match options.home {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("window-").tempdir()?),
        };
        let home = options
            .home
            .clone()
            .or_else(|| temporary.as_ref().map(|folder| folder.path().to_owned()));
        let home = home.context("a window needs a folder")?;
        fs::create_dir_all(&home)?;
        let display = Display::start(&home, options.size).await?;
        let mut window = Self { session: None, display, options, home, _temporary: temporary };
        window.start().await?;
        Ok(window)
    }

    /// Starts the app again after [`Window::close`] or [`Window::kill`], on the same data.
    pub async fn start(&mut self) -> Result<()> {
        let program = match &self.options.program {
            Some(program) => program.clone(),
            None => tools::app()?,
        };
        let session =
            Session::start(&self.home, &program, &self.options, self.display.name()).await?;
        // There is no window manager that would do either.
        let (width, height) = self.options.size;
        drive(session.client.set_window_rect(0, 0, width.into(), height.into())).await?;
        self.display.focus_window()?;
        self.session = Some(session);
        Ok(())
    }

    /// Closes the window as its close button does, and waits until the app has ended.
    pub async fn close(&mut self) -> Result<()> {
        let session = self.session.take().context("the window is not open")?;
        self.display.close_window()?;
        session.wait_for_end().await
    }

    /// Kills the app, which gets no moment to tidy up.
    pub async fn kill(&mut self) -> Result<()> {
        let session = self.session.take().context("the window is not open")?;
        session.kill().await
    }

    /// Closes the window and opens it again, on the same data.
    pub async fn restart(&mut self) -> Result<()> {
        self.close().await?;
        self.start().await
    }

    /// Changes what the next start begins with.
    pub fn options(&mut self) -> &mut AppOptions {
        &mut self.options
    }

    /// The folder that is the app's home.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The app's process id.
    pub fn pid(&self) -> Result<u32> {
        Ok(self.session()?.pid)
    }

    /// True while the app runs.
    pub fn is_running(&self) -> bool {
        self.session.as_ref().is_some_and(|session| is_running(session.pid))
    }

    /// What the app wrote to its standard error since the window was first opened.
    pub fn log(&self) -> String {
        fs::read_to_string(self.home.join("app.log")).unwrap_or_default()
    }

    /// The links that the app gave to the system's browser, in order.
    pub fn opened_links(&self) -> Vec<String> {
        let links = fs::read_to_string(self.home.join("opened-links")).unwrap_or_default();
        links.lines().map(str::to_owned).collect()
    }

    /// Waits until the app has given that many links to the system's browser; answers the latest of them.
    pub async fn wait_for_link(&self, number: usize) -> Result<String> {
        let deadline = Instant::now() + self.options.patience;
        loop {
            if let Some(link) =
                number.checked_sub(1).and_then(|at| self.opened_links().into_iter().nth(at))
            {
                return Ok(link);
            }
            if Instant::now() > deadline {
                let opened = self.opened_links();
                bail!(
                    "the app opened {} links, not {number}: {opened:?}\nThe app logged:\n{}",
                    opened.len(),
                    self.log()
                );
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// What other programs call the display that the window is on.
    pub fn display(&self) -> &str {
        self.display.name()
    }

    /// What is on a part of the screen now: four bytes a pixel.
    pub fn look(&self, region: Region) -> Result<Vec<u8>> {
        self.display.camera()?.pixels(region)
    }

    /// How many windows there are on the display.
    pub fn windows(&self) -> Result<usize> {
        self.display.windows()
    }

    /// The process of each window on the display.
    pub fn owners(&self) -> Result<Vec<u32>> {
        self.display.owners()
    }

    /// Keeps a picture of the window, as `<target>/screens/<theme>-<size>/<name>.png`.
    pub async fn screenshot(&self, name: &str) -> Result<PathBuf> {
        let (width, height) = self.options.size;
        let theme = if self.options.dark { "dark" } else { "light" };
        let file =
            tools::screens(&format!("{theme}-{width}x{height}"))?.join(format!("{name}.png"));
        // What the page was told last is on the screen two frames later.
        let frames =
            "const [done] = arguments; requestAnimationFrame(() => requestAnimationFrame(done))";
        self.run_js_async(frames, Vec::new()).await?;
        sleep(Duration::from_millis(50)).await;
        self.display.screenshot(&file)?;
        Ok(file)
    }

    /// What axe-core finds wrong with the page for people who see, hear or move differently: each rule
    /// with the elements that break it.
    pub async fn axe(&self) -> Result<Vec<String>> {
        self.run_js(&fs::read_to_string(tools::axe()?)?, Vec::new()).await?;
        let found = self.run_js_async(include_str!("window/axe.js"), Vec::new()).await?;
        match found.as_array() {
            Some(found) => {
                Ok(found.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect())
            }
            None => bail!("axe-core answered {found}"),
        }
    }

    /// The page in the window, looked at as patiently as the options say now.
    fn page(&self) -> Result<Page> {
        let client = self.session()?.client.clone();
        Ok(Page { client, patience: self.options.patience })
    }

    fn session(&self) -> Result<&Session> {
        self.session.as_ref().context("the window is not open")
    }
}
