//! Opens a room in another app, by a link that the core made.

use galaxy_chat_core::{Link, OpenIn, Program};
use tauri::AppHandle;

use super::process;

/// How this system opens links in a program.
pub fn opener(app: AppHandle) -> OpenIn {
    std::sync::Arc::new(move |link, program| open(&app, link, program))
}

/// By its desktop file, which says how the program takes links, also inside a Flatpak or Snap.
#[cfg(target_os = "linux")]
fn open(app: &AppHandle, link: &Link, program: Option<&Program>) -> bool {
    use std::sync::mpsc;

    let Some(file) = program.and_then(|program| program.path.clone()) else {
        return open_url(link, None);
    };
    let (link, (told, answer)) = (link.to_string(), mpsc::channel());
    let start = move || {
        let _ = told.send(launch(&file, &link));
    };
    // The desktop's library is for the main thread only.
    app.run_on_main_thread(start).is_ok() && answer.recv().unwrap_or(false)
}

#[cfg(target_os = "linux")]
fn launch(file: &std::path::Path, link: &str) -> bool {
    use gtk::{gio, gio::prelude::AppInfoExt as _};

    let context = None::<&gio::AppLaunchContext>;
    let program = gio::DesktopAppInfo::from_filename(file);
    process::as_the_user(|| {
        program.is_some_and(|program| program.launch_uris(&[link], context).is_ok())
    })
}

/// By its bundle.
#[cfg(target_os = "macos")]
fn open(_: &AppHandle, link: &Link, program: Option<&Program>) -> bool {
    let bundle = program.and_then(|program| program.path.as_ref()).and_then(|path| path.to_str());
    open_url(link, bundle)
}

/// By the program that is registered for the link's scheme: which one, only the user can say.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn open(_: &AppHandle, link: &Link, _: Option<&Program>) -> bool {
    open_url(link, None)
}

fn open_url(link: &Link, with: Option<&str>) -> bool {
    process::as_the_user(|| tauri_plugin_opener::open_url(link.as_url().as_str(), with).is_ok())
}
