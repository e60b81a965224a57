//! What rules say of one host, and how that stands to the truth.

use super::{Evaluator, compare_rule};
use crate::{Simulation, StudyError};
use patchstate_image::HostTree;
use patchstate_oracle::Truth;
use patchstate_rules::{Clause, Ground, Judgement, Rule, Subject};
use patchstate_source::SourceFile;
use patchstate_terms::Status;
use std::collections::BTreeSet;

/// What one rule says of one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// The rule's id.
    pub rule: String,
    /// The file that it was read from.
    pub source: SourceFile,
    /// Its conditions.
    pub clauses: Vec<Clause>,
    /// The statuses that it stands for.
    pub stands_for: BTreeSet<Status>,
    /// What it says.
    pub judgement: Judgement,
    /// The conditions that this rests on, with what they read: of a rule that reports nothing also
    /// those that keep it from reporting something. Empty where its inside cannot be seen.
    pub grounds: Vec<Ground>,
    /// The true status of the host.
    pub truth: Status,
    /// Whether it is right; `None` where it is inconclusive.
    pub is_right: Option<bool>,
}

impl Evaluator<'_> {
    /// What each rule says of a host.
    ///
    /// # Errors
    /// When files that a rule needs cannot be written.
    pub fn opinions(
        &self,
        simulation: &Simulation,
        tree: &HostTree,
        truth: &Truth,
    ) -> Result<Vec<Opinion>, StudyError> {
        if self.rules().is_empty() {
            return Ok(Vec::new());
        }
        self.until_settled(|| {
            self.show(simulation, tree, |subject| {
                self.rules().iter().map(|rule| opinion(rule.as_ref(), subject, truth)).collect()
            })
        })
    }
}

fn opinion(rule: &dyn Rule, subject: &Subject<'_>, truth: &Truth) -> Opinion {
    let judgement = rule.judge(subject);
    let (stands_for, said) = (rule.stands_for(), judgement.status);
    let is_right =
        (said != Status::Inconclusive).then(|| compare_rule(rule, truth, said).is_none());
    // Why it reports nothing is a question also where that is right.
    let reports = stands_for.contains(&said) || stands_for.contains(&truth.status);
    let wanted = stands_for.first().copied().filter(|_| !reports).unwrap_or(truth.status);
    Opinion {
        rule: rule.id().to_owned(),
        source: rule.source().clone(),
        clauses: rule.clauses().to_vec(),
        stands_for: stands_for.clone(),
        grounds: rule.grounds(subject, wanted),
        truth: truth.status,
        judgement,
        is_right,
    }
}
