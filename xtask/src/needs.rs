//! What the tasks need of the system, and what it is called where.

use crate::command::{on_path, works};
use crate::tools;
use std::process::Command;

/// What the system is prepared for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Building the app and starting it.
    Run,
    /// Besides, a homeserver and a keyring.
    Demo,
    /// Building the app and making packages of it.
    Bundle,
    /// All of the above, and what only tests and benchmarks use.
    Test,
}

impl Purpose {
    /// Whether someone who prepares for `self` needs what `other` needs.
    pub fn includes(self, other: Self) -> bool {
        self == other || other == Self::Run || self == Self::Test
    }
}

/// One thing a system has or lacks.
pub struct Need {
    purpose: Purpose,
    presence: Presence,
    /// What it is used for, as told to the person whose system is about to be changed.
    pub why: &'static str,
    /// Its package for apt, dnf, pacman, brew and winget; empty where the system brings it or
    /// where the task that uses it does not exist.
    packages: [&'static str; 5],
}

/// How to see whether something is there.
enum Presence {
    Program(&'static str),
    Library(&'static str),
    Python,
    EmojiFont,
}

/// The programs that install packages, in the order of [`Need::packages`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    Apt,
    Dnf,
    Pacman,
    Brew,
    Winget,
}

const NEEDS: &[Need] = &[
    Need {
        purpose: Purpose::Run,
        presence: Presence::Program("pkg-config"),
        why: "finds the libraries the app is built with",
        packages: ["pkg-config", "pkgconf-pkg-config", "pkgconf", "", ""],
    },
    Need {
        purpose: Purpose::Run,
        presence: Presence::Library("webkit2gtk-4.1"),
        why: "the web view that the app's window is made of",
        packages: ["libwebkit2gtk-4.1-dev", "webkit2gtk4.1-devel", "webkit2gtk-4.1", "", ""],
    },
    Need {
        purpose: Purpose::Demo,
        presence: Presence::Python,
        why: "Python with venv, for the demo's homeserver",
        packages: ["python3-venv", "python3", "python", "python@3.11", "Python.Python.3.11"],
    },
    Need {
        purpose: Purpose::Demo,
        presence: Presence::Program("dbus-daemon"),
        why: "lets the app talk to a keyring of the demo's own",
        packages: ["dbus", "dbus-daemon", "dbus", "", ""],
    },
    Need {
        purpose: Purpose::Demo,
        presence: Presence::Program("gnome-keyring-daemon"),
        why: "the keyring of the demo and the tests",
        packages: ["gnome-keyring", "gnome-keyring", "gnome-keyring", "", ""],
    },
    Need {
        purpose: Purpose::Demo,
        presence: Presence::EmojiFont,
        why: "shows the emoji people write",
        packages: [
            "fonts-noto-color-emoji",
            "google-noto-color-emoji-fonts",
            "noto-fonts-emoji",
            "",
            "",
        ],
    },
    Need {
        purpose: Purpose::Test,
        presence: Presence::Program("Xvfb"),
        why: "a display without a screen, for tests of the window",
        packages: ["xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb", "", ""],
    },
    Need {
        purpose: Purpose::Test,
        presence: Presence::Program("WebKitWebDriver"),
        why: "clicks and types in the window as a user does",
        packages: ["webkit2gtk-driver", "/usr/bin/WebKitWebDriver", "webkitgtk-6.0", "", ""],
    },
    Need {
        purpose: Purpose::Test,
        presence: Presence::Program("chromedriver"),
        why: "clicks and types in a browser, where the app sends people to sign in",
        packages: ["chromium-driver", "chromedriver", "chromium", "", ""],
    },
    Need {
        purpose: Purpose::Test,
        presence: Presence::Program("chromium"),
        why: "that browser",
        packages: ["chromium", "chromium", "chromium", "", ""],
    },
    Need {
        purpose: Purpose::Test,
        presence: Presence::Program("xwininfo"),
        why: "sees which windows are on a display",
        packages: ["x11-utils", "xwininfo", "xorg-xwininfo", "", ""],
    },
    Need {
        purpose: Purpose::Test,
        presence: Presence::Program("debootstrap"),
        why: "makes the empty Debian in which the package is tested",
        packages: ["debootstrap", "", "", "", ""],
    },
    Need {
        purpose: Purpose::Test,
        presence: Presence::Program("desktop-file-validate"),
        why: "checks the package's menu entry",
        packages: ["desktop-file-utils", "", "", "", ""],
    },
];

/// Everything `purpose` needs and the system lacks, as far as `manager` has a package for it.
pub fn missing(purpose: Purpose, manager: Manager) -> Vec<&'static Need> {
    NEEDS
        .iter()
        .filter(|need| need.concerns(purpose) && !need.package(manager).is_empty())
        .filter(|need| !need.is_there())
        .collect()
}

impl Need {
    /// What `manager` calls it.
    pub fn package(&self, manager: Manager) -> &'static str {
        self.packages[manager as usize]
    }

    fn concerns(&self, purpose: Purpose) -> bool {
        // Node comes by way of Python where the system's own will not do.
        let python_for_node =
            matches!(self.presence, Presence::Python) && purpose == Purpose::Bundle;
        purpose.includes(self.purpose) || (python_for_node && !tools::system_node_will_do())
    }

    fn is_there(&self) -> bool {
        match self.presence {
            Presence::Program(name) => on_path(name).is_some(),
            Presence::Library(name) => works(Command::new("pkg-config").args(["--exists", name])),
            Presence::Python => tools::python().is_some(),
            Presence::EmojiFont => has_emoji_font(),
        }
    }
}

fn has_emoji_font() -> bool {
    let fonts = Command::new("fc-list").args([":charset=1f600", "family"]).output();
    fonts.is_ok_and(|fonts| !fonts.stdout.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Manager, NEEDS, Need, Purpose};

    fn packages(purpose: Purpose) -> Vec<&'static str> {
        let concerned = NEEDS.iter().filter(|need: &&Need| need.concerns(purpose));
        concerned.map(|need| need.package(Manager::Apt)).collect()
    }

    #[test]
    fn starting_the_app_needs_no_homeserver_and_no_test_tools() {
        assert_eq!(packages(Purpose::Run), ["pkg-config", "libwebkit2gtk-4.1-dev"]);
    }

    #[test]
    fn tests_need_everything() {
        assert_eq!(packages(Purpose::Test).len(), NEEDS.len());
        assert!(NEEDS.iter().all(|need| !need.package(Manager::Apt).is_empty()));
    }
}
