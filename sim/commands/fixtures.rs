//! `patchstate fixtures`.

use super::{
    model::facts_for_core,
    programs::{self, folder_for},
    rules,
    scope::rule_scope,
};
use crate::{
    args::{Fixtures, Format, Options, Scope},
    failure::{Code, Failure},
    output,
    progress::ProgressLine,
};
use patchstate_catalog::{Catalog, Update};
use patchstate_image::BuiltTree;
use patchstate_report::{
    json,
    text::{self, last_line},
};
use patchstate_study::Evaluator;
use std::collections::BTreeSet;
use tempfile::TempDir;

/// The file that tells what each tree is.
const FILE: &str = "fixtures.json";

pub(super) fn run(options: &Options, command: &Fixtures) -> Result<Code, Failure> {
    let facts = facts_for_core(options)?;
    let catalog = &facts.catalog;
    let (rules, scope) = Failure::both(
        rules::load(options, &facts, &command.rules),
        rule_scope(options, catalog, &scope(catalog, command)),
    )?;
    // What would be in the way at the end is told before anything is searched.
    BuiltTree::check_output_folder(&command.out)?;
    programs::try_out(&facts, &scope, &rules)?;
    let line = ProgressLine::new(options);
    // It goes with this value, whatever happens.
    let folder = folder_for(&rules)?;
    let evaluator = Evaluator::new(&rules, folder.as_ref().map(TempDir::path))?;
    let found = patchstate_study::fixtures(&facts, &scope, &evaluator, &|p| line.show(p));
    line.finish();
    let found = found?;
    let object = json::FixturesObject::new(&found, &rules);
    let code = match (found.fixtures.is_empty(), found.complete) {
        (true, _) => Code::NothingRan,
        (false, false) => Code::Inconclusive,
        (false, true) => Code::Clean,
    };
    let place = command.out.display().to_string();
    let (view, last) =
        (output::view(options), last_line::fixtures(&place, &object, code.outcome()));
    let told = json::write(&object)?;
    let trees = found.fixtures.iter().zip(&object.fixtures);
    let trees: Vec<(String, &BuiltTree)> =
        trees.map(|(fixture, told)| (told.folder.clone(), &fixture.tree)).collect();
    if !trees.is_empty() {
        BuiltTree::write_all(&trees, &command.out, "WINDOWS", (FILE, &told))?;
    }
    let result = match command.format.chosen() {
        Format::Json => told,
        Format::Text => last.below(&text::fixtures(&object, view), view),
    };
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(code)
}

/// The hosts that were asked for; by default few, with the updates that can show most.
fn scope(catalog: &Catalog, command: &Fixtures) -> Scope {
    let mut scope = Scope {
        arch: command.arch.clone(),
        components: command.components.clone(),
        updates: command.updates.clone(),
        slices: false,
        no_slices: true,
        extent: command.extent,
    };
    if scope.is_whole() {
        (scope.components, scope.updates) = usual_names(catalog);
    }
    scope
}

/// The groups of the catalog, and of the updates that bring files of theirs those that came out
/// more than once; where there is none of either, everything.
fn usual_names(catalog: &Catalog) -> (Option<Vec<String>>, Option<Vec<String>>) {
    let members: BTreeSet<_> = catalog.groups.iter().flat_map(|group| &group.members).collect();
    let is_of_group = |update: &&Update| {
        let files = update.releases.iter().flat_map(|release| release.files.iter().flatten());
        let mut owners = files.filter_map(|package| catalog.file(package.file).component);
        update.releases.len() > 1 && owners.any(|owner| members.contains(&owner))
    };
    let updates = catalog.updates.iter().filter(is_of_group).map(|update| update.id.clone());
    let groups = catalog.groups.iter().map(|group| group.id.clone());
    let (groups, updates): (Vec<String>, Vec<String>) = (groups.collect(), updates.collect());
    if groups.is_empty() || updates.is_empty() {
        return (None, None);
    }
    (Some(groups), Some(updates))
}
