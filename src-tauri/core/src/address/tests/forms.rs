use super::*;
use AddressRepair::{Characters, Link, Sigil, Surroundings};

#[test]
fn every_room_of_the_list_is_read_in_every_form() {
    let catalogue = &CATALOGUE;
    let aliases: Vec<_> =
        catalogue.current().chain(catalogue.moved().map(|(old, ..)| old)).collect();
    assert!(aliases.len() > 8 && aliases.contains(&LOBBY) && aliases.contains(&SPACE));
    for alias in aliases {
        let bare = alias.trim_start_matches('#');
        let encoded = bare.replace(':', "%3A");
        let room = Meaning::Room(RoomLink::new(
            matrix_sdk::ruma::RoomAliasId::parse(alias).expect("the list is valid"),
        ));
        for text in [
            alias.to_owned(),
            format!("https://matrix.to/#/{alias}"),
            format!("https://matrix.to/#/%23{bare}"),
            format!("https://matrix.to/#/%23{encoded}"),
            format!("matrix:r/{bare}"),
            format!("matrix:r/{encoded}?action=join"),
            format!("https://app.element.io/#/room/{alias}"),
            format!("element://vector/webapp/#/room/%23{encoded}"),
            format!("https://app.cinny.in/home/%23{encoded}/"),
        ] {
            let reading = read(&text);
            assert_eq!((&reading.meaning, reading.repairs.len()), (&room, 0), "{text}");
        }
        if let Some((owner, name)) = bare.strip_suffix(":gitter.im").and_then(|p| p.split_once('_'))
        {
            let text = format!("https://gitter.im/{owner}/{name}");
            assert_eq!(read(&text).meaning, room, "{text}");
        }
    }
}

#[test]
fn plain_addresses() {
    check(
        AddressForm::Plain,
        &[
            (LOBBY, LOBBY, &[]),
            (TRAINING, TRAINING, &[]),
            (SERVERLESS, SERVERLESS, &[]),
            ("#usegalaxy.eu:matrix.org", "#usegalaxy.eu:matrix.org", &[]),
            ("#room:localhost:8448", "#room:localhost:8448", &[]),
            ("#room:[::1]:8448", "#room:[::1]:8448", &[]),
            ("#комната:example.org", "#комната:example.org", &[]),
            ("#galaxyproject_Lobby:Gitter.IM", LOBBY, &[]),
            ("galaxyproject_Lobby:gitter.im", LOBBY, &[Sigil]),
            ("##galaxyproject_Lobby:gitter.im", LOBBY, &[Surroundings]),
            ("@helper:example.org", "person @helper:example.org", &[]),
            ("$143273582443PhrSn:example.org", "nothing MessageOnly", &[]),
            ("+galaxy:matrix.org", "nothing OldCommunity", &[]),
            ("#galaxyproject_Lobby", "half galaxyproject_Lobby ServerMissing", &[]),
            ("#galaxyproject_Lobby:", "half galaxyproject_Lobby ServerMissing", &[Surroundings]),
            ("galaxyproject/Lobby", "half galaxyproject_Lobby NoAddress", &[]),
            ("microgalaxy", "half microgalaxy NoAddress", &[]),
        ],
    );
}

