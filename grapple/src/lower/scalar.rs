//! Scalars of the schema's own, and what stands for them in Rust.

use super::Report;
use super::catalog::Catalog;
use crate::case;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{TypeDefinition, directive};
use crate::model::{Scalar, ScalarMeaning};
use crate::scalar::{self, Declared};
use crate::source::Spanned;
use crate::suggest::nearest;

pub(super) fn scalars(catalog: &Catalog<'_>, report: &mut Report) -> Vec<Scalar> {
    catalog.scalars().filter_map(|ty| lowered(ty, report)).collect()
}

fn lowered(ty: &TypeDefinition, report: &mut Report) -> Option<Scalar> {
    let specified_by = directive(&ty.directives, "specifiedBy").and_then(|used| used.text("url"));
    Some(Scalar {
        name: ty.name.value.clone(),
        description: ty.description.clone(),
        specified_by: specified_by.map(|url| url.value.to_owned()),
        meaning: meaning(ty, report)?,
    })
}

fn meaning(ty: &TypeDefinition, report: &mut Report) -> Option<ScalarMeaning> {
    let name = ty.name.value.as_str();
    let Some(used) = directive(&ty.directives, "scalar") else {
        let ready = scalar::declarable(name).and_then(|scalar| match scalar.declared {
            Declared::Here { constant, .. } => Some(constant),
            Declared::BuiltIn | Declared::Always { .. } => None,
        });
        if ready.is_none() {
            report.push(meaningless(ty));
        }
        return ready.map(ScalarMeaning::Ready);
    };
    // An argument that is absent or no string has been reported.
    let path = used.text("rust")?;
    if !is_whole_path(path.value) {
        report.push(not_a_path(&path));
        return None;
    }
    let of_crate = path.value.starts_with("crate::") || path.value.starts_with("::");
    let path = if of_crate { path.value.to_owned() } else { format!("::{}", path.value) };
    Some(ScalarMeaning::Own { rust: case::type_name(name), path })
}

fn meaningless(ty: &TypeDefinition) -> Diagnostic {
    let name = &ty.name.value;
    let own = format!("name a type of yours: `scalar {name} @scalar(rust: \"crate::{}::{name}\")`", case::snake(name));
    let help = match nearest(name, scalar::declarable_names()) {
        Some(near) => format!("did you mean `scalar {near}`? Else {own}"),
        None => {
            let ready: Vec<String> = scalar::declarable_names().map(|ready| format!("`{ready}`")).collect();
            format!("{own}; {} need none", ready.join(", "))
        }
    };
    Diagnostic::error(Code::ScalarMeaning, ty.name.span, format!("nothing stands for the scalar `{name}` in Rust"))
        .help(help)
}

fn not_a_path(path: &Spanned<&str>) -> Diagnostic {
    let message = format!("\"{}\" is not the whole path of a Rust type", path.value);
    Diagnostic::error(Code::RustPath, path.span, message)
        .help("write it as from anywhere in your crate: \"crate::money::Money\", or \"some_crate::Money\"")
}

/// Names between `::`, at least two, that start with `crate` or the name of a crate. What stands for a scalar has no
/// parameters: it could be stored in more than one way.
fn is_whole_path(path: &str) -> bool {
    let below = path.strip_prefix("crate::").or_else(|| {
        let (first, below) = path.strip_prefix("::").unwrap_or(path).split_once("::")?;
        case::is_name(first).then_some(below)
    });
    below.is_some_and(|below| below.split("::").all(case::is_name))
}

#[cfg(test)]
mod tests {
    use super::is_whole_path;

    #[test]
    fn a_path_is_whole_when_it_means_the_same_everywhere() {
        for path in ["crate::Money", "crate::money::Money", "rates::Rate", "::rates::Rate", "crate::r#type::T"] {
            assert!(is_whole_path(path), "{path}");
        }
        for path in
            ["", "Money", "super::Money", "self::Money", "crate::", "crate::Vec<u8>", "crate::a b", "::", "a::1"]
        {
            assert!(!is_whole_path(path), "{path}");
        }
    }

    /// `crate::type::Money` was taken for a path, and printing it panicked.
    #[test]
    fn a_keyword_is_no_name_of_a_path_unless_it_is_escaped_and_can_be() {
        for path in ["crate::type::T", "crate::a::fn", "crate::self::T", "a::super::T", "crate::crate::T", "::crate::T"]
        {
            assert!(!is_whole_path(path), "{path}");
        }
        for path in ["crate::r#self::T", "r#crate::T", "crate::r#_::T", "crate::_", "crate::gen::T", "dyn::T"] {
            assert!(!is_whole_path(path), "{path}");
        }
        for path in ["crate::r#type::r#fn", "r#gen::T", "crate::union::auto", "crate::_a::B"] {
            assert!(is_whole_path(path), "{path}");
        }
    }
}
