//! The guide: Markdown pages that come with the app.

use crate::{
    text::parse_markdown,
    wire::{Block, GuidePage, Inline},
};

macro_rules! pages {
    ($($number:literal $id:literal),* $(,)?) => {
        &[$(($id, include_str!(concat!("../../../../guide/en/", $number, "-", $id, ".md")))),*]
    };
}

/// The pages in their order: id and Markdown. The file's name is number and id.
const PAGES: &[(&str, &str)] = pages![
    "01" "quick-start",
    "02" "what-is-matrix",
    "03" "apps",
    "04" "account",
    "05" "lobby",
    "06" "rooms",
    "07" "say-hello",
    "08" "slack-teams-discord",
    "09" "privacy",
    "10" "help",
];

/// All pages, in order.
pub fn pages() -> Vec<GuidePage> {
    PAGES.iter().map(|(id, markdown)| page(id, markdown)).collect()
}

/// A page begins with its title and, in emphasis, a summary of one line.
fn page(id: &str, markdown: &str) -> GuidePage {
    let mut blocks = parse_markdown(markdown).into_iter().peekable();
    let mut page = GuidePage {
        id: id.to_owned(),
        title: String::new(),
        summary: String::new(),
        blocks: vec![],
    };
    if let Some(Block::Heading { level: 1, inlines }) = blocks.peek() {
        page.title = text_of(inlines);
        blocks.next();
    }
    if let Some(Block::Paragraph { inlines }) = blocks.peek()
        && let [Inline::Emphasis { inlines }] = inlines.as_slice()
    {
        page.summary = text_of(inlines);
        blocks.next();
    }
    page.blocks = blocks.collect();
    page
}

fn text_of(inlines: &[Inline]) -> String {
    let text = |inline: &Inline| match inline {
        Inline::Text { text } | Inline::Code { text } => text.clone(),
        Inline::Break => " ".to_owned(),
        Inline::Mention { name, .. } => name.clone(),
        holder => text_of(holder.inlines()),
    };
    inlines.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{catalogue::Catalogue, links::check_link};

    #[test]
    fn every_file_is_a_page_with_title_summary_and_text() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../guide/en");
        let files: BTreeSet<_> = std::fs::read_dir(folder)
            .expect("the folder is there")
            .map(|file| file.expect("readable").file_name().to_string_lossy().into_owned())
            .map(|name| name[3..name.len() - 3].to_owned())
            .collect();
        let pages = pages();
        assert_eq!(files, pages.iter().map(|page| page.id.clone()).collect());
        for page in &pages {
            assert!(!page.title.is_empty(), "{} has a title", page.id);
            assert!(!page.summary.is_empty(), "{} has a summary", page.id);
            assert!(page.blocks.len() > 2, "{} has a text", page.id);
        }
    }

    #[test]
    fn every_link_leads_somewhere() {
        let pages = pages();
        let catalogue = Catalogue::bundled();
        let mut links = 0;
        for page in &pages {
            // The tree's JSON holds every link, however deep it stands.
            let tree = serde_json::to_value(&page.blocks).expect("serialises");
            visit(&tree, &mut |node| {
                let field = |name: &str| node[name].as_str().unwrap_or_default();
                let found = match field("type") {
                    "page" => pages.iter().any(|other| other.id == field("id")),
                    "room" => catalogue.by_key(field("key")).is_some(),
                    "link" => check_link(field("href")).is_ok(),
                    _ => return,
                };
                assert!(found, "{}: {node}", page.id);
                links += 1;
            });
        }
        assert!(links > 20, "only {links} links were found");
    }

    fn visit(value: &serde_json::Value, see: &mut impl FnMut(&serde_json::Value)) {
        match value {
            serde_json::Value::Array(values) => values.iter().for_each(|value| visit(value, see)),
            serde_json::Value::Object(fields) => {
                see(value);
                fields.values().for_each(|value| visit(value, see));
            }
            _ => {}
        }
    }
}
