use proptest::prelude::*;

use super::*;
use crate::handoff::{Target, link_for};

/// Pieces that links are made of, in any order.
pub(crate) fn scraps() -> impl Strategy<Value = String> {
    let scrap = prop_oneof![
        Just("https://matrix.to/#/".to_owned()),
        Just("matrix:r/".to_owned()),
        Just("matrix:roomid/".to_owned()),
        Just("element://vector/webapp/#/room/".to_owned()),
        Just("https://app.cinny.in/home/".to_owned()),
        Just("https://gitter.im/".to_owned()),
        Just("https://www.google.com/url?q=".to_owned()),
        Just("gxy.io/chat".to_owned()),
        "[#!@$+/:?&=%.,()<>\\[\\] _-]{1,4}",
        "%[0-9A-F]{2}",
        "[a-zA-Z0-9]{1,8}",
        Just(":gitter.im".to_owned()),
        Just("?via=matrix.org".to_owned()),
        "\\PC{1,3}",
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(scrap, 0..12).prop_map(|scraps| scraps.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_text_stops_the_program_and_every_room_is_sound(text in scraps()) {
        let reading = read(&text);
        prop_assert!(reading.pasted.chars().count() <= 120);
        prop_assert!(!reading.pasted.chars().any(crate::links::is_deceptive));
        if let Meaning::Room(link) = &reading.meaning {
            let room = link.room.as_str();
            prop_assert!(room.starts_with(['#', '!']) && room.len() <= 255);
            prop_assert!(!room.chars().any(|c| c.is_whitespace() || crate::links::is_deceptive(c)));
            prop_assert!(link.via.len() <= MOST_VIA);
        }
        resolve(reading, &*CATALOGUE);
    }

    #[test]
    fn every_person_of_a_message_is_sound(link in scraps()) {
        for start in ["", "https://matrix.to/#/", "https://matrix.to/#/@", "matrix:u/"] {
            if let Some(Meaning::Person(user)) = read_matrix_link(&format!("{start}{link}")) {
                let user = user.as_str();
                prop_assert!(user.starts_with('@') && user.contains(':') && user.len() <= 255);
                prop_assert!(!user.chars().any(crate::links::is_deceptive));
            }
        }
    }

    #[test]
    fn a_link_made_here_is_read_here(
        // A name that begins with a sigil is taken for one that was written in a wrong place.
        alias in "#[a-zA-Z0-9_.=?/+é-][a-zA-Z0-9_.=%#?/+é-]{0,19}:example\\.org:8448",
        id in proptest::option::of("![a-zA-Z0-9_.=+é-][a-zA-Z0-9_.=%#+é-]{0,19}:Example\\.org"),
        event in proptest::option::of("[a-zA-Z0-9_-]{43}"),
        via in proptest::collection::btree_set("[a-z]{1,8}\\.org(:[1-9][0-9]{0,3})?", 0..=MOST_VIA),
    ) {
        let by_id = id.is_some();
        let room = id.unwrap_or(alias);
        let mut link = RoomLink::new(OwnedRoomOrAliasId::try_from(room).expect("valid"));
        link.event = event.map(|event| format!("${event}").try_into().expect("valid"));
        if by_id {
            link.via = via.into_iter().map(|via| via.try_into().expect("valid")).collect();
        }
        for target in [
            Target::Element,
            Target::ElementWeb,
            Target::CinnyWeb,
            Target::OtherApp,
            Target::MatrixTo,
        ] {
            let made = link_for(target, &link).expect("takes links");
            let reading = read(made.as_url().as_str());
            prop_assert_eq!(&reading.meaning, &Meaning::Room(link.clone()), "{}", made);
        }
    }
}
