//! The exact space of a scope, with the truth about every host in it.
//!
//! **Owns** the way from names to a space and its truth. **Must never know** rules or verdicts.

use crate::{StudyError, scope::model};
use patchstate_catalog::Catalog;
use patchstate_oracle::TruthSets;
use patchstate_servicing::{Action, ActionNames, Switches};
use patchstate_space::{Count, Set, Space};
use patchstate_terms::{Architecture, Status, Step};
use std::{collections::BTreeMap, sync::Arc};

/// Every host of a scope, as a set, and sets of them by truth.
#[derive(Debug)]
pub struct Exact {
    /// The hosts.
    pub space: Space,
    /// The steps, in the order of [`Space::actions`].
    pub steps: Vec<Step>,
    /// The truth about the hosts, by what they show.
    pub truth: TruthSets,
}

impl Exact {
    /// Finds every host that some order of the steps that these names allow leads to.
    ///
    /// # Errors
    /// When a name is not in the catalog, and when the diagrams grow too large.
    pub fn new(
        catalog: &Arc<Catalog>,
        architecture: Architecture,
        switches: Switches,
        names: &ActionNames,
    ) -> Result<Self, StudyError> {
        let model = model(catalog, architecture, switches, names)?;
        let name = |problem| StudyError::name("--components or --updates", problem);
        let steps = model.search_steps(names).map_err(name)?;
        let (steps, actions): (Vec<Step>, Vec<Action>) = steps.into_iter().unzip();
        let mut space = Space::new(model, actions)?;
        let truth = TruthSets::new(&mut space)?;
        Ok(Self { space, steps, truth })
    }

    /// Takes away what neither space nor truth nor one of these sets needs: see [`Space::collect`].
    pub(crate) fn collect<'s>(&'s mut self, sets: impl IntoIterator<Item = &'s mut Set>) {
        let TruthSets { findings, statuses } = &mut self.truth;
        let truth = findings.values_mut().chain(statuses.values_mut());
        self.space.collect(truth.chain(sets));
    }

    /// How many hosts have each true status; statuses that no host has are left out.
    #[must_use]
    pub fn by_status(&self) -> BTreeMap<Status, Count> {
        let statuses = self.truth.statuses.iter();
        statuses.map(|(status, shown)| (*status, self.space.count_showing(*shown))).collect()
    }
}
