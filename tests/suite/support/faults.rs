//! The way to a homeserver on which things go wrong.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use galaxy_chat_tests::faults::{Fault, Faults};
use galaxy_chat_tests::homeserver::{Account, Homeserver, Options};
use galaxy_chat_tests::matrix::{Client, NewRoom, Refused};
use galaxy_chat_tests::request::Request;
use reqwest::Method;

/// A room, and the newcomer who comes to it by the way with faults, and by the straight one.
struct Scene {
    faults: Faults,
    room: String,
    newcomer: Client,
    straight: Client,
    _homeserver: Homeserver,
}

impl Scene {
    async fn set() -> Result<Self> {
        let homeserver = Homeserver::start(Options::default()).await?;
        let helper = homeserver.account("helper").await?.sign_in().await?;
        let room = helper.create_room(&NewRoom { alias: "lobby", ..NewRoom::default() }).await?;
        let faults = Faults::start(&homeserver).await?;
        let straight = homeserver.account("newcomer").await?;
        let newcomer = Account { homeserver: faults.url().clone(), ..straight.clone() };
        let (newcomer, straight) = (newcomer.sign_in().await?, straight.sign_in().await?);
        Ok(Self { faults, room, newcomer, straight, _homeserver: homeserver })
    }

    /// What goes wrong with joins.
    fn joins(&self, fault: Fault) {
        self.faults.plan(move |request| if request.is_join() { fault } else { Fault::None });
    }

    async fn has_joined(&self) -> Result<bool> {
        Ok(self.straight.joined_rooms().await?.contains(&self.room))
    }

    /// How the homeserver, or somebody in its place, refuses the join.
    async fn refusal(&self) -> Result<Refused> {
        let error = self.newcomer.join(&self.room).await.err().context("it is refused")?;
        error.downcast()
    }
}

#[tokio::test]
async fn an_answer_is_held_back_until_it_is_released() -> Result<()> {
    let scene = Scene::set().await?;
    scene.joins(Fault::Hold(Duration::from_secs(90)));
    let (newcomer, room) = (scene.newcomer.clone(), scene.room.clone());
    let joining = tokio::spawn(async move { newcomer.join(&room).await });
    scene.faults.held(1).await?;
    assert!(scene.has_joined().await?);
    assert!(!joining.is_finished());
    // All else goes on.
    scene.newcomer.whoami().await?;
    scene.faults.release();
    assert_eq!(joining.await??, scene.room);
    Ok(())
}

#[tokio::test]
async fn an_answer_is_held_back_no_longer_than_was_said() -> Result<()> {
    let scene = Scene::set().await?;
    let time = Duration::from_millis(300);
    scene.joins(Fault::Hold(time));
    let begun = Instant::now();
    scene.newcomer.join(&scene.room).await?;
    assert!(begun.elapsed() >= time);
    Ok(())
}

#[tokio::test]
async fn a_connection_breaks_after_the_deed_or_before() -> Result<()> {
    let scene = Scene::set().await?;
    scene.joins(Fault::Lose);
    let error = scene.newcomer.join(&scene.room).await.expect_err("no connection");
    assert!(error.downcast_ref::<Refused>().is_none(), "{error:#}");
    assert!(!scene.has_joined().await?);
    scene.joins(Fault::Cut);
    let error = scene.newcomer.join(&scene.room).await.expect_err("no answer");
    assert!(error.downcast_ref::<Refused>().is_none(), "{error:#}");
    assert!(scene.has_joined().await?);
    Ok(())
}

#[tokio::test]
async fn a_busy_server_says_when_to_come_again() -> Result<()> {
    let scene = Scene::set().await?;
    let wait = Duration::from_secs(7);
    scene.joins(Fault::Limit(wait));
    let refused = scene.refusal().await?;
    assert_eq!((refused.status.as_u16(), refused.code.as_str()), (429, "M_LIMIT_EXCEEDED"));
    assert_eq!(refused.retry_after_ms, Some(7000));

    scene.joins(Fault::LimitByHeader(wait));
    assert_eq!(scene.refusal().await?.retry_after_ms, None);
    let url = scene.faults.url().join("_matrix/client/v3/join/anything")?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let answer = http.post(url).send().await?;
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (429, &"7".parse()?));

    scene.joins(Fault::Fail(504));
    assert_eq!(scene.refusal().await?.status.as_u16(), 504);
    assert!(!scene.has_joined().await?);
    Ok(())
}

#[tokio::test]
async fn faults_can_befall_the_first_requests_only_and_all_are_counted() -> Result<()> {
    let scene = Scene::set().await?;
    let mut left = 2;
    scene.faults.plan(move |request| {
        if !request.is_join() || left == 0 {
            return Fault::None;
        }
        left -= 1;
        Fault::Limit(Duration::from_secs(1))
    });
    scene.refusal().await?;
    scene.refusal().await?;
    scene.newcomer.join(&scene.room).await?;
    let path = ["_matrix", "client", "v3", "rooms", &scene.room, "join"];
    scene.newcomer.request(Method::POST, &path, &[], Some(&serde_json::json!({}))).await?;
    let joins = scene.faults.joins();
    assert_eq!(joins.len(), 4);
    assert!(joins.is_sorted_by_key(|join| join.at));
    let other = |request: &&Request| !request.is_join();
    let paths: Vec<_> =
        scene.faults.seen().iter().filter(other).map(|request| request.path.clone()).collect();
    assert_eq!(paths, ["/_matrix/client/v3/login"]);
    Ok(())
}

#[tokio::test]
async fn the_way_goes_offline_and_comes_back() -> Result<()> {
    let mut scene = Scene::set().await?;
    scene.joins(Fault::Hold(Duration::from_secs(90)));
    let (newcomer, room) = (scene.newcomer.clone(), scene.room.clone());
    let joining = tokio::spawn(async move { newcomer.join(&room).await });
    scene.faults.held(1).await?;
    scene.faults.go_offline().await;
    joining.await?.expect_err("its connection is gone");
    scene.newcomer.whoami().await.expect_err("there is nobody");
    scene.straight.whoami().await?;
    scene.faults.go_online().await?;
    scene.newcomer.whoami().await?;
    Ok(())
}
