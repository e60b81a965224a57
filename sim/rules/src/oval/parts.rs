//! A definition in parts: the largest criteria that read what one group has.
//!
//! **Owns** combining results as they become known. **Must never know** what groups are.
//!
//! **Start reading** at [`OvalParts::new`], then [`OvalRemainder::settled`].

use super::{
    content::Content,
    evaluation::{DEPTH_MAX, Evaluation},
    model::{Criteria, CriteriaKind, OvalClass, Reference},
    options::{OvalOptions, status},
    tables::{Counts, Operator, OvalResult},
};
use crate::{
    PartValue, Reads, Subject,
    part::{ClauseLeft, Groups},
};
use patchstate_terms::Status;
use std::{collections::BTreeSet, sync::Arc};

/// The parts of a definition.
#[derive(Clone, Debug)]
pub(crate) struct OvalParts {
    pub(crate) groups: Vec<usize>,
    pub(crate) whole: OvalRemainder,
    /// Each clause; the first is the definition itself.
    pub(crate) clauses: Vec<ClauseLeft<OvalRemainder>>,
    content: Arc<Content>,
    /// Each part with its depth in the definition.
    criteria: Vec<(Criteria, usize)>,
    class: OvalClass,
    positive: Status,
}

/// What is left of a definition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OvalRemainder {
    Known(OvalResult),
    Part(usize),
    Group { negate: bool, operator: Operator, known: Counts, parts: Vec<OvalRemainder> },
}

impl OvalParts {
    pub(super) fn new(
        content: &Arc<Content>,
        number: usize,
        options: &OvalOptions,
        groups: Groups<'_>,
    ) -> Result<Self, String> {
        let definition = content.compiled.definitions.get(number);
        let mut split = Split { content, groups_of: groups, groups: vec![], criteria: vec![] };
        let whole = match content.dangling(number, options.missing_references) {
            Some(_) => OvalRemainder::Known(OvalResult::Error),
            None => split.definition(number, 0)?,
        };
        let whole = whole.settled(&|_| None);
        let mut clauses = vec![ClauseLeft::Across(whole.clone())];
        let inside = definition.and_then(|definition| definition.criteria.as_ref());
        for leaf in inside.into_iter().flat_map(Criteria::leaves) {
            clauses.push(match split.groups_of(leaf)?.map(|groups| groups.first().copied()) {
                None => ClauseLeft::Nothing,
                Some(Some(group)) => ClauseLeft::OneGroup(group),
                Some(None) => ClauseLeft::Across(split.split(leaf, 0)?.settled(&|_| None)),
            });
        }
        let Split { groups, criteria, .. } = split;
        Ok(Self {
            groups,
            whole,
            clauses,
            content: Arc::clone(content),
            criteria,
            class: definition.map_or(OvalClass::Miscellaneous, |found| found.class),
            positive: options.positive,
        })
    }

    /// What the parts at these places amount to on a host.
    pub(crate) fn values(
        &self,
        places: impl Iterator<Item = usize>,
        subject: &Subject<'_>,
    ) -> Vec<(usize, PartValue)> {
        let mut evaluation = Evaluation::new(&self.content.compiled, subject);
        let mut value = |place| {
            let (part, depth) = self.criteria.get(place)?;
            Some((place, PartValue::Result(evaluation.part(part, *depth))))
        };
        places.filter_map(&mut value).collect()
    }

    /// A clause as a rule that says *broken* where it is true and *consistent* where it is false.
    pub(crate) fn of_clause(&self, clause: OvalRemainder) -> Self {
        let (class, positive) = (OvalClass::Miscellaneous, Status::Broken);
        Self { whole: clause, class, positive, ..self.clone() }
    }

    pub(crate) const fn status(&self, result: OvalResult) -> Status {
        status(result, self.class, self.positive)
    }
}

struct Split<'a> {
    content: &'a Content,
    groups_of: Groups<'a>,
    groups: Vec<usize>,
    criteria: Vec<(Criteria, usize)>,
}

