//! What a homeserver asks before it makes an account, and what the user has to do for it.

use std::collections::BTreeSet;

use matrix_sdk::ruma::api::client::uiaa::{
    AuthFlow, AuthType, LoginTermsParams, PolicyTranslation, UiaaInfo,
};
use url::Url;

use crate::{links::check_link, text::display_name, wire::Policy};

/// What the user has to do for a stage.
#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    /// Nothing.
    Nothing,
    /// Accept rules.
    Accept(Vec<Policy>),
    /// Know a token.
    Token,
    /// Do what a page in the browser says.
    Page,
}

/// Flows, and stages of one, that are looked at: Synapse's longest has five stages.
const MAX_FLOWS: usize = 20;
const MAX_STAGES: usize = 20;

/// The ways to an account, the easiest first. A token comes last: not everybody has one.
pub fn by_effort(asked: &UiaaInfo, homeserver: &Url) -> Vec<Vec<AuthType>> {
    let possible = |flow: &&AuthFlow| {
        let mut stages = BTreeSet::new();
        flow.stages.len() <= MAX_STAGES && flow.stages.iter().all(|stage| stages.insert(stage))
    };
    let flows = asked.flows.iter().filter(possible).take(MAX_FLOWS);
    let mut flows: Vec<_> = flows.map(|AuthFlow { stages, .. }| stages.clone()).collect();
    flows.sort_by_cached_key(|flow| {
        let tasks: Vec<_> = flow.iter().map(|stage| task(stage, asked, homeserver)).collect();
        let count = |wanted: fn(&Task) -> bool| tasks.iter().filter(|task| wanted(task)).count();
        let easy = count(|task| *task == Task::Nothing);
        (count(|task| *task == Task::Token), tasks.len() - easy, count(|task| *task == Task::Page))
    });
    flows
}

/// The first stage that is not done.
pub fn next<'a>(flow: &'a [AuthType], asked: &UiaaInfo) -> Option<&'a AuthType> {
    flow.iter().find(|stage| !asked.completed.contains(stage))
}

/// What a stage asks of the user.
pub fn task(stage: &AuthType, asked: &UiaaInfo, homeserver: &Url) -> Task {
    match stage {
        AuthType::Dummy => Task::Nothing,
        AuthType::RegistrationToken => Task::Token,
        // Rules that cannot be shown are not accepted here.
        AuthType::Terms => policies(asked, homeserver).map_or(Task::Page, Task::Accept),
        _ => Task::Page,
    }
}

/// The server's rules, if all of them can be shown.
fn policies(asked: &UiaaInfo, homeserver: &Url) -> Option<Vec<Policy>> {
    let terms: LoginTermsParams = asked.params(&AuthType::Terms).ok()??;
    let policies = terms.policies.values().map(|policy| {
        let english = policy.translations.iter().find(|(language, _)| is_english(language));
        let (_, text) = english.or_else(|| policy.translations.first_key_value())?;
        shown(text, homeserver)
    });
    policies.collect::<Option<Vec<_>>>().filter(|policies| !policies.is_empty())
}

fn is_english(language: &str) -> bool {
    language.split(['-', '_']).next().is_some_and(|first| first.eq_ignore_ascii_case("en"))
}

/// Rules that somebody on the way could have changed are no rules to accept; a homeserver that
/// is reached by plain http is this computer's own.
fn shown(text: &PolicyTranslation, homeserver: &Url) -> Option<Policy> {
    let address = check_link(&text.url).ok()?;
    let own = homeserver.scheme() == "http" && address.origin() == homeserver.origin();
    (address.scheme() == "https" || own).then(|| Policy {
        name: display_name(Some(&text.name), address.as_str()),
        address: address.into(),
    })
}

