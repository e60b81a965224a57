//! Rules that a user names: files, folders of files, OVAL definitions, command lines.

mod oval;

use super::{
    kind::{self, Kind, LeftAlone},
    model::known_names,
    read,
};
use crate::{args::Options, failure::Failure, output};
use patchstate_rules::{
    ExternalBounds, ExternalRule, KnownNames, Rule, declared_id, duplicate_id, read_rules_with,
    read_yara_rule,
};
use patchstate_source::{Diagnostic, Severity, SourceFile, nearest};
use patchstate_study::{CORE_RULE, Facts, built_in_rules};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

/// Rules, and what was said about the files that they were read from.
#[derive(Debug, Default)]
pub(super) struct ReadRules {
    /// The rules, in the order in which they were named.
    pub(super) rules: Vec<Box<dyn Rule>>,
    /// The files that were read.
    pub(super) files: Vec<String>,
    /// What rules can name without a warning.
    known: KnownNames,
    /// Rule files that were read and not yet understood.
    rule_files: Vec<SourceFile>,
    /// Parts of an OVAL document that were read and not yet put together.
    fragments: Vec<SourceFile>,
    fragment_bytes: usize,
    /// What was read, so that nothing is read twice: rules by their place, and of files that can
    /// hold several the id.
    seen: BTreeSet<(PathBuf, String)>,
    /// The ids of all of them, also of those that have mistakes.
    ids: Vec<Declared>,
    /// Mistakes and warnings.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Files in folders that were named, of other programs.
    left_alone: Vec<LeftAlone>,
    /// Whether rules are to run: then definitions that nobody asked for may be incomplete.
    is_for_a_run: bool,
}

/// An id of a rule, and where it stands.
#[derive(Debug)]
struct Declared {
    id: String,
    source: SourceFile,
    span: Range<usize>,
    /// Those of rule files are compared among themselves where they are read.
    is_of_rule_file: bool,
}

/// The rules that the words of a user name; `core` is always there and no file.
pub(super) fn load(
    options: &Options,
    facts: &Facts,
    words: &[String],
) -> Result<Vec<Box<dyn Rule>>, Failure> {
    load_with(options, facts, words, (&[], None))
}

/// The same with those that are command lines, and the files that these look at, if it is said.
pub(super) fn load_with(
    options: &Options,
    facts: &Facts,
    words: &[String],
    (commands, reads): (&[String], Option<&str>),
) -> Result<Vec<Box<dyn Rule>>, Failure> {
    let known = known_names(facts);
    let mut found = ReadRules { known, is_for_a_run: true, ..ReadRules::default() };
    let names = words.iter().filter(|word| *word != CORE_RULE);
    let mut failures: Vec<Failure> = names.filter_map(|word| found.add(word).err()).collect();
    let (files, said) = match reads {
        Some(list) => ExternalRule::files_of_list(list, &found.known),
        None => (None, Vec::new()),
    };
    found.diagnostics.extend(said);
    for (number, line) in (1..).zip(commands) {
        let id =
            if commands.len() == 1 { "command".to_owned() } else { format!("command-{number}") };
        match ExternalRule::from_command_line(&id, line, ExternalBounds::default()) {
            Ok(rule) => {
                let rule = match &files {
                    Some(files) => rule.that_reads(files.clone()),
                    None => rule,
                };
                found.push(Box::new(rule), None);
            }
            Err(mistakes) => found.diagnostics.extend(mistakes),
        }
    }
    kind::tell(options, &found.left_alone);
    found.finish();
    let (mistakes, warnings): (Vec<_>, Vec<_>) = found.diagnostics.into_iter().partition(is_error);
    output::diagnostics(options, &warnings);
    if !mistakes.is_empty() {
        failures.push(Failure::Mistakes(mistakes));
    }
    Failure::all(failures)?;
    // Better now than after a long run.
    output::check_file(options)?;
    Ok(found.rules)
}

/// The rules of some files, for `check` and scenarios, and why some of these cannot be read.
pub(super) fn read_files<'a>(
    files: impl IntoIterator<Item = &'a (PathBuf, Kind)>,
    known: KnownNames,
) -> (ReadRules, Vec<Failure>) {
    let mut found = ReadRules { known, ..ReadRules::default() };
    let failures =
        files.into_iter().filter_map(|(file, kind)| found.add_file(file, *kind, None).err());
    let failures = failures.collect();
    found.add_fragments(Path::new(""));
    found.finish();
    (found, failures)
}

/// What a word may name.
pub(super) const EXPECTED: &str = "expected a name of `patchstate list rules`, a file named \
     `*.rule.toml`, `*.external.toml`, `*.yara.toml` or `*.xml` (with `#ID` for one OVAL \
     definition, also behind a folder), or a folder with such files";

fn is_error(found: &Diagnostic) -> bool {
    found.severity == Severity::Error
}

/// What a path to a rule that is not there probably means: a rule beside it, else anything.
pub(super) fn nearest_rule(path: &Path) -> Option<String> {
    let is_rule = |path: &Path| Kind::by_name(path).is_some_and(|kind| Kind::RULES.contains(&kind));
    read::nearest_path(path, is_rule).or_else(|| read::nearest_path(path, |_| true))
}

