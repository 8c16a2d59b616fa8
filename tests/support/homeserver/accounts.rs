//! Accounts on a homeserver, made and managed as its administrator does.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use hmac::{Hmac, Mac as _};
use reqwest::Method;
use serde_json::json;
use sha1::Sha1;
use url::Url;

use super::{Homeserver, SignIn, config};
use crate::authority::Access;
use crate::matrix::Client;
use crate::tools;

/// The account that manages the server; nobody in a test speaks through it.
pub(crate) const ADMIN: &str = "server-admin";

/// Somebody's account.
#[derive(Debug, Clone)]
pub struct Account {
    /// The name to sign in with, such as `helper`.
    pub user: String,
    /// The whole address, such as `@helper:test.localhost`.
    pub user_id: String,
    /// The password.
    pub password: String,
    /// The homeserver.
    pub homeserver: Url,
    /// How [`Account::sign_in`] comes by a session.
    pub way: Way,
}

/// How the bare client signs somebody in.
#[derive(Debug, Clone)]
pub enum Way {
    /// With the password.
    Password,
    /// By the administrator of the authorization server.
    Authority(Access),
    /// By the administrator of the homeserver: there is no device then.
    Administrator(Client),
}

impl Homeserver {
    /// Makes an account named after a role, shown under that role, with a password of its own.
    pub async fn account(&self, role: &str) -> Result<Account> {
        self.account_with_password(role, &config::random()?).await
    }

    /// Makes an account, or gives an existing one this password and signs its devices out.
    pub async fn account_with_password(&self, role: &str, password: &str) -> Result<Account> {
        if let Ok(authority) = self.authority() {
            authority.create_account(role, password, &display_name(role)).await?;
            return Ok(self.known_account(role, password));
        }
        if let Ok(university) = self.university() {
            university.enrol(role, password)?;
        }
        let user_id = format!("@{role}:{}", self.name());
        let body =
            json!({ "password": password, "displayname": display_name(role), "admin": false });
        self.admin()?
            .request(Method::PUT, &["_synapse", "admin", "v2", "users", &user_id], &[], Some(&body))
            .await?;
        Ok(self.known_account(role, password))
    }

    /// An account that was made before.
    pub fn known_account(&self, role: &str, password: &str) -> Account {
        Account {
            user: role.to_owned(),
            user_id: format!("@{role}:{}", self.name()),
            password: password.to_owned(),
            homeserver: self.url.clone(),
            way: self.way(),
        }
    }

    fn way(&self) -> Way {
        match (&self.options.sign_in, &self.authority, &self.admin) {
            (SignIn::Delegated(_), Some(authority), _) => Way::Authority(authority.access()),
            (SignIn::SingleSignOn { password: false }, _, Some(admin)) => {
                Way::Administrator(admin.clone())
            }
            _ => Way::Password,
        }
    }

    /// Locks an account, or opens it again: its devices stay, and may do nothing.
    pub async fn lock(&self, account: &Account, locked: bool) -> Result<()> {
        let path = ["_synapse", "admin", "v2", "users", &account.user_id];
        self.admin()?
            .request(Method::PUT, &path, &[], Some(&json!({ "locked": locked })))
            .await
            .map(drop)
    }

    /// Frees an account of all limits that hold for users.
    pub async fn lift_limits(&self, account: &Account) -> Result<()> {
        let path = ["_synapse", "admin", "v1", "users", &account.user_id, "override_ratelimit"];
        let none = json!({ "messages_per_second": 0, "burst_count": 0 });
        self.admin()?.request(Method::POST, &path, &[], Some(&none)).await.map(drop)
    }

    /// Ends an account for good. Its password is refused from then on as a wrong one is.
    pub async fn deactivate(&self, account: &Account) -> Result<()> {
        let path = ["_synapse", "admin", "v1", "deactivate", &account.user_id];
        self.admin()?
            .request(Method::POST, &path, &[], Some(&json!({ "erase": false })))
            .await
            .map(drop)
    }

    /// The ids of an account's devices.
    pub async fn devices(&self, account: &Account) -> Result<Vec<String>> {
        let path = ["_synapse", "admin", "v2", "users", &account.user_id, "devices"];
        let answer = self.admin()?.request(Method::GET, &path, &[], None).await?;
        let devices = answer["devices"].as_array().context("no devices in the server's answer")?;
        Ok(devices
            .iter()
            .filter_map(|device| device["device_id"].as_str())
            .map(str::to_owned)
            .collect())
    }

