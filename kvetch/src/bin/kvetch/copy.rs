//! `kvetch copy`: carries a store to other addresses, of any engine and any number of shards.

mod mark;
mod carrying;
mod comparing;

use kvetch::{Kvetch, Report, StoreUrl, VerifyOptions};
use serde_json::json;

use crate::arguments::Copy;
use crate::failure::{Answer, Failure};
use crate::interrupt::or_interrupted;
use crate::output::{Output, grouped};
use crate::place;
use crate::progress::Progress;
use crate::sections::Last;
use crate::tally::Tally;
use crate::target;

use carrying::carry;
use comparing::{Comparison, compare};

pub(crate) async fn run(arguments: &Copy, output: &Output) -> Result<Answer, Failure> {
    let (from, to) = (place::listed_addresses(&arguments.from)?, place::listed_addresses(&arguments.to)?);
    refuse_same(&from, &to)?;
    let source = place::open(&from).await?;
    let target = target::open(&to, source.schema()).await?;
    let outcome = or_interrupted(copy(&source, &target, output)).await;
    target.close().await?;
    source.close().await?;
    let Some(outcome) = outcome.transpose()? else {
        return Err(Failure::new("interrupted", "interrupted; the same command goes on"));
    };
    output.answer(|| outcome.text(), || outcome.json())?;
    Ok(if outcome.is_whole() { Answer::Yes } else { Answer::No })
}

fn refuse_same(from: &[StoreUrl], to: &[StoreUrl]) -> Result<(), Failure> {
    let both = place::shown(to).into_iter().find(|url| place::shown(from).contains(url));
    both.map_or(Ok(()), |url| Err(Failure::usage(format!("`{url}` is named as FROM and as TO"))))
}

/// What a copy came to.
struct Outcome {
    tally: Tally,
    comparison: Comparison,
    report: Report,
}

/// Carries what is not there yet, then holds both stores against each other.
async fn copy(source: &Kvetch, target: &Kvetch, output: &Output) -> Result<Outcome, Failure> {
    let last = mark::begun(source, target).await?;
    if last != Last::Header {
        output.note("going on where an earlier copy was interrupted");
    }
    let tally = carry(source, target, last, output).await?;
    // From here on, doing it again is looking at everything again.
    mark::note(source, target, Last::Header).await?;
    let comparison = compare(source, target, output).await?;
    let report = verified(target, &tally, output).await?;
    Ok(Outcome { tally, comparison, report })
}

/// Compares everything derived in the copy with its nodes.
async fn verified(target: &Kvetch, tally: &Tally, output: &Output) -> Result<Report, Failure> {
    let mut progress = Progress::begin(*output, None);
    let tell = |report: &Report| {
        progress.at(report.nodes, || format!("verifying: {} rows", grouped(report.rows)));
    };
    // What is still on its way is finished first.
    let options = VerifyOptions::default();
    let report =
        if tally.is_pending() { target.repair(options, tell).await? } else { target.verify(options, tell).await? };
    Ok(report)
}

impl Outcome {
    fn is_whole(&self) -> bool {
        self.tally.is_whole() && self.comparison.is_same() && self.report.is_clean()
    }

    fn text(&self) -> String {
        let mut text = self.tally.text("copied");
        text += &self.comparison.text();
        text += &if self.report.is_clean() {
            format!("compared {} rows that follow from nodes of the copy; nothing differs\n", grouped(self.report.rows))
        } else {
            "rows of the copy do not follow from its nodes; `kvetch verify` says which, `kvetch repair` mends\n".into()
        };
        text
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "copied": self.tally.json(),
            "compared": self.comparison.json(),
            "clean": self.report.is_clean(),
            "same": self.is_whole(),
        })
    }
}
