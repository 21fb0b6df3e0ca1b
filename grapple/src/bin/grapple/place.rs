//! Where a module and its lock lie.

use std::io;
use std::path::{Path, PathBuf};

use grapple::{Accepted, Directory, LockFile, SchemaFiles};

use crate::arguments::Module;

/// Reads what a command is about.
pub(crate) fn read(module: &Module, accepted: &[Accepted]) -> io::Result<(SchemaFiles, Directory)> {
    let schema = SchemaFiles::read(&module.schema)?;
    let directory = Directory::read(&module.out)?;
    if module.no_lock {
        return Ok((schema, directory));
    }
    let path = match &module.lock {
        Some(path) => path.clone(),
        None => beside(&schema, module)?,
    };
    let lock = LockFile::read(path)?.accepting(accepted.iter().cloned());
    Ok((schema, directory.with_lock(lock)))
}

/// The lock beside the schema. Where it lies follows from the paths that are named: with other paths than before it
/// would be another one, which knows of nothing.
fn beside(schema: &SchemaFiles, module: &Module) -> io::Result<PathBuf> {
    let path = schema.home().join(LockFile::NAME);
    if path.exists() {
        return Ok(path);
    }
    let named =
        module.schema.iter().map(|path| if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(path) });
    let above = schema.home().ancestors().skip(1);
    let others: Vec<PathBuf> = named.chain(above).map(|home: &Path| home.join(LockFile::NAME)).collect();
    match others.into_iter().find(|other| other.exists()) {
        None => Ok(path),
        Some(other) => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!(
                "{} is the lock of a schema of other paths, and {} is not there; move it there, or name the lock: \
                 `--lock {}`",
                other.display(),
                path.display(),
                other.display()
            ),
        )),
    }
}
