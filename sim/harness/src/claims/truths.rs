//! What conditions need to know of the truth about hosts.

use patchstate_catalog::{Catalog, FileId};
use patchstate_oracle::truth;
use patchstate_servicing::HostView;
use patchstate_terms::{FindingKind, Status, WindowsPath};
use rustc_hash::FxHashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// What conditions need of a truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) status: Status,
    findings: Vec<(FindingKind, FileId)>,
}

impl Summary {
    /// Whether there is a finding of this kind, about this file or about any.
    pub(super) fn has(&self, kind: FindingKind, file: Option<FileId>) -> bool {
        let fits = |found: &(FindingKind, FileId)| {
            found.0 == kind && file.is_none_or(|file| found.1 == file)
        };
        self.findings.iter().any(fits)
    }
}

/// Truths by what shows of a host; each is found out once.
#[derive(Debug)]
pub(super) struct Truths {
    files: FxHashMap<WindowsPath, FileId>,
    known: RwLock<FxHashMap<u64, Arc<Summary>>>,
}

impl Truths {
    pub(super) fn new(catalog: &Catalog) -> Self {
        let files = catalog.file_ids().map(|file| (catalog.file(file).path.clone(), file));
        Self { files: files.collect(), known: RwLock::default() }
    }

    /// The truth about a host, of which `image` shows.
    pub(super) fn of(&self, image: u64, host: HostView<'_>) -> Arc<Summary> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&image).cloned();
        known.unwrap_or_else(|| {
            let truth = truth(host);
            let findings = truth.findings.iter();
            let findings = findings
                .filter_map(|finding| Some((finding.kind, *self.files.get(&finding.file)?)));
            let summary = Summary { status: truth.status, findings: findings.collect() };
            let summary = Arc::new(summary);
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.insert(image, Arc::clone(&summary));
            summary
        })
    }
}
