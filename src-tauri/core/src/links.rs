use url::Url;

use crate::wire::{ErrorKind, UiError};

/// Longer than any address a browser takes.
const LONGEST: usize = 2048;

/// Decides whether a link may be handed to the system's browser, and in which form.
///
/// Web and mail addresses pass; everything that could start another program, hide where it leads
/// or carry a password does not. What is returned is the parsed address, with an ASCII host.
///
/// # Errors
///
/// [`ErrorKind::LinkRefused`].
pub fn check_link(link: &str) -> Result<Url, UiError> {
    let refused = || UiError::new(ErrorKind::LinkRefused).with_detail(shown(link));
    if link.len() > LONGEST || link.chars().any(is_deceptive) {
        return Err(refused());
    }
    let url = Url::parse(link).map_err(|_| refused())?;
    let plain = url.username().is_empty() && url.password().is_none();
    match url.scheme() {
        "http" | "https" if plain && url.host().is_some() => Ok(url),
        "mailto" if is_mail_address(url.path()) && !has_attachment(&url) => Ok(url),
        _ => Err(refused()),
    }
}

/// The host, or the mail address, to show beside a link; `None` where the link's text shows it letter
/// for letter. What only looks like it, such as a host with a Cyrillic letter, does not count.
pub(crate) fn host_to_show(url: &Url, text: &str) -> Option<String> {
    let text = text.trim();
    if url.scheme() == "mailto" {
        let shown = text.strip_prefix("mailto:").unwrap_or(text);
        return (!shown.eq_ignore_ascii_case(url.path())).then(|| url.path().to_owned());
    }
    let host = url.host_str()?;
    let without_www = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
    let named = named_host(text).map(|named| without_www(&named));
    let with_port = |port| format!("{host}:{port}");
    let leads_to = url.port().map_or_else(|| host.to_owned(), with_port);
    let is_named = named.is_some_and(|named| named == without_www(&leads_to));
    // Behind a blank something else may be named.
    let is_plain = !text.chars().any(|c| is_deceptive(c) || c.is_whitespace());
    (!is_named || !is_plain).then_some(leads_to)
}

/// The host and port that a text begins with, in lower case; the default port is left out.
fn named_host(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let (rest, port) = match text.split_once("://") {
        Some(("https", rest)) => (rest, ":443"),
        Some(("http", rest)) => (rest, ":80"),
        _ => (&*text, ":443"),
    };
    let host = rest.split(['/', '?', '#', '\\']).next()?;
    Some(host.strip_suffix(port).unwrap_or(host).to_owned())
}

/// Control characters, and those that change the direction or the visibility of what is around.
///
/// Source: Unicode's `Default_Ignorable_Code_Point` without the two selectors of variants that emoji need,
/// and what has no picture of its own beside these.
pub(crate) fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0D}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{13430}'..='\u{1343F}' | '\u{16FE4}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D159}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// The link without what deceives, short enough for a sentence.
pub(crate) fn shown(link: &str) -> String {
    link.chars().filter(|&character| !is_deceptive(character)).take(80).collect()
}

fn is_mail_address(address: &str) -> bool {
    address.split_once('@').is_some_and(|(name, host)| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
        !name.is_empty() && host.contains('.') && (name.chars().chain(host.chars())).all(allowed)
    })
}

