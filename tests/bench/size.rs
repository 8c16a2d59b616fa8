//! What has to be downloaded and kept.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use galaxy_chat_tests::tools;

use crate::figure::{Measured, Unit};

/// The most that either may have: the control of both figures.
const LIMIT: u32 = 15_000_000;

/// The program, stripped as the release profile leaves it.
pub fn binary() -> Result<Measured> {
    of(&tools::app()?)
}

/// The package that `cargo xtask bench` makes of it.
pub fn deb() -> Result<Measured> {
    let package = env::var_os("GALAXY_CHAT_DEB");
    of(package.context("there is no package: run `cargo xtask bench`")?.as_ref())
}

#[expect(clippy::cast_precision_loss, reason = "a file this large would not fit on a disk")]
fn of(file: &Path) -> Result<Measured> {
    let size = fs::metadata(file).with_context(|| file.display().to_string())?.len();
    let mut measured = Measured::new(Unit::Bytes);
    measured.add(size as f64, LIMIT.into());
    Ok(measured)
}
