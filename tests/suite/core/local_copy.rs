//! The local copy of a session: missing, broken, of an earlier version, out of reach.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use galaxy_chat_core::wire::{ErrorKind, LockReason, Session};
use galaxy_chat_tests::galaxy::Galaxy;

use super::run::{Computer, files_in};
use super::session::{device, is_expired};
use crate::session::until;

/// A session that the app was closed with.
struct Left {
    galaxy: Galaxy,
    computer: Computer,
    device: String,
    /// The files of its local copy.
    copy: Vec<PathBuf>,
}

impl Left {
    async fn new() -> Result<Self> {
        let galaxy = Galaxy::start().await?;
        let computer = Computer::new(&galaxy)?;
        let core = computer.start();
        core.sign_in(&galaxy.newcomer).await?;
        let device = device(&galaxy.homeserver, &galaxy.newcomer).await?;
        core.close().await?;
        let copy = files_in(&computer.profile().join("stores"));
        Ok(Self { galaxy, computer, device, copy })
    }
}

#[tokio::test]
async fn a_local_copy_that_cannot_be_opened_now_is_left_where_it_is() -> Result<()> {
    let Left { galaxy, computer, device: before, copy } = Left::new().await?;
    let state = copy.iter().find(|file| file.ends_with("matrix-sdk-state.sqlite3"));
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
            core.session(what, is_expired).await?;
            core.close().await?;
        }
        let core = computer.start();
        core.session(what, is_expired).await?;
        let server = galaxy.homeserver.url().as_str();
        core.try_sign_in(server, &newcomer.user, &newcomer.password).await?;
        until("told", async || {
            let told = !computer.profile().join("leaving").exists();
            Ok(told && galaxy.homeserver.devices(newcomer).await?.len() == 1)
        })
        .await?;
        assert_ne!(device(&galaxy.homeserver, newcomer).await?, before, "{what}");
        core.app.sign_out().await;
        computer.assert_empty(what);
    }
    Ok(())
}

/// The local copy of a version that did not write whose it is.
#[tokio::test]
async fn a_local_copy_of_an_earlier_version_is_taken_over() -> Result<()> {
    let Left { galaxy, computer, device: before, copy } = Left::new().await?;
    let owner = copy.iter().find(|file| file.ends_with("owner")).expect("there is one");
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
    let lobby = core.draft_in_lobby(&galaxy).await?;
    core.close().await?;
    let databases = files_in(&computer.profile().join("stores"));
    for database in databases.iter().filter(|file| file.extension().is_some()) {
        fs::write(database, "this is no database")?;
    }

    let core = computer.start();
    core.until("told", |shown| shown.noticed(ErrorKind::StoreBroken)).await?;
    core.session("expired", is_expired).await?;
    let aside = files_in(&computer.profile().join("set-aside"));
    assert_eq!(aside.len(), databases.len(), "{aside:?}");
    core.try_sign_in(
        galaxy.homeserver.url().as_str(),
        &galaxy.newcomer.user,
        &galaxy.newcomer.password,
    )
    .await?;
    core.has_draft(&lobby).await?;
    Ok(())
}
