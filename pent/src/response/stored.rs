//! Entities: what is stored of them, as JSON.

use kvetch::{Node, ValueRef};

use super::writer::{Bubble, Writer, Written};
use crate::entity::unfit;
use crate::error::Error;
use crate::execute::Column;
use crate::output::OutputRef;
use crate::plan::{Field, Selection, Step};
use crate::table::Type;
use crate::types::Named;

/// So many stored values of an entity are found into the stack.
const FEW_KEYS: usize = 16;

impl<'a> Writer<'a> {
    /// An entity: its stored values are found in one walk over its body.
    pub(super) fn node(
        &mut self,
        selection: &'a Selection,
        columns: &[Column],
        node: &Node,
        row: usize,
    ) -> Result<(), Bubble> {
        let keys = &selection.stored_keys;
        let (mut few, mut many) = ([None; FEW_KEYS], Vec::new());
        let stored = match few.get_mut(..keys.len()) {
            Some(few) => few,
            None => {
                many.resize(keys.len(), None);
                &mut many
            }
        };
        let unreadable = match node.body.get_many(keys, stored) {
            Ok(()) => None,
            Err(error) => Some(Box::new(Error::from(error))),
        };
        self.members(selection, |writer, position, field| match field.step {
            Step::Stored { slot } => writer.complete(field, field.ty, |writer, ty| match &unreadable {
                None => writer.stored(field, ty, node, stored[slot]),
                Some(error) => Written::Failed(error.clone()),
            }),
            Step::Id => writer.complete(field, field.ty, |writer, _| writer.text(&node.id.to_string())),
            Step::TypeName => writer.complete(field, field.ty, |writer, _| writer.text(selection.object.name)),
            _ => writer.column(field, &columns[position], row),
        })
    }

    /// A stored scalar, enum value or list of them.
    fn stored(&mut self, field: &'a Field, ty: Type, node: &Node, value: Option<ValueRef<'_>>) -> Written {
        let output = match value {
            None | Some(ValueRef::Null) => return Written::Null,
            Some(value @ (ValueRef::Map(_) | ValueRef::List(_) | ValueRef::Bytes(_)))
                if matches!(field.named, Named::Custom(_)) && !ty.is_list() =>
            {
                OutputRef::Stored(value)
            }
            Some(ValueRef::List(items)) => return self.stored_list(field, ty, node, items.iter()),
            Some(ValueRef::Bool(value)) => OutputRef::Bool(value),
            Some(ValueRef::Int(value)) => OutputRef::Int(value),
            Some(ValueRef::Float(value)) => OutputRef::Float(value),
            Some(ValueRef::Text(text)) => OutputRef::Text(text),
            Some(ValueRef::Id(id)) => OutputRef::Id(id),
            Some(ValueRef::Timestamp(time)) => OutputRef::Time(time),
            other => return misfit(field, node, unfit(ty.name(), other)),
        };
        match self.leaf(field, ty, output) {
            Written::Failed(_) => misfit(field, node, unfit(ty.name(), value)),
            written => written,
        }
    }

    fn stored_list<'v>(
        &mut self,
        field: &'a Field,
        ty: Type,
        node: &Node,
        items: impl Iterator<Item = kvetch::Result<ValueRef<'v>>>,
    ) -> Written {
        let Type::List(item) = ty else { return misfit(field, node, unfit(ty.name(), None)) };
        let mut items = items;
        let count = std::iter::from_fn(|| items.next());
        let values = match count.collect::<kvetch::Result<Vec<_>>>() {
            Ok(values) => values,
            Err(error) => return Written::failed(error.into()),
        };
        self.list(0..values.len(), |writer, index| {
            writer.complete(field, *item, |writer, ty| writer.stored(field, ty, node, Some(values[index])))
        })
    }
}

/// The failure of a stored value that does not fit the schema.
#[cold]
fn misfit(field: &Field, node: &Node, error: Error) -> Written {
    Written::failed(match error {
        Error::Unfit { expected, found, .. } => Error::Unfit { id: node.id, key: field.name.into(), expected, found },
        other => other,
    })
}
