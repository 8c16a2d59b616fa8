//! Addresses as mail programs, chat programs and web pages hand them on.

use super::*;
use crate::wire::{
    AddressMeaning,
    AddressRepair::{Characters, Escapes, Link, Surroundings},
    Listed, PastedAddress,
};

fn ask(text: &str) -> PastedAddress {
    understand(text, &*CATALOGUE)
}

#[test]
fn escapes_of_markdown_html_and_mail_are_taken_back() {
    for text in [
        r"#galaxyproject\_Lobby:gitter.im",
        r"\#galaxyproject\_Lobby\:gitter\.im",
        r"**\#galaxyproject\_Lobby:gitter.im**",
        r"Ask in #galaxyproject\_Lobby:gitter.im, please.",
        "#galaxyproject&#95;Lobby:gitter.im",
        "&#x23;galaxyproject&lowbar;Lobby&colon;gitter.im",
        "#galaxyproject%5FLobby:gitter.im",
        "#galaxyproject_Lobby%3Agitter.im",
        "%23galaxyproject_Lobby%3Agitter.im",
        "#%23galaxyproject_Lobby:gitter.im",
        "#/%23galaxyproject_Lobby:gitter.im",
        "#/room/#galaxyproject_Lobby:gitter.im",
        r"https://matrix.to/#/#galaxyproject\_Lobby:gitter.im",
        "[Lobby](https://matrix.to/#/%23galaxyproject\\_Lobby:gitter.im)",
        "https://matrix.to/#/room/#galaxyproject_Lobby:gitter.im",
        "https://matrix.to/#/room/%23galaxyproject_Lobby%3Agitter.im?via=gitter.im",
        "https://matrix.to/#/#/#galaxyproject_Lobby:gitter.im",
        "https://matrix.to/#/%23galaxyproject_Lobby:gitter.im?via=3Dgitter.im",
        "https://matrix.to/#/%23galaxyproject_Lobby:gitter.im%E2%80%8B",
        "https://matrix.to/#/%23galaxyproject_Lobby:gitter.im%C2%A0",
        "https://matrix.to/#/%23galaxyproject_Lobby:gitter.im%20",
    ] {
        let reading = read(text);
        let Meaning::Room(link) = &reading.meaning else { panic!("{text}: {reading:?}") };
        assert_eq!(link.room.as_str(), LOBBY, "{text}");
        assert!(!reading.repairs.is_empty(), "{text} is said to be right as it is");
    }
    check(
        AddressForm::Plain,
        &[
            (r"#galaxyproject\_Lobby:gitter.im", LOBBY, &[Escapes]),
            ("#galaxyproject%5FLobby:gitter.im", LOBBY, &[Link]),
            // What is not encoded stays.
            ("#100%:example.org", "#100%:example.org", &[]),
            ("#a%25b:example.org", "#a%25b:example.org", &[]),
            ("#gitter_a=3Fb:example.org", "#gitter_a=3Fb:example.org", &[]),
        ],
    );
    check(
        AddressForm::MatrixTo,
        &[("https://matrix.to/#/%23a:b.org%E2%80%8B", "#a:b.org", &[Characters])],
    );
}

#[test]
fn an_address_begins_where_other_writing_ends() {
    for text in [
        "聊天室https://matrix.to/#/%23galaxyproject_Lobby:gitter.im。谢谢",
        "聊天室：https://matrix.to/#/%23galaxyproject_Lobby:gitter.im，谢谢",
        "チャットはhttps://matrix.to/#/%23galaxyproject_Lobby:gitter.imです",
        "채팅https://matrix.to/#/%23galaxyproject_Lobby:gitter.im에서",
        "聊天室#galaxyproject_Lobby:gitter.im。谢谢",
        "部屋は「#galaxyproject_Lobby:gitter.im」です",
        "Чат:https://matrix.to/#/%23galaxyproject_Lobby:gitter.im",
        "聊天室matrix:r/galaxyproject_Lobby:gitter.im。",
    ] {
        let reading = read(text);
        assert_eq!(line(&reading), LOBBY, "{text}");
        assert!(reading.repairs.contains(&Surroundings), "{text}");
    }
}

