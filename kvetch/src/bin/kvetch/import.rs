//! `kvetch import`: puts an export into a store.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use kvetch::StoreUrl;

use crate::arguments::Import;
use crate::failure::{Answer, Failure};
use crate::output::{Output, grouped};
use crate::progress::Progress;
use crate::restoring::{Batch, Restoring};
use crate::target;
use crate::transfer::{self, Line, Lines, TextLine, Totals};

pub(crate) async fn run(urls: &[StoreUrl], arguments: &Import, output: &Output) -> Result<Answer, Failure> {
    let Source { name, mut lines, bytes } = open(&arguments.file)?;
    let header = lines.next().map_err(|failure| failure.of(&name))?;
    let header = header.map_or_else(Vec::new, |line| line.text);
    let header = transfer::read_header(&header).map_err(|failure| failure.of(format_args!("{name}:1")))?;
    let store = target::open(urls, &header.schema).await?;
    let progress = Progress::begin(*output, bytes);
    let into = Restoring::into(&store, name, output);
    let mut importing = Importing { into, progress, batch: Batch::default() };
    let done = importing.all(&mut lines).await;
    let Restoring { tally, name, .. } = importing.into;
    store.close().await?;
    done.map_err(|failure| tally.add_to(failure))?;
    output.answer(|| tally.text(&format!("imported {name}")), || tally.json())?;
    Ok(if tally.is_whole() { Answer::Yes } else { Answer::No })
}

/// What is read.
struct Source {
    name: String,
    lines: Lines<Box<dyn BufRead>>,
    /// How long it is, if that is known.
    bytes: Option<u64>,
}

fn open(path: &Path) -> Result<Source, Failure> {
    if path == Path::new("-") {
        let lines = Lines::of(Box::new(io::stdin().lock()) as Box<dyn BufRead>);
        return Ok(Source { name: "standard input".into(), lines, bytes: None });
    }
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| Failure::from(error).of(&name))?;
    let bytes = Some(file.metadata()?.len());
    Ok(Source { name, lines: Lines::of(Box::new(BufReader::new(file))), bytes })
}

/// An import under way.
struct Importing<'a> {
    into: Restoring<'a>,
    progress: Progress,
    /// What was read and is not put yet.
    batch: Batch,
}

impl Importing<'_> {
    /// Puts line after line. Whatever ends it, what came before is put.
    async fn all(&mut self, lines: &mut Lines<Box<dyn BufRead>>) -> Result<(), Failure> {
        let ended = self.until_the_end(lines).await;
        self.into.put(std::mem::take(&mut self.batch)).await?;
        let end = ended?;
        let found = Totals { nodes: self.into.tally.seen.nodes, edges: self.into.tally.seen.edges, ..end };
        if found != end {
            let message = format!(
                "{}: it ends with {} nodes and {} edges said, and {} and {} found; lines were lost or added: export again",
                self.into.name, end.nodes, end.edges, found.nodes, found.edges
            );
            return Err(Failure::new("bad_input", message));
        }
        self.into.tally.unreadable = end.unreadable;
        Ok(())
    }

    async fn until_the_end(&mut self, lines: &mut Lines<Box<dyn BufRead>>) -> Result<Totals, Failure> {
        loop {
            let line = lines.next().map_err(|failure| failure.of(&self.into.name))?;
            let Some(line) = line.filter(|line| line.is_whole) else { return Err(self.cut_off()) };
            let number = line.number;
            match self.read(&line).map_err(|failure| failure.of(format_args!("{}:{number}", self.into.name)))? {
                Line::Node(node) => self.batch.nodes.push((Some(number), node)),
                Line::Edge(edge) => self.batch.edges.push((Some(number), edge)),
                // The last line says how many there are.
                Line::Unreadable => {}
                Line::End(totals) => {
                    return match lines.next()? {
                        None => Ok(totals),
                        Some(_) => {
                            let message =
                                format!("{}:{}: the export goes on after its end", self.into.name, number + 1);
                            Err(Failure::new("bad_input", message))
                        }
                    };
                }
            }
            if self.batch.is_full() {
                self.into.put(std::mem::take(&mut self.batch)).await?;
            }
            let seen = self.into.tally.seen;
            self.progress
                .at(lines.bytes, || format!("{} nodes, {} stored edges", grouped(seen.nodes), grouped(seen.edges)));
        }
    }

    /// What a line says, if the schema of the store has a place for it.
    fn read(&self, line: &TextLine) -> Result<Line, Failure> {
        let read = transfer::read(&line.text)?;
        match &read {
            Line::Node(node) => drop(self.into.store.schema().node_type(node.node_type)?),
            Line::Edge(edge) => drop(self.into.store.schema().stored_edge(edge.edge)?),
            Line::Unreadable | Line::End(_) => {}
        }
        Ok(read)
    }

    fn cut_off(&self) -> Failure {
        let message = format!(
            "{}: it was cut: the line that ends an export is missing; go on with it by `kvetch export --resume`, then \
             import it again",
            self.into.name
        );
        Failure::new("incomplete", message)
    }
}
