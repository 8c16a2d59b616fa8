//! The sealed file: one line that says how it is sealed and which key opens it, a nonce, and the
//! content under XChaCha20-Poly1305, which authenticates the line as well.

use std::{
    io::{self, Write as _},
    path::Path,
};

use chacha20poly1305::{
    Key as CipherKey, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use zeroize::Zeroizing;

use super::{Key, KeyId};

const MAGIC: &str = "galaxy-chat-sealed";
const VERSION: &str = "1";
const NONCE_LENGTH: usize = 24;
/// Longer than any header line; a file without a line break in its first bytes is not ours.
const HEADER_LIMIT: usize = 128;

/// Where the key of a sealed file is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the operating system's keyring, under the key's id.
    Keyring,
    /// In a file beside the sealed one: protection against little more than a glance.
    Disk,
}

impl KeyPlace {
    fn word(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::Disk => "disk",
        }
    }
}

/// What can be known of a sealed file without its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Where the key is.
    pub place: KeyPlace,
    /// Which key it is.
    pub key_id: KeyId,
}

/// Why a sealed file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealedError {
    /// It is cut short, altered, or of a format this version does not know.
    #[error("the file is damaged or from another version")]
    Unreadable,
    /// The key is not the one it was sealed with.
    #[error("the key is not the file's")]
    OtherKey,
}

/// Seals `content`.
pub fn seal(place: KeyPlace, key: &Key, content: &[u8]) -> Vec<u8> {
    let header = format!("{MAGIC} {VERSION} {} {}\n", place.word(), key.id().as_str());
    let mut nonce = [0; NONCE_LENGTH];
    // Half of a random key is as good a nonce as any other 24 random bytes.
    nonce.copy_from_slice(&Key::random().bytes()[..NONCE_LENGTH]);
    let payload = Payload { msg: content, aad: header.as_bytes() };
    #[expect(clippy::expect_used, reason = "fails only beyond 256 GiB")]
    let sealed = cipher(key).encrypt(XNonce::from_slice(&nonce), payload).expect("it is small");
    [header.as_bytes(), &nonce, &sealed].concat()
}

/// Reads the first line of a sealed file.
///
/// # Errors
///
/// [`SealedError::Unreadable`] where it is not one of ours.
pub fn read_header(file: &[u8]) -> Result<Header, SealedError> {
    split(file).map(|(header, ..)| header)
}

/// Opens a sealed file.
///
/// # Errors
///
/// [`SealedError::OtherKey`] where `key` is not the one the header names, otherwise
/// [`SealedError::Unreadable`].
pub fn open(file: &[u8], key: &Key) -> Result<Zeroizing<Vec<u8>>, SealedError> {
    let (header, line, rest) = split(file)?;
    if header.key_id != key.id() {
        return Err(SealedError::OtherKey);
    }
    let (nonce, sealed) = rest.split_at_checked(NONCE_LENGTH).ok_or(SealedError::Unreadable)?;
    cipher(key)
        .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: line })
        .map(Zeroizing::new)
        .map_err(|_| SealedError::Unreadable)
}

/// Writes a file so that after a crash at any moment either the old or the new content is there.
///
/// # Errors
///
/// The system's; the old content is then still there.
pub fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The rename itself lasts only once the folder is on the disk; Windows has no such call.
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(CipherKey::from_slice(key.bytes()))
}

/// The header, the line it was read from, and what follows it.
fn split(file: &[u8]) -> Result<(Header, &[u8], &[u8]), SealedError> {
    let end = file.iter().take(HEADER_LIMIT).position(|&byte| byte == b'\n');
    let (line, rest) = file.split_at(end.ok_or(SealedError::Unreadable)? + 1);
    let text = std::str::from_utf8(line).map_err(|_| SealedError::Unreadable)?;
    let mut words = text.trim_end().split(' ');
    if (words.next(), words.next()) != (Some(MAGIC), Some(VERSION)) {
        return Err(SealedError::Unreadable);
    }
    let place = match words.next() {
        Some("keyring") => KeyPlace::Keyring,
        Some("disk") => KeyPlace::Disk,
        _ => return Err(SealedError::Unreadable),
    };
    let key_id = words.next().and_then(KeyId::parse).ok_or(SealedError::Unreadable)?;
    Ok((Header { place, key_id }, line, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_with_its_key_only() {
        let (key, other) = (Key::random(), Key::random());
        let file = seal(KeyPlace::Keyring, &key, b"the session");
        assert_eq!(open(&file, &key).expect("opens").as_slice(), b"the session");
        assert_eq!(open(&file, &other), Err(SealedError::OtherKey));
        let header = read_header(&file).expect("has a header");
        assert_eq!(header, Header { place: KeyPlace::Keyring, key_id: key.id() });
        assert!(!file.windows(11).any(|window| window == b"the session"));
    }

    #[test]
    fn every_altered_byte_and_every_cut_is_noticed() {
        let key = Key::random();
        let file = seal(KeyPlace::Disk, &key, b"the session");
        for index in 0..file.len() {
            let mut altered = file.clone();
            altered[index] ^= 1;
            assert!(open(&altered, &key).is_err(), "byte {index} altered");
            assert!(open(&file[..index], &key).is_err(), "cut at {index}");
        }
    }

    #[test]
    fn a_failed_write_leaves_the_old_content() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("session.sealed");
        write_atomically(&path, b"old").expect("written");
        assert!(write_atomically(&folder.path().join("missing/session.sealed"), b"new").is_err());
        assert_eq!(std::fs::read(&path).expect("readable"), b"old");
        write_atomically(&path, b"new").expect("written");
        assert_eq!(std::fs::read(&path).expect("readable"), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 1);
    }
}
