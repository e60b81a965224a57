//! The truth about every host of a space at once.
//!
//! **Owns** one set for each finding, and from them one for each status. Every finding looks at a
//! few parts of a host: the oracle is asked about each combination of these parts that the space
//! has, by the same functions that answer for one host. Truth rests on what hosts show, so that the
//! sets are of that ([`Space::shown`]); [`Space::showing`] gives the hosts.
//!
//! **Must never know** bytes, detection or rules.

use crate::{
    symbols,
    truth::{lineage_of, pending_restart, recorded_not_present, status_of},
};
use patchstate_catalog::{FileId, UpdateId};
use patchstate_servicing::{Host, HostView, Model, Part};
use patchstate_space::{Set, Space, TooLarge};
use patchstate_terms::{Finding, FindingKey, FindingKind, Status};
use std::collections::{BTreeMap, BTreeSet};

/// The truth about the hosts of a space.
#[derive(Clone, Debug)]
pub struct TruthSets {
    /// What hosts that have each finding show. Every finding is on some host.
    pub findings: BTreeMap<FindingKey, Set>,
    /// What hosts of each status show: a division of all that is shown. A status that no host has
    /// is left out.
    pub statuses: BTreeMap<Status, Set>,
}

impl TruthSets {
    /// The truth about every host of a space.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn new(space: &mut Space) -> Result<Self, TooLarge> {
        let (all, model) = (space.shown(), space.model().clone());
        let mut asker = Asker { space, model: &model, of: all, findings: BTreeMap::new() };
        let not_applicable = asker.without_components()?;
        asker.of = asker.space.diagrams().difference(all, not_applicable)?;
        asker.ask_loader()?;
        asker.ask_lineage()?;
        asker.ask_records()?;
        asker.ask_waiting()?;
        let (applicable, mut findings) = (asker.of, asker.findings);
        findings.retain(|_, set| !set.is_empty());
        let statuses = statuses(space, (applicable, not_applicable), &findings)?;
        Ok(Self { findings, statuses })
    }

    /// What the hosts with a status show.
    #[must_use]
    pub fn of(&self, status: Status) -> Set {
        self.statuses.get(&status).copied().unwrap_or(Set::EMPTY)
    }

    /// What the hosts with a finding of each kind show.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn kinds(&self, space: &mut Space) -> Result<BTreeMap<FindingKind, Set>, TooLarge> {
        let mut kinds: BTreeMap<FindingKind, Vec<Set>> = BTreeMap::new();
        for (key, set) in &self.findings {
            kinds.entry(key.kind).or_default().push(*set);
        }
        let unite = |(kind, sets)| Ok((kind, space.diagrams().union_of(sets)?));
        kinds.into_iter().map(unite).collect()
    }
}

/// What hosts of each status show, where these are the hosts with each finding: the worst finding
/// decides. The first set is of the hosts that findings can be about, the second of those that are
/// not applicable.
///
/// # Errors
/// When the diagrams need more nodes than they may have.
pub fn statuses(
    space: &mut Space,
    (applicable, not_applicable): (Set, Set),
    findings: &BTreeMap<FindingKey, Set>,
) -> Result<BTreeMap<Status, Set>, TooLarge> {
    let mut left = applicable;
    let mut statuses = BTreeMap::from([(Status::NotApplicable, not_applicable)]);
    let worst_first: BTreeSet<Status> = findings.keys().map(|key| status_of(key.kind)).collect();
    for status in worst_first {
        let of_it = findings.iter().filter(|(key, _)| status_of(key.kind) == status);
        let any = space.diagrams().union_of(of_it.map(|(_, set)| *set))?;
        statuses.insert(status, space.diagrams().intersection(left, any)?);
        left = space.diagrams().difference(left, any)?;
    }
    let consistent = statuses.entry(Status::Consistent).or_insert(Set::EMPTY);
    *consistent = space.diagrams().union(*consistent, left)?;
    statuses.retain(|_, set| !set.is_empty());
    Ok(statuses)
}

/// Asks about what some hosts show, and keeps what was found.
struct Asker<'a> {
    space: &'a mut Space,
    model: &'a Model,
    of: Set,
    findings: BTreeMap<FindingKey, Set>,
}

