//! From the names that steps may use to a model of the part of a catalog that they can touch.

use crate::{StudyError, WrongName};
use patchstate_catalog::Catalog;
use patchstate_servicing::{Action, ActionNames, Model, Scope, Switches};
use patchstate_terms::Architecture;
use std::sync::Arc;

/// Looks whether all names are in the catalog, before anything is searched.
///
/// # Errors
/// With every name that is not.
pub fn check_names(
    catalog: &Arc<Catalog>,
    architecture: Architecture,
    switches: Switches,
    names: &ActionNames,
) -> Result<(), StudyError> {
    scope(catalog, architecture, switches, names).map(|_| ())
}

/// A model of what the named steps can touch.
///
/// # Errors
/// With every name that is not in the catalog.
pub(crate) fn model(
    catalog: &Arc<Catalog>,
    architecture: Architecture,
    switches: Switches,
    names: &ActionNames,
) -> Result<Model, StudyError> {
    let scope = scope(catalog, architecture, switches, names)?;
    Ok(Model::with_scope(Arc::clone(catalog), architecture, switches, scope)?)
}

/// The part of the catalog that the named steps can touch. Every name that is wrong is reported.
fn scope(
    catalog: &Arc<Catalog>,
    architecture: Architecture,
    switches: Switches,
    names: &ActionNames,
) -> Result<Scope, StudyError> {
    let whole = Model::new(Arc::clone(catalog), architecture, switches)?;
    let component = |name: &String| ActionNames {
        components: vec![name.clone()],
        updates: Vec::new(),
        branches: names.branches,
    };
    let update = |name: &String| ActionNames {
        components: Vec::new(),
        updates: vec![name.clone()],
        branches: names.branches,
    };
    let components = names.components.iter().map(|name| ("--components", component(name)));
    let updates = names.updates.iter().map(|name| ("--updates", update(name)));
    let (mut steps, mut wrong) = (Vec::new(), Vec::new());
    for (option, name) in components.chain(updates) {
        match whole.search_steps(&name) {
            Ok(found) => steps.extend(found),
            Err(problem) => wrong.push(WrongName { option, problem }),
        }
    }
    if !wrong.is_empty() {
        return Err(StudyError::Names(wrong));
    }
    let mut scope = Scope { components: Vec::new(), updates: Vec::new(), share_slots: true };
    for (_, action) in &steps {
        match action {
            Action::AddComponents { members, .. } => {
                let chosen = catalog.component_ids().filter(|c| members >> c.0 & 1 == 1);
                scope.components.extend(chosen);
            }
            Action::InstallUpdate { update, .. } => scope.updates.push(*update),
            // What is removed, another step has brought.
            Action::RemoveComponents { .. }
            | Action::RemoveUpdate(_)
            | Action::ApplyServicePack(_)
            | Action::RemoveServicePack(_)
            | Action::CheckSystemFiles
            | Action::Restart
            | Action::CleanCache => {}
        }
    }
    Ok(scope)
}
