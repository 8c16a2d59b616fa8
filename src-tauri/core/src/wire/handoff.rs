use serde::Serialize;
use ts_rs::TS;

/// A place outside of this app that a room can be opened in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HandOff {
    /// What the window hands back, and what is remembered; the same at every start.
    pub id: String,
    /// The name to show; `None` where the system says only that there is a program.
    pub name: Option<String>,
    /// How the room gets there.
    pub way: HandOffWay,
    /// It is the one that was taken last; it stands first.
    pub last: bool,
}

/// Whether this app opens `matrix:` links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum MatrixLinks {
    /// The user wants it to.
    On,
    /// Another app does, or none.
    Off,
    /// That cannot be chosen here: the app is not installed, or the system has its own settings.
    Unavailable,
}

/// How a room gets into another app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum HandOffWay {
    /// A program on this computer opens it.
    App,
    /// A page in the browser opens it.
    Web,
    /// The program is on this computer but takes no links: the user pastes the address there.
    Paste,
}
