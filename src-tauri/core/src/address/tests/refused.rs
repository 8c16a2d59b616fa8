use super::*;

#[test]
fn what_is_no_address_says_why() {
    for (text, fault) in [
        ("", AddressFault::Empty),
        (" \n\u{200B}", AddressFault::Empty),
        ("Where do I find the rooms?", AddressFault::NoAddress),
        ("Monday 10:30", AddressFault::NoAddress),
        ("10:30", AddressFault::NoAddress),
        ("127.0.0.1:8008", AddressFault::NoAddress),
        ("contact@usegalaxy.eu", AddressFault::NoAddress),
        ("mailto:contact@usegalaxy.eu", AddressFault::NoAddress),
        ("#", AddressFault::NoAddress),
        ("!", AddressFault::NoAddress),
        ("!important", AddressFault::Invalid),
        ("!:matrix.org", AddressFault::Invalid),
        ("@", AddressFault::Invalid),
        ("@:matrix.org", AddressFault::Invalid),
        ("#:matrix.org", AddressFault::Invalid),
        ("#room:[::1", AddressFault::Invalid),
        ("#room:host:99999", AddressFault::Invalid),
        ("https://galaxyproject.org/community/", AddressFault::OtherPage),
        ("https://evil.example@matrix.to/#/#a:b.org", AddressFault::OtherPage),
        ("https://matrix.to.evil.example/#galaxy", AddressFault::OtherPage),
        ("https://", AddressFault::OtherPage),
        ("file:///etc/passwd", AddressFault::NoAddress),
        ("javascript:alert(1)", AddressFault::NoAddress),
    ] {
        assert_eq!(read(text).meaning, Meaning::Nothing(fault), "{text:?}");
    }
    assert_eq!(read(&"#a".repeat(LONGEST)).meaning, Meaning::Nothing(AddressFault::TooLong));
    let long = format!("#{}:gitter.im", "a".repeat(300));
    assert_eq!(read(&long).meaning, Meaning::Nothing(AddressFault::Invalid));
    assert!(read(&long).pasted.chars().count() <= 120);
}

#[test]
fn what_the_system_hands_over_has_to_be_exact() {
    for link in [
        "galaxy-chat:r/galaxyproject_Lobby:gitter.im",
        "matrix:r/galaxyproject_Lobby:gitter.im?action=join",
        "matrix:roomid/yShkfqncgjcRcRztBU:gitter.im?via=matrix.org",
        "matrix:u/helper:example.org",
    ] {
        assert_eq!(read_argument(link), Some(read(link)), "{link}");
    }
    for other in [
        "",
        "--profile=/tmp",
        LOBBY,
        "https://matrix.to/#/%23galaxyproject_Lobby:gitter.im",
        "Matrix:r/galaxyproject_Lobby:gitter.im",
        "matrix:galaxyproject_Lobby:gitter.im",
        "matrix:r/galaxyproject_Lobby:gitter.im,",
        "matrix:r/galaxyproject_Lobby:gitter.im --token",
        "matrix:r/galaxyproject_Lobby:gitter.im\n",
        "matrix:r/galaxyproject_Lobby:gitter.im\"--x",
        "matrix:r/комната:example.org",
        "matrix:r/a%E2%80%8Bb:example.org",
        "matrix:e/abc",
        "matrix:",
        "x matrix:r/galaxyproject_Lobby:gitter.im",
        "web+matrix:r/galaxyproject_Lobby:gitter.im",
    ] {
        assert_eq!(read_argument(other), None, "{other:?}");
    }
    let long = format!("matrix:r/galaxyproject_Lobby:gitter.im?{}", "via=a.org&".repeat(400));
    assert_eq!(read_argument(&long), None);
}

#[test]
fn the_window_names_rooms_exactly() {
    let via = ["matrix.org", "no server", "gitter.im"].map(str::to_owned);
    for room in [LOBBY, TRAINING, SERVERLESS] {
        let link = RoomLink::parse(room, &via).expect(room);
        let servers: Vec<_> = link.via.iter().map(|server| server.as_str()).collect();
        assert_eq!((link.room.as_str(), servers), (room, vec!["matrix.org", "gitter.im"]));
    }
    assert_eq!(
        RoomLink::parse(LOBBY, &vec![via[0].clone(); 9]).map(|link| link.via.len()),
        Some(MOST_VIA)
    );
    for other in [
        "",
        "#galaxyproject_Lobby",
        " #galaxyproject_Lobby:gitter.im",
        "#galaxyproject_Lobby:gitter.im, and more",
        "https://matrix.to/#/%23galaxyproject_Lobby:gitter.im",
        "@helper:example.org",
    ] {
        assert_eq!(RoomLink::parse(other, &[]), None, "{other:?}");
    }
}
