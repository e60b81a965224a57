//! From steps to files to a finding.

use crate::StoryStep;
use patchstate_catalog::{Catalog, FileId};
use patchstate_servicing::{Host, Model};
use patchstate_terms::{
    FileVersion, Finding, FindingKey, FindingKind, Import, Level, Step, UpdateLabel, WindowsPath,
};

/// How a finding came about: facts, each with the step that made it so, and from them the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivation {
    /// What is derived.
    pub finding: FindingKey,
    /// From what, in the order in which a person would say it.
    pub facts: Vec<Fact>,
}

/// A step of an install order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepAt {
    /// Its number, from 1.
    pub number: usize,
    /// The step.
    pub step: Step,
}

/// One fact that a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The operating system is at this level.
    Level {
        /// The level.
        level: Level,
        /// The step that brought it there.
        by: StepAt,
    },
    /// A file is of this version.
    File {
        /// The file.
        file: WindowsPath,
        /// Its version.
        version: FileVersion,
        /// The version that the step replaced; `None` where the file was not there.
        from: Option<FileVersion>,
        /// The step that put it there.
        by: StepAt,
    },
    /// A file is not there.
    Absent {
        /// The file's name.
        name: String,
        /// The step that removed it; `None` where it was never there.
        by: Option<StepAt>,
    },
    /// A step left a file as it was, though it changed the other one.
    Untouched {
        /// The file.
        file: WindowsPath,
        /// The step.
        by: StepAt,
    },
    /// An update is recorded.
    Recorded {
        /// The update.
        update: UpdateLabel,
        /// The step that recorded it.
        by: StepAt,
    },
    /// A file of this version imports something.
    Imports {
        /// The file.
        file: WindowsPath,
        /// What it imports.
        import: Import,
    },
    /// A file of this version does not export what is imported from it.
    Lacks {
        /// The file.
        file: WindowsPath,
        /// Its version.
        version: FileVersion,
        /// What is imported.
        import: Import,
    },
}

impl Derivation {
    /// Derives a finding about the host at the end of some steps.
    #[must_use]
    pub fn new(model: &Model, steps: &[StoryStep], finding: &Finding) -> Self {
        let past = Past { model, catalog: model.catalog(), steps };
        let mut facts = Vec::new();
        match finding.kind {
            FindingKind::UnresolvedImport | FindingKind::MissingDll => {
                past.import(finding, &mut facts);
            }
            FindingKind::PendingRestart => facts.extend(past.file(&finding.file)),
            FindingKind::RecordedNotPresent => {
                facts.extend(finding.update.as_ref().and_then(|label| past.recorded(label)));
                facts.extend(past.file(&finding.file));
            }
            FindingKind::AheadOfOs
            | FindingKind::BehindOs
            | FindingKind::Truncated
            | FindingKind::Unreadable
            | FindingKind::VersionDisagreement
            | FindingKind::WrongArchitecture => {
                facts.extend(past.level());
                facts.extend(past.file(&finding.file));
            }
        }
        Self { finding: finding.key(), facts }
    }
}

/// What the steps did.
struct Past<'a> {
    model: &'a Model,
    catalog: &'a Catalog,
    steps: &'a [StoryStep],
}

