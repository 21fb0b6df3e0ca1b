//! Changes that stored data does not survive.

use std::collections::BTreeSet;

use super::changes::Found;
use super::sites::Sites;
use super::types::{nullable, reads_as};
use super::{Break, Edge, Index, Kept, Lock, Stored};
use crate::code::Code;
use crate::sdl;

/// What accepting such a change means.
const ACCEPTED: &str = "where no such data is stored";

impl Lock {
    pub(super) fn stored_breaks(&self, old: &Self, sites: &Sites<'_>) -> Vec<Break> {
        let mut breaks = self.numbers(old, sites);
        breaks.extend(self.types_gone(old));
        breaks.extend(self.values_changed(old, sites));
        breaks.extend(self.enum_values_gone(old, sites));
        breaks.extend(self.edges_changed(old, sites));
        breaks.extend(self.indexes_changed(old, sites));
        breaks.into_iter().map(Found::report).collect()
    }

    /// Types that have another number, and numbers that have another type.
    fn numbers(&self, old: &Self, sites: &Sites<'_>) -> Vec<Found> {
        let free = old.nodes.keys().chain(self.nodes.keys()).max().map_or(1, |greatest| greatest.saturating_add(1));
        let found = |(number, node): (&u32, &Kept<String>)| {
            let (name, before) = (&node.is, old.nodes.get(number));
            let had = old.number_of(name).filter(|had| had != number);
            let site = sites.number(name).or_else(|| sites.ty(name));
            if let Some(had) = had {
                return Some(Found {
                    code: Code::NodeNumber,
                    name: name.clone(),
                    site,
                    lock: old.nodes[&had].at,
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
        self.nodes.iter().filter_map(found).collect()
    }

    fn types_gone(&self, old: &Self) -> Vec<Found> {
        let is_gone = |number: &u32, node: &Kept<String>| {
            !node.removed && !self.nodes.contains_key(number) && self.number_of(&node.is).is_none()
        };
        let gone = old.nodes.iter().filter(|(number, node)| is_gone(number, node));
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

    fn values_changed(&self, old: &Self, sites: &Sites<'_>) -> Vec<Found> {
        let mut found = Vec::new();
        for (number, node) in &self.nodes {
            let Some(before) = old.nodes.get(number) else { continue };
            for ((_, key), now) in self.values.iter().filter(|((entity, _), _)| *entity == node.is) {
                let was = old.values.get(&(before.is.clone(), key.clone()));
                found.extend(self.value_changed(old, &node.is, key, now, was, sites));
            }
            for ((entity, key), was) in old.values.iter().filter(|(_, was)| !was.removed) {
                if *entity == before.is && !self.values.contains_key(&(node.is.clone(), key.clone())) {
                    found.push(self.value_gone(old, &node.is, &before.is, key, was, sites));
                }
            }
        }
        found
    }

    fn value_changed(
        &self,
        old: &Self,
        entity: &str,
        key: &str,
        now: &Kept<Stored>,
        was: Option<&Kept<Stored>>,
        sites: &Sites<'_>,
    ) -> Option<Found> {
        let found = |code, message, help| Found {
            code,
            name: format!("{entity}.{key}"),
            site: sites.stored(entity, key),
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
        if !self.covers(&now.is, old, &was.is) {
            let kind = |stored: &Stored| match stored.targets.as_slice() {
                [] => format!("a `{}`", stored.ty),
                targets => format!("the id of a `{}`", targets.join("` or a `")),
            };
            let message = format!("`{entity}.{key}` is stored as {}, and is {} now", kind(&was.is), kind(&now.is));
            return Some(found(Code::StoredType, message, "store it under a name of its own".to_owned()));
        }
        // Nodes that were stored since it was removed are without it.
        let before = if was.removed { was.is.ty.nullable() } else { &was.is.ty };
        let named = |before: &str, now: &str| self.stored_alike(old, before, now, was.removed);
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

    /// Whether an id that is stored is of an entity that it may be the id of.
    fn covers(&self, now: &Stored, old: &Self, was: &Stored) -> bool {
        let numbers = |lock: &Self, stored: &Stored| -> BTreeSet<u32> {
            stored.targets.iter().filter_map(|name| lock.number_of(name)).collect()
        };
        now.targets.is_empty() == was.targets.is_empty() && numbers(old, was).is_subset(&numbers(self, now))
    }

    /// Whether a stored value of one named type can be read as one of another. One that comes back may hold values of
    /// an enum that were removed.
    fn stored_alike(&self, old: &Self, was: &str, is: &str, comes_back: bool) -> bool {
        let values = |lock: &Self, name: &str, all: bool| -> BTreeSet<String> {
            let of = lock.enums.iter().filter(|((ty, _), kept)| ty == name && (all || !kept.removed));
            of.map(|((_, value), _)| value.clone()).collect()
        };
        let (before, now) = (values(old, was, comes_back), values(self, is, false));
        let is_text = |name: &str| matches!(name, "String" | "ID");
        let is_ready = |name: &str| !self.own_scalars.contains(name);
        match (was, is) {
            // Values of an enum are stored by their names. One that lacks some of them is reported by those.
            _ if was == is => true,
            ("Int", "BigInt") => is_ready(is),
            ("Date", _) if is_text(is) => is_ready(was),
            _ if is_text(was) && is_text(is) => true,
            _ => !before.is_empty() && (is_text(is) || before.is_subset(&now)),
        }
    }

    fn value_gone(
        &self,
        old: &Self,
        entity: &str,
        before: &str,
        key: &str,
        was: &Kept<Stored>,
        sites: &Sites<'_>,
    ) -> Found {
        let is_new = |name: &String| !old.values.contains_key(&(before.to_owned(), name.clone()));
        let renamed = self
            .values
            .iter()
            .find(|((of, name), now)| of == entity && is_new(name) && nullable(&now.is.ty) == nullable(&was.is.ty));
        let help = match renamed {
            Some(((_, name), now)) if sdl::defines("column") => {
                format!("if it is `{name}` now, keep its stored name: `{name}: {} @column(name: \"{key}\")`", now.is.ty)
            }
            Some(((_, name), _)) => format!("if it is `{name}` now, keep the name `{key}`: it is stored under that"),
            None => format!("keep `{key}: {}`", was.is.ty),
        };
        Found {
            code: Code::StoredGone,
            name: format!("{entity}.{key}"),
            site: sites.ty(entity),
            lock: was.at,
            message: format!("nothing can read the stored value `{entity}.{key}` any more"),
            help,
            accepted: "where it is not needed any more (it stays where it is stored)",
        }
    }

    fn enum_values_gone(&self, old: &Self, sites: &Sites<'_>) -> Vec<Found> {
        let is_stored = |ty: &str| self.enums.keys().any(|(known, _)| known == ty);
        let gone = old.enums.iter().filter(|((ty, value), kept)| {
            let may_be_stored = !kept.removed || self.comes_back(old, ty);
            may_be_stored && is_stored(ty) && !self.enums.contains_key(&(ty.clone(), value.clone()))
        });
        gone.map(|((ty, value), kept)| Found {
            code: Code::StoredEnumValue,
            name: format!("{ty}.{value}"),
            site: sites.ty(ty),
            lock: kept.at,
            message: format!("`{value}` is stored, and `{ty}` lacks it"),
            help: format!("keep `{value}`, with `@deprecated(reason:)` where nobody is to take it any more"),
            accepted: ACCEPTED,
        })
        .collect()
    }

    /// Whether a removed value of an enum is stored again: what it held before is any value that the enum ever had.
    fn comes_back(&self, old: &Self, ty: &str) -> bool {
        let before = |entity: &str| old.nodes.get(&self.number_of(entity)?).map(|node| node.is.clone());
        self.values.iter().filter(|(_, now)| now.is.ty.base() == ty).any(|((entity, key), _)| {
            let was = before(entity).and_then(|before| old.values.get(&(before, key.clone())));
            was.is_some_and(|was| was.removed && was.is.ty.base() == ty)
        })
    }

    fn edges_changed(&self, old: &Self, sites: &Sites<'_>) -> Vec<Found> {
        let same = |now: &Edge, was: &Edge| {
            let ends = |lock: &Self, edge: &Edge| (lock.number_of(&edge.from), lock.number_of(&edge.to));
            ends(self, now) == ends(old, was) && now.key == was.key
        };
        let order = |edge: &Edge| edge.order_by.as_ref().map_or("creation".to_owned(), |name| format!("`{name}`"));
        let free = old.edges.keys().chain(self.edges.keys()).max().map_or(1, |greatest| greatest.saturating_add(1));
        let found = |(number, now): (&u32, &Kept<Edge>)| {
            let was = old.edges.get(number)?;
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
                site: sites.edge(&now.is.from, *number),
                lock: was.at,
                message,
                help: format!("take another: `edgeId: {free}`; the edge is filled in from what is stored"),
                accepted: "where no store has it yet",
            })
        };
        self.edges.iter().filter_map(found).collect()
    }

    fn indexes_changed(&self, old: &Self, sites: &Sites<'_>) -> Vec<Found> {
        let same = |now: &Index, was: &Index| {
            let is_alike = (now.is_unique, now.is_range) == (was.is_unique, was.is_range);
            self.number_of(&now.entity) == old.number_of(&was.entity) && now.key == was.key && is_alike
        };

        let free = old.indexes.keys().chain(self.indexes.keys()).max().map_or(1, |greatest| greatest.saturating_add(1));
        let found = |(number, now): (&u32, &Kept<Index>)| {
            let was = old.indexes.get(number).filter(|was| !same(&now.is, &was.is))?;
            let Index { entity, key, .. } = &was.is;
            let (word, kind) = (was.is.word(), if was.is.is_range { "(kind: RANGE)" } else { "" });
            Some(Found {
                code: Code::IndexReused,
                name: format!("{}.{}", now.is.entity, now.is.key),
                site: sites.stored(&now.is.entity, &now.is.key),
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
        self.indexes.iter().filter_map(found).collect()
    }
}