impl Split<'_> {
    fn definition(&mut self, number: usize, depth: usize) -> Result<OvalRemainder, String> {
        let content = self.content;
        let definition = content.compiled.definitions.get(number);
        match definition.map(|definition| &definition.criteria) {
            Some(Some(criteria)) => self.split(criteria, depth),
            Some(None) => Ok(OvalRemainder::Known(OvalResult::NotEvaluated)),
            None => Ok(OvalRemainder::Known(OvalResult::Error)),
        }
    }

    fn split(&mut self, criteria: &Criteria, depth: usize) -> Result<OvalRemainder, String> {
        if depth >= DEPTH_MAX {
            return Ok(OvalRemainder::Known(OvalResult::Error));
        }
        if let Some(groups) = self.groups_of(criteria)? {
            let Some(group) = groups.first() else { return self.inside(criteria, depth) };
            self.criteria.push((criteria.clone(), depth));
            self.groups.push(*group);
            return Ok(OvalRemainder::Part(self.criteria.len() - 1));
        }
        // It reads nothing of a host, so that any host gives its result.
        let nothing = patchstate_detect::Evidence::default();
        let tree = patchstate_detect::MemoryTree::default();
        let subject = Subject { evidence: &nothing, tree: &tree, folder: None };
        let mut evaluation = Evaluation::new(&self.content.compiled, &subject);
        Ok(OvalRemainder::Known(evaluation.part(criteria, depth)))
    }

    /// Criteria that no group has all of.
    fn inside(&mut self, criteria: &Criteria, depth: usize) -> Result<OvalRemainder, String> {
        let (negate, known) = (criteria.negate, Counts::default());
        match &criteria.kind {
            CriteriaKind::Group { operator, parts } => {
                let parts = parts.iter().map(|part| self.split(part, depth + 1));
                let parts = parts.collect::<Result<Vec<_>, String>>()?;
                Ok(OvalRemainder::Group { negate, operator: *operator, known, parts })
            }
            CriteriaKind::Extend(Ok(definition)) => {
                // `AND` of one part is that part.
                let parts = vec![self.definition(*definition, depth + 1)?];
                Ok(OvalRemainder::Group { negate, operator: Operator::And, known, parts })
            }
            CriteriaKind::Test(_) | CriteriaKind::Extend(Err(_)) => {
                Err(format!("the test `{}` by itself depends on several slices", criteria.text))
            }
        }
    }

    /// The groups that have all that criteria read; `None` where they read nothing of a host.
    fn groups_of(&self, criteria: &Criteria) -> Result<Option<BTreeSet<usize>>, String> {
        let mut common: Option<BTreeSet<usize>> = None;
        for leaf in criteria.leaves() {
            let from = match &leaf.kind {
                CriteriaKind::Test(Ok(test)) => Reference::Test(*test),
                CriteriaKind::Extend(Ok(definition)) => Reference::Definition(*definition),
                _ => continue,
            };
            let Reads::Fields(fields) = self.content.compiled.reads(from) else {
                return Err(format!("`{}` may read any file", leaf.text));
            };
            for field in &fields {
                let groups = (self.groups_of)(field);
                common = Some(match common {
                    None => groups,
                    Some(common) => common.intersection(&groups).copied().collect(),
                });
            }
        }
        Ok(common)
    }
}

impl OvalRemainder {
    pub(crate) fn settled<'v>(&self, value: &dyn Fn(usize) -> Option<&'v PartValue>) -> Self {
        let (negate, operator, mut counts, parts) = match self {
            Self::Known(_) => return self.clone(),
            Self::Part(place) => {
                return match value(*place) {
                    None => self.clone(),
                    Some(PartValue::Result(result)) => Self::Known(*result),
                    Some(PartValue::Value(_) | PartValue::Unknown | PartValue::Verdict(_)) => {
                        Self::Known(OvalResult::Error)
                    }
                };
            }
            Self::Group { negate, operator, known, parts } => (*negate, *operator, *known, parts),
        };
        let mut left = Vec::with_capacity(parts.len());
        for part in parts {
            match part.settled(value) {
                Self::Known(result) if operator.is_decided_by(result) => {
                    let decided = operator.combine([result].into_iter().collect());
                    return Self::Known(decided.negated(negate));
                }
                Self::Known(result) => counts.add(result),
                part => left.push(part),
            }
        }
        if left.is_empty() {
            return Self::Known(operator.combine(counts).negated(negate));
        }
        Self::Group { negate, operator, known: counts.least(), parts: left }
    }

    pub(crate) const fn result(&self) -> Option<OvalResult> {
        match self {
            Self::Known(result) => Some(*result),
            _ => None,
        }
    }
}
