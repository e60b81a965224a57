//! The core's remedies, followed slice after slice and then over the whole scope.

use super::sets::{Judgement, Sets};
use crate::{
    Advice, HarnessError, Looks, Patients, Reached, RemedyReport, Simulation, Slicing,
    check_remedies,
};
use patchstate_catalog::Catalog;
use patchstate_servicing::Switches;
use patchstate_terms::Architecture;
use std::sync::Arc;

/// What is known so far.
pub(super) struct Followed {
    whole: Simulation,
    count_max: usize,
    report: RemedyReport,
    advice: Vec<Vec<Advice>>,
    looks: Vec<Looks>,
}

impl Followed {
    /// Nothing yet of an architecture.
    pub(super) fn new(
        catalog: &Arc<Catalog>,
        architecture: Architecture,
        switches: Switches,
        count_max: usize,
    ) -> Result<Self, HarnessError> {
        let whole = Simulation::new(catalog, architecture, switches)?;
        let (report, advice, looks) = (RemedyReport::default(), Vec::new(), Vec::new());
        Ok(Self { whole, count_max, report, advice, looks })
    }

    /// Follows the remedies on every host of the next slice.
    pub(super) fn see(
        &mut self,
        reached: &Reached,
        (looks, judgements): (&Looks, &[Judgement]),
        sets: &Sets,
    ) {
        let advice = |judgement: &Judgement| {
            let verdict = sets.verdicts.get(judgement.set).map(|(verdict, _)| verdict);
            let remedy = verdict.map(|verdict| verdict.remedy.clone()).unwrap_or_default();
            Advice { truth: judgement.truth, remedy }
        };
        let advice: Vec<Advice> = judgements.iter().map(advice).collect();
        let found = check_remedies(reached, looks, &advice, &self.whole);
        self.report.add(found.report(reached, looks, &advice, &self.whole, self.count_max));
        self.advice.push(advice);
        self.looks.push(looks.clone());
    }

    /// What came of it, in slices and together.
    pub(super) fn report(
        mut self,
        slicing: Option<&Slicing>,
        reached: &[Reached],
    ) -> Result<RemedyReport, HarnessError> {
        if let Some(slicing) = slicing
            && reached.len() > 1
            && reached.iter().all(Reached::is_complete)
        {
            let (looks, advice, whole) = (&self.looks, &self.advice, &self.whole);
            let patients = Patients { slicing, reached, looks, advice, whole };
            self.report.together = patients.compose(self.count_max)?;
        }
        Ok(self.report)
    }
}
