//! The scope of the incident, which all benches share: IIS and its update of 2009 on both
//! architectures, as of `patchstate verify --components iis --updates KB973917`.

use super::comparison::Failure;
use patchstate_catalog::Catalog;
use patchstate_explore::Bounds;
use patchstate_servicing::{ActionNames, Switches};
use patchstate_study::{Facts, Reached, VerifyOptions};
use std::sync::Arc;

/// A catalog and what to verify of it.
#[derive(Clone)]
pub(crate) struct IncidentScope {
    /// The built-in catalog.
    pub(crate) catalog: Arc<Catalog>,
    /// What the command line makes of it.
    pub(crate) options: VerifyOptions,
}

impl IncidentScope {
    /// The scope in the built-in catalog.
    pub(crate) fn new() -> Self {
        let catalog = Arc::new(Catalog::built_in());
        let names = ActionNames {
            components: vec!["iis".to_owned()],
            updates: vec!["KB973917".to_owned()],
            branches: false,
        };
        let options = VerifyOptions {
            architectures: catalog.architectures.iter().map(|facts| facts.architecture).collect(),
            switches: Switches::default(),
            names,
            sliced: false,
            bounds: Bounds::default(),
            boundaries: None,
            remedies: false,
            observe: false,
            counterexample_count_max: 0,
        };
        Self { catalog, options }
    }

    /// All its hosts, by architecture.
    pub(crate) fn reach(&self) -> Result<Vec<Reached>, Failure> {
        let VerifyOptions { architectures, switches, names, bounds, .. } = &self.options;
        let reach = |architecture: &_| {
            Ok(Reached::new(
                &Facts::of(&self.catalog),
                *architecture,
                (*switches, names),
                bounds,
                &|_| {},
            )?)
        };
        architectures.iter().map(reach).collect()
    }
}
