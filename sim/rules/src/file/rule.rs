//! A rule that was read from a file, and how it judges.

use super::{
    grounds::Part,
    host::Host,
    parts::FileParts,
    term::{Doubt, Term},
};
use crate::{
    Clause, ClauseValue, Field, Ground, Judgement, Outcome, Reads, Rule, RuleParts, Subject,
    parts::Groups,
};
use patchstate_terms::{SourceFile, Status};
use std::collections::BTreeSet;

/// What a rule says of a host for which none of its verdicts decides.
pub(super) const OTHERWISE: Status = Status::Consistent;

/// A rule file without mistakes.
///
/// Its [clauses](Rule::clauses) are, verdict by verdict, the whole condition and then the
/// conditions that it consists of, from left to right and from the outside in: the operands of
/// `&&` and `||` and the parts of `?:`, looking into parentheses and negations. A condition that is
/// none of these is one clause.
///
/// ```
/// use patchstate_rules::{Rule, read_rules};
/// use patchstate_terms::SourceFile;
///
/// let text = r#"
/// id = "updated"
/// title = "The update is recorded, and its file is old"
/// stands_for = ["drift"]
/// [[verdict]]
/// status = "drift"
/// when = """
/// update("KB973917").recorded
///     && file("system32/inetsrv/w3core.dll").version.revision < 4639"""
/// "#;
/// let (rules, mistakes) = read_rules(&[SourceFile::new("updated.rule.toml", text)]);
/// assert!(mistakes.is_empty());
/// assert_eq!(rules[0].id(), "updated");
/// assert_eq!(rules[0].clauses().len(), 3);
/// ```
#[derive(Clone, Debug)]
pub struct FileRule {
    pub(super) source: SourceFile,
    pub(super) id: String,
    pub(super) title: String,
    pub(super) description: Option<String>,
    pub(super) references: Vec<String>,
    pub(super) stands_for: BTreeSet<Status>,
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

impl FileRule {
    /// Its verdicts in the order in which they are tried: the status, and the place in
    /// [`Rule::clauses`] of the condition.
    pub fn verdicts(&self) -> impl Iterator<Item = (Status, usize)> {
        self.program.verdicts.iter().map(|verdict| (verdict.status, verdict.clause))
    }
}

impl Rule for FileRule {
    fn id(&self) -> &str {
        &self.id
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    fn references(&self) -> &[String] {
        &self.references
    }

    fn source(&self) -> &SourceFile {
        &self.source
    }

    fn stands_for(&self) -> &BTreeSet<Status> {
        &self.stands_for
    }

    fn reads(&self) -> &Reads {
        &self.reads
    }

    fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let text = |clause: usize| self.clauses.get(clause).map(|clause| clause.text.as_str());
        let verdicts = self.verdicts();
        let verdicts =
            verdicts.map(|(status, clause)| Outcome::new(status, text(clause).unwrap_or_default()));
        verdicts.chain([Outcome::otherwise(OTHERWISE)]).collect()
    }

    fn judge(&self, subject: &Subject<'_>) -> Judgement {
        let host = Host::new(subject.evidence, &self.program.fields);
        for verdict in &self.program.verdicts {
            match verdict.term.holds(&host) {
                Ok(true) => return Judgement::decided(verdict.status, verdict.clause),
                Ok(false) => {}
                Err(doubt) => {
                    return Judgement::inconclusive(Some(verdict.clause), reason(doubt, &host));
                }
            }
        }
        Judgement { status: OTHERWISE, clause: None, reason: None, failed: false }
    }

    fn clause_values(&self, subject: &Subject<'_>) -> Vec<ClauseValue> {
        let host = Host::new(subject.evidence, &self.program.fields);
        self.terms.iter().map(|term| term.clause_value(&host)).collect()
    }

    fn grounds(&self, subject: &Subject<'_>, truth: Status) -> Vec<Ground> {
        let says = |status: &Status| self.verdicts().any(|(said, _)| said == *status);
        let wanted = match self.stands_for.contains(&truth) {
            // A verdict that names another of its statuses would be as right.
            true if says(&truth) => BTreeSet::from([truth]),
            true => self.stands_for.clone(),
            false => BTreeSet::new(),
        };
        self.find_grounds(&Host::new(subject.evidence, &self.program.fields), &wanted)
    }

    fn is_constant(&self, clause: usize) -> bool {
        self.terms.get(clause).is_some_and(|term| term.constant().is_some())
    }

    fn parts(&self, groups: Groups<'_>) -> Result<RuleParts, String> {
        Ok(FileParts::new(&self.program, &self.terms, groups)?.into())
    }

    fn as_file_rule(&self) -> Option<&FileRule> {
        Some(self)
    }
}

fn reason(doubt: Doubt, host: &Host<'_>) -> String {
    match doubt {
        Doubt::Field(slot) => host.reason(slot),
        Doubt::Kind(Some(slot)) => format!("{}, which the rule does not expect", host.show(slot)),
        Doubt::Kind(None) => "a value is of another kind than the rule expects".to_owned(),
        Doubt::Calculation => "a number is divided by zero, or leaves its range".to_owned(),
    }
}
