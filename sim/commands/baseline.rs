//! Where it is kept what rules are accepted to get wrong: a file for each rule in one folder.

use super::read;
use crate::{args::Options, failure::Failure, output};
use patchstate_report::text::{neutral, neutral_name};
use patchstate_servicing::{ActionNames, Switches};
use patchstate_study::{Baseline, RuleResult, Verification, read_baseline};
use patchstate_terms::Architecture;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

/// The baselines of some rules.
#[derive(Debug)]
pub(super) struct Baselines {
    folder: PathBuf,
    /// Whether the run is of the whole catalog.
    is_whole: bool,
    of_rules: BTreeMap<String, (PathBuf, Baseline)>,
}

impl Baselines {
    /// Reads the baselines of rules, before anything else is done: a mistake in one is worth no
    /// waiting. A rule without a file has no baseline.
    pub(super) fn read(folder: &Path, rules: &[&str], is_whole: bool) -> Result<Self, Failure> {
        if folder.exists() && !folder.is_dir() {
            let problem = "a folder is expected behind `--baseline`; name rules before it";
            return Err(Failure::path(folder, problem));
        }
        one_file_each(folder, rules)?;
        let (mut of_rules, mut mistakes) = (BTreeMap::new(), Vec::new());
        for rule in rules {
            let path = folder.join(Baseline::file_name(rule));
            if read::is_missing(&path) {
                continue;
            }
            let (baseline, found) = read_baseline(&read::text(&path)?);
            mistakes.extend(found);
            let Some(baseline) = baseline else { continue };
            if baseline.rule != *rule {
                let problem = format!("it is the baseline of `{}`, not of `{rule}`", baseline.rule);
                return Err(Failure::path(path, problem));
            }
            of_rules.insert((*rule).to_owned(), (path, baseline));
        }
        if !mistakes.is_empty() {
            return Err(Failure::Mistakes(mistakes));
        }
        Ok(Self { folder: folder.to_owned(), is_whole, of_rules })
    }

    /// Tells of baselines in the folder that are of no rule of this run: of one that is gone or has
    /// another id they accept nothing any more.
    pub(super) fn tell_of_others(&self, options: &Options, rules: &[&str]) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let own: BTreeSet<String> = rules.iter().map(|rule| Baseline::file_name(rule)).collect();
        let mut others: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| !own.contains(name))
            .filter(|name| Path::new(name).extension().is_some_and(|end| end == "toml"))
            .filter(|name| {
                let text = read::text(&self.folder.join(name));
                text.is_ok_and(|text| read_baseline(&text).0.is_some())
            })
            .collect();
        others.sort();
        if !others.is_empty() && !options.quiet {
            let line = format!(
                "note: {} also has baselines of rules that are not verified here: {}\n",
                self.folder.display(),
                others.join(", ")
            );
            output::note(options, &neutral(&line));
        }
    }

    /// Compares each rule with its baseline.
    pub(super) fn compare(&self, verification: &mut Verification) -> Result<(), Failure> {
        let (scope, searched) = (scope(verification, self.is_whole), architectures(verification));
        let complete = verification.complete;
        for result in &mut verification.rules {
            let Some((path, baseline)) = self.of_rules.get(&result.rule) else { continue };
            of_scope(path, baseline, &scope)?;
            result.baseline = Some(baseline.compare(result, &searched, complete));
        }
        Ok(())
    }

    /// Writes anew what each rule gets wrong, each file as a whole or not at all. What was accepted
    /// of architectures that this run did not search stays.
    pub(super) fn update(
        &self,
        options: &Options,
        verification: &mut Verification,
    ) -> Result<(), Failure> {
        if !verification.complete {
            let problem = "a bound stopped the search, so that nobody knows what to accept";
            return Err(Failure::Usage(format!("--update-baseline: {problem}")));
        }
        let (scope, searched) = (scope(verification, self.is_whole), architectures(verification));
        for result in &mut verification.rules {
            let mut fresh = Baseline::of(result, &scope);
            if let Some((path, old)) = self.of_rules.get(&result.rule) {
                of_scope(path, old, &scope)?;
                let kept = old.accepted.iter().filter(|(wrong, _)| !searched.contains(&wrong.0));
                fresh.accepted.extend(kept.map(|(wrong, found)| (wrong.clone(), found.clone())));
                fresh.unproved.extend(old.unproved.iter().filter(|of| !searched.contains(of)));
            }
            self.write(options, result, &fresh)?;
            result.baseline = Some(fresh.compare(result, &searched, true));
        }
        Ok(())
    }

    fn write(&self, options: &Options, of: &RuleResult, fresh: &Baseline) -> Result<(), Failure> {
        let path = self.folder.join(Baseline::file_name(&of.rule));
        let text = fresh.to_text();
        let cannot = |path: &Path, error: io::Error| {
            Failure::path(path, format!("it cannot be written: {error}"))
        };
        let old = fs::read_to_string(&path).ok();
        let done = if fresh.accepted.is_empty() && fresh.unproved.is_empty() {
            if old.is_none() {
                return Ok(());
            }
            fs::remove_file(&path).map_err(|error| cannot(&path, error))?;
            "there is nothing to accept any more: removed"
        } else if old.as_deref() == Some(&text) {
            "is up to date"
        } else {
            fs::create_dir_all(&self.folder).map_err(|error| cannot(&self.folder, error))?;
            output::write_file(&path, &text)?;
            "written"
        };
        if !options.quiet {
            let path = path.display().to_string();
            let line = format!("baseline {}: {done}\n", neutral_name(&path));
            output::note(options, &line);
        }
        Ok(())
    }
}

/// What is accepted in one scope says nothing about another, and is not replaced by what is
/// accepted there.
fn of_scope(path: &Path, baseline: &Baseline, scope: &str) -> Result<(), Failure> {
    if baseline.scope == scope {
        return Ok(());
    }
    let problem = format!(
        "it is a baseline of {}; this run is of {scope}: name another folder",
        baseline.scope
    );
    Err(Failure::path(path, problem))
}

/// Names of files have fewer characters than ids, and some systems do not tell capitals from small
/// letters: the baseline of one rule must not be written over that of another.
fn one_file_each(folder: &Path, rules: &[&str]) -> Result<(), Failure> {
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    for rule in rules {
        let name = Baseline::file_name(rule);
        match known.insert(name.to_lowercase(), rule) {
            Some(other) if other != *rule => {
                let problem = format!(
                    "the baselines of `{other}` and `{rule}` would be one file: rename one"
                );
                return Err(Failure::path(folder.join(name), problem));
            }
            _ => {}
        }
    }
    Ok(())
}

fn architectures(verification: &Verification) -> Vec<Architecture> {
    verification.architectures.iter().map(|result| result.architecture).collect()
}

/// What a run is about: what steps could name, where that is not the whole catalog, and the
/// assumptions that are not as they are by default.
fn scope(verification: &Verification, is_whole: bool) -> String {
    let ActionNames { components, updates, branches } = &verification.names;
    let names = [components.as_slice(), updates].concat().join(" ");
    let mut words = vec![if is_whole { "the whole catalog".to_owned() } else { names }];
    words.extend(branches.then(|| "forced branches".to_owned()));
    let default = Switches::default().words();
    let changed = verification.assumptions.iter().filter(|setting| !default.contains(setting));
    words.extend(changed.map(|(id, value)| format!("{id}={value}")));
    words.join(", ")
}
