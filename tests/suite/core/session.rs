//! Signing in, staying signed in, signing out.

use std::fs;
use std::time::Duration;

use anyhow::{Result, bail};
use galaxy_chat_core::wire::{ErrorKind, Keeping, LockReason, Session, SyncState};
use galaxy_chat_tests::galaxy::Galaxy;
use galaxy_chat_tests::homeserver::{Account, Homeserver, Name, Options};
use galaxy_chat_tests::matrix::Client;
use reqwest::Method;
use serde_json::json;
use tokio::time::sleep;

use super::run::{Computer, files_in};

async fn device(homeserver: &Homeserver, account: &Account) -> Result<String> {
    let devices = homeserver.devices(account).await?;
    assert_eq!(devices.len(), 1, "{devices:?}");
    Ok(devices[0].clone())
}

/// Waits until the homeserver has the keys of the account's device.
async fn await_keys(observer: &Client, account: &Account) -> Result<()> {
    let path = ["_matrix", "client", "v3", "keys", "query"];
    let body = json!({ "device_keys": { &account.user_id: [] } });
    for _ in 0..200 {
        let answer = observer.request(Method::POST, &path, &[], Some(&body)).await?;
        if answer["device_keys"][&account.user_id].as_object().is_some_and(|keys| !keys.is_empty())
        {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
    bail!("the device uploads no keys")
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
        await_keys(&observer, newcomer).await?;
        core.app.sign_out().await;
        core.signed_out().await?;
        assert!(core.now().notices.is_empty(), "{:?}", core.now().notices);
        assert_eq!(homeserver.devices(newcomer).await?, Vec::<String>::new());
        assert_eq!(computer.files(), Vec::<std::path::PathBuf>::new());
        assert_eq!(computer.keys(), 0);
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
    let lobby = core.join(galaxy.alias("lobby")?).await?;
    core.app.save_draft(&lobby, "kept through this").await?;
    let before = device(&galaxy.homeserver, &galaxy.newcomer).await?;
    // Synapse makes a device anew for keys that reach it while it removes the device.
    let observer = galaxy.helper.sign_in().await?;
    await_keys(&observer, &galaxy.newcomer).await?;
    galaxy.homeserver.remove_device(&galaxy.newcomer, &before).await?;

    let session = core.session("expired", |session| matches!(session, Session::Expired { .. }));
    let Session::Expired { user_id, server, .. } = session.await? else {
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
        core.session("expired", |session| matches!(session, Session::Expired { .. })).await?;
        assert!(!computer.profile().join("set-aside").exists(), "{server} {user}");
        assert!(computer.profile().join("session.sealed").exists(), "{server} {user}");
    }

    // A new device with new keys; what was kept is there, and the draft is where it was.
    core.try_sign_in(&server, &galaxy.newcomer.user, &galaxy.newcomer.password).await?;
    core.until("listed", |shown| shown.room(&lobby).is_some()).await?;
    assert_ne!(device(&galaxy.homeserver, &galaxy.newcomer).await?, before);
    assert_eq!(core.app.open_room(&lobby).await?.draft, "kept through this");
    assert!(!files_in(&computer.profile().join("set-aside")).is_empty(), "nothing was deleted");

    // Signing out leaves nothing of what was set aside, nor the key to it.
    assert_eq!(computer.keys(), 2);
    core.app.sign_out().await;
    core.signed_out().await?;
    assert_eq!(computer.files(), Vec::<std::path::PathBuf>::new());
    assert_eq!(computer.keys(), 0);
    Ok(())
}

#[tokio::test]
async fn what_has_ended_can_be_removed_without_a_new_sign_in() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let observer = galaxy.helper.sign_in().await?;
    for aside in [false, true] {
        let computer = Computer::new(&galaxy)?;
        let core = computer.start();
        core.sign_in(&galaxy.newcomer).await?;
        let before = device(&galaxy.homeserver, &galaxy.newcomer).await?;
        // Synapse makes a device anew for keys that reach it while it removes the device.
        await_keys(&observer, &galaxy.newcomer).await?;
        galaxy.homeserver.remove_device(&galaxy.newcomer, &before).await?;
        core.session("expired", |session| matches!(session, Session::Expired { .. })).await?;
        if aside {
            core.app.set_aside_saved_session().await?;
            core.signed_out().await?;
        }
        assert!(!computer.files().is_empty() && computer.keys() == 1, "there is something");
        core.app.sign_out().await;
        core.signed_out().await?;
        assert_eq!(computer.files(), Vec::<std::path::PathBuf>::new());
        assert_eq!(computer.keys(), 0);
    }
    Ok(())
}

#[tokio::test]
async fn a_local_copy_that_cannot_be_opened_now_is_left_where_it_is() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.sign_in(&galaxy.newcomer).await?;
    let before = device(&galaxy.homeserver, &galaxy.newcomer).await?;
    core.close().await?;
    let databases = files_in(&computer.profile().join("stores"));
    let state = databases.iter().find(|file| file.ends_with("matrix-sdk-state.sqlite3"));
    let state = state.expect("there is one").clone();
    // SQLite cannot open a folder, as it cannot open a file where no file handle is left.
    let away = state.with_extension("away");
    fs::rename(&state, &away)?;
    fs::create_dir(&state)?;

    let core = computer.start();
    let locked = Session::Locked { reason: LockReason::StoreUnavailable };
    core.session("locked", |session| *session == locked).await?;
    assert!(!computer.profile().join("set-aside").exists());
    fs::remove_dir(&state)?;
    fs::rename(&away, &state)?;
    core.app.restore();
    core.signed_in().await?;
    assert_eq!(device(&galaxy.homeserver, &galaxy.newcomer).await?, before);
    Ok(())
}

