//! From the TOML of claim files to claims, with every mistake at its line.

use super::{
    Claim, Conclusion, Condition, Property, PropertyKind, StepPattern, UncheckedClaim, codes,
    entry::{Problem, named},
};
use patchstate_catalog::Catalog;
use patchstate_servicing::{Action, ActionNames, Model, Switches};
use patchstate_source::{
    Brackets, Diagnostic, FromValue, Likeness, LineColumn, MistakeCode, Problem as TableProblem,
    ProblemKind, Row, Section, Severity, SourceFile, nearest, recover, row,
};
use patchstate_terms::{Architecture, Step};
use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    ops::Range,
    sync::{Arc, LazyLock},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        &[$((
            concat!("corpus/claims/", $name),
            include_str!(concat!("../../../../corpus/claims/", $name)),
        )),*]
    };
}

/// The claim files that are built in, sorted by name.
const BUILT_IN: &[(&str, &str)] =
    built_in!["article.toml", "orders.toml", "servicing.toml", "updates.toml"];

/// The files of the built-in claims.
#[must_use]
pub fn built_in_claim_files() -> Vec<SourceFile> {
    BUILT_IN.iter().map(|(name, text)| SourceFile::new(name, text)).collect()
}

/// The product that the built-in claims are about.
static PRODUCT: LazyLock<String> = LazyLock::new(|| Catalog::built_in().product.words.name);

/// The built-in claims that this catalog has the words for: of a catalog with fewer components or
/// updates, those about the others are left out. With the built-in catalog, none is; with that of
/// another product, all are.
#[must_use]
pub fn built_in_claims(catalog: &Catalog) -> Vec<Claim> {
    read_built_in_claims(catalog).0
}

/// The same, and the claims that are left out with what this catalog lacks; those of another
/// product are not talked about.
#[must_use]
pub fn read_built_in_claims(catalog: &Catalog) -> (Vec<Claim>, Vec<UncheckedClaim>) {
    let is_theirs = catalog.product.words.name == *PRODUCT;
    let files = if is_theirs { built_in_claim_files() } else { Vec::new() };
    let mut reader = Reader::new(catalog);
    for file in &files {
        reader.file(file);
    }
    (reader.claims, reader.unread)
}

/// Reads claim files that stand beside the built-in ones, whose ids are taken.
#[must_use]
pub fn read_own_claims(files: &[SourceFile], catalog: &Catalog) -> (Vec<Claim>, Vec<Diagnostic>) {
    let (built_in, unread) = read_built_in_claims(catalog);
    let mut reader = Reader::new(catalog);
    reader.ids.extend(built_in.into_iter().map(|claim| (claim.id, None)));
    reader.ids.extend(unread.into_iter().map(|claim| (claim.id, None)));
    for file in files {
        reader.file(file);
    }
    (reader.claims, reader.diagnostics)
}

/// The sections of a claim file.
const SECTIONS: [Section; 1] =
    [Section { name: "claim", brackets: Brackets::Double, fields: RawClaim::FIELDS }];

/// How much a table looks like a file of claims.
#[must_use]
pub fn claim_likeness(table: &DeTable<'_>) -> Likeness {
    Likeness::of_all_sections(table, &SECTIONS)
}

/// Reads claim files: every claim without a mistake, and all mistakes.
#[must_use]
pub fn read_claims(files: &[SourceFile], catalog: &Catalog) -> (Vec<Claim>, Vec<Diagnostic>) {
    let mut reader = Reader::new(catalog);
    for file in files {
        reader.file(file);
    }
    (reader.claims, reader.diagnostics)
}

/// The ids of the claims of a file, and where each stands; none of a file that cannot be read.
#[must_use]
pub fn declared_claims(file: &SourceFile) -> Vec<(String, Range<usize>)> {
    let Ok(table) = DeTable::parse(&file.text) else { return Vec::new() };
    let Some(DeValue::Array(claims)) = table.get_ref().get("claim").map(Spanned::get_ref) else {
        return Vec::new();
    };
    let declared = |claim: &Spanned<DeValue<'_>>| {
        let DeValue::Table(claim) = claim.get_ref() else { return None };
        let id = claim.get("id")?;
        Some((id.get_ref().as_str()?.to_owned(), id.span()))
    };
    claims.iter().filter_map(declared).collect()
}

