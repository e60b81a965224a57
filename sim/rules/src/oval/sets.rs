//! Sets: items of other objects as one set, and filters on them.
//!
//! **Owns** `set` and `filter`, as they stand in `oval-definitions-schema.xsd` 5.11: what a set is
//! where one of its parts cannot be known, is not applicable or has nothing is in the charts of
//! `SetOperatorEnumeration`. **Must never know** how items are collected.
//!
//! Where it cannot be known whether an item is in a set, the set has an item that cannot be known
//! in its place: an operator never makes a certain answer from an uncertain one.
//!
//! **Start reading** at [`Evaluation::item_set`].

use super::{
    codes,
    definitions::{NESTING_MAX, like},
    evaluation::Evaluation,
    item::{Fallible, Found, Item},
    model::{Filter, ItemSet, SetMember, SetOperator, Usable},
    tables::{ItemStatus, OvalResult},
    xml::{Element, Kind, Reader},
};
use std::{collections::BTreeSet, rc::Rc, sync::Arc};

const OPERATORS: [(&str, SetOperator); 3] = [
    ("UNION", SetOperator::Union),
    ("INTERSECTION", SetOperator::Intersection),
    ("COMPLEMENT", SetOperator::Complement),
];

/// Compiles a set; `owner` is the object that it stands in.
pub(super) fn set<'a>(
    reader: &mut Reader<'a>,
    owner: Element<'a>,
    element: Element<'a>,
    depth: usize,
) -> Usable<ItemSet> {
    if depth > NESTING_MAX {
        let message = format!("sets are nested deeper than {NESTING_MAX}");
        return Err(reader.error(codes::TOO_DEEP, element, message));
    }
    let operator = reader.word(element, "set_operator", &OPERATORS);
    let (mut members, mut filters) = (Vec::new(), Vec::new());
    for child in element.children() {
        match child.name() {
            "set" => members.push(SetMember::Set(set(reader, owner, child, depth + 1)?)),
            "object_reference" => {
                let number = reader.refer_by_text(Kind::Object, child)?;
                let number = like(reader, Kind::Object, child, number, (stem(owner), "object"))?;
                members.push(SetMember::Object(number));
            }
            "filter" => filters.push(filter(reader, owner, child)?),
            name => {
                let message = format!("`{name}` is no part of a set");
                return Err(reader.error(codes::UNKNOWN_ELEMENT, child, message));
            }
        }
    }
    if members.is_empty() || members.len() > 2 {
        let message = "a set has one or two of `object_reference` or `set`";
        return Err(reader.error(codes::BAD_SET, element, message));
    }
    Ok(ItemSet { operator, members, filters })
}

/// Compiles a filter; `owner` is the object that it stands in.
pub(super) fn filter<'a>(
    reader: &mut Reader<'a>,
    owner: Element<'a>,
    element: Element<'a>,
) -> Usable<Filter> {
    let is_including = reader.word(element, "action", &[("exclude", false), ("include", true)]);
    let number = reader.refer_by_text(Kind::State, element)?;
    let state = like(reader, Kind::State, element, number, (stem(owner), "object"))?;
    Ok(Filter { state, is_excluding: !is_including })
}

fn stem(owner: Element<'_>) -> &str {
    owner.name().trim_end_matches("_object")
}

