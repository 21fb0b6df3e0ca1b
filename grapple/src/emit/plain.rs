//! Plain output types.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::words::{docs, docs_of, ident, rust_type};
use crate::model::{Field, Plain};
use crate::rust_type::RustType;

pub(super) fn items(plain: &Plain) -> Vec<TokenStream> {
    let name = ident(&plain.rust);
    let text = &plain.name;
    let type_docs = docs(plain.description.as_deref(), &format!("The output `{}`.", plain.name));
    let fields: Vec<_> = plain.fields.iter().map(|field| ident(&field.rust)).collect();
    let types = plain.fields.iter().map(|field| rust_type(&field.rust_type));
    let field_docs = plain.fields.iter().map(|field| {
        docs_of(field.description.as_deref(), &format!("The value `{}`.", field.name), field.deprecated.as_deref())
    });
    let positions = (0..plain.fields.len()).map(Literal::usize_unsuffixed);
    let values = plain.fields.iter().map(field_value);
    let definition = quote! {
        #type_docs
        #[derive(Debug, Clone)]
        pub struct #name {
            #(#field_docs pub #fields: #types,)*
        }
    };
    let output = quote! {
        impl ::pent::ToOutput for #name {
            fn to_output(&self) -> ::pent::OutputRef<'_> {
                ::pent::OutputRef::Object(self)
            }
        }
    };
    let members = quote! {
        impl ::pent::Plain for #name {
            fn field(&self, index: usize) -> ::pent::OutputRef<'_> {
                match index {
                    #(#positions => #values,)*
                    other => ::pent::output::no_such_field(#text, other),
                }
            }

            fn type_name(&self) -> ::std::option::Option<&'static str> {
                ::std::option::Option::Some(#text)
            }
        }
    };
    vec![definition, output, members]
}

/// A field as it is told to clients.
fn field_value(field: &Field) -> TokenStream {
    let name = ident(&field.rust);
    let is_boxed = |ty: &RustType| matches!(ty, RustType::Boxed(_));
    match &field.rust_type {
        ty if is_boxed(ty) => quote!(::pent::ToOutput::to_output(&*self.#name)),
        RustType::Option(some) if is_boxed(some) => quote! {
            self.#name.as_deref().map_or(::pent::OutputRef::Null, ::pent::ToOutput::to_output)
        },
        _ => quote!(::pent::ToOutput::to_output(&self.#name)),
    }
}
