//! How much of a scope has to be searched, for rules that read some of a host.
//!
//! A slice that has everything that can change what a rule reads gives every combination of it:
//! leaving out the other steps of an install order changes nothing that the rule sees. Where no
//! slice has all of it, the slices that have some are searched together as well.

use super::extent::{Extent, RuleScope, SurveyRequest};
use crate::{Facts, Slicing, StudyError, slices::all_needs};
use patchstate_catalog::{
    Catalog, ComponentId, FileId, RegistryContent, RegistryFact, RegistryScope, Release, UpdateId,
};
use patchstate_explore::Bounds;
use patchstate_rules::{Field, Reads, Rule, RuleParts};
use patchstate_servicing::{ActionNames, Host, InPlace, Model, Part, Store};
use patchstate_space::{Count, Space};
use patchstate_terms::{Architecture, WindowsPath, is_same_name};
use std::collections::{BTreeMap, BTreeSet};

/// Most hosts of slices that are searched together because a rule reads files of several. What
/// rules differ in shows near the base operating system, or not at all.
const JOINED_STATE_COUNT_MAX: usize = 300_000;

/// Most combinations of files that a rule is asked about whose inside cannot be seen.
const COMBINATION_COUNT_MAX: usize = 20_000;

/// What to search.
pub(crate) struct SearchPlan {
    /// What the steps may name, and where to stop.
    pub(crate) searches: Vec<(ActionNames, Bounds)>,
    /// Whether the searches, once complete, give every combination of what the rules read.
    pub(crate) is_sufficient: bool,
}

/// What can change what rules read.
#[derive(Debug, Default)]
struct Needs {
    files: BTreeSet<FileId>,
    updates: BTreeSet<UpdateId>,
    components: BTreeSet<ComponentId>,
    /// Whether what waits for a restart shows in what is read.
    waiting: bool,
}

/// The searches that answer a question about some rules.
pub(crate) fn scopes_of(
    request: &SurveyRequest<'_>,
    architecture: Architecture,
) -> Result<SearchPlan, StudyError> {
    let RuleScope { names, sliced, bounds, .. } = request.scope;
    if !sliced {
        let searches = vec![(names.clone(), *bounds)];
        return Ok(SearchPlan { searches, is_sufficient: true });
    }
    let slices = Slices::new(request.facts, architecture, request.scope)?;
    let needs = slices.needs(request.evaluator.rules());
    let covering = needs.as_ref().and_then(|needs| slices.covering(needs));
    let all = || slices.slicing.slices.iter().map(|slice| (slice.clone(), *bounds));
    let joined = || {
        let limit = bounds.state_count_max.unwrap_or(JOINED_STATE_COUNT_MAX);
        let bounds = Bounds { state_count_max: Some(limit), ..*bounds };
        needs.as_ref().map(|needs| (slices.joined(needs), bounds))
    };
    Ok(match (request.extent, covering) {
        (Extent::WhatIsRead, Some(slice)) => {
            let names = slices.slicing.slices.get(slice).cloned().unwrap_or_default();
            SearchPlan { searches: vec![(names, *bounds)], is_sufficient: true }
        }
        (Extent::Joined, _) => {
            let joined = joined();
            let is_sufficient = joined.is_some();
            let searches = joined.into_iter().collect();
            SearchPlan { searches, is_sufficient }
        }
        (Extent::Slices | Extent::WhatIsRead, covering) => {
            SearchPlan { searches: all().collect(), is_sufficient: covering.is_some() }
        }
    })
}

/// What decides the findings about some files of a slice.
pub(crate) struct View {
    /// The parts of a host, as files and registry show them.
    pub(crate) parts: BTreeSet<Part>,
    pub(crate) files: BTreeSet<FileId>,
}

/// The slices of a scope, and what some rules see of them.
pub(crate) struct Slices<'a> {
    facts: &'a Facts,
    names: &'a ActionNames,
    pub(crate) slicing: Slicing,
    /// What decides the files that rules read which are asked about these alone. Each stands for a
    /// group, after the slices.
    files_read: Vec<BTreeSet<Part>>,
    /// Whether files can wait for a restart.
    can_wait: bool,
    /// The group, among these, of all that waits for a restart, where a rule asks for that.
    waiting: Option<usize>,
}

