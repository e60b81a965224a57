//! The whole `verify` of the scope of the incident: all hosts reached, their files written,
//! judged and compared with the truth, on all processors.
//!
//! The peer shares nothing: for each host it writes every file anew, reads it back, judges and
//! compares, on one thread. That takes minutes for all hosts, so it looks at every 64th one of
//! them, and rates count hosts. It gets the hosts for nothing; ours has to reach them first.

use super::{
    comparison::{Comparison, Failure},
    scope::IncidentScope,
};
use criterion::Throughput;
use patchstate_catalog::Catalog;
use patchstate_detect::{Advisories, MemoryTree, gather, judge};
use patchstate_image::ImageStore;
use patchstate_oracle::compare;
use patchstate_servicing::Host;
use patchstate_study::{Evaluator, Facts, Reached, verify};
use std::sync::Arc;

/// One host in so many is looked at by the peer.
const STRIDE: usize = 64;

/// `verify` beside its peer.
pub(crate) fn comparison() -> Result<Comparison, Failure> {
    let scope = IncidentScope::new();
    let reached = scope.reach()?;
    let count: usize = reached.iter().map(Reached::host_count).sum();
    let sample =
        |reached: &Reached| reached.hosts().step_by(STRIDE).map(|(_, host)| host).collect();
    let samples: Vec<Vec<Host>> = reached.iter().map(sample).collect();
    let sample_count: usize = samples.iter().map(Vec::len).sum();
    let catalog = Arc::clone(&scope.catalog);
    let title = format!("verifying {count} hosts");
    let amount = Throughput::Elements(count as u64);
    let looked_at = Throughput::Elements(sample_count as u64);
    Ok(Comparison::new("end_to_end", title)
        .with("patchstate", &amount, move || {
            let evaluator = Evaluator::new(&[], None)?;
            let verification =
                verify(&Facts::of(&scope.catalog), &scope.options, &evaluator, &|_| {})?;
            Ok(verification.rules.iter().map(|rule| rule.nearest.len()).sum())
        })
        .with("host by host without sharing", &looked_at, move || {
            let mut wrong = 0;
            for (reached, hosts) in reached.iter().zip(&samples) {
                for host in hosts {
                    wrong += usize::from(!agrees(&catalog, reached, host)?);
                }
            }
            Ok(wrong)
        }))
}

/// Whether verdict and truth agree on one host.
fn agrees(catalog: &Arc<Catalog>, reached: &Reached, host: &Host) -> Result<bool, Failure> {
    let simulation = reached.simulation();
    let files = ImageStore::new(Arc::clone(catalog)).tree(simulation.model().view(host))?.files;
    let mut tree = MemoryTree::new();
    for (path, file) in files {
        tree.insert(path, file.bytes);
    }
    let verdict = judge(&gather(&tree, &Advisories::built_in()));
    Ok(compare(&simulation.truth(host), verdict.status, &verdict.findings).is_none())
}
