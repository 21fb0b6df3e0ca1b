//! Requests that mean harm: each is answered or cut off, none costs more than a second of a processor or 64 MiB, and
//! the server goes on.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use crate::process::Process;

/// What one request may take of a processor.
const CPU_MAX: Duration = Duration::from_secs(1);
/// By how much one request may make the process grow.
const GROWTH_MAX: u64 = 64 << 20;

fn json(query: &str) -> Vec<u8> {
    format!("{{\"query\":{}}}", quoted(query)).into_bytes()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

fn each(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

/// Documents, by what is wrong with them.
fn documents() -> Vec<(&'static str, String)> {
    let levels = 100_000;
    let doubling = each(60, |n| format!("fragment f{n} on Query {{ ...f{0} ...f{0} }} ", n + 1));
    let chain = each(250, |n| format!("fragment f{n} on TodoUser {{ a{n}: name ...f{} }} ", n + 1));
    let side_by_side = each(249, |n| format!("fragment f{n} on TodoUser {{ a{n}: name }} "));
    let many_fragments = each(3_000, |n| format!("fragment f{n} on TodoUser {{ a{n}: name }} "));
    // From each object to those that its fields lead to, behind three modifiers.
    let nested = "fields { type { ofType { ofType { ofType { ".repeat(12) + "name" + &" } } } } }".repeat(12);
    vec![
        ("lists in one another", format!("{{ a(b: {}", "[".repeat(levels))),
        ("lists in one another that close", format!("{{ a(b: {}{}) }}", "[".repeat(levels), "]".repeat(levels))),
        ("objects in one another", format!("{{ a(b: {}", "{c:".repeat(levels))),
        ("selections in one another", "{a".repeat(levels)),
        ("inline fragments in one another", format!("{{{}", "...{".repeat(levels))),
        ("types in one another", format!("query($a: {}", "[".repeat(levels))),
        ("parentheses", "(".repeat(levels)),
        ("sixty levels of selections", format!("{}name{}", "{ todoLists ".repeat(60), "}".repeat(60))),
        ("a fragment that spreads itself", "{ ...f } fragment f on Query { ...f }".to_owned()),
        ("fragments in a circle", "{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }".to_owned()),
        ("fragments that double", format!("{{ ...f0 }} {doubling} fragment f60 on Query {{ __typename }}")),
        ("fragments in a chain", format!("{{ allTodoUsers {{ ...f0 }} }} {chain}")),
        (
            "fragments side by side",
            format!("{{ allTodoUsers {{ {} }} }} {side_by_side}", each(249, |n| format!("...f{n} "))),
        ),
        (
            "too many fragments",
            format!("{{ allTodoUsers {{ {} }} }} {many_fragments}", each(3_000, |n| format!("...f{n} "))),
        ),
        ("aliases", format!("{{ {} }}", each(levels, |n| format!("a{n}: __typename ")))),
        (
            "as many aliases as there may be",
            format!("{{ {} }}", each(1_000, |n| format!("a{n}: allTodoUsers {{ id }} "))),
        ),
        ("directives", format!("{{ a {} }}", "@a".repeat(levels))),
        ("as many directives as there may be", format!("{{ __typename {} }}", "@skip(if: false) ".repeat(490))),
        ("fields that there are not", format!("{{ {} }}", each(14_000, |n| format!("n{n} ")))),
        ("one field again", format!("{{ {} }}", "__typename ".repeat(14_000))),
        ("variables", format!("query({}) {{ a }}", each(3_500, |n| format!("$v{n}: Int ")))),
        ("arguments", format!("{{ allTodoUsers({}) {{ id }} }}", each(4_900, |n| format!("a{n}: 1 ")))),
        ("operations", each(2_900, |n| format!("query q{n} {{ __typename }} "))),
        ("a long name", format!("{{ {} }}", "n".repeat(1_900_000))),
        ("a long string", format!("{{ todoUserByUsername(username: \"{}\") {{ id }} }}", "s".repeat(1_900_000))),
        ("a long block string", format!("{{ a(b: \"\"\"{}\"\"\") }}", "\n ".repeat(600_000))),
        (
            "a block string that ends sooner than the specification has it",
            format!(
                "{{ todoUserByUsername(username: \"\"\"\\\"\"\"\") {{ id }} {} }}",
                each(2_400, |n| format!("a{n}: __typename "))
            ),
        ),
        (
            "fragments behind a block string that ends sooner than the specification has it",
            format!(
                "{{ todoUserByUsername(username: \"\"\"\\\"\"\"\") {{ {} }} }} {}",
                each(1_300, |n| format!("...f{n} ")),
                each(1_300, |n| format!("fragment f{n} on TodoUser {{ a{n}: name }} "))
            ),
        ),
        ("a long number", format!("{{ allTodoUsers(first: {}) {{ id }} }}", "9".repeat(1_900_000))),
        ("a long comment", format!("#{}\n{{ __typename }}", "#".repeat(1_900_000))),
        ("much white space", format!("{}{{ __typename }}", " ,".repeat(950_000))),
        ("marks", "!".repeat(1_900_000)),
        ("quotes", "\"".repeat(950_000)),
        ("a schema that asks for itself", format!("{{ __schema {{ types {{ {nested} }} }} }}")),
        (
            "a schema that is asked for again",
            format!("{{ {} }}", each(400, |n| format!("a{n}: __schema {{ types {{ fields {{ name }} }} }} "))),
        ),
    ]
}

/// Bodies that are no requests.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let deep =
        |open: &str| format!("{{\"query\":\"{{a}}\",\"variables\":{{\"a\":{}", open.repeat(100_000)).into_bytes();
    let one = "{\"query\":\"{__typename}\"}";
    vec![
        ("nothing", Vec::new()),
        ("lists in one another", deep("[")),
        ("objects in one another", deep("{\"a\":")),
        ("values", format!("{{\"query\":\"{{a}}\",\"variables\":{{\"a\":[{}0]}}}}", "0,".repeat(900_000)).into_bytes()),
        (
            "as many values as there may be",
            format!("{{\"query\":\"{{a}}\",\"variables\":{{\"a\":[{}0]}}}}", "[],".repeat(99_000)).into_bytes(),
        ),
        (
            "as many objects as there may be",
            format!("{{\"query\":\"{{a}}\",\"variables\":{{\"a\":[{}0]}}}}", "{\"a\":0},".repeat(99_000)).into_bytes(),
        ),
        (
            "keys",
            format!("{{\"query\":\"{{__typename}}\",{}\"a\":1}}", each(90_000, |n| format!("\"k{n}\":1,")))
                .into_bytes(),
        ),
        ("a batch of ten thousand", format!("[{one}{}]", format!(",{one}").repeat(9_999)).into_bytes()),
        ("three megabytes", vec![b' '; 3 << 20]),
        ("bytes that are no text", [b"{\"query\":\"".as_slice(), &[0xff; 1_000], b"\"}"].concat()),
        ("half a character", b"{\"query\":\"\\ud800\"}".to_vec()),
        ("zeros", vec![0; 1_000_000]),
        ("half of JSON", b"{\"query\":\"{__typename}".to_vec()),
        ("a number that is none", b"{\"query\":1e999999}".to_vec()),
    ]
}

/// Bytes that are no HTTP, or only begin to be.
fn bytes() -> Vec<(&'static str, Vec<u8>)> {
    let head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    vec![
        ("nothing", Vec::new()),
        ("noise", (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()),
        ("a long line", format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(1_000_000)).into_bytes()),
        ("many headers", format!("{head}{}\r\n", each(10_000, |n| format!("x-{n}: 1\r\n"))).into_bytes()),
        ("a long header", format!("{head}x: {}\r\n\r\n", "a".repeat(2_000_000)).into_bytes()),
        ("a length that is none", format!("{head}content-length: -1\r\n\r\n").into_bytes()),
        ("a length beyond all", format!("{head}content-length: 18446744073709551615\r\n\r\n{{").into_bytes()),
        ("two lengths", format!("{head}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}").into_bytes()),
        (
            "chunks that do not end",
            format!("{head}transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n{{").into_bytes(),
        ),
        ("a body that stops", format!("{head}content-length: 100\r\n\r\n{{").into_bytes()),
        (
            "a long URL",
            format!(
                "GET /graphql?query={{{}}} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
                "a,".repeat(15_000)
            )
            .into_bytes(),
        ),
        (
            "a URL that is no text",
            b"GET /graphql?query=%ff%fe%00 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".to_vec(),
        ),
    ]
}

#[test]
fn no_request_takes_the_server_down_or_much_of_it() {
    let server = Process::start(&[]);
    let documents = documents().into_iter().map(|(what, document)| (what, json(&document)));
    let mut dear = Vec::new();
    for (what, body) in documents.chain(bodies()) {
        let spent = measured(&server, || {
            let (status, answer) = server.post(&body);
            assert!(matches!(status, 200 | 400 | 413), "{what}: {status} {answer}");
            assert!(answer.starts_with("{\"") && answer.len() < 40 << 20, "{what}: {status}");
        });
        dear.extend(spent.over(what));
    }
    for (what, request) in bytes() {
        let spent = measured(&server, || drop(server.exchange(&request)));
        dear.extend(spent.over(what));
    }
    assert!(dear.is_empty(), "{dear:#?}");
}

/// What a request took.
struct Spent {
    cpu: Duration,
    growth: u64,
}

impl Spent {
    fn over(&self, what: &str) -> Option<String> {
        let Self { cpu, growth } = self;
        if std::env::var_os("GRAPHSCALE_LONG").is_some() {
            eprintln!("{what}: {cpu:?} of a processor, {} MiB", growth >> 20);
        }
        let is_over = *cpu > CPU_MAX || *growth > GROWTH_MAX;
        is_over.then(|| format!("{what}: {cpu:?} of a processor, {} MiB", growth >> 20))
    }
}

fn measured(server: &Process, attack: impl FnOnce()) -> Spent {
    server.forget_peak();
    let (cpu, (memory, _)) = (server.cpu(), server.memory());
    attack();
    let (status, answer) = server.post(&json("{ __typename }"));
    assert_eq!((status, answer.as_str()), (200, "{\"data\":{\"__typename\":\"Query\"}}"), "{}", server.log());
    Spent { cpu: server.cpu() - cpu, growth: server.memory().1.saturating_sub(memory) }
}

/// A store with something in it: answers that are large.
fn seeded() -> Process {
    let server = Process::start(&[]);
    let name = "n".repeat(1_000);
    for part in 0..10 {
        let users = each(20, |n| {
            format!(
                "u{n}: createTodoUser(data: {{name: \"{name}\", username: \"u{part}-{n}\"}}) {{ todoUser {{ id }} }} "
            )
        });
        let (status, answer) = server.post(&json(&format!("mutation {{ {users} }}")));
        assert!(status == 200 && !answer.contains("errors"), "{status} {answer}");
    }
    server
}

/// A tenth of a megabyte for each alias, of the users of [`seeded`].
fn large(aliases: usize) -> String {
    format!("{{ {} }}", each(aliases, |n| format!("a{n}: allTodoUsers {{ name }} ")))
}

/// Ten short requests in one body were answered by 148 MB.
#[test]
fn a_batch_is_answered_by_no_more_than_one_request() {
    let server = seeded();
    let one = String::from_utf8(json(&large(70))).expect("it is a text");
    server.forget_peak();
    let before = server.memory().0;
    let (status, answer) = server.post(format!("[{one}{}]", format!(",{one}").repeat(9)).as_bytes());
    let growth = server.memory().1.saturating_sub(before);
    assert_eq!(status, 200);
    assert!(answer.contains("OVER_LIMIT") && answer.len() < 34 << 20, "{} bytes", answer.len());
    // The responses, and the array that is made of them.
    assert!(growth < 160 << 20, "{} MiB", growth >> 20);
}

/// Twenty clients had 300 MB kept for ever by asking and reading nothing.
#[test]
fn answers_that_nobody_reads_have_an_end() {
    let server = seeded();
    let body = json(&large(140));
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let before = server.memory().0;
    let unread = (0..40).map(|_| {
        let mut client = server.connect();
        client.write_all(&[head.as_bytes(), &body].concat()).expect("it reads");
        let mut status = [0; 12];
        client.read_exact(&mut status).expect("it answers");
        (client, status[9..] == *b"200")
    });
    let unread = unread.collect::<Vec<_>>();
    let kept = unread.iter().filter(|(_, is_answered)| *is_answered).count();
    // Nine have room; where all this takes long, those that were first are cut off meanwhile, and leave it to others.
    assert!((5..40).contains(&kept), "{kept} answers of 14 MB were begun");
    let growth = server.memory().0.saturating_sub(before);
    assert!(growth < 400 << 20, "{} MiB", growth >> 20);
    assert_eq!(server.post(&json("{ __typename }")).0, 200);
}

/// Nothing told of them, though they are those that somebody has to look at.
#[test]
fn what_is_given_up_at_its_deadline_is_in_the_log() {
    let server = Process::start(&["--deadline-ms", "1"]);
    // Each write is waited for.
    let many = each(400, |n| {
        format!("a{n}: createTodoUser(data: {{name: \"N\", username: \"u{n}\"}}) {{ todoUser {{ id }} }} ")
    });
    let (status, answer) = server.post(&json(&format!("mutation {{ {many} }}")));
    assert_eq!(status, 504, "{answer}");
    let begun = Instant::now();
    while !server.log().contains("given up at its deadline") {
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", server.log());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Clients that send a byte now and then hold connections and nothing else.
#[test]
fn slow_clients_do_not_keep_others_waiting() {
    let server = Process::start(&[]);
    let head =
        b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{";
    let mut slow = (0..400).map(|_| server.connect()).collect::<Vec<_>>();
    for (number, client) in slow.iter_mut().enumerate() {
        // Half of them in the middle of the head.
        let sent = if number % 2 == 0 { head.as_slice() } else { &head[..36] };
        client.write_all(sent).expect("it reads");
    }
    for _ in 0..20 {
        slow.iter_mut().for_each(|client| client.write_all(b"x").expect("it reads"));
        let begun = Instant::now();
        assert_eq!(server.post(&json("{ __typename }")).0, 200);
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    }
}

/// Clients that go away at every stage of a request leave nothing behind.
#[test]
fn clients_that_hang_up_leave_nothing_behind() {
    let server = Process::start(&[]);
    let body = json("{ allTodoUsers { id todoLists { id } } }");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let request = [head.as_bytes(), &body].concat();
    let files = || std::fs::read_dir(format!("/proc/{}/fd", server.id())).expect("it runs").count();
    assert_eq!(server.post(&body).0, 200);
    let before = files();
    for round in 0..400 {
        let mut client = server.connect();
        client.write_all(&request[..request.len() * (round % 21) / 20]).expect("it reads");
        if round % 3 == 0 {
            let _ = client.set_read_timeout(Some(Duration::from_millis(1)));
            let _ = client.read(&mut [0; 8]);
        }
    }
    let begun = Instant::now();
    while files() > before && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(files() <= before, "connections are left open: {} files, and {before} before", files());
    assert_eq!(server.post(&body).0, 200);
}
