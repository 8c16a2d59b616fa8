//! Whether this app opens `matrix:` links: only where the user wants it to.

use std::{
    io,
    path::{Path, PathBuf},
};

use galaxy_chat_core::wire::MatrixLinks;
use tauri::AppHandle;

/// The user's choice, which the system keeps.
pub struct Choice {
    app: AppHandle,
    /// Tells which app opened such links before this one.
    before: PathBuf,
}

impl Choice {
    pub fn new(app: AppHandle, profile: &Path) -> Self {
        Self { app, before: profile.join("matrix-links") }
    }

    /// Who opens such links.
    pub fn look(&self) -> MatrixLinks {
        on_main_thread(&self.app, system::look).unwrap_or(MatrixLinks::Unavailable)
    }

    /// Has this app open such links, or the one that did before.
    ///
    /// # Errors
    ///
    /// Where the system's settings or the profile cannot be written.
    pub fn take(&self, on: bool) -> io::Result<()> {
        let before = self.before.clone();
        let taken = on_main_thread(&self.app, move || system::take(on, &before));
        taken.unwrap_or_else(|| Err(io::ErrorKind::NotConnected.into()))
    }
}

/// The desktop's library is for the main thread only.
fn on_main_thread<T: Send + 'static>(
    app: &AppHandle,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (tell, answer) = std::sync::mpsc::channel();
    let work = move || {
        // Nobody listens any more where the app is closing.
        let _ = tell.send(work());
    };
    app.run_on_main_thread(work).ok()?;
    answer.recv().ok()
}

#[cfg(target_os = "linux")]
mod system {
    use std::{env, fs, io, path::Path};

    use galaxy_chat_core::{vault::write_private_file, wire::MatrixLinks};
    use gtk::gio::{AppInfo, DesktopAppInfo, prelude::AppInfoExt as _};

    const KIND: &str = "x-scheme-handler/matrix";

    pub fn look() -> MatrixLinks {
        let Some(own) = own() else { return MatrixLinks::Unavailable };
        match AppInfo::default_for_type(KIND, false) {
            Some(app) if app.id() == own.id() => MatrixLinks::On,
            _ => MatrixLinks::Off,
        }
    }

    pub fn take(on: bool, before: &Path) -> io::Result<()> {
        let own = own().ok_or(io::ErrorKind::NotFound)?;
        if on {
            let other = AppInfo::default_for_type(KIND, false).and_then(|app| app.id());
            if other.is_some() && other != own.id() {
                write_private_file(before, other.unwrap_or_default().as_bytes())?;
            }
            return own.set_as_default_for_type(KIND).map_err(io::Error::other);
        }
        AppInfo::reset_type_associations(KIND);
        let other = fs::read_to_string(before).ok();
        if let Some(other) = other.and_then(|id| DesktopAppInfo::new(&id)) {
            other.set_as_default_for_type(KIND).map_err(io::Error::other)?;
        }
        match fs::remove_file(before) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// This app as the system knows it; `None` where it is not installed.
    fn own() -> Option<AppInfo> {
        let program = env::current_exe().ok()?;
        let is_own = |app: &AppInfo| app.executable().file_name() == program.file_name();
        AppInfo::all().into_iter().find(is_own)
    }
}

/// Here the user says in the system's settings which app opens a kind of link.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::{io, path::Path};

    use galaxy_chat_core::wire::MatrixLinks;

    pub fn look() -> MatrixLinks {
        MatrixLinks::Unavailable
    }

    pub fn take(_: bool, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
