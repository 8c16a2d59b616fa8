use serde::Serialize;
use ts_rs::TS;

/// One change to a list, as the SDK computes it (`eyeball_im::VectorDiff`).
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "op", rename_all = "camelCase")]
pub enum Diff<T> {
    /// Adds items at the end.
    Append {
        /// The items.
        values: Vec<T>,
    },
    /// Removes all items.
    Clear,
    /// Adds an item at the start.
    PushFront {
        /// The item.
        value: T,
    },
    /// Adds an item at the end.
    PushBack {
        /// The item.
        value: T,
    },
    /// Removes the first item.
    PopFront,
    /// Removes the last item.
    PopBack,
    /// Adds an item before the one at `index`.
    Insert {
        /// Where, from 0 to the list's length.
        index: usize,
        /// The item.
        value: T,
    },
    /// Replaces the item at `index`.
    Set {
        /// Which.
        index: usize,
        /// The new item.
        value: T,
    },
    /// Removes the item at `index`.
    Remove {
        /// Which.
        index: usize,
    },
    /// Keeps only the first `length` items.
    Truncate {
        /// How many stay.
        length: usize,
    },
    /// Replaces the whole list.
    Reset {
        /// The new list.
        values: Vec<T>,
    },
}
