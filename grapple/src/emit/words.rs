//! Small pieces of Rust: names, types, doc comments.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;

use crate::rust_type::RustType;

/// A name of the model, whose keywords are escaped already.
pub(super) fn ident(name: &str) -> Ident {
    match name.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, Span::call_site()),
        None => Ident::new(name, Span::call_site()),
    }
}

/// A number without its type: the place it stands in has one.
pub(super) fn number(value: u32) -> Literal {
    Literal::u32_unsuffixed(value)
}

/// A type by its absolute path: a user's type may be called `Option`.
pub(super) fn rust_type(ty: &RustType) -> TokenStream {
    match ty {
        RustType::Bool => quote!(bool),
        RustType::I32 => quote!(i32),
        RustType::I64 => quote!(i64),
        RustType::F64 => quote!(f64),
        RustType::Text => quote!(::std::string::String),
        RustType::NodeId => quote!(::kvetch::NodeId),
        RustType::Timestamp => quote!(::kvetch::Timestamp),
        RustType::Date => quote!(::pent::scalar::Date),
        RustType::Json => quote!(::pent::scalar::Json),
        RustType::Item { name, .. } => {
            let name = ident(name);
            quote!(#name)
        }
        RustType::Option(inner) => {
            let inner = rust_type(inner);
            quote!(::std::option::Option<#inner>)
        }
        RustType::Boxed(inner) => {
            let inner = rust_type(inner);
            quote!(::std::boxed::Box<#inner>)
        }
        RustType::Vec(inner) => {
            let inner = rust_type(inner);
            quote!(::std::vec::Vec<#inner>)
        }
        RustType::Patch(inner) => {
            let inner = rust_type(inner);
            quote!(::pent::Patch<#inner>)
        }
    }
}

/// A description as doc comments, or what to say when there is none.
pub(super) fn docs(description: Option<&str>, otherwise: &str) -> TokenStream {
    let lines = doc_lines(description.unwrap_or(otherwise));
    quote!(#(#[doc = #lines])*)
}

/// The same of something that may be deprecated. It is said, and no more: generated code itself uses what is
/// deprecated.
pub(super) fn docs_of(description: Option<&str>, otherwise: &str, deprecated: Option<&str>) -> TokenStream {
    let text = description.unwrap_or(otherwise);
    match deprecated {
        Some(reason) => docs(Some(&format!("{text}\n\n**Deprecated:** {reason}")), ""),
        None => docs(Some(text), ""),
    }
}

/// Markdown of a description as lines of rustdoc. Code in it is never Rust: rustdoc would compile and run it.
pub(super) fn doc_lines(text: &str) -> Vec<String> {
    let mut fence = None;
    // Tabs count as four columns, and clippy wants none.
    let text = printable(text).replace('\t', "    ");
    let mut lines: Vec<String> = text.lines().map(|line| doc_line(line.trim_end(), &mut fence)).collect();
    // What follows is no code. A block within a list or a quotation ends with that.
    let open = fence.filter(|open: &Fence| open.around.is_empty());
    lines.extend(open.map(|open| format!(" {}", open.mark)));
    lines
}

/// What opens a block of code, and closes it.
#[derive(Debug)]
struct Fence {
    mark: String,
    /// The list or the quotation that it is in.
    around: String,
}

impl Fence {
    /// Whether a line is in what the block is in.
    fn may_hold(&self, line: &str) -> bool {
        let bare = line.trim_start();
        let is_indented = || line.is_empty() || line.len() - bare.len() >= self.around.len();
        if self.around.trim_start().starts_with('>') { bare.starts_with('>') } else { is_indented() }
    }
}

/// One line. Four spaces would start a block of code, in a list or a quotation, too.
fn doc_line(line: &str, fence: &mut Option<Fence>) -> String {
    *fence = fence.take().filter(|open| open.may_hold(line));
    let (around, bare) = containers(line);
    let mark = fence_mark(bare);
    let rest = &bare[mark.len()..];
    match fence {
        Some(open) if mark.starts_with(&open.mark) && rest.is_empty() => {
            *fence = None;
            format!(" {around}{bare}")
        }
        _ if line.is_empty() => String::new(),
        Some(_) => format!(" {line}"),
        None if mark.is_empty() => format!(" {around}{bare}"),
        None => {
            let within = if around.trim().is_empty() { String::new() } else { around.clone() };
            *fence = Some(Fence { mark: mark.to_owned(), around: within });
            format!(" {around}{mark}{}", language(rest))
        }
    }
}

/// What a line begins with, of quotations, lists and indentation, and what is in them. None has more than three spaces
/// behind it.
fn containers(line: &str) -> (String, &str) {
    let mut around = String::new();
    let mut bare = line;
    loop {
        let inner = bare.trim_start_matches(' ');
        let spaces = bare.len() - inner.len();
        around += &" ".repeat(spaces.min(3));
        let digits = inner.bytes().take_while(u8::is_ascii_digit).count();
        let bullet = match inner.as_bytes() {
            [b'>', ..] => 1,
            [b'-' | b'*' | b'+', b' ', ..] => 1,
            bytes if (1..=9).contains(&digits) && matches!(bytes[digits..], [b'.' | b')', b' ', ..]) => digits + 1,
            _ => return (around, inner),
        };
        around += &inner[..bullet];
        bare = &inner[bullet..];
    }
}

/// Three or more of the letters that blocks of code stand between.
fn fence_mark(text: &str) -> &str {
    let letters = |mark: char| text.len() - text.trim_start_matches(mark).len();
    let length = letters('`').max(letters('~'));
    // Behind the letters of an opening one there are none of them.
    let is_mark = length >= 3 && !text[length..].contains('`');
    if is_mark { &text[..length] } else { "" }
}

/// The language of a block of code, as long as that is not Rust to rustdoc.
fn language(info: &str) -> &str {
    let end = |letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '+' | '#' | '-'));
    let word = info.trim_start().split(end).next().unwrap_or_default();
    let is_rust = word.is_empty()
        || ["rust", "custom", "ignore", "standalone"].contains(&word)
        || word.starts_with("edition")
        || (word.starts_with('E') && word[1..].bytes().all(|byte| byte.is_ascii_digit()));
    if is_rust || info.trim_start().contains('_') { "text" } else { word }
}

/// A text as it may stand in a comment of Rust: the compiler refuses carriage returns there, and letters that turn the
/// direction of what follows.
fn printable(text: &str) -> String {
    let is_refused = |letter: char| {
        let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        turns || (letter.is_control() && !matches!(letter, '\n' | '\t'))
    };
    text.replace("\r\n", "\n").replace('\r', "\n").replace(is_refused, "")
}

#[cfg(test)]
mod tests {
    use super::doc_lines;

    /// A carriage return in a description of a custom field broke custom.rs for good.
    #[test]
    fn nothing_that_the_compiler_refuses_in_a_comment_is_left() {
        assert_eq!(doc_lines("a\r\nb\rc\u{0}\u{202e}d\u{2066}\u{85}"), [" a", " b", " cd"]);
    }

    /// Only blocks without a language were told from Rust, and those alone that stood by themselves.
    #[test]
    fn code_in_descriptions_is_never_compiled() {
        for (description, expected) in [
            ("a\n\n```\nx\n```\n      deep", " a\n\n ```text\n x\n ```\n    deep"),
            ("```rust\nx\n```", " ```text\n x\n ```"),
            ("```no_run\nx\n```", " ```text\n x\n ```"),
            ("```js rust\nx\n```", " ```js\n x\n ```"),
            ("``` graphql\n  {\n    a }\n```", " ```graphql\n   {\n     a }\n ```"),
            ("~~~\nx\n```\n~~~~", " ~~~text\n x\n ```\n ~~~~"),
            ("````\n```\n````", " ````text\n ```\n ````"),
            ("- ```\n  x\n  ```", " - ```text\n   x\n   ```"),
            ("> ```E0277\n> x\n> ```", " > ```text\n > x\n > ```"),
            ("-      x\n>     y\n1.      z\n\tw", " -   x\n >   y\n 1.   z\n    w"),
            ("```\nopen", " ```text\n open\n ```"),
            ("> ```\n> x\n\n```\ny\n```", " > ```text\n > x\n\n ```text\n y\n ```"),
            ("- ```\n  x\n```\ny\n```", " - ```text\n   x\n ```text\n y\n ```"),
            ("- ```\n  open", " - ```text\n   open"),
            ("```code``` in a line", " ```code``` in a line"),
            ("- a\n- b\n\n2026 was good", " - a\n - b\n\n 2026 was good"),
        ] {
            assert_eq!(doc_lines(description).join("\n"), expected, "{description}");
        }
    }
}
