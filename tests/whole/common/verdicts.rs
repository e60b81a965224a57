//! The verdict of the detection core about every host of a scope; each set of files is judged
//! once.

use patchstate_detect::Verdict;
use patchstate_image::HostTree;
use patchstate_study::Simulation;
use patchstate_terms::WindowsPath;
use std::{collections::BTreeMap, sync::Arc};

/// Verdicts by set of files.
pub(crate) struct Verdicts<'a> {
    simulation: &'a Simulation,
    known: BTreeMap<Vec<(WindowsPath, u64)>, Arc<Verdict>>,
}

impl<'a> Verdicts<'a> {
    /// No verdict so far.
    pub(crate) fn new(simulation: &'a Simulation) -> Self {
        Self { simulation, known: BTreeMap::new() }
    }

    /// The verdict about a set of files.
    pub(crate) fn of(&mut self, tree: &HostTree) -> Arc<Verdict> {
        let key = tree.files.iter().map(|(path, file)| (path.clone(), file.number)).collect();
        let judge = || Arc::new(self.simulation.judge(tree));
        Arc::clone(self.known.entry(key).or_insert_with(judge))
    }
}
