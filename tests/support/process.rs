//! Programs started by tests and the demo, none of which outlives its starter.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};
use std::sync::LazyLock;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, getpgid, getpgrp, kill_process, kill_process_group};

/// How long a program may take to start or to end. A busy machine has been seen to need half a minute for
/// what else takes a moment.
pub const WAIT_TIMEOUT: Duration = Duration::from_mins(2);

type Job = (Command, Sender<io::Result<Child>>);

/// Linux ends a child when the *thread* that started it ends, and a test's threads end with the test.
/// One thread that lives as long as the process therefore starts every child.
static STARTER: LazyLock<Sender<Job>> = LazyLock::new(|| {
    let (jobs, queue) = mpsc::channel::<Job>();
    thread::spawn(move || {
        for (mut command, answer) in queue {
            // Nobody waits for the answer where the test was given up in between.
            let _ = answer.send(command.spawn());
        }
    });
    jobs
});

/// A running program that is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

/// A command that is killed when this process dies, and that Ctrl+C in the terminal does not reach: what
/// is to be stopped is stopped in order.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program).process_group(0);
    command
}

impl Process {
    /// Starts what [`command`] made.
    pub fn start(command: Command) -> Result<Self> {
        let name = command.get_args().nth(3).unwrap_or_default().to_owned();
        let (answer, child) = mpsc::channel();
        STARTER.send((command, answer)).context("the thread that starts programs has ended")?;
        let child = child.recv()?.with_context(|| format!("starting {}", name.display()))?;
        Ok(Self { child })
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How the program ended, if it has.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Asks again until the program is ready, and answers what it was asked. A program that ends instead,
    /// or takes too long, is an error with the end of its log.
    pub async fn ready<T>(
        &mut self,
        name: &str,
        log: impl Fn() -> String,
        ask: impl AsyncFn() -> Result<Option<T>>,
    ) -> Result<T> {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        loop {
            // Looked at before asking: whoever had no time to ask for a while gets one more answer.
            let (ended, late) = (self.ended()?, Instant::now() > deadline);
            if let Some(answer) = ask().await? {
                return Ok(answer);
            }
            let log = || last_lines(&log());
            if let Some(status) = ended {
                bail!("{name} did not start but ended ({status}):\n{}", log());
            }
            if late {
                bail!("{name} did not start within {} s:\n{}", WAIT_TIMEOUT.as_secs(), log());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The program's standard input or output, where the command asked for pipes.
    pub fn pipes(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Asks the program to end, and kills it where it has not within `patience`.
    pub fn stop(mut self, patience: Duration) -> Result<()> {
        signal(self.pid(), Signal::TERM)?;
        let deadline = Instant::now() + patience;
        while self.ended()?.is_none() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Stops the program where it is; it goes on after [`Process::thaw`].
    pub fn freeze(&self) -> Result<()> {
        signal(self.pid(), Signal::STOP)
    }

    /// Lets a frozen program go on.
    pub fn thaw(&self) -> Result<()> {
        signal(self.pid(), Signal::CONT)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only where the program has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn last_lines(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

/// Sends a signal to a process that one of ours started.
pub fn signal(pid: u32, signal: Signal) -> Result<()> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).context("not a process id")?;
    match kill_process(pid, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Kills a process that one of ours started, with all that are in its group, and waits until they have
/// ended: until then they write into their files.
pub fn kill_group(pid: u32, patience: Duration) -> Result<()> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).context("not a process id")?;
    let Ok(group) = getpgid(Some(pid)) else { return Ok(()) };
    ensure!(group != getpgrp(), "the process is in the group of this one");
    match kill_process_group(group, Signal::KILL) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => {}
        Err(error) => return Err(error.into()),
    }
    let deadline = Instant::now() + patience;
    while running_in(group)? {
        ensure!(Instant::now() < deadline, "a killed process has not ended");
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// True while a process of the group runs.
fn running_in(group: Pid) -> Result<bool> {
    let group = group.as_raw_nonzero().to_string();
    for entry in std::fs::read_dir("/proc")? {
        let stat = std::fs::read_to_string(entry?.path().join("stat")).unwrap_or_default();
        // After the name: state, parent, group.
        let fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        let mut fields = fields.split(' ');
        if fields.next() != Some("Z") && fields.nth(1) == Some(&group) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A process and all that it started, directly or not.
pub fn tree(pid: u32) -> Result<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let Ok(process) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // After the name: state, parent.
        let fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        let parent = fields.split(' ').nth(1).and_then(|parent| parent.parse::<u32>().ok());
        parents.extend(parent.map(|parent| (process, parent)));
    }
    let mut tree = vec![pid];
    let mut next = 0;
    while let Some(&of) = tree.get(next) {
        tree.extend(parents.iter().filter(|(_, parent)| *parent == of).map(|(process, _)| process));
        next += 1;
    }
    Ok(tree)
}

/// A process's name, at most its first 15 characters; empty where it has ended.
pub fn name(pid: u32) -> String {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    name.trim_end().to_owned()
}

/// What processes have in memory for themselves, and their shares of what they have together with
/// others, in bytes.
pub fn memory(processes: &[u32]) -> Result<u64> {
    let mut kilobytes = 0;
    for pid in processes {
        let memory = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
        let share = memory.lines().find_map(|line| line.strip_prefix("Pss:"));
        let share = share.and_then(|share| share.trim().strip_suffix(" kB"));
        kilobytes += share.context("a process without memory")?.parse::<u64>()?;
    }
    Ok(kilobytes * 1024)
}

/// What processes have in memory now, in bytes; what they share counts for each. One that has ended has
/// nothing.
pub fn resident(processes: &[u32]) -> Result<u64> {
    in_status(processes, "VmRSS:")
}

/// The most that each has had in memory since [`forget_peak`], added up.
pub fn peak(processes: &[u32]) -> Result<u64> {
    in_status(processes, "VmHWM:")
}

/// The most that they had is counted from here on.
pub fn forget_peak(processes: &[u32]) {
    for pid in processes {
        // It may have ended.
        let _ = std::fs::write(format!("/proc/{pid}/clear_refs"), "5");
    }
}

/// A line of `/proc/PID/status` of each process, in bytes, added up.
fn in_status(processes: &[u32], line: &str) -> Result<u64> {
    let mut kilobytes = 0;
    for pid in processes {
        let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/status")) else { continue };
        let found = status.lines().find_map(|status| status.strip_prefix(line));
        let size = found.and_then(|size| size.trim().strip_suffix(" kB"));
        kilobytes += size.map_or(Ok(0), str::parse::<u64>)?;
    }
    Ok(kilobytes * 1024)
}

/// True while the process runs; a zombie does not.
pub fn is_running(pid: u32) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    state.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}
