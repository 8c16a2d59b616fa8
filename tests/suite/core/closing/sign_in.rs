//! A sign-in ends wherever it waits when it is cancelled or the app closes, and leaves nothing.

use std::future::poll_fn;
use std::pin::pin;

use anyhow::{Context as _, Result, ensure};
use galaxy_chat_core::App;
use galaxy_chat_core::wire::UiError;
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::Account;
use tokio::time::{sleep, timeout};

use super::{NEVER, assert_ends};
use crate::core::run::{Computer, Core};

/// Between two looks at what goes away in the background.
const LOOK_INTERVAL: std::time::Duration = std::time::Duration::from_millis(20);

/// A sign-in waits more often than that.
const FEW: usize = 24;

/// Every point at which a sign-in may wait; some of them where the run is not a full one.
fn points() -> impl Iterator<Item = usize> {
    let all = std::env::var_os("GALAXY_CHAT_FULL").is_some();
    (0..).step_by(if all { 1 } else { 12 })
}

/// Awaits something, and does something else at the so-many-th point at which that waits; `None` where it
/// has ended before.
async fn at_point<T>(
    point: usize,
    future: impl Future<Output = T>,
    act: impl FnOnce(),
) -> Option<T> {
    let mut future = pin!(future);
    let (mut act, mut waits) = (Some(act), 0);
    let output = poll_fn(|context| {
        let polled = future.as_mut().poll(context);
        waits += usize::from(polled.is_pending());
        if waits > point
            && let Some(act) = act.take()
        {
            act();
        }
        polled
    })
    .await;
    act.is_none().then_some(output)
}

/// Somebody at a computer on which nobody has signed in.
struct Scene<'a> {
    galaxy: &'a Galaxy,
    account: Account,
    computer: Computer,
    core: Core,
}

impl<'a> Scene<'a> {
    async fn set(galaxy: &'a Galaxy) -> Result<Self> {
        // Of earlier sign-ins no device is left.
        let account = galaxy.homeserver.account(&galaxy.newcomer.user).await?;
        let computer = Computer::new(galaxy)?;
        let core = computer.start();
        core.signed_out().await?;
        Ok(Self { galaxy, account, computer, core })
    }

    /// Signs in, and does something at that point; `None` where it is signed in before.
    async fn sign_in(
        &self,
        point: usize,
        act: impl FnOnce(App),
    ) -> Result<Option<Result<(), UiError>>> {
        let app = self.core.app.clone();
        let Account { homeserver, user, password, .. } = &self.account;
        let signing_in = self.core.try_sign_in(homeserver.as_str(), user, password);
        let ended = timeout(NEVER, at_point(point, signing_in, || act(app))).await;
        ended.with_context(|| format!("point {point}: it does not end"))
    }

    /// How many files, keys and devices there are of a sign-in.
    async fn left(&self) -> Result<[usize; 3]> {
        let devices = self.galaxy.homeserver.devices(&self.account).await?;
        Ok([self.computer.files().len(), self.computer.keys(), devices.len()])
    }

    /// What closing waits for is not there afterwards; the keyring is told to forget in the background.
    async fn leaves_nothing(&self, point: usize) -> Result<()> {
        self.core.app.close().await;
        let forgotten = async {
            while self.computer.keys() > 0 {
                sleep(LOOK_INTERVAL).await;
            }
        };
        timeout(NEVER, forgotten).await.with_context(|| format!("point {point}: a key is left"))?;
        let left = self.left().await?;
        ensure!(left == [0; 3], "point {point}: {left:?} of files, keys and devices are left");
        Ok(())
    }
}

#[tokio::test]
async fn a_sign_in_is_cancelled_wherever_it_waits() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    for point in points() {
        let scene = Scene::set(&galaxy).await?;
        let ended = scene.sign_in(point, |app| app.cancel_sign_in()).await?;
        let Some(Err(_)) = ended else {
            // The control: what came too late to cancel it finds what was looked for.
            ensure!(point > FEW, "it waits {point} times only");
            let left = scene.left().await?;
            ensure!(left[0] > 0 && left[1..] == [1, 1], "{left:?}");
            return scene.core.close().await;
        };
        scene.leaves_nothing(point).await?;
    }
    Ok(())
}

#[tokio::test]
async fn closing_ends_wherever_a_sign_in_waits() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    for point in points() {
        let scene = Scene::set(&galaxy).await?;
        let mut closing = None;
        let close = |app: App| closing = Some(tokio::spawn(async move { app.close().await }));
        let ended = scene.sign_in(point, close).await?;
        if let Some(closing) = closing {
            timeout(NEVER, closing)
                .await
                .with_context(|| format!("point {point}: it does not close"))??;
        }
        match ended {
            Some(Err(_)) => scene.leaves_nothing(point).await?,
            // The session was there when it closed.
            Some(Ok(())) => assert_ends("signed in", &scene.computer, scene.core).await?,
            None => {
                ensure!(point > FEW, "it waits {point} times only");
                return scene.core.close().await;
            }
        }
    }
    Ok(())
}
