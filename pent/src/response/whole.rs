//! Plain objects that are written from themselves, with all that is selected of them: nothing was run below them.

use super::writer::{Bubble, Writer, Written, below_of, misplaced_list};
use crate::error::Error;
use crate::output::{OutputRef, Plain};
use crate::plan::{Field, Selection, Selections, Step};
use crate::table::Type;

impl<'a> Writer<'a> {
    /// An object, a list of them or null.
    pub(super) fn whole(&mut self, field: &'a Field, ty: Type, output: OutputRef<'_>) -> Written {
        match (output, ty) {
            (OutputRef::Null, _) => Written::Null,
            (OutputRef::List(list), Type::List(item)) => self.list(0..list.len(), |writer, index| {
                writer.complete(field, *item, |writer, ty| writer.whole(field, ty, list.item(index)))
            }),
            (OutputRef::List(_), _) => misplaced_list(),
            (_, Type::List(_)) => {
                Written::failed(Error::internal("custom code answered no list where the schema has one"))
            }
            (OutputRef::Object(object), _) => match below_of(field) {
                Selections::Of(selection) => self.whole_object(selection, object).into(),
                Selections::Among { .. } => Written::failed(Error::internal("objects were not parted by their types")),
            },
            _ => Written::failed(Error::internal("custom code answered another kind of value than the schema says")),
        }
    }

    fn whole_object(&mut self, selection: &'a Selection, object: &dyn Plain) -> Result<(), Bubble> {
        self.members(selection, |writer, _, field| {
            writer.complete(field, field.ty, |writer, ty| match field.step {
                Step::Plain { index } if field.selection.is_none() => writer.leaf(field, ty, object.field(index)),
                Step::Plain { index } => writer.whole(field, ty, object.field(index)),
                _ => writer.text(selection.object.name),
            })
        })
    }
}
