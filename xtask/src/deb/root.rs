//! An empty system of this machine's own release, in a folder.

use crate::command::{make_folder, quietly, read, remove_folder, write};
use crate::{Outcome, places};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Somebody with no rights but their own.
const USER: &str = "visitor";

/// As a user would install it, without what is only recommended; and without waiting for the disk,
/// as a system that is thrown away needs no protection from power cuts.
const INSTALL: &str = "apt-get install --yes --no-install-recommends \
                       -o Dpkg::Options::=--force-unsafe-io /galaxy-chat.deb";

/// A folder that holds a system; removed when dropped.
pub struct Root {
    folder: PathBuf,
    base: PathBuf,
}

impl Root {
    /// A copy of the base system, which is made by debootstrap the first time.
    pub fn empty() -> Outcome<Self> {
        let folder = places::tools().join("debian");
        let (base, root) = (folder.join("base"), folder.join("root"));
        make_folder(&folder)?;
        make_base(&base)?;
        remove_folder(&root)?;
        quietly(Command::new("cp").arg("--archive").args([&base, &root]))?;
        Ok(Self { folder: root, base })
    }

    /// Where the absolute path `file` of the system is for programs outside.
    pub fn inside(&self, file: &Path) -> PathBuf {
        self.folder.join(file.strip_prefix("/").unwrap_or(file))
    }

    /// Installs a `.deb` and what it depends on.
    pub fn install(&self, package: &Path) -> Outcome {
        fs::copy(package, self.inside(Path::new("/galaxy-chat.deb")))
            .map_err(|error| format!("cannot copy {}: {error}", package.display()))?;
        quietly(&mut self.command("apt-get update"))?;
        quietly(&mut self.command(INSTALL))?;
        quietly(&mut self.command(&format!("useradd --create-home {USER}")))?;
        // The next run need not download them again.
        let archives = Path::new("/var/cache/apt/archives");
        let keep = r#"cp --update "$0"/*.deb "$1""#;
        let (from, to) = (self.inside(archives), self.base.join("var/cache/apt/archives"));
        quietly(Command::new("sh").args(["-c", keep]).args([from, to])).map(drop)
    }

    /// The files that an installed package brought.
    pub fn files_of(&self, package: &str) -> Outcome<Vec<PathBuf>> {
        let listed = quietly(&mut self.command(&format!("dpkg --listfiles {package}")))?;
        Ok(listed.lines().map(PathBuf::from).collect())
    }

    /// Starts a program as an ordinary user, with nothing in its environment but a display.
    pub fn start(&self, command_line: &str, display: &str) -> Outcome<Child> {
        let environment =
            format!("HOME=/home/{USER} PATH=/usr/bin:/bin LANG=C.UTF-8 DISPLAY={display}");
        let as_user = format!("cd; exec env --ignore-environment {environment} {command_line}");
        let mut command = self.command(&format!(
            "HOME=/home/{USER} setpriv --reuid {USER} --regid {USER} \
             --clear-groups sh -c '{as_user}'"
        ));
        command
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start unshare: {error}"))
    }

    /// A shell in the system, as its first process in namespaces of its own: when it ends, or
    /// `unshare` is killed, everything started and mounted by it is gone too.
    fn command(&self, script: &str) -> Command {
        let enter = r#"mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" &&
            exec chroot "$1" sh -c "$0""#;
        let mut command = Command::new("unshare");
        command.args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", enter, script]);
        command.arg(&self.folder);
        command.env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C.UTF-8");
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = remove_folder(&self.folder);
    }
}

/// Makes the base system from the mirror and the suites that this machine itself uses.
fn make_base(base: &Path) -> Outcome {
    let (release, mirror, sources) = sources()?;
    let stamp = base.with_extension("made-from");
    if read(&stamp).is_ok_and(|made_from| made_from == sources) {
        return Ok(());
    }
    println!("   Making an empty {release} from {mirror} (once)");
    remove_folder(base)?;
    quietly(
        Command::new("debootstrap").args(["--variant=minbase", &release]).arg(base).arg(&mirror),
    )?;
    write(&base.join("etc/apt/sources.list"), &sources)?;
    // Nothing that is installed may start a service.
    let no_services = base.join("usr/sbin/policy-rc.d");
    write(&no_services, "#!/bin/sh\nexit 101\n")?;
    quietly(Command::new("chmod").arg("755").arg(&no_services))?;
    write(&stamp, &sources)
}

/// This machine's release, the mirror it comes from, and its lines for `sources.list`.
fn sources() -> Outcome<(String, String, String)> {
    let system = read(Path::new("/etc/os-release"))?;
    let named = |key: &str| {
        system.lines().find_map(|line| line.strip_prefix(key)).map(|value| value.replace('"', ""))
    };
    let release = named("VERSION_CODENAME=").ok_or("/etc/os-release does not name the release")?;
    let format = "$(REPO_URI) $(RELEASE) $(CODENAME) $(COMPONENT)";
    let arguments = ["indextargets", "--format", format, "Created-By: Packages"];
    let list = || quietly(Command::new("apt-get").args(arguments));
    let mut listed = list()?;
    if listed.is_empty() {
        quietly(Command::new("apt-get").arg("update"))?;
        listed = list()?;
    }
    let (mut mirror, mut lines) = (None, Vec::new());
    for line in listed.lines() {
        let [address, suite, codename, component] = line.split(' ').collect::<Vec<_>>()[..] else {
            continue;
        };
        if codename == release && mirror.is_none() {
            mirror = Some(address.to_owned());
        }
        let line = format!("deb {address} {suite} {component}\n");
        if codename.starts_with(&release) && !lines.contains(&line) {
            lines.push(line);
        }
    }
    let mirror =
        mirror.ok_or("apt knows no mirror of this release; see /etc/apt/sources.list.d")?;
    Ok((release, mirror, lines.concat()))
}
