//! The core's remedies, followed on every host of a scope.

use super::sets::{Judgement, Sets};
use crate::{
    Advice, Exact, ObservationClasses, Reached, RemedyReport, SharedFiles, Simulation, StudyError,
    check_remedies, remedies_of_whole,
};
use patchstate_catalog::Catalog;
use patchstate_servicing::{Model, Switches};
use patchstate_terms::Architecture;
use std::sync::Arc;

/// What is needed to follow them.
pub(super) struct Followed {
    whole: Simulation,
    count_max: usize,
}

impl Followed {
    /// For an architecture.
    pub(super) fn new(
        (catalog, architecture): (&Arc<Catalog>, Architecture),
        switches: Switches,
        files: Arc<SharedFiles>,
        count_max: usize,
    ) -> Result<Self, StudyError> {
        let model = Model::new(Arc::clone(catalog), architecture, switches)?;
        Ok(Self { whole: Simulation::of(model, files), count_max })
    }

    /// On each host of a scope that is searched host by host, of which the core was asked.
    pub(super) fn one_by_one(
        &self,
        reached: &Reached,
        (classes, judgements): (&ObservationClasses, &[Judgement]),
        sets: &Sets,
    ) -> RemedyReport {
        let advice = |judgement: &Judgement| {
            let verdict =
                sets.verdicts.get(judgement.set).and_then(|(verdict, _)| verdict.as_ref());
            let remedy = verdict.map(|verdict| verdict.remedy.clone()).unwrap_or_default();
            Advice { truth: judgement.truth, remedy }
        };
        let advice: Vec<Advice> = judgements.iter().map(advice).collect();
        let found = check_remedies(reached, classes, &advice, &self.whole);
        found.report(reached, classes, &advice, &self.whole, self.count_max)
    }

    /// On the hosts of a scope that is held as a set.
    pub(super) fn at_once(
        &self,
        exact: &mut Exact,
        files: &Arc<SharedFiles>,
    ) -> Result<RemedyReport, StudyError> {
        let simulation = Simulation::of(exact.space.model().clone(), Arc::clone(files));
        let advise = |host: &_| simulation.remedy(host);
        remedies_of_whole(exact, (&simulation, &self.whole), &advise, self.count_max)
    }
}