impl<'a> Slices<'a> {
    pub(crate) fn new(
        facts: &'a Facts,
        architecture: Architecture,
        scope: &'a RuleScope,
    ) -> Result<Self, StudyError> {
        let slicing = Slicing::new(&facts.catalog, architecture, scope.switches, &scope.names)?;
        let can_wait = scope.switches.in_place == InPlace::AtRestart;
        Ok(Self {
            facts,
            names: &scope.names,
            slicing,
            files_read: Vec::new(),
            can_wait,
            waiting: None,
        })
    }

    /// The parts by which a rule can be asked about every host; else why it cannot be.
    pub(crate) fn parts_of(
        &mut self,
        rule: &dyn Rule,
        space: &mut Space,
    ) -> Result<RuleParts, String> {
        if let Some(slice) = self.first_that_covers(&[rule]) {
            return Ok(RuleParts::of_verdict(slice));
        }
        let Some(files) = self.files_of(rule.reads(), space.model()) else {
            self.note_what_waits(rule.reads(), space.model());
            return rule.parts(&|field| self.of_field(field));
        };
        let count = space.combinations(|part| files.contains(&part));
        let count = count.map_err(|error| error.to_string())?;
        if count > Count::from(COMBINATION_COUNT_MAX) {
            return Err(format!(
                "the files that it reads occur in {count} combinations, and it is asked about \
                 {COMBINATION_COUNT_MAX} at most"
            ));
        }
        self.files_read.push(files);
        Ok(RuleParts::of_verdict(self.slicing.slices.len() + self.files_read.len() - 1))
    }

    /// Makes a group of all that waits for a restart where a field is about that: files of several
    /// slices can wait, and only those of one update do.
    fn note_what_waits(&mut self, reads: &Reads, whole: &Model) {
        let Reads::Fields(fields) = reads else { return };
        let is_asked = fields.iter().any(|field| self.is_what_waits(field));
        if self.waiting.is_some() || !self.can_wait || !is_asked {
            return;
        }
        let files = whole.slots().filter_map(|files| files.first()).copied();
        let mut parts: BTreeSet<Part> = files.map(Part::WaitingCopy).collect();
        if whole.switches().store == Store::ComponentStore {
            // There a file waits unseen while its component is not installed.
            parts.extend(self.facts.catalog.component_ids().map(Part::Component));
        }
        self.files_read.push(parts);
        self.waiting = Some(self.slicing.slices.len() + self.files_read.len() - 1);
    }

    /// Whether nothing but what waits for a restart decides a field.
    fn is_what_waits(&self, field: &Field) -> bool {
        let mut needs = Needs::default();
        needs.field(self.facts, field);
        let Needs { files, updates, components, waiting } = needs;
        waiting && files.is_empty() && updates.is_empty() && components.is_empty()
    }

    /// A host as a group shows it, given with everything else emptied.
    pub(crate) fn shown_of(&self, group: usize, host: &Host, whole: &Model) -> Host {
        // A file that waits to be replaced is there.
        if self.waiting == Some(group) { whole.with_files_that_wait(host) } else { host.clone() }
    }

    /// What decides the bytes of the files that a rule reads whole; `None` for one that reads
    /// anything else, or a hive: too much shows in that.
    fn files_of(&self, reads: &Reads, whole: &Model) -> Option<BTreeSet<Part>> {
        let (Reads::Files(files) | Reads::FolderOf(files)) = reads else { return None };
        let mut parts = BTreeSet::new();
        for path in files {
            let waiting = self.facts.catalog.waits_at(path);
            let Some(file) = self.facts.catalog.file_at(path).or(waiting) else {
                if is_hive(&self.facts.catalog, path) {
                    return None;
                }
                continue;
            };
            parts.extend(self.facts.catalog.file(file).component.map(Part::Component));
            let slot = whole.slots().find(|files| files.contains(&file));
            let first = slot.and_then(|files| files.first()).copied();
            let part = if waiting.is_some() { Part::WaitingCopy } else { Part::File };
            parts.extend(first.map(part));
        }
        Some(parts)
    }

    /// The first slice that has everything that can change what rules read: they say of every host
    /// what they say of what this slice sees of it.
    pub(crate) fn first_that_covers(&self, rules: &[&dyn Rule]) -> Option<usize> {
        self.covering(&self.needs_of(rules.iter().map(|rule| rule.reads()))?)
    }

