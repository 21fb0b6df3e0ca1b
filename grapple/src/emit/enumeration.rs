//! Enums.

use proc_macro2::TokenStream;
use quote::quote;

use super::words::{docs, docs_of, ident};
use crate::model::Enum;

pub(super) fn items(ty: &Enum) -> Vec<TokenStream> {
    let name = ident(&ty.rust);
    let type_docs = docs(ty.description.as_deref(), &format!("The enum `{}`.", ty.name));
    let variants: Vec<_> = ty.values.iter().map(|value| ident(&value.rust)).collect();
    let texts: Vec<_> = ty.values.iter().map(|value| value.name.as_str()).collect();
    let value_docs = ty
        .values
        .iter()
        .map(|value| docs_of(value.description.as_deref(), &format!("`{}`.", value.name), value.deprecated.as_deref()));
    let expected = format!("a {}", ty.name);
    let definition = quote! {
        #type_docs
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum #name {
            #(#value_docs #variants,)*
        }
    };
    let names = quote! {
        impl #name {
            /// The value's name in the schema.
            pub const fn name(self) -> &'static str {
                match self {
                    #(Self::#variants => #texts,)*
                }
            }

            /// The value of a name in the schema.
            pub fn from_name(name: &str) -> ::std::option::Option<Self> {
                match name {
                    #(#texts => ::std::option::Option::Some(Self::#variants),)*
                    _ => ::std::option::Option::None,
                }
            }
        }
    };
    let output = quote! {
        impl ::pent::ToOutput for #name {
            fn to_output(&self) -> ::pent::OutputRef<'_> {
                ::pent::OutputRef::Text(self.name())
            }
        }
    };
    let input = quote! {
        impl ::pent::FromInput for #name {
            fn from_input(input: ::std::option::Option<&::pent::Input>) -> ::pent::Result<Self> {
                let value = match input {
                    ::std::option::Option::Some(::pent::Input::Text(name)) => Self::from_name(name),
                    _ => ::std::option::Option::None,
                };
                value.ok_or_else(|| ::pent::input::mismatch(#expected, input))
            }
        }
    };
    let stored = quote! {
        impl ::pent::StoredValue for #name {
            fn to_stored(self) -> ::kvetch::Value {
                ::pent::StoredValue::to_stored(::std::borrow::ToOwned::to_owned(self.name()))
            }

            fn from_stored(
                stored: ::std::option::Option<::kvetch::ValueRef<'_>>,
            ) -> ::pent::Result<Self> {
                let value = match stored {
                    ::std::option::Option::Some(::kvetch::ValueRef::Text(name)) => Self::from_name(name),
                    _ => ::std::option::Option::None,
                };
                value.ok_or_else(|| ::pent::entity::unfit(#expected, stored))
            }
        }
    };
    vec![definition, names, output, input, stored]
}
