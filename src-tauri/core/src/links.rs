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

/// The host to show beside a link whose text looks like something else; `None` where the text
/// already tells.
pub(crate) fn host_to_show(url: &Url, text: &str) -> Option<String> {
    let host = url.host_str()?;
    let bare = host.strip_prefix("www.").unwrap_or(host);
    let text = text.trim();
    let text_url = Url::parse(text).or_else(|_| Url::parse(&format!("https://{text}")));
    let names_host = text_url.is_ok_and(|text_url| {
        text_url.host_str().is_some_and(|named| named.strip_prefix("www.").unwrap_or(named) == bare)
    });
    (!names_host).then(|| host.to_owned())
}

/// Control characters, and those that change the direction or the visibility of what is around.
pub(crate) fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
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

    proptest::proptest! {
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
