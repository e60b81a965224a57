//! Which conditions a verdict of a rule file rests on.
//!
//! **Owns** the way from a condition that did not hold to the operands that kept it from holding,
//! and from one that held to the operands that were enough.
//!
//! **Start reading** at [`FileRule::find_grounds`].

use super::{
    host::Host,
    rule::{FileRule, Part, Verdict},
};
use crate::{ClauseValue, Ground, Reading};
use patchstate_terms::Status;
use std::collections::BTreeSet;

impl FileRule {
    /// The condition that decided, if one did, and of each verdict that was tried and would have
    /// said one of these statuses, the conditions that kept it from that. Of several such verdicts
    /// the one that lacks least is first.
    pub(super) fn find_grounds(&self, host: &Host<'_>, wanted: &BTreeSet<Status>) -> Vec<Ground> {
        let verdicts = &self.program.verdicts;
        let ends = |verdict: &Verdict| verdict.term.holds(host) != Ok(false);
        let end = verdicts.iter().position(ends);
        let tried = verdicts.iter().take(end.unwrap_or(verdicts.len()));
        let lacking = tried.filter(|verdict| wanted.contains(&verdict.status));
        let mut lacking: Vec<Vec<Ground>> = lacking
            .map(|verdict| {
                let mut grounds = Vec::new();
                self.differing(verdict, &verdict.part, true, host, &mut grounds);
                grounds
            })
            .collect();
        lacking.sort_by_key(Vec::len);
        let decided = end.and_then(|end| verdicts.get(end)).map(|verdict| {
            let mut places = Vec::new();
            self.enough(&verdict.part, true, host, &mut places);
            let clause = verdict.clause;
            let (value, readings) = (self.clause_value(clause, host), self.readings(&places, host));
            Ground { clause, whole: clause, value, needed: None, readings }
        });
        lacking.into_iter().flatten().chain(decided).collect()
    }

    /// The parts that keep a condition from being `wanted`: of a chain all of whose operands must
    /// be so, those that are not.
    fn differing(
        &self,
        verdict: &Verdict,
        part: &Part,
        wanted: bool,
        host: &Host<'_>,
        grounds: &mut Vec<Ground>,
    ) {
        if let Some(chain) = &part.chain {
            let each = wanted != chain.is_negated;
            if chain.is_all == each {
                let is_so = |operand: &&Part| self.is(operand, each, host);
                for operand in chain.operands.iter().filter(|operand| !is_so(operand)) {
                    self.differing(verdict, operand, each, host, grounds);
                }
                return;
            }
        }
        grounds.push(Ground {
            clause: part.clause,
            whole: verdict.clause,
            value: self.clause_value(part.clause, host),
            needed: Some(wanted),
            readings: self.readings(&[part.clause], host),
        });
    }

    /// Parts that are enough to make a condition `wanted`, which it is: of a chain one of whose
    /// operands will do, the first that does.
    fn enough(&self, part: &Part, wanted: bool, host: &Host<'_>, places: &mut Vec<usize>) {
        let Some(chain) = &part.chain else {
            places.push(part.clause);
            return;
        };
        let each = wanted != chain.is_negated;
        if chain.is_all == each {
            chain.operands.iter().for_each(|operand| self.enough(operand, each, host, places));
            return;
        }
        match chain.operands.iter().find(|operand| self.is(operand, each, host)) {
            Some(operand) => self.enough(operand, each, host, places),
            None => places.push(part.clause),
        }
    }

    fn is(&self, part: &Part, wanted: bool, host: &Host<'_>) -> bool {
        let value = self.clause_value(part.clause, host);
        value == if wanted { ClauseValue::True } else { ClauseValue::False }
    }

    fn clause_value(&self, clause: usize, host: &Host<'_>) -> ClauseValue {
        self.terms.get(clause).map_or(ClauseValue::Unknown, |term| term.clause_value(host))
    }

    /// What clauses read, each field once.
    fn readings(&self, clauses: &[usize], host: &Host<'_>) -> Vec<Reading> {
        let mut slots = Vec::new();
        for term in clauses.iter().filter_map(|clause| self.terms.get(*clause)) {
            term.visit_fields(&mut |slot| {
                if !slots.contains(&slot) {
                    slots.push(slot);
                }
            });
        }
        slots.into_iter().filter_map(|slot| host.reading(slot)).collect()
    }
}
