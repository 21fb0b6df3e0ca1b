//! Apollo's schema as a [`Document`].

use apollo_compiler::Node;
use apollo_compiler::ast;
use apollo_compiler::schema::{ComponentName, ExtendedType};

use super::Origin;
use crate::document::{Directive, Document, EnumValue, Field, InputValue, Kind, Literal, TypeDefinition, Value};
use crate::source::Spanned;
use crate::type_ref::TypeRef;

pub(super) fn document(origin: &Origin<'_>, adopted: &[&str], orphans: Vec<String>) -> Document {
    let definition = &origin.schema.schema_definition;
    let root = |name: &Option<ComponentName>| name.as_ref().map(|name| origin.name(&name.name));
    Document {
        description: text(definition.description.as_ref()),
        has_definition: origin.holds(definition.location()),
        orphans,
        adopted: adopted.iter().map(|name| (*name).to_owned()).collect(),
        query: root(&definition.query),
        mutation: root(&definition.mutation),
        subscription: root(&definition.subscription),
        types: origin
            .schema
            .types
            .values()
            .filter(|ty| origin.holds(ty.location()) || adopted.contains(&ty.name().as_str()))
            .map(|ty| type_definition(ty, origin))
            .collect(),
    }
}

fn type_definition(ty: &ExtendedType, origin: &Origin<'_>) -> TypeDefinition {
    let kind = match ty {
        ExtendedType::Object(object) => {
            Kind::Object(object.fields.values().map(|member| field(member, origin)).collect())
        }
        ExtendedType::InputObject(input) => {
            Kind::Input(input.fields.values().map(|member| input_value(member, origin)).collect())
        }
        ExtendedType::Enum(enumeration) => {
            Kind::Enum(enumeration.values.values().map(|member| enum_value(member, origin)).collect())
        }
        ExtendedType::Scalar(_) => Kind::Scalar,
        ExtendedType::Interface(interface) => {
            Kind::Interface(interface.fields.values().map(|member| field(member, origin)).collect())
        }
        ExtendedType::Union(union) => {
            Kind::Union(union.members.iter().map(|member| origin.name(&member.name)).collect())
        }
    };
    let implemented = match ty {
        ExtendedType::Object(object) => Some(&object.implements_interfaces),
        ExtendedType::Interface(interface) => Some(&interface.implements_interfaces),
        _ => None,
    };
    TypeDefinition {
        name: origin.name(ty.name()),
        description: text(ty.description()),
        directives: ty.directives().iter().map(|used| directive(used, origin)).collect(),
        implements: implemented.into_iter().flatten().map(|name| origin.name(&name.name)).collect(),
        kind,
    }
}

fn field(field: &ast::FieldDefinition, origin: &Origin<'_>) -> Field {
    Field {
        name: origin.name(&field.name),
        description: text(field.description.as_ref()),
        ty: spanned_type(&field.ty, origin),
        args: field.arguments.iter().map(|argument| input_value(argument, origin)).collect(),
        directives: field.directives.iter().map(|used| directive(used, origin)).collect(),
    }
}

fn input_value(value: &ast::InputValueDefinition, origin: &Origin<'_>) -> InputValue {
    InputValue {
        name: origin.name(&value.name),
        description: text(value.description.as_ref()),
        ty: spanned_type(&value.ty, origin),
        default: value.default_value.as_ref().map(|default| literal(default, origin)),
        directives: value.directives.iter().map(|used| directive(used, origin)).collect(),
    }
}

fn enum_value(value: &ast::EnumValueDefinition, origin: &Origin<'_>) -> EnumValue {
    EnumValue {
        name: origin.name(&value.value),
        description: text(value.description.as_ref()),
        directives: value.directives.iter().map(|used| directive(used, origin)).collect(),
    }
}

fn directive(directive: &Node<ast::Directive>, origin: &Origin<'_>) -> Directive {
    Directive {
        name: directive.name.to_string(),
        defined: origin.schema.directive_definitions.contains_key(&directive.name),
        span: origin.span(directive.location()),
        args: directive
            .arguments
            .iter()
            .map(|argument| (argument.name.to_string(), literal(&argument.value, origin)))
            .collect(),
    }
}

fn literal(node: &Node<ast::Value>, origin: &Origin<'_>) -> Literal {
    let value = match &**node {
        ast::Value::Null => Value::Null,
        ast::Value::Boolean(value) => Value::Bool(*value),
        ast::Value::Int(value) => Value::Int(value.as_str().to_owned()),
        ast::Value::Float(value) => Value::Float(value.as_str().to_owned()),
        ast::Value::String(value) => Value::Text(value.clone()),
        ast::Value::Enum(value) => Value::Enum(value.to_string()),
        ast::Value::Variable(_) => Value::Variable,
        ast::Value::List(items) => Value::List(items.iter().map(|item| literal(item, origin)).collect()),
        ast::Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.to_string(), literal(value, origin))).collect())
        }
    };
    Literal { value, span: origin.span(node.location()) }
}

fn spanned_type(ty: &ast::Type, origin: &Origin<'_>) -> Spanned<TypeRef> {
    Spanned { value: type_ref(ty), span: origin.span(ty.inner_named_type().location()) }
}

fn type_ref(ty: &ast::Type) -> TypeRef {
    match ty {
        ast::Type::Named(name) => TypeRef::named(name),
        ast::Type::NonNullNamed(name) => TypeRef::named(name).required(),
        ast::Type::List(inner) => TypeRef::List(Box::new(type_ref(inner))),
        ast::Type::NonNullList(inner) => TypeRef::List(Box::new(type_ref(inner))).required(),
    }
}

fn text(description: Option<&Node<str>>) -> Option<String> {
    description.map(|text| text.as_str().trim().to_owned()).filter(|text| !text.is_empty())
}
