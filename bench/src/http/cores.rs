//! Who runs where: servers on the first core, whoever asks them on the second.

use rustix::process::nice;
use rustix::thread::{CpuSet, sched_setaffinity};

/// How far before all else on the machine they go, where that is allowed: a shell or a log that wakes up has a core for
/// milliseconds, and a request takes tens of microseconds.
const BEFORE_OTHERS: i32 = -15;
const SERVER: usize = 0;
const CLIENT: usize = 1;

/// # Panics
/// On a machine with one core, where whoever asks would take the time of who answers.
pub(super) fn must_be_two() {
    let cores = std::thread::available_parallelism().expect("the machine tells of its cores").get();
    assert!(cores >= 2, "there is one core; the server and whoever asks it need one each");
}

/// What this thread starts from now on, and it itself, is on the core of servers.
pub(super) fn as_server() {
    stay_on(SERVER);
}

/// Runs something on the core of clients, in a thread of its own; what it starts is there, too.
pub(super) fn as_client<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let client = scope.spawn(|| {
            stay_on(CLIENT);
            run()
        });
        client.join().expect("the client ends well")
    })
}

fn stay_on(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).expect("the core is ours to run on");
    // Without leave they are measured with what else is going on.
    let _ = nice(BEFORE_OTHERS);
}