impl Evaluation<'_> {
    /// The items of a set.
    pub(super) fn item_set(&mut self, set: &ItemSet) -> Fallible<Found> {
        let mut members = Vec::new();
        for member in &set.members {
            let found = self.deeper(|inside| match member {
                SetMember::Set(set) => inside.item_set(set),
                SetMember::Object(number) => {
                    let collected = inside.collect(*number);
                    let found = collected.as_ref().as_ref().map_err(Arc::clone)?;
                    inside.filtered(found.clone(), &set.filters)
                }
            });
            members.push(found.unwrap_or_else(|| Err("sets lead too deep".into())));
        }
        let mut members = members.into_iter();
        let combined = match (members.next(), members.next()) {
            (Some(first), Some(second)) => combined(set.operator, first, second),
            (Some(only), None) => only,
            (None, _) => Err("a set without a part".into()),
        }?;
        self.budget.take_items(combined.items().len())?;
        Ok(combined)
    }

    /// The items that filters leave. Where it cannot be told, there is an item that cannot be
    /// known.
    pub(super) fn filtered(&mut self, found: Found, filters: &[Filter]) -> Fallible<Found> {
        let Found::Items(mut items) = found else { return Ok(found) };
        let compiled = self.compiled;
        for filter in filters {
            let state = match compiled.states.get(filter.state) {
                Some(Ok(state)) => state,
                Some(Err(fault)) => return Err(Arc::clone(&fault.reason)),
                None => return Err(format!("there is no state number {}", filter.state).into()),
            };
            let mut kept = Vec::new();
            for item in items {
                if item.status() != ItemStatus::Exists {
                    kept.push(item);
                    continue;
                }
                let outcome = self.state(&item, state);
                match outcome.result {
                    OvalResult::True if filter.is_excluding => {}
                    OvalResult::False if !filter.is_excluding => {}
                    OvalResult::True | OvalResult::False => kept.push(item),
                    OvalResult::Error
                    | OvalResult::Unknown
                    | OvalResult::NotEvaluated
                    | OvalResult::NotApplicable => {
                        let reason = outcome.reason.unwrap_or_else(|| "a filter".into());
                        kept.push(Rc::new(Item::Unreadable(reason)));
                    }
                }
            }
            items = kept;
        }
        Ok(Found::Items(items))
    }
}

fn combined(
    operator: SetOperator,
    first: Fallible<Found>,
    second: Fallible<Found>,
) -> Fallible<Found> {
    let is_nothing = |found: &Fallible<Found>| found.as_ref().is_ok_and(Found::is_nothing);
    match operator {
        // Nothing is in both, or in one without the other, whatever the other is.
        SetOperator::Intersection if is_nothing(&first) || is_nothing(&second) => {
            return Ok(Found::Items(Vec::new()));
        }
        SetOperator::Complement if matches!(second, Ok(Found::NotApplicable(_))) => {}
        SetOperator::Complement if is_nothing(&first) => return Ok(Found::Items(Vec::new())),
        SetOperator::Union | SetOperator::Intersection | SetOperator::Complement => {}
    }
    match (operator, first?, second?) {
        (SetOperator::Complement, Found::NotApplicable(reason), _)
        | (SetOperator::Complement, _, Found::NotApplicable(reason)) => Err(reason),
        (_, Found::NotApplicable(_), other) | (_, other, Found::NotApplicable(_)) => Ok(other),
        (SetOperator::Union, Found::Items(first), Found::Items(second)) => {
            let mut seen = BTreeSet::new();
            let all = first.into_iter().chain(second);
            Ok(Found::Items(all.filter(|item| seen.insert(item.identity())).collect()))
        }
        (SetOperator::Intersection, Found::Items(first), Found::Items(second)) => {
            let there: BTreeSet<_> = second.iter().map(|item| item.identity()).collect();
            let is_in_both = |item: &Rc<Item>| {
                item.status() == ItemStatus::Exists && there.contains(&item.identity())
            };
            // What cannot be known of one may be in the other as well.
            let unreadable = |item: &&Rc<Item>| item.unreadable().is_some();
            let all =
                first.iter().filter(|item| is_in_both(item)).chain(first.iter().filter(unreadable));
            let all = all.chain(second.iter().filter(unreadable)).cloned();
            let mut seen = BTreeSet::new();
            Ok(Found::Items(all.filter(|item| seen.insert(item.identity())).collect()))
        }
        (SetOperator::Complement, Found::Items(first), Found::Items(second)) => {
            let there: BTreeSet<_> = second.iter().map(|item| item.identity()).collect();
            let unreadable = second.iter().find(|item| item.unreadable().is_some());
            let rest = first.into_iter().filter(|item| {
                item.status() != ItemStatus::DoesNotExist
                    && (item.unreadable().is_some() || !there.contains(&item.identity()))
            });
            // An item that is not among what is known of the second may be among the rest of it.
            let rest = rest.map(|item| unreadable.map_or(item, Rc::clone));
            Ok(Found::Items(rest.collect()))
        }
    }
}
