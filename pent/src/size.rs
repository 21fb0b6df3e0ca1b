//! How large a document is, told from its text alone: what is too large is refused before a parser descends into it.
//!
//! The text is taken apart into the tokens of GraphQL (September 2025, 2.1) as juniper's parser does it, also where it
//! differs: what only one of the two takes for the inside of a string would pass every limit. What they open and close
//! is counted. A text that is no document has a size, too.

/// What can be counted without understanding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) tokens: u64,
    /// Selections inside one another, as they are written.
    pub(crate) depth: u64,
    /// Lists and objects inside one another, within parentheses.
    pub(crate) literal_depth: u64,
    pub(crate) aliases: u64,
    pub(crate) directives: u64,
    pub(crate) fragments: u64,
}

impl Size {
    /// The size of a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut counting = Counting::default();
        let mut rest = text.as_bytes();
        while let Some((token, after)) = next(rest) {
            counting.add(token);
            rest = after;
        }
        counting.size
    }
}

/// A token, as far as it matters.
#[derive(Clone, Copy)]
enum Token<'a> {
    Name(&'a [u8]),
    Mark(u8),
    /// A number, a string, dots.
    Other,
}

/// What is open at a place of the text.
#[derive(Default)]
struct Counting {
    size: Size,
    depth: u64,
    literals: u64,
    parentheses: u64,
}

impl Counting {
    fn add(&mut self, token: Token<'_>) {
        let size = &mut self.size;
        size.tokens += 1;
        let is_selection = self.parentheses == 0;
        match token {
            Token::Mark(b'(') => self.parentheses += 1,
            Token::Mark(b')') => self.parentheses = self.parentheses.saturating_sub(1),
            Token::Mark(b'{') if is_selection => {
                self.depth += 1;
                size.depth = size.depth.max(self.depth);
            }
            Token::Mark(b'}') if is_selection => self.depth = self.depth.saturating_sub(1),
            Token::Mark(b'{' | b'[') => {
                self.literals += 1;
                size.literal_depth = size.literal_depth.max(self.literals);
            }
            Token::Mark(b'}' | b']') => self.literals = self.literals.saturating_sub(1),
            // Elsewhere a colon stands behind an argument, a variable or a field of an object.
            Token::Mark(b':') if is_selection => size.aliases += 1,
            Token::Mark(b'@') => size.directives += 1,
            Token::Name(b"fragment") if is_selection && self.depth == 0 => size.fragments += 1,
            Token::Mark(_) | Token::Name(_) | Token::Other => {}
        }
    }
}

/// The first token of a text, and what follows it.
fn next(mut text: &[u8]) -> Option<(Token<'_>, &[u8])> {
    loop {
        let first = *text.first()?;
        match first {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => text = &text[1..],
            b'#' => text = &text[text.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(text.len())..],
            b'"' => return Some((Token::Other, after_string(text))),
            b'.' => return Some((Token::Other, text.strip_prefix(b"...").unwrap_or(&text[1..]))),
            b'-' | b'0'..=b'9' => return Some((Token::Other, after_number(text))),
            _ if text.starts_with(BYTE_ORDER_MARK) => text = &text[BYTE_ORDER_MARK.len()..],
            _ if is_of_name(first) => {
                let rest = after(text, is_of_name);
                return Some((Token::Name(&text[..text.len() - rest.len()]), rest));
            }
            mark => return Some((Token::Mark(mark), &text[1..])),
        }
    }
}

/// In UTF-8; it means nothing, wherever it stands.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What follows the bytes at the beginning that belong together.
fn after(text: &[u8], belongs: impl Fn(u8) -> bool) -> &[u8] {
    &text[text.iter().position(|byte| !belongs(*byte)).unwrap_or(text.len())..]
}

/// What follows a number. A name may stand right behind it.
fn after_number(text: &[u8]) -> &[u8] {
    let digits = |text| after(text, |byte: u8| byte.is_ascii_digit());
    let mut rest = digits(match text {
        // The parser takes one in the second place, too.
        [_, b'-', rest @ ..] | [_, rest @ ..] => rest,
        [] => text,
    });
    if let [b'.', fraction @ ..] = rest {
        rest = digits(fraction);
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        rest = digits(match exponent {
            [b'+' | b'-', digits @ ..] => digits,
            _ => exponent,
        });
    }
    rest
}

/// What follows a string; nothing, when it does not end.
fn after_string(text: &[u8]) -> &[u8] {
    match text.strip_prefix(b"\"\"\"") {
        Some(block) => after_block(block),
        None => after_line(&text[1..]),
    }
}

/// A backslash takes the meaning of one quote that follows, where the specification has it take that of three: so
/// `"""\""""` ends here.
fn after_block(mut rest: &[u8]) -> &[u8] {
    loop {
        match rest {
            [] => return rest,
            [b'"', b'"', b'"', after @ ..] => return after,
            [b'\\', b'"', after @ ..] | [_, after @ ..] => rest = after,
        }
    }
}

fn after_line(mut rest: &[u8]) -> &[u8] {
    loop {
        match rest {
            [] => return rest,
            [b'"', after @ ..] => return after,
            // It ends with the line, whatever is said of that.
            [b'\n' | b'\r', ..] => return rest,
            [b'\\', _, after @ ..] | [_, after @ ..] => rest = after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_and_closes_is_counted_where_it_stands() {
        let size = |tokens, depth, literal_depth, aliases, directives, fragments| Size {
            tokens,
            depth,
            literal_depth,
            aliases,
            directives,
            fragments,
        };
        for (text, expected) in [
            ("", size(0, 0, 0, 0, 0, 0)),
            ("{ a }", size(3, 1, 0, 0, 0, 0)),
            ("{ a { b } c { d { e } } }", size(13, 3, 0, 0, 0, 0)),
            ("{ a: b(c: {d: [1, -2.5e+3]}) @skip(if: true) }", size(24, 1, 2, 1, 1, 0)),
            ("query($v: [Int!]! = [1]) { a }", size(18, 1, 1, 0, 0, 0)),
            ("{ ...f } fragment f on Query { fragment }", size(11, 1, 0, 0, 0, 1)),
            ("{ a(b: \"{ \\\" ( {\", c: \"\"\" { \\\"\"\" ( \"\"\") { d } }", size(14, 2, 0, 0, 0, 0)),
            ("{ a(b: \"\"\"\\\"\"\"\") { c } }", size(11, 2, 0, 0, 0, 0)),
            ("\u{feff}{ ......a 1e5e5 -1.5b 0.5E-3 }", size(10, 1, 0, 0, 0, 0)),
            ("# { ( [ \" \n{ a }", size(3, 1, 0, 0, 0, 0)),
            ("{ a } } } { b }", size(8, 1, 0, 0, 0, 0)),
            ("\"unclosed { \n {", size(2, 1, 0, 0, 0, 0)),
            ("\"\"\"unclosed {", size(1, 0, 0, 0, 0, 0)),
            ("\\ \u{e9} $", size(4, 0, 0, 0, 0, 0)),
        ] {
            assert_eq!(Size::of(text), expected, "{text}");
        }
    }

    #[test]
    fn a_hundred_thousand_levels_are_counted_without_descending() {
        let deep = |open: &str| format!("{{ a(b: {} ", open.repeat(100_000));
        assert_eq!(Size::of(&deep("[")).literal_depth, 100_000);
        assert_eq!(Size::of(&deep("{c:")).literal_depth, 100_000);
        assert_eq!(Size::of(&"{a".repeat(100_000)).depth, 100_000);
    }
}
