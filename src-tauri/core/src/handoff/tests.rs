use super::*;
use crate::wire::HandOff;

const TARGETS: &[Target] = &[
    Target::Element,
    Target::Cinny,
    Target::Nheko,
    Target::NeoChat,
    Target::Fractal,
    Target::OtherApp,
    Target::ElementWeb,
    Target::CinnyWeb,
    Target::MatrixTo,
];

fn link(text: &str) -> RoomLink {
    match address::read(text).meaning {
        Meaning::Room(link) => link,
        other => panic!("{text}: {other:?}"),
    }
}

fn made(target: Target, text: &str) -> String {
    link_for(target, &link(text)).map_or_else(String::new, |link| link.to_string())
}

#[test]
fn every_target_has_one_row() {
    assert_eq!(ROWS.len(), TARGETS.len());
    for target in TARGETS {
        assert_eq!(target.row().target, *target);
    }
}

#[test]
fn links_to_an_alias() {
    let lobby = "#galaxyproject_Lobby:gitter.im";
    let matrix = "matrix:r/galaxyproject_Lobby:gitter.im?action=join";
    for (target, link) in [
        (Target::Element, "element://vector/webapp/#/room/%23galaxyproject_Lobby%3Agitter.im"),
        (Target::ElementWeb, "https://app.element.io/#/room/%23galaxyproject_Lobby%3Agitter.im"),
        (Target::CinnyWeb, "https://app.cinny.in/home/%23galaxyproject_Lobby%3Agitter.im"),
        (Target::Cinny, ""),
        (Target::Nheko, matrix),
        (Target::NeoChat, matrix),
        (Target::Fractal, matrix),
        (Target::OtherApp, matrix),
        (Target::MatrixTo, "https://matrix.to/#/%23galaxyproject_Lobby:gitter.im"),
    ] {
        assert_eq!(made(target, lobby), link, "{target:?}");
        // Servers to ask change nothing where the alias says which.
        let with_via = format!("https://matrix.to/#/{lobby}?via=matrix.org");
        assert_eq!(made(target, &with_via), link, "{target:?}");
    }
}

#[test]
fn links_to_a_message_in_a_room_by_its_id() {
    let room = "https://matrix.to/#/!a_b:gitter.im/$c-d?via=matrix.org&via=localhost:8448";
    let matrix = "matrix:roomid/a_b:gitter.im/e/c-d?action=join&via=matrix.org&via=localhost:8448";
    let route = "#/room/!a_b%3Agitter.im/%24c-d?via=matrix.org&via=localhost%3A8448";
    let cinny = "home/!a_b%3Agitter.im/%24c-d?viaServers=matrix.org,localhost%3A8448";
    for (target, link) in [
        (Target::Element, format!("element://vector/webapp/{route}")),
        (Target::ElementWeb, format!("https://app.element.io/{route}")),
        (Target::CinnyWeb, format!("https://app.cinny.in/{cinny}")),
        (Target::Nheko, matrix.to_owned()),
        (
            Target::MatrixTo,
            "https://matrix.to/#/!a_b:gitter.im/%24c-d?via=matrix.org&via=localhost:8448"
                .to_owned(),
        ),
    ] {
        assert_eq!(made(target, room), link, "{target:?}");
    }
}

#[test]
fn nothing_in_a_name_gets_out_of_its_place() {
    let alias = "#a/b?c#d%41&e=\"<é>\\:example.org";
    let room =
        RoomLink::new(matrix_sdk::ruma::RoomAliasId::parse(alias).expect("servers could make it"));
    for target in TARGETS {
        let Some(link) = link_for(*target, &room) else { continue };
        let text = link.to_string();
        let name = "%23a%2Fb%3Fc%23d%2541%26e%3D%22%3C%C3%A9%3E%5C".trim_start_matches("%23");
        assert!(text.contains(name) && text.is_ascii(), "{text}");
        let reading = address::read(&text).meaning;
        assert_eq!(reading, Meaning::Room(room.clone()), "{text}");
    }
}

