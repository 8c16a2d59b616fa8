use matrix_sdk::ruma::html::{ElementData, Html, NodeRef};

use super::{DEEPEST, MAX_PARTS, display_name, plain::parse_lines, size::size};
use crate::{
    address::{Meaning, read_matrix_link},
    links::{check_link, host_to_show},
    wire::{Block, Inline, TableRow},
};

/// What a spoiler says of itself is a few words, in characters.
const LONGEST_REASON: usize = 60;

/// Elements whose content is never text for people.
const UNSEEN: [&str; 10] = [
    "mx-reply", "script", "style", "template", "iframe", "object", "noscript", "title", "svg",
    "math",
];

/// A message's HTML as a tree. Only what the tree can say survives; `None` where that is nothing, or
/// where the markup is too large to be honest, and the plain body should be shown instead. The parser
/// itself has limits (`vendor/ruma-html`) and gives nothing for what passes them.
pub fn parse_html(html: &str) -> Option<Vec<Block>> {
    let html = Html::parse(html);
    let found = blocks(html.children(), 0);
    (!found.is_empty() && size(&found) <= MAX_PARTS).then_some(found)
}

fn blocks(nodes: impl Iterator<Item = NodeRef>, depth: usize) -> Vec<Block> {
    let mut found = Vec::new();
    if depth > DEEPEST {
        return found;
    }
    let mut loose = Vec::new();
    for node in nodes {
        let Some(element) = node.as_element().filter(|element| is_block(name(element))) else {
            inline(&node, depth, &mut loose);
            continue;
        };
        flush(&mut loose, &mut found);
        block(element, &node, depth + 1, &mut found);
    }
    flush(&mut loose, &mut found);
    found
}

fn flush(loose: &mut Vec<Inline>, found: &mut Vec<Block>) {
    let inlines = std::mem::take(loose);
    if !inlines.iter().all(is_blank) {
        found.push(Block::Paragraph { inlines });
    }
}

fn is_blank(inline: &Inline) -> bool {
    match inline {
        Inline::Text { text } => text.trim().is_empty(),
        Inline::Break => true,
        Inline::Code { .. }
        | Inline::Mention { .. }
        | Inline::Link { .. }
        | Inline::Room { .. }
        | Inline::RoomAddress { .. }
        | Inline::Page { .. } => false,
        format => format.inlines().iter().all(is_blank),
    }
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "pre"
            | "blockquote"
            | "ul"
            | "ol"
            | "li"
            | "table"
            | "hr"
            | "div"
            | "details"
            | "summary"
    )
}

fn block(element: &ElementData, node: &NodeRef, depth: usize, found: &mut Vec<Block>) {
    match name(element) {
        "pre" => found.push(code(node)),
        "hr" => found.push(Block::Rule),
        "blockquote" => found.push(Block::Quote { blocks: blocks(node.children(), depth) }),
        "ul" => found.push(Block::List { start: None, items: items(node, depth) }),
        "ol" => {
            let start = attribute(element, "start").and_then(|start| start.parse::<u32>().ok());
            found.push(Block::List {
                start: Some(start.unwrap_or(1).into()),
                items: items(node, depth),
            });
        }
        "table" => {
            found.extend(captions(node, depth));
            found.push(table(node, depth));
        }
        heading @ ("h1" | "h2" | "h3" | "h4" | "h5" | "h6") => {
            let level = heading.as_bytes()[1] - b'0';
            found.push(Block::Heading { level, inlines: inlines(node, depth) });
        }
        _ => found.extend(blocks(node.children(), depth)),
    }
}

fn items(list: &NodeRef, depth: usize) -> Vec<Vec<Block>> {
    let is_item = |node: &NodeRef| node.as_element().is_some_and(|element| name(element) == "li");
    list.children().filter(is_item).map(|item| blocks(item.children(), depth + 1)).collect()
}

fn table(table: &NodeRef, depth: usize) -> Block {
    let (mut head, mut rows, mut foot) = (Vec::new(), Vec::new(), Vec::new());
    for node in table.children() {
        match node.as_element().map(name) {
            Some("tr") => body_row(&node, depth, &mut head, &mut rows),
            // Whatever its cells are made of.
            Some("thead") => head.extend(rows_in(&node).map(|node| row(&node, depth).1)),
            Some("tbody") => {
                rows_in(&node).for_each(|node| body_row(&node, depth, &mut head, &mut rows));
            }
            // It may stand before the bodies, and is drawn below them.
            Some("tfoot") => foot.extend(rows_in(&node).map(|node| row(&node, depth).1)),
            _ => {}
        }
    }
    rows.extend(foot);
    Block::Table { head, rows }
}

