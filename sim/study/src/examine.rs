//! One host: its files as bytes, the verdict about these bytes, and the truth about the host.

use crate::{Facts, StudyError};
use patchstate_detect::{Advisories, Evidence, ImageCache, MemoryTree, Verdict};
use patchstate_image::{HostTree, ImageStore};
use patchstate_oracle::{Disagreement, Truth, compare, truth};
use patchstate_servicing::{Host, Model, Scope, Switches};
use patchstate_terms::Architecture;
use std::sync::Arc;

/// A model, and what is needed to look at its hosts from both sides.
#[derive(Debug)]
pub struct Simulation {
    model: Model,
    files: Arc<SharedFiles>,
}

/// Images that were made and evidence that was read, for any number of simulations of a catalog
/// under the same assumptions.
#[derive(Debug)]
pub struct SharedFiles {
    images: ImageStore,
    evidence: ImageCache,
    known: Arc<Advisories>,
}

impl SharedFiles {
    /// Nothing was made yet.
    #[must_use]
    pub fn new(facts: &Facts, switches: Switches) -> Arc<Self> {
        let images = ImageStore::new(switches.in_force(Arc::clone(&facts.catalog)));
        let known = Arc::clone(&facts.known);
        Arc::new(Self { images, evidence: ImageCache::default(), known })
    }
}

/// A host from both sides.
#[derive(Clone, Debug)]
pub struct Examination {
    /// What is really the case.
    pub truth: Truth,
    /// What the detection core says about the host's files.
    pub verdict: Verdict,
    /// Where the two differ; `None` when they agree.
    pub disagreement: Option<Disagreement>,
}

impl Simulation {
    /// A simulation of the whole catalog.
    pub fn new(
        facts: &Facts,
        architecture: Architecture,
        switches: Switches,
    ) -> Result<Self, StudyError> {
        let model = Model::new(Arc::clone(&facts.catalog), architecture, switches)?;
        Ok(Self::of(model, SharedFiles::new(facts, switches)))
    }

    /// A simulation of the part of a catalog that a scope names.
    pub fn with_scope(
        facts: &Facts,
        architecture: Architecture,
        switches: Switches,
        scope: Scope,
    ) -> Result<Self, StudyError> {
        let catalog = Arc::clone(&facts.catalog);
        let model = Model::with_scope(catalog, architecture, switches, scope)?;
        Ok(Self::of(model, SharedFiles::new(facts, switches)))
    }

    /// A simulation that shares its files with others of the same catalog and assumptions.
    #[must_use]
    pub fn of(model: Model, files: Arc<SharedFiles>) -> Self {
        Self { model, files }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The images made so far.
    #[must_use]
    pub fn images(&self) -> &ImageStore {
        &self.files.images
    }

    /// Every file of a host.
    pub fn tree(&self, host: &Host) -> Result<HostTree, StudyError> {
        Ok(self.files.images.tree(self.model.view(host))?)
    }

    /// What the detection core says about some files. Images that were read before are not read
    /// again.
    #[must_use]
    pub fn judge(&self, tree: &HostTree) -> Verdict {
        patchstate_detect::judge(&self.evidence(tree))
    }

    /// The same without advice.
    #[must_use]
    pub fn assess(&self, tree: &HostTree) -> Verdict {
        patchstate_detect::assess(&self.evidence(tree))
    }

    fn evidence(&self, tree: &HostTree) -> Evidence {
        patchstate_detect::gather_with(&memory(tree), self.known(), &self.files.evidence)
    }

    /// What the detection core knows.
    pub(crate) fn known(&self) -> &Arc<Advisories> {
        &self.files.known
    }

    /// What was read of files so far.
    pub(crate) fn evidence_cache(&self) -> &ImageCache {
        &self.files.evidence
    }

    /// The truth about a host.
    #[must_use]
    pub fn truth(&self, host: &Host) -> Truth {
        truth(self.model.view(host))
    }

    /// Looks at a host from both sides.
    pub fn examine(&self, host: &Host) -> Result<Examination, StudyError> {
        let truth = self.truth(host);
        let verdict = self.judge(&self.tree(host)?);
        let disagreement = compare(&truth, verdict.status, &verdict.findings);
        Ok(Examination { truth, verdict, disagreement })
    }
}

/// The files of a host, as a detector reads them.
pub(crate) fn memory(tree: &HostTree) -> MemoryTree {
    let mut memory = MemoryTree::default();
    for (path, file) in &tree.files {
        memory.insert_shared(path.clone(), Arc::clone(&file.bytes), file.number);
    }
    memory
}
