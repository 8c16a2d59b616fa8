//! The settings that Synapse is started with.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, bail};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Homeserver, Joins, Limits, Rate};

const FILE: &str = "secrets.json";
/// Below those that Linux gives to connections by itself.
const PORTS: Range<u16> = 20_000..32_000;

/// What the server makes up at its first start, and must find again at the next.
#[derive(Debug, Serialize, Deserialize)]
pub struct Secrets {
    pub registration: String,
    pub macaroon: String,
    pub form: String,
    /// What this server and those that people sign in at know each other by.
    pub shared: String,
    pub delegated_admin_token: String,
    pub admin_token: Option<String>,
}

impl Secrets {
    /// The secrets kept in a server's folder, made where there are none.
    pub fn of(folder: &Path) -> Result<Self> {
        if let Ok(kept) = fs::read_to_string(folder.join(FILE)) {
            return Ok(serde_json::from_str(&kept)?);
        }
        let key = BASE64_STANDARD_NO_PAD.encode(random_bytes()?);
        fs::write(folder.join("signing.key"), format!("ed25519 a_test {key}\n"))?;
        let secrets = Self {
            registration: random()?,
            macaroon: random()?,
            form: random()?,
            shared: random()?,
            delegated_admin_token: random()?,
            admin_token: None,
        };
        secrets.save(folder)?;
        Ok(secrets)
    }

    /// Keeps the secrets in a server's folder.
    pub fn save(&self, folder: &Path) -> Result<()> {
        Ok(fs::write(folder.join(FILE), serde_json::to_string_pretty(self)?)?)
    }
}

/// `homeserver.yaml`; JSON is YAML too.
pub fn homeserver(server: &Homeserver, secrets: &Secrets) -> Value {
    let mut config = json!({
        "server_name": server.name(),
        // Makes Synapse serve /.well-known/matrix/client.
        "public_baseurl": server.url().as_str(),
        "listeners": [{
            "port": server.port(),
            "type": "http",
            "tls": false,
            "bind_addresses": ["127.0.0.1"],
            "resources": [{ "names": server.resources(), "compress": false }],
        }],
        "database": { "name": "sqlite3", "args": { "database": "homeserver.db" } },
        "media_store_path": "media",
        "signing_key_path": "signing.key",
        "pid_file": "synapse.pid",
        "log_config": "logging.yaml",
        "registration_shared_secret": secrets.registration,
        "macaroon_secret_key": secrets.macaroon,
        "form_secret": secrets.form,
        "enable_registration": false,
        "bcrypt_rounds": server.options.bcrypt_rounds,
        // Simplified sliding sync, which the app lives on.
        "experimental_features": { "msc3575_enabled": true },
        // Nothing leaves this machine.
        "federation_domain_whitelist": [],
        "trusted_key_servers": [],
        "report_stats": false,
        "url_preview_enabled": false,
        "presence": { "enabled": false },
        // The rooms' own directory is searched in tests.
        "room_list_publication_rules": [{ "action": "allow" }],
    });
    let limits =
        if server.options.limits == Limits::Generous { generous_limits() } else { json!({}) };
    for more in [limits, server.sign_in_settings(), server.registration_settings()] {
        if let (Some(config), Value::Object(more)) = (config.as_object_mut(), more) {
            config.extend(more);
        }
    }
    if let Some(joins) = &server.options.joins {
        config["rc_joins"] = join_limits(joins);
    }
    if let Some(peer) = &server.options.federation {
        peer.open(&mut config);
    }
    config
}

fn join_limits(Joins { local, remote }: &Joins) -> Value {
    let rate = |Rate { per_second, burst }: &Rate| json!({ "per_second": per_second, "burst_count": burst });
    json!({ "local": rate(local), "remote": rate(remote) })
}

/// Limits that no test reaches.
fn generous_limits() -> Value {
    let much = json!({ "per_second": 1000, "burst_count": 1000 });
    json!({
        "rc_message": much,
        "rc_registration": much,
        "rc_login": { "address": much, "account": much, "failed_attempts": much },
        "rc_joins": { "local": much, "remote": much },
        "rc_joins_per_room": much,
        "rc_invites": { "per_room": much, "per_user": much, "per_issuer": much },
        "rc_room_creation": much,
        "rc_user_directory": much,
        "rc_profile": much,
        "rc_presence": { "per_user": much },
        "rc_registration_token_validity": much,
        "rc_3pid_validation": much,
        "rc_federation": { "sleep_limit": 1000, "reject_limit": 1000, "concurrent": 100 },
    })
}

/// Python's logging settings: warnings, into one file.
pub fn logging(folder: &Path) -> Value {
    json!({
        "version": 1,
        "disable_existing_loggers": false,
        "formatters": { "line": { "format": "%(asctime)s %(levelname)s %(name)s: %(message)s" } },
        "handlers": { "file": {
            "class": "logging.FileHandler",
            "filename": folder.join("homeserver.log"),
            "formatter": "line",
        } },
        // What other servers were asked, and why they did not answer.
        "loggers": { "synapse.http.matrixfederationclient": { "level": "INFO" } },
        "root": { "level": "WARNING", "handlers": ["file"] },
    })
}

/// A loopback port that nobody listens on, and that nobody else in this process was given. One that the
/// system picks would not do: it could go to somebody's connection before its program listens.
pub fn free_port() -> Result<u16> {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    for _ in 0..PORTS.len() {
        let mut bytes = [0; 2];
        getrandom::fill(&mut bytes)?;
        let port = PORTS.start + u16::from_ne_bytes(bytes) % (PORTS.end - PORTS.start);
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        if free && GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
            return Ok(port);
        }
    }
    bail!("every port is taken")
}

/// A secret that fits into an address, a file and a password field.
pub fn random() -> Result<String> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(random_bytes()?))
}

fn random_bytes() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
