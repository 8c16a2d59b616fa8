use crate::wire::{Block, Inline};

/// How many parts the window draws for a text: blocks, items, cells and inlines.
pub fn size(blocks: &[Block]) -> usize {
    blocks.iter().map(block).sum()
}

fn block(block: &Block) -> usize {
    1 + match block {
        Block::Paragraph { inlines } | Block::Heading { inlines, .. } => inlines_size(inlines),
        Block::Quote { blocks } => size(blocks),
        Block::List { items, .. } => items.iter().map(|item| 1 + size(item)).sum(),
        Block::Table { head, rows } => {
            let cells = head.iter().chain(rows).flat_map(|row| &row.cells);
            head.len() + rows.len() + cells.map(|cell| 1 + inlines_size(cell)).sum::<usize>()
        }
        Block::Code { .. } | Block::Rule => 0,
    }
}

fn inlines_size(inlines: &[Inline]) -> usize {
    inlines.iter().map(|inline| 1 + inlines_size(inline.inlines())).sum()
}

/// The runs of text, in order.
#[cfg(test)]
pub fn texts(blocks: &[Block]) -> Vec<&str> {
    let mut found = Vec::new();
    for block in blocks {
        match block {
            Block::Paragraph { inlines } | Block::Heading { inlines, .. } => {
                collect(inlines, &mut found);
            }
            Block::Quote { blocks } => found.extend(texts(blocks)),
            Block::List { items, .. } => items.iter().for_each(|item| found.extend(texts(item))),
            Block::Table { head, rows } => {
                let cells = head.iter().chain(rows).flat_map(|row| &row.cells);
                cells.for_each(|cell| collect(cell, &mut found));
            }
            Block::Code { text, .. } => found.push(text),
            Block::Rule => {}
        }
    }
    found
}

#[cfg(test)]
fn collect<'a>(inlines: &'a [Inline], found: &mut Vec<&'a str>) {
    for inline in inlines {
        if let Inline::Text { text } | Inline::Code { text } = inline {
            found.push(text);
        }
        collect(inline.inlines(), found);
    }
}
