//! From the SDK's errors to the kinds the window knows, without a look at their words.

use std::{
    error::Error as StdError,
    io,
    time::{Duration, SystemTime},
};

use matrix_sdk::{
    Error, HttpError, IdParseError,
    ruma::api::error::{Error as RumaError, ErrorBody, ErrorKind as MatrixKind, RetryAfter},
};
use rustls::CertificateError;
use url::Url;

use crate::{
    text::quotable,
    wire::{ErrorKind, UiError},
};

/// In seconds. Whoever runs a server notices an expired certificate within half a year.
const LONG_EXPIRED: u64 = 182 * 24 * 60 * 60;

/// What a request that failed means for the user. `server` names whom was asked.
pub fn from_http(error: &HttpError, server: &str) -> UiError {
    // What the SDK asks on its own account before the request, such as the server's versions.
    if let HttpError::Cached(error) = error {
        return from_http(error, server);
    }
    match error.client_api_error_kind() {
        Some(MatrixKind::LimitExceeded(data)) => {
            let mut limited = UiError::new(ErrorKind::RateLimited);
            limited.retry_after_ms = data.retry_after.as_ref().map(delay_ms);
            return limited.with_words(words(error));
        }
        Some(kind) => {
            let status = error.as_client_api_error().map(|error| error.status_code.as_u16());
            if let Some(refused) = of_refusal(kind, status == Some(403)) {
                return refused.with_words(words(error));
            }
        }
        None => {}
    }
    let kind = match error {
        HttpError::Reqwest(error) => return from_reqwest(error, server),
        HttpError::RefreshToken(_) => ErrorKind::ServerUnreachable,
        // Not the homeserver's words, but those of what stands before it.
        _ if error.as_client_api_error().is_some_and(|e| e.status_code.as_u16() == 429) => {
            return ErrorKind::RateLimited.into();
        }
        _ if error.as_client_api_error().is_some_and(|e| e.status_code.is_server_error()) => {
            ErrorKind::ServerUnreachable
        }
        _ => {
            // What the server says stands beside it.
            let detail = match error.client_api_error_kind() {
                Some(kind) => kind.errcode().to_string(),
                None => technical(error),
            };
            return UiError::new(ErrorKind::Internal).with_detail(detail).with_words(words(error));
        }
    };
    UiError::new(kind).with_detail(server).with_words(words(error))
}

/// What a refusal means that has the same meaning wherever it comes. `forbidden`: its status is 403, with which
/// servers that check for spam send codes of their own.
fn of_refusal(kind: &MatrixKind, forbidden: bool) -> Option<UiError> {
    Some(match kind {
        MatrixKind::UserDeactivated => ErrorKind::AccountDeactivated.into(),
        MatrixKind::UserLocked => ErrorKind::AccountLocked.into(),
        MatrixKind::UserSuspended => ErrorKind::AccountSuspended.into(),
        MatrixKind::TooLarge => ErrorKind::MessageUnsendable.into(),
        MatrixKind::Forbidden => ErrorKind::Forbidden.into(),
        _ if is_about_terms(kind) => terms(kind),
        _ if forbidden => ErrorKind::Forbidden.into(),
        _ => return None,
    })
}

/// Terms that were not accepted (`M_CONSENT_NOT_GIVEN`), with the page to accept them where there is one that
/// can be opened.
fn terms(kind: &MatrixKind) -> UiError {
    let error = UiError::new(ErrorKind::TermsNotAccepted);
    match terms_page(kind) {
        Some(page) => error.with_detail(page),
        None => error,
    }
}

/// Whether the homeserver wants its terms to be accepted first; the SDK has no name for that code.
pub fn is_about_terms(kind: &MatrixKind) -> bool {
    kind.errcode().as_str() == "M_CONSENT_NOT_GIVEN"
}

/// Where the homeserver has its terms accepted.
pub fn terms_page(kind: &MatrixKind) -> Option<Url> {
    let page = kind.custom_json_data()?.get("consent_uri")?.as_str()?;
    Url::parse(page).ok().filter(|page| matches!(page.scheme(), "http" | "https"))
}

/// What the server says in its own words, fit to be quoted.
pub fn words(error: &HttpError) -> Option<String> {
    error.as_client_api_error().and_then(words_of)
}