impl Past<'_> {
    fn at(&self, index: usize) -> Option<StepAt> {
        let step = self.steps.get(index)?.step.clone();
        Some(StepAt { number: index + 1, step })
    }

    /// The last step at which something is the case of the hosts before and after it.
    fn last(&self, is_so: impl Fn(Option<&Host>, &StoryStep) -> bool) -> Option<StepAt> {
        let before = |index: usize| {
            let before = index.checked_sub(1).and_then(|index| self.steps.get(index));
            before.map(|step| &step.after)
        };
        let indices = (0..self.steps.len()).rev();
        let mut found = indices
            .filter(|index| self.steps.get(*index).is_some_and(|step| is_so(before(*index), step)));
        found.next().and_then(|index| self.at(index))
    }

    fn level(&self) -> Option<Fact> {
        let level = |host: &Host| self.model.view(host).level();
        let by = self.last(|before, step| before.map(level) != Some(level(&step.after)))?;
        Some(Fact::Level { level: level(&self.steps.last()?.after), by })
    }

    fn file(&self, path: &WindowsPath) -> Option<Fact> {
        let id = self.catalog.file_at(path)?;
        let by = self.last(|_, step| change(step, id).is_some())?;
        let made = change(self.steps.get(by.number - 1)?, id)?;
        let version =
            |copy: patchstate_servicing::FileCopy| self.catalog.version(id, copy.revision);
        let Some(now) = made.to.map(version) else {
            return Some(Fact::Absent { name: path.file_name().to_owned(), by: Some(by) });
        };
        Some(Fact::File { file: path.clone(), version: now, from: made.from.map(version), by })
    }

    fn recorded(&self, label: &UpdateLabel) -> Option<Fact> {
        let record = |host: &Host| {
            let mut records = self.model.view(host).records();
            let record = records.find(|r| self.catalog.label(r.update, r.release) == *label);
            record.map(|record| (record.release, record.level))
        };
        let by = self.last(|before, step| {
            let after = record(&step.after);
            after.is_some() && before.and_then(record) != after
        })?;
        Some(Fact::Recorded { update: label.clone(), by })
    }

    /// The importing file, the DLL, which of the two a step left alone, and what is missing.
    fn import(&self, finding: &Finding, facts: &mut Vec<Fact>) {
        let Some(import) = &finding.import else { return };
        let importer = self.file(&finding.file);
        let dll = self.dll(&import.dll);
        let provider = dll.as_ref().and_then(|path| self.file(path));
        let times = (importer.as_ref().and_then(Fact::by), provider.as_ref().and_then(Fact::by));
        let untouched = match (times, &dll) {
            ((Some(one), Some(other)), Some(path)) if one.number > other.number => {
                Some(Fact::Untouched { file: path.clone(), by: one.clone() })
            }
            ((Some(one), Some(other)), _) if other.number > one.number => {
                Some(Fact::Untouched { file: finding.file.clone(), by: other.clone() })
            }
            _ => None,
        };
        let version = match &provider {
            Some(Fact::File { file, version, .. }) => Some((file.clone(), *version)),
            _ => None,
        };
        facts.extend(self.level());
        facts
            .extend(provider.or_else(|| Some(Fact::Absent { name: import.dll.clone(), by: None })));
        facts.extend(importer);
        facts.extend(untouched);
        facts.push(Fact::Imports { file: finding.file.clone(), import: import.clone() });
        let lacks = |(file, version)| Fact::Lacks { file, version, import: import.clone() };
        facts.extend(version.filter(|_| import.symbol.is_some()).map(lacks));
    }

    /// The DLL of that name on the host at the end, or one that was there before.
    fn dll(&self, name: &str) -> Option<WindowsPath> {
        let named = |id: &FileId| self.catalog.file(*id).path.file_name() == name;
        let end = &self.steps.last()?.after;
        let there = |id: &FileId| self.model.view(end).file(*id).is_some();
        let known: Vec<FileId> = self.catalog.file_ids().filter(named).collect();
        let id = known.iter().find(|id| there(id)).or(known.first())?;
        Some(self.catalog.file(*id).path.clone())
    }
}

/// What a step did to a file.
fn change(step: &StoryStep, file: FileId) -> Option<&patchstate_servicing::FileChange> {
    step.changes.files.iter().find(|change| change.file == file)
}

impl Fact {
    /// The step that made it so.
    #[must_use]
    pub fn by(&self) -> Option<&StepAt> {
        match self {
            Self::Level { by, .. }
            | Self::File { by, .. }
            | Self::Untouched { by, .. }
            | Self::Recorded { by, .. } => Some(by),
            Self::Absent { by, .. } => by.as_ref(),
            Self::Imports { .. } | Self::Lacks { .. } => None,
        }
    }
}
