//! logind, the manager of desktop sessions on Linux: a session on a shared computer ends before the
//! computer sleeps, as it does when the lid is closed, and the app ends before it shuts down.
//!
//! A delay lock ("inhibitor") makes logind wait, for five seconds by its own default. It is held whenever
//! the app runs, because one that is taken after the announcement comes too late.

use std::{cell::RefCell, future, rc::Rc, time::Duration};

use galaxy_chat_core::App;
use gtk::{
    gio::{self, DBusCallFlags, DBusConnection, DBusSignalFlags, UnixFDList},
    glib::{self, MainContext, ToVariant as _, VariantTy},
};
use tauri::{AppHandle, Manager as _, async_runtime};
use tracing::info;

use super::closing;

const NAME: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const INTERFACE: &str = "org.freedesktop.login1.Manager";

/// Nobody has signed in by then, and the window has been drawn.
const START_DELAY: Duration = Duration::from_secs(2);

/// Limits how long logind may take to grant a lock.
const LOCK_TIMEOUT_MS: i32 = 5000;

/// The lock, given back when it is dropped.
type Lock = Rc<RefCell<Option<UnixFDList>>>;

/// Listens to logind from now on, in the main thread. Where there is none, nothing is announced.
pub fn watch(app: &AppHandle) {
    let app = app.clone();
    MainContext::default().spawn_local(async move {
        glib::timeout_future(START_DELAY).await;
        if let Err(error) = listen(&app).await {
            info!("sleep and shutdown are not announced: {error}");
        }
    });
}

/// Ends with an error only.
async fn listen(app: &AppHandle) -> Result<(), glib::Error> {
    let bus = gio::bus_get_future(gio::BusType::System).await?;
    let lock = Lock::default();
    for (signal, announced) in
        [("PrepareForSleep", sleep as Announced), ("PrepareForShutdown", shut_down)]
    {
        let (app, lock) = (app.clone(), lock.clone());
        bus.signal_subscribe(
            Some(NAME),
            Some(INTERFACE),
            Some(signal),
            Some(PATH),
            None,
            DBusSignalFlags::NONE,
            move |bus, _, _, _, _, begins| {
                if let Some((begins,)) = begins.get::<(bool,)>() {
                    announced(&app, bus, &lock, begins);
                }
            },
        );
    }
    // Without a lock the announcements still come, and may leave enough time.
    *lock.borrow_mut() = delay(&bus).await.inspect_err(|error| info!("no lock: {error}")).ok();
    // Without anybody who holds it the connection would be closed.
    future::pending().await
}

/// What is done when something begins, or is over.
type Announced = fn(&AppHandle, &DBusConnection, &Lock, bool);

fn sleep(app: &AppHandle, bus: &DBusConnection, lock: &Lock, begins: bool) {
    let core = app.try_state::<App>().map(|core| core.inner().clone());
    let (bus, lock) = (bus.clone(), lock.clone());
    MainContext::default().spawn_local(async move {
        if !begins {
            let again = delay(&bus).await;
            *lock.borrow_mut() = again.inspect_err(|error| info!("no lock: {error}")).ok();
            return;
        }
        if let Some(core) = core {
            // It panicked, which was logged.
            let _ = async_runtime::spawn(async move { core.end_shared_session().await }).await;
        }
        lock.borrow_mut().take();
    });
}

/// The lock is given back by the end of the process.
fn shut_down(app: &AppHandle, _: &DBusConnection, _: &Lock, begins: bool) {
    if begins {
        closing::begin(app);
    }
}

/// Asks logind to wait.
async fn delay(bus: &DBusConnection) -> Result<UnixFDList, glib::Error> {
    let why = ("sleep:shutdown", "Galaxy Chat", "Ending a sign-in on a shared computer", "delay");
    let reply = VariantTy::new("(h)").ok();
    let (_, lock) = bus
        .call_with_unix_fd_list_future(
            Some(NAME),
            PATH,
            INTERFACE,
            "Inhibit",
            Some(&why.to_variant()),
            reply,
            DBusCallFlags::NO_AUTO_START,
            LOCK_TIMEOUT_MS,
            None::<&UnixFDList>,
        )
        .await?;
    Ok(lock)
}
