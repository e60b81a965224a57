//! From rule files to rules, with every mistake at its place.

use super::{
    check::{Checker, Fields},
    codes,
    document::{Document, StandsFor},
    mistakes::Mistake,
    parse::parse,
    rule::Part,
    rule::{FileRule, OTHERWISE, Program, Verdict},
    source_map::SourceMap,
    syntax::Expr,
    term::Term,
};
use crate::{Clause, Head, KnownNames, Reads, head::STANDS_FOR};
use patchstate_source::{Diagnostic, LineColumn, Severity, SourceFile, quoted};
use patchstate_terms::Status;
use std::{
    collections::{BTreeMap, HashSet},
    ops::Range,
    path::Path,
    sync::Arc,
};

/// Whether a file is a rule file, by its name.
#[must_use]
pub fn is_rule_file(path: impl AsRef<Path>) -> bool {
    let name = path.as_ref().file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.to_ascii_lowercase().ends_with(".rule.toml"))
}

/// Reads rule files, one rule each: every rule without an error, and all mistakes of all files, in
/// the order of files and places.
#[must_use]
pub fn read_rules(files: &[SourceFile]) -> (Vec<FileRule>, Vec<Diagnostic>) {
    read_rules_with(files, &KnownNames::default())
}

/// The same, where other names are known than the built-in core has.
#[must_use]
pub fn read_rules_with(
    files: &[SourceFile],
    known: &KnownNames,
) -> (Vec<FileRule>, Vec<Diagnostic>) {
    let known = Arc::new(known.clone());
    let mut rules = Vec::new();
    let mut diagnostics = Vec::new();
    let mut ids: BTreeMap<String, (&SourceFile, usize)> = BTreeMap::new();
    for file in files {
        let (mut rule, mistakes, id) = read_rule(file, &known);
        let mut found: Vec<Diagnostic> =
            mistakes.into_iter().map(|mistake| mistake.diagnostic(file)).collect();
        if let Some((id, span)) = id {
            if let Some(first) = ids.get(&id) {
                found.push(duplicate_id(&id, file, span, *first));
                rule = None;
            } else {
                ids.insert(id, (file, span.start));
            }
        }
        found.sort_by_key(|mistake| (mistake.span.start, mistake.span.end));
        diagnostics.extend(found);
        rules.extend(rule);
    }
    (rules, diagnostics)
}

/// That a rule has the id of one before it, which stands at a byte of a file.
#[must_use]
pub fn duplicate_id(
    id: &str,
    file: &SourceFile,
    span: Range<usize>,
    (first, at): (&SourceFile, usize),
) -> Diagnostic {
    let LineColumn { line, column } = first.place(at);
    let message = format!("another rule has the id `{}`", quoted(id));
    let mistake = Mistake::error(codes::DUPLICATE_ID, span, message);
    mistake.help(format!("the first one is at {}:{line}:{column}", first.name)).diagnostic(file)
}

/// The id that a rule written as TOML has, and where it stands, whatever else is wrong with the
/// file.
#[must_use]
pub fn declared_id(file: &SourceFile) -> Option<Id> {
    Document::read(file, &mut Vec::new()).id
}

/// An id, and where it stands.
type Id = (String, Range<usize>);

/// Reads one file: the rule, if there is no error, all mistakes, and the id.
pub(super) fn read_rule(
    file: &SourceFile,
    known: &Arc<KnownNames>,
) -> (Option<FileRule>, Vec<Mistake>, Option<Id>) {
    let mut mistakes = Vec::new();
    let mut document = Document::read(file, &mut mistakes);
    let id = document.id.clone();
    let conditions = conditions(&document, known, &mut mistakes);
    unreachable(&document, &conditions, &mut mistakes);
    never_reports(&document, &conditions, &mut mistakes);
    let has_error = mistakes.iter().any(|mistake| mistake.severity == Severity::Error);
    if has_error {
        return (None, mistakes, id);
    }
    let rule = assemble(file, &mut document, conditions, known);
    (rule, mistakes, id)
}

/// The conditions of all verdicts, as far as they can be understood.
struct Conditions<'k> {
    fields: Fields<'k>,
    /// One for each verdict.
    of_verdicts: Vec<Option<Condition>>,
}

struct Condition {
    expr: Expr,
    term: Term,
    clauses: Vec<(Clause, Term)>,
}

fn conditions<'k>(
    document: &Document,
    known: &'k KnownNames,
    mistakes: &mut Vec<Mistake>,
) -> Conditions<'k> {
    let mut fields = Fields::new(known);
    let mut of_verdicts = Vec::with_capacity(document.verdicts.len());
    for verdict in &document.verdicts {
        let condition = verdict.when.as_ref().and_then(|when| {
            let (condition, found) = condition(when, &mut fields);
            mistakes.extend(found.into_iter().map(|mistake| {
                let span = when.span(&mistake.span);
                Mistake { span, ..mistake }
            }));
            condition
        });
        of_verdicts.push(condition);
    }
    Conditions { fields, of_verdicts }
}

