//! Claims against all reachable hosts.
//!
//! A claim is checked in several *cases*, one for each set of assumptions, and each case on each
//! architecture of the claim. All that is about the same hosts shares one space; the spaces do not
//! depend on each other and are made side by side.

use super::{
    Claim, ClaimCase, ClaimProgress, ClaimResult, Conclusion, Property, PropertyKind,
    UncheckedClaim, Witness,
    pattern::StepPattern,
    sets::{ClaimSets, RestrictedSpace},
};
use crate::{Exact, StudyError};
use patchstate_catalog::Catalog;
use patchstate_servicing::{ActionNames, Switches};
use patchstate_space::{Count, Set, TooLarge};
use patchstate_terms::{Architecture, Step};
use rayon::prelude::*;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// What came of claims.
#[derive(Clone, Debug, Default)]
pub struct CheckedClaims {
    /// The claims that were checked, in their order.
    pub results: Vec<ClaimResult>,
    /// Those whose hosts are too many to be held: nothing is known of them.
    pub open: Vec<UncheckedClaim>,
}

/// Checks claims with these assumptions in force, each also under every other value of the
/// assumptions that it rests on, one at a time.
///
/// # Errors
/// When a claim names what the catalog does not have; claims that were read for the same catalog
/// name nothing else.
pub fn check_claims(
    catalog: &Arc<Catalog>,
    switches: Switches,
    claims: &[Claim],
    progress: &(dyn Fn(ClaimProgress) + Sync),
) -> Result<CheckedClaims, StudyError> {
    let defaults = Switches::from_settings(catalog, []).map_err(StudyError::from)?;
    let checker = Checker { catalog, in_force: switches, defaults };
    let cases = claims
        .iter()
        .map(|claim| checker.cases(claim).map_err(|error| StudyError::claim(&claim.id, error)));
    let cases = cases.collect::<Result<Vec<_>, StudyError>>()?;
    let results = checker.check_all(claims, &cases, progress)?;
    Ok(checked(claims, &cases, results, checker.is_default()))
}

/// What came of each claim, from what was seen in all of its cases.
fn checked(
    claims: &[Claim],
    cases: &[Vec<CaseSetting>],
    mut results: CheckResults,
    is_default: bool,
) -> CheckedClaims {
    let mut checked = CheckedClaims::default();
    for (number, (claim, cases)) in claims.iter().zip(cases).enumerate() {
        let found = cases.iter().enumerate().map(|(case, setting)| {
            let of_case = claim.architectures.iter().filter_map(|architecture| {
                Some((*architecture, results.remove(&(number, case, *architecture))?))
            });
            summary(claim, setting, of_case.collect())
        });
        match found.collect() {
            Ok(cases) => checked.results.push(conclude(claim, cases, is_default)),
            Err(error) => checked.open.push(UncheckedClaim::too_large(claim, error)),
        }
    }
    checked
}

fn settings(switches: Switches) -> Vec<String> {
    switches.words().iter().map(|(id, value)| format!("{id}={value}")).collect()
}

/// The assumptions of a case.
struct CaseSetting {
    /// What is varied.
    varied: Option<String>,
    switches: Switches,
    /// Those that are not as the catalog has them by default.
    assume: Vec<String>,
}

/// A claim and a case of it by their numbers, and an architecture.
type CheckId = (usize, usize, Architecture);

/// What was seen.
type CheckResults = BTreeMap<CheckId, Result<CheckResult, TooLarge>>;

/// What tells spaces apart.
type SpaceKey<'a> = (&'a ActionNames, Architecture, Switches);

struct Checker<'a> {
    catalog: &'a Arc<Catalog>,
    in_force: Switches,
    defaults: Switches,
}

