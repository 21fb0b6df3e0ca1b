//! `grapple expand`.

use std::io;
use std::process::ExitCode;

use grapple::SchemaFiles;

use crate::arguments::{Expand, Format};
use crate::{exit, output};

pub(crate) fn run(arguments: &Expand) -> io::Result<ExitCode> {
    match grapple::expand(SchemaFiles::read(&arguments.schema)?) {
        Ok(schema) => output::say(&schema)?,
        Err(mistakes) => {
            output::mistakes(&mistakes, arguments.format == Format::Json, "; nothing was printed")?;
            return Ok(ExitCode::from(exit::MISTAKES));
        }
    }
    Ok(ExitCode::SUCCESS)
}
