//! What to verify, and what to find out besides.

use crate::rules::RuleScope;
use patchstate_catalog::Catalog;
use patchstate_explore::Bounds;
use patchstate_servicing::{ActionNames, Switches};
use patchstate_terms::Architecture;

/// What to verify.
#[derive(Clone, Debug)]
pub struct VerifyOptions {
    /// The architectures, in this order.
    pub architectures: Vec<Architecture>,
    /// The values of the switches.
    pub switches: Switches,
    /// What the steps may name.
    pub names: ActionNames,
    /// Whether the scope is searched in slices instead of as a whole, where no bound is given.
    pub sliced: bool,
    /// Where to stop before the fixpoint.
    pub bounds: Bounds,
    /// Most hosts of a slice in which borders between statuses are looked for, where nothing else
    /// needs the slice host by host; `None` where they are not asked for.
    pub boundaries: Option<usize>,
    /// Whether to check the core's remedies against the shortest repairs.
    pub remedies: bool,
    /// Whether to ask of each wrong rule if what it reads is enough to be right.
    pub observe: bool,
    /// How many counterexamples to keep for each rule and search.
    pub counterexample_count_max: usize,
}

impl VerifyOptions {
    /// Whether steps can name all that the catalog has.
    pub(super) fn covers(&self, catalog: &Catalog) -> bool {
        let has = |list: &[String], id: &String| list.contains(id);
        let names = &self.names;
        let has_facts = |architecture| self.architectures.contains(&architecture);
        catalog.architectures.iter().all(|facts| has_facts(facts.architecture))
            && catalog.components.iter().all(|known| has(&names.components, &known.id))
            && catalog.updates.iter().all(|known| has(&names.updates, &known.id))
    }

    /// Whether the scope is searched in slices. One with bounds never is: within a distance of the
    /// bare system, or among the first so many hosts, are all that have no more steps.
    pub(super) fn is_sliced(&self) -> bool {
        self.sliced && self.bounds == Bounds::default()
    }

    /// The hosts that these options are about.
    #[must_use]
    pub fn scope(&self) -> RuleScope {
        RuleScope {
            architectures: self.architectures.clone(),
            switches: self.switches,
            names: self.names.clone(),
            sliced: self.is_sliced(),
            bounds: self.bounds,
        }
    }
}
