//! Why a local copy cannot be opened: whether another try may help, or it is broken for good.

use std::{error::Error as StdError, io};

use matrix_sdk::{ClientBuildError, SqliteCryptoStore};
use matrix_sdk_base::crypto::store::{CryptoStore, CryptoStoreError};
use matrix_sdk_sqlite::OpenStoreError;
use rusqlite::{ErrorCode, ffi};

use super::client::RestoreError;
use crate::wire::LockReason;

/// What the SDK's databases answer; it is not exported under a name.
type SqliteError = <SqliteCryptoStore as CryptoStore>::Error;

/// Why a local copy cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its content cannot be used any more, or the key is not its own. Only with evidence of that:
    /// whatever is not known may pass.
    Broken(String),
    /// It is sound as far as is known.
    Passing(LockReason, String),
    /// A later version of the app has written it.
    Newer,
}

impl Fault {
    /// The system would not read or write.
    pub fn of_io(error: &io::Error) -> Self {
        Self::Passing(LockReason::StoreUnavailable, error.to_string())
    }
}

/// What is wrong where a session cannot be taken up.
pub fn of_restore(error: &RestoreError) -> Fault {
    match error {
        RestoreError::Store(error) => of_build(error),
        RestoreError::Http(error) => {
            Fault::Passing(LockReason::CertificatesUnreadable, error.to_string())
        }
        RestoreError::Session(error) => of_any(error),
    }
}

/// What is wrong where a client cannot be made.
pub fn of_build(error: &ClientBuildError) -> Fault {
    match error {
        ClientBuildError::SqliteStore(
            OpenStoreError::InitCipher(_)
            | OpenStoreError::MissingVersion
            | OpenStoreError::InvalidVersion,
        ) => Fault::Broken(error.to_string()),
        _ => of_any(error),
    }
}

/// Looks for evidence in an error and in what led to it.
fn of_any(error: &(dyn StdError + 'static)) -> Fault {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if is_evidence(error) {
            return Fault::Broken(error.to_string());
        }
        cause = error.source();
    }
    Fault::Passing(LockReason::StoreUnavailable, error.to_string())
}

/// Whether an error can only come from content that is damaged, or sealed with another key.
fn is_evidence(error: &(dyn StdError + 'static)) -> bool {
    let corrupt = |code| matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase);
    if let Some(error) = error.downcast_ref::<ffi::Error>() {
        return corrupt(error.code);
    }
    if let Some(error) = error.downcast_ref::<rusqlite::Error>() {
        return error.sqlite_error_code().is_some_and(corrupt);
    }
    if let Some(error) = error.downcast_ref::<CryptoStoreError>() {
        return match error {
            CryptoStoreError::MismatchedAccount { .. }
            | CryptoStoreError::UnpicklingError
            | CryptoStoreError::Pickle(_)
            | CryptoStoreError::Serialization(_) => true,
            CryptoStoreError::Backend(error) => is_evidence(&**error),
            _ => false,
        };
    }
    if let Some(error) = error.downcast_ref::<matrix_sdk::Error>() {
        return match error {
            matrix_sdk::Error::CryptoStoreError(error) => is_evidence(&**error),
            _ => false,
        };
    }
    matches!(
        error.downcast_ref::<SqliteError>(),
        Some(
            SqliteError::Decode(_)
                | SqliteError::Json(_)
                | SqliteError::Encryption(_)
                | SqliteError::Pickle(_)
                | SqliteError::Unpickle
                | SqliteError::InvalidData { .. }
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    fn opening(error: rusqlite::Error) -> RestoreError {
        RestoreError::Store(OpenStoreError::LoadVersion(error).into())
    }

    fn migrating(error: rusqlite::Error) -> RestoreError {
        RestoreError::Store(OpenStoreError::Migration(SqliteError::Sqlite(error)).into())
    }

    fn loading(error: rusqlite::Error) -> RestoreError {
        let error = CryptoStoreError::backend(SqliteError::Sqlite(error));
        RestoreError::Session(error.into())
    }

    #[test]
    fn only_damage_breaks_a_local_copy() {
        for (code, broken) in [
            (ffi::SQLITE_CORRUPT, true),
            (ffi::SQLITE_NOTADB, true),
            (ffi::SQLITE_BUSY, false),
            (ffi::SQLITE_LOCKED, false),
            (ffi::SQLITE_NOMEM, false),
            (ffi::SQLITE_CANTOPEN, false),
            (ffi::SQLITE_FULL, false),
            (ffi::SQLITE_READONLY, false),
            (ffi::SQLITE_PERM, false),
            (ffi::SQLITE_AUTH, false),
            (ffi::SQLITE_PROTOCOL, false),
            (ffi::SQLITE_INTERRUPT, false),
            (ffi::SQLITE_ERROR, false),
            (ffi::SQLITE_IOERR, false),
            (ffi::SQLITE_IOERR_READ, false),
        ] {
            for made in [opening, migrating, loading] {
                let fault = of_restore(&made(sqlite(code)));
                assert_eq!(matches!(fault, Fault::Broken(_)), broken, "{code}: {fault:?}");
            }
        }
    }

    #[test]
    fn what_is_known_of_content_and_key_is_evidence_and_the_system_is_none() {
        let broken: [OpenStoreError; 3] = [
            OpenStoreError::InvalidVersion,
            OpenStoreError::MissingVersion,
            OpenStoreError::Migration(SqliteError::Unpickle),
        ];
        for error in broken {
            let fault = of_restore(&RestoreError::Store(error.into()));
            assert!(matches!(fault, Fault::Broken(_)), "{fault:?}");
        }
        // No file handles left.
        let system = || io::Error::from_raw_os_error(24);
        let passing = [
            RestoreError::Store(OpenStoreError::CreateDir(system()).into()),
            RestoreError::Session(CryptoStoreError::Io(system()).into()),
            RestoreError::Session(CryptoStoreError::AccountUnset.into()),
        ];
        for error in passing {
            let fault = of_restore(&error);
            assert!(matches!(fault, Fault::Passing(LockReason::StoreUnavailable, _)), "{fault:?}");
        }
    }
}
