//! Rules on the hosts of a simulation.
//!
//! **Owns** showing a host to a rule: its files in memory, the evidence that the rule asks for,
//! and a folder on disk for rules that need one; and when a rule is right.
//!
//! A rule gives a status and no findings. It is right when it reports a host that has one of the
//! statuses that it stands for, or does not report one that has none of them.
//!
//! **Start reading** at [`Evaluator`].

mod built_in;
mod cover;
mod difference;
mod extent;
mod fixtures;
mod look;
mod materialise;
mod mutate;
mod near;
mod observe;
mod opinion;
mod said;
mod scope;
mod survey;
mod trial;
mod whole;

pub use built_in::{built_in_rule_files, built_in_rules};
pub use difference::{Change, DiffHost, DiffKind, DiffSide, Right, RuleDiff, diff};
pub use extent::RuleScope;
pub use fixtures::{Fixture, Fixtures, SaidBy, Showing, Side, fixtures};
use materialise::HostFolders;
pub use mutate::{Kill, Killer, MutantOutcome, MutantResult, Mutation, SuiteScenario, mutate};
pub(crate) use near::Near;
pub use observe::{Indistinguishable, Observability, Separator};
pub(crate) use observe::{SeenSets, observe};
pub use opinion::Opinion;
pub(crate) use said::{Said, Shown, said, said_with_clauses};
pub(crate) use scope::{Slices, View};
pub use survey::HostWitness;
pub(crate) use whole::{STEP_COUNT_MIN, follow};

use crate::{Judge, Simulation, StudyError, examine::memory};
use patchstate_detect::{Evidence, MemoryTree, gather_with};
use patchstate_image::HostTree;
use patchstate_oracle::{Disagreement, Truth};
use patchstate_rules::{ClauseValue, Judgement, Rule, Subject};
use patchstate_terms::{Finding, Status, WindowsPath};
use std::{collections::BTreeSet, path::Path};

/// Rules, and what they need to look at hosts.
#[derive(Debug)]
pub struct Evaluator<'a> {
    rules: &'a [Box<dyn Rule>],
    /// The files that any of them asks for.
    paths: Vec<WindowsPath>,
    folders: Option<HostFolders>,
}