impl ReadRules {
    /// The ids that the files give, also of rules with mistakes.
    pub(super) fn declared(&self) -> impl Iterator<Item = String> {
        self.ids.iter().map(|declared| declared.id.clone())
    }

    /// Adds what one word names.
    fn add(&mut self, word: &str) -> Result<(), Failure> {
        let (path, definition) = match word.rsplit_once('#') {
            Some((path, id)) if read::is_missing(Path::new(word)) => (path, Some(id)),
            _ => (word, None),
        };
        let path = Path::new(path);
        if read::is_missing(path) {
            if let Some(rule) = built_in_rules().into_iter().find(|rule| rule.id() == word) {
                if self.seen.insert((PathBuf::new(), word.to_owned())) {
                    let written = declared_id(rule.source()).map(|(_, span)| span);
                    self.push(rule, written);
                }
                return Ok(());
            }
            let rules = built_in_rules();
            let ids = rules.iter().map(|rule| rule.id()).chain([CORE_RULE]);
            let near = nearest(word, ids).map(str::to_owned).or_else(|| nearest_rule(path));
            let hint = near.map(|name| format!("; did you mean `{name}`?"));
            let hint = hint.unwrap_or_else(|| format!(": {EXPECTED}"));
            return Err(Failure::Usage(format!("there is no rule `{word}`{hint}")));
        }
        let (found, failures) = kind::find(&[path.to_owned()], &Kind::RULES, EXPECTED);
        Failure::all(failures)?;
        if found.files.is_empty() {
            return Err(Failure::path(path, format!("there is no rule in it: {EXPECTED}")));
        }
        self.left_alone.extend(found.left_alone);
        if let (Some(id), true) = (definition, path.is_dir()) {
            return self.add_definition(path, &found.files, id);
        }
        for (file, kind) in &found.files {
            self.add_file(file, *kind, definition)?;
        }
        self.add_fragments(path);
        Ok(())
    }

    /// Adds what a file holds, however often and in whatever spelling it is named.
    fn add_file(
        &mut self,
        path: &Path,
        kind: Kind,
        definition: Option<&str>,
    ) -> Result<(), Failure> {
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if kind != Kind::Oval && !self.seen.insert((place.clone(), String::new())) {
            return Ok(());
        }
        if kind == Kind::Oval {
            return self.add_oval(path, &place, definition);
        }
        let source = read::text(path)?;
        self.files.push(source.name.to_string());
        let folder = path.parent().unwrap_or(Path::new(""));
        match kind {
            Kind::RuleFile => {
                self.declare(&source, true);
                self.rule_files.push(source);
            }
            Kind::External => {
                self.declare(&source, false);
                let (rule, said) = ExternalRule::read_with(&source, folder, &self.known);
                self.rules.extend(rule.map(|rule| Box::new(rule) as Box<dyn Rule>));
                self.diagnostics.extend(said);
            }
            Kind::Yara => {
                self.declare(&source, false);
                let (rule, said) = read_yara_rule(&source, folder);
                self.rules.extend(rule);
                self.diagnostics.extend(said);
            }
            Kind::Oval
            | Kind::Scenarios
            | Kind::Claims
            | Kind::Baseline
            | Kind::Catalog
            | Kind::Advisories => {
                return Err(Failure::path(path, format!("it is no rule: {EXPECTED}")));
            }
        }
        Ok(())
    }

    /// Adds a rule, with the place where its id is written; else the first condition stands for
    /// it.
    fn push(&mut self, rule: Box<dyn Rule>, written: Option<Range<usize>>) {
        let source = rule.source().clone();
        let clause = rule.clauses().first().map(|clause| clause.span.clone());
        let span = written.or(clause).unwrap_or_default();
        self.ids.push(Declared { id: rule.id().to_owned(), source, span, is_of_rule_file: false });
        self.rules.push(rule);
    }

    /// Notes the id that a file written as TOML gives its rule.
    fn declare(&mut self, source: &SourceFile, is_of_rule_file: bool) {
        if let Some((id, span)) = declared_id(source) {
            self.ids.push(Declared { id, source: source.clone(), span, is_of_rule_file });
        }
    }

    /// Reads the rule files that were named, all at once, and compares the ids of all rules.
    fn finish(&mut self) {
        let (rules, said) = read_rules_with(&std::mem::take(&mut self.rule_files), &self.known);
        self.rules.extend(rules.into_iter().map(|rule| Box::new(rule) as Box<dyn Rule>));
        self.diagnostics.extend(said);
        let mut seen: BTreeMap<&str, &Declared> = BTreeMap::new();
        for here in &self.ids {
            let Some(first) = seen.get(here.id.as_str()) else {
                seen.insert(&here.id, here);
                continue;
            };
            if !(here.is_of_rule_file && first.is_of_rule_file) {
                let at = (&first.source, first.span.start);
                let span = here.span.clone();
                self.diagnostics.push(duplicate_id(&here.id, &here.source, span, at));
            }
        }
    }
}
