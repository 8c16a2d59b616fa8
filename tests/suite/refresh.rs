//! Tokens that last for seconds, while much is asked of the server and the app is killed in between. The
//! session goes on; where its tokens are lost it ends, and nothing else does.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_tests::authority::{self, Reuse};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::Options;
use serde_json::{Value, json};

use crate::kills::moments::{Moments, full};
use crate::kills::scene::{At, Found, Scene, devices};
use crate::kills::trap::Moment;
use crate::session::profile;
use crate::session::until;

const LIFETIME: Duration = Duration::from_secs(2);
const DRAFT: &str = "a thought to finish later";

/// Refreshes during each load, and the tokens that come with each: one to ask with, one to refresh with.
const REFRESHES: usize = 3;
const TOKENS: usize = 2;

/// Somebody who has signed in, joined a room, and begun to write.
struct Stand {
    galaxy: Galaxy,
    scene: Scene,
    lobby: String,
    device: String,
    stores: Vec<PathBuf>,
}

impl Stand {
    async fn start(reuse: Reuse) -> Result<Self> {
        let options = authority::Options {
            access_token_lifetime: LIFETIME,
            remembered: false,
            reuse,
            ..authority::Options::default()
        };
        let galaxy = Galaxy::start_with(Options::delegated_to(options)).await?;
        let catalogue = galaxy.catalogue.to_string_lossy().into_owned();
        let scene = Scene::open(&["--catalogue", &catalogue]).await?;
        let at = At { homeserver: &galaxy.homeserver, account: &galaxy.newcomer };
        scene.sign_in(at).await?;
        ensure!(scene.look().await? == Found::SignedIn, "signed in");
        let lobby = galaxy.room("lobby")?.to_owned();
        let wish = json!({ "room": galaxy.alias("lobby")?, "via": [] });
        ensure!(scene.ask("join", wish).await?.is_null(), "the Lobby is in the plan");
        until("joined", async || {
            let opened = scene.ask("open_room", json!({ "roomId": lobby })).await?;
            Ok(opened["draft"].is_string())
        })
        .await?;
        let draft = json!({ "roomId": lobby, "text": DRAFT });
        ensure!(scene.ask("save_draft", draft).await?.is_null(), "the draft is saved");
        let device = devices(at).await?.concat();
        let mut stand = Self { galaxy, scene, lobby, device, stores: Vec::new() };
        stand.stores = stand.stores()?;
        ensure!(stand.stores.len() == 1, "{:?}", stand.stores);
        Ok(stand)
    }

    fn at(&self) -> At<'_> {
        At { homeserver: &self.galaxy.homeserver, account: &self.galaxy.newcomer }
    }

    fn stores(&self) -> Result<Vec<PathBuf>> {
        let stores = fs::read_dir(profile(&self.scene.window).join("stores"))?;
        Ok(stores.map(|store| Ok(store?.path())).collect::<std::io::Result<_>>()?)
    }

    /// How many tokens were ever given out.
    async fn issued(&self) -> Result<usize> {
        let authority = self.galaxy.homeserver.authority()?;
        Ok(authority.issued(&self.galaxy.newcomer.user).await?.len())
    }

    /// Asks for several things at once, again and again, while the app syncs.
    async fn load(&self) -> Result<()> {
        let open = json!({ "roomId": self.lobby });
        until("the room is open", async || {
            let opened = self.scene.ask("open_room", open.clone()).await?;
            Ok(opened["draft"] == DRAFT)
        })
        .await?;
        let script = include_str!("refresh/load.js");
        self.scene.window.run_js(script, vec![json!(self.lobby)]).await.map(drop)
    }

    /// Waits for refreshes under load, none of which was noticed by whoever asked for something.
    async fn rotate(&self) -> Result<()> {
        let before = self.issued().await?;
        until("tokens rotate", async || Ok(self.issued().await? >= before + TOKENS * REFRESHES))
            .await?;
        let load: Value = self.scene.window.run_js("return window.load", vec![]).await?;
        let answers = load["answers"].as_u64().unwrap_or_default();
        println!("{answers} answers while tokens rotated");
        ensure!(answers > 0 && load["refusals"] == json!([]), "{load}");
        ensure!(self.scene.look().await? == Found::SignedIn, "signed in all the while");
        Ok(())
    }

    /// Kills the app when a token was exchanged, or shortly after.
    async fn kill(&mut self, delay: Duration) -> Result<()> {
        let trap = self.scene.trap(self.at(), Moment::Issued, delay)?;
        trap.aim(self.scene.window.pid()?);
        trap.sprung().await?;
        self.scene.window.kill().await
    }

    /// Starts the app again.
    async fn judge(&mut self) -> Result<Found> {
        let at = At { homeserver: &self.galaxy.homeserver, account: &self.galaxy.newcomer };
        self.scene.judge(at).await
    }

    /// Signed in, if need be again, everything is there: device, local copy, draft.
    async fn lost_nothing(&self, found: Found) -> Result<()> {
        let device = self.scene.recover(self.at(), found).await?;
        ensure!(device == self.device, "another device: {device}, not {}", self.device);
        ensure!(self.stores()? == self.stores, "another local copy");
        ensure!(!profile(&self.scene.window).join("set-aside").exists(), "something is set aside");
        let open = json!({ "roomId": self.lobby });
        until("the draft is there", async || {
            Ok(self.scene.ask("open_room", open.clone()).await?["draft"] == DRAFT)
        })
        .await
    }
}

async fn survives(reuse: Reuse) -> Result<()> {
    let mut moments = Moments::start()?;
    let mut stand = Stand::start(reuse).await?;
    for _ in 0..if full() { 20 } else { 3 } {
        stand.load().await?;
        stand.rotate().await?;
        let delay = moments.within(Duration::from_millis(20));
        stand.kill(delay).await?;
        let found = stand.judge().await.with_context(|| format!("killed after {delay:?}"))?;
        println!("killed {delay:?} after an exchange: {found:?}");
        match reuse {
            // What the server gave twice was saved once.
            Reuse::Retry => ensure!(found == Found::SignedIn, "{found:?}"),
            Reuse::Refuse | Reuse::EndSession => {
                ensure!(matches!(found, Found::SignedIn | Found::Expired), "{found:?}");
            }
        }
        stand.lost_nothing(found).await?;
    }
    Ok(())
}

#[tokio::test]
async fn tokens_rotate_under_load_and_a_kill_ends_no_session() -> Result<()> {
    survives(Reuse::Retry).await
}

#[tokio::test]
async fn where_a_lost_token_is_not_given_again_nothing_else_is_lost() -> Result<()> {
    survives(Reuse::Refuse).await
}

/// An app that saved its tokens later than at once would have the file of before when it is killed.
#[tokio::test]
async fn tokens_that_were_not_saved_are_missed() -> Result<()> {
    let mut stand = Stand::start(Reuse::Refuse).await?;
    let file = stand.scene.session_file();
    let before = fs::read(&file)?;
    stand.load().await?;
    stand.rotate().await?;
    stand.scene.window.kill().await?;
    ensure!(fs::read(&file)? != before, "what was refreshed is saved");
    fs::write(&file, before)?;
    let found = stand.judge().await?;
    ensure!(found == Found::Expired, "{found:?}, though its tokens are worthless");
    stand.lost_nothing(found).await
}
