//! `kvetch ls`: the nodes of a type.

use std::io::{self, Write};

use kvetch::{Answer as Read, Kvetch, Node, NodePage, NodeType, NodeTypeDef, Read as Reading, Schema, StoreUrl};

use crate::arguments::Ls;
use crate::failure::{Answer, Failure};
use crate::json::value;
use crate::output::{Output, WIDTH, cut};
use crate::place;
use crate::transfer;

/// Nodes that are read at a time.
const PAGE: u64 = 500;

pub(crate) async fn run(urls: &[StoreUrl], arguments: &Ls, output: &Output) -> Result<Answer, Failure> {
    let store = place::open(urls).await?;
    let node_type = named(store.schema(), &arguments.node_type)?;
    let (mut left, mut after) = (arguments.first, arguments.after);
    let (mut listed, mut answer, mut has_next) = (0, Answer::Yes, true);
    while left > 0 && has_next {
        let page = page(&store, node_type, after, left.min(PAGE) as u32).await?;
        for error in &page.unreadable {
            output.report("left out", error);
            answer = Answer::No;
        }
        print(&page.nodes, output)?;
        listed += page.nodes.len();
        left -= page.nodes.len() as u64;
        (after, has_next) = (page.last, page.has_next);
    }
    if listed == 0 {
        output.note("there are none");
    } else if let (true, Some(last)) = (has_next && arguments.first > 0, after) {
        output.note(format_args!("more follow: --after {last}"));
    }
    store.close().await?;
    Ok(answer)
}

async fn page(
    store: &Kvetch,
    node_type: NodeType,
    after: Option<kvetch::NodeId>,
    first: u32,
) -> Result<NodePage, Failure> {
    let answer = store.round(vec![Reading::Browse { node_type, after, first }]).await.answers.pop();
    let Some(Read::Browse(page)) = answer else { unreachable!("a page was asked for") };
    Ok(page?)
}

fn print(nodes: &[Node], output: &Output) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    for node in nodes {
        if output.json {
            writeln!(out, "{}", transfer::node_line(node)?)?;
        } else {
            let props = node.body.to_props()?;
            let line = format!("{}  v{}  {}", node.id, node.version, value::write_props(&props));
            writeln!(out, "{}", cut(&line, WIDTH))?;
        }
    }
    Ok(out.flush()?)
}

/// The type of this name, or of this number.
fn named(schema: &Schema, wanted: &str) -> Result<NodeType, Failure> {
    let number = wanted.parse().ok().map(NodeType);
    let found = schema.node_types().find(|def| def.name == wanted || Some(def.id) == number);
    found.map(|def| def.id).ok_or_else(|| {
        let known: Vec<&NodeTypeDef> = schema.node_types().collect();
        let alike = known.iter().find(|def| def.name.eq_ignore_ascii_case(wanted));
        let message = match (alike, known.as_slice()) {
            (Some(def), _) => format!("there is no type `{wanted}`; it is written `{}`", def.name),
            (None, []) => format!("there is no type `{wanted}`, and no other: the schema of the store is empty"),
            (None, known) => {
                let names = known.iter().map(|def| format!("{} ({})", def.name, def.id)).collect::<Vec<_>>();
                format!("there is no type `{wanted}`; the types are {}", names.join(", "))
            }
        };
        Failure::new("unknown_type", message)
    })
}
