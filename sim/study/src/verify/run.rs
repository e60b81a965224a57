//! The verification of one architecture.
//!
//! A scope without bounds is held as a set, and judged as one. What sets do not tell is then looked
//! for host by host: in slices, where the scope has several. A scope with bounds is always looked
//! at host by host.
//!
//! **Owns** the order in which that is done, and for whom. **Must never know** other architectures.
//!
//! **Start reading** at [`Run::judge`], then [`Run::finish`].

use super::{
    asked::Asked,
    followed::Followed,
    observed::reads_fields,
    options::VerifyOptions,
    result::{ArchitectureResult, HostCounts, RuleResult},
    rules::WholeRules,
    search::{Search, Searched},
};
use crate::{
    Exact, Facts, RemedyReport, SharedFiles, Slicing, StudyError, VerifyProgress,
    rules::{Evaluator, RuleScope, SeenSets},
};
use patchstate_space::TooLarge;
use patchstate_terms::Architecture;
use std::sync::Arc;

/// One architecture.
pub(super) struct Run<'a> {
    facts: &'a Facts,
    options: &'a VerifyOptions,
    scope: &'a RuleScope,
    evaluator: &'a Evaluator<'a>,
    architecture: Architecture,
    progress: &'a (dyn Fn(VerifyProgress) + Sync),
    files: Arc<SharedFiles>,
    /// Of a scope that is held as a set.
    slicing: Option<Slicing>,
}

/// What sets tell of an architecture.
pub(super) enum Judged<'a> {
    /// It has bounds.
    Nothing,
    /// The set of its hosts is too large.
    TooLarge(TooLarge),
    /// What is known of every host.
    Whole(Box<WholeRules<'a>>),
}

/// What came of an architecture.
pub(super) struct Found {
    pub(super) result: ArchitectureResult,
    /// The core, then each rule.
    pub(super) rules: Vec<RuleResult>,
    /// Whether every host was looked at.
    pub(super) is_complete: bool,
    /// What hosts show, where that was kept.
    pub(super) seen: Option<SeenSets>,
}

