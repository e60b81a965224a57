//! The rules that scenario files name: of `--rule`, in the folder of the file, or by their path.

use super::{
    kind::{self, Kind},
    model::known_names,
    rules,
};
use crate::{args::Options, failure::Failure};
use patchstate_rules::{KnownNames, Rule};
use patchstate_source::Diagnostic;
use patchstate_study::{CORE_RULE, Facts, ScenarioFile};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::{Path, PathBuf},
};

/// The kinds of rules that are looked for in the folder of a scenario file. A document of OVAL may
/// hold very many, so it is named by its path.
const IN_FOLDER: [Kind; 3] = [Kind::RuleFile, Kind::External, Kind::Yara];

/// All of them, each read once.
#[derive(Debug, Default)]
pub(super) struct ScenarioRules {
    /// The rules.
    pub(super) rules: Vec<Box<dyn Rule>>,
    /// What was said about their files.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The names that they are checked against.
    known: KnownNames,
    /// The places of those of `--rule`.
    given: Range<usize>,
    /// The places of those of each file and folder.
    read: BTreeMap<PathBuf, Range<usize>>,
    /// The ids of each file and folder, also of rules with mistakes, which are told by themselves.
    ids: BTreeMap<PathBuf, BTreeSet<String>>,
}

impl ScenarioRules {
    /// The rules that the words of `--rule` name.
    pub(super) fn new(options: &Options, facts: &Facts, words: &[String]) -> Result<Self, Failure> {
        let rules = rules::load(options, facts, words)?;
        Ok(Self { given: 0..rules.len(), rules, ..Self::checked_against(known_names(facts)) })
    }

    /// None yet.
    pub(super) fn checked_against(known: KnownNames) -> Self {
        Self { known, ..Self::default() }
    }

    /// The places of the rules that a file's scenarios name, as far as they are there.
    pub(super) fn places(
        &mut self,
        file: &ScenarioFile,
    ) -> Result<BTreeMap<String, usize>, Failure> {
        let names = file.scenarios.iter().flat_map(|scenario| scenario.expectation.rules.keys());
        let names: BTreeSet<&String> = names.filter(|name| *name != CORE_RULE).collect();
        let folder = folder_of(file);
        let mut places = BTreeMap::new();
        for name in names {
            if let Some(place) = self.place(name, folder)? {
                places.insert(name.clone(), place);
            }
        }
        Ok(places)
    }

    /// The names that the scenarios of a file may use: those that it uses and that are there, and
    /// the ids of `--rule` and of the folder of the file.
    pub(super) fn names(
        &self,
        file: &ScenarioFile,
        places: &BTreeMap<String, usize>,
    ) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = places.keys().cloned().collect();
        let given = self.rules.get(self.given.clone()).unwrap_or_default();
        names.extend(given.iter().map(|rule| rule.id().to_owned()));
        let folder = folder_of(file);
        names.extend(self.ids.get(folder_or_here(folder)).into_iter().flatten().cloned());
        let used = file.scenarios.iter().flat_map(|scenario| scenario.expectation.rules.keys());
        for name in used.filter(|name| is_path(name)) {
            let path = folder.join(name);
            if self.ids.get(&path).is_some_and(|ids| !ids.is_empty()) && !places.contains_key(name)
            {
                // Its mistakes are told.
                names.insert(name.clone());
            } else if let Some(near) = rules::nearest_rule(&path) {
                // What a path that is misspelt probably means.
                let near = Path::new(&near);
                let near = near.strip_prefix(folder).unwrap_or(near);
                names.insert(near.display().to_string());
            }
        }
        names
    }

    fn place(&mut self, name: &str, folder: &Path) -> Result<Option<usize>, Failure> {
        if let Some(place) = self.named(name, self.given.clone()) {
            return Ok(Some(place));
        }
        if is_path(name) {
            let path = folder.join(name);
            if !path.is_file() {
                return Ok(None);
            }
            let range = self.read(path)?;
            return Ok((range.len() == 1).then_some(range.start));
        }
        let range = self.read(folder_or_here(folder).to_owned())?;
        Ok(self.named(name, range))
    }

    fn named(&self, name: &str, mut range: Range<usize>) -> Option<usize> {
        range.find(|place| self.rules.get(*place).is_some_and(|rule| rule.id() == name))
    }

    /// Reads the rules of a file, or those that stand in a folder itself.
    fn read(&mut self, path: PathBuf) -> Result<Range<usize>, Failure> {
        if let Some(range) = self.read.get(&path) {
            return Ok(range.clone());
        }
        let found = if path.is_dir() {
            kind::find_in(&path, &IN_FOLDER)?
        } else {
            let (found, failures) =
                kind::find(std::slice::from_ref(&path), &Kind::RULES, rules::EXPECTED);
            Failure::all(failures)?;
            found
        };
        let start = self.rules.len();
        // Each file has a list of its own: two rules with one id are a mistake only where both run.
        for file in &found.files {
            let (found, failures) = rules::read_files([file], self.known.clone());
            Failure::all(failures)?;
            self.ids.entry(path.clone()).or_default().extend(found.declared());
            self.rules.extend(found.rules);
            self.diagnostics.extend(found.diagnostics);
        }
        let range = start..self.rules.len();
        self.read.insert(path, range.clone());
        Ok(range)
    }
}

/// Whether a name is the path of a file rather than the id of a rule.
fn is_path(name: &str) -> bool {
    let path = Path::new(name);
    let is_xml = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("xml"));
    name.contains('/') || is_xml || Kind::by_name(path).is_some()
}

fn folder_of(file: &ScenarioFile) -> &Path {
    Path::new(file.source.name.as_ref()).parent().unwrap_or(Path::new(""))
}

fn folder_or_here(folder: &Path) -> &Path {
    if folder == Path::new("") { Path::new(".") } else { folder }
}
