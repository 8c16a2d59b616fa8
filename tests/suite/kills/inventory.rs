//! What is on the disk, in the keyring and at the server, and whether it is in order.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use galaxy_chat_core::vault::{Key, KeyPlace, open, read_header};
use serde_json::{Value, json};

use super::scene::{At, Scene, devices};
use crate::session::{of_sessions, profile, until};

const SESSION: &str = "session.sealed";
const DRAFTS: &str = "drafts.sealed";

/// A session that was saved, or a sign-in that was begun.
struct Saved {
    key_id: String,
    place: KeyPlace,
    content: Value,
}

/// The keys in the keyring, by their names.
type Keys = BTreeMap<String, Key>;

impl Scene {
    /// Waits until everything on the disk and in the keyring belongs to a session that is here or was set
    /// aside.
    pub async fn in_order(&self) -> Result<()> {
        let so = until("in order", async || Ok(self.out_of_order().await?.is_empty())).await;
        match so {
            Ok(()) => Ok(()),
            Err(_) => bail!("not in order: {:?}", self.out_of_order().await?),
        }
    }

    /// What is on the disk or in the keyring and belongs to no session, and what a session lacks.
    pub async fn out_of_order(&self) -> Result<Vec<String>> {
        let folder = profile(&self.window);
        let keys = self.keys().await?;
        let saved = saved(&folder, &keys)?;
        let mut wrong: Vec<_> = of_sessions(&folder)
            .iter()
            .filter_map(|file| file.strip_prefix(&folder).ok())
            .filter(|file| !belongs(file, &folder, saved.as_ref()))
            .map(|file| file.display().to_string())
            .collect();
        let kept: BTreeSet<_> = keys.into_keys().collect();
        let named = named(&folder)?;
        wrong.extend(kept.difference(&named).map(|key| format!("key {key} in the keyring")));
        wrong.extend(named.difference(&kept).map(|key| format!("no key {key} in the keyring")));
        Ok(wrong)
    }

    /// What is left of any session on the disk, in the keyring and at the server.
    pub async fn left(&self, at: At<'_>) -> Result<Vec<String>> {
        let files = of_sessions(&profile(&self.window)).into_iter();
        let mut left: Vec<_> = files.map(|file| file.display().to_string()).collect();
        left.extend(self.keyring.entries().await?.iter().map(|entry| format!("key {entry:?}")));
        left.extend(devices(at).await?.iter().map(|device| format!("device {device}")));
        Ok(left)
    }

    /// Waits until nothing is left.
    pub async fn nothing_is_left(&self, at: At<'_>) -> Result<()> {
        let gone = until("nothing left", async || Ok(self.left(at).await?.is_empty())).await;
        if gone.is_err() {
            bail!("left: {:?}", self.left(at).await?);
        }
        Ok(())
    }

    /// Writes a draft.
    pub async fn write_draft(&self, text: &str) -> Result<()> {
        let draft = json!({ "roomId": ROOM, "text": text });
        let refusal = self.ask("save_draft", draft).await?;
        ensure!(refusal.is_null(), "{refusal}");
        Ok(())
    }

    /// The draft that the saved session would show.
    pub async fn draft(&self) -> Result<Option<String>> {
        let folder = profile(&self.window);
        let Ok(file) = fs::read(folder.join(DRAFTS)) else { return Ok(None) };
        let key = key_of(&folder, &file, &self.keys().await?)?;
        let drafts: Value = serde_json::from_slice(&open(&file, &key)?)?;
        Ok(drafts[ROOM].as_str().map(str::to_owned))
    }

    /// What the session file says: a session, or a sign-in that was begun.
    pub async fn saved(&self) -> Result<Option<Value>> {
        let saved = saved(&profile(&self.window), &self.keys().await?)?;
        Ok(saved.map(|saved| saved.content))
    }

    /// Whether that session was set aside, with the key to it.
    pub async fn has_set_aside(&self, session: &Value) -> Result<bool> {
        let keys = self.keys().await?;
        let aside = fs::read_dir(profile(&self.window).join("set-aside")).into_iter().flatten();
        let mut here = aside.flatten().map(|folder| saved(&folder.path(), &keys));
        Ok(here.any(|saved| {
            let saved = saved.ok().flatten();
            saved.is_some_and(|saved| saved.content["session"] == session["session"])
        }))
    }

    async fn keys(&self) -> Result<Keys> {
        let entries = self.keyring.entries().await?;
        let keys = entries.iter().filter_map(|entry| Key::from_text(&entry.secret));
        Ok(keys.map(|key| (key.id().as_str().to_owned(), key)).collect())
    }
}

/// A room that drafts are written for; nobody has to be in it.
const ROOM: &str = "!nowhere:test.localhost";

/// What is in the session file of a folder.
fn saved(folder: &Path, keys: &Keys) -> Result<Option<Saved>> {
    let Ok(file) = fs::read(folder.join(SESSION)) else { return Ok(None) };
    let header = read_header(&file)?;
    let content = open(&file, &key_of(folder, &file, keys)?)?;
    let content = serde_json::from_slice(&content)?;
    Ok(Some(Saved { key_id: header.key_id.as_str().to_owned(), place: header.place, content }))
}

/// The key to a sealed file.
fn key_of(folder: &Path, file: &[u8], keys: &Keys) -> Result<Key> {
    let header = read_header(file)?;
    match header.place {
        KeyPlace::Keyring => keys.get(header.key_id.as_str()).cloned().context("no key"),
        KeyPlace::Disk => {
            Key::from_text(&fs::read(folder.join("session.key"))?).context("no key on the disk")
        }
    }
}

/// Whether a file of the profile is one of that session or of one that was set aside.
fn belongs(file: &Path, folder: &Path, saved: Option<&Saved>) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if name.starts_with(".tmp") {
        return false;
    }
    let mut parts = file.iter().filter_map(|part| part.to_str());
    match (parts.next(), saved) {
        (Some("set-aside"), _) | (Some(SESSION), Some(_)) => true,
        (Some("session.key"), Some(saved)) => saved.place == KeyPlace::Disk,
        (Some(DRAFTS), Some(saved)) => {
            let header = fs::read(folder.join(file)).ok().and_then(|file| read_header(&file).ok());
            header.is_some_and(|header| header.key_id.as_str() == saved.key_id)
        }
        (Some("stores"), Some(saved)) => {
            name != "volatile" && parts.next() == saved.content["store"]["name"].as_str()
        }
        _ => false,
    }
}

/// The keys of the keyring that sealed files name.
fn named(folder: &Path) -> Result<BTreeSet<String>> {
    let sealed = of_sessions(folder).into_iter().filter(|file| file.ends_with(SESSION));
    let headers = sealed.map(|file| Ok(read_header(&fs::read(file)?)?));
    let headers = headers.collect::<Result<Vec<_>>>()?.into_iter();
    let keyring = headers.filter(|header| header.place == KeyPlace::Keyring);
    Ok(keyring.map(|header| header.key_id.as_str().to_owned()).collect())
}
