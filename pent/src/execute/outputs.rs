//! What was selected of the objects inside outputs of custom code.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::{join, join_all};
use kvetch::Node;

use super::Execution;
use super::column::{Below, Column, Member, Mixed, Objects, Parted, Place};
use crate::custom::{UnaryCall, UnaryFn};
use crate::error::{Error, Result};
use crate::input::Args;
use crate::output::{OutputColumn, OutputRef, Plain};
use crate::plan::{Field, Selections};
use crate::rows::Rows;

impl Execution<'_> {
    /// The column of what a function answered for each parent.
    pub(super) async fn answered(
        &self,
        field: &Field,
        results: Box<dyn OutputColumn>,
        parents: usize,
    ) -> Result<Column> {
        let below = match field.selection.as_deref() {
            None => Below { starts: Vec::new(), objects: Objects::None },
            Some(selection) => self.below(selection, parents, |row| results.row(row).ok()).await?,
        };
        Ok(Column::Answered(results, below))
    }

    /// The column of a function that knows no parent: one row.
    pub(super) async fn unary(&self, field: &Field, function: UnaryFn, args: &Args) -> Result<Column> {
        let results = function(UnaryCall { cx: self.cx, args }).await;
        let results = self.masked(results, 1).await;
        self.answered(field, results, 1).await
    }

    /// The column of the root field of a subscription.
    pub(super) async fn event(&self, field: &Field) -> Result<Column> {
        let event = self.event.lock().expect("nothing panics with it").take();
        let results = event.ok_or_else(|| Error::internal("a subscription was run without an event"))?;
        let results = self.masked(results, 1).await;
        self.answered(field, results, 1).await
    }

    /// What a function answered, with errors that tell nothing of what the viewer may not see, whatever context it used.
    pub(super) async fn masked(&self, results: Box<dyn OutputColumn>, parents: usize) -> Box<dyn OutputColumn> {
        let failed = (0..parents).filter_map(|row| Some((row, results.row(row).err()?))).collect::<Vec<_>>();
        if failed.is_empty() {
            return results;
        }
        let errors = failed.into_iter().map(|(row, error)| async move { (row, self.cx.shown_error(error).await) });
        let errors = join_all(errors).await.into_iter().collect();
        Box::new(Masked { results, errors })
    }

    /// The column of a field of plain parents.
    pub(super) async fn plain(&self, field: &Field, index: usize, parents: Rows<'_>) -> Result<Column> {
        let Some(selection) = field.selection.as_deref() else { return Ok(Column::Parent) };
        let Rows::Plain(objects) = parents else {
            return Err(Error::internal("a plain field was asked of something that is stored"));
        };
        Ok(Column::Plain(self.below(selection, objects.len(), |row| Some(objects[row].field(index))).await?))
    }

    /// The columns of the objects inside outputs.
    async fn below<'o>(
        &self,
        selections: &Selections,
        parents: usize,
        output: impl Fn(usize) -> Option<OutputRef<'o>> + Send,
    ) -> Result<Below> {
        if selections.is_written_from_objects() {
            return Ok(Below { starts: Vec::new(), objects: Objects::Whole });
        }
        let mut found = Found::default();
        let mut starts = Vec::with_capacity(parents);
        for row in 0..parents {
            starts.push(found.members.len());
            if let Some(output) = output(row) {
                found.gather(output);
            }
        }
        let Found { nodes, objects, members } = found;
        self.spend(nodes.len())?;
        let objects = match selections {
            Selections::Of(selection) if selection.object.def.node_type.is_some() => {
                Objects::Entities(self.entities_of_nodes(selections, nodes).await)
            }
            Selections::Of(selection) => Objects::Plain(self.columns(selection, Rows::Plain(&objects)).await),
            Selections::Among { .. } => Objects::Any(self.mixed(selections, nodes, &objects, members).await),
        };
        Ok(Below { starts, objects })
    }

    /// The columns of objects that may be of several types.
    async fn mixed<'o>(
        &self,
        selections: &Selections,
        nodes: Vec<Arc<Node>>,
        objects: &[&'o dyn Plain],
        members: Vec<Member>,
    ) -> Mixed {
        let kinds = selections.kinds();
        let mut parts = vec![Vec::new(); kinds.len()];
        let place = |object: &&'o dyn Plain| {
            let named = object.type_name();
            let kind = kinds.iter().position(|kind| named == Some(kind.object.name)).ok_or_else(|| {
                Error::internal(match named {
                    Some(named) => format!("custom code answered a {named}, which is no {}", selections.name()),
                    None => {
                        format!("custom code answered an object for {} that does not name its type", selections.name())
                    }
                })
            })?;
            parts[kind].push(*object);
            Ok(Place { kind, row: parts[kind].len() - 1 })
        };
        let places = objects.iter().map(place).collect::<Vec<Result<Place>>>();
        let plain = kinds.iter().zip(&parts).map(|(selection, objects)| async move {
            // As of entities: without an object nothing runs.
            if objects.is_empty() { Vec::new() } else { self.columns(selection, Rows::Plain(objects)).await }
        });
        let (entities, parts) = join(self.entities_of_nodes(selections, nodes), join_all(plain)).await;
        let found = members.into_iter().map(|member| match member {
            Member::Plain(object) => places[object].clone().map(|_| member),
            Member::Entity(_) => Ok(member),
        });
        let found = found.collect();
        // What is of no type has no place that anybody looks at.
        let places = places.into_iter().map(|place| place.unwrap_or(Place { kind: usize::MAX, row: 0 })).collect();
        Mixed { entities, plain: Parted { parts, places }, found }
    }
}

/// What a function answered, with other errors.
struct Masked {
    results: Box<dyn OutputColumn>,
    /// By row.
    errors: HashMap<usize, Error>,
}

impl OutputColumn for Masked {
    fn row(&self, row: usize) -> Result<OutputRef<'_>> {
        match self.errors.get(&row) {
            Some(error) => Err(error.clone()),
            None => self.results.row(row),
        }
    }
}

/// The objects inside outputs, borrowed from them.
#[derive(Default)]
struct Found<'a> {
    nodes: Vec<Arc<Node>>,
    objects: Vec<&'a dyn Plain>,
    /// All of them, in their order.
    members: Vec<Member>,
}

impl<'a> Found<'a> {
    fn gather(&mut self, output: OutputRef<'a>) {
        match output {
            OutputRef::Node(node) => {
                self.members.push(Member::Entity(self.nodes.len()));
                self.nodes.push(node.clone());
            }
            OutputRef::Object(object) => {
                self.members.push(Member::Plain(self.objects.len()));
                self.objects.push(object);
            }
            OutputRef::List(list) => (0..list.len()).for_each(|index| self.gather(list.item(index))),
            _ => {}
        }
    }
}
