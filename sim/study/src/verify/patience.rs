//! When a program that is a rule is given up in the course of a search.
//!
//! Sets of files are judged in rounds, so that the order in which failures count is that of the
//! sets and not that of threads: a program that failed in the same way about a few sets in a row
//! is not asked about those of later rounds. What it said before stands.

use crate::rules::{Evaluator, RuleAnswer};
use patchstate_rules::{EqualFailures, Reads, Rule};

/// Sets of files in a round, where some rule is a program. Two threads find enough to do in it, and
/// a program that is to be given up costs no more than this.
const ROUND: usize = 64;

/// How each rule has failed lately.
#[derive(Debug, Default)]
pub(super) struct Patience {
    failures: Vec<EqualFailures>,
    /// Why each rule is not asked any more, if it is not.
    pub(super) given_up: Vec<Option<String>>,
}

impl Patience {
    /// How many of so many sets are judged before failures are counted.
    pub(super) fn round_length(evaluator: &Evaluator<'_>, set_count: usize) -> usize {
        if evaluator.rules().iter().any(|rule| counts(rule.as_ref())) {
            ROUND
        } else {
            set_count.max(1)
        }
    }

    /// Notes what the rules say of the next set.
    pub(super) fn note(&mut self, evaluator: &Evaluator<'_>, answers: &[Option<RuleAnswer>]) {
        self.failures.resize(evaluator.rules().len(), EqualFailures::default());
        self.given_up.resize(evaluator.rules().len(), None);
        let state = self.failures.iter_mut().zip(&mut self.given_up);
        for ((rule, answer), (failures, given_up)) in
            evaluator.rules().iter().zip(answers).zip(state)
        {
            let Some(answer) = answer else { continue };
            if counts(rule.as_ref()) && given_up.is_none() {
                let failed = answer.judgement.failed;
                let reason = answer.judgement.reason.as_deref().filter(|_| failed);
                *given_up = failures.note(reason).map(|why| format!("the program is {why}"));
            }
        }
    }
}

/// Whether each set is a question of its own to a rule. One that names the files that it reads is
/// asked a few dozen times at most, and what it said of equal files is remembered.
fn counts(rule: &dyn Rule) -> bool {
    matches!(rule.reads(), Reads::Folder)
}
