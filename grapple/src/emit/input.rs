//! Input objects.

use proc_macro2::TokenStream;
use quote::quote;

use super::words::{docs, ident, rust_type};
use crate::model::{Argument, Input};
use crate::rust_type::RustType;

pub(super) fn items(input: &Input) -> Vec<TokenStream> {
    let props = input.writes.then(|| into_props(input));
    [definition(input), from_input(input)].into_iter().chain(props).collect()
}

fn definition(input: &Input) -> TokenStream {
    let name = ident(&input.rust);
    let type_docs = docs(input.description.as_deref(), &format!("The input `{}`.", input.name));
    let default = input.has_default.then(|| quote!(, Default));
    let fields = input.fields.iter().map(|field| ident(&field.rust));
    let types = input.fields.iter().map(|field| rust_type(&field.rust_type));
    let field_docs =
        input.fields.iter().map(|field| docs(field.description.as_deref(), &format!("The value `{}`.", field.name)));
    quote! {
        #type_docs
        #[derive(Debug, Clone, PartialEq #default)]
        pub struct #name {
            #(#field_docs pub #fields: #types,)*
        }
    }
}

fn from_input(input: &Input) -> TokenStream {
    let name = ident(&input.rust);
    let fields = input.fields.iter().map(|field| ident(&field.rust));
    let keys = input.fields.iter().map(|field| field.name.as_str());
    quote! {
        impl ::pent::FromInput for #name {
            fn from_input(input: ::std::option::Option<&::pent::Input>) -> ::pent::Result<Self> {
                ::std::result::Result::Ok(Self {
                    #(#fields: ::pent::input::input_field(input, #keys)?,)*
                })
            }
        }
    }
}

fn into_props(input: &Input) -> TokenStream {
    let name = ident(&input.rust);
    let puts = input.fields.iter().map(put);
    quote! {
        impl #name {
            /// What a node stores of it.
            pub fn into_props(self) -> ::kvetch::Props {
                let mut props = ::kvetch::Props::new();
                #(#puts)*
                props
            }
        }
    }
}

fn put(field: &Argument) -> TokenStream {
    let value = ident(&field.rust);
    let key = field.stored.as_deref().unwrap_or(&field.name);
    match field.rust_type {
        RustType::Patch(_) => quote!(::pent::entity::patch(&mut props, #key, self.#value);),
        _ => quote!(props.insert(#key, ::pent::StoredValue::to_stored(self.#value));),
    }
}
