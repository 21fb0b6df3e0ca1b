//! A subscriber that keeps all spans and events, as a tree.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, MutexGuard};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_core::span::Current;

/// What has been seen so far. Cheap to clone; for one thread.
#[derive(Clone, Default)]
pub(crate) struct Collector(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    spans: Vec<Seeing>,
    /// The spans that have been entered, the innermost last.
    entered: Vec<usize>,
}

struct Seeing {
    metadata: &'static Metadata<'static>,
    line: String,
    parent: Option<usize>,
    handles: usize,
}

impl Collector {
    /// All spans and events, each below its parent and indented by its depth, with `(open)` after spans that are.
    pub(crate) fn tree(&self) -> String {
        let seen = self.lock();
        let mut text = String::new();
        seen.write(&mut text, None, 0);
        text
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().expect("no test panics with the lock")
    }
}

impl Seen {
    fn write(&self, text: &mut String, parent: Option<usize>, depth: usize) {
        for (place, span) in self.spans.iter().enumerate().filter(|(_, span)| span.parent == parent) {
            let open = if span.handles > 0 { " (open)" } else { "" };
            writeln!(text, "{:1$}{2}{open}", "", 2 * depth, span.line).expect("a string takes everything");
            self.write(text, Some(place), depth + 1);
        }
    }

    fn add(&mut self, metadata: &'static Metadata<'static>, line: String, parent: Option<usize>, handles: usize) {
        self.spans.push(Seeing { metadata, line, parent, handles });
    }
}

/// Writes fields behind the name of a span.
struct Line<'l>(&'l mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).expect("a string takes everything");
    }
}

fn id(place: usize) -> Id {
    Id::from_u64(place as u64 + 1)
}

fn place(id: &Id) -> usize {
    id.into_u64() as usize - 1
}

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        ["pent::scope", "kvetch::front::reads", "spans"].contains(&metadata.target())
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut seen = self.lock();
        let entered = seen.entered.last().copied().filter(|_| attributes.is_contextual());
        let parent = attributes.parent().map(place).or(entered);
        let mut line = attributes.metadata().name().to_owned();
        attributes.record(&mut Line(&mut line));
        seen.add(attributes.metadata(), line, parent, 1);
        id(seen.spans.len() - 1)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        values.record(&mut Line(&mut self.lock().spans[place(span)].line));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut seen = self.lock();
        let mut line = "event".to_owned();
        event.record(&mut Line(&mut line));
        let parent = seen.entered.last().copied();
        seen.add(event.metadata(), line, parent, 0);
    }

    fn enter(&self, span: &Id) {
        self.lock().entered.push(place(span));
    }

    fn exit(&self, span: &Id) {
        let mut seen = self.lock();
        let entered = seen.entered.iter().rposition(|entered| *entered == place(span)).expect("it was entered");
        seen.entered.remove(entered);
    }

    fn clone_span(&self, span: &Id) -> Id {
        self.lock().spans[place(span)].handles += 1;
        span.clone()
    }

    fn try_close(&self, span: Id) -> bool {
        let mut seen = self.lock();
        let span = &mut seen.spans[place(&span)];
        span.handles -= 1;
        span.handles == 0
    }

    fn current_span(&self) -> Current {
        let seen = self.lock();
        let current = seen.entered.last().map(|place| Current::new(id(*place), seen.spans[*place].metadata));
        current.unwrap_or_else(Current::none)
    }
}