/// As [`words`], of what the homeserver itself has answered.
pub fn words_of(error: &RumaError) -> Option<String> {
    let ErrorBody::Standard(body) = &error.body else { return None };
    quotable(&body.message)
}

/// As [`from_http`], for requests that got no answer.
pub fn from_reqwest(error: &(dyn StdError + 'static), server: &str) -> UiError {
    let kind = certificate(error).unwrap_or(ErrorKind::ServerUnreachable);
    UiError::new(kind).with_detail(server)
}

/// As [`from_http`], for errors that may not come from a request.
pub fn from_sdk(error: &Error, server: &str) -> UiError {
    match error {
        Error::Http(error) => from_http(error, server),
        Error::Io(error) => from_io(error),
        Error::SendQueueWedgeError(error) => from_kept(&error.to_string()),
        _ => UiError::new(ErrorKind::Internal).with_detail(technical(error)),
    }
}

/// What a message met with that was not sent before the app was started. The SDK keeps the words of the error
/// alone, in which a refusal reads `[403 / M_FORBIDDEN] words of the server`.
fn from_kept(kept: &str) -> UiError {
    let Some((before, (code, words))) = kept
        .split_once(" / ")
        .and_then(|(before, refusal)| Some((before, refusal.split_once(']')?)))
    else {
        return UiError::new(ErrorKind::Internal).with_detail(kept);
    };
    let kind = match code {
        "M_USER_SUSPENDED" => ErrorKind::AccountSuspended,
        "M_CONSENT_NOT_GIVEN" => ErrorKind::TermsNotAccepted,
        "M_TOO_LARGE" => ErrorKind::MessageUnsendable,
        _ if before.ends_with("[403") => ErrorKind::Forbidden,
        _ => {
            return UiError::new(ErrorKind::Internal).with_detail(code).with_words(quotable(words));
        }
    };
    UiError::new(kind).with_words(quotable(words))
}

/// What a failed write means for the user.
pub fn from_io(error: &io::Error) -> UiError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::DiskFull.into(),
        _ => UiError::new(ErrorKind::ProfileUnwritable).with_detail(error.to_string()),
    }
}

/// A malformed id where the window should have sent a sound one.
pub fn from_id(error: IdParseError) -> UiError {
    UiError::new(ErrorKind::Internal).with_detail(error.to_string())
}

/// What is wrong with the server's certificate, if it is that. One that is from the future, or has
/// been out of date for long, says more about this computer's clock.
pub fn certificate(error: &(dyn StdError + 'static)) -> Option<ErrorKind> {
    let mut cause = Some(error);
    let mut found = None;
    while let Some(error) = cause {
        let io_error = error.downcast_ref::<io::Error>();
        match error.downcast_ref() {
            Some(rustls::Error::InvalidCertificate(problem)) => {
                return Some(of_certificate(problem));
            }
            Some(_) => found = Some(ErrorKind::ServerCertificate),
            None => {}
        }
        // The error within such an error is not what it calls its source.
        cause =
            io_error.and_then(|error| error.get_ref().map(|e| e as _)).or_else(|| error.source());
    }
    found
}

fn of_certificate(problem: &CertificateError) -> ErrorKind {
    match problem {
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ErrorKind::ClockWrong
        }
        CertificateError::ExpiredContext { time, not_after }
            if time.as_secs().saturating_sub(not_after.as_secs()) > LONG_EXPIRED =>
        {
            ErrorKind::ClockWrong
        }
        _ => ErrorKind::ServerCertificate,
    }
}

/// The error's own words, which name no secret: addresses in them are cut off at their query.
fn technical(error: &dyn StdError) -> String {
    let words = error.to_string();
    words.split('?').next().unwrap_or_default().chars().take(300).collect()
}

