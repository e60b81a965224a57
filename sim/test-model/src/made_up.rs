//! Catalogs with made-up updates: the built-in one, and a table for each update more.

use patchstate_catalog::{Catalog, built_in_files, read_catalog};
use patchstate_servicing::{Action, ActionNames, Model, Scope, Switches};
use patchstate_source::SourceFile;
use patchstate_terms::Architecture;
use std::sync::Arc;

/// Where the levels of a made-up update stand in its table, with the first revision for each.
/// Higher than every revision of the built-in catalog for the level, lower than the next level.
pub const LEVELS: [(&str, u16); 2] = [("sp1", 3500), ("sp2", 6000)];

/// The ids of so many made-up updates.
pub fn ids(count: u16) -> Vec<String> {
    (1..=count).map(|number| format!("KB99000{number:02}")).collect()
}

/// The built-in catalog with so many updates more, each with one release that brings these files to
/// hosts at some levels.
pub fn catalog(files: &[&str], levels: &[(&str, u16)], count: u16) -> Arc<Catalog> {
    let built_in = built_in_files().iter().map(|(name, text)| SourceFile::new(name, text));
    let mut sources: Vec<SourceFile> = built_in.collect();
    let mut text = String::from("[defaults]\nconfidence = \"assumed\"\nassumption = \"A2\"\n");
    for (number, id) in (0_u16..).zip(ids(count)) {
        let row = |file: &str, (level, revision): (&str, u16)| {
            let revision = revision + 10 * number;
            // Every other one has a QFE copy of its own revision.
            let qfe = match number % 2 {
                0 => String::new(),
                _ => format!(", qfe_revision = {}", revision + 3),
            };
            format!("{{ level = \"{level}\", file = \"{file}\", revision = {revision}{qfe} }}")
        };
        let rows = levels.iter().flat_map(|level| files.iter().map(|file| row(file, *level)));
        let rows: Vec<String> = rows.collect();
        text.push_str(&format!(
            "[[update]]\nid = \"{id}\"\ntitle = \"Made up\"\nregistered_under = 3\n\
             source = \"ms10-040\"\n[[update.release]]\nnumber = 1\ndate = \"2018-01-{:02}\"\n\
             build_date = \"1801{:02}-0000\"\nfiles = [{}]\n",
            number + 1,
            number + 1,
            rows.join(", ")
        ));
    }
    sources.push(SourceFile::new("updates-made-up.toml", &text));
    let (catalog, mistakes) = read_catalog("made up", &sources);
    let mistakes: Vec<String> = mistakes.into_iter().map(|m| m.message).collect();
    Arc::new(catalog.unwrap_or_else(|| panic!("mistakes:\n{}", mistakes.join("\n"))))
}

/// The model of some components and updates, with all its steps.
pub fn scope(
    catalog: &Arc<Catalog>,
    architecture: Architecture,
    (components, updates): (Vec<String>, Vec<String>),
) -> Option<(Model, Vec<Action>)> {
    let scope = Scope {
        components: components.iter().filter_map(|name| catalog.component_named(name)).collect(),
        updates: updates.iter().filter_map(|name| catalog.update_named(name)).collect(),
        share_slots: true,
    };
    let model = Model::with_scope(Arc::clone(catalog), architecture, Switches::default(), scope);
    let model = model.ok()?;
    let names = ActionNames { components, updates, branches: false };
    let steps = model.search_steps(&names).ok()?;
    Some((model, steps.into_iter().map(|(_, action)| action).collect()))
}

/// The names of all components and updates of a catalog.
pub fn everything(catalog: &Catalog) -> (Vec<String>, Vec<String>) {
    let components = catalog.components.iter().map(|component| component.id.clone());
    let updates = catalog.updates.iter().map(|update| update.id.clone());
    (components.collect(), updates.collect())
}
