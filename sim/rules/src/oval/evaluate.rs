//! Evaluation of definitions, tests and states on one host.
//!
//! **Owns** the way from items and states to results; each test, object and variable is looked at
//! once per evaluation. **Must never know** XML, nor what a result means for the status of a host.
//!
//! **Start reading** at [`Evaluation::definition`].

use super::{
    compare::{Actual, Comparison},
    evaluation::{Asked, Comparisons, DEPTH_MAX, Evaluation},
    item::{Found, Item},
    model::{Criteria, CriteriaKind, ItemTest, State, StateEntity, StatedValue, TestKind},
    outcome::OvalOutcome,
    tables::{Counts, Existence, ItemStatus, OvalResult},
};
use std::{rc::Rc, sync::Arc};

/// Outcomes that are being combined: the combined one takes the reason of the first like it.
#[derive(Default)]
struct Outcomes {
    counts: Counts,
    reasons: Vec<(OvalResult, Arc<str>)>,
}

impl Outcomes {
    fn push(&mut self, outcome: OvalOutcome) {
        self.counts.add(outcome.result);
        self.reasons.extend(outcome.reason.map(|reason| (outcome.result, reason)));
    }

    fn combined(self, combine: impl FnOnce(Counts) -> OvalResult) -> OvalOutcome {
        let result = combine(self.counts);
        let reason = self.reasons.into_iter().find(|(other, _)| *other == result);
        OvalOutcome::new(result, reason.map(|(_, reason)| reason))
    }
}

