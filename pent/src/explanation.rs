//! What a plan does, as data: text for people, JSON for tools.

use std::fmt;

use serde_json::{Value, json};

/// What a request will do, known without running it. It depends on the schema and the document alone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// `query` or `mutation`.
    pub operation: &'static str,
    /// What is selected, in the order of the response.
    pub fields: Vec<ExplainedField>,
    /// What is read, if every list has an entry. Custom code may read more, in these rounds and in others; rules that
    /// load add rounds of their own; what a scope has read before is not read again.
    pub rounds: Vec<ExplainedRound>,
}

/// A field of the response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedField {
    /// Its key in the response.
    pub key: String,
    /// The step that it takes; `None` where its value is part of its parent.
    pub step: Option<ExplainedStep>,
    /// The condition it is subject to, over the variables of the request.
    pub when: Option<String>,
    /// What is selected of it.
    pub fields: Vec<ExplainedField>,
}

/// What is run once for all parents of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedStep {
    /// What it does, in words.
    pub what: String,
    /// What it runs over.
    pub runs_over: RunsOver,
    /// The round that answers the ids of its objects, from 1; `None` where it reads none itself.
    pub ids_in_round: Option<u64>,
    /// The round that answers their nodes; the same as that of the ids where they come together.
    pub nodes_in_round: Option<u64>,
}

/// The parents of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunsOver {
    /// None: it depends on the arguments alone, and runs once.
    Nothing,
    /// A batch of which the ids are enough, so that it runs while the nodes are being read.
    Ids,
    /// A batch of which it needs the nodes.
    Nodes,
}

/// All that leaves at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedRound {
    /// One for each kind of read.
    pub reads: Vec<ExplainedRead>,
}

/// A kind of read of a round: an operation with its unary arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedRead {
    /// What is read, in words.
    pub what: String,
    /// What it asks for.
    pub keys: Keys,
}

/// The batch side of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Keys {
    /// So many keys at most, whatever the data.
    AtMost(u64),
    /// As many keys as there are parents.
    Batch,
    /// No keys: every shard is asked.
    EveryShard,
}

impl ExplainedRead {
    /// How many statements it takes over so many shards at most, when the keys of a shard fit into one statement: an
    /// engine splits larger ones, and says at how many.
    pub fn statements_at_most(&self, shards: u32) -> u64 {
        match self.keys {
            Keys::AtMost(keys) => keys.min(u64::from(shards)),
            Keys::Batch | Keys::EveryShard => u64::from(shards),
        }
    }
}

impl ExplainedRound {
    /// How many statements it takes over so many shards at most, as for one read.
    pub fn statements_at_most(&self, shards: u32) -> u64 {
        self.reads.iter().map(|read| read.statements_at_most(shards)).sum()
    }
}

impl Explanation {
    /// The rounds as a table, with the statements that they take over so many shards at most.
    pub fn rounds_over(&self, shards: u32) -> String {
        let statements = self.rounds.iter().map(|round| round.statements_at_most(shards)).sum();
        let [statements, over] = [plural(statements, "statement"), plural(u64::from(shards), "shard")];
        let mut table = format!("at most {statements} over {over}, when the keys of a shard fit into one\n");
        for (number, round) in (1..).zip(&self.rounds) {
            for (read, label) in round
                .reads
                .iter()
                .zip(std::iter::once(format!("round {number}")).chain(std::iter::repeat_with(String::new)))
            {
                let at_most = read.statements_at_most(shards);
                table.push_str(&format!("  {label:<9} {:<58} {at_most:>4}\n", read.what));
            }
        }
        table
    }

