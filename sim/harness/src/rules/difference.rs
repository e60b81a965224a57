//! Two rules, or two versions of one, on every host: where do they differ, and who is right?
//!
//! **Start reading** at [`diff`].

mod whole;

use super::{
    Evaluator, RuleScope,
    extent::{Extent, SurveyRequest},
    is_right,
    survey::{HostWitness, survey},
};
use crate::{HarnessError, VerifyProgress};
use patchstate_catalog::Catalog;
use patchstate_rules::{Judgement, Rule, Subject};
use patchstate_terms::Status;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};
use whole::{SaidOfHosts, differ_on_whole};

/// Where two rules differ.
#[derive(Clone, Debug)]
pub struct RuleDiff {
    /// The old rule.
    pub old: DiffSide,
    /// The new rule.
    pub new: DiffSide,
    /// Whether every combination of what the rules read was looked at.
    pub complete: bool,
    /// The catalog's name.
    pub catalog: String,
    /// What was asked for.
    pub scope: RuleScope,
    /// Hosts that were reached: of every slice, and hosts of the whole that no slice shows.
    pub hosts: usize,
    /// Those of them that no slice shows.
    pub joined: usize,
    /// Hosts on which the two say the same.
    pub same: usize,
    /// The others, by what the two say and what is true; the most hosts first.
    pub changes: Vec<Change>,
}

/// One of the two rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffSide {
    /// Its id.
    pub rule: String,
    /// The file that it was read from.
    pub source: String,
    /// The statuses that it stands for.
    pub stands_for: BTreeSet<Status>,
}

/// Hosts on which the two say different things, in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What the old rule says.
    pub old: Status,
    /// What the new rule says.
    pub new: Status,
    /// The nearest host, its truth, and how many there are.
    pub host: HostWitness,
    /// Which of them is right.
    pub right: Right,
    /// The place among the old rule's conditions of the one that decided on the nearest host.
    pub old_clause: Option<usize>,
    /// The same of the new rule.
    pub new_clause: Option<usize>,
}

/// Which of two rules is right about a host: a rule that reports a host which has a status that
/// the rule stands for, or does not report one that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// The old one only.
    Old,
    /// The new one only.
    New,
    /// Both: the statuses differ and mean the same to what the rules stand for.
    Both,
    /// Neither; one that is inconclusive is not right.
    Neither,
}

impl Right {
    /// The word used in output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
            Self::Both => "both",
            Self::Neither => "neither",
        }
    }
}

impl RuleDiff {
    /// Hosts on which the two differ and of which this holds.
    pub fn count(&self, is_so: impl Fn(&Change) -> bool) -> usize {
        self.changes.iter().filter(|change| is_so(change)).map(|change| change.host.hosts).sum()
    }
}

/// Judges every reachable host by two rules. Those that need files on disk get them below `folder`.
///
/// # Errors
/// When a name is not in the catalog, or when files of a host cannot be made.
pub fn diff(
    catalog: &Arc<Catalog>,
    scope: &RuleScope,
    rules: &[Box<dyn Rule>; 2],
    folder: Option<&Path>,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<RuleDiff, HarnessError> {
    let evaluator = Evaluator::new(rules, folder)?;
    evaluator.until_settled(|| diff_once(catalog, scope, rules, &evaluator, progress))
}

fn diff_once(
    catalog: &Arc<Catalog>,
    scope: &RuleScope,
    rules: &[Box<dyn Rule>; 2],
    evaluator: &Evaluator<'_>,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<RuleDiff, HarnessError> {
    let [old, new] = rules;
    let request =
        |extent| SurveyRequest { catalog, scope, evaluator, extent, keeps: true, progress };
    let judge = |subject: &Subject<'_>| {
        let judgement = |rule: &dyn Rule| {
            let Judgement { status, clause, .. } = rule.judge(subject);
            (status, clause)
        };
        (judgement(old.as_ref()), judgement(new.as_ref()))
    };
    let slices = request(Extent::Slices);
    let mut found = survey(&slices, &judge, &mut |seen| seen)?;
    let whole = if found.reached_all && !found.kept.is_empty() {
        differ_on_whole(&slices, rules, &found)?
    } else {
        None
    };
    let mut seen: Vec<SaidOfHosts> = Vec::new();
    let mut joined_count = 0;
    if let Some(new) = whole {
        found.complete = true;
        joined_count = new.len();
        seen.extend(new);
    } else if !found.kept.is_empty() {
        // Where nothing is proved, hosts are looked for near the base operating system.
        let joined = survey(&request(Extent::Joined { depth_max: None }), &judge, &mut |s| s)?;
        found.complete = found.reached_all && joined.complete;
        joined_count = joined.hosts;
        seen.extend(joined.seen);
    }
    seen.splice(0..0, found.seen);
    let (changes, same) = changes(rules, seen);
    let side = |rule: &dyn Rule| DiffSide {
        rule: rule.id().to_owned(),
        source: rule.source().name.to_string(),
        stands_for: rule.stands_for().clone(),
    };
    Ok(RuleDiff {
        old: side(old.as_ref()),
        new: side(new.as_ref()),
        complete: found.complete,
        catalog: catalog.name.clone(),
        scope: scope.clone(),
        hosts: found.hosts + joined_count,
        joined: joined_count,
        same,
        changes,
    })
}

/// The hosts on which two rules differ, the most first, and how many there are on which they do
/// not.
fn changes([old, new]: &[Box<dyn Rule>; 2], seen: Vec<SaidOfHosts>) -> (Vec<Change>, usize) {
    let mut changes: BTreeMap<(Status, Status, Status), Change> = BTreeMap::new();
    let mut same = 0;
    for (((old_says, old_clause), (new_says, new_clause)), witnesses) in seen {
        for host in witnesses.into_values() {
            if old_says == new_says {
                same += host.hosts;
                continue;
            }
            let right_about = |rule: &dyn Rule, said| {
                said != Status::Inconclusive && is_right(rule, host.truth, said)
            };
            let right =
                match (right_about(old.as_ref(), old_says), right_about(new.as_ref(), new_says)) {
                    (true, true) => Right::Both,
                    (true, false) => Right::Old,
                    (false, true) => Right::New,
                    (false, false) => Right::Neither,
                };
            let (key, hosts) = ((old_says, new_says, host.truth), host.hosts);
            let change =
                Change { old: old_says, new: new_says, host, right, old_clause, new_clause };
            // Different clauses may have decided: the nearest host of all is shown.
            let known = changes.remove(&key);
            let sum = hosts + known.as_ref().map_or(0, |known| known.host.hosts);
            let mut nearest = match known {
                Some(known) if known.host.rank() <= change.host.rank() => known,
                _ => change,
            };
            nearest.host.hosts = sum;
            changes.insert(key, nearest);
        }
    }
    let mut changes: Vec<Change> = changes.into_values().collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.host.hosts));
    (changes, same)
}
