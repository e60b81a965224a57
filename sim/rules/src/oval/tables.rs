//! Results, and the evaluation tables that combine them.
//!
//! **Owns** the tables of the OVAL language, versions 5.3 to 5.11, as they stand in
//! `oval-common-schema.xsd`: `OperatorEnumeration`, `CheckEnumeration` and `ExistenceEnumeration`.
//! **Must never know** where the results that it combines come from.
//!
//! Each row of a table says how many individual results of each kind there must be for the row to
//! give its result; the first row that fits counts. Two things differ from the printed tables: the
//! row for *not applicable* comes first, since the row of `XOR` for an even number of true results
//! would fit it too, and an existence check of which no item is known at all is answered as one
//! whose items do not exist.
//!
//! **Start reading** at [`OvalResult`], then [`Operator`].

use std::fmt;

/// What a test or a definition amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OvalResult {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It could not be evaluated.
    Error,
    /// What it asks for was not collected.
    Unknown,
    /// It was left out.
    NotEvaluated,
    /// It is about another platform.
    NotApplicable,
}

impl OvalResult {
    /// All results, in the order of the columns of the tables.
    pub const ALL: [Self; 6] = [
        Self::True,
        Self::False,
        Self::Error,
        Self::Unknown,
        Self::NotEvaluated,
        Self::NotApplicable,
    ];

    /// The word that the OVAL language uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Error => "error",
            Self::Unknown => "unknown",
            Self::NotEvaluated => "not evaluated",
            Self::NotApplicable => "not applicable",
        }
    }

    /// The result of a negated test: true and false change places, all others stay.
    #[must_use]
    pub const fn negated(self, negate: bool) -> Self {
        match self {
            Self::True if negate => Self::False,
            Self::False if negate => Self::True,
            other => other,
        }
    }

    const fn column(self) -> usize {
        self as usize
    }
}

impl From<bool> for OvalResult {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl fmt::Display for OvalResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How the results of criteria, or of several states, are combined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Operator {
    #[default]
    And,
    One,
    Or,
    Xor,
}

/// How many of several results must be true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Check {
    #[default]
    All,
    AtLeastOne,
    OnlyOne,
    NoneSatisfy,
}

/// How many items must exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Existence {
    AllExist,
    AnyExist,
    #[default]
    AtLeastOneExists,
    NoneExist,
    OnlyOneExists,
}

/// The status of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ItemStatus {
    Exists,
    DoesNotExist,
    Error,
    #[cfg_attr(not(test), expect(dead_code, reason = "evidence always says why it has nothing"))]
    NotCollected,
}

impl ItemStatus {
    const fn column(self) -> usize {
        self as usize
    }
}

/// How many individual results of one kind a row asks for.
#[derive(Clone, Copy, Debug)]
enum Number {
    /// `0`
    No,
    /// `1`
    One,
    /// `0,1`
    Few,
    /// `1+`
    Some,
    /// `2+`
    Many,
    /// `0+`
    Any,
    /// `odd`
    Odd,
    /// `even`
    Even,
}

impl Number {
    const fn fits(self, count: usize) -> bool {
        match self {
            Self::No => count == 0,
            Self::One => count == 1,
            Self::Few => count <= 1,
            Self::Some => count >= 1,
            Self::Many => count >= 2,
            Self::Any => true,
            Self::Odd => count % 2 == 1,
            Self::Even => count.is_multiple_of(2),
        }
    }
}

use Number::{Any, Even, Few, Many, No, Odd, One, Some};
use OvalResult as R;

type Table<const KINDS: usize> = [([Number; KINDS], OvalResult)];

/// Columns: true, false, error, unknown, not evaluated, not applicable.
const AND: &Table<6> = &[
    ([No, No, No, No, No, Some], R::NotApplicable),
    ([Some, No, No, No, No, Any], R::True),
    ([Any, Some, Any, Any, Any, Any], R::False),
    ([Any, No, Some, Any, Any, Any], R::Error),
    ([Any, No, No, Some, Any, Any], R::Unknown),
    ([Any, No, No, No, Some, Any], R::NotEvaluated),
];

const ONE: &Table<6> = &[
    ([No, No, No, No, No, Some], R::NotApplicable),
    ([One, Any, No, No, No, Any], R::True),
    ([Many, Any, Any, Any, Any, Any], R::False),
    ([No, Some, No, No, No, Any], R::False),
    ([Few, Any, Some, Any, Any, Any], R::Error),
    ([Few, Any, No, Some, Any, Any], R::Unknown),
    ([Few, Any, No, No, Some, Any], R::NotEvaluated),
];

const OR: &Table<6> = &[
    ([No, No, No, No, No, Some], R::NotApplicable),
    ([Some, Any, Any, Any, Any, Any], R::True),
    ([No, Some, No, No, No, Any], R::False),
    ([No, Any, Some, Any, Any, Any], R::Error),
    ([No, Any, No, Some, Any, Any], R::Unknown),
    ([No, Any, No, No, Some, Any], R::NotEvaluated),
];

