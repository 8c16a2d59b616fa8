//! Programs by their desktop files, as freedesktop.org's specifications of desktop entries and of
//! MIME applications say. Flatpak and Snap put theirs into folders of their own.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsString,
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

use super::Program;

#[cfg(test)]
#[path = "linux_tests.rs"]
mod tests;

const MATRIX: &str = "x-scheme-handler/matrix";
const ELEMENT: &str = "x-scheme-handler/element";

/// Desktop files are a few KiB; of longer ones this is read.
const LONGEST: u64 = 256 * 1024;

/// How deep folders below `applications` are looked into.
const DEEPEST: u8 = 3;

/// Where to look, what counts most first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders {
    /// Where people's and the system's choices are.
    pub config: Vec<PathBuf>,
    /// Where programs are.
    pub data: Vec<PathBuf>,
    /// The desktop in use, in lower case: some have choices of their own.
    pub desktops: Vec<String>,
}

impl Folders {
    /// The folders of the user whose environment this is.
    pub fn of_user(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let home = variable("HOME").map(PathBuf::from);
        let below = |path: &str| home.as_ref().map(|home| home.join(path));
        let listed = |name: &str, usual: &str| {
            let listed = variable(name).filter(|list| !list.is_empty());
            std::env::split_paths(&listed.unwrap_or_else(|| usual.into())).collect::<Vec<_>>()
        };
        let one = |name: &str| variable(name).filter(|one| !one.is_empty()).map(PathBuf::from);

        let mut config: Vec<_> =
            one("XDG_CONFIG_HOME").or_else(|| below(".config")).into_iter().collect();
        config.extend(listed("XDG_CONFIG_DIRS", "/etc/xdg"));
        let mut data: Vec<_> =
            one("XDG_DATA_HOME").or_else(|| below(".local/share")).into_iter().collect();
        data.extend(listed("XDG_DATA_DIRS", "/usr/local/share:/usr/share"));
        // A session that was started before these came does not list them.
        data.extend(below(".local/share/flatpak/exports/share"));
        let usual = [
            "/var/lib/flatpak/exports/share",
            "/var/lib/snapd/desktop",
            "/usr/local/share",
            "/usr/share",
        ];
        data.extend(usual.map(PathBuf::from));
        let mut seen = HashSet::new();
        data.retain(|folder| folder.is_absolute() && seen.insert(folder.clone()));
        config.retain(|folder| folder.is_absolute());
        let desktops = variable("XDG_CURRENT_DESKTOP").unwrap_or_default();
        let desktops = desktops.to_string_lossy().to_ascii_lowercase();
        let desktops = desktops.split(':').filter(|name| is_plain(name)).map(str::to_owned);
        Self { config, data, desktops: desktops.collect() }
    }
}

/// The programs there, what counts most first.
pub fn programs(folders: &Folders) -> Vec<Program> {
    let choices = Choices::read(folders);
    let mut seen = HashSet::new();
    let mut programs = Vec::new();
    for data in &folders.data {
        let mut files = Vec::new();
        walk(&data.join("applications"), "", DEEPEST, &mut files);
        files.sort();
        for (id, path) in files {
            // The first hides the others, even where it says that there is no such program.
            if !seen.insert(id.clone()) {
                continue;
            }
            programs
                .extend(read_limited(&path).and_then(|text| program(&id, path, &text, &choices)));
        }
    }
    let default = choices.defaults.iter().find_map(|id| {
        let takes = |program: &Program| {
            program.matrix && format!("{}.desktop", program.ident) == id.to_ascii_lowercase()
        };
        programs.iter().position(takes)
    });
    if let Some(program) = default.and_then(|place| programs.get_mut(place)) {
        program.default = true;
    }
    programs
}

