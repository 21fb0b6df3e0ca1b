//! Parts of GraphQL that are not supported yet.

use super::Report;
use super::catalog::Catalog;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::Kind;

pub(super) fn check(catalog: &Catalog<'_>, report: &mut Report) {
    for ty in &catalog.document.types {
        let name = &ty.name.value;
        let (what, help) = match ty.kind {
            Kind::Interface => ("interfaces are", "write the fields into each type".to_owned()),
            Kind::Union => ("unions are", "write a type with one nullable field for each member".to_owned()),
            Kind::Object(_) | Kind::Input(_) | Kind::Enum(_) | Kind::Scalar => continue,
        };
        report.push(
            Diagnostic::error(Code::NotSupported, ty.name.span, format!("{what} not supported yet: `{name}`"))
                .help(help),
        );
    }
    if let Some(subscription) = &catalog.document.subscription {
        let span = catalog.definition(&subscription.value).map_or(subscription.span, |ty| ty.name.span);
        report.push(
            Diagnostic::error(Code::NotSupported, span, "subscriptions are not supported yet")
                .help("leave the subscription root out, and let clients query again"),
        );
    }
}
