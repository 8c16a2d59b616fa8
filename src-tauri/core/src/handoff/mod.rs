//! A room, taken to another app.
//!
//! One table says what link opens a room where. The window names a place and a room, never a link:
//! links that may start a program are made here, and [`may_open`] knows no others.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(target_os = "macos", test))]
mod macos;
mod offers;
mod qr;
#[cfg(any(windows, test))]
mod windows;

#[cfg(test)]
mod tests;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

pub use self::{
    offers::{Offer, Program, installed, offers},
    qr::qr,
};
use crate::{
    address::{self, Meaning, RoomLink},
    wire::HandOffWay,
};

/// What browsers' `encodeURIComponent` leaves as it is.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'!')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// The colon may stay in a path, and people read these links.
const SEGMENT: &AsciiSet = &COMPONENT.remove(b':');

/// The places a room can be taken to, in the order they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Element on this computer.
    Element,
    /// Cinny on this computer.
    Cinny,
    /// Nheko.
    Nheko,
    /// KDE's app.
    NeoChat,
    /// GNOME's app.
    Fractal,
    /// Any other program that opens `matrix:` links.
    OtherApp,
    /// Element in the browser.
    ElementWeb,
    /// Cinny in the browser.
    CinnyWeb,
    /// A link for everybody: for the clipboard, and for a phone.
    MatrixTo,
}

/// How a target's links are made.
#[derive(Clone, Copy)]
enum Form {
    /// `BASE#/room/ID/EVENT?via=A&via=B`.
    Element(&'static str),
    /// `BASEhome/ID/EVENT?viaServers=A,B`.
    Cinny(&'static str),
    /// `matrix:KIND/ID/e/EVENT?action=join&via=A&via=B`.
    MatrixUri,
    /// `https://matrix.to/#/ID/EVENT?via=A&via=B`.
    MatrixTo,
    /// It takes no links.
    None,
}

/// A scheme that a program has to be registered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    /// `matrix:`
    Matrix,
    /// `element:`
    Element,
}

/// What is known of a target.
struct Row {
    target: Target,
    /// For the window and for remembering.
    id: &'static str,
    name: &'static str,
    way: HandOffWay,
    form: Form,
    /// What the program must take, where links are to reach it.
    scheme: Option<Scheme>,
    /// What the program is called where it is installed, in lower case: its desktop file, bundle
    /// or program file, without what follows the name.
    idents: &'static [&'static str],
}

/// All targets, in the order they are shown, which is that of [`Target`].
const ROWS: &[Row] = &[
    // Schemes: element-hq/element-web, apps/desktop/src/protocol.ts, which keeps what is behind
    // the `#` and nothing else; route: matrix-org/matrix.to, src/open/clients/Element.js.
    // Names: flathub/im.riot.Riot; electron-builder.ts (`element-desktop`, on Windows and macOS
    // `Element`); the Snap puts its own name in front; nixpkgs and Arch use the first two.
    Row {
        target: Target::Element,
        id: "element",
        name: "Element",
        way: HandOffWay::App,
        form: Form::Element("element://vector/webapp/"),
        scheme: Some(Scheme::Element),
        idents: &[
            "im.riot.riot",
            "element-desktop",
            "element-desktop_element-desktop",
            "io.element.element",
            "element",
        ],
    },
    // cinnyapp/cinny-desktop registers no scheme, and cinnyapp/cinny#786, which asks for it, is
    // open. "Join with address" in Cinny takes a pasted one.
    Row {
        target: Target::Cinny,
        id: "cinny",
        name: "Cinny",
        way: HandOffWay::Paste,
        form: Form::None,
        scheme: None,
        idents: &["in.cinny.cinny", "cinny"],
    },
    // Nheko-Reborn/nheko: resources/nheko.desktop.in, resources/AppxManifest.xml,
    // cmake/MacOSXBundleInfo.plist.in; parseMatrixUri in src/Utils.cpp reads the link.
    Row {
        target: Target::Nheko,
        id: "nheko",
        name: "Nheko",
        way: HandOffWay::App,
        form: Form::MatrixUri,
        scheme: Some(Scheme::Matrix),
        idents: &["im.nheko.nheko", "nheko", "io.github.nhekoreborn.nheko"],
    },
    // KDE/neochat: org.kde.neochat.desktop, neochat(1); matrix-org/matrix.to,
    // src/open/clients/NeoChat.js.
    Row {
        target: Target::NeoChat,
        id: "neochat",
        name: "NeoChat",
        way: HandOffWay::App,
        form: Form::MatrixUri,
        scheme: Some(Scheme::Matrix),
        idents: &["org.kde.neochat", "neochat", "neochat_neochat"],
    },
    // matrix-org/matrix.to, src/open/clients/Fractal.js; Fractal reads links with ruma's MatrixUri.
    Row {
        target: Target::Fractal,
        id: "fractal",
        name: "Fractal",
        way: HandOffWay::App,
        form: Form::MatrixUri,
        scheme: Some(Scheme::Matrix),
        idents: &["org.gnome.fractal", "fractal"],
    },
    // https://spec.matrix.org/v1.18/appendices/#matrix-uri-scheme
    Row {
        target: Target::OtherApp,
        id: "app",
        name: "",
        way: HandOffWay::App,
        form: Form::MatrixUri,
        scheme: Some(Scheme::Matrix),
        idents: &[],
    },
    // matrix-org/matrix.to, src/open/clients/Element.js.
    Row {
        target: Target::ElementWeb,
        id: "element-web",
        name: "Element",
        way: HandOffWay::Web,
        form: Form::Element("https://app.element.io/"),
        scheme: None,
        idents: &[],
    },
    // cinnyapp/cinny, src/app/pages/paths.ts and pathSearchParam.ts: the servers are one argument,
    // `viaServers`. (matrix.to's own Cinny.js calls it `via`, which Cinny does not read.)
    Row {
        target: Target::CinnyWeb,
        id: "cinny-web",
        name: "Cinny",
        way: HandOffWay::Web,
        form: Form::Cinny("https://app.cinny.in/"),
        scheme: None,
        idents: &[],
    },
    // https://spec.matrix.org/v1.18/appendices/#matrixto-navigation. Not offered as a place.
    Row {
        target: Target::MatrixTo,
        id: "matrix-to",
        name: "matrix.to",
        way: HandOffWay::Web,
        form: Form::MatrixTo,
        scheme: None,
        idents: &[],
    },
];

