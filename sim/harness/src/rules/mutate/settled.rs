//! Which mutants of a rule over several slices are decided by what they say of every host.
//!
//! A mutant that says the same as the rule of every host is equivalent to it. Where the two differ
//! on some, a nearest one of these is looked for.

use super::said_of_hosts::{SaidOfHosts, nearest};
use crate::{
    HarnessError,
    rules::{
        STEP_COUNT_MIN,
        extent::SurveyRequest,
        said::Said,
        survey::{HostWitness, Kept},
        whole::Whole,
    },
};
use patchstate_rules::Rule;
use patchstate_space::Set;
use patchstate_terms::Status;

/// What is known of each mutant.
pub(super) struct Settled {
    /// Which say the same as the rule on every host, if they do on those that were reached.
    pub(super) is_proved: Vec<bool>,
    /// Of which nothing is left to be found: they are proved, or a nearest host kills them.
    pub(super) is_done: Vec<bool>,
    /// Hosts that no slice has shown, with what the rule and each mutant say.
    pub(super) witnesses: Vec<(Vec<Status>, HostWitness)>,
}

impl Settled {
    /// What slices say that have all that a mutant and its rule read.
    pub(super) fn new(covered: &[bool], reached_all: bool) -> Self {
        let is_proved: Vec<bool> = covered.iter().map(|is| *is && reached_all).collect();
        Self { is_done: covered.to_vec(), is_proved, witnesses: Vec::new() }
    }

    /// Settles the others, as far as that can be done.
    pub(super) fn decide(
        &mut self,
        request: &SurveyRequest<'_>,
        rules: &[Box<dyn Rule>],
        architectures: &[Kept],
        said_of_hosts: &[SaidOfHosts<'_>],
    ) -> Result<(), HarnessError> {
        for (number, is_settled) in self.is_done.iter_mut().enumerate() {
            let known = nearest(number + 1, said_of_hosts);
            *is_settled |= known.is_some_and(|length| length <= STEP_COUNT_MIN);
        }
        // Where a host is known that kills a mutant, a nearer one is found by a short search.
        let open = (0..).zip(&self.is_done).filter(|(_, is_settled)| !**is_settled);
        let open = open.map(|(number, _)| number);
        let open: Vec<usize> = open.filter(|n| nearest(n + 1, said_of_hosts).is_none()).collect();
        let all: Vec<&dyn Rule> = rules.iter().map(AsRef::as_ref).collect();
        let Some((rule, mutants)) = all.split_first() else { return Ok(()) };
        if open.is_empty() {
            return Ok(());
        }
        let mut asked = vec![*rule];
        asked.extend(open.iter().filter_map(|number| mutants.get(*number)));
        let mut is_same = vec![true; open.len()];
        let mut is_found = vec![true; open.len()];
        for kept in architectures {
            let Some((mut whole, mut said)) = whole(request, kept, &asked)? else {
                is_same.fill(false);
                is_found.fill(false);
                continue;
            };
            let own = said.remove(0);
            let each = open.iter().zip(said).zip(is_same.iter_mut().zip(&mut is_found));
            for ((number, said), (is_same, is_found)) in each {
                let (Some(own), Some(said)) = (&own, said) else {
                    (*is_same, *is_found) = (false, false);
                    continue;
                };
                let different = different(&mut whole, own, &said)?;
                if !different.is_empty() {
                    *is_same = false;
                    *is_found &= self.find(&mut whole, &all, *number, different)?;
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
        whole: &mut Whole<'_>,
        rules: &[&dyn Rule],
        number: usize,
        different: Set,
    ) -> Result<bool, HarnessError> {
        let differs = |said: &[Status]| said.first() != said.get(number + 1);
        if self.witnesses.iter().any(|(said, _)| differs(said)) {
            return Ok(true);
        }
        let Some(host) = whole.nearest(different)? else { return Ok(false) };
        let said = whole.decided(rules, &host)?;
        self.witnesses.push((said.into_iter().map(|(status, _)| status).collect(), host));
        Ok(true)
    }
}

/// The hosts of an architecture, and what each of some rules says of them.
type Told<'a> = (Whole<'a>, Vec<Option<Said>>);

/// The hosts of an architecture, and what rules say of them; `None` where that cannot be held.
fn whole<'a>(
    request: &'a SurveyRequest<'a>,
    kept: &Kept,
    rules: &[&dyn Rule],
) -> Result<Option<Told<'a>>, HarnessError> {
    let found = Whole::new(request, kept).and_then(|mut whole| {
        let said = whole.said(rules)?;
        Ok((whole, said))
    });
    match found {
        Ok(found) => Ok(Some(found)),
        Err(HarnessError::TooLarge(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The hosts of which two rules do not say the same.
fn different(whole: &mut Whole<'_>, one: &Said, other: &Said) -> Result<Set, HarnessError> {
    let mut all = Set::EMPTY;
    let diagrams = whole.exact.space.diagrams();
    for (status, hosts) in one {
        let same = other.get(status).copied().unwrap_or(Set::EMPTY);
        let only = diagrams.difference(*hosts, same)?;
        all = diagrams.union(all, only)?;
    }
    Ok(all)
}