/// A table's caption, which is drawn above it.
fn captions(table: &NodeRef, depth: usize) -> impl Iterator<Item = Block> + use<> {
    let is_caption = |node: &NodeRef| node.as_element().map(name) == Some("caption");
    let captions = table.children().filter(is_caption);
    captions.map(move |caption| Block::Paragraph { inlines: inlines(&caption, depth) })
}

fn rows_in(section: &NodeRef) -> impl Iterator<Item = NodeRef> + use<> {
    section.children().filter(|node| node.as_element().map(name) == Some("tr"))
}

/// Adds a row to the body; one of headings at its very beginning belongs to the head.
fn body_row(node: &NodeRef, depth: usize, head: &mut Vec<TableRow>, rows: &mut Vec<TableRow>) {
    let (is_head, row) = row(node, depth);
    if is_head && rows.is_empty() {
        head.push(row);
    } else {
        rows.push(row);
    }
}

/// One row, and whether it is made of headings.
fn row(row: &NodeRef, depth: usize) -> (bool, TableRow) {
    let mut is_head = true;
    let mut cells = Vec::new();
    for cell in row.children() {
        match cell.as_element().map(name) {
            Some("th") => {}
            Some("td") => is_head = false,
            _ => continue,
        }
        cells.push(inlines(&cell, depth + 1));
    }
    (is_head, TableRow { cells })
}

fn code(pre: &NodeRef) -> Block {
    let language = pre.children().find_map(|child| {
        let class = attribute(child.as_element()?, "class")?;
        let language = class.split(' ').find_map(|class| class.strip_prefix("language-"))?;
        Some(language.chars().filter(char::is_ascii_alphanumeric).take(20).collect())
    });
    Block::Code { language, text: text_of(pre) }
}

fn inlines(node: &NodeRef, depth: usize) -> Vec<Inline> {
    let mut found = Vec::new();
    for child in node.children() {
        inline(&child, depth + 1, &mut found);
    }
    found
}

fn inline(node: &NodeRef, depth: usize, found: &mut Vec<Inline>) {
    if let Some(text) = node.as_text() {
        found.extend(text_inlines(&text.borrow()));
    }
    let Some(element) = node.as_element().filter(|_| depth <= DEEPEST) else { return };
    match name(element) {
        "br" => found.push(Inline::Break),
        "b" | "strong" => found.push(Inline::Strong { inlines: inlines(node, depth) }),
        "i" | "em" => found.push(Inline::Emphasis { inlines: inlines(node, depth) }),
        "del" | "s" | "strike" => found.push(Inline::Strike { inlines: inlines(node, depth) }),
        "u" => found.push(Inline::Underline { inlines: inlines(node, depth) }),
        "sup" => found.push(Inline::Superscript { inlines: inlines(node, depth) }),
        "sub" => found.push(Inline::Subscript { inlines: inlines(node, depth) }),
        "span" if attribute(element, "data-mx-spoiler").is_some() => {
            found.push(spoiler(element, node, depth));
        }
        "code" | "tt" => found.push(Inline::Code { text: text_of(node) }),
        "a" => found.extend(link(element, node, depth)),
        "img" => found.extend(picture(element)),
        unseen if UNSEEN.contains(&unseen) => {}
        _ => found.extend(inlines(node, depth)),
    }
}

fn spoiler(element: &ElementData, node: &NodeRef, depth: usize) -> Inline {
    let reason = attribute(element, "data-mx-spoiler").unwrap_or_default();
    let reason = super::clean_line(&reason, LONGEST_REASON);
    let reason = (!reason.is_empty()).then_some(reason);
    Inline::Spoiler { reason, inlines: inlines(node, depth) }
}

/// White space in HTML, line breaks included, is one blank.
fn text_inlines(text: &str) -> Vec<Inline> {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            ' ' | '\t' | '\r' | '\n' if line.ends_with(' ') => {}
            ' ' | '\t' | '\r' | '\n' => line.push(' '),
            other => line.push(other),
        }
    }
    if line.is_empty() { Vec::new() } else { parse_lines(&line) }
}