#[test]
fn what_is_around_an_address_is_left_out() {
    let around: &[AddressRepair] = &[Surroundings];
    for text in [
        "#galaxyproject_Lobby:gitter.im.",
        "#galaxyproject_Lobby:gitter.im, thanks!",
        "(#galaxyproject_Lobby:gitter.im)",
        "[#galaxyproject_Lobby:gitter.im]",
        "<#galaxyproject_Lobby:gitter.im>",
        "\"#galaxyproject_Lobby:gitter.im\"",
        "'#galaxyproject_Lobby:gitter.im'",
        "“#galaxyproject_Lobby:gitter.im”",
        "«#galaxyproject_Lobby:gitter.im»",
        "`#galaxyproject_Lobby:gitter.im`",
        "**#galaxyproject_Lobby:gitter.im**",
        "_#galaxyproject_Lobby:gitter.im_",
        "- #galaxyproject_Lobby:gitter.im",
        "Join us at #galaxyproject_Lobby:gitter.im!",
        "Room:#galaxyproject_Lobby:gitter.im",
        "#galaxyproject_Lobby:gitter.im's topic",
        "#galaxyproject_Lobby:gitter.im/",
        "#galaxyproject_Lobby:gitter.im,#galaxyproject_dev:gitter.im",
        "galaxy rooms: #galaxyproject_Lobby:gitter.im and #galaxyproject_dev:gitter.im",
        "Ask @helper:example.org, or in #galaxyproject_Lobby:gitter.im",
    ] {
        check(AddressForm::Plain, &[(text, LOBBY, around)]);
    }
    for text in [
        "[Lobby](https://matrix.to/#/%23galaxyproject_Lobby:gitter.im)",
        "[Lobby](<https://matrix.to/#/#galaxyproject_Lobby:gitter.im>).",
        "<a href=\"https://matrix.to/#/#galaxyproject_Lobby:gitter.im\">Lobby</a>",
        "<a href=https://matrix.to/#/#galaxyproject_Lobby:gitter.im>Lobby</a>",
        "Chat: https://matrix.to/#/#galaxyproject_Lobby:gitter.im.",
        "see:https://matrix.to/#/#galaxyproject_Lobby:gitter.im,",
        "https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im&data=05%7C01&reserved=0",
        "https://www.google.com/url?q=https://matrix.to/%23/%23galaxyproject_Lobby:gitter.im&sa=D",
    ] {
        let reading = read(text);
        assert_eq!(
            (line(&reading), reading.form),
            (LOBBY.to_owned(), AddressForm::MatrixTo),
            "{text}"
        );
        assert!(reading.repairs.contains(&Surroundings), "{text}");
    }
}

#[test]
fn characters_that_only_look_right() {
    check(
        AddressForm::Plain,
        &[
            ("\u{200B}#galaxyproject_Lobby:gitter.im\u{FEFF}", LOBBY, &[Characters]),
            ("#galaxy\u{00AD}project_Lobby:gitter.im", LOBBY, &[Characters]),
            ("\u{00A0}#galaxyproject_Lobby:gitter.im\u{3000}", LOBBY, &[Characters]),
            ("\u{202E}#galaxyproject_Lobby:gitter.im", LOBBY, &[Characters]),
            ("＃galaxyproject_Lobby：gitter.im", LOBBY, &[Characters]),
            ("#galaxyproject_Lobby：gitter.im", LOBBY, &[Characters]),
            // What is right as it stands is not touched.
            ("#部屋：雑談:example.org", "#部屋：雑談:example.org", &[]),
            (" \t#galaxyproject_Lobby:gitter.im\r\n", LOBBY, &[]),
        ],
    );
    let hidden = "https://matrix.to/#/%23galaxy%E2%80%8Bproject_Lobby:gitter.im";
    check(
        AddressForm::MatrixTo,
        &[
            (hidden, "nothing Hidden", &[]),
            ("https://matrix.to/#/%23a%00b:gitter.im", "nothing Hidden", &[]),
            ("https://matrix.to/#/%23a%FFb:gitter.im", "nothing Invalid", &[]),
            ("https://matrix.to/#/%23a%20b:gitter.im", "nothing Invalid", &[]),
        ],
    );
}

