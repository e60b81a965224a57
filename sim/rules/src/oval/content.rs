//! A document that was read, and what follows from it before a host is known.
//!
//! **Start reading** at [`Content`].

use super::{
    evaluation::Evaluation,
    model::{Compiled, Reference},
    options::MissingReferences,
    outcome::OvalOutcome,
    tables::OvalResult,
};
use crate::Subject;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What was read, and what follows from it.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) compiled: Compiled,
    pub(super) numbers: BTreeMap<Arc<str>, usize>,
    /// For each definition, the first reference below it that cannot be followed.
    pub(super) dangling: Vec<Option<Arc<str>>>,
    /// The definitions that another one extends.
    pub(super) extended: BTreeSet<usize>,
}

impl Content {
    pub(super) fn new(mut compiled: Compiled, order: &[Reference]) -> Self {
        let definitions = compiled.definitions.iter().enumerate();
        let numbers = definitions.map(|(number, found)| (Arc::clone(&found.id), number)).collect();
        let count = compiled.definitions.len();
        compiled.learn(order);
        let dangling = compiled.dangling(order);
        let extended = (0..count)
            .flat_map(|from| {
                let references = compiled.references(Reference::Definition(from));
                references.into_iter().filter_map(move |reference| match reference {
                    Ok(Reference::Definition(to)) if to != from => Some(to),
                    _ => None,
                })
            })
            .collect();
        Self { compiled, numbers, dangling, extended }
    }

    pub(super) fn evaluate(
        &self,
        number: usize,
        subject: &Subject<'_>,
        missing: MissingReferences,
    ) -> OvalOutcome {
        match self.dangling(number, missing) {
            Some(reason) => OvalOutcome::new(OvalResult::Error, Some(Arc::clone(reason))),
            None => Evaluation::new(&self.compiled, subject).definition(number),
        }
    }

    /// The reference for which a definition is an error on every host.
    pub(super) fn dangling(&self, number: usize, missing: MissingReferences) -> Option<&Arc<str>> {
        let reason = self.dangling.get(number)?.as_ref();
        reason.filter(|_| missing == MissingReferences::Definition)
    }
}

impl Compiled {
    /// Everything that an element needs, itself included.
    pub(super) fn closure(&self, from: Reference) -> BTreeSet<Reference> {
        let mut seen = BTreeSet::from([from]);
        let mut waiting = vec![from];
        while let Some(next) = waiting.pop() {
            for reference in self.references(next).into_iter().flatten() {
                if seen.insert(reference) {
                    waiting.push(reference);
                }
            }
        }
        seen
    }

    /// For each definition, the first reference below it that cannot be followed.
    fn dangling(&self, order: &[Reference]) -> Vec<Option<Arc<str>>> {
        let mut found: BTreeMap<Reference, Arc<str>> = BTreeMap::new();
        // What is referred to comes before what refers, so that each is looked at once.
        for from in order {
            let reasons =
                self.references(*from).into_iter().filter_map(|reference| match reference {
                    Ok(reference) => found.get(&reference).cloned(),
                    Err(fault) => fault.is_reference.then(|| Arc::clone(&fault.reason)),
                });
            // The first by its text: it does not depend on the way of a walk.
            if let Some(reason) = reasons.min() {
                found.insert(*from, reason);
            }
        }
        (0..self.definitions.len())
            .map(|number| found.get(&Reference::Definition(number)).cloned())
            .collect()
    }
}
