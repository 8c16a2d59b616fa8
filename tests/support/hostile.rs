//! Messages that are made to cost whoever reads them: what a stranger can send to a public room.
//!
//! Each fits into an event. The tests of `galaxy-chat-core` read this file as well, so it uses nothing
//! else of this crate.

use std::fmt::Write as _;

/// Longest text that fits into an event, of at most 64 KiB, with its other fields; in bytes.
const MAX_TEXT_BYTES: usize = 58_000;

/// A message's text.
#[derive(Debug, Clone)]
pub struct Hostile {
    /// What it attacks.
    pub name: &'static str,
    /// The plain text.
    pub body: String,
    /// The formatted text, `org.matrix.custom.html`.
    pub html: Option<String>,
}

/// The one that cost the most memory before there were limits: by the HTML standard these are four
/// million elements.
#[must_use]
pub fn worst() -> Hostile {
    html("unclosed elements before paragraphs", unclosed_before_paragraphs(2000))
}

/// `count` elements that stay open in a paragraph, and as many paragraphs after it, in each of which the
/// HTML standard opens them all again.
#[must_use]
pub fn unclosed_before_paragraphs(count: usize) -> String {
    let mut text = "<p>".to_owned();
    for number in 0..count {
        let _ = write!(text, "<b i={number}>");
    }
    text.push_str(&"<p>x".repeat(count));
    text
}

/// All of them. Such as cannot be said in one `repeat` have a line of their own at the end.
#[must_use]
pub fn bodies() -> Vec<Hostile> {
    let mut found = vec![worst()];
    found.extend(HTML.iter().map(|(name, scrap)| html(name, fill(scrap))));
    found.extend(PLAIN.iter().map(|(name, scrap)| plain(name, fill(scrap))));
    for (name, start, scrap) in [
        ("one tag without an end", "<a href=\"", "x"),
        ("a comment without an end", "<!--", "x"),
        ("a script without an end", "<script>", "x"),
        ("plain text to the end", "<plaintext>", "<b>"),
        ("text in a table", "<table>", "x<br>"),
        ("references in a table", "<table>", "&amp;"),
        ("cells without a row", "<table>", "<td>x"),
        ("a link around a table of links", "", "<a href=https://a.b><table><tr><td>"),
        ("one attribute, again and again", "<b ", "a "),
        ("a long code block", "<pre><code class=\"language-x\">", "x"),
        ("lines of code", "<pre><code>", "x\n"),
        ("blocks in one left open", "<b>", "<div>"),
        ("letters of numbers", "&#", "1"),
        ("a name of a character", "&", "a"),
        ("svg", "<svg>", "<a xlink:href=x>"),
    ] {
        found.push(html(name, format!("{start}{}", fill(scrap))));
    }
    let mut attributes = "<b".to_owned();
    for number in 0..9000 {
        let _ = write!(attributes, " {number:x}");
    }
    found.push(html("thousands of attributes", format!("{attributes}>x")));
    found.push(html(
        "unknown elements around many",
        format!("{}{}", "<x>".repeat(90), fill("<br>")),
    ));
    found.push(html(
        "formatting across blocks",
        format!("{}{}", "<b><div>".repeat(3000), "</b>".repeat(6000)),
    ));
    found
}

/// Scraps that are repeated until the event is full.
const HTML: &[(&str, &str)] = &[
    ("deep formatting", "<b>"),
    ("deep unknown elements", "<x>"),
    ("deep blocks", "<div>"),
    ("deep quotations", "<blockquote>"),
    ("deep lists", "<ul><li>"),
    ("deep tables", "<table><tr><td>"),
    ("deep tables with text", "<table>x"),
    ("paragraphs left open", "<p>"),
    ("paragraphs with formatting left open", "<p><i><b>x"),
    ("links left open", "<a>"),
    ("links and paragraphs left open", "<a href=x><p>x"),
    ("fonts left open", "<font color=red>x<p>"),
    ("line breaks", "<br>"),
    ("many elements", "<i>x</i>"),
    ("many links", "<a href=\"https://a.example/\">x</a>"),
    ("many mentions", "<a href=\"https://matrix.to/#/@a:b\">x</a>"),
    ("links with empty parts", "<a href=\"https://matrix.to/#/#a:b///\">x</a>"),
    ("events with empty parts", "<a href=\"https://matrix.to/#/$x///\">x</a>"),
    ("ends without a start", "</b>"),
    ("ends of paragraphs", "</p>"),
    ("crossed elements", "<b><i></b></i>"),
    ("crossed links", "<a><b></a></b>"),
    ("comments", "<!-- x -->"),
    ("declarations", "<!DOCTYPE x>"),
    ("references", "&amp;"),
    ("references without an end", "&am"),
    ("angles", "<"),
    ("ampersands", "&"),
    ("quotation marks", "<a title='\"&quot;\"'>"),
    ("links in plain text", "https://a.example/ "),
    ("links without blanks", "https://a.example/"),
    ("options", "<select><option>"),
    ("templates", "<template>"),
    ("math", "<math><mi>"),
    ("headings", "<h1>"),
    ("replies", "<mx-reply>"),
    ("nothing", "\0"),
];

/// The same for plain text.
const PLAIN: &[(&str, &str)] = &[
    ("one word", "x"),
    ("short links", "a.b "),
    ("links", "http://a.b "),
    ("links in one word", "https://a.b/"),
    ("links one after the other", "http://a.b\u{3002}"),
    ("starts of links", "://"),
    ("starts of links with a letter", "a://"),
    ("brackets", "https://a.b/(("),
    ("colons", ":"),
    ("at signs", "a@"),
    ("starts of people", "~@"),
    ("starts of rooms", "~#ab:c"),
    ("rooms", "#ab:c.d "),
    ("rooms of one server", "#ab:c.d~"),
    ("starts of matrix URIs", "~matrix:r/"),
    ("matrix URIs", "matrix:r/a:b.c "),
    ("lines", "x\n"),
    ("empty lines", "\n"),
    ("paragraphs", "x\n\n"),
    ("returns", "\r"),
    ("marks above and below", "e\u{0301}\u{0323}\u{0301}"),
    ("turned around", "\u{202E}\u{2066}x"),
    ("invisible", "\u{200B}"),
    ("nothing", "\0"),
    ("emoji", "👩‍👩‍👧‍👦"),
    ("flags", "🇩🇪"),
    ("not HTML", "<b>"),
    ("Markdown", "*_`[("),
    ("quotations", "> "),
    ("blanks", " "),
];

fn html(name: &'static str, html: String) -> Hostile {
    Hostile { name, body: "x".to_owned(), html: Some(html) }
}

fn plain(name: &'static str, body: String) -> Hostile {
    Hostile { name, body, html: None }
}

/// As JSON, control characters take six times their length.
fn fill(scrap: &str) -> String {
    let is_escaped = |c: char| c.is_control() && !matches!(c, '\n' | '\r');
    let written: usize = scrap
        .chars()
        .map(|c| match c {
            '"' | '\\' | '\n' | '\r' => 2,
            c if is_escaped(c) => 6,
            c => c.len_utf8(),
        })
        .sum();
    scrap.repeat(MAX_TEXT_BYTES / written)
}
