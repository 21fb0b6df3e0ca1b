//! Changes that stored data does not survive.

use std::collections::{BTreeMap, BTreeSet};

use super::changes::Found;
use super::sites::Sites;
use super::types::{nullable, reads_as};
use super::{Break, Edge, Index, Kept, Lock, Stored};
use crate::code::Code;
use crate::scalar;
use crate::shape::Kind;

/// What accepting such a change means.
const ACCEPTED: &str = "where no such data is stored";

/// Two locks, and where the schema of the newer one says what.
pub(super) struct Compared<'l> {
    now: Side<'l>,
    old: Side<'l>,
    sites: &'l Sites<'l>,
}

/// A lock, and the numbers of its types by their names.
struct Side<'l> {
    lock: &'l Lock,
    numbers: BTreeMap<&'l str, u32>,
}

impl<'l> Side<'l> {
    fn of(lock: &'l Lock) -> Self {
        let removed = lock.nodes.iter().rev().filter(|(_, node)| node.removed);
        let live = lock.nodes.iter().rev().filter(|(_, node)| !node.removed);
        // The last one stays: a type that is there goes before one that was removed.
        Self { lock, numbers: removed.chain(live).map(|(number, node)| (node.is.as_str(), *number)).collect() }
    }

    /// The number of a type, removed ones included.
    fn number_of(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// What the nodes of a type hold, by its stored name.
    fn values_of(&self, entity: &str) -> impl Iterator<Item = (&'l str, &'l Kept<Stored>)> {
        let first = (entity.to_owned(), String::new());
        let of_it = self.lock.values.range(first.clone()..).take_while(move |((of, _), _)| *of == first.0);
        of_it.map(|((_, key), value)| (key.as_str(), value))
    }

    fn value(&self, entity: &str, key: &str) -> Option<&'l Kept<Stored>> {
        self.lock.values.get(&(entity.to_owned(), key.to_owned()))
    }

    /// The values of an enum that nodes hold or, where `all` says so, ever held.
    fn enum_values(&self, ty: &str, all: bool) -> BTreeSet<&'l str> {
        let first = (ty.to_owned(), String::new());
        let of_it = self.lock.enums.range(first.clone()..).take_while(|((of, _), _)| *of == first.0);
        of_it.filter(|(_, kept)| all || !kept.removed).map(|((_, value), _)| value.as_str()).collect()
    }
}

impl<'l> Compared<'l> {
    pub(super) fn of(now: &'l Lock, old: &'l Lock, sites: &'l Sites<'l>) -> Self {
        Self { now: Side::of(now), old: Side::of(old), sites }
    }

    /// What the change would break of what is stored.
    pub(super) fn breaks(&self) -> Vec<Break> {
        let mut breaks = self.numbers();
        breaks.extend(self.types_gone());
        breaks.extend(self.values_changed());
        breaks.extend(self.enum_values_gone());
        breaks.extend(self.edges_changed());
        breaks.extend(self.indexes_changed());
        breaks.into_iter().map(Found::report).collect()
    }

    /// Types that have another number, and numbers that have another type.
    fn numbers(&self) -> Vec<Found> {
        let free = self
            .old
            .lock
            .nodes
            .keys()
            .chain(self.now.lock.nodes.keys())
            .max()
            .map_or(1, |greatest| greatest.saturating_add(1));
        let found = |(number, node): (&u32, &Kept<String>)| {
            let (name, before) = (&node.is, self.old.lock.nodes.get(number));
            let had = self.old.number_of(name).filter(|had| had != number);
            let site = self.sites.number(name).or_else(|| self.sites.ty(name));
            if let Some(had) = had {
                return Some(Found {
                    code: Code::NodeNumber,
                    name: name.clone(),
                    site,
                    lock: self.old.lock.nodes[&had].at,
                    message: format!("`{name}` has the type number {number}, and is stored under {had}"),
                    help: format!("write `@pent(typeId: {had})`"),
                    accepted: ACCEPTED,
                });
            }
            let before = before.filter(|before| before.is != *name)?;
            Some(Found {
                code: Code::NumberReused,
                name: name.clone(),
                site,
                lock: before.at,
                message: format!("the type number {number} of `{name}` is that of `{}`", before.is),
                help: format!("take another: `@pent(typeId: {free})`"),
                accepted: "where it is the same type by a new name",
            })
        };
        self.now.lock.nodes.iter().filter_map(found).collect()
    }

