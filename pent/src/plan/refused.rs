//! Why an operation has no plan.

use crate::operation::Location;

/// Why a document has no plan, in words for its author.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) message: String,
    pub(crate) location: Location,
}

pub(super) fn too_many_conditions(location: Location) -> Refused {
    Refused { message: "Too many @skip and @include directives meet in one field.".to_owned(), location }
}

pub(super) fn over_limit(what: &str, limit: usize, location: Location) -> Refused {
    Refused { message: format!("The operation has more than {limit} {what}."), location }
}