    fn needs(&self, rules: &[Box<dyn Rule>]) -> Option<Needs> {
        self.needs_of(rules.iter().map(|rule| rule.reads()))
    }

    /// What can change what is read; `None` where any file may be.
    fn needs_of<'r>(&self, reads: impl Iterator<Item = &'r Reads>) -> Option<Needs> {
        let mut needs = Needs::default();
        for reads in reads {
            needs.add(self.facts, reads)?;
        }
        if needs.waiting && self.can_wait {
            let requires_restart = |update: &UpdateId| {
                self.facts.catalog.update(*update).releases.iter().any(Release::requires_restart)
            };
            needs.updates.extend(self.facts.catalog.update_ids().filter(requires_restart));
        }
        let is_known =
            |id: &UpdateId| self.names.updates.contains(&self.facts.catalog.update(*id).id);
        needs.updates.retain(is_known);
        let all = members(&self.facts.catalog, self.names);
        needs.components.retain(|component| all.contains(component));
        // A file that no slice owns is of a component outside the scope: it is never there.
        let count = self.slicing.slices.len();
        needs.files.retain(|file| (0..count).any(|slice| self.slicing.owns(slice, *file)));
        Some(needs)
    }

    /// The slices that have everything that can change a field.
    pub(crate) fn of_field(&self, field: &Field) -> BTreeSet<usize> {
        if let Some(group) = self.waiting.filter(|_| self.is_what_waits(field)) {
            return BTreeSet::from([group]);
        }
        let reads = Reads::Fields(BTreeSet::from([field.clone()]));
        let needs = self.needs_of(std::iter::once(&reads));
        needs.iter().flat_map(|needs| self.all_covering(needs)).collect()
    }

    /// The parts of a host of the whole that a slice shows: those that its own steps can change,
    /// and that files or registry show. Of a group of files, what decides these.
    pub(crate) fn shown_by(&self, slice: usize, whole: &Model) -> BTreeSet<Part> {
        let slices = &self.slicing.slices;
        let Some(names) = slices.get(slice) else {
            let files = slice.checked_sub(slices.len());
            let files = files.and_then(|place| self.files_read.get(place));
            return files.cloned().unwrap_or_default();
        };
        let updates = names.updates.iter().filter_map(|id| self.facts.catalog.update_named(id));
        let is_owned = |files: &&[FileId]| files.iter().any(|f| self.slicing.owns(slice, *f));
        let files = whole.slots().filter(is_owned).filter_map(|files| files.first());
        let components = members(&self.facts.catalog, names).into_iter();
        [Part::Level, Part::Base, Part::Cache]
            .into_iter()
            .chain(components.map(Part::Component))
            .chain(updates.map(Part::Record))
            .chain(files.copied().flat_map(|file| [Part::File(file), Part::WaitingCopy(file)]))
            .collect()
    }

    /// A slice in views: one for each interaction group of it that has updates, where bridging
    /// updates make one slice of several. What is of no such group stands with each.
    pub(crate) fn views(&self, slice: usize, space: &Space) -> Vec<View> {
        let (whole, groups) = (space.model(), space.groups());
        let group = |file: FileId| {
            let has_updates =
                |group: &usize| whole.updates_of_group(groups, *group).next().is_some();
            whole.group_of(groups, file).filter(has_updates)
        };
        let mut files: BTreeMap<Option<usize>, BTreeSet<FileId>> = BTreeMap::new();
        for file in whole.slots().flatten().filter(|file| self.slicing.owns(slice, **file)) {
            files.entry(group(*file)).or_default().insert(*file);
        }
        let of_none = files.remove(&None).unwrap_or_default();
        if files.is_empty() {
            files.insert(None, BTreeSet::new());
        }
        for files in files.values_mut() {
            files.extend(&of_none);
        }
        let (shown, is_one) = (self.shown_by(slice, whole), files.len() == 1);
        let view = |files: BTreeSet<FileId>| {
            let updates = whole.updates_of(&files.iter().copied().collect::<Vec<_>>());
            let is_shown = |part: &Part| match *part {
                Part::Record(update) => updates.contains(&update),
                part => part.copy_of().is_none_or(|file| files.contains(&file)),
            };
            let parts = shown.iter().copied().filter(|part| is_one || is_shown(part)).collect();
            View { parts, files }
        };
        files.into_values().map(view).collect()
    }

    /// The first slice that has all that is needed.
    fn covering(&self, needs: &Needs) -> Option<usize> {
        self.all_covering(needs).next()
    }

    /// The slices that have all that is needed.
    fn all_covering<'n>(&'n self, needs: &'n Needs) -> impl Iterator<Item = usize> + 'n {
        let covers = move |(number, slice): &(usize, &ActionNames)| {
            let components = members(&self.facts.catalog, slice);
            needs.files.iter().all(|file| self.slicing.owns(*number, *file))
                && needs.updates.iter().all(|update| self.has_update(slice, *update))
                && needs.components.is_subset(&components)
        };
        self.slicing.slices.iter().enumerate().filter(covers).map(|(number, _)| number)
    }

    fn has_update(&self, slice: &ActionNames, update: UpdateId) -> bool {
        slice.updates.contains(&self.facts.catalog.update(update).id)
    }

    /// The slices that have some of what is needed, as one.
    fn joined(&self, needs: &Needs) -> ActionNames {
        let owner = |file: &FileId| self.facts.catalog.file(*file).component;
        let mut owners: BTreeSet<ComponentId> = needs.files.iter().filter_map(owner).collect();
        owners.extend(&needs.components);
        let has_some = |slice: &&ActionNames| {
            needs.updates.iter().any(|update| self.has_update(slice, *update))
                || !members(&self.facts.catalog, slice).is_disjoint(&owners)
        };
        let slices: Vec<&ActionNames> = self.slicing.slices.iter().filter(has_some).collect();
        let in_component = |name: &&String| slices.iter().any(|s| s.components.contains(name));
        let in_update = |name: &&String| slices.iter().any(|slice| slice.updates.contains(name));
        ActionNames {
            components: self.names.components.iter().filter(in_component).cloned().collect(),
            updates: self.names.updates.iter().filter(in_update).cloned().collect(),
            branches: self.names.branches,
        }
    }
}

