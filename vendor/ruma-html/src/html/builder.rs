//! The tree of an HTML fragment, made in bounded time and memory.
//!
//! The tree construction of the HTML standard makes more nodes than there are tags: each element that
//! was left open is made again in each paragraph after it. This one makes at most one node for each
//! token, and for each token it looks at the elements that are open, of which there are few.

use std::cell::{Cell, RefCell};

use html5ever::{
    LocalName, QualName, local_name, ns,
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
        states::RawKind,
    },
};

use super::{ElementData, NodeData, NodeRef};

/// Longer HTML is not parsed, in bytes. An event holds 64 KiB; sanitizing may lengthen that.
pub const MAX_BYTES: usize = 128 * 1024;

/// The most nodes that an HTML fragment can have: elements and runs of text.
pub const MAX_NODES: usize = 3000;

/// The deepest that elements can be nested: the limit of the Matrix specification.
pub const MAX_DEPTH: usize = 100;

/// The most attributes that one element can have.
pub const MAX_ATTRIBUTES: usize = 64;

/// The longest tag or comment, in bytes: the tokenizer compares each attribute of a tag with all that
/// are before it.
pub const MAX_TAG_BYTES: usize = 8 * 1024;

/// How much is given to the tokenizer at a time, in bytes. The limits are looked at in between.
const CHUNK_BYTES: usize = 512;

/// Elements that have no content.
const VOID: &[&str] = &[
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input",
    "keygen", "link", "meta", "param", "source", "track", "wbr",
];

/// Elements that cannot be within a paragraph.
const BLOCKS: &[&str] = &[
    "address", "article", "aside", "blockquote", "center", "dd", "details", "dialog", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5",
    "h6", "header", "hgroup", "hr", "li", "listing", "main", "menu", "nav", "ol", "p", "plaintext",
    "pre", "search", "section", "summary", "table", "ul", "xmp",
];

const HEADINGS: &[&str] = &["h1", "h2", "h3", "h4", "h5", "h6"];

/// Elements whose content is nothing but parts of a table.
const TABLE_FRAMES: &[&str] = &["table", "thead", "tbody", "tfoot", "tr", "colgroup"];

