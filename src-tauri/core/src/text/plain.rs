use linkify::{LinkFinder, LinkKind};

use super::clean_line;
use crate::{
    links::check_link,
    wire::{Block, Inline},
};

/// Plain text as paragraphs; web addresses in it become links.
pub fn parse_plain(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for paragraph in text.replace("\r\n", "\n").split("\n\n") {
        let paragraph = paragraph.trim_matches('\n');
        if !paragraph.is_empty() {
            blocks.push(Block::Paragraph { inlines: parse_lines(paragraph) });
        }
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

fn parse_links(line: &str) -> impl Iterator<Item = Inline> + '_ {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let spans: Vec<_> =
        finder.spans(line).map(|span| (span.as_str(), span.kind().is_some())).collect();
    spans.into_iter().map(|(text, is_link)| {
        let inline = Inline::Text { text: text.to_owned() };
        match check_link(text) {
            Ok(url) if is_link => {
                Inline::Link { href: url.into(), host: None, inlines: vec![inline] }
            }
            _ => inline,
        }
    })
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
                Block::Paragraph { inlines: vec![plain("Bye "), plain("file:///etc/passwd")] },
            ]
        );
        assert_eq!(parse_plain("\n \n"), [Block::Paragraph { inlines: vec![plain(" ")] }]);
    }

    #[test]
    fn a_message_in_one_line() {
        assert_eq!(first_line("\n\n  one \ntwo"), "one");
        assert_eq!(first_line(""), "");
    }
}
