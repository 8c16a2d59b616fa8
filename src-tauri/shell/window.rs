use std::time::Duration;

use tauri::{
    App, AppHandle, Manager as _, WebviewUrl, WebviewWindowBuilder, webview::NewWindowResponse,
};
use tokio::time::sleep;
use tracing::warn;

#[cfg(target_os = "linux")]
use super::web_process;
use super::{
    closing,
    web_data::{ThemeFile, WebData},
};

/// A window whose page does not come is shown empty after this time: it can be closed then.
const PATIENCE: Duration = Duration::from_secs(5);

/// The label that `capabilities/` grants the commands to.
const LABEL: &str = "main";

/// Opens the one window. It stays on the app's own page: every other navigation and every new
/// window is refused.
///
/// It is shown when there is something to draw: the two processes of a web view of GTK that has to be
/// drawn before wait for each other, for half a second as often as not.
pub fn open(app: &App, data: Option<&WebData>, theme: &ThemeFile) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default());
    let window = match data {
        Some(data) => window.data_directory(data.folder()),
        None => window.incognito(true),
    };
    let window = window
        .initialization_script(theme.script())
        .title("Galaxy Chat")
        .inner_size(1120.0, 760.0)
        .min_inner_size(640.0, 480.0)
        .center()
        .visible(false)
        .on_page_load(|window, _| {
            // It is opened already, or there is nothing to be done about it.
            if !closing::has_begun(window.app_handle()) {
                let _ = window.show();
            }
        })
        .on_navigation(|url| {
            let own = is_own(url);
            if !own {
                warn!("refused to leave the app's page");
            }
            own
        })
        // Else Tauri takes what is dropped, and the page could not say that it cannot be sent.
        .disable_drag_drop_handler()
        .on_new_window(|_, _| NewWindowResponse::Deny)
        // The system's own context menu of a link may offer one.
        .on_download(|_, _| false)
        .build()?;
    #[cfg(target_os = "linux")]
    web_process::watch(&window)?;
    let app = app.handle().clone();
    tauri::async_runtime::spawn(async move {
        sleep(PATIENCE).await;
        // One that is shown may have been minimised since. Asked in the main thread, which hides it: one
        // that was hidden by closing does not come back.
        let main = app.clone();
        let _ = app.run_on_main_thread(move || {
            let window = main.get_webview_window(LABEL);
            let hidden = window.filter(|window| !window.is_visible().unwrap_or(false));
            if let Some(window) = hidden.filter(|_| !closing::has_begun(&main)) {
                let _ = window.show();
            }
        });
    });
    Ok(())
}

/// Brings the window to the front.
pub fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL) {
        // A window manager may refuse; there is nothing to be done then.
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
    }
}

/// Takes the window from the screen.
pub fn hide(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL) {
        // It is gone already, or there is nothing to be done about it.
        let _ = window.hide();
    }
}

/// Where Tauri serves the app's files: a scheme of its own, on Windows a host of its own.
fn is_own(url: &tauri::Url) -> bool {
    match (url.scheme(), url.host_str()) {
        ("tauri", Some("localhost")) => cfg!(not(windows)),
        ("http" | "https", Some("tauri.localhost")) => cfg!(windows),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn only_the_apps_own_page_is_own() {
        let is = |url: &str| is_own(&url.parse().expect(url));
        let own = if cfg!(windows) { "http://tauri.localhost/" } else { "tauri://localhost/" };
        assert!(is(own));
        for other in [
            "https://galaxyproject.org/",
            "http://localhost/",
            "tauri://evil.example/",
            "http://tauri.localhost.evil.example/",
            "about:blank",
            "data:text/html,x",
            "file:///etc/passwd",
        ] {
            assert!(!is(other), "{other}");
        }
    }
}
