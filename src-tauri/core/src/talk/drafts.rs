//! What is being written.

use super::Talk;

impl Talk {
    /// Remembers what is being written in a room; returns all drafts, to be kept.
    pub fn save_draft(&self, room_id: &str, text: &str) -> Vec<u8> {
        let mut drafts = self.lock_drafts();
        if text.is_empty() {
            drafts.remove(room_id);
        } else {
            drafts.insert(room_id.to_owned(), text.to_owned());
        }
        serde_json::to_vec(&*drafts).unwrap_or_default()
    }

    /// All drafts, to be kept, where there are any.
    pub fn drafts(&self) -> Option<Vec<u8>> {
        let drafts = self.lock_drafts();
        (!drafts.is_empty()).then(|| serde_json::to_vec(&*drafts).unwrap_or_default())
    }
}
