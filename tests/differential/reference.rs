//! graphql-js, in one process of Node.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value as Json, json};
use tests::sources::workspace;

use super::world::World;

/// Where the script and its packages are.
const FOLDER: &str = "tests/differential/node";

/// A process that answers documents by graphql-js.
pub(crate) struct Reference {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    /// What answers, with its version.
    pub(crate) name: String,
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) query: String,
    pub(crate) operation_name: Option<String>,
    /// JSON of the variables.
    pub(crate) variables: String,
}

/// What graphql-js says of a request.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    /// The document does not parse or is not valid; why.
    Invalid(String),
    /// The request was refused before anything ran: there is no `data`.
    Refused(Vec<Entry>),
    /// `data` as it is written, and the errors of fields.
    Answered(String, Vec<Entry>),
}

/// An error.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) path: Json,
    pub(crate) locations: Vec<Json>,
    /// Whether the locations are those of fields.
    pub(crate) is_of_field: bool,
}

impl Reference {
    /// Starts Node.
    ///
    /// # Panics
    /// When Node or the packages are missing: a comparison that cannot be made has failed.
    pub(crate) fn start() -> Self {
        let folder = workspace().join(FOLDER);
        let install = "`cargo xtask test` installs what is missing";
        assert!(
            folder.join("node_modules/graphql/package.json").is_file(),
            "graphql-js is missing, which planned execution is compared with: {install}; by hand: npm ci in {FOLDER}"
        );
        let mut command = Command::new("node");
        command.arg("reference.js").current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("node could not be started, which planned execution is compared with ({error}): {install}")
        });
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().expect("its output was asked for"));
        let mut reference = Self { child, stdin, stdout, name: String::new() };
        let versions = reference.line();
        reference.name = format!("graphql-js {} on Node {}", versions["graphql"], versions["node"]).replace('"', "");
        reference
    }

    /// What it says of some requests to one world, in their order.
    pub(crate) fn ask(&mut self, world: &World, asked: &[Asked]) -> Vec<Verdict> {
        let documents = asked.iter().map(|asked| {
            json!({ "query": asked.query, "operationName": asked.operation_name, "variables": asked.variables })
        });
        let answers = self.exchange(&json!({
            "sdl": world.sdl(), "world": world.to_json(), "documents": documents.collect::<Vec<_>>()
        }));
        let answers = answers.as_array().unwrap_or_else(|| panic!("graphql-js failed: {answers}\n{}", world.sdl()));
        assert_eq!(answers.len(), asked.len(), "one answer per document");
        answers.iter().map(Verdict::of).collect()
    }

    /// The whole line is sent before an answer is read, and Node reads it whole before it answers: neither side waits
    /// for the other with its pipe full.
    fn exchange(&mut self, message: &Json) -> Json {
        let stdin = self.stdin.as_mut().expect("it is closed at the end only");
        let mut line = serde_json::to_vec(message).expect("JSON values can be written to memory");
        line.push(b'\n');
        stdin.write_all(&line).and_then(|()| stdin.flush()).expect("Node reads its input");
        self.line()
    }

    fn line(&mut self) -> Json {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("Node writes lines");
        assert!(!line.is_empty(), "Node ended: its message is above");
        serde_json::from_str(&line).expect("an answer is JSON")
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // Node ends when its input does.
        self.stdin = None;
        if std::thread::panicking() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

impl Verdict {
    fn of(answer: &Json) -> Self {
        if let Some(why) = answer["invalid"].as_str() {
            return Self::Invalid(why.to_owned());
        }
        let errors = answer["errors"].as_array().expect("errors are listed").iter().map(|error| Entry {
            path: error["path"].clone(),
            locations: error["locations"].as_array().cloned().unwrap_or_default(),
            is_of_field: error["isOfField"] == true,
        });
        let errors = errors.collect();
        match answer["data"].as_str() {
            Some(data) => Self::Answered(data.to_owned(), errors),
            None => Self::Refused(errors),
        }
    }
}
