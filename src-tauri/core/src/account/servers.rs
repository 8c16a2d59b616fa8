//! Servers that were signed in to on this computer, and what they call this app. No secrets.

use std::{
    collections::BTreeMap,
    fs, io,
    path::Path,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use tracing::warn;
use url::Url;

use crate::vault::{Profile, write_atomically};

/// How many servers are remembered.
const MOST: usize = 5;

/// What is known of servers, in memory; written where a sign-in succeeds.
#[derive(Default)]
pub struct Servers(Mutex<Known>);

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Known {
    /// As typed, the last one first.
    recent: Vec<String>,
    /// The client id of this app, by issuer. Registrations are public, and hold for every sign-in.
    clients: BTreeMap<String, String>,
}

impl Servers {
    /// Reads what an earlier run has written; a file that cannot be read counts as none.
    pub fn read(file: &Path) -> Self {
        let known = match fs::read(file) {
            Ok(content) => serde_json::from_slice(&content).unwrap_or_else(|error| {
                warn!("the list of servers cannot be read: {error}");
                Known::default()
            }),
            Err(_) => Known::default(),
        };
        Self(Mutex::new(known))
    }

    /// The same for a sign-in of which nothing may be remembered.
    pub fn copy(&self) -> Self {
        Self(Mutex::new(self.known().clone()))
    }

    /// Servers that were signed in to, the last one first.
    pub fn recent(&self) -> Vec<String> {
        self.known().recent.clone()
    }

    /// What the authorization server calls this app.
    pub fn client_id(&self, issuer: &Url) -> Option<String> {
        self.known().clients.get(issuer.as_str()).cloned()
    }

    /// The authorization server calls this app so.
    pub fn registered(&self, issuer: &Url, client_id: &str) {
        self.known().clients.insert(issuer.to_string(), client_id.to_owned());
    }

    /// The authorization server does not know this app any more.
    pub fn forget_client(&self, issuer: &Url) {
        self.known().clients.remove(issuer.as_str());
    }

    /// Remembers a server that was signed in to, and writes down what is known.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn remember(&self, server: &str, profile: &Profile) -> io::Result<()> {
        let known = {
            let mut known = self.known();
            known.recent.retain(|other| other != server);
            known.recent.insert(0, server.to_owned());
            known.recent.truncate(MOST);
            known.clone()
        };
        write_atomically(&profile.servers_file(), &serde_json::to_vec_pretty(&known)?)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_servers_and_all_client_ids_survive_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let profile = Profile::open(folder.path()).expect("opens");
        let issuer = Url::parse("https://account.example.org/").expect("is one");
        let servers = Servers::default();
        servers.registered(&issuer, "app-1");
        for number in [1, 2, 3, 4, 5, 6, 2] {
            servers.remember(&format!("{number}.example.org"), &profile).expect("written");
        }

        let servers = Servers::read(&profile.servers_file());
        let recent = [2, 6, 5, 4, 3].map(|number| format!("{number}.example.org"));
        assert_eq!(servers.recent(), recent);
        assert_eq!(servers.client_id(&issuer).as_deref(), Some("app-1"));
        servers.forget_client(&issuer);
        assert_eq!(servers.client_id(&issuer), None);
    }

    #[test]
    fn a_file_that_is_not_ours_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("servers.json");
        for content in ["", "[]", "{\"recent\": 1}", "not json"] {
            fs::write(&file, content).expect("written");
            assert_eq!(Servers::read(&file).recent(), Vec::<String>::new(), "{content}");
        }
    }
}
