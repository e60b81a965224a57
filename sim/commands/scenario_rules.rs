//! The rules that scenario files name: of `--rule`, in the folder of the file, or by their path.

use super::{known_names, rules};
use crate::{args::Options, failure::Failure};
use patchstate_catalog::Catalog;
use patchstate_harness::{CORE_RULE, ScenarioFile};
use patchstate_rules::{KnownNames, Rule};
use patchstate_terms::Diagnostic;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::{Path, PathBuf},
};

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
}

impl ScenarioRules {
    /// The rules that the words of `--rule` name.
    pub(super) fn new(
        options: &Options,
        catalog: &Catalog,
        words: &[String],
    ) -> Result<Self, Failure> {
        let rules = rules::load(options, catalog, words)?;
        Ok(Self { given: 0..rules.len(), rules, ..Self::checked_against(known_names(catalog)) })
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
        let folder = Path::new(file.source.name.as_ref()).parent().unwrap_or(Path::new(""));
        let mut places = BTreeMap::new();
        for name in names {
            if let Some(place) = self.place(name, folder)? {
                places.insert(name.clone(), place);
            }
        }
        Ok(places)
    }

    fn place(&mut self, name: &str, folder: &Path) -> Result<Option<usize>, Failure> {
        if let Some(place) = self.named(name, self.given.clone()) {
            return Ok(Some(place));
        }
        if name.contains('/') || rules::is_rule(Path::new(name)) {
            let path = folder.join(name);
            if !path.is_file() {
                return Ok(None);
            }
            let range = self.read(path)?;
            return Ok((range.len() == 1).then_some(range.start));
        }
        let here = if folder == Path::new("") { Path::new(".") } else { folder };
        let range = self.read(here.to_owned())?;
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
        let files = if path.is_dir() { rules_in(&path)? } else { vec![path.clone()] };
        let start = self.rules.len();
        for file in files {
            let found = rules::read_below(&file, self.known.clone())?;
            self.rules.extend(found.rules);
            self.diagnostics.extend(found.diagnostics);
        }
        let range = start..self.rules.len();
        self.read.insert(path, range.clone());
        Ok(range)
    }
}

/// The rule files that stand in a folder, not in folders below it and not behind links, as
/// everywhere below a folder that is named. Of documents in XML few hold rules (a report of `test`
/// is one that does not), so these are named by their path.
fn rules_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| Failure::path(folder, error))? {
        let entry = entry.map_err(|error| Failure::path(folder, error))?;
        let path = entry.path();
        let is_toml = path.extension().is_some_and(|extension| extension == "toml");
        if is_toml && rules::is_rule(&path) && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
