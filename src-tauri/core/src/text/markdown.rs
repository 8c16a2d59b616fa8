use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag};

use super::DEEPEST;
use crate::wire::{Block, Inline, TableRow};

/// Where a link of the guide leads.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Destination {
    /// A page of the guide, by id.
    Page(String),
    /// A room of the catalogue, by key.
    Room(String),
    /// The web, or an e-mail address.
    Web(String),
}

impl Destination {
    /// Reads a link's target: `page:ID`, `room:KEY`, or an address.
    fn parse(target: &str) -> Self {
        match target.split_once(':') {
            Some(("page", id)) => Self::Page(id.to_owned()),
            Some(("room", key)) => Self::Room(key.to_owned()),
            _ => Self::Web(target.to_owned()),
        }
    }
}

/// The guide's Markdown as a tree. Raw HTML and pictures, which the guide does not use, are
/// dropped.
pub fn parse_markdown(markdown: &str) -> Vec<Block> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_SMART_PUNCTUATION;
    let mut depth = 0;
    // The tree is made and drawn by recursion, so what is deeper stands in the deepest element.
    let mut events = Parser::new_ext(markdown, options).filter(move |event| match event {
        Event::Start(_) => {
            depth += 1;
            depth <= DEEPEST
        }
        Event::End(_) => {
            depth -= 1;
            depth < DEEPEST
        }
        _ => true,
    });
    blocks(&mut events)
}

/// Reads blocks until the end of the block around them.
fn blocks<'a>(events: &mut impl Iterator<Item = Event<'a>>) -> Vec<Block> {
    let mut found = Vec::new();
    // The text of a "tight" list item stands without a paragraph of its own.
    let mut loose: Vec<Inline> = Vec::new();
    while let Some(event) = events.next() {
        let block = match event {
            Event::End(_) => break,
            Event::Rule => Block::Rule,
            Event::Start(tag) => match block(tag, events) {
                Ok(block) => block,
                Err(tag) => {
                    loose.extend(container(tag, events));
                    continue;
                }
            },
            other => {
                loose.extend(leaf(other));
                continue;
            }
        };
        flush(&mut loose, &mut found);
        found.push(block);
    }
    flush(&mut loose, &mut found);
    found
}

fn flush(loose: &mut Vec<Inline>, found: &mut Vec<Block>) {
    if !loose.is_empty() {
        found.push(Block::Paragraph { inlines: std::mem::take(loose) });
    }
}

/// Reads one block; gives the tag back where it starts an inline instead.
fn block<'a>(tag: Tag<'a>, events: &mut impl Iterator<Item = Event<'a>>) -> Result<Block, Tag<'a>> {
    Ok(match tag {
        Tag::Paragraph => Block::Paragraph { inlines: inlines(events) },
        Tag::Heading { level, .. } => {
            Block::Heading { level: number(level), inlines: inlines(events) }
        }
        Tag::BlockQuote(_) => Block::Quote { blocks: blocks(events) },
        Tag::CodeBlock(_) => Block::Code { language: None, text: raw_text(events) },
        Tag::List(start) => Block::List { start, items: items(events) },
        Tag::Table(_) => table(events),
        other => return Err(other),
    })
}

fn items<'a>(events: &mut impl Iterator<Item = Event<'a>>) -> Vec<Vec<Block>> {
    let mut items = Vec::new();
    while let Some(Event::Start(Tag::Item)) = events.next() {
        items.push(blocks(events));
    }
    items
}

fn table<'a>(events: &mut impl Iterator<Item = Event<'a>>) -> Block {
    let (mut head, mut rows) = (Vec::new(), Vec::new());
    while let Some(Event::Start(tag)) = events.next() {
        let into = if matches!(tag, Tag::TableHead) { &mut head } else { &mut rows };
        let mut cells = Vec::new();
        while let Some(Event::Start(Tag::TableCell)) = events.next() {
            cells.push(inlines(events));
        }
        into.push(TableRow { cells });
    }
    Block::Table { head, rows }
}

/// Reads inlines until the end of what is around them.
fn inlines<'a>(events: &mut impl Iterator<Item = Event<'a>>) -> Vec<Inline> {
    let mut found = Vec::new();
    while let Some(event) = events.next() {
        match event {
            Event::End(_) => break,
            Event::Start(tag) => found.extend(container(tag, events)),
            other => found.extend(leaf(other)),
        }
    }
    found
}

