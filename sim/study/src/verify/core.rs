//! The detection core over every host of a scope of several interaction groups.
//!
//! The files of a slice are made and judged in every combination that hosts show of it, those of
//! each interaction group by themselves; so are the files that the worker process loads, of
//! whatever slices they are. A finding is about a file, so
//! what the core finds on a host is what it finds in all of these, together. That this is so is not
//! taken for granted: hosts that are drawn from all of them are made whole and judged on their
//! bytes.
//!
//! **Owns** the sets of hosts on which the core finds what is not so, or misses what is. **Must
//! never know** how the core finds it.
//!
//! **Start reading** at [`WholeCore::judge`], then [`WholeCore::look_closer`].

use super::{
    counts::{by_kinds, count_verdicts},
    result::{Nearest, RuleResult},
    sets::images,
    ways::Ways,
};
use crate::{
    Exact, FailureClass, Simulation, Slicing, StudyError, VerifyProgress,
    file_set::{FileSet, file_set},
    rules::{Near, Slices, View, follow},
};
use patchstate_detect::Verdict;
use patchstate_oracle::{compare, loader_parts, status_of, statuses};
use patchstate_servicing::{Host, Model, Part};
use patchstate_space::{Count, Set, TooLarge};
use patchstate_terms::{Architecture, Finding, FindingKey, FindingKind, Status};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
};

/// The core, and every host of the scope.
pub(super) struct WholeCore<'a> {
    pub(super) architecture: Architecture,
    pub(super) exact: &'a mut Exact,
    pub(super) near: &'a mut Near,
    pub(super) slices: &'a Slices<'a>,
    /// A simulation with the model of the space.
    pub(super) simulation: &'a Simulation,
    pub(super) progress: &'a (dyn Fn(VerifyProgress) + Sync),
    /// Hosts that are drawn from all of them.
    pub(super) samples: &'a [Host],
    pub(super) built: &'a mut Built,
}

/// Files that were made and judged.
#[derive(Debug, Default)]
pub(super) struct Built {
    /// What tells each set of them from others.
    pub(super) sets: FxHashSet<FileSet>,
    /// The images among them, by number.
    pub(super) images: BTreeSet<u64>,
}

impl Built {
    fn add(&mut self, (set, images): (FileSet, Vec<u64>)) {
        self.images.extend(images);
        self.sets.insert(set);
    }
}

/// What hosts show on which something is found, for each thing that is.
type Found = BTreeMap<FindingKey, Set>;

