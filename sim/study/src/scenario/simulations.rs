//! What scenarios run on: a simulation for each architecture and each set of assumptions.

use super::Scenario;
use crate::{Facts, Simulation, StudyError};
use patchstate_servicing::Switches;
use patchstate_terms::Architecture;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Simulations of the whole catalog; each is made when a scenario first asks for it.
#[derive(Debug)]
pub struct Simulations {
    facts: Facts,
    settings: Vec<String>,
    made: Mutex<HashMap<(Architecture, Switches), Arc<Simulation>>>,
}

impl Simulations {
    /// Nothing was asked for yet. What a scenario assumes goes over these settings, which are of
    /// the form `ID=VALUE`.
    #[must_use]
    pub fn new(facts: &Facts, settings: &[String]) -> Self {
        Self { facts: facts.clone(), settings: settings.to_vec(), made: Mutex::default() }
    }

    /// What a scenario runs on.
    ///
    /// # Errors
    /// When the catalog does not have the architecture or an assumption; checking the file first
    /// reports that with its line.
    pub fn of(&self, scenario: &Scenario) -> Result<Arc<Simulation>, StudyError> {
        let settings = self.settings.iter().map(String::as_str).chain(scenario.assume());
        let switches = Switches::from_settings(&self.facts.catalog, settings)?;
        let key = (scenario.architecture(), switches);
        // What is in the map is whole, also where another thread stopped.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(simulation) = made.get(&key) {
            return Ok(Arc::clone(simulation));
        }
        let simulation = Arc::new(Simulation::new(&self.facts, key.0, key.1)?);
        made.insert(key, Arc::clone(&simulation));
        Ok(simulation)
    }
}
