//! The live Space: what it adds to the list of rooms.

use anyhow::Result;
use futures_util::future::{join_all, try_join_all};
use galaxy_chat_core::wire::{
    CatalogueEntry, Category, JoinRule, JoinState, LiveRoom, RoomKind, Standing,
};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::matrix::{Client, NewRoom, Refused};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::run::{Computer, Core, Shown, with_password};
use crate::stub::Relay;

/// What the Space is made of beyond the rooms of the catalogue.
struct Ground {
    galaxy: Galaxy,
    helper: Client,
    root: String,
}

impl Ground {
    async fn new() -> Result<Self> {
        let galaxy = Galaxy::start().await?;
        let helper = galaxy.helper.sign_in().await?;
        let root = galaxy.room("space")?.to_owned();
        Ok(Self { galaxy, helper, root })
    }

    /// A room in a Space.
    async fn put(&self, space: &str, room: &NewRoom<'_>) -> Result<String> {
        let id = self.helper.create_room(room).await?;
        self.helper.add_child(space, &id, &["test.localhost"]).await?;
        Ok(id)
    }

    async fn take_out(&self, room: &str) -> Result<()> {
        self.helper.set_state(&self.root, "m.space.child", room, &json!({})).await
    }

    async fn hierarchy(&self) -> Result<Value> {
        let path = ["_matrix", "client", "v1", "rooms", &self.root, "hierarchy"];
        self.helper.request(Method::GET, &path, &[], None).await
    }
}

fn named<'a>(name: &'a str, topic: &'a str) -> NewRoom<'a> {
    NewRoom { name, topic, ..NewRoom::default() }
}

fn live<'a>(shown: &'a Shown, name: &str) -> Option<&'a LiveRoom> {
    shown.listed(name).and_then(|entry| entry.live.as_ref())
}

fn more(shown: &Shown) -> Vec<&CatalogueEntry> {
    shown.entries.iter().filter(|entry| entry.category == Category::More).collect()
}

fn standing<'a>(shown: &'a Shown, name: &str) -> Option<&'a Standing> {
    live(shown, name).map(|live| &live.standing)
}

/// Waits until the list has such a room.
async fn seen(core: &Core, name: &str) -> Result<Shown> {
    core.until(name, |shown| live(shown, name).is_some()).await
}

