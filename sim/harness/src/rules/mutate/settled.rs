//! Which mutants of a rule over several slices are decided by composing what these say.
//!
//! A mutant that says the same as the rule on every combination of slices' hosts is equivalent to
//! it. Where the two differ on a combination, a host is looked for.

use super::{Heard, nearest};
use crate::{
    HarnessError,
    rules::{
        Combination, Composer, STEP_COUNT_MIN,
        look::Look,
        survey::{Sighting, Survey, Surveyor},
        together::Together,
    },
};
use patchstate_detect::MemoryTree;
use patchstate_explore::StateId;
use patchstate_rules::{PartValue, Rule, RuleParts, Subject};
use patchstate_terms::Status;
use rayon::prelude::*;

/// What is known of each mutant.
pub(super) struct Settled {
    /// Which say the same as the rule on every host, if they do on those that were reached.
    pub(super) is_proved: Vec<bool>,
    /// Of which nothing is left to be found: they are proved, or a nearest host kills them.
    pub(super) is_done: Vec<bool>,
    /// Hosts that were found where slices come together, with what the rule and each mutant say.
    pub(super) witnesses: Vec<(Vec<Status>, Sighting)>,
}

/// What a mutant does on one architecture.
enum Meeting {
    /// It says the same as the rule, on every combination.
    Same,
    /// It differs on these combinations of hosts of slices.
    Differs(Vec<(Combination, Vec<StateId>)>),
    /// That cannot be told.
    Unknown,
}

/// What parts amount to in each thing that was seen.
type Values = Vec<Vec<PartValue>>;

impl Settled {
    /// What slices say that have all that a mutant and its rule read.
    pub(super) fn new(covered: &[bool], reached_all: bool) -> Self {
        let is_proved: Vec<bool> = covered.iter().map(|is| *is && reached_all).collect();
        Self { is_done: covered.to_vec(), is_proved, witnesses: Vec::new() }
    }

    /// Settles the others, as far as that can be done.
    pub(super) fn compose(
        &mut self,
        surveyor: &Surveyor<'_>,
        rules: &[Box<dyn Rule>],
        found: &Survey<Look>,
        heard: &[Heard<'_>],
    ) -> Result<(), HarnessError> {
        for (number, is_settled) in self.is_done.iter_mut().enumerate() {
            let known = nearest(number + 1, heard);
            *is_settled |= known.is_some_and(|length| length <= STEP_COUNT_MIN);
        }
        // Where a host is known that kills a mutant, a nearer one is found by a short search.
        let open = (0..).zip(&self.is_done).filter(|(_, is_settled)| !**is_settled);
        let open = open.map(|(number, _)| number);
        let open: Vec<usize> = open.filter(|n| nearest(n + 1, heard).is_none()).collect();
        let Some((rule, mutants)) = rules.split_first() else { return Ok(()) };
        let mut is_same = vec![true; open.len()];
        let mut is_found = vec![true; open.len()];
        for kept in &found.kept {
            let together = Together::new(surveyor, kept)?;
            let meetings = meet(&together, rule.as_ref(), mutants, &open, found);
            let each = open.iter().zip(meetings).zip(is_same.iter_mut().zip(&mut is_found));
            for ((number, meeting), (is_same, is_found)) in each {
                match meeting {
                    Meeting::Same => {}
                    Meeting::Unknown => (*is_same, *is_found) = (false, false),
                    Meeting::Differs(combinations) => {
                        *is_same = false;
                        *is_found &= self.find(&together, rules, *number, &combinations)?;
                    }
                }
            }
        }
        for ((number, is_same), is_found) in open.into_iter().zip(is_same).zip(is_found) {
            if let Some(settled) = self.is_done.get_mut(number) {
                *settled = is_same || is_found;
            }
            if let Some(proved) = self.is_proved.get_mut(number) {
                *proved |= is_same;
            }
        }
        Ok(())
    }

    /// Looks for a host that kills a mutant, unless one is known; whether there is one.
    fn find(
        &mut self,
        together: &Together<'_>,
        rules: &[Box<dyn Rule>],
        number: usize,
        combinations: &[(Combination, Vec<StateId>)],
    ) -> Result<bool, HarnessError> {
        let differs = |said: &[Status]| said.first() != said.get(number + 1);
        if self.witnesses.iter().any(|(said, _)| differs(said)) {
            return Ok(true);
        }
        let (Some(rule), Some(mutant)) = (rules.first(), rules.get(number + 1)) else {
            return Ok(false);
        };
        for (combination, hosts) in combinations {
            let pair = [rule.as_ref(), mutant.as_ref()];
            if let Some(host) = together.find(&pair, combination, false, hosts)? {
                let all: Vec<&dyn Rule> = rules.iter().map(AsRef::as_ref).collect();
                let said = together.decided(&all, &host)?;
                let said = said.into_iter().map(|(status, _)| status).collect();
                self.witnesses.push((said, host));
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What each of some mutants does where slices come together.
fn meet(
    together: &Together<'_>,
    rule: &dyn Rule,
    mutants: &[Box<dyn Rule>],
    open: &[usize],
    found: &Survey<Look>,
) -> Vec<Meeting> {
    let Ok(parts) = together.parts(rule) else {
        return open.iter().map(|_| Meeting::Unknown).collect();
    };
    let own = values(&parts, found);
    let meet = |number: &usize| {
        let mutant = mutants.get(*number)?;
        let changed = together.parts(mutant.as_ref()).ok()?;
        let changed_values = values(&changed, found);
        one(together, (&parts, &own), (&changed, &changed_values))
    };
    open.par_iter().map(|number| meet(number).unwrap_or(Meeting::Unknown)).collect()
}

fn one(
    together: &Together<'_>,
    (rule, own): (&RuleParts, &Values),
    (mutant, changed): (&RuleParts, &Values),
) -> Option<Meeting> {
    let both = |place: usize| {
        let (own, changed) = (own.get(place), changed.get(place));
        vec![own.map_or(&[][..], Vec::as_slice), changed.map_or(&[][..], Vec::as_slice)]
    };
    let question = together.question(vec![rule, mutant], false, &both);
    let mut composer = Composer::new(&together.junction, &question, &together.seen);
    let mut different = composer.ask().ok()?;
    different.retain(|combination| combination.said.first() != combination.said.get(1));
    if different.is_empty() {
        return Some(Meeting::Same);
    }
    let mut combinations = Vec::new();
    for combination in different {
        let (hosts, _) = composer.nearest(&|found| *found == combination, together.reached())?;
        combinations.push((combination, hosts));
    }
    Some(Meeting::Differs(combinations))
}

fn values(parts: &RuleParts, found: &Survey<Look>) -> Values {
    let nothing = MemoryTree::default();
    let value = |(look, _): &(Look, _)| {
        // Rules over fields ask for nothing else.
        parts.values(&Subject { evidence: &look.evidence, tree: &nothing, folder: None })
    };
    found.seen.iter().map(value).collect()
}
