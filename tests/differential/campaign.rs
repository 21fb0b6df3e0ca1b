//! Many worlds, many documents in each, both sides, and what it came to.

use std::time::Instant;

use fastrand::Rng;
use pent::Request;

use super::compare::difference;
use super::document::{self, Document};
use super::reference::{Asked, Reference, Verdict};
use super::world::World;

/// Documents of one world.
const DOCUMENTS: usize = 25;
/// Documents with one mistake in them, for each world.
const MUTANTS: usize = 5;
/// How many worlds may fail before the campaign ends: they mostly fail alike.
const FAILURES: usize = 8;
/// How many steps are tried to make a document that failed smaller.
const SHRINKING: usize = 400;

/// What was compared.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) worlds: usize,
    /// Documents that were made up.
    pub(crate) documents: usize,
    /// Of them, those that graphql-js ran.
    pub(crate) run: usize,
    /// Of them, those that are valid, whose variables or operation name are refused.
    pub(crate) refused: usize,
    /// Those that graphql-js says are not valid: a fault of ours.
    pub(crate) invalid: usize,
    pub(crate) with_errors: usize,
    pub(crate) with_null_data: usize,
    pub(crate) errors: usize,
    pub(crate) bytes: usize,
    pub(crate) mutants: usize,
    pub(crate) invalid_mutants: usize,
    /// Differences that are known and have a reason.
    pub(crate) excused: usize,
    /// What failed, in words.
    pub(crate) failures: Vec<String>,
}

/// Runs until so many documents were made up; worlds from a first seed on.
pub(crate) async fn run(documents: usize, first_seed: u64) -> Totals {
    let begun = Instant::now();
    let mut reference = Reference::start();
    let mut totals = Totals::default();
    for seed in first_seed.. {
        if totals.documents >= documents || totals.failures.len() >= FAILURES {
            break;
        }
        one_world(seed, &mut reference, &mut totals).await;
    }
    print(&totals, &reference.name, begun.elapsed().as_secs_f64());
    totals
}

/// Runs the documents of one world.
pub(crate) async fn one_world(seed: u64, reference: &mut Reference, totals: &mut Totals) {
    let world = World::invent(seed);
    let mut rng = Rng::with_seed(seed);
    let documents = (0..DOCUMENTS).map(|_| document::random(&world, rng.u64(..))).collect::<Vec<_>>();
    let mut asked = documents.iter().map(asked_of).collect::<Vec<_>>();
    for _ in 0..MUTANTS {
        let mut mutant = asked[rng.usize(..DOCUMENTS)].clone();
        mutant.query = document::mutant(&mutant.query, &mut rng);
        asked.push(mutant);
    }
    let verdicts = reference.ask(&world, &asked);
    let served = world.serve().await;
    totals.worlds += 1;
    for (position, (asked, verdict)) in asked.iter().zip(&verdicts).enumerate() {
        let is_mutant = position >= DOCUMENTS;
        totals.count(verdict, is_mutant);
        let response = served.answer(&request(asked)).await;
        let Some(difference) = difference(verdict, &response) else { continue };
        if let Some(reason) = super::excuses::reason(verdict, &response) {
            totals.excused += 1;
            assert!(!reason.is_empty(), "an excuse has a reason");
            if asked.query.contains("mutation") {
                // One side may have stored something that the other has not.
                return;
            }
            continue;
        }
        let body = String::from_utf8(response.body).expect("JSON is UTF-8");
        let small = match documents.get(position) {
            Some(document) => shrunk(&world, document, reference).await,
            None => None,
        };
        let small = small.map_or_else(|| "(it is the only one so small)".to_owned(), |small| report(&small));
        totals.failures.push(format!(
            "world {seed}, document {position}: {difference}\n\n{}\n{}\nvariables: {}\noperationName: {:?}\n\n\
             graphql-js: {verdict:?}\npent:       {body}\n\nsmaller: {small}\n\n\
             alone: GRAPHSCALE_WORLD={seed} cargo test -p tests --test workspace differential",
            world.sdl(),
            asked.query,
            asked.variables,
            asked.operation_name,
        ));
        // The two sides may have stored different things.
        return;
    }
}

/// A difference, and where it shows.
struct Small {
    asked: Asked,
    verdict: Verdict,
    body: String,
    difference: String,
}

fn report(small: &Small) -> String {
    let Small { asked, verdict, body, difference } = small;
    format!(
        "{difference}\n{}\nvariables: {}\ngraphql-js: {verdict:?}\npent:       {body}",
        asked.query, asked.variables
    )
}

/// A smaller document that shows a difference, in a world as it was before any mutation.
async fn shrunk(world: &World, document: &Document, reference: &mut Reference) -> Option<Small> {
    let mut best = None;
    let mut document = document.clone();
    let mut tries = 0;
    'smaller: loop {
        for candidate in document::smaller(&document) {
            tries += 1;
            if tries > SHRINKING {
                break 'smaller;
            }
            if let Some(small) = differs(world, &candidate, reference).await {
                best = Some(small);
                document = candidate;
                continue 'smaller;
            }
        }
        break;
    }
    best
}

async fn differs(world: &World, document: &Document, reference: &mut Reference) -> Option<Small> {
    let asked = asked_of(document);
    let verdict = reference.ask(world, std::slice::from_ref(&asked)).pop().expect("one answer per document");
    if matches!(verdict, Verdict::Invalid(_)) {
        return None;
    }
    let response = world.serve().await.answer(&request(&asked)).await;
    let difference = difference(&verdict, &response)?;
    if super::excuses::reason(&verdict, &response).is_some() {
        return None;
    }
    Some(Small { asked, verdict, body: String::from_utf8(response.body).expect("JSON is UTF-8"), difference })
}

fn asked_of(document: &Document) -> Asked {
    Asked {
        query: document::print(document),
        operation_name: document.operation_name.clone(),
        variables: document.variables_json(),
    }
}

pub(crate) fn request(asked: &Asked) -> Request {
    Request {
        query: asked.query.clone(),
        operation_name: asked.operation_name.clone(),
        variables: serde_json::from_str(&asked.variables).expect("the variables were written as JSON"),
        ..Request::default()
    }
}

impl Totals {
    fn count(&mut self, verdict: &Verdict, is_mutant: bool) {
        if is_mutant {
            self.mutants += 1;
            self.invalid_mutants += usize::from(matches!(verdict, Verdict::Invalid(_)));
            return;
        }
        self.documents += 1;
        match verdict {
            Verdict::Invalid(_) => self.invalid += 1,
            Verdict::Refused(_) => self.refused += 1,
            Verdict::Answered(data, errors) => {
                self.run += 1;
                self.bytes += data.len();
                self.errors += errors.len();
                self.with_errors += usize::from(!errors.is_empty());
                self.with_null_data += usize::from(data == "null");
            }
        }
    }
}

fn print(totals: &Totals, reference: &str, seconds: f64) {
    let Totals { worlds, documents, run, refused, invalid, with_errors, with_null_data, errors, bytes, .. } = totals;
    let Totals { mutants, invalid_mutants, excused, .. } = totals;
    eprintln!(
        "differential: {documents} documents over {worlds} schemas against {reference} in {seconds:.0} s: {run} ran, \
         {refused} were refused by both, {invalid} were not valid; {with_errors} had errors ({errors} in all), \
         {with_null_data} no data; {bytes} bytes of data compared; {mutants} mutants, {invalid_mutants} of them not \
         valid; {excused} differences that have a reason"
    );
    totals.failures.iter().for_each(|failure| eprintln!("\nFAILED {failure}"));
}
