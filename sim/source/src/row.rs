//! One table, field by field: what is there, what is missing, what is of another type.

use crate::{nearest, quoted, suggestion};
use std::ops::Range;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// What kind of mistake a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// There is no field of that name.
    UnknownField,
    /// A field that must be there is not.
    MissingField,
    /// A value is of another type than its field, or out of range.
    WrongType,
}

/// A mistake in a table, with its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its kind.
    pub kind: ProblemKind,
    /// The bytes that are meant: a key, a value, or the table that lacks something.
    pub span: Range<usize>,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// A table with named fields; made by [`row!`](crate::row!).
pub trait Row: Sized {
    /// The names of all fields.
    const FIELDS: &'static [&'static str];

    /// Takes all fields out of a table.
    fn take(fields: &mut Fields<'_, '_>) -> Self;

    /// What stands where the whole table could not be read.
    fn placeholder(span: Range<usize>) -> Self;
}

/// What a field can hold.
pub trait FromValue: Sized {
    /// What is expected, as it follows "expected".
    fn expected() -> String;

    /// A value as it could be written.
    fn example() -> &'static str;

    /// The value; where it is of another type, that is reported and a placeholder given.
    fn from_value(value: Spanned<DeValue<'_>>, what: &str, problems: &mut Vec<Problem>) -> Self;

    /// What stands where a value could not be read, so that the rest can be looked at. It has the
    /// place of the problem that was reported.
    fn placeholder(span: Range<usize>) -> Self;

    /// The value of a field that may be left out.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }
}

/// Declares a structure that is read from a table. A field with `=` may be left out and then has
/// that value; so may a field of the type `Option`.
///
/// ```
/// use patchstate_source::{read_row, row};
///
/// row! {
///     /// A component.
///     #[derive(Debug)]
///     struct Component {
///         id: String,
///         title: Option<String>,
///         needs: Vec<String> = Vec::new(),
///     }
/// }
///
/// let table = toml::de::DeTable::parse("idd = \"a\"\nneeds = \"b\"\n").expect("TOML");
/// let mut problems = Vec::new();
/// let _ = read_row::<Component>(table.into_inner(), 0..0, &mut problems);
/// let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
/// assert_eq!(messages, ["there is no field `idd` here", "`needs` is a text, expected a list"]);
/// ```
#[macro_export]
macro_rules! row {
    (
        $(#[$outer:meta])*
        $vis:vis struct $name:ident {
            $($(#[$inner:meta])* $inside:vis $field:ident: $type:ty $(= $default:expr)?,)*
        }
    ) => {
        $(#[$outer])*
        $vis struct $name {
            $($(#[$inner])* $inside $field: $type,)*
        }

        impl $crate::Row for $name {
            const FIELDS: &'static [&'static str] = &[$($crate::field_name(stringify!($field))),*];

            fn take(fields: &mut $crate::Fields<'_, '_>) -> Self {
                $(
                    let $field: $type =
                        fields.take(
                            const { $crate::field_name(stringify!($field)) },
                            $crate::row!(@default $($default)?),
                        );
                )*
                Self { $($field,)* }
            }

            fn placeholder(span: std::ops::Range<usize>) -> Self {
                Self { $($field: <$type as $crate::FromValue>::placeholder(span.clone()),)* }
            }
        }

        impl $crate::FromValue for $name {
            fn expected() -> String {
                format!("a table with `{}`", <Self as $crate::Row>::FIELDS.join("`, `"))
            }

            fn example() -> &'static str {
                "{ ... }"
            }

            fn from_value(
                value: toml::Spanned<toml::de::DeValue<'_>>,
                what: &str,
                problems: &mut Vec<$crate::Problem>,
            ) -> Self {
                $crate::Fields::of_value(value, what, problems)
            }

            fn placeholder(span: std::ops::Range<usize>) -> Self {
                <Self as $crate::Row>::placeholder(span)
            }
        }
    };
    (@default) => {
        None
    };
    (@default $default:expr) => {
        Some((|| $default) as fn() -> _)
    };
}

/// The name of a field, of which Rust writes one that is a keyword as `r#match`.
#[doc(hidden)]
#[must_use]
pub const fn field_name(written: &'static str) -> &'static str {
    match written.as_bytes() {
        [b'r', b'#', name @ ..] => match std::str::from_utf8(name) {
            Ok(name) => name,
            Err(_) => written,
        },
        _ => written,
    }
}

/// Reads a table; problems are added to the list. A field whose name is misspelt is reported, and
/// read as the one that was meant.
pub fn read_row<R: Row>(
    mut table: DeTable<'_>,
    span: Range<usize>,
    problems: &mut Vec<Problem>,
) -> R {
    let unknown = table.keys().filter(|key| !R::FIELDS.contains(&key.get_ref().as_ref()));
    let unknown: Vec<(Range<usize>, String)> =
        unknown.map(|key| (key.span(), key.get_ref().to_string())).collect();
    for (span, name) in unknown {
        problems.push(Problem {
            kind: ProblemKind::UnknownField,
            span: span.clone(),
            message: format!("there is no field `{}` here", quoted(&name)),
            help: suggestion(&name, R::FIELDS.iter().copied()),
        });
        let meant = nearest(&name, R::FIELDS.iter().copied());
        let meant = meant.filter(|meant| !table.contains_key(*meant));
        if let (Some(value), Some(meant)) = (table.remove(name.as_str()), meant) {
            table.insert(Spanned::new(span, meant.into()), value);
        }
    }
    R::take(&mut Fields { table, span, problems })
}

/// A table whose fields are taken out one by one.
#[derive(Debug)]
pub struct Fields<'t, 'p> {
    table: DeTable<'t>,
    span: Range<usize>,
    problems: &'p mut Vec<Problem>,
}

impl Fields<'_, '_> {
    /// A field, or a placeholder where it cannot be read.
    pub fn take<T: FromValue>(&mut self, name: &'static str, default: Option<fn() -> T>) -> T {
        if let Some(value) = self.table.remove(name) {
            return T::from_value(value, &format!("`{name}`"), self.problems);
        }
        default.map(|default| default()).or_else(T::absent).unwrap_or_else(|| {
            self.problems.push(Problem {
                kind: ProblemKind::MissingField,
                span: self.span.clone(),
                message: format!("`{name}` is missing, expected {}", T::expected()),
                help: Some(format!("add `{name} = {}`", T::example())),
            });
            T::placeholder(self.span.clone())
        })
    }

    /// A row that is a value; anything else than a table is reported.
    pub fn of_value<R: Row + FromValue>(
        value: Spanned<DeValue<'_>>,
        what: &str,
        problems: &mut Vec<Problem>,
    ) -> R {
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(table) => read_row(table, span, problems),
            other => wrong_type(&other, span, what, problems),
        }
    }
}

/// Reports a value of another type, and gives the placeholder for it.
pub fn wrong_type<T: FromValue>(
    value: &DeValue<'_>,
    span: Range<usize>,
    what: &str,
    problems: &mut Vec<Problem>,
) -> T {
    let found = match value {
        DeValue::Integer(_) if T::example() == "1" => "out of range",
        other => kind_of(other),
    };
    let help = match value {
        DeValue::String(text) if T::example() == "1" && text.parse::<u64>().is_ok() => {
            Some(format!("write it without quotes: {text}"))
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_)
            if T::example() == "\"...\"" =>
        {
            Some("write it in quotes".to_owned())
        }
        _ => None,
    };
    problems.push(Problem {
        kind: ProblemKind::WrongType,
        span: span.clone(),
        message: format!("{what} is {found}, expected {}", T::expected()),
        help,
    });
    T::placeholder(span)
}

/// What a value is, in words.
#[must_use]
pub const fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The messages of the TOML parser may have several lines.
#[must_use]
pub fn one_line(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join(", ")
}

impl FromValue for String {
    fn expected() -> String {
        "a text".to_owned()
    }

    fn example() -> &'static str {
        "\"...\""
    }

    fn from_value(value: Spanned<DeValue<'_>>, what: &str, problems: &mut Vec<Problem>) -> Self {
        let span = value.span();
        match value.into_inner() {
            DeValue::String(text) => text.into_owned(),
            other => wrong_type(&other, span, what, problems),
        }
    }

    fn placeholder(_: Range<usize>) -> Self {
        Self::new()
    }
}

impl FromValue for bool {
    fn expected() -> String {
        "true or false".to_owned()
    }

    fn example() -> &'static str {
        "true"
    }

    fn from_value(value: Spanned<DeValue<'_>>, what: &str, problems: &mut Vec<Problem>) -> Self {
        let span = value.span();
        match value.into_inner() {
            DeValue::Boolean(truth) => truth,
            other => wrong_type(&other, span, what, problems),
        }
    }

    fn placeholder(_: Range<usize>) -> Self {
        false
    }
}

macro_rules! whole_numbers {
    ($($type:ty),*) => {
        $(impl FromValue for $type {
            fn expected() -> String {
                format!("a whole number from {} to {}", <$type>::MIN, <$type>::MAX)
            }

            fn example() -> &'static str {
                "1"
            }

            fn from_value(
                value: Spanned<DeValue<'_>>,
                what: &str,
                problems: &mut Vec<Problem>,
            ) -> Self {
                let span = value.span();
                let number = match value.get_ref() {
                    DeValue::Integer(number) => {
                        <$type>::from_str_radix(number.as_str(), number.radix()).ok()
                    }
                    _ => None,
                };
                number.unwrap_or_else(|| wrong_type(value.get_ref(), span, what, problems))
            }

            fn placeholder(_: Range<usize>) -> Self {
                0
            }
        })*
    };
}

whole_numbers!(u8, u16, u32, u64);

impl FromValue for f64 {
    fn expected() -> String {
        "a number".to_owned()
    }

    fn example() -> &'static str {
        "1.5"
    }

    fn from_value(value: Spanned<DeValue<'_>>, what: &str, problems: &mut Vec<Problem>) -> Self {
        let number = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        };
        number.unwrap_or_else(|| wrong_type(value.get_ref(), value.span(), what, problems))
    }

