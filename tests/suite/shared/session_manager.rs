//! The end of a desktop session, as GNOME's session manager announces it: something answers in its place.

use std::sync::{Arc, Mutex};

use anyhow::{Result, ensure};
use galaxy_chat_tests::homeserver::Options;
use galaxy_chat_tests::process::is_running;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::ObjectPath;
use zbus::{Connection, connection};

use super::Visitor;
use crate::session::until;
use crate::starts::at_last;

const PATH: &str = "/org/gnome/SessionManager";
const CLIENT_PATH: &str = "/org/gnome/SessionManager/Client1";

/// What was said to the session manager, in order.
type Said = Arc<Mutex<Vec<String>>>;

struct Manager(Said);

#[zbus::interface(name = "org.gnome.SessionManager")]
impl Manager {
    fn register_client(&self, app_id: &str, startup_id: &str) -> ObjectPath<'static> {
        let what = format!("registered {app_id}{startup_id}");
        self.0.lock().expect("no panic with what was said").push(what);
        ObjectPath::from_static_str_unchecked(CLIENT_PATH)
    }
}

struct Client(Said);

#[zbus::interface(name = "org.gnome.SessionManager.ClientPrivate")]
impl Client {
    fn end_session_response(&self, is_ok: bool, reason: &str) {
        let what = format!("may end: {is_ok}{reason}");
        self.0.lock().expect("no panic with what was said").push(what);
    }

    #[zbus(signal)]
    async fn query_end_session(emitter: &SignalEmitter<'_>, flags: u32) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn end_session(emitter: &SignalEmitter<'_>, flags: u32) -> zbus::Result<()>;
}

/// The session manager on the session bus that the app is about to start on.
async fn manage(address: &str) -> Result<(Connection, Said)> {
    let said = Said::default();
    let connection = connection::Builder::address(address)?
        .name("org.gnome.SessionManager")?
        .serve_at(PATH, Manager(said.clone()))?
        .serve_at(CLIENT_PATH, Client(said.clone()))?
        .build()
        .await?;
    Ok((connection, said))
}

#[tokio::test]
async fn logging_out_of_the_desktop_ends_a_session_on_a_shared_computer() -> Result<()> {
    let mut visitor = Visitor::open(Options::default()).await?;
    visitor.desk.stage.window.close().await?;
    let (desktop, said) = manage(&visitor.desk.stage.keyring.address()).await?;
    let emitter = SignalEmitter::new(&desktop, CLIENT_PATH)?;
    let says = |what: &str| {
        said.lock().expect("no panic with what was said").last().is_some_and(|last| last == what)
    };
    visitor.desk.stage.window.start().await?;
    until("a client", async || Ok(says("registered org.galaxyproject.chat"))).await?;
    let traces = visitor.come().await?;
    let pid = visitor.desk.stage.window.pid()?;

    // Another program may still keep the user from logging out.
    Client::query_end_session(&emitter, 0).await?;
    until("no objection", async || Ok(says("may end: true"))).await?;
    ensure!(is_running(pid), "it ended before its time");
    Client::end_session(&emitter, 0).await?;
    at_last("ended", || Ok(!is_running(pid))).await?;
    visitor.no_device().await?;
    visitor.assert_no_trace(&traces).await
}
