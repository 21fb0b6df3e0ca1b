//! Entities.

use proc_macro2::TokenStream;
use quote::quote;

use super::words::{docs, docs_of, ident, number, rust_type};
use crate::model::{Entity, Field, Finder, Literal, Source, StoredValue};
use crate::rust_type::RustType;

pub(super) fn items(entity: &Entity) -> Vec<TokenStream> {
    vec![definition(entity), entity_impl(entity), output(entity), methods(entity)]
}

fn definition(entity: &Entity) -> TokenStream {
    let name = ident(&entity.rust);
    let docs = docs(entity.description.as_deref(), &format!("The entity `{}`.", entity.name));
    let fields = entity.stored.iter().map(|value| ident(&value.rust));
    let types = entity.stored.iter().map(|value| rust_type(&value.ty));
    quote! {
        #docs
        #[derive(Debug, Clone)]
        pub struct #name {
            node: ::std::sync::Arc<::kvetch::Node>,
            #(#fields: #types,)*
        }
    }
}

fn entity_impl(entity: &Entity) -> TokenStream {
    let name = ident(&entity.rust);
    let text = &entity.name;
    let node_type = number(entity.node_type);
    let fields: Vec<_> = entity.stored.iter().map(|value| ident(&value.rust)).collect();
    let keys = entity.stored.iter().map(|value| value.key.as_str());
    let required =
        entity.stored.iter().filter(|value| !matches!(value.ty, RustType::Option(_))).map(|value| value.key.as_str());
    let guarded = (entity.privacy || entity.hooks).then(|| {
        quote!(
            const IS_GUARDED: bool = true;
        )
    });
    let creation = entity.has_creation().then(|| creation(entity));
    quote! {
        impl ::pent::Entity for #name {
            const NODE_TYPE: ::kvetch::NodeType = ::kvetch::NodeType(#node_type);
            const NAME: &'static str = #text;
            const REQUIRED: &'static [&'static str] = &[#(#required),*];
            #guarded
            #creation

            fn from_node(node: ::std::sync::Arc<::kvetch::Node>) -> ::pent::Result<Self> {
                #(let #fields = ::pent::stored(&node, #keys)?;)*
                ::std::result::Result::Ok(Self { node, #(#fields,)* })
            }

            fn node(&self) -> &::std::sync::Arc<::kvetch::Node> {
                &self.node
            }
        }
    }
}

/// What is added to one that is created.
fn creation(entity: &Entity) -> TokenStream {
    let defaults = entity.stored.iter().filter_map(|value| Some((&value.key, value.default.as_ref()?)));
    let near = match &entity.near {
        Some(key) => quote!(::std::option::Option::Some(#key)),
        None => quote!(::std::option::Option::None),
    };
    let puts: Vec<_> = defaults
        .map(|(key, default)| {
            let value = stored_literal(default);
            quote!((#key, #value))
        })
        .collect();
    let defaults =
        if puts.is_empty() { quote!(::kvetch::Props::new()) } else { quote!(::kvetch::Props::from([#(#puts),*])) };
    quote! {
        const CREATION: ::std::option::Option<::pent::CreationDef> =
            ::std::option::Option::Some(::pent::CreationDef {
                defaults: || #defaults,
                near: #near,
            });
    }
}

/// A default as it is stored.
fn stored_literal(literal: &Literal) -> TokenStream {
    let variant = match literal {
        Literal::Null => quote!(Null),
        Literal::Bool(value) => quote!(Bool(#value)),
        Literal::Int(value) => {
            let value = proc_macro2::Literal::i64_unsuffixed(*value);
            quote!(Int(#value))
        }
        Literal::Float(value) => {
            let value = proc_macro2::Literal::f64_unsuffixed(*value);
            quote!(Float(#value))
        }
        Literal::Text(text) | Literal::Enum(text) => quote!(Text(::std::string::String::from(#text))),
        Literal::List(items) => {
            let items = items.iter().map(stored_literal);
            quote!(List(::std::vec![#(#items),*]))
        }
        Literal::Object(_) => unreachable!("no stored scalar or enum has fields"),
    };
    quote!(::kvetch::Value::#variant)
}

fn output(entity: &Entity) -> TokenStream {
    let name = ident(&entity.rust);
    quote! {
        impl ::pent::ToOutput for #name {
            fn to_output(&self) -> ::pent::OutputRef<'_> {
                ::pent::OutputRef::Node(&self.node)
            }
        }
    }
}

fn methods(entity: &Entity) -> TokenStream {
    let name = ident(&entity.rust);
    let fields = entity.fields.iter().filter_map(|field| method(entity, field));
    let finders = entity.finders.iter().map(finder);
    let ranges = entity.finders.iter().flat_map(|finder| between(finder).into_iter().chain(prefix(finder)));
    let upserts = entity.finders.iter().filter_map(|finder| upsert(entity, finder));
    let writes = [
        entity.create.as_deref().map(|data| create(entity, data)),
        entity.create.as_deref().map(|data| create_many(entity, data)),
        entity.update.as_deref().map(|data| update(entity, data)),
        entity.delete.then(|| delete(entity)),
    ];
    let writes = writes.into_iter().flatten();
    quote! {
        impl #name {
            #(#fields)*
            #(#finders)*
            #(#ranges)*
            #(#writes)*
            #(#upserts)*
        }
    }
}

/// The functions that a field becomes; none for one written by hand.
fn method(entity: &Entity, field: &Field) -> Option<TokenStream> {
    let stored = |key: &str| entity.stored.iter().find(|value| value.key == key).map(accessor);
    match &field.source {
        Source::Id => Some(id(field)),
        Source::Stored { key } => stored(key),
        Source::Reference { key, .. } => {
            let accessor = stored(key);
            let reference = reference(field)?;
            Some(quote!(#accessor #reference))
        }
        Source::Edge { edge, entity: target } => Some(edge_targets(field, *edge, target)),
        _ => None,
    }
}

fn id(field: &Field) -> TokenStream {
    let docs = docs(field.description.as_deref(), "The id of its node.");
    quote! {
        #docs
        pub fn id(&self) -> ::kvetch::NodeId {
            self.node.id
        }
    }
}

/// Borrows what is not `Copy`.
fn accessor(value: &StoredValue) -> TokenStream {
    let docs = docs_of(Some(&value.docs), "", value.deprecated.as_deref());
    let name = ident(&value.accessor);
    let field = ident(&value.rust);
    let (ty, body) = match &value.ty {
        ty if ty.is_copy() => (rust_type(ty), quote!(self.#field)),
        RustType::Option(inner) => {
            let target = borrowed(inner);
            let lent = match **inner {
                RustType::Text | RustType::Vec(_) => quote!(self.#field.as_deref()),
                _ => quote!(self.#field.as_ref()),
            };
            (quote!(::std::option::Option<&#target>), lent)
        }
        ty => {
            let target = borrowed(ty);
            (quote!(&#target), quote!(&self.#field))
        }
    };
    quote! {
        #docs
        pub fn #name(&self) -> #ty {
            #body
        }
    }
}

/// What a reference to a stored value points to.
fn borrowed(ty: &RustType) -> TokenStream {
    match ty {
        RustType::Text => quote!(str),
        RustType::Vec(item) => {
            let item = rust_type(item);
            quote!([#item])
        }
        other => rust_type(other),
    }
}

/// The entity behind a stored id.
fn reference(field: &Field) -> Option<TokenStream> {
    let Source::Reference { key, stored, entity, required, is_abstract } = &field.source else { return None };
    let otherwise = format!("The `{entity}` whose id is stored as `{key}`.");
    let docs = docs_of(field.description.as_deref(), &otherwise, field.deprecated.as_deref());
    let (name, id, target) = (ident(&field.rust), ident(stored), ident(entity));
    if *required {
        let load = ident(if *is_abstract { "load_any_required" } else { "load_required" });
        return Some(quote! {
            #docs
            pub async fn #name(&self, cx: &::pent::Cx) -> ::pent::Result<#target> {
                ::pent::#load(cx, self.#id).await
            }
        });
    }
    let family = ident(if *is_abstract { "AnyEntity" } else { "Entity" });
    Some(quote! {
        #docs
        pub async fn #name(
            &self,
            cx: &::pent::Cx,
        ) -> ::pent::Result<::std::option::Option<#target>> {
            match self.#id {
                ::std::option::Option::Some(id) => <#target as ::pent::#family>::load(cx, id).await,
                ::std::option::Option::None => ::std::result::Result::Ok(::std::option::Option::None),
            }
        }
    })
}

fn edge_targets(field: &Field, edge: u32, target: &str) -> TokenStream {
    let otherwise = format!("A page of its `{}`.", field.name);
    let docs = docs_of(field.description.as_deref(), &otherwise, field.deprecated.as_deref());
    let (name, edge, target) = (ident(&field.rust), number(edge), ident(target));
    quote! {
        #docs
        pub async fn #name(
            &self,
            cx: &::pent::Cx,
            page: ::pent::Page,
        ) -> ::pent::Result<::pent::Listing<#target>> {
            ::pent::edge_targets(cx, ::kvetch::EdgeType(#edge), self.node.id, page).await
        }
    }
}

fn finder(finder: &Finder) -> TokenStream {
    let name = ident(&finder.rust);
    let index = number(finder.index);
    let (value, owned) = match &finder.value {
        RustType::Text => (quote!(&str), quote!(::std::borrow::ToOwned::to_owned(value))),
        ty => (rust_type(ty), quote!(value)),
    };
    let stored = quote!(::pent::StoredValue::to_stored(#owned));
    if finder.unique {
        let docs = docs(None, &format!("The one whose `{}` has this value.", finder.field));
        quote! {
            #docs
            pub async fn #name(
                cx: &::pent::Cx,
                value: #value,
            ) -> ::pent::Result<::std::option::Option<Self>> {
                ::pent::find_unique(cx, ::kvetch::IndexId(#index), #stored).await
            }
        }
    } else {
        let docs = docs(None, &format!("A page of those whose `{}` has this value.", finder.field));
        quote! {
            #docs
            pub async fn #name(
                cx: &::pent::Cx,
                value: #value,
                page: ::pent::Page,
            ) -> ::pent::Result<::pent::Listing<Self>> {
                ::pent::find_all(cx, ::kvetch::IndexId(#index), #stored, page).await
            }
        }
    }
}

fn between(finder: &Finder) -> Option<TokenStream> {
    let name = ident(finder.between.as_ref()?);
    let text = format!("A page of those whose `{}` lies in a range, in the order of that.", finder.field);
    let docs = docs(None, &text);
    let (index, value) = (number(finder.index), rust_type(&finder.value));
    Some(quote! {
        #docs
        pub async fn #name(
            cx: &::pent::Cx,
            range: impl ::std::ops::RangeBounds<#value> + ::std::marker::Send,
            page: ::pent::RangePage,
        ) -> ::pent::Result<::pent::Listing<Self, ::pent::RangePage>> {
            ::pent::find_in_range(cx, ::kvetch::IndexId(#index), range, page).await
        }
    })
}

fn prefix(finder: &Finder) -> Option<TokenStream> {
    let name = ident(finder.prefix.as_ref()?);
    let text = format!("A page of those whose `{}` begins with this text, in the order of that.", finder.field);
    let (docs, index) = (docs(None, &text), number(finder.index));
    Some(quote! {
        #docs
        pub async fn #name(
            cx: &::pent::Cx,
            prefix: &str,
            page: ::pent::RangePage,
        ) -> ::pent::Result<::pent::Listing<Self, ::pent::RangePage>> {
            ::pent::find_prefix(cx, ::kvetch::IndexId(#index), prefix, page).await
        }
    })
}

fn create(entity: &Entity, data: &str) -> TokenStream {
    let docs = docs(None, &format!("Creates a `{}`.", entity.name));
    let data = ident(data);
    quote! {
        #docs
        pub async fn create(cx: &::pent::Cx, data: #data) -> ::pent::Result<Self> {
            ::pent::create(cx, data.into_props()).await
        }
    }
}

fn create_many(entity: &Entity, data: &str) -> TokenStream {
    let text = format!(
        "Creates many of `{}`; one answer for each, in their order. One that fails harms no other.",
        entity.name
    );
    let docs = docs(None, &text);
    let data = ident(data);
    quote! {
        #docs
        pub async fn create_many(
            cx: &::pent::Cx,
            data: ::std::vec::Vec<#data>,
        ) -> ::std::vec::Vec<::pent::Result<Self>> {
            ::pent::create_many(cx, data.into_iter().map(#data::into_props).collect()).await
        }
    }
}

fn upsert(entity: &Entity, finder: &Finder) -> Option<TokenStream> {
    let name = ident(finder.upsert.as_ref()?);
    let data = ident(entity.create.as_ref()?);
    let text = format!(
        "Gives all these values to the one whose `{}` is among them, or creates it where there is none.",
        finder.field
    );
    let docs = docs(None, &text);
    let index = number(finder.index);
    Some(quote! {
        #docs
        pub async fn #name(cx: &::pent::Cx, data: #data) -> ::pent::Result<Self> {
            ::pent::upsert(cx, ::kvetch::IndexId(#index), data.into_props()).await
        }
    })
}

fn update(entity: &Entity, data: &str) -> TokenStream {
    let docs =
        docs(None, &format!("Updates the `{}` of this id; the answer is the entity as it is then.", entity.name));
    let data = ident(data);
    quote! {
        #docs
        pub async fn update(
            cx: &::pent::Cx,
            id: ::kvetch::NodeId,
            data: #data,
        ) -> ::pent::Result<Self> {
            ::pent::update(cx, id, data.into_props()).await
        }
    }
}

fn delete(entity: &Entity) -> TokenStream {
    let docs = docs(None, &format!("Deletes the `{}` of this id; the answer is the entity as it was.", entity.name));
    quote! {
        #docs
        pub async fn delete(cx: &::pent::Cx, id: ::kvetch::NodeId) -> ::pent::Result<Self> {
            ::pent::delete(cx, id).await
        }
    }
}
