//! Reading and writing.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use galaxy_chat_core::vault::{Key, open};
use galaxy_chat_core::wire::{
    ErrorKind, MembershipKind, PlanDoing, SendState, Sending, SyncState, TimelineItemKind, UiError,
    Unreadable,
};
use galaxy_chat_tests::faults::Faults;
use galaxy_chat_tests::galaxy::Galaxy;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::run::{Computer, Shown, text};

#[tokio::test]
async fn a_room_is_read_to_its_beginning() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let core = Computer::new(&galaxy)?.start();
    core.sign_in(&galaxy.newcomer).await?;
    let lobby = core.join(galaxy.alias("lobby")?).await?;
    core.app.open_room(&lobby).await?;
    core.until("messages", |shown| shown.messages().count() >= 10).await?;
    for _ in 0..20 {
        if core.app.load_earlier().await? {
            break;
        }
    }
    let shown = core
        .until("the beginning", |shown| {
            shown.timeline.iter().any(|item| item.kind == TimelineItemKind::Start)
        })
        .await?;
    let messages: Vec<_> = shown.messages().map(|(_, message)| message).collect();
    assert!(messages.len() >= 60, "{} messages", messages.len());
    assert!(messages.is_sorted_by_key(|message| message.time_ms), "oldest first");

    let shown = core
        .until("the answered message", |shown| {
            let answer = shown.said("Begin with quality control");
            let quoted = answer.and_then(|answer| answer.reply_to.as_ref());
            quoted.is_some_and(|quoted| quoted.text.starts_with("Hello! New here."))
        })
        .await?;
    let edited = shown.said("My colleagues will be pleased.").expect("the later text");
    assert!(edited.edited);
    let removed =
        shown.messages().filter(|(_, message)| message.unreadable == Some(Unreadable::Removed));
    assert_eq!(removed.count(), 1);
    let welcome = shown.said("The Lobby is open").expect("the first message");
    assert_eq!((welcome.reactions.len(), welcome.reactions[0].count), (1, 2));
    assert!(shown.messages().any(|(_, message)| message.emoji_only));
    let joined = shown.timeline.iter().any(|item| {
        matches!(&item.kind, TimelineItemKind::Membership { what: MembershipKind::Joined, sender, .. }
            if sender.user_id == galaxy.newcomer.user_id)
    });
    assert!(joined, "the newcomer comes in");
    Ok(())
}

#[tokio::test]
async fn nobody_edits_what_somebody_else_has_written() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let core = Computer::new(&galaxy)?.start();
    core.sign_in(&galaxy.newcomer).await?;
    let dev = core.join(galaxy.alias("dev")?).await?;
    core.app.open_room(&dev).await?;
    let (helper, trainer) = (galaxy.helper.sign_in().await?, galaxy.trainer.sign_in().await?);
    trainer.join(&dev).await?;
    let event = helper.say(&dev, "as it was said").await?;
    core.until("said", |shown| shown.said("as it was said").is_some()).await?;
    trainer.edit(&dev, &event, "as somebody forged it").await?;
    helper.say(&dev, "after the forged one").await?;
    let shown =
        core.until("after it", |shown| shown.said("after the forged one").is_some()).await?;
    assert!(shown.said("as somebody forged it").is_none(), "{:#?}", shown.timeline);
    assert!(shown.said("as it was said").is_some_and(|message| !message.edited));
    // The control: the author does.
    helper.edit(&dev, &event, "as it was meant").await?;
    core.until("edited", |shown| shown.said("as it was meant").is_some_and(|it| it.edited)).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_written_arrives_and_what_others_write_appears() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.sign_in(&galaxy.newcomer).await?;
    let dev = core.join(galaxy.alias("dev")?).await?;
    let helper = galaxy.helper.sign_in().await?;
    core.app.open_room(&dev).await?;

    core.app.send_message(&dev, "Hello, *everyone*", false).await?;
    let sent = |shown: &super::run::Shown| {
        shown.said("Hello").is_some_and(|message| message.own && message.send_state.is_none())
    };
    core.until("sent", sent).await?;
    let latest = helper.messages(&dev, 1).await?.remove(0);
    assert_eq!(latest["sender"], galaxy.newcomer.user_id.as_str());
    assert_eq!(latest["content"]["formatted_body"], "Hello, <em>everyone</em>");

    let event = latest["event_id"].as_str().expect("an id");
    let answer = helper.reply(&dev, event, "Welcome!").await?;
    let shown = core.until("answered", |shown| shown.said("Welcome!").is_some()).await?;
    let reply =
        shown.said("Welcome!").and_then(|message| message.reply_to.clone()).expect("a reply");
    assert_eq!(reply.sender.map(|sender| sender.user_id), Some(galaxy.newcomer.user_id.clone()));
    helper.react(&dev, event, "👋").await?;
    core.until("a reaction", |shown| {
        shown.said("Hello").is_some_and(|message| message.reactions.len() == 1)
    })
    .await?;
    helper.edit(&dev, &answer, "Welcome to all!").await?;
    core.until("an edit", |shown| shown.said("Welcome to all!").is_some_and(|m| m.edited)).await?;
    helper.remove(&dev, &answer).await?;
    core.until("a removal", |shown| {
        shown
            .messages()
            .last()
            .is_some_and(|(_, message)| message.unreadable == Some(Unreadable::Removed))
    })
    .await?;

    let kind = |result: Result<Sending, UiError>| result.err().map(|error| error.kind);
    for unsendable in ["", "  \n ", &"long ".repeat(10_000)] {
        let refused = kind(core.app.send_message(&dev, unsendable, false).await);
        assert_eq!(refused, Some(ErrorKind::MessageUnsendable));
    }
    let elsewhere = kind(core.app.send_message(galaxy.room("lobby")?, "hello", false).await);
    assert_eq!(elsewhere, Some(ErrorKind::RoomNotJoined));
    core.app.close_room().await;
    assert_eq!(
        kind(core.app.send_message(&dev, "hello", false).await),
        Some(ErrorKind::RoomNotJoined)
    );
    Ok(())
}