impl Asker<'_> {
    fn without_components(&mut self) -> Result<Set, TooLarge> {
        let mut left = self.of;
        for component in &self.model.scope().components {
            let has = |host: &Host| self.model.view(host).has(*component);
            let all = |hosts: &[Host]| Ok::<_, TooLarge>(vec![hosts.iter().map(has).collect()]);
            let part = Part::Component(*component);
            let divided = self.space.divide(left, |known| known == part, all)?;
            let without = divided.first().and_then(|divided| divided.get(&false));
            left = without.copied().unwrap_or(Set::EMPTY);
        }
        Ok(left)
    }

    /// Asks a question that looks at these parts only.
    fn ask(
        &mut self,
        parts: &BTreeSet<Part>,
        question: impl Fn(HostView<'_>) -> Vec<Finding>,
    ) -> Result<(), TooLarge> {
        let keys = |host: &Host| -> BTreeSet<FindingKey> {
            question(self.model.view(host)).iter().map(Finding::key).collect()
        };
        let all = |hosts: &[Host]| Ok::<_, TooLarge>(vec![hosts.iter().map(keys).collect()]);
        let answers = self.space.divide(self.of, |part| parts.contains(&part), all)?;
        for (keys, set) in answers.into_iter().flatten() {
            for key in keys {
                let known = self.findings.entry(key).or_insert(Set::EMPTY);
                *known = self.space.diagrams().union(*known, set)?;
            }
        }
        Ok(())
    }

    fn ask_loader(&mut self) -> Result<(), TooLarge> {
        self.ask(&loader_parts(self.model), symbols::unresolved)
    }

    /// Asks slot by slot: files of one slot are alike.
    fn ask_lineage(&mut self) -> Result<(), TooLarge> {
        for slot in self.model.slots() {
            let mut parts = presence(self.model, slot);
            parts.insert(Part::Level);
            self.ask(&parts, |host| {
                let files = slot.iter().filter_map(|file| Some((*file, host.file(*file)?)));
                files.filter_map(|(file, copy)| lineage_of(host, file, copy)).collect()
            })?;
        }
        Ok(())
    }

    /// Asks slot by slot, where a copy can wait for a restart.
    fn ask_waiting(&mut self) -> Result<(), TooLarge> {
        let known = self.model.all_parts();
        for slot in self.model.slots() {
            let waiting = slot.first().copied().map(Part::WaitingCopy);
            let Some(waiting) = waiting.filter(|part| known.contains(part)) else { continue };
            let mut parts = presence(self.model, slot);
            parts.insert(waiting);
            self.ask(&parts, |host| {
                let files = slot.iter().filter_map(|file| Some((*file, host.file(*file)?)));
                files.filter_map(|(file, copy)| pending_restart(host, file, copy)).collect()
            })?;
        }
        Ok(())
    }

    /// Asks slot by slot, and of each update by update.
    fn ask_records(&mut self) -> Result<(), TooLarge> {
        for slot in self.model.slots() {
            for update in self.model.updates_of(slot) {
                let mut parts = presence(self.model, slot);
                parts.extend([Part::Level, Part::Record(update)]);
                parts.extend(slot.first().copied().map(Part::WaitingCopy));
                self.ask(&parts, |host| of_record(host, update))?;
            }
        }
        Ok(())
    }
}

/// Every part of a host that can change what the loader finds.
#[must_use]
pub fn loader_parts(model: &Model) -> BTreeSet<Part> {
    let files = symbols::looked_at(model);
    let slots = model.slots().filter(|slot| slot.iter().any(|file| files.contains(file)));
    slots.flat_map(|slot| presence(model, slot)).collect()
}

/// What says whether the files of a slot are there, and in which copy.
#[must_use]
pub fn presence(model: &Model, slot: &[FileId]) -> BTreeSet<Part> {
    let owner = |file: &FileId| model.catalog().file(*file).component;
    let first = slot.first();
    let component = first.and_then(owner).map(Part::Component);
    first.copied().map(Part::File).into_iter().chain(component).collect()
}

fn of_record(host: HostView<'_>, update: UpdateId) -> Vec<Finding> {
    let records = host.records().filter(|record| record.update == update);
    records.flat_map(|record| recorded_not_present(host, &record).collect::<Vec<_>>()).collect()
}
