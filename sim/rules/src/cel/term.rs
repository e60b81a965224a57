//! A condition that was checked: what is computed, without places and without names.
//!
//! **Owns** what a condition amounts to where fields cannot be known. A part that cannot be known
//! makes the whole unknown, unless `false &&` or `true ||` on either side settles it, as the
//! specification of CEL has it for errors and unknown values.
//!
//! **Start reading** at [`Term::value`].

use super::{
    host::{Host, Slot, Value},
    syntax::{Calculation, Comparison},
};
use crate::{ClauseValue, FieldValue};
use regex_lite::Regex;
use std::{
    borrow::Cow,
    cmp::Ordering,
    hash::{Hash, Hasher},
};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Term {
    Constant(FieldValue),
    /// What cannot be known, whatever the host: in what is left of a rule whose parts are known.
    Unknown,
    Field(Slot),
    Not(Box<Term>),
    All(Vec<Term>),
    Any(Vec<Term>),
    If(Box<[Term; 3]>),
    Compare(Comparison, Box<[Term; 2]>),
    In(Box<Term>, Vec<Term>),
    Calculate(Calculation, Box<[Term; 2]>),
    Minus(Box<Term>),
    Part(VersionPart, Box<Term>),
    Size(Box<Term>),
    Test(TextTest, Box<[Term; 2]>),
    Matches(Box<Term>, Pattern),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum VersionPart {
    Major,
    Minor,
    Build,
    Revision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum TextTest {
    Contains,
    StartsWith,
    EndsWith,
}

/// A regular expression; two are equal if their texts are.
#[derive(Clone, Debug)]
pub(super) struct Pattern(pub(super) Regex);

/// Why a part cannot be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// The field cannot.
    Field(Slot),
    /// A registry value is of a kind that this cannot be asked of.
    Kind(Option<Slot>),
    /// A division by zero, or a number out of range.
    Calculation,
}

type Known<T> = Result<T, Doubt>;

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.as_str().hash(hasher);
    }
}

impl Term {
    pub(super) const fn truth(truth: bool) -> Self {
        Self::Constant(FieldValue::Truth(truth))
    }

