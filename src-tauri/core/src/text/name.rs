use crate::links::is_deceptive;

/// Longer names are cut.
const LONGEST_NAME: usize = 80;

/// Words of others are quoted no longer than this, in characters.
const MAX_QUOTED: usize = 300;

/// A name as it may be shown: on one line, without characters that turn, hide or blank what is
/// around them. `fallback` (a Matrix ID or a room's id) stands in where nothing visible is left.
pub fn display_name(name: Option<&str>, fallback: &str) -> String {
    let cleaned = clean_line(name.unwrap_or_default(), LONGEST_NAME);
    if cleaned.chars().any(char::is_alphanumeric) || has_symbol(&cleaned) {
        cleaned
    } else {
        clean_line(fallback, 255)
    }
}

/// One line of at most `longest` characters, without deceptive ones.
pub fn clean_line(text: &str, longest: usize) -> String {
    let mut visible = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        // A selector of variants changes how an emoji is drawn, a key with a figure on it included, and nothing
        // about a letter.
        let is_hidden = is_selector(character)
            && visible.ends_with(char::is_alphanumeric)
            && characters.peek() != Some(&KEY);
        if character.is_whitespace() {
            visible.push(' ');
        } else if !is_hidden && !is_deceptive(character) {
            visible.push(character);
        }
    }
    let mut words = visible.split(' ').filter(|word| !word.is_empty());
    let mut line = words.next().unwrap_or_default().to_owned();
    for word in words {
        line.push(' ');
        line.push_str(word);
    }
    if line.chars().count() > longest {
        line = line.chars().take(longest.saturating_sub(1)).chain(['…']).collect();
    }
    line
}

/// The words of a server or a person, fit to be quoted in one line; `None` where there are none.
pub fn quotable(words: &str) -> Option<String> {
    Some(clean_line(words, MAX_QUOTED)).filter(|words| !words.is_empty())
}

/// Emoji and other pictures make a name; combining marks and blanks alone do not.
fn has_symbol(name: &str) -> bool {
    name.chars().any(|c| !c.is_whitespace() && !is_combining(c) && c != '…')
}

/// Draws the figure before it as a key.
const KEY: char = '\u{20E3}';

fn is_selector(c: char) -> bool {
    matches!(c, '\u{FE0E}' | '\u{FE0F}')
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE0F}' | '\u{FE20}'..='\u{FE2F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_cleaned_or_replaced() {
        let id = "@newcomer:example.org";
        for (name, shown) in [
            ("Helper", "Helper"),
            ("  Helper \n of\tGalaxy ", "Helper of Galaxy"),
            ("\u{202E}nimda", "nimda"),
            ("adm\u{200B}in", "admin"),
            ("مساعد", "مساعد"),
            ("👋", "👋"),
            ("", id),
            (" \u{200B}\u{2800}\u{3164} ", id),
            ("\u{0301}\u{0301}", id),
            ("\u{2066}\u{2069}", id),
            ("\u{1D159}\u{1D173}\u{1D17A}", id),
            ("\u{1BCA0}\u{1BCA3}", id),
            ("\u{13430}\u{16FE4}", id),
            ("Hel\u{034F}per", "Helper"),
            ("Hel\u{FE0E}per", "Helper"),
            ("Hel\u{FE0F}\u{FE0F}per", "Helper"),
            ("H\u{FE01}elper", "Helper"),
            ("1\u{FE0F}\u{20E3} ❤\u{FE0F}", "1\u{FE0F}\u{20E3} ❤\u{FE0F}"),
            ("\u{FE0F}", id),
            ("\u{0489}", id),
        ] {
            assert_eq!(display_name(Some(name), id), shown, "{name:?}");
        }
        assert_eq!(display_name(None, id), id);
        assert_eq!(display_name(Some(&"x".repeat(500)), id).chars().count(), LONGEST_NAME);
    }
}