fn leaf(event: Event<'_>) -> Option<Inline> {
    match event {
        Event::Text(text) => Some(Inline::Text { text: text.into_string() }),
        Event::Code(text) => Some(Inline::Code { text: text.into_string() }),
        Event::SoftBreak => Some(Inline::Text { text: " ".to_owned() }),
        Event::HardBreak => Some(Inline::Break),
        _ => None,
    }
}

fn container<'a>(tag: Tag<'a>, events: &mut impl Iterator<Item = Event<'a>>) -> Option<Inline> {
    let inlines = inlines(events);
    match tag {
        Tag::Strong => Some(Inline::Strong { inlines }),
        Tag::Emphasis => Some(Inline::Emphasis { inlines }),
        Tag::Strikethrough => Some(Inline::Strike { inlines }),
        Tag::Link { dest_url, .. } => Some(match Destination::parse(&dest_url) {
            Destination::Page(id) => Inline::Page { id, inlines },
            Destination::Room(key) => Inline::Room { key, inlines },
            Destination::Web(href) => Inline::Link { href, host: None, inlines },
        }),
        _ => None,
    }
}

fn raw_text<'a>(events: &mut impl Iterator<Item = Event<'a>>) -> String {
    let mut text = String::new();
    while let Some(Event::Text(part)) = events.next() {
        text.push_str(&part);
    }
    text
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Inline {
        Inline::Text { text: text.to_owned() }
    }

    #[test]
    fn every_construct_the_guide_uses() {
        let markdown = "## Title\n\nA **bold** *word* in\ntwo lines, `code`.\n\n\
            1. one\n2. [two](room:lobby)\n   - deep\n\n> said\n\n| a | b |\n|---|---|\n| c | [d](page:x) |\n\n\
            ```\nlet x;\n```\n\n---\n[web](https://galaxyproject.org/) <b>raw</b>\n";
        let tree = parse_markdown(markdown);
        assert_eq!(tree[0], Block::Heading { level: 2, inlines: vec![text("Title")] });
        assert_eq!(
            tree[1],
            Block::Paragraph {
                inlines: vec![
                    text("A "),
                    Inline::Strong { inlines: vec![text("bold")] },
                    text(" "),
                    Inline::Emphasis { inlines: vec![text("word")] },
                    text(" in"),
                    text(" "),
                    text("two lines, "),
                    Inline::Code { text: "code".to_owned() },
                    text("."),
                ]
            }
        );
        let room = Inline::Room { key: "lobby".to_owned(), inlines: vec![text("two")] };
        let paragraph = |inline| Block::Paragraph { inlines: vec![inline] };
        let deep = Block::List { start: None, items: vec![vec![paragraph(text("deep"))]] };
        assert_eq!(
            tree[2],
            Block::List {
                start: Some(1),
                items: vec![vec![paragraph(text("one"))], vec![paragraph(room), deep]],
            }
        );
        assert_eq!(tree[3], Block::Quote { blocks: vec![paragraph(text("said"))] });
        let page = Inline::Page { id: "x".to_owned(), inlines: vec![text("d")] };
        assert_eq!(
            tree[4],
            Block::Table {
                head: vec![TableRow { cells: vec![vec![text("a")], vec![text("b")]] }],
                rows: vec![TableRow { cells: vec![vec![text("c")], vec![page]] }],
            }
        );
        assert_eq!(tree[5], Block::Code { language: None, text: "let x;\n".to_owned() });
        assert_eq!(tree[6], Block::Rule);
        let Block::Paragraph { inlines } = &tree[7] else { panic!("{:?}", tree[7]) };
        assert_eq!(inlines.last(), Some(&text("raw")));
        assert_eq!(tree.len(), 8);
    }

    #[test]
    fn no_depth_overflows_the_stack() {
        for scrap in ["> ", "- ", "*a ", "**a ", "[", "~~a "] {
            let text = scrap.repeat(20_000);
            parse_markdown(&text);
            parse_markdown(&format!("{text}x{}", scrap.trim_end().repeat(20_000)));
        }
        let deep = parse_markdown(&"> ".repeat(20_000));
        let mut depth = 0;
        let mut inner = deep.as_slice();
        while let [Block::Quote { blocks }, ..] = inner {
            (depth, inner) = (depth + 1, blocks);
        }
        assert!(depth <= DEEPEST, "{depth}");
    }
}
