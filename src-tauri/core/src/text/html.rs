use matrix_sdk::ruma::html::{ElementData, Html, NodeRef};

use super::{DEEPEST, MAX_PARTS, display_name, plain::parse_lines, size::size};
use crate::{
    address::read_person,
    links::{check_link, host_to_show},
    wire::{Block, Inline, TableRow},
};

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
        Inline::Strong { inlines } | Inline::Emphasis { inlines } | Inline::Strike { inlines } => {
            inlines.iter().all(is_blank)
        }
        _ => false,
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
        "table" => found.push(table(node, depth)),
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
    let mut rows = Vec::new();
    let mut sections = vec![table.clone()];
    while let Some(section) = sections.pop() {
        for node in section.children() {
            match node.as_element().map(name) {
                Some("tr") => rows.push(row(&node, depth)),
                Some("thead" | "tbody" | "tfoot") => sections.push(node),
                _ => {}
            }
        }
    }
    let (head, rows) = rows.into_iter().partition::<Vec<_>, _>(|(is_head, _)| *is_head);
    let rows_of = |rows: Vec<(bool, TableRow)>| rows.into_iter().map(|(_, row)| row).collect();
    Block::Table { head: rows_of(head), rows: rows_of(rows) }
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
        "code" | "tt" => found.push(Inline::Code { text: text_of(node) }),
        "a" => found.extend(link(element, node, depth)),
        "img" => found.extend(picture(element)),
        unseen if UNSEEN.contains(&unseen) => {}
        _ => found.extend(inlines(node, depth)),
    }
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

/// A link becomes a mention, a link, or, where it may not be opened, its text alone.
fn link(element: &ElementData, node: &NodeRef, depth: usize) -> Vec<Inline> {
    let target = attribute(element, "href").unwrap_or_default();
    let text = text_of(node);
    if let Some(user) = read_person(&target) {
        let name = display_name(Some(text.trim_start_matches('@')), user.as_str());
        return vec![Inline::Mention { user_id: user.to_string(), name }];
    }
    let inlines = without_links(inlines(node, depth));
    match check_link(&target) {
        Ok(url) => {
            let host = host_to_show(&url, &text);
            vec![Inline::Link { href: url.into(), host, inlines }]
        }
        Err(_) => inlines,
    }
}

