//! What was selected of the objects inside outputs of custom code.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::join_all;
use kvetch::Node;

use super::Execution;
use super::column::{Below, Column, Objects};
use crate::error::{Error, Result};
use crate::output::{OutputColumn, OutputRef, Plain};
use crate::plan::{Field, Selection};
use crate::rows::Rows;

impl Execution<'_> {
    /// The column of what a function answered for each parent.
    pub(super) async fn answered(&self, field: &Field, results: Box<dyn OutputColumn>, parents: usize) -> Column {
        let below = match &field.selection {
            None => Below { starts: Vec::new(), objects: Objects::None },
            Some(selection) => self.below(selection, parents, |row| results.row(row).ok()).await,
        };
        Column::Answered(results, below)
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
    pub(super) async fn plain(&self, field: &Field, index: usize, parents: Rows<'_>) -> Column {
        let Some(selection) = &field.selection else { return Column::Parent };
        let Rows::Plain(objects) = parents else {
            return Column::Failed(Error::internal("a plain field was asked of something that is stored"));
        };
        Column::Plain(self.below(selection, objects.len(), |row| Some(objects[row].field(index))).await)
    }

    /// The columns of the objects inside outputs.
    async fn below<'o>(
        &self,
        selection: &Selection,
        parents: usize,
        output: impl Fn(usize) -> Option<OutputRef<'o>> + Send,
    ) -> Below {
        let mut found = Found::default();
        let mut starts = Vec::with_capacity(parents);
        for row in 0..parents {
            starts.push(found.nodes.len() + found.objects.len());
            if let Some(output) = output(row) {
                found.gather(output);
            }
        }
        let Found { nodes, objects } = found;
        let objects = if selection.object.def.node_type.is_some() {
            Objects::Entities(self.entities_of_nodes(selection, nodes).await)
        } else {
            Objects::Plain(self.columns(selection, Rows::Plain(&objects)).await)
        };
        Below { starts, objects }
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
}

impl<'a> Found<'a> {
    fn gather(&mut self, output: OutputRef<'a>) {
        match output {
            OutputRef::Node(node) => self.nodes.push(node.clone()),
            OutputRef::Object(object) => self.objects.push(object),
            OutputRef::List(list) => (0..list.len()).for_each(|index| self.gather(list.item(index))),
            _ => {}
        }
    }
}
