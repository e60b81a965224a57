//! Conditions of an `&&` that are never true together, whatever the host.
//!
//! **Owns** pairs of comparisons of one thing with constants: two different values, ranges that
//! have nothing in common, a question and its negation. What takes three conditions to see, or two
//! different fields, is left to the hosts.
//!
//! **Start reading** at [`contradictions`].

use crate::{
    Field, FieldValue,
    cel::{
        codes,
        mistakes::Mistake,
        syntax::Comparison,
        term::{Term, VersionPart},
    },
};
use patchstate_terms::Level;
use std::{fmt::Write, ops::Range};

/// A comparison of something with constants.
struct Constraint<'t> {
    /// Place of the operand that it is a part of.
    operand: usize,
    /// What is compared.
    subject: &'t Term,
    allows: Allows<'t>,
}

/// What the subject may be.
#[derive(Clone, Copy)]
enum Allows<'t> {
    Compared(Comparison, &'t FieldValue),
    OneOf(&'t [Term]),
    /// A question that is to be answered so.
    Truth(bool),
}

/// Each is compared with all before it: of a longer conjunction, which nobody writes by hand, only
/// the beginning is looked at.
const CONSTRAINTS_MAX: usize = 1_000;

/// A warning for each operand that is never true together with one before it. The spans are those
/// of the operands; `levels` are all that there are.
pub(super) fn contradictions(
    terms: &[Term],
    spans: &[Range<usize>],
    (fields, levels): (&[Field], &[Level]),
) -> Vec<Mistake> {
    let mut constraints: Vec<Constraint<'_>> = Vec::new();
    for (operand, term) in terms.iter().enumerate() {
        collect(term, operand, &mut constraints);
    }
    constraints.truncate(CONSTRAINTS_MAX);
    let mut mistakes = Vec::new();
    let mut told = None;
    for (number, later) in constraints.iter().enumerate() {
        let before = constraints.iter().take(number);
        // What contradicts itself inside an operand was said of that operand.
        let mut before = before.filter(|before| before.operand != later.operand);
        let Some(earlier) = before.find(|earlier| excludes(levels, earlier, later)) else {
            continue;
        };
        let Some(span) = spans.get(later.operand) else { continue };
        if told.replace(later.operand) == Some(later.operand) {
            continue;
        }
        let message = "this and a condition before it are never true together";
        let mistake = Mistake::warning(codes::CONTRADICTION, span.clone(), message);
        let (one, other) = (shown(earlier, fields), shown(later, fields));
        mistakes.push(mistake.help(format!("`{one}` excludes `{other}`: did you mean `||`?")));
    }
    mistakes
}

fn collect<'t>(term: &'t Term, operand: usize, found: &mut Vec<Constraint<'t>>) {
    let (subject, allows) = match term {
        Term::All(terms) => return terms.iter().for_each(|term| collect(term, operand, found)),
        Term::Compare(comparison, sides) => {
            let [left, right] = sides.as_ref();
            match (left.constant(), right.constant()) {
                (None, Some(value)) => (left, Allows::Compared(*comparison, value)),
                (Some(value), None) => (right, Allows::Compared(comparison.turned(), value)),
                _ => return,
            }
        }
        Term::In(needle, elements) => (needle.as_ref(), Allows::OneOf(elements)),
        Term::Not(inner) => (inner.as_ref(), Allows::Truth(false)),
        term => (term, Allows::Truth(true)),
    };
    found.push(Constraint { operand, subject, allows });
}

/// Whether two constraints of the same subject have nothing in common.
fn excludes(levels: &[Level], one: &Constraint<'_>, other: &Constraint<'_>) -> bool {
    if one.subject != other.subject {
        return false;
    }
    match (one.allows, other.allows) {
        (Allows::Truth(one), Allows::Truth(other)) => one != other,
        (Allows::Compared(first, value), Allows::Compared(second, limit)) => {
            compared_exclude(levels, (first, value), (second, limit))
        }
        (Allows::OneOf(terms), allows) | (allows, Allows::OneOf(terms)) => {
            // A list with anything but constants may hold anything.
            terms
                .iter()
                .all(|term| term.constant().is_some_and(|value| !admits(levels, allows, value)))
        }
        _ => false,
    }
}

