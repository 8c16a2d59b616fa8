//! Redirect links that mail scanners, chat programs and search engines put in place of others.
//!
//! There is no library for them: those that exist read one vendor's, or ask a service, which would tell it
//! what somebody pasted.

use base64::Engine as _;
use base64::engine::DecodePaddingMode::Indifferent;
use base64::engine::general_purpose::GeneralPurposeConfig;
use base64::{alphabet, engine::GeneralPurpose};

use super::link::{arguments, decode};

/// Base64 as it stands in URLs, with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(Indifferent),
);

/// What is known of a link that may lead to another one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Redirect {
    /// It leads to this one.
    To(String),
    /// It was rewritten, and only the site that did so can tell where it leads.
    Unreadable,
}

/// How a site writes the link that it leads to.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// As the value of an argument.
    Argument(&'static str),
    /// The same in base64.
    Base64(&'static str),
    /// Proofpoint's version 2, in the argument `u`: `_` for `/`, and `-XX` for `%XX`.
    /// Source: Proofpoint's `URLDefenseDecode.py`.
    Proofpoint2,
    /// Proofpoint's version 3, in the path between `__` and `__;`: `*` stands for a character, and `**` with a
    /// letter for as many as the letter counts, of those that follow in base64. Source: the same.
    Proofpoint3,
    /// In the path between two runs of three low lines.
    Underscores,
    /// As the last part of the path.
    LastPart,
    /// Behind an identifier that only the site knows.
    Unreadable,
}

/// A site, the beginning of its path, and how it writes links. A site counts with all hosts below it.
///
/// Source of Proofpoint's: its decoder. The others are read as their links look, which no vendor promises to
/// keep: what is not read so is said to be rewritten. A test holds an example of each.
pub(super) const SITES: &[(&str, &str, Form)] = &[
    // Mail scanners.
    ("safelinks.protection.outlook.com", "/", Form::Argument("url")),
    ("safelinks.protection.office365.us", "/", Form::Argument("url")),
    ("statics.teams.cdn.office.net", "/evergreen-assets/safelinks/", Form::Argument("url")),
    ("statics.teams.microsoft.com", "/evergreen-assets/safelinks/", Form::Argument("url")),
    ("urldefense.proofpoint.com", "/v1/", Form::Argument("u")),
    ("urldefense.proofpoint.com", "/v2/", Form::Proofpoint2),
    ("urldefense.proofpoint.com", "/v3/", Form::Proofpoint3),
    ("urldefense.com", "/v1/", Form::Argument("u")),
    ("urldefense.com", "/v2/", Form::Proofpoint2),
    ("urldefense.com", "/v3/", Form::Proofpoint3),
    ("urldefense.us", "/v2/", Form::Proofpoint2),
    ("urldefense.us", "/v3/", Form::Proofpoint3),
    ("linkprotect.cudasvc.com", "/url", Form::Argument("a")),
    ("secure-web.cisco.com", "/", Form::LastPart),
    ("protection.sophos.com", "/", Form::Base64("u")),
    ("protect.checkpoint.com", "/v", Form::Underscores),
    ("url.avanan.click", "/v", Form::Underscores),
    ("avanan.url-protection.com", "/v1/", Form::Argument("o")),
    ("fireeye.com", "/v1/url", Form::Argument("u")),
    ("trellix.com", "/v1/url", Form::Argument("u")),
    ("clicktime.symantec.com", "/", Form::Argument("u")),
    ("trendmicro.com", "/wis/clicktime/", Form::Argument("url")),
    ("mimecast.com", "/s/", Form::Unreadable),
    ("mimecastprotect.com", "/s/", Form::Unreadable),
    ("outlook.inky.com", "/", Form::Unreadable),
    ("atpscan.global.hornetsecurity.com", "/", Form::Unreadable),
    ("ess.barracudanetworks.com", "/", Form::Unreadable),
    // Chat programs, search engines and the like.
    ("google.com", "/url", Form::Argument("q")),
    ("google.com", "/url", Form::Argument("url")),
    ("slack-redir.net", "/link", Form::Argument("url")),
    ("facebook.com", "/l.php", Form::Argument("u")),
    ("l.instagram.com", "/", Form::Argument("u")),
    ("linkedin.com", "/safety/go", Form::Argument("url")),
    ("linkedin.com", "/redir/", Form::Argument("url")),
    ("youtube.com", "/redirect", Form::Argument("q")),
    ("duckduckgo.com", "/l/", Form::Argument("uddg")),
    ("vk.com", "/away.php", Form::Argument("to")),
    ("steamcommunity.com", "/linkfilter/", Form::Argument("url")),
    ("t.co", "/", Form::Unreadable),
    ("lnkd.in", "/", Form::Unreadable),
];

/// Words in the names of hosts that rewrite links.
const WORDS: &[&str] = &[
    "safelink",
    "safe-link",
    "linkprotect",
    "link-protect",
    "urldefense",
    "url-defense",
    "urlprotect",
    "url-protect",
    "urlscan",
    "linkscan",
    "mailscan",
    "clicktime",
    "mailprotect",
    "emailprotect",
];

/// What stands in a link that leads to one of Matrix, however it is encoded.
const MATRIX: &[&str] = &["matrix.to", "matrix:r", "element.io/", "app.cinny.in", "gitter.im/"];

/// Where a link leads that is a redirect of a known site, or looks like one of an unknown site. `host` is in
/// lower case; `rest` is what stands behind it.
pub(super) fn redirect(host: &str, rest: &str) -> Option<Redirect> {
    let is_host = |site: &str| {
        host.strip_suffix(site).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
    };
    let mut known =
        SITES.iter().filter(|(site, path, _)| is_host(site) && rest.starts_with(path)).peekable();
    let is_known = known.peek().is_some();
    if let Some(link) = known.find_map(|(.., form)| read(*form, rest).filter(|link| is_link(link)))
    {
        return Some(Redirect::To(link));
    }
    let is_named = WORDS.iter().any(|word| host.contains(word));
    (is_named || (is_known && is_opaque(rest)) || leads_to_matrix(rest))
        .then_some(Redirect::Unreadable)
}

fn is_link(link: &str) -> bool {
    let lower = link.to_ascii_lowercase();
    ["https://", "http://", "matrix:"].iter().any(|scheme| lower.starts_with(scheme))
}

/// Whether there is more than the name of a page: identifiers of links are longer, in bytes.
fn is_opaque(rest: &str) -> bool {
    const LONGEST_PAGE: usize = 4;
    rest.trim_matches('/').len() > LONGEST_PAGE
}

/// Whether a link to Matrix stands in an argument or in the path of another site.
fn leads_to_matrix(rest: &str) -> bool {
    let (rest, _) = rest.split_once('#').unwrap_or((rest, ""));
    let decoded = decode(&decode(rest)).to_ascii_lowercase();
    MATRIX.iter().any(|link| {
        decoded.match_indices(link).any(|(at, _)| {
            let before = decoded[..at].trim_end_matches("www.");
            ["//", ":/", "=", "__", "app."].iter().any(|start| before.ends_with(start))
        })
    })
}

fn read(form: Form, rest: &str) -> Option<String> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let argument =
        |name: &str| arguments(query).find(|(found, _)| found == name).map(|(_, value)| value);
    match form {
        Form::Argument(name) => argument(name),
        Form::Base64(name) => text(&BASE64.decode(argument(name)?).ok()?),
        Form::Proofpoint2 => Some(decode(&argument("u")?.replace('-', "%").replace('_', "/"))),
        Form::Proofpoint3 => proofpoint3(rest),
        Form::Underscores => {
            let (_, link) = rest.split_once("___")?;
            let (link, _) = link.split_once("___")?;
            Some(link.to_owned())
        }
        Form::LastPart => {
            let (_, last) = path.rsplit_once('/')?;
            Some(decode(last))
        }
        Form::Unreadable => None,
    }
}

fn proofpoint3(rest: &str) -> Option<String> {
    /// Counts a run of characters, from two on.
    const COUNT: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (_, link) = rest.split_once("__")?;
    let (link, replaced) = link.rsplit_once("__;")?;
    let (replaced, _) = replaced.split_once('!')?;
    let replaced = text(&BASE64.decode(replaced).ok()?)?;
    let mut replaced = replaced.chars();
    let mut found = String::new();
    let mut rest = link.chars();
    while let Some(character) = rest.next() {
        if character != '*' {
            found.push(character);
            continue;
        }
        let mut run = rest.clone();
        match (run.next(), run.next().and_then(|count| COUNT.find(count))) {
            (Some('*'), Some(count)) => {
                found.extend(replaced.by_ref().take(count + 2));
                rest = run;
            }
            _ => found.extend(replaced.next()),
        }
    }
    // Some programs make one of two slashes.
    let (scheme, target) = found.split_once(":/")?;
    Some(format!("{scheme}://{}", target.trim_start_matches('/')))
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_owned()).ok()
}
