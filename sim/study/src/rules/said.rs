//! What rules say of every host of a space, as sets of what hosts show.
//!
//! A rule is taken into parts that each read what one slice has. The fields that rules read are
//! evaluated on the files of every combination of what a slice shows that the space has, by the
//! evaluator that judges real files; the parts, once for each combination of their values. What a
//! part amounts to is then a set, and the rule divides all that is shown: what it says is exact,
//! whatever number of slices it reads.
//!
//! **Owns** the division of a space by the values of rules' parts. **Must never know** truth.
//!
//! **Start reading** at [`said`].

use super::{
    Evaluator, Slices,
    look::{fields_of, values},
};
use crate::{Simulation, StudyError, interner::Interner};
use patchstate_rules::{
    ClauseParts, ClauseValue, Field, FieldValue, PartValue, Reads, Residual, Rule, RuleParts,
    Subject,
};
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
) -> Result<Vec<Said>, StudyError> {
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
) -> Result<(Said, ClauseValues), StudyError> {
    let mut clauses = [vec![BTreeSet::new(); rule.clauses().len()]];
    let said = divide(space, shown, &[(rule, parts)], &mut clauses)?;
    let [clauses] = clauses;
    Ok((said.into_iter().next().unwrap_or_default(), clauses))
}

/// A rule and its parts.
type InParts<'a> = (&'a dyn Rule, &'a RuleParts);

