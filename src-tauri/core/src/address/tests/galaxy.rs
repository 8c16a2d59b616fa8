//! Forms that Galaxy's pages have.

use super::*;

#[test]
fn gitter_and_its_bridge() {
    check(
        AddressForm::Gitter,
        &[
            ("https://gitter.im/galaxyproject/Lobby", LOBBY, &[]),
            ("http://gitter.im/galaxyproject/Lobby/", LOBBY, &[]),
            ("gitter.im/galaxyproject/Lobby", LOBBY, &[]),
            ("www.gitter.im/galaxyproject/Lobby", LOBBY, &[]),
            (
                "https://gitter.im/galaxyproject/Lobby?utm_source=badge&utm_campaign=pr-badge",
                LOBBY,
                &[],
            ),
            ("https://gitter.im/galaxyproject/Lobby?at=5f1234567890abcdef123456", LOBBY, &[]),
            ("https://gitter.im/galaxyproject/Lobby/~embed", LOBBY, &[]),
            ("https://gitter.im/galaxyproject/Lobby/archives/2019/03/01", LOBBY, &[]),
            ("https://gitter.im/#galaxyproject/Lobby", LOBBY, &[]),
            (
                "https://gitter.im/bgruening/docker-galaxy-stable/news",
                "#bgruening_docker-galaxy-stable_news:gitter.im",
                &[],
            ),
            ("https://gitter.im/galaxyproject", "half galaxyproject OtherPage", &[]),
            ("https://gitter.im/galaxyproject/home", "half galaxyproject OtherPage", &[]),
            ("https://gitter.im/", "nothing OtherPage", &[]),
            ("https://gitter.im/explore/tags/galaxy", "nothing OtherPage", &[]),
            ("https://gitter.im/a/b/c/d", "nothing OtherPage", &[]),
            ("https://gitter.im/a/b%20c", "nothing OtherPage", &[]),
        ],
    );
    check(
        AddressForm::Bridge,
        &[
            ("#gitter_galaxyproject=2FLobby:matrix.org", LOBBY, &[]),
            ("#gitter_galaxyproject=2fLobby:matrix.org", LOBBY, &[]),
            ("https://matrix.to/#/#gitter_galaxyproject=2FLobby:matrix.org", LOBBY, &[]),
        ],
    );
    check(
        AddressForm::Plain,
        &[
            ("#gitter_help:matrix.org", "#gitter_help:matrix.org", &[]),
            ("#gitter_a=2Fb:example.org", "#gitter_a=2Fb:example.org", &[]),
        ],
    );
}

#[test]
fn short_links() {
    check(
        AddressForm::Short,
        &[
            ("https://gxy.io/chat", LOBBY, &[]),
            ("gxy.io/Chat/", LOBBY, &[]),
            ("http://gxy.io/chat?utm_source=x", LOBBY, &[]),
            ("https://gxy.io/devchat", "#galaxyproject_dev:gitter.im", &[]),
            ("https://gxy.io/dev-chat", "#galaxyproject_dev:gitter.im", &[]),
            ("https://gxy.io/adminchat", "#galaxyproject_admins:gitter.im", &[]),
            ("https://gxy.io/gatchat", "#galaxyproject_admin-training:gitter.im", &[]),
            (
                "https://training.galaxyproject.org/chat",
                "#Galaxy-Training-Network_Lobby:gitter.im",
                &[],
            ),
        ],
    );
    check(
        AddressForm::Plain,
        &[
            ("https://gxy.io/gtn-slack", "nothing OtherPage", &[]),
            ("https://gxy.io/", "nothing OtherPage", &[]),
        ],
    );
}
