//! What a server says about itself, before anybody signs in.

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_core::wire::ErrorKind;
use galaxy_chat_tests::galaxy::Galaxy;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;
use url::Url;

use super::answers::Answer;
use super::panics::Panics;
use super::{Draw, MAX_DISCOVERY, OUTCOME_TIMEOUT, Place, is_usable, is_wanted, only, was_asked};
use crate::attacks::between::{Between, Deed};
use crate::core::run::{Computer, Core};

const WELL_KNOWN: Place =
    Place { method: "GET", path: "/.well-known/matrix/client", optional: true };
pub const VERSIONS: Place =
    Place { method: "GET", path: "/_matrix/client/versions", optional: false };
pub const LOGIN: Place = Place { method: "GET", path: "/_matrix/client/v3/login", optional: false };
const METADATA: Place = Place { method: "GET", path: "/auth_metadata", optional: true };
const REGISTER: Place =
    Place { method: "POST", path: "/_matrix/client/v3/register", optional: true };

/// Asks a server that answers one question in a way that it should not.
struct Scene {
    galaxy: Galaxy,
    core: Core,
    panics: Panics,
    _computer: Computer,
}

impl Scene {
    async fn start() -> Result<Self> {
        let galaxy = Galaxy::start().await?;
        let computer = Computer::new(&galaxy)?;
        let core = computer.start();
        core.signed_out().await?;
        Ok(Self { galaxy, core, panics: Panics::watch(), _computer: computer })
    }

    async fn case(&self, place: Place, answer: &Answer) -> Result<Option<ErrorKind>> {
        // What is known of a server is not asked again, so each is another one.
        let between = Between::start(&self.galaxy).await?;
        between.plan(only(place, answer));
        let said = timeout(OUTCOME_TIMEOUT, self.core.app.discover(between.url())).await;
        let said = said.context("silence")?.err().map(|error| error.kind);
        ensure!(was_asked(&between, place), "it was not asked");
        let expected = expected(place, answer);
        ensure!(expected.contains(&said), "it is said {said:?}, and not one of {expected:?}");
        is_usable(&self.core, false).await?;
        self.panics.check()?;
        between.be_honest();
        let honest = self.core.app.discover(between.url()).await.context("the honest server")?;
        ensure!(honest.password, "{honest:?}");
        Ok(said)
    }
}

/// What may be said of a server; `None` stands for what it offers.
fn expected(place: Place, answer: &Answer) -> Vec<Option<ErrorKind>> {
    use ErrorKind::{
        RateLimited, ServerMisconfigured, ServerNoPassword, ServerNotMatrix, ServerTooOld,
        ServerUnreachable, SignInPageUntrusted,
    };
    let broken = match answer {
        Answer::Status(429, ..) => vec![RateLimited],
        Answer::Status(500..=599, ..) => vec![ServerUnreachable],
        Answer::Status(300..=399, ..) => vec![ServerUnreachable, ServerNotMatrix],
        answer if answer.is_no_whole() => vec![ServerUnreachable],
        _ => vec![ServerNotMatrix],
    };
    let mut kinds: Vec<_> = broken.into_iter().map(Some).collect();
    if place == VERSIONS {
        kinds.push(Some(ServerTooOld).filter(|_| answer.may_do()));
    } else if place == LOGIN {
        // A list of lists is taken for a list of no ways.
        let list = matches!(answer, Answer::OtherJson(_));
        kinds.push(Some(ServerNoPassword).filter(|_| answer.may_do() || list));
    } else if place == METADATA {
        kinds.push(Some(SignInPageUntrusted));
    } else if place == WELL_KNOWN {
        kinds.push(Some(ServerMisconfigured).filter(|_| answer.may_do()));
    }
    kinds.retain(Option::is_some);
    if place.optional || answer.may_do() {
        kinds.push(None);
    }
    kinds
}

/// What a server's settings name as its homeserver, in the place of `http://HOST:PORT`, and whether it leads there.
const BASE_URLS: &[(&str, bool)] = &[
    ("http://HOST:PORT", true),
    ("http://HOST:PORT/", true),
    ("HOST:PORT", true),
    ("HOST:PORT/", true),
    (" HOST:PORT ", true),
    ("//HOST:PORT", true),
    ("localhost:PORT", true),
    ("", false),
    ("/", false),
    ("HOST", false),
    ("matrix.invalid", false),
    ("matrix.invalid:443", false),
    ("localhost:1", false),
    ("ftp://HOST:PORT", false),
    ("mailto:somebody", false),
    ("https://", false),
    ("not an address", false),
];

#[tokio::test]
async fn an_address_in_a_servers_settings_is_understood_or_blamed_on_them() -> Result<()> {
    let scene = Scene::start().await?;
    for (base_url, leads) in BASE_URLS {
        let between = Between::start(&scene.galaxy).await?;
        let port = Url::parse(between.url())?.port().context("a port")?.to_string();
        let named = base_url.replace("HOST", "127.0.0.1").replace("PORT", &port);
        between.plan(move |request| {
            if !WELL_KNOWN.is(request) {
                return Deed::Pass;
            }
            let settings = json!({ "m.homeserver": { "base_url": named } }).to_string();
            let length = settings.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            Deed::Twist(Box::new(move |_, mut stream| {
                let answer = [head.as_bytes(), settings.as_bytes()].concat();
                Box::pin(async move { Ok(stream.write_all(&answer).await?) })
            }))
        });
        let found = timeout(OUTCOME_TIMEOUT, scene.core.app.discover(between.url())).await;
        match found.context("silence")? {
            Ok(offer) => ensure!(*leads && offer.password, "{base_url} leads to {offer:?}"),
            Err(error) => {
                let kind = error.kind;
                ensure!(!leads && kind == ErrorKind::ServerMisconfigured, "{base_url}: {error}");
            }
        }
        ensure!(was_asked(&between, WELL_KNOWN), "it was not asked");
    }
    Ok(())
}

#[tokio::test]
async fn whatever_a_server_says_of_itself_something_true_is_said_of_it() -> Result<()> {
    let scene = Scene::start().await?;
    let mut draw = Draw::new(50, 1)?;
    let places = [WELL_KNOWN, VERSIONS, LOGIN, METADATA, METADATA, REGISTER, REGISTER];
    let mut cases = draw.cases(&places, MAX_DISCOVERY);
    for place in [VERSIONS, LOGIN] {
        cases.extend(Answer::all(MAX_DISCOVERY).into_iter().map(|answer| (place, answer)));
    }
    // The SDK waits as it is asked to before it looks elsewhere, to the limit over all.
    let long = |(place, answer): &(Place, Answer)| {
        [WELL_KNOWN, VERSIONS].contains(place) && answer.asks_to_wait()
    };
    cases.retain(|case| !long(case));
    let mut failed = Vec::new();
    for (number, (place, answer)) in
        cases.into_iter().enumerate().filter(|(number, _)| is_wanted(*number))
    {
        let name = || draw.name(number, place, &answer);
        if let Err(error) = scene.case(place, &answer).await.with_context(name) {
            failed.push(format!("{error:?}"));
        }
    }
    ensure!(failed.is_empty(), "{}", failed.join("\n"));
    Ok(())
}
