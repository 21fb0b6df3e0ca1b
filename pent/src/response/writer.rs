//! The output pass: columns to JSON bytes, in one synchronous walk.
//!
//! Scalars are read from the stored bytes at this moment and not before. Where null is not allowed, the
//! buffer is cut back to the nearest place where it is (GraphQL, September 2025, 6.4.4).

use std::collections::HashMap;
use std::sync::Arc;

use kvetch::Node;

use super::error::{ErrorEntry, MAX_ERRORS, PathSegment};
use crate::error::{Error, Result};
use crate::execute::{Below, Column, Entities, Fields, Member, Objects, Parted, Place};
use crate::output::{OutputList, OutputRef, Plain};
use crate::plan::{Field, Selection, Selections, Step};
use crate::rows::NodeSlot;
use crate::table::Type;

/// Writes the value of `data` into `out`, at most `limit` bytes of it with the `spent` ones of others; the errors of its
/// fields.
pub(crate) fn write_data<'a>(
    out: Vec<u8>,
    root: &'a Selection,
    columns: &[Column],
    conditions: &'a [bool],
    limit: usize,
    spent: usize,
) -> (Vec<u8>, Vec<ErrorEntry>) {
    let start = out.len();
    let end = start.saturating_add(limit.saturating_sub(spent));
    let mut writer = Writer { out, end, conditions, orders: HashMap::new(), errors: Vec::new(), path: Vec::new() };
    if writer.object(root, columns, Parent::Root, 0).is_err() {
        let found = (spent + writer.out.len() - start) as u64;
        if writer.is_full() {
            let error = Error::Limit { what: "the response in bytes", found, limit: limit as u64 };
            writer.errors = vec![ErrorEntry::request(error.code(), error.to_string(), None)];
        }
        writer.out.truncate(start);
        writer.out.extend_from_slice(b"null");
    }
    (writer.out, writer.errors)
}

pub(super) struct Writer<'a> {
    pub(super) out: Vec<u8>,
    /// Where the response is too long.
    end: usize,
    conditions: &'a [bool],
    /// The orders of fields that conditions decide: worked out once for each selection.
    orders: HashMap<*const Selection, Arc<[usize]>>,
    errors: Vec<ErrorEntry>,
    path: Vec<Segment<'a>>,
}

/// A [`PathSegment`] that is owned only once it is needed.
#[derive(Clone, Copy)]
enum Segment<'a> {
    Key(&'a Arc<str>),
    Index(usize),
}

