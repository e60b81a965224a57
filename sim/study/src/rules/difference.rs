//! Two rules, or two versions of one, on every host: where do they differ, and who is right?
//!
//! **Start reading** at [`diff`].

mod kind;
mod whole;

pub use kind::{DiffHost, DiffKind};

use super::{
    Evaluator, RuleScope,
    extent::{Extent, SurveyRequest},
    is_right,
    survey::{HostWitness, Survey, survey},
};
use crate::{Facts, StudyError, VerifyProgress};
use patchstate_explore::Bounds;
use patchstate_rules::{Judgement, Rule, Subject};
use patchstate_space::Count;
use patchstate_terms::Status;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use whole::differ_on_whole;

/// Where two rules differ.
#[derive(Clone, Debug)]
pub struct RuleDiff {
    /// The old rule.
    pub old: DiffSide,
    /// The new rule.
    pub new: DiffSide,
    /// Whether both rules were asked about every host. Where not, numbers are of the hosts that
    /// were looked at: those of each slice, and some that no slice shows.
    pub complete: bool,
    /// The catalog's name.
    pub catalog: String,
    /// What was asked for.
    pub scope: RuleScope,
    /// How many hosts there are.
    pub hosts: Count,
    /// Hosts on which the two say the same.
    pub same: Count,
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

/// Hosts on which the two say different things, in the same kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What the two say, and what is true.
    pub kind: DiffKind,
    /// How many hosts there are.
    pub hosts: Count,
    /// Which of the two is right.
    pub right: Right,
    /// The nearest host; `None` when all of them are farther from a bare system than orders are
    /// looked for.
    pub nearest: Option<DiffHost>,
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
    pub fn count(&self, is_so: impl Fn(&Change) -> bool) -> Count {
        self.changes.iter().filter(|change| is_so(change)).map(|change| &change.hosts).sum()
    }
}

/// Judges every reachable host by two rules. Those that need files on disk get them below `folder`.
///
/// # Errors
/// When a name is not in the catalog, or when files of a host cannot be made.
pub fn diff(
    facts: &Facts,
    scope: &RuleScope,
    rules: &[Box<dyn Rule>; 2],
    folder: Option<&Path>,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<RuleDiff, StudyError> {
    let evaluator = Evaluator::new(rules, folder)?;
    evaluator.until_settled(|| diff_once(facts, scope, rules, &evaluator, progress))
}

fn diff_once(
    facts: &Facts,
    scope: &RuleScope,
    rules: &[Box<dyn Rule>; 2],
    evaluator: &Evaluator<'_>,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<RuleDiff, StudyError> {
    let [old, new] = rules;
    let request = |extent| SurveyRequest { facts, scope, evaluator, extent, progress };
    let judge = |subject: &Subject<'_>| {
        let judgement = |rule: &dyn Rule| {
            let Judgement { status, clause, .. } = rule.judge(subject);
            (status, clause)
        };
        (judgement(old.as_ref()), judgement(new.as_ref()))
    };
    let slices = request(Extent::Slices);
    let is_held = scope.sliced && scope.bounds == Bounds::default();
    let whole = if is_held { differ_on_whole(&slices, rules)? } else { None };
    let (mut met, mut complete) = (Met::default(), whole.is_some());
    if let Some(whole) = whole {
        met.hosts = whole.hosts;
        whole.nearest.into_iter().for_each(|(kind, witness)| met.note(kind, witness));
    } else {
        let mut add = |found: Survey<Said>| found.seen.into_iter().for_each(|seen| met.add(seen));
        let found = survey(&slices, &judge, &mut |seen| seen)?;
        let (reached_all, is_sufficient) = (found.reached_all, found.is_sufficient);
        complete = found.complete;
        add(found);
        if !is_sufficient {
            // Where nothing is proved, hosts are looked for near the base operating system.
            let joined = survey(&request(Extent::Joined), &judge, &mut |s| s)?;
            complete = reached_all && joined.complete;
            add(joined);
        }
    }
    let side = |rule: &dyn Rule| DiffSide {
        rule: rule.id().to_owned(),
        source: rule.source().name.to_string(),
        stands_for: rule.stands_for().clone(),
    };
    let same = met.hosts.iter().filter(|(kind, _)| !kind.is_different());
    Ok(RuleDiff {
        old: side(old.as_ref()),
        new: side(new.as_ref()),
        complete,
        catalog: facts.catalog.name.clone(),
        scope: scope.clone(),
        hosts: met.hosts.values().sum(),
        same: same.map(|(_, hosts)| hosts).sum(),
        changes: met.changes(rules),
    })
}

/// What each rule says of a host, and the place of the condition that decided.
type Said = ((Status, Option<usize>), (Status, Option<usize>));

/// Hosts by what two rules say of them and what is true.
#[derive(Default)]
struct Met {
    hosts: BTreeMap<DiffKind, Count>,
    /// The nearest host of each kind of difference.
    nearest: BTreeMap<DiffKind, DiffHost>,
}

impl Met {
    /// Adds hosts of which the same is seen, by their truth.
    fn add(&mut self, seen: (Said, BTreeMap<Status, HostWitness>)) {
        let (((old, old_clause), (new, new_clause)), witnesses) = seen;
        for host in witnesses.into_values() {
            let kind = DiffKind { old, new, truth: host.truth };
            *self.hosts.entry(kind).or_default() += host.hosts;
            self.note(kind, DiffHost { host, old_clause, new_clause });
        }
    }

    /// Notes a host, unless one is known that is as near: different clauses may have decided.
    fn note(&mut self, kind: DiffKind, witness: DiffHost) {
        let is_nearer = |known: &DiffHost| witness.host.rank() < known.host.rank();
        if kind.is_different() && self.nearest.get(&kind).is_none_or(is_nearer) {
            self.nearest.insert(kind, witness);
        }
    }

    /// The kinds of differences, the most hosts first.
    fn changes(mut self, [old, new]: &[Box<dyn Rule>; 2]) -> Vec<Change> {
        let mut changes = Vec::new();
        for (kind, hosts) in self.hosts {
            if !kind.is_different() {
                continue;
            }
            let right_about = |rule: &dyn Rule, said| {
                said != Status::Inconclusive && is_right(rule, kind.truth, said)
            };
            let right =
                match (right_about(old.as_ref(), kind.old), right_about(new.as_ref(), kind.new)) {
                    (true, true) => Right::Both,
                    (true, false) => Right::Old,
                    (false, true) => Right::New,
                    (false, false) => Right::Neither,
                };
            let nearest = self.nearest.remove(&kind);
            changes.push(Change { kind, hosts, right, nearest });
        }
        changes.sort_by(|a, b| b.hosts.cmp(&a.hosts));
        changes
    }
}
