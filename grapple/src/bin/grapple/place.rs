//! Where a module and its lock lie.

use std::io;

use grapple::{Accepted, Directory, LockFile, SchemaFiles};

use crate::arguments::Module;

/// Reads what a command is about.
pub(crate) fn read(module: &Module, accepted: &[Accepted]) -> io::Result<(SchemaFiles, Directory)> {
    let schema = SchemaFiles::read(&module.schema)?;
    let directory = Directory::read(&module.out)?;
    if module.no_lock {
        return Ok((schema, directory));
    }
    let path = module.lock.clone().unwrap_or_else(|| schema.home().join(LockFile::NAME));
    let lock = LockFile::read(path)?.accepting(accepted.iter().cloned());
    Ok((schema, directory.with_lock(lock)))
}
