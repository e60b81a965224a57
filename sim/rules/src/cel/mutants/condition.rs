//! Edits of one condition.

use super::edit::Edit;
use crate::{
    Reads, Rule,
    cel::{
        FileRule,
        source_map::SourceMap,
        syntax::{Chain, Comparison, Expr, ExprKind, Literal, Operator},
    },
};
use patchstate_detect::advisory::Family;
use patchstate_source::quoted;
use patchstate_terms::{FileVersion, Level, WindowsPath};
use std::{collections::BTreeSet, ops::Range};

/// Every edit of a condition, in the order of the text. `clause` is the place of the whole
/// condition in the clauses of its rule.
pub(super) fn edits(expr: &Expr, when: &SourceMap, clause: usize, rule: &FileRule) -> Vec<Edit> {
    let clauses = expr.clauses();
    let spans = clauses.iter().map(|clause| clause.outer.clone()).collect();
    let mut editor = Editor { when, clause, spans, rule, edits: Vec::new() };
    editor.condition(expr);
    editor.edits
}

struct Editor<'a> {
    when: &'a SourceMap,
    clause: usize,
    /// Where each clause of the condition stands in it.
    spans: Vec<Range<usize>>,
    rule: &'a FileRule,
    edits: Vec<Edit>,
}

impl Editor<'_> {
    /// Notes an edit; places are those of the condition.
    fn edit(
        &mut self,
        kind: &'static str,
        description: String,
        changes: impl IntoIterator<Item = (Range<usize>, String)>,
    ) {
        let changes: Vec<(Range<usize>, String)> = changes.into_iter().collect();
        let holds = |span: &Range<usize>| {
            changes.iter().all(|(part, _)| span.start <= part.start && part.end <= span.end)
        };
        // Inner clauses come behind those that hold them.
        let clause = self.clause + self.spans.iter().rposition(holds).unwrap_or(0);
        let changes = changes.into_iter().map(|(span, text)| (self.when.span(&span), text));
        self.edits.push(Edit { kind, description, clause, changes: changes.collect() });
    }

    fn text(&self, span: &Range<usize>) -> String {
        let text = self.when.text().get(span.clone()).unwrap_or_default();
        quoted(&text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn condition(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Not(inner) => {
                let description = format!("`!` before `{}` dropped", self.text(&inner.outer));
                let sign = expr.span.start..inner.outer.start;
                self.edit("negation-dropped", description, [(sign, String::new())]);
                self.condition(inner);
            }
            ExprKind::Chain(chain) => self.chain(chain),
            ExprKind::Conditional(parts) => {
                for part in parts.iter() {
                    self.condition(part);
                }
            }
            ExprKind::Truth(_) => {}
            _ => {
                let outer = &expr.outer;
                let description = format!("`{}` negated", self.text(&expr.span));
                let start = (outer.start..outer.start, "!(".to_owned());
                let end = (outer.end..outer.end, ")".to_owned());
                self.edit("negation-added", description, [start, end]);
                self.value(expr);
            }
        }
    }

    fn chain(&mut self, chain: &Chain) {
        let (kind, sign, other_kind, other) = if chain.is_all {
            ("conjunct-dropped", "&&", "and-to-or", "||")
        } else {
            ("disjunct-dropped", "||", "or-to-and", "&&")
        };
        let signs = chain.signs.iter().map(|span| (span.clone(), other.to_owned()));
        self.edit(other_kind, format!("`{sign}` changed to `{other}`"), signs);
        for (number, operand) in chain.operands.iter().enumerate() {
            let before = number.checked_sub(1).and_then(|at| chain.operands.get(at));
            let next = chain.operands.get(number + 1);
            let span = match (before, next) {
                (Some(before), _) => before.outer.end..operand.outer.end,
                (None, Some(next)) => operand.outer.start..next.outer.start,
                (None, None) => continue,
            };
            let description = format!("`{}` dropped", self.text(&operand.span));
            self.edit(kind, description, [(span, String::new())]);
        }
        for operand in &chain.operands {
            self.condition(operand);
        }
    }

    /// A part that is no condition by itself, or whose inside is.
    fn value(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Binary(binary) => {
                if let Operator::Compare(comparison) = binary.operator {
                    self.comparison(comparison, &binary.sign);
                    self.bound(&binary.left, &binary.right);
                    self.bound(&binary.right, &binary.left);
                }
                if let (Operator::In, ExprKind::List(elements)) =
                    (binary.operator, &binary.right.kind)
                {
                    for element in elements {
                        self.bound(element, &binary.left);
                    }
                }
            }
            ExprKind::Text(literal) => self.plain_text(literal),
            ExprKind::Call(None, name, arguments) => {
                if let Some(literal) = arguments.first().and_then(Expr::literal) {
                    match name.text.as_str() {
                        "version" => return self.version(literal),
                        "file" => return self.path(literal),
                        "update" => return self.update(literal),
                        "registry" => return,
                        _ => {}
                    }
                }
            }
            ExprKind::Call(Some(target), name, _)
                if matches!(name.text.as_str(), "exports" | "imports") =>
            {
                return self.value(target);
            }
            ExprKind::Chain(_) | ExprKind::Not(_) => return self.condition(expr),
            _ => {}
        }
        for part in expr.kind.parts() {
            self.value(part);
        }
    }

    fn comparison(&mut self, comparison: Comparison, sign: &Range<usize>) {
        let (kind, other) = match comparison {
            Comparison::Equal => ("equality-negated", Comparison::NotEqual),
            Comparison::NotEqual => ("equality-negated", Comparison::Equal),
            Comparison::Less => ("bound-inclusion", Comparison::LessEqual),
            Comparison::LessEqual => ("bound-inclusion", Comparison::Less),
            Comparison::Greater => ("bound-inclusion", Comparison::GreaterEqual),
            Comparison::GreaterEqual => ("bound-inclusion", Comparison::Greater),
        };
        let description = format!("`{}` changed to `{}`", comparison.sign(), other.sign());
        self.edit(kind, description, [(sign.clone(), other.sign().to_owned())]);
    }

    /// A number that something is compared with, one up and one down.
    fn bound(&mut self, number: &Expr, compared: &Expr) {
        let ExprKind::Number(bound) = number.kind else { return };
        let is_release =
            matches!(&compared.kind, ExprKind::Member(_, name) if name.text == "release");
        let kind = if is_release { "release-changed" } else { "bound-off-by-one" };
        let is_revision =
            matches!(&compared.kind, ExprKind::Member(_, name) if name.text == "revision");
        for other in [bound.checked_sub(1), bound.checked_add(1)].into_iter().flatten() {
            if other >= i64::from(is_release) || bound < 0 {
                let description = format!("{bound} changed to {other}");
                self.edit(kind, description, [(number.span.clone(), other.to_string())]);
            }
        }
        let revision = u16::try_from(bound).ok().filter(|_| is_revision);
        // Every family counts revisions alike: the first one stands for all.
        for family in self.rule.known.core.families.iter().take(1) {
            for other in revision.into_iter().flat_map(|r| revisions_next_to(family, r)) {
                let description = format!("{bound} changed to {other}");
                let change = (number.span.clone(), other.to_string());
                self.edit("level-changed", description, [change]);
            }
        }
    }

    /// A version: one revision up and one down, one build up and one down, and where it is that of
    /// an untouched file, those of the levels next to it.
    fn version(&mut self, literal: &Literal) {
        let Ok(version) = literal.value.parse::<FileVersion>() else { return };
        let revision = version.revision;
        for other in [revision.checked_sub(1), revision.checked_add(1)].into_iter().flatten() {
            let other = version.with_revision(other);
            let description = format!("{version} changed to {other}");
            let change = (literal.inside.clone(), other.to_string());
            self.edit("bound-off-by-one", description, [change]);
        }
        let build = version.build;
        for build in [build.checked_sub(1), build.checked_add(1)].into_iter().flatten() {
            let other = FileVersion { build, ..version };
            let change = (literal.inside.clone(), other.to_string());
            self.edit("build-off-by-one", format!("{version} changed to {other}"), [change]);
        }
        let family = self.rule.known.core.family(version);
        for other in family.into_iter().flat_map(|family| revisions_next_to(family, revision)) {
            let other = version.with_revision(other);
            let change = (literal.inside.clone(), other.to_string());
            self.edit("level-changed", format!("{version} changed to {other}"), [change]);
        }
    }

    /// An update, changed to the known one whose number is nearest.
    fn update(&mut self, literal: &Literal) {
        let number = |id: &str| id.get(2..).and_then(|digits| digits.parse::<u64>().ok());
        let Some(own) = number(&literal.value) else { return };
        let known = self.rule.known.core.updates.iter().map(|update| update.id.as_str());
        let others = known.filter(|id| !id.eq_ignore_ascii_case(&literal.value));
        let nearest = others.min_by_key(|id| (number(id).map(|other| other.abs_diff(own)), *id));
        let Some(other) = nearest else { return };
        let description = format!("{} changed to {other}", literal.value);
        let change = (literal.inside.clone(), other.to_owned());
        self.edit("update-changed", description, [change]);
    }

    /// A path, changed to the file of the same folder whose name is nearest.
    fn path(&mut self, literal: &Literal) {
        let Ok(path) = literal.value.parse::<WindowsPath>() else { return };
        let known = self.rule.known.core.files.iter().map(|file| &file.path);
        let own: BTreeSet<&WindowsPath> = match self.rule.reads() {
            Reads::Fields(_) => self.rule.reads().files(),
            _ => BTreeSet::new(),
        };
        let others = known.chain(own).filter(|p| p.folder() == path.folder() && **p != path);
        let distance =
            |other: &WindowsPath| strsim::osa_distance(path.file_name(), other.file_name());
        let Some(other) = others.min_by_key(|other| (distance(other), (*other).clone())) else {
            return;
        };
        let description = format!("{} changed to {}", path.file_name(), other.file_name());
        let change = (literal.inside.clone(), other.to_string());
        self.edit("path-changed", description, [change]);
    }

    /// A level, changed to those next to it; a branch, changed to the other one.
    fn plain_text(&mut self, literal: &Literal) {
        let text = literal.value.as_str();
        let levels: Vec<Level> = self.rule.known.core.levels().collect();
        if let Some(place) = levels.iter().position(|level| level.as_str() == text) {
            let level = levels[place];
            for other in next_to(&levels, place) {
                let change = (literal.inside.clone(), other.to_string());
                self.edit("level-changed", format!("{level} changed to {other}"), [change]);
            }
        }
        let raw = self.when.text().get(literal.inside.clone()).unwrap_or_default();
        for (one, other) in [("gdr", "qfe"), ("qfe", "gdr")] {
            let Some(at) = raw.to_ascii_lowercase().find(one) else { continue };
            let start = literal.inside.start + at;
            let is_upper = raw.get(at..).is_some_and(|r| r.starts_with(char::is_uppercase));
            let written = if is_upper { other.to_uppercase() } else { other.to_owned() };
            let change = (start..start + one.len(), written);
            self.edit("branch-confused", format!("{one} changed to {other}"), [change]);
        }
    }
}

/// The revisions of untouched files at the levels next to the one whose files have this revision;
/// none where no level's files have it.
fn revisions_next_to(family: &Family, revision: u16) -> Vec<u16> {
    let baselines: Vec<u16> = family.baselines.values().copied().collect();
    let place = baselines.iter().position(|baseline| *baseline == revision);
    place.into_iter().flat_map(|place| next_to(&baselines, place)).collect()
}

/// What stands next to a place: before it, then behind it.
fn next_to<T: Copy>(all: &[T], place: usize) -> impl Iterator<Item = T> {
    let places = [place.checked_sub(1), place.checked_add(1)];
    places.into_iter().flatten().filter_map(|place| all.get(place).copied())
}
