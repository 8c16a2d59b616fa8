//! From the start of the program to something to read.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::figure::{Measured, Unit};
use crate::program::{Desktop, Program, looks_like};

const RUNS: usize = 10;

/// Until the guide can be read, against the word in the empty window: both as a camera in front of the
/// screen would time it, both with a home that has never been used.
pub async fn to_guide() -> Result<Measured> {
    let desktop = Desktop::start().await?;
    let (app, empty) = (Program::app()?, Program::empty_window()?);
    let article = desktop.final_picture(&app, "guide").await?;
    let word = desktop.final_picture(&empty, "empty-window").await?;
    let mut measured = Measured::new(Unit::Milliseconds);
    for _ in 0..RUNS {
        let value = time(&desktop, &app, &article).await?;
        let control = time(&desktop, &empty, &word).await?;
        measured.add(value.as_secs_f64() * 1000.0, control.as_secs_f64() * 1000.0);
    }
    Ok(measured)
}

async fn time(desktop: &Desktop, program: &Program, wanted: &[u8]) -> Result<Duration> {
    let region = program.region();
    ensure!(
        !looks_like(&desktop.look(region)?, wanted),
        "the display shows the picture before the start"
    );
    let mut running = desktop.run(program)?;
    let passed = running.until(desktop, region, |picture| looks_like(picture, wanted)).await?;
    running.end().await?;
    Ok(passed)
}
