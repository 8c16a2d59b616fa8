//! Ends the app: the window is hidden at once, the core ends what is under way, and the process ends
//! whatever does not answer.

use std::{
    process,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use galaxy_chat_core::App;
use tauri::{AppHandle, Manager as _, async_runtime};
use tracing::warn;

use super::{web_data::WebData, window};

/// Limits the time from the request to close to the end of the process: longer than the core takes at
/// most, so that it holds only where a thread is stuck.
const EXIT_TIMEOUT: Duration = Duration::from_mins(1);

/// Limits how long a session bus that does not answer keeps the window open.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(1);

/// Whether the app has begun to close.
#[derive(Default)]
pub struct Closing(AtomicBool);

impl Closing {
    /// True for the first caller.
    fn begins(&self) -> bool {
        !self.0.swap(true, Ordering::SeqCst)
    }
}

/// Whether the app has begun to close: nothing brings its window back then.
pub fn has_begun(app: &AppHandle) -> bool {
    app.state::<Closing>().0.load(Ordering::SeqCst)
}

/// Closes the app. The main thread goes on, so that the window does not freeze.
pub fn begin(app: &AppHandle) {
    if !app.state::<Closing>().begins() {
        return;
    }
    limit();
    release(app);
    window::hide(app);
    let app = app.clone();
    async_runtime::spawn(async move {
        close_core(&app).await;
        app.exit(0);
    });
}

/// The last step, in the main thread. Where the system ends the app in another way than through
/// [`begin`], the core is closed here.
pub fn finish(app: &AppHandle) {
    if app.state::<Closing>().begins() {
        limit();
        async_runtime::block_on(close_core(app));
    }
    if let Some(web_data) = app.try_state::<Option<WebData>>()
        && let Some(web_data) = &*web_data
    {
        web_data.remove();
    }
}

async fn close_core(app: &AppHandle) {
    let core = app.try_state::<App>().map(|core| core.inner().clone());
    if let Some(core) = core {
        core.close().await;
    }
}

/// A start from now on is an app of its own, which waits for the profile that this one still holds.
fn release(app: &AppHandle) {
    let (tell, released) = mpsc::channel();
    let app = app.clone();
    thread::spawn(move || {
        tauri_plugin_single_instance::destroy(&app);
        let _ = tell.send(());
    });
    if released.recv_timeout(RELEASE_TIMEOUT).is_err() {
        warn!("the session bus does not answer");
    }
}

/// Ends the process when its time is over, from a thread that waits for no other.
fn limit() {
    thread::spawn(|| {
        thread::sleep(EXIT_TIMEOUT);
        warn!("the app ends though not everything has ended");
        process::exit(1);
    });
}

/// Closes the app when the system asks the process to end, as it does at the end of a desktop session
/// and when the computer is shut down.
#[cfg(unix)]
pub fn on_signals(app: &AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};

    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()] {
        let app = app.clone();
        async_runtime::spawn(async move {
            match signal(kind) {
                Ok(mut signal) => {
                    if signal.recv().await.is_some() {
                        begin(&app);
                    }
                }
                Err(error) => warn!("the end of the desktop session will not be noticed: {error}"),
            }
        });
    }
}

#[cfg(not(unix))]
pub fn on_signals(_: &AppHandle) {}
