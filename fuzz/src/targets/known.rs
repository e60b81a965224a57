//! What does not depend on the input and is made once.

use patchstate_catalog::Catalog;
use patchstate_detect::{Advisories, Evidence, MemoryTree, gather};
use patchstate_servicing::Switches;
use patchstate_study::{Facts, Simulation};
use patchstate_terms::Architecture;
use std::sync::{Arc, LazyLock};

/// The built-in catalog.
pub(super) static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| Arc::new(Catalog::built_in()));

/// The files of one host: IIS of RTM on a system with Service Pack 2, one update recorded.
pub(super) static TREE: LazyLock<MemoryTree> = LazyLock::new(|| {
    let simulation = Simulation::new(&Facts::of(&CATALOG), Architecture::X86, Switches::default())
        .expect("the built-in catalog");
    let order = ["os:rtm", "sp2", "+iis@rtm", "kb973917/v1"];
    let host = simulation.follow(&order).expect("steps of the catalog");
    let files = simulation.tree(&host).expect("images of the catalog");
    let mut tree = MemoryTree::new();
    for (path, file) in &files.files {
        tree.insert(path.clone(), Arc::clone(&file.bytes));
    }
    tree
});

/// What was read of it.
pub(super) static EVIDENCE: LazyLock<Evidence> =
    LazyLock::new(|| gather(&*TREE, &Advisories::built_in()));