/// The page on which a stage is done in the browser.
pub fn page(homeserver: &Url, stage: &AuthType, session: &str) -> Url {
    let mut address = homeserver.clone();
    if let Ok(mut path) = address.path_segments_mut() {
        let stage = stage.as_str();
        path.pop_if_empty().extend(["_matrix", "client", "v3", "auth", stage, "fallback", "web"]);
    }
    address.query_pairs_mut().clear().append_pair("session", session);
    address
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const HOMESERVER: &str = "https://chat.example.org/";

    fn homeserver() -> Url {
        Url::parse(HOMESERVER).expect("is an address")
    }

    fn asked(flows: &Value, policies: &Value) -> UiaaInfo {
        let flows: Vec<_> = flows.as_array().expect("is a list").iter().collect();
        let flows: Vec<_> = flows.iter().map(|stages| json!({ "stages": stages })).collect();
        serde_json::from_value(json!({
            "flows": flows,
            "params": { "m.login.terms": { "policies": policies } },
            "session": "a session",
        }))
        .expect("is what servers answer")
    }

    fn rules(url: &str) -> Value {
        json!({ "rules": { "version": "1", "en": { "name": "Rules", "url": url } } })
    }

    fn easiest(flows: &Value, policies: &Value) -> Vec<String> {
        let flows = by_effort(&asked(flows, policies), &homeserver());
        flows[0].iter().map(|stage| stage.as_str().to_owned()).collect()
    }

    #[test]
    fn the_easiest_way_is_taken() {
        let terms = rules("https://example.org/rules");
        for (flows, expected) in [
            (json!([["m.login.dummy"]]), json!(["m.login.dummy"])),
            (json!([["m.login.email.identity"], ["m.login.dummy"]]), json!(["m.login.dummy"])),
            // Everybody has an e-mail address, but not everybody a token.
            (
                json!([
                    ["m.login.registration_token"],
                    ["m.login.email.identity", "m.login.terms"]
                ]),
                json!(["m.login.email.identity", "m.login.terms"]),
            ),
            (
                json!([["m.login.recaptcha", "m.login.dummy"], ["m.login.terms", "m.login.dummy"]]),
                json!(["m.login.terms", "m.login.dummy"]),
            ),
            (
                json!([["m.login.msisdn", "m.login.email.identity"], ["org.example.question"]]),
                json!(["org.example.question"]),
            ),
            // Where it makes no difference, the server's order is kept.
            (json!([["m.login.msisdn"], ["m.login.email.identity"]]), json!(["m.login.msisdn"])),
        ] {
            assert_eq!(json!(easiest(&flows, &terms)), expected, "{flows}");
        }
        assert!(by_effort(&asked(&json!([]), &json!({})), &homeserver()).is_empty());
    }

    #[test]
    fn what_is_done_is_not_asked_again() {
        let mut asked = asked(&json!([["m.login.terms", "m.login.dummy"]]), &json!({}));
        let flow = asked.flows[0].stages.clone();
        assert_eq!(next(&flow, &asked), Some(&AuthType::Terms));
        asked.completed.push(AuthType::Terms);
        assert_eq!(next(&flow, &asked), Some(&AuthType::Dummy));
        asked.completed.push(AuthType::Dummy);
        assert_eq!(next(&flow, &asked), None);
    }

    fn terms(policies: &Value, homeserver: &str) -> Task {
        let homeserver = Url::parse(homeserver).expect("is an address");
        task(&AuthType::Terms, &asked(&json!([["m.login.terms"]]), policies), &homeserver)
    }

    #[test]
    fn rules_are_shown_in_english_where_there_is_english() {
        let text = |name: &str, url: &str| json!({ "name": name, "url": url });
        let policies = json!({
            "a": { "version": "1", "de": text("Regeln", "https://example.org/de"),
                "en_GB": text("Rul\u{202E}es", "https://example.org/en") },
            "b": { "version": "1", "de": text("Weitere", "https://example.org/weitere"),
                "eng": text("More", "https://example.org/more") },
        });
        let policy = |name: &str, address: &str| Policy {
            name: name.to_owned(),
            address: address.to_owned(),
        };
        let expected = Task::Accept(vec![
            policy("Rules", "https://example.org/en"),
            policy("Weitere", "https://example.org/weitere"),
        ]);
        assert_eq!(terms(&policies, HOMESERVER), expected);
        let nameless =
            json!({ "c": { "version": "1", "fr": text("\u{200B}", "https://example.org/fr") } });
        let name = "https://example.org/fr";
        assert_eq!(terms(&nameless, HOMESERVER), Task::Accept(vec![policy(name, name)]));
    }

    #[test]
    fn rules_that_cannot_be_shown_are_left_to_the_servers_page() {
        for policies in [
            rules("http://example.org/rules"),
            rules("javascript:alert(1)"),
            rules("mailto:rules@example.org"),
            rules("https://user:word@example.org/"),
            json!({}),
            json!({ "rules": { "version": "1" } }),
            json!({ "rules": { "en": { "name": "Rules", "url": "https://example.org/" } } }),
            json!("rules"),
        ] {
            assert_eq!(terms(&policies, HOMESERVER), Task::Page, "{policies}");
        }
        // One of several is enough.
        let mut policies = rules("https://example.org/rules");
        policies["more"] = rules("file:///etc/passwd")["rules"].clone();
        assert_eq!(terms(&policies, HOMESERVER), Task::Page);
    }

    #[test]
    fn a_server_on_this_computer_shows_its_own_rules() {
        let own = rules("http://127.0.0.1:8008/_matrix/consent?v=1");
        assert!(matches!(terms(&own, "http://127.0.0.1:8008/"), Task::Accept(_)));
        assert_eq!(terms(&own, "http://127.0.0.1:8009/"), Task::Page);
        assert_eq!(terms(&own, HOMESERVER), Task::Page);
    }

    #[test]
    fn pages_stay_on_the_homeserver() {
        for (homeserver, stage, expected) in [
            (
                HOMESERVER,
                "m.login.recaptcha",
                "https://chat.example.org/_matrix/client/v3/auth/m.login.recaptcha/fallback/web?session=a%26b",
            ),
            (
                "https://example.org/chat",
                "../x?y#z",
                "https://example.org/chat/_matrix/client/v3/auth/..%2Fx%3Fy%23z/fallback/web?session=a%26b",
            ),
        ] {
            let homeserver = Url::parse(homeserver).expect("is an address");
            assert_eq!(page(&homeserver, &stage.into(), "a&b").as_str(), expected);
        }
    }
}