#[test]
fn no_room_of_a_server_that_cannot_exist_is_offered() {
    for text in [
        "#room:3.14",
        "#room:12",
        "#room:1.2.3.4.5",
        "#room:256.1.1.1",
        "#room:a..b",
        "#room:-a.org",
        "#room:a-.org",
        "#room:example.org:0",
        "#room:example.org:65536",
        "!id:1.2.3",
        "@user:1.2.3",
        "https://matrix.to/#/%23room:1.2.3",
        "https://matrix.to/#/!id:a..b",
    ] {
        let meaning = read(text).meaning;
        assert_eq!(meaning, Meaning::Nothing(AddressFault::Invalid), "{text}");
    }
    let long = format!("#room:{}.org", "a".repeat(64));
    assert_eq!(read(&long).meaning, Meaning::Nothing(AddressFault::Invalid));
    for text in ["#room:127.0.0.1", "#room:[::1]:8448", "#room:localhost", "#room:a1.2b"] {
        assert!(matches!(read(text).meaning, Meaning::Room(_)), "{text}");
    }
}

#[test]
fn what_is_not_certain_is_a_question() {
    for text in [
        "#galaxyproject Lobby:gitter.im",
        "#galaxyproject  Lobby : gitter.im",
        "#galaxyproject|Lobby:gitter.im",
        "#galaxyproject\tLobby:gitter.im",
        "Ask in #galaxyproject Lobby:gitter.im.",
    ] {
        let answer = ask(text);
        let question = AddressMeaning::Nothing {
            fault: AddressFault::Incomplete,
            nearest: Some(LOBBY.to_owned()),
        };
        assert_eq!(answer.meaning, question, "{text}");
    }
    for text in [
        "#galaxyproject Lobby",
        "#galaxyproject, the Space",
        "#galaxyproject;_Lobby",
        "#galaxyproject?x=y",
        "Join #galaxyproject_Lobby or #galaxyproject_dev",
    ] {
        let answer = ask(text);
        let AddressMeaning::Nothing { fault: AddressFault::Incomplete, nearest: Some(_) } =
            answer.meaning
        else {
            panic!("{text}: {answer:?}");
        };
    }
    // Alone it is certain: there is one room of that name.
    for (text, alias) in [
        ("#galaxyproject", SPACE),
        ("(#galaxyproject).", SPACE),
        ("#galaxyproject/Lobby", LOBBY),
        ("#galaxyproject_Lobby:", LOBBY),
    ] {
        let AddressMeaning::Room { address, .. } = ask(text).meaning else { panic!("{text}") };
        assert_eq!(address, alias, "{text}");
    }
}

#[test]
fn broken_lines_are_put_together() {
    for text in [
        "https://matrix.to/#/%23galaxyproject_Lobby:git\nter.im",
        "https://matrix.to/#/%23galaxyproject_\r\nLobby:gitter.im",
        "https://matrix.to/#/#galaxyproject_Lobby:gitter.i\nm",
        "> https://matrix.to/#/%23galaxyproject_Lob\n> by:gitter.im",
        "https://matrix.to/#/%23galaxyproject_Lob=\nby:gitter.im?via=3Dgitter.im",
        "The room is https://mat\nrix.to/#/%23galaxyproject_Lobby:gitter.im",
        "#galaxyproject_Lob\nby:gitter.im",
    ] {
        let answer = ask(text);
        let AddressMeaning::Room { address, listed: Listed::Current, .. } = &answer.meaning else {
            panic!("{text:?}: {answer:?}");
        };
        assert_eq!(address, LOBBY, "{text:?}");
        assert!(answer.repairs.contains(&Link), "{text:?}");
    }
    // Lines that belong to nothing stay apart.
    for text in [
        "The room:\n#galaxyproject_Lobby:gitter.im\nSee you there",
        "https://matrix.to/#/%23galaxyproject_Lobby:gitter.im\nSee you there",
    ] {
        let answer = ask(text);
        let AddressMeaning::Room { address, .. } = &answer.meaning else { panic!("{text:?}") };
        assert_eq!(address, LOBBY, "{text:?}");
        assert!(!answer.repairs.contains(&Link), "{text:?}");
    }
    let AddressMeaning::Room { address, .. } = ask("#other:example.org\nThanks").meaning else {
        panic!("a room");
    };
    assert_eq!(address, "#other:example.org");
}

