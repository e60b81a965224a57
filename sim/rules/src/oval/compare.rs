//! Values, and the operations that compare them.
//!
//! **Owns** the datatypes `string`, `int`, `version`, `boolean` and `binary` with all their
//! operations. **Must never
//! know** where a value was found.
//!
//! A value on the host has its own datatype, which may not be the one that the document compares
//! with. It is then converted where its text reads as the other (a registry string `6` as an
//! `int`); where it does not, the comparison is an error.
//!
//! **Start reading** at [`Comparison`].

use super::{incomparable::Incomparable, patterns::Patterns};
use patchstate_source::quoted;
use patchstate_terms::{FileVersion, folded, hexadecimal};
use std::{borrow::Cow, cmp::Ordering};

/// How the document says that values are to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Datatype {
    #[default]
    Text,
    Int,
    Version,
    Boolean,
    Binary,
}

/// How the document says that values are to be compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    #[default]
    Equals,
    NotEqual,
    CaseInsensitiveEquals,
    CaseInsensitiveNotEqual,
    GreaterThan,
    LessThan,
    GreaterThanOrEqual,
    LessThanOrEqual,
    BitwiseAnd,
    BitwiseOr,
    PatternMatch,
    SubsetOf,
    SupersetOf,
}

/// A value that was found on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Actual<'a> {
    Text(Cow<'a, str>),
    /// The name of a file, which is the same in any letter case; whether it is spelled as on the
    /// host.
    Name(Cow<'a, str>, bool),
    /// The name of a registry key or value, which is the same in any letter case, spelled as on the
    /// host.
    Key(Cow<'a, str>),
    Number(u64),
    /// The content of a registry value of the type `REG_BINARY`.
    Binary(&'a [u8]),
    Version(FileVersion),
}

/// The value that a document states, ready to be compared with.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    operation: Operation,
    stated: Stated,
}

#[derive(Clone, Debug)]
enum Stated {
    Text(String),
    /// For comparison without regard to case: in lower case.
    Folded(String),
    /// Compiled where it is needed.
    Pattern(String),
    Int(i128),
    Version(Vec<u64>),
    Boolean(bool),
    Binary(Vec<u8>),
}

impl Stated {
    /// The datatype that bytes are not compared as; `None` where they are.
    const fn datatype_unlike_binary(&self) -> Option<&'static str> {
        match self {
            Self::Text(_) | Self::Folded(_) | Self::Pattern(_) => Some("string"),
            Self::Int(_) => Some("int"),
            Self::Version(_) => Some("version"),
            Self::Boolean(_) => Some("boolean"),
            Self::Binary(_) => None,
        }
    }
}

impl Datatype {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Int => "int",
            Self::Version => "version",
            Self::Boolean => "boolean",
            Self::Binary => "binary",
        }
    }
}

impl Operation {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Equals => "equals",
            Self::NotEqual => "not equal",
            Self::CaseInsensitiveEquals => "case insensitive equals",
            Self::CaseInsensitiveNotEqual => "case insensitive not equal",
            Self::GreaterThan => "greater than",
            Self::LessThan => "less than",
            Self::GreaterThanOrEqual => "greater than or equal",
            Self::LessThanOrEqual => "less than or equal",
            Self::BitwiseAnd => "bitwise and",
            Self::BitwiseOr => "bitwise or",
            Self::PatternMatch => "pattern match",
            Self::SubsetOf => "subset of",
            Self::SupersetOf => "superset of",
        }
    }

    /// Whether an order of two values satisfies it; `None` where it is not about order.
    const fn of_order(self, order: Ordering) -> Option<bool> {
        Some(match self {
            Self::Equals => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::GreaterThan => order.is_gt(),
            Self::LessThan => order.is_lt(),
            Self::GreaterThanOrEqual => order.is_ge(),
            Self::LessThanOrEqual => order.is_le(),
            _ => return None,
        })
    }

    const fn is_of(self, datatype: Datatype) -> bool {
        match datatype {
            Datatype::Text => matches!(
                self,
                Self::Equals
                    | Self::NotEqual
                    | Self::CaseInsensitiveEquals
                    | Self::CaseInsensitiveNotEqual
                    | Self::PatternMatch
            ),
            Datatype::Int => {
                self.of_order(Ordering::Equal).is_some()
                    || matches!(self, Self::BitwiseAnd | Self::BitwiseOr)
            }
            Datatype::Version => self.of_order(Ordering::Equal).is_some(),
            Datatype::Boolean | Datatype::Binary => matches!(self, Self::Equals | Self::NotEqual),
        }
    }
}

