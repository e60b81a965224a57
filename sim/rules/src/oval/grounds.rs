//! Which criteria a result rests on, and which items were collected for them.
//!
//! **Owns** the way from a definition that is not true to the criteria that keep it from being so.
//!
//! **Start reading** at [`Evaluation::differing`].

use super::{
    evaluation::Evaluation,
    item::{Found, Item},
    model::{Criteria, CriteriaKind, Test, TestKind},
    tables::{Operator, OvalResult},
};
use crate::Reading;
use std::collections::BTreeSet;

/// A criterion or extended definition: its place among those of its definition, and the result
/// that it would have to have.
pub(super) type Leaf<'c> = (usize, OvalResult, &'c Criteria);

impl<'a> Evaluation<'a> {
    /// The leaves that keep criteria from a result; `first` is the place of the first one.
    pub(super) fn differing(
        &mut self,
        criteria: &'a Criteria,
        wanted: OvalResult,
        first: usize,
        found: &mut Vec<Leaf<'a>>,
    ) {
        let CriteriaKind::Group { parts, .. } = &criteria.kind else {
            found.push((first, wanted, criteria));
            return;
        };
        let each = wanted.negated(criteria.negate);
        let mut place = first;
        for part in parts {
            // Where one would do, none has it.
            if self.criteria(part).result != each {
                self.differing(part, each, place, found);
            }
            place += part.leaves().len();
        }
    }

    /// Leaves that are enough for the result that criteria have.
    pub(super) fn enough(&mut self, criteria: &'a Criteria, found: &mut Vec<&'a Criteria>) {
        let CriteriaKind::Group { operator, parts } = &criteria.kind else {
            found.push(criteria);
            return;
        };
        let result = self.criteria(criteria).result.negated(criteria.negate);
        let needs_all = needs_all(*operator, result);
        for part in parts {
            let is_so = self.criteria(part).result == result;
            if is_so || needs_all.is_none() {
                self.enough(part, found);
            }
            if needs_all == Some(false) && is_so {
                return;
            }
        }
    }

    /// What was collected for a leaf.
    pub(super) fn readings(&mut self, leaf: &'a Criteria) -> Vec<Reading> {
        self.readings_below(leaf, &mut BTreeSet::new())
    }

    /// The same without what stands in extended definitions that were looked into before.
    fn readings_below(&mut self, leaf: &'a Criteria, seen: &mut BTreeSet<usize>) -> Vec<Reading> {
        let unknown = |reason: &str| {
            vec![Reading { field: leaf.text.clone(), value: Err(reason.to_owned()) }]
        };
        let compiled = self.compiled;
        match &leaf.kind {
            CriteriaKind::Test(Err(fault)) | CriteriaKind::Extend(Err(fault)) => {
                unknown(&fault.reason)
            }
            CriteriaKind::Test(Ok(number)) => match compiled.tests.get(*number) {
                Some(Ok(test)) => self.items_read(test),
                Some(Err(fault)) => unknown(&fault.reason),
                None => Vec::new(),
            },
            CriteriaKind::Extend(Ok(number)) => {
                if !seen.insert(*number) {
                    return Vec::new();
                }
                let definition = compiled.definitions.get(*number);
                let criteria = definition.and_then(|definition| definition.criteria.as_ref());
                let leaves = criteria.map(Criteria::leaves).unwrap_or_default();
                let read = self.deeper(|inside| {
                    let read = |leaf| inside.readings_below(leaf, seen);
                    leaves.into_iter().flat_map(read).collect()
                });
                read.unwrap_or_default()
            }
            // A group is no leaf.
            CriteriaKind::Group { .. } => Vec::new(),
        }
    }

    fn items_read(&mut self, test: &Test) -> Vec<Reading> {
        let TestKind::Items(items) = &test.kind else { return Vec::new() };
        let field = format!("what {} asks for", test.id);
        match self.collect(items.object).as_ref() {
            Err(reason) => vec![Reading { field, value: Err(reason.to_string()) }],
            Ok(Found::NotApplicable(reason)) => {
                vec![Reading { field, value: Err(reason.to_string()) }]
            }
            Ok(Found::Items(items)) if items.is_empty() => {
                vec![Reading { field, value: Ok("not there".to_owned()) }]
            }
            Ok(Found::Items(items)) => items.iter().map(|item| reading(item, &field)).collect(),
        }
    }
}

/// Whether a group has a result only if all of its parts have it, or as soon as one has; `None`
/// where it is neither.
const fn needs_all(operator: Operator, result: OvalResult) -> Option<bool> {
    match (operator, result) {
        (Operator::And, OvalResult::True) | (Operator::Or, OvalResult::False) => Some(true),
        (Operator::And, OvalResult::False) | (Operator::Or, OvalResult::True) => Some(false),
        _ => None,
    }
}

fn reading(item: &Item, asked: &str) -> Reading {
    let (field, value) = match item {
        Item::Absent => (asked.to_owned(), Ok("not there".to_owned())),
        Item::Unreadable(reason) => (asked.to_owned(), Err(reason.to_string())),
        Item::Family => ("the family".to_owned(), Ok("windows".to_owned())),
        Item::File { folder, name, version, .. } => {
            let value = match version {
                Ok(Some(version)) => Ok(version.to_string()),
                Ok(None) => Err("it has none".to_owned()),
                Err(reason) => Err(reason.to_string()),
            };
            (format!(r"the version of {folder}\{name}"), value)
        }
        Item::RegistryKey { hive, key } => (format!(r"HKLM\{hive}\{key}"), Ok("there".to_owned())),
        Item::RegistryValue { path, value, .. } => {
            let value = match value {
                Ok(value) => Ok(value.to_string()),
                Err(reason) => Err(reason.to_string()),
            };
            (path.to_string(), value)
        }
    };
    Reading { field, value }
}
