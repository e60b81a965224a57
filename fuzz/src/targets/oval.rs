//! OVAL documents, and what their definitions say about a host.

use super::{
    TEXT_BYTES_MAX, check_diagnostics,
    known::{EVIDENCE, TREE},
};
use patchstate_rules::{OvalDocument, OvalOptions, Rule, Subject, xml_source};

/// Reads the input as an OVAL document, and lets every definition judge.
pub(crate) fn oval(bytes: &[u8]) {
    let source = match xml_source("a.xml", bytes.get(..TEXT_BYTES_MAX).unwrap_or(bytes)) {
        Ok(source) => source,
        Err(diagnostic) => return check_diagnostics(&[*diagnostic]),
    };
    let (document, diagnostics) = OvalDocument::read(source);
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