/// What may stand in a table's frames.
const TABLE_PARTS: &[&str] =
    &["caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "td", "th"];

/// The HTML as a tree; `None` where it passes a limit.
pub(super) fn build(string: &str) -> Option<NodeRef> {
    if string.len() > MAX_BYTES {
        return None;
    }
    let tokenizer = Tokenizer::new(Builder::new(), TokenizerOpts::default());
    let input = BufferQueue::default();
    let mut rest = string;
    let mut unread = 0;
    while !rest.is_empty() && !tokenizer.sink.exceeded.get() {
        let (chunk, after) = rest.split_at(rest.floor_char_boundary(CHUNK_BYTES));
        rest = after;
        input.push_back(StrTendril::from_slice(chunk));
        let _ = tokenizer.feed(&input);
        // Nothing comes out in the middle of a tag.
        unread = if tokenizer.sink.advanced.take() { 0 } else { unread + chunk.len() };
        if unread > MAX_TAG_BYTES {
            return None;
        }
    }
    tokenizer.end();
    let Builder { document, exceeded, .. } = tokenizer.sink;
    (!exceeded.get()).then_some(document)
}

/// Takes the tokens.
struct Builder {
    document: NodeRef,
    /// The elements that are open, the root first.
    open: RefCell<Vec<NodeRef>>,
    nodes: Cell<usize>,
    /// A limit was passed; nothing is added any more.
    exceeded: Cell<bool>,
    /// A token came since this was last looked at.
    advanced: Cell<bool>,
    /// A line break right after `<pre>` is not part of the text.
    skip_line_break: Cell<bool>,
}

impl Builder {
    fn new() -> Self {
        let document = NodeRef::new(NodeData::Document);
        let name = QualName::new(None, ns!(html), local_name!("html"));
        let root = NodeRef::new(NodeData::Element(ElementData { name, attrs: Default::default() }));
        document.append_child(root.clone());
        Self {
            document,
            open: RefCell::new(vec![root]),
            nodes: Cell::new(0),
            exceeded: Cell::new(false),
            advanced: Cell::new(false),
            skip_line_break: Cell::new(false),
        }
    }

    fn start(&self, tag: Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        if matches!(name, "html" | "head" | "body") {
            return TokenSinkResult::Continue;
        }
        self.close_implied(name);
        let is_void = VOID.contains(&name);
        let raw = raw_kind(name);
        self.skip_line_break.set(matches!(name, "pre" | "listing" | "textarea"));
        if tag.attrs.len() > MAX_ATTRIBUTES || self.open.borrow().len() > MAX_DEPTH {
            self.exceeded.set(true);
            return TokenSinkResult::Continue;
        }
        let belongs_in_table = TABLE_PARTS.contains(&name);
        let element = self.element(tag.name, tag.attrs);
        self.place(element.clone(), belongs_in_table);
        if !is_void {
            self.open.borrow_mut().push(element);
        }
        raw
    }

    /// Closes what has no end tag of its own before an element of this name.
    fn close_implied(&self, name: &str) {
        if BLOCKS.contains(&name) {
            self.close(&["p"]);
        }
        match name {
            "li" => self.close_up_to(&["li"], &["ul", "ol", "menu", "blockquote", "details"]),
            "dd" | "dt" => self.close_up_to(&["dd", "dt"], &["dl", "blockquote"]),
            "a" => self.close(&["a"]),
            "option" => self.close(&["option"]),
            "td" | "th" => self.close_up_to(&["td", "th", "caption"], &["tr"]),
            "tr" => self.close_up_to(&["tr", "caption", "colgroup"], &[]),
            "caption" | "colgroup" | "thead" | "tbody" | "tfoot" => {
                self.close_up_to(&["thead", "tbody", "tfoot", "caption", "colgroup"], &[]);
                self.close_up_to(&["tr"], &[]);
            }
            _ if HEADINGS.contains(&name) => {
                let in_heading = self.open.borrow().last().is_some_and(|last| is(last, HEADINGS));
                if in_heading {
                    self.open.borrow_mut().pop();
                }
            }
            _ => {}
        }
    }

    fn end(&self, name: &LocalName) {
        match &**name {
            "br" => {
                let line_break = self.element(name.clone(), Vec::new());
                self.place(line_break, false);
            }
            "html" | "head" | "body" => {}
            "li" => self.close_up_to(&["li"], &["ul", "ol"]),
            "table" => {
                let mut open = self.open.borrow_mut();
                if let Some(at) = open.iter().rposition(|node| is(node, &["table"])) {
                    open.truncate(at);
                }
            }
            part if TABLE_PARTS.contains(&part) => self.close_up_to(&[part], &[]),
            heading if HEADINGS.contains(&heading) => self.close(HEADINGS),
            other => self.close(&[other]),
        }
    }

    /// Closes the innermost element of one of these names, and what is open in it, where it is in
    /// the same cell.
    fn close(&self, names: &[&str]) {
        self.close_up_to(names, &["td", "th", "caption"]);
    }

    /// The same, where none of the names in `borders` is between, and it is in the same table.
    fn close_up_to(&self, names: &[&str], borders: &[&str]) {
        let mut open = self.open.borrow_mut();
        let found = open.iter().enumerate().skip(1).rev().find(|(_, node)| {
            is(node, names) || is(node, borders) || is(node, &["table"])
        });
        if let Some((at, node)) = found
            && is(node, names)
        {
            open.truncate(at);
        }
    }

    fn text(&self, mut text: StrTendril) {
        if self.skip_line_break.replace(false) && text.starts_with('\n') {
            text.pop_front(1);
        }
        if text.is_empty() {
            return;
        }
        let is_blank = text.bytes().all(|byte| byte.is_ascii_whitespace());
        let before = match self.place_for(is_blank) {
            Place::In(parent) => parent.last_child(),
            Place::Before(parent, index) => {
                let children = parent.0.children.borrow();
                index.checked_sub(1).and_then(|index| children.get(index).cloned())
            }
        };
        if let Some(before) = before.as_ref().and_then(NodeRef::as_text) {
            before.borrow_mut().push_tendril(&text);
            return;
        }
        self.count();
        self.place(NodeRef::new(NodeData::Text(text.into())), is_blank);
    }

    fn element(&self, name: LocalName, attrs: Vec<html5ever::Attribute>) -> NodeRef {
        self.count();
        NodeRef::new(NodeData::Element(ElementData {
            name: QualName::new(None, ns!(html), name),
            attrs: RefCell::new(attrs.into_iter().collect()),
        }))
    }

    fn count(&self) {
        self.nodes.set(self.nodes.get() + 1);
        if self.nodes.get() > MAX_NODES {
            self.exceeded.set(true);
        }
    }

    fn place(&self, node: NodeRef, belongs_in_table: bool) {
        match self.place_for(belongs_in_table) {
            Place::In(parent) => parent.append_child(node),
            Place::Before(parent, index) => {
                node.0.parent.replace(Some(std::rc::Rc::downgrade(&parent.0)));
                parent.0.children.borrow_mut().insert(index, node);
            }
        }
    }

    /// Where the next node belongs. What cannot be in a table is put before it.
    fn place_for(&self, belongs_in_table: bool) -> Place {
        let open = self.open.borrow();
        let current = open.last().expect("the root stays open");
        if belongs_in_table || !is(current, TABLE_FRAMES) {
            return Place::In(current.clone());
        }
        let table = open.iter().rfind(|node| is(node, &["table"]));
        let parent = table.and_then(|table| Some((table, table.0.parent()?)));
        let Some((table, parent)) = parent else { return Place::In(current.clone()) };
        let children = parent.0.children.borrow();
        // An open element is at the end of its parent, or near to it.
        let index = children.iter().rposition(|child| std::rc::Rc::ptr_eq(&child.0, &table.0));
        let index = index.unwrap_or(children.len());
        drop(children);
        Place::Before(parent, index)
    }
}

enum Place {
    In(NodeRef),
    Before(NodeRef, usize),
}

impl TokenSink for Builder {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if matches!(token, Token::ParseError(_)) {
            return TokenSinkResult::Continue;
        }
        self.advanced.set(true);
        if self.exceeded.get() {
            return TokenSinkResult::Continue;
        }
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return self.start(tag),
            Token::TagToken(tag) => self.end(&tag.name),
            Token::CharacterTokens(text) => self.text(text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// How the tokenizer reads the content of an element.
fn raw_kind(name: &str) -> TokenSinkResult<()> {
    match name {
        "script" => TokenSinkResult::RawData(RawKind::ScriptData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" | "noscript" => {
            TokenSinkResult::RawData(RawKind::Rawtext)
        }
        "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
        "plaintext" => TokenSinkResult::Plaintext,
        _ => TokenSinkResult::Continue,
    }
}

fn is(node: &NodeRef, names: &[&str]) -> bool {
    node.as_element().is_some_and(|element| names.contains(&&*element.name.local))
}
