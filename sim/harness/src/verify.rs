//! Every reachable host of a scope: the detection core and any rules against the truth.

mod core;
mod counts;
mod followed;
mod patience;
mod result;
mod rule;
mod rules;
mod sets;

pub use patchstate_rules::CORE_RULE;
pub use result::{
    ArchitectureResult, ClauseResult, HostCounts, Nearest, RuleResult, Undecided, Vacuity,
    Verification,
};

use self::core::Built;
use crate::{
    BoundaryPair, Exact, HarnessError, Judge, Looks, Reached, RemedyReport, SharedFiles, Slicing,
    VerifyProgress,
    counterexample::{crossings, kinds},
    progress::judging,
    rules::{Evaluator, RuleJudge, RuleScope, SeenSets, observe},
};
use followed::Followed;
use patchstate_catalog::Catalog;
use patchstate_explore::{Bounds, Progress, StateId};
use patchstate_image::HostTree;
use patchstate_oracle::Disagreement;
use patchstate_rules::{Reads, Rule, Subject};
use patchstate_servicing::{ActionNames, Switches};
use patchstate_space::TooLarge;
use patchstate_terms::{Architecture, Status};
use rules::WholeRules;
pub(crate) use sets::{CHUNK, Judgement, Sets, judge_looks};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What to verify.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question that may be asked or not")]
pub struct VerifyOptions {
    /// The architectures, in this order.
    pub architectures: Vec<Architecture>,
    /// The values of the switches.
    pub switches: Switches,
    /// What the steps may name.
    pub names: ActionNames,
    /// Whether the scope is searched in slices instead of as a whole, where no bound is given.
    pub sliced: bool,
    /// Where to stop before the fixpoint.
    pub bounds: Bounds,
    /// Whether to look for the borders between statuses.
    pub boundaries: bool,
    /// Whether to check the core's remedies against the shortest repairs.
    pub remedies: bool,
    /// Whether to ask of each wrong rule if what it reads is enough to be right.
    pub observe: bool,
    /// How many counterexamples to keep for each rule and search.
    pub counterexample_count_max: usize,
}

impl VerifyOptions {
    /// Whether steps can name all that the catalog has.
    fn covers(&self, catalog: &Catalog) -> bool {
        let has = |list: &[String], id: &String| list.contains(id);
        let names = &self.names;
        let has_facts = |architecture| self.architectures.contains(&architecture);
        catalog.architectures.iter().all(|facts| has_facts(facts.architecture))
            && catalog.components.iter().all(|known| has(&names.components, &known.id))
            && catalog.updates.iter().all(|known| has(&names.updates, &known.id))
    }

    /// Whether the scope is searched in slices. One with bounds never is: within a distance of the
    /// bare system, or among the first so many hosts, are all that have no more steps.
    fn is_sliced(&self) -> bool {
        self.sliced && self.bounds == Bounds::default()
    }

    /// The hosts that these options are about.
    #[must_use]
    pub fn scope(&self) -> RuleScope {
        RuleScope {
            architectures: self.architectures.clone(),
            switches: self.switches,
            names: self.names.clone(),
            sliced: self.is_sliced(),
            bounds: self.bounds,
        }
    }
}

/// Looks at every host that any order of the steps can reach, with the core and with these rules.
///
/// # Errors
/// When a name is not in the catalog, or when files of a host cannot be made.
pub fn verify(
    catalog: &Arc<Catalog>,
    options: &VerifyOptions,
    evaluator: &Evaluator<'_>,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<Verification, HarnessError> {
    evaluator.until_settled(|| verify_once(catalog, options, evaluator, progress))
}

fn verify_once(
    catalog: &Arc<Catalog>,
    options: &VerifyOptions,
    evaluator: &Evaluator<'_>,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<Verification, HarnessError> {
    let mut verification = Verification {
        complete: true,
        catalog: catalog.name.clone(),
        names: options.names.clone(),
        covers_catalog: options.covers(catalog),
        assumptions: options.switches.words().to_vec(),
        architectures: Vec::new(),
        rules: Vec::new(),
        claims: Vec::new(),
        unchecked_claims: Vec::new(),
    };
    let mut results = vec![RuleResult::core()];
    results.extend(evaluator.rules().iter().map(|rule| RuleResult::of(rule.as_ref())));
    let mut seen = Vec::new();
    for architecture in &options.architectures {
        let scope = &options.scope();
        let run = Run { catalog, options, scope, evaluator, architecture: *architecture, progress };
        let before: Vec<usize> = results.iter().map(|rule| rule.counterexamples.len()).collect();
        let result = run.verify(&mut results, &mut verification.complete, &mut seen)?;
        for (rule, before) in results.iter_mut().zip(before) {
            rule.keep_different(before, options.counterexample_count_max);
        }
        verification.architectures.push(result);
    }
    observe_wrong_rules(catalog, options, evaluator.rules(), &seen, &mut results)?;
    verification.rules = results;
    Ok(verification)
}