/// Divides a space by what rules say, and notes what the clauses are of those rules that have a
/// place among `clauses`.
fn divide(
    space: &mut Space,
    shown: Shown<'_>,
    rules: &[InParts<'_>],
    clauses: &mut [ClauseValues],
) -> Result<Vec<Said>, StudyError> {
    let all = space.shown();
    // Of each rule what is left, with the hosts of which that is so.
    let mut left: Vec<Vec<(Residual, Set)>> =
        rules.iter().map(|(_, parts)| vec![(parts.whole(), all)]).collect();
    for slice in slices_of(rules, clauses) {
        let alike = look(space, shown, (rules, clauses.len()), slice)?;
        for (place, (left, (_, parts))) in left.iter_mut().zip(rules).enumerate() {
            let mut divided: BTreeMap<&Values, Vec<Set>> = BTreeMap::new();
            for (answers, hosts) in &alike {
                let Some((values, _)) = answers.get(place) else { continue };
                divided.entry(values).or_default().push(*hosts);
            }
            let (open, mut next): (Vec<_>, Vec<_>) = std::mem::take(left)
                .into_iter()
                .partition(|(residual, _)| parts.status(residual).is_none());
            for (values, hosts) in divided {
                let of_values = space.diagrams().union_of(hosts)?;
                for (residual, hosts) in &open {
                    let both = space.diagrams().intersection(*hosts, of_values)?;
                    if !both.is_empty() {
                        add(space, &mut next, parts.specialise(residual, values), both)?;
                    }
                }
            }
            *left = next;
        }
        for (place, ((_, parts), known)) in rules.iter().zip(&mut *clauses).enumerate() {
            for (answers, _) in &alike {
                let Some((_, values)) = answers.get(place) else { continue };
                for ((clause, value), known) in values.iter().enumerate().zip(&mut *known) {
                    if is_told(parts, clause, slice) {
                        known.insert(*value);
                    }
                }
            }
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
) -> Result<(), StudyError> {
    match left.iter_mut().find(|(known, _)| *known == residual) {
        Some((_, known)) => *known = space.diagrams().union(*known, hosts)?,
        None => left.push((residual, hosts)),
    }
    Ok(())
}

/// The slices that have parts of rules, or all that a clause reads.
fn slices_of(rules: &[InParts<'_>], clauses: &[ClauseValues]) -> BTreeSet<usize> {
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

/// Whether a slice tells what a clause is.
fn is_told(parts: &RuleParts, clause: usize, slice: usize) -> bool {
    match parts.clause(clause) {
        ClauseParts::Nothing => true,
        ClauseParts::OneGroup(group) => group == slice,
        ClauseParts::Across(_) => false,
    }
}

/// What the parts of a rule that a slice has amount to, and what its clauses are there.
type Answer = (Values, Vec<ClauseValue>);

/// What decides all answers: the values of the fields that rules read; of rules that read something
/// else the answers themselves.
type Seen = (Vec<Option<FieldValue>>, Vec<Answer>);

/// Divides all that is shown by what rules see of a slice: for each part of it, the answer of each
/// rule. So many of them are asked for their clauses, too.
fn look(
    space: &mut Space,
    shown: Shown<'_>,
    (rules, with_clauses): (&[InParts<'_>], usize),
    slice: usize,
) -> Result<Vec<(Vec<Answer>, Set)>, StudyError> {
    // A part of a slice reads only fields of which the slice has all that can change them.
    let is_own = |field: &Field| shown.slices.of_field(field).contains(&slice);
    let fields = fields_of(rules.iter().map(|(rule, _)| *rule)).into_iter();
    let fields: Vec<Field> = fields.filter(is_own).collect();
    let reads_fields = |rule: &dyn Rule| matches!(rule.reads(), Reads::Fields(_));
    let answer = |(place, (rule, parts)): (usize, &InParts<'_>), subject: &Subject<'_>| {
        let is_asked = place < with_clauses;
        let clauses = if is_asked { rule.clause_values(subject) } else { Vec::new() };
        (own(*rule, parts, slice, subject), clauses)
    };
    let show = |host: &Host, is_asked: &dyn Fn(&dyn Rule) -> bool| {
        let host = shown.slices.shown_of(slice, host, shown.simulation.model());
        let tree = shown.simulation.tree(&host)?;
        shown.evaluator.show(shown.simulation, &tree, |subject| {
            let asked = rules.iter().enumerate().filter(|(_, (rule, _))| is_asked(*rule));
            let answers: Vec<Answer> = asked.map(|rule| answer(rule, subject)).collect();
            (values(&fields, subject.evidence), answers)
        })
    };
    let mut answers: Interner<Vec<Answer>> = Interner::default();
    let ask = |hosts: &[Host]| {
        let see = |host: &Host| show(host, &|rule| !reads_fields(rule));
        let seen = hosts.par_iter().map(see).collect::<Result<Vec<Seen>, StudyError>>()?;
        let (mut kinds, mut first) = (Interner::default(), Vec::new());
        let mut of_hosts = Vec::with_capacity(hosts.len());
        for (seen, host) in seen.iter().zip(hosts) {
            let kind = kinds.number(seen);
            if first.len() == kind as usize {
                first.push((host, &seen.1));
            }
            of_hosts.push(kind);
        }
        // Now those are asked that read fields, about one host of each kind.
        let answer = |(host, others): (&Host, &Vec<Answer>)| {
            let (_, over_fields) = show(host, &reads_fields)?;
            let (mut others, mut over_fields) = (others.iter().cloned(), over_fields.into_iter());
            let of_rule = |(rule, _): &InParts<'_>| {
                if reads_fields(*rule) { over_fields.next() } else { others.next() }
            };
            Ok(rules.iter().filter_map(of_rule).collect())
        };
        let of_kinds = first.into_par_iter().map(answer);
        let of_kinds = of_kinds.collect::<Result<Vec<Vec<Answer>>, StudyError>>()?;
        let of_kinds: Vec<u32> = of_kinds.iter().map(|of| answers.number(of)).collect();
        let of_host = |kind: &u32| of_kinds.get(*kind as usize).copied().unwrap_or_default();
        Ok::<_, StudyError>(vec![of_hosts.iter().map(of_host).collect()])
    };
    let looks_at = shown.slices.shown_by(slice, space.model());
    let shown_parts = space.shown();
    let divided = space.divide(shown_parts, |part| looks_at.contains(&part), ask)?;
    let of_answers = divided.into_iter().flatten();
    let with_answers = |(number, hosts)| Some((answers.get(number)?.clone(), hosts));
    Ok(of_answers.filter_map(with_answers).collect())
}

/// What the parts that a slice has amount to on a host.
fn own(rule: &dyn Rule, parts: &RuleParts, slice: usize, subject: &Subject<'_>) -> Values {
    if !parts.groups().contains(&slice) {
        return Values::new();
    }
    let values = parts.values(slice, subject);
    if values.is_empty() {
        // The only part is what the rule says.
        return vec![(0, PartValue::Verdict(rule.judge(subject).status))];
    }
    values
}
