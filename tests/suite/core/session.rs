//! Signing in, staying signed in, signing out.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use galaxy_chat_core::vault::Keyring;
use galaxy_chat_core::wire::{ErrorKind, Keeping, LockReason, Session, SyncState};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::{Account, Homeserver, Name, Options};
use keyring::Error::NoDefaultStore;

use super::run::{Computer, Core, files_in};
use crate::session::{device_keys, until};

/// The one device of an account.
pub async fn device(homeserver: &Homeserver, account: &Account) -> Result<String> {
    let devices = homeserver.devices(account).await?;
    assert_eq!(devices.len(), 1, "{devices:?}");
    Ok(devices[0].clone())
}

pub fn is_expired(session: &Session) -> bool {
    matches!(session, Session::Expired { .. })
}

/// Has the server end the newcomer's session for good; answers the device.
pub async fn end_elsewhere(galaxy: &Galaxy, core: &Core) -> Result<String> {
    let device = device(&galaxy.homeserver, &galaxy.newcomer).await?;
    // Synapse makes a device anew for keys that reach it while it removes the device.
    device_keys(&galaxy.helper.sign_in().await?, &galaxy.newcomer).await?;
    galaxy.homeserver.remove_device(&galaxy.newcomer, &device).await?;
    core.session("expired", is_expired).await?;
    Ok(device)
}

#[tokio::test]
async fn every_way_to_write_a_server_leads_in_and_out_again() -> Result<()> {
    let options = Options { name: Name::LocalhostAndPort, ..Options::default() };
    let galaxy = Galaxy::start_with(options).await?;
    let (homeserver, newcomer) = (&galaxy.homeserver, &galaxy.newcomer);
    let (url, name) = (homeserver.url().as_str(), homeserver.name());
    let observer = galaxy.helper.sign_in().await?;
    for (server, user) in [
        (url, newcomer.user.as_str()),
        (url, &newcomer.user_id),
        (&name, &newcomer.user),
        (&newcomer.user_id, &newcomer.user),
    ] {
        let computer = Computer::new(&galaxy)?;
        let core = computer.start();
        core.signed_out().await?;
        core.try_sign_in(server, user, &newcomer.password).await?;
        let Session::SignedIn { user_id, homeserver: host, keeping } = core.signed_in().await?
        else {
            unreachable!("it was waited for")
        };
        assert_eq!((&user_id, host.as_str()), (&newcomer.user_id, "127.0.0.1"), "{server} {user}");
        assert_eq!(keeping, Keeping::Keyring);
        device(homeserver, newcomer).await?;
        assert_eq!(computer.keys(), 1);
        assert!(computer.profile().join("session.sealed").is_file());

        // Synapse makes a device anew for keys that reach it while it removes the device.
        device_keys(&observer, newcomer).await?;
        core.app.sign_out().await;
        core.signed_out().await?;
        assert!(core.now().notices.is_empty(), "{:?}", core.now().notices);
        assert_eq!(homeserver.devices(newcomer).await?, Vec::<String>::new());
        computer.assert_empty("signed out");
    }
    Ok(())
}

#[tokio::test]
async fn a_session_is_taken_up_as_it_was() -> Result<()> {
    let mut galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.sign_in(&galaxy.newcomer).await?;
    let lobby = core.join(galaxy.alias("lobby")?).await?;
    core.app.open_room(&lobby).await?;
    core.until("messages", |shown| shown.messages().count() > 5).await?;
    core.app.save_draft(&lobby, "a thought to finish later").await?;
    core.close().await?;
    let before = device(&galaxy.homeserver, &galaxy.newcomer).await?;

    // No file shows what was written or read, nor a secret.
    let secrets =
        ["a thought to finish", "paired-end RNA-seq", "access_token", &galaxy.newcomer.password];
    for file in files_in(&computer.profile()) {
        let content = fs::read(&file)?;
        let shows =
            |secret: &&str| content.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert_eq!(secrets.iter().find(|secret| shows(secret)), None, "{}", file.display());
    }

    // With the homeserver away everything that was there is there.
    galaxy.homeserver.stop()?;
    let core = computer.start();
    core.signed_in().await?;
    let shown = core.until("offline, with rooms", |shown| {
        shown.sync == Some(SyncState::Offline) && shown.room(&lobby).is_some()
    });
    assert!(shown.await?.join(galaxy.alias("lobby")?).is_some(), "the catalogue says joined");
    assert_eq!(core.app.open_room(&lobby).await?.draft, "a thought to finish later");
    core.until("messages", |shown| shown.messages().count() > 5).await?;

    galaxy.homeserver.restart().await?;
    core.until("online", |shown| shown.sync == Some(SyncState::Running)).await?;
    assert_eq!(device(&galaxy.homeserver, &galaxy.newcomer).await?, before);

    // Signed out while the server is away, the user is told what could not be done.
    galaxy.homeserver.stop()?;
    core.app.sign_out().await;
    assert!(core.now().noticed(ErrorKind::DeviceRemovedLater));
    let [left] = &computer.files()[..] else { panic!("{:?}", computer.files()) };
    assert!(left.parent().is_some_and(|folder| folder.ends_with("leaving")), "{left:?}");
    Ok(())
}

