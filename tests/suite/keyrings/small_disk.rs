//! A small disk under the app's folder, which only the app sees: for disks that are full or read-only.
//! Permissions would not do, as tests may run as root, whom they do not hold up.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Stdio};

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::process::{self, Process};
use galaxy_chat_tests::tools;
use galaxy_chat_tests::window::AppOptions;
use tempfile::TempDir;

/// Mounts a disk at a folder, and again with each option that it is told, as soon as those who wrote are gone.
/// The web view's own folder is another one: a web view without a folder cannot be driven by tests.
const KEEPER: &str = "mount -t tmpfs -o size=24m,mode=700 tmpfs \"$0\" || exit 1\n\
    mkdir \"$0/web-view\" && mount -t tmpfs tmpfs \"$0/web-view\" || exit 1\n\
    echo there\n\
    while read -r option; do\n\
    until mount -o \"remount,$option\" \"$0\" 2> /dev/null; do sleep 0.1; done\n\
    echo there\n\
    done";

const FILLER: &str = "filler";

/// A disk of 24 MiB with the app's folder. It is gone when this is dropped.
pub struct SmallDisk {
    // Ended before the folder goes.
    keeper: Process,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
    home: TempDir,
}

impl SmallDisk {
    /// An empty disk in the home of an app that has not run yet.
    pub fn new() -> Result<Self> {
        let home = tempfile::Builder::new().prefix("disk-").tempdir()?;
        let folder = home.path().join("data/org.galaxyproject.chat");
        fs::create_dir_all(&folder)?;
        let mut command = process::command(tools::program("unshare")?);
        command.args(["--mount", "sh", "-c", KEEPER]).arg(&folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = Process::start(command)?;
        let pipes = keeper.pipes();
        let orders = pipes.stdin.take().context("a pipe")?;
        let answers = BufReader::new(pipes.stdout.take().context("a pipe")?);
        let mut disk = Self { keeper, orders, answers, folder, home };
        disk.answered().context("only root may mount a disk")?;
        Ok(disk)
    }

    /// Options for an app that has this disk.
    pub fn options(&self) -> Result<AppOptions> {
        let program = self.home.path().join("with-disk");
        let script = format!(
            "#!/bin/sh\nexec nsenter --mount=/proc/{}/ns/mnt -- '{}' \"$@\"\n",
            self.keeper.pid(),
            tools::app()?.display()
        );
        fs::write(&program, script)?;
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&program, executable)?;
        let home = Some(self.home.path().to_owned());
        Ok(AppOptions { program: Some(program), home, ..AppOptions::default() })
    }

    /// The app's folder as the app sees it.
    pub fn folder(&self) -> PathBuf {
        let inside = self.folder.strip_prefix("/").unwrap_or(&self.folder);
        Path::new("/proc").join(self.keeper.pid().to_string()).join("root").join(inside)
    }

    /// Lets nobody write, or everybody again. No app may be running.
    pub fn read_only(&mut self, read_only: bool) -> Result<()> {
        writeln!(self.orders, "{}", if read_only { "ro" } else { "rw" })?;
        self.answered()?;
        let written = fs::write(self.folder().join("probe"), "x");
        let kind = written.as_ref().err().map(std::io::Error::kind);
        ensure!(kind == read_only.then_some(ErrorKind::ReadOnlyFilesystem), "{written:?}");
        if !read_only {
            fs::remove_file(self.folder().join("probe"))?;
        }
        Ok(())
    }

    /// Takes all the room there is.
    pub fn fill(&self) -> Result<()> {
        let mut filler = File::create(self.folder().join(FILLER))?;
        for size in [1 << 16, 1 << 10, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
        let probe = self.folder().join("probe");
        let written = fs::write(&probe, "x");
        let kind = written.as_ref().err().map(std::io::Error::kind);
        ensure!(kind == Some(ErrorKind::StorageFull), "{written:?}");
        Ok(fs::remove_file(probe)?)
    }

    /// Gives the room back.
    pub fn empty(&self) -> Result<()> {
        Ok(fs::remove_file(self.folder().join(FILLER))?)
    }

    fn answered(&mut self) -> Result<()> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        ensure!(line.trim() == "there", "the disk could not be mounted");
        Ok(())
    }
}