impl Checker<'_> {
    fn is_default(&self) -> bool {
        self.in_force == self.defaults
    }

    /// What a claim is checked under: the assumptions in force first.
    fn cases(&self, claim: &Claim) -> Result<Vec<CaseSetting>, StudyError> {
        let varied = std::iter::once(None).chain(self.variations(claim).into_iter().map(Some));
        let case = |varied: Option<String>| {
            let changed = claim.assume.iter().chain(&varied).map(String::as_str);
            let switches = self.in_force.with(self.catalog, changed)?;
            Ok(CaseSetting { varied, switches, assume: switches.beside(self.defaults) })
        };
        varied.map(case).collect()
    }

    /// The other values of the assumptions that the claim rests on and does not set itself.
    fn variations(&self, claim: &Claim) -> Vec<String> {
        let is_set = |id: &str| claim.assume.iter().any(|setting| assumption_of(setting) == id);
        let assumptions = claim.rests_on.iter().filter(|id| !is_set(id));
        let assumptions = assumptions.filter_map(|id| self.catalog.assumption(id));
        let all = assumptions.flat_map(|assumption| {
            assumption.values.iter().map(|value| format!("{}={}", assumption.id, value.name))
        });
        let in_force = settings(self.in_force);
        all.filter(|setting| !in_force.contains(setting)).collect()
    }

    /// Checks claims on the hosts of every case.
    fn check_all(
        &self,
        claims: &[Claim],
        cases: &[Vec<CaseSetting>],
        progress: &(dyn Fn(ClaimProgress) + Sync),
    ) -> Result<CheckResults, StudyError> {
        let spaces = self.spaces(claims, cases);
        let of_claim =
            |number| spaces.iter().flat_map(|(_, ids)| ids).filter(move |id| id.0 == number);
        let waiting: Vec<AtomicUsize> =
            (0..claims.len()).map(|number| of_claim(number).count().into()).collect();
        let done = AtomicUsize::new(0);
        let check_space = |(key, ids): &(SpaceKey<'_>, Vec<CheckId>)| {
            let checks = ids.iter().filter_map(|id| Some((*id, claims.get(id.0)?)));
            let results = self.check_in_space(*key, &checks.collect::<Vec<_>>());
            let last = |id: &&CheckId| waiting[id.0].fetch_sub(1, Ordering::Relaxed) == 1;
            let count = ids.iter().filter(last).count();
            let done = done.fetch_add(count, Ordering::Relaxed) + count;
            progress(ClaimProgress { done, total: claims.len() });
            results
        };
        let results: Vec<_> = spaces.par_iter().with_max_len(1).map(check_space).collect();
        // Of several errors, the first in the order of the claims is told.
        let results = results.into_iter().collect::<Result<Vec<_>, StudyError>>()?;
        Ok(results.into_iter().flatten().collect())
    }

    /// The spaces that are needed, each with what is checked in it.
    fn spaces<'c>(
        &self,
        claims: &'c [Claim],
        cases: &[Vec<CaseSetting>],
    ) -> Vec<(SpaceKey<'c>, Vec<CheckId>)> {
        let mut spaces: Vec<(SpaceKey<'c>, Vec<CheckId>)> = Vec::new();
        for (number, (claim, cases)) in claims.iter().zip(cases).enumerate() {
            let is_known = |of: &&Architecture| self.catalog.architecture(**of).is_some();
            for (case, setting) in cases.iter().enumerate() {
                for architecture in claim.architectures.iter().filter(is_known) {
                    let key = (&claim.names, *architecture, setting.switches);
                    let id = (number, case, *architecture);
                    match spaces.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, ids)) => ids.push(id),
                        None => spaces.push((key, vec![id])),
                    }
                }
            }
        }
        spaces
    }

    /// Checks some claims on the hosts of one space.
    fn check_in_space(
        &self,
        (names, architecture, switches): SpaceKey<'_>,
        checks: &[(CheckId, &Claim)],
    ) -> Result<CheckResults, StudyError> {
        let exact = match Exact::new(self.catalog, architecture, switches, names) {
            Ok(exact) => exact,
            Err(StudyError::TooLarge(error)) => {
                return Ok(checks.iter().map(|(id, _)| (*id, Err(error))).collect());
            }
            Err(error) => {
                let first = checks.first().map_or("", |(_, claim)| &claim.id);
                return Err(StudyError::claim(first, error));
            }
        };
        let (mut sets, mut known) = (ClaimSets::new(exact), Vec::new());
        let check_one = |(id, claim): &(CheckId, &Claim)| {
            let property = &claim.property;
            let result = known_space(&mut sets, &mut known, &property.without)
                .and_then(|restricted| check(&mut sets, restricted, property));
            (*id, result)
        };
        Ok(checks.iter().map(check_one).collect())
    }
}

