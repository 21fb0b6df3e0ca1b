//! The subscription root: what is subscribed to, and how events of it are answered.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::words::{docs, docs_of, ident, rust_type};
use crate::model::{Field, Root};

pub(super) fn items(root: &Root) -> Vec<TokenStream> {
    let name = ident(&root.rust);
    let type_docs = docs(
        root.description.as_deref(),
        &format!("What is subscribed to, of the fields of `{}`, with the arguments.", root.name),
    );
    let variants = root.fields.iter().map(variant);
    let definition = quote! {
        #type_docs
        #[derive(Debug, Clone, PartialEq)]
        pub enum #name {
            #(#variants,)*
        }
    };
    let reads = root.fields.iter().map(read);
    let answers = root.fields.iter().map(answer);
    let text = &root.name;
    let reading = quote! {
        impl ::std::convert::TryFrom<&::pent::Subscription<'_>> for #name {
            type Error = ::pent::Error;

            fn try_from(subscription: &::pent::Subscription<'_>) -> ::pent::Result<Self> {
                let args = subscription.args();
                match subscription.field() {
                    #(#reads)*
                    other => ::std::result::Result::Err(::pent::Error::internal(::std::format_args!(
                        "{} has no field {other}",
                        #text,
                    ))),
                }
            }
        }
    };
    let methods = quote! {
        impl #name {
            #(#answers)*
        }
    };
    vec![definition, reading, methods]
}

fn variant(field: &Field) -> TokenStream {
    let docs = docs_of(field.description.as_deref(), &format!("`{}`.", field.name), field.deprecated.as_deref());
    let name = ident(&crate::case::type_name(&field.name));
    if field.args.is_empty() {
        return quote!(#docs #name);
    }
    let args = field.args.iter().map(|argument| ident(&argument.rust));
    let types = field.args.iter().map(|argument| rust_type(&argument.rust_type));
    let arg_docs = field.args.iter().map(|argument| {
        docs_of(
            argument.description.as_deref(),
            &format!("The argument `{}`.", argument.name),
            argument.deprecated.as_deref(),
        )
    });
    quote!(#docs #name { #(#arg_docs #args: #types,)* })
}

fn read(field: &Field) -> TokenStream {
    let text = Literal::string(&field.name);
    let name = ident(&crate::case::type_name(&field.name));
    if field.args.is_empty() {
        return quote!(#text => { let _ = args; ::std::result::Result::Ok(Self::#name) });
    }
    let args = field.args.iter().map(|argument| ident(&argument.rust));
    let keys = field.args.iter().map(|argument| argument.name.as_str());
    quote!(#text => ::std::result::Result::Ok(Self::#name { #(#args: args.get(#keys)?,)* }),)
}

fn answer(field: &Field) -> TokenStream {
    let otherwise = format!("The response to one event of `{}`: what it brings, or why there is nothing.", field.name);
    let docs = docs_of(None, &otherwise, field.deprecated.as_deref());
    let name = ident(&field.rust);
    let ty = rust_type(&field.rust_type);
    quote! {
        #docs
        pub async fn #name(
            subscription: &::pent::Subscription<'_>,
            value: ::pent::Result<#ty>,
            scope: &mut ::pent::Scope,
        ) -> ::pent::Response {
            subscription.event(value, scope).await
        }
    }
}