fn admits(levels: &[Level], allows: Allows<'_>, value: &FieldValue) -> bool {
    match allows {
        Allows::Compared(comparison, limit) => {
            !compared_exclude(levels, (Comparison::Equal, value), (comparison, limit))
        }
        Allows::OneOf(terms) => {
            terms.iter().any(|term| term.constant().is_none_or(|known| known == value))
        }
        Allows::Truth(_) => true,
    }
}

type Compared<'t> = (Comparison, &'t FieldValue);

/// Whether no value satisfies both comparisons; a level is one of these.
fn compared_exclude(levels: &[Level], one: Compared<'_>, other: Compared<'_>) -> bool {
    use Comparison::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    // Of a few values each can be tried.
    if let (FieldValue::Level(_), FieldValue::Level(_)) = (one.1, other.1) {
        let is_in = |level: &Level, (comparison, limit): Compared<'_>| {
            comparison.holds(&FieldValue::Level(*level), limit)
        };
        return !levels.iter().any(|level| is_in(level, one) && is_in(level, other));
    }
    if std::mem::discriminant(one.1) != std::mem::discriminant(other.1) {
        // A registry value can be a text or a number, and is only one of them. A version is a text.
        let is_version = |value: &FieldValue| matches!(value, FieldValue::Version(_));
        let are_apart = !is_version(one.1) && !is_version(other.1);
        return are_apart && one.0 == Equal && other.0 == Equal;
    }
    match (one, other) {
        ((Equal, value), (comparison, limit)) | ((comparison, limit), (Equal, value)) => {
            !comparison.holds(value, limit)
        }
        ((Less, upper), (Greater | GreaterEqual, lower))
        | ((Greater | GreaterEqual, lower), (Less, upper))
        | ((LessEqual, upper), (Greater, lower))
        | ((Greater, lower), (LessEqual, upper)) => upper <= lower,
        ((LessEqual, upper), (GreaterEqual, lower))
        | ((GreaterEqual, lower), (LessEqual, upper)) => upper < lower,
        ((NotEqual | Less | LessEqual | Greater | GreaterEqual, _), _) => false,
    }
}

/// A constraint as its author would write it.
fn shown(constraint: &Constraint<'_>, fields: &[Field]) -> String {
    let subject = subject(constraint.subject, fields);
    match constraint.allows {
        Allows::Truth(true) => subject,
        Allows::Truth(false) => format!("!{subject}"),
        Allows::Compared(comparison, value) => {
            format!("{subject} {} {}", comparison.sign(), constant(value))
        }
        Allows::OneOf(terms) => {
            let values: Vec<String> = terms
                .iter()
                .map(|term| term.constant().map_or_else(|| "...".to_owned(), constant))
                .collect();
            format!("{subject} in [{}]", values.join(", "))
        }
    }
}

fn subject(term: &Term, fields: &[Field]) -> String {
    match term {
        Term::Field(slot) => fields.get(*slot).map(ToString::to_string).unwrap_or_default(),
        Term::Part(part, inner) => {
            let mut text = subject(inner, fields);
            let _ = write!(
                text,
                ".{}",
                match part {
                    VersionPart::Major => "major",
                    VersionPart::Minor => "minor",
                    VersionPart::Build => "build",
                    VersionPart::Revision => "revision",
                }
            );
            text
        }
        Term::Size(inner) => format!("size({})", subject(inner, fields)),
        _ => "the same".to_owned(),
    }
}

fn constant(value: &FieldValue) -> String {
    match value {
        FieldValue::Absent => "null".to_owned(),
        FieldValue::Level(level) => format!("\"{level}\""),
        FieldValue::Version(version) => format!("version(\"{version}\")"),
        value => value.to_string(),
    }
}