/// Links to the Lobby, as the sites that rewrite links write them.
const REWRITTEN: &[&str] = &[
    "https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im&data=05%7C01&reserved=0",
    "https://eur03.safelinks.protection.outlook.com/ap/t-59584e83/?url=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im&data=05",
    "https://gcc01.safelinks.protection.office365.us/?url=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im",
    "https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im&locale=en-gb&dest=https%3A%2F%2Fteams.microsoft.com",
    "https://statics.teams.cdn.office.net/evergreen-assets/safelinks/2/atp-safelinks.html?url=https%3A%2F%2Fmatrix.to%2F%23%2F%23galaxyproject_Lobby%3Agitter.im",
    "https://urldefense.proofpoint.com/v1/url?u=https://matrix.to/%23/%2523galaxyproject_Lobby:gitter.im&k=oIvRg1",
    "https://urldefense.proofpoint.com/v2/url?u=https-3A__matrix.to_-23_-23galaxyproject-5FLobby-3Agitter.im&d=DwMFaQ&c=x&r=y&m=z&s=w&e=",
    "https://urldefense.proofpoint.com/v2/url?u=https-3A__matrix.to_-23_-2523galaxyproject-5FLobby-3Agitter.im&d=DwMFaQ",
    "https://urldefense.com/v3/__https://matrix.to/*/*galaxyproject_Lobby:gitter.im__;IyM!!AbC!x$",
    "https://urldefense.com/v3/__https:/matrix.to/*/*galaxyproject_Lobby:gitter.im__;IyM!!AbC!x-Y_z$ ",
    "https://urldefense.com/v3/__https://matrix.to/*/*23galaxyproject_Lobby:gitter.im__;IyU!!AbC!x$",
    "https://urldefense.us/v3/__https://matrix.to/*/*galaxyproject_Lobby:gitter.im__;IyM!!AbC!x$",
    "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fmatrix.to%2f%23%2f%2523galaxyproject_Lobby%3agitter.im&c=E,1,abc&typo=1",
    "https://secure-web.cisco.com/1AbC-dEf/https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im",
    "https://eu-central-1.protection.sophos.com/?d=matrix.to&u=aHR0cHM6Ly9tYXRyaXgudG8vIy8lMjNnYWxheHlwcm9qZWN0X0xvYmJ5OmdpdHRlci5pbQ==&p=m&i=x",
    "https://protect.checkpoint.com/v2/___https://matrix.to/#/%23galaxyproject_Lobby:gitter.im___.YzJlOmF",
    "https://url.avanan.click/v2/___https://matrix.to/#/%23galaxyproject_Lobby:gitter.im___.YXAzOm",
    "https://avanan.url-protection.com/v1/url?o=https%3A//matrix.to/%23/%2523galaxyproject_Lobby%3Agitter.im&g=ZGE=",
    "https://protect2.fireeye.com/v1/url?k=1-2&q=1&e=3&u=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im",
    "https://us.trendmicro.com:443/wis/clicktime/v1/query?url=https%3a%2f%2fmatrix.to%2f%23%2f%2523galaxyproject_Lobby%3agitter.im&umid=x",
    "https://clicktime.symantec.com/15siD?h=x&u=https://matrix.to/%23/%2523galaxyproject_Lobby:gitter.im",
    "https://www.google.com/url?q=https://matrix.to/%23/%23galaxyproject_Lobby:gitter.im&sa=D",
    "https://www.google.com/url?sa=t&url=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im",
    "https://slack-redir.net/link?url=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im",
    "https://l.facebook.com/l.php?u=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im&h=AT",
    "https://www.linkedin.com/safety/go?url=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im",
    "https://www.youtube.com/redirect?event=x&q=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im",
    "https://duckduckgo.com/l/?uddg=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im",
    // Two of them, one in the other.
    "https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Furldefense.com%2Fv3%2F__https%3A%2F%2Fmatrix.to%2F*%2F*galaxyproject_Lobby%3Agitter.im__%3BIyM!!AbC!x%24&data=05",
    "https://statics.teams.microsoft.com/evergreen-assets/safelinks/1/atp-safelinks.html?url=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im",
    "https://urldefense.com/v1/url?u=https://matrix.to/%23/%2523galaxyproject_Lobby:gitter.im&k=oIvRg1",
    "https://urldefense.com/v2/url?u=https-3A__matrix.to_-23_-23galaxyproject-5FLobby-3Agitter.im&d=DwMFaQ",
    "https://urldefense.us/v2/url?u=https-3A__matrix.to_-23_-23galaxyproject-5FLobby-3Agitter.im&d=DwMFaQ",
    "https://urldefense.proofpoint.com/v3/__https://matrix.to/*/*galaxyproject_Lobby:gitter.im__;IyM!!AbC!x$",
    "https://protect.trellix.com/v1/url?o=x&u=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im",
    "https://l.instagram.com/?u=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im&e=AT",
    "https://www.linkedin.com/redir/redirect?url=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im",
    "https://vk.com/away.php?to=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im",
    "https://steamcommunity.com/linkfilter/?url=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im",
];

