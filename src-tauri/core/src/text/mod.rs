//! Text from outside as a typed tree: the guide's Markdown, messages' HTML and plain text, names; and what
//! a text that the user has written is sent as.

mod command;
mod html;
mod markdown;
mod name;
mod plain;
mod size;
mod time;
mod typed;

#[cfg(test)]
#[path = "../../../../tests/support/hostile.rs"]
pub(crate) mod hostile;

pub use self::{
    command::{Typed, read_typed},
    html::parse_html,
    markdown::parse_markdown,
    name::{clean_line, display_name, quotable},
    plain::{first_line, parse_plain},
    time::{millis, past_millis},
    typed::typed_to_html,
};

/// How deep blocks and inlines may be nested in a message; what is deeper is dropped.
const DEEPEST: usize = 32;

/// The most blocks and inlines that one message is drawn with. Long honest messages have some hundred.
const MAX_PARTS: usize = 4000;
