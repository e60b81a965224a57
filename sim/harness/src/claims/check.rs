//! Claims against all reachable hosts.

use super::{
    Claim, ClaimCase, ClaimProgress, ClaimResult, Conclusion, Property, PropertyKind, Witness,
    condition::{Condition, Facts},
    space::{ClaimSpace, RestrictedSpace},
};
use crate::HarnessError;
use patchstate_catalog::Catalog;
use patchstate_explore::{Space, StateId};
use patchstate_servicing::{Action, Offer, PackedHost, SwitchError, Switches};
use patchstate_terms::{Architecture, Step};
use rayon::prelude::*;
use std::{collections::BTreeMap, sync::Arc};

/// Checks claims with these assumptions in force, each also under every other value of the
/// assumptions that it rests on, one at a time.
///
/// # Errors
/// When a claim's scope is too large to search or names what the catalog does not have; claims
/// that were read for the same catalog name nothing else.
pub fn check_claims(
    catalog: &Arc<Catalog>,
    switches: Switches,
    claims: &[Claim],
    progress: &(dyn Fn(ClaimProgress) + Sync),
) -> Result<Vec<ClaimResult>, HarnessError> {
    let mut checker = Checker {
        catalog,
        in_force: settings(switches),
        is_default: switches == from_settings(catalog, &[])?,
        spaces: BTreeMap::new(),
    };
    let mut results = Vec::with_capacity(claims.len());
    for (done, claim) in claims.iter().enumerate() {
        progress(ClaimProgress { done, total: claims.len() });
        let name = |error| HarnessError::Claim { id: claim.id.clone(), error: Box::new(error) };
        results.push(checker.check(claim).map_err(name)?);
    }
    Ok(results)
}

fn settings(switches: Switches) -> Vec<String> {
    switches.words().iter().map(|(id, value)| format!("{id}={value}")).collect()
}

fn from_settings(catalog: &Catalog, settings: &[String]) -> Result<Switches, HarnessError> {
    let settings = settings.iter().map(String::as_str);
    Switches::from_settings(catalog, settings)
        .map_err(|error: SwitchError| HarnessError::Assumption(error))
}

/// What tells spaces apart: components, updates, architecture, settings of the switches.
type SpaceKey = (Vec<String>, Vec<String>, Architecture, Vec<String>);

struct Checker<'a> {
    catalog: &'a Arc<Catalog>,
    in_force: Vec<String>,
    is_default: bool,
    spaces: BTreeMap<SpaceKey, Arc<ClaimSpace>>,
}

impl Checker<'_> {
    fn check(&mut self, claim: &Claim) -> Result<ClaimResult, HarnessError> {
        let mut cases = vec![self.case(claim, None)?];
        for varied in self.variations(claim) {
            cases.push(self.case(claim, Some(varied))?);
        }
        Ok(conclude(claim, cases, self.is_default))
    }

    /// The other values of the assumptions that the claim rests on and does not set itself.
    fn variations(&self, claim: &Claim) -> Vec<String> {
        let is_set = |id: &str| claim.assume.iter().any(|setting| assumption_of(setting) == id);
        let assumptions = claim.rests_on.iter().filter(|id| !is_set(id));
        let assumptions = assumptions.filter_map(|id| self.catalog.assumption(id));
        let settings = assumptions.flat_map(|assumption| {
            assumption.values.iter().map(|value| format!("{}={}", assumption.id, value.name))
        });
        settings.filter(|setting| !self.in_force.contains(setting)).collect()
    }

    fn case(&mut self, claim: &Claim, varied: Option<String>) -> Result<ClaimCase, HarnessError> {
        let mut all = self.in_force.clone();
        all.extend(claim.assume.iter().cloned());
        all.extend(varied.clone());
        let switches = from_settings(self.catalog, &all)?;
        let wants_example = claim.property.kind.wants_example();
        let mut case =
            ClaimCase { varied, holds: !wants_example, hosts: 0, concerned: 0, witness: None };
        let defaults = settings(from_settings(self.catalog, &[])?);
        let assume: Vec<String> =
            settings(switches).into_iter().filter(|setting| !defaults.contains(setting)).collect();
        let mut merely_shows = None;
        for architecture in &claim.architectures {
            if self.catalog.architecture(*architecture).is_none() {
                continue;
            }
            let space = self.space(claim, *architecture, switches)?;
            let looked = look(&space, &claim.property, switches.offer)?;
            case.hosts += looked.hosts;
            case.concerned += looked.concerned;
            let witness =
                |steps| Witness { architecture: *architecture, assume: assume.clone(), steps };
            if looked.decides {
                case.holds = wants_example;
                case.witness = case.witness.or(looked.order.map(witness));
            } else {
                merely_shows = merely_shows.or(looked.order.map(witness));
            }
        }
        case.witness = case.witness.or(merely_shows);
        Ok(case)
    }

    fn space(
        &mut self,
        claim: &Claim,
        architecture: Architecture,
        switches: Switches,
    ) -> Result<Arc<ClaimSpace>, HarnessError> {
        // No step depends on whether Windows Update offers a service pack.
        let switches = Switches { offer: Offer::default(), ..switches };
        let names = &claim.names;
        let key =
            (names.components.clone(), names.updates.clone(), architecture, settings(switches));
        if let Some(space) = self.spaces.get(&key) {
            return Ok(Arc::clone(space));
        }
        let space = Arc::new(ClaimSpace::new(self.catalog, architecture, switches, names)?);
        self.spaces.insert(key, Arc::clone(&space));
        Ok(space)
    }
}

