//! Privacy rules: the traits that demand them, and how the table asks them.

use proc_macro2::TokenStream;
use quote::quote;

use super::words::{docs, ident, number};
use crate::model::Entity;

/// What is done to an entity: the function for its rules, and who it is that those are about.
pub(super) const WRITES: [(&str, &str); 3] = [
    ("may_create", "Who may create one."),
    ("may_update", "Who may change one."),
    ("may_delete", "Who may delete one."),
];

/// What the function for the rules of reading says of itself.
pub(super) const READ: (&str, &str) = ("may_read", "Who may see one.");

pub(super) fn rules_trait(entity: &Entity) -> TokenStream {
    let (name, ty) = (ident(&entity.privacy_trait()), ident(&entity.rust));
    let trait_docs = docs(None, &format!("Who may see and change a `{}`.", entity.name));
    let message = format!("`{}` has `@privacy` in the schema, and no rules", entity.name);
    let label = format!("its rules are an `impl {name} for {ty}`");
    let note = "`grapple generate` appends one that lets nobody do anything";
    let (read, read_docs) = (ident(READ.0), docs(None, READ.1));
    let writes = WRITES.map(|(name, text)| {
        let (name, docs) = (ident(name), docs(None, text));
        quote! {
            #docs
            fn #name() -> ::pent::Rules<::pent::Change<#ty>>;
        }
    });
    let edges = entity.edges().map(|(field, _, name)| {
        let text =
            format!("Who may follow `{}` from one that they may see. Everybody, unless it is said here.", field.name);
        let (name, docs) = (ident(&name), docs(None, &text));
        quote! {
            #docs
            fn #name() -> ::pent::Rules<#ty> {
                ::pent::Rules::everybody()
            }
        }
    });
    quote! {
        #trait_docs
        #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
        pub trait #name {
            #read_docs
            fn #read() -> ::pent::Rules<#ty>;
            #(#writes)*
            #(#edges)*
        }
    }
}

/// What the table says of the nodes of an entity.
pub(super) fn node_type(entity: &Entity) -> TokenStream {
    let id = number(entity.node_type);
    if !entity.privacy && !entity.hooks && !entity.has_creation() {
        return quote!(NodeTypeDef::open(#id));
    }
    let ty = ident(&entity.rust);
    let creation = if entity.has_creation() { quote!(<super::#ty as ::pent::Entity>::CREATION) } else { quote!(None) };
    let privacy = if entity.privacy {
        let privacy = privacy(entity);
        quote!(Some(#privacy))
    } else {
        quote!(None)
    };
    let hooks = if entity.hooks { quote!(Some(HooksDef::of::<super::#ty>())) } else { quote!(None) };
    quote! {
        NodeTypeDef {
            id: #id,
            privacy: #privacy,
            hooks: #hooks,
            creation: #creation,
        }
    }
}

fn privacy(entity: &Entity) -> TokenStream {
    let ask = |function: &str| {
        let (function, name, ty) = (ident(function), ident(&entity.privacy_trait()), ident(&entity.rust));
        quote!(|asked| ::pent::privacy::judged(asked, <super::#ty as super::#name>::#function))
    };
    let read = ask(READ.0);
    let [create, update, delete] = WRITES.map(|(function, _)| ask(function));
    let edges = entity.edges().map(|(_, edge, function)| {
        let (edge, function) = (number(edge), ask(&function));
        quote!((#edge, #function))
    });
    quote! {
        PrivacyDef {
            read: #read,
            create: #create,
            update: #update,
            delete: #delete,
            edges: &[#(#edges,)*],
        }
    }
}
