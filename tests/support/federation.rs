//! Two homeservers that talk to each other, as those of the world do: over TLS, each under its own name.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use galaxy_chat_tests::federation::Federation;
//! use galaxy_chat_tests::matrix::NewRoom;
//!
//! let federation = Federation::start().await?;
//! let helper = federation.rooms.account("helper").await?.sign_in().await?;
//! helper.create_room(&NewRoom { alias: "lobby", ..NewRoom::default() }).await?;
//! let newcomer = federation.home.account("newcomer").await?.sign_in().await?;
//! newcomer.join(&format!("#lobby:{}", federation.rooms.name())).await?;
//! # Ok(())
//! # }
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::try_join;

use crate::certificates::Authority;
use crate::homeserver::{Homeserver, Name, Options, free_port};

/// Two running homeservers, which end when this is dropped. Clients reach them over plain http, like any
/// [`Homeserver`].
#[derive(Debug)]
pub struct Federation {
    /// Where the rooms are.
    pub rooms: Homeserver,
    /// Where the user's account is.
    pub home: Homeserver,
    _certificates: TempDir,
}

/// What a homeserver needs to talk to others.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The port that other servers come to; it is in the server's name.
    port: u16,
    certificate: PathBuf,
    key: PathBuf,
    /// The certificate of the authority whose word for other servers it takes.
    trusted: PathBuf,
}

impl Federation {
    /// Two empty homeservers with limits that no test reaches.
    pub async fn start() -> Result<Self> {
        Self::start_with(Options::default(), Options::default()).await
    }

    /// The same with other options for where the rooms are, and for where the account is. Names are given
    /// by the federation.
    pub async fn start_with(rooms: Options, home: Options) -> Result<Self> {
        let authority = Authority::new()?;
        Self::start_trusting(rooms, home, &authority, &authority).await
    }

    /// Two homeservers of which that of the account takes the other for an impostor: it trusts another
    /// authority than the one that certified it.
    pub async fn start_distrusted() -> Result<Self> {
        let (authority, other) = (Authority::new()?, Authority::new()?);
        Self::start_trusting(Options::default(), Options::default(), &authority, &other).await
    }

    async fn start_trusting(
        rooms: Options,
        home: Options,
        authority: &Authority,
        trusted_by_home: &Authority,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("federation-").tempdir()?;
        let rooms = Peer::new(&folder.path().join("rooms"), authority, authority)?.options(rooms);
        let home =
            Peer::new(&folder.path().join("home"), authority, trusted_by_home)?.options(home);
        let (rooms, home) = try_join!(Homeserver::start(rooms), Homeserver::start(home))?;
        Ok(Self { rooms, home, _certificates: folder })
    }
}

impl Peer {
    fn new(folder: &Path, authority: &Authority, trusted: &Authority) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let file = |name: &str| folder.join(name);
        let peer = Self {
            port: free_port()?,
            certificate: file("certificate.pem"),
            key: file("key.pem"),
            trusted: file("trusted.pem"),
        };
        let (certificate, key) = authority.certify()?;
        fs::write(&peer.certificate, certificate.pem())?;
        fs::write(&peer.key, key.serialize_pem())?;
        fs::write(&peer.trusted, trusted.pem())?;
        Ok(peer)
    }

    fn options(self, options: Options) -> Options {
        let name = Name::Plain(format!("localhost:{}", self.port));
        Options { name, federation: Some(self), ..options }
    }

    /// Makes a homeserver's settings those of one that others can talk to.
    pub(crate) fn open(&self, config: &mut Value) {
        if let Some(listeners) = config["listeners"].as_array_mut() {
            listeners.push(json!({
                "port": self.port,
                "type": "http",
                "tls": true,
                "bind_addresses": ["127.0.0.1"],
                "resources": [{ "names": ["federation"], "compress": false }],
            }));
        }
        config["tls_certificate_path"] = json!(self.certificate);
        config["tls_private_key_path"] = json!(self.key);
        config["federation_custom_ca_list"] = json!([self.trusted]);
        // Loopback is what servers keep away from otherwise, and here it is all there is.
        config["ip_range_blacklist"] = json!([]);
        config["federation_domain_whitelist"] = Value::Null;
        // A server that was away is asked again at once, not after ten minutes.
        config["federation"] = json!({
            "destination_min_retry_interval": 100,
            "destination_max_retry_interval": 100,
        });
    }
}
