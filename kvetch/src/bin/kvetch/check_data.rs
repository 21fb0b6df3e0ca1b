//! `kvetch check-data`: stored values beside the types of a schema.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kvetch::{Kvetch, Node, NodeId, StoreUrl};
use serde_json::{Map, Value as Json, json};

use crate::arguments::CheckData;
use crate::failure::{Answer, Failure};
use crate::interrupt::or_interrupted;
use crate::json::shape::{self, StoredType, StoredValue};
use crate::merged::{Merged, Nodes};
use crate::output::{Output, grouped};
use crate::place;
use crate::progress::Progress;

/// Ids that are named of each value.
const EXAMPLES: usize = 5;

pub(crate) async fn run(urls: &[StoreUrl], arguments: &CheckData, output: &Output) -> Result<Answer, Failure> {
    let types = read(&arguments.file)?;
    let store = place::open(urls).await?;
    let done = or_interrupted(check(&store, &types, *output)).await;
    let Some(found) = done.transpose()? else {
        store.close().await?;
        return Err(Failure::new("interrupted", "interrupted; what was found so far is lost: run it again"));
    };
    store.close().await?;
    output.answer(|| found.text(), || found.json())?;
    Ok(if found.is_clean() { Answer::Yes } else { Answer::No })
}

fn read(file: &Path) -> Result<Vec<StoredType>, Failure> {
    let invalid = |why: String| Failure::new("invalid_table", why).of(file.display());
    let text = fs::read_to_string(file).map_err(|error| Failure::from(error).of(file.display()))?;
    let json = serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
    shape::read(&json).map_err(invalid)
}

/// What was found.
#[derive(Debug, Default)]
struct Found<'t> {
    nodes: u64,
    values: Vec<Misfits<'t>>,
    /// Values that were only looked for, with their types.
    unchecked: Vec<(&'t str, &'t StoredValue)>,
    unreadable: Vec<String>,
}

/// The values of one name that do not fit.
#[derive(Debug)]
struct Misfits<'t> {
    of: &'t str,
    value: &'t StoredValue,
    /// Nodes of the type.
    nodes: u64,
    /// How many are what instead.
    instead: BTreeMap<&'static str, u64>,
    examples: Vec<NodeId>,
}

async fn check<'t>(store: &Kvetch, types: &'t [StoredType], output: Output) -> Result<Found<'t>, Failure> {
    let mut found = Found::default();
    let mut progress = Progress::begin(output, nodes_to_read(store, types, output).await);
    for ty in types {
        let of = |value| Misfits { of: &ty.name, value, nodes: 0, instead: BTreeMap::new(), examples: Vec::new() };
        let mut misfits: Vec<Misfits<'t>> = ty.values.iter().map(of).collect();
        let mut nodes = Merged::after(store, Nodes(ty.id), None).await?;
        let mut count = 0;
        while let Some(node) = nodes.next().await? {
            count += 1;
            if let Err(error) = look(&node, &mut misfits) {
                found.unreadable.push(format!("{}: {error}", node.id));
            }
            progress.at(found.nodes + count, || format!("{}: {} nodes", ty.name, grouped(count)));
        }
        found.unreadable.extend(nodes.take_unreadable().iter().map(ToString::to_string));
        let unchecked = ty.values.iter().filter(|value| value.is_unchecked());
        found.unchecked.extend(unchecked.map(|value| (ty.name.as_str(), value)));
        found.nodes += count;
        misfits.iter_mut().for_each(|misfits| misfits.nodes = count);
        found.values.extend(misfits.into_iter().filter(|misfits| !misfits.instead.is_empty()));
    }
    progress.end();
    Ok(found)
}

/// How many nodes there are, where somebody watches.
async fn nodes_to_read(store: &Kvetch, types: &[StoredType], output: Output) -> Option<u64> {
    if !Progress::is_drawn(output) {
        return None;
    }
    let mut nodes = 0;
    for shard in store.shards() {
        let census = shard.census().await.ok()?;
        nodes += types.iter().filter_map(|ty| census.nodes.get(&ty.id)).sum::<u64>();
    }
    Some(nodes)
}

fn look(node: &Node, misfits: &mut [Misfits<'_>]) -> kvetch::Result<()> {
    for misfits in misfits {
        if let Some(instead) = misfits.value.misfit(node.body.get(&misfits.value.key)?)? {
            *misfits.instead.entry(instead).or_default() += 1;
            if misfits.examples.len() < EXAMPLES {
                misfits.examples.push(node.id);
            }
        }
    }
    Ok(())
}

impl Misfits<'_> {
    fn count(&self) -> u64 {
        self.instead.values().sum()
    }

    fn text(&self) -> String {
        let (count, nodes) = (grouped(self.count()), grouped(self.nodes));
        let StoredValue { key, ty, .. } = self.value;
        let mut text = format!("{count} of {nodes} `{}.{key}` do not fit `{ty}`\n", self.of);
        for (what, count) in &self.instead {
            text += &format!("  {} {what}\n", grouped(*count));
        }
        let more = if self.count() > self.examples.len() as u64 { "the first: " } else { "" };
        for (number, id) in self.examples.iter().enumerate() {
            text += &format!("  {}{id}\n", if number == 0 { more } else { "" });
        }
        text
    }

    fn json(&self) -> Json {
        let instead = self.instead.iter().map(|(what, count)| ((*what).to_owned(), Json::from(*count)));
        json!({
            "type": self.of,
            "key": self.value.key,
            "expected": self.value.ty,
            "nodes": self.nodes,
            "misfits": self.count(),
            "instead": instead.collect::<Map<_, _>>(),
            "examples": self.examples.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }
}

fn unchecked((of, value): &(&str, &StoredValue)) -> Json {
    json!({"type": of, "key": value.key, "expected": value.ty})
}

impl Found<'_> {
    fn is_clean(&self) -> bool {
        self.values.is_empty() && self.unreadable.is_empty()
    }

    fn text(&self) -> String {
        let mut text: String = self.values.iter().map(Misfits::text).collect();
        for (of, StoredValue { key, ty, .. }) in &self.unchecked {
            text += &format!("unchecked: how `{ty}` of `{of}.{key}` is stored is the scalar's own\n");
        }
        for error in &self.unreadable {
            text += &format!("cannot be read: {error}\n");
        }
        let verdict = if self.is_clean() { "; all of it fits" } else { "" };
        text + &format!("looked at {} nodes{verdict}\n", grouped(self.nodes))
    }

    fn json(&self) -> Json {
        json!({
            "command": "check-data",
            "clean": self.is_clean(),
            "nodes": self.nodes,
            "values": self.values.iter().map(Misfits::json).collect::<Json>(),
            "unchecked": self.unchecked.iter().map(unchecked).collect::<Json>(),
            "unreadable": self.unreadable,
        })
    }
}
