//! `kvetch import`: puts an export into a store.

mod target;
mod tally;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use kvetch::{EdgeToRestore, Error, Kvetch, Node, StoreUrl};

use crate::arguments::Import;
use crate::failure::{Answer, Failure};
use crate::output::{Output, grouped};
use crate::progress::Progress;
use crate::transfer::{self, Line, Lines, TextLine, Totals};

use tally::Tally;

/// Nodes, or edges, that are put at a time.
const BATCH: usize = 256;

/// How often a node is put whose unique value is being claimed. Each time the store tries for five seconds, and takes
/// a claim for abandoned after ten.
const ATTEMPTS: u32 = 4;

pub(crate) async fn run(urls: &[StoreUrl], arguments: &Import, output: &Output) -> Result<Answer, Failure> {
    let Source { name, mut lines, bytes } = open(&arguments.file)?;
    let header = lines.next().map_err(|failure| failure.of(&name))?;
    let header = header.map_or_else(Vec::new, |line| line.text);
    let header = transfer::read_header(&header).map_err(|failure| failure.of(format_args!("{name}:1")))?;
    let store = target::open(urls, &header.schema).await?;
    let progress = Progress::begin(*output, bytes);
    let mut importing =
        Importing { store: &store, name, output, progress, tally: Tally::default(), batch: Batch::default() };
    let done = importing.all(&mut lines).await;
    let (tally, name) = (std::mem::take(&mut importing.tally), std::mem::take(&mut importing.name));
    drop(importing);
    store.close().await?;
    done.map_err(|failure| tally.add_to(failure))?;
    output.answer(|| tally.text(&name), || tally.json())?;
    Ok(if tally.refused == 0 && tally.not_exported == 0 { Answer::Yes } else { Answer::No })
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
    store: &'a Kvetch,
    name: String,
    output: &'a Output,
    progress: Progress,
    tally: Tally,
    batch: Batch,
}

/// What was read and is to be put together, with the numbers of the lines.
#[derive(Default)]
struct Batch {
    nodes: Vec<(u64, Node)>,
    edges: Vec<(u64, EdgeToRestore)>,
}

impl Importing<'_> {
    /// Puts line after line. Whatever ends it, what came before is put.
    async fn all(&mut self, lines: &mut Lines<Box<dyn BufRead>>) -> Result<(), Failure> {
        let ended = self.until_the_end(lines).await;
        self.put().await?;
        let end = ended?;
        let found = Totals { nodes: self.tally.lines.nodes, edges: self.tally.lines.edges, ..end };
        if found != end {
            let message = format!(
                "{}: it ends with {} nodes and {} edges said, and {} and {} found; lines were lost or added: export again",
                self.name, end.nodes, end.edges, found.nodes, found.edges
            );
            return Err(Failure::new("bad_input", message));
        }
        self.tally.not_exported = end.unreadable;
        Ok(())
    }

    async fn until_the_end(&mut self, lines: &mut Lines<Box<dyn BufRead>>) -> Result<Totals, Failure> {
        loop {
            let line = lines.next().map_err(|failure| failure.of(&self.name))?;
            let Some(line) = line.filter(|line| line.is_whole) else { return Err(self.cut_off()) };
            let number = line.number;
            match self.read(&line).map_err(|failure| failure.of(format_args!("{}:{number}", self.name)))? {
                Line::Node(node) => self.batch.nodes.push((number, node)),
                Line::Edge(edge) => self.batch.edges.push((number, edge)),
                // The last line says how many there are.
                Line::Unreadable => {}
                Line::End(totals) => {
                    return match lines.next()? {
                        None => Ok(totals),
                        Some(_) => {
                            let message = format!("{}:{}: the export goes on after its end", self.name, number + 1);
                            Err(Failure::new("bad_input", message))
                        }
                    };
                }
            }
            if self.batch.nodes.len() >= BATCH || self.batch.edges.len() >= BATCH {
                self.put().await?;
            }
            let lines_read = self.tally.lines;
            self.progress.at(lines.bytes, || {
                format!("{} nodes, {} stored edges", grouped(lines_read.nodes), grouped(lines_read.edges))
            });
        }
    }

    /// What a line says, if the schema of the store has a place for it.
    fn read(&self, line: &TextLine) -> Result<Line, Failure> {
        let read = transfer::read(&line.text)?;
        match &read {
            Line::Node(node) => drop(self.store.schema().node_type(node.node_type)?),
            Line::Edge(edge) => drop(self.store.schema().stored_edge(edge.edge)?),
            Line::Unreadable | Line::End(_) => {}
        }
        Ok(read)
    }

    fn cut_off(&self) -> Failure {
        let message = format!(
            "{}: it was cut: the line that ends an export is missing; go on with it by `kvetch export --resume`, then \
             import it again",
            self.name
        );
        Failure::new("incomplete", message)
    }

    /// Puts what was read: nodes first, because edges need them.
    async fn put(&mut self) -> Result<(), Failure> {
        let Batch { nodes, edges } = std::mem::take(&mut self.batch);
        self.tally.lines.nodes += nodes.len() as u64;
        self.tally.lines.edges += edges.len() as u64;
        self.put_nodes(nodes).await?;
        let (numbers, edges): (Vec<u64>, Vec<EdgeToRestore>) = edges.into_iter().unzip();
        for (number, restored) in numbers.into_iter().zip(self.store.restore_edges(edges).await) {
            match restored {
                Ok(restored) => self.tally.edges.add(restored),
                // A live export may hold an edge to a node that it passed before the node was there. Readers would
                // not show it.
                Err(Error::NotFound { .. }) => self.tally.without_end += 1,
                Err(error) => self.refuse(number, &error)?,
            }
        }
        Ok(())
    }

    /// Puts nodes. The claims of an import that was killed stand in the way of their own nodes until they are old
    /// enough to be taken for abandoned.
    async fn put_nodes(&mut self, mut nodes: Vec<(u64, Node)>) -> Result<(), Failure> {
        for attempt in 1..=ATTEMPTS {
            let restored = self.store.restore(nodes.iter().map(|(_, node)| node.clone()).collect()).await;
            let mut again = Vec::new();
            for ((number, node), restored) in nodes.into_iter().zip(restored) {
                match restored {
                    Ok(restored) => self.tally.nodes.add(restored),
                    Err(Error::ClaimPending { .. }) if attempt < ATTEMPTS => again.push((number, node)),
                    Err(error) => self.refuse(number, &error)?,
                }
            }
            nodes = again;
        }
        Ok(())
    }

    /// Notes what the store refuses. What would befall every line after it ends the import.
    fn refuse(&mut self, number: u64, error: &Error) -> Result<(), Failure> {
        if matches!(error, Error::Engine { .. } | Error::Unavailable { .. }) {
            return Err(Failure::from(error.clone()).of(format_args!("{}:{number}", self.name)));
        }
        let message = match error {
            Error::Exists { node } => format!("node {node} is there already in another state, and was left as it is"),
            Error::Gone { node } => format!("node {node} was deleted in this store, which gives no id out again"),
            error => error.to_string(),
        };
        if self.tally.refused < tally::REFUSALS_SHOWN {
            self.output.note(format_args!("{}:{number}: {message}", self.name));
        }
        self.tally.refuse(number, error.code(), &message);
        Ok(())
    }
}
