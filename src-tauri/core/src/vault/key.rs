use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// 32 random bytes, wiped from memory when dropped. `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl Key {
    /// A new key from the system's random source.
    ///
    /// # Panics
    ///
    /// Where the system has no random source, nothing can be kept safe.
    #[expect(clippy::expect_used, reason = "no safe way to go on")]
    pub fn random() -> Self {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the system has a random source");
        Self(bytes)
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// As text, because some keyrings (KWallet) hold only UTF-8.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD_NO_PAD.encode(self.0))
    }

    /// From what [`Key::to_text`] made; `None` for anything else.
    pub fn from_text(text: &[u8]) -> Option<Self> {
        let mut bytes = Zeroizing::new(STANDARD_NO_PAD.decode(text).ok()?);
        let key = <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Self);
        bytes.zeroize();
        key
    }

    /// The key's name. It is computed from the key, so a wrong key under the right name shows.
    pub fn id(&self) -> KeyId {
        let mut hash = Sha256::new_with_prefix(b"galaxy-chat key id");
        hash.update(self.0);
        let mut id = [0; 8];
        id.copy_from_slice(&hash.finalize()[..8]);
        KeyId(format!("{:016x}", u64::from_be_bytes(id)))
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        Self::from_text(text.as_bytes()).ok_or_else(|| D::Error::custom("not a key"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Sixteen hexadecimal digits that name a key without telling anything about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyId(String);

impl KeyId {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// From a file's header; `None` where it is not sixteen hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let valid = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        valid.then(|| Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_nothing_else_parses() {
        let key = Key::random();
        assert_eq!(Key::from_text(key.to_text().as_bytes()), Some(key.clone()));
        assert_eq!(Key::from_text(b"too short"), None);
        assert_eq!(Key::from_text(&key.to_text().as_bytes()[1..]), None);
    }

    #[test]
    fn id_follows_from_the_key_and_reveals_none_of_it() {
        let key = Key::random();
        assert_eq!(KeyId::parse(key.id().as_str()), Some(key.id()));
        assert_ne!(key.id(), Key::random().id());
        assert!(!format!("{key:?}").contains(key.to_text().as_str()));
        assert_eq!(KeyId::parse("not a key id..."), None);
    }
}
