//! Rule files, and what the rules in them say about a host.

use super::{
    check_diagnostics, files_of,
    known::{EVIDENCE, TREE},
    source, text_of,
};
use patchstate_rules::{Rule, Subject, read_rules};
use patchstate_source::Severity;
use patchstate_terms::Status;

/// Reads the input as one or more rule files, and lets every rule judge.
pub(crate) fn rule_file(bytes: &[u8]) {
    let Some(text) = text_of(bytes) else { return };
    let files: Vec<_> =
        files_of(text, "a.rule.toml").into_iter().map(|(name, text)| source(name, text)).collect();
    let (rules, diagnostics) = read_rules(&files);
    check_diagnostics(&diagnostics);
    let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
    assert!(rules.len() == files.len() || errors > 0, "a rule is missing and nothing says why");
    let subject = Subject { evidence: &EVIDENCE, tree: &*TREE, folder: None };
    for rule in &rules {
        let judgement = rule.judge(&subject);
        assert_eq!(judgement, rule.judge(&subject), "the same rule says the same");
        if judgement.status == Status::Inconclusive {
            assert!(judgement.reason.is_some() || judgement.clause.is_some());
        }
        let clauses = rule.clauses();
        if let Some(clause) = judgement.clause {
            assert!(clause < clauses.len());
        }
        assert_eq!(rule.clause_values(&subject).len(), clauses.len());
        for clause in clauses {
            assert!(rule.source().text.get(clause.span.clone()).is_some(), "{clause:?}");
        }
    }
}
