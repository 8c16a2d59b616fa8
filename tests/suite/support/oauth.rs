//! A client of OAuth 2.0 that does no more than it must.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use galaxy_chat_tests::homeserver::{Homeserver, random};
use galaxy_chat_tests::website::Website;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, sleep};
use url::Url;

/// A registered client, with the address that browsers come back to.
pub struct Client {
    pub metadata: Value,
    pub device: String,
    back: Website,
    id: String,
    verifier: String,
    http: reqwest::Client,
}

impl Client {
    /// Finds the authorization server by the homeserver, and registers there.
    pub async fn register(homeserver: &Homeserver) -> Result<Self> {
        let path = ["_matrix", "client", "v1", "auth_metadata"];
        let metadata = homeserver.client()?.request(Method::GET, &path, &[], None).await?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let back = Website::start("You can go back to your app.").await?;
        let about = json!({
            "client_name": "Plain client",
            "client_uri": "https://galaxyproject.org/",
            "redirect_uris": [back.url("back")],
            "application_type": "native",
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
        });
        let endpoint = metadata["registration_endpoint"].as_str().context("no registration")?;
        let answer: Value = http.post(endpoint).json(&about).send().await?.json().await?;
        let id = answer["client_id"].as_str().with_context(|| answer.to_string())?.to_owned();
        let device = random()?[..12].to_owned();
        Ok(Self { metadata, device, back, id, verifier: random()?, http })
    }

    /// Where the browser is sent.
    pub fn address(&self, prompt: Option<&str>) -> Result<Url> {
        let endpoint =
            self.metadata["authorization_endpoint"].as_str().context("no authorization")?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&self.verifier));
        let scope = format!("urn:matrix:client:api:* urn:matrix:client:device:{}", self.device);
        let mut url = Url::parse(endpoint)?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.id)
            .append_pair("redirect_uri", &self.back.url("back"))
            .append_pair("scope", &scope)
            .append_pair("state", "the-state")
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(prompt.map(|prompt| ("prompt", prompt)));
        Ok(url)
    }

    /// What the browser came back with.
    pub async fn answer(&self) -> Result<BTreeMap<String, String>> {
        came_back(&self.back, "back").await
    }

    /// Changes the code that the browser came back with for tokens.
    pub async fn tokens(&self) -> Result<Value> {
        let code = self.answer().await?.remove("code").context("no code")?;
        self.ask(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &self.back.url("back")),
            ("code_verifier", &self.verifier),
        ])
        .await
    }

    /// Changes a refresh token for new tokens.
    pub async fn refresh(&self, token: &str) -> Result<Value> {
        self.ask(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Ends the session of a token.
    pub async fn revoke(&self, token: &str) -> Result<()> {
        self.post("revocation_endpoint", &[("token", token)]).await?.error_for_status()?;
        Ok(())
    }

    async fn ask(&self, form: &[(&str, &str)]) -> Result<Value> {
        Ok(self.post("token_endpoint", form).await?.json().await?)
    }

    async fn post(&self, endpoint: &str, form: &[(&str, &str)]) -> Result<reqwest::Response> {
        let endpoint = self.metadata[endpoint].as_str().context("no such endpoint")?;
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("client_id", &self.id).extend_pairs(form);
        let request = self.http.post(endpoint).body(body.finish());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        Ok(request.send().await?)
    }
}

/// Waits until a browser has come to a path of a website, and answers what it brought along.
pub async fn came_back(website: &Website, path: &str) -> Result<BTreeMap<String, String>> {
    let deadline = Instant::now() + Duration::from_mins(2);
    loop {
        let paths = website.paths();
        let query = paths.iter().find_map(|seen| seen.strip_prefix(path)?.strip_prefix('?'));
        if let Some(query) = query {
            return Ok(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect());
        }
        anyhow::ensure!(Instant::now() < deadline, "the browser did not come back: {paths:?}");
        sleep(Duration::from_millis(20)).await;
    }
}
