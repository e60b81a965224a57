//! `patchstate fixtures`.

use super::{
    model::facts_for_core,
    programs::{self, folder_for},
    rules,
    scope::{few_hosts, rule_scope},
};
use crate::{
    args::{Fixtures, Format, Options},
    failure::{Code, Failure},
    output,
    progress::ProgressLine,
};
use patchstate_image::BuiltTree;
use patchstate_report::{
    json,
    text::{self, last_line},
};
use patchstate_study::Evaluator;
use tempfile::TempDir;

/// The file that tells what each tree is.
const FILE: &str = "fixtures.json";

pub(super) fn run(options: &Options, command: &Fixtures) -> Result<Code, Failure> {
    let facts = facts_for_core(options)?;
    let catalog = &facts.catalog;
    let (rules, scope) = Failure::both(
        rules::load(options, &facts, &command.rules),
        rule_scope(options, catalog, &few_hosts(catalog, &command.hosts, command.extent)),
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
        let top = &facts.catalog.product.folder;
        BuiltTree::write_all(&trees, &command.out, top, (FILE, &told))?;
    }
    let result = match command.format.chosen() {
        Format::Json => told,
        Format::Text => last.below(&text::fixtures(&object, view), view),
    };
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(code)
}
