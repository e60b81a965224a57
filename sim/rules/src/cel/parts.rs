//! A rule file in parts: the largest terms that read what one group has.
//!
//! **Owns** working a condition out as far as the parts that are known allow. What comes of it is
//! in one form for all that compute the same in an obvious way, so that equal residuals are found
//! to be equal. **Must never know** what groups are.
//!
//! **Start reading** at [`FileParts::new`], then [`Term::settled`].

use super::{
    host::Host,
    rule::{OTHERWISE, Program},
    term::Term,
};
use crate::{
    Field, FieldValue, PartValue, Subject,
    part::{ClauseLeft, Groups},
};
use patchstate_detect::Evidence;
use patchstate_terms::Status;
use std::collections::BTreeSet;

/// The parts of a rule file.
#[derive(Clone, Debug)]
pub(crate) struct FileParts {
    pub(crate) groups: Vec<usize>,
    /// The rule with the places of parts instead of those of fields.
    pub(crate) whole: FileRemainder,
    /// Each clause; one that no group has all of as a rule that says *broken* where it is true.
    pub(crate) clauses: Vec<ClauseLeft<FileRemainder>>,
    fields: Vec<Field>,
    terms: Vec<Term>,
}

/// The verdicts that are still open, in their order, and the first that is not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct FileRemainder(Vec<(Status, Term)>);

/// Gives the value of a part by its place.
type Known<'a> = &'a dyn Fn(usize) -> Option<&'a PartValue>;

impl FileParts {
    /// Takes a program and its clauses apart; why that cannot be, where a single field reads more
    /// than any group has.
    pub(super) fn new(
        program: &Program,
        clauses: &[Term],
        groups: Groups<'_>,
    ) -> Result<Self, String> {
        let fields = program.fields.clone();
        let of_fields = fields.iter().map(groups).collect();
        let mut split = Split { of_fields, fields: &fields, groups: Vec::new(), terms: Vec::new() };
        let mut whole = Vec::with_capacity(program.verdicts.len());
        for verdict in &program.verdicts {
            whole.push((verdict.status, split.split(&verdict.term)?));
        }
        let mut clause = |term: &Term| {
            let Some(groups) = split.groups_of(term) else { return Ok(ClauseLeft::Nothing) };
            if let Some(group) = groups.first() {
                return Ok(ClauseLeft::OneGroup(*group));
            }
            let left = FileRemainder(vec![(Status::Broken, split.split(term)?)]);
            Ok(ClauseLeft::Across(left.settled(&|_| None)))
        };
        let clauses = clauses.iter().map(&mut clause).collect::<Result<_, String>>()?;
        let Split { groups, terms, .. } = split;
        let whole = FileRemainder(whole).settled(&|_| None);
        Ok(Self { groups, whole, clauses, fields, terms })
    }

    /// A clause as a rule that says *broken* where it is true and *consistent* where it is false.
    pub(crate) fn of_clause(&self, clause: FileRemainder) -> Self {
        Self { whole: clause, ..self.clone() }
    }

    /// What the parts at these places amount to on a host.
    pub(crate) fn values(
        &self,
        places: impl Iterator<Item = usize>,
        subject: &Subject<'_>,
    ) -> Vec<(usize, PartValue)> {
        let host = Host::new(subject.evidence, &self.fields);
        let value = |term: &Term| match term.value(&host) {
            Ok(value) => PartValue::Value(value.to_field_value()),
            Err(_) => PartValue::Unknown,
        };
        places.filter_map(|place| Some((place, value(self.terms.get(place)?)))).collect()
    }
}

struct Split<'a> {
    /// The groups that have each field.
    of_fields: Vec<BTreeSet<usize>>,
    fields: &'a [Field],
    groups: Vec<usize>,
    terms: Vec<Term>,
}

impl Split<'_> {
    /// The groups that have all that a term reads; `None` for one that reads nothing.
    fn groups_of(&self, term: &Term) -> Option<BTreeSet<usize>> {
        let mut read = BTreeSet::new();
        term.fields(&mut read);
        let mut read = read.into_iter().filter_map(|slot| self.of_fields.get(slot));
        let first = read.next()?.clone();
        Some(read.fold(first, |all, more| all.intersection(more).copied().collect()))
    }

    fn split(&mut self, term: &Term) -> Result<Term, String> {
        let Some(groups) = self.groups_of(term) else { return Ok(term.clone()) };
        match (groups.first().copied(), term) {
            (Some(group), _) => {
                let known = self.terms.iter().position(|known| known == term);
                let place = known.unwrap_or_else(|| {
                    self.terms.push(term.clone());
                    self.groups.push(group);
                    self.terms.len() - 1
                });
                Ok(Term::Field(place))
            }
            (None, Term::Field(slot)) => Err(match self.fields.get(*slot) {
                Some(field) => format!("`{field}` by itself depends on several slices"),
                None => "a field by itself depends on several slices".to_owned(),
            }),
            (None, term) => term.try_map(&mut |part| self.split(part)),
        }
    }
}