/// The id in a setting `ID=VALUE`.
fn assumption_of(setting: &str) -> &str {
    setting.split('=').next().unwrap_or_default()
}

/// The space without some steps: the one that is known, or a new one.
fn known_space<'r>(
    sets: &mut ClaimSets,
    all: &'r mut Vec<(Vec<StepPattern>, RestrictedSpace)>,
    without: &[StepPattern],
) -> Result<&'r mut RestrictedSpace, TooLarge> {
    let known = all.iter().position(|(known, _)| known == without);
    let place = known.unwrap_or(all.len());
    if known.is_none() {
        all.push((without.to_vec(), sets.restricted(without)?));
    }
    Ok(&mut all[place].1)
}

/// What the hosts of a space say of a property.
struct CheckResult {
    hosts: Count,
    concerned: Count,
    /// Whether a host decides the property: as an example where one is wanted, or against it.
    decides: bool,
    /// The shortest order to a host that decides, or else to one that the property is about.
    order: Option<Vec<Step>>,
}

/// What a property asks of hosts.
struct Asked {
    /// The step that it is asked about, if it is about one.
    step: Option<usize>,
    /// The hosts that it is about.
    about: Set,
    /// Those of them that decide it.
    decides: Set,
}

fn check(
    sets: &mut ClaimSets,
    restricted: &mut RestrictedSpace,
    property: &Property,
) -> Result<CheckResult, TooLarge> {
    let asked = ask(sets, restricted, property)?;
    let diagrams = sets.space().diagrams();
    let concerned = diagrams.union_of(asked.iter().map(|asked| asked.about))?;
    let deciding = diagrams.union_of(asked.iter().map(|asked| asked.decides))?;
    let decides = !deciding.is_empty();
    let has_subject = property.kind.has_step() || !property.when.is_empty();
    let order = if decides {
        order(sets, restricted, deciding, &asked, |asked| asked.decides)?
    } else if has_subject && !property.kind.wants_example() && !concerned.is_empty() {
        order(sets, restricted, concerned, &asked, |asked| asked.about)?
    } else {
        // A host that it is about shows nothing about the absence of an example.
        None
    };
    let (hosts, concerned) = (sets.count(restricted.hosts), sets.count(concerned));
    Ok(CheckResult { hosts, concerned, decides, order })
}

/// Asks a property of all hosts of a space, for each step that it is about.
fn ask(
    sets: &mut ClaimSets,
    restricted: &RestrictedSpace,
    property: &Property,
) -> Result<Vec<Asked>, TooLarge> {
    let when = sets.met(&property.when, None)?;
    let about = sets.space().diagrams().intersection(when, restricted.hosts)?;
    let wants_example = property.kind.wants_example();
    let decided = |sets: &mut ClaimSets, step, about, then| {
        let diagrams = sets.space().diagrams();
        let decides = if wants_example {
            diagrams.intersection(about, then)?
        } else {
            diagrams.difference(about, then)?
        };
        Ok(Asked { step, about, decides })
    };
    if !property.kind.has_step() {
        let then = sets.met(&property.then, None)?;
        return Ok(vec![decided(sets, None, about, then)?]);
    }
    let mut all = Vec::new();
    for step in 0..sets.step_count() {
        let fitting = sets.fitting(&property.step, step)?;
        let mut about = sets.space().diagrams().intersection(about, fitting)?;
        if about.is_empty() {
            continue;
        }
        let taken = sets.taken(restricted, step)?;
        if property.kind == PropertyKind::StepCanLead {
            about = sets.applied(&taken, about)?;
        }
        let then = sets.met(&property.then, Some(&taken))?;
        all.push(decided(sets, Some(step), about, then)?);
    }
    Ok(all)
}

