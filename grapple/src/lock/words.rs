//! A line of the lock, word by word.

use super::types;
use crate::print::Quoted;
use crate::type_ref::TypeRef;

/// What is left of a line.
pub(super) struct Words<'l> {
    rest: &'l str,
}

impl<'l> Words<'l> {
    pub(super) fn of(line: &'l str) -> Self {
        Self { rest: line }
    }

    /// Skips a text that has to stand here.
    pub(super) fn expect(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    /// Skips a text that may stand here.
    pub(super) fn skip(&mut self, text: &str) -> bool {
        self.expect(text).is_some()
    }

    /// A name of GraphQL.
    pub(super) fn name(&mut self) -> Option<&'l str> {
        let name = self.take_while(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        Some(name).filter(|name| !name.is_empty())
    }

    pub(super) fn owned(&mut self) -> Option<String> {
        self.name().map(str::to_owned)
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        self.take_while(|letter| letter.is_ascii_digit()).parse().ok()
    }

    pub(super) fn ty(&mut self) -> Option<TypeRef> {
        types::read(self.take_while(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '[' | ']' | '!')))
    }

    /// A name that something is stored under, as [`stored_name`] writes it.
    pub(super) fn stored_name(&mut self) -> Option<String> {
        if !self.skip("\"") {
            return self.owned();
        }
        let mut name = String::new();
        let mut letters = self.rest.char_indices();
        loop {
            match letters.next()? {
                (at, '"') => {
                    self.rest = &self.rest[at + 1..];
                    return Some(name);
                }
                (_, '\\') => match letters.next()?.1 {
                    'n' => name.push('\n'),
                    'r' => name.push('\r'),
                    't' => name.push('\t'),
                    'u' => name.push(code_point(&mut letters)?),
                    letter => name.push(letter),
                },
                (_, letter) => name.push(letter),
            }
        }
    }

    /// All that is left.
    pub(super) fn rest(self) -> &'l str {
        self.rest
    }

    /// That nothing is left.
    pub(super) fn end(self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'l str {
        let end = self.rest.find(|letter| !belongs(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}

/// `{1f600}`, say.
fn code_point(letters: &mut impl Iterator<Item = (usize, char)>) -> Option<char> {
    letters.next().filter(|(_, letter)| *letter == '{')?;
    let digits: String = letters.map(|(_, letter)| letter).take_while(|letter| *letter != '}').collect();
    char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
}

/// A name that something is stored under: any text, in quotes where it is no name of GraphQL.
pub(super) fn stored_name(name: &str) -> String {
    let is_plain = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if is_plain { name.to_owned() } else { Quoted(name).to_string() }
}

#[cfg(test)]
mod tests {
    use super::{Words, stored_name};

    #[test]
    fn any_stored_name_is_read_as_it_was() {
        for name in ["name", "full name", "a.b c", "a\nb\r\t", "\"\\", "\u{0}\u{1f600}\u{2028}", "", "ä -> b"] {
            let line = format!("{} rest", stored_name(name));
            assert!(!line.contains('\n'), "{line}");
            let mut words = Words::of(&line);
            assert_eq!(words.stored_name().as_deref(), Some(name));
            assert_eq!(words.rest(), " rest");
        }
        assert_eq!(Words::of("\"open").stored_name(), None);
    }
}
