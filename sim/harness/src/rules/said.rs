//! What rules say of every host of a space, as sets of what hosts show.
//!
//! A rule is taken into parts that each read what one slice has. A part is evaluated on the files
//! of every combination of what its slice shows that the space has, by the evaluator that judges
//! real files. Each of its values is then a set, and the rule divides all that is shown: what it
//! says is exact, whatever number of slices it reads.
//!
//! **Owns** the division of a space by the values of rules' parts. **Must never know** truth.
//!
//! **Start reading** at [`said`].

use super::{Evaluator, Slices};
use crate::{HarnessError, Simulation};
use patchstate_rules::{ClauseParts, ClauseValue, PartValue, Residual, Rule, RuleParts, Subject};
use patchstate_servicing::Host;
use patchstate_space::{Set, Space};
use patchstate_terms::Status;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// For each status that a rule says of some host, what the hosts show of which it says it.
pub(crate) type Said = BTreeMap<Status, Set>;

/// What some parts of a rule amount to, by their places.
type Values = Vec<(usize, PartValue)>;

/// The whole of a scope, and what is needed to show its hosts to rules.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) slices: &'a Slices<'a>,
    /// A simulation with the model of the space.
    pub(crate) simulation: &'a Simulation,
    pub(crate) evaluator: &'a Evaluator<'a>,
}

/// For each clause of a rule, what it is on some host.
pub(crate) type ClauseValues = Vec<BTreeSet<ClauseValue>>;

/// What each of some rules, with its parts, says of the hosts of a space.
///
/// # Errors
/// When files of a host cannot be made, and when the diagrams grow too large.
pub(crate) fn said(
    space: &mut Space,
    shown: Shown<'_>,
    rules: &[(&dyn Rule, &RuleParts)],
) -> Result<Vec<Said>, HarnessError> {
    divide(space, shown, rules, &mut [])
}

/// The same of one rule, and what its clauses are, as far as a slice has all that they read.
///
/// # Errors
/// When files of a host cannot be made, and when the diagrams grow too large.
pub(crate) fn said_with_clauses(
    space: &mut Space,
    shown: Shown<'_>,
    (rule, parts): (&dyn Rule, &RuleParts),
) -> Result<(Said, ClauseValues), HarnessError> {
    let mut clauses = [vec![BTreeSet::new(); rule.clauses().len()]];
    let said = divide(space, shown, &[(rule, parts)], &mut clauses)?;
    let [clauses] = clauses;
    Ok((said.into_iter().next().unwrap_or_default(), clauses))
}

/// Divides a space by what rules say, and notes what the clauses are of those rules that have a
/// place among `clauses`.
fn divide(
    space: &mut Space,
    shown: Shown<'_>,
    rules: &[(&dyn Rule, &RuleParts)],
    clauses: &mut [ClauseValues],
) -> Result<Vec<Said>, HarnessError> {
    let all = space.shown();
    // Of each rule what is left, with the hosts of which that is so.
    let mut left: Vec<Vec<(Residual, Set)>> =
        rules.iter().map(|(_, parts)| vec![(parts.whole(), all)]).collect();
    for slice in slices_of(rules, clauses) {
        let looks_at = shown.slices.shown_by(slice, space.model());
        let ask = |hosts: &[Host]| ask(shown, rules, slice, (hosts, &mut *clauses));
        let divided = space.divide(all, |part| looks_at.contains(&part), ask)?;
        for ((left, (_, parts)), divided) in left.iter_mut().zip(rules).zip(&divided) {
            let mut next = Vec::new();
            for (residual, hosts) in std::mem::take(left) {
                if parts.status(&residual).is_some() {
                    add(space, &mut next, residual, hosts)?;
                    continue;
                }
                for (values, of_values) in divided {
                    let both = space.diagrams().intersection(hosts, *of_values)?;
                    if !both.is_empty() {
                        add(space, &mut next, parts.specialise(&residual, values), both)?;
                    }
                }
            }
            *left = next;
        }
    }
    let mut all_said = Vec::with_capacity(rules.len());
    for (left, (_, parts)) in left.into_iter().zip(rules) {
        let mut said = Said::new();
        for (residual, hosts) in left {
            let status = parts.status(&residual).unwrap_or(Status::Inconclusive);
            let known = said.entry(status).or_insert(Set::EMPTY);
            *known = space.diagrams().union(*known, hosts)?;
        }
        all_said.push(said);
    }
    Ok(all_said)
}

