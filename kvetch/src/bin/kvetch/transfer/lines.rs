//! Lines of a file, one at a time.

use std::io::{BufRead, Read};

use crate::failure::Failure;

/// Bytes of one line, at most. A body may have 1 MiB, and of what it holds JSON takes up to some fourteen times the
/// room: an empty list of bytes is one byte there and `{"$bytes":""},` here.
const LINE_BYTES_MAX: u64 = 32 << 20;

/// The lines of a file.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    reader: R,
    /// Bytes of the lines that were read.
    pub(crate) bytes: u64,
    number: u64,
}

/// A line without its end.
#[derive(Debug)]
pub(crate) struct TextLine {
    /// Its number, from 1.
    pub(crate) number: u64,
    pub(crate) text: Vec<u8>,
    /// Whether it has an end. What is written line by line and then cut has a last line without one.
    pub(crate) is_whole: bool,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn of(reader: R) -> Self {
        Self { reader, bytes: 0, number: 0 }
    }

    pub(crate) fn next(&mut self) -> Result<Option<TextLine>, Failure> {
        let mut text = Vec::new();
        let read = (&mut self.reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut text)? as u64;
        if read == 0 {
            return Ok(None);
        }
        (self.bytes, self.number) = (self.bytes + read, self.number + 1);
        let is_whole = text.last() == Some(&b'\n');
        if is_whole {
            text.pop();
        } else if read == LINE_BYTES_MAX {
            let message = format!("line {} is longer than any that an export has", self.number);
            return Err(Failure::new("bad_input", message));
        }
        Ok(Some(TextLine { number: self.number, text, is_whole }))
    }
}
