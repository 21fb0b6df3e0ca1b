//! Where a store lies, and opening it.

use std::path::Path;

use kvetch::{Kvetch, Options, StoreUrl, existing_shards_at};

use crate::failure::Failure;

const VARIABLE: &str = "KVETCH_STORE";

/// The addresses of the command line, or else of the environment.
pub(crate) fn addresses(given: &[String]) -> Result<Vec<StoreUrl>, Failure> {
    let from_environment = std::env::var(VARIABLE).unwrap_or_default();
    let named = if given.is_empty() { listed(&from_environment) } else { given.to_vec() };
    if named.is_empty() {
        return Err(Failure::usage(format!("no store is named; add --store file:DIR, or set {VARIABLE}")));
    }
    named.iter().map(|url| address(url)).collect()
}

/// The addresses of one store in one argument, with commas between, or in a variable that it names by `env:NAME`: that
/// keeps passwords off the list of processes.
pub(crate) fn listed_addresses(text: &str) -> Result<Vec<StoreUrl>, Failure> {
    let named = match text.strip_prefix("env:") {
        None => listed(text),
        Some(name) => {
            listed(&std::env::var(name).map_err(|_| Failure::usage(format!("the variable {name} is not set")))?)
        }
    };
    if named.is_empty() {
        return Err(Failure::usage("an address is empty; write file:DIR, or mysql://USER:PASSWORD@HOST:PORT/DATABASE"));
    }
    named.iter().map(|url| address(url)).collect()
}

/// For a command that is given its stores otherwise.
pub(crate) fn refuse_named(stores: &[String]) -> Result<(), Failure> {
    match stores {
        [] => Ok(()),
        _ => Err(Failure::usage("`copy` takes its two stores as FROM and TO, not by --store")),
    }
}

/// Addresses with commas between. An address of several servers has commas in it too.
fn listed(text: &str) -> Vec<String> {
    let mut urls: Vec<String> = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let begins = ["file:", "memory:", "mysql:"].iter().any(|scheme| part.starts_with(scheme));
        match urls.last_mut().filter(|last| !begins && last.starts_with("mysql:")) {
            Some(last) => {
                last.push(',');
                last.push_str(part);
            }
            None => urls.push(part.to_owned()),
        }
    }
    urls
}

fn address(url: &str) -> Result<StoreUrl, Failure> {
    match url.parse()? {
        url @ StoreUrl::Memory { .. } => Err(Failure::usage(format!(
            "`{url}` is empty when it is opened and gone when this command ends; write --store file:DIR"
        ))),
        url => Ok(url),
    }
}

/// Opens a store that is there, under its own schema, leaving it as it was found.
pub(crate) async fn open(urls: &[StoreUrl]) -> Result<Kvetch, Failure> {
    let mut options = Options::default();
    options.leave_unfinished = true;
    Ok(Kvetch::open_stored(existing_shards_at(urls).await?, options).await?)
}

/// Addresses for people: without secrets.
pub(crate) fn shown(urls: &[StoreUrl]) -> Vec<String> {
    urls.iter().map(StoreUrl::to_string).collect()
}

/// The same as arguments that can be typed again.
pub(crate) fn as_arguments(urls: &[StoreUrl]) -> String {
    let arguments = shown(urls).into_iter().map(|url| format!("--store {}", quoted(&url)));
    arguments.collect::<Vec<_>>().join(" ")
}

/// A path as an argument that can be typed again.
pub(crate) fn as_argument(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// Text in quotes, where a shell would read something else into it.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=@,+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart_by_commas() {
        let several = "mysql://a@h1/db?endpoints=h2:1,h3:2, mysql://a@h4/db,file:x,y";
        assert_eq!(listed(several), ["mysql://a@h1/db?endpoints=h2:1,h3:2", "mysql://a@h4/db", "file:x", "y"]);
    }

    #[test]
    fn what_a_shell_would_change_is_quoted() {
        assert_eq!(
            [quoted("file:a"), quoted("file:a?shards=2"), quoted("it's")],
            ["file:a", "'file:a?shards=2'", r"'it'\''s'"]
        );
    }
}
