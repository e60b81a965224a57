//! Rules by the names that expectations call them.

use crate::{Evaluator, Simulation, StudyError};
use patchstate_image::HostTree;
use patchstate_rules::{Rule, Subject};
use patchstate_terms::Status;
use std::collections::BTreeMap;

/// The rules that the scenarios of a file name.
#[derive(Clone, Copy, Debug)]
pub struct NamedRules<'a> {
    /// Where they are heard.
    pub evaluator: &'a Evaluator<'a>,
    /// Their places in the evaluator, by name.
    pub places: &'a BTreeMap<String, usize>,
}

impl NamedRules<'_> {
    /// What each of some rules says about some files; nothing of a rule that is not there.
    pub(super) fn say<'n>(
        &self,
        simulation: &Simulation,
        tree: &HostTree,
        names: impl Iterator<Item = &'n String>,
    ) -> Result<BTreeMap<String, Status>, StudyError> {
        let rule = |name: &'n String| {
            let rule = self.evaluator.rules().get(*self.places.get(name)?)?;
            Some((name, rule.as_ref()))
        };
        let rules: Vec<(&String, &dyn Rule)> = names.filter_map(rule).collect();
        if rules.is_empty() {
            return Ok(BTreeMap::new());
        }
        self.evaluator.show(simulation, tree, |subject: &Subject<'_>| {
            let say =
                |(name, rule): (&String, &dyn Rule)| (name.clone(), rule.judge(subject).status);
            rules.into_iter().map(say).collect()
        })
    }
}
