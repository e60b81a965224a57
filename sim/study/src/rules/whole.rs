//! Several rules over the whole of a scope that is searched in slices.
//!
//! **Owns** what each rule says of every host of one architecture, and a nearest host of a set of
//! them. **Must never know** what the question is.
//!
//! **Start reading** at [`Whole::new`].

use super::{
    Shown, Slices, extent::SurveyRequest, near::Near, said, said::Said, survey::HostWitness,
};
use crate::{Exact, SharedFiles, Simulation, StudyError};
use patchstate_rules::{Rule, RuleParts, Subject};
use patchstate_servicing::Host;
use patchstate_space::{Path, Set};
use patchstate_terms::{Architecture, Status, Step};

/// Fewest steps to a host that no slice by itself has reached: the base operating system, and a
/// step of each of two slices.
pub(crate) const STEP_COUNT_MIN: usize = 3;

/// Every host of one architecture.
pub(crate) struct Whole<'a> {
    request: &'a SurveyRequest<'a>,
    slices: Slices<'a>,
    simulation: Simulation,
    near: Near,
    pub(crate) exact: Exact,
}

impl<'a> Whole<'a> {
    /// The hosts of an architecture.
    ///
    /// # Errors
    /// When a name is not in the catalog, and when the diagrams grow too large.
    pub(crate) fn new(
        request: &'a SurveyRequest<'a>,
        architecture: Architecture,
    ) -> Result<Self, StudyError> {
        let (catalog, scope) = (&request.facts.catalog, request.scope);
        let slices = Slices::new(request.facts, architecture, scope)?;
        let exact = Exact::new(catalog, architecture, scope.switches, &scope.names)?;
        let files = SharedFiles::new(request.facts, scope.switches);
        let simulation = Simulation::of(exact.space.model().clone(), files);
        let near = Near::new(&exact, &slices.slicing)?;
        Ok(Self { request, slices, simulation, near, exact })
    }

    /// What rules say of every host; `None` for one that cannot be taken apart.
    ///
    /// # Errors
    /// When files of a host cannot be made, and when the diagrams grow too large.
    pub(crate) fn said(&mut self, rules: &[&dyn Rule]) -> Result<Vec<Option<Said>>, StudyError> {
        let mut all_parts: Vec<Option<RuleParts>> = Vec::with_capacity(rules.len());
        for rule in rules {
            all_parts.push(self.slices.parts_of(*rule, &mut self.exact.space).ok());
        }
        let in_parts = rules.iter().zip(&all_parts);
        let in_parts: Vec<(&dyn Rule, &RuleParts)> =
            in_parts.filter_map(|(rule, parts)| Some((*rule, parts.as_ref()?))).collect();
        let (slices, simulation) = (&self.slices, &self.simulation);
        let shown = Shown { slices, simulation, evaluator: self.request.evaluator };
        let mut found = said(&mut self.exact.space, shown, &in_parts)?.into_iter();
        Ok(all_parts.into_iter().map(|parts| parts.and_then(|_| found.next())).collect())
    }

    /// A nearest host that shows one of these; `None` where none is found.
    ///
    /// # Errors
    /// When the diagrams grow too large.
    pub(crate) fn nearest(&mut self, shown: Set) -> Result<Option<HostWitness>, StudyError> {
        let found = self.near.nearest(&mut self.exact, shown, 1)?;
        Ok(found.paths.into_iter().next().map(|path| self.witness(path)))
    }

    /// A nearest host that shows one of these, unless all of them are farther than so many steps.
    ///
    /// # Errors
    /// When the diagrams grow too large.
    pub(crate) fn nearest_within(
        &mut self,
        shown: Set,
        steps_max: usize,
    ) -> Result<Option<HostWitness>, StudyError> {
        let hosts = self.exact.space.showing(shown)?;
        let path = self.exact.space.shortest(hosts, steps_max)?;
        Ok(path.map(|path| self.witness(path)))
    }

    fn witness(&self, path: Path) -> HostWitness {
        let (steps, host) = follow(&self.exact, path);
        let truth = self.simulation.truth(&host).status;
        let architecture = self.simulation.model().architecture();
        HostWitness { architecture, steps, truth, hosts: 1 }
    }

    /// What rules say of a host that was found, and the places of the conditions that decided.
    ///
    /// # Errors
    /// When files of the host cannot be made.
    pub(crate) fn decided(
        &self,
        rules: &[&dyn Rule],
        host: &HostWitness,
    ) -> Result<Vec<(Status, Option<usize>)>, StudyError> {
        let words: Vec<String> = host.steps.iter().map(ToString::to_string).collect();
        let tree = self.simulation.tree(&self.simulation.follow(&words)?)?;
        self.request.evaluator.show(&self.simulation, &tree, |subject: &Subject<'_>| {
            let judge = |rule: &&dyn Rule| {
                let judgement = rule.judge(subject);
                (judgement.status, judgement.clause)
            };
            rules.iter().map(judge).collect()
        })
    }
}

/// The steps of a path, and the host that it leads to.
pub(crate) fn follow(exact: &Exact, (base, path): Path) -> (Vec<Step>, Host) {
    let model = exact.space.model();
    let mut steps = vec![Step::InstallOs(model.view(&base).base())];
    let mut host = base;
    for place in path {
        let Some(step) = exact.steps.get(place).zip(exact.space.actions().get(place)) else {
            continue;
        };
        host = model.apply(&host, *step.1).after(&host).clone();
        steps.push(step.0.clone());
    }
    (steps, host)
}