/// A link becomes a mention, a link, or, where it may not be opened, its text alone. What its text covers stays
/// so: the whole of it is covered, as a press on a part could not tell what is meant.
fn link(element: &ElementData, node: &NodeRef, depth: usize) -> Vec<Inline> {
    let inside = inlines(node, depth);
    let covered = spoiler_reason(&inside).map(ToOwned::to_owned);
    let target = attribute(element, "href").unwrap_or_default();
    let inlines = linked(target, node, without_links(inside));
    match covered {
        Some(reason) => vec![Inline::Spoiler { reason, inlines }],
        None => inlines,
    }
}

fn linked(target: String, node: &NodeRef, inlines: Vec<Inline>) -> Vec<Inline> {
    // What is drawn can be less than what is there, or more.
    let mut drawn = String::new();
    collect_drawn(&inlines, &mut drawn);
    match read_matrix_link(&target) {
        Some(Meaning::Person(user)) => {
            let name = text_of(node);
            let name = display_name(Some(name.trim_start_matches('@')), user.as_str());
            return vec![Inline::Mention { user_id: user.to_string(), name }];
        }
        Some(Meaning::Room(found)) => {
            let room = found.room.to_string();
            let is_shown = drawn.trim() == room || drawn.trim() == target;
            let room = (!is_shown).then_some(room);
            return vec![Inline::RoomAddress { link: target, room, inlines }];
        }
        _ => {}
    }
    match check_link(&target) {
        Ok(url) => {
            let host = host_to_show(&url, &drawn);
            vec![Inline::Link { href: url.into(), host, inlines }]
        }
        Err(_) => inlines,
    }
}

/// What the first spoiler within says of itself.
fn spoiler_reason(inlines: &[Inline]) -> Option<&Option<String>> {
    inlines.iter().find_map(|inline| match inline {
        Inline::Spoiler { reason, .. } => Some(reason),
        other => spoiler_reason(other.inlines()),
    })
}

/// A link's text is not searched for further links.
fn without_links(inlines: Vec<Inline>) -> Vec<Inline> {
    let unwrap = |inline| match inline {
        Inline::Link { inlines, .. } | Inline::RoomAddress { inlines, .. } => {
            without_links(inlines)
        }
        Inline::Mention { name, .. } => vec![Inline::Text { text: format!("@{name}") }],
        Inline::Strong { inlines } => vec![Inline::Strong { inlines: without_links(inlines) }],
        Inline::Emphasis { inlines } => vec![Inline::Emphasis { inlines: without_links(inlines) }],
        Inline::Strike { inlines } => vec![Inline::Strike { inlines: without_links(inlines) }],
        Inline::Underline { inlines } => {
            vec![Inline::Underline { inlines: without_links(inlines) }]
        }
        Inline::Superscript { inlines } => {
            vec![Inline::Superscript { inlines: without_links(inlines) }]
        }
        Inline::Subscript { inlines } => {
            vec![Inline::Subscript { inlines: without_links(inlines) }]
        }
        // The link is covered in its place.
        Inline::Spoiler { inlines, .. } => without_links(inlines),
        other => vec![other],
    };
    inlines.into_iter().flat_map(unwrap).collect()
}

/// The text that these are drawn as.
pub(super) fn collect_drawn(inlines: &[Inline], into: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text { text } | Inline::Code { text } => into.push_str(text),
            Inline::Break => into.push('\n'),
            Inline::Mention { name, .. } => {
                into.push('@');
                into.push_str(name);
            }
            holder => collect_drawn(holder.inlines(), into),
        }
    }
}

/// Pictures are not loaded; what they are called stands in for them.
fn picture(element: &ElementData) -> Option<Inline> {
    let text = attribute(element, "alt").or_else(|| attribute(element, "title"))?;
    Some(Inline::Text { text: super::clean_line(&text, 100) })
}

fn text_of(node: &NodeRef) -> String {
    let mut text = String::new();
    collect_text(node, 0, &mut text);
    text
}

fn collect_text(node: &NodeRef, depth: usize, into: &mut String) {
    if let Some(text) = node.as_text() {
        into.push_str(&text.borrow());
    }
    match node.as_element().map(name) {
        Some("br") => into.push('\n'),
        Some(unseen) if UNSEEN.contains(&unseen) => {}
        _ if depth > DEEPEST => {}
        _ => node.children().for_each(|child| collect_text(&child, depth + 1, into)),
    }
}

fn name(element: &ElementData) -> &str {
    &element.name.local
}

fn attribute(element: &ElementData, wanted: &str) -> Option<String> {
    let attributes = element.attrs.borrow();
    attributes
        .iter()
        .find(|attribute| &*attribute.name.local == wanted)
        .map(|attribute| attribute.value.to_string())
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