row! {
    /// A claim as it is written.
    struct RawClaim {
        id: Spanned<String>,
        text: Spanned<String>,
        source: Spanned<String>,
        reading: Spanned<String>,
        note: Option<String>,
        recorded: Spanned<String>,
        rests_on: Vec<Spanned<String>> = Vec::new(),
        assume: Vec<Spanned<String>> = Vec::new(),
        scope: RawScope,
        property: Spanned<RawProperty>,
    }
}

row! {
    /// The hosts that a claim is about.
    struct RawScope {
        components: Vec<Spanned<String>>,
        updates: Vec<Spanned<String>> = Vec::new(),
        architectures: Vec<Spanned<String>> = Vec::new(),
    }
}

row! {
    /// What a claim says of them.
    struct RawProperty {
        kind: Spanned<String>,
        when: Vec<Spanned<String>> = Vec::new(),
        step: Vec<Spanned<String>> = Vec::new(),
        then: Vec<Spanned<String>> = Vec::new(),
        without: Vec<Spanned<String>> = Vec::new(),
    }
}

/// The tables of a claim file.
#[must_use]
pub fn claim_forms() -> Vec<Section> {
    let form = |name, brackets, fields| Section { name, brackets, fields };
    vec![
        form("claim", Brackets::Double, RawClaim::FIELDS),
        form("claim.scope", Brackets::Single, RawScope::FIELDS),
        form("claim.property", Brackets::Single, RawProperty::FIELDS),
    ]
}

struct Reader<'a> {
    catalog: &'a Catalog,
    models: Vec<Model>,
    source: Option<&'a SourceFile>,
    /// Ids with their place; none where the claim is built in.
    ids: BTreeMap<String, Option<(&'a SourceFile, usize)>>,
    claims: Vec<Claim>,
    /// Claims with a mistake that is not one of form.
    unread: Vec<UncheckedClaim>,
    diagnostics: Vec<Diagnostic>,
    /// Places in the file of values that could not be read.
    placeholders: BTreeSet<(usize, usize)>,
}

impl<'a> Reader<'a> {
    fn new(catalog: &'a Catalog) -> Self {
        let shared = Arc::new(catalog.clone());
        let model = |facts: &patchstate_catalog::ArchitectureFacts| {
            Model::new(Arc::clone(&shared), facts.architecture, Switches::default()).ok()
        };
        Self {
            catalog,
            models: catalog.architectures.iter().filter_map(model).collect(),
            source: None,
            ids: BTreeMap::new(),
            claims: Vec::new(),
            unread: Vec::new(),
            diagnostics: Vec::new(),
            placeholders: BTreeSet::new(),
        }
    }

    fn file(&mut self, file: &'a SourceFile) {
        self.source = Some(file);
        self.placeholders.clear();
        let recovered = recover(&file.text);
        for error in recovered.errors {
            self.report(codes::SYNTAX, error.message, error.span, None);
        }
        let is_whole = recovered.blanked.is_empty();
        let (table, _) = DeTable::parse_recoverable(&recovered.text);
        for (key, value) in table.into_inner() {
            let name = key.get_ref().as_ref();
            if name != "claim" {
                let problem = Problem::unknown("section", name, ["claim"].into_iter());
                self.problem(problem, key.span());
            }
            // A misspelt one is read as what was meant.
            if name != "claim" && nearest(name, ["claim"]).is_none() {
                continue;
            }
            let span = value.span();
            let DeValue::Array(entries) = value.into_inner() else {
                let help = Some("write `[[claim]]`, once for each".to_owned());
                let message = "the section has the wrong shape".to_owned();
                self.report(codes::SECTION, message, span, help);
                continue;
            };
            for entry in entries {
                self.entry(entry, is_whole);
            }
        }
    }

    fn entry(&mut self, entry: Spanned<DeValue<'_>>, is_whole: bool) {
        let (mut problems, before) = (Vec::new(), self.diagnostics.len());
        let raw = RawClaim::from_value(entry, "a claim", &mut problems);
        let has_form = problems.is_empty();
        for problem in problems {
            self.wrong_field(problem, is_whole);
        }
        let claim = self.claim(&raw);
        let mistakes = self.diagnostics.get(before..).unwrap_or_default();
        if let Some(claim) = claim.filter(|_| mistakes.is_empty()) {
            return self.claims.push(claim);
        }
        if has_form {
            let mistakes: Vec<&str> = mistakes.iter().map(|m| m.message.as_str()).collect();
            let reason = format!("in this catalog, {}", mistakes.join("; "));
            let (id, text) = (raw.id.into_inner(), raw.text.into_inner());
            self.unread.push(UncheckedClaim::left_out(id, text, reason));
        }
    }

