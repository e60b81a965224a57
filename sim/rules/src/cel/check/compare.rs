//! Comparisons: which types go together, and which never agree.

use super::{Checker, Type, Typed, facts};
use crate::{
    Field, FieldValue, KnownNames,
    cel::{
        codes,
        mistakes::Mistake,
        syntax::{BinaryExpr, Comparison, Expr, ExprKind},
        term::{Term, VersionPart},
    },
};
use patchstate_source::quoted;
use std::ops::Range;

/// The architectures that a host can have.
const ARCHITECTURES: [&str; 3] = ["x86", "x64", "ia64"];
/// The machines that have a name; others are written as a number.
const MACHINES: [&str; 3] = ["i386", "amd64", "ia64"];

impl Checker<'_, '_> {
    pub(super) fn compare(&mut self, comparison: Comparison, binary: &BinaryExpr) -> Typed {
        let (mut left, mut right) = (self.typed(&binary.left), self.typed(&binary.right));
        self.coerce(&mut left, &binary.left, &right.kind);
        self.coerce(&mut right, &binary.right, &left.kind);
        let span = binary.left.outer.start..binary.right.outer.end;
        if let Some(mistake) = mismatch(comparison, &left, &right, binary, span) {
            let release = self.release_help(&left, &right);
            self.report(release.into_iter().fold(mistake, Mistake::help));
        } else {
            self.impossible(comparison, &left.term, &right.term, &binary.right);
            self.impossible(comparison, &right.term, &left.term, &binary.left);
        }
        Typed::new(Type::Truth, Term::Compare(comparison, Box::new([left.term, right.term])))
    }

    /// What to write where a release is compared with a text.
    fn release_help(&self, left: &Typed, right: &Typed) -> Option<String> {
        let (Term::Field(slot), FieldValue::Text(_)) = (match (&left.term, &right.term) {
            (field, Term::Constant(text)) | (Term::Constant(text), field) => (field, text),
            _ => return None,
        }) else {
            return None;
        };
        let Field::UpdateRelease(id) = self.fields.all.get(*slot)? else { return None };
        let latest = self.fields.known.latest_release(id)?;
        Some(format!("releases are numbers: {}", releases(id, latest)))
    }

    /// A text in quotes that is compared with a level is one.
    fn coerce(&mut self, typed: &mut Typed, expr: &Expr, other: &Type) {
        if *other == Type::Level
            && typed.kind == Type::Text
            && let Some(literal) = expr.literal()
        {
            let level = self.accept(
                &literal.value,
                facts::level(self.fields.known, literal, expr.span.clone()),
            );
            *typed = match level {
                Some(level) => Typed::new(Type::Level, Term::Constant(FieldValue::Level(level))),
                None => Typed::mistaken(),
            };
        }
    }

    pub(super) fn is_in(&mut self, binary: &BinaryExpr) -> Typed {
        let needle = self.typed(&binary.left);
        let ExprKind::List(list) = &binary.right.kind else {
            let right = self.typed(&binary.right);
            if right.kind == Type::Mistaken {
                return Typed::mistaken();
            }
            let message = format!("expected a list after `in`, found {}", right.kind.noun());
            let mistake = Mistake::error(codes::TYPE_MISMATCH, binary.right.span.clone(), message);
            let is_text = right.kind == Type::Text;
            let help = if is_text { "use `.contains(...)` on a text" } else { "write `[a, b]`" };
            return self.mistaken(mistake.help(help));
        };
        let mut terms = Vec::with_capacity(list.len());
        for element in list {
            let mut typed = self.typed(element);
            self.coerce(&mut typed, element, &needle.kind);
            let equal = Comparison::Equal;
            let mistake = mismatch(equal, &needle, &typed, binary, element.span.clone());
            if let Some(mistake) = mistake {
                self.report(mistake);
            } else {
                self.impossible(equal, &needle.term, &typed.term, element);
            }
            terms.push(typed.term);
        }
        Typed::new(Type::Truth, Term::In(Box::new(needle.term), terms))
    }

    /// Warns where a field is compared with something that it never is.
    fn impossible(&mut self, comparison: Comparison, left: &Term, right: &Term, expr: &Expr) {
        let Some(constant) = right.constant() else { return };
        let is_equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let mistake = match (left, constant) {
            (Term::Field(slot), _) => {
                let field = self.fields.all.get(*slot);
                let known = self.fields.known;
                // `release < 3` is no slip: others may follow.
                let is_bound = matches!(field, Some(Field::UpdateRelease(_))) && !is_equality;
                field
                    .filter(|_| !is_bound)
                    .and_then(|field| impossible_value(known, field, constant, expr.span.clone()))
            }
            (Term::Part(part, _), FieldValue::Number(number))
                if u16::try_from(*number).is_err() =>
            {
                let message = format!("the {} is never {number}", part_name(*part));
                let mistake =
                    Mistake::warning(codes::IMPOSSIBLE_VERSION, expr.span.clone(), message);
                Some(mistake.help(format!("it is a number from 0 to {}", u16::MAX)))
            }
            _ => None,
        };
        if let Some(mistake) = mistake {
            self.report(mistake);
        }
    }
}