/// One condition; its mistakes are placed in its text.
fn condition(when: &SourceMap, fields: &mut Fields<'_>) -> (Option<Condition>, Vec<Mistake>) {
    let expr = match parse(when.text()) {
        Ok(expr) => expr,
        Err(mistake) => return (None, vec![mistake]),
    };
    let (term, mistakes) = Checker::new(fields).condition(&expr);
    if mistakes.iter().any(|mistake| mistake.severity == Severity::Error) {
        return (None, mistakes);
    }
    let clause = |part: &Expr, fields: &mut Fields<'_>| {
        let text = when.text().get(part.span.clone()).unwrap_or_default().to_owned();
        let clause = Clause { text, span: when.span(&part.span) };
        // What is wrong with a part was said of the whole.
        (clause, Checker::new(fields).condition(part).0)
    };
    let clauses = expr.clauses().into_iter().map(|part| clause(part, fields)).collect();
    (Some(Condition { expr, term, clauses }), mistakes)
}

/// Warns of verdicts that can never decide.
fn unreachable(document: &Document, conditions: &Conditions<'_>, mistakes: &mut Vec<Mistake>) {
    let (mut before, mut always) = (HashSet::new(), false);
    for (verdict, condition) in document.verdicts.iter().zip(&conditions.of_verdicts) {
        let (Some(when), Some(condition)) = (&verdict.when, condition) else { continue };
        let term = &condition.term;
        let message = if always {
            Some("a verdict before this one always decides")
        } else if term.is_always(false) {
            Some("the condition is never true")
        } else if before.contains(term) {
            Some("a verdict before this one has the same condition")
        } else {
            None
        };
        if let Some(message) = message {
            let span = when.whole().clone();
            mistakes.push(Mistake::warning(codes::UNREACHABLE_VERDICT, span, message));
        }
        always |= term.is_always(true);
        before.insert(term);
    }
}

/// Warns where a rule can say no status that it stands for: those of its verdicts, and what it
/// says where none of them decides.
fn never_reports(document: &Document, conditions: &Conditions<'_>, mistakes: &mut Vec<Mistake>) {
    let (stands_for, place) = match &document.stands_for {
        StandsFor::Mistaken => return,
        StandsFor::Unsaid => (STANDS_FOR.into(), document.id.as_ref().map(|(_, span)| span)),
        StandsFor::Said((statuses, span)) => (statuses.clone(), Some(span)),
    };
    let mut statuses: Vec<Status> =
        document.verdicts.iter().filter_map(|v| v.status.as_ref()).map(|(s, _)| *s).collect();
    let is_known = !statuses.is_empty() && statuses.len() == document.verdicts.len();
    // A condition that could not be understood may be one that always holds, or not.
    let always =
        |condition: &Option<Condition>| condition.as_ref().is_some_and(|c| c.term.is_always(true));
    if !conditions.of_verdicts.iter().any(always) {
        statuses.push(OTHERWISE);
    }
    if is_known && !statuses.iter().any(|status| stands_for.contains(status)) {
        let words: Vec<&str> = stands_for.iter().map(|status| status.as_str()).collect();
        let message = format!("no verdict says {}, which the rule stands for", words.join(" or "));
        let span = place.cloned().unwrap_or_default();
        let mistake = Mistake::warning(codes::NEVER_REPORTS, span, message);
        mistakes.push(mistake.help("list the statuses of its verdicts in `stands_for`"));
    }
}

/// Puts a rule together; nothing is missing where there is no error.
fn assemble(
    file: &SourceFile,
    document: &mut Document,
    conditions: Conditions<'_>,
    known: &Arc<KnownNames>,
) -> Option<FileRule> {
    let mut verdicts = Vec::new();
    let (mut clauses, mut terms) = (Vec::new(), Vec::new());
    for (verdict, condition) in document.verdicts.iter().zip(conditions.of_verdicts) {
        let condition = condition?;
        let (status, _) = verdict.status.as_ref()?;
        let clause = clauses.len();
        let part = Part::new(&condition.expr, clause);
        verdicts.push(Verdict { status: *status, term: condition.term, clause, part });
        for (clause, term) in condition.clauses {
            clauses.push(clause);
            terms.push(term);
        }
    }
    let fields = conditions.fields.into_fields();
    Some(FileRule {
        head: Head {
            source: file.clone(),
            id: document.id.take()?.0,
            title: document.title.take()?,
            description: document.description.take(),
            references: std::mem::take(&mut document.references),
            stands_for: match std::mem::take(&mut document.stands_for) {
                StandsFor::Said((statuses, _)) => statuses,
                StandsFor::Unsaid | StandsFor::Mistaken => STANDS_FOR.into(),
            },
        },
        known: Arc::clone(known),
        reads: Reads::Fields(fields.iter().cloned().collect()),
        clauses,
        terms,
        program: Program { fields, verdicts },
    })
}
