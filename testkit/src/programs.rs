//! Where MariaDB's programs are on this machine, and what to do when they are not.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variable that names the `mariadbd` to use, before any that is found.
pub const MARIADBD: &str = "GRAPHSCALE_MARIADBD";

/// The variable that names Galera's library, before any that is found.
pub const GALERA: &str = "GRAPHSCALE_GALERA";

/// What to do when something of MariaDB is missing.
const INSTRUCTIONS: &str =
    "`cargo xtask test` installs it on Debian and its kin; elsewhere install MariaDB 10.6 or later";

/// Where packages put servers without putting them on everybody's path.
const FOLDERS: [&str; 5] = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/usr/local/mysql/bin"];

/// Where packages put Galera's library.
const LIBRARIES: [&str; 4] = [
    "/usr/lib/galera/libgalera_smm.so",
    "/usr/lib/galera-4/libgalera_smm.so",
    "/usr/lib64/galera-4/libgalera_smm.so",
    "/usr/lib64/galera/libgalera_smm.so",
];

/// The server.
///
/// # Errors
/// When there is none; the message says what to do.
pub fn mariadbd() -> Result<PathBuf, String> {
    match env::var_os(MARIADBD) {
        Some(path) => existing(MARIADBD, path.into()),
        None => search("mariadbd", None).ok_or_else(|| {
            format!("these tests need a MariaDB server and found no `mariadbd`: {INSTRUCTIONS}, or set {MARIADBD}")
        }),
    }
}

/// A program that comes with the server, such as `mariadb` or `mariadb-install-db`: the one beside it, if there is one.
///
/// # Errors
/// When there is none; the message says what to do.
pub fn companion(name: &str) -> Result<PathBuf, String> {
    let server = mariadbd()?;
    search(name, Some(&server))
        .ok_or_else(|| format!("`{name}` is missing though {} is there: {INSTRUCTIONS}", server.display()))
}

/// Galera's library, the provider of replication.
///
/// # Errors
/// When there is none; the message says what to do.
pub fn galera() -> Result<PathBuf, String> {
    match env::var_os(GALERA) {
        Some(path) => existing(GALERA, path.into()),
        None => LIBRARIES.iter().map(PathBuf::from).find(|path| path.is_file()).ok_or_else(|| {
            format!(
                "these tests need Galera and found no `libgalera_smm.so`: {INSTRUCTIONS}, with Galera, or set {GALERA}"
            )
        }),
    }
}

/// The version that a server says it has.
///
/// # Errors
/// When it cannot be run.
pub fn version(mariadbd: &Path) -> Result<String, String> {
    let shown = Command::new(mariadbd).args(["--no-defaults", "--version"]).output();
    let shown = shown.map_err(|error| format!("could not run {}: {error}", mariadbd.display()))?;
    let line = String::from_utf8_lossy(&shown.stdout);
    let version = line.split_once(" Ver ").and_then(|(_, rest)| rest.split_whitespace().next());
    version.map(str::to_owned).ok_or_else(|| format!("{} tells no version: {line}", mariadbd.display()))
}

/// Looks beside the server, then on the path, then where packages put things.
fn search(name: &str, server: Option<&Path>) -> Option<PathBuf> {
    let home = server.and_then(Path::parent);
    let beside = home.into_iter().flat_map(|home| [home.to_owned(), home.join("../bin"), home.join("../scripts")]);
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = beside.chain(env::split_paths(&path)).chain(FOLDERS.iter().map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

fn existing(variable: &str, path: PathBuf) -> Result<PathBuf, String> {
    if path.is_file() { Ok(path) } else { Err(format!("{variable} names {}, which is no file", path.display())) }
}
