//! What the server does as it is run.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::process::{Process, program};

const INTROSPECTION: &[u8] = b"{\"query\":\"{__schema{queryType{name}}}\"}";

/// The answer to a client that asks for an explanation, too.
fn explained(server: &Process) -> String {
    let answer = server.try_post_with("x-graphscale-explain: 1\r\n", b"{\"query\":\"{__typename}\"}");
    answer.expect("it answers").1
}

#[test]
fn in_production_nothing_that_is_for_developers_is_told() {
    let open = Process::start(&[]);
    assert!(open.post(INTROSPECTION).1.contains("Query"));
    assert!(explained(&open).contains("\"graphscale\""));
    assert!(open.address.ip().is_loopback());
    let closed = Process::start(&["--production"]);
    let (_, refused) = closed.post(INTROSPECTION);
    assert!(refused.contains("INTROSPECTION_DISABLED"), "{refused}");
    let answer = explained(&closed);
    assert!(answer.contains("\"__typename\"") && !answer.contains("\"graphscale\""), "{answer}");
}

#[test]
fn slow_requests_are_in_the_log_with_their_plan_and_as_json_if_that_is_wanted() {
    let folder = std::env::temp_dir().join(format!("graphscale-settings-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("there is room");
    let file = folder.join("settings.toml");
    std::fs::write(&file, "log = \"json\"\nslow-ms = 1\n").expect("there is room");
    let server = Process::start(&["--config", file.to_str().expect("it is UTF-8")]);
    let aliases = (0..300).map(|n| format!("a{n}: allTodoUsers {{ id todoLists {{ id }} }} ")).collect::<String>();
    assert_eq!(server.post(format!("{{\"query\":\"{{ {aliases} }}\"}}").as_bytes()).0, 200);
    let begun = std::time::Instant::now();
    while !server.log().contains("a request was slow") && begun.elapsed().as_secs() < 10 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let log = server.log();
    let line = log.lines().find(|line| line.contains("a request was slow")).unwrap_or_else(|| panic!("{log}"));
    assert!(line.starts_with('{') && line.contains("all TodoUser") && line.contains("\"rounds\":"), "{line}");
    // A plan can be as long as its client pleases; the log cannot.
    assert!(line.len() < 8 << 10, "{} bytes", line.len());
    std::fs::remove_dir_all(&folder).expect("it is ours");
}

/// A setting, a value of it, and how to see that it holds: what is sent, and what the answer has then.
struct Case {
    name: &'static str,
    value: &'static str,
    headers: &'static str,
    body: &'static str,
    answer: &'static str,
}

const fn case(name: &'static str, value: &'static str, body: &'static str, answer: &'static str) -> Case {
    Case { name, value, headers: "", body, answer }
}

const TYPENAME: &str = r#"{"query": "{ __typename }"}"#;
const USERS: &str = r#"{"query": "{ allTodoUsers { id } }"}"#;
const CREATE: &str =
    r#"{"query": "mutation { createTodoUser(data: {name: \"N\", username: \"u\"}) { todoUser { id } } }"}"#;

/// Each setting once, but for those whose effect is seen elsewhere ([`SEEN_ELSEWHERE`]).
const CASES: [Case; 17] = [
    case("production", "true", r#"{"query": "{ __schema { queryType { name } } }"}"#, "INTROSPECTION_DISABLED"),
    Case { headers: "origin: https://b.example\r\n", ..case("origins", "", TYPENAME, "https://b.example") },
    case("tokens", "3", USERS, "over the limit of 3"),
    case("depth", "1", USERS, "the depth of its selections is 2"),
    case("literal-depth", "0", CREATE, "the depth of its literals is 1"),
    case("aliases", "0", r#"{"query": "{ a: __typename }"}"#, "the number of its aliases is 1"),
    case("directives", "0", r#"{"query": "{ __typename @skip(if: true) }"}"#, "the number of its directives is 1"),
    case("fragments", "0", r#"{"query": "{ ...f } fragment f on Query { __typename }"}"#, "its fragments is 1"),
    case("planned-rows", "99", USERS, "over the limit of 99"),
    case("page-rows", "99", USERS, "first is 100, over the limit of 99"),
    case("response-bytes", "9", TYPENAME, "over the limit of 9"),
    case("body-bytes", "9", TYPENAME, "The body is over the limit of 9 bytes."),
    case("body-values", "1", TYPENAME, "over the limit of 1."),
    case("batch", "1", r#"[{"query": "{ __typename }"}, {"query": "{ __typename }"}]"#, "over the limit of 1."),
    case("concurrent-requests", "0", TYPENAME, "OVERLOADED"),
    // What is read from memory is there at once; what is written takes a moment.
    case("deadline-ms", "0", CREATE, "DEADLINE_EXCEEDED"),
    case("only-persisted", "true", TYPENAME, "OPERATION_NOT_PERSISTED"),
];

/// These have tests of their own here, or no single query over an empty store shows them.
const SEEN_ELSEWHERE: [&str; 11] = [
    "arriving-bytes",
    "cache-mib",
    "concurrent-events",
    "config",
    "leaving-bytes",
    "listen",
    "log",
    "operations",
    "rows",
    "slow-ms",
    "subscriptions",
];

/// Settings with a table of their own in the file.
const LIMITS: std::ops::Range<usize> = 2..16;

/// A folder that is removed when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn make(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("graphscale-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("there is room");
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("there is room");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Nothing had shown it of a server as it is run.
#[test]
fn in_production_no_other_operations_are_answered_than_those_that_are_given_and_there_are_no_pages() {
    let folder = Folder::make("operations");
    let operations = folder.write("operations.json", r#"{"name": "{ __typename }"}"#);
    let operations = operations.to_str().expect("it is UTF-8");
    let page = |server: &Process, path: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        server.ask(request.as_bytes()).split(' ').nth(1).map(str::to_owned)
    };
    let (known, other) = (br#"{"documentId": "name"}"#, br#"{"query": "{ other: __typename }"}"#);
    let open = Process::start(&["--operations", operations]);
    let closed = Process::start(&["--production", "--operations", operations]);
    let half = Process::start(&["--production", "--operations", operations, "--only-persisted", "false"]);
    for (server, pages, answer) in [(&open, "200", "other"), (&closed, "404", "NOT_PERSISTED"), (&half, "404", "other")]
    {
        for path in ["/", "/graphiql", "/explorer/app.js"] {
            assert_eq!(page(server, path).as_deref(), Some(pages), "{path}");
        }
        assert_eq!(server.post(known).1, r#"{"data":{"__typename":"Query"}}"#);
        assert!(server.post(other).1.contains(answer), "{}", server.post(other).1);
    }
}

/// Its name in the environment.
fn variable(setting: &str) -> String {
    format!("GRAPHSCALE_{}", setting.to_uppercase().replace('-', "_"))
}

/// Its value, or the two origins.
fn value(case: &Case) -> &'static str {
    if case.name == "origins" { "https://a.example,https://b.example" } else { case.value }
}

#[test]
fn each_setting_may_stand_in_the_environment() {
    let folder = Folder::make("environment");
    let operations = folder.write("operations.json", r#"{"one": "{ allTodoUsers { name } }"}"#);
    for case in &CASES {
        let mut command = program();
        command.args(["--store", "memory:"]).env("GRAPHSCALE_LISTEN", "127.0.0.1:0").current_dir(&folder.0);
        command.env(variable(case.name), value(case));
        if case.name == "only-persisted" {
            command.env("GRAPHSCALE_OPERATIONS", &operations);
        }
        let answer = Process::start_of(&mut command).answer(case.headers, case.body);
        assert!(answer.contains(case.answer), "{}: {answer}", case.name);
    }
}

#[test]
fn each_setting_may_stand_in_the_file() {
    let folder = Folder::make("file");
    folder.write("operations.json", r#"{"one": "{ allTodoUsers { name } }"}"#);
    for (number, case) in CASES.iter().enumerate() {
        let value = match case.name {
            "origins" => r#"["https://a.example", "https://b.example"]"#,
            _ => case.value,
        };
        let table = if LIMITS.contains(&number) { "[limits]\n" } else { "" };
        let persisted = if case.name == "only-persisted" { "operations = \"operations.json\"\n" } else { "" };
        // Where nothing names it, it is looked for where the server starts.
        let text = format!("listen = \"127.0.0.1:0\"\n{persisted}{table}{} = {value}\n", case.name);
        folder.write("graphscale.toml", &text);
        let mut command = program();
        command.args(["--store", "memory:"]).current_dir(&folder.0);
        let answer = Process::start_of(&mut command).answer(case.headers, case.body);
        assert!(answer.contains(case.answer), "{}: {answer}", case.name);
    }
}

#[test]
fn the_environment_names_the_file_and_how_the_log_is_written() {
    let folder = Folder::make("named");
    let file = folder.write("of-another-name.toml", "listen = \"127.0.0.1:0\"\nslow-ms = 100000\n");
    let mut command = program();
    command.args(["--store", "memory:"]).env("GRAPHSCALE_CONFIG", &file);
    // The environment goes before the file.
    command.env("GRAPHSCALE_LOG", "json").env("GRAPHSCALE_SLOW_MS", "1");
    let server = Process::start_of(&mut command);
    let aliases = (0..300).map(|n| format!("a{n}: allTodoUsers {{ id todoLists {{ id }} }} ")).collect::<String>();
    server.post(format!("{{\"query\":\"{{ {aliases} }}\"}}").as_bytes());
    let begun = Instant::now();
    while !server.log().lines().any(|line| line.starts_with('{') && line.contains("a request was slow")) {
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", server.log());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The rows of the page's table of settings: option, variable, key of the file.
fn table() -> Vec<[String; 3]> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/server.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    let rows = page.lines().filter(|line| line.starts_with("| `--"));
    let rows = rows.map(|row| {
        let mut cells = row.split(" | ").map(|cell| cell.trim_matches(['|', ' ', '`']).replace("\\|", "|"));
        [(); 3].map(|()| cells.next().expect("a row has four cells"))
    });
    rows.collect()
}

/// A setting that is not on the page is one that nobody finds; one that is no more is looked for in vain.
#[test]
fn the_page_has_every_setting_with_its_variable_and_its_key() {
    let help = program().arg("--help").env("COLUMNS", "100").output().expect("it is built");
    let help = String::from_utf8(help.stdout).expect("it is text");
    let of_server = help.split("\nServer:\n").nth(1).expect("settings have a heading");
    let mut options = Vec::new();
    for line in of_server.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("--") {
            options.push(name.split([' ', '=', '[']).next().expect("it has a beginning").to_owned());
        }
    }
    assert!(options.len() > 20, "{options:?}");
    let table = table();
    let named = table.iter().map(|[option, ..]| option.trim_start_matches("--").split(' ').next().unwrap_or_default());
    assert_eq!(named.collect::<Vec<_>>(), options, "docs/server.md and --help differ");
    for ([option, named, key], name) in table.iter().zip(&options) {
        assert_eq!(named, &variable(name), "{option}");
        assert!(name == "config" || key.split(" = ").next() == Some(name.as_str()), "{option}: {key}");
        assert!(help.contains(&format!("[env: {named}=]")), "{named}");
    }
    let tried = CASES.iter().map(|case| case.name).chain(SEEN_ELSEWHERE);
    let untried = options.iter().filter(|option| !tried.clone().any(|name| name == *option)).collect::<Vec<_>>();
    assert!(untried.is_empty(), "{untried:?} are tried by no test");
}