/// A program from its desktop file, where it takes links; one of a known name also where not.
fn program(id: &str, path: PathBuf, text: &str, choices: &Choices) -> Option<Program> {
    let entry = entry(text);
    let says = |key: &str| entry.get(key).copied().unwrap_or_default();
    let gone =
        says("Hidden") == "true" || says("Type") != "Application" || is_missing(says("TryExec"));
    // Without a place for the link a program starts and drops it.
    let started = says("DBusActivatable") == "true"
        || ["%u", "%U", "%f", "%F"].iter().any(|place| says("Exec").contains(place));
    if gone || (says("Exec").is_empty() && !started) || is_own(says("Exec")) {
        return None;
    }
    let declared: Vec<_> = says("MimeType").split(';').map(str::trim).collect();
    let takes = |kind: &str| started && choices.takes(id, kind, declared.contains(&kind));
    let name = says("Name");
    Some(Program {
        ident: id.strip_suffix(".desktop").unwrap_or(id).to_lowercase(),
        name: (!name.is_empty()).then(|| name.to_owned()),
        path: Some(path),
        matrix: takes(MATRIX),
        element: takes(ELEMENT),
        default: false,
    })
}

/// The main group of a desktop file, without translations.
fn entry(text: &str) -> HashMap<&str, &str> {
    group(text, "Desktop Entry").filter(|(key, _)| !key.contains('[')).collect()
}

/// The lines of one group.
fn group<'a>(text: &'a str, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let mut inside = false;
    let heading = format!("[{name}]");
    text.lines().filter_map(move |line| {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line == heading;
            return None;
        }
        let (key, value) = line.split_once('=').filter(|_| inside && !line.starts_with('#'))?;
        Some((key.trim_end(), value.trim_start()))
    })
}

/// A program that the file asks to look for first. Only whole paths: others are looked for where
/// the desktop does, which this process may not know.
fn is_missing(path: &str) -> bool {
    let path = Path::new(path);
    path.is_absolute() && !path.exists()
}

/// Whether a desktop file starts this app, which is no place to take a room to.
fn is_own(command: &str) -> bool {
    let program = command.split_whitespace().next().unwrap_or_default().trim_matches('"');
    program.rsplit('/').next() == Some("galaxy-chat")
}

/// What people chose beside what programs say of themselves.
#[derive(Default)]
struct Choices {
    /// By desktop file and kind: given to it, or taken from it.
    given: HashMap<(String, String), bool>,
    /// Desktop files for `matrix:` links, what counts most first.
    defaults: Vec<String>,
}

impl Choices {
    fn read(folders: &Folders) -> Self {
        let mut choices = Self::default();
        let lists = folders.config.iter().cloned();
        let lists = lists.chain(folders.data.iter().map(|data| data.join("applications")));
        for folder in lists {
            for desktop in &folders.desktops {
                choices.add(&folder.join(format!("{desktop}-mimeapps.list")));
            }
            choices.add(&folder.join("mimeapps.list"));
        }
        choices
    }

    fn add(&mut self, list: &Path) {
        let Some(text) = read_limited(list) else { return };
        // Within a list, what is taken away counts more.
        for (heading, given) in [("Removed Associations", false), ("Added Associations", true)] {
            for (kind, ids) in group(&text, heading) {
                for id in ids.split(';').filter(|id| !id.is_empty()) {
                    self.given.entry((id.to_owned(), kind.to_owned())).or_insert(given);
                }
            }
        }
        for (_, ids) in group(&text, "Default Applications").filter(|(kind, _)| *kind == MATRIX) {
            self.defaults.extend(ids.split(';').filter(|id| !id.is_empty()).map(str::to_owned));
        }
    }

    fn takes(&self, id: &str, kind: &str, declared: bool) -> bool {
        let key = (id.to_owned(), kind.to_owned());
        // A default need not be declared by the program.
        let default = kind == MATRIX && self.defaults.iter().any(|default| default == id);
        self.given.get(&key).copied().unwrap_or(declared || default)
    }
}

/// Desktop files with their ids: those in folders have the folders' names in front.
fn walk(folder: &Path, prefix: &str, depth: u8, files: &mut Vec<(String, PathBuf)>) {
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(name) = file.file_name().into_string() else { continue };
        let path = file.path();
        if name.ends_with(".desktop") {
            files.push((format!("{prefix}{name}"), path));
        } else if depth > 0 && path.is_dir() {
            walk(&path, &format!("{prefix}{name}-"), depth - 1, files);
        }
    }
}

fn read_limited(path: &Path) -> Option<String> {
    // A pipe of that name would wait for ever.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LONGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}
