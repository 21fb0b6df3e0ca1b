//! `grapple new`: a project that runs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use grapple::{Directory, LockFile, SchemaFiles, SourceFile};

use crate::arguments::New;
use crate::output;

const SCHEMA: &str = include_str!("../../../scaffold/schema.graphql");

/// Files of a project, and what is in them. `NAME`, `CRATE` and `GRAPHSCALE` are put in.
const FILES: [(&str, &str); 11] = [
    ("Cargo.toml", include_str!("../../../scaffold/Cargo.toml.in")),
    (".gitignore", "/target\n/data\n"),
    ("README.md", include_str!("../../../scaffold/README.md")),
    ("schema.graphql", SCHEMA),
    ("src/lib.rs", include_str!("../../../scaffold/lib.rs")),
    ("src/main.rs", include_str!("../../../scaffold/main.rs")),
    ("src/log.rs", include_str!("../../../scaffold/log.rs")),
    ("src/otel.rs", include_str!("../../../scaffold/otel.rs")),
    ("src/viewer.rs", include_str!("../../../scaffold/viewer.rs")),
    ("src/graph/custom.rs", include_str!("../../../scaffold/custom.rs")),
    ("tests/notes.rs", include_str!("../../../scaffold/notes.rs")),
];

/// What a checkout of Graphscale has at its top.
const CRATES: [&str; 2] = ["kvetch/Cargo.toml", "pent/Cargo.toml"];

/// Names that something in a project has already: crates of Rust, crates that it depends on, modules of its program,
/// and folders of cargo's beside the program that it builds.
const TAKEN: [&str; 22] = [
    "alloc",
    "axum",
    "build",
    "clap",
    "core",
    "deps",
    "examples",
    "incremental",
    "kvetch",
    "log",
    "opentelemetry",
    "opentelemetry_otlp",
    "opentelemetry_sdk",
    "otel",
    "pent",
    "proc_macro",
    "std",
    "test",
    "tokio",
    "tracing_opentelemetry",
    "tracing_subscriber",
    "viewer",
];

/// Words that cannot be the name of a crate.
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

pub(crate) fn run(arguments: &New) -> io::Result<ExitCode> {
    let project = &arguments.directory;
    let name = name(project)?;
    let graphscale = checkout(&arguments.path)?;
    if project.exists() {
        return Err(wrong(format!("{} is there already; take another name", project.display())));
    }
    write(project, &name, &graphscale)?;
    // The versions that Graphscale is tested with.
    let versions = graphscale.join("Cargo.lock");
    if versions.exists() {
        fs::copy(&versions, project.join("Cargo.lock")).map_err(|error| of(&versions, &error))?;
    }
    output::say(&format!(
        "made {name}: schema.graphql, and a server for it\nthe crates are taken from {}: they are not published yet\n\n\
        cd {}\ncargo run\n",
        graphscale.display(),
        project.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn write(project: &Path, name: &str, graphscale: &Path) -> io::Result<()> {
    let crate_name = name.replace('-', "_");
    let path = graphscale.display().to_string();
    for (file, template) in FILES {
        let path = if file.ends_with(".toml") { in_toml(&path) } else { path.clone() };
        // The path last: it may have the words in it.
        let text = template.replace("NAME", name).replace("CRATE", &crate_name).replace("GRAPHSCALE", &path);
        let file = project.join(file);
        let directory = file.parent().unwrap_or(project);
        fs::create_dir_all(directory).map_err(|error| of(directory, &error))?;
        fs::write(&file, text).map_err(|error| of(&file, &error))?;
    }
    let schema = SchemaFiles::from(SourceFile::new("schema.graphql", SCHEMA));
    let lock = LockFile::read(project.join(LockFile::NAME))?;
    let directory = Directory::read(project.join("src/graph"))?.with_lock(lock);
    grapple::generate(schema, &directory).map_err(io::Error::other)?.write()
}

/// A text as it stands in quotes in a manifest.
fn in_toml(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// The name of the package: that of its directory.
fn name(project: &Path) -> io::Result<String> {
    let name = project.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let is_right = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
    let is_taken = TAKEN.contains(&name.replace('-', "_").as_str());
    if KEYWORDS.contains(&name.as_str()) {
        return Err(wrong(format!("`{name}` is a word of Rust, and cannot be the name of a package; take another")));
    }
    if is_right && !is_taken {
        return Ok(name);
    }
    Err(wrong(format!("`{name}` cannot be the name of a package; take small letters, digits and dashes, such as shop")))
}

/// The checkout that a path leads to.
fn checkout(path: &Path) -> io::Result<PathBuf> {
    let path = path.canonicalize().map_err(|error| of(path, &error))?;
    match CRATES.iter().find(|manifest| !path.join(manifest).exists()) {
        None => Ok(path),
        Some(lacks) => Err(wrong(format!("{} is no checkout of Graphscale: it has no {lacks}", path.display()))),
    }
}

fn wrong(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

fn of(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
