//! Tokens to formatted text.

use proc_macro2::TokenStream;
use quote::quote;

use super::words::{doc_lines, ident};
use crate::model::Model;
use crate::seal;

/// The lints that names and descriptions of a schema can trip, which the schema's author cannot help.
fn allowances() -> TokenStream {
    quote! {
        #![allow(
            dead_code,
            unreachable_pub,
            clippy::approx_constant,
            clippy::disallowed_names,
            clippy::doc_lazy_continuation,
            clippy::doc_nested_refdefs,
            clippy::doc_overindented_list_items,
            clippy::enum_variant_names,
            clippy::just_underscores_and_digits,
            clippy::large_enum_variant,
            clippy::len_without_is_empty,
            clippy::new_ret_no_self,
            clippy::should_implement_trait,
            clippy::struct_field_names,
            clippy::too_many_arguments,
            clippy::type_complexity,
            clippy::upper_case_acronyms,
            clippy::wrong_self_convention,
            rustdoc::bare_urls,
            rustdoc::broken_intra_doc_links,
            rustdoc::invalid_html_tags,
            reason = "names and descriptions are the schema's, and not every program uses all of it"
        )]
    }
}

/// A whole generated file: header, docs, items, and the table.
pub(super) fn file(model: &Model, items: &str, table: &str) -> String {
    let schema = &model.schema_file;
    let fallback = format!("The object model of `{schema}`.");
    let docs = doc_lines(model.description.as_deref().unwrap_or(&fallback));
    let allow = allowances();
    let head = unparse(quote!(#(#![doc = #docs])* #allow));
    seal::sealed(schema, &format!("\n{head}\n{items}\n{table}"))
}

/// Formats items one by one as they are made, with an empty line between them.
pub(super) fn items(items: impl Iterator<Item = TokenStream>) -> String {
    let mut text = String::new();
    for item in items.map(unparse) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&item);
    }
    text
}

/// Stands for the elements of a long list, which are formatted by themselves: the printer's time and memory grow with
/// what it formats at once. Longer than a line, so that the list is broken around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(&'static str);

impl Mark {
    /// For a list of an item.
    pub(super) const OUTER: Self = Self(
        "ELEMENTS_OF_A_LONG_LIST_OF_AN_ITEM_ELEMENTS_OF_A_LONG_LIST_OF_AN_ITEM_ELEMENTS_OF_A_LONG_LIST_OF_AN_ITEM",
    );
    /// For a list of an element of such a list.
    pub(super) const INNER: Self =
        Self("ELEMENTS_OF_A_LONG_LIST_OF_A_LIST_ELEMENTS_OF_A_LONG_LIST_OF_A_LIST_ELEMENTS_OF_A_LONG_LIST_OF_A_LIST");

    /// What stands in the list.
    pub(super) fn tokens(self) -> TokenStream {
        let mark = ident(self.0);
        quote!(#mark, #mark,)
    }

    /// An element as it is formatted within a list. `around` is what the list stands in.
    pub(super) fn element(self, around: impl FnOnce(TokenStream) -> TokenStream, element: &TokenStream) -> String {
        let mark = ident(self.0);
        let text = unparse(around(quote!(#mark, #element, #mark,)));
        let (first, last) = self.lines(&text);
        text[first.1..last.0].to_owned()
    }

    /// A text with the elements in the place of their marks.
    pub(super) fn replaced(self, text: &str, elements: impl Iterator<Item = String>) -> String {
        let (first, last) = self.lines(text);
        let mut whole = text[..first.0].to_owned();
        elements.for_each(|element| whole.push_str(&element));
        whole.push_str(&text[last.1..]);
        whole
    }

    /// Where the lines of the first mark and of the last begin and end.
    fn lines(self, text: &str) -> ((usize, usize), (usize, usize)) {
        let line = |at: usize| {
            let end = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
            (text[..at].rfind('\n').map_or(0, |start| start + 1), end)
        };
        let (first, last) = text.find(self.0).zip(text.rfind(self.0)).expect("a list is printed with its marks");
        (line(first), line(last))
    }
}

/// Formats one item, or the head of a file.
pub(super) fn unparse(tokens: TokenStream) -> String {
    let file: syn::File = syn::parse2(tokens).expect("the templates of this module are Rust");
    space_methods(&prettyplease::unparse(&file))
}

/// Puts an empty line after each function of an impl or trait, which the printer leaves out.
fn space_methods(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        spaced.push_str(line);
        spaced.push('\n');
        let next = lines.peek().copied().unwrap_or_default();
        let declares = line.starts_with("    fn ") && line.ends_with(';');
        let ends_method = line == "    }" || declares || (line.starts_with("    ") && line.ends_with("Send;"));
        let ends_constant = line.starts_with("    const ") || line == "    });";
        let ends_constants = ends_constant && next.starts_with("    fn ");
        if ends_constants || (ends_method && next != "}") {
            spaced.push('\n');
        }
    }
    spaced
}