/// The id in a setting `ID=VALUE`.
fn assumption_of(setting: &str) -> &str {
    setting.split('=').next().unwrap_or_default()
}

/// What a look at all hosts of a space gave.
struct Looked {
    hosts: usize,
    concerned: usize,
    /// Whether a host decides the property: as an example where one is wanted, or against it.
    decides: bool,
    /// The shortest order to a host that decides, or else to one that the property is about.
    order: Option<Vec<Step>>,
}

/// What one host has to say about a property.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HostAnswer {
    /// The property is not about it.
    Nothing,
    /// The property is about it, and it decides nothing; with the step that was looked at.
    Fits(Option<usize>),
    /// It decides; with the step that shows it.
    Decides(Option<usize>),
}

fn look(space: &ClaimSpace, property: &Property, offer: Offer) -> Result<Looked, HarnessError> {
    let found = space.reach(&property.without, offer)?;
    let check = PropertyCheck::new(space, property, offer);
    let answer: Vec<HostAnswer> =
        found.states().par_iter().map(|packed| check.answer(*packed)).collect();
    let first = |wanted: fn(&HostAnswer) -> Option<Option<usize>>| {
        let mut numbered = (0..).map(StateId).zip(&answer);
        numbered.find_map(|(id, answer)| Some((id, wanted(answer)?)))
    };
    let decides = first(|answer| match answer {
        HostAnswer::Decides(step) => Some(*step),
        HostAnswer::Fits(_) | HostAnswer::Nothing => None,
    });
    let shown = decides.or_else(|| {
        let has_subject = property.kind.has_step() || !property.when.is_empty();
        let fits = first(|answer| match answer {
            HostAnswer::Fits(step) => Some(*step),
            HostAnswer::Decides(_) | HostAnswer::Nothing => None,
        });
        // A host that fits shows nothing about the absence of an example.
        fits.filter(|_| has_subject && !property.kind.wants_example())
    });
    let order = shown.map(|(id, step)| {
        let mut order = space.order(&found, id);
        let step = step.and_then(|step| space.steps().get(step));
        order.extend(step.map(|(step, _)| step.clone()));
        order
    });
    let concerned = answer.iter().filter(|answer| **answer != HostAnswer::Nothing).count();
    Ok(Looked { hosts: answer.len(), concerned, decides: decides.is_some(), order })
}

/// A property that is asked of the hosts of a space.
struct PropertyCheck<'a> {
    space: &'a ClaimSpace,
    property: &'a Property,
    offer: Offer,
    restricted: RestrictedSpace<'a>,
    /// The steps that the property is about on some host.
    asked: Vec<usize>,
}

impl<'a> PropertyCheck<'a> {
    fn new(space: &'a ClaimSpace, property: &'a Property, offer: Offer) -> Self {
        let may_fit = |(_, (step, action)): &(usize, &(Step, Action))| {
            property.step.iter().any(|pattern| pattern.fits_step(step, *action, None))
        };
        let steps = space.steps().iter().enumerate();
        let asked = steps.filter(may_fit).map(|(number, _)| number).collect();
        let restricted = RestrictedSpace::new(space, &property.without, offer);
        Self { space, property, offer, restricted, asked }
    }

