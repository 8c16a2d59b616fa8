//! The types that cross to the window.
//!
//! They are plain data: serialised with serde, exported to `ui/bindings/` with ts-rs. Nothing
//! in here holds a token, a key or a path.

mod address;
mod diff;
mod error;
mod handoff;
mod live;
mod plan;
mod room;
mod session;
mod text;
mod timeline;

use serde::Serialize;
use ts_rs::TS;

pub use self::{
    address::{AddressFault, AddressForm, AddressMeaning, AddressRepair, Listed, PastedAddress},
    diff::Diff,
    error::{ErrorKind, UiError},
    handoff::{HandOff, HandOffWay, MatrixLinks},
    live::{JoinRule, LiveRoom, Standing},
    plan::{
        JoinOrder, JoinPlan, JoinProblem, PlanDoing, PlannedRoom, PlannedState, TimeBound, TimeLeft,
    },
    room::{
        CatalogueEntry, Category, Closed, Confidence, Invitation, Join, JoinState, LastMessage,
        MoveReason, OpenedRoom, RoomKind, RoomRow,
    },
    session::{
        AccountPage, CreateAccount, Keeping, KeyringProblem, LockReason, OAuthOffer, Policy,
        RegistrationAnswer, RegistrationStage, ServerOffer, Session, SignInStep, SignInWay,
        SsoProvider, SyncState, Unfinished,
    },
    text::{Block, GuidePage, Inline, TableRow},
    timeline::{
        Media, MembershipKind, Message, Reaction, ReplyTo, SendState, Sender, Sending,
        TimelineItem, TimelineItemKind, Unreadable,
    },
};

/// What the window is told, in order. A new subscriber first gets one update of each kind that
/// has a current value, which together are a full snapshot.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Update {
    /// The session's state.
    Session {
        /// The state.
        session: Session,
    },
    /// Whether the homeserver is being heard.
    Sync {
        /// The state.
        sync: SyncState,
    },
    /// Galaxy's rooms as the app knows them; the Lobby comes first.
    Catalogue {
        /// All entries.
        entries: Vec<CatalogueEntry>,
    },
    /// How far joining each room is; those not listed are not joined.
    Joins {
        /// The rooms that are joined, being joined, or could not be joined.
        joins: Vec<Join>,
    },
    /// The joins that are planned, under way and settled.
    JoinPlan {
        /// All of them.
        plan: JoinPlan,
    },
    /// Invitations that are neither accepted nor declined.
    Invitations {
        /// All of them.
        invitations: Vec<Invitation>,
    },
    /// Changes to the list of joined rooms, and of those that somebody removed the user from; the most
    /// recently active first.
    Rooms {
        /// To be applied in order.
        diffs: Vec<Diff<RoomRow>>,
    },
    /// Changes to the conversation of the open room, oldest item first.
    Timeline {
        /// The room they belong to.
        room_id: String,
        /// To be applied in order.
        diffs: Vec<Diff<TimelineItem>>,
    },
    /// A link that the system handed over, to be shown. Told once.
    Link {
        /// What it was understood as.
        address: PastedAddress,
    },
    /// Something the user should know that is no answer to a command.
    Notice {
        /// What happened.
        error: UiError,
    },
}

/// What the window begins with.
#[derive(Clone, Debug, Serialize, TS)]
pub struct Start {
    /// What stays as it is.
    pub info: StartInfo,
    /// Everything there is to show; later updates change it.
    pub updates: Vec<Update>,
}

/// What the window needs to know before anything else.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StartInfo {
    /// The app's version, such as `0.1.0`.
    pub version: String,
    /// The homeserver offered in the sign-in form, such as `matrix.org`.
    pub default_server: String,
    /// Servers that were signed in to before on this computer, the last one first.
    pub recent_servers: Vec<String>,
    /// Set when the catalogue file given at start could not be used; the bundled one is shown.
    pub catalogue_problem: Option<String>,
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs, path::Path};

    use ts_rs::Config;

    use super::*;

    /// Where the window's code finds the types.
    const BINDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/bindings");

    /// Set to write the bindings instead of comparing them.
    const UPDATE: &str = "UPDATE_BINDINGS";

    #[test]
    fn bindings_are_current() {
        let folder = tempfile::tempdir().expect("a folder");
        // JSON has one kind of number, and none of ours comes near its limits.
        let config = Config::new().with_out_dir(folder.path()).with_large_int("number");
        Update::export_all(&config).expect("exported");
        Start::export_all(&config).expect("exported");
        GuidePage::export_all(&config).expect("exported");
        HandOff::export_all(&config).expect("exported");
        JoinOrder::export_all(&config).expect("exported");
        MatrixLinks::export_all(&config).expect("exported");
        OpenedRoom::export_all(&config).expect("exported");
        ServerOffer::export_all(&config).expect("exported");
        SignInWay::export_all(&config).expect("exported");
        RegistrationAnswer::export_all(&config).expect("exported");
        Sending::export_all(&config).expect("exported");
        AccountPage::export_all(&config).expect("exported");
        let current = read(folder.path());
        if std::env::var_os(UPDATE).is_some() {
            let _ = fs::remove_dir_all(BINDINGS);
            fs::create_dir_all(BINDINGS).expect("made");
            for (name, text) in &current {
                fs::write(Path::new(BINDINGS).join(name), text).expect("written");
            }
        }
        let hint = format!("the types have no current bindings: run the tests with {UPDATE}=1");
        assert!(read(Path::new(BINDINGS)) == current, "{hint}");
    }

    fn read(folder: &Path) -> BTreeMap<String, String> {
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        files
            .map(|file| {
                let text = fs::read_to_string(file.path()).expect("readable");
                (file.file_name().to_string_lossy().into_owned(), text.replace("\r\n", "\n"))
            })
            .collect()
    }
}