#[tokio::test]
async fn what_is_written_offline_goes_out_once_and_in_order() -> Result<()> {
    let mut galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.sign_in(&galaxy.newcomer).await?;
    let dev = core.join(galaxy.alias("dev")?).await?;
    core.app.open_room(&dev).await?;
    galaxy.homeserver.stop()?;
    core.until("offline", |shown| shown.sync == Some(SyncState::Offline)).await?;
    core.app.join(galaxy.alias("lobby")?, &[]).await?;
    core.until("waiting", |shown| shown.plan.doing == PlanDoing::WaitingForNetwork).await?;
    for words in ["first thing", "second thing"] {
        core.app.send_message(&dev, words, false).await?;
    }
    let waits = |shown: &Shown| {
        let state = shown.said("first thing").and_then(|message| message.send_state.clone());
        matches!(state, Some(SendState::Waiting { error }) if error.kind == ErrorKind::ServerUnreachable)
    };
    core.until("not sent", waits).await?;

    // What was not sent is sent by the next run as well.
    core.close().await?;
    let core = computer.start();
    core.signed_in().await?;
    core.until("listed", |shown| shown.room(&dev).is_some()).await?;
    core.app.open_room(&dev).await?;
    core.until("still there", |shown| shown.said("second thing").is_some()).await?;
    galaxy.homeserver.restart().await?;
    core.until("sent", |shown| {
        let done = |words| shown.said(words).is_some_and(|message| message.send_state.is_none());
        done("first thing") && done("second thing")
    })
    .await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let helper = galaxy.helper.sign_in().await?;
    let events = helper.messages(&dev, 20).await?;
    let said = |event: &serde_json::Value| event["content"]["body"].as_str().map(str::to_owned);
    let mine: Vec<_> = events
        .iter()
        .filter(|event| event["sender"] == galaxy.newcomer.user_id.as_str())
        .filter_map(said)
        .collect();
    assert_eq!(mine, ["second thing", "first thing"], "newest first");
    let shown = core.now();
    assert_eq!(shown.messages().filter(|(_, message)| text(message).contains("thing")).count(), 2);
    Ok(())
}

/// What is being written in each room, by the file with that.
fn drafts_on_disk(computer: &Computer) -> Result<BTreeMap<String, String>> {
    let file = fs::read(computer.profile().join("drafts.sealed"))?;
    let key = computer.secrets().iter().find_map(|secret| Key::from_text(secret));
    let content = open(&file, &key.context("a key")?).ok().context("sealed with that key")?;
    Ok(serde_json::from_slice(&content)?)
}

#[tokio::test]
async fn of_drafts_that_are_saved_at_once_none_is_lost() -> Result<()> {
    let rounds = if std::env::var_os("GALAXY_CHAT_FULL").is_some() { 400 } else { 40 };
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.sign_in(&galaxy.newcomer).await?;
    let mut before = None;
    for round in 0..rounds {
        let mut saving = JoinSet::new();
        let mut expected = BTreeMap::new();
        for room in ["!a:b", "!c:d", "!e:f", "!g:h"] {
            let (app, text) = (core.app.clone(), format!("{round} in {room}"));
            expected.insert(room.to_owned(), text.clone());
            let handle = Handle::current();
            // In threads of their own, which nothing puts in an order.
            saving.spawn_blocking(move || handle.block_on(app.save_draft(room, &text)));
        }
        while let Some(saved) = saving.join_next().await {
            saved?.expect("it is saved");
        }
        // A list that was made earlier and written later would lack what the others brought.
        assert_eq!(drafts_on_disk(&computer)?, expected);
        // The control: the file of the round before is told from this one.
        let file = fs::read(computer.profile().join("drafts.sealed"))?;
        if let Some(before) = before.replace(file.clone()) {
            fs::write(computer.profile().join("drafts.sealed"), before)?;
            assert_ne!(drafts_on_disk(&computer)?, expected);
            fs::write(computer.profile().join("drafts.sealed"), file)?;
        }
    }
    Ok(())
}

/// What a server says of itself is short. What it tells a session need not be, in its first run either.
#[tokio::test]
async fn a_new_session_takes_long_answers() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let faults = Faults::start(&galaxy.homeserver).await?;
    let core = Computer::new(&galaxy)?.start();
    core.signed_out().await?;
    let newcomer = &galaxy.newcomer;
    core.try_sign_in(faults.url().as_str(), &newcomer.user, &newcomer.password).await?;
    let padding = format!("{{\"padding\":\"{}\",", "x".repeat(10 << 20));
    let padded = Arc::new(AtomicUsize::new(0));
    let counted = padded.clone();
    faults.rewrite(move |request, body| {
        if request.path.contains("sync") && body.starts_with(b"{\"") {
            body.splice(..1, padding.bytes());
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    core.join(galaxy.alias("lobby")?).await?;
    assert!(padded.load(Ordering::SeqCst) > 0, "no answer was long");
    Ok(())
}