/// Adds hosts of which something is left; what is left of others may be the same.
fn add(
    space: &mut Space,
    left: &mut Vec<(Residual, Set)>,
    residual: Residual,
    hosts: Set,
) -> Result<(), HarnessError> {
    match left.iter_mut().find(|(known, _)| *known == residual) {
        Some((_, known)) => *known = space.diagrams().union(*known, hosts)?,
        None => left.push((residual, hosts)),
    }
    Ok(())
}

/// The slices that have parts of rules, or all that a clause reads.
fn slices_of(rules: &[(&dyn Rule, &RuleParts)], clauses: &[ClauseValues]) -> BTreeSet<usize> {
    let mut slices: BTreeSet<usize> =
        rules.iter().flat_map(|(_, parts)| parts.groups()).copied().collect();
    for ((_, parts), clauses) in rules.iter().zip(clauses) {
        for place in 0..clauses.len() {
            match parts.clause(place) {
                ClauseParts::OneGroup(group) => {
                    slices.insert(group);
                }
                // Any of them will do.
                ClauseParts::Nothing if slices.is_empty() => {
                    slices.insert(0);
                }
                ClauseParts::Nothing | ClauseParts::Across(_) => {}
            }
        }
    }
    slices
}

/// For each rule, what the parts that a slice has amount to on each of these hosts; and notes what
/// the clauses are there of which it has all that they read.
fn ask(
    shown: Shown<'_>,
    rules: &[(&dyn Rule, &RuleParts)],
    slice: usize,
    (hosts, clauses): (&[Host], &mut [ClauseValues]),
) -> Result<Vec<Vec<Values>>, HarnessError> {
    let own_clauses: Vec<Vec<usize>> = rules
        .iter()
        .zip(&*clauses)
        .map(|((_, parts), clauses)| {
            let is_own = |place: &usize| match parts.clause(*place) {
                ClauseParts::Nothing => true,
                ClauseParts::OneGroup(group) => group == slice,
                ClauseParts::Across(_) => false,
            };
            (0..clauses.len()).filter(is_own).collect()
        })
        .collect();
    let see = |subject: &Subject<'_>| {
        let values = |(rule, parts): &(&dyn Rule, &RuleParts)| own(*rule, parts, slice, subject);
        let of_clauses = |((rule, _), own): (&(&dyn Rule, &RuleParts), &Vec<usize>)| {
            if own.is_empty() { Vec::new() } else { rule.clause_values(subject) }
        };
        let of_rules = rules.iter().map(values).collect::<Vec<Values>>();
        (of_rules, rules.iter().zip(&own_clauses).map(of_clauses).collect::<Vec<_>>())
    };
    let of_host = |host: &Host| {
        let tree = shown.simulation.tree(host)?;
        shown.evaluator.show(shown.simulation, &tree, see)
    };
    let of_hosts = hosts.par_iter().map(of_host).collect::<Result<Vec<_>, HarnessError>>()?;
    let mut of_rules: Vec<Vec<Values>> = vec![Vec::with_capacity(hosts.len()); rules.len()];
    for (values, of_clauses) in of_hosts {
        for (of_rule, values) in of_rules.iter_mut().zip(values) {
            of_rule.push(values);
        }
        for ((known, own), values) in clauses.iter_mut().zip(&own_clauses).zip(of_clauses) {
            for place in own {
                if let Some((known, value)) = known.get_mut(*place).zip(values.get(*place)) {
                    known.insert(*value);
                }
            }
        }
    }
    Ok(of_rules)
}

/// What the parts that a slice has amount to on a host.
fn own(rule: &dyn Rule, parts: &RuleParts, slice: usize, subject: &Subject<'_>) -> Values {
    if !parts.groups().contains(&slice) {
        return Values::new();
    }
    let mut values = parts.values(subject);
    if values.is_empty() {
        // The only part is what the rule says.
        values.push(PartValue::Verdict(rule.judge(subject).status));
    }
    let places = values.into_iter().zip(parts.groups()).enumerate();
    let own = places.filter(|(_, (_, group))| **group == slice);
    own.map(|(place, (value, _))| (place, value)).collect()
}
