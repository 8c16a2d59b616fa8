use linkify::{LinkFinder, LinkKind};

use super::{MAX_PARTS, clean_line, size::size};
use crate::{
    address::{Meaning, Named, find_named, read_matrix_link},
    links::{check_link, host_to_show},
    wire::{Block, Inline},
};

/// Plain text as paragraphs; web addresses in it become links. Text of more lines and links than can be
/// drawn keeps its lines, without links.
pub fn parse_plain(text: &str) -> Vec<Block> {
    let text = text.replace("\r\n", "\n");
    let as_it_is = |text| vec![Block::Code { language: None, text }];
    // Each line is a part at least.
    let lines = text.split('\n').filter(|line| !line.is_empty()).count();
    if lines > MAX_PARTS {
        return as_it_is(text);
    }
    let mut blocks = Vec::new();
    for paragraph in text.split("\n\n") {
        let paragraph = paragraph.trim_matches('\n');
        if !paragraph.is_empty() {
            blocks.push(Block::Paragraph { inlines: parse_lines(paragraph) });
        }
    }
    if size(&blocks) > MAX_PARTS {
        return as_it_is(text);
    }
    blocks
}

/// The first line, for quoting a message in few words.
pub fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    clean_line(line, 160)
}

/// Text with its web addresses made links, and its line breaks kept.
pub(super) fn parse_lines(text: &str) -> Vec<Inline> {
    let mut inlines = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            inlines.push(Inline::Break);
        }
        inlines.extend(parse_links(line));
    }
    inlines
}

fn parse_links(line: &str) -> Vec<Inline> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let mut inlines = Vec::new();
    let mut plain = String::new();
    // Chinese and Japanese are written without blanks: what ends a sentence ends a link.
    for piece in line.split_inclusive(is_wide_punctuation) {
        for span in finder.spans(piece) {
            let text = span.as_str();
            let end = text.find(is_wide_punctuation).unwrap_or(text.len());
            let (text, rest) = text.split_at(end);
            if let Some(meaning) = read_matrix_link(text) {
                flush(&mut plain, &mut inlines);
                inlines.push(named(meaning, text));
                plain.push_str(rest);
                continue;
            }
            match check_link(text) {
                Ok(url) if span.kind().is_some() => {
                    flush(&mut plain, &mut inlines);
                    let host = host_to_show(&url, text);
                    let text = Inline::Text { text: text.to_owned() };
                    inlines.push(Inline::Link { href: url.into(), host, inlines: vec![text] });
                }
                _ => plain.push_str(text),
            }
            plain.push_str(rest);
        }
    }
    flush(&mut plain, &mut inlines);
    inlines
}

/// Moves the text that has no web address to the inlines; rooms and people in it become links and mentions.
fn flush(plain: &mut String, inlines: &mut Vec<Inline>) {
    let plain = std::mem::take(plain);
    let push_text = |text: &str, inlines: &mut Vec<Inline>| {
        if !text.is_empty() {
            inlines.push(Inline::Text { text: text.to_owned() });
        }
    };
    let mut end = 0;
    for Named { range, meaning } in find_named(&plain) {
        push_text(&plain[end..range.start], inlines);
        inlines.push(named(meaning, &plain[range.clone()]));
        end = range.end;
    }
    push_text(&plain[end..], inlines);
}

/// A person, or a room by what the text says itself.
fn named(meaning: Meaning, text: &str) -> Inline {
    if let Meaning::Person(user) = meaning {
        let user_id = user.to_string();
        let name = user_id.trim_start_matches('@').to_owned();
        return Inline::Mention { user_id, name };
    }
    let inlines = vec![Inline::Text { text: text.to_owned() }];
    Inline::RoomAddress { link: text.to_owned(), room: None, inlines }
}

