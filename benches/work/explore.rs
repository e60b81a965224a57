//! Reaching all hosts of the scope of the incident, both architectures, the catalog being loaded.
//!
//! The peer is the search of a textbook: one thread, a queue, and a hash map of the standard
//! library from each whole host to the host and step before it, by the servicing rules in their
//! plain form. So the ratio is about the search, its threads, hosts as packed integers, and rules
//! that are compiled before the search. Ours is timed on all processors and on one.

use super::{
    comparison::{Comparison, Failure},
    scope::IncidentScope,
};
use criterion::Throughput;
use patchstate_servicing::{Action, Host, Model, Outcome};
use patchstate_study::Reached;
use patchstate_terms::Step;
use rayon::ThreadPoolBuilder;
use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    sync::Arc,
};

/// The search beside its peer.
pub(crate) fn comparison() -> Result<Comparison, Failure> {
    let scope = IncidentScope::new();
    let reached = scope.reach()?;
    let count = count(&reached);
    let one_thread = ThreadPoolBuilder::new().num_threads(1).build()?;
    let on_one_thread = {
        let scope = scope.clone();
        move || one_thread.install(|| Ok(self::count(&scope.reach()?)))
    };
    let title = format!("reaching {count} hosts");
    let amount = Throughput::Elements(count as u64);
    Ok(Comparison::new("explore", title)
        .with("patchstate", &amount, move || Ok(self::count(&scope.reach()?)))
        .with("patchstate on one thread", &amount, on_one_thread)
        .with("textbook search", &amount, move || {
            let mut found = 0;
            for reached in &reached {
                found += textbook_search(reached)?;
            }
            Ok(found)
        }))
}

fn count(reached: &[Reached]) -> usize {
    reached.iter().map(Reached::host_count).sum()
}

/// As a textbook has it. Compiling the catalog is part of it, as it is part of ours.
fn textbook_search(reached: &Reached) -> Result<usize, Failure> {
    let model = reached.simulation().model();
    let (architecture, switches) = (model.architecture(), model.switches());
    let catalog = Arc::clone(model.catalog());
    let model = Model::with_scope(catalog, architecture, switches, model.scope().clone())?;
    let mut predecessors: HashMap<Host, Option<(Host, &Step)>> = HashMap::new();
    let mut waiting: VecDeque<Host> = model.bases().collect();
    predecessors.extend(waiting.iter().map(|host| (host.clone(), None)));
    while let Some(host) = waiting.pop_front() {
        for (step, action) in reached.steps() {
            let action: Action = *action;
            let Outcome::Applied(after) = model.apply(&host, action) else { continue };
            if let Entry::Vacant(vacant) = predecessors.entry(after) {
                waiting.push_back(vacant.key().clone());
                vacant.insert(Some((host.clone(), step)));
            }
        }
    }
    Ok(predecessors.len())
}
