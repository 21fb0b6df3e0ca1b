//! probe
#![allow(dead_code, missing_docs, unused)]
#[path = "../scheduler/backend.rs"]
mod backend;
#[path = "../scheduler/ours.rs"]
mod ours;
#[path = "../scheduler/view.rs"]
mod view;
fn main() {
    let n: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    let many: u64 = std::env::args().nth(2).unwrap().parse().unwrap();
    let keys: u64 = std::env::args().nth(3).map_or(many, |k| k.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let backend = backend::Backend::free();
    let begun = std::time::Instant::now();
    for _ in 0..n {
        if many == 0 {
            std::hint::black_box(runtime.block_on(ours::scoped(&backend, async |loads| view::todo_view(&loads).await)));
        } else {
            std::hint::black_box(
                runtime.block_on(ours::scoped(&backend, async |loads| view::many(&loads, many, keys).await)),
            );
        }
    }
    eprintln!("{:?} each", begun.elapsed() / n as u32);
}
