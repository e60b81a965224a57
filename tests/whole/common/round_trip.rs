//! A host against what the detection core reads of its files, in every field.
//!
//! Shared by the round trip itself and by the canary, which must not get through it.

use super::{image_facts::ImageFacts, registry_facts::RegistryFacts};
use patchstate_catalog::FileId;
use patchstate_detect::{Advisories, Evidence, FileEvidence, ImageCache, MemoryTree, gather_with};
use patchstate_image::{HostTree, SharedFile};
use patchstate_servicing::{FileCopy, HostView};
use patchstate_terms::{Level, WindowsPath};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What of a host shows in its registry: level, cache, components, and of each record the update,
/// the release and the level.
type Shown = (Level, Option<Level>, Vec<u16>, Vec<(u16, u8, Level)>);

/// Remembers what was compared, so that every image and every registry is compared once.
#[derive(Default)]
pub(crate) struct RoundTrip {
    cache: ImageCache,
    images: BTreeMap<(u64, FileId, FileCopy), Option<String>>,
    registries: BTreeMap<([u64; 2], Shown), Option<String>>,
    sets: BTreeMap<Vec<(WindowsPath, u64)>, Arc<Evidence>>,
}

impl RoundTrip {
    /// How many different images, registries and sets of files were compared.
    pub(crate) fn counts(&self) -> [usize; 3] {
        let images: BTreeSet<u64> = self.images.keys().map(|(number, ..)| *number).collect();
        let registries: BTreeSet<[u64; 2]> =
            self.registries.keys().map(|(numbers, _)| *numbers).collect();
        [images.len(), registries.len(), self.sets.len()]
    }

    /// Where the evidence in a tree differs from the host, in words.
    pub(crate) fn differences(&mut self, host: HostView<'_>, tree: &HostTree) -> Vec<String> {
        let evidence = self.evidence(tree);
        let mut wrong = presence(host, tree, &evidence);
        for (file, copy) in host.files() {
            let path = &host.model().catalog().file(file).path;
            if let Some(shared) = tree.files.get(path) {
                wrong.extend(self.image(host, file, copy, shared, &evidence));
            }
        }
        wrong.extend(self.registry(host, tree, &evidence));
        wrong
    }

    /// The evidence in a set of files; every set is gathered once.
    fn evidence(&mut self, tree: &HostTree) -> Arc<Evidence> {
        let key: Vec<_> = tree.files.iter().map(|(path, f)| (path.clone(), f.number)).collect();
        let cache = &self.cache;
        let gather = || {
            let mut memory = MemoryTree::new();
            for (path, file) in &tree.files {
                memory.insert_shared(path.clone(), Arc::clone(&file.bytes), file.number);
            }
            Arc::new(gather_with(&memory, &Advisories::built_in(), cache))
        };
        Arc::clone(self.sets.entry(key).or_insert_with(gather))
    }

    fn image(
        &mut self,
        host: HostView<'_>,
        file: FileId,
        copy: FileCopy,
        shared: &SharedFile,
        evidence: &Evidence,
    ) -> Option<String> {
        let catalog = host.model().catalog();
        let path = &catalog.file(file).path;
        let compare = || {
            let Some(FileEvidence::Image(image)) = evidence.files.get(path) else {
                return Some(format!("{path}: not read as an image"));
            };
            let expected = ImageFacts::expected(catalog, host.architecture(), file, copy);
            expected.difference(&ImageFacts::read(image, &shared.bytes), path)
        };
        self.images.entry((shared.number, file, copy)).or_insert_with(compare).clone()
    }

    fn registry(
        &mut self,
        host: HostView<'_>,
        tree: &HostTree,
        evidence: &Evidence,
    ) -> Option<String> {
        let hive = |name: &str| {
            let path = format!("system32/config/{name}").parse().expect("a path");
            tree.files.get(&path)
        };
        let (Some(software), Some(system)) = (hive("software"), hive("system")) else {
            return Some("a hive is not there".to_owned());
        };
        let shown = (
            host.level(),
            host.cache(),
            host.components().map(|component| component.0).collect(),
            host.records().map(|record| (record.update.0, record.release, record.level)).collect(),
        );
        let compare = || {
            let expected = RegistryFacts::expected(host);
            let read = RegistryFacts::read(&evidence.registry, &software.bytes, &system.bytes);
            (expected != read).then(|| format!("expected {expected:#?}, read {read:#?}"))
        };
        let key = ([software.number, system.number], shown);
        self.registries.entry(key).or_insert_with(compare).clone()
    }
}

/// Exactly the host's files are there, in the tree and in the evidence, and two hives.
fn presence(host: HostView<'_>, tree: &HostTree, evidence: &Evidence) -> Vec<String> {
    let catalog = host.model().catalog();
    let mut wrong = Vec::new();
    let mut expected: BTreeSet<&str> =
        BTreeSet::from(["system32/config/software", "system32/config/system"]);
    for file in catalog.file_ids() {
        let path = &catalog.file(file).path;
        let is_there = host.file(file).is_some();
        if is_there {
            expected.insert(path.as_str());
        }
        let seen = match evidence.file(path) {
            Ok(image) => image.is_some(),
            Err(unknown) => {
                wrong.push(unknown.reason);
                continue;
            }
        };
        if seen != is_there {
            wrong.push(format!("{path}: on the host {is_there}, in the evidence {seen}"));
        }
    }
    let found: BTreeSet<&str> = tree.files.keys().map(WindowsPath::as_str).collect();
    let other = expected.symmetric_difference(&found);
    wrong.extend(other.map(|path| format!("{path}: in the tree {}", found.contains(path))));
    wrong
}