const fn part_name(part: VersionPart) -> &'static str {
    match part {
        VersionPart::Major => "major number",
        VersionPart::Minor => "minor number",
        VersionPart::Build => "build",
        VersionPart::Revision => "revision",
    }
}

fn impossible_value(
    known: &KnownNames,
    field: &Field,
    constant: &FieldValue,
    span: Range<usize>,
) -> Option<Mistake> {
    let (names, text) = match (field, constant) {
        (Field::OsVersion, FieldValue::Version(version)) => {
            return facts::compared_version(known, None, *version, span);
        }
        (Field::FileVersion(path), FieldValue::Version(version)) => {
            return facts::compared_version(known, Some(path), *version, span);
        }
        (Field::UpdateRelease(id), FieldValue::Number(number)) => {
            let latest = known.latest_release(id)?;
            if (1..=i64::from(latest)).contains(number) {
                return None;
            }
            let message = format!("no release {number} of {id} is known here");
            let mistake = Mistake::warning(codes::IMPOSSIBLE_VALUE, span, message);
            return Some(mistake.help(releases(id, latest)));
        }
        (Field::OsArchitecture, FieldValue::Text(text)) => (ARCHITECTURES, text),
        (Field::FileMachine(_), FieldValue::Text(text)) if !text.starts_with("0x") => {
            (MACHINES, text)
        }
        _ => return None,
    };
    if names.contains(&text.as_str()) {
        return None;
    }
    let what = if names == MACHINES { "a machine" } else { "the architecture" };
    let message = format!("{what} is never `{}`", quoted(text));
    Some(Mistake::warning(codes::IMPOSSIBLE_VALUE, span, message).nearest(text, names))
}

/// The releases that there are.
fn releases(id: &str, latest: u8) -> String {
    match latest {
        1 => format!("{id} has one release, 1"),
        latest => format!("{id} has the releases 1 to {latest}"),
    }
}

/// Why two sides cannot be compared in this way.
fn mismatch(
    comparison: Comparison,
    left: &Typed,
    right: &Typed,
    binary: &BinaryExpr,
    span: Range<usize>,
) -> Option<Mistake> {
    if left.kind == Type::Mistaken || right.kind == Type::Mistaken {
        return None;
    }
    let is_equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    let fits = fits(&left.kind, &right.kind, is_equality);
    if fits {
        return None;
    }
    let (one, other) = (left.kind.noun(), right.kind.noun());
    let message = if left.kind == right.kind {
        format!("`{}` does not compare {one} with another", comparison.sign())
    } else {
        format!("{one} cannot be compared with {other}")
    };
    let mistake = Mistake::error(codes::TYPE_MISMATCH, span, message);
    Some(match help(left, right, binary) {
        Some(help) => mistake.help(help),
        None => mistake,
    })
}

/// Whether two types can be compared.
fn fits(left: &Type, right: &Type, is_equality: bool) -> bool {
    match (left, right) {
        (Type::Registry, Type::Text | Type::Number | Type::Version | Type::Registry)
        | (Type::Text | Type::Number | Type::Version, Type::Registry)
        | (Type::Number, Type::Number)
        | (Type::Text, Type::Text)
        | (Type::Version, Type::Version)
        | (Type::Level, Type::Level) => true,
        (Type::Truth, Type::Truth)
        | (Type::Null, Type::Null | Type::Registry)
        | (Type::Registry, Type::Null) => is_equality,
        _ => false,
    }
}

fn help(left: &Typed, right: &Typed, binary: &BinaryExpr) -> Option<String> {
    match (&left.kind, &right.kind) {
        (Type::Version, Type::Text) | (Type::Text, Type::Version) => {
            let expr = if left.kind == Type::Text { &binary.left } else { &binary.right };
            let text = expr.literal().map_or("...", |literal| literal.value.as_str());
            Some(format!("write `version(\"{}\")`", quoted(text)))
        }
        (Type::Version, Type::Number) | (Type::Number, Type::Version) => {
            Some("compare its `.revision`, or write `version(\"...\")`".to_owned())
        }
        (Type::Level, Type::Number) | (Type::Number, Type::Level) => {
            Some("levels are `\"rtm\"`, `\"sp1\"` and `\"sp2\"`".to_owned())
        }
        (Type::Null, _) | (_, Type::Null) => Some("only a registry value can be null".to_owned()),
        (Type::File(_), _) | (_, Type::File(_)) => {
            Some("ask for one of its fields, like `.version`".to_owned())
        }
        (Type::Update(_), _) | (_, Type::Update(_)) => {
            Some("ask for its `.recorded` or `.release`".to_owned())
        }
        _ => None,
    }
}
