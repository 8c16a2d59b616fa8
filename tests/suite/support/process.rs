//! Programs, and the ports they listen on.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result};
use galaxy_chat_tests::homeserver::free_port;
use galaxy_chat_tests::process::{Process, command};

#[tokio::test]
async fn a_program_that_ends_instead_of_starting_is_said_to() -> Result<()> {
    let mut shell = command("sh");
    shell.args(["-c", "exit 3"]);
    let mut process = Process::start(shell)?;
    let lines: Vec<_> = (1..=20).map(|line| line.to_string()).collect();
    let log = || lines.join("\n");
    let ready = process.ready("the shell", log, async || Ok(None::<()>)).await;
    let error = ready.err().context("it never was ready")?.to_string();
    assert!(error.starts_with("the shell did not start but ended (exit status: 3):"), "{error}");
    assert!(error.ends_with("\n20") && !error.contains("\n5\n"), "{error}");
    Ok(())
}

#[test]
fn a_free_port_is_none_that_a_connection_gets() -> Result<()> {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range")?;
    let range: Vec<u16> = range.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [first, last] = range[..] else { panic!("not a range: {range:?}") };
    let mut given = BTreeSet::new();
    for _ in 0..100 {
        let port = free_port()?;
        assert!(!(first..=last).contains(&port), "{port} may be given to a connection");
        assert!(given.insert(port), "{port} was given twice");
    }
    Ok(())
}