impl Comparison {
    /// A comparison with a stated text. Whether a pattern can be used is not looked at.
    pub(super) fn new(
        datatype: Datatype,
        operation: Operation,
        text: &str,
    ) -> Result<Self, Incomparable> {
        if !operation.is_of(datatype) {
            return Err(Incomparable::Unsupported(format!(
                "`{}` is no operation of the datatype `{}`",
                operation.as_str(),
                datatype.as_str()
            )));
        }
        let none = || Incomparable::Stated(format!("`{text}` is no {}", datatype.as_str()));
        let stated = match (datatype, operation) {
            (Datatype::Int, _) => Stated::Int(int(text).ok_or_else(none)?),
            (Datatype::Version, _) => Stated::Version(version(text).ok_or_else(none)?),
            (Datatype::Boolean, _) => Stated::Boolean(boolean(text).ok_or_else(none)?),
            (Datatype::Binary, _) => Stated::Binary(binary(text).ok_or_else(none)?),
            (Datatype::Text, Operation::PatternMatch) => Stated::Pattern(text.to_owned()),
            (
                Datatype::Text,
                Operation::CaseInsensitiveEquals | Operation::CaseInsensitiveNotEqual,
            ) => Stated::Folded(folded(text)),
            (Datatype::Text, _) => Stated::Text(text.to_owned()),
        };
        Ok(Self { operation, stated })
    }

    /// The pattern, if it is about one.
    pub(super) const fn pattern(&self) -> Option<&String> {
        match &self.stated {
            Stated::Pattern(pattern) => Some(pattern),
            _ => None,
        }
    }

    /// Whether a value on the host satisfies it.
    pub(super) fn holds(
        &self,
        actual: &Actual<'_>,
        patterns: &mut Patterns,
    ) -> Result<bool, Incomparable> {
        if let (Actual::Binary(_), Some(what)) = (actual, self.stated.datatype_unlike_binary()) {
            return Err(Incomparable::Actual(format!(
                "`{}` is a REG_BINARY, and no {what}: compare it with the datatype `binary`",
                quoted(&actual.text())
            )));
        }
        let unlike = |what| Incomparable::Actual(format!("`{}` is no {what}", actual.text()));
        let holds = match &self.stated {
            Stated::Text(text) => self.operation.of_order(match actual {
                Actual::Name(name, _) | Actual::Key(name) => folded(name).cmp(&folded(text)),
                _ => actual.text().as_ref().cmp(text),
            }),
            Stated::Folded(text) => {
                let is_equal = folded(&actual.text()) == *text;
                Some(is_equal == (self.operation == Operation::CaseInsensitiveEquals))
            }
            Stated::Pattern(pattern) => Some(matches(pattern, actual, patterns)?),
            Stated::Int(stated) => {
                let actual = actual.int().ok_or_else(|| unlike("int"))?;
                match self.operation {
                    Operation::BitwiseAnd => Some(actual & stated == *stated),
                    Operation::BitwiseOr => Some(actual | stated == *stated),
                    operation => operation.of_order(actual.cmp(stated)),
                }
            }
            Stated::Version(stated) => {
                self.operation.of_order(actual.order(stated).ok_or_else(|| unlike("version"))?)
            }
            Stated::Boolean(stated) => {
                let actual = boolean(&actual.text()).ok_or_else(|| unlike("boolean"))?;
                self.operation.of_order(actual.cmp(stated))
            }
            Stated::Binary(stated) => {
                let actual = actual.binary().ok_or_else(|| unlike("binary"))?;
                self.operation.of_order(actual.cmp(stated))
            }
        };
        // `new` lets no other operation through.
        holds.ok_or_else(|| Incomparable::Unsupported(self.operation.as_str().to_owned()))
    }
}

