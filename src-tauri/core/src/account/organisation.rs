//! Whether two hosts are likely to be of one organisation.

use std::net::IpAddr;

/// Labels under which registries of countries sell names, so that what they have in common says
/// nothing. The Public Suffix List has all; a crate with it would make the package larger by more than it is
/// worth for a sentence.
const SECOND_LEVEL: [&str; 24] = [
    "ac", "co", "com", "edu", "ed", "gob", "gouv", "gov", "govt", "go", "id", "ltd", "mil", "ne",
    "net", "nhs", "nom", "or", "org", "plc", "res", "sch", "uni", "web",
];

/// Domains under which strangers get a name each.
const SHARED: [&str; 22] = [
    "azurewebsites.net",
    "cloudfront.net",
    "ddns.net",
    "duckdns.org",
    "dynv6.net",
    "fly.dev",
    "github.io",
    "gitlab.io",
    "herokuapp.com",
    "netlify.app",
    "ngrok.app",
    "ngrok.io",
    "no-ip.org",
    "nsupdate.info",
    "onrender.com",
    "pages.dev",
    "railway.app",
    "run.app",
    "vercel.app",
    "web.app",
    "workers.dev",
    "trycloudflare.com",
];

/// Whether two hosts, written as in an address and perhaps with a port, are the same or share the
/// domain that an organisation registers.
pub fn is_one(one: &str, other: &str) -> bool {
    let (one, other) = (host(one), host(other));
    one == other || matches!((registered(&one), registered(&other)), (Some(a), Some(b)) if a == b)
}

fn host(name: &str) -> String {
    let is_port = |port: &str| port.chars().all(|digit| digit.is_ascii_digit());
    let name =
        name.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(name, |(name, _)| name);
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// The domain that was registered; `None` where a host is none's.
fn registered(host: &str) -> Option<&str> {
    if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return None;
    }
    let labels: Vec<_> = host.split('.').collect();
    let [.., second, top] = labels.as_slice() else { return None };
    let sold = top.len() == 2 && SECOND_LEVEL.contains(second);
    let shared = SHARED.contains(&&*format!("{second}.{top}"));
    let number = if sold || shared { 3 } else { 2 };
    let kept: usize = labels.iter().rev().take(number).map(|label| label.len() + 1).sum();
    (labels.len() >= number).then(|| &host[host.len() + 1 - kept..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_one_organisation_are_told_from_others() {
        for (one, other, expected) in [
            ("matrix.org", "account.matrix.org", true),
            ("matrix-client.matrix.org", "account.matrix.org", true),
            ("matrix.usegalaxy.eu", "login.usegalaxy.eu", true),
            ("usegalaxy.eu", "Login.UseGalaxy.eu.", true),
            ("matrix.tum.de", "login.tum.de", true),
            ("matrix.ox.ac.uk", "sso.ox.ac.uk", true),
            ("example.org:8448", "example.org", true),
            ("127.0.0.1:8008", "127.0.0.1:8090", true),
            ("[::1]:8008", "[::1]:8090", true),
            ("localhost:1", "localhost:2", true),
            ("evil.example", "account.matrix.org", false),
            ("matrix.org.evil.example", "account.matrix.org", false),
            ("evilmatrix.org", "account.matrix.org", false),
            ("matrix.org", "matrix.com", false),
            ("evil.ac.uk", "sso.ox.ac.uk", false),
            ("ac.uk", "sso.ox.ac.uk", false),
            ("evil.github.io", "matrix.github.io", false),
            ("127.0.0.1", "10.0.0.1", false),
            ("1.0.0.1", "127.0.0.1", false),
            ("localhost", "127.0.0.1", false),
            ("org", "matrix.org", false),
            ("", "matrix.org", false),
        ] {
            assert_eq!(is_one(one, other), expected, "{one} {other}");
            assert_eq!(is_one(other, one), expected, "{other} {one}");
        }
    }
}