/// The object that is being written.
#[derive(Clone, Copy)]
enum Parent<'p> {
    Root,
    Node(&'p Node),
    Plain(&'p dyn Plain),
}

/// The value above cannot be written: null is not allowed here. The error has been recorded.
pub(super) struct Bubble;

/// What writing a value came to, before its nullability is looked at.
pub(super) enum Written {
    Value,
    Null,
    /// In a box, because there is one of these for every value and hardly ever an error.
    Failed(Box<Error>),
    /// Something inside may not be null.
    Bubbled,
}

impl Written {
    #[cold]
    pub(super) fn failed(error: Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl From<Result<(), Bubble>> for Written {
    fn from(result: Result<(), Bubble>) -> Self {
        if result.is_ok() { Self::Value } else { Self::Bubbled }
    }
}

impl<'a> Writer<'a> {
    fn object(
        &mut self,
        selection: &'a Selection,
        columns: &[Column],
        parent: Parent<'_>,
        row: usize,
    ) -> Result<(), Bubble> {
        match parent {
            Parent::Root => self.members(selection, |writer, position, field| match field.step {
                Step::TypeName => writer.complete(field, field.ty, |writer, _| writer.text(selection.object.name)),
                _ => writer.column(field, &columns[position], row),
            }),
            Parent::Node(node) => self.node(selection, columns, node, row),
            Parent::Plain(plain) => self.plain(selection, columns, plain, row),
        }
    }

    fn plain(
        &mut self,
        selection: &'a Selection,
        columns: &[Column],
        plain: &dyn Plain,
        row: usize,
    ) -> Result<(), Bubble> {
        self.members(selection, |writer, position, field| match (field.step, &columns[position]) {
            (Step::Plain { index }, Column::Plain(below)) => writer.complete(field, field.ty, |writer, ty| {
                writer.output(field, ty, plain.field(index), below, &mut below.first(row))
            }),
            (Step::Plain { .. }, Column::Failed(_)) => writer.column(field, &columns[position], row),
            (Step::Plain { index }, _) => {
                writer.complete(field, field.ty, |writer, ty| writer.leaf(field, ty, plain.field(index)))
            }
            (Step::TypeName, _) => writer.complete(field, field.ty, |writer, _| writer.text(selection.object.name)),
            (_, column) => writer.column(field, column, row),
        })
    }

    /// Writes the members of an object: the fields that are selected, in their order.
    pub(super) fn members(
        &mut self,
        selection: &'a Selection,
        mut write: impl FnMut(&mut Self, usize, &'a Field) -> Result<(), Bubble>,
    ) -> Result<(), Bubble> {
        let order = self.order(selection);
        let mut opening = b'{';
        for index in 0..selection.fields.len() {
            let position = order.as_ref().map_or(index, |order| order[index]);
            let field = &selection.fields[position];
            if field.when.is_some_and(|condition| !self.conditions[condition]) {
                continue;
            }
            self.out.push(opening);
            opening = b',';
            self.out.extend_from_slice(&field.label);
            self.path.push(Segment::Key(&field.key));
            let written = write(self, position, field);
            self.path.pop();
            written?;
        }
        if opening == b'{' {
            self.out.push(opening);
        }
        self.out.push(b'}');
        Ok(())
    }

    /// The order of the fields, where conditions decide it.
    fn order(&mut self, selection: &'a Selection) -> Option<Arc<[usize]>> {
        selection.order.as_ref()?;
        let known = self.orders.entry(std::ptr::from_ref(selection));
        let order = || selection.ordered(self.conditions).unwrap_or_default().into();
        Some(known.or_insert_with(order).clone())
    }

    /// A field that a step of its own has answered.
    #[inline(never)]
    pub(super) fn column(&mut self, field: &'a Field, column: &Column, row: usize) -> Result<(), Bubble> {
        if let Column::Shared(column) = column {
            return self.column(field, column, 0);
        }
        self.complete(field, field.ty, |writer, ty| match column {
            Column::Failed(error) => Written::failed(error.clone()),
            Column::One(places, entities) => match &places[row] {
                Ok(None) => Written::Null,
                Ok(Some(row)) => writer.entity(field, entities, *row),
                Err(error) => Written::failed(error.clone()),
            },
            Column::Many(lists, entities) => match &lists[row] {
                Ok(rows) => writer.entities(field, ty, entities, rows.clone()),
                Err(error) => Written::failed(error.clone()),
            },
            Column::Answered(results, below) => match results.row(row) {
                Ok(output) => writer.output(field, ty, output, below, &mut below.first(row)),
                Err(error) => Written::failed(error),
            },
            Column::Json(value) => {
                writer.out.extend_from_slice(value);
                Written::Value
            }
            Column::Skipped | Column::Parent | Column::Shared(_) | Column::Plain(_) => {
                Written::failed(Error::internal("a field has no results and no parent to write it from"))
            }
        })
    }

    fn entity(&mut self, field: &'a Field, entities: &Entities, row: usize) -> Written {
        match &entities.nodes[row] {
            Ok(None) => Written::Null,
            Ok(Some(node)) => match (below_of(field), &entities.fields) {
                (Selections::Of(selection), Fields::Of(columns)) => {
                    self.object(selection, columns, Parent::Node(node), row).into()
                }
                (selections, Fields::Among(parted)) => self.parted(selections, parted, Parent::Node(node), row),
                _ => Written::failed(Error::internal("entities were not parted by their types")),
            },
            Err(error) => Written::Failed(error.clone()),
        }
    }

    /// One of several objects of different types.
    fn parted(&mut self, selections: &'a Selections, parted: &Parted, parent: Parent<'_>, row: usize) -> Written {
        let Place { kind, row } = parted.places[row];
        match (selections.kinds().get(kind), parted.parts.get(kind)) {
            (Some(selection), Some(columns)) => self.object(selection, columns, parent, row).into(),
            _ => Written::failed(Error::internal("an object is of none of its possible types")),
        }
    }

    /// A list of entities; those that are absent are left out.
    fn entities(&mut self, field: &'a Field, ty: Type, entities: &Entities, rows: std::ops::Range<usize>) -> Written {
        let Type::List(item) = ty else {
            return Written::failed(Error::internal("a list where the schema has none"));
        };
        let shown = rows.filter(|row| !matches!(entities.nodes[*row], NodeSlot::Ok(None)));
        self.list(shown, |writer, row| writer.complete(field, *item, |writer, _| writer.entity(field, entities, row)))
    }

    pub(super) fn list(
        &mut self,
        items: impl Iterator<Item = usize>,
        mut write: impl FnMut(&mut Self, usize) -> Result<(), Bubble>,
    ) -> Written {
        self.out.push(b'[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.path.push(Segment::Index(index));
            let written = write(self, item);
            self.path.pop();
            if written.is_err() {
                return Written::Bubbled;
            }
        }
        self.out.push(b']');
        Written::Value
    }

    /// A value that custom code answered. `next` counts the objects among the outputs of its column, in the
    /// order in which the executor found them.
    fn output(
        &mut self,
        field: &'a Field,
        ty: Type,
        output: OutputRef<'_>,
        below: &Below,
        next: &mut usize,
    ) -> Written {
        if matches!(below.objects, Objects::Whole) {
            return self.whole(field, ty, output);
        }
        let place = *next;
        if ty.is_list() && !matches!(output, OutputRef::List(_) | OutputRef::Null) {
            *next += objects_in(output);
            return Written::failed(Error::internal("custom code answered no list where the schema has one"));
        }
        match (output, &below.objects) {
            (_, Objects::None) => self.leaf(field, ty, output),
            (OutputRef::Null, _) => Written::Null,
            (OutputRef::List(list), _) => {
                let Type::List(item) = ty else { return misplaced_list() };
                let written = match &below.objects {
                    Objects::Entities(_) | Objects::Any(_) => {
                        let shown = shown(list, &below.objects, place);
                        self.list(0..shown.len(), |writer, row| {
                            let (index, mut at) = shown[row];
                            writer.complete(field, *item, |writer, ty| {
                                writer.output(field, ty, list.item(index), below, &mut at)
                            })
                        })
                    }
                    _ => self.list(0..list.len(), |writer, index| {
                        writer.complete(field, *item, |writer, ty| {
                            writer.output(field, ty, list.item(index), below, next)
                        })
                    }),
                };
                // A list that was cut off leaves objects unvisited; the next one's places follow them.
                *next = place + objects_in(output);
                written
            }
            (OutputRef::Node(_), Objects::Entities(entities)) => {
                *next += 1;
                self.entity(field, entities, place)
            }
            (OutputRef::Object(object), Objects::Plain(columns)) => {
                *next += 1;
                match below_of(field) {
                    Selections::Of(selection) => self.object(selection, columns, Parent::Plain(object), place).into(),
                    Selections::Among { .. } => {
                        Written::failed(Error::internal("objects were not parted by their types"))
                    }
                }
            }
            (OutputRef::Node(_) | OutputRef::Object(_), Objects::Any(mixed)) => {
                *next += 1;
                match (&mixed.found[place], output) {
                    (Err(error), _) => Written::failed(error.clone()),
                    (Ok(Member::Entity(row)), _) => self.entity(field, &mixed.entities, *row),
                    (Ok(Member::Plain(row)), OutputRef::Object(object)) => {
                        self.parted(below_of(field), &mixed.plain, Parent::Plain(object), *row)
                    }
                    _ => Written::failed(Error::internal("the objects of an output are out of order")),
                }
            }
            _ => Written::failed(Error::internal("custom code answered another kind of value than the schema says")),
        }
    }

    /// Writes one value and settles what null means there.
    pub(super) fn complete(
        &mut self,
        field: &'a Field,
        ty: Type,
        write: impl FnOnce(&mut Self, Type) -> Written,
    ) -> Result<(), Bubble> {
        let (inner, is_non_null) = ty.nullable();
        let start = self.out.len();
        let written = write(self, inner);
        if self.is_full() {
            // Nothing of it will be shown: go straight back to the root.
            return Err(Bubble);
        }
        match written {
            Written::Value => return Ok(()),
            Written::Bubbled => {}
            Written::Failed(error) => self.fail(field, &error),
            Written::Null if is_non_null => {
                let message = format_args!("{} is null, and the schema says that it never is", field.name);
                self.fail(field, &Error::internal(message));
            }
            Written::Null => {}
        }
        self.out.truncate(start);
        if is_non_null {
            return Err(Bubble);
        }
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.out.len() > self.end
    }

    fn fail(&mut self, field: &'a Field, error: &Error) {
        // The rest would be neither shown nor looked for in the log.
        if self.errors.len() >= MAX_ERRORS {
            return;
        }
        let path = self.path.iter().map(|segment| match segment {
            Segment::Key(key) => PathSegment::Key(Arc::clone(key)),
            Segment::Index(index) => PathSegment::Index(*index),
        });
        self.errors.push(ErrorEntry::field(error, field.location(self.conditions), path.collect()));
    }
}

impl Below {
    /// Where the objects of a parent begin.
    fn first(&self, row: usize) -> usize {
        self.starts.get(row).copied().unwrap_or_default()
    }
}

/// The items of a list that are shown, with the places of their objects: entities that the viewer may not see are left
/// out.
fn shown(list: &dyn OutputList, objects: &Objects, mut place: usize) -> Vec<(usize, usize)> {
    let items = (0..list.len()).filter_map(|index| {
        let (item, at) = (list.item(index), place);
        place += objects_in(item);
        let is_hidden = matches!(item, OutputRef::Node(_)) && objects.is_hidden(at);
        (!is_hidden).then_some((index, at))
    });
    items.collect()
}

pub(super) fn below_of(field: &Field) -> &Selections {
    field.selection.as_deref().expect("objects have selections")
}

/// How many objects an output holds, at any depth of lists.
fn objects_in(output: OutputRef<'_>) -> usize {
    match output {
        OutputRef::Node(_) | OutputRef::Object(_) => 1,
        OutputRef::List(list) => (0..list.len()).map(|index| objects_in(list.item(index))).sum(),
        _ => 0,
    }
}

#[cold]
pub(super) fn misplaced_list() -> Written {
    Written::failed(Error::internal("custom code answered a list where the schema has none"))
}
