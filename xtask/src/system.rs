//! Packages of the operating system.

use crate::Outcome;
use crate::command::{on_path, quietly, succeed};
use crate::needs::{self, Manager, Need, Purpose};
use std::process::Command;

/// Installs what `purpose` needs and the system lacks, after saying what and why.
pub fn prepare(purpose: Purpose) -> Outcome {
    let Some(manager) = manager() else {
        return unknown_system(purpose);
    };
    let missing = needs::missing(purpose, manager);
    if missing.is_empty() {
        return Ok(());
    }
    println!("Missing on this system:");
    for need in &missing {
        println!("    {:<30}{}", need.package(manager), need.why);
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package(manager)).collect();
    if manager == Manager::Winget {
        return Err(format!(
            "install them with `winget install {}`, then try again",
            packages.join(" ")
        ));
    }
    println!("Installing {}.", packages.join(", "));
    install(manager, &packages)?;
    let still: Vec<&Need> = needs::missing(purpose, manager);
    let Some(need) = still.first() else {
        return Ok(());
    };
    Err(format!(
        "{} is installed, but what it was meant to bring ({}) is still not found. \
         Look at the messages above, or install it by other means and try again",
        need.package(manager),
        need.why
    ))
}

/// The first package manager found that fits this kind of system.
fn manager() -> Option<Manager> {
    let candidates: &[(&str, Manager)] = match std::env::consts::OS {
        "macos" => &[("brew", Manager::Brew)],
        "windows" => &[("winget", Manager::Winget)],
        _ => &[("apt-get", Manager::Apt), ("dnf", Manager::Dnf), ("pacman", Manager::Pacman)],
    };
    candidates.iter().find(|(program, _)| on_path(program).is_some()).map(|(_, manager)| *manager)
}

/// Names what is missing by Debian's names, which people know how to translate.
fn unknown_system(purpose: Purpose) -> Outcome {
    let missing = needs::missing(purpose, Manager::Apt);
    if missing.is_empty() || cfg!(not(target_os = "linux")) {
        return Ok(());
    }
    for need in &missing {
        println!("    {:<30}{}", need.package(Manager::Apt), need.why);
    }
    Err("no package manager is known for this system. Install the packages above \
         (the names are Debian's) and try again"
        .into())
}

fn install(manager: Manager, packages: &[&str]) -> Outcome {
    match manager {
        Manager::Apt => apt(packages),
        Manager::Dnf => succeed(as_root("dnf", &["install", "--assumeyes"])?.args(packages)),
        Manager::Pacman => {
            succeed(as_root("pacman", &["-S", "--needed", "--noconfirm"])?.args(packages))
        }
        Manager::Brew => succeed(Command::new("brew").arg("install").args(packages)),
        Manager::Winget => unreachable!("only named, see prepare"),
    }
}

/// Package lists may be missing or older than the mirror: a failed first try refreshes them.
fn apt(packages: &[&str]) -> Outcome {
    let arguments =
        ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "--yes", "--quiet"];
    let install = || -> Outcome<Command> {
        let mut install = as_root(arguments[0], &arguments[1..])?;
        install.arg("--no-install-recommends").args(packages);
        Ok(install)
    };
    let Err(_) = quietly(&mut install()?) else {
        return Ok(());
    };
    println!("Refreshing the package lists.");
    succeed(as_root("apt-get", &["update", "--quiet"])?.args(["--allow-releaseinfo-change"]))?;
    succeed(&mut install()?)
}

/// `program` with an administrator's rights: as it is for root, by sudo for others.
fn as_root(program: &str, arguments: &[&str]) -> Outcome<Command> {
    let mut command = if is_root() {
        Command::new(program)
    } else if on_path("sudo").is_some() {
        let mut sudo = Command::new("sudo");
        sudo.arg(program);
        sudo
    } else {
        return Err(
            "installing packages needs an administrator: run `cargo xtask setup` as root, \
                    or install sudo, then try again"
                .into(),
        );
    };
    command.args(arguments);
    Ok(command)
}

/// Whether this program runs with root's rights.
pub fn is_root() -> bool {
    quietly(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
