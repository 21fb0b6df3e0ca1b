//! The data of a server that has just been installed.
//!
//! Installing takes seconds and copying a fraction of one. So it is done once per build, into cargo's target folder, and
//! each server starts from a copy.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs;

/// Its size on disk is most of what is copied per server; tests write little.
pub(crate) const LOG_FILE_SIZE: &str = "--innodb-log-file-size=8M";

/// The account in the URLs of servers: what a program that also makes its own tables needs, and no more. A superuser
/// would write to a read-only server and never notice.
pub(crate) const USER: &str = "kvetch";
/// Its password: not empty, so that URLs are taken apart whole.
pub(crate) const PASSWORD: &str = "secret";

/// Run after the installation, one statement a line. Root stays, without a password, on the socket alone.
const ACCOUNTS: &str = "\
FLUSH PRIVILEGES;
DROP USER IF EXISTS root@'127.0.0.1', root@'::1';
CREATE USER kvetch@'%' IDENTIFIED BY 'secret';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, PROCESS, RELOAD ON *.* TO kvetch@'%';
";

/// Makes `data` the data of a fresh server.
///
/// # Errors
/// When it cannot be installed or copied; the message holds what the installer said.
pub(crate) fn install(data: &Path) -> Result<(), String> {
    // Without cargo's folder nothing may be left behind: each server is installed by itself.
    let Some(cache) = cache() else { return make(data) };
    let template = cache.join(name()?);
    if !template.is_dir() {
        publish(&cache, &template)?;
    }
    copy(&template, data).map_err(|error| format!("could not copy {}: {error}", template.display()))
}

/// Installs beside the template and renames: whoever sees the template sees all of it.
fn publish(cache: &Path, template: &Path) -> Result<(), String> {
    let failed = |error: io::Error| format!("could not write {}: {error}", template.display());
    fs::create_dir_all(cache).map_err(failed)?;
    let making = tempfile::Builder::new().prefix("making-").tempdir_in(cache).map_err(failed)?;
    let data = making.path().join("data");
    make(&data)?;
    match fs::rename(&data, template) {
        // Another process was faster; theirs is as good.
        Err(_) if template.is_dir() => Ok(()),
        renamed => renamed.map_err(failed),
    }
}

fn make(data: &Path) -> Result<(), String> {
    let scratch = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let accounts = scratch.path().join("accounts.sql");
    fs::write(&accounts, ACCOUNTS).map_err(|error| format!("could not write {}: {error}", accounts.display()))?;
    let mut installer = Command::new(programs::companion("mariadb-install-db")?);
    installer
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"])
        .args([LOG_FILE_SIZE, "--innodb-buffer-pool-size=64M"])
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--tmpdir={}", scratch.path().display()))
        .arg(format!("--extra-file={}", accounts.display()));
    if rustix::process::geteuid().is_root() {
        installer.arg("--user=root");
    }
    let output = installer.output().map_err(|error| format!("could not run mariadb-install-db: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("mariadb-install-db ended with {}:\n{out}{err}", output.status))
}

/// A folder in cargo's target folder, found by the tag that cargo leaves there.
fn cache() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file())?;
    Some(target.join("testkit"))
}

/// Another server version, or another way to install, is another template.
fn name() -> Result<String, String> {
    let version = programs::version(&programs::mariadbd()?)?;
    let mut hasher = DefaultHasher::new();
    (&version, ACCOUNTS, LOG_FILE_SIZE).hash(&mut hasher);
    Ok(format!("mariadb-{:016x}", hasher.finish()))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
