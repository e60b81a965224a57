//! Whether a condition makes sense, and what it computes.
//!
//! **Owns** types: every part of a condition gets one before anything runs, all mistakes of a
//! condition are found at once, and what is left is a [`Term`]. **Must never know** a host.
//!
//! **Start reading** at [`Checker::condition`], then `fields`: what names mean.

mod compare;
mod contradict;
pub(super) mod facts;
pub(super) mod fields;

use super::{
    codes,
    host::Slot,
    mistakes::Mistake,
    syntax::{Calculation, Expr, ExprKind, Literal, Operator},
    term::Term,
};
use crate::{Field, FieldValue, KnownNames};
use patchstate_source::Severity;
use patchstate_terms::{Level, WindowsPath};
use std::{collections::BTreeSet, ops::Range};

/// What a part of a condition is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Truth,
    Number,
    Text,
    Version,
    Level,
    /// A text, a number or null: the registry says which.
    Registry,
    Null,
    List,
    Os,
    File(WindowsPath),
    Update(String),
    /// Something that was complained about already.
    Mistaken,
}

/// A part of a condition with its type.
struct Typed {
    kind: Type,
    term: Term,
}

/// The fields that the conditions of one rule ask for, in the order in which they first do.
#[derive(Clone, Debug)]
pub(super) struct Fields<'k> {
    /// The names that are known beside those of the detection core.
    known: &'k KnownNames,
    all: Vec<Field>,
    /// Paths and ids that were said to be unknown: once is enough.
    doubted: BTreeSet<String>,
}

impl<'k> Fields<'k> {
    pub(super) const fn new(known: &'k KnownNames) -> Self {
        Self { known, all: Vec::new(), doubted: BTreeSet::new() }
    }

    pub(super) fn into_fields(self) -> Vec<Field> {
        self.all
    }

    fn slot(&mut self, field: Field) -> Slot {
        let known = self.all.iter().position(|known| *known == field);
        known.unwrap_or_else(|| {
            self.all.push(field);
            self.all.len() - 1
        })
    }
}

/// Checks conditions, and collects their mistakes.
pub(super) struct Checker<'f, 'k> {
    fields: &'f mut Fields<'k>,
    mistakes: Vec<Mistake>,
}

impl<'f, 'k> Checker<'f, 'k> {
    pub(super) const fn new(fields: &'f mut Fields<'k>) -> Self {
        Self { fields, mistakes: Vec::new() }
    }

    /// A condition and all mistakes in it. The term means something only if none is an error.
    pub(super) fn condition(mut self, expr: &Expr) -> (Term, Vec<Mistake>) {
        let term = self.truth(expr);
        self.mistakes.sort_by_key(|mistake| (mistake.span.start, mistake.span.end));
        (term, self.mistakes)
    }

    fn report(&mut self, mistake: Mistake) {
        self.mistakes.push(mistake);
    }

    fn mistaken(&mut self, mistake: Mistake) -> Typed {
        self.report(mistake);
        Typed::mistaken()
    }

    /// Keeps what was read and reports what was said about it, the same warning only once.
    fn accept<T>(&mut self, text: &str, read: facts::Read<T>) -> Option<T> {
        let (value, mistake) = read;
        if let Some(mistake) = mistake {
            let is_error = mistake.severity == Severity::Error;
            if is_error || self.fields.doubted.insert(text.to_lowercase()) {
                self.report(mistake);
            }
        }
        value
    }

    /// A part that must be true or false.
    fn truth(&mut self, expr: &Expr) -> Term {
        let typed = self.typed(expr);
        if typed.kind.is(&Type::Truth) {
            return typed.term;
        }
        let message = format!("expected true or false, found {}", typed.kind.noun());
        let mistake = Mistake::error(codes::TYPE_MISMATCH, expr.span.clone(), message);
        let help = match &typed.kind {
            Type::File(_) => "ask whether it is there with `.present`",
            Type::Update(_) => "ask whether it is recorded with `.recorded`",
            Type::Registry => "compare it with `==`, or with `!= null` to ask whether it is there",
            _ => "compare it with something",
        };
        self.report(mistake.help(help));
        Term::truth(false)
    }

    fn typed(&mut self, expr: &Expr) -> Typed {
        let span = expr.span.clone();
        match &expr.kind {
            ExprKind::Null => Typed::new(Type::Null, Term::Constant(FieldValue::Absent)),
            ExprKind::Truth(truth) => Typed::new(Type::Truth, Term::truth(*truth)),
            ExprKind::Number(number) => {
                Typed::new(Type::Number, Term::Constant(FieldValue::Number(*number)))
            }
            ExprKind::Text(literal) => {
                Typed::new(Type::Text, Term::Constant(FieldValue::Text(literal.value.clone())))
            }
            ExprKind::Name(name) => self.name(name, span),
            ExprKind::List(elements) => {
                for element in elements {
                    self.typed(element);
                }
                // Only `in` knows what to do with it.
                Typed::new(Type::List, Term::truth(false))
            }
            ExprKind::Not(inner) => {
                let inner = self.truth(inner);
                Typed::new(Type::Truth, Term::Not(Box::new(inner)))
            }
            ExprKind::Minus(inner) => {
                let inner = self.expect(inner, &Type::Number);
                Typed::new(Type::Number, Term::Minus(Box::new(inner)))
            }
            ExprKind::Chain(chain) => {
                let terms: Vec<Term> =
                    chain.operands.iter().map(|operand| self.truth(operand)).collect();
                if !chain.is_all {
                    return Typed::new(Type::Truth, Term::Any(terms));
                }
                let spans: Vec<_> = chain.operands.iter().map(|part| part.span.clone()).collect();
                let levels: Vec<Level> = self.fields.known.core.levels().collect();
                let found = contradict::contradictions(&terms, &spans, (&self.fields.all, &levels));
                self.mistakes.extend(found);
                Typed::new(Type::Truth, Term::All(terms))
            }
            ExprKind::Binary(binary) => match binary.operator {
                Operator::Compare(comparison) => self.compare(comparison, binary),
                Operator::In => self.is_in(binary),
                Operator::Calculate(calculation) => {
                    self.calculate(calculation, &binary.left, &binary.right)
                }
            },
            ExprKind::Conditional(parts) => self.conditional(parts),
            ExprKind::Member(target, name) => self.member(target, name),
            ExprKind::Call(None, name, arguments) => self.function(name, arguments, span),
            ExprKind::Call(Some(target), name, arguments) => {
                self.method(target, name, arguments, span)
            }
        }
    }

