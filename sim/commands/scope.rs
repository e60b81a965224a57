//! The hosts that the flags of a command name.

use super::model::switches;
use crate::{
    args::{Extent, FewHosts, Options, Scope},
    failure::Failure,
};
use patchstate_catalog::{Catalog, ComponentId, Release, Update};
use patchstate_explore::Bounds;
use patchstate_servicing::{ActionNames, Switches};
use patchstate_study::{RuleScope, check_names};
use patchstate_terms::Architecture;
use std::{collections::BTreeSet, sync::Arc};

/// The word for a list that names nothing.
const NONE: &str = "none";

impl Scope {
    /// Whether nothing was named, so that the whole catalog is meant.
    pub(super) fn is_whole(&self) -> bool {
        self.components.is_none() && self.updates.is_none()
    }
}

/// The hosts that were asked for.
pub(super) fn rule_scope(
    options: &Options,
    catalog: &Arc<Catalog>,
    command: &Scope,
) -> Result<RuleScope, Failure> {
    for (flag, list) in [("--components", &command.components), ("--updates", &command.updates)] {
        let is_empty = |list: &Vec<String>| written(list).next().is_none();
        if list.as_ref().is_some_and(is_empty) {
            let problem = "nothing is named; for none at all, name `none`";
            return Err(Failure::Usage(format!("{flag}: {problem}")));
        }
    }
    let (architectures, names) = (architectures(catalog, command), scope(catalog, command));
    let checked = architectures.first().map_or(Ok(()), |architecture| {
        check_names(catalog, *architecture, Switches::default(), &names)
    });
    let checked = checked.map_err(Failure::from);
    let (switches, ()) = Failure::both(switches(options, catalog), checked)?;
    Ok(RuleScope {
        architectures,
        switches,
        names,
        sliced: if command.is_whole() { !command.no_slices } else { command.slices },
        bounds: Bounds {
            state_count_max: command.extent.max_states,
            depth_max: command.extent.max_depth,
        },
    })
}

/// The hosts that were asked for where each is shown by itself; by default few, with the updates
/// that can show most.
pub(super) fn few_hosts(catalog: &Catalog, command: &FewHosts, extent: Extent) -> Scope {
    let mut scope = Scope {
        arch: command.arch.clone(),
        components: command.components.clone(),
        updates: command.updates.clone(),
        slices: false,
        no_slices: true,
        extent,
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
        let files = update.releases.iter().flat_map(Release::all_files);
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

/// The architectures that were named, each once, or all that the catalog covers.
fn architectures(catalog: &Catalog, command: &Scope) -> Vec<Architecture> {
    if command.arch.is_empty() {
        return catalog.architectures.iter().map(|facts| facts.architecture).collect();
    }
    let mut named: Vec<Architecture> = command.arch.iter().map(|arch| (*arch).into()).collect();
    named.sort_unstable();
    named.dedup();
    named
}

/// What the steps may name: as asked for, or the whole catalog.
fn scope(catalog: &Catalog, command: &Scope) -> ActionNames {
    let lower = |list: &Vec<String>| names(list).map(str::to_lowercase).collect();
    let upper = |list: &Vec<String>| names(list).map(str::to_uppercase).collect();
    let components = command.components.as_ref().map(lower);
    let updates: Option<Vec<String>> = command.updates.as_ref().map(upper);
    let (components, updates) = match (components, updates) {
        (Some(components), updates) => (components, updates.unwrap_or_default()),
        (None, Some(updates)) => (owners(catalog, &updates), updates),
        (None, None) => (
            catalog.components.iter().map(|component| component.id.clone()).collect(),
            catalog.updates.iter().map(|update| update.id.clone()).collect(),
        ),
    };
    ActionNames { components, updates, branches: command.extent.branches }
}

/// The components that own files of some updates, and what they need.
fn owners(catalog: &Catalog, updates: &[String]) -> Vec<String> {
    let mut wanted = BTreeSet::new();
    for update in updates.iter().filter_map(|id| catalog.update_named(id)) {
        let files = catalog.update(update).releases.iter().flat_map(Release::all_files);
        wanted.extend(files.filter_map(|package| catalog.file(package.file).component));
    }
    let mut waiting: Vec<ComponentId> = wanted.iter().copied().collect();
    while let Some(component) = waiting.pop() {
        let needs = catalog.component(component).needs.iter().copied();
        waiting.extend(needs.filter(|need| wanted.insert(*need)));
    }
    wanted.into_iter().map(|component| catalog.component(component).id.clone()).collect()
}

/// What a list names: `none` by itself is nothing.
fn names(list: &[String]) -> impl Iterator<Item = &str> {
    let is_none = written(list).all(|name| name.eq_ignore_ascii_case(NONE));
    written(list).filter(move |_| !is_none)
}

fn written(list: &[String]) -> impl Iterator<Item = &str> {
    list.iter().map(|name| name.trim()).filter(|name| !name.is_empty())
}
