//! Privacy rules: who may see, follow and change what.
//!
//! A type with `@privacy` in the schema has a trait that demands its rules. Each is asked in order: the first that does
//! not [skip](Verdict::Skip) decides, and when all skip the answer is no.
//!
//! ```
//! use pent::privacy::{Rule, Rules, Verdict};
//! use pent::{Cx, Result};
//! # #[derive(Debug)] struct Note { author: u64 }
//!
//! /// Who asks.
//! struct Viewer {
//!     account: u64,
//! }
//!
//! /// Those who have an account may see public notes.
//! struct Public;
//!
//! impl Rule<Note> for Public {
//!     async fn judge(&self, cx: &Cx, notes: &[Note]) -> Result<Vec<Verdict>> {
//!         // What is loaded here is loaded for all notes at once, and without rules.
//!         let is_known = cx.viewer::<Viewer>().is_some();
//!         Ok(notes.iter().map(|note| Verdict::allow_if(is_known && note.author == 0)).collect())
//!     }
//! }
//!
//! fn may_read() -> Rules<Note> {
//!     Rules::new()
//!         .each(|cx, note: &Note| {
//!             Verdict::allow_if(cx.viewer::<Viewer>().is_some_and(|viewer| viewer.account == note.author))
//!         })
//!         .rule(Public)
//! }
//! # let _ = may_read();
//! ```

mod rule;
mod subject;

pub use self::rule::{Rule, Rules, Verdict};
pub use self::subject::{Subject, judged};
pub use crate::cx::{Answers, Asked, NodeChange, NodeRules, PrivacyDef, WriteRules};
