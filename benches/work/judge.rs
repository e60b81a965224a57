//! Evidence and verdict for every different set of files of the scope of the incident, by one
//! thread.
//!
//! Each image and each registry is read once and shared between sets, as `verify` does. Peers:
//! the same without sharing, so that every set is read from its bytes; and one full parse by the
//! crate `goblin` of each different image, which is reading alone, without hives and verdicts.

use super::{
    comparison::{Comparison, Failure},
    scope::IncidentScope,
};
use criterion::Throughput;
use goblin::pe::PE;
use patchstate_detect::{Advisories, ImageCache, MemoryTree, gather, gather_with, judge};
use patchstate_study::Reached;
use std::{
    collections::{BTreeMap, BTreeSet},
    hint::black_box,
    sync::Arc,
};

/// What is judged on one architecture. Identities hold within it.
struct Sets {
    trees: Vec<MemoryTree>,
    images: Vec<Arc<[u8]>>,
}

/// The detection core beside its peers.
pub(crate) fn comparison() -> Result<Comparison, Failure> {
    let reached = IncidentScope::new().reach()?;
    let sets: Result<Vec<Sets>, Failure> = reached.iter().map(Sets::new).collect();
    let shared = Arc::new(sets?);
    let count: usize = shared.iter().map(|sets| sets.trees.len()).sum();
    let image_count: usize = shared.iter().map(|sets| sets.images.len()).sum();
    let title = format!("judging {count} sets of files ({image_count} images)");
    let amount = Throughput::Elements(count as u64);
    let (alone, parsed) = (Arc::clone(&shared), Arc::clone(&shared));
    Ok(Comparison::new("judge", title)
        .with("patchstate", &amount, move || {
            let mut judged = 0;
            for sets in shared.iter() {
                let cache = ImageCache::new();
                judged += count_judged(sets, |tree| {
                    judge(&gather_with(tree, &Advisories::built_in(), &cache))
                });
            }
            Ok(judged)
        })
        .with("patchstate without sharing", &amount, move || {
            Ok(alone
                .iter()
                .map(|sets| {
                    count_judged(sets, |tree| judge(&gather(tree, &Advisories::built_in())))
                })
                .sum())
        })
        .with("goblin, full parse", &amount, move || {
            for image in parsed.iter().flat_map(|sets| &sets.images) {
                black_box(PE::parse(image)?);
            }
            Ok(parsed.iter().map(|sets| sets.trees.len()).sum())
        }))
}

fn count_judged<T>(sets: &Sets, judge: impl Fn(&MemoryTree) -> T) -> usize {
    for tree in &sets.trees {
        black_box(judge(tree));
    }
    sets.trees.len()
}

impl Sets {
    fn new(reached: &Reached) -> Result<Self, Failure> {
        let mut seen = BTreeSet::new();
        let mut images = BTreeMap::new();
        let mut trees = Vec::new();
        for (_, host) in reached.hosts() {
            let tree = reached.simulation().tree(&host)?;
            let files = tree.files.iter();
            let key: Vec<_> = files.map(|(path, file)| (path.clone(), file.number)).collect();
            if !seen.insert(key) {
                continue;
            }
            let mut memory = MemoryTree::new();
            for (path, file) in tree.files {
                if file.is_image {
                    images.insert(file.number, Arc::clone(&file.bytes));
                }
                memory.insert_shared(path, file.bytes, file.number);
            }
            trees.push(memory);
        }
        Ok(Self { trees, images: images.into_values().collect() })
    }
}
