use serde::Serialize;
use ts_rs::TS;

/// One page of the guide.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GuidePage {
    /// The name by which other pages link to it.
    pub id: String,
    /// The title.
    pub title: String,
    /// What the page is about, in one line, for the contents list.
    pub summary: String,
    /// The text, without the title.
    pub blocks: Vec<Block>,
}

/// A block of text: the guide's Markdown and messages' HTML become the same tree.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Block {
    /// Running text.
    Paragraph {
        /// The text.
        inlines: Vec<Inline>,
    },
    /// A heading.
    Heading {
        /// 1 to 6.
        level: u8,
        /// The text.
        inlines: Vec<Inline>,
    },
    /// Preformatted text.
    Code {
        /// The language the author named.
        language: Option<String>,
        /// The text, line breaks kept.
        text: String,
    },
    /// A quotation.
    Quote {
        /// What is quoted.
        blocks: Vec<Block>,
    },
    /// A list.
    List {
        /// The first number; `None` for bullets.
        start: Option<u64>,
        /// The items.
        items: Vec<Vec<Block>>,
    },
    /// A table.
    Table {
        /// The column headings; may be empty.
        head: Vec<TableRow>,
        /// The rows.
        rows: Vec<TableRow>,
    },
    /// A line across.
    Rule,
}

/// One row of a table.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TableRow {
    /// The cells, left to right.
    pub cells: Vec<Vec<Inline>>,
}

/// A run of text within a block.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Inline {
    /// Plain text.
    Text {
        /// The text.
        text: String,
    },
    /// A line break.
    Break,
    /// Important text.
    Strong {
        /// What it holds.
        inlines: Vec<Inline>,
    },
    /// Emphasised text.
    Emphasis {
        /// What it holds.
        inlines: Vec<Inline>,
    },
    /// Struck-out text.
    Strike {
        /// What it holds.
        inlines: Vec<Inline>,
    },
    /// Underlined text.
    Underline {
        /// What it holds.
        inlines: Vec<Inline>,
    },
    /// Raised text, such as an exponent.
    Superscript {
        /// What it holds.
        inlines: Vec<Inline>,
    },
    /// Lowered text, such as an index.
    Subscript {
        /// What it holds.
        inlines: Vec<Inline>,
    },
    /// Text that the reader is to uncover, such as the solution of an exercise.
    Spoiler {
        /// What it is about, in the author's words.
        reason: Option<String>,
        /// What it holds.
        inlines: Vec<Inline>,
    },
    /// Code.
    Code {
        /// The text.
        text: String,
    },
    /// A link to the web or an e-mail address, opened with `open_link`.
    Link {
        /// Where to.
        href: String,
        /// The host it leads to, set where the text shows something else.
        host: Option<String>,
        /// What it holds.
        inlines: Vec<Inline>,
    },
    /// A person.
    Mention {
        /// The full Matrix ID.
        user_id: String,
        /// The name to show.
        name: String,
    },
    /// A room of the catalogue; acting on it joins or opens it.
    Room {
        /// The catalogue's key.
        key: String,
        /// What it holds.
        inlines: Vec<Inline>,
    },
    /// A room that a message names by its address or by a link; acting on it shows the room's card.
    RoomAddress {
        /// The address or link, to be read with `read_address`.
        link: String,
        /// The room's alias or id, set where the text shows something else.
        room: Option<String>,
        /// What it holds.
        inlines: Vec<Inline>,
    },
    /// A page of the guide.
    Page {
        /// The page's id.
        id: String,
        /// What it holds.
        inlines: Vec<Inline>,
    },
}

impl Inline {
    /// What it holds; nothing for those that hold no others.
    pub fn inlines(&self) -> &[Self] {
        match self {
            Self::Strong { inlines }
            | Self::Emphasis { inlines }
            | Self::Strike { inlines }
            | Self::Underline { inlines }
            | Self::Superscript { inlines }
            | Self::Subscript { inlines }
            | Self::Spoiler { inlines, .. }
            | Self::Link { inlines, .. }
            | Self::Room { inlines, .. }
            | Self::RoomAddress { inlines, .. }
            | Self::Page { inlines, .. } => inlines,
            Self::Text { .. } | Self::Break | Self::Code { .. } | Self::Mention { .. } => &[],
        }
    }
}
