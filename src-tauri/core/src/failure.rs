//! From the SDK's errors to the kinds the window knows, without a look at their words.

use std::{
    error::Error as StdError,
    io,
    time::{Duration, SystemTime},
};

use matrix_sdk::{
    Error, HttpError, IdParseError,
    ruma::api::error::{ErrorKind as MatrixKind, RetryAfter},
};

use rustls::CertificateError;

use crate::wire::{ErrorKind, UiError};

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
            return limited;
        }
        Some(MatrixKind::UserDeactivated) => return ErrorKind::AccountDeactivated.into(),
        Some(MatrixKind::UserLocked) => return ErrorKind::AccountLocked.into(),
        _ => {}
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
        _ => return UiError::new(ErrorKind::Internal).with_detail(technical(error)),
    };
    UiError::new(kind).with_detail(server)
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
        _ => UiError::new(ErrorKind::Internal).with_detail(technical(error)),
    }
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
