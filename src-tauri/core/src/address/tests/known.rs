use super::*;
use crate::wire::{
    AddressMeaning,
    AddressRepair::{Capitals, Server},
    Listed, MoveReason, PastedAddress,
};

fn ask(text: &str) -> PastedAddress {
    resolve(read(text), &*CATALOGUE)
}

#[test]
fn the_catalogue_repairs_and_follows() {
    let moved = |from: &str, reason| Listed::Moved { from: from.to_owned(), reason };
    for (text, leads_to, listed, repairs) in [
        (LOBBY, LOBBY, Listed::Current, &[][..]),
        ("#galaxyproject_lobby:gitter.im", LOBBY, Listed::Current, &[Capitals]),
        ("#GALAXYPROJECT_LOBBY:GITTER.IM", LOBBY, Listed::Current, &[Capitals]),
        ("https://gitter.im/GalaxyProject/lobby", LOBBY, Listed::Current, &[Capitals]),
        // A word processor's dash for the hyphen.
        (
            "#galaxyproject–machine‑learning:matrix.org",
            "#galaxyproject-machine-learning:matrix.org",
            Listed::Current,
            &[Capitals],
        ),
        ("#galaxyproject_Lobby", LOBBY, Listed::Current, &[Server]),
        ("galaxyproject/lobby", LOBBY, Listed::Current, &[Capitals, Server]),
        ("gitter.im/galaxyproject", SPACE, Listed::Current, &[Server]),
        (
            "#galaxyproject_imaging:gitter.im",
            "#galaxyproject_imaging:matrix.org",
            moved("#galaxyproject_imaging:gitter.im", MoveReason::Duplicate),
            &[],
        ),
        (
            "#galaxyproject_WG-backend:gitter.im",
            "#galaxyproject_backend:gitter.im",
            moved("#galaxyproject_wg-backend:gitter.im", MoveReason::Replaced),
            &[Capitals],
        ),
    ] {
        let answer = ask(text);
        let AddressMeaning::Room { address, listed: found, .. } = answer.meaning else {
            panic!("{text}: {answer:?}");
        };
        assert_eq!((address.as_str(), found), (leads_to, listed), "{text}");
        assert_eq!(answer.repairs, repairs, "{text}");
    }
}

#[test]
fn an_unknown_room_brings_the_nearest() {
    let nearest = |text: &str| match ask(text).meaning {
        AddressMeaning::Room { listed: Listed::Unlisted { nearest }, .. }
        | AddressMeaning::Nothing { nearest, .. } => nearest,
        other => panic!("{text}: {other:?}"),
    };
    for (text, alias) in [
        ("#galaxyproject_Loby:gitter.im", Some(LOBBY)),
        ("#galaxyproject_Lobyb:gitter.im", Some(LOBBY)),
        ("#galaxyprojct_Lobby:gitter.im", Some(LOBBY)),
        ("#galaxyproject-Lobby:matrix.org", Some(LOBBY)),
        ("#galaxyproject_microglaaxy:gitter.im", Some("#galaxyproject_microGalaxy:gitter.im")),
        ("#galaxyproject_developers:gitter.im", None),
        ("#galaxyproject_xyz:gitter.im", None),
        ("#something-else:example.org", None),
        (TRAINING.trim_end_matches("gitter.im"), None),
        ("#galaxyproject_Loby", Some(LOBBY)),
        ("https://galaxyproject.org/", None),
        // Another alphabet's letter makes another address; it is told, not taken.
        ("#gаlaxyproject_Lobby:gitter.im", Some(LOBBY)),
    ] {
        assert_eq!(nearest(text).as_deref(), alias, "{text}");
    }
}

#[test]
fn an_id_that_the_catalogue_knows_is_its_room() {
    let catalogue = &CATALOGUE;
    let Some(alias) = catalogue.alias_of(TRAINING) else { panic!("the list tells its id") };
    let answer = ask(&format!("https://matrix.to/#/{TRAINING}/$abc?via=matrix.org"));
    assert_eq!(
        answer.meaning,
        AddressMeaning::Room {
            address: alias.to_owned(),
            // A link does not choose which servers a room of the list is joined through.
            via: Vec::new(),
            event: Some("$abc".to_owned()),
            listed: Listed::Current,
        }
    );
    let answer = ask("!unknown:example.org");
    let unlisted = Listed::Unlisted { nearest: None };
    assert!(matches!(answer.meaning, AddressMeaning::Room { listed, .. } if listed == unlisted));
}

#[test]
fn what_belongs_to_the_old_room_stays_there() {
    let answer = ask("https://matrix.to/#/#galaxyproject_imaging:gitter.im/$abc?via=gitter.im");
    let AddressMeaning::Room { address, via, event, .. } = answer.meaning else {
        panic!("{answer:?}");
    };
    assert_eq!(address, "#galaxyproject_imaging:matrix.org");
    assert_eq!((via, event), (Vec::new(), None));
}