const XOR: &Table<6> = &[
    ([No, No, No, No, No, Some], R::NotApplicable),
    ([Odd, Any, No, No, No, Any], R::True),
    ([Even, Any, No, No, No, Any], R::False),
    ([Any, Any, Some, Any, Any, Any], R::Error),
    ([Any, Any, No, Some, Any, Any], R::Unknown),
    ([Any, Any, No, No, Some, Any], R::NotEvaluated),
];

const NONE_SATISFY: &Table<6> = &[
    ([No, No, No, No, No, Some], R::NotApplicable),
    ([No, Some, No, No, No, Any], R::True),
    ([Some, Any, Any, Any, Any, Any], R::False),
    ([No, Any, Some, Any, Any, Any], R::Error),
    ([No, Any, No, Some, Any, Any], R::Unknown),
    ([No, Any, No, No, Some, Any], R::NotEvaluated),
];

/// Columns: exists, does not exist, error, not collected.
const ALL_EXIST: &Table<4> = &[
    ([Some, No, No, No], R::True),
    ([No, No, No, No], R::False),
    ([Any, Some, Any, Any], R::False),
    ([Any, No, Some, Any], R::Error),
    ([Any, No, No, Some], R::Unknown),
];

const ANY_EXIST: &Table<4> = &[
    ([Any, Any, No, Any], R::True),
    ([Some, Any, Some, Any], R::True),
    ([No, Any, Some, Any], R::Error),
];

const AT_LEAST_ONE_EXISTS: &Table<4> = &[
    ([Some, Any, Any, Any], R::True),
    ([No, Any, No, No], R::False),
    ([No, Any, Some, Any], R::Error),
    ([No, Any, No, Some], R::Unknown),
];

const NONE_EXIST: &Table<4> = &[
    ([No, Any, No, No], R::True),
    ([Some, Any, Any, Any], R::False),
    ([No, Any, Some, Any], R::Error),
    ([No, Any, No, Some], R::Unknown),
];

const ONLY_ONE_EXISTS: &Table<4> = &[
    ([One, Any, No, No], R::True),
    ([Many, Any, Any, Any], R::False),
    ([No, Any, No, No], R::False),
    ([Few, Any, Some, Any], R::Error),
    ([Few, Any, No, Some], R::Unknown),
];

/// The result of the first row that fits; every count fits one.
fn look_up<const KINDS: usize>(table: &Table<KINDS>, counts: [usize; KINDS]) -> OvalResult {
    let fits =
        |row: &[Number; KINDS]| row.iter().zip(counts).all(|(number, count)| number.fits(count));
    table.iter().find(|(row, _)| fits(row)).map_or(R::Error, |(_, result)| *result)
}

/// How many results of each kind there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Counts([usize; 6]);

impl Counts {
    pub(super) fn add(&mut self, result: OvalResult) {
        if let Option::Some(count) = self.0.get_mut(result.column()) {
            *count += 1;
        }
    }

    /// As few results as say the same: no row asks for more than whether a number is 0, 1, even,
    /// or odd.
    pub(super) fn least(self) -> Self {
        Self(self.0.map(|count| if count > 3 { 2 + count % 2 } else { count }))
    }

    pub(super) const fn is_empty(&self) -> bool {
        matches!(self.0, [0, 0, 0, 0, 0, 0])
    }
}

impl FromIterator<OvalResult> for Counts {
    fn from_iter<I: IntoIterator<Item = OvalResult>>(results: I) -> Self {
        let mut counts = Self::default();
        results.into_iter().for_each(|result| counts.add(result));
        counts
    }
}

impl Operator {
    /// The combined result; of nothing at all it is an error.
    pub(super) fn combine(self, counts: Counts) -> OvalResult {
        let table = match self {
            Self::And => AND,
            Self::One => ONE,
            Self::Or => OR,
            Self::Xor => XOR,
        };
        if counts.is_empty() { R::Error } else { look_up(table, counts.0) }
    }

    /// Whether one such result decides, whatever else there is.
    pub(super) const fn is_decided_by(self, result: OvalResult) -> bool {
        matches!((self, result), (Self::And, OvalResult::False) | (Self::Or, OvalResult::True))
    }
}

impl Check {
    /// The combined result; of nothing at all it is an error.
    pub(super) fn combine(self, counts: Counts) -> OvalResult {
        let table = match self {
            Self::All => AND,
            Self::AtLeastOne => OR,
            Self::OnlyOne => ONE,
            Self::NoneSatisfy => NONE_SATISFY,
        };
        if counts.is_empty() { R::Error } else { look_up(table, counts.0) }
    }
}

impl Existence {
    pub(super) fn combine(self, statuses: impl IntoIterator<Item = ItemStatus>) -> OvalResult {
        let table = match self {
            Self::AllExist => ALL_EXIST,
            Self::AnyExist => ANY_EXIST,
            Self::AtLeastOneExists => AT_LEAST_ONE_EXISTS,
            Self::NoneExist => NONE_EXIST,
            Self::OnlyOneExists => ONLY_ONE_EXISTS,
        };
        let mut counts = [0; 4];
        for status in statuses {
            if let Option::Some(count) = counts.get_mut(status.column()) {
                *count += 1;
            }
        }
        look_up(table, counts)
    }
}