    fn types_gone(&self) -> Vec<Found> {
        let is_gone = |number: &u32, node: &Kept<String>| {
            !node.removed && !self.now.lock.nodes.contains_key(number) && self.now.number_of(&node.is).is_none()
        };
        let gone = self.old.lock.nodes.iter().filter(|(number, node)| is_gone(number, node));
        gone.map(|(number, node)| Found {
            code: Code::StoredGone,
            name: node.is.clone(),
            site: None,
            lock: node.at,
            message: format!("nothing can read stored nodes of `{}` any more, type number {number}", node.is),
            help: format!("keep the type; if it has a new name, give that one `@pent(typeId: {number})`"),
            accepted: "where they are not needed any more (they stay where they are)",
        })
        .collect()
    }

    fn values_changed(&self) -> Vec<Found> {
        let mut found = Vec::new();
        for (number, node) in &self.now.lock.nodes {
            let Some(before) = self.old.lock.nodes.get(number) else { continue };
            for (key, now) in self.now.values_of(&node.is) {
                found.extend(self.value_changed(&node.is, key, now, self.old.value(&before.is, key)));
            }
            for (key, was) in self.old.values_of(&before.is).filter(|(_, was)| !was.removed) {
                if self.now.value(&node.is, key).is_none() {
                    found.push(self.value_gone(&node.is, &before.is, key, was));
                }
            }
        }
        found
    }

    fn value_changed(&self, entity: &str, key: &str, now: &Kept<Stored>, was: Option<&Kept<Stored>>) -> Option<Found> {
        let found = |code, message, help| Found {
            code,
            name: format!("{entity}.{key}"),
            site: self.sites.stored(entity, key),
            lock: was.and_then(|was| was.at),
            message,
            help,
            accepted: ACCEPTED,
        };
        let is = &now.is.ty;
        let Some(was) = was else {
            let message = format!("nodes of `{entity}` that are stored have no `{key}`, which is never null");
            let help = format!("write `{}`, and give every node a value before it is required", is.nullable());
            return is.is_non_null().then(|| found(Code::StoredRequired, message, help));
        };
        if !self.covers(&now.is, &was.is) {
            let kind = |stored: &Stored| match stored.targets.as_slice() {
                [] => format!("a `{}`", stored.ty),
                targets => format!("the id of a `{}`", targets.join("` or a `")),
            };
            let message = format!("`{entity}.{key}` is stored as {}, and is {} now", kind(&was.is), kind(&now.is));
            return Some(found(Code::StoredType, message, "store it under a name of its own".to_owned()));
        }
        if let Some(message) = self.meaning_changed(entity, key, was.is.ty.base(), is.base()) {
            let help = "give the scalar another name, and its values a stored name of their own";
            return Some(found(Code::StoredType, message, help.to_owned()));
        }
        // Nodes that were stored since it was removed are without it.
        let before = if was.removed { was.is.ty.nullable() } else { &was.is.ty };
        let named = |before: &str, now: &str| self.stored_alike(before, now, was.removed);
        if reads_as(before, is, &named) {
            return None;
        }
        if reads_as(&nullable(before), &nullable(is), &named) {
            let message = match was.removed {
                true => format!("`{entity}.{key}` was removed and is absent where nodes were stored since: `{is}` now"),
                false => format!("`{entity}.{key}` may be absent where it is stored: `{before}`, and `{is}` now"),
            };
            let help = format!("write `{before}`, until `kvetch check-data` finds none without a value");
            return Some(found(Code::StoredRequired, message, help));
        }
        let message = format!("`{entity}.{key}` is stored as `{before}`, which cannot be read as `{is}`");
        let help = format!("keep `{before}`, and store `{is}` under a name of its own");
        Some(found(Code::StoredType, message, help))
    }