impl Judged<'_> {
    /// Who is wrong, says nothing or cannot be judged as a set.
    pub(super) fn doubted(&self, rules: usize) -> Asked {
        match self {
            Self::Nothing | Self::TooLarge(_) => Asked::all(rules),
            Self::Whole(whole) => whole.doubted(),
        }
    }

    /// Who of them has to be asked host by host.
    pub(super) fn asked(&self, rules: usize) -> Asked {
        match self {
            Self::Nothing | Self::TooLarge(_) => Asked::all(rules),
            Self::Whole(whole) => whole.asked(),
        }
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(
        facts: &'a Facts,
        (options, scope): (&'a VerifyOptions, &'a RuleScope),
        evaluator: &'a Evaluator<'a>,
        architecture: Architecture,
        progress: &'a (dyn Fn(VerifyProgress) + Sync),
    ) -> Result<Self, StudyError> {
        let catalog = &facts.catalog;
        let slicing = || Slicing::new(catalog, architecture, options.switches, &options.names);
        let slicing = options.is_sliced().then(slicing).transpose()?;
        let files = SharedFiles::new(facts, options.switches);
        Ok(Self { facts, options, scope, evaluator, architecture, progress, files, slicing })
    }

    /// Judges the hosts as sets.
    pub(super) fn judge(&self) -> Result<Judged<'a>, StudyError> {
        if self.slicing.is_none() {
            return Ok(Judged::Nothing);
        }
        let (options, architecture) = (self.options, self.architecture);
        match Exact::new(&self.facts.catalog, architecture, options.switches, &options.names) {
            Ok(exact) => {
                let asked = (self.evaluator, &self.files);
                let of = (self.facts, architecture);
                let scope = (self.scope, options.counterexample_count_max);
                WholeRules::judge(of, scope, asked, exact, self.progress)
                    .map(|whole| Judged::Whole(Box::new(whole)))
            }
            Err(StudyError::TooLarge(error)) => Ok(Judged::TooLarge(error)),
            Err(error) => Err(error),
        }
    }

    /// Looks at hosts one by one, for those that some architecture `asks` about, and puts together
    /// what was found. Some are `doubted` on an architecture.
    pub(super) fn finish(
        &self,
        judged: Judged<'a>,
        (asked, doubted): (&Asked, &Asked),
    ) -> Result<Found, StudyError> {
        let (options, architecture) = (self.options, self.architecture);
        let (switches, count_max) = (options.switches, options.counterexample_count_max);
        let of = (&self.facts.catalog, architecture);
        let follow = || Followed::new(of, switches, Arc::clone(&self.files), count_max);
        let followed = options.remedies.then(follow).transpose()?;
        let mut searched = self.search(asked, followed.as_ref())?;
        let (remedies, rules) = (searched.remedies.take(), std::mem::take(&mut searched.rules));
        let (mut is_complete, mut seen) = (searched.is_complete, searched.seen.take());
        let result = |hosts, remedies, (distinct_images, distinct_sets)| ArchitectureResult {
            architecture,
            hosts,
            transitions: searched.extent.map(|(transitions, _)| transitions),
            depth: searched.extent.map(|(_, depth)| depth),
            distinct_images,
            distinct_sets,
            boundaries: searched.pairs,
            without_boundaries: searched.without_borders,
            remedies,
        };
        let made = (searched.sets.images.len(), searched.sets.verdicts.len());
        let (result, rules) = match judged {
            Judged::Nothing => (result(Some(searched.hosts), remedies, made), rules),
            Judged::TooLarge(error) => {
                is_complete = false;
                let open = |mut rule: RuleResult| {
                    rule.open.insert(architecture, error.to_string());
                    rule
                };
                (result(None, remedies, made), rules.into_iter().map(open).collect())
            }
            Judged::Whole(whole) => {
                let (mut exact, built, rules) = whole.look_closer(rules)?;
                let hosts = HostCounts::of(&mut exact);
                let at_once = || match followed.as_ref()?.at_once(&mut exact, &self.files) {
                    Err(StudyError::TooLarge(_)) => Some(Ok(RemedyReport::unknown(hosts.faulty()))),
                    report => Some(report),
                };
                let remedies = remedies.map(Ok).or_else(at_once).transpose()?;
                let made = (built.images.len(), built.sets.len());
                (result(Some(hosts), remedies, made), rules)
            }
        };
        if let (None, true, Some(slicing)) = (&seen, self.is_observed(doubted), &self.slicing) {
            let of = (architecture, switches);
            seen = SeenSets::of_slices(&self.facts.catalog, of, slicing, &self.files)?;
        }
        Ok(Found { result, rules, is_complete, seen })
    }

    /// Looks at hosts one by one: in every slice where that tells something of those that are
    /// asked, or the borders between statuses; else in the only one, for its depth.
    fn search(&self, asked: &Asked, followed: Option<&Followed>) -> Result<Searched, StudyError> {
        let options = self.options;
        let whole = std::slice::from_ref(&options.names);
        let scopes = self.slicing.as_ref().map_or(whole, |slicing| slicing.slices.as_slice());
        let is_one = scopes.len() == 1;
        let mut asked = asked.clone();
        // Where hosts are few, remedies are followed on each of them.
        let followed = followed.filter(|_| is_one);
        if followed.is_some() {
            asked.extend(&Asked::core(self.evaluator.rules().len()));
        }
        let is_needed = is_one || options.boundaries.is_some() || !asked.is_nobody();
        let is_observed = self.is_observed(&asked);
        let is_for_borders = !is_one && asked.is_nobody();
        let search = Search {
            catalog: &self.facts.catalog,
            options,
            architecture: self.architecture,
            evaluator: self.evaluator,
            files: &self.files,
            asked,
            is_observed,
            is_for_borders,
            progress: self.progress,
        };
        search.run(if is_needed { scopes } else { &[] }, followed)
    }

    /// Whether some of these are rules of which it is told what they cannot see.
    fn is_observed(&self, asked: &Asked) -> bool {
        let mut rules = self.evaluator.rules().iter().enumerate();
        self.options.observe
            && rules.any(|(place, rule)| asked.has_rule(place) && reads_fields(&**rule))
    }
}
