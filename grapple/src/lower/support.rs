//! Parts of GraphQL that are not supported yet.

use super::Report;
use super::catalog::Catalog;
use crate::code::Code;
use crate::diagnostic::Diagnostic;

pub(super) fn check(catalog: &Catalog<'_>, report: &mut Report) {
    if let Some(subscription) = &catalog.document.subscription {
        let span = catalog.definition(&subscription.value).map_or(subscription.span, |ty| ty.name.span);
        report.push(
            Diagnostic::error(Code::NotSupported, span, "subscriptions are not supported yet")
                .help("leave the subscription root out, and let clients query again"),
        );
    }
}
