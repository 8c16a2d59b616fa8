//! Where the session is kept: a file sealed with a key that lives in the operating system's
//! keyring, inside a profile folder that one running app holds at a time.

mod key;
mod keyring;
mod profile;
mod sealed;

pub use self::{
    key::{Key, KeyId},
    keyring::{Keyring, KeyringError},
    profile::{Profile, ProfileError, SERVERS},
    sealed::{Header, KeyPlace, SealedError, open, read_header, seal, write_atomically},
};
