//! Tests of rule files as a whole.
//!
//! The hosts are those that the tests of the detection core are written with.

mod contradictions;
mod diagnostics;
mod grammar;
mod grounds;
mod hosts;
mod mutants;
mod parts;
mod values;

use super::{FileRule, read_rules};
use crate::{Judgement, Rule, Subject};
use patchstate_detect::{Evidence, MemoryTree};
use patchstate_source::{Diagnostic, SourceFile};
use patchstate_test_support::host::Host;

/// A made-up host as files.
trait AsTree {
    fn tree(&self) -> MemoryTree;
}

impl AsTree for Host {
    fn tree(&self) -> MemoryTree {
        self.contents().into_iter().collect()
    }
}

/// A rule file with one verdict; its condition stands on line 5, from column 1 on.
fn file_with(when: &str) -> SourceFile {
    let text = format!(
        "id = \"tried\"\ntitle = \"Tried\"\n[[verdict]]\nstatus = \"mismatch\"\n\
         when = '''\n{when}'''\n"
    );
    SourceFile::new("tried.rule.toml", &text)
}

/// The rule with one condition, which must have no mistake.
fn rule_with(when: &str) -> FileRule {
    let (mut rules, mistakes) = read_rules(&[file_with(when)]);
    assert!(rules.len() == 1, "{when}: {mistakes:#?}");
    rules.remove(0)
}

fn rule_from(text: &str) -> FileRule {
    let (mut rules, mistakes) = read_rules(&[SourceFile::new("tried.rule.toml", text)]);
    assert!(rules.len() == 1, "{text}: {mistakes:#?}");
    rules.remove(0)
}

fn mistakes_of(when: &str) -> Vec<Diagnostic> {
    read_rules(&[file_with(when)]).1
}

fn judge(rule: &FileRule, evidence: &Evidence) -> Judgement {
    let tree = MemoryTree::new();
    rule.judge(&Subject { evidence, tree: &tree, folder: None })
}

fn clause_values(rule: &FileRule, evidence: &Evidence) -> Vec<crate::ClauseValue> {
    let tree = MemoryTree::new();
    rule.clause_values(&Subject { evidence, tree: &tree, folder: None })
}
