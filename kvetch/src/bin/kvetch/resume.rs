//! An export that was begun before: how far it came.

use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::Path;

use kvetch::Kvetch;

use crate::failure::Failure;
use crate::json::schema;
use crate::sections::Last;
use crate::transfer::{self, Line, Lines, Totals};

/// A file with the beginning of an export, to be written on.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) file: File,
    pub(crate) last: Last,
    pub(crate) totals: Totals,
}

/// Opens an export of this store to go on with it, without the half line that it may end with, and without what could not
/// be read after the last node or edge: that is come upon again. Nothing if there is no whole line in it.
///
/// # Errors
/// When the file is none, or of another store: it is left as it is.
pub(crate) fn begun(path: &Path, store: &Kvetch) -> Result<Option<Begun>, Failure> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let mut lines = Lines::of(BufReader::new(&file));
    let header = match lines.next()? {
        Some(header) if header.is_whole => header,
        Some(cut) if !transfer::may_begin_header(&cut.text) => return Err(transfer::no_export()),
        _ => return Ok(None),
    };
    check_header(&header.text, store)?;
    let (mut whole, mut totals, mut last) = (lines.bytes, Totals::default(), None);
    let mut unreadable = 0;
    while let Some(line) = lines.next()?.filter(|line| line.is_whole) {
        match line.text.get(..8) {
            Some(br#"{"node":"#) => totals.nodes += 1,
            Some(br#"{"edge":"#) => totals.edges += 1,
            Some(br#"{"unread"#) => {
                unreadable += 1;
                continue;
            }
            _ => {}
        }
        totals.unreadable += std::mem::take(&mut unreadable);
        (whole, last) = (lines.bytes, Some(line));
    }
    let last = match last {
        None => Last::Header,
        Some(line) => {
            let number = line.number;
            match transfer::read(&line.text).map_err(|failure| failure.of(format_args!("line {number}")))? {
                Line::Node(node) => Last::Node(node.node_type, node.id),
                Line::Edge(edge) => Last::Edge(edge.edge, (edge.from, edge.sort_key, edge.to)),
                Line::Unreadable => unreachable!("such lines are passed over"),
                Line::End(end) => {
                    totals = end;
                    Last::End
                }
            }
        }
    };
    file.set_len(whole)?;
    file.seek(SeekFrom::Start(whole))?;
    Ok(Some(Begun { file, last, totals }))
}

fn check_header(text: &[u8], store: &Kvetch) -> Result<(), Failure> {
    let header = transfer::read_header(text)?;
    let other = |what: String| Failure::new("other_export", format!("{what}; export to another file"));
    if header.store != store.id() {
        return Err(other(format!("it is of store {}, and this is {}", header.store, store.id())));
    }
    let (then, now) = (&header.schema, store.schema());
    match schema::first_difference(then, now).or_else(|| schema::first_difference(now, then)) {
        Some(difference) => Err(other(format!("the schema changed since it was begun: {difference}"))),
        None => Ok(()),
    }
}