/// A link that this module made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link(Url);

impl Link {
    /// The link itself.
    pub fn as_url(&self) -> &Url {
        &self.0
    }
}

impl std::fmt::Display for Link {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The link that opens a room there; `None` where the program takes no links.
///
/// `via` goes with ids only: an alias is asked of its own server, whatever the link says.
pub fn link_for(target: Target, link: &RoomLink) -> Option<Link> {
    let made = match target.row().form {
        Form::Element(base) => {
            let path = path(link, COMPONENT, "/");
            format!("{base}#/room/{path}{}", arguments(link, COMPONENT, "?"))
        }
        Form::Cinny(base) => {
            let servers: Vec<_> = servers(link).map(|via| encode(via, COMPONENT)).collect();
            let query = if servers.is_empty() { "" } else { "?viaServers=" };
            format!("{base}home/{}{query}{}", path(link, COMPONENT, "/"), servers.join(","))
        }
        Form::MatrixUri => {
            let kind = if link.room.is_room_id() { "roomid" } else { "r" };
            let path = typed_path(link);
            format!("matrix:{kind}/{path}?action=join{}", arguments(link, SEGMENT, "&"))
        }
        Form::MatrixTo => {
            let path = path(link, SEGMENT, "/");
            format!("https://matrix.to/#/{path}{}", arguments(link, SEGMENT, "?"))
        }
        Form::None => return None,
    };
    Url::parse(&made).ok().map(Link)
}

/// Whether a link may be handed to the system although [`check_link`](crate::check_link) would not:
/// exactly those that [`link_for`] makes of the room they lead to.
pub fn may_open(url: &Url) -> bool {
    let Meaning::Room(room) = address::read(url.as_str()).meaning else { return false };
    let offered = ROWS.iter().filter(|row| row.target != Target::MatrixTo);
    offered.filter_map(|row| link_for(row.target, &room)).any(|link| link.as_url() == url)
}

impl Target {
    fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }
}

/// `ID/EVENT`, with sigils.
fn path(link: &RoomLink, set: &'static AsciiSet, separator: &str) -> String {
    let room = encode(link.room.as_str(), set);
    match &link.event {
        Some(event) => format!("{room}{separator}{}", encode(event.as_str(), set)),
        None => room,
    }
}

/// `ID/e/EVENT`, without sigils.
fn typed_path(link: &RoomLink) -> String {
    let bare = |id: &str| encode(id.get(1..).unwrap_or_default(), SEGMENT);
    let room = bare(link.room.as_str());
    match &link.event {
        Some(event) => format!("{room}/e/{}", bare(event.as_str())),
        None => room,
    }
}

/// `via=A&via=B`, with `first` in front.
fn arguments(link: &RoomLink, set: &'static AsciiSet, first: &str) -> String {
    let arguments = servers(link).enumerate().map(|(place, server)| {
        let separator = if place == 0 { first } else { "&" };
        format!("{separator}via={}", encode(server, set))
    });
    arguments.collect()
}

fn servers(link: &RoomLink) -> impl Iterator<Item = &str> {
    let via = if link.room.is_room_id() { link.via.as_slice() } else { &[] };
    via.iter().take(address::MOST_VIA).map(|server| server.as_str())
}

fn encode(text: &str, set: &'static AsciiSet) -> String {
    utf8_percent_encode(text, set).to_string()
}
