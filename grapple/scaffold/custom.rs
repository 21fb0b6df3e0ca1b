//! Fields and mutations written by hand. `grapple generate` appends what is missing and edits nothing.

use pent::{Cx, Result};

use super::generated::{Note, NoteFields};

impl NoteFields for Note {
    /// How many words the text has.
    async fn word_count(&self, _cx: &Cx) -> Result<i32> {
        let words = self.text().unwrap_or_default().split_whitespace().count();
        Ok(i32::try_from(words)?)
    }
}