/// A shortest order to one of the wanted hosts, with the first step that was asked about there.
fn order(
    sets: &mut ClaimSets,
    restricted: &mut RestrictedSpace,
    wanted: Set,
    asked: &[Asked],
    of: impl Fn(&Asked) -> Set,
) -> Result<Option<Vec<Step>>, TooLarge> {
    let Some((mut order, host)) = sets.shortest(restricted, wanted)? else { return Ok(None) };
    let asked = asked.iter().find(|asked| sets.space().contains(of(asked), &host));
    let step = asked.and_then(|asked| asked.step);
    order.extend(step.into_iter().flat_map(|step| sets.step_on(&host, step)));
    Ok(Some(order))
}

/// What was found in one case, on all architectures of a claim.
fn summary(
    claim: &Claim,
    setting: &CaseSetting,
    results: Vec<(Architecture, Result<CheckResult, TooLarge>)>,
) -> Result<ClaimCase, TooLarge> {
    let wants_example = claim.property.kind.wants_example();
    let mut case = ClaimCase {
        varied: setting.varied.clone(),
        holds: !wants_example,
        hosts: Count::ZERO,
        concerned: Count::ZERO,
        witness: None,
    };
    let mut merely_shows = None;
    for (architecture, result) in results {
        let result = result?;
        case.hosts += result.hosts;
        case.concerned += result.concerned;
        let witness = |steps| Witness { architecture, assume: setting.assume.clone(), steps };
        if result.decides {
            case.holds = wants_example;
            case.witness = case.witness.or(result.order.map(witness));
        } else {
            merely_shows = merely_shows.or(result.order.map(witness));
        }
    }
    case.witness = case.witness.or(merely_shows);
    Ok(case)
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
    !claim.property.kind.wants_example() && cases.iter().all(|case| case.concerned == Count::ZERO)
}

fn detail(claim: &Claim, cases: &[ClaimCase], vacuous: bool) -> String {
    if vacuous {
        return "there is no host that it is about, so it says nothing".to_owned();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::built_in_claims;

    /// A claim whose hosts are too many under one value of an assumption, or on one architecture,
    /// has no result, whatever is known of the rest; other claims keep theirs.
    #[test]
    fn a_claim_with_too_many_hosts_is_open_and_has_no_result() {
        let catalog = Arc::new(Catalog::built_in());
        let claims: Vec<Claim> = built_in_claims(&catalog).into_iter().take(3).collect();
        let defaults = Switches::default();
        let checker = Checker { catalog: &catalog, in_force: defaults, defaults };
        let cases = claims.iter().map(|claim| checker.cases(claim));
        let cases = cases.collect::<Result<Vec<_>, _>>().expect("settings of the catalog");
        let mut results = CheckResults::new();
        for (number, (claim, cases)) in claims.iter().zip(&cases).enumerate() {
            for case in 0..cases.len() {
                for architecture in &claim.architectures {
                    let seen = CheckResult {
                        hosts: Count::from(2_u8),
                        concerned: Count::from(1_u8),
                        decides: true,
                        order: Some(Vec::new()),
                    };
                    results.insert((number, case, *architecture), Ok(seen));
                }
            }
        }
        let last = *claims[1].architectures.last().expect("an architecture");
        results.insert((1, cases[1].len() - 1, last), Err(TooLarge { nodes_max: 7 }));
        let found = checked(&claims, &cases, results, true);
        let ids: Vec<&str> = found.results.iter().map(|result| result.id.as_str()).collect();
        assert_eq!(ids, [claims[0].id.as_str(), &claims[2].id]);
        let [open] = &found.open[..] else { panic!("one is open: {:?}", found.open) };
        assert_eq!((open.id.as_str(), open.is_open), (claims[1].id.as_str(), true));
        assert_eq!(
            open.reason,
            "its hosts are too many to be held: the set needs more than 7 nodes"
        );
    }
}