/// A link's text is not searched for further links.
fn without_links(inlines: Vec<Inline>) -> Vec<Inline> {
    let unwrap = |inline| match inline {
        Inline::Link { inlines, .. } => inlines,
        other => vec![other],
    };
    inlines.into_iter().flat_map(unwrap).collect()
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
mod tests {
    use matrix_sdk::ruma::MatrixToUri;

    use super::*;

    fn text(text: &str) -> Inline {
        Inline::Text { text: text.to_owned() }
    }

    fn paragraph(inlines: Vec<Inline>) -> Block {
        Block::Paragraph { inlines }
    }

    #[test]
    fn what_people_write() {
        let html = "<p>Try <strong>this</strong>:</p><pre><code class=\"language-python\">a = 1\n\
            b &lt; 2\n</code></pre><ol start=\"3\"><li>one</li><li><p>two</p></li></ol>\
            <blockquote>said<br>so</blockquote>loose <em>end</em>";
        assert_eq!(
            parse_html(html).expect("small"),
            [
                paragraph(vec![
                    text("Try "),
                    Inline::Strong { inlines: vec![text("this")] },
                    text(":")
                ]),
                Block::Code {
                    language: Some("python".to_owned()),
                    text: "a = 1\nb < 2\n".to_owned()
                },
                Block::List {
                    start: Some(3),
                    items: vec![
                        vec![paragraph(vec![text("one")])],
                        vec![paragraph(vec![text("two")])]
                    ]
                },
                Block::Quote {
                    blocks: vec![paragraph(vec![text("said"), Inline::Break, text("so")])]
                },
                paragraph(vec![text("loose "), Inline::Emphasis { inlines: vec![text("end")] }]),
            ]
        );
    }

    #[test]
    fn mentions_links_and_tables() {
        let html = "<a href=\"https://matrix.to/#/@helper:example.org\">@Helper</a> \
            <a href=\"https://galaxyproject.org/\">here</a> \
            <a href=\"javascript:alert(1)\">not here</a>\
            <table><tr><th>a</th></tr><tr><td>b</td></tr></table>";
        let tree = parse_html(html).expect("small");
        let mention = Inline::Mention {
            user_id: "@helper:example.org".to_owned(),
            name: "Helper".to_owned(),
        };
        let link = Inline::Link {
            href: "https://galaxyproject.org/".to_owned(),
            host: Some("galaxyproject.org".to_owned()),
            inlines: vec![text("here")],
        };
        assert_eq!(tree[0], paragraph(vec![mention, text(" "), link, text(" "), text("not here")]));
        let row = |cell: &str| TableRow { cells: vec![vec![text(cell)]] };
        assert_eq!(tree[1], Block::Table { head: vec![row("a")], rows: vec![row("b")] });
    }

    #[test]
    fn nothing_hostile_survives() {
        for html in [
            "<script>alert(1)</script>",
            "<img alt=x src=\"https://tracker.example/\" onerror=alert(1)>",
            "<a class=x href=\"javascript:alert(1)\">x</a>",
            "<a href=\" java\nscript:alert(1)\">x</a>",
            "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
            "<svg onload=alert(1)><a xlink:href=\"javascript:alert(1)\">x</a></svg>",
            "<math href=\"javascript:alert(1)\">x</math>",
            "<style>*{background:url(https://tracker.example)}</style>",
            "<iframe src=\"javascript:alert(1)\"></iframe>",
            "<mx-reply>quoted javascript:alert(1)</mx-reply>",
            "<p style=\"background:url(javascript:alert(1))\" onclick=alert(1)>x</p>",
        ] {
            let shown = format!("{:?}", parse_html(html).unwrap_or_default());
            for word in ["script", "alert", "tracker", "onerror"] {
                assert!(!shown.contains(word), "{html} became {shown}");
            }
        }
    }

    #[test]
    fn deep_and_wide_markup_ends() {
        for (open, close) in [("<b>", "</b>"), ("<blockquote>", "</blockquote>"), ("<ul><li>", "")]
        {
            let nested = |depth| format!("{}x{}", open.repeat(depth), close.repeat(depth));
            assert!(parse_html(&nested(5)).is_some(), "{open}");
            assert_eq!(parse_html(&nested(1900)), None, "{open}");
        }
        assert_eq!(parse_html("<b></b>"), None, "there is nothing to read");
        assert_eq!(parse_html(&"<b>x</b>".repeat(MAX_PARTS)), None);
    }

    #[test]
    fn left_open_and_crossed_elements_keep_their_text() {
        for (html, shown) in [
            ("<p>a<p>b", "ab"),
            ("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", "abcd"),
            ("<b>a<i>b</b>c</i>d", "abcd"),
            ("<p>a<ul><li>b</ul>c</p>d", "abcd"),
            ("a<br/>b</br>c", "abc"),
            ("<table>x<tr><td>a<td>b<tr><td>c</table>d", "xabcd"),
            ("<table><tr><td><table><tr><td>a</table>b</table>", "ab"),
            ("<table><b>x</b><tr><td>a</b>c</td></tr></table>", "xac"),
            ("</p></div></b>a", "a"),
            ("<html><head></head><body>a</body></html>b", "ab"),
            ("<pre>\na\n</pre>", "a\n"),
            ("<details><summary>a</summary>b</details>", "ab"),
            ("<h1>a<h2>b</h2>c", "abc"),
            ("<a href=\"https://a.example/\">x<a href=\"https://b.example/\">y</a>", "xy"),
            ("a <not a tag> b", "a  b"),
            ("1 < 2 &amp; 3 > 2", "1 < 2 & 3 > 2"),
        ] {
            let tree = parse_html(html).expect("there is text");
            assert_eq!(super::super::size::texts(&tree).concat(), shown, "{html}");
        }
    }

    #[test]
    fn hostile_markup_is_bounded() {
        for hostile in crate::text::hostile::bodies() {
            let Some(html) = hostile.html else { continue };
            let parts = parse_html(&html).map_or(0, |tree| size(&tree));
            assert!(parts <= MAX_PARTS, "{}: {parts}", hostile.name);
        }
    }

    #[test]
    fn links_with_empty_parts_are_links() {
        for href in ["https://matrix.to/#/#a:b///", "https://matrix.to/#/$x///"] {
            let control = std::panic::catch_unwind(|| MatrixToUri::parse(href));
            assert!(control.is_err(), "the SDK's own parser takes {href}");
            let tree = parse_html(&format!("<a href=\"{href}\">x</a>")).expect("small");
            let link = Inline::Link {
                href: href.to_owned(),
                host: Some("matrix.to".to_owned()),
                inlines: vec![text("x")],
            };
            assert_eq!(tree, [paragraph(vec![link])]);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_link_parses(href in crate::address::tests::anything::scraps()) {
            for start in ["", "https://matrix.to/#/"] {
                let href = format!("{start}{href}").replace('&', "&amp;").replace('"', "&quot;");
                parse_html(&format!("<a href=\"{href}\">x</a>"));
            }
        }

        #[test]
        fn any_text_parses(html in "(<[a-z/ =\"']{0,12}>|[^<]{0,8}){0,40}") {
            parse_html(&html);
        }
    }
}