    /// A scalar that comes along and one of the user's may have one name, and are not stored alike.
    fn meaning_changed(&self, entity: &str, key: &str, was: &str, is: &str) -> Option<String> {
        let is_own = |side: &Side<'_>| side.lock.own_scalars.contains_key(is);
        if was != is || scalar::named(is).is_none() || is_own(&self.old) == is_own(&self.now) {
            return None;
        }
        let (before, now) = match is_own(&self.now) {
            true => ("as what comes along", "a type of yours"),
            false => ("as a type of yours says", "what comes along"),
        };
        Some(format!("`{entity}.{key}` is stored {before} for `{is}`, and {now} reads it now"))
    }

    /// Whether an id that is stored is of an entity that it may be the id of.
    fn covers(&self, now: &Stored, was: &Stored) -> bool {
        let numbers = |side: &Side<'_>, stored: &Stored| -> BTreeSet<u32> {
            stored.targets.iter().filter_map(|name| side.number_of(name)).collect()
        };
        now.targets.is_empty() == was.targets.is_empty() && numbers(&self.old, was).is_subset(&numbers(&self.now, now))
    }

    /// Whether a stored value of one named type can be read as one of another. One that comes back may hold values of
    /// an enum that were removed.
    fn stored_alike(&self, was: &str, is: &str, comes_back: bool) -> bool {
        let (before, now) = (self.old.enum_values(was, comes_back), self.now.enum_values(is, false));
        // A scalar of the user's may have the name of one that comes along.
        let scalar = |name: &str| scalar::named(name).filter(|_| !self.now.lock.own_scalars.contains_key(name));
        let (scalar_before, scalar_now) = (scalar(was), scalar(is));
        let is_text = scalar_now.is_some_and(|now| now.stored == Kind::Text);
        match (scalar_before, scalar_now) {
            _ if was == is => true,
            (Some(before), Some(now)) => before.reads_as.contains(&now.name),
            // Values of an enum are stored by their names. One that lacks some of them is reported by those.
            _ => !before.is_empty() && (is_text || before.is_subset(&now)),
        }
    }

    fn value_gone(&self, entity: &str, before: &str, key: &str, was: &Kept<Stored>) -> Found {
        let is_new = |name: &str| self.old.value(before, name).is_none();
        let is_alike = |now: &Kept<Stored>| nullable(&now.is.ty) == nullable(&was.is.ty);
        let renamed = self.now.values_of(entity).find(|(name, now)| is_new(name) && is_alike(now));
        let help = match renamed {
            Some((name, now)) => {
                format!("if it is `{name}` now, keep its stored name: `{name}: {} @column(name: \"{key}\")`", now.is.ty)
            }
            None => format!("keep `{key}: {}`", was.is.ty),
        };
        Found {
            code: Code::StoredGone,
            name: format!("{entity}.{key}"),
            site: self.sites.ty(entity),
            lock: was.at,
            message: format!("nothing can read the stored value `{entity}.{key}` any more"),
            help,
            accepted: "where it is not needed any more (it stays where it is stored)",
        }
    }

    fn enum_values_gone(&self) -> Vec<Found> {
        let back = self.come_back();
        let gone = self.old.lock.enums.iter().filter(|((ty, value), kept)| {
            let may_be_stored = !kept.removed || back.contains(ty.as_str());
            let now = || self.now.enum_values(ty, true);
            may_be_stored && !self.now.lock.enums.contains_key(&(ty.clone(), value.clone())) && !now().is_empty()
        });
        gone.map(|((ty, value), kept)| Found {
            code: Code::StoredEnumValue,
            name: format!("{ty}.{value}"),
            site: self.sites.ty(ty),
            lock: kept.at,
            message: format!("`{value}` is stored, and `{ty}` lacks it"),
            help: format!("keep `{value}`, with `@deprecated(reason:)` where nobody is to take it any more"),
            accepted: ACCEPTED,
        })
        .collect()
    }

    /// The enums of which a removed value is stored again: what it held before is any value that the enum ever had.
    fn come_back(&self) -> BTreeSet<&'l str> {
        let before = |entity: &str| Some(self.old.lock.nodes.get(&self.now.number_of(entity)?)?.is.as_str());
        let values = self.now.lock.values.iter().filter_map(|((entity, key), now)| {
            let was = self.old.value(before(entity)?, key)?;
            let ty = now.is.ty.base();
            (was.removed && was.is.ty.base() == ty).then_some(ty)
        });
        values.collect()
    }

    fn edges_changed(&self) -> Vec<Found> {
        let same = |now: &Edge, was: &Edge| {
            let ends = |side: &Side<'_>, edge: &Edge| (side.number_of(&edge.from), side.number_of(&edge.to));
            ends(&self.now, now) == ends(&self.old, was) && now.key == was.key
        };
        let order = |edge: &Edge| edge.order_by.as_ref().map_or("creation".to_owned(), |name| format!("`{name}`"));
        let free = self
            .old
            .lock
            .edges
            .keys()
            .chain(self.now.lock.edges.keys())
            .max()
            .map_or(1, |greatest| greatest.saturating_add(1));
        let found = |(number, now): (&u32, &Kept<Edge>)| {
            let was = self.old.lock.edges.get(number)?;
            let is_same = same(&now.is, &was.is);
            if is_same && now.is.order_by == was.is.order_by {
                return None;
            }
            let Edge { from, to, key, .. } = &was.is;
            let message = match is_same {
                true => format!("the edge number {number} is in order of {}, not {}", order(&was.is), order(&now.is)),
                false => format!("the edge number {number} is that of `{from}` to `{to}` by `{key}`"),
            };
            Some(Found {
                code: Code::EdgeReused,
                name: number.to_string(),
                site: self.sites.edge(&now.is.from, *number),
                lock: was.at,
                message,
                help: format!("take another: `edgeId: {free}`; the edge is filled in from what is stored"),
                accepted: "where no store has it yet",
            })
        };
        self.now.lock.edges.iter().filter_map(found).collect()
    }

    fn indexes_changed(&self) -> Vec<Found> {
        let same = |now: &Index, was: &Index| {
            let is_alike = (now.is_unique, now.is_range) == (was.is_unique, was.is_range);
            self.now.number_of(&now.entity) == self.old.number_of(&was.entity) && now.key == was.key && is_alike
        };

        let free = self
            .old
            .lock
            .indexes
            .keys()
            .chain(self.now.lock.indexes.keys())
            .max()
            .map_or(1, |greatest| greatest.saturating_add(1));
        let found = |(number, now): (&u32, &Kept<Index>)| {
            let was = self.old.lock.indexes.get(number).filter(|was| !same(&now.is, &was.is))?;
            let Index { entity, key, .. } = &was.is;
            let (word, kind) = (was.is.word(), if was.is.is_range { "(kind: RANGE)" } else { "" });
            Some(Found {
                code: Code::IndexReused,
                name: format!("{}.{}", now.is.entity, now.is.key),
                site: self.sites.stored(&now.is.entity, &now.is.key),
                lock: was.at,
                message: format!("the index number {number} is that of `{entity}.{key}` by `@{word}{kind}`"),
                help: format!(
                    "take another: `@{}(id: {free}{})`; it is filled in from what is stored",
                    now.is.word(),
                    if now.is.is_range { ", kind: RANGE" } else { "" }
                ),
                accepted: "where no store has it yet",
            })
        };
        self.now.lock.indexes.iter().filter_map(found).collect()
    }
}
