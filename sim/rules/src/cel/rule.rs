//! A rule that was read from a file: what it asks for and what it computes.

use super::{
    syntax::{Expr, ExprKind},
    term::Term,
};
use crate::{Clause, Field, Head, KnownNames, Reads};
use patchstate_terms::Status;
use std::sync::Arc;

/// What a rule says of a host for which none of its verdicts decides.
pub(super) const OTHERWISE: Status = Status::Consistent;

/// A rule file without mistakes.
///
/// Its [clauses](crate::Rule::clauses) are, verdict by verdict, the whole condition and then the
/// conditions that it consists of, from left to right and from the outside in: the operands of
/// `&&` and `||` and the parts of `?:`, looking into parentheses and negations. A condition that is
/// none of these is one clause.
///
/// ```
/// use patchstate_rules::{Rule, read_rules};
/// use patchstate_source::SourceFile;
///
/// let text = r#"
/// id = "updated"
/// title = "The update is recorded, and its file is old"
/// stands_for = ["drift"]
/// [[verdict]]
/// status = "drift"
/// when = """
/// update("KB973917").recorded
///     && file("system32/inetsrv/w3core.dll").version.revision < 4600"""
/// "#;
/// let (rules, mistakes) = read_rules(&[SourceFile::new("updated.rule.toml", text)]);
/// assert!(mistakes.is_empty());
/// assert_eq!(rules[0].id(), "updated");
/// assert_eq!(rules[0].clauses().len(), 3);
/// ```
#[derive(Clone, Debug)]
pub struct FileRule {
    pub(super) head: Head,
    /// The names that it was checked against.
    pub(super) known: Arc<KnownNames>,
    pub(super) reads: Reads,
    pub(super) clauses: Vec<Clause>,
    /// What each clause computes.
    pub(super) terms: Vec<Term>,
    pub(super) program: Program,
}

/// What a rule computes: two rules with equal programs judge every host alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) fields: Vec<Field>,
    pub(super) verdicts: Vec<Verdict>,
}

#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) status: Status,
    pub(super) term: Term,
    /// The clause that is its whole condition.
    pub(super) clause: usize,
    /// How the condition is put together from clauses.
    pub(super) part: Part,
}

/// Where the clauses stand does not change what is computed.
impl PartialEq for Verdict {
    fn eq(&self, other: &Self) -> bool {
        (self.status, &self.term) == (other.status, &other.term)
    }
}

impl Eq for Verdict {}

/// A condition as it is put together from clauses.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Place among the rule's clauses.
    pub(super) clause: usize,
    /// Its operands, where it is a chain of them.
    pub(super) chain: Option<Chain>,
}

#[derive(Clone, Debug)]
pub(super) struct Chain {
    /// `&&` rather than `||`.
    pub(super) is_all: bool,
    /// Whether the chain stands below an odd number of negations.
    pub(super) is_negated: bool,
    pub(super) operands: Vec<Part>,
}

impl Part {
    /// The condition whose [clauses](Expr::clauses) begin at a place.
    pub(super) fn new(expr: &Expr, first: usize) -> Self {
        let mut next = first;
        Self::below(expr, &mut next)
    }

    fn below(expr: &Expr, next: &mut usize) -> Self {
        let clause = *next;
        *next += 1;
        let (mut inner, mut is_negated) = (expr, false);
        while let ExprKind::Not(negated) = &inner.kind {
            (inner, is_negated) = (negated, !is_negated);
        }
        let chain = match &inner.kind {
            ExprKind::Chain(chain) => {
                let operands = chain.operands.iter().map(|part| Self::below(part, next)).collect();
                Some(Chain { is_all: chain.is_all, is_negated, operands })
            }
            ExprKind::Conditional(parts) => {
                // Looked at as a whole, but its parts are clauses and have places.
                for part in parts.iter() {
                    Self::below(part, next);
                }
                None
            }
            _ => None,
        };
        Self { clause, chain }
    }
}

impl FileRule {
    /// Its verdicts in the order in which they are tried: the status, and the place in
    /// [`Rule::clauses`](crate::Rule::clauses) of the condition.
    pub fn verdicts(&self) -> impl Iterator<Item = (Status, usize)> {
        self.program.verdicts.iter().map(|verdict| (verdict.status, verdict.clause))
    }
}
