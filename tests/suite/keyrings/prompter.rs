//! The desktop's dialog that asks for the keyring's password, with a user who closes it, or does not see
//! it.

use anyhow::Result;
use galaxy_chat_tests::keyring::Keyring;
use tokio::sync::mpsc;
use zbus::message::Header;
use zbus::names::UniqueName;
use zbus::zvariant::OwnedObjectPath;
use zbus::{Connection, connection, interface};

/// A dialog on the bus, as gnome-keyring knows it. It is gone when this is dropped.
pub struct Prompter {
    _bus: Connection,
    shown: mpsc::UnboundedReceiver<()>,
}

impl Prompter {
    /// Waits for a keyring that wants to ask something.
    pub async fn start(keyring: &Keyring) -> Result<Self> {
        Self::start_with(keyring, true).await
    }

    /// The same with a dialog that stays open.
    pub async fn unseen(keyring: &Keyring) -> Result<Self> {
        Self::start_with(keyring, false).await
    }

    async fn start_with(keyring: &Keyring, closes: bool) -> Result<Self> {
        let (asked, shown) = mpsc::unbounded_channel();
        let bus = connection::Builder::address(keyring.address().as_str())?
            .serve_at("/org/gnome/keyring/Prompter", Dialog { asked, closes })?
            .name("org.gnome.keyring.SystemPrompter")?
            .build()
            .await?;
        Ok(Self { _bus: bus, shown })
    }

    /// How often the dialog was closed since this was asked last.
    pub fn closed(&mut self) -> usize {
        std::iter::from_fn(|| self.shown.try_recv().ok()).count()
    }
}

struct Dialog {
    asked: mpsc::UnboundedSender<()>,
    closes: bool,
}

#[expect(clippy::unused_async, clippy::unused_self, reason = "the interface is the keyring's")]
#[interface(name = "org.gnome.keyring.internal.Prompter")]
impl Dialog {
    /// The keyring has something to ask. It is told at once where the user closed the dialog.
    async fn begin_prompting(
        &self,
        callback: OwnedObjectPath,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) {
        // Whoever counts may be gone before the keyring is.
        let _ = self.asked.send(());
        if !self.closes {
            return;
        }
        let Some(keyring) = header.sender().map(UniqueName::to_owned) else { return };
        let (bus, executor) = (bus.clone(), bus.executor().clone());
        let tell = async move {
            let interface = Some("org.gnome.keyring.internal.Prompter.Callback");
            let told = bus.call_method(Some(keyring), &callback, interface, "PromptDone", &());
            told.await.expect("the keyring hears that the dialog was closed");
        };
        executor.spawn(tell, "the dialog is closed").detach();
    }

    fn stop_prompting(&self, callback: OwnedObjectPath) {
        drop(callback);
    }
}
