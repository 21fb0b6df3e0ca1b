//! `kvetch verify` and `kvetch repair`.

use std::sync::Mutex;

use kvetch::{DriftClass, Kvetch, Position, Report, Schema, StoreUrl, VerifyOptions};
use serde_json::{Map, Value as Json, json};

use crate::arguments::Check;
use crate::failure::{Answer, Failure};
use crate::interrupt::or_interrupted;
use crate::names;
use crate::output::{Output, Table, WIDTH, cut, grouped};
use crate::place;
use crate::progress::Progress;

pub(crate) async fn verify(urls: &[StoreUrl], arguments: &Check, output: &Output) -> Result<Answer, Failure> {
    Checking { urls, arguments, output, mends: false }.run().await
}

pub(crate) async fn repair(urls: &[StoreUrl], arguments: &Check, output: &Output) -> Result<Answer, Failure> {
    Checking { urls, arguments, output, mends: true }.run().await
}

struct Checking<'a> {
    urls: &'a [StoreUrl],
    arguments: &'a Check,
    output: &'a Output,
    mends: bool,
}

impl Checking<'_> {
    async fn run(&self) -> Result<Answer, Failure> {
        let store = place::open(self.urls).await?;
        let reached = Mutex::new(self.arguments.from);
        let done = or_interrupted(self.compare(&store, &reached)).await;
        let Some(report) = done.transpose()? else {
            store.close().await?;
            let reached = *reached.lock().expect("nothing panics while it is held");
            return Err(self.interrupted(reached));
        };
        let left = left(&report);
        let schema = store.schema();
        self.output.answer(|| self.text(&report, schema), || self.json(&report, schema))?;
        let seen = report.unseen.is_empty() && report.undecided == 0 && report.unreadable.is_empty();
        store.close().await?;
        Ok(if left == 0 && seen { Answer::Yes } else { Answer::No })
    }

    async fn compare(&self, store: &Kvetch, reached: &Mutex<Option<Position>>) -> Result<Report, Failure> {
        let mut options = VerifyOptions::default();
        options.rows_per_second = self.arguments.rows_per_second;
        options.from = self.arguments.from;
        let mut progress = Progress::begin(*self.output, self.nodes_to_read(store).await);
        let tell = |report: &Report| {
            *reached.lock().expect("nothing panics while it is held") = report.position;
            progress.at(report.nodes, || so_far(report));
        };
        let report = if self.mends { store.repair(options, tell).await? } else { store.verify(options, tell).await? };
        Ok(report)
    }

    /// How many nodes there are, where all of them are to be read and somebody watches.
    async fn nodes_to_read(&self, store: &Kvetch) -> Option<u64> {
        if self.arguments.from.is_some() || !Progress::is_drawn(*self.output) {
            return None;
        }
        let mut nodes = 0;
        for shard in store.shards() {
            nodes += shard.census().await.ok()?.nodes.values().sum::<u64>();
        }
        Some(nodes)
    }

    fn name(&self) -> &'static str {
        if self.mends { "repair" } else { "verify" }
    }

    fn interrupted(&self, reached: Option<Position>) -> Failure {
        let stores = place::as_arguments(self.urls);
        let from = reached.map(|position| format!(" --from {position}")).unwrap_or_default();
        let message =
            format!("interrupted; what was found so far is lost, to go on: kvetch {} {stores}{from}", self.name());
        Failure::new("interrupted", message)
    }

    fn text(&self, report: &Report, schema: &Schema) -> String {
        let mut text =
            format!("compared {} rows that follow from {} nodes\n", grouped(report.rows), grouped(report.nodes));
        if report.drift.is_empty() {
            text += "nothing differs\n";
        } else {
            let mut table = Table::of(["class", "found", if self.mends { "mended" } else { "" }]);
            for (class, drift) in &report.drift {
                let mended = if self.mends { grouped(mended(report, *class)) } else { String::new() };
                table.row([class.to_string(), grouped(drift.count), mended]);
            }
            text += &format!("\n{table}\n");
            for (class, drift) in &report.drift {
                let lines = drift.examples.iter().flat_map(|what| names::differing(schema, what));
                text += &format!(
                    "{class}{}:\n",
                    if drift.count > drift.examples.len() as u64 { ", the first" } else { "" }
                );
                text += &lines.map(|line| cut(&line, WIDTH) + "\n").collect::<String>();
            }
        }
        if report.pending > 0 {
            text += &format!("{} rows wait for unfinished writes; `kvetch repair` finishes them\n", report.pending);
        }
        for (shard, error) in &report.unseen {
            text += &format!("shard {shard} was not read: {error}\n");
        }
        if report.undecided > 0 {
            text += &format!("of {} rows nothing can be said; run it again\n", report.undecided);
        }
        for error in &report.unreadable {
            text += &format!("cannot be read: {error}\n");
        }
        if self.mends && left(report) > 0 {
            text += &format!("{} are left\n", left(report));
        }
        text
    }

    fn json(&self, report: &Report, schema: &Schema) -> Json {
        let drift = report.drift.iter().map(|(class, drift)| {
            let examples = drift.examples.iter().map(|what| names::differing_json(schema, what)).collect::<Json>();
            let of_class = json!({"count": drift.count, "mended": mended(report, *class), "examples": examples});
            (class.name().to_owned(), of_class)
        });
        let unseen = report
            .unseen
            .iter()
            .map(|(shard, error)| (shard.to_string(), json!({"code": error.code(), "message": error.to_string()})));
        json!({
            "command": self.name(),
            "clean": report.is_clean(),
            "rows": report.rows,
            "nodes": report.nodes,
            "pending": report.pending,
            "drift": drift.collect::<Map<_, _>>(),
            "left": left(report),
            "unseen": unseen.collect::<Map<_, _>>(),
            "undecided": report.undecided,
            "unreadable": report.unreadable.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }
}

/// Values of two nodes are drift that a repair leaves to people, and do not count among what it tried.
fn left(report: &Report) -> u64 {
    report.drift.iter().map(|(class, drift)| drift.count.saturating_sub(mended(report, *class))).sum()
}

fn mended(report: &Report, class: DriftClass) -> u64 {
    report.mended.get(&class).copied().unwrap_or(0)
}

fn so_far(report: &Report) -> String {
    let found: u64 = report.drift.values().map(|drift| drift.count).sum();
    let part = report.position.map_or(report.parts, |position| position.parts() + 1);
    let (nodes, rows) = (grouped(report.nodes), grouped(report.rows));
    format!("part {part} of {}: {nodes} nodes, {rows} rows, {found} differ", report.parts)
}
