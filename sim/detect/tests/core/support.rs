//! What the core says of hosts that were made for tests.

use patchstate_detect::{Advisories, MemoryTree, Verdict, gather, judge};
use patchstate_test_support::host::Host;

/// A host as the core sees it.
pub(crate) trait Judged {
    /// Its files.
    fn tree(&self) -> MemoryTree;

    /// What the core says about it; every finding names its file.
    fn verdict(&self) -> Verdict;
}

impl Judged for Host {
    fn tree(&self) -> MemoryTree {
        self.contents().into_iter().collect()
    }

    fn verdict(&self) -> Verdict {
        let verdict = judge(&gather(&self.tree(), &Advisories::built_in()));
        // A reader sees the sentence alone.
        for finding in &verdict.findings {
            let name = finding.file.file_name();
            assert!(finding.detail.contains(name), "{name} is not named: {}", finding.detail);
        }
        verdict
    }
}