fn delay_ms(retry_after: &RetryAfter) -> u64 {
    let delay = match retry_after {
        RetryAfter::Delay(delay) => *delay,
        RetryAfter::DateTime(time) => {
            time.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO)
        }
    };
    u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use matrix_sdk::RumaApiError;
    use matrix_sdk::ruma::{
        api::{EndpointError as _, error::FromHttpResponseError},
        exports::http,
    };
    use rustls::pki_types::UnixTime;

    use super::*;

    const DAY: u64 = 24 * 60 * 60;

    fn kind(problem: CertificateError) -> Option<ErrorKind> {
        let error = rustls::Error::InvalidCertificate(problem);
        certificate(&io::Error::other(io::Error::new(io::ErrorKind::InvalidData, error)))
    }

    fn at(days: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(days * DAY))
    }

    fn refusal(status: u16, body: &str) -> HttpError {
        let response = http::Response::builder().status(status).body(body.as_bytes());
        let error = RumaError::from_http_response(response.expect("a response"));
        HttpError::Api(Box::new(FromHttpResponseError::Server(RumaApiError::MatrixError(error))))
    }

    #[test]
    fn the_servers_own_words_are_kept_before_and_after_a_restart() {
        for (status, code, kind) in [
            (403, "M_FORBIDDEN", ErrorKind::Forbidden),
            (403, "M_USER_SUSPENDED", ErrorKind::AccountSuspended),
            (403, "M_CONSENT_NOT_GIVEN", ErrorKind::TermsNotAccepted),
            (413, "M_TOO_LARGE", ErrorKind::MessageUnsendable),
            (400, "M_UNKNOWN", ErrorKind::Internal),
            (403, "ORG.EXAMPLE.SPAM", ErrorKind::Forbidden),
            (400, "ORG.EXAMPLE.SPAM", ErrorKind::Internal),
        ] {
            let body = format!(r#"{{"errcode":"{code}","error":"It [was]\n\u202e/ spam?"}}"#);
            let error = refusal(status, &body);
            let kept = from_kept(&error.to_string());
            for said in [from_http(&error, "matrix.org"), kept] {
                assert_eq!(said.kind, kind, "{code}: {said:?}");
                assert_eq!(said.words.as_deref(), Some("It [was] / spam?"), "{code}");
                // Once is enough.
                assert!(!said.detail.unwrap_or_default().contains("spam"), "{code}");
            }
        }
        let limited = r#"{"errcode":"M_LIMIT_EXCEEDED","error":"slowly","retry_after_ms":2500}"#;
        let limited = from_http(&refusal(429, limited), "matrix.org");
        assert_eq!((limited.kind, limited.retry_after_ms), (ErrorKind::RateLimited, Some(2500)));
        assert_eq!(limited.words.as_deref(), Some("slowly"));
        let gateway = from_http(&refusal(502, "<html>"), "matrix.org");
        assert_eq!((gateway.kind, gateway.words), (ErrorKind::ServerUnreachable, None));
        assert_eq!(from_kept("no answer at all").detail.as_deref(), Some("no answer at all"));
    }

    #[test]
    fn the_page_for_terms_is_one_that_a_browser_opens() {
        for (page, shown) in [
            ("https://matrix.org/terms?user=a", Some("https://matrix.org/terms?user=a")),
            ("javascript:alert(1)", None),
            ("file:///etc/passwd", None),
            ("/terms", None),
        ] {
            let body = format!(
                r#"{{"errcode":"M_CONSENT_NOT_GIVEN","error":"Read this","consent_uri":"{page}"}}"#
            );
            let error = from_http(&refusal(403, &body), "matrix.org");
            assert_eq!(error.kind, ErrorKind::TermsNotAccepted);
            assert_eq!(error.detail.as_deref(), shown, "{page}");
        }
    }

    #[test]
    fn a_clock_that_is_set_wrong_is_told_from_a_bad_certificate() {
        let early = CertificateError::NotValidYetContext { time: at(10), not_before: at(20_000) };
        assert_eq!(kind(early), Some(ErrorKind::ClockWrong));
        let late = |days: u64| CertificateError::ExpiredContext {
            time: at(20_000 + days),
            not_after: at(20_000),
        };
        assert_eq!(kind(late(1000)), Some(ErrorKind::ClockWrong));
        assert_eq!(kind(late(10)), Some(ErrorKind::ServerCertificate));
        assert_eq!(kind(CertificateError::UnknownIssuer), Some(ErrorKind::ServerCertificate));
        assert_eq!(certificate(&io::Error::from(io::ErrorKind::TimedOut)), None);
        // As for a body whose length makes no sense.
        assert_eq!(
            certificate(&io::Error::other(io::Error::from(io::ErrorKind::InvalidData))),
            None
        );
    }
}