/// The components that names stand for, and those that come along with them.
fn members(catalog: &Catalog, names: &ActionNames) -> BTreeSet<ComponentId> {
    let members = |name: &String| {
        let group = catalog.group_named(name).map(|group| group.members.clone());
        group.unwrap_or_else(|| catalog.component_named(name).into_iter().collect())
    };
    all_needs(catalog, names.components.iter().flat_map(members).collect())
}

impl Needs {
    fn add(&mut self, facts: &Facts, reads: &Reads) -> Option<()> {
        match reads {
            Reads::Fields(fields) => fields.iter().for_each(|field| self.field(facts, field)),
            Reads::Files(files) | Reads::FolderOf(files) => {
                for path in files {
                    self.file(&facts.catalog, path);
                }
            }
            Reads::Tree | Reads::Folder => return None,
        }
        Some(())
    }

    fn file(&mut self, catalog: &Catalog, path: &WindowsPath) {
        self.waiting |= catalog.waits_at(path).is_some();
        let Some(file) = catalog.file_at(path).or(catalog.waits_at(path)) else {
            // A hive, or a file that no host has: a hive shows everything.
            if is_hive(catalog, path) {
                self.updates.extend(catalog.update_ids());
                self.components.extend(catalog.component_ids());
            }
            return;
        };
        self.files.insert(file);
        let brings = |update: &UpdateId| {
            let releases = catalog.update(*update).releases.iter();
            releases.flat_map(Release::all_files).any(|f| f.file == file)
        };
        self.updates.extend(catalog.update_ids().filter(brings));
    }

    fn field(&mut self, facts: &Facts, field: &Field) {
        let catalog = &facts.catalog;
        match field {
            Field::OsProduct | Field::OsArchitecture | Field::OsLevel | Field::OsVersion => {
                let files = facts.known.files.iter();
                files.filter(|file| file.tells_level).for_each(|f| self.file(catalog, &f.path));
            }
            Field::OsRestartPending => self.waiting = true,
            Field::UpdateRecorded(id) | Field::UpdateRelease(id) => {
                self.updates.extend(catalog.update_named(id));
            }
            Field::Registry(path) => self.registry(catalog, &path.key, Some(&path.value)),
            Field::RegistryKeyPresent(_, key) => self.registry(catalog, key, None),
            Field::FilePresent(path)
            | Field::FileVersion(path)
            | Field::FileVersionString(path)
            | Field::FileLevel(path)
            | Field::FileMachine(path)
            | Field::FileExports(path, _)
            | Field::FileImports(path, _, _) => self.file(catalog, path),
        }
    }

