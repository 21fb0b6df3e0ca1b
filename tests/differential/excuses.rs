//! Differences that are meant, or that the specification leaves open: each with its reason.

use pent::Response;

use super::reference::Verdict;

/// Why a difference is none; `None` when it is one.
pub(crate) fn reason(verdict: &Verdict, response: &Response) -> Option<&'static str> {
    let body = String::from_utf8_lossy(&response.body);
    let refused = |words: &[&str]| !response.is_executed && words.iter().all(|words| body.contains(words));
    match verdict {
        Verdict::Answered(..) if refused(&["is null where @skip or @include needs a Boolean"]) => {
            Some("a null condition is refused before anything runs, and not where the directive is met")
        }
        Verdict::Answered(..) if refused(&["the number of entities asked for, if every page is full"]) => {
            Some("what a document asks for at most is bounded")
        }
        Verdict::Answered(..) if refused(&["includeDeprecated"]) => {
            Some("`includeDeprecated` is never null since September 2025, which graphql-js 16 does not know")
        }
        Verdict::Answered(..) if refused(&["must not be null to be the one field"]) => {
            Some("graphql-js 16 forgets that a variable in `@oneOf` is never null where the object is `T!`, not `T`")
        }
        _ => None,
    }
}