/// Whatever of the local copy is gone, the session is not gone on with, at no start.
#[tokio::test]
async fn a_local_copy_that_is_gone_is_not_made_anew_under_the_old_name() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let newcomer = &galaxy.newcomer;
    for what in ["everything", "the keys", "the keys, emptied", "another copy"] {
        let computer = Computer::new(&galaxy)?;
        let core = computer.start();
        core.sign_in(newcomer).await?;
        let before = device(&galaxy.homeserver, newcomer).await?;
        core.close().await?;
        let stores = computer.profile().join("stores");
        for file in files_in(&stores) {
            let is_keys = file.to_string_lossy().contains("matrix-sdk-crypto");
            match what {
                "the keys" if is_keys => fs::remove_file(file)?,
                "the keys, emptied" if is_keys => fs::write(file, "")?,
                "another copy" if file.ends_with("owner") => {
                    fs::write(file, format!("galaxy-chat-store 1 {:064}\n", 0))?;
                }
                _ => {}
            }
        }
        if what == "everything" {
            fs::remove_dir_all(&stores)?;
        }
        for _ in 0..2 {
            let core = computer.start();
            core.until("told", |shown| shown.noticed(ErrorKind::StoreBroken)).await?;
            let expired = |session: &Session| matches!(session, Session::Expired { .. });
            core.session(what, expired).await?;
            core.close().await?;
        }
        let core = computer.start();
        core.session(what, |session| matches!(session, Session::Expired { .. })).await?;
        let server = galaxy.homeserver.url().as_str();
        core.try_sign_in(server, &newcomer.user, &newcomer.password).await?;
        for _ in 0..200 {
            let told = !computer.profile().join("leaving").exists();
            if told && galaxy.homeserver.devices(newcomer).await?.len() == 1 {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
        assert_ne!(device(&galaxy.homeserver, newcomer).await?, before, "{what}");
        core.app.sign_out().await;
        assert_eq!(computer.files(), Vec::<std::path::PathBuf>::new(), "{what}");
        assert_eq!(computer.keys(), 0, "{what}");
    }
    Ok(())
}

/// The local copy of a version that did not write whose it is.
#[tokio::test]
async fn a_local_copy_of_an_earlier_version_is_taken_over() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.sign_in(&galaxy.newcomer).await?;
    let before = device(&galaxy.homeserver, &galaxy.newcomer).await?;
    core.close().await?;
    let files = files_in(&computer.profile().join("stores"));
    let owner = files.iter().find(|file| file.ends_with("owner")).expect("there is one");
    let mark = fs::read(owner)?;
    fs::remove_file(owner)?;
    let core = computer.start();
    core.signed_in().await?;
    assert_eq!(device(&galaxy.homeserver, &galaxy.newcomer).await?, before);
    assert_eq!(fs::read(owner)?, mark);
    Ok(())
}

#[tokio::test]
async fn a_broken_local_copy_is_set_aside_and_the_user_told() -> Result<()> {
    let galaxy = Galaxy::start().await?;
    let computer = Computer::new(&galaxy)?;
    let core = computer.start();
    core.sign_in(&galaxy.newcomer).await?;
    let lobby = core.join(galaxy.alias("lobby")?).await?;
    core.app.save_draft(&lobby, "kept through this").await?;
    core.close().await?;
    let databases = files_in(&computer.profile().join("stores"));
    for database in databases.iter().filter(|file| file.extension().is_some()) {
        fs::write(database, "this is no database")?;
    }

    let core = computer.start();
    core.until("told", |shown| shown.noticed(ErrorKind::StoreBroken)).await?;
    core.session("expired", |session| matches!(session, Session::Expired { .. })).await?;
    let aside = files_in(&computer.profile().join("set-aside"));
    assert_eq!(aside.len(), databases.len(), "{aside:?}");
    core.try_sign_in(
        galaxy.homeserver.url().as_str(),
        &galaxy.newcomer.user,
        &galaxy.newcomer.password,
    )
    .await?;
    core.until("listed", |shown| shown.room(&lobby).is_some()).await?;
    assert_eq!(core.app.open_room(&lobby).await?.draft, "kept through this");
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
