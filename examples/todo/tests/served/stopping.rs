//! A server that is told to stop finishes what it has begun, and says no more.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use crate::process::Process;

/// Clients that ask without pause.
const CLIENTS: usize = 8;

/// Each request that the server took in is answered whole, though it was told to stop meanwhile: writes among them are
/// heard of by who made them.
#[test]
fn requests_that_are_running_are_finished() {
    let mut server = Process::start(&[]);
    let (is_stopping, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let ready = Arc::new(Barrier::new(CLIENTS + 1));
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (is_stopping, answered, ready) = (is_stopping.clone(), answered.clone(), ready.clone());
            let server = &server;
            scope.spawn(move || {
                ready.wait();
                for number in 0.. {
                    let query = format!(
                        "mutation {{ createTodoUser(data: {{name: \\\"N\\\", username: \\\"u{client}-{number}\\\"}}) \
                         {{ todoUser {{ username }} }} }}"
                    );
                    match server.try_post(format!("{{\"query\":\"{query}\"}}").as_bytes()) {
                        Some((status, body)) => {
                            assert!(
                                status == 200 && body.ends_with("}}}}") && !body.contains("errors"),
                                "{status}: {body}"
                            );
                            answered.fetch_add(1, Ordering::SeqCst);
                        }
                        // The listener is closed, or closed with the connection still in its queue.
                        None => {
                            assert!(is_stopping.load(Ordering::SeqCst), "a request was dropped");
                            return;
                        }
                    }
                }
            });
        }
        ready.wait();
        std::thread::sleep(Duration::from_millis(300));
        is_stopping.store(true, Ordering::SeqCst);
        server.signal("TERM");
    });
    assert!(server.wait().success(), "{}", server.log());
    assert!(server.log().trim_end().ends_with("stopped"), "{}", server.log());
    assert!(answered.load(Ordering::SeqCst) > CLIENTS, "too few to tell");
}

/// A mutation that takes a while is answered whole, whichever way its client wants to hear of it.
#[test]
fn a_mutation_that_is_running_is_finished_and_answered() {
    for accept in ["application/json", "text/event-stream"] {
        let mut server = Process::start(&[]);
        let creates = (0..400).map(|number| {
            format!(
                "a{number}: createTodoUser(data: {{name: \\\"N\\\", username: \\\"u{number}\\\"}}) \
                 {{ todoUser {{ id }} }} "
            )
        });
        let body = format!("{{\"query\":\"mutation {{ {} }}\"}}", creates.collect::<String>());
        let (answered, asked) = std::thread::scope(|scope| {
            let shared = &server;
            let asking = scope.spawn(move || {
                let answer = shared.try_post_with(&format!("accept: {accept}\r\n"), body.as_bytes());
                (answer, Instant::now())
            });
            // Once it has been written by a few of them, it runs.
            std::thread::sleep(Duration::from_millis(100));
            let told = Instant::now();
            shared.signal("TERM");
            let (answer, at) = asking.join().expect("it asks");
            (answer, at > told)
        });
        assert!(asked, "it was answered before the server was told to stop");
        let (status, answer) = answered.unwrap_or_else(|| panic!("{accept}: no response: {}", server.log()));
        assert_eq!((status, answer.matches("todoUser").count()), (200, 400), "{accept}: {answer}");
        assert_eq!(answer.contains("event: complete"), accept == "text/event-stream", "{answer}");
        assert!(server.wait().success(), "{}", server.log());
    }
}

/// A connection on which nothing is asked is nothing to wait for.
#[test]
fn idle_connections_do_not_keep_it_from_stopping() {
    let mut server = Process::start(&[]);
    let idle = (0..20).map(|_| server.connect()).collect::<Vec<_>>();
    assert_eq!(server.post(b"{\"query\":\"{__typename}\"}").0, 200);
    let begun = Instant::now();
    server.signal("TERM");
    assert!(server.wait().success(), "{}", server.log());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    drop(idle);
}
