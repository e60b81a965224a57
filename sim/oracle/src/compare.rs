//! Verdict against truth.

use crate::Truth;
use patchstate_terms::{Finding, FindingKey, Status};
use std::collections::BTreeSet;

/// Where a verdict differs from the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// What is really the case.
    pub truth: Status,
    /// What the verdict says.
    pub verdict: Status,
    /// Findings of the truth that the verdict lacks.
    pub missed: Vec<FindingKey>,
    /// Findings of the verdict that are not so.
    pub invented: Vec<FindingKey>,
}

/// Compares a verdict with the truth on the exact status and on the exact set of findings; `None`
/// when they agree. The sentences inside findings do not count.
#[must_use]
pub fn compare(truth: &Truth, status: Status, findings: &[Finding]) -> Option<Disagreement> {
    let keys = |findings: &[Finding]| findings.iter().map(Finding::key).collect::<BTreeSet<_>>();
    let (real, said) = (keys(&truth.findings), keys(findings));
    if truth.status == status && real == said {
        return None;
    }
    Some(Disagreement {
        truth: truth.status,
        verdict: status,
        missed: real.difference(&said).cloned().collect(),
        invented: said.difference(&real).cloned().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchstate_terms::FindingKind;

    fn finding(kind: FindingKind, detail: &str) -> Finding {
        Finding {
            kind,
            file: "system32/a.dll".parse().expect("a path"),
            expected: None,
            found: None,
            import: None,
            update: None,
            detail: detail.to_owned(),
        }
    }

    #[test]
    fn both_status_and_findings_must_be_the_same() {
        let (behind, ahead) = (FindingKind::BehindOs, FindingKind::AheadOfOs);
        let truth = Truth { status: Status::Mismatch, findings: vec![finding(behind, "real")] };
        let said = [finding(behind, "in other words")];
        assert_eq!(compare(&truth, Status::Mismatch, &said), None);
        let differs = compare(&truth, Status::Broken, &said).expect("another status");
        assert_eq!((differs.truth, differs.verdict), (Status::Mismatch, Status::Broken));
        assert!(differs.missed.is_empty() && differs.invented.is_empty());
        let other = [finding(ahead, "real")];
        let differs = compare(&truth, Status::Mismatch, &other).expect("other findings");
        assert_eq!(differs.missed, [truth.findings[0].key()]);
        assert_eq!(differs.invented, [other[0].key()]);
    }
}