#[test]
fn links_that_others_rewrote_are_read() {
    for text in REWRITTEN {
        let reading = read(text);
        assert_eq!(line(&reading), LOBBY, "{text}");
        assert!(reading.repairs.contains(&Surroundings), "{text}");
    }
}

#[test]
fn every_site_that_rewrites_links_has_an_example() {
    for (site, path, form) in wrapper::SITES {
        let examples =
            if matches!(form, wrapper::Form::Unreadable) { UNREADABLE } else { REWRITTEN };
        let is_example = |text: &&&str| {
            let address = text.trim_start_matches("https://");
            let (host, rest) = address.split_at(address.find('/').expect("a path"));
            let host = host.split(':').next().expect("a host");
            host.ends_with(site) && rest.starts_with(path)
        };
        assert!(examples.iter().any(|text| is_example(&text)), "{site}{path}");
    }
}

#[test]
fn proofpoints_runs_of_characters_are_counted() {
    // `**A` stands for two, `**B` for three.
    let text = "https://urldefense.com/v3/__https://matrix.to/**Agalaxyproject_Lobby:gitter.im__;Iy8j!!AbC!x$";
    assert!(read(text).repairs.contains(&AddressRepair::Sigil));
    let text = "https://urldefense.com/v3/__https://matrix.to/**Bgalaxyproject_Lobby:gitter.im__;Iy8j!!AbC!x$";
    assert_eq!(line(&read(text)), LOBBY);
    assert!(!read(text).repairs.contains(&AddressRepair::Sigil));
}

/// Links of which only the site knows where they lead.
const UNREADABLE: &[&str] = &[
    "https://protect-eu.mimecast.com/s/AbCdEfGhIj?domain=matrix.to",
    "https://url.uk.m.mimecastprotect.com/s/AbCdEfGhIj?domain=matrix.to",
    "https://shared.outlook.inky.com/link?domain=matrix.to&t=h.eJx",
    "https://urldefense.com/v3/__broken",
    "https://eur03.safelinks.protection.outlook.com/?data=05%7C01",
    "https://safelinks.example.org/x/AbCdEf",
    "https://linkscan.example.org/click?id=5",
    "https://scanner.example.org/r?to=https%3A%2F%2Fmatrix.to%2F%23%2F%2523galaxyproject_Lobby%3Agitter.im",
    "https://scanner.example.org/r?to=https%253A%252F%252Fmatrix.to%252F%2523%252F",
    "https://scanner.example.org/https://matrix.to/x",
    "https://atpscan.global.hornetsecurity.com/index.php?atp_str=AbCdEf",
    "https://linklock.ess.barracudanetworks.com/AbCdEf",
    "https://t.co/AbCdEfGhIj",
    "https://lnkd.in/eAbCdEf",
];

#[test]
fn links_that_only_their_scanner_can_read_are_said_to_be_so() {
    for text in UNREADABLE {
        assert_eq!(read(text).meaning, Meaning::Nothing(AddressFault::Rewritten), "{text}");
    }
    for text in [
        "https://galaxyproject.org/community/",
        "https://www.google.com/search?q=galaxy",
        "https://www.linkedin.com/company/galaxy",
        "https://github.com/matrix-org/matrix.to/issues",
        "https://example.org/matrix:rooms",
        "https://www.mimecast.com/",
    ] {
        assert_eq!(read(text).meaning, Meaning::Nothing(AddressFault::OtherPage), "{text}");
    }
}
