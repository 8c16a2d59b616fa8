//! The stored files of an account, for fuzzing: a part of `account`, because nothing else may read
//! them.

use super::{saved::Saved, servers::Servers};

/// Reads a saved session, and what is in it.
pub fn read_saved(input: &[u8]) {
    let Ok(saved) = serde_json::from_slice::<Saved>(input) else { return };
    if let Saved::SignedIn(session) = &saved {
        session.versions();
        session.session.meta();
        session.session.tokens();
    }
    let again = serde_json::to_vec(&saved).expect("plain data");
    assert!(serde_json::from_slice::<Saved>(&again).is_ok(), "what was written cannot be read");
}

/// Reads the list of servers.
pub fn read_servers(input: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("servers.json");
    std::fs::write(&file, input).expect("written");
    Servers::read(&file).recent();
}
