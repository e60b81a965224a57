//! The rows of `scan --format ndjson`: an object for each tree, and one about all of them.

use super::scan::ScanObject;
use patchstate_study::CORE_RULE;
use patchstate_terms::Status;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What was found in one of several trees. It is one line.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScanRowObject {
    /// `patchstate.scan-row/1`.
    pub schema: &'static str,
    /// The folder, as it was named.
    pub root: String,
    /// Why nothing is known of the tree; null where it was scanned.
    pub error: Option<String>,
    /// What was found; null where the tree could not be scanned.
    pub scan: Option<ScanObject>,
}

impl ScanRowObject {
    /// The row of a tree, with what was found or why nothing is known.
    #[must_use]
    pub fn new(root: String, found: Result<ScanObject, String>) -> Self {
        let (scan, error) = match found {
            Ok(scan) => (Some(scan), None),
            Err(error) => (None, Some(error)),
        };
        Self { schema: "patchstate.scan-row/1", root, error, scan }
    }
}

/// What was found in all trees. It is the last line.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScanSummaryObject {
    /// `patchstate.scan-summary/1`.
    pub schema: &'static str,
    /// How many trees were named.
    pub trees: usize,
    /// How many of them could not be scanned.
    pub unread: usize,
    /// What the detection core says, then each rule that was asked for.
    pub rules: Vec<ScanCountsObject>,
}

/// Trees by what one rule says.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScanCountsObject {
    /// The rule.
    pub rule: String,
    /// How many trees have each status that the rule said.
    pub by_status: BTreeMap<String, usize>,
    /// On how many trees it differs from the detection core.
    pub differ: usize,
}

impl ScanSummaryObject {
    /// No tree yet, for these rules besides the detection core.
    #[must_use]
    pub fn new<'a>(rules: impl IntoIterator<Item = &'a str>) -> Self {
        let rules = std::iter::once(CORE_RULE).chain(rules).map(|rule| ScanCountsObject {
            rule: rule.to_owned(),
            by_status: BTreeMap::new(),
            differ: 0,
        });
        let rules = rules.collect();
        Self { schema: "patchstate.scan-summary/1", trees: 0, unread: 0, rules }
    }

    /// Counts a tree that could not be scanned.
    pub fn count_unread(&mut self) {
        self.trees += 1;
        self.unread += 1;
    }

    /// Counts a tree: the status that the core says, then of each rule its status and whether it
    /// differs.
    pub fn count(&mut self, core: Status, rules: &[(Status, bool)]) {
        self.trees += 1;
        let said = std::iter::once((core, false)).chain(rules.iter().copied());
        for (counts, (status, differs)) in self.rules.iter_mut().zip(said) {
            *counts.by_status.entry(status.to_string()).or_default() += 1;
            counts.differ += usize::from(differs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tree_is_counted_for_the_core_and_for_each_rule() {
        let mut summary = ScanSummaryObject::new(["mine"]);
        summary.count(Status::Broken, &[(Status::Consistent, true)]);
        summary.count(Status::Broken, &[(Status::Broken, false)]);
        summary.count_unread();
        assert_eq!((summary.trees, summary.unread), (3, 1));
        let rules: Vec<_> = summary
            .rules
            .iter()
            .map(|one| (one.rule.as_str(), one.by_status.clone(), one.differ))
            .collect();
        let by_status = |rows: &[(&str, usize)]| {
            rows.iter().map(|(word, n)| ((*word).to_owned(), *n)).collect()
        };
        assert_eq!(
            rules,
            [
                ("core", by_status(&[("broken", 2)]), 0),
                ("mine", by_status(&[("broken", 1), ("consistent", 1)]), 1),
            ]
        );
    }
}
