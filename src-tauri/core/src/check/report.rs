//! What was found, and what could not be known.

use serde::Serialize;

use super::look::{Facts, Learned};
use crate::{
    space::Tombstone,
    wire::{JoinRule, RoomKind},
};

/// What was found of all rooms.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The server that was asked.
    pub server: String,
    /// Who asked; `None` for somebody who is not signed in.
    pub user_id: Option<String>,
    /// The rooms of the catalogue, and then those that only the Space lists.
    pub rooms: Vec<RoomReport>,
}

/// How things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Health {
    /// Nothing is wrong, as far as the server tells.
    Healthy,
    /// Something is.
    Findings,
    /// Nothing is known to be wrong, and not all questions were answered.
    Incomplete,
}

/// What was found of one room.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomReport {
    /// Its key in the catalogue; `None` where only the Space lists it.
    pub key: Option<String>,
    /// Its name.
    pub name: String,
    /// Its alias.
    pub alias: Option<String>,
    /// Its id, where the alias leads to one.
    pub room_id: Option<String>,
    /// People in it.
    pub members: Option<u64>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What the server does not tell whoever asked.
    pub unknown: Vec<Question>,
    /// What was asked and not answered.
    pub unanswered: Vec<Question>,
}

/// What can be wrong with a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Finding {
    /// No room has the alias.
    DeadAlias,
    /// The room was replaced (it has a tombstone).
    Moved {
        /// By which room; `None` where it does not say.
        to: Option<String>,
    },
    /// A newcomer cannot just join.
    WrongJoinRule {
        /// What the room says instead.
        rule: JoinRule,
    },
    /// Somebody who is not in the room cannot see it: it is by invitation, or no server that is in
    /// it answers.
    NotVisible,
    /// Galaxy's Space does not list it.
    NotInSpace,
    /// The catalogue does not list it.
    NotInCatalogue,
    /// It does not say what it is about.
    NoTopic,
    /// Its messages are encrypted, so that newcomers cannot read what was said before.
    Encrypted,
}

/// What is asked of each room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Question {
    /// Where its alias leads.
    Alias,
    /// Who may join it, what it is about, and whether it is encrypted.
    Summary,
    /// Whether it was replaced.
    Tombstone,
    /// Whether the Space lists it.
    Space,
}

impl Report {
    /// How things stand.
    pub fn health(&self) -> Health {
        if self.rooms.iter().any(|room| !room.findings.is_empty()) {
            Health::Findings
        } else if self.rooms.iter().any(|room| !room.unanswered.is_empty()) {
            Health::Incomplete
        } else {
            Health::Healthy
        }
    }
}

impl RoomReport {
    /// Judges what was learned of a room.
    pub(super) fn judge(mut self, facts: &Facts) -> Self {
        if !facts.in_catalogue {
            self.findings.push(Finding::NotInCatalogue);
        }
        match &facts.lead {
            Learned::Known(Some(id)) => self.room_id = Some(id.to_string()),
            Learned::Known(None) => {
                self.findings.push(Finding::DeadAlias);
                return self;
            }
            lead => {
                self.miss(Question::Alias, lead);
                return self;
            }
        }
        match &facts.tombstone {
            Learned::Known(Tombstone::Moved { to }) => {
                let to = to.as_ref().map(ToString::to_string);
                self.findings.push(Finding::Moved { to });
            }
            Learned::Known(Tombstone::None) => {}
            tombstone => self.miss(Question::Tombstone, tombstone),
        }
        match &facts.in_space {
            Learned::Known(true) => {}
            Learned::Known(false) => self.findings.push(Finding::NotInSpace),
            in_space => self.miss(Question::Space, in_space),
        }
        self.judge_summary(facts);
        self
    }

    fn judge_summary(&mut self, facts: &Facts) {
        let room = match &facts.summary {
            Learned::Known(Some(room)) => room,
            Learned::Known(None) => return self.findings.push(Finding::NotVisible),
            summary => return self.miss(Question::Summary, summary),
        };
        self.members = Some(room.members);
        let open = match room.join_rule {
            JoinRule::Public => true,
            // Whoever has joined the Space comes in; the Space itself has to be open.
            JoinRule::Restricted | JoinRule::KnockRestricted => {
                room.kind == RoomKind::Room && !matches!(facts.in_space, Learned::Known(false))
            }
            JoinRule::Knock | JoinRule::Invite | JoinRule::Unknown => false,
        };
        if !open {
            self.findings.push(Finding::WrongJoinRule { rule: room.join_rule });
        }
        if room.topic.is_none() {
            self.findings.push(Finding::NoTopic);
        }
        if room.encrypted {
            self.findings.push(Finding::Encrypted);
        }
    }

    fn miss<T>(&mut self, question: Question, answer: &Learned<T>) {
        match answer {
            Learned::Failed => self.unanswered.push(question),
            Learned::Known(_) | Learned::Untold => self.unknown.push(question),
        }
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