    fn claim(&mut self, raw: &RawClaim) -> Option<Claim> {
        self.id(&raw.id);
        for text in [&raw.id, &raw.text, &raw.source, &raw.reading] {
            if text.get_ref().trim().is_empty() {
                self.problem(Problem::malformed("the text is empty"), text.span());
            }
        }
        let recorded = self.word("conclusion", &raw.recorded, &Conclusion::ALL, Conclusion::as_str);
        let architectures = self.architectures(&raw.scope.architectures);
        for id in &raw.rests_on {
            self.assumption(id);
        }
        for setting in &raw.assume {
            if let Err(error) = Switches::from_settings(self.catalog, [setting.get_ref().as_str()])
            {
                self.report(codes::ASSUMPTION, error.to_string(), setting.span(), None);
            }
        }
        let names = self.names(&raw.scope)?;
        let property = self.property(&raw.property, &names, &architectures)?;
        let own = |texts: &[Spanned<String>]| texts.iter().map(|t| t.get_ref().clone()).collect();
        Some(Claim {
            id: raw.id.get_ref().clone(),
            text: raw.text.get_ref().clone(),
            source: raw.source.get_ref().clone(),
            reading: raw.reading.get_ref().clone(),
            note: raw.note.clone(),
            recorded: recorded?,
            rests_on: own(&raw.rests_on),
            assume: own(&raw.assume),
            names,
            architectures,
            is_part: false,
            property,
        })
    }

    /// Takes an id, which no claim before may have.
    fn id(&mut self, id: &Spanned<String>) {
        let here = self.source.map(|source| (source, id.span().start));
        match self.ids.entry(id.get_ref().clone()) {
            Entry::Vacant(vacant) => {
                vacant.insert(here);
            }
            Entry::Occupied(first) => {
                let help = match first.get() {
                    None => "one that is built in has this id".to_owned(),
                    Some((source, start)) => {
                        let LineColumn { line, column } = source.place(*start);
                        format!("the first one is at {}:{line}:{column}", source.name)
                    }
                };
                let message = format!("there are two claims `{}`", id.get_ref());
                self.report(codes::DUPLICATE, message, id.span(), Some(help));
            }
        }
    }

    /// The architectures that were named, or all of the catalog.
    fn architectures(&mut self, named: &[Spanned<String>]) -> Vec<Architecture> {
        let known: Vec<Architecture> =
            self.catalog.architectures.iter().map(|facts| facts.architecture).collect();
        if named.is_empty() {
            return known;
        }
        let word = |name| self.word("architecture", name, &known, Architecture::as_str);
        named.iter().filter_map(word).collect()
    }

    fn assumption(&mut self, id: &Spanned<String>) {
        let assumptions = &self.catalog.assumptions;
        match assumptions.iter().find(|assumption| assumption.id == *id.get_ref()) {
            Some(assumption) if assumption.values.is_empty() => {
                let message = format!("assumption {} has no switch", assumption.id);
                self.report(codes::ASSUMPTION, message, id.span(), None);
            }
            Some(_) => {}
            None => {
                let ids = assumptions.iter().map(|assumption| assumption.id.as_str());
                let problem = Problem::unknown("assumption", id.get_ref(), ids);
                self.problem(problem, id.span());
            }
        }
    }

    /// The names of a scope, each tried on the model.
    fn names(&mut self, scope: &RawScope) -> Option<ActionNames> {
        let before = self.diagnostics.len();
        let mut names = ActionNames::default();
        for name in &scope.components {
            let one = ActionNames { components: vec![name.get_ref().clone()], ..names_none() };
            self.try_names(&one, name.span());
            names.components.push(name.get_ref().clone());
        }
        for name in &scope.updates {
            let one = ActionNames { updates: vec![name.get_ref().clone()], ..names_none() };
            self.try_names(&one, name.span());
            names.updates.push(name.get_ref().clone());
        }
        (self.diagnostics.len() == before).then_some(names)
    }

    fn try_names(&mut self, names: &ActionNames, span: Range<usize>) {
        let tried = self.models.first().map(|model| model.search_steps(names));
        if let Some(Err(problem)) = tried {
            self.report(codes::UNKNOWN_NAME, problem.to_string(), span, None);
        }
    }

