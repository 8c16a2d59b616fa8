//! How people come in: by password, by the pages of another server, with an account they make.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{Homeserver, Options};
use crate::authority::{self, Authority};
use crate::mailbox::Mailbox;
use crate::university::University;

/// The rules of a server that has some.
const RULES: &str = "<!doctype html><title>Rules of this server</title><p>Be kind.</p>";
const RULES_VERSION: &str = "1.0";

/// The folder of the authorization server inside that of its homeserver.
pub const AUTHORITY: &str = "authority";

/// How people sign in.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// With a password that the homeserver knows.
    Password,
    /// With OAuth 2.0 at an authorization server, which the homeserver brings: see
    /// [`Homeserver::authority`].
    Delegated(authority::Options),
    /// At a university, see [`Homeserver::university`], which knows everybody's password, too.
    SingleSignOn {
        /// Whether the homeserver takes passwords besides.
        password: bool,
    },
}

/// Who can make an account, with a client and the homeserver alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Nobody.
    Closed,
    /// Everybody.
    Open,
    /// Everybody who agrees to the server's rules.
    Terms,
    /// Everybody who was given a token, see [`Homeserver::registration_token`].
    Token,
    /// Everybody who has an address for mail, which arrives at [`Homeserver::mailbox`].
    Email,
}

impl Options {
    /// A homeserver that delegates sign-in to an authorization server of its own.
    pub fn delegated() -> Self {
        Self::delegated_to(authority::Options::default())
    }

    /// The same with options for the authorization server.
    pub fn delegated_to(options: authority::Options) -> Self {
        Self { sign_in: SignIn::Delegated(options), ..Self::default() }
    }

    /// A homeserver with single sign-on, and with passwords or without.
    pub fn single_sign_on(password: bool) -> Self {
        Self { sign_in: SignIn::SingleSignOn { password }, ..Self::default() }
    }

    /// A homeserver with passwords, where these people can make accounts.
    pub fn registration(registration: Registration) -> Self {
        Self { registration, ..Self::default() }
    }
}

impl Homeserver {
    /// The authorization server that sign-in is delegated to.
    pub fn authority(&self) -> Result<&Authority> {
        self.authority.as_ref().context("this homeserver does not delegate sign-in")
    }

    /// The same, to stop it and start it again.
    pub fn authority_mut(&mut self) -> Result<&mut Authority> {
        self.authority.as_mut().context("this homeserver does not delegate sign-in")
    }

    /// The university whose people come by single sign-on.
    pub fn university(&self) -> Result<&University> {
        self.university.as_ref().context("this homeserver has no single sign-on")
    }

    /// Where the homeserver's mail arrives.
    pub fn mailbox(&self) -> Result<&Mailbox> {
        self.mailbox.as_ref().context("this homeserver sends no mail")
    }

    /// Starts the servers that belong to this one, unless they run already.
    pub(super) async fn start_companions(&mut self) -> Result<()> {
        match &self.options.sign_in {
            SignIn::Delegated(options) if self.authority.is_none() => {
                let secrets = authority::Secrets {
                    shared: self.secrets.shared.clone(),
                    admin_token: self.secrets.delegated_admin_token.clone(),
                };
                let folder = self.folder.join(AUTHORITY);
                let started = Authority::start(options.clone(), &folder, &self.url, secrets);
                self.authority = Some(started.await?);
            }
            SignIn::SingleSignOn { .. } if self.university.is_none() => {
                let folder = self.folder.join("university");
                let started = University::start(&folder, &self.url, &self.secrets.shared);
                self.university = Some(started.await?);
            }
            _ => {}
        }
        if self.options.registration == Registration::Email && self.mailbox.is_none() {
            self.mailbox = Some(Mailbox::start().await?);
        }
        if self.options.registration == Registration::Terms {
            write_rules(&self.folder.join("rules"))?;
        }
        Ok(())
    }

    /// What the homeserver listens for.
    pub(super) fn resources(&self) -> &'static [&'static str] {
        // Synapse does not start with a page of rules where there are none.
        let rules = self.options.registration == Registration::Terms;
        if rules { &["client", "consent"] } else { &["client"] }
    }

    pub(super) fn sign_in_settings(&self) -> Value {
        let mut settings = json!({});
        if let Some(authority) = &self.authority {
            settings["matrix_authentication_service"] = json!({
                "enabled": true,
                "endpoint": authority.issuer().as_str(),
                "secret": self.secrets.shared,
            });
            settings["password_config"] = json!({ "enabled": false });
            if !authority.options().remembered {
                let module = "no_introspection_cache.NoIntrospectionCache";
                settings["modules"] = json!([{ "module": module }]);
            }
        }
        if let Some(university) = &self.university {
            settings["oidc_providers"] = university.settings();
        }
        if let SignIn::SingleSignOn { password } = self.options.sign_in {
            settings["password_config"] = json!({ "enabled": password });
        }
        settings
    }

    pub(super) fn registration_settings(&self) -> Value {
        let open = json!({ "enable_registration": true });
        let mut settings = open;
        match self.options.registration {
            Registration::Closed => return json!({ "enable_registration": false }),
            Registration::Open => {
                settings["enable_registration_without_verification"] = true.into();
            }
            Registration::Terms => {
                settings["enable_registration_without_verification"] = true.into();
                settings["user_consent"] = json!({
                    "template_dir": "rules",
                    "version": RULES_VERSION,
                    "require_at_registration": true,
                    "policy_name": "Rules of this server",
                });
            }
            Registration::Token => settings["registration_requires_token"] = true.into(),
            Registration::Email => {
                settings["registrations_require_3pid"] = json!(["email"]);
                settings["email"] = json!({
                    "smtp_host": "127.0.0.1",
                    "smtp_port": self.mailbox.as_ref().map(Mailbox::port),
                    "enable_tls": false,
                    "notif_from": "Test server <server@test.localhost>",
                });
            }
        }
        settings
    }
}

fn write_rules(folder: &Path) -> Result<()> {
    let language = folder.join("en");
    fs::create_dir_all(&language)?;
    for page in [RULES_VERSION, "success"] {
        fs::write(language.join(format!("{page}.html")), RULES)?;
    }
    Ok(())
}
