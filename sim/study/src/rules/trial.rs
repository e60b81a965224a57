//! Rules that are programs, asked once before the search.
//!
//! **Owns** which hosts they are asked about: the bare systems of a scope, and each with the
//! components of the scope, one after the other, until every rule is known to answer or is given
//! up. So what comes of it does not depend on threads.

use super::{Evaluator, RuleScope};
use crate::{Facts, SharedFiles, Simulation, StudyError, scope::model};
use patchstate_rules::Subject;
use patchstate_servicing::Action;

impl Evaluator<'_> {
    /// Asks each rule that is a program about a few hosts of a scope. One that cannot be started
    /// has an [obstacle](patchstate_rules::Rule::obstacle) from then on.
    ///
    /// # Errors
    /// When a name is not in the catalog, or when files of a host cannot be made.
    pub fn try_out(&self, facts: &Facts, scope: &RuleScope) -> Result<(), StudyError> {
        let mut open = vec![true; self.rules.len()];
        for (open, rule) in open.iter_mut().zip(self.rules) {
            *open = rule.reads().needs_folder();
        }
        for architecture in &scope.architectures {
            if !open.contains(&true) {
                return Ok(());
            }
            let model = model(&facts.catalog, *architecture, scope.switches, &scope.names)?;
            let simulation = Simulation::of(model, SharedFiles::new(facts, scope.switches));
            let model = simulation.model();
            let steps = model
                .search_steps(&scope.names)
                .map_err(|problem| StudyError::name("--components or --updates", problem))?;
            for bare in model.bases() {
                let adds = steps.iter().map(|(_, action)| *action);
                let adds = adds.filter(|action| matches!(action, Action::AddComponents { .. }));
                let full = adds.fold(bare.clone(), |host, action| {
                    model.apply(&host, action).after(&host).clone()
                });
                for host in [bare, full] {
                    let tree = simulation.tree(&host)?;
                    self.show(&simulation, &tree, |subject| self.try_on(subject, &mut open))?;
                }
            }
        }
        Ok(())
    }

    fn try_on(&self, subject: &Subject<'_>, open: &mut [bool]) {
        for (open, rule) in open.iter_mut().zip(self.rules) {
            if *open {
                *open = !rule.try_out(subject);
            }
        }
    }
}