    /// What it amounts to on a host.
    pub(super) fn value<'h>(&'h self, host: &'h Host<'_>) -> Known<Value<'h>> {
        Ok(match self {
            Self::Constant(value) => Value::of(value),
            Self::Unknown => return Err(Doubt::Kind(None)),
            Self::Field(slot) => return host.value(*slot).ok_or(Doubt::Field(*slot)),
            Self::Not(inner) => Value::Truth(!inner.holds(host)?),
            Self::All(terms) => Value::Truth(!any(terms, host, false)?),
            Self::Any(terms) => Value::Truth(any(terms, host, true)?),
            Self::If(parts) => {
                let [condition, then, otherwise] = parts.as_ref();
                let chosen = if condition.holds(host)? { then } else { otherwise };
                return chosen.value(host);
            }
            Self::Compare(comparison, sides) => Value::Truth(compare(*comparison, sides, host)?),
            Self::In(needle, elements) => Value::Truth(is_in(needle, elements, host)?),
            Self::Calculate(calculation, sides) => return calculate(*calculation, sides, host),
            Self::Minus(inner) => {
                let number = inner.number(host)?;
                Value::Number(number.checked_neg().ok_or(Doubt::Calculation)?)
            }
            Self::Part(part, inner) => match (inner.value(host)?, part) {
                (Value::Version(version), VersionPart::Major) => {
                    Value::Number(version.major.into())
                }
                (Value::Version(version), VersionPart::Minor) => {
                    Value::Number(version.minor.into())
                }
                (Value::Version(version), VersionPart::Build) => {
                    Value::Number(version.build.into())
                }
                (Value::Version(version), VersionPart::Revision) => {
                    Value::Number(version.revision.into())
                }
                _ => return Err(inner.wrong_kind()),
            },
            Self::Size(inner) => {
                let length = inner.text(host)?.chars().count();
                Value::Number(i64::try_from(length).map_err(|_| Doubt::Calculation)?)
            }
            Self::Test(question, sides) => {
                let [text, part] = sides.as_ref();
                let (text, part) = (text.text(host)?, part.text(host)?);
                Value::Truth(match question {
                    TextTest::Contains => text.contains(part.as_ref()),
                    TextTest::StartsWith => text.starts_with(part.as_ref()),
                    TextTest::EndsWith => text.ends_with(part.as_ref()),
                })
            }
            Self::Matches(text, pattern) => Value::Truth(pattern.0.is_match(&text.text(host)?)),
        })
    }

    /// Whether it holds.
    pub(super) fn holds(&self, host: &Host<'_>) -> Known<bool> {
        match self.value(host)? {
            Value::Truth(truth) => Ok(truth),
            _ => Err(self.wrong_kind()),
        }
    }

    pub(super) fn clause_value(&self, host: &Host<'_>) -> ClauseValue {
        match self.holds(host) {
            Ok(true) => ClauseValue::True,
            Ok(false) => ClauseValue::False,
            Err(_) => ClauseValue::Unknown,
        }
    }

    fn number(&self, host: &Host<'_>) -> Known<i64> {
        match self.value(host)? {
            Value::Number(number) => Ok(number),
            _ => Err(self.wrong_kind()),
        }
    }

    fn text<'h>(&'h self, host: &'h Host<'_>) -> Known<Cow<'h, str>> {
        match self.value(host)? {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong_kind()),
        }
    }

    fn wrong_kind(&self) -> Doubt {
        Doubt::Kind(self.first_field())
    }

    /// The terms that it is directly made of.
    pub(super) fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Constant(_) | Self::Unknown | Self::Field(_) => Vec::new(),
            Self::Not(inner)
            | Self::Minus(inner)
            | Self::Part(_, inner)
            | Self::Size(inner)
            | Self::Matches(inner, _) => vec![inner],
            Self::All(terms) | Self::Any(terms) => terms.iter().collect(),
            Self::If(parts) => parts.iter().collect(),
            Self::Compare(_, sides) | Self::Calculate(_, sides) | Self::Test(_, sides) => {
                sides.iter().collect()
            }
            Self::In(needle, elements) => {
                std::iter::once(needle.as_ref()).chain(elements).collect()
            }
        }
    }

    /// Shows every field that it asks for, in the order of the text, repeated ones too.
    pub(super) fn visit_fields(&self, visit: &mut impl FnMut(Slot)) {
        match self {
            Self::Field(slot) => visit(*slot),
            _ => self.parts().into_iter().for_each(|part| part.visit_fields(visit)),
        }
    }

    /// The same with other terms in the place of those that it is directly made of.
    pub(super) fn try_map<E>(
        &self,
        map: &mut impl FnMut(&Self) -> Result<Self, E>,
    ) -> Result<Self, E> {
        let all = |terms: &[Self], map: &mut dyn FnMut(&Self) -> Result<Self, E>| {
            terms.iter().map(map).collect::<Result<Vec<Self>, E>>()
        };
        Ok(match self {
            Self::Constant(_) | Self::Unknown | Self::Field(_) => self.clone(),
            Self::Not(inner) => Self::Not(Box::new(map(inner)?)),
            Self::Minus(inner) => Self::Minus(Box::new(map(inner)?)),
            Self::Part(part, inner) => Self::Part(*part, Box::new(map(inner)?)),
            Self::Size(inner) => Self::Size(Box::new(map(inner)?)),
            Self::Matches(inner, pattern) => Self::Matches(Box::new(map(inner)?), pattern.clone()),
            Self::All(terms) => Self::All(all(terms, map)?),
            Self::Any(terms) => Self::Any(all(terms, map)?),
            Self::If(parts) => {
                let [condition, then, otherwise] = parts.as_ref();
                Self::If(Box::new([map(condition)?, map(then)?, map(otherwise)?]))
            }
            Self::Compare(comparison, sides) => {
                let [left, right] = sides.as_ref();
                Self::Compare(*comparison, Box::new([map(left)?, map(right)?]))
            }
            Self::Calculate(calculation, sides) => {
                let [left, right] = sides.as_ref();
                Self::Calculate(*calculation, Box::new([map(left)?, map(right)?]))
            }
            Self::Test(question, sides) => {
                let [left, right] = sides.as_ref();
                Self::Test(*question, Box::new([map(left)?, map(right)?]))
            }
            Self::In(needle, elements) => Self::In(Box::new(map(needle)?), all(elements, map)?),
        })
    }

    /// Whether it gives a truth or nothing, whatever the host.
    pub(super) fn is_condition(&self) -> bool {
        match self {
            Self::Constant(value) => matches!(value, FieldValue::Truth(_)),
            Self::Unknown
            | Self::Not(_)
            | Self::All(_)
            | Self::Any(_)
            | Self::Compare(..)
            | Self::In(..)
            | Self::Test(..)
            | Self::Matches(..) => true,
            Self::If(parts) => {
                let [_, then, otherwise] = parts.as_ref();
                then.is_condition() && otherwise.is_condition()
            }
            Self::Field(_)
            | Self::Calculate(..)
            | Self::Minus(_)
            | Self::Part(..)
            | Self::Size(_) => false,
        }
    }

    pub(super) fn first_field(&self) -> Option<Slot> {
        match self {
            Self::Field(slot) => Some(*slot),
            _ => self.parts().into_iter().find_map(Self::first_field),
        }
    }

    /// The constant that it is, whatever the host.
    pub(super) const fn constant(&self) -> Option<&FieldValue> {
        match self {
            Self::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is this truth, whatever the host.
    pub(super) fn is_always(&self, truth: bool) -> bool {
        self.constant() == Some(&FieldValue::Truth(truth))
    }

    /// The same with everything computed that no field has a say in. Call it on a term whose parts
    /// are folded.
    pub(super) fn folded(self) -> Self {
        let term = match self {
            Self::All(terms) => return chain(terms, false),
            Self::Any(terms) => return chain(terms, true),
            Self::Not(inner) => match *inner {
                Self::Not(inner) => return *inner,
                Self::Compare(comparison, sides) => {
                    return Self::Compare(comparison.negated(), sides);
                }
                inner => Self::Not(Box::new(inner)),
            },
            Self::If(parts) => {
                let [condition, then, otherwise] = *parts;
                match condition.constant() {
                    Some(FieldValue::Truth(true)) => return then,
                    Some(FieldValue::Truth(false)) => return otherwise,
                    _ => Self::If(Box::new([condition, then, otherwise])),
                }
            }
            other => other,
        };
        if term.constant().is_some() || term.first_field().is_some() {
            return term;
        }
        let nothing = patchstate_detect::Evidence::default();
        let value = term.value(&Host::new(&nothing, &[])).map(|value| value.to_field_value());
        value.map_or(term, Self::Constant)
    }
}

/// A chain without the operands that cannot change it.
fn chain(terms: Vec<Term>, settles: bool) -> Term {
    if terms.iter().any(|term| term.is_always(settles)) {
        return Term::truth(settles);
    }
    let mut kept: Vec<Term> = Vec::with_capacity(terms.len());
    for term in terms {
        // A chain of the same kind in parentheses is part of this one.
        match term {
            Term::All(inner) if !settles => kept.extend(inner),
            Term::Any(inner) if settles => kept.extend(inner),
            term if term.is_always(!settles) => {}
            term => kept.push(term),
        }
    }
    match kept.pop() {
        None => Term::truth(!settles),
        Some(only) if kept.is_empty() => only,
        Some(last) => {
            kept.push(last);
            if settles { Term::Any(kept) } else { Term::All(kept) }
        }
    }
}

/// Whether any term is `wanted`: what cannot be known counts only where none is.
fn any(terms: &[Term], host: &Host<'_>, wanted: bool) -> Known<bool> {
    let mut doubt = None;
    for term in terms {
        match term.holds(host) {
            Ok(truth) if truth == wanted => return Ok(true),
            Ok(_) => {}
            Err(first) => doubt = doubt.or(Some(first)),
        }
    }
    doubt.map_or(Ok(false), Err)
}

fn compare(comparison: Comparison, sides: &[Term; 2], host: &Host<'_>) -> Known<bool> {
    let [left, right] = sides;
    let (found, other) = alike(left.value(host)?, right.value(host)?);
    let wrong_kind = || Doubt::Kind(left.first_field().or_else(|| right.first_field()));
    match comparison {
        Comparison::Equal => return found.equals(&other).ok_or_else(wrong_kind),
        Comparison::NotEqual => return Ok(!found.equals(&other).ok_or_else(wrong_kind)?),
        _ => {}
    }
    let order = match (&found, &other) {
        (Value::Number(found), Value::Number(other)) => found.cmp(other),
        (Value::Text(found), Value::Text(other)) => found.cmp(other),
        (Value::Version(found), Value::Version(other)) => found.cmp(other),
        (Value::Level(found), Value::Level(other)) => found.cmp(other),
        _ => return Err(wrong_kind()),
    };
    Ok(match comparison {
        Comparison::Less => order == Ordering::Less,
        Comparison::LessEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        _ => order != Ordering::Less,
    })
}

/// Two values to be compared: a text of the registry beside a version is one, if it reads as one.
fn alike<'h>(left: Value<'h>, right: Value<'h>) -> (Value<'h>, Value<'h>) {
    let version = |text: &str| text.parse().ok().map(Value::Version);
    match (&left, &right) {
        (Value::Version(_), Value::Text(text)) => {
            let read = version(text);
            (left, read.unwrap_or(right))
        }
        (Value::Text(text), Value::Version(_)) => {
            let read = version(text);
            (read.unwrap_or(left), right)
        }
        _ => (left, right),
    }
}

