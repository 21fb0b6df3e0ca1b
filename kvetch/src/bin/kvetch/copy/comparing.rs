//! Holding the canonical rows of two stores against each other.

use futures::future::try_join;
use kvetch::{Answer, EdgeRow, Error, Kvetch, Node, NodeId, Read};
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::merged::{Edges, Listing, Merged, Nodes};
use crate::output::{Output, grouped};
use crate::progress::Progress;
use crate::sections::{Last, Section, after};

/// Differences that are named one by one; more are counted.
const NAMED_MAX: usize = 20;

/// What differs between a store and its copy.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    same: u64,
    /// In the store alone.
    missing: u64,
    /// In the copy alone.
    added: u64,
    /// In both, with another version, other times, another place or other props.
    differing: u64,
    named: Vec<String>,
}

/// Reads both stores once.
pub(super) async fn compare(source: &Kvetch, target: &Kvetch, output: &Output) -> Result<Comparison, Failure> {
    let comparison = Comparison::default();
    let mut comparing = Comparing { source, target, comparison, progress: Progress::begin(*output, None) };
    for section in after(source.schema(), Last::Header) {
        match section {
            Section::Nodes(node_type, _) => comparing.section(Nodes(node_type), Nodes(node_type)).await?,
            Section::Edges(edge, _) => comparing.section(Edges(edge), Edges(edge)).await?,
        }
    }
    Ok(comparing.comparison)
}

struct Comparing<'a> {
    source: &'a Kvetch,
    target: &'a Kvetch,
    comparison: Comparison,
    progress: Progress,
}

/// Rows that can be held against each other.
trait Compared: Listing {
    fn is_same(one: &Self::Row, other: &Self::Row) -> bool;

    fn name(row: &Self::Row) -> String;

    /// The nodes without which the row is not carried.
    fn ends(row: &Self::Row) -> Vec<NodeId>;
}

impl Compared for Nodes {
    fn is_same(one: &Node, other: &Node) -> bool {
        one == other
    }

    fn name(node: &Node) -> String {
        format!("node {}", node.id)
    }

    fn ends(_: &Node) -> Vec<NodeId> {
        Vec::new()
    }
}

impl Compared for Edges {
    fn is_same(one: &EdgeRow, other: &EdgeRow) -> bool {
        matches!((&one.props, &other.props), (Ok(one), Ok(other)) if one == other)
    }

    fn name(row: &EdgeRow) -> String {
        format!("stored edge from {} to {}", row.from, row.to)
    }

    fn ends(row: &EdgeRow) -> Vec<NodeId> {
        vec![row.from, row.to]
    }
}

impl Comparing<'_> {
    /// Merges both lists by their keys.
    async fn section<L: Compared>(&mut self, ours: L, theirs: L) -> Result<(), Failure> {
        let of_source = Merged::after(self.source, ours, None);
        let of_target = Merged::after(self.target, theirs, None);
        let (mut of_source, mut of_target) = try_join(of_source, of_target).await?;
        let (mut one, mut other) = try_join(of_source.next(), of_target.next()).await?;
        loop {
            match (one.take(), other.take()) {
                (None, None) => break,
                (Some(row), Some(copy)) if L::key(&row) == L::key(&copy) => {
                    if L::is_same(&row, &copy) {
                        self.comparison.same += 1;
                    } else {
                        self.comparison.differing += 1;
                        self.comparison.name("differs", &L::name(&row));
                    }
                    (one, other) = try_join(of_source.next(), of_target.next()).await?;
                }
                (Some(row), copy) if copy.as_ref().is_none_or(|copy| L::key(&row) < L::key(copy)) => {
                    self.missing::<L>(&row).await?;
                    (one, other) = (of_source.next().await?, copy);
                }
                (row, Some(copy)) => {
                    self.comparison.added += 1;
                    self.comparison.name("only in the copy", &L::name(&copy));
                    (one, other) = (row, of_target.next().await?);
                }
                (Some(_), None) => unreachable!("a row without a copy is missing"),
            }
            // What the source cannot give was said when it was to be carried.
            drop(of_source.take_unreadable());
            for error in of_target.take_unreadable() {
                self.comparison.differing += 1;
                self.comparison.name("cannot be read in the copy", &error.to_string());
            }
            let same = self.comparison.same;
            self.progress.at(same, || format!("comparing: {} nodes and stored edges are the same", grouped(same)));
        }
        Ok(())
    }

    /// Counts a row that is not in the copy, unless it is an edge to a node that is nowhere.
    async fn missing<L: Compared>(&mut self, row: &L::Row) -> Result<(), Failure> {
        let ends = L::ends(row);
        if !ends.is_empty() {
            let mut round = self.source.round(vec![Read::Nodes { ids: ends }]).await;
            if let Some(Answer::Nodes(nodes)) = round.answers.pop()
                && nodes.into_iter().collect::<Result<Vec<_>, Error>>()?.iter().any(Option::is_none)
            {
                return Ok(());
            }
        }
        self.comparison.missing += 1;
        self.comparison.name("missing", &L::name(row));
        Ok(())
    }
}

impl Comparison {
    pub(super) fn is_same(&self) -> bool {
        self.missing == 0 && self.added == 0 && self.differing == 0
    }

    fn name(&mut self, how: &str, what: &str) {
        if self.named.len() < NAMED_MAX {
            self.named.push(format!("{how}: {what}"));
        }
    }

    pub(super) fn text(&self) -> String {
        let same = grouped(self.same);
        if self.is_same() {
            return format!("compared FROM with TO: {same} nodes and stored edges are the same\n");
        }
        let mut text = format!(
            "compared FROM with TO: {same} nodes and stored edges are the same, {} missing, {} only in the copy, {} \
             differ\n",
            grouped(self.missing),
            grouped(self.added),
            grouped(self.differing)
        );
        for named in &self.named {
            text += &format!("  {named}\n");
        }
        text += "FROM was written to meanwhile; stop its writers and copy again, to a new place where nodes differ\n";
        text
    }

    pub(super) fn json(&self) -> Json {
        json!({
            "same": self.same, "missing": self.missing, "onlyInCopy": self.added, "differing": self.differing,
            "examples": self.named,
        })
    }
}