impl WholeCore<'_> {
    /// Judges every host: counts them by what is true and what is said, and gives the sets of those
    /// on which the core is wrong.
    pub(super) fn judge(&mut self, result: &mut RuleResult) -> Result<Ways, StudyError> {
        let not_applicable = self.not_applicable()?;
        let all = self.exact.space.shown();
        let applicable = self.exact.space.diagrams().difference(all, not_applicable)?;
        let (found, silent) = self.found(applicable)?;
        let mut said = statuses(&mut self.exact.space, (applicable, not_applicable), &found)?;
        for of_status in said.values_mut() {
            *of_status = self.exact.space.diagrams().difference(*of_status, silent)?;
        }
        said.insert(Status::Inconclusive, silent);
        let wrong = self.wrong(&found, &said)?;
        count_verdicts(self.exact, self.architecture, &said, result)?;
        self.judge_samples(&wrong, result)?;
        Ok(Ways { wrong, silent: BTreeMap::new() })
    }

    /// Looks for nearest hosts. `known` has what was found host by host.
    pub(super) fn look_closer(
        &mut self,
        ways: Ways,
        mut known: RuleResult,
        result: &mut RuleResult,
    ) -> Result<(), TooLarge> {
        result.counterexamples = known.counterexamples;
        let mut far = Vec::new();
        for (failure, shown) in ways.wrong {
            let way = (self.architecture, failure);
            let hosts = self.exact.space.count_showing(shown);
            let steps = known.nearest.remove(&way).and_then(|nearest| nearest.steps);
            if steps.is_none() {
                far.push((way.clone(), shown));
            }
            result.nearest.insert(way, Nearest { hosts, steps });
        }
        // A host that was met is wrong, whatever the sets say.
        for (way, nearest) in known.nearest {
            result.nearest.insert(way, nearest);
            self.doubt(result);
        }
        for (way, shown) in far {
            let paths = self.near.nearest(self.exact, shown, 1)?.paths;
            if let Some(found) = result.nearest.get_mut(&way) {
                found.steps = paths.into_iter().next().map(|path| follow(self.exact, path).0);
            }
        }
        Ok(())
    }

    /// The hosts that the core takes for ones without IIS: the components decide, at each level.
    fn not_applicable(&mut self) -> Result<Set, StudyError> {
        let components = self.exact.space.model().scope().components.iter().copied();
        let parts = components.map(Part::Component).chain([Part::Level]).collect();
        let all = self.exact.space.shown();
        let read = |verdict: &Verdict| vec![verdict.status == Status::NotApplicable];
        let divided = self.with_each(all, &parts, &|host| host.clone(), &read)?;
        Ok(divided.get(&true).copied().unwrap_or(Set::EMPTY))
    }

    /// What the core finds on these hosts: in each slice what is wrong with its files and its
    /// updates, and by itself what the loader would not find, since any file may import from any
    /// other. Beside it the hosts of which some part leaves the core without a status.
    fn found(&mut self, of: Set) -> Result<(Found, Set), StudyError> {
        let slicing = &self.slices.slicing;
        let model = self.exact.space.model().clone();
        let is_of_loader = |finding: &Finding| status_of(finding.kind) == Status::Broken;
        let mut all = (Found::new(), Set::EMPTY);
        self.find(of, &loader_parts(&model), is_of_loader, &mut all)?;
        for slice in 0..slicing.slices.len() {
            for view in self.slices.views(slice, &self.exact.space) {
                let is_own = |finding: &Finding| {
                    !is_of_loader(finding) && is_of(slicing, &view, &model, finding)
                };
                self.find(of, &view.parts, is_own, &mut all)?;
            }
        }
        Ok(all)
    }

    /// Judges the files of every combination of some parts, and adds the findings that count.
    fn find(
        &mut self,
        of: Set,
        looks_at: &BTreeSet<Part>,
        counts: impl Fn(&Finding) -> bool + Sync,
        (found, silent): &mut (Found, Set),
    ) -> Result<(), StudyError> {
        let model = self.exact.space.model().clone();
        let other = model.scope().components.iter().copied();
        let other = other.map(Part::Component).find(|part| !looks_at.contains(part));
        let read = |verdict: &Verdict| {
            let findings = verdict.findings.iter().filter(|finding| counts(finding));
            let mut said: Vec<Option<FindingKey>> = findings.map(|one| Some(one.key())).collect();
            said.extend((verdict.status == Status::Inconclusive).then_some(None));
            said
        };
        let complete = |host: &Host| applicable(&model, host, other);
        for (said, set) in self.with_each(of, looks_at, &complete, &read)? {
            let known = match said {
                Some(key) => found.entry(key).or_insert(Set::EMPTY),
                None => &mut *silent,
            };
            *known = self.exact.space.diagrams().union(*known, set)?;
        }
        Ok(())
    }

    /// The hosts by all that is read of the core's verdict about the files of some parts, where the
    /// rest of a host is as `complete` makes it.
    fn with_each<A: Ord + Send>(
        &mut self,
        of: Set,
        looks_at: &BTreeSet<Part>,
        complete: &(dyn Fn(&Host) -> Host + Sync),
        read: &(dyn Fn(&Verdict) -> Vec<A> + Sync),
    ) -> Result<BTreeMap<A, Set>, StudyError> {
        let simulation = self.simulation;
        let (architecture, progress, built) = (self.architecture, self.progress, &mut *self.built);
        let (sets, done) = (built.sets.len(), AtomicUsize::new(0));
        let judge = |host: &Host, total: usize| {
            let tree = simulation.tree(&complete(host))?;
            let verdict = simulation.assess(&tree);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            let sets = sets + done;
            progress(VerifyProgress::Judging { architecture, done, total, sets });
            Ok((read(&verdict), (file_set(&tree), images(&tree))))
        };
        let judge_all = |hosts: &[Host]| {
            let judged = hosts.par_iter().map(|host| judge(host, hosts.len()));
            let judged = judged.collect::<Result<Vec<_>, StudyError>>()?;
            let (answers, made): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
            for made in made {
                built.add(made);
            }
            Ok::<_, StudyError>(answers)
        };
        self.exact.space.with_each(of, |part| looks_at.contains(&part), judge_all)
    }

    /// What the hosts show on which status or findings are not what they should be, in each way.
    fn wrong(
        &mut self,
        found: &Found,
        said: &BTreeMap<Status, Set>,
    ) -> Result<BTreeMap<FailureClass, Set>, StudyError> {
        let truth = self.exact.truth.findings.clone();
        let missed = self.beyond(&truth, found)?;
        let invented = self.beyond(found, &truth)?;
        let diagrams = self.exact.space.diagrams();
        let mut all = BTreeMap::new();
        for (truth, of_truth) in &self.exact.truth.statuses {
            for (verdict, of_verdict) in said {
                let both = diagrams.intersection(*of_truth, *of_verdict)?;
                for (missed, part) in by_kinds(diagrams, both, missed.iter())? {
                    for (invented, shown) in by_kinds(diagrams, part, invented.iter())? {
                        let is_right = truth == verdict && missed.is_empty() && invented.is_empty();
                        if !is_right {
                            let (truth, verdict, missed) = (*truth, *verdict, missed.clone());
                            all.insert(FailureClass { truth, verdict, missed, invented }, shown);
                        }
                    }
                }
            }
        }
        Ok(all)
    }

    /// For each kind of findings, what hosts show that have one of the first and not of the second.
    fn beyond(
        &mut self,
        one: &Found,
        other: &Found,
    ) -> Result<BTreeMap<FindingKind, Set>, TooLarge> {
        let diagrams = self.exact.space.diagrams();
        let mut kinds: BTreeMap<FindingKind, Set> = BTreeMap::new();
        for (key, set) in one {
            let known = other.get(key).copied().unwrap_or(Set::EMPTY);
            let more = diagrams.difference(*set, known)?;
            if !more.is_empty() {
                let of_kind = kinds.entry(key.kind).or_insert(Set::EMPTY);
                *of_kind = diagrams.union(*of_kind, more)?;
            }
        }
        Ok(kinds)
    }

    /// Judges hosts that are drawn from all of them, on all of their bytes: the core has to be
    /// wrong on each in the way whose set has it, and right where no set has it. A way that no set
    /// has at all is added.
    fn judge_samples(
        &mut self,
        wrong: &BTreeMap<FailureClass, Set>,
        result: &mut RuleResult,
    ) -> Result<(), StudyError> {
        let simulation = self.simulation;
        let judge = |host: &Host| {
            let tree = simulation.tree(host)?;
            let verdict = simulation.assess(&tree);
            let disagreement = compare(&simulation.truth(host), verdict.status, &verdict.findings);
            Ok((disagreement, (file_set(&tree), images(&tree))))
        };
        let judged = self.samples.par_iter().map(judge).collect::<Result<Vec<_>, StudyError>>()?;
        let (judged, made): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
        for made in made {
            self.built.add(made);
        }
        for (host, disagreement) in self.samples.iter().zip(&judged) {
            let failure = disagreement.as_ref().map(FailureClass::from);
            let by_sets = wrong.iter().find(|(_, shown)| self.exact.space.shows(**shown, host));
            if failure.as_ref() == by_sets.map(|(failure, _)| failure) {
                continue;
            }
            self.doubt(result);
            if let Some(failure) = failure.filter(|failure| !wrong.contains_key(failure)) {
                let one = Nearest { hosts: Count::from(1_u8), steps: None };
                result.nearest.insert((self.architecture, failure), one);
            }
        }
        Ok(())
    }

    /// Notes that the core says of a host what the sets do not: then the numbers are not of all
    /// hosts.
    fn doubt(&self, result: &mut RuleResult) {
        let why = "what it says of a host is not what groups show of it";
        result.open.insert(self.architecture, why.to_owned());
    }
}

/// A host with a component, so that it is judged: the one that it has, or else another one.
fn applicable(model: &Model, host: &Host, other: Option<Part>) -> Host {
    let has_one = model.view(host).components().next().is_some();
    let place = model.parts().iter().position(|part| Some(*part) == other);
    let Some(place) = place.filter(|_| !has_one) else { return host.clone() };
    let mut values = host.values().to_vec();
    if let Some(value) = values.get_mut(place) {
        *value = 1;
    }
    model.host_of(&values).unwrap_or_else(|| host.clone())
}

/// Whether a finding is about a file of a view, or about one that is of no slice.
fn is_of(slicing: &Slicing, view: &View, model: &Model, finding: &Finding) -> bool {
    let Some(file) = model.catalog().file_at(&finding.file) else { return true };
    view.files.contains(&file) || !(0..slicing.slices.len()).any(|slice| slicing.owns(slice, file))
}