impl Actual<'_> {
    /// The value as text.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) | Self::Name(text, _) | Self::Key(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Binary(bytes) => Cow::Owned(hexadecimal(bytes)),
            Self::Version(version) => Cow::Owned(version.to_string()),
        }
    }

    fn int(&self) -> Option<i128> {
        match self {
            Self::Text(text) | Self::Name(text, _) | Self::Key(text) => int(text),
            Self::Number(number) => Some((*number).into()),
            Self::Version(_) | Self::Binary(_) => None,
        }
    }

    fn binary(&self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) | Self::Name(text, _) | Self::Key(text) => binary(text),
            Self::Binary(bytes) => Some(bytes.to_vec()),
            Self::Number(_) | Self::Version(_) => None,
        }
    }

    /// How it stands to a version.
    fn order(&self, stated: &[u64]) -> Option<Ordering> {
        match self {
            Self::Text(text) | Self::Name(text, _) | Self::Key(text) => {
                Some(order_of_versions(&version(text)?, stated))
            }
            Self::Number(number) => Some(order_of_versions(&[*number], stated)),
            Self::Binary(_) => None,
            Self::Version(version) => {
                let FileVersion { major, minor, build, revision } = *version;
                Some(order_of_versions(&[major, minor, build, revision].map(u64::from), stated))
            }
        }
    }
}

/// Versions are compared number by number; missing numbers count as zero.
fn order_of_versions(left: &[u64], right: &[u64]) -> Ordering {
    let length = left.len().max(right.len());
    let padded = |numbers: &[u64]| -> Vec<u64> {
        numbers.iter().copied().chain(std::iter::repeat(0)).take(length).collect()
    };
    if left.len() == right.len() { left.cmp(right) } else { padded(left).cmp(&padded(right)) }
}

/// An integer as XML Schema writes one, as far as 128 bits reach.
fn int(text: &str) -> Option<i128> {
    text.trim().parse().ok()
}

/// A truth value as XML Schema writes one.
fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Bytes as XML Schema writes them: two hexadecimal digits each.
fn binary(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .trim()
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| digit.try_into().ok()))
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(
        digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit))
            .collect(),
    )
}

/// Numbers with any single character that is no digit between them.
fn version(text: &str) -> Option<Vec<u64>> {
    let numbers = text.trim().split(|c: char| !c.is_ascii_digit());
    numbers.map(|number| number.parse().ok()).collect()
}

/// Patterns heed letter case, so of a name whose spelling is not known it must not matter.
fn matches(
    pattern: &str,
    actual: &Actual<'_>,
    patterns: &mut Patterns,
) -> Result<bool, Incomparable> {
    let text = actual.text();
    let exact = patterns.exact(pattern)?;
    let (name, why) = match actual {
        Actual::Name(_, false) => (folded(&text), "which is not known"),
        // Readers differ in how they spell what a document states of a path.
        Actual::Key(_) => (text.into_owned(), "which readers spell differently"),
        Actual::Name(_, true)
        | Actual::Text(_)
        | Actual::Number(_)
        | Actual::Binary(_)
        | Actual::Version(_) => {
            return Ok(exact.is_match(&text));
        }
    };
    let holds = exact.is_match(&name);
    if holds == patterns.folded(pattern)?.is_match(&name) {
        return Ok(holds);
    }
    Err(Incomparable::Actual(format!(
        "whether `{pattern}` matches the name {name} depends on its letter case, {why}: `(?i)` \
         before a pattern makes it the same"
    )))
}
