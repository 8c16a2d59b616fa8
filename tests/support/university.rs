//! A university's single sign-on, by which people come to a homeserver without OAuth 2.0 of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use serde_json::{Value, json};
use url::Url;

use crate::authority::start_program;
use crate::homeserver::free_port;
use crate::process::Process;

/// The names that the homeserver shows for its ways in, with their ids. They lead to the same place.
pub const NAMES: [(&str, &str); 2] = [("university", "University"), ("institute", "Institute")];

/// A running OpenID Connect provider, which ends when this is dropped.
#[derive(Debug)]
pub struct University {
    issuer: Url,
    secret: String,
    file: PathBuf,
    people: Mutex<BTreeMap<String, String>>,
    _process: Process,
}

impl University {
    /// Starts it for one homeserver.
    pub(crate) async fn start(folder: &Path, homeserver: &Url, secret: &str) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let (port, file) = (free_port()?, folder.join("people.json"));
        let kept = fs::read_to_string(&file).unwrap_or_else(|_| "{}".to_owned());
        fs::write(&file, &kept)?;
        let settings = [
            ("PORT", port.to_string()),
            ("CLIENT_SECRET", secret.to_owned()),
            ("REDIRECT_URI", homeserver.join("_synapse/client/oidc/callback")?.to_string()),
            ("PEOPLE", file.display().to_string()),
        ];
        let process =
            start_program("university.mjs", &settings, &folder.join("university.log")).await?;
        Ok(Self {
            issuer: Url::parse(&format!("http://127.0.0.1:{port}/"))?,
            secret: secret.to_owned(),
            people: Mutex::new(serde_json::from_str(&kept)?),
            file,
            _process: process,
        })
    }

    /// Where its sign-in page is.
    pub fn issuer(&self) -> &Url {
        &self.issuer
    }

    /// Lets somebody in, who need not have an account on the homeserver yet.
    pub fn enrol(&self, user: &str, password: &str) -> Result<()> {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        people.insert(user.to_owned(), password.to_owned());
        Ok(fs::write(&self.file, serde_json::to_string(&*people)?)?)
    }

    /// The homeserver's `oidc_providers`.
    pub(crate) fn settings(&self) -> Value {
        let provider = |(id, name): &(&str, &str)| {
            json!({
                "idp_id": id,
                "idp_name": name,
                "issuer": self.issuer.as_str(),
                "client_id": "homeserver",
                "client_secret": self.secret,
                "scopes": ["openid", "profile"],
                // Synapse wants an issuer to speak https.
                "skip_verification": true,
                "user_profile_method": "userinfo_endpoint",
                "allow_existing_users": true,
                "user_mapping_provider": { "config": {
                    "localpart_template": "{{ user.preferred_username }}",
                    "display_name_template": "{{ user.name }}",
                } },
            })
        };
        NAMES.iter().map(provider).collect()
    }
}
