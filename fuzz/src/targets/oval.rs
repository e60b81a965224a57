//! OVAL documents, and what their definitions say about a host.

use super::{
    check_diagnostics,
    known::{EVIDENCE, TREE},
    source, text_of,
};
use patchstate_rules::{OvalDocument, OvalOptions, Rule, Subject};

/// Reads the input as an OVAL document, and lets every definition judge.
pub(crate) fn oval(bytes: &[u8]) {
    let Some(text) = text_of(bytes) else { return };
    let (document, diagnostics) = OvalDocument::read(source("a.xml", text));
    check_diagnostics(&diagnostics);
    let Some(document) = document else {
        assert!(!diagnostics.is_empty(), "no document, and nothing says why");
        return;
    };
    let subject = Subject { evidence: &EVIDENCE, tree: &*TREE, folder: None };
    for rule in document.rules(&OvalOptions::default()) {
        let judgement = rule.judge(&subject);
        assert_eq!(judgement, rule.judge(&subject), "the same definition says the same");
        if let Some(clause) = judgement.clause {
            assert!(clause < rule.clauses().len());
        }
        for clause in rule.clauses() {
            assert!(rule.source().text.get(clause.span.clone()).is_some(), "{clause:?}");
        }
    }
}
