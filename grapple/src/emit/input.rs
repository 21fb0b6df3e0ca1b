//! Input objects.

use proc_macro2::TokenStream;
use quote::quote;

use super::words::{docs, docs_of, ident, rust_type};
use crate::model::{Argument, Input};
use crate::rust_type::RustType;

pub(super) fn items(input: &Input) -> Vec<TokenStream> {
    if input.is_one_of {
        return vec![choice(input), from_choice(input)];
    }
    let props = input.writes.then(|| into_props(input));
    [definition(input), from_input(input)].into_iter().chain(props).collect()
}

fn definition(input: &Input) -> TokenStream {
    let name = ident(&input.rust);
    let type_docs = docs(input.description.as_deref(), &format!("The input `{}`.", input.name));
    let default = input.has_default.then(|| quote!(, Default));
    let fields = input.fields.iter().map(|field| ident(&field.rust));
    let types = input.fields.iter().map(|field| rust_type(&field.rust_type));
    let field_docs = input.fields.iter().map(field_docs);
    quote! {
        #type_docs
        #[derive(Debug, Clone, PartialEq #default)]
        pub struct #name {
            #(#field_docs pub #fields: #types,)*
        }
    }
}

fn field_docs(field: &Argument) -> TokenStream {
    let otherwise = format!("The value `{}`.", field.name);
    docs_of(field.description.as_deref(), &otherwise, field.deprecated.as_deref())
}

/// An input of which exactly one field is given.
fn choice(input: &Input) -> TokenStream {
    let name = ident(&input.rust);
    let type_docs = docs(input.description.as_deref(), &format!("One of the values that `{}` may be.", input.name));
    let variants = input.fields.iter().map(|field| ident(&field.rust));
    let types = input.fields.iter().map(|field| rust_type(&field.rust_type));
    let variant_docs = input.fields.iter().map(field_docs);
    quote! {
        #type_docs
        #[derive(Debug, Clone, PartialEq)]
        pub enum #name {
            #(#variant_docs #variants(#types),)*
        }
    }
}

fn from_choice(input: &Input) -> TokenStream {
    let name = ident(&input.rust);
    let expected = format!("a {}", input.name);
    let keys = input.fields.iter().map(|field| field.name.as_str());
    let into = input.fields.iter().map(|field| {
        let variant = ident(&field.rust);
        match field.rust_type {
            RustType::Boxed(_) => quote!(|value| Self::#variant(::std::boxed::Box::new(value))),
            _ => quote!(Self::#variant),
        }
    });
    quote! {
        impl ::pent::FromInput for #name {
            fn from_input(input: ::std::option::Option<&::pent::Input>) -> ::pent::Result<Self> {
                match ::pent::input::only_field(input)? {
                    #((#keys, value) => {
                        ::pent::FromInput::from_input(::std::option::Option::Some(value)).map(#into)
                    })*
                    _ => ::std::result::Result::Err(::pent::input::mismatch(#expected, input)),
                }
            }
        }
    }
}

fn from_input(input: &Input) -> TokenStream {
    let name = ident(&input.rust);
    let fields = input.fields.iter().map(|field| ident(&field.rust));
    let values = input.fields.iter().map(field_value);
    quote! {
        impl ::pent::FromInput for #name {
            fn from_input(input: ::std::option::Option<&::pent::Input>) -> ::pent::Result<Self> {
                ::std::result::Result::Ok(Self {
                    #(#fields: #values,)*
                })
            }
        }
    }
}

/// A field as it is read from `input`.
fn field_value(field: &Argument) -> TokenStream {
    let key = field.name.as_str();
    let read = quote!(::pent::input::input_field);
    match &field.rust_type {
        RustType::Boxed(_) => quote!(::std::boxed::Box::new(#read(input, #key)?)),
        RustType::Option(some) => match &**some {
            RustType::Boxed(inner) => {
                let inner = rust_type(inner);
                quote!(#read::<::std::option::Option<#inner>>(input, #key)?.map(::std::boxed::Box::new))
            }
            _ => quote!(#read(input, #key)?),
        },
        _ => quote!(#read(input, #key)?),
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
