//! Fields written by hand: the traits that demand them, and the functions that call them.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::words::{docs, docs_of, ident, rust_type};
use crate::model::{Field, Owner, Source};

pub(super) fn items(owner: &Owner<'_>) -> Vec<TokenStream> {
    let unit = (!owner.has_value).then(|| unit(owner));
    let resolvers = owner.custom_fields().map(|field| resolver(owner, field));
    unit.into_iter().chain([fields_trait(owner)]).chain(resolvers).collect()
}

fn unit(owner: &Owner<'_>) -> TokenStream {
    let name = ident(owner.rust);
    let docs = docs(None, &format!("The root `{}`: what its fields written by hand are functions of.", owner.name));
    quote! {
        #docs
        #[derive(Debug, Clone, Copy)]
        pub struct #name;
    }
}

fn fields_trait(owner: &Owner<'_>) -> TokenStream {
    let name = ident(&owner.trait_name());
    let docs = docs(None, &format!("The fields of `{}` that are written by hand.", owner.name));
    let methods = owner.custom_fields().map(|field| declaration(owner, field));
    let fields: Vec<String> = owner.custom_fields().map(|field| format!("`{}.{}`", owner.name, field.name)).collect();
    let message = format!("the schema has fields of `{}` that are written by hand: {}", owner.name, fields.join(", "));
    let label = format!("they are an `impl {name} for {}`", owner.rust);
    let note = "`grapple generate` appends one whose functions answer an error that names them";
    quote! {
        #docs
        #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
        pub trait #name {
            #(#methods)*
        }
    }
}

fn declaration(owner: &Owner<'_>, field: &Field) -> TokenStream {
    let otherwise = format!("`{}.{}`.", owner.name, field.name);
    let docs = docs_of(field.description.as_deref(), &otherwise, field.deprecated.as_deref());
    let name = ident(&field.rust);
    let receiver = owner.has_value.then(|| quote!(&self,));
    let args = field.args.iter().map(|argument| ident(&argument.rust));
    let types = field.args.iter().map(|argument| rust_type(&argument.rust_type));
    let output = rust_type(&field.rust_type);
    quote! {
        #docs
        fn #name(
            #receiver
            cx: &::pent::Cx,
            #(#args: #types,)*
        ) -> impl ::std::future::Future<Output = ::pent::Result<#output>> + ::std::marker::Send;
    }
}

fn resolver(owner: &Owner<'_>, field: &Field) -> TokenStream {
    let Source::Custom { resolver } = &field.source else { return TokenStream::new() };
    let resolver = ident(resolver);
    let (ty, fields, name) = (ident(owner.rust), ident(&owner.trait_name()), ident(&field.rust));
    let keys = field.args.iter().map(|argument| argument.name.as_str());
    let args = if field.args.is_empty() { ident("_args") } else { ident("args") };
    let body = if owner.has_value && !field.args.is_empty() {
        // By position: an argument may be called like anything else here.
        let read = (0..field.args.len()).map(Literal::usize_unsuffixed);
        quote! {
            ::pent::custom::per_item_with(
                call,
                |args| ::std::result::Result::Ok((#(args.get(#keys)?,)*)),
                |cx, args, parent: #ty| async move { #fields::#name(&parent, cx, #(args.#read,)*).await },
            )
        }
    } else if owner.has_value {
        quote! {
            ::pent::custom::per_item(call, |cx, _args, parent: #ty| async move { #fields::#name(&parent, cx).await })
        }
    } else {
        quote! {
            ::pent::custom::per_request(call, |cx, #args| async move {
                <#ty as #fields>::#name(cx, #(args.get(#keys)?,)*).await
            })
        }
    };
    quote! {
        fn #resolver(call: ::pent::Call<'_>) -> ::pent::Column<'_> {
            #body
        }
    }
}
