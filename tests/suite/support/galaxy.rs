//! Galaxy's rooms, and the helper in them.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use anyhow::Result;
use galaxy_chat_tests::bots::Helper;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::Options;
use galaxy_chat_tests::matrix::Client;
use reqwest::Method;
use serde_json::Value;
use tokio::time::{Instant, sleep};

#[tokio::test]
async fn the_lobby_is_populated() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let newcomer = galaxy.newcomer.sign_in().await?;
    let lobby = newcomer.join(galaxy.alias("lobby")?).await?;
    assert_eq!(lobby, galaxy.room("lobby")?);

    let events = newcomer.messages(&lobby, 500).await?;
    let messages: Vec<_> =
        events.iter().filter(|event| event["content"]["body"].is_string()).collect();
    assert!(messages.len() >= 60, "{} messages", messages.len());
    let authors: BTreeSet<_> =
        messages.iter().filter_map(|event| event["sender"].as_str()).collect();
    assert_eq!(authors.len(), 5, "{authors:?}");

    let any = |test: &dyn Fn(&Value) -> bool| events.iter().any(test);
    let body = |test: fn(&str) -> bool| {
        messages.iter().any(|event| event["content"]["body"].as_str().is_some_and(test))
    };
    let html = |part: &str| {
        messages.iter().any(|event| {
            event["content"]["formatted_body"].as_str().is_some_and(|html| html.contains(part))
        })
    };
    assert!(any(&|event| event["content"]["m.relates_to"]["m.in_reply_to"].is_object()), "a reply");
    assert!(
        any(&|event| event["content"]["m.relates_to"]["rel_type"] == "m.replace"),
        "an edited message"
    );
    assert!(any(&|event| event["content"]["m.mentions"]["user_ids"].is_array()), "a mention");
    assert!(any(&|event| event["type"] == "m.reaction"), "a reaction");
    assert!(any(&|event| event["unsigned"]["redacted_because"].is_object()), "a removed message");
    assert!(html("<pre><code"), "a code block");
    assert!(html("<ol>") && html("<a href"), "a list and a link");
    assert!(body(|text| text.len() > 5_000), "a very long message");
    assert!(body(|text| text.chars().all(|letter| letter == '🎉')), "an emoji-only message");
    assert!(
        body(|text| text.starts_with('ص')) && body(|text| text.starts_with('ש')),
        "right-to-left messages"
    );
    Ok(())
}

#[tokio::test]
async fn the_catalogue_leads_to_the_rooms() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let newcomer = galaxy.newcomer.sign_in().await?;
    let catalogue: toml::Table = toml::from_str(&fs::read_to_string(&galaxy.catalogue)?)?;
    let entries: Vec<_> = catalogue["room"].as_array().expect("rooms").iter().collect();
    let mut rooms = BTreeSet::new();
    for entry in &entries {
        let room = newcomer.join(entry["alias"].as_str().expect("an alias")).await?;
        assert_eq!(room, galaxy.room(entry["key"].as_str().expect("a key"))?);
        if entry.get("kind").is_none() {
            rooms.insert(room);
        }
    }
    assert_eq!(entries.len(), rooms.len() + 1, "one Space");

    let path = ["_matrix", "client", "v1", "rooms", galaxy.room("space")?, "hierarchy"];
    let hierarchy = newcomer.request(Method::GET, &path, &[], None).await?;
    let children = hierarchy["rooms"][0]["children_state"].as_array().expect("children");
    let children: BTreeSet<_> = children
        .iter()
        .filter_map(|child| child["state_key"].as_str())
        .map(str::to_owned)
        .collect();
    assert_eq!(children, rooms);
    Ok(())
}

#[tokio::test]
async fn the_helper_answers_each_hello_once() -> Result<()> {
    the_helper_answers(Options::default()).await
}

#[tokio::test]
async fn the_helper_answers_where_sign_in_is_delegated() -> Result<()> {
    the_helper_answers(Options::delegated()).await
}

#[tokio::test]
async fn the_helper_answers_where_the_university_signs_in() -> Result<()> {
    the_helper_answers(Options::single_sign_on(false)).await
}

async fn the_helper_answers(options: Options) -> Result<()> {
    let galaxy = Galaxy::start_with(options).await?;
    let newcomer = galaxy.newcomer.sign_in().await?;
    let lobby = newcomer.join(galaxy.alias("lobby")?).await?;
    let helper = Helper::start(&galaxy.helper, &lobby).await?;

    newcomer.say(&lobby, "This sentence greets nobody.").await?;
    let hello = newcomer.say(&lobby, "Hello, I am new here").await?;
    let answer = wait_for_answer(&newcomer, &lobby, &hello).await?;
    assert_eq!(answer["sender"], galaxy.helper.user_id);
    assert_eq!(answer["content"]["m.mentions"]["user_ids"][0], galaxy.newcomer.user_id);
    assert!(answer["content"]["body"].as_str().is_some_and(|body| body.starts_with("Newcomer: ")));

    // An answer to the later hello shows that the earlier messages have been dealt with.
    let again = newcomer.say(&lobby, "hi!").await?;
    wait_for_answer(&newcomer, &lobby, &again).await?;
    let latest = newcomer.messages(&lobby, 5).await?;
    let answers = latest.iter().filter(|event| event["sender"] == galaxy.helper.user_id.as_str());
    assert_eq!(answers.count(), 2);
    helper.stop().await
}

async fn wait_for_answer(reader: &Client, room: &str, event: &str) -> Result<Value> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let latest = reader.messages(room, 5).await?;
        let answers = |candidate: &&Value| {
            candidate["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] == event
        };
        if let Some(answer) = latest.iter().find(answers) {
            return Ok(answer.clone());
        }
        anyhow::ensure!(Instant::now() < deadline, "nobody answers");
        sleep(Duration::from_millis(50)).await;
    }
}