#[tokio::test]
async fn the_space_adds_rooms_and_refreshes_what_is_known() -> Result<()> {
    let ground = Ground::new().await?;
    let (galaxy, helper, root) = (&ground.galaxy, &ground.helper, ground.root.as_str());
    let inner = NewRoom { space: true, ..named("Inner", "A Space within") };
    let inner = ground.put(root, &inner).await?;
    helper.add_child(&inner, root, &["test.localhost"]).await?;
    ground.put(&inner, &named("Zebrafish", "Everything about zebrafish")).await?;
    ground.put(root, &NewRoom { alias: "late", ..named("Latecomers", "") }).await?;
    // Says that it is another one, which the homeserver's directory denies.
    let false_lobby = ground.put(root, &named("False", "")).await?;
    let alias = json!({ "alias": galaxy.alias("dev")? });
    let claimed = helper.set_state(&false_lobby, "m.room.canonical_alias", "", &alias).await;
    assert!(claimed.is_err(), "a homeserver does not let its own users lie");
    let lobby = galaxy.room("lobby")?;
    helper.set_state(lobby, "m.room.name", "", &json!({ "name": "galaxyproject/Lobby" })).await?;

    let computer = Computer::new(galaxy)?;
    let core = computer.start();
    let before = core.now();
    core.sign_in(&galaxy.newcomer).await?;
    let shown = seen(&core, "Zebrafish").await?;
    assert!(before.entries.iter().all(|entry| entry.live.is_none()));
    assert_eq!(shown.keys[..before.keys.len()], before.keys, "what was there stays in its place");
    let names: Vec<_> = more(&shown).iter().map(|entry| entry.name.clone()).collect();
    assert_eq!(names.len(), 4, "{names:?}");

    let zebrafish = shown.listed("Zebrafish").expect("it was just seen");
    assert_eq!(zebrafish.purpose, "Everything about zebrafish");
    assert!(zebrafish.alias.starts_with('!') && zebrafish.via == ["test.localhost"]);
    let facts = live(&shown, "Zebrafish").expect("it was just seen");
    assert_eq!((facts.space.as_deref(), facts.members), (Some("Inner"), 1));
    assert_eq!((facts.join_rule, &facts.standing), (JoinRule::Public, &Standing::Listed));
    assert_eq!(shown.listed("Inner").map(|entry| entry.kind), Some(RoomKind::Space));
    let late = shown.listed("Latecomers").map(|entry| entry.alias.as_str());
    assert_eq!(late, Some("#late:test.localhost"));

    let entry = |shown: &Shown| shown.entries.iter().find(|e| e.key == "lobby").cloned();
    let (own, entry) = (entry(&before).expect("known"), entry(&shown).expect("known"));
    assert_eq!((&entry.name, &entry.purpose), (&own.name, &own.purpose));
    let facts = entry.live.expect("it is in the Space");
    assert_eq!(facts.name.as_deref(), Some("galaxyproject/Lobby"));
    assert!(facts.members >= 4 && facts.room_id == lobby, "{facts:?}");
    assert_eq!(core.app.search_rooms("zebrafihs"), [zebrafish.alias.as_str()]);

    // A room of the Space is joined like any other, and known again.
    let id = core.join("#late:test.localhost").await?;
    let shown = core.now();
    assert_eq!(shown.room(&id).and_then(|row| row.key.as_deref()), Some(id.as_str()));
    // One without an alias is known by its id.
    let id = core.join(&zebrafish.alias).await?;
    let joined = JoinState::Joined { room_id: id.clone() };
    core.until("joined", |shown| shown.join(&id) == Some(&joined)).await?;

    // It is the session's: what one user may see is not for the next.
    core.app.sign_out().await;
    assert_eq!(core.now().entries, before.entries);
    assert_eq!(core.app.search_rooms("zebrafish"), Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn what_is_gone_or_moved_is_marked_and_kept_for_the_next_offline_start() -> Result<()> {
    let mut ground = Ground::new().await?;
    let extra = ground.put(&ground.root, &named("Extra", "")).await?;
    let (helper, root) = (&ground.helper, ground.root.as_str());
    let members = ground.put(root, &named("Members", "")).await?;
    let rule = json!({
        "join_rule": "restricted",
        "allow": [{ "type": "m.room_membership", "room_id": root }],
    });
    helper.set_state(&members, "m.room.join_rules", "", &rule).await?;
    let old = ground.galaxy.room("dev")?;
    let visible = json!({ "history_visibility": "world_readable" });
    helper.set_state(old, "m.room.history_visibility", "", &visible).await?;

    let computer = Computer::new(&ground.galaxy)?;
    let core = computer.start();
    core.sign_in(&ground.galaxy.newcomer).await?;
    let shown = seen(&core, "Extra").await?;
    assert_eq!(standing(&shown, "Extra"), Some(&Standing::Listed));
    assert!(shown.listed("Members").is_none(), "only those in the Space see it");

    ground.take_out(&extra).await?;
    ground.take_out(ground.galaxy.room("tools")?).await?;
    let path = ["_matrix", "client", "v3", "rooms", old, "upgrade"];
    let upgrade = json!({ "new_version": "11" });
    helper.request(Method::POST, &path, &[], Some(&upgrade)).await?;
    core.join(ground.galaxy.alias("space")?).await?;
    let shown = seen(&core, "Members").await?;
    assert_eq!(live(&shown, "Members").map(|live| live.join_rule), Some(JoinRule::Restricted));
    assert_eq!(standing(&shown, "Extra"), Some(&Standing::Gone));
    let by_key = |shown: &Shown, key: &str| {
        let entry = shown.entries.iter().find(|entry| entry.key == key);
        entry.and_then(|entry| entry.live.as_ref()).map(|live| live.standing.clone())
    };
    assert_eq!(by_key(&shown, "tools"), Some(Standing::Gone));
    assert_eq!(by_key(&shown, "lobby"), Some(Standing::Listed));
    // People who look for the room find the new one; the old one says where they are.
    let to = Some(ground.galaxy.alias("dev")?.to_owned());
    assert_eq!(by_key(&shown, "dev"), None);
    assert_eq!(by_key(&shown, old), Some(Standing::Moved { to }));

    core.close().await?;
    ground.galaxy.homeserver.stop()?;
    let core = computer.start();
    core.signed_in().await?;
    let kept = core.until("what was kept", |kept| kept.entries == shown.entries).await?;
    assert!(!core.app.search_rooms("Members").is_empty());
    assert_eq!(standing(&kept, "Extra"), Some(&Standing::Gone));
    Ok(())
}

/// Where others use the computer, what was read stays in memory.
#[tokio::test]
async fn on_a_shared_computer_nothing_of_it_is_kept() -> Result<()> {
    let ground = Ground::new().await?;
    ground.put(&ground.root, &named("Extra", "")).await?;
    let newcomer = &ground.galaxy.newcomer;
    for shared in [true, false] {
        let computer = Computer::new(&ground.galaxy)?;
        let core = computer.start();
        core.signed_out().await?;
        let way = with_password(&newcomer.user, &newcomer.password);
        let server = newcomer.homeserver.to_string();
        core.app.sign_in(server, way, false, shared).await?;
        seen(&core, "Extra").await?;
        assert_eq!(computer.files().is_empty(), shared);
    }
    Ok(())
}

#[tokio::test]
async fn all_pages_are_read_at_the_pace_of_the_homeserver() -> Result<()> {
    let ground = Ground::new().await?;
    let numbers: Vec<_> = (0..60).map(|number| format!("Room {number}")).collect();
    let rooms =
        numbers.iter().map(|name| async { ground.put(&ground.root, &named(name, "")).await });
    try_join_all(rooms).await?;
    let names: Vec<_> = (0..14).map(|number| format!("Space {number}")).collect();
    let ground = &ground;
    let spaces = names.iter().map(|name| async move {
        let space = NewRoom { space: true, ..named(name, "") };
        let space = ground.put(&ground.root, &space).await?;
        ground.put(&space, &named(&format!("Within {name}"), "")).await
    });
    try_join_all(spaces).await?;
    // One answer does not hold it all, and the homeserver has its pace.
    assert!(ground.hierarchy().await?["next_batch"].is_string());
    let hasty = join_all((0..30).map(|_| ground.hierarchy())).await;
    let too_many =
        hasty.iter().filter_map(|answer| answer.as_ref().err()?.downcast_ref::<Refused>());
    assert!(too_many.into_iter().any(|error| error.status == StatusCode::TOO_MANY_REQUESTS));

    let core = Computer::new(&ground.galaxy)?.start();
    core.sign_in(&ground.galaxy.newcomer).await?;
    let shown = core.until("all rooms", |shown| more(shown).len() == 60 + 14 + 14).await?;
    assert!(more(&shown).iter().all(|entry| entry.live.is_some()));
    Ok(())
}

#[tokio::test]
async fn a_space_that_cannot_be_read_leaves_what_was_there() -> Result<()> {
    let ground = Ground::new().await?;
    let extra = ground.put(&ground.root, &named("Extra", "")).await?;
    let galaxy = &ground.galaxy;
    let relay = Relay::start(galaxy.homeserver.port()).await?;
    let core = Computer::new(galaxy)?.start();
    core.signed_out().await?;
    core.try_sign_in(&relay.url(), &galaxy.newcomer.user, &galaxy.newcomer.password).await?;
    seen(&core, "Extra").await?;
    // Joining the Space has it read again: that nothing has come of it shows in what comes after.
    ground.take_out(&extra).await?;
    relay.refuse(Some("GET /_matrix/client/v1/rooms/"));
    let space = galaxy.alias("space")?;
    let id = core.join(space).await?;
    relay.refused().await?;
    core.app.leave_rooms(std::slice::from_ref(&id)).await?;
    let shown = core.until("left", |shown| shown.room(&id).is_none()).await?;
    assert_eq!(standing(&shown, "Extra"), Some(&Standing::Listed));
    relay.refuse(None);
    core.join(space).await?;
    let gone = |shown: &Shown| standing(shown, "Extra") == Some(&Standing::Gone);
    core.until("gone", gone).await?;
    Ok(())
}