    /// Every token that the server has issued to an account and still knows, read from its database.
    pub fn tokens(&self, account: &Account) -> Result<Vec<String>> {
        let script = "read = lambda table: database.execute(f'SELECT token FROM {table} WHERE user_id = ?', user)\n\
            tables = ('access_tokens', 'refresh_tokens')\n\
            print(json.dumps([token for table in tables for (token,) in read(table)]))";
        let tokens = self.in_database(script, account)?;
        Ok(serde_json::from_slice(&tokens)?)
    }

    /// Lets the time of an account's sessions be over, where sessions last for a limited time: the devices
    /// stay, and may sign in again. The server is started anew by that.
    pub async fn time_out(&mut self, account: &Account) -> Result<()> {
        self.stop()?;
        let script = "database.execute('UPDATE access_tokens SET valid_until_ms = 1 WHERE user_id = ?', user)\n\
            database.execute('UPDATE refresh_tokens SET expiry_ts = 1 WHERE user_id = ?', user)\n\
            database.commit()";
        self.in_database(script, account)?;
        self.restart().await
    }

    /// Runs lines of Python on the server's database; answers what they print.
    fn in_database(&self, script: &str, account: &Account) -> Result<Vec<u8>> {
        let open = "import json, sqlite3, sys\n\
            database, user = sqlite3.connect(sys.argv[1]), sys.argv[2:]\n";
        let mut python = Command::new(tools::synapse_python()?);
        python.arg("-c").arg(format!("{open}{script}"));
        python.arg(self.folder().join("homeserver.db")).arg(&account.user_id);
        let output = python.output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(output.stdout)
    }

    /// Signs a device out from the server's side.
    pub async fn remove_device(&self, account: &Account, device: &str) -> Result<()> {
        let path = ["_synapse", "admin", "v2", "users", &account.user_id, "devices", device];
        self.admin()?.request(Method::DELETE, &path, &[], None).await.map(drop)
    }

    /// The server's own administrator.
    pub fn admin(&self) -> Result<&Client> {
        self.admin.as_ref().context("the homeserver was not started")
    }

    /// A token that lets its holder make an account where the server asks for one. Each is good once.
    pub async fn registration_token(&self) -> Result<String> {
        let path = ["_synapse", "admin", "v1", "registration_tokens", "new"];
        let body = json!({ "uses_allowed": 1 });
        let answer = self.admin()?.request(Method::POST, &path, &[], Some(&body)).await?;
        Ok(answer["token"].as_str().context("no token in the server's answer")?.to_owned())
    }

    /// Makes the administrator's account known to the homeserver; the authorization server knows its token.
    pub(super) async fn provision_admin(&self) -> Result<()> {
        let client = self.client()?.with_session(&self.secrets.shared, "", "");
        let path = ["_synapse", "mas", "provision_user"];
        let body = json!({ "localpart": ADMIN });
        client.request(Method::POST, &path, &[], Some(&body)).await.map(drop)
    }

    /// Makes the administrator's account with the secret in the server's settings; answers its token.
    pub(super) async fn register_admin(&self) -> Result<String> {
        let client = self.client()?;
        let path = ["_synapse", "admin", "v1", "register"];
        let nonce = client.request(Method::GET, &path, &[], None).await?;
        let nonce = nonce["nonce"].as_str().context("no nonce in the server's answer")?;
        let password = config::random()?;
        let mut mac = Hmac::<Sha1>::new_from_slice(self.secrets.registration.as_bytes())?;
        mac.update([nonce, ADMIN, &password, "admin"].join("\0").as_bytes());
        let mac = format!("{:x}", mac.finalize().into_bytes());
        let body = json!({ "nonce": nonce, "username": ADMIN, "password": password, "admin": true, "mac": mac });
        let answer = client.request(Method::POST, &path, &[], Some(&body)).await?;
        Ok(answer["access_token"].as_str().context("no token in the server's answer")?.to_owned())
    }
}

impl Account {
    /// Signs in with the bare client, as a new device where there are devices.
    pub async fn sign_in(&self) -> Result<Client> {
        let client = Client::new(&self.homeserver)?;
        match &self.way {
            Way::Password => client.login(&self.user, &self.password).await,
            Way::Authority(authority) => client.delegated(authority, &self.user_id).await,
            Way::Administrator(admin) => {
                let path = ["_synapse", "admin", "v1", "users", &self.user_id, "login"];
                let answer = admin.request(Method::POST, &path, &[], Some(&json!({}))).await?;
                let token = answer["access_token"].as_str().context("no token in the answer")?;
                Ok(client.with_session(token, &self.user_id, ""))
            }
        }
    }
}

/// The name others see for an account: its role.
pub fn display_name(role: &str) -> String {
    let mut letters = role.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
