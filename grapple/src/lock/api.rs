//! Changes that break clients.

use super::changes::Found;
use super::sites::Sites;
use super::types::{nullable, read, reads_as};
use super::{Api, Break, Lock};
use crate::code::Code;
use crate::source::Span;
use crate::type_ref::TypeRef;

/// What accepting such a change means.
const ACCEPTED: &str = "where no client relies on it";

impl Lock {
    pub(super) fn api_breaks(&self, old: &Self, sites: &Sites<'_>) -> Vec<Break> {
        let mut breaks = Vec::new();
        for (coordinate, before) in &old.api {
            match self.api.get(coordinate) {
                None => breaks.extend(self.gone(coordinate, before, sites)),
                Some(now) => breaks.extend(changed(coordinate, before, now, sites.coordinate(coordinate))),
            }
        }
        for (coordinate, now) in &self.api {
            if !old.api.contains_key(coordinate) && old.api.contains_key(parent(coordinate)) {
                breaks.extend(required_now(coordinate, now, sites));
            }
        }
        breaks.into_iter().map(Found::report).collect()
    }

    /// Reported at the topmost thing that is gone: what belongs to it is gone as well.
    fn gone(&self, coordinate: &str, before: &Api, sites: &Sites<'_>) -> Option<Found> {
        let owner = parent(coordinate);
        let is_topmost = owner.is_empty() || self.api.get(owner).is_some_and(|now| now.kind == before.kind);
        let is_default = before.kind == "root" && coordinate != "query";
        (is_topmost || is_default).then(|| Found {
            code: Code::ApiGone,
            name: coordinate.to_owned(),
            site: sites.coordinate(owner),
            lock: before.at,
            message: format!("clients that use {} `{coordinate}` will fail: it is gone", noun(coordinate, before)),
            help: "keep it, with `@deprecated(reason:)` where that is possible, until nobody uses it".to_owned(),
            accepted: ACCEPTED,
        })
    }
}

fn changed(coordinate: &str, before: &Api, now: &Api, site: Option<Span>) -> Option<Found> {
    let found = |code, message, help| Found {
        code,
        name: coordinate.to_owned(),
        site,
        lock: before.at,
        message,
        help,
        accepted: ACCEPTED,
    };
    if before.kind != now.kind {
        let message = format!("`{coordinate}` was of kind {} and is of kind {} now", before.kind, now.kind);
        return parent(coordinate)
            .is_empty()
            .then(|| found(Code::ApiKind, message, "give the new one a name of its own".to_owned()));
    }
    if before.kind == "root" {
        return None;
    }
    let (was, is) = (read(before.ty.as_ref()?)?, read(now.ty.as_ref()?)?);
    let same = |left: &str, right: &str| left == right;
    if !is_input(coordinate, now) {
        let message = format!("`{coordinate}` was of type `{was}`, and clients cannot read `{is}` as that");
        let help = format!("write `{was}`, or add a field of another name beside it");
        return (!reads_as(&is, &was, &same)).then(|| found(Code::ApiOutput, message, help));
    }
    if reads_as(&was, &is, &same) {
        return None;
    }
    let is_tighter = nullable(&was) == nullable(&is);
    let has_default = now.default.is_some() && is_tighter && reads_as(&was.clone().required(), &is, &same);
    match (is_tighter, has_default) {
        (true, true) => None,
        (true, false) => {
            let message =
                format!("clients may leave out or null what `{coordinate}` requires now: `{is}`, before `{was}`");
            Some(found(Code::ApiRequired, message, format!("write `{was}`")))
        }
        (false, _) => {
            let message = format!("clients give `{coordinate}` values of type `{was}`, not `{is}`");
            let help = format!("write `{was}`, or add another of type `{is}` beside it");
            Some(found(Code::ApiInput, message, help))
        }
    }
}

/// An argument or input field that older clients do not give.
fn required_now(coordinate: &str, now: &Api, sites: &Sites<'_>) -> Option<Found> {
    let ty: TypeRef = read(now.ty.as_ref()?)?;
    let is_required = is_input(coordinate, now) && ty.is_non_null() && now.default.is_none();
    is_required.then(|| Found {
        code: Code::ApiRequired,
        name: coordinate.to_owned(),
        site: sites.coordinate(coordinate),
        lock: None,
        message: format!("clients do not give `{coordinate}`, which is new and required"),
        help: format!("write `{}`, or give it a default", ty.nullable()),
        accepted: ACCEPTED,
    })
}

fn is_input(coordinate: &str, api: &Api) -> bool {
    api.kind == "input" || coordinate.contains('(')
}

/// What something belongs to; empty for a type or a root.
fn parent(coordinate: &str) -> &str {
    match coordinate.split_once('(') {
        Some((field, _)) => field,
        None => coordinate.find(['.', ' ']).map_or("", |at| &coordinate[..at]),
    }
}

fn noun(coordinate: &str, api: &Api) -> &'static str {
    match api.kind.as_str() {
        "root" => "the root",
        _ if coordinate.contains('(') => "the argument",
        _ if coordinate.contains(" implements ") => "that",
        _ if coordinate.contains(" = ") => "the member",
        "enum" if coordinate.contains('.') => "the value",
        _ if coordinate.contains('.') => "the field",
        _ => "the type",
    }
}
