//! Texts that are as long as somebody else pleases.

use std::any::Any;

/// The beginning of a text, of so many bytes at most and of whole characters.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=text.len().min(bytes)).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

/// What somebody panicked with.
pub(crate) fn of_panic(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_text_is_cut_between_characters() {
        for (bytes, expected) in [(0, ""), (1, "a"), (2, "a"), (3, "aé"), (4, "aéx"), (5, "aéx")] {
            assert_eq!(cut("aéx", bytes), expected);
        }
    }
}
