//! `patchstate mutate` and `patchstate diff`: questions about rules.

use super::{model::facts, programs::folder_for, read, scope::rule_scope};
use crate::{
    args::{Diff, Format, Mutate, Options},
    failure::{Code, Failure},
    output,
    progress::ProgressLine,
};
use patchstate_report::{
    json, scenario_file,
    text::{self, last_line},
};
use patchstate_rules::Rule;
use patchstate_study::{Count, Facts, MutantOutcome};
use std::path::Path;
use tempfile::TempDir;

pub(super) fn run(options: &Options, command: &Mutate) -> Result<Code, Failure> {
    let facts = facts(options)?;
    let catalog = &facts.catalog;
    let rule = one_rule(options, &facts, &command.rule)?;
    let Some(rule) = rule.as_file_rule() else {
        let problem = "only rule files (`*.rule.toml`) have mutants";
        return Err(Failure::path(&command.rule, problem));
    };
    check_new(command.write.as_deref())?;
    let scope = rule_scope(options, catalog, &command.scope)?;
    let line = ProgressLine::new(options);
    let mutation = patchstate_study::mutate(&facts, &scope, rule, &|p| line.show(p));
    line.finish();
    let mutation = mutation?;
    let code = match () {
        () if mutation.mutants.is_empty() || mutation.hosts == Count::ZERO => Code::NothingRan,
        () if mutation.count(|outcome| *outcome == MutantOutcome::Undecided) > 0 => {
            Code::Inconclusive
        }
        () => Code::Clean,
    };
    let (view, last) = (output::view(options), last_line::mutate(&mutation, code.outcome()));
    let result = match command.format.chosen() {
        Format::Json => json::write(&json::MutateObject::new(&mutation))?,
        Format::Text => last.below(&text::mutate(&mutation, view), view),
    };
    if let Some(path) = &command.write {
        let name = name_from(path, &mutation.source.name, &mutation.rule);
        output::write_file(path, &scenario_file(&mutation, &name))?;
    }
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(code)
}

/// `--write` never changes a file that is there.
pub(super) fn check_new(file: Option<&Path>) -> Result<(), Failure> {
    match file.filter(|path| !read::is_missing(path)) {
        Some(path) => Err(Failure::path(path, "it is there already, and --write wants a new file")),
        None => Ok(()),
    }
}

/// What the scenarios of a file call a rule: its id where both stand in one folder, else its path
/// from the file's folder, as far as names tell.
pub(super) fn name_from(file: &Path, source: &str, id: &str) -> String {
    let rule = Path::new(source);
    let folder = |path: &Path| path.parent().map(Path::to_owned).unwrap_or_default();
    if folder(file) == folder(rule) {
        return id.to_owned();
    }
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (from, to) = (absolute(&folder(file)), absolute(rule));
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| "..".to_owned());
    let down = to.components().skip(common);
    let down = down.map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    // A name without a slash would be taken for an id.
    if parts.len() == 1 { format!("./{}", parts.join("/")) } else { parts.join("/") }
}

pub(super) fn diff(options: &Options, command: &Diff) -> Result<Code, Failure> {
    let facts = facts(options)?;
    let catalog = &facts.catalog;
    let rule = |word| one_rule(options, &facts, word);
    let (rules, scope) = Failure::both(
        Failure::both(rule(&command.old), rule(&command.new)),
        rule_scope(options, catalog, &command.scope),
    )?;
    let rules = [rules.0, rules.1];
    super::programs::try_out(&facts, &scope, &rules)?;
    let line = ProgressLine::new(options);
    // It goes with this value, whatever happens.
    let folder = folder_for(&rules)?;
    let folder = folder.as_ref().map(TempDir::path);
    let found = patchstate_study::diff(&facts, &scope, &rules, folder, &|p| line.show(p));
    line.finish();
    let found = found?;
    let code = match () {
        () if found.hosts == Count::ZERO => Code::NothingRan,
        () if !found.changes.is_empty() => Code::Findings,
        () if !found.complete => Code::Inconclusive,
        () => Code::Clean,
    };
    let (view, last) = (output::view(options), last_line::diff(&found, code.outcome()));
    let result = match command.format.chosen() {
        Format::Json => json::write(&json::DiffObject::new(&found))?,
        Format::Text => last.below(&text::diff(&found, view), view),
    };
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(code)
}

/// The one rule that a word names.
fn one_rule(options: &Options, facts: &Facts, word: &str) -> Result<Box<dyn Rule>, Failure> {
    let mut rules = super::rules::load(options, facts, &[word.to_owned()])?;
    match (rules.pop(), rules.len()) {
        (Some(rule), 0) => Ok(rule),
        (None, _) => Err(Failure::Usage(format!("`{word}` is no rule of a file"))),
        (Some(_), more) => {
            let problem = format!("it holds {} rules: name one of them", more + 1);
            Err(Failure::path(word, problem))
        }
    }
}