/// Some mail programs attach local files a link asks for.
fn has_attachment(url: &Url) -> bool {
    url.query_pairs().any(|(name, _)| !matches!(&*name, "subject" | "body"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_and_mail_addresses_pass() {
        for link in [
            "https://galaxyproject.org/",
            "http://127.0.0.1:8008/x?y=z#w",
            "https://matrix.to/#/%23galaxyproject_Lobby:gitter.im",
            "mailto:contact@usegalaxy.eu?subject=Hello",
        ] {
            assert_eq!(check_link(link).expect(link).as_str(), link);
        }
    }

    #[test]
    fn international_hosts_are_shown_in_ascii() {
        let url = check_link("https://gаlaxyproject.org/").expect("a web address");
        let host = url.host_str().expect("has a host");
        assert!(host.starts_with("xn--") && host.is_ascii(), "{host}");
    }

    #[test]
    fn everything_else_is_refused() {
        for link in [
            "",
            "galaxyproject.org",
            "//host/x",
            "file:///etc/passwd",
            "file://server/share",
            r"\\server\share",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "ms-msdt:/id",
            "ms-settings:",
            "search-ms:query=x",
            "smb://host/x",
            "ftp://host/x",
            "ssh://host",
            "tel:+1",
            "matrix:r/x:y",
            "tauri://localhost",
            "ipc://localhost",
            "blob:https://x/y",
            "about:blank",
            "chrome://settings",
            "view-source:https://x/",
            "https://user@host/",
            "https://user:word@host/",
            "https://galaxyproject.org@evil.example/",
            "https://",
            "http://?",
            "https://host/\r\nX: y",
            "https://host/\u{202E}gnp.exe",
            "https://ho\u{200B}st/",
            "https://host/\0",
            "mailto:",
            "mailto:x",
            "mailto:a@b.c,d@e.f",
            "mailto:a@b.c?attach=/etc/passwd",
            "mailto:a@b.c?cc=d@e.f",
            "mailto:a%0Ab@c.d",
        ] {
            let error = check_link(link).expect_err(link);
            assert_eq!(error.kind, ErrorKind::LinkRefused, "{link}");
        }
        assert!(check_link(&format!("https://host/{}", "x".repeat(LONGEST))).is_err());
    }

    #[test]
    fn host_is_shown_where_the_text_hides_it() {
        let url = Url::parse("https://www.evil.example/x").expect("parses");
        assert_eq!(host_to_show(&url, "https://evil.example/"), None);
        assert_eq!(host_to_show(&url, "evil.example/y"), None);
        for text in ["click here", "https://galaxyproject.org", "galaxyproject.org", ""] {
            assert_eq!(host_to_show(&url, text).as_deref(), Some("www.evil.example"), "{text}");
        }
    }

    #[test]
    fn only_the_letters_themselves_name_a_host() {
        for (link, text, shown) in [
            ("https://galaxyproject.org/", "https://GalaxyProject.org", None),
            ("https://galaxyproject.org/x", "galaxyproject.org/x", None),
            ("https://galaxyproject.org/", "https://galaxyproject.org:443/", None),
            ("http://127.0.0.1:8008/", "http://127.0.0.1:8008/", None),
            ("https://xn--glaxyproject-3fg.org/", "xn--glaxyproject-3fg.org", None),
            (
                "https://evil.example/",
                "https://galaxyproject.org\\@evil.example",
                Some("evil.example"),
            ),
            (
                "https://evil.example/",
                "https://galaxyproject.org@evil.example",
                Some("evil.example"),
            ),
            ("https://evil.example/", "evil.example is not ours", Some("evil.example")),
            ("https://evil.example/", "evil.example/ galaxyproject.org", Some("evil.example")),
            (
                "https://evil.example/",
                "evil.example/\nhttps://galaxyproject.org",
                Some("evil.example"),
            ),
            ("https://evil.example:8443/", "https://evil.example/", Some("evil.example:8443")),
            ("https://evil.example/", "https://evil.example:8443/", Some("evil.example")),
            ("http://evil.example/", "https://evil.example/", None),
            ("https://evil.example./", "https://evil.example/", Some("evil.example.")),
            ("https://evil.example/", "https://evil.example。/", Some("evil.example")),
            ("https://evil.example/", "https://%65vil.example/", Some("evil.example")),
            ("https://127.0.0.1/", "https://0x7f.1/", Some("127.0.0.1")),
            ("https://evil.example/", "evil.example/\u{202E}gro", Some("evil.example")),
            ("mailto:x@evil.example", "help@galaxyproject.org", Some("x@evil.example")),
            ("mailto:x@evil.example", "write to us", Some("x@evil.example")),
            ("mailto:x@example.org?subject=Hello", "X@example.org", None),
            ("mailto:x@example.org", "mailto:x@example.org", None),
        ] {
            let url = check_link(link).expect(link);
            assert_eq!(host_to_show(&url, text).as_deref(), shown, "{link} as {text}");
        }
        for text in ["https://gаlaxyproject.org/", "gаlaxyproject.org", "https://bücher.example/"]
        {
            let link =
                if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
            let shown = host_to_show(&check_link(&link).expect(text), text).expect(text);
            assert!(shown.starts_with("xn--"), "{shown}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_text_names_a_host_only_where_it_is_in_there(text in "\\PC{0,20}") {
            let link = format!("https://{text}");
            if let Ok(url) = check_link(&link)
                && host_to_show(&url, &link).is_none()
            {
                let host = url.host_str().expect("a web address").trim_start_matches("www.");
                proptest::prop_assert!(link.to_ascii_lowercase().contains(host), "{link}: {host}");
            }
        }

        #[test]
        fn what_passes_is_a_web_or_mail_address(link in "\\PC{0,60}") {
            if let Ok(url) = check_link(&link) {
                proptest::prop_assert!(matches!(url.scheme(), "http" | "https" | "mailto"));
                proptest::prop_assert!(url.username().is_empty() && url.password().is_none());
                proptest::prop_assert!(url.as_str().is_ascii());
            }
        }
    }
}
