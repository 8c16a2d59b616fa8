//! The whole of Galaxy Chat on one machine, with no account and no internet: a homeserver with Galaxy's
//! rooms, a server to sign in at with the browser, a helper who answers, and the app opened on all of it.
//! Everything ends when the app is closed.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use galaxy_chat_tests::bots::Helper;
use galaxy_chat_tests::galaxy::{Galaxy, is_filled};
use galaxy_chat_tests::homeserver::{AUTHORITY, Name, Options, PortTaken, free_port};
use galaxy_chat_tests::keyring::{self, Keyring, State};
use galaxy_chat_tests::process::{self, Process};
use galaxy_chat_tests::tools;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

const HELP: &str = "\
Opens Galaxy Chat on servers of its own: a homeserver with Galaxy's rooms, and one to sign in at.

  --port N   the homeserver's port (kept for the next time)
  --fresh    forget everything and start over
  --help     this text";

/// The file that holds the homeserver's port from one run to the next.
const PORT: &str = "port";

/// What the command line asks for.
#[derive(Debug, Default)]
struct Arguments {
    port: Option<u16>,
    fresh: bool,
    help: bool,
}

/// The two ways in which a terminal or a system ends a program.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let arguments = Arguments::read()?;
    if arguments.help {
        println!("{HELP}");
        return Ok(());
    }
    let mut stop = Stop {
        interrupt: signal(SignalKind::interrupt())?,
        terminate: signal(SignalKind::terminate())?,
    };
    let folder = tools::target()?.join("demo");
    let _lock = lock(&folder)?;
    let port = prepare(&folder, &arguments)?;

    println!("Starting the homeserver.");
    let galaxy = tokio::select! {
        started = start_galaxy(&folder, port) => started?,
        () = stop.wait() => return Ok(()),
    };
    fs::write(folder.join(PORT), port.to_string())?;
    let helper = Helper::start(&galaxy.helper, galaxy.room("lobby")?).await?;
    introduce(&galaxy)?;

    let outcome = open_app(&galaxy, &folder, &mut stop).await;
    // Both end in any case; signing the helper out only keeps its device list short.
    let _ = helper.stop().await;
    let mut homeserver = galaxy.homeserver;
    homeserver.stop()?;
    println!("The homeserver has ended. Goodbye!");
    outcome
}

impl Arguments {
    fn read() -> Result<Self> {
        use lexopt::prelude::{Long, Short, ValueExt as _};
        let mut read = Self::default();
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("port") => {
                    let port = parser.value()?.parse().ok();
                    read.port = Some(port.context("--port needs a number up to 65535")?);
                }
                Long("fresh") => read.fresh = true,
                Long("help") | Short('h') => read.help = true,
                _ => bail!("{}\n\n{HELP}", argument.unexpected()),
            }
        }
        Ok(read)
    }
}

impl Stop {
    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Two demos would write into the same files.
fn lock(folder: &Path) -> Result<File> {
    fs::create_dir_all(folder)?;
    let lock = File::create(folder.join("lock"))?;
    lock.try_lock()
        .ok()
        .context("The demo is already running. Close its window first, or press Ctrl+C there.")?;
    Ok(lock)
}

/// Clears away what is not to be used again; answers the port.
fn prepare(folder: &Path, arguments: &Arguments) -> Result<u16> {
    // Accounts of another server are of no use to the app.
    let homeserver = folder.join("homeserver");
    let usable = is_filled(&homeserver) && homeserver.join(AUTHORITY).is_dir();
    if arguments.fresh || !usable {
        for part in ["homeserver", "profile", "keyring"] {
            let part = folder.join(part);
            if part.exists() {
                fs::remove_dir_all(&part)
                    .with_context(|| format!("removing {}", part.display()))?;
            }
        }
    }
    let kept = fs::read_to_string(folder.join(PORT)).ok().and_then(|port| port.trim().parse().ok());
    match arguments.port.or(kept) {
        Some(port) => Ok(port),
        None => free_port(),
    }
}

async fn start_galaxy(folder: &Path, port: u16) -> Result<Galaxy> {
    let options = Options {
        folder: Some(folder.join("homeserver")),
        port: Some(port),
        name: Name::Plain("demo.localhost".to_owned()),
        ..Options::delegated()
    };
    let started = Galaxy::start_whole(options, |role| Ok(format!("{role}-demo"))).await;
    started.map_err(|error| match error.downcast_ref() {
        Some(PortTaken(port)) => anyhow::anyhow!(
            "Port {port} is taken by another program. Choose another one with --port, for example --port {}.",
            port.checked_add(1).unwrap_or(8008)
        ),
        None => error,
    })
}

fn introduce(galaxy: &Galaxy) -> Result<()> {
    println!("\n  Homeserver  {}", galaxy.homeserver.url());
    println!("  Sign-in     {}", galaxy.homeserver.authority()?.issuer());
    println!("  Rooms       {}\n", galaxy.catalogue.display());
    println!("  {:<12}{:<20}address", "user name", "password");
    for account in galaxy.accounts() {
        println!("  {:<12}{:<20}{}", account.user, account.password, account.user_id);
    }
    println!(
        "\nSign in as newcomer, or create an account, in the browser that the app opens. Then join the\n\
         Galaxy Lobby and say hello: the helper answers.\n"
    );
    Ok(())
}

/// Opens the app and waits until it is closed, or until the demo is stopped.
async fn open_app(galaxy: &Galaxy, folder: &Path, stop: &mut Stop) -> Result<()> {
    let display = ["DISPLAY", "WAYLAND_DISPLAY"]
        .into_iter()
        .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()));
    let app = tools::app()?;
    let arguments = app_arguments(galaxy, folder);
    if !display {
        println!(
            "There is no display here to open the app on. The homeserver keeps running; reach it with"
        );
        println!("  {} {}", app.display(), arguments.join(" "));
        println!("or with any other Matrix client on this machine. Ctrl+C ends it.");
        stop.wait().await;
        return Ok(());
    }
    let keyring = if keyring::is_in_session().await {
        None
    } else {
        println!("This desktop has no keyring to keep a sign-in, so the demo brings its own.");
        Some(Keyring::start_at(&folder.join("keyring"), State::Unlocked).await?)
    };
    let mut command = process::command(app);
    command.args(arguments);
    if let Some(keyring) = &keyring {
        // Nothing else is on this bus, so looking for accessibility services only ends in a warning.
        command.env("DBUS_SESSION_BUS_ADDRESS", keyring.address()).env("NO_AT_BRIDGE", "1");
    }
    println!("Opening the app. Close it, or press Ctrl+C here, to end the demo.");
    let mut app = Process::start(command)?;
    tokio::select! {
        ended = until_ended(&mut app) => ended,
        () = stop.wait() => app.stop(Duration::from_secs(5)),
    }
}

fn app_arguments(galaxy: &Galaxy, folder: &Path) -> Vec<String> {
    let path = |path: PathBuf| path.display().to_string();
    [
        ("--server", galaxy.homeserver.url().to_string()),
        ("--catalogue", path(galaxy.catalogue.clone())),
        ("--profile", path(folder.join("profile"))),
    ]
    .into_iter()
    .flat_map(|(name, value)| [name.to_owned(), value])
    .collect()
}

async fn until_ended(app: &mut Process) -> Result<()> {
    loop {
        if let Some(status) = app.ended()? {
            return if status.success() { Ok(()) } else { bail!("The app ended with {status}.") };
        }
        sleep(Duration::from_millis(100)).await;
    }
}
