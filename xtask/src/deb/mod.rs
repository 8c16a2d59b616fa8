//! The test of the `.deb`: installed into an empty Debian, does the app start from its menu entry?

mod display;
mod png;
mod root;

use crate::command::{make_folder, quietly, read};
use crate::{Outcome, places};
use display::Display;
use root::Root;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What Cargo.toml calls the package.
const PACKAGE: &str = "galaxy-chat";
/// What the window has to be called.
const TITLE: &str = "Galaxy Chat";
/// A page of text has many shades; one that stays empty has one or two.
const LEAST_COLOURS: usize = 16;
/// How the system says that there is nothing to start.
const NO_SUCH_PROGRAM: &str = "exit status: 127";
/// For a first start on a busy machine.
const WAIT_TIMEOUT: Duration = Duration::from_secs(90);

/// Installs `package` into an empty system of this machine's release and starts the app there.
///
/// Then tries the same with a menu entry that names a program which is not there: a check that
/// lets that pass shows nothing.
pub fn check(package: &Path) -> Outcome {
    let root = Root::empty()?;
    root.install(package)?;
    let files = root.files_of(PACKAGE)?;
    let entry = only_menu_entry(&files)?;
    quietly(Command::new("desktop-file-validate").arg(root.inside(entry)))?;
    let text = read(&root.inside(entry))?;
    has_icon(&text, &files)?;
    let picture = places::screens().join("deb.png");
    starts(&root, &text, &picture)?;
    println!("   The app started from its menu entry; picture: {}", picture.display());
    println!("   The same with a menu entry that names no program has to fail:");
    let absent = text.replace("Exec=", "Exec=/nowhere/");
    match starts(&root, &absent, &picture) {
        Err(error) if error.contains(NO_SUCH_PROGRAM) => Ok(()),
        Err(error) => Err(format!("it failed, but for another reason: {error}")),
        Ok(()) => Err("it passes, so this check shows nothing".into()),
    }
}

/// Starts what the menu entry says and waits until its window shows the text of a page.
fn starts(root: &Root, menu_entry: &str, picture: &Path) -> Outcome {
    let display = Display::new()?;
    let command_line = command_line(menu_entry)?;
    let mut app = Ended(root.start(&command_line, display.name())?);
    let start = Instant::now();
    loop {
        sleep(Duration::from_millis(250));
        if let Ok(Some(status)) = app.0.try_wait() {
            return Err(format!("`{command_line}` ended ({status}) before its window was there"));
        }
        let window = display.window(TITLE);
        let text = window.map(|area| display.picture(area.of_text())).transpose()?;
        let has_text = text.is_some_and(|text| text.colours() >= LEAST_COLOURS);
        let waited_enough = start.elapsed() > WAIT_TIMEOUT;
        if let Some(area) = window
            && (has_text || waited_enough)
        {
            make_folder(&places::screens())?;
            display.picture(area)?.save(picture)?;
        }
        if has_text {
            return Ok(());
        }
        if waited_enough {
            let what = if window.is_some() { "stayed empty" } else { "did not open" };
            let waited = WAIT_TIMEOUT.as_secs();
            return Err(format!(
                "the window “{TITLE}” {what} for {waited} s, see {}",
                picture.display()
            ));
        }
    }
}

/// A program that is ended when it is no longer looked at.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn only_menu_entry(files: &[PathBuf]) -> Outcome<&PathBuf> {
    let mut entries = files
        .iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "desktop"));
    match (entries.next(), entries.next()) {
        (Some(entry), None) => Ok(entry),
        _ => Err("the package should bring one menu entry, no more and no less".into()),
    }
}

fn has_icon(menu_entry: &str, files: &[PathBuf]) -> Outcome {
    let icon = value(menu_entry, "Icon")?;
    if files.iter().any(|file| file.file_stem().is_some_and(|stem| stem == icon)) {
        return Ok(());
    }
    Err(format!("the menu entry's icon “{icon}” is not in the package"))
}

/// The program and its arguments, without the places for files and addresses (`%f`, `%u`, ...).
fn command_line(menu_entry: &str) -> Outcome<String> {
    let words = value(menu_entry, "Exec")?.split_whitespace();
    Ok(words.filter(|word| !word.starts_with('%')).collect::<Vec<_>>().join(" "))
}

fn value<'a>(menu_entry: &'a str, key: &str) -> Outcome<&'a str> {
    let mut pairs = menu_entry.lines().filter_map(|line| line.split_once('='));
    let value = pairs.find(|(name, _)| *name == key).map(|(_, value)| value);
    value.ok_or_else(|| format!("the menu entry has no line {key}="))
}

#[cfg(test)]
mod tests {
    use super::command_line;

    #[test]
    fn places_for_addresses_are_left_out_of_the_command_line() {
        let entry = "[Desktop Entry]\nName=A\nExec=galaxy-chat --quiet %u\n";
        assert_eq!(command_line(entry).as_deref(), Ok("galaxy-chat --quiet"));
        assert!(command_line("[Desktop Entry]\nName=A\n").is_err());
    }
}
