//! The desktop's session manager (`org.gnome.SessionManager`, of GNOME, MATE and Cinnamon): the app is one of
//! its clients, so that it can end in order before the user is logged out. Without that, the first it would
//! notice is that its display is gone, which ends the process at once.

use std::future;

use gtk::{
    gio::{self, DBusCallFlags, DBusConnection, DBusSignalFlags},
    glib::{self, MainContext, ToVariant as _, Variant, VariantTy},
};
use tauri::AppHandle;
use tracing::info;

use super::closing;

const NAME: &str = "org.gnome.SessionManager";
const PATH: &str = "/org/gnome/SessionManager";
const CLIENT: &str = "org.gnome.SessionManager.ClientPrivate";

/// As in the name of the desktop file.
const APP_ID: &str = "org.galaxyproject.chat";

/// Limits how long the session manager may take to answer.
const ANSWER_TIMEOUT_MS: i32 = 5000;

/// Becomes a client from now on, in the main thread. Where there is no such session manager, nothing is
/// announced.
pub fn watch(app: &AppHandle) {
    let app = app.clone();
    MainContext::default().spawn_local(async move {
        if let Err(error) = listen(&app).await {
            info!("the end of the desktop session is not announced: {error}");
        }
    });
}

/// Ends with an error only.
async fn listen(app: &AppHandle) -> Result<(), glib::Error> {
    let bus = gio::bus_get_future(gio::BusType::Session).await?;
    let registered = call(&bus, PATH, NAME, "RegisterClient", &(APP_ID, "").to_variant()).await?;
    let Some(client) = registered.try_child_value(0).and_then(|path| path.str().map(str::to_owned))
    else {
        return Ok(());
    };
    let (app, path) = (app.clone(), client.clone());
    bus.signal_subscribe(
        Some(NAME),
        Some(CLIENT),
        None,
        Some(&client),
        None,
        DBusSignalFlags::NONE,
        move |bus, _, _, _, signal, _| match signal {
            "QueryEndSession" => agree(bus.clone(), path.clone()),
            // The end of the process is the answer: until then the session manager waits, for some time.
            "EndSession" | "Stop" => closing::begin(&app),
            _ => {}
        },
    );
    // Without anybody who holds it the connection would be closed.
    future::pending().await
}

/// Nothing that is unsaved holds up the end.
fn agree(bus: DBusConnection, client: String) {
    MainContext::default().spawn_local(async move {
        let answer = (true, "").to_variant();
        if let Err(error) = call(&bus, &client, CLIENT, "EndSessionResponse", &answer).await {
            info!("the session manager takes no answer: {error}");
        }
    });
}

async fn call(
    bus: &DBusConnection,
    path: &str,
    interface: &str,
    method: &str,
    arguments: &Variant,
) -> Result<Variant, glib::Error> {
    bus.call_future(
        Some(NAME),
        path,
        interface,
        method,
        Some(arguments),
        None::<&VariantTy>,
        DBusCallFlags::NO_AUTO_START,
        ANSWER_TIMEOUT_MS,
    )
    .await
}
