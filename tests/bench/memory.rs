//! The memory of all processes of a window.

use std::time::Duration;

use anyhow::{Result, ensure};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::process;
use tokio::time::sleep;

use crate::figure::{Measured, Unit};
use crate::program::{Desktop, Program, Running, has_text, looks_like};
use crate::sign_in;

const RUNS: usize = 5;

/// How long a window is left alone before its memory is counted.
const SETTLE: Duration = Duration::from_secs(5);

/// While the guide is read, against the empty window.
pub async fn guide() -> Result<Measured> {
    let desktop = Desktop::start().await?;
    let app = Program::app()?;
    let article = desktop.final_picture(&app, "guide").await?;
    compare(&desktop, &app, |picture| looks_like(picture, &article)).await
}

/// Signed in, with the Lobby's messages in view, against the empty window. The window is opened again on
/// a sign-in that was made before, as it is every day but the first.
pub async fn lobby() -> Result<Measured> {
    let desktop = Desktop::start().await?;
    let guide = desktop.final_picture(&Program::app()?, "guide").await?;
    let galaxy = Galaxy::start().await?;
    let home = tempfile::Builder::new().prefix("bench-").tempdir()?;
    let args = sign_in::arguments(&galaxy);
    sign_in::keep(&galaxy, &desktop.keyring, home.path()).await?;
    let app = Program::app_at(home.path(), args)?;
    let messages = desktop.final_picture(&app, "lobby").await?;
    ensure!(messages != guide, "the Lobby is not open");
    compare(&desktop, &app, |picture| picture != guide && has_text(picture)).await
}

async fn compare(
    desktop: &Desktop,
    app: &Program,
    is_ready: impl Fn(&[u8]) -> bool,
) -> Result<Measured> {
    let empty = Program::empty_window()?;
    let mut measured = Measured::new(Unit::Bytes);
    for _ in 0..RUNS {
        let (value, count) = weigh(desktop, app, &is_ready).await?;
        let (control, least) = weigh(desktop, &empty, has_text).await?;
        ensure!(count >= least, "{count} processes of the app were found, and {least} of a window");
        measured.add(value, control);
    }
    Ok(measured)
}

/// The memory of a program, and the number of its processes.
async fn weigh(
    desktop: &Desktop,
    program: &Program,
    is_ready: impl Fn(&[u8]) -> bool,
) -> Result<(f64, usize)> {
    let mut running = desktop.run(program)?;
    running.until(desktop, program.region(), &is_ready).await?;
    sleep(SETTLE).await;
    ensure!(is_ready(&desktop.look(program.region())?), "the window shows something else");
    let memory = memory(&running)?;
    running.end().await?;
    Ok(memory)
}

/// What each process has for itself, and its share of what it has together with others.
fn memory(running: &Running) -> Result<(f64, usize)> {
    let processes = running.processes()?;
    let kibibytes = u32::try_from(process::memory(&processes)? / 1024)?;
    Ok((f64::from(kibibytes) * 1024.0, processes.len()))
}
