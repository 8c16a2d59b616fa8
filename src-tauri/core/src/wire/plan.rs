use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The joins under way and those of the same batch that are settled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JoinPlan {
    /// The rooms in the order in which they are joined.
    pub rooms: Vec<PlannedRoom>,
    /// How many rooms there are.
    pub total: u32,
    /// In how many of them the user is, whether joined by this plan or before.
    pub done: u32,
    /// How many could not be joined.
    pub failed: u32,
    /// What is being done or waited for.
    pub doing: PlanDoing,
    /// How long the rest takes; `None` as long as there is too little to tell by.
    pub left: Option<TimeLeft>,
    /// The user has paused it.
    pub paused: bool,
}

/// What a plan does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "doing", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PlanDoing {
    /// Nothing is left to do.
    #[default]
    Finished,
    /// The server is being asked to join a room.
    Joining {
        /// The room's name.
        name: String,
        /// The server takes long; other rooms are joined meanwhile.
        slow: bool,
    },
    /// The server has joined the room, which has yet to appear here.
    Appearing {
        /// The room's name.
        name: String,
    },
    /// The answer was lost; whether the room was joined is being found out.
    FindingOut {
        /// The room's name.
        name: String,
    },
    /// The server asked to wait; goes on by itself.
    WaitingForServer {
        /// When, in milliseconds since the Unix epoch.
        until_ms: u64,
        /// The wait is long enough to be shown with its end and a button to try at once.
        long: bool,
        /// The server did not say how long; the time is the app's own, and a careful one.
        guessed: bool,
    },
    /// The server cannot be reached; goes on by itself.
    WaitingForNetwork,
    /// The user has paused the plan.
    Paused,
}

/// How long the rest takes, by what was observed. The true time is in the range, almost always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TimeLeft {
    /// The least, in milliseconds.
    pub low_ms: u64,
    /// The most likely, in milliseconds.
    pub likely_ms: u64,
    /// The most, in milliseconds.
    pub high_ms: u64,
    /// What most of it is waited for.
    pub bound: TimeBound,
    /// How long that is for each room, in milliseconds.
    pub each_ms: u64,
}

/// What joins mostly wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum TimeBound {
    /// The server lets in only so many rooms in a time.
    Limit,
    /// Each join takes its time at the server.
    Answers,
}

/// One room of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlannedRoom {
    /// Names it within the plan.
    pub id: u32,
    /// The catalogue's key, where the room is in the catalogue.
    pub key: Option<String>,
    /// The alias, where it was asked for by one.
    pub alias: Option<String>,
    /// The room id, where it is known.
    pub room_id: Option<String>,
    /// The name to show.
    pub name: String,
    /// How far it is.
    pub state: PlannedState,
    /// What the server said in its own words when it was asked last, where it refused.
    pub words: Option<String>,
}

/// How far a room of a plan is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PlannedState {
    /// Waits for its turn.
    Queued,
    /// Waits until the Space has been joined whose members may join it.
    WaitingForSpace,
    /// The server is being asked.
    Joining {
        /// Since when, in milliseconds since the Unix epoch.
        since_ms: u64,
    },
    /// The answer was lost or takes very long; the room appears if it was joined.
    Unsure {
        /// Since when, in milliseconds since the Unix epoch.
        since_ms: u64,
    },
    /// The server has joined it; it has yet to appear here.
    Appearing,
    /// Joined by this plan.
    Joined {
        /// The room.
        room_id: String,
    },
    /// The user was in it already.
    AlreadyIn {
        /// The room.
        room_id: String,
    },
    /// Not joined.
    Failed {
        /// Why.
        problem: JoinProblem,
    },
}

/// Why a room was not joined. There is a kind for each next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "problem", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum JoinProblem {
    /// Nobody gets in without an invitation. Next: ask those who are in.
    InviteOnly,
    /// One has to ask to be let in. Next: ask; then wait for those who are in.
    Knock {
        /// The user has asked. The room follows by itself when somebody lets them in.
        asked: bool,
    },
    /// Members of a Space may join, and the user is not one. Next: join the Space; the room then
    /// follows by itself.
    Restricted {
        /// The Space's name, alias or id, where it is known.
        space: Option<String>,
    },
    /// The user is banned. Next: write to those who run the room.
    Banned,
    /// The room's state is damaged. Next: tell Galaxy's admins.
    Broken,
    /// The room is of a version that the server does not know. Next: ask its admins for a newer server, or
    /// use another one.
    RoomVersionUnknown,
    /// The server wants its terms to be accepted first. Next: accept them, then try again.
    TermsNotAccepted {
        /// The page where that is done, where the server names one.
        page: Option<String>,
    },
    /// The account was suspended: it may read, and join nothing. Next: write to the server's admins.
    AccountSuspended,
    /// The user is in the room, and it names another one as its successor. Next: go there, which
    /// nothing but the user's click does.
    Replaced {
        /// The id of the successor.
        by: String,
    },
    /// The room has moved, and the room that it names as its successor does not say so. The user is
    /// in both. Next: ask in the Lobby.
    Moved,
    /// No room has this address. Next: try the nearest one.
    AddressUnknown {
        /// The most similar alias in the catalogue.
        nearest: Option<String>,
    },
    /// The server reaches none of the servers that know the room. Next: try again later.
    Unreachable,
    /// The server did not get done in time; the room appears if it does later. Next: try again.
    Slow,
    /// The app could not write down that it asks, so it did not ask. Next: make room on the disk, and
    /// try again.
    NotKept,
    /// Anything else.
    Other {
        /// The server's words, fit for a public bug report.
        words: String,
    },
}

/// What the user wants done with the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(tag = "order", rename_all = "camelCase")]
pub enum JoinOrder {
    /// Ask for no further rooms.
    Pause,
    /// Go on.
    Resume,
    /// Cut a long wait short.
    TryNow,
    /// Take all rooms out.
    CancelAll,
    /// Join this room before all others that wait.
    First {
        /// Names it within the plan.
        id: u32,
    },
    /// Join this room before the one that comes before it.
    Up {
        /// Names it within the plan.
        id: u32,
    },
    /// Take this room out.
    Cancel {
        /// Names it within the plan.
        id: u32,
    },
    /// Try again to join this room.
    Retry {
        /// Names it within the plan.
        id: u32,
    },
    /// Join the successor of this room, which has moved.
    Follow {
        /// Names it within the plan.
        id: u32,
    },
    /// Ask those who are in this room to be let in.
    Knock {
        /// Names it within the plan.
        id: u32,
    },
}
