//! What the server does as it is run.

use crate::process::Process;

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
