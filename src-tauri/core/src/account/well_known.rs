//! The address of a homeserver in a server's settings (`/.well-known/matrix/client`) where it is none of the web.
//!
//! The SDK takes the `base_url` there as it is. Many servers leave out `https://`.

use matrix_sdk::reqwest;
use serde::Deserialize;
use url::Url;

use super::{
    server::{PATIENCE, is_loopback},
    server_fault::address,
};

#[derive(Deserialize)]
struct Settings {
    #[serde(rename = "m.homeserver")]
    homeserver: Homeserver,
}

#[derive(Deserialize)]
struct Homeserver {
    base_url: String,
}

/// What a server's settings may mean by a homeserver's address without a scheme; nothing where there is none of
/// that kind. Only a server on this computer may name another one here: whoever has that port would be given
/// the password.
pub async fn homeserver_without_scheme(http: &reqwest::Client, server: &str) -> Vec<Url> {
    let named = async {
        let url = address(server)?.join("/.well-known/matrix/client").ok()?;
        let answer = http.get(url).timeout(PATIENCE).send().await.ok()?;
        let settings: Settings = serde_json::from_slice(&answer.bytes().await.ok()?).ok()?;
        Some(settings.homeserver.base_url)
    };
    let is_here = address(server).is_some_and(|url| is_loopback(&url));
    named.await.map(|base_url| complete(&base_url, is_here)).unwrap_or_default()
}

/// The address with its scheme. `is_here`: it may be on this computer, which may be asked by plain http. That
/// comes first, as a server would wait for more where it is greeted with TLS.
fn complete(base_url: &str, is_here: bool) -> Vec<Url> {
    let host = base_url.trim().trim_start_matches('/');
    if host.is_empty() || host.contains("://") {
        return Vec::new();
    }
    let plain = Url::parse(&format!("http://{host}")).ok().filter(is_loopback);
    let secure = Url::parse(&format!("https://{host}")).ok();
    let is_bare = |url: &Url| {
        let has_user = !url.username().is_empty() || url.password().is_some();
        !has_user && url.query().is_none() && url.fragment().is_none()
    };
    let may_lead = |url: &Url| is_bare(url) && (is_here || !is_loopback(url));
    plain.into_iter().chain(secure).filter(may_lead).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_scheme_is_completed() {
        for (base_url, completed) in [
            ("matrix.example.org", &["https://matrix.example.org/"][..]),
            ("matrix.example.org:8448", &["https://matrix.example.org:8448/"]),
            (" matrix.example.org/\n", &["https://matrix.example.org/"]),
            ("//matrix.example.org", &["https://matrix.example.org/"]),
            ("127.0.0.1:8008", &["http://127.0.0.1:8008/", "https://127.0.0.1:8008/"]),
            ("[::1]:8008", &["http://[::1]:8008/", "https://[::1]:8008/"]),
            ("example.org/matrix", &["https://example.org/matrix"]),
            ("", &[]),
            ("/", &[]),
            ("ftp://example.org", &[]),
            ("https://example.org", &[]),
            ("user@example.org", &[]),
            (":password@example.org", &[]),
            ("example.org?x", &[]),
            ("mailto:x", &[]),
            ("a b", &[]),
        ] {
            let urls = |is_here| -> Vec<_> {
                complete(base_url, is_here).iter().map(Url::to_string).collect()
            };
            assert_eq!(urls(true), completed, "{base_url}");
            // A server elsewhere leads to no port of this computer.
            let is_there = |url: &&str| !url.contains("127.0.0.1") && !url.contains("[::1]");
            let elsewhere: Vec<_> = completed.iter().copied().filter(is_there).collect();
            assert_eq!(urls(false), elsewhere, "{base_url}");
        }
    }
}
