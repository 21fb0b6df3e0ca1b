//! Changes that break clients.

use super::changes::Found;
use super::coordinate::Coordinate;
use super::sites::Sites;
use super::types::{nullable, reads_as};
use super::{Api, ApiKind, Break, Kept, Lock};
use crate::code::Code;

/// What accepting such a change means.
const ACCEPTED: &str = "where no client relies on it";

impl Lock {
    pub(super) fn api_breaks(&self, old: &Self, sites: &Sites<'_>) -> Vec<Break> {
        let mut breaks = Vec::new();
        for (coordinate, before) in &old.api {
            match self.api.get(coordinate) {
                None => breaks.extend(self.gone(coordinate, before, sites)),
                Some(now) => breaks.extend(self.changed(coordinate, before, &now.is, sites)),
            }
        }
        for (coordinate, now) in &self.api {
            let is_new = !old.api.contains_key(coordinate);
            if is_new && coordinate.owner().is_some_and(|owner| old.api.contains_key(&owner)) {
                breaks.extend(required_now(coordinate, &now.is, sites));
            }
        }
        breaks.into_iter().map(Found::report).collect()
    }

    fn has_type(&self, name: &str) -> bool {
        self.api.contains_key(&Coordinate::Type(name.to_owned()))
    }

    /// Reported at the topmost thing that is gone: what belongs to it is gone as well.
    fn gone(&self, coordinate: &Coordinate, before: &Kept<Api>, sites: &Sites<'_>) -> Option<Found> {
        let owner = coordinate.owner();
        let is_topmost = match &owner {
            Some(owner) => self.api.get(owner).is_some_and(|now| now.is.kind == before.is.kind),
            // Of a root and its type the type is told.
            None => before.is.ty.as_ref().is_none_or(|ty| self.has_type(ty.base())),
        };
        is_topmost.then(|| Found {
            code: Code::ApiGone,
            name: coordinate.to_string(),
            site: owner.and_then(|owner| sites.coordinate(&owner)),
            lock: before.at,
            message: format!("clients that use {} `{coordinate}` will fail: it is gone", noun(coordinate, &before.is)),
            help: "keep it, with `@deprecated(reason:)` where that is possible, until nobody uses it".to_owned(),
            accepted: ACCEPTED,
        })
    }

    fn changed(&self, coordinate: &Coordinate, before: &Kept<Api>, now: &Api, sites: &Sites<'_>) -> Option<Found> {
        let found = |code, message, help| Found {
            code,
            name: coordinate.to_string(),
            site: sites.coordinate(coordinate),
            lock: before.at,
            message,
            help,
            accepted: ACCEPTED,
        };
        let before = &before.is;
        if let Coordinate::Type(_) = coordinate {
            let message = match before.kind == now.kind {
                true if before.is_one_of == now.is_one_of || !now.is_one_of => return None,
                true => format!("clients may give several fields of `{coordinate}`, which takes exactly one now"),
                false => {
                    let (was, is) = (before.kind.word(), now.kind.word());
                    format!("`{coordinate}` was of kind {was} and is of kind {is} now")
                }
            };
            return Some(found(Code::ApiKind, message, "give the new one a name of its own".to_owned()));
        }
        // What belongs to a type of another kind is told by the type.
        if before.kind != now.kind {
            return None;
        }
        let (was, is) = (before.ty.as_ref()?, now.ty.as_ref()?);
        let same = |left: &str, right: &str| left == right;
        if !is_input(coordinate, now) {
            // A root whose type is gone is told by the type.
            let is_told = now.kind == ApiKind::Root && !self.has_type(was.base());
            let message = format!("`{coordinate}` was of type `{was}`, and clients cannot read `{is}` as that");
            let help = match now.kind {
                ApiKind::Root => format!("write `schema {{ {coordinate}: {was} }}`, or keep the name of the type"),
                _ => format!("write `{was}`, or add a field of another name beside it"),
            };
            return (!is_told && !reads_as(is, was, &same)).then(|| found(Code::ApiOutput, message, help));
        }
        let lost_default = before.default.is_some() && now.default.is_none() && is.is_non_null();
        if reads_as(was, is, &same) {
            let message = format!("clients may leave out `{coordinate}`, which is required now: it has no default");
            let help = format!("keep the default, or write `{}`", is.nullable());
            return lost_default.then(|| found(Code::ApiRequired, message, help));
        }
        if nullable(was) == nullable(is) {
            let what = if now.default.is_some() { "null" } else { "leave out or null" };
            let message = format!("clients may {what} what `{coordinate}` requires now: `{is}`, before `{was}`");
            return Some(found(Code::ApiRequired, message, format!("write `{was}`")));
        }
        let message = format!("clients give `{coordinate}` values of type `{was}`, not `{is}`");
        let help = format!("write `{was}`, or add another of type `{is}` beside it");
        Some(found(Code::ApiInput, message, help))
    }
}

/// An argument or input field that older clients do not give.
fn required_now(coordinate: &Coordinate, now: &Api, sites: &Sites<'_>) -> Option<Found> {
    let ty = now.ty.as_ref()?;
    let is_required = is_input(coordinate, now) && ty.is_non_null() && now.default.is_none();
    is_required.then(|| Found {
        code: Code::ApiRequired,
        name: coordinate.to_string(),
        site: sites.coordinate(coordinate),
        lock: None,
        message: format!("clients do not give `{coordinate}`, which is new and required"),
        help: format!("write `{}`, or give it a default", ty.nullable()),
        accepted: ACCEPTED,
    })
}

fn is_input(coordinate: &Coordinate, api: &Api) -> bool {
    api.kind == ApiKind::Input || matches!(coordinate, Coordinate::Argument { .. })
}

fn noun(coordinate: &Coordinate, api: &Api) -> &'static str {
    match coordinate {
        Coordinate::Root(_) => "the root",
        Coordinate::Type(_) => "the type",
        Coordinate::Member { .. } if api.kind == ApiKind::Enum => "the value",
        Coordinate::Member { .. } => "the field",
        Coordinate::Argument { .. } => "the argument",
        Coordinate::Interface { .. } => "that",
        Coordinate::Alternative { .. } => "the member",
    }
}
