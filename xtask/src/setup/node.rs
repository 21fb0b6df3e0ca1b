//! Node, graphql-js, which planned execution is compared with, graphql-http, whose audits the server passes, and the
//! clients that people use.

use super::npm;

/// Folders with a script and the lock file of its packages, and the package that it is about.
const PACKAGES_OF: [(&str, &str); 6] = [
    ("tests/differential/node", "graphql"),
    ("tests/http/node", "graphql-http"),
    ("tests/clients", "@apollo/client"),
    ("tests/clients", "@urql/core"),
    ("tests/clients", "relay-compiler"),
    ("tests/clients", "graphql-ws"),
];

/// Makes sure that planned execution can be compared with graphql-js, the server audited and asked by real clients, and
/// says with what.
///
/// # Errors
/// When something is missing and cannot be installed; the message says how to do it by hand.
pub(crate) fn node() -> Result<String, String> {
    let node = npm::node()?;
    let installed =
        PACKAGES_OF.map(|(folder, package)| npm::packages(folder, package).map(|at| format!("{package} {at}")));
    let installed = installed.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(format!("{} on Node {node}", installed.join(", ")))
}