    /// What a host has to say. Its steps are taken only where the property is about them.
    fn answer(&self, packed: PackedHost) -> HostAnswer {
        let (space, property) = (self.space, self.property);
        let host = space.host(packed);
        let facts = space.facts(packed, &host, self.offer);
        if !all_met(&property.when, facts, facts) {
            return HostAnswer::Nothing;
        }
        let decisive = property.kind.wants_example();
        if !property.kind.has_step() {
            let met = all_met(&property.then, facts, facts);
            return if met == decisive {
                HostAnswer::Decides(None)
            } else {
                HostAnswer::Fits(None)
            };
        }
        let mut after: Vec<(usize, PackedHost)> = Vec::new();
        self.restricted.successors(&packed, &mut |step, next| after.push((step, next)));
        let mut answer = HostAnswer::Nothing;
        for number in self.asked.iter().copied() {
            let Some((step, action)) = space.steps().get(number) else { continue };
            if !property.step.iter().any(|pattern| pattern.fits(step, *action, facts)) {
                continue;
            }
            let next = after.iter().find(|(step, _)| *step == number).map(|(_, next)| *next);
            if next.is_none() && property.kind == PropertyKind::StepCanLead {
                continue;
            }
            let next = next.unwrap_or(packed);
            let host_after = space.host(next);
            let facts_after = space.facts(next, &host_after, self.offer);
            if all_met(&property.then, facts_after, facts) == decisive {
                return HostAnswer::Decides(Some(number));
            }
            if answer == HostAnswer::Nothing {
                answer = HostAnswer::Fits(Some(number));
            }
        }
        answer
    }
}

fn all_met(conditions: &[Condition], host: Facts<'_>, before: Facts<'_>) -> bool {
    conditions.iter().all(|condition| condition.is_met(host, before))
}

fn conclude(claim: &Claim, cases: Vec<ClaimCase>, is_default: bool) -> ClaimResult {
    let first = cases.first();
    let holds = first.is_some_and(|case| case.holds);
    let differing: Vec<&ClaimCase> = cases.iter().filter(|case| case.holds != holds).collect();
    let found = match (differing.is_empty(), holds) {
        (false, _) => Conclusion::Depends,
        (true, true) => Conclusion::Holds,
        (true, false) => Conclusion::Refuted,
    };
    let deciding = differing.iter().filter_map(|case| case.varied.as_deref());
    let mut decided_by: Vec<String> = deciding.map(|v| assumption_of(v).to_owned()).collect();
    decided_by.dedup();
    // Of a claim that depends, the order that decides: where an example is found, or where the
    // claim ends.
    let deciding = cases.iter().find(|case| case.holds == claim.property.kind.wants_example());
    let witness = deciding.or(first).and_then(|case| case.witness.clone());
    let vacuous = is_vacuous(claim, &cases);
    let mut rests_on: Vec<String> =
        claim.assume.iter().map(|setting| assumption_of(setting).to_owned()).collect();
    rests_on.extend(
        claim
            .rests_on
            .iter()
            .filter(|id| !claim.assume.iter().any(|s| assumption_of(s) == id.as_str()))
            .cloned(),
    );
    ClaimResult {
        id: claim.id.clone(),
        text: claim.text.clone(),
        source: claim.source.clone(),
        reading: claim.reading.clone(),
        recorded: claim.recorded,
        found,
        rests_on,
        decided_by,
        witness,
        as_recorded: !is_default
            || if claim.is_part {
                !contradicts(claim, &cases)
            } else {
                found == claim.recorded && !vacuous
            },
        detail: detail(claim, &cases, vacuous),
        cases,
    }
}

/// Whether a part of what a record is about is enough to contradict it: there is an example where
/// the record knows none, or a counterexample.
fn contradicts(claim: &Claim, cases: &[ClaimCase]) -> bool {
    let wants_example = claim.property.kind.wants_example();
    let undecided = if wants_example { Conclusion::Refuted } else { Conclusion::Holds };
    claim.recorded == undecided && cases.iter().any(|case| case.holds == wants_example)
}

/// Whether the property is about no host at all: then it says nothing.
fn is_vacuous(claim: &Claim, cases: &[ClaimCase]) -> bool {
    !claim.property.kind.wants_example() && cases.iter().all(|case| case.concerned == 0)
}

fn detail(claim: &Claim, cases: &[ClaimCase], vacuous: bool) -> String {
    if vacuous {
        return "there is no host that it is about, so it answer nothing".to_owned();
    }
    let Some((first, others)) = cases.split_first() else { return String::new() };
    let word = |case: &ClaimCase| if case.holds { "holds" } else { "refuted" };
    let about = if claim.property.kind.wants_example() {
        format!("looked for on {} hosts", first.hosts)
    } else {
        format!("about {} of {} hosts", first.concerned, first.hosts)
    };
    let mut text = format!("{about}: {}", word(first));
    if claim.is_part {
        let only: Vec<&str> = claim.architectures.iter().map(|found| found.as_str()).collect();
        text = format!("on {} only, {text}", only.join(" and "));
    }
    for case in others {
        let varied = case.varied.as_deref().unwrap_or_default();
        text.push_str("; with ");
        text.push_str(varied);
        text.push(' ');
        text.push_str(word(case));
    }
    text
}
