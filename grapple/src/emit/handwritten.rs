//! The file written by hand: read to see which impls it has, appended to, never edited.

use proc_macro2::{LineColumn, TokenStream};
use quote::quote;

use super::print::unparse;
use super::words::{docs, ident, rust_type};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::model::{Field, Model, Owner};
use crate::rust_type::RustType;
use crate::source::{SourceFile, SourceId, Span};

/// What a new file starts with.
const HEAD: &str = "\
//! Fields and mutations written by hand. `grapple generate` appends what is missing and edits nothing.
";

/// The file as it should be, and what is to be said about it.
#[derive(Debug)]
pub(crate) struct Handwritten {
    pub(crate) contents: String,
    pub(crate) notes: Vec<Diagnostic>,
}

/// Appends the impls that a file lacks.
///
/// # Errors
/// When the file does not parse: nobody can tell what it has.
pub(crate) fn complete(model: &Model, present: Option<&SourceFile>) -> Result<Handwritten, Box<Diagnostic>> {
    let text = present.map_or(HEAD, SourceFile::text);
    let file = syn::parse_file(text).map_err(|error| Box::new(unparsable(text, &error)))?;
    let impls = impls(&file.items);
    let mut complete = Handwritten { contents: text.to_owned(), notes: Vec::new() };
    for owner in model.owners() {
        match impls.iter().find(|found| found.is_for(&owner)) {
            Some(found) => complete.notes.extend(missing_methods(text, found, &owner)),
            None => append(&mut complete, &owner),
        }
    }
    Ok(complete)
}

/// `impl Trait for Type`, by the last names of both paths.
struct Impl<'f> {
    fields: String,
    ty: String,
    item: &'f syn::ItemImpl,
}

impl Impl<'_> {
    fn is_for(&self, owner: &Owner<'_>) -> bool {
        self.fields == owner.trait_name() && self.ty == owner.rust
    }

    fn has(&self, method: &str) -> bool {
        self.item.items.iter().any(|item| match item {
            syn::ImplItem::Fn(function) => function.sig.ident == method,
            // A macro may expand to anything.
            syn::ImplItem::Macro(_) => true,
            _ => false,
        })
    }
}

fn impls(items: &[syn::Item]) -> Vec<Impl<'_>> {
    items
        .iter()
        .flat_map(|item| match item {
            syn::Item::Impl(item) => trait_impl(item).into_iter().collect(),
            syn::Item::Mod(module) => module.content.as_ref().map_or_else(Vec::new, |(_, items)| impls(items)),
            _ => Vec::new(),
        })
        .collect()
}

fn trait_impl(item: &syn::ItemImpl) -> Option<Impl<'_>> {
    let last = |path: &syn::Path| path.segments.last().map(|segment| segment.ident.to_string());
    let fields = last(trait_path(item)?)?;
    match &*item.self_ty {
        syn::Type::Path(ty) => Some(Impl { fields, ty: last(&ty.path)?, item }),
        _ => None,
    }
}

fn trait_path(item: &syn::ItemImpl) -> Option<&syn::Path> {
    item.trait_.as_ref().map(|(path, ..)| path)
}

fn append(complete: &mut Handwritten, owner: &Owner<'_>) {
    if !complete.contents.is_empty() && !complete.contents.ends_with('\n') {
        complete.contents.push('\n');
    }
    complete.contents.push('\n');
    complete.contents.push_str(&unparse(fields_impl(owner, owner.custom_fields().collect())));
}

/// Only whole impls are appended; a method that an impl lacks is for its author to paste.
fn missing_methods(text: &str, found: &Impl<'_>, owner: &Owner<'_>) -> Option<Diagnostic> {
    let missing: Vec<&Field> = owner.custom_fields().filter(|field| !found.has(&field.rust)).collect();
    if missing.is_empty() {
        return None;
    }
    let names: Vec<String> = missing.iter().map(|field| format!("`{}`", field.rust)).collect();
    let printed = unparse(fields_impl(owner, missing));
    let methods: Vec<&str> = printed.lines().skip(1).filter(|line| *line != "}").collect();
    let span = span(text, found.item.impl_token.span.start(), found.item.impl_token.span.end());
    let message = format!("the impl of `{}` for `{}` lacks {}", owner.trait_name(), owner.rust, names.join(", "));
    Some(
        Diagnostic::note(Code::MethodMissing, span, message)
            .label("only whole impls are appended")
            .help(format!("paste into it:\n{}", methods.join("\n"))),
    )
}

fn fields_impl(owner: &Owner<'_>, fields: Vec<&Field>) -> TokenStream {
    let (name, ty) = (ident(&owner.trait_name()), ident(owner.rust));
    let methods = fields.into_iter().map(|field| method(owner, field));
    quote! {
        impl super::generated::#name for super::generated::#ty {
            #(#methods)*
        }
    }
}

/// A function that compiles and answers a clear error until it is written. Its paths are absolute: the file's
/// imports are not known.
fn method(owner: &Owner<'_>, field: &Field) -> TokenStream {
    let schema_name = format!("{}.{}", owner.name, field.name);
    let docs = docs(field.description.as_deref(), &format!("`{schema_name}`."));
    let name = ident(&field.rust);
    let receiver = owner.has_value.then(|| quote!(&self,));
    let args: Vec<_> = field.args.iter().map(|argument| ident(&argument.rust)).collect();
    let types = field.args.iter().map(|argument| local_type(&argument.rust_type));
    let output = local_type(&field.rust_type);
    let unused = if args.is_empty() { quote!(cx) } else { quote!((cx, #(#args),*)) };
    quote! {
        #docs
        async fn #name(#receiver cx: &::pent::Cx, #(#args: #types,)*) -> ::pent::Result<#output> {
            let _ = #unused;
            Err(::pent::Error::not_written(#schema_name))
        }
    }
}

/// A type as the file beside the generated one names it.
fn local_type(ty: &RustType) -> TokenStream {
    match ty {
        RustType::Item { name, .. } => {
            let name = ident(name);
            quote!(super::generated::#name)
        }
        RustType::Option(inner) => {
            let inner = local_type(inner);
            quote!(::std::option::Option<#inner>)
        }
        RustType::Vec(inner) => {
            let inner = local_type(inner);
            quote!(::std::vec::Vec<#inner>)
        }
        other => rust_type(other),
    }
}

fn unparsable(text: &str, error: &syn::Error) -> Diagnostic {
    let span = span(text, error.span().start(), error.span().end());
    Diagnostic::error(Code::HandWritten, span, format!("the hand-written file does not parse: {error}"))
        .help("mend it first: until then nobody can tell which impls it has, and nothing is written")
}

/// proc-macro2 counts columns in characters from 0, spans count bytes.
fn span(text: &str, start: LineColumn, end: LineColumn) -> Span {
    Span { source: SourceId::Custom, start: offset(text, start), end: offset(text, end) }
}

fn offset(text: &str, at: LineColumn) -> usize {
    let line_start: usize = text.split_inclusive('\n').take(at.line.saturating_sub(1)).map(str::len).sum();
    let line = &text[line_start..];
    line_start + line.char_indices().nth(at.column).map_or(line.len(), |(offset, _)| offset)
}
