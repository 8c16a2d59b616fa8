//! From a text to the pieces of it that may be addresses.

use crate::{links::is_deceptive, text::clean_line};

/// What is shown of a pasted text, in characters.
const LONGEST_SHOWN: usize = 120;

/// What parts a text into pieces and is no part of any address.
pub(super) const SEPARATORS: &[char] = &[
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

/// The text on one line, without what cannot be seen.
pub(super) fn clean(text: &str) -> String {
    clean_line(text, usize::MAX)
}

/// Takes back what programs do to characters: Markdown's backslashes, HTML's character references, and
/// `=3D`, which is mail's encoding of `=` (quoted-printable). Of the references those of visible ASCII
/// characters, as no others stand in an address for no reason.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (character, length) = match first {
            '\\' => escaped(rest),
            '&' => reference(rest),
            '=' if rest.get(1..3).is_some_and(|hex| hex.eq_ignore_ascii_case("3d")) => {
                Some(('=', 3))
            }
            _ => None,
        }
        .unwrap_or((first, first.len_utf8()));
        plain.push(character);
        rest = &rest[length..];
    }
    plain
}

/// A character behind a backslash, and the length of both. Source: the Markdown
/// specification of `CommonMark`, "Backslash escapes".
fn escaped(text: &str) -> Option<(char, usize)> {
    let next = text.chars().nth(1)?;
    next.is_ascii_punctuation().then_some((next, 2))
}

/// The character that a reference stands for, and the reference's length.
fn reference(text: &str) -> Option<(char, usize)> {
    const NAMES: &[(&str, char)] = &[
        ("amp", '&'),
        ("num", '#'),
        ("lowbar", '_'),
        ("colon", ':'),
        ("sol", '/'),
        ("commat", '@'),
    ];
    let end = text.bytes().take(10).position(|b| b == b';')?;
    let name = &text[1..end];
    let character = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(char::is_ascii_graphic)?
        }
        None => NAMES.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((character, end + 1))
}

/// The text with its lines put together as they were before a mail program broke them: without the marks
/// of quotations, and without the `=` at a line's end of quoted-printable. `None` where it is one line.
pub(super) fn unfold(text: &str) -> Option<String> {
    let mut lines = text.lines().map(|line| line.trim_start_matches(['>', ' ', '\t']).trim_end());
    let first = lines.next()?.to_owned();
    let unfolded = lines.fold(first, |mut text, line| {
        if text.ends_with('=') {
            text.pop();
        }
        text + line
    });
    (text.trim().lines().count() > 1).then_some(unfolded)
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
    if ["%23", "%21", "%40"].iter().any(|sigil| piece.starts_with(sigil)) {
        return Part::Identifier(piece);
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
    // Chinese and Japanese are written without blanks. `web+matrix:` is what a page may register in a
    // browser.
    (!before.is_some_and(|before| before.is_ascii_alphanumeric() || before == '.')).then_some(start)
}

/// Adds to a name what may be the rest of it, behind a blank or another separator in the text: the words up
/// to the next colon, where that is near.
pub(super) fn lengthen(name: &mut String, cleaned: &str) {
    /// In bytes.
    const NEAR: usize = 60;
    let Some(start) = cleaned.find(&**name) else { return };
    let rest = &cleaned[start + name.len()..];
    if let Some((more, _)) = rest.split_once(':').filter(|(more, _)| more.len() <= NEAR) {
        name.push_str(more);
    }
}
