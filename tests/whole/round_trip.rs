//! The way from a host to bytes and back: what the detection core reads is what host and catalog
//! say, in every field.
//!
//! **Owns** this for every host of the default scope, for every copy of every file of the catalog,
//! and for every update that can be recorded.
//!
//! **Start reading** at `common/image_facts.rs`, which lists the fields of an image.

use crate::common::{
    image_facts::ImageFacts,
    reach::{reach, words},
    round_trip::RoundTrip,
};
use patchstate_catalog::FileId;
use patchstate_detect::ImageEvidence;
use patchstate_image::ImageStore;
use patchstate_servicing::{FileCopy, Switches};
use patchstate_study::{Facts, Simulation};
use patchstate_terms::{Architecture, Branch, Level};
use patchstate_test_model::scope::{CATALOG, DEFAULT};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Compares every host of the default scope; gives how many different images, registries and sets
/// of files they have.
fn every_host(architecture: Architecture) -> [usize; 3] {
    let reached = reach(architecture, DEFAULT);
    let simulation = reached.simulation();
    let mut round_trip = RoundTrip::default();
    for (id, host) in reached.hosts() {
        let tree = simulation.tree(&host).expect("the images can be written");
        let wrong = round_trip.differences(simulation.model().view(&host), &tree);
        assert!(wrong.is_empty(), "{}: {wrong:#?}", words(&reached.order(id)));
    }
    round_trip.counts()
}

#[test]
fn what_is_read_of_every_x86_host_of_the_default_scope_is_what_the_host_says() {
    let [images, registries, sets] = every_host(Architecture::X86);
    // 45 files at three levels; two of them in two revisions of KB973917 on two branches.
    assert_eq!(images, 45 * 3 + 2 * 2 * 2);
    // RTM, or one of two service packs with or without a cache; IIS or not; three states of the
    // update.
    assert_eq!(registries, 5 * 2 * 3);
    assert!(sets > images, "{sets} sets of files");
}

#[test]
fn what_is_read_of_every_x64_host_of_the_default_scope_is_what_the_host_says() {
    let [images, registries, sets] = every_host(Architecture::X64);
    assert_eq!(images, 45 * 2 + 2 * 2 * 2);
    // SP1 is never applied, so it leaves no cache.
    assert_eq!(registries, 3 * 2 * 3);
    assert!(sets > registries, "{sets} sets of files");
}

/// Every copy of a file that can be on a host of an architecture: the untouched one of each level
/// that there is media for, and what packages for these levels carry.
fn copies(architecture: Architecture, file: FileId) -> BTreeSet<FileCopy> {
    let media = match architecture {
        Architecture::X86 => &[Level::RTM, Level::SP1, Level::SP2][..],
        Architecture::X64 => &[Level::SP1, Level::SP2],
    };
    let mut copies = BTreeSet::new();
    for level in media {
        let revision = CATALOG.level(*level).revision;
        copies.insert(FileCopy { revision, branch: Branch::Gdr });
        for update in &CATALOG.updates {
            let packages = update.releases.iter().flat_map(|release| release.table(*level));
            for package in packages.filter(|package| package.file == file) {
                let revision = package.qfe_revision;
                copies.insert(FileCopy { revision, branch: Branch::Qfe });
                if !update.qfe_only {
                    copies.insert(FileCopy { revision: package.revision, branch: Branch::Gdr });
                }
            }
        }
    }
    copies
}

#[test]
fn what_is_read_of_every_copy_of_every_file_is_what_the_catalog_says() {
    let store = ImageStore::new(Arc::clone(&CATALOG));
    let mut count = 0;
    for architecture in Architecture::ALL {
        for file in CATALOG.file_ids() {
            for copy in copies(architecture, file) {
                let image = store.image(architecture, file, copy).expect("it can be written");
                let expected = ImageFacts::expected(&CATALOG, architecture, file, copy);
                let evidence = ImageEvidence::read(&image.bytes);
                let read = ImageFacts::read(&evidence, &image.bytes);
                assert_eq!(expected.difference(&read, &CATALOG.file(file).path), None);
                count += 1;
            }
        }
    }
    // 53 files at three levels or two; and the copies of updates: two of a hotfix, and 23 on x86
    // and 18 on x64 that are on both branches.
    assert_eq!(count, 53 * 3 + 53 * 2 + 2 * 2 + (23 + 18) * 2);
}

/// A rule remembers what it found in an image by its number, also over architectures.
#[test]
fn equal_numbers_are_equal_bytes_whichever_store_made_them() {
    let mut bytes_of = BTreeMap::new();
    let mut count = 0;
    for architecture in Architecture::ALL {
        let simulation = Simulation::new(&Facts::of(&CATALOG), architecture, Switches::default());
        let simulation = simulation.expect("a model of the whole catalog");
        let order = ["os:sp1", "+iis"].map(str::to_owned);
        let host = simulation.follow(&order).expect("an install order");
        for file in simulation.tree(&host).expect("images can be written").files.into_values() {
            count += 1;
            let known = bytes_of.entry(file.number).or_insert_with(|| file.bytes.clone());
            assert_eq!(*known, file.bytes);
        }
    }
    // The images and hives of both; what the two share was made by each.
    assert_eq!(count, bytes_of.len());
}

#[test]
fn what_is_read_of_every_recorded_update_is_what_the_host_says() {
    let all = "+iis +iis_ftp +iis_smtp +iis_nntp";
    let mut count = 0;
    for architecture in Architecture::ALL {
        let simulation = Simulation::new(&Facts::of(&CATALOG), architecture, Switches::default());
        let simulation = simulation.expect("a model of the whole catalog");
        let mut round_trip = RoundTrip::default();
        for level in &CATALOG.architecture(architecture).expect("it is covered").media {
            for update in &CATALOG.updates {
                for release in update.releases.iter().filter(|r| !r.table(*level).is_empty()) {
                    let install = format!("{}/v{}", update.id, release.number);
                    // With all components, with none, and after a service pack.
                    for middle in [all, "", &format!("{all} {install} sp2")] {
                        let order = format!("os:{level} {middle} {install}");
                        let order: Vec<&str> = order.split_whitespace().collect();
                        let host = simulation.follow(&order).expect("steps of the catalog");
                        let tree = simulation.tree(&host).expect("the images can be written");
                        let view = simulation.model().view(&host);
                        assert_eq!(round_trip.differences(view, &tree), [""; 0], "{order:?}");
                        count += view.records().count();
                    }
                }
            }
        }
    }
    // Twice 18 packages on x86 (four for RTM, four for SP1, ten for SP2), twice 14 on x64; after
    // the service pack those for SP2, and two of SP1 that it does not contain.
    assert_eq!(count, 2 * 18 + 12 + 2 * 14 + 12);
}
