//! The steps of a scope, and the words that a person may write for them.

use crate::{RuleScope, StudyError};
use patchstate_catalog::Catalog;
use patchstate_servicing::{Action, ActionNames, Model, OrderError, StepProblem};
use patchstate_source::nearest;
use patchstate_terms::{Architecture, Branch, Step};
use std::sync::Arc;

/// A word for a step, as a person may write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtlasWord {
    /// The step that it says.
    pub step: Step,
    /// The place of that step among those of the scope; `None` for one that the scope does not
    /// have, and for the base operating system.
    pub place: Option<usize>,
}

/// The steps of a scope: those of a search, and a restart, which most assumptions make nothing of.
///
/// # Errors
/// When a name is not in the catalog.
pub(super) fn steps_of(
    model: &Model,
    names: &ActionNames,
) -> Result<Vec<(Step, Action)>, StudyError> {
    let name = |problem| StudyError::name("--components or --updates", problem);
    let mut steps = model.search_steps(names).map_err(name)?;
    if !steps.iter().any(|(step, _)| *step == Step::Restart) {
        steps.push((Step::Restart, Action::Restart));
    }
    Ok(steps)
}

/// Every word of the catalog for a step, by its place among these steps where it is one of them.
pub(super) fn words(whole: &Model, steps: &[(Step, Action)]) -> Vec<AtlasWord> {
    let mut words = Vec::new();
    for word in whole.words() {
        let Ok(step) = word.parse::<Step>() else { continue };
        words.push(step.clone());
        if let Step::InstallUpdate { update, release, .. } = &step {
            words.extend(Branch::ALL.map(|branch| Step::InstallUpdate {
                update: update.clone(),
                release: *release,
                branch: Some(branch),
            }));
        }
    }
    let word = |step: Step| {
        if matches!(step, Step::InstallOs(_)) {
            return Some(AtlasWord { step, place: None });
        }
        let action = whole.resolve(&step).ok()?;
        Some(AtlasWord { place: place(steps, action), step })
    };
    words.into_iter().filter_map(word).collect()
}

fn place(steps: &[(Step, Action)], action: Action) -> Option<usize> {
    steps.iter().position(|(_, known)| *known == action)
}

/// Reads an install order on the first architecture of a scope, in the words that the scope has for
/// its steps. Every mistake in it is reported, and every step that the scope does not have.
///
/// # Errors
/// With these mistakes.
pub fn order_of_scope<S: AsRef<str>>(
    catalog: &Arc<Catalog>,
    scope: &RuleScope,
    words: &[S],
) -> Result<Vec<Step>, StudyError> {
    let Some(architecture) = scope.architectures.first() else { return Ok(Vec::new()) };
    let model = whole(catalog, *architecture, scope)?;
    let (base, order) = model.resolve_order(words)?;
    let steps = steps_of(&model, &scope.names)?;
    let known: Vec<String> = steps.iter().map(|(step, _)| step.to_string()).collect();
    let (mut found, mut problems) = (vec![Step::InstallOs(base)], Vec::new());
    for (position, (step, action)) in (2..).zip(order) {
        if let Some((step, _)) = place(&steps, action).and_then(|place| steps.get(place)) {
            found.push(step.clone());
            continue;
        }
        let step = step.to_string();
        let nearest = nearest(&step, known.iter().map(String::as_str)).map(str::to_owned);
        let problem = StepProblem::NotOfScope { step: step.clone(), nearest, known: known.clone() };
        problems.push((position, step, problem));
    }
    if problems.is_empty() { Ok(found) } else { Err(OrderError { problems }.into()) }
}

/// A model that knows every word of a catalog.
pub(super) fn whole(
    catalog: &Arc<Catalog>,
    architecture: Architecture,
    scope: &RuleScope,
) -> Result<Model, StudyError> {
    Ok(Model::new(Arc::clone(catalog), architecture, scope.switches)?)
}