#[test]
fn matrix_to_links() {
    let event = "$iFPDVdKnGm2AXzcbXqsYdVZGbUQHq7lYmkLPwVCMoY_";
    let with_event = format!("https://matrix.to/#/{TRAINING}/{event}?via=matrix.org&via=gitter.im");
    let means = format!("{TRAINING} {event} matrix.org,gitter.im");
    check(
        AddressForm::MatrixTo,
        &[
            ("https://matrix.to/#/#galaxyproject_Lobby:gitter.im", LOBBY, &[]),
            ("https://matrix.to/#/%23galaxyproject_Lobby%3Agitter.im", LOBBY, &[]),
            ("HTTPS://Matrix.To/#/%23galaxyproject_Lobby:gitter.im", LOBBY, &[]),
            ("http://www.matrix.to/#/%23galaxyproject_Lobby:gitter.im/", LOBBY, &[]),
            ("matrix.to/#/#galaxyproject_Lobby:gitter.im", LOBBY, &[]),
            ("https://matrix.to/#galaxyproject_Lobby:gitter.im", LOBBY, &[Link, Sigil]),
            ("https://matrix.to/#/galaxyproject_Lobby:gitter.im", LOBBY, &[Sigil]),
            ("https://matrix.to/%23/%23galaxyproject_Lobby:gitter.im", LOBBY, &[Link]),
            ("https://matrix.to/#/%2523galaxyproject_Lobby%253Agitter.im", LOBBY, &[Link]),
            ("https://matrix.to/#!/#galaxyproject_Lobby:gitter.im", LOBBY, &[Link]),
            (
                "https://matrix.to/#/#galaxyproject_Lobby:gitter.im?web-instance[element.io]=chat.mozilla.org",
                LOBBY,
                &[],
            ),
            (
                "https://matrix.to/#/!yShkfqncgjcRcRztBU:gitter.im?via=matrix.org&amp;via=gitter.im",
                "!yShkfqncgjcRcRztBU:gitter.im matrix.org,gitter.im",
                &[],
            ),
            (&with_event, &means, &[]),
            ("https://matrix.to/#/!a:b.org/$15-Aa/b:b.org", "!a:b.org $15-Aa/b:b.org", &[]),
            ("https://matrix.to/#/$15:b.org/%23a:b.org", "#a:b.org $15:b.org", &[]),
            ("https://matrix.to/#/@helper:example.org", "person @helper:example.org", &[]),
            (
                "https://matrix.to/#/%40helper%3Aexample.org?via=x.org",
                "person @helper:example.org",
                &[],
            ),
            ("https://matrix.to/", "nothing OtherPage", &[Link]),
            ("https://matrix.to/#/", "nothing OtherPage", &[]),
            ("https://matrix.to/#/+galaxy:matrix.org", "nothing OldCommunity", &[]),
            (
                "https://matrix.to/#/#galaxyproject_Lobby",
                "half galaxyproject_Lobby ServerMissing",
                &[],
            ),
        ],
    );
    let serverless = format!("https://matrix.to/#/{SERVERLESS}?via=matrix.org");
    check(AddressForm::MatrixTo, &[(&serverless, &format!("{SERVERLESS} matrix.org"), &[])]);
}

#[test]
fn only_a_handful_of_servers_is_kept() {
    let via =
        "via=a.org&via=a.org&via=no_server&via=&via=B.org&via=c.org&via=d.org&via=e.org&via=f.org";
    check(
        AddressForm::MatrixTo,
        &[(
            &format!("https://matrix.to/#/{TRAINING}?{via}"),
            &format!("{TRAINING} a.org,b.org,c.org,d.org,e.org"),
            &[],
        )],
    );
}

#[test]
fn matrix_links() {
    check(
        AddressForm::MatrixUri,
        &[
            ("matrix:r/galaxyproject_Lobby:gitter.im?action=join", LOBBY, &[]),
            ("MATRIX:r/galaxyproject_Lobby%3Agitter.im", LOBBY, &[]),
            ("matrix:room/galaxyproject_Lobby:gitter.im", LOBBY, &[]),
            ("galaxy-chat:r/galaxyproject_Lobby:gitter.im", LOBBY, &[]),
            ("matrix:/r/galaxyproject_Lobby:gitter.im", LOBBY, &[]),
            ("matrix://r/galaxyproject_Lobby:gitter.im", LOBBY, &[]),
            ("web+matrix:r/galaxyproject_Lobby:gitter.im", LOBBY, &[Surroundings]),
            ("matrix:r/#galaxyproject_Lobby:gitter.im", LOBBY, &[]),
            ("matrix:%23galaxyproject_Lobby:gitter.im", LOBBY, &[Link]),
            ("matrix:galaxyproject_Lobby:gitter.im", LOBBY, &[Link, Sigil]),
            (
                "matrix:roomid/yShkfqncgjcRcRztBU:gitter.im?action=join&via=matrix.org&via=gitter.im",
                "!yShkfqncgjcRcRztBU:gitter.im matrix.org,gitter.im",
                &[],
            ),
            (
                "matrix:roomid/yShkfqncgjcRcRztBU:gitter.im/e/abc_D-?via=matrix.org",
                "!yShkfqncgjcRcRztBU:gitter.im $abc_D- matrix.org",
                &[],
            ),
            ("matrix:r/a:b.org/event/$abc", "#a:b.org $abc", &[]),
            ("matrix:u/helper:example.org?action=chat", "person @helper:example.org", &[]),
            ("matrix:e/abc", "nothing MessageOnly", &[]),
            ("matrix:x/y", "nothing OtherPage", &[]),
            ("matrix:r/", "nothing NoAddress", &[]),
        ],
    );
}

