//! A condition as it is written: the tree of CEL's grammar, with a place for each part.
//!
//! **Owns** the shape only. What names mean and which types fit is for `check` to say.

use std::ops::Range;

/// A part of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expr {
    pub(super) kind: ExprKind,
    /// The bytes of the part itself.
    pub(super) span: Range<usize>,
    /// The same with the parentheses around it, where there are any.
    pub(super) outer: Range<usize>,
    /// The longest way down to a leaf; bounded, so that walking the tree is safe.
    pub(super) depth: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ExprKind {
    Null,
    Truth(bool),
    Number(i64),
    Text(Literal),
    Name(String),
    List(Vec<Expr>),
    Not(Box<Expr>),
    Minus(Box<Expr>),
    /// `a && b && c` or `a || b || c`: at least two operands.
    Chain(Chain),
    Binary(Box<BinaryExpr>),
    /// `condition ? then : otherwise`.
    Conditional(Box<[Expr; 3]>),
    Member(Box<Expr>, Name),
    /// A function, or with a target a method.
    Call(Option<Box<Expr>>, Name, Vec<Expr>),
}

/// A text in quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// What it means.
    pub(super) value: String,
    /// What stands between the quotes.
    pub(super) inside: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    /// `&&` rather than `||`.
    pub(super) is_all: bool,
    pub(super) operands: Vec<Expr>,
    /// The signs between the operands.
    pub(super) signs: Vec<Range<usize>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BinaryExpr {
    pub(super) operator: Operator,
    /// The operator's sign.
    pub(super) sign: Range<usize>,
    pub(super) left: Expr,
    pub(super) right: Expr,
}

/// An operator between two parts, apart from `&&` and `||`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Compare(Comparison),
    In,
    Calculate(Calculation),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Calculation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Residual,
}

impl Expr {
    pub(super) fn new(kind: ExprKind, span: Range<usize>) -> Self {
        let depth = 1 + kind.parts().iter().map(|part| part.depth).max().unwrap_or(0);
        Self { kind, outer: span.clone(), span, depth }
    }

    /// The text, where it is one in quotes.
    pub(super) const fn literal(&self) -> Option<&Literal> {
        match &self.kind {
            ExprKind::Text(literal) => Some(literal),
            _ => None,
        }
    }

    /// The conditions that it consists of, itself first, then in the order of the text: operands
    /// of `&&` and `||`, and the parts of a conditional. A negation is looked into.
    pub(super) fn clauses(&self) -> Vec<&Self> {
        let mut clauses = vec![self];
        self.inner_clauses(&mut clauses);
        clauses
    }

    fn inner_clauses<'a>(&'a self, clauses: &mut Vec<&'a Self>) {
        let parts: Vec<&Self> = match &self.kind {
            ExprKind::Not(inner) => return inner.inner_clauses(clauses),
            ExprKind::Chain(chain) => chain.operands.iter().collect(),
            ExprKind::Conditional(parts) => parts.iter().collect(),
            _ => return,
        };
        for part in parts {
            clauses.push(part);
            part.inner_clauses(clauses);
        }
    }
}

impl ExprKind {
    /// The parts directly below, in the order of the text.
    pub(super) fn parts(&self) -> Vec<&Expr> {
        match self {
            Self::Null | Self::Truth(_) | Self::Number(_) | Self::Text(_) | Self::Name(_) => {
                Vec::new()
            }
            Self::List(elements) => elements.iter().collect(),
            Self::Not(inner) | Self::Minus(inner) | Self::Member(inner, _) => vec![inner],
            Self::Chain(chain) => chain.operands.iter().collect(),
            Self::Binary(binary) => vec![&binary.left, &binary.right],
            Self::Conditional(parts) => parts.iter().collect(),
            Self::Call(target, _, arguments) => {
                target.iter().map(AsRef::as_ref).chain(arguments).collect()
            }
        }
    }
}

impl Comparison {
    /// The one that holds exactly where this one does not.
    pub(super) const fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterEqual,
            Self::LessEqual => Self::Greater,
            Self::Greater => Self::LessEqual,
            Self::GreaterEqual => Self::Less,
        }
    }

    /// The one that says the same with its sides exchanged.
    pub(super) const fn turned(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessEqual => Self::GreaterEqual,
            Self::Greater => Self::Less,
            Self::GreaterEqual => Self::LessEqual,
        }
    }

    /// Whether it holds between two values of one kind.
    pub(super) fn holds<T: Ord>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterEqual => left >= right,
        }
    }

    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }
}

impl Operator {
    /// The operator with this sign, and how tightly it binds: comparisons least.
    pub(super) fn from_sign(sign: &str) -> Option<(Self, usize)> {
        let operator = match sign {
            "==" => Self::Compare(Comparison::Equal),
            "!=" => Self::Compare(Comparison::NotEqual),
            "<" => Self::Compare(Comparison::Less),
            "<=" => Self::Compare(Comparison::LessEqual),
            ">" => Self::Compare(Comparison::Greater),
            ">=" => Self::Compare(Comparison::GreaterEqual),
            "in" => Self::In,
            "+" => Self::Calculate(Calculation::Add),
            "-" => Self::Calculate(Calculation::Subtract),
            "*" => Self::Calculate(Calculation::Multiply),
            "/" => Self::Calculate(Calculation::Divide),
            "%" => Self::Calculate(Calculation::Residual),
            _ => return None,
        };
        let binding = match operator {
            Self::Compare(_) | Self::In => 0,
            Self::Calculate(Calculation::Add | Calculation::Subtract) => 1,
            Self::Calculate(_) => 2,
        };
        Some((operator, binding))
    }
}