/// Whether it can be said of a rule what it reads of a host.
fn reads_fields(rule: &dyn Rule) -> bool {
    matches!(rule.reads(), Reads::Fields(_))
}

/// Looks at what the wrong rules read: is it enough to be right?
fn observe_wrong_rules(
    catalog: &Catalog,
    options: &VerifyOptions,
    rules: &[Box<dyn Rule>],
    seen: &[SeenSets],
    results: &mut [RuleResult],
) -> Result<(), HarnessError> {
    let results = results.iter_mut().skip(1).zip(rules.iter().map(AsRef::as_ref));
    let is_asked = |(result, rule): &(&mut RuleResult, &dyn Rule)| {
        options.observe && result.is_wrong() && reads_fields(*rule)
    };
    let (results, rules): (Vec<_>, Vec<_>) = results.filter(is_asked).unzip();
    if rules.is_empty() {
        return Ok(());
    }
    let found = observe(catalog, seen, &rules)?;
    for (result, observability) in results.into_iter().zip(found) {
        result.observability = observability;
    }
    Ok(())
}

/// What came of searching a scope, slice by slice where there are slices.
struct Searched {
    sets: Sets,
    pairs: Vec<BoundaryPair>,
    hosts: HostCounts,
    reached: Vec<Reached>,
    /// Of a scope that is searched host by host.
    remedies: Option<RemedyReport>,
    seen: Option<SeenSets>,
}

/// The verification of one architecture.
struct Run<'a> {
    catalog: &'a Arc<Catalog>,
    options: &'a VerifyOptions,
    scope: &'a RuleScope,
    evaluator: &'a Evaluator<'a>,
    architecture: Architecture,
    progress: &'a (dyn Fn(VerifyProgress) + Sync),
}

