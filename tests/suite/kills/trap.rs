//! Kills a program at the moment at which a file is written, from outside: the program knows nothing of it.

use std::ffi::CStr;
use std::fs;
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::process::signal;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;
use rustix::process::Signal;
use tokio::time::sleep;

/// How often files are looked at. The thread does nothing else.
const PAUSE: Duration = Duration::from_micros(100);

/// How long a trap waits for its prey.
const WAIT_TIMEOUT: Duration = Duration::from_mins(2);

/// When to kill.
#[derive(Debug, Clone, Copy)]
pub enum Moment {
    /// A file or folder of this name is made, for the so-many-th time. `*` at one end stands for anything, and before `/` stands the folder's name.
    Made(&'static str, usize),
    /// A file comes to have this name: what was written under another one is complete.
    Named(&'static str, usize),
    /// A file of this name is opened.
    Opened(&'static str),
    /// A file of this name goes away.
    Removed(&'static str),
    /// The authorization server has noted one more refresh token, and is about to hand it out.
    Issued,
    /// Nothing has to happen but time.
    Start,
}

/// Waits for a moment, and kills.
pub struct Trap {
    prey: Arc<AtomicU32>,
    given_up: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<Option<Duration>>>>,
}

/// Folders in which things happen.
struct Watch {
    queue: std::os::fd::OwnedFd,
    folders: Vec<(i32, PathBuf)>,
}

/// What happened to which file.
struct Happening {
    events: ReadFlags,
    path: PathBuf,
}

impl Trap {
    /// Watches the folders and theirs; kills so long after the moment has come. Set before the prey runs, it
    /// misses nothing.
    pub fn set(folders: &[PathBuf], moment: Moment, delay: Duration) -> Result<Self> {
        let mut watch = Watch::start()?;
        for folder in folders.iter().filter(|folder| folder.is_dir()) {
            watch.add(folder)?;
        }
        let (prey, given_up) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let (aimed, over) = (prey.clone(), given_up.clone());
        let before = folders.iter().map(|folder| issued(&folder.join(AUTHORITY))).sum();
        let mut wanted = Wanted { moment, before, seen: 0 };
        let thread = thread::spawn(move || {
            let goes_on = || !over.load(Ordering::Relaxed);
            while !watch.happenings()?.iter().any(|happening| wanted.is(happening)) {
                let started = matches!(moment, Moment::Start) && aimed.load(Ordering::Relaxed) > 0;
                if started {
                    break;
                }
                if !goes_on() {
                    return Ok(None);
                }
                thread::sleep(PAUSE);
            }
            let seen = Instant::now();
            thread::sleep(delay);
            while goes_on() {
                match aimed.load(Ordering::Relaxed) {
                    0 => thread::sleep(PAUSE),
                    pid => return signal(pid, Signal::KILL).map(|()| Some(seen.elapsed())),
                }
            }
            Ok(None)
        });
        Ok(Self { prey, given_up, thread: Some(thread) })
    }

    /// Names the process that is to be killed.
    pub fn aim(&self, pid: u32) {
        self.prey.store(pid, Ordering::Relaxed);
    }

    /// Waits until the moment has come and the prey was killed.
    pub async fn sprung(mut self) -> Result<()> {
        let thread = self.thread.take().context("a trap springs once")?;
        let deadline = Instant::now() + WAIT_TIMEOUT;
        while !thread.is_finished() && Instant::now() < deadline {
            sleep(Duration::from_millis(2)).await;
        }
        self.given_up.store(true, Ordering::Relaxed);
        let killed = thread.join().map_err(|_| anyhow::anyhow!("the trap is broken"))??;
        ensure!(killed.is_some(), "the moment did not come");
        Ok(())
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        self.given_up.store(true, Ordering::Relaxed);
    }
}

/// Where the authorization server writes everything, before it answers.
const AUTHORITY: &str = "authority.json";

/// How many refresh tokens were ever handed out, as the file says.
fn issued(file: &Path) -> usize {
    let content = fs::read_to_string(file).unwrap_or_default();
    content.matches(r#""kind":"RefreshToken""#).count()
}

struct Wanted {
    moment: Moment,
    before: usize,
    seen: usize,
}

impl Wanted {
    fn is(&mut self, Happening { events, path }: &Happening) -> bool {
        let (event, pattern, number) = match self.moment {
            Moment::Made(name, number) => (ReadFlags::CREATE, name, number),
            Moment::Named(name, number) => (ReadFlags::MOVED_TO, name, number),
            Moment::Opened(name) => (ReadFlags::OPEN, name, 1),
            Moment::Removed(name) => (ReadFlags::DELETE, name, 1),
            Moment::Issued => (ReadFlags::MOVED_TO, AUTHORITY, 1),
            Moment::Start => return false,
        };
        if !events.contains(event) || !fits(path, pattern) {
            return false;
        }
        if matches!(self.moment, Moment::Issued) {
            return issued(path) > self.before;
        }
        self.seen += 1;
        self.seen == number
    }
}

/// Whether a file is called so.
fn fits(path: &Path, pattern: &str) -> bool {
    let name = |path: Option<&Path>| {
        path.and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default().to_owned()
    };
    if let Some((folder, pattern)) = pattern.split_once('/') {
        return name(path.parent()) == folder && fits(path, pattern);
    }
    let name = name(Some(path));
    match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
        (Some(start), _) => name.starts_with(start),
        (None, Some(end)) => name.ends_with(end),
        (None, None) => name == pattern,
    }
}

impl Watch {
    fn start() -> Result<Self> {
        let queue = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        Ok(Self { queue, folders: Vec::new() })
    }

    /// Watches a folder and all in it; answers what is there already.
    fn add(&mut self, folder: &Path) -> Result<Vec<Happening>> {
        let flags = WatchFlags::CREATE
            | WatchFlags::MOVED_TO
            | WatchFlags::OPEN
            | WatchFlags::DELETE
            | WatchFlags::ONLYDIR;
        match inotify::add_watch(&self.queue, folder, flags) {
            Ok(number) => self.folders.push((number, folder.to_owned())),
            // It has gone again.
            Err(Errno::NOENT) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        }
        let mut there = Vec::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let inside = if path.is_dir() { self.add(&path)? } else { Vec::new() };
            // It may have been given its name before it could be watched.
            there.push(Happening { events: ReadFlags::CREATE | ReadFlags::MOVED_TO, path });
            there.extend(inside);
        }
        Ok(there)
    }

    /// What has happened since this was last asked. Of a new folder's content some may be told twice.
    fn happenings(&mut self) -> Result<Vec<Happening>> {
        let mut happened = Vec::new();
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(&self.queue, &mut buffer);
        loop {
            match reader.next() {
                Ok(event) => {
                    let folder = self.folders.iter().find(|(number, _)| *number == event.wd());
                    let name = event.file_name().map(CStr::to_string_lossy);
                    if let (Some((_, folder)), Some(name)) = (folder, name) {
                        let path = folder.join(&*name);
                        happened.push(Happening { events: event.events(), path });
                    }
                }
                Err(Errno::AGAIN) => break,
                Err(error) => return Err(error.into()),
            }
        }
        let new = ReadFlags::CREATE | ReadFlags::ISDIR;
        let made: Vec<_> = happened.iter().filter(|h| h.events.contains(new)).collect();
        let made: Vec<PathBuf> = made.into_iter().map(|happening| happening.path.clone()).collect();
        for folder in made {
            happened.extend(self.add(&folder)?);
        }
        Ok(happened)
    }
}
