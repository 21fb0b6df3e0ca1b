//! Interfaces and unions: an enum of what their values may be.

use proc_macro2::TokenStream;
use quote::quote;

use super::words::{docs, ident, number};
use crate::model::{Abstract, Variant};

pub(super) fn items(ty: &Abstract) -> Vec<TokenStream> {
    let conversions = ty.variants.iter().map(|variant| conversion(ty, variant));
    let any = ty.has_entities().then(|| any_entity(ty));
    [definition(ty)].into_iter().chain(conversions).chain([output(ty)]).chain(any).collect()
}

fn definition(ty: &Abstract) -> TokenStream {
    let name = ident(&ty.rust);
    let type_docs = docs(ty.description.as_deref(), &format!("Any of the types that `{}` may be.", ty.name));
    let variants = ty.variants.iter().map(|variant| {
        let docs = docs(None, &format!("A `{}`.", variant.name));
        let name = ident(&variant.rust);
        quote!(#docs #name(#name))
    });
    quote! {
        #type_docs
        #[derive(Debug, Clone)]
        pub enum #name {
            #(#variants,)*
        }
    }
}

fn conversion(ty: &Abstract, variant: &Variant) -> TokenStream {
    let (name, variant) = (ident(&ty.rust), ident(&variant.rust));
    quote! {
        impl ::std::convert::From<#variant> for #name {
            fn from(value: #variant) -> Self {
                Self::#variant(value)
            }
        }
    }
}

fn output(ty: &Abstract) -> TokenStream {
    let name = ident(&ty.rust);
    let variants = ty.variants.iter().map(|variant| ident(&variant.rust));
    // Nothing is a value of a type without variants.
    let body = if ty.variants.is_empty() {
        quote!(match *self {})
    } else {
        quote!(match self { #(Self::#variants(value) => ::pent::ToOutput::to_output(value),)* })
    };
    quote! {
        impl ::pent::ToOutput for #name {
            fn to_output(&self) -> ::pent::OutputRef<'_> {
                #body
            }
        }
    }
}

fn any_entity(ty: &Abstract) -> TokenStream {
    let name = ident(&ty.rust);
    let text = &ty.name;
    let guarded = ty.variants.iter().filter(|variant| variant.is_guarded).filter_map(|variant| variant.node_type);
    let guarded = guarded.map(number);
    let (entities, plain): (Vec<_>, Vec<_>) = ty.variants.iter().partition(|variant| variant.node_type.is_some());
    let numbers = entities.iter().filter_map(|variant| variant.node_type).map(number);
    let entities: Vec<_> = entities.iter().map(|variant| ident(&variant.rust)).collect();
    let plain = plain.iter().map(|variant| ident(&variant.rust));
    quote! {
        impl ::pent::AnyEntity for #name {
            const NAME: &'static str = #text;
            const GUARDED: &'static [::kvetch::NodeType] = &[#(::kvetch::NodeType(#guarded)),*];

            fn of_node(
                node: ::std::sync::Arc<::kvetch::Node>,
            ) -> ::std::option::Option<::pent::Result<Self>> {
                match node.node_type {
                    #(::kvetch::NodeType(#numbers) => {
                        ::std::option::Option::Some(::pent::Entity::from_node(node).map(Self::#entities))
                    })*
                    _ => ::std::option::Option::None,
                }
            }

            fn node(&self) -> ::std::option::Option<&::std::sync::Arc<::kvetch::Node>> {
                match self {
                    #(Self::#entities(value) => ::std::option::Option::Some(::pent::Entity::node(value)),)*
                    #(Self::#plain(_) => ::std::option::Option::None,)*
                }
            }
        }
    }
}
