//! A definition as a rule.
//!
//! **Must never know** how a result comes to be.
//!
//! **Start reading** at [`OvalRule`].

use super::{
    content::Content,
    evaluation::Evaluation,
    model::{Criteria, Definition, OvalClass, Reference},
    options::{OvalOptions, status},
    outcome::OvalOutcome,
    parts::OvalParts,
    tables::OvalResult,
};
use crate::{
    Clause, ClauseValue, Ground, Head, Judgement, Outcome, Reads, Rule, RuleParts, Subject,
    part::Groups,
};
use patchstate_terms::Status;
use std::sync::Arc;

/// One definition of a document, as a rule.
///
/// Its clauses are the definition itself, and each criterion and extended definition in it, in the
/// order of the text. A part that is negated is true where what it refers to is false.
///
/// What it [reads](Rule::reads) are files and values whose places can be told from the document:
/// as stated, or from variables of stated texts and of the value `SystemRoot`, which is the
/// Windows folder. If a place depends on anything else, or a name is a pattern, the rule may read
/// any file, and reads it when it judges.
#[derive(Clone, Debug)]
pub struct OvalRule {
    content: Arc<Content>,
    number: usize,
    head: Head,
    options: OvalOptions,
    reads: Reads,
    clauses: Vec<Clause>,
}

impl OvalRule {
    pub(super) fn new(
        content: &Arc<Content>,
        number: usize,
        options: &OvalOptions,
    ) -> Option<Self> {
        let definition = content.compiled.definitions.get(number)?;
        let itself = Clause { text: definition.title.clone(), span: definition.span.clone() };
        let parts = definition.criteria.iter().flat_map(Criteria::leaves);
        let parts = parts.map(|part| Clause { text: part.text.clone(), span: part.span.clone() });
        Some(Self {
            content: Arc::clone(content),
            number,
            head: Head {
                id: definition.id.to_string(),
                title: definition.title.clone(),
                description: None,
                references: Vec::new(),
                stands_for: options.stands_for.clone(),
                source: definition.source.clone(),
            },
            options: options.clone(),
            reads: content.compiled.reads(Reference::Definition(number)),
            clauses: std::iter::once(itself).chain(parts).collect(),
        })
    }

    /// The result of the definition itself, before it becomes a status.
    #[must_use]
    pub fn evaluate(&self, subject: &Subject<'_>) -> OvalOutcome {
        self.content.evaluate(self.number, subject, self.options.missing_references)
    }

    fn class(&self) -> OvalClass {
        self.definition().map_or(OvalClass::Miscellaneous, |found| found.class)
    }

    fn definition(&self) -> Option<&Definition> {
        self.content.compiled.definitions.get(self.number)
    }

    /// The result that makes the definition report [`OvalOptions::positive`].
    fn reports_at(&self) -> Option<OvalResult> {
        match self.definition()?.class {
            OvalClass::Compliance => Some(OvalResult::False),
            OvalClass::Inventory => None,
            OvalClass::Miscellaneous | OvalClass::Patch | OvalClass::Vulnerability => {
                Some(OvalResult::True)
            }
        }
    }

    fn part_results(&self, subject: &Subject<'_>) -> Vec<OvalResult> {
        let mut evaluation = Evaluation::new(&self.content.compiled, subject);
        let criteria = self.definition().and_then(|definition| definition.criteria.as_ref());
        let parts = criteria.into_iter().flat_map(Criteria::leaves);
        parts.map(|part| evaluation.criteria(part).result).collect()
    }
}

impl Rule for OvalRule {
    fn head(&self) -> &Head {
        &self.head
    }

    fn reads(&self) -> &Reads {
        &self.reads
    }

    fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let (class, positive) = (self.class(), self.options.positive);
        let outcome = |result: OvalResult| {
            let when = format!("the definition is {result}");
            Outcome::new(status(result, class, positive), when)
        };
        OvalResult::ALL.into_iter().map(outcome).collect()
    }

    fn judge(&self, subject: &Subject<'_>) -> Judgement {
        let OvalOutcome { result, reason } = self.evaluate(subject);
        let status = status(result, self.class(), self.options.positive);
        if status != Status::Inconclusive {
            return Judgement::decided(status, 0);
        }
        let parts = self.part_results(subject);
        let clause = parts.iter().position(|part| *part == result).map_or(0, |at| at + 1);
        let reason = reason.as_deref().unwrap_or("no reason is known");
        Judgement::inconclusive(Some(clause), format!("{result}: {reason}"))
    }

    fn parts(&self, groups: Groups<'_>) -> Result<RuleParts, String> {
        let parts = OvalParts::new(&self.content, self.number, &self.options, groups)?;
        Ok(parts.into())
    }

    fn clause_values(&self, subject: &Subject<'_>) -> Vec<ClauseValue> {
        let whole = self.evaluate(subject).result;
        let parts = self.part_results(subject);
        std::iter::once(whole).chain(parts).map(clause_value).collect()
    }

    fn grounds(&self, subject: &Subject<'_>, truth: Status) -> Vec<Ground> {
        let criteria = self.definition().and_then(|definition| definition.criteria.as_ref());
        let Some(criteria) = criteria else { return Vec::new() };
        let result = self.evaluate(subject).result;
        let mut evaluation = Evaluation::new(&self.content.compiled, subject);
        let wanted = self.reports_at().filter(|_| self.head.stands_for.contains(&truth));
        if let Some(wanted) = wanted.filter(|wanted| *wanted != result) {
            let mut leaves = Vec::new();
            evaluation.differing(criteria, wanted, 1, &mut leaves);
            let ground = |(clause, needed, leaf)| Ground {
                clause,
                whole: 0,
                value: clause_value(evaluation.criteria(leaf).result),
                needed: Some(needed == OvalResult::True),
                readings: evaluation.readings(leaf),
            };
            return leaves.into_iter().map(ground).collect();
        }
        let mut leaves = Vec::new();
        evaluation.enough(criteria, &mut leaves);
        let mut readings = Vec::new();
        for reading in leaves.into_iter().flat_map(|leaf| evaluation.readings(leaf)) {
            if !readings.contains(&reading) {
                readings.push(reading);
            }
        }
        let value = clause_value(result);
        vec![Ground { clause: 0, whole: 0, value, needed: None, readings }]
    }
}

const fn clause_value(result: OvalResult) -> ClauseValue {
    match result {
        OvalResult::True => ClauseValue::True,
        OvalResult::False => ClauseValue::False,
        _ => ClauseValue::Unknown,
    }
}
