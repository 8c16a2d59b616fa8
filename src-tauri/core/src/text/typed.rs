//! What is sent of a text that was typed: formatted where its Markdown is beyond doubt, and else plain.
//!
//! The SDK's own conversion passes raw HTML on as markup and drops what looks like Markdown without being
//! meant so: `<param name="reads"/>` and `sample_*_R1.fastq` lose characters. Here every character of the
//! text has to be accounted for, as one that is shown or as a mark around a well-formed span. Where one is
//! not, nothing is formatted.

use std::{fmt::Write as _, ops::Range};

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::DEEPEST;
use crate::links::check_link;

/// What may stand before a span's first mark and behind its last one, besides blanks.
const OPENERS: &str = "([{\"'“‘«";
const CLOSERS: &str = ")]}\"'”’».,;:!?…";

/// The marks of spans, which may follow each other.
const MARKS: &str = "*_~`<";

/// The HTML that a typed text is sent with beside itself (`org.matrix.custom.html`); `None` where it has no
/// marks, or any that may not be meant as such.
///
/// Spans of `**strong**`, `*emphasis*`, `_emphasis_`, `~~strike~~`, `` `code` `` and `[text](address)`, and
/// fenced code are formatted. Lists, quotes, headings and tables read as well as they were typed.
pub fn typed_to_html(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n");
    let mut writer = Writer::new(&text);
    for (event, range) in Parser::new_ext(&text, Options::ENABLE_STRIKETHROUGH).into_offset_iter() {
        writer.take(event, range)?;
    }
    writer.finish()
}

/// What a byte that was typed is in the message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It would be lost.
    Unknown,
    /// It is shown.
    Shown,
    /// It is a mark of a span.
    Mark,
}

struct Writer<'a> {
    text: &'a str,
    html: String,
    /// What each byte is.
    roles: Vec<Role>,
    depth: usize,
    paragraphs: usize,
    has_marks: bool,
    /// In a block of code, line breaks are part of the text.
    in_code: bool,
}