impl Run<'_> {
    fn verify(
        &self,
        rules: &mut [RuleResult],
        complete: &mut bool,
        all_seen: &mut Vec<SeenSets>,
    ) -> Result<ArchitectureResult, HarnessError> {
        let (options, architecture) = (self.options, self.architecture);
        let slicing = if options.is_sliced() {
            Some(Slicing::new(self.catalog, architecture, options.switches, &options.names)?)
        } else {
            None
        };
        let files = SharedFiles::new(self.catalog);
        let (switches, count_max) = (options.switches, options.counterexample_count_max);
        let follow = || Followed::new(self.catalog, architecture, switches, count_max);
        let followed = options.remedies.then(follow).transpose()?;
        let search = || self.search((slicing.as_ref(), followed.as_ref()), &files, rules);
        let (searched, exact) = rayon::join(search, || slicing.is_some().then(|| self.exact()));
        let (searched, exact) = (searched?, exact.transpose()?);
        *complete &= searched.reached.iter().all(Reached::is_complete);
        if searched.reached.len() > 1 {
            RuleResult::doubt_shortest(rules, architecture);
        }
        let mut made = (searched.sets.images.len(), searched.sets.verdicts.len());
        let mut remedies = searched.remedies;
        let judged = exact.map(|exact| {
            let followed = followed.as_ref().filter(|_| remedies.is_none());
            match self.judge_whole(&mut exact?, &files, followed, rules) {
                Err(HarnessError::TooLarge(error)) => Err(error),
                judged => Ok(judged),
            }
        });
        let hosts = match judged {
            None => Some(searched.hosts.clone()),
            Some(Ok(judged)) => {
                let (hosts, built, report) = judged?;
                made = (built.images.len(), built.sets.len());
                remedies = remedies.or(report);
                Some(hosts)
            }
            Some(Err(reason)) => {
                *complete = false;
                for rule in rules {
                    rule.open.insert(architecture, reason.to_string());
                }
                None
            }
        };
        all_seen.extend(searched.seen);
        let only = match searched.reached.as_slice() {
            [reached] => Some(reached),
            _ => None,
        };
        Ok(ArchitectureResult {
            architecture,
            hosts,
            transitions: only.map(Reached::transition_count),
            depth: only.map(Reached::depth),
            distinct_images: made.0,
            distinct_sets: made.1,
            boundaries: searched.pairs,
            remedies,
        })
    }

    /// Judges every host of a scope that is held as a set: the numbers of hosts, the files that the
    /// core was shown, and how its remedies did.
    fn judge_whole(
        &self,
        exact: &mut Exact,
        files: &Arc<SharedFiles>,
        followed: Option<&Followed>,
        rules: &mut [RuleResult],
    ) -> Result<(HostCounts, Built, Option<RemedyReport>), HarnessError> {
        let built = WholeRules::new(self.catalog, self.scope, self.architecture, self.evaluator)?
            .judge(exact, files, rules, self.progress)?;
        let hosts = HostCounts::of(exact)?;
        let remedies = match followed.map(|followed| followed.at_once(exact, files)) {
            Some(Err(HarnessError::TooLarge(_))) => Some(RemedyReport::unknown(hosts.faulty())),
            report => report.transpose()?,
        };
        Ok((hosts, built, remedies))
    }

    /// The hosts of a scope as sets, unless these are too large.
    fn exact(&self) -> Result<Result<Exact, TooLarge>, HarnessError> {
        let options = self.options;
        match Exact::new(self.catalog, self.architecture, options.switches, &options.names) {
            Ok(exact) => Ok(Ok(exact)),
            Err(HarnessError::TooLarge(error)) => Ok(Err(error)),
            Err(error) => Err(error),
        }
    }

    /// Looks at every host of a scope, slice by slice where there are slices.
    fn search(
        &self,
        (slicing, followed): (Option<&Slicing>, Option<&Followed>),
        files: &Arc<SharedFiles>,
        rules: &mut [RuleResult],
    ) -> Result<Searched, HarnessError> {
        let (options, architecture) = (self.options, self.architecture);
        let mut all = Searched {
            sets: Sets::default(),
            pairs: Vec::new(),
            hosts: HostCounts::default(),
            reached: Vec::new(),
            remedies: None,
            seen: self.is_observed().then(|| SeenSets::new(Arc::clone(files))),
        };
        let all_names = std::slice::from_ref(&options.names);
        let tell = |p: Progress| (self.progress)(VerifyProgress::Exploring(architecture, p));
        let slices = slicing.map(|slicing| slicing.slices.as_slice());
        for names in slices.map_or(all_names, |slices| self.to_search(slices)) {
            let scope = (options.switches, names);
            let (catalog, bounds) = (self.catalog, &options.bounds);
            let reached = Reached::sharing(files, catalog, architecture, scope, bounds, &tell)?;
            let looks = reached.looks();
            let judgements = self.judge(&reached, &looks, &mut all.sets)?;
            self.sum_up(&reached, (&looks, &judgements), &mut all, rules)?;
            if options.boundaries {
                let truths: Vec<Status> = judgements.iter().map(|found| found.truth).collect();
                all.pairs = BoundaryPair::merge(all.pairs, crossings(&reached, &looks, &truths));
            }
            if let Some(seen) = &mut all.seen {
                seen.add(&reached, &looks, judgements.iter().map(|of| (of.set, of.truth)));
            }
            if let (Some(followed), None | Some([_])) = (followed, slices) {
                let report = followed.one_by_one(&reached, (&looks, &judgements), &all.sets);
                all.remedies = Some(report);
            }
            all.reached.push(reached);
        }
        Ok(all)
    }

    /// The slices that are searched host by host: all of them where that gives orders to hosts on
    /// which a rule is wrong, or the borders between statuses; else the only one, for its depth.
    fn to_search<'s>(&self, slices: &'s [ActionNames]) -> &'s [ActionNames] {
        let is_needed = self.options.boundaries || !self.evaluator.rules().is_empty();
        if is_needed || slices.len() == 1 { slices } else { &[] }
    }

    /// Whether it is to be told what a wrong rule cannot see.
    fn is_observed(&self) -> bool {
        let rules = self.evaluator.rules();
        self.options.observe && rules.iter().any(|rule| reads_fields(rule.as_ref()))
    }

    /// Looks at the hosts of a slice from both sides: one of each look.
    fn judge(
        &self,
        reached: &Reached,
        looks: &Looks,
        sets: &mut Sets,
    ) -> Result<Vec<Judgement>, HarnessError> {
        let mut judgements = Vec::with_capacity(looks.first.len());
        for chunk in looks.first.chunks(CHUNK) {
            let told = (judgements.len(), looks.first.len(), sets.verdicts.len());
            let tell = |judged, fresh| {
                (self.progress)(judging(self.architecture, told, chunk.len(), (judged, fresh)));
            };
            judgements.extend(judge_looks(reached, self.evaluator, sets, chunk, &tell)?);
        }
        Ok(judgements)
    }

    /// Counts the hosts of a slice, and keeps the first counterexamples of each rule.
    fn sum_up(
        &self,
        reached: &Reached,
        (looks, judgements): (&Looks, &[Judgement]),
        all: &mut Searched,
        rules: &mut [RuleResult],
    ) -> Result<(), HarnessError> {
        let own_sets: BTreeSet<usize> = judgements.iter().map(|judgement| judgement.set).collect();
        for set in own_sets {
            all.sets.note(set, rules);
        }
        let mut of_looks = vec![0; judgements.len()];
        for look in &looks.of {
            if let Some(hosts) = of_looks.get_mut(*look as usize) {
                *hosts += 1;
            }
        }
        let of_looks = || judgements.iter().zip(&of_looks);
        for (judgement, hosts) in of_looks() {
            all.hosts.add(judgement.truth, *hosts);
        }
        let of_hosts = || {
            let looks = (0..).map(StateId).zip(&looks.of);
            looks.filter_map(|(id, look)| Some((id, judgements.get(*look as usize)?)))
        };
        for (number, result) in rules.iter_mut().enumerate() {
            for (judgement, hosts) in of_looks() {
                let Some(opinion) = judgement.opinions.get(number) else { continue };
                result.add((self.architecture, judgement.truth, opinion.status), *hosts);
            }
            let (mut wrong, mut undecided) = (Vec::new(), BTreeMap::new());
            for (id, judgement) in of_hosts() {
                let Some(opinion) = judgement.opinions.get(number) else { continue };
                wrong.extend(opinion.disagreement.as_ref().map(|found| (id, found)));
                if opinion.is_undecided() {
                    undecided.entry(judgement.truth).or_insert((0, id, judgement.set)).0 += 1;
                }
            }
            for (truth, (hosts, first, set)) in undecided {
                let (steps, reason) = (reached.order(first), all.sets.reason(set, number));
                result.add_undecided((self.architecture, truth), hosts, steps, reason);
            }
            self.note_nearest(reached, &wrong, result);
            self.keep_counterexamples(reached, &wrong, number, &all.sets, result)?;
        }
        Ok(())
    }

    /// Notes the nearest host of every shape, whatever number of counterexamples is kept.
    fn note_nearest(
        &self,
        reached: &Reached,
        wrong: &[(StateId, &Disagreement)],
        result: &mut RuleResult,
    ) {
        let (of_wrong, shapes) = kinds(wrong);
        let mut own: Vec<Option<(usize, StateId)>> = vec![None; shapes.len()];
        for (kind, (id, _)) in of_wrong.into_iter().zip(wrong) {
            if let Some(found) = own.get_mut(kind) {
                found.get_or_insert((0, *id)).0 += 1;
            }
        }
        for (shape, found) in shapes.into_iter().zip(own) {
            let Some((hosts, first)) = found else { continue };
            result.add_wrong(self.architecture, shape, hosts, reached.order(first));
        }
    }

    fn keep_counterexamples(
        &self,
        reached: &Reached,
        wrong: &[(StateId, &Disagreement)],
        number: usize,
        sets: &Sets,
        result: &mut RuleResult,
    ) -> Result<(), HarnessError> {
        let (left, simulation) = (self.options.counterexample_count_max, reached.simulation());
        let core = |tree: &HostTree| {
            let verdict = simulation.judge(tree);
            (verdict.status, verdict.findings)
        };
        let evaluator = self.evaluator;
        let rule = number.checked_sub(1).and_then(|number| evaluator.rules().get(number));
        let judge_of_rule =
            rule.map(|rule| RuleJudge { simulation, evaluator, rule: rule.as_ref() });
        let judge: &dyn Judge = judge_of_rule.as_ref().map_or(&core, |rule| rule);
        for mut shown in reached.choose(wrong, left, &mut BTreeMap::new()) {
            shown.analysis = simulation.analyse(&shown, judge)?;
            if !shown.analysis.is_minimal() {
                shown = simulation.minimise(&shown, judge)?;
                shown.analysis = simulation.analyse(&shown, judge)?;
            }
            if let Some(rule) = rule {
                let words: Vec<String> = shown.steps.iter().map(ToString::to_string).collect();
                let tree = simulation.tree(&simulation.follow(&words)?)?;
                shown.clause = sets.answer(&tree, number - 1).and_then(|a| a.judgement.clause);
                if !rule.clauses().is_empty() {
                    let truth = shown.disagreement.truth;
                    let grounds = |subject: &Subject<'_>| rule.grounds(subject, truth);
                    shown.grounds = evaluator.show(simulation, &tree, grounds)?;
                }
            }
            if !result.counterexamples.contains(&shown) {
                result.counterexamples.push(shown);
            }
        }
        Ok(())
    }
}
