//! `kvetch export`: writes a store as JSON lines.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use kvetch::{EdgeKey, Error, Kvetch, NodeId, StoreUrl};
use serde_json::{Value as Json, json};

use crate::arguments::Export;
use crate::failure::{Answer, Failure};
use crate::interrupt::or_interrupted;
use crate::merged::{Edges, Merged, Nodes};
use crate::output::{Output, grouped};
use crate::place;
use crate::progress::Progress;
use crate::resume;
use crate::sections::{self, Last, Section};
use crate::transfer::{self, Totals};

pub(crate) async fn run(urls: &[StoreUrl], arguments: &Export, output: &Output) -> Result<Answer, Failure> {
    let store = place::open(urls).await?;
    let totals = match &arguments.out {
        None => Some(to_stdout(&store, output).await?),
        Some(path) => to_file(&store, path, arguments.resume, output).await?,
    };
    store.close().await?;
    let (Some(totals), out) = (totals, &arguments.out) else {
        let path = arguments.out.as_deref().map(place::as_argument).unwrap_or_default();
        let stores = place::as_arguments(urls);
        let message = format!("interrupted; to go on: kvetch export {stores} --out {path} --resume");
        return Err(Failure::new("interrupted", message));
    };
    let text = format!("exported {} nodes and {} stored edges", grouped(totals.nodes), grouped(totals.edges));
    match out {
        // Standard output is the export.
        None => output.note(&text),
        Some(path) => output.answer(
            || format!("{text} to {}\n", path.display()),
            || {
                json!({
                    "out": path.display().to_string(), "nodes": totals.nodes, "edges": totals.edges,
                    "unreadable": totals.unreadable,
                })
            },
        )?,
    }
    if totals.unreadable > 0 {
        output.note(format_args!("{} could not be read and are not in it", totals.unreadable));
        return Ok(Answer::No);
    }
    Ok(Answer::Yes)
}

async fn to_stdout(store: &Kvetch, output: &Output) -> Result<Totals, Failure> {
    let mut writing = Writing::begin(store, io::stdout().lock(), output);
    writing.line(&transfer::header_line(store))?;
    writing.rest(Last::Header).await?;
    Ok(writing.totals)
}

/// The totals, or nothing if it was interrupted.
async fn to_file(store: &Kvetch, path: &Path, resume: bool, output: &Output) -> Result<Option<Totals>, Failure> {
    let of_file = |failure: Failure| failure.of(path.display());
    let begun = if resume && path.exists() { resume::begun(path, store).map_err(of_file)? } else { None };
    let (file, last, totals) = match begun {
        Some(begun) => {
            let (nodes, edges) = (grouped(begun.totals.nodes), grouped(begun.totals.edges));
            output.note(match begun.last {
                Last::End => format!("{} is complete; there is nothing to go on with", path.display()),
                _ => format!("going on with {} after {nodes} nodes and {edges} stored edges", path.display()),
            });
            (begun.file, Some(begun.last), begun.totals)
        }
        None => (create(path, resume)?, None, Totals::default()),
    };
    let mut writing = Writing { totals, ..Writing::begin(store, file, output) };
    let done = or_interrupted(async {
        if last.is_none() {
            writing.line(&transfer::header_line(store))?;
        }
        writing.rest(last.unwrap_or(Last::Header)).await
    });
    let done = done.await;
    writing.out.flush().map_err(|error| of_file(error.into()))?;
    writing.out.get_ref().sync_all().map_err(|error| of_file(error.into()))?;
    done.transpose().map_err(of_file).map(|done| done.map(|()| writing.totals))
}

fn create(path: &Path, resume: bool) -> Result<File, Failure> {
    let created = if resume { File::create(path) } else { File::create_new(path) };
    created.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::new(
            "file_exists",
            format!("{} is there already; remove it, or go on with it by --resume", path.display()),
        ),
        _ => Failure::from(error).of(path.display()),
    })
}

/// An export under way.
struct Writing<'a, W: Write> {
    store: &'a Kvetch,
    out: BufWriter<W>,
    totals: Totals,
    output: Output,
    progress: Progress,
}

impl<'a, W: Write> Writing<'a, W> {
    fn begin(store: &'a Kvetch, out: W, output: &Output) -> Self {
        let (out, progress) = (BufWriter::new(out), Progress::begin(*output, None));
        Self { store, out, totals: Totals::default(), output: *output, progress }
    }

    /// Everything that comes after what was written last.
    async fn rest(&mut self, last: Last) -> Result<(), Failure> {
        for section in sections::after(self.store.schema(), last) {
            match section {
                Section::Nodes(node_type, after) => self.nodes(Nodes(node_type), after).await?,
                Section::Edges(edge, after) => self.edges(Edges(edge), after).await?,
            }
        }
        if !matches!(last, Last::End) {
            self.line(&transfer::end_line(self.totals))?;
        }
        self.progress.end();
        Ok(self.out.flush()?)
    }

    async fn nodes(&mut self, nodes: Nodes, after: Option<NodeId>) -> Result<(), Failure> {
        let mut merged = Merged::after(self.store, nodes, after).await?;
        loop {
            let node = merged.next().await?;
            merged.take_unreadable().iter().try_for_each(|error| self.cannot_read(error))?;
            let Some(node) = node else { return Ok(()) };
            self.totals.nodes += u64::from(self.written(transfer::node_line(&node))?);
        }
    }

    async fn edges(&mut self, edges: Edges, after: Option<EdgeKey>) -> Result<(), Failure> {
        let edge = edges.0;
        let mut merged = Merged::after(self.store, edges, after).await?;
        loop {
            let row = merged.next().await?;
            merged.take_unreadable().iter().try_for_each(|error| self.cannot_read(error))?;
            let Some(row) = row else { return Ok(()) };
            self.totals.edges += u64::from(self.written(transfer::edge_line(edge, &row))?);
        }
    }

    /// Writes a line if it can be made, and says whether it was.
    fn written(&mut self, line: Result<Json, Error>) -> Result<bool, Failure> {
        match line {
            Ok(line) => self.line(&line).map(|()| true),
            Err(error) => self.cannot_read(&error).map(|()| false),
        }
    }

    fn cannot_read(&mut self, error: &Error) -> Result<(), Failure> {
        self.totals.unreadable += 1;
        self.output.report("left out", error);
        self.line(&transfer::unreadable_line(error))
    }

    fn line(&mut self, line: &Json) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.out, line).map_err(|error| Failure::from(io::Error::from(error)))?;
        self.out.write_all(b"\n")?;
        let Totals { nodes, edges, .. } = self.totals;
        self.progress.at(nodes + edges, || format!("{} nodes, {} stored edges", grouped(nodes), grouped(edges)));
        Ok(())
    }
}
