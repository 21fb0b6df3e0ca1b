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
    let mut in_fence = false;
    let mut line = |line: &str| {
        let line = line.trim_end();
        let bare = line.trim_start();
        if bare.starts_with("```") {
            in_fence = !in_fence;
            return if in_fence && bare == "```" { " ```text".to_owned() } else { format!(" {bare}") };
        }
        let indent = line.len() - bare.len();
        match (bare.is_empty(), in_fence) {
            (true, _) => String::new(),
            (false, true) => format!(" {line}"),
            // Four spaces would start a code block.
            (false, false) => format!(" {}{bare}", &line[..indent.min(3)]),
        }
    };
    printable(text).lines().map(&mut line).collect()
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

    #[test]
    fn code_in_descriptions_is_never_compiled() {
        assert_eq!(
            doc_lines("a\n\n```\nx\n```\n      deep"),
            [" a", "", " ```text", " x", " ```", "   deep"].map(|line| if line.contains("deep") {
                "    deep".to_owned()
            } else {
                line.to_owned()
            })
        );
    }
}