impl FileRemainder {
    pub(crate) fn settled(&self, known: Known<'_>) -> Self {
        let mut left: Vec<(Status, Term)> = Vec::with_capacity(self.0.len());
        for (status, term) in &self.0 {
            match term.settled(known).condition() {
                // What comes after it is never asked.
                Term::Unknown => left.push((Status::Inconclusive, Term::truth(true))),
                term if term.is_always(true) => left.push((*status, term)),
                term if term.is_always(false) => continue,
                term => {
                    left.push((*status, term));
                    continue;
                }
            }
            break;
        }
        Self(left)
    }

    pub(crate) fn status(&self) -> Option<Status> {
        match self.0.first() {
            None => Some(OTHERWISE),
            Some((status, term)) => term.is_always(true).then_some(*status),
        }
    }
}

impl Term {
    /// The fields that it reads.
    fn fields(&self, read: &mut BTreeSet<usize>) {
        match self {
            Self::Field(slot) => {
                read.insert(*slot);
            }
            _ => self.parts().into_iter().for_each(|part| part.fields(read)),
        }
    }

    /// The same, worked out as far as what is known allows.
    fn settled(&self, known: Known<'_>) -> Self {
        if let Self::Field(place) = self {
            return match known(*place) {
                None => self.clone(),
                Some(PartValue::Value(value)) => Self::Constant(value.clone()),
                Some(PartValue::Unknown | PartValue::Result(_) | PartValue::Verdict(_)) => {
                    Self::Unknown
                }
            };
        }
        let inner =
            |part: &Self| -> Result<Self, std::convert::Infallible> { Ok(part.settled(known)) };
        let Ok(term) = self.try_map(&mut { inner });
        match term {
            Self::All(terms) => chain(terms, false),
            Self::Any(terms) => chain(terms, true),
            Self::Not(inner) => match inner.condition() {
                Self::Unknown => Self::Unknown,
                Self::Constant(FieldValue::Truth(truth)) => Self::truth(!truth),
                inner => Self::Not(Box::new(inner)),
            },
            Self::If(parts) => {
                let [condition, then, otherwise] = *parts;
                match condition.condition() {
                    Self::Unknown => Self::Unknown,
                    Self::Constant(FieldValue::Truth(true)) => then,
                    Self::Constant(FieldValue::Truth(false)) => otherwise,
                    condition => Self::If(Box::new([condition, then, otherwise])),
                }
            }
            // All others need every one of their operands.
            term if term.parts().contains(&&Self::Unknown) => Self::Unknown,
            term if term.constant().is_some() || term.first_field().is_some() => term,
            term => {
                let nothing = Evidence::default();
                let value = term.value(&Host::new(&nothing, &[])).map(|v| v.to_field_value());
                value.map_or(Self::Unknown, Self::Constant)
            }
        }
    }

    /// The same where a truth is asked for: anything else cannot be known.
    fn condition(self) -> Self {
        match self {
            Self::Constant(FieldValue::Truth(_)) => self,
            Self::Constant(_) => Self::Unknown,
            term => term,
        }
    }
}

/// A chain without what cannot change it: an operand that settles it is all of it, and what cannot
/// be known stands in it once.
fn chain(terms: Vec<Term>, settles: bool) -> Term {
    let mut kept: Vec<Term> = Vec::with_capacity(terms.len());
    for term in terms.into_iter().map(Term::condition) {
        let inner = match term {
            Term::All(inner) if !settles => inner,
            Term::Any(inner) if settles => inner,
            term => vec![term],
        };
        for term in inner {
            if term.is_always(settles) {
                return term;
            }
            if !term.is_always(!settles) && !kept.contains(&term) {
                kept.push(term);
            }
        }
    }
    if let Some(place) = kept.iter().position(|term| *term == Term::Unknown) {
        let unknown = kept.remove(place);
        kept.insert(0, unknown);
    }
    match (kept.len(), kept.pop()) {
        (_, None) => Term::truth(!settles),
        // One that is left counts as a truth here, and must go on doing so.
        (1, Some(only)) if only.is_condition() => only,
        (_, Some(last)) => {
            kept.push(last);
            if settles { Term::Any(kept) } else { Term::All(kept) }
        }
    }
}