/// Equal to any element. A list with an element that cannot be known cannot be known: unlike `||`,
/// CEL works lists out before it looks into them.
fn is_in(needle: &Term, elements: &[Term], host: &Host<'_>) -> Known<bool> {
    let found = needle.value(host)?;
    let mut is_in = false;
    for element in elements {
        let wrong_kind = || Doubt::Kind(needle.first_field().or_else(|| element.first_field()));
        let (element, found) = alike(element.value(host)?, found.borrowed());
        is_in |= element.equals(&found).ok_or_else(wrong_kind)?;
    }
    Ok(is_in)
}

fn calculate<'h>(
    calculation: Calculation,
    sides: &'h [Term; 2],
    host: &'h Host<'_>,
) -> Known<Value<'h>> {
    let [left, right] = sides;
    let (left_value, right_value) = (left.value(host)?, right.value(host)?);
    let (left, right) = match (left_value, right_value) {
        (Value::Number(left), Value::Number(right)) => (left, right),
        (Value::Text(left), Value::Text(right)) if calculation == Calculation::Add => {
            return Ok(Value::Text(Cow::Owned(format!("{left}{right}"))));
        }
        _ => return Err(Doubt::Kind(left.first_field())),
    };
    let number = match calculation {
        Calculation::Add => left.checked_add(right),
        Calculation::Subtract => left.checked_sub(right),
        Calculation::Multiply => left.checked_mul(right),
        Calculation::Divide => left.checked_div(right),
        Calculation::Residual => left.checked_rem(right),
    };
    number.map(Value::Number).ok_or(Doubt::Calculation)
}