/// What a rule says of one set of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleAnswer {
    /// The verdict.
    pub judgement: Judgement,
    /// What each clause amounts to; empty for rules whose inside cannot be seen.
    pub clauses: Vec<ClauseValue>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator of some rules. Those that need files on disk get them below `folder`.
    ///
    /// # Errors
    /// When a rule needs files on disk and the folder is not given or cannot be written to.
    pub fn new(rules: &'a [Box<dyn Rule>], folder: Option<&Path>) -> Result<Self, StudyError> {
        let paths: BTreeSet<&WindowsPath> =
            rules.iter().flat_map(|rule| rule.reads().files()).collect();
        let needs_folder = rules.iter().any(|rule| rule.reads().needs_folder());
        let folders = match folder {
            Some(folder) if needs_folder => Some(HostFolders::new(folder)?),
            _ => None,
        };
        Ok(Self { rules, paths: paths.into_iter().cloned().collect(), folders })
    }

    /// An evaluator without rules, to look at these files.
    fn of_paths(paths: BTreeSet<WindowsPath>) -> Self {
        Self { rules: &[], paths: paths.into_iter().collect(), folders: None }
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &'a [Box<dyn Rule>] {
        self.rules
    }

    /// Shows some files to a visitor: as evidence that has every file that a rule asks for, and on
    /// disk where a rule needs that.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn show<T>(
        &self,
        simulation: &Simulation,
        tree: &HostTree,
        visit: impl FnOnce(&Subject<'_>) -> T,
    ) -> Result<T, StudyError> {
        let memory = memory(tree);
        let evidence = self.evidence(simulation, &memory);
        let subject = |folder| Subject { evidence: &evidence, tree: &memory, folder };
        match &self.folders {
            None => Ok(visit(&subject(None))),
            Some(folders) => {
                let folder = folders.of(tree);
                let seen = visit(&subject(Some(&folder)));
                folder.failure().map_or(Ok(seen), Err)
            }
        }
    }

    /// What every rule says of some files.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn evaluate(
        &self,
        simulation: &Simulation,
        tree: &HostTree,
    ) -> Result<Vec<RuleAnswer>, StudyError> {
        let answers = self.evaluate_some(simulation, tree, (&|_| true, &[]))?;
        Ok(answers.into_iter().flatten().collect())
    }

    /// What those rules say that are asked, by their places; rules that are given up are
    /// inconclusive for that reason.
    pub(crate) fn evaluate_some(
        &self,
        simulation: &Simulation,
        tree: &HostTree,
        (is_asked, given_up): (&dyn Fn(usize) -> bool, &[Option<String>]),
    ) -> Result<Vec<Option<RuleAnswer>>, StudyError> {
        let answer = |subject: &Subject<'_>| {
            let answer = |(place, rule): (usize, &dyn Rule)| {
                let judgement = || match given_up.get(place) {
                    Some(Some(why)) => Judgement::inconclusive(None, why.clone()),
                    _ => rule.judge(subject),
                };
                let clauses = || rule.clause_values(subject);
                is_asked(place).then(|| RuleAnswer { judgement: judgement(), clauses: clauses() })
            };
            self.rules.iter().map(AsRef::as_ref).enumerate().map(answer).collect()
        };
        if !(0..self.rules.len()).any(is_asked) {
            return Ok(vec![None; self.rules.len()]);
        }
        self.show(simulation, tree, answer)
    }

    /// Does something with the rules, and does it again where one of them takes back what it said.
    ///
    /// # Errors
    /// Those of what is done.
    pub fn until_settled<T, E>(&self, mut act: impl FnMut() -> Result<T, E>) -> Result<T, E> {
        loop {
            let done = act()?;
            // All of them are asked, so that nothing is done more often than needed.
            if self.rules.iter().filter(|rule| !rule.settle()).count() == 0 {
                return Ok(done);
            }
        }
    }

    fn evidence(&self, simulation: &Simulation, memory: &MemoryTree) -> Evidence {
        if !self.rules.is_empty() && self.rules.iter().all(|rule| rule.reads().needs_folder()) {
            return Evidence::nothing(simulation.known());
        }
        let cache = simulation.evidence_cache();
        let mut evidence = gather_with(memory, simulation.known(), cache);
        evidence.read_more(memory, cache, &self.paths);
        evidence
    }
}

/// Where a rule is wrong about a host: it reports one that has no status that it stands for, or
/// does not report one that has. `None` also for a rule that is inconclusive.
#[must_use]
pub fn compare_rule(rule: &dyn Rule, truth: &Truth, said: Status) -> Option<Disagreement> {
    let stands_for = rule.stands_for();
    let (is_so, says_so) = (stands_for.contains(&truth.status), stands_for.contains(&said));
    if said == Status::Inconclusive || is_so == says_so {
        return None;
    }
    let missed = if is_so { truth.findings.iter().map(Finding::key).collect() } else { Vec::new() };
    Some(Disagreement { truth: truth.status, verdict: said, missed, invented: Vec::new() })
}

/// Whether a status is right where this is the truth: both, or neither, are among those that the
/// rule stands for.
pub(crate) fn is_right(rule: &dyn Rule, truth: Status, said: Status) -> bool {
    rule.stands_for().contains(&truth) == rule.stands_for().contains(&said)
}

/// One rule as a judge of counterexamples.
pub(crate) struct RuleJudge<'a> {
    pub(crate) simulation: &'a Simulation,
    pub(crate) evaluator: &'a Evaluator<'a>,
    pub(crate) rule: &'a dyn Rule,
}

impl Judge for RuleJudge<'_> {
    fn say(&self, tree: &HostTree) -> Result<(Status, Vec<Finding>), StudyError> {
        let status = |subject: &Subject<'_>| self.rule.judge(subject).status;
        Ok((self.evaluator.show(self.simulation, tree, status)?, Vec::new()))
    }

    fn compare(&self, truth: &Truth, status: Status, _: &[Finding]) -> Option<Disagreement> {
        compare_rule(self.rule, truth, status)
    }
}