#[test]
fn links_into_other_apps() {
    check(
        AddressForm::OtherApp,
        &[
            ("https://app.element.io/#/room/#galaxyproject_Lobby:gitter.im", LOBBY, &[]),
            ("app.element.io/#/room/%23galaxyproject_Lobby%3Agitter.im", LOBBY, &[]),
            ("https://app.gitter.im/#/room/#galaxyproject_Lobby:gitter.im", LOBBY, &[]),
            ("https://chat.example.org/element/#/room/#galaxyproject_Lobby:gitter.im", LOBBY, &[]),
            (
                "https://app.element.io/#/room/!yShkfqncgjcRcRztBU:gitter.im/$abc?via=matrix.org",
                "!yShkfqncgjcRcRztBU:gitter.im $abc matrix.org",
                &[],
            ),
            (
                "https://app.element.io/#/user/@helper:example.org",
                "person @helper:example.org",
                &[],
            ),
            ("element://vector/webapp/#/room/%23galaxyproject_Lobby%3Agitter.im", LOBBY, &[]),
            ("io.element.desktop:/vector/webapp/#/room/#galaxyproject_Lobby:gitter.im", LOBBY, &[]),
            ("element://room/%23galaxyproject_Lobby%3Agitter.im", LOBBY, &[]),
            ("schildichat://vector/webapp/#/room/%23galaxyproject_Lobby%3Agitter.im", LOBBY, &[]),
            ("im.fluffychat://chat/#galaxyproject_Lobby:gitter.im", LOBBY, &[]),
            ("element://vector/webapp/#/settings", "nothing OtherPage", &[]),
            ("element://", "nothing OtherPage", &[]),
            ("https://app.cinny.in/home/%23galaxyproject_Lobby%3Agitter.im/", LOBBY, &[]),
            ("https://app.cinny.in/#/home/%23galaxyproject_Lobby%3Agitter.im", LOBBY, &[]),
            ("https://app.cinny.in/%23galaxyproject%3Amatrix.org/lobby/", SPACE, &[]),
            (
                "https://app.cinny.in/%23galaxyproject%3Amatrix.org/!yShkfqncgjcRcRztBU%3Agitter.im/%24abc/?viaServers=matrix.org%2Cgitter.im",
                "!yShkfqncgjcRcRztBU:gitter.im $abc matrix.org,gitter.im",
                &[],
            ),
            (
                "https://app.cinny.in/direct/create?userId=%40helper%3Aexample.org",
                "person @helper:example.org",
                &[],
            ),
            ("https://archive.matrix.org/r/galaxyproject_Lobby:gitter.im", LOBBY, &[]),
            ("https://archive.matrix.org/roomid/a:b.org?via=c.org", "!a:b.org c.org", &[]),
        ],
    );
}

#[test]
fn people_that_messages_lead_to() {
    for (link, user) in [
        ("https://matrix.to/#/@helper:example.org", Some("@helper:example.org")),
        ("https://matrix.to/#/%40helper%3Aexample.org", Some("@helper:example.org")),
        ("HTTPS://Matrix.to/#/@helper:example.org?via=example.org", Some("@helper:example.org")),
        ("matrix:u/helper:example.org", Some("@helper:example.org")),
        ("matrix:u/helper:example.org?action=chat", Some("@helper:example.org")),
        ("https://matrix.to/#/#room:example.org", None),
        ("https://matrix.to/#/helper:example.org", None),
        ("https://matrix.to.evil.example/#/@helper:example.org", None),
        ("https://www.google.com/url?q=https://matrix.to/%23/@helper:example.org", None),
        ("@helper:example.org", None),
        ("https://matrix.to/#/#a:b///", None),
        ("https://matrix.to/#/$x///", None),
        ("https://matrix.to/#/", None),
        ("https://matrix.to/#//", None),
        ("matrix:", None),
        ("matrix:///", None),
        ("matrix:é", None),
    ] {
        let read = match read_matrix_link(link) {
            Some(Meaning::Person(user)) => Some(user),
            _ => None,
        };
        assert_eq!(read.as_ref().map(|user| user.as_str()), user, "{link}");
    }
}
