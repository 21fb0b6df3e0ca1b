//! What one run does: where it is killed, and doing what.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use kvetch::StoreUrl;
use kvetch::conformance::FAIL_POINTS;

/// What the process is doing when it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Making a new store.
    Open,
    Create,
    Update,
    Delete,
    Bulk,
    Edges,
    Upsert,
    Together,
    /// All of these at once.
    Mixed,
    /// Finishing what an earlier crash left, when the store is opened, while others write again.
    Leftovers,
    /// Repairing what an earlier crash, and damage, left.
    Repair,
}

pub(crate) const KINDS: [Kind; 11] = [
    Kind::Open,
    Kind::Create,
    Kind::Update,
    Kind::Delete,
    Kind::Bulk,
    Kind::Edges,
    Kind::Upsert,
    Kind::Together,
    Kind::Mixed,
    Kind::Leftovers,
    Kind::Repair,
];

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Bulk => "bulk",
            Self::Edges => "edges",
            Self::Upsert => "upsert",
            Self::Together => "together",
            Self::Mixed => "mixed",
            Self::Leftovers => "leftovers",
            Self::Repair => "repair",
        }
    }

    /// Whether it goes on with what an earlier process left.
    pub(crate) fn recovers(self) -> bool {
        matches!(self, Self::Leftovers | Self::Repair)
    }

    /// Whether it comes through this fail point, on so many shards.
    pub(crate) fn reaches(self, point: &str, shards: usize) -> bool {
        let many = shards > 1;
        match point.split_once('.').expect("a fail point is a place and a moment").0 {
            "file" | "shards" | "put_meta" => self == Self::Open,
            _ if self == Self::Open => matches!(point, "transaction.begun" | "commit.before" | "commit.after"),
            // One shard leaves nothing for others to finish, save what goes along with a deletion.
            _ if self == Self::Leftovers && !many => false,
            "transaction" | "savepoint" | "commit" => true,
            "write" => self != Self::Together,
            "write_together" => self == Self::Together,
            "claim" => match self {
                Self::Together => true,
                Self::Create | Self::Update | Self::Bulk | Self::Upsert | Self::Mixed | Self::Leftovers => many,
                _ => false,
            },
            "release" => match self {
                Self::Together | Self::Repair => true,
                Self::Create | Self::Update | Self::Bulk | Self::Upsert | Self::Mixed => many,
                _ => false,
            },
            "void" => matches!(self, Self::Create | Self::Upsert | Self::Repair),
            "apply" => many,
            "settle" => many || self == Self::Delete,
            "recount" => self == Self::Repair,
            "checkpoint" => self == Self::Bulk,
            other => unreachable!("no rule for the fail point {other}"),
        }
    }
}

/// One run. Its text form runs it again, by `KVETCH_CRASH_RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) kind: Kind,
    pub(crate) point: &'static str,
    /// The process is killed when the point is reached for this time.
    pub(crate) nth: u64,
    pub(crate) shards: usize,
    pub(crate) seed: u64,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, point, nth, shards, seed } = self;
        write!(f, "{},{point},{nth},{shards},{seed}", kind.name())
    }
}

impl FromStr for Plan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no run: kind,point,nth,shards,seed");
        let [kind, point, nth, shards, seed] = text.split(',').collect::<Vec<_>>()[..] else { return Err(wrong()) };
        Ok(Self {
            kind: KINDS.into_iter().find(|known| known.name() == kind).ok_or_else(wrong)?,
            point: FAIL_POINTS.into_iter().find(|known| *known == point).ok_or_else(wrong)?,
            nth: nth.parse().map_err(|_| wrong())?,
            shards: shards.parse().map_err(|_| wrong())?,
            seed: seed.parse().map_err(|_| wrong())?,
        })
    }
}

/// Which part of a run a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Writes, and is killed while it does.
    Writes,
    /// Writes while nothing is delivered, so that much is left when it is killed.
    Leaves,
    /// Goes on with what was left, and is killed while it does.
    Recovers,
}

/// What a child process is told by its environment.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) plan: Plan,
    pub(crate) part: Part,
    pub(crate) directory: PathBuf,
}

/// The variable with the task of a child.
pub(crate) const TASK: &str = "KVETCH_CRASH_TASK";

impl Task {
    pub(crate) fn to_text(&self) -> String {
        format!("{}|{:?}|{}", self.plan, self.part, self.directory.display())
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let [plan, part, directory] = text.splitn(3, '|').collect::<Vec<_>>()[..] else { return None };
        let parts = [Part::Writes, Part::Leaves, Part::Recovers];
        let part = parts.into_iter().find(|known| format!("{known:?}") == part)?;
        Some(Self { plan: plan.parse().ok()?, part, directory: directory.into() })
    }
}

pub(crate) fn url(directory: &Path, shards: usize) -> StoreUrl {
    StoreUrl::File { directory: directory.to_owned(), shards: Some(shards) }
}
