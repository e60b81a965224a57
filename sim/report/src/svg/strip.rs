//! What a strip shows: a column for each step, a lane for the files of each component.

use super::marks::Mark;
use patchstate_catalog::{ComponentId, FileId};
use patchstate_servicing::{FileChange, FileCopy, Host, HostView, Model, Record};
use patchstate_study::{Fracture, RepairStep, StoryStep};
use std::collections::{BTreeMap, BTreeSet};

/// Steps beside each other, with the lanes that go through all of them.
pub(super) struct Strip<'a> {
    pub(super) model: &'a Model,
    pub(super) columns: Vec<Column<'a>>,
    pub(super) lanes: Vec<Lane>,
    /// Where the order breaks the host.
    pub(super) fracture: Option<Fracture>,
    /// Whether an update is recorded anywhere.
    pub(super) has_records: bool,
}

/// One step.
pub(super) struct Column<'a> {
    pub(super) number: usize,
    pub(super) step: &'a StoryStep,
    /// The host before; `None` before the base operating system.
    pub(super) before: Option<&'a Host>,
    /// What the step does for the host, where it is one of a repair.
    pub(super) mends: Option<&'a RepairStep>,
    model: &'a Model,
    changes: BTreeMap<FileId, &'a FileChange>,
}

/// The files of a component, or of none.
pub(super) struct Lane {
    pub(super) component: Option<ComponentId>,
    /// Those that any host of the strip has, each at a place of its own.
    pub(super) files: Vec<FileId>,
}

/// A file at one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileState {
    /// It is there; the step may have put it there.
    There { copy: FileCopy, is_changed: bool, waits: bool },
    /// The step took it away.
    Gone(FileCopy),
    /// It is not there, and was not before.
    Absent,
}

/// An update that is recorded after a step, or was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordState {
    /// The step recorded it.
    New,
    /// It was recorded before.
    Kept,
    /// The step took it off the record.
    Gone,
}

impl<'a> Strip<'a> {
    pub(super) fn new(model: &'a Model, order: &'a [StoryStep], repair: &'a [RepairStep]) -> Self {
        let steps = order.iter().map(|step| (step, None));
        let steps = steps.chain(repair.iter().map(|step| (&step.told, Some(step))));
        let mut columns: Vec<Column<'a>> = Vec::new();
        for (number, (step, mends)) in (1..).zip(steps) {
            let before = columns.last().map(|column| &column.step.after);
            columns.push(Column::new(model, number, step, before, mends));
        }
        let has_records = columns.iter().any(|column| !column.records().is_empty());
        let fracture = Fracture::find(model, order);
        Self { model, lanes: lanes(model, &columns), columns, fracture, has_records }
    }

    /// Whether some of its steps are a repair.
    pub(super) fn has_repair(&self) -> bool {
        self.columns.iter().any(|column| column.mends.is_some())
    }

    /// The column in which the host breaks.
    pub(super) fn is_fault(&self, column: &Column<'_>) -> bool {
        self.fracture.as_ref().is_some_and(|fracture| fracture.number == column.number)
    }

    /// Every mark that stands somewhere.
    pub(super) fn marks(&self) -> BTreeSet<Mark> {
        let copies = self.columns.iter().flat_map(|column| column.view().files());
        copies.map(|(_, copy)| Mark::of(self.model.catalog(), copy)).collect()
    }
}

/// A lane for the files of no component, then one for each component that any host has files of.
fn lanes(model: &Model, columns: &[Column<'_>]) -> Vec<Lane> {
    let catalog = model.catalog();
    let seen: BTreeSet<FileId> =
        columns.iter().flat_map(|column| column.view().files()).map(|(file, _)| file).collect();
    let owners = std::iter::once(None).chain(catalog.component_ids().map(Some));
    let lane = |component| {
        let files = seen.iter().copied().filter(|file| catalog.file(*file).component == component);
        Lane { component, files: files.collect() }
    };
    owners.map(lane).filter(|lane| !lane.files.is_empty()).collect()
}

impl<'a> Column<'a> {
    fn new(
        model: &'a Model,
        number: usize,
        step: &'a StoryStep,
        before: Option<&'a Host>,
        mends: Option<&'a RepairStep>,
    ) -> Self {
        let changes = step.changes.files.iter().map(|change| (change.file, change)).collect();
        Self { number, step, before, mends, model, changes }
    }

    /// The host after the step.
    pub(super) fn view(&self) -> HostView<'a> {
        self.model.view(&self.step.after)
    }

    pub(super) fn state(&self, file: FileId) -> FileState {
        let change = self.changes.get(&file);
        match (self.view().file(file), change.and_then(|change| change.from)) {
            (Some(copy), _) => FileState::There {
                copy,
                is_changed: change.is_some(),
                waits: self.view().waiting(file).is_some(),
            },
            (None, Some(copy)) => FileState::Gone(copy),
            (None, None) => FileState::Absent,
        }
    }

    /// Files that a finding is about.
    pub(super) fn troubled(&self) -> BTreeSet<FileId> {
        let findings = self.step.truth.findings.iter();
        findings.filter_map(|finding| self.model.catalog().file_at(&finding.file)).collect()
    }

    /// The updates on record, then those that the step took off it.
    pub(super) fn records(&self) -> Vec<(String, RecordState)> {
        let catalog = self.model.catalog();
        let before: Vec<Record> =
            self.before.map(|host| self.model.view(host).records().collect()).unwrap_or_default();
        let after: Vec<Record> = self.view().records().collect();
        let label = |record: &Record| catalog.label(record.update, record.release).to_string();
        let same = |one: &Record, other: &Record| {
            (one.update, one.release, one.level) == (other.update, other.release, other.level)
        };
        let state = |record: &Record| {
            let is_old = before.iter().any(|old| same(old, record));
            if is_old { RecordState::Kept } else { RecordState::New }
        };
        let is_gone = |record: &&Record| after.iter().all(|new| new.update != record.update);
        let there = after.iter().map(|record| (label(record), state(record)));
        let gone = before.iter().filter(is_gone);
        there.chain(gone.map(|record| (label(record), RecordState::Gone))).collect()
    }
}