    fn property(
        &mut self,
        raw: &Spanned<RawProperty>,
        names: &ActionNames,
        architectures: &[Architecture],
    ) -> Option<Property> {
        let (span, raw) = (raw.span(), raw.get_ref());
        let kinds = PropertyKind::ALL;
        let kind = self.word("kind of property", &raw.kind, &kinds, PropertyKind::as_str)?;
        if kind.has_step() == raw.step.is_empty() {
            let message = if kind.has_step() {
                format!("a property `{}` needs `step`", kind.as_str())
            } else {
                format!("a property `{}` takes no `step`", kind.as_str())
            };
            self.report(codes::PROPERTY, message, span.clone(), None);
        }
        if raw.then.is_empty() && !matches!(kind, PropertyKind::Exists) {
            let message = format!("a property `{}` needs `then`", kind.as_str());
            self.report(codes::PROPERTY, message, span, None);
        }
        let steps = self.steps(names, architectures);
        let property = Property {
            kind,
            when: self.conditions(&raw.when, false),
            step: self.patterns(&raw.step, &steps),
            then: self.conditions(&raw.then, kind.has_step()),
            without: self.patterns(&raw.without, &steps),
        };
        Some(property)
    }

    fn conditions(&mut self, texts: &[Spanned<String>], may_look_back: bool) -> Vec<Condition> {
        let mut conditions = Vec::with_capacity(texts.len());
        for text in texts {
            match Condition::parse(self.catalog, text.get_ref()) {
                Ok(condition) if condition.looks_back() && !may_look_back => {
                    let message = "`same` compares with the host before a step: there is none";
                    self.problem(Problem::malformed(message), text.span());
                }
                Ok(condition) => conditions.push(condition),
                Err(problem) => self.problem(problem, text.span()),
            }
        }
        conditions
    }

    /// Every step of a scope.
    fn steps(&self, names: &ActionNames, architectures: &[Architecture]) -> Vec<(Step, Action)> {
        let models = self.models.iter().filter(|m| architectures.contains(&m.architecture()));
        let steps = models.filter_map(|model| model.search_steps(names).ok());
        steps.flatten().collect()
    }

    fn patterns(
        &mut self,
        texts: &[Spanned<String>],
        steps: &[(Step, Action)],
    ) -> Vec<StepPattern> {
        let mut patterns = Vec::with_capacity(texts.len());
        for text in texts {
            match StepPattern::parse(self.catalog, text.get_ref()) {
                Ok(pattern) if pattern.looks_back() => {
                    let message = "`same` compares with the host before a step: there is none";
                    self.problem(Problem::malformed(message), text.span());
                }
                Ok(pattern) => {
                    if !steps.iter().any(|(step, action)| pattern.fits(step, *action, None)) {
                        let message =
                            format!("no step of the claim's scope fits `{}`", text.get_ref());
                        self.problem(Problem::malformed(&message), text.span());
                    }
                    patterns.push(pattern);
                }
                Err(problem) => self.problem(problem, text.span()),
            }
        }
        patterns
    }

    fn word<T: Copy>(
        &mut self,
        what: &str,
        word: &Spanned<String>,
        all: &[T],
        as_str: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        match named(what, word.get_ref(), all, as_str) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problem(problem, word.span());
                None
            }
        }
    }

    fn wrong_field(&mut self, problem: TableProblem, is_whole: bool) {
        let TableProblem { kind, span, message, help } = problem;
        match kind {
            ProblemKind::UnknownField => self.report(codes::UNKNOWN_NAME, message, span, help),
            // It may have stood in a line that is no TOML.
            ProblemKind::MissingField if !is_whole => {
                self.placeholders.insert((span.start, span.end));
            }
            ProblemKind::MissingField | ProblemKind::WrongType => {
                self.report(codes::FIELD, message, span.clone(), help);
                self.placeholders.insert((span.start, span.end));
            }
        }
    }

    fn problem(&mut self, problem: Problem, span: Range<usize>) {
        self.report(problem.code, problem.message, span, problem.help);
    }

    fn report(
        &mut self,
        code: MistakeCode,
        message: String,
        span: Range<usize>,
        help: Option<String>,
    ) {
        let Some(source) = self.source.cloned() else { return };
        // Nothing more is said about what could not be read.
        if code != codes::FIELD && self.placeholders.contains(&(span.start, span.end)) {
            return;
        }
        let label = "here".to_owned();
        let severity = Severity::Error;
        let code = code.name;
        self.diagnostics.push(Diagnostic { severity, code, message, source, span, label, help });
    }
}

fn names_none() -> ActionNames {
    ActionNames::default()
}
