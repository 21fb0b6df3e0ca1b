//! `grapple print`.

use std::io;
use std::process::ExitCode;

use grapple::{Schema, SchemaFiles};

use crate::arguments::{Format, Print};
use crate::{exit, json, output};

pub(crate) fn run(arguments: &Print) -> io::Result<ExitCode> {
    match Schema::check(SchemaFiles::read(&arguments.schema)?) {
        Ok(schema) if arguments.stored => output::say_json(&json::stored(&schema.stored()))?,
        Ok(schema) => output::say(&schema.print())?,
        Err(mistakes) => {
            output::mistakes(&mistakes, arguments.format == Format::Json, "; nothing was printed")?;
            return Ok(ExitCode::from(exit::MISTAKES));
        }
    }
    Ok(ExitCode::SUCCESS)
}
