//! Programs started as a desktop starts them, and watched from outside.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use galaxy_chat_tests::keyring::{Keyring, State};
use galaxy_chat_tests::process::{self, Process};
use galaxy_chat_tests::tools;
use galaxy_chat_tests::window::display::{Camera, Display, Region};
use galaxy_chat_tests::window::environment;
use tempfile::TempDir;
use tokio::time::sleep;

/// The size of the app's own window, so that it stands in the corner of the display.
const SIZE: (u16, u16) = (1120, 760);

/// Where the welcome page has lines of its article, and a room its messages.
pub const ARTICLE: Region = Region { x: 530, y: 360, width: 560, height: 120 };

/// Where the empty window has its one word.
pub const WORD: Region = Region { x: 0, y: 0, width: 100, height: 40 };

/// Pixels that the shortest word has at least.
const LEAST_TEXT: usize = 60;

/// How long after its first text a window has drawn all that it draws without being asked.
const WARM_UP: Duration = Duration::from_secs(3);

const WAIT_TIMEOUT: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(3);

/// A desktop without a window manager: a display, and a session bus with an open keyring.
pub struct Desktop {
    // The camera before its display: without any client left the display would start over.
    camera: Camera,
    display: Display,
    /// The keyring of everything that is started here.
    pub keyring: Keyring,
    folder: TempDir,
}

/// A program, and the part of its window that shows when it is ready.
pub struct Program {
    path: PathBuf,
    args: Vec<String>,
    /// The home that stays from run to run; a fresh one each time where `None`.
    home: Option<PathBuf>,
    region: Region,
}

/// A program that runs; it is killed when this is dropped.
pub struct Running {
    process: Process,
    started: Instant,
    home: PathBuf,
    _temporary: Option<TempDir>,
}

impl Desktop {
    /// Starts both.
    pub async fn start() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("bench-").tempdir()?;
        let display = Display::start(folder.path(), SIZE).await?;
        let keyring = Keyring::start(State::Unlocked).await?;
        Ok(Self { camera: display.camera()?, display, keyring, folder })
    }

    /// What the display shows there.
    pub fn look(&self, region: Region) -> Result<Vec<u8>> {
        self.camera.pixels(region)
    }

    /// Starts a program.
    pub fn run(&self, program: &Program) -> Result<Running> {
        let temporary = match program.home {
            Some(_) => None,
            None => Some(tempfile::tempdir_in(&self.folder)?),
        };
        let home = program.home.as_deref().or(temporary.as_ref().map(TempDir::path));
        let home = home.context("a program needs a home")?.to_owned();
        let mut command = process::command(&program.path);
        environment::set(&mut command, &home, self.display.name())?;
        command.args(&program.args).envs(self.keyring.env());
        let log = File::create(home.join("app.log"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let started = Instant::now();
        let process = Process::start(command)?;
        Ok(Running { process, started, home, _temporary: temporary })
    }

    /// The picture that a program ends up with in its region, from a run that is not counted. The whole
    /// window is kept as a file of this name, to be looked at.
    pub async fn final_picture(&self, program: &Program, name: &str) -> Result<Vec<u8>> {
        let mut running = self.run(program)?;
        running.until(self, program.region, has_text).await?;
        sleep(WARM_UP).await;
        let picture = self.look(program.region)?;
        self.display.screenshot(&tools::screens("bench")?.join(format!("{name}.png")))?;
        let ended = running.process.ended()?.is_some();
        let log = running.end().await?;
        if ended || !has_text(&picture) {
            bail!("the text of {name} does not stay: {log}");
        }
        Ok(picture)
    }
}

impl Program {
    /// The app, as it is when it is opened for the first time.
    pub fn app() -> Result<Self> {
        Ok(Self { path: tools::app()?, args: Vec::new(), home: None, region: ARTICLE })
    }

    /// The app with these arguments and that home.
    pub fn app_at(home: &Path, args: Vec<String>) -> Result<Self> {
        Ok(Self { args, home: Some(home.to_owned()), ..Self::app()? })
    }

    /// The empty window.
    pub fn empty_window() -> Result<Self> {
        let path = tools::empty_window()?;
        Ok(Self { path, args: Vec::new(), home: None, region: WORD })
    }

    /// The part of its window that shows when it is ready.
    pub fn region(&self) -> Region {
        self.region
    }
}

impl Running {
    /// Waits until the display shows what is wanted; answers the time since the start.
    pub async fn until(
        &mut self,
        desktop: &Desktop,
        region: Region,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> Result<Duration> {
        loop {
            let picture = desktop.look(region)?;
            let passed = self.started.elapsed();
            if wanted(&picture) {
                return Ok(passed);
            }
            if passed > WAIT_TIMEOUT || self.process.ended()?.is_some() {
                bail!("the window does not get ready: {}", self.log());
            }
            sleep(PAUSE).await;
        }
    }

    /// Every process of the program. The web view's may be anywhere in the tree of processes; all have
    /// inherited the home, which nothing else has.
    pub fn processes(&self) -> Result<Vec<u32>> {
        let home = [b"HOME=", self.home.as_os_str().as_encoded_bytes()].concat();
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let Ok(pid) = entry?.file_name().to_string_lossy().parse() else { continue };
            // A process may end at any moment.
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            if environment.split(|byte| *byte == 0).any(|variable| variable == home) {
                found.push(pid);
            }
        }
        Ok(found)
    }

    /// Kills the program, waits until nothing of it runs, and answers what it logged.
    pub async fn end(mut self) -> Result<String> {
        self.process.pipes().kill()?;
        self.process.pipes().wait()?;
        let deadline = Instant::now() + WAIT_TIMEOUT;
        while !self.processes()?.is_empty() {
            if Instant::now() > deadline {
                bail!("some of the program's processes did not end");
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(self.log())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.home.join("app.log")).unwrap_or_default()
    }
}

/// Whether two pictures of a text show the same to a reader: where it was drawn anew, a letter may stand a
/// fraction of a pixel aside.
pub fn looks_like(picture: &[u8], wanted: &[u8]) -> bool {
    let pixels = picture.chunks_exact(4).zip(wanted.chunks_exact(4));
    let other = pixels.filter(|(one, another)| one != another).count();
    picture.len() == wanted.len() && other * 200 < wanted.len() / 4
}

/// Whether a picture has as many pixels beside its background as a word has.
pub fn has_text(picture: &[u8]) -> bool {
    let mut pixels = picture.chunks_exact(4);
    let Some(background) = pixels.next() else { return false };
    pixels.filter(|pixel| *pixel != background).count() >= LEAST_TEXT
}
