//! How many allocations one answer of planned execution takes, once its document is planned: prints their number. It is
//! a program of its own, because counting makes allocations slower, and those who allocate most the most.

#[expect(dead_code, reason = "peers answer from it, too, and are not counted")]
#[path = "executor/data.rs"]
mod data;
#[expect(dead_code, reason = "one document is counted")]
#[path = "executor/planned.rs"]
mod planned;

use std::hint::black_box;
use std::process::ExitCode;

use self::planned::Planned;

/// Answers before the one that counts: what is made once and kept is there by then.
const BEFORE: usize = 3;

#[expect(clippy::print_stdout, reason = "the number is the output")]
fn main() -> ExitCode {
    let Some(query) = std::env::args().nth(1) else {
        eprintln!("error: no query is given; `cargo xtask bench executor` asks for three");
        return ExitCode::FAILURE;
    };
    let planned = Planned::new(&query);
    for _ in 0..BEFORE {
        drop(black_box(planned.answer()));
    }
    // A list that grows counts as often as it grows.
    let counted = allocation_counter::measure(|| drop(black_box(planned.answer())));
    println!("{}", counted.count_total);
    ExitCode::SUCCESS
}
