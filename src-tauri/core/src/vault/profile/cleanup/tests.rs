use std::fs;

use super::*;
use crate::vault::{Key, seal};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = entries(folder)
        .iter()
        .filter_map(|path| path.file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A saved session with drafts and a store; answers its key.
fn sign_in(profile: &Profile) -> Key {
    let key = Key::random();
    for file in [profile.session_file(), profile.drafts_file()] {
        fs::write(file, seal(KeyPlace::Keyring, &key, b"content")).expect("written");
    }
    let store = profile.make_store(key.id().as_str(), false).expect("made");
    fs::write(store.join("database"), "").expect("written");
    key
}

#[test]
fn volatile_stores_are_swept_and_the_named_one_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = Profile::open(folder.path()).expect("opens");
    profile.make_store("kept", true).expect("made");
    profile.make_store("volatile", true).expect("made");
    profile.make_store("nobodys", false).expect("made");
    drop(profile);
    let profile = Profile::open(folder.path()).expect("opens");
    assert_eq!(names(&folder.path().join(STORES)), ["kept", "nobodys", "volatile"]);
    profile.sweep_stores(Some("kept"));
    assert_eq!(names(&folder.path().join(STORES)), ["kept"]);
    assert_eq!(names(&profile.store("kept")), Vec::<String>::new(), "it is kept for good");
    let aside = entries(&folder.path().join(SET_ASIDE));
    assert_eq!(names(&aside[0].join(STORES)), ["nobodys"]);
}

#[test]
fn setting_aside_keeps_every_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = Profile::open(folder.path()).expect("opens");
    for round in ["first", "second"] {
        fs::write(profile.session_file(), round).expect("written");
        profile.make_store("store", false).expect("made");
        profile.make_store("in use", true).expect("made");
        profile.set_aside().expect("set aside");
    }
    assert_eq!(names(folder.path()), ["lock", "set-aside", "stores"]);
    assert_eq!(names(&folder.path().join(STORES)), ["in use"]);
    let kept: Vec<_> = entries(&folder.path().join(SET_ASIDE))
        .iter()
        .map(|aside| fs::read_to_string(aside.join("session.sealed")))
        .collect::<Result<_, _>>()
        .expect("readable");
    assert_eq!(kept.len(), 2);
    assert!(kept.contains(&"first".to_owned()) && kept.contains(&"second".to_owned()));
    profile.remove_volatile_stores();
    profile.set_aside().expect("there is nothing");
    assert_eq!(entries(&folder.path().join(SET_ASIDE)).len(), 2);
}

#[test]
fn the_session_goes_last_when_it_is_set_aside() {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = Profile::open(folder.path()).expect("opens");
    let key = sign_in(&profile);
    // A file where the folder of the drafts' new place would be stops it half-way.
    fs::write(folder.path().join(SET_ASIDE), "").expect("written");
    assert!(profile.set_aside().is_err());
    assert!(profile.session_file().exists() && profile.drafts_file().exists());
    assert!(profile.names(&key.id()));
}

#[test]
fn a_wipe_leaves_nothing_of_any_session_but_the_keys_to_forget() {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = Profile::open(folder.path()).expect("opens");
    let first = sign_in(&profile);
    profile.set_aside().expect("set aside");
    let second = sign_in(&profile);
    fs::write(folder.path().join(".tmpAbCdEf"), "half a session").expect("written");
    let mut keys: Vec<_> = profile.wipe().iter().map(|key| key.as_str().to_owned()).collect();
    keys.sort();
    let mut expected = [first, second].map(|key| key.id().as_str().to_owned());
    expected.sort();
    assert_eq!(keys, expected);
    assert_eq!(names(folder.path()), ["forget", "lock"]);
    assert_eq!(profile.keys_to_forget().len(), 2, "for the next start");
    profile.keys_to_forget().iter().for_each(|key| profile.end_of_plan_to_forget(key));
    assert_eq!(names(folder.path()), ["lock"]);
}

/// Whatever of a wipe was done before the app was killed, the next start does the rest.
#[test]
fn a_wipe_is_finished_by_the_next_start() {
    for done in 0..6 {
        for begun in [SIGNING_OUT, "a farewell"] {
            let folder = tempfile::tempdir().expect("a folder");
            let profile = Profile::open(folder.path()).expect("opens");
            sign_in(&profile);
            profile.set_aside().expect("set aside");
            let key = sign_in(&profile);
            if begun == SIGNING_OUT {
                fs::write(folder.path().join(SIGNING_OUT), "1\n").expect("written");
            } else if done == 0 {
                make_private_folder(&folder.path().join(LEAVING)).expect("made");
                fs::write(profile.farewell(&key.id()), "").expect("written");
            } else {
                continue;
            }
            profile.of_sessions().iter().take(done).for_each(|path| remove(path));
            drop(profile);
            Profile::open(folder.path()).expect("opens");
            let mut left = names(folder.path());
            left.retain(|name| !["forget", "leaving", "lock"].contains(&name.as_str()));
            assert_eq!(left, Vec::<String>::new(), "{begun}, {done} removed");
        }
    }
}

/// Whenever the app was killed while one session took the place of another, the drafts are those of the session
/// that is here.
#[test]
fn drafts_go_with_the_session_that_is_here() {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = Profile::open(folder.path()).expect("opens");
    let old = sign_in(&profile);
    let new = Key::random();
    let key_of_drafts = |profile: &Profile| header_key(&profile.drafts_file()).map(|(_, key)| key);
    for (exchanged, expected) in [(false, &old), (true, &new)] {
        fs::write(profile.next_drafts_file(), seal(KeyPlace::Keyring, &new, b"drafts"))
            .expect("written");
        if exchanged {
            fs::write(profile.session_file(), seal(KeyPlace::Keyring, &new, b"session"))
                .expect("written");
        }
        profile.clean_up();
        assert_eq!(key_of_drafts(&profile), Some(expected.id()), "exchanged: {exchanged}");
        assert!(!profile.next_drafts_file().exists());
    }
}

/// The control of the two above: a session that nobody signs out of stays, whatever was interrupted.
#[test]
fn a_start_leaves_a_session_that_is_not_signed_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = Profile::open(folder.path()).expect("opens");
    let key = sign_in(&profile);
    make_private_folder(&folder.path().join(LEAVING)).expect("made");
    fs::write(profile.farewell_of_replaced(&key.id()), "").expect("written");
    fs::write(profile.farewell(&Key::random().id()), "").expect("written");
    make_private_folder(&folder.path().join("set-aside/1")).expect("made");
    let store = profile.store(key.id().as_str());
    let halves = ["leaving", "set-aside/1"].map(|name| folder.path().join(name));
    let halves = halves.into_iter().chain([folder.path().to_owned(), store]);
    let halves: Vec<_> = halves.map(|folder| folder.join(".tmp1")).collect();
    for half in &halves {
        fs::write(half, "").expect("written");
    }
    profile.plan_to_forget(key.id().as_str());
    drop(profile);
    let profile = Profile::open(folder.path()).expect("opens");
    assert!(profile.session_file().exists() && profile.drafts_file().exists());
    assert_eq!(names(&folder.path().join(STORES)), [key.id().as_str()]);
    assert!(profile.keys_to_forget().is_empty(), "the session needs it");
    assert!(!folder.path().join(FORGET).exists());
    for half in halves {
        assert!(!half.exists(), "{}", half.display());
    }
}
