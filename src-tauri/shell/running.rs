//! Finds an app that runs already and does not answer, so that a second start says so instead of waiting
//! for it.

#[cfg(target_os = "linux")]
mod system {
    use gtk::{
        gio::{self, DBusCallFlags},
        glib,
        prelude::*,
    };

    /// The name under which the running app takes what a second start hands over.
    const NAME: &str = "org.galaxyproject.chat.SingleInstance";

    /// Limits how long the running app has to answer: a busy computer needs seconds.
    const ANSWER_TIMEOUT_MS: i32 = 20_000;

    const PROBLEM: &str = "Galaxy Chat is running already, but it does not answer";
    const ADVICE: &str = "Your sign-in is safe. Wait a minute and start it again. If that does not help, \
                          end the running one, or log out of the desktop and in again.";

    /// False where an app holds the name and does not answer; the user has then been told.
    pub fn answers() -> bool {
        // Without a session bus there is nobody to be found.
        let Ok(bus) = gio::bus_get_sync(gio::BusType::Session, gio::Cancellable::NONE) else {
            return true;
        };
        let (path, interface) = ("/", "org.freedesktop.DBus.Peer");
        let asked = bus.call_sync(
            Some(NAME),
            path,
            interface,
            "Ping",
            None,
            None::<&glib::VariantTy>,
            DBusCallFlags::NO_AUTO_START,
            ANSWER_TIMEOUT_MS,
            gio::Cancellable::NONE,
        );
        // Any other error is an answer, such as that nobody has the name.
        if !asked.is_err_and(|error| error.matches(gio::IOErrorEnum::TimedOut)) {
            return true;
        }
        eprintln!("galaxy-chat: {PROBLEM}. {ADVICE}");
        let dialog = gtk::MessageDialog::new(
            None::<&gtk::Window>,
            gtk::DialogFlags::MODAL,
            gtk::MessageType::Error,
            gtk::ButtonsType::Close,
            PROBLEM,
        );
        dialog.set_title("Galaxy Chat");
        dialog.set_secondary_text(Some(ADVICE));
        dialog.run();
        false
    }
}

#[cfg(target_os = "linux")]
pub use system::answers;

/// Here the system's own way to find a running app does not wait for it.
#[cfg(not(target_os = "linux"))]
pub fn answers() -> bool {
    true
}
