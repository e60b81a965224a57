//! `patchstate explore`.

use super::{
    host::words,
    model::facts_for_core,
    programs::{self, folder_for},
    rules,
    scope::{few_hosts, rule_scope},
    was_read,
};
use crate::{
    args::{Explore, Extent, Format, Options},
    failure::{Code, Failure},
    output,
    progress::ProgressLine,
};
use patchstate_report::{
    explorer_page, json,
    text::{self, last_line},
};
use patchstate_study::{Evaluator, atlas, order_of_scope};
use std::path::Path;
use tempfile::TempDir;

pub(super) fn run(options: &Options, command: &Explore) -> Result<Code, Failure> {
    let is_text = command.format.chosen() == Format::Text;
    if is_text && command.html.is_none() {
        let problem = "name the file for the page with `--html FILE`, or ask for its data with \
                       `--json`";
        return Err(Failure::Usage(problem.to_owned()));
    }
    let facts = facts_for_core(options)?;
    let extent = Extent { branches: command.branches, max_states: None, max_depth: None };
    let named = few_hosts(&facts.catalog, &command.hosts, extent);
    let (rules, scope) = Failure::both(
        rules::load(options, &facts, &command.rules),
        rule_scope(options, &facts.catalog, &named),
    )?;
    let order = words(&command.steps);
    let start =
        if order.is_empty() { Vec::new() } else { order_of_scope(&facts.catalog, &scope, &order)? };
    if let Some(path) = command.html.as_deref().filter(|path| was_read(path)) {
        let problem = "it was read, and `--html` would replace it: name another file";
        return Err(Failure::path(path, problem));
    }
    programs::try_out(&facts, &scope, &rules)?;
    let line = ProgressLine::new(options);
    // It goes with this value, whatever happens.
    let folder = folder_for(&rules)?;
    let evaluator = Evaluator::new(&rules, folder.as_ref().map(TempDir::path))?;
    let found = atlas(&facts, &scope, &evaluator, &|progress| line.show(progress));
    line.finish();
    let object = json::ExploreObject::new(&found?, &start);
    let is_empty = object.arches.iter().all(|arch| arch.hosts.from.is_empty());
    let code = if is_empty { Code::NothingRan } else { Code::Clean };
    let page = command.html.as_deref().map(|path| write(path, &object)).transpose()?;
    let told = page.as_ref().map(|(name, bytes)| (name.as_str(), *bytes));
    let (view, last) = (output::view(options), last_line::explore(&object, told, code.outcome()));
    let result = if is_text {
        last.below(&text::explore(&object, view), view)
    } else {
        json::write(&object)?
    };
    output::result(options, &result)?;
    output::last_line(options, &last);
    if let Some(path) = command.html.as_deref().filter(|_| command.open) {
        open::that(path).map_err(|error| {
            Failure::path(path, format!("it is written, and does not open: {error}"))
        })?;
    }
    Ok(code)
}

/// Writes the page; gives the name of its file, and how many bytes it has.
fn write(path: &Path, object: &json::ExploreObject) -> Result<(String, usize), Failure> {
    let page = explorer_page(object)?;
    output::write_file(path, &page)?;
    Ok((path.display().to_string(), page.len()))
}