    /// All of it as JSON, with the statements that rounds take over so many shards at most.
    pub fn to_json(&self, shards: u32) -> Value {
        let read = |read: &ExplainedRead| {
            let keys = match read.keys {
                Keys::AtMost(keys) => json!(keys),
                Keys::Batch => json!("batch"),
                Keys::EveryShard => json!("every shard"),
            };
            json!({ "what": read.what, "keys": keys, "statementsAtMost": read.statements_at_most(shards) })
        };
        let round = |round: &ExplainedRound| {
            let reads = round.reads.iter().map(read).collect::<Value>();
            json!({ "reads": reads, "statementsAtMost": round.statements_at_most(shards) })
        };
        json!({
            "operation": self.operation,
            "shards": shards,
            "rounds": self.rounds.iter().map(round).collect::<Value>(),
            "fields": self.fields.iter().map(ExplainedField::to_json).collect::<Value>(),
        })
    }
}

impl ExplainedField {
    fn to_json(&self) -> Value {
        let mut field = json!({ "key": self.key });
        if let Some(step) = &self.step {
            field["step"] = step.to_json();
        }
        if let Some(when) = &self.when {
            field["when"] = json!(when);
        }
        if !self.fields.is_empty() {
            field["fields"] = self.fields.iter().map(Self::to_json).collect();
        }
        field
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        write!(f, "\n{:indent$}{}", "", self.key, indent = 2 * depth)?;
        if let Some(step) = &self.step {
            write!(f, ": {step}")?;
        }
        if let Some(when) = &self.when {
            write!(f, ", when {when}")?;
        }
        self.fields.iter().try_for_each(|field| field.write(f, depth + 1))
    }
}

impl ExplainedStep {
    fn to_json(&self) -> Value {
        let runs_over = match self.runs_over {
            RunsOver::Nothing => "unary",
            RunsOver::Ids => "ids",
            RunsOver::Nodes => "nodes",
        };
        json!({
            "what": self.what,
            "runsOver": runs_over,
            "idsInRound": self.ids_in_round,
            "nodesInRound": self.nodes_in_round,
        })
    }
}

/// One line for each field, indented as in the document.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, plural(self.rounds.len() as u64, "round"))?;
        self.fields.iter().try_for_each(|field| field.write(f, 1))
    }
}

impl fmt::Display for ExplainedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs_over = match self.runs_over {
            RunsOver::Nothing => "unary",
            RunsOver::Ids => "batch, from ids",
            RunsOver::Nodes => "batch, from nodes",
        };
        write!(f, "{}; {runs_over}", self.what)?;
        match (self.ids_in_round, self.nodes_in_round) {
            (Some(ids), Some(nodes)) if ids != nodes => write!(f, "; ids in round {ids}, nodes in {nodes}"),
            (_, Some(nodes)) => write!(f, "; nodes in round {nodes}"),
            (_, None) => Ok(()),
        }
    }
}

fn plural(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Checks how many rounds the plan of a request takes: `assert_plan!(schema, query, rounds <= 3)`.
///
/// The schema is a [`Schema`](crate::Schema), the query the text of a document with one operation. What is compared is
/// [`Explanation::rounds`]; `==`, `<` and `<=` say how. A document that has no plan, or one with more rounds, panics
/// with the reason: for tests.
///
/// ```
/// # fn example(schema: &pent::Schema) {
/// pent::assert_plan!(schema, "{ todoUser(id: \"…\") { todoLists { name } } }", rounds <= 2);
/// # }
/// ```
#[macro_export]
macro_rules! assert_plan {
    ($schema:expr, $query:expr, rounds $comparison:tt $rounds:expr) => {{
        let request = $crate::Request { query: ::std::string::String::from($query), ..::std::default::Default::default() };
        match $schema.explain(&request) {
            ::std::result::Result::Ok(explanation) => ::std::assert!(
                explanation.rounds.len() $comparison $rounds,
                "the plan takes {} rounds, and not {} {}:\n{explanation}",
                explanation.rounds.len(),
                ::std::stringify!($comparison),
                $rounds,
            ),
            ::std::result::Result::Err(refused) => ::std::panic!("the document has no plan: {refused}"),
        }
    }};
}
