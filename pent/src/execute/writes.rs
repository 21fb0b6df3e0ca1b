//! The steps that write.

use std::sync::Arc;

use kvetch::{Create, Delete, Props, Update};

use super::column::Column;
use super::payload::{Payload, Written};
use super::steps::node_type;
use super::{Execution, below};
use crate::entity::refuse_cleared;
use crate::error::{Error, Result};
use crate::input::{Args, Input};
use crate::plan::{Field, Selections, Write};
use crate::table::Source;
use crate::types::{InputObject, Named, Object};

impl Execution<'_> {
    pub(super) async fn write(&self, field: &Field, write: Write, entity: Object, args: &Args) -> Result<Column> {
        let node_type = node_type(entity);
        let written = match write {
            Write::Create => {
                let props = self.data(field, args)?;
                let create = match entity.def.node_type.as_ref().and_then(|def| def.creation) {
                    Some(def) => def.create(node_type, props),
                    None => Create::new(node_type, props),
                };
                self.cx.created(create).await?
            }
            Write::Update => {
                let set = self.data(field, args)?;
                refuse_cleared(entity.name, required(entity), &set)?;
                self.cx.updated(Update::new(node_type, args.get("id")?, set)).await?
            }
            Write::Delete => self.cx.delete(Delete::new(node_type, args.get("id")?)).await?,
        };
        let Selections::Of(payload) = below(field) else {
            return Err(Error::internal("a payload is an object"));
        };
        let payload = Payload::new(self.types, payload.object.def, Arc::new(written.node));
        self.answered(field, Box::new(Written(Ok(payload))), 1).await
    }

    /// The values to write: the fields of argument `data`, by the names they are stored under.
    fn data(&self, field: &Field, args: &Args) -> Result<Props> {
        let argument = field.arguments.iter().find(|argument| argument.def.name == "data");
        let (Some(argument), Some(Input::Object(given))) = (argument, args.value("data")) else {
            return Err(Error::internal("a write without its data"));
        };
        let Named::Input(InputObject { fields: defs, .. }) = self.types.named(argument.def.ty) else {
            return Err(Error::internal("the data of a write is no input object"));
        };
        let stored = given.iter().map(|(name, value)| {
            let def = defs.iter().find(|def| def.name == *name);
            let key = def.and_then(|def| def.stored).unwrap_or(name);
            (key.to_owned(), value.to_stored())
        });
        Ok(stored.collect())
    }
}

/// The names under which an entity stores what is never null, and those of the fields.
fn required(entity: Object) -> impl Iterator<Item = (&'static str, &'static str)> {
    entity.def.fields.iter().filter(|field| field.ty.nullable().1).filter_map(|field| match field.source {
        Source::Stored { key } | Source::Reference { key } => Some((key, field.name)),
        _ => None,
    })
}
