//! Files and folders that only the user may read. On Windows they are so by the folder they are in.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use tracing::warn;

/// Makes a folder, with those above it, that nobody else may enter. One that is there already is closed
/// to others.
///
/// # Errors
///
/// The system's.
pub fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    close(path)
}

/// Opens a file for writing that nobody else may read; it is made where it is missing.
///
/// # Errors
///
/// The system's.
pub fn open_private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    close(path)?;
    Ok(file)
}

/// Writes a file that nobody else may read.
///
/// # Errors
///
/// The system's.
pub fn write_private_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = open_private_file(path)?;
    file.set_len(0)?;
    file.write_all(content)
}

/// Closes a folder and all that is in it to others, whoever has made it. What cannot be closed is left.
pub fn close_to_others(folder: &Path) {
    if let Err(error) = close(folder) {
        warn!("the profile stays open to others: {error}");
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => close_to_others(&entry.path()),
            // What a link leads to is not the app's.
            Ok(kind) if kind.is_file() => {
                if let Err(error) = close(&entry.path()) {
                    warn!("a file of the profile stays open to others: {error}");
                }
            }
            _ => {}
        }
    }
}

/// Takes all rights from everybody but the owner.
#[cfg(unix)]
fn close(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let mut permissions = fs::metadata(path)?.permissions();
    let mode = permissions.mode();
    let closed = mode & !0o077;
    if mode == closed {
        return Ok(());
    }
    permissions.set_mode(closed);
    fs::set_permissions(path, permissions)
}

#[cfg(not(unix))]
fn close(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("is there").permissions().mode() & 0o777
    }

    fn open(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
    }

    #[test]
    fn what_is_made_is_private_whoever_made_it_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let (made, there) = (folder.path().join("made"), folder.path().join("there"));
        fs::create_dir(&there).expect("made");
        open(&there, 0o755);
        for path in [made, there] {
            make_private_folder(&path).expect("made");
            assert_eq!(mode(&path), 0o700);
            let (new, old) = (path.join("new"), path.join("old"));
            fs::write(&old, "something longer").expect("written");
            open(&old, 0o666);
            for file in [new, old] {
                write_private_file(&file, b"content").expect("written");
                assert_eq!(mode(&file), 0o600);
                assert_eq!(fs::read(file).expect("readable"), b"content");
            }
        }
    }

    #[test]
    fn what_was_left_open_is_closed_and_what_links_lead_to_is_not_touched() {
        let folder = tempfile::tempdir().expect("a folder");
        let (profile, other) = (folder.path().join("profile"), folder.path().join("other"));
        fs::create_dir_all(profile.join("stores/one")).expect("made");
        fs::write(profile.join("stores/one/file"), "").expect("written");
        fs::write(&other, "").expect("written");
        symlink(&other, profile.join("link")).expect("made");
        let all = ["", "stores", "stores/one", "stores/one/file"].map(|name| profile.join(name));
        for path in all.iter().chain([&other]) {
            open(path, if path.is_dir() { 0o777 } else { 0o666 });
        }
        close_to_others(&profile);
        for path in &all {
            assert_eq!(mode(path) & 0o077, 0, "{}", path.display());
        }
        assert_eq!(mode(&other), 0o666);
    }
}