#[test]
fn only_links_made_here_may_be_opened() {
    for text in ["#galaxyproject_Lobby:gitter.im", "https://matrix.to/#/!a:b.org/$c?via=d.org"] {
        for target in TARGETS {
            let Some(made) = link_for(*target, &link(text)) else { continue };
            // What the clipboard gets is an ordinary web address.
            assert_eq!(may_open(made.as_url()), *target != Target::MatrixTo, "{made}");
        }
    }
    for other in [
        "matrix:r/galaxyproject_Lobby:gitter.im",
        "matrix:r/galaxyproject_Lobby:gitter.im?action=join&x=y",
        "matrix:r/galaxyproject_Lobby%3Agitter.im?action=join",
        "matrix:u/helper:example.org?action=chat",
        "matrix://r/galaxyproject_Lobby:gitter.im?action=join",
        "element://vector/webapp/?x=y#/room/%23a%3Ab.org",
        "element://vector/webapp/jitsi.html#/room/%23a%3Ab.org",
        "element://other/#/room/%23a%3Ab.org",
        "element://vector/webapp/#/settings",
        "io.element.desktop:/vector/webapp/#/room/%23a%3Ab.org",
        "https://app.element.io.evil.example/#/room/%23a%3Ab.org",
        "https://user@app.element.io/#/room/%23a%3Ab.org",
        "https://app.element.io/?hs_url=x#/room/%23a%3Ab.org",
        "https://app.cinny.in/login/",
        "https://galaxyproject.org/",
        "file:///etc/passwd",
        "javascript:alert(1)//%23a:b.org",
        "ms-msdt:/id%23a:b.org",
        "about:blank",
    ] {
        assert!(!may_open(&Url::parse(other).expect(other)), "{other}");
    }
}

fn program(ident: &str, matrix: bool, element: bool) -> Program {
    Program {
        ident: ident.to_owned(),
        name: Some(format!("Program \u{202E}{ident}")),
        path: None,
        matrix,
        element,
        default: false,
    }
}

fn shown(programs: Vec<Program>) -> Vec<(String, Option<String>, HandOffWay)> {
    let row = |offer: &Offer| {
        let HandOff { id, name, way, .. } = offer.shown();
        (id, name, way)
    };
    offers(programs).iter().map(row).collect()
}

fn row(id: &str, name: &str, way: HandOffWay) -> (String, Option<String>, HandOffWay) {
    (id.to_owned(), Some(name.to_owned()), way)
}

#[test]
fn web_pages_are_always_offered() {
    let web = [
        row("element-web", "Element", HandOffWay::Web),
        row("cinny-web", "Cinny", HandOffWay::Web),
    ];
    assert_eq!(shown(Vec::new()), web);
}

#[test]
fn programs_are_offered_in_order_and_once() {
    let mut quaternion = program("com.github.quaternion", true, false);
    quaternion.default = true;
    let unnamed = Program { name: None, ..program("appx123", true, false) };
    let programs = vec![
        unnamed,
        program("org.example.chat", true, false),
        quaternion,
        program("galaxy-chat", true, false),
        program("org.gnome.fractal", true, false),
        program("cinny", false, false),
        program("im.riot.riot", false, true),
        program("element-desktop", false, true),
        // A name that is known, and no way to give it a link.
        program("nheko", false, false),
        // A link that is not known to do anything there.
        program("org.example.fork", false, true),
    ];
    assert_eq!(
        shown(programs),
        [
            row("element", "Element", HandOffWay::App),
            row("cinny", "Cinny", HandOffWay::Paste),
            row("fractal", "Fractal", HandOffWay::App),
            row("app:com.github.quaternion", "Program com.github.quaternion", HandOffWay::App),
            ("app:appx123".to_owned(), None, HandOffWay::App),
            row("app:org.example.chat", "Program org.example.chat", HandOffWay::App),
            row("element-web", "Element", HandOffWay::Web),
            row("cinny-web", "Cinny", HandOffWay::Web),
        ]
    );
}

#[test]
fn a_build_of_cinny_that_takes_links_gets_them() {
    let offers = offers(vec![program("cinny", true, false)]);
    assert_eq!((offers[0].target, offers[0].id().as_str()), (Target::OtherApp, "app:cinny"));
}
