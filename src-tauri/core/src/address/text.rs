//! From a text to the pieces of it that may be addresses.

use crate::{links::is_deceptive, text::clean_line};

/// What is shown of a pasted text, in characters.
const LONGEST_SHOWN: usize = 120;

/// What parts a text into pieces and is no part of any address.
const SEPARATORS: &[char] = &[
    ' ', '<', '>', '"', '`', '|', '\\', '^', '“', '”', '„', '‟', '«', '»', '‹', '›', '「', '」',
    '『', '』', '【', '】', '《', '》', '、', '。',
];

/// What may stand before an address without being part of it.
const BEFORE: &[char] = &[
    '(', '[', '{', '\'', '*', '_', '~', ',', ';', '.', ':', '‘', '’', '‚', '-', '–', '—', '•', '·',
    '=', '→', '?', '/',
];

/// What may stand after it.
const AFTER: &[char] = &[
    ')', ']', '}', '\'', '*', '_', '~', ',', ';', '.', ':', '!', '?', '…', '‘', '’', '–', '—', '→',
];

/// Where links begin, in lower case.
const SCHEMES: &[&str] = &[
    "https://",
    "http://",
    "matrix:",
    "galaxy-chat:",
    "element://",
    "io.element.desktop:/",
    "schildichat://",
    "im.fluffychat://",
];

/// Sites that people name without `https://`.
const SITES: &[&str] = &[
    "matrix.to/",
    "gitter.im/",
    "app.element.io/",
    "app.cinny.in/",
    "gxy.io/",
    "training.galaxyproject.org/",
    "archive.matrix.org/",
];

/// What a piece is.
pub(super) enum Part<'a> {
    /// A link.
    Link(&'a str),
    /// An identifier with its first character.
    Identifier(&'a str),
    /// Neither to be seen.
    Bare,
}

/// Characters that are no part of any address and show nothing.
pub(super) fn is_junk(character: char) -> bool {
    (is_deceptive(character) && !matches!(character, '\n' | '\r' | '\t'))
        || matches!(character, '\u{00A0}' | '\u{202F}' | '\u{3000}' | '\u{2000}'..='\u{200A}')
}

/// The text on one line, without what cannot be seen, and with the ampersands of a page's source
/// made plain.
pub(super) fn clean(text: &str) -> String {
    clean_line(text, usize::MAX).replace("&amp;", "&").replace("&#35;", "#")
}

/// The text with wide and other lookalike punctuation made plain.
pub(super) fn narrow(text: &str) -> String {
    let plain = |character| match character {
        '\u{FF01}'..='\u{FF5E}' => {
            u32::from(character).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(character)
        }
        '∶' | '꞉' | '﹕' => ':',
        '﹟' | '♯' => '#',
        '﹫' => '@',
        '⁄' | '∕' => '/',
        _ => character,
    };
    text.chars().map(plain).collect()
}

/// A text as it may stand in a sentence.
pub(super) fn shown(text: &str) -> String {
    clean_line(text, LONGEST_SHOWN)
}

/// What stands between separators, without what is around it; nothing is empty.
pub(super) fn pieces(cleaned: &str) -> Vec<&str> {
    cleaned
        .split(SEPARATORS)
        // A Markdown link is its text, `](` and where it leads.
        .flat_map(|piece| piece.split("]("))
        .map(trim)
        .filter(|piece| !piece.is_empty())
        .collect()
}

fn trim(piece: &str) -> &str {
    let emphasised = piece.starts_with('_');
    let mut trimmed = piece.trim_start_matches(BEFORE);
    while let Some(last) = trimmed.chars().next_back().filter(|last| AFTER.contains(last)) {
        let belongs = match last {
            // Opened inside: `#room:[::1]`.
            ']' => trimmed.contains('['),
            ')' => trimmed.contains('('),
            // Ids may end so.
            '_' => !emphasised,
            _ => false,
        };
        if belongs {
            break;
        }
        trimmed = &trimmed[..trimmed.len() - last.len_utf8()];
    }
    trimmed
}

/// Finds where in a piece the link or the identifier begins.
pub(super) fn part(piece: &str) -> Part<'_> {
    if piece.starts_with(['#', '!', '@', '$', '+']) {
        // The `#` of a heading in front of that of the room.
        let heading = piece.len() - piece.trim_start_matches('#').len();
        return Part::Identifier(&piece[heading.saturating_sub(1)..]);
    }
    // ASCII only, so that places in it are places in the piece.
    let lower = piece.to_ascii_lowercase();
    let starts = SCHEMES.iter().filter_map(|scheme| find_start(&lower, scheme));
    if let Some(start) = starts.min() {
        return Part::Link(&piece[start..]);
    }
    let bare = lower.strip_prefix("www.").or(lower.strip_prefix("app.")).unwrap_or(&lower);
    if SITES.iter().any(|site| lower.starts_with(site) || bare.starts_with(site)) {
        return Part::Link(piece);
    }
    match piece.find('#') {
        Some(start) => Part::Identifier(&piece[start..]),
        None => Part::Bare,
    }
}

/// Where a scheme stands that is not the end of a longer word.
fn find_start(lower: &str, scheme: &str) -> Option<usize> {
    let start = lower.find(scheme)?;
    let before = lower[..start].chars().next_back();
    // `web+matrix:` is what a page may register in a browser.
    (!before.is_some_and(|before| before.is_alphanumeric() || before == '.')).then_some(start)
}
