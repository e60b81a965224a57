//! How a rule file judges.

use super::{
    host::Host,
    parts::FileParts,
    rule::{FileRule, OTHERWISE},
    term::Doubt,
};
use crate::{
    Clause, ClauseValue, Ground, Head, Judgement, Outcome, Reads, Rule, RuleParts, Subject,
    part::Groups,
};
use patchstate_terms::Status;
use std::collections::BTreeSet;

impl Rule for FileRule {
    fn head(&self) -> &Head {
        &self.head
    }

    fn reads(&self) -> &Reads {
        &self.reads
    }

    fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let text = |clause: usize| self.clauses.get(clause).map(|clause| clause.text.as_str());
        let verdicts = self.verdicts();
        let verdicts =
            verdicts.map(|(status, clause)| Outcome::new(status, text(clause).unwrap_or_default()));
        verdicts.chain([Outcome::otherwise(OTHERWISE)]).collect()
    }

    fn judge(&self, subject: &Subject<'_>) -> Judgement {
        let host = Host::new(subject.evidence, &self.program.fields);
        for verdict in &self.program.verdicts {
            match verdict.term.holds(&host) {
                Ok(true) => return Judgement::decided(verdict.status, verdict.clause),
                Ok(false) => {}
                Err(doubt) => {
                    return Judgement::inconclusive(Some(verdict.clause), reason(doubt, &host));
                }
            }
        }
        Judgement { status: OTHERWISE, clause: None, reason: None, failed: false }
    }

    fn clause_values(&self, subject: &Subject<'_>) -> Vec<ClauseValue> {
        let host = Host::new(subject.evidence, &self.program.fields);
        self.terms.iter().map(|term| term.clause_value(&host)).collect()
    }

    fn grounds(&self, subject: &Subject<'_>, truth: Status) -> Vec<Ground> {
        let says = |status: &Status| self.verdicts().any(|(said, _)| said == *status);
        let wanted = match self.head.stands_for.contains(&truth) {
            // A verdict that names another of its statuses would be as right.
            true if says(&truth) => BTreeSet::from([truth]),
            true => self.head.stands_for.clone(),
            false => BTreeSet::new(),
        };
        self.find_grounds(&Host::new(subject.evidence, &self.program.fields), &wanted)
    }

    fn is_constant(&self, clause: usize) -> bool {
        self.terms.get(clause).is_some_and(|term| term.constant().is_some())
    }

    fn parts(&self, groups: Groups<'_>) -> Result<RuleParts, String> {
        Ok(FileParts::new(&self.program, &self.terms, groups)?.into())
    }

    fn as_file_rule(&self) -> Option<&FileRule> {
        Some(self)
    }
}

fn reason(doubt: Doubt, host: &Host<'_>) -> String {
    match doubt {
        Doubt::Field(slot) => host.reason(slot),
        Doubt::Kind(Some(slot)) => format!("{}, which the rule does not expect", host.show(slot)),
        Doubt::Kind(None) => "a value is of another kind than the rule expects".to_owned(),
        Doubt::Calculation => "a number is divided by zero, or leaves its range".to_owned(),
    }
}