    /// A part of a certain type.
    fn expect(&mut self, expr: &Expr, kind: &Type) -> Term {
        let typed = self.typed(expr);
        let fits = typed.kind.is(kind) || (*kind == Type::Text && typed.kind == Type::Registry);
        if !fits {
            let (expected, found) = (kind.noun(), typed.kind.noun());
            let message = format!("expected {expected}, found {found}");
            self.report(Mistake::error(codes::TYPE_MISMATCH, expr.span.clone(), message));
        }
        typed.term
    }

    fn calculate(&mut self, calculation: Calculation, left: &Expr, right: &Expr) -> Typed {
        let first = self.typed(left);
        let kind = match first.kind {
            Type::Text if calculation == Calculation::Add => Type::Text,
            Type::Mistaken => {
                self.typed(right);
                return Typed::mistaken();
            }
            Type::Number => Type::Number,
            other => {
                self.typed(right);
                let message = format!("{} cannot be calculated with", other.noun());
                let span = left.span.clone();
                return self.mistaken(Mistake::error(codes::TYPE_MISMATCH, span, message));
            }
        };
        let second = self.expect(right, &kind);
        Typed::new(kind, Term::Calculate(calculation, Box::new([first.term, second])))
    }

    fn conditional(&mut self, parts: &[Expr; 3]) -> Typed {
        let [condition, then, otherwise] = parts;
        let condition = self.truth(condition);
        let (first, second) = (self.typed(then), self.typed(otherwise));
        if first.kind == Type::Mistaken || second.kind == Type::Mistaken {
            return Typed::mistaken();
        }
        if !first.kind.is_value() || first.kind != second.kind {
            let (one, other) = (first.kind.noun(), second.kind.noun());
            let message = format!("one of `?` and `:` gives {one}, the other {other}");
            let span = then.span.start..otherwise.span.end;
            return self.mistaken(Mistake::error(codes::TYPE_MISMATCH, span, message));
        }
        let term = Term::If(Box::new([condition, first.term, second.term]));
        Typed::new(first.kind, term)
    }

    /// An argument that must be a text in quotes, so that what a rule reads is known at once.
    fn quoted<'e>(&mut self, function: &str, argument: &'e Expr) -> Option<&'e Literal> {
        let literal = argument.literal();
        if literal.is_none() {
            let before = self.mistakes.len();
            self.typed(argument);
            // A mistake inside the argument says enough.
            if self.mistakes.len() == before {
                let message = format!("`{function}` takes a text in quotes, nothing computed");
                let span = argument.span.clone();
                self.report(Mistake::error(codes::WRONG_ARGUMENT, span, message));
            }
        }
        literal
    }

    fn expect_count(
        &mut self,
        function: &str,
        expected: &[&str],
        found: usize,
        span: Range<usize>,
    ) -> bool {
        if found == expected.len() {
            return true;
        }
        let expected = match expected {
            [] => "no argument".to_owned(),
            [one] => format!("one argument, {one}"),
            many => format!("{} arguments, {}", many.len(), many.join(" and ")),
        };
        let message = format!("`{function}` takes {expected}; here are {found}");
        self.report(Mistake::error(codes::WRONG_ARGUMENT, span, message));
        false
    }
}

impl Typed {
    fn new(kind: Type, term: Term) -> Self {
        Self { kind, term: term.folded() }
    }

    const fn mistaken() -> Self {
        Self { kind: Type::Mistaken, term: Term::truth(false) }
    }
}

impl Type {
    /// Whether it is of a type, or was complained about already.
    fn is(&self, kind: &Self) -> bool {
        self == kind || *self == Self::Mistaken
    }

    /// Whether it can be compared.
    const fn is_value(&self) -> bool {
        !matches!(self, Self::List | Self::Os | Self::File(_) | Self::Update(_))
    }

    const fn noun(&self) -> &'static str {
        match self {
            Self::Truth => "true or false",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Version => "a version",
            Self::Level => "a level",
            Self::Registry => "a registry value",
            Self::Null => "null",
            Self::List => "a list",
            Self::Os => "the operating system as a whole",
            Self::File(_) => "a file as a whole",
            Self::Update(_) => "an update as a whole",
            Self::Mistaken => "a mistake",
        }
    }
}