    /// Values of an update have its id in their key; those of a component stand under its id, or
    /// are there while it is.
    fn registry(&mut self, catalog: &Catalog, key: &str, value: Option<&str>) {
        let waits = catalog.registry.iter().filter(|fact| fact.scope == RegistryScope::WaitingFile);
        let mut names = waits.map(|fact| &fact.value);
        self.waiting |= value.is_some_and(|value| names.any(|name| is_same_name(name, value)));
        let is_always_there = is_always_there(catalog, key);
        if is_always_there && value.is_none() {
            return;
        }
        let upper = key.to_ascii_uppercase();
        let names = |id: &UpdateId| upper.contains(&catalog.update(*id).id);
        let mut updates: BTreeSet<UpdateId> = catalog.update_ids().filter(names).collect();
        if updates.is_empty() && !is_always_there && is_above_updates(catalog, key) {
            updates.extend(catalog.update_ids());
        }
        for component in catalog.component_ids() {
            let same = |text: &str| is_same_name(text, &catalog.component(component).id);
            if value.map_or(updates.is_empty(), same) || key.split('\\').any(same) {
                self.components.insert(component);
            }
        }
        self.updates.extend(updates);
        let facts = catalog.registry.iter().filter(|fact| is_same_name(&fact.key, key));
        self.components.extend(facts.filter_map(|fact| fact.component));
    }
}

fn is_hive(catalog: &Catalog, path: &WindowsPath) -> bool {
    catalog.registry.iter().any(|fact| path.file_name() == fact.hive.file_name())
}

/// Whether every host has a key: a value stands in it that is the same on all of them.
fn is_always_there(catalog: &Catalog, key: &str) -> bool {
    let is_constant = |fact: &RegistryFact| match &fact.content {
        RegistryContent::Text(text) | RegistryContent::ExpandableText(text) => !text.contains('{'),
        RegistryContent::Number(number) => !number.contains('{'),
        RegistryContent::Texts(texts) => texts.iter().all(|text| !text.contains('{')),
    };
    let mut of_hosts = catalog.registry.iter().filter(|fact| {
        let is_of_all = fact.component.is_none() && fact.level.is_none();
        let is_of_all = is_of_all && fact.service_pack_files.is_none();
        fact.scope == RegistryScope::Host && is_of_all
    });
    of_hosts.any(|fact| is_constant(fact) && is_same_name(&fact.key, key))
}

/// Whether a key is one of those above the keys of updates: it is there while any of them is.
fn is_above_updates(catalog: &Catalog, key: &str) -> bool {
    let facts = catalog.registry.iter().filter(|fact| match fact.scope {
        RegistryScope::Update | RegistryScope::UpdateFile => true,
        RegistryScope::Host | RegistryScope::Component | RegistryScope::WaitingFile => false,
    });
    let is_above = |below: &str| {
        let mut below = below.split('\\');
        // A part with a placeholder may be anything.
        let is_part = |known: &str, part: &str| known.contains('{') || is_same_name(known, part);
        key.split('\\').all(|part| below.next().is_some_and(|known| is_part(known, part)))
            && below.next().is_some()
    };
    facts.map(|fact| fact.key.as_str()).any(is_above)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchstate_terms::Hive;

    #[test]
    fn a_key_above_those_of_updates_depends_on_every_update() {
        let facts = Facts::built_in();
        let catalog = &facts.catalog;
        let needs = |key: &str| {
            let mut needs = Needs::default();
            needs.field(&facts, &Field::RegistryKeyPresent(Hive::Software, key.to_owned()));
            needs.updates.len()
        };
        let all = catalog.update_ids().count();
        assert_eq!(needs(r"Microsoft\Updates"), all);
        assert_eq!(needs(r"microsoft\updates\WINDOWS SERVER 2003\sp3"), all);
        assert_eq!(needs(r"Microsoft\Windows NT\CurrentVersion\HotFix"), all);
        assert_eq!(needs(r"Microsoft\Updates\Windows Server 2003\SP3\KB982666"), 1);
        assert_eq!(needs(r"Microsoft\INetStp"), 0);
        // Every host has its version in this one.
        assert_eq!(needs(r"Microsoft\Windows NT\CurrentVersion"), 0);
    }
}
