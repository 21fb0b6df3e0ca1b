//! What the server tells Prometheus.

use std::collections::BTreeMap;

use crate::process::Process;

/// The numbers of `/metrics`, by name and labels.
fn numbers(server: &Process) -> BTreeMap<String, f64> {
    let answer = server.ask(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let (head, body) = answer.split_once("\r\n\r\n").expect("it has a head");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let lines = body.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.rsplit_once(' '));
    pairs.map(|(name, number)| (name.to_owned(), number.parse().expect("a number"))).collect()
}

#[test]
fn requests_are_counted_by_what_came_of_them() {
    let server = Process::start(&["--depth", "3"]);
    let right = b"{\"query\":\"{ allTodoUsers { id } }\"}";
    for _ in 0..3 {
        assert_eq!(server.post(right).0, 200);
    }
    server.post(b"{\"query\":\"{ nothing }\"}");
    server.post(b"[{\"query\":\"{ __typename }\"}, {\"query\":\"{ nothing }\"}]");
    server.post(b"{\"query\":");
    let failing =
        b"{\"query\":\"mutation { deleteTodoUser(id: \\\"00000000-0000-0000-0000-000000000000\\\") { deletedId } }\"}";
    assert!(server.post(failing).1.contains("NOT_FOUND"));

    let found = numbers(&server);
    let number = |name: &str| found.get(name).copied().unwrap_or_else(|| panic!("no {name} in {found:#?}"));
    for (outcome, count) in [("answered", 3.0), ("refused", 2.0), ("malformed", 1.0), ("errors", 1.0)] {
        assert_eq!(number(&format!("pent_http_requests_total{{outcome=\"{outcome}\"}}")), count, "{outcome}");
    }
    assert_eq!(number("pent_http_requests_running"), 0.0);
    assert_eq!(number("pent_http_request_duration_seconds_count{outcome=\"answered\"}"), 3.0);
    assert_eq!(number("pent_http_request_duration_seconds_bucket{outcome=\"answered\",le=\"10\"}"), 3.0);
    assert!(number("pent_http_received_bytes_total") >= 3.0 * right.len() as f64);
    assert!(number("pent_http_sent_bytes_total") > 100.0);
    // And what their scopes read.
    assert!(number("pent_rounds_total") >= 3.0);
}

/// A client that is gone is told of by no answer; who looks at the numbers alone would miss it.
#[test]
fn requests_that_are_running_and_those_whose_clients_go_are_counted() {
    use std::io::Write;

    let server = Process::start(&[]);
    let mut client = server.connect();
    let head =
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    client.write_all(head.as_bytes()).expect("it reads");
    let eventually = |name: &str, expected: f64| {
        let begun = std::time::Instant::now();
        loop {
            let found = numbers(&server).get(name).copied();
            if found == Some(expected) {
                return;
            }
            assert!(begun.elapsed().as_secs() < 20, "{name} is {found:?} in place of {expected}");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    };
    eventually("pent_http_requests_running", 1.0);
    drop(client);
    eventually("pent_http_requests_running", 0.0);
}