    fn placeholder(_: Range<usize>) -> Self {
        0.0
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn expected() -> String {
        T::expected()
    }

    fn example() -> &'static str {
        T::example()
    }

    fn from_value(value: Spanned<DeValue<'_>>, what: &str, problems: &mut Vec<Problem>) -> Self {
        Some(T::from_value(value, what, problems))
    }

    fn placeholder(_: Range<usize>) -> Self {
        None
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: FromValue> FromValue for Spanned<T> {
    fn expected() -> String {
        T::expected()
    }

    fn example() -> &'static str {
        T::example()
    }

    fn from_value(value: Spanned<DeValue<'_>>, what: &str, problems: &mut Vec<Problem>) -> Self {
        Self::new(value.span(), T::from_value(value, what, problems))
    }

    fn placeholder(span: Range<usize>) -> Self {
        Self::new(span.clone(), T::placeholder(span))
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn expected() -> String {
        "a list".to_owned()
    }

    fn example() -> &'static str {
        "[...]"
    }

    fn from_value(value: Spanned<DeValue<'_>>, what: &str, problems: &mut Vec<Problem>) -> Self {
        let span = value.span();
        match value.into_inner() {
            DeValue::Array(entries) => {
                let what = format!("an entry of {what}");
                let entry = |entry| T::from_value(entry, &what, problems);
                entries.into_iter().map(entry).collect()
            }
            other => wrong_type(&other, span, what, problems),
        }
    }

    fn placeholder(_: Range<usize>) -> Self {
        Self::new()
    }
}