#[tokio::test]
async fn one_profile_belongs_to_one_app_at_a_time() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let first = computer.start();
    first.sign_in(&galaxy.newcomer).await?;

    let second = computer.start();
    let in_use = Session::Locked { reason: LockReason::ProfileInUse };
    second.session("in use", |session| *session == in_use).await?;
    let (user, password) = (&galaxy.newcomer.user, &galaxy.newcomer.password);
    let refused = second.try_sign_in(galaxy.homeserver.url().as_str(), user, password).await;
    assert!(refused.is_err(), "it would have to write into the other's files");
    // Nor is the other's session moved away.
    second.app.set_aside_saved_session().await?;
    assert!(computer.profile().join("session.sealed").is_file());

    first.close().await?;
    second.app.restore();
    second.signed_in().await?;
    device(&galaxy.homeserver, &galaxy.newcomer).await?;
    Ok(())
}

#[tokio::test]
async fn a_session_ended_elsewhere_is_said_to_have_ended() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.sign_in(&galaxy.newcomer).await?;
    let lobby = core.draft_in_lobby(&galaxy).await?;
    let before = end_elsewhere(&galaxy, &core).await?;
    let Session::Expired { user_id, server, .. } = core.session("expired", is_expired).await?
    else {
        unreachable!("it was waited for")
    };
    assert_eq!(user_id, galaxy.newcomer.user_id);
    let shown = core.now();
    assert!(shown.rooms.is_empty() && shown.joins.is_empty());
    assert_eq!(
        core.app.join("#any:test.localhost", &[]).await.map_err(|error| error.kind),
        Err(ErrorKind::NotSignedIn)
    );

    // A slip changes nothing of what is here.
    let user = &galaxy.newcomer.user;
    for (server, user, password) in
        [(&*server, &**user, "wrong"), (&server, "newcomr", "x"), ("http://127.0.0.1:9", user, "x")]
    {
        assert!(core.try_sign_in(server, user, password).await.is_err(), "{server} {user}");
        core.session("expired", is_expired).await?;
        assert!(!computer.profile().join("set-aside").exists(), "{server} {user}");
        assert!(computer.profile().join("session.sealed").exists(), "{server} {user}");
    }

    // A new device with new keys; what was kept is there, and the draft is where it was.
    core.try_sign_in(&server, &galaxy.newcomer.user, &galaxy.newcomer.password).await?;
    core.has_draft(&lobby).await?;
    assert_ne!(device(&galaxy.homeserver, &galaxy.newcomer).await?, before);
    assert!(!files_in(&computer.profile().join("set-aside")).is_empty(), "nothing was deleted");

    // Signing out leaves nothing of what was set aside, nor the key to it.
    assert_eq!(computer.keys(), 2);
    core.app.sign_out().await;
    core.signed_out().await?;
    computer.assert_empty("signed out");
    Ok(())
}

#[tokio::test]
async fn what_has_ended_can_be_removed_without_a_new_sign_in() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    for aside in [false, true] {
        let computer = Computer::new(&galaxy)?;
        let core = computer.start();
        core.sign_in(&galaxy.newcomer).await?;
        end_elsewhere(&galaxy, &core).await?;
        if aside {
            core.app.set_aside_saved_session().await?;
            core.signed_out().await?;
        }
        assert!(!computer.files().is_empty() && computer.keys() == 1, "there is something");
        core.app.sign_out().await;
        core.signed_out().await?;
        computer.assert_empty("signed out");
    }
    Ok(())
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_leaves_a_session_in_memory() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    // Where the folder should be there is a file, which stops even an administrator.
    fs::write(computer.profile(), "")?;
    let core = computer.start();
    core.sign_in(&galaxy.newcomer).await?;
    let session = core.signed_in().await?;
    assert!(format!("{session:?}").contains("DiskUnwritable"), "{session:?}");
    let refused = core.app.keep_session(true).await.map_err(|error| error.kind);
    assert_eq!(refused, Err(ErrorKind::ProfileUnwritable));
    assert_eq!(computer.keys(), 0, "a key that opens nothing");
    core.app.close().await;
    assert_eq!(galaxy.homeserver.devices(&galaxy.newcomer).await?, Vec::<String>::new());
    Ok(())
}

/// Whether or not the server can be told, what the keyring keeps is said, and gone at the next start.
#[tokio::test]
async fn a_key_that_is_not_forgotten_is_said_to_be_left() -> Result<()> {
    let mut galaxy = Galaxy::start().await?;
    for told in [true, false] {
        let computer = Computer::new(&galaxy)?;
        let (gone, store) = (Arc::new(AtomicBool::new(false)), computer.keyring.clone());
        let is_gone = gone.clone();
        let open = move || {
            if is_gone.load(Ordering::SeqCst) {
                Err(NoDefaultStore)
            } else {
                Ok(store.clone() as Arc<_>)
            }
        };
        let core = computer.start_with(Keyring::new(open, &[]));
        core.sign_in(&galaxy.newcomer).await?;
        gone.store(true, Ordering::SeqCst);
        if !told {
            galaxy.homeserver.stop()?;
        }
        core.app.sign_out().await;
        // Where the server is not told yet the key is needed for that.
        assert_eq!(core.now().noticed(ErrorKind::KeyNotForgotten), told);
        assert_eq!(core.now().noticed(ErrorKind::DeviceRemovedLater), !told);
        assert_eq!(computer.keys(), 1, "the control: it is still there");
        core.close().await?;
        if !told {
            galaxy.homeserver.restart().await?;
        }
        let core = computer.start();
        core.signed_out().await?;
        until("forgotten", async || Ok(computer.keys() == 0 && computer.files().is_empty()))
            .await?;
    }
    Ok(())
}
