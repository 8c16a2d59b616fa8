use matrix_sdk::ruma::{RoomId, room_id};

use super::*;
use crate::space::{SpaceRoom, Stand};

fn room() -> SpaceRoom {
    let id = room_id!("!room:example.org").to_owned();
    SpaceRoom {
        alias: None,
        name: None,
        topic: Some("For talking".to_owned()),
        members: 7,
        kind: RoomKind::Room,
        join_rule: JoinRule::Public,
        world_readable: false,
        encrypted: false,
        via: Vec::new(),
        space: id.clone(),
        suggested: false,
        id,
        stand: Stand::Listed,
    }
}

fn healthy() -> Facts {
    Facts {
        in_catalogue: true,
        lead: Learned::Known(Some(room().id)),
        tombstone: Learned::Known(Tombstone::None),
        in_space: Learned::Known(true),
        summary: Learned::Known(Some(room())),
    }
}

fn findings(facts: &Facts) -> Vec<Finding> {
    RoomReport::default().judge(facts).findings
}

fn with_rule(join_rule: JoinRule, kind: RoomKind, in_space: bool) -> Vec<Finding> {
    let summary = Learned::Known(Some(SpaceRoom { kind, join_rule, ..room() }));
    let mut found = findings(&Facts { summary, in_space: Learned::Known(in_space), ..healthy() });
    found.retain(|finding| *finding != Finding::NotInSpace);
    found
}

#[test]
fn each_fault_is_found_by_itself() {
    assert_eq!(findings(&healthy()), []);
    let to: &RoomId = room_id!("!new:example.org");
    let moved = Tombstone::Moved { to: Some(to.to_owned()) };
    for (facts, finding) in [
        (Facts { lead: Learned::Known(None), ..healthy() }, Finding::DeadAlias),
        (
            Facts { tombstone: Learned::Known(moved), ..healthy() },
            Finding::Moved { to: Some(to.to_string()) },
        ),
        (Facts { in_space: Learned::Known(false), ..healthy() }, Finding::NotInSpace),
        (Facts { in_catalogue: false, ..healthy() }, Finding::NotInCatalogue),
        (Facts { summary: Learned::Known(None), ..healthy() }, Finding::NotVisible),
        (
            Facts {
                summary: Learned::Known(Some(SpaceRoom { topic: None, ..room() })),
                ..healthy()
            },
            Finding::NoTopic,
        ),
        (
            Facts {
                summary: Learned::Known(Some(SpaceRoom { encrypted: true, ..room() })),
                ..healthy()
            },
            Finding::Encrypted,
        ),
    ] {
        assert_eq!(findings(&facts), [finding]);
    }
}

#[test]
fn a_newcomer_comes_in_by_himself_or_through_the_space() {
    use JoinRule::{Invite, Knock, KnockRestricted, Public, Restricted, Unknown};
    for rule in [Public, Restricted, KnockRestricted] {
        assert_eq!(with_rule(rule, RoomKind::Room, true), [], "{rule:?}");
    }
    for rule in [Invite, Knock, Unknown] {
        let wrong = [Finding::WrongJoinRule { rule }];
        assert_eq!(with_rule(rule, RoomKind::Room, true), wrong, "{rule:?}");
    }
    let wrong = [Finding::WrongJoinRule { rule: Restricted }];
    assert_eq!(with_rule(Restricted, RoomKind::Room, false), wrong);
    assert_eq!(with_rule(Restricted, RoomKind::Space, true), wrong);
}

#[test]
fn what_is_not_known_is_said_and_is_no_fault() {
    let facts = Facts {
        tombstone: Learned::Untold,
        in_space: Learned::Untold,
        summary: Learned::Failed,
        ..healthy()
    };
    let room = RoomReport::default().judge(&facts);
    assert_eq!(room.findings, []);
    assert_eq!(room.unknown, [Question::Tombstone, Question::Space]);
    assert_eq!(room.unanswered, [Question::Summary]);

    let report =
        |rooms: Vec<RoomReport>| Report { server: String::new(), user_id: None, rooms }.health();
    let fine = RoomReport::default().judge(&healthy());
    let wrong = RoomReport::default().judge(&Facts { in_catalogue: false, ..healthy() });
    let untold = RoomReport { unanswered: Vec::new(), ..room.clone() };
    assert_eq!(report(vec![fine.clone(), untold]), Health::Healthy);
    assert_eq!(report(vec![fine.clone(), room.clone()]), Health::Incomplete);
    assert_eq!(report(vec![fine, room, wrong]), Health::Findings);
}