/// Punctuation that is as wide as a Chinese character, and quotation marks.
fn is_wide_punctuation(character: char) -> bool {
    matches!(character, '\u{2018}'..='\u{201F}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}'
        | '\u{3014}'..='\u{301F}' | '\u{FE30}'..='\u{FE4F}' | '\u{FF01}'..='\u{FF0F}'
        | '\u{FF1A}'..='\u{FF20}' | '\u{FF3B}'..='\u{FF40}' | '\u{FF5B}'..='\u{FF65}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_lines_and_links() {
        let text = "Hello\nthere, see https://galaxyproject.org/.\n\n\nBye file:///etc/passwd";
        let link = Inline::Link {
            href: "https://galaxyproject.org/".to_owned(),
            host: None,
            inlines: vec![Inline::Text { text: "https://galaxyproject.org/".to_owned() }],
        };
        let plain = |text: &str| Inline::Text { text: text.to_owned() };
        assert_eq!(
            parse_plain(text),
            [
                Block::Paragraph {
                    inlines: vec![
                        plain("Hello"),
                        Inline::Break,
                        plain("there, see "),
                        link,
                        plain("."),
                    ]
                },
                Block::Paragraph { inlines: vec![plain("Bye file:///etc/passwd")] },
            ]
        );
        assert_eq!(parse_plain("\n \n"), [Block::Paragraph { inlines: vec![plain(" ")] }]);
    }

    /// Each link's address and host beside it.
    fn links(text: &str) -> Vec<(String, Option<String>)> {
        let inlines = parse_links(text).into_iter();
        let links = inlines.filter_map(|inline| match inline {
            Inline::Link { href, host, .. } => Some((href, host)),
            _ => None,
        });
        links.collect()
    }

    #[test]
    fn a_link_ends_where_its_sentence_ends() {
        let link = ("https://usegalaxy.org/".to_owned(), None);
        for text in [
            "https://usegalaxy.org。谢谢",
            "见https://usegalaxy.org，谢谢",
            "（https://usegalaxy.org）",
            "「https://usegalaxy.org」",
            "https://usegalaxy.org！",
            "“https://usegalaxy.org”",
        ] {
            assert_eq!(links(text), std::slice::from_ref(&link), "{text}");
            let shown = parse_links(text);
            let blocks = [Block::Paragraph { inlines: shown }];
            assert_eq!(super::super::size::texts(&blocks).concat(), text);
        }
        let two = "https://a.example。https://b.example/x。";
        assert_eq!(links(two).len(), 2);
    }

    #[test]
    fn rooms_and_people_are_named_by_any_form() {
        let room = |text: &str| Inline::RoomAddress {
            link: text.to_owned(),
            room: None,
            inlines: vec![Inline::Text { text: text.to_owned() }],
        };
        for text in [
            "#galaxyproject_dev:gitter.im",
            "https://matrix.to/#/%23galaxyproject_dev:gitter.im",
            "https://matrix.to/#/#galaxyproject_dev:gitter.im",
            "matrix:r/galaxyproject_dev:gitter.im",
        ] {
            let shown = parse_lines(&format!("See {text}, please"));
            let plain = |text: &str| Inline::Text { text: text.to_owned() };
            assert_eq!(shown, [plain("See "), room(text), plain(", please")], "{text}");
        }
        for text in [
            "@helper:example.org",
            "https://matrix.to/#/@helper:example.org",
            "matrix:u/helper:example.org",
        ] {
            let mention = Inline::Mention {
                user_id: "@helper:example.org".to_owned(),
                name: "helper:example.org".to_owned(),
            };
            assert_eq!(parse_lines(text), [mention], "{text}");
        }
        // What is not whole leads to the browser, as every other page.
        assert_eq!(links("https://matrix.to/#/x:y").len(), 1);
    }

    #[test]
    fn lookalikes_show_where_they_lead() {
        let found = links("https://gаlaxyproject.org/ https://galaxyproject.org/");
        let [(_, Some(host)), (_, None)] = &found[..] else { panic!("{found:?}") };
        assert!(host.starts_with("xn--"), "{host}");
    }

    #[test]
    fn hostile_text_is_bounded_and_kept() {
        for hostile in crate::text::hostile::bodies() {
            let blocks = parse_plain(&hostile.body);
            assert!(size(&blocks) <= MAX_PARTS, "{}", hostile.name);
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
            let shown = super::super::size::texts(&blocks).concat();
            assert_eq!(letters(&shown), letters(&hostile.body), "{}", hostile.name);
        }
    }

    #[test]
    fn a_message_in_one_line() {
        assert_eq!(first_line("\n\n  one \ntwo"), "one");
        assert_eq!(first_line(""), "");
    }
}
