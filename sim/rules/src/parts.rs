//! A rule in parts that can be worked out apart from each other, and put together again.
//!
//! **Owns** what is common to all rules that can be taken apart: a *part* is a condition, or an
//! operand of one, that reads only what one group of fields has; what is left of a rule once some
//! parts are known is a *residual*. Rules whose residuals are equal say the same from there on,
//! so that many combinations of parts come down to few residuals.
//!
//! **Must never know** what groups are: whoever asks says which groups have a field.
//!
//! **Start reading** at [`Rule::parts`](crate::Rule::parts), then [`RuleParts::specialise`].

use crate::{
    Subject,
    cel::{FileParts, FileRemainder},
    oval::{OvalParts, OvalRemainder},
    part::{ClauseLeft, PartValue},
};
use patchstate_terms::Status;

/// A rule in parts. Made by [`Rule::parts`](crate::Rule::parts).
#[derive(Clone, Debug)]
pub struct RuleParts {
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    File(FileParts),
    Oval(OvalParts),
    Whole([usize; 1]),
}

/// What is left of a rule when some of its parts are known. Equal residuals say the same of every
/// host that gives the other parts the same values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Residual(Left);

/// A clause of a rule in parts.
#[derive(Clone, Debug)]
pub enum ClauseParts {
    /// It reads nothing of a host.
    Nothing,
    /// This group has all that it reads.
    OneGroup(usize),
    /// It reads what several groups have: as a rule of the same parts that says *broken* where the
    /// clause is true, *consistent* where it is false, and anything else where it is not known.
    Across(Box<RuleParts>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Left {
    File(FileRemainder),
    Oval(OvalRemainder),
    Whole(Option<Status>),
}

impl From<FileParts> for RuleParts {
    fn from(parts: FileParts) -> Self {
        Self { kind: Kind::File(parts) }
    }
}

impl From<OvalParts> for RuleParts {
    fn from(parts: OvalParts) -> Self {
        Self { kind: Kind::Oval(parts) }
    }
}

impl RuleParts {
    /// A rule of which one group has all that it reads: its only part is what it says, as a
    /// [`PartValue::Verdict`].
    #[must_use]
    pub const fn of_verdict(group: usize) -> Self {
        Self { kind: Kind::Whole([group]) }
    }

    /// The group of each part.
    #[must_use]
    pub fn groups(&self) -> &[usize] {
        match &self.kind {
            Kind::Whole(groups) => groups,
            Kind::File(parts) => &parts.groups,
            Kind::Oval(parts) => &parts.groups,
        }
    }

    /// A clause of the rule, by its place.
    #[must_use]
    pub fn clause(&self, place: usize) -> ClauseParts {
        match &self.kind {
            Kind::File(parts) => {
                clause(parts.clauses.get(place), |left| parts.of_clause(left.clone()).into())
            }
            Kind::Oval(parts) => {
                clause(parts.clauses.get(place), |left| parts.of_clause(left.clone()).into())
            }
            Kind::Whole([group]) => ClauseParts::OneGroup(*group),
        }
    }

    /// What the parts of a group amount to on a host, with their places; nothing where the only
    /// part is what the rule says.
    #[must_use]
    pub fn values(&self, group: usize, subject: &Subject<'_>) -> Vec<(usize, PartValue)> {
        let own = self.groups().iter().enumerate().filter(|(_, of)| **of == group);
        let places = own.map(|(place, _)| place);
        match &self.kind {
            Kind::Whole(_) => Vec::new(),
            Kind::File(parts) => parts.values(places, subject),
            Kind::Oval(parts) => parts.values(places, subject),
        }
    }

    /// The rule before any part is known.
    #[must_use]
    pub fn whole(&self) -> Residual {
        Residual(match &self.kind {
            Kind::File(parts) => Left::File(parts.whole.clone()),
            Kind::Oval(parts) => Left::Oval(parts.whole.clone()),
            Kind::Whole(_) => Left::Whole(None),
        })
    }

    /// What is left when these parts, by their places, have these values.
    #[must_use]
    pub fn specialise(&self, residual: &Residual, known: &[(usize, PartValue)]) -> Residual {
        let value = |wanted: usize| {
            known.iter().find(|(place, _)| *place == wanted).map(|(_, value)| value)
        };
        Residual(match &residual.0 {
            Left::File(left) => Left::File(left.settled(&value)),
            Left::Oval(left) => Left::Oval(left.settled(&value)),
            Left::Whole(left) => Left::Whole(match value(0) {
                Some(PartValue::Verdict(status)) => Some(*status),
                Some(_) => Some(Status::Inconclusive),
                None => *left,
            }),
        })
    }

    /// What the rule says, where what is known decides.
    #[must_use]
    pub fn status(&self, residual: &Residual) -> Option<Status> {
        match (&self.kind, &residual.0) {
            (Kind::File(_), Left::File(left)) => left.status(),
            (Kind::Oval(parts), Left::Oval(left)) => left.result().map(|r| parts.status(r)),
            (Kind::Whole(_), Left::Whole(left)) => *left,
            _ => None,
        }
    }
}

fn clause<R>(clause: Option<&ClauseLeft<R>>, parts: impl Fn(&R) -> RuleParts) -> ClauseParts {
    match clause {
        None | Some(ClauseLeft::Nothing) => ClauseParts::Nothing,
        Some(ClauseLeft::OneGroup(group)) => ClauseParts::OneGroup(*group),
        Some(ClauseLeft::Across(left)) => ClauseParts::Across(Box::new(parts(left))),
    }
}
