//! The static table that `pent` interprets. It spells out every field of `pent::table`, in a module of its own,
//! where no type of the user shadows a name of `pent` or of the prelude.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::print::{Mark, unparse};
use super::privacy;
use super::scalar;
use super::words::{ident, number};
use crate::model::{self, AbstractKind, Argument, Edge, Entity, EnumValue, Field, Index, Input, Model, Scalar, Source};
use crate::type_ref::TypeRef;

pub(super) fn items() -> Vec<TokenStream> {
    let export = quote! {
        pub use table::TABLE;
    };
    let schema = quote! {
        /// The juniper root node of the schema, to embed in any juniper server.
        pub fn schema() -> ::pent::graphql::RootNode {
            ::pent::graphql::root_node(&TABLE)
        }
    };
    vec![schema, export]
}

/// The module of the table itself. It is the longest item by far, so that it is printed type by type.
pub(super) fn module(model: &Model) -> String {
    let query = &model.query;
    let mutation = option(model.mutation.as_deref());
    let subscription = option(model.subscription.as_deref());
    let edges: Vec<_> = model.edges.iter().map(edge).collect();
    let indexes: Vec<_> = model.indexes.iter().map(index).collect();
    let marks = Mark::OUTER.tokens();
    let frame = quote! {
        mod table {
            use ::pent::table::*;

            /// The schema as data: what plans, GraphQL types and storage are made from.
            pub static TABLE: Table = Table {
                query: #query,
                mutation: #mutation,
                subscription: #subscription,
                types: &[#marks],
                edges: &[#(#edges,)*],
                indexes: &[#(#indexes,)*],
            };
        }
    };
    Mark::OUTER.replaced(&unparse(frame), types(model))
}

/// All named types, sorted by name.
fn types(model: &Model) -> impl Iterator<Item = String> {
    let scalars = model.scalars.iter().map(|ty| (&ty.name, &ty.description, Kind::Scalar(ty)));
    let enums = model.enums.iter().map(|ty| (&ty.name, &ty.description, Kind::Enum(&ty.values)));
    let inputs = model.inputs.iter().map(|ty| (&ty.name, &ty.description, Kind::Input(ty)));
    let entities =
        model.entities.iter().map(|ty| (&ty.name, &ty.description, Kind::Object(Some(ty), &ty.interfaces, &ty.fields)));
    let plains =
        model.plains.iter().map(|ty| (&ty.name, &ty.description, Kind::Object(None, &ty.interfaces, &ty.fields)));
    let abstracts = model.abstracts.iter().map(|ty| (&ty.name, &ty.description, Kind::Abstract(&ty.kind)));
    let roots = model.roots.iter().map(|ty| (&ty.name, &ty.description, Kind::Object(None, &[], &ty.fields)));
    let mut types: Vec<_> =
        scalars.chain(enums).chain(inputs).chain(entities).chain(plains).chain(abstracts).chain(roots).collect();
    types.sort_by_key(|(name, ..)| *name);
    types.into_iter().map(|(name, description, kind)| {
        let description = text(description.as_deref());
        let definition = |kind: TokenStream| quote!(TypeDef { name: #name, description: #description, kind: #kind });
        match kind {
            Kind::Object(entity, interfaces, fields) if fields.len() > FIELDS_AT_ONCE => {
                let object = |fields: TokenStream| definition(object(entity, interfaces, &fields));
                let around = |fields: TokenStream| within_types(object(fields));
                let frame = Mark::OUTER.element(within_types, &object(Mark::INNER.tokens()));
                Mark::INNER.replaced(&frame, fields.iter().map(|written| Mark::INNER.element(around, &field(written))))
            }
            kind => Mark::OUTER.element(within_types, &definition(kind.tokens())),
        }
    })
}

/// Fields of a type that are printed together.
const FIELDS_AT_ONCE: usize = 64;

#[expect(clippy::needless_pass_by_value, reason = "it stands beside closures that take what they print")]
fn within_types(types: TokenStream) -> TokenStream {
    quote! {
        mod table {
            pub static TABLE: Table = Table { types: &[#types] };
        }
    }
}

/// What a type is, before it is printed: the tokens of all types at once would fill the memory.
enum Kind<'m> {
    Scalar(&'m Scalar),
    Enum(&'m [EnumValue]),
    Input(&'m Input),
    Abstract(&'m AbstractKind),
    Object(Option<&'m Entity>, &'m [String], &'m [Field]),
}

impl Kind<'_> {
    fn tokens(&self) -> TokenStream {
        match self {
            Self::Scalar(ty) => {
                let definition = scalar::definition(ty);
                quote!(TypeKind::Scalar(#definition))
            }
            Self::Enum(values) => {
                let values = values.iter().map(enum_value);
                quote!(TypeKind::Enum(&[#(#values,)*]))
            }
            Self::Input(ty) => {
                let fields = ty.fields.iter().map(argument);
                let kind = if ty.is_one_of { quote!(OneOf) } else { quote!(Input) };
                quote!(TypeKind::#kind(&[#(#fields,)*]))
            }
            Self::Abstract(kind) => abstract_type(kind),
            Self::Object(entity, interfaces, fields) => {
                let fields = fields.iter().map(field);
                object(*entity, interfaces, &quote!(#(#fields,)*))
            }
        }
    }
}

fn abstract_type(kind: &AbstractKind) -> TokenStream {
    match kind {
        AbstractKind::Interface { interfaces, fields } => {
            let fields = fields.iter().map(told);
            quote! {
                TypeKind::Interface(InterfaceDef {
                    interfaces: &[#(#interfaces),*],
                    fields: &[#(#fields,)*],
                })
            }
        }
        AbstractKind::Union(members) => quote!(TypeKind::Union(&[#(#members),*])),
    }
}

fn told(field: &Field) -> TokenStream {
    let name = &field.name;
    let description = text(field.description.as_deref());
    let deprecated = option(field.deprecated.as_deref());
    let ty = type_ref(&field.ty);
    let args = field.args.iter().map(argument);
    quote! {
        InterfaceFieldDef {
            name: #name,
            description: #description,
            deprecated: #deprecated,
            ty: #ty,
            args: &[#(#args,)*],
        }
    }
}

fn object(entity: Option<&Entity>, interfaces: &[String], fields: &TokenStream) -> TokenStream {
    let node_type = match entity.map(privacy::node_type) {
        Some(node_type) => quote!(Some(#node_type)),
        None => quote!(None),
    };
    quote! {
        TypeKind::Object(ObjectDef {
            node_type: #node_type,
            interfaces: &[#(#interfaces),*],
            fields: &[#fields],
        })
    }
}

fn field(field: &Field) -> TokenStream {
    let name = &field.name;
    let description = text(field.description.as_deref());
    let deprecated = option(field.deprecated.as_deref());
    let ty = type_ref(&field.ty);
    let args = field.args.iter().map(argument);
    let source = source(&field.source);
    quote! {
        FieldDef {
            name: #name,
            description: #description,
            deprecated: #deprecated,
            ty: #ty,
            args: &[#(#args,)*],
            source: #source,
        }
    }
}

fn argument(argument: &Argument) -> TokenStream {
    let name = &argument.name;
    let description = text(argument.description.as_deref());
    let ty = type_ref(&argument.ty);
    let default = match argument.default.as_ref().map(literal) {
        Some(value) => quote!(Some(#value)),
        None => quote!(None),
    };
    let deprecated = option(argument.deprecated.as_deref());
    let stored = option(argument.stored.as_deref());
    quote! {
        InputDef {
            name: #name,
            description: #description,
            deprecated: #deprecated,
            ty: #ty,
            default: #default,
            stored: #stored,
        }
    }
}

fn enum_value(value: &EnumValue) -> TokenStream {
    let name = &value.name;
    let description = text(value.description.as_deref());
    let deprecated = option(value.deprecated.as_deref());
    quote! {
        EnumValueDef { name: #name, description: #description, deprecated: #deprecated }
    }
}

fn source(source: &Source) -> TokenStream {
    let variant = match source {
        Source::Id => quote!(Id),
        Source::Stored { key } => quote!(Stored { key: #key }),
        Source::Reference { key, .. } => quote!(Reference { key: #key }),
        Source::Edge { edge, .. } => {
            let edge = number(*edge);
            quote!(Edge { edge: #edge })
        }
        Source::Read => quote!(Read),
        Source::Browse => quote!(Browse),
        Source::Find { index, argument } => {
            let index = number(*index);
            quote!(Find { index: #index, argument: #argument })
        }
        Source::Create { entity } => quote!(Create { entity: #entity }),
        Source::Update { entity } => quote!(Update { entity: #entity }),
        Source::Delete { entity } => quote!(Delete { entity: #entity }),
        Source::Custom { resolver } => {
            let resolver = ident(resolver);
            quote!(Custom(super::#resolver))
        }
        Source::Plain(position) => {
            let position = Literal::usize_unsuffixed(*position);
            quote!(Plain(#position))
        }
        Source::Event => quote!(Event),
        Source::NodeChanges => quote!(NodeChanges),
        Source::EdgeChanges { edge } => {
            let edge = number(*edge);
            quote!(EdgeChanges { edge: #edge })
        }
        Source::Told => unreachable!("a field of an interface has no source in the table"),
    };
    quote!(Source::#variant)
}

fn type_ref(ty: &TypeRef) -> TokenStream {
    match ty {
        TypeRef::Named(name) => quote!(Type::Named(#name)),
        TypeRef::List(inner) => {
            let inner = type_ref(inner);
            quote!(Type::List(&#inner))
        }
        TypeRef::NonNull(inner) => {
            let inner = type_ref(inner);
            quote!(Type::NonNull(&#inner))
        }
    }
}

fn literal(value: &model::Literal) -> TokenStream {
    let variant = match value {
        model::Literal::Null => quote!(Null),
        model::Literal::Bool(value) => quote!(Bool(#value)),
        model::Literal::Int(value) => {
            let value = Literal::i64_unsuffixed(*value);
            quote!(Int(#value))
        }
        model::Literal::Float(value) => {
            let value = Literal::f64_unsuffixed(*value);
            quote!(Float(#value))
        }
        model::Literal::Text(text) => quote!(Text(#text)),
        model::Literal::Enum(name) => quote!(Enum(#name)),
        model::Literal::List(items) => {
            let items = items.iter().map(literal);
            quote!(List(&[#(#items,)*]))
        }
        model::Literal::Object(fields) => {
            let names = fields.iter().map(|(name, _)| name.as_str());
            let values = fields.iter().map(|(_, value)| literal(value));
            quote!(Object(&[#((#names, #values),)*]))
        }
    };
    quote!(Literal::#variant)
}

fn edge(edge: &Edge) -> TokenStream {
    let Edge { id, name, from, to, key, order_by, on_delete } = edge;
    let id = number(*id);
    let order_by = option(order_by.as_deref());
    let on_delete = match on_delete {
        model::OnDelete::Keep => quote!(Keep),
        model::OnDelete::Restrict => quote!(Restrict),
        model::OnDelete::Cascade => quote!(Cascade),
    };
    quote! {
        EdgeDef {
            id: #id,
            name: #name,
            from: #from,
            to: #to,
            key: #key,
            order_by: #order_by,
            on_delete: OnDelete::#on_delete,
        }
    }
}

fn index(index: &Index) -> TokenStream {
    let Index { id, name, entity, key, unique, is_range } = index;
    let id = number(*id);
    let kind = if *is_range { quote!(Range) } else { quote!(Equality) };
    quote! {
        IndexDef {
            id: #id,
            name: #name,
            entity: #entity,
            key: #key,
            kind: IndexKind::#kind,
            unique: #unique,
        }
    }
}

fn text(text: Option<&str>) -> &str {
    text.unwrap_or_default()
}

fn option(text: Option<&str>) -> TokenStream {
    match text {
        Some(text) => quote!(Some(#text)),
        None => quote!(None),
    }
}