impl Evaluation<'_> {
    /// The result of criteria that stand at some depth of a definition.
    pub(super) fn part(&mut self, criteria: &Criteria, depth: usize) -> OvalResult {
        self.depth = depth;
        let result = self.criteria(criteria).result;
        self.depth = 0;
        result
    }

    /// The outcome of a definition.
    pub(super) fn definition(&mut self, number: usize) -> OvalOutcome {
        if let Some(outcome) = self.definitions.get(&number) {
            return outcome.clone();
        }
        let compiled = self.compiled;
        let Some(definition) = compiled.definitions.get(number) else {
            return OvalOutcome::error(format!("there is no definition number {number}"));
        };
        let outcome = match &definition.criteria {
            Some(criteria) => self.criteria(criteria),
            None => OvalOutcome::new(
                OvalResult::NotEvaluated,
                Some(format!("{} has no criteria", definition.id).into()),
            ),
        };
        self.definitions.insert(number, outcome.clone());
        outcome
    }

    /// The outcome of criteria, or of one part of them, with their negation.
    pub(super) fn criteria(&mut self, criteria: &Criteria) -> OvalOutcome {
        let outcome = self.deeper(|inside| match &criteria.kind {
            CriteriaKind::Group { operator, parts } => {
                let mut outcomes = Outcomes::default();
                for part in parts {
                    let outcome = inside.criteria(part);
                    let is_decided = operator.is_decided_by(outcome.result);
                    outcomes.push(outcome);
                    if is_decided {
                        break;
                    }
                }
                outcomes.combined(|counts| operator.combine(counts))
            }
            CriteriaKind::Test(Ok(test)) => inside.test(*test),
            CriteriaKind::Extend(Ok(definition)) => inside.definition(*definition),
            CriteriaKind::Test(Err(fault)) | CriteriaKind::Extend(Err(fault)) => fault.into(),
        });
        let too_deep =
            || OvalOutcome::error(format!("criteria lead deeper than {DEPTH_MAX} levels"));
        outcome.unwrap_or_else(too_deep).negated(criteria.negate)
    }

    fn test(&mut self, number: usize) -> OvalOutcome {
        if let Some(outcome) = self.tests.get(&number) {
            return outcome.clone();
        }
        let compiled = self.compiled;
        let outcome = match compiled.tests.get(number) {
            None => OvalOutcome::error(format!("there is no test number {number}")),
            Some(Err(fault)) => fault.into(),
            Some(Ok(test)) => {
                let outcome = match &test.kind {
                    TestKind::Unknown => OvalOutcome::new(
                        OvalResult::Unknown,
                        Some("an unknown_test stands for what cannot be tested".into()),
                    ),
                    TestKind::OtherPlatform(platform) => OvalOutcome::new(
                        OvalResult::NotApplicable,
                        Some(format!("the test is about the platform {platform}").into()),
                    ),
                    TestKind::Items(items) => self.item_test(items),
                };
                let reason = outcome.reason.map(|reason| format!("{}: {reason}", test.id).into());
                OvalOutcome { reason, ..outcome }
            }
        };
        self.tests.insert(number, outcome.clone());
        outcome
    }

    fn item_test(&mut self, test: &ItemTest) -> OvalOutcome {
        // A state that cannot be used makes the test one that cannot, whatever there is to test.
        for number in &test.states {
            if let Some(Err(fault)) = self.compiled.states.get(*number) {
                return fault.into();
            }
        }
        let collected = self.collect(test.object);
        let items = match collected.as_ref() {
            Ok(Found::Items(items)) => items,
            // As in ovaldi: anything goes where nothing has to be there or to be like a state.
            Ok(Found::NotApplicable(_))
                if test.existence == Existence::AnyExist && test.states.is_empty() =>
            {
                return OvalResult::True.into();
            }
            Ok(Found::NotApplicable(reason)) => {
                return OvalOutcome::new(OvalResult::NotApplicable, Some(Arc::clone(reason)));
            }
            Err(reason) => return OvalOutcome::error(Arc::clone(reason)),
        };
        let existence = test.existence.combine(items.iter().map(|item| item.status()));
        if existence != OvalResult::True {
            let reasons = items.iter().find_map(|item| item.unreadable().cloned());
            let is_decided = existence == OvalResult::False;
            return OvalOutcome::new(existence, reasons.filter(|_| !is_decided));
        }
        let mut outcomes = Outcomes::default();
        for item in items.iter().filter(|item| item.status() != ItemStatus::DoesNotExist) {
            if !test.states.is_empty() {
                outcomes.push(self.item(item, test));
            }
        }
        // Without a state, or without an item to hold against one, existence was all.
        if outcomes.counts.is_empty() {
            return OvalResult::True.into();
        }
        outcomes.combined(|counts| test.check.combine(counts))
    }

    fn item(&mut self, item: &Item, test: &ItemTest) -> OvalOutcome {
        if let Some(reason) = item.unreadable() {
            return OvalOutcome::error(Arc::clone(reason));
        }
        let compiled = self.compiled;
        let mut outcomes = Outcomes::default();
        for number in &test.states {
            if let Some(Ok(state)) = compiled.states.get(*number) {
                outcomes.push(self.state(item, state));
            }
        }
        outcomes.combined(|counts| test.operator.combine(counts))
    }

    pub(super) fn state(&mut self, item: &Item, state: &State) -> OvalOutcome {
        if state.entities.is_empty() {
            return OvalResult::True.into();
        }
        let mut outcomes = Outcomes::default();
        for entity in &state.entities {
            outcomes.push(self.entity(item, entity));
        }
        outcomes.combined(|counts| state.operator.combine(counts))
    }

    fn entity(&mut self, item: &Item, entity: &StateEntity) -> OvalOutcome {
        let actual = match item.field(entity.field) {
            Ok(actual) => actual,
            Err(reason) => return OvalOutcome::error(reason),
        };
        // An item without this field does not match.
        if actual.is_empty() {
            return OvalResult::False.into();
        }
        let mut outcomes = Outcomes::default();
        for actual in &actual {
            outcomes.push(self.stated(&entity.stated, actual));
        }
        outcomes.combined(|counts| entity.check.combine(counts))
    }

    /// Whether a value on the host is like what the document states.
    pub(super) fn stated(&mut self, stated: &StatedValue, actual: &Actual<'_>) -> OvalOutcome {
        match stated {
            StatedValue::Literal(comparison) => self.compared(comparison, actual),
            StatedValue::Variable { variable, check, datatype, operation } => {
                let comparisons = self.comparisons((*variable, *datatype, *operation));
                let comparisons = match comparisons.as_ref() {
                    Ok(comparisons) => comparisons,
                    Err(reason) => return OvalOutcome::error(Arc::clone(reason)),
                };
                let mut outcomes = Outcomes::default();
                for comparison in comparisons {
                    outcomes.push(match comparison {
                        Ok(comparison) => self.compared(comparison, actual),
                        Err(wrong) => wrong.clone().into(),
                    });
                }
                outcomes.combined(|counts| check.combine(counts))
            }
        }
    }

    /// The comparisons with the values of a variable: made once, for all that is held against them.
    pub(super) fn comparisons(&mut self, asked: Asked) -> Comparisons {
        if let Some(comparisons) = self.comparisons.get(&asked) {
            return Rc::clone(comparisons);
        }
        let (variable, datatype, operation) = asked;
        let values = self.values(variable);
        let comparisons = values.as_ref().as_ref().map_err(Arc::clone).map(|values| {
            let new = |value: &String| Comparison::new(datatype, operation, value);
            values.iter().map(new).collect()
        });
        let comparisons = Rc::new(comparisons);
        self.comparisons.insert(asked, Rc::clone(&comparisons));
        comparisons
    }

    fn compared(&mut self, comparison: &Comparison, actual: &Actual<'_>) -> OvalOutcome {
        match comparison.holds(actual, &mut self.patterns) {
            Ok(holds) => OvalResult::from(holds).into(),
            Err(wrong) => wrong.into(),
        }
    }
}
