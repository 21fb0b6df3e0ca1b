//! The planner against graphql-js: random schemas, random documents and variables, random nulls and errors, executed by
//! both, with the same data to the byte and the same errors at the same places.
//!
//! `GRAPHSCALE_LONG=1` runs 50,000 documents. A world that fails says how to run it alone.

mod campaign;
mod canonical;
mod compare;
pub(crate) mod dice;
pub(crate) mod document;
mod excuses;
mod reference;
mod schemas;
pub(crate) mod world;

use self::campaign::Totals;
use self::reference::Reference;

/// How many documents; the other number with GRAPHSCALE_LONG=1.
const DOCUMENTS: [usize; 2] = [2_000, 50_000];

#[tokio::test]
async fn random_documents_are_answered_as_graphql_js_answers_them() {
    if let Ok(seed) = std::env::var("GRAPHSCALE_WORLD") {
        let seed = seed.parse().expect("GRAPHSCALE_WORLD is the number of a world");
        let mut totals = Totals::default();
        campaign::one_world(seed, &mut Reference::start(), &mut totals).await;
        assert!(totals.failures.is_empty(), "{}", totals.failures[0]);
        return;
    }
    let is_long = std::env::var_os("GRAPHSCALE_LONG").is_some();
    let totals = campaign::run(DOCUMENTS[usize::from(is_long)], 0).await;
    assert!(totals.failures.is_empty(), "{} worlds failed: see above", totals.failures.len());
    // Else it would be documents that nothing is learnt from.
    assert!(totals.invalid * 20 <= totals.documents, "more than one document in twenty is not valid: {totals:?}");
    assert!(totals.run * 10 >= totals.documents * 8, "too few documents run: {totals:?}");
    assert!(totals.with_errors * 10 >= totals.documents, "too few documents have errors: {totals:?}");
}
