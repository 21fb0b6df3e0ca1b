//! The file written by hand: read to see which impls it has, appended to, never edited.

use proc_macro2::{LineColumn, TokenStream};
use quote::quote;

use super::print::unparse;
use super::privacy;
use super::words::{docs, ident, rust_type};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::model::{Entity, Field, Model, Owner};
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

/// Appends the impls that a file lacks; none where the model is not known.
///
/// # Errors
/// When the file does not parse: nobody can tell what it has.
pub(super) fn complete(model: Option<&Model>, present: Option<&SourceFile>) -> Result<Handwritten, Box<Diagnostic>> {
    let text = present.map_or(HEAD, SourceFile::text);
    let file = syn::parse_file(text).map_err(|error| Box::new(unparsable(text, &error)))?;
    let impls = impls(&file.items);
    let mut complete = Handwritten { contents: text.to_owned(), notes: Vec::new() };
    for wanted in model.into_iter().flat_map(wanted) {
        match impls.iter().find(|found| found.trait_name == wanted.trait_name && found.ty == wanted.ty) {
            Some(found) => complete.notes.extend(missing_methods(text, found, &wanted)),
            None => append(&mut complete, &wanted.whole()),
        }
    }
    Ok(complete)
}

/// An impl that the file is to have.
struct Wanted {
    /// The trait as this file names it.
    path: TokenStream,
    trait_name: String,
    ty: String,
    /// What has to be in it, by name.
    methods: Vec<(String, TokenStream)>,
}

impl Wanted {
    fn whole(&self) -> TokenStream {
        self.with(self.methods.iter().map(|(_, method)| method))
    }

    fn with<'m>(&self, methods: impl Iterator<Item = &'m TokenStream>) -> TokenStream {
        let (path, ty) = (&self.path, ident(&self.ty));
        quote! {
            impl #path for super::generated::#ty {
                #(#methods)*
            }
        }
    }
}

/// Fields written by hand, then privacy rules, then hooks, each in the order of the schema.
fn wanted(model: &Model) -> Vec<Wanted> {
    let fields = model.owners().into_iter().map(|owner| {
        let methods = owner.custom_fields().map(|field| (field.rust.clone(), method(&owner, field)));
        of_generated(owner.trait_name(), owner.rust, methods.collect())
    });
    let privacy = model
        .entities
        .iter()
        .filter(|entity| entity.privacy)
        .map(|entity| of_generated(entity.privacy_trait(), &entity.rust, rules(entity)));
    let hooks = model.entities.iter().filter(|entity| entity.hooks).map(|entity| Wanted {
        path: quote!(::pent::Hooks),
        trait_name: "Hooks".to_owned(),
        ty: entity.rust.clone(),
        methods: Vec::new(),
    });
    fields.chain(privacy).chain(hooks).collect()
}

fn of_generated(trait_name: String, ty: &str, methods: Vec<(String, TokenStream)>) -> Wanted {
    let name = ident(&trait_name);
    Wanted { path: quote!(super::generated::#name), trait_name, ty: ty.to_owned(), methods }
}

/// Rules that let nobody do anything until they are written.
fn rules(entity: &Entity) -> Vec<(String, TokenStream)> {
    let ty = ident(&entity.rust);
    let rule = |(name, text): (&str, &str), subject: TokenStream| {
        let docs = docs(None, &format!("{text} Nobody, so far."));
        let function = ident(name);
        let method = quote! {
            #docs
            fn #function() -> ::pent::Rules<#subject> {
                ::pent::Rules::new()
            }
        };
        (name.to_owned(), method)
    };
    let read = rule(privacy::READ, quote!(super::generated::#ty));
    let writes = privacy::WRITES.map(|write| rule(write, quote!(::pent::Change<super::generated::#ty>)));
    std::iter::once(read).chain(writes).collect()
}

/// `impl Trait for Type`, by the last names of both paths.
struct Impl<'f> {
    trait_name: String,
    ty: String,
    item: &'f syn::ItemImpl,
}

impl Impl<'_> {
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
    let trait_name = last(trait_path(item)?)?;
    match &*item.self_ty {
        syn::Type::Path(ty) => Some(Impl { trait_name, ty: last(&ty.path)?, item }),
        _ => None,
    }
}

fn trait_path(item: &syn::ItemImpl) -> Option<&syn::Path> {
    item.trait_.as_ref().map(|(path, ..)| path)
}

fn append(complete: &mut Handwritten, whole: &TokenStream) {
    if !complete.contents.is_empty() && !complete.contents.ends_with('\n') {
        complete.contents.push('\n');
    }
    complete.contents.push('\n');
    complete.contents.push_str(&unparse(whole.clone()));
}

/// Only whole impls are appended; a method that an impl lacks is for its author to paste.
fn missing_methods(text: &str, found: &Impl<'_>, wanted: &Wanted) -> Option<Diagnostic> {
    let missing: Vec<_> = wanted.methods.iter().filter(|(name, _)| !found.has(name)).collect();
    if missing.is_empty() {
        return None;
    }
    let names: Vec<String> = missing.iter().map(|(name, _)| format!("`{name}`")).collect();
    let printed = unparse(wanted.with(missing.iter().map(|(_, method)| method)));
    let methods: Vec<&str> = printed.lines().skip(1).filter(|line| *line != "}").collect();
    let span = span(text, found.item.impl_token.span.start(), found.item.impl_token.span.end());
    let message = format!("the impl of `{}` for `{}` lacks {}", wanted.trait_name, wanted.ty, names.join(", "));
    Some(
        Diagnostic::note(Code::MethodMissing, span, message)
            .label("only whole impls are appended")
            .help(format!("paste into it:\n{}", methods.join("\n"))),
    )
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
