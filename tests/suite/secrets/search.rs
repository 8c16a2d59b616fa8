//! Looking for secrets in whatever form they may have got out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, ReadDir};
use std::io;
use std::path::Path;

use aho_corasick::AhoCorasick;
use anyhow::Result;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use url::form_urlencoded;

/// Secrets by what they are, so that a finding says what got out without saying it.
#[derive(Default)]
pub struct Secrets(BTreeMap<Vec<u8>, String>);

/// Looks for all of them at once.
pub struct Search {
    names: Vec<String>,
    forms: AhoCorasick,
}

impl Secrets {
    /// Adds a secret.
    pub fn add(&mut self, what: &str, secret: impl AsRef<[u8]>) {
        self.0.insert(secret.as_ref().to_owned(), what.to_owned());
    }

    /// A search for those that are known so far.
    pub fn search(&self) -> Result<Search> {
        let (names, forms): (Vec<_>, Vec<_>) = self.forms().into_iter().unzip();
        Ok(Search { names, forms: AhoCorasick::new(forms)? })
    }

    /// Each secret in all its forms.
    pub fn forms(&self) -> Vec<(String, Vec<u8>)> {
        let mut all = Vec::new();
        for (secret, what) in &self.0 {
            let mut add = |form: &str, bytes: Vec<u8>| all.push((format!("{what}, {form}"), bytes));
            add("plain", secret.clone());
            let form: String = form_urlencoded::byte_serialize(secret).collect();
            add("URL-encoded", form.replace('+', "%20").into_bytes());
            add("in a form", form.into_bytes());
            let digits = secret.iter().flat_map(|byte| format!("{byte:02x}").into_bytes());
            add("hexadecimal", digits.collect());
            // Web views keep some of their texts in 16 bits a letter.
            add("in 16 bits", secret.iter().flat_map(|&byte| [byte, 0]).collect());
            for (shift, base64) in base64(secret).into_iter().enumerate() {
                add(&format!("base64 after {shift}"), base64.into_bytes());
            }
            if let Ok(text) = str::from_utf8(secret) {
                let json = serde_json::Value::from(text).to_string();
                add("JSON", json.trim_matches('"').as_bytes().to_owned());
            }
        }
        all
    }
}

impl Search {
    /// What is found in a text or file: secret and form.
    pub fn text(&self, hay: &[u8]) -> BTreeSet<String> {
        let found = self.forms.find_overlapping_iter(hay);
        found.map(|found| self.names[found.pattern()].clone()).collect()
    }

    /// What is found in the files of a folder, their names included.
    pub fn folder(&self, folder: &Path) -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        self.entries(fs::read_dir(folder)?, &mut found)?;
        Ok(found)
    }

    fn entries(&self, entries: ReadDir, found: &mut BTreeSet<String>) -> Result<()> {
        for entry in entries {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            let mut here = self.text(entry.file_name().as_encoded_bytes());
            if kind.is_dir() {
                if let Some(inside) = unless_gone(fs::read_dir(&path))? {
                    self.entries(inside, found)?;
                }
            } else if kind.is_file() {
                here.extend(self.text(&unless_gone(fs::read(&path))?.unwrap_or_default()));
            }
            found.extend(here.iter().map(|what| format!("{}: {what}", path.display())));
        }
        Ok(())
    }

    /// What is found in arguments and environment of a process and those it started.
    pub fn processes(&self, root: u32) -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        for pid in family(root)? {
            for file in ["cmdline", "environ"] {
                let content = unless_gone(fs::read(format!("/proc/{pid}/{file}")))?;
                let here = self.text(&content.unwrap_or_default());
                found.extend(here.iter().map(|what| format!("{file}: {what}")));
            }
        }
        Ok(found)
    }
}

/// A running app removes files and folders, and ends processes, while they are looked at.
fn unless_gone<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    /// What Linux says of a process that has ended (`ESRCH`).
    const NO_SUCH_PROCESS: i32 = 3;
    match read {
        Ok(there) => Ok(Some(there)),
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                || error.raw_os_error() == Some(NO_SUCH_PROCESS) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// How a secret looks inside of longer base64, which depends on how many bytes come before it, in both
/// alphabets. The letters at its ends, which are its neighbours' too, are left away.
fn base64(secret: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let shifted = [&vec![0; before], secret].concat();
        for engine in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            let text = engine.encode(&shifted);
            let (start, whole) = ((before * 8).div_ceil(6), shifted.len() * 8 / 6);
            forms.push(text[start..whole].to_owned());
        }
    }
    forms
}

/// A process and all that came from it.
fn family(root: u32) -> Result<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let parent =
            stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
        parents.extend(parent.map(|parent: u32| (pid, parent)));
    }
    let mut family = vec![root];
    let mut at = 0;
    while let Some(&member) = family.get(at) {
        family.extend(parents.iter().filter(|(_, parent)| *parent == member).map(|(pid, _)| pid));
        at += 1;
    }
    Ok(family)
}
