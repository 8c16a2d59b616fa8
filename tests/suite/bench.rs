//! The benchmarks' program, as far as it is not a matter of time.

use std::fs::File;
use std::process::{Command, Output};

use anyhow::Result;
use serde_json::{Value, json};

const FIGURES: [&str; 12] = [
    "start_to_guide",
    "memory_guide",
    "memory_lobby",
    "sign_in_to_lobby",
    "catalogue_ready",
    "join_71_unlimited",
    "join_71_limited",
    "estimate_error",
    "hostile_message_ms",
    "hostile_message_memory",
    "binary_size",
    "deb_size",
];

fn bench() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_galaxy-chat-bench"));
    command.env_remove("GALAXY_CHAT_APP").env_remove("GALAXY_CHAT_DEB");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn an_unknown_figure_is_answered_with_the_known_ones() -> Result<()> {
    let Output { status, stdout, stderr } =
        bench().args(["binary_size", "no_such_figure"]).output()?;
    assert!(!status.success());
    assert_eq!(text(&stdout), "", "nothing is measured");
    let stderr = text(&stderr);
    for name in FIGURES.iter().chain(&["no_such_figure"]) {
        assert!(stderr.contains(name), "{name} is not in: {stderr}");
    }
    Ok(())
}

#[test]
fn each_figure_asked_for_is_one_line_of_json() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (app, package) = (folder.path().join("app"), folder.path().join("package"));
    File::create(&app)?.set_len(30_000_000)?;
    File::create(&package)?.set_len(1_500_000)?;
    let Output { status, stdout, .. } = bench()
        .args(["deb_size", "binary_size"])
        .env("GALAXY_CHAT_APP", &app)
        .env("GALAXY_CHAT_DEB", &package)
        .output()?;
    assert!(status.success());
    let lines: Vec<Value> =
        text(&stdout).lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let line = |name: &str, value: u32, ratio: f64| {
        json!({ "name": name, "value": value, "control": 15_000_000, "ratio": ratio,
            "unit": "bytes", "runs": 1 })
    };
    assert_eq!(lines, [line("binary_size", 30_000_000, 2.0), line("deb_size", 1_500_000, 0.1)]);
    Ok(())
}

#[test]
fn what_cannot_be_measured_is_said_and_the_rest_is_measured() -> Result<()> {
    let app = tempfile::NamedTempFile::new()?;
    let Output { status, stdout, stderr } =
        bench().args(["deb_size", "binary_size"]).env("GALAXY_CHAT_APP", app.path()).output()?;
    assert!(!status.success());
    assert_eq!(text(&stdout).lines().count(), 1);
    assert!(text(&stderr).contains("cargo xtask bench"), "{}", text(&stderr));
    Ok(())
}