impl<'a> Writer<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            html: String::with_capacity(text.len()),
            roles: vec![Role::Unknown; text.len()],
            depth: 0,
            paragraphs: 0,
            has_marks: false,
            in_code: false,
        }
    }

    /// `None` where this is nothing that is formatted.
    fn take(&mut self, event: Event<'_>, range: Range<usize>) -> Option<()> {
        match event {
            Event::Start(tag) => self.start(&tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::InlineHtml(text) => self.shown(&text, range),
            Event::Code(code) => self.code(&code, range),
            Event::SoftBreak | Event::HardBreak => self.line_break(range),
            _ => None,
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) -> Option<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        match tag {
            Tag::Paragraph => {
                self.paragraphs += 1;
                self.html.push_str("<p>");
            }
            // `__init__` is a name.
            Tag::Strong if self.text[range.clone()].starts_with("**") => {
                self.span(range, 2, "<strong>")?;
            }
            Tag::Emphasis => self.span(range, 1, "<em>")?,
            Tag::Strikethrough if self.text[range.clone()].starts_with("~~") => {
                self.span(range, 2, "<del>")?;
            }
            Tag::Link { link_type, dest_url, title, .. } if title.is_empty() => {
                self.link(*link_type, dest_url, range)?;
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(language)) => self.code_block(language, range)?,
            _ => return None,
        }
        Some(())
    }

    fn end(&mut self, tag: TagEnd) -> Option<()> {
        self.depth -= 1;
        self.html.push_str(match tag {
            TagEnd::Paragraph => "</p>",
            TagEnd::Strong => "</strong>",
            TagEnd::Emphasis => "</em>",
            TagEnd::Strikethrough => "</del>",
            TagEnd::Link => "</a>",
            TagEnd::CodeBlock => {
                self.in_code = false;
                "</code></pre>"
            }
            _ => return None,
        });
        Some(())
    }

    /// A span between two marks of that length, which stand at the borders of words.
    fn span(&mut self, range: Range<usize>, mark: usize, html: &str) -> Option<()> {
        let (start, end) = (range.start + mark, range.end.checked_sub(mark)?);
        let inside = self.text.get(start..end)?;
        // Names in programs have underscores at their ends as well as within.
        let is_name = self.text[range.start..].starts_with('_') && inside.contains('_');
        if is_name || !is_enclosed(inside) || !self.is_word(&range) {
            return None;
        }
        self.mark(range.start..start);
        self.mark(end..range.end);
        self.html.push_str(html);
        Some(())
    }

    /// Whether what is around is no part of the same word, as in `__init__.py`. A mark of the span around it
    /// is not.
    fn is_word(&self, range: &Range<usize>) -> bool {
        let before = self.text[..range.start].trim_end_matches(|c| OPENERS.contains(c));
        let behind = self.text[range.end..].trim_start_matches(|c| CLOSERS.contains(c));
        let is_mark =
            |at: Option<usize>| at.is_some_and(|at| self.roles.get(at) == Some(&Role::Mark));
        let begins = before.is_empty()
            || before.ends_with(char::is_whitespace)
            || is_mark(before.len().checked_sub(1));
        let ends = behind.is_empty()
            || behind.starts_with(char::is_whitespace)
            || is_mark(Some(self.text.len() - behind.len()));
        begins && ends
    }

    fn link(&mut self, kind: LinkType, target: &str, range: Range<usize>) -> Option<()> {
        let url = check_link(target).ok()?;
        match kind {
            // What is between the brackets is shown by itself; without it nothing of the link would be.
            LinkType::Inline => {
                let end = range.start + self.text[range.clone()].rfind("](")?;
                if self.text[range.start + 1..end].trim().is_empty() {
                    return None;
                }
                self.mark(range.start..range.start + 1);
                self.mark(end..range.end);
            }
            LinkType::Autolink => {
                self.mark(range.start..range.start + 1);
                self.mark(range.end - 1..range.end);
            }
            _ => return None,
        }
        let _ = write!(self.html, "<a href=\"{}\">", escape(url.as_str()));
        Some(())
    }

    fn code(&mut self, code: &str, range: Range<usize>) -> Option<()> {
        let typed = &self.text[range.clone()];
        let bare = typed.trim_matches('`');
        // A blank at each end keeps a backtick apart from the marks.
        if bare != code && bare.strip_prefix(' ')?.strip_suffix(' ')? != code {
            return None;
        }
        self.mark(range);
        let _ = write!(self.html, "<code>{}</code>", escape(code));
        Some(())
    }

    fn code_block(&mut self, language: &str, range: Range<usize>) -> Option<()> {
        let typed = self.text[range.clone()].trim_end();
        let fence: String = typed.chars().take_while(|&c| c == '`').collect();
        let is_word = |c: char| c.is_ascii_alphanumeric() || "+-#_".contains(c);
        let is_closed = typed.len() > 2 * fence.len() && typed.ends_with(&format!("\n{fence}"));
        if fence.len() < 3 || !is_closed || !language.chars().all(is_word) {
            return None;
        }
        let first = range.start..range.start + fence.len() + language.len();
        let last = range.start + typed.len() - fence.len()..range.start + typed.len();
        self.mark(first);
        self.mark(last);
        self.in_code = true;
        let class = if language.is_empty() {
            String::new()
        } else {
            format!(" class=\"language-{language}\"")
        };
        let _ = write!(self.html, "<pre><code{class}>");
        Some(())
    }

    /// What is shown as it was typed; an entity or an escape is not.
    fn shown(&mut self, text: &str, range: Range<usize>) -> Option<()> {
        if self.text.get(range.clone())? != text {
            return None;
        }
        // Within a block only this is text; HTML that is one has no end of its own.
        if !self.in_code && text.contains('\n') {
            return None;
        }
        for (at, byte) in range.zip(text.bytes()) {
            if self.in_code || byte != b'\n' {
                self.roles[at] = Role::Shown;
            }
        }
        self.html.push_str(&escape(text));
        Some(())
    }

    /// A line that was ended is ended. A backslash at its end would be gone.
    fn line_break(&mut self, range: Range<usize>) -> Option<()> {
        if self.text[range].contains('\\') {
            return None;
        }
        self.html.push_str("<br>");
        Some(())
    }

    /// What belongs to a span, or to the address of a link.
    fn mark(&mut self, range: Range<usize>) {
        self.has_marks = true;
        self.roles[range].fill(Role::Mark);
    }

    fn finish(self) -> Option<String> {
        if !self.has_marks || self.loses_any() {
            return None;
        }
        let single = self.html.strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>"));
        Some(match single {
            Some(single) if self.paragraphs == 1 => single.to_owned(),
            _ => self.html,
        })
    }

    /// Whether anything but the ends of lines would be lost. A line that begins with blanks, as those of logs
    /// do, would lose them.
    fn loses_any(&self) -> bool {
        let mut start = 0;
        self.text.split_inclusive('\n').any(|line| {
            let roles = &self.roles[start..start + line.trim_end().len()];
            start += line.len();
            roles.contains(&Role::Unknown)
        })
    }
}

/// Whether what is between two marks begins and ends with a word, or with what stands around one: between
/// those of `*.fastq and sample*` there is none.
fn is_enclosed(inside: &str) -> bool {
    let is_edge =
        |c: char, around: &str| c.is_alphanumeric() || around.contains(c) || MARKS.contains(c);
    inside.starts_with(|c| is_edge(c, OPENERS)) && inside.ends_with(|c| is_edge(c, CLOSERS))
}

fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
#[path = "typed_tests.rs"]
mod tests;
