//! Where the session is kept: a file sealed with a key that lives in the operating system's
//! keyring, inside a profile folder that one running app holds at a time.

mod key;
mod keyring;
mod private;
mod profile;
mod sealed;
mod worker;

pub use self::{
    key::{Key, KeyId},
    keyring::{Keyring, KeyringError},
    private::{make_private_folder, open_private_file, write_private_file},
    profile::{Profile, ProfileError, SERVERS, SESSION, is_other_folder},
    sealed::{Header, KeyPlace, SealedError, open, read_header, seal, write_atomically},
};
