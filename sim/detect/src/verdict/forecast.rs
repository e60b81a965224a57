//! A small model of what steps would do to a host, from evidence alone.
//!
//! **Owns** the documented rules of update.exe as far as files and records go: a service pack lifts
//! older files of what is present and installs recorded updates again on the QFE branch; an update
//! replaces present files with higher ones, on one branch for the whole package. **Must never
//! know** backups or caches: evidence does not show them, so nothing here removes anything.
//!
//! It is the core's own belief, kept apart from the simulator on purpose.

use super::{case::Case, closure::Closure, recorded};
use crate::{
    FileEvidence,
    advisory::{Advisories, Brought, FileNumber, Release, Revision, ServicePack},
};
use patchstate_terms::{Branch, FileVersion, Level, WindowsPath};
use std::collections::BTreeSet;

/// Revision and branch of one present file whose version is known.
type Copy = (u16, Branch);

/// What a host would look like.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Forecast {
    pub(super) level: Level,
    /// By file number; `None` where the file is absent or of no known family.
    files: Vec<Option<Copy>>,
    /// By update of the advisories: the recorded release, 0 for none.
    releases: Vec<u8>,
    /// By recorded update that the advisories do not know.
    unknown_updates: Vec<StrangerState>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum StrangerState {
    Recorded,
    InstalledAgain,
    Forgotten,
}

/// A recorded update that the core does not know: only its own list tells what it brought.
#[derive(Debug)]
pub(super) struct UnknownUpdate {
    pub(super) id: String,
    pub(super) release: u8,
    registered_under: Option<u8>,
    files: Vec<(FileNumber, u16)>,
    /// Whether a listed file that the core does not know is older than listed.
    has_other_drift: bool,
}

/// What does not change while steps are tried.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) known: &'a Advisories,
    /// The host as it is.
    pub(super) start: Forecast,
    pub(super) unknown_updates: Vec<UnknownUpdate>,
    /// The architecture's word, where it is known.
    pub(super) arch: Option<String>,
    /// By update of the advisories: what its own record lists, for levels without a table and for
    /// revisions that are not public.
    listed: Vec<Vec<(FileNumber, u16)>>,
    /// By file number: whether it belongs to a component that the host has.
    is_installed: Vec<bool>,
    has_worker: bool,
    breakages: Vec<Mend>,
}

/// One reason why the worker process does not load, by file numbers.
#[derive(Debug)]
struct Mend {
    file: Option<FileNumber>,
    provider: Option<FileNumber>,
    is_mendable: bool,
}

impl<'a> Context<'a> {
    /// The model of a judged host; `None` where its level is not known.
    pub(super) fn new(case: &Case<'a>, closure: &Closure) -> Option<Self> {
        let known: &'a Advisories = case.known;
        let level = case.platform.level?;
        let number = |path: &WindowsPath| known.number(path);
        let breakages = closure.breakages.iter().map(|breakage| Mend {
            file: number(&breakage.file),
            provider: breakage.provider.as_ref().and_then(number),
            is_mendable: breakage.is_mendable,
        });
        let is_installed = known.files.iter().map(|file| {
            file.component.is_some_and(|number| case.installed.get(number) == Some(&true))
        });
        let unknown_updates = unknown_updates(case);
        Some(Self {
            known,
            start: Forecast {
                level,
                files: copies(case),
                releases: releases(case),
                unknown_updates: vec![StrangerState::Recorded; unknown_updates.len()],
            },
            unknown_updates,
            arch: case.platform.os.arch.clone(),
            listed: listed(case),
            is_installed: is_installed.collect(),
            has_worker: closure.has_worker,
            breakages: breakages.collect(),
        })
    }

    /// Whether the worker process would not load.
    pub(super) fn is_broken(&self, forecast: &Forecast) -> bool {
        self.has_worker
            && (self.breakages.iter().any(|mend| !self.mends(mend, forecast))
                || self.lacks_requirement(forecast))
    }

    /// A replaced file comes from a set that fits together, as far as [`Self::lacks_requirement`]
    /// does not know better.
    fn mends(&self, mend: &Mend, forecast: &Forecast) -> bool {
        let is_replaced = |number: Option<FileNumber>| {
            number.is_some_and(|number| forecast.copy(number) != self.start.copy(number))
        };
        mend.is_mendable && (is_replaced(mend.file) || is_replaced(mend.provider))
    }

    fn lacks_requirement(&self, forecast: &Forecast) -> bool {
        self.known.requirements.iter().any(|requirement| {
            let (asks, gives) = (requirement.file, requirement.needs);
            let (Some((file, _)), Some((needed, _))) = (forecast.copy(asks), forecast.copy(gives))
            else {
                return false;
            };
            // What stands on the host now was judged by its import tables.
            let is_new = forecast.copy(asks) != self.start.copy(asks)
                || forecast.copy(gives) != self.start.copy(gives);
            is_new && file > requirement.above_revision && needed < requirement.needs_revision
        })
    }

    /// Whether nothing would be left to report.
    pub(super) fn is_consistent(&self, forecast: &Forecast) -> bool {
        self.has_level_files(forecast) && !self.has_drift(forecast) && !self.is_broken(forecast)
    }

    fn has_level_files(&self, forecast: &Forecast) -> bool {
        self.off_level(forecast).next().is_none()
    }

    /// Files of installed components that are of another lineage than the host.
    fn off_level(&self, forecast: &Forecast) -> impl Iterator<Item = FileNumber> {
        let copies = forecast.files.iter().zip(&self.is_installed).enumerate();
        copies.filter_map(|(number, (copy, is_installed))| {
            let ((revision, _), family) = ((*copy)?, self.known.family_of(number)?);
            (*is_installed && family.lineage(revision) != forecast.level).then_some(number)
        })
    }

    fn has_drift(&self, forecast: &Forecast) -> bool {
        self.has_other_drift(forecast) || self.older(forecast).next().is_some()
    }

    fn has_other_drift(&self, forecast: &Forecast) -> bool {
        self.unknown_updates.iter().zip(&forecast.unknown_updates).any(|(unknown_update, state)| {
            unknown_update.has_other_drift && *state == StrangerState::Recorded
        })
    }

    /// Known files that are older than what a recorded update brought.
    fn older(&self, forecast: &Forecast) -> impl Iterator<Item = FileNumber> {
        let updates = self.known.updates.iter().zip(&forecast.releases).enumerate();
        let known = updates.filter(|(_, (_, release))| **release > 0).flat_map(
            |(place, (update, number))| {
                let release = update.release(*number);
                let table = release.map_or(&[][..], |release| release.files(forecast.level));
                if table.is_empty() {
                    return self.listed.get(place).cloned().unwrap_or_default();
                }
                let expected = |brought: &Brought| {
                    let of = (place, *number, forecast.level);
                    (brought.file, self.revision(of, brought, Branch::Gdr))
                };
                table.iter().map(expected).collect()
            },
        );
        let unknown_updates = self.unknown_updates.iter().zip(&forecast.unknown_updates);
        let strange = unknown_updates
            .filter(|(_, state)| **state != StrangerState::Forgotten)
            .flat_map(|(unknown_update, _)| unknown_update.files.iter().copied());
        known.chain(strange).filter_map(|(number, expected)| {
            forecast.copy(number).filter(|(found, _)| *found < expected).map(|_| number)
        })
    }

    /// Whether no step can help: something is absent that the worker process needs.
    pub(super) fn is_beyond_help(&self) -> bool {
        self.breakages.iter().any(|mend| !mend.is_mendable)
    }

    /// Files that something is wrong with. A step that changes none of them brings nothing nearer.
    pub(super) fn troubled(&self, forecast: &Forecast) -> BTreeSet<FileNumber> {
        let mut files: BTreeSet<FileNumber> = self.off_level(forecast).collect();
        files.extend(self.older(forecast));
        files.extend(
            self.breakages.iter().flat_map(|mend| mend.file.into_iter().chain(mend.provider)),
        );
        files.extend(self.known.requirements.iter().flat_map(|r| [r.file, r.needs]));
        files
    }

    /// Whether a step changed one of these files, or settled an update that the core does not know.
    pub(super) fn brings_nearer(
        &self,
        before: &Forecast,
        after: &Forecast,
        troubled: &BTreeSet<FileNumber>,
    ) -> bool {
        self.has_other_drift(before) != self.has_other_drift(after)
            || troubled.iter().any(|number| before.copy(*number) != after.copy(*number))
    }

    /// The host after a service pack; `None` where Setup refuses it.
    pub(super) fn with_service_pack(&self, before: &Forecast, level: Level) -> Option<Forecast> {
        let ServicePack { not_for, .. } =
            self.known.service_packs.iter().find(|pack| pack.level == level)?;
        let is_offered = !self.arch.as_ref().is_some_and(|arch| not_for.contains(arch));
        if level < before.level || !is_offered {
            return None;
        }
        let mut after = before.clone();
        for (number, copy) in after.files.iter_mut().enumerate() {
            if let (Some((revision, _)), Some(family)) = (*copy, self.known.family_of(number)) {
                let baseline = family.baseline(level);
                if revision < baseline {
                    *copy = Some((baseline, Branch::Gdr));
                }
            }
        }
        after.level = level;
        if level > before.level {
            self.forget(&mut after);
            self.migrate(&mut after);
        }
        Some(after)
    }

    /// Updates that the service pack contains are no longer recorded.
    fn forget(&self, after: &mut Forecast) {
        let contains = |under: u8| under <= after.level.number();
        for (update, release) in self.known.updates.iter().zip(&mut after.releases) {
            if contains(update.registered_under) {
                *release = 0;
            }
        }
        for (unknown_update, state) in self.unknown_updates.iter().zip(&mut after.unknown_updates) {
            if unknown_update.registered_under.is_some_and(contains) {
                *state = StrangerState::Forgotten;
            }
        }
    }

    /// All others that have files for the new level are installed again, on the QFE branch.
    fn migrate(&self, after: &mut Forecast) {
        for (number, update) in self.known.updates.iter().enumerate() {
            let recorded = after.releases.get(number).copied().unwrap_or(0);
            let release = update.release(recorded);
            let Some(release) = release.filter(|r| !r.files(after.level).is_empty()) else {
                continue;
            };
            if let Some(next) = self.with_update(after, number, release, Some(Branch::Qfe)) {
                *after = next;
            }
        }
    }

    /// The host after an update; `None` where the package refuses.
    pub(super) fn with_update(
        &self,
        before: &Forecast,
        number: usize,
        release: &Release,
        branch: Option<Branch>,
    ) -> Option<Forecast> {
        let update = self.known.updates.get(number)?;
        let files = release.files(before.level);
        let recorded = before.releases.get(number).copied().unwrap_or(0);
        let refuses = release.refuses_mixed_hosts && self.has_files_behind(before);
        if files.is_empty() || recorded > release.number || refuses {
            return None;
        }
        let is_qfe = update.is_qfe_only
            || files.iter().any(|brought| {
                before.copy(brought.file).is_some_and(|(_, branch)| branch == Branch::Qfe)
            });
        let branch = branch.unwrap_or(if is_qfe { Branch::Qfe } else { Branch::Gdr });
        let mut after = before.clone();
        for brought in files {
            let is_qfe = branch == Branch::Qfe;
            let migrated = if is_qfe { self.migrated(before, brought.file) } else { 0 };
            let own = self.revision((number, release.number, before.level), brought, branch);
            let offered = (own.max(migrated), branch);
            if let Some(Some(copy)) = after.files.get_mut(brought.file) {
                // Branches order as replacing does: QFE over GDR at the same revision.
                *copy = (*copy).max(offered);
            }
        }
        if let Some(recorded) = after.releases.get_mut(number) {
            *recorded = release.number;
        }
        Some(after)
    }

    /// The host after an update that the core does not know, installed again: its own list is
    /// what it brings.
    pub(super) fn with_unknown_update(&self, before: &Forecast, number: usize) -> Option<Forecast> {
        let unknown_update = self.unknown_updates.get(number)?;
        let mut after = before.clone();
        for (file, revision) in &unknown_update.files {
            if let Some(Some(copy)) = after.files.get_mut(*file) {
                *copy = (*copy).max((*revision, Branch::Gdr));
            }
        }
        *after.unknown_updates.get_mut(number)? = StrangerState::InstalledAgain;
        Some(after)
    }

    /// Whether a present file of any component is of lower lineage than the host's level.
    fn has_files_behind(&self, forecast: &Forecast) -> bool {
        (0..).zip(&forecast.files).any(|(number, copy)| {
            let is_component = self.known.file(number).is_some_and(|f| f.component.is_some());
            let lineage = copy.and_then(|(revision, _)| {
                self.known.family_of(number).map(|family| family.lineage(revision))
            });
            is_component && lineage.is_some_and(|lineage| lineage < forecast.level)
        })
    }

    /// The highest copy of a file that recorded updates keep in `$hf_mig$` for this level.
    fn migrated(&self, forecast: &Forecast, file: FileNumber) -> u16 {
        let updates = self.known.updates.iter().zip(&forecast.releases).enumerate();
        updates
            .filter_map(|(place, (update, release))| Some((place, update.release(*release)?)))
            .flat_map(|(place, release)| {
                let kept = release.files(forecast.level).iter().filter(|kept| kept.file == file);
                let of = (place, release.number, forecast.level);
                kept.map(move |kept| self.revision(of, kept, Branch::Qfe))
            })
            .max()
            .unwrap_or(0)
    }

    /// The revision of a copy in the package of an update, by the update's place, for a level.
    fn revision(
        &self,
        (place, release, level): (usize, u8, Level),
        brought: &Brought,
        branch: Branch,
    ) -> u16 {
        let revision = brought.revision(branch);
        if let Revision::Known(number) = revision {
            return number;
        }
        let number = |revision, place: usize| {
            let listed = self.listed.get(place).map_or(&[][..], Vec::as_slice);
            recorded::number_of(self.known, revision, listed, (brought.file, level))
        };
        if self.start.release(place) == release {
            return number(revision, place);
        }
        // Revisions rise with the date: that of a package is no lower than those before it.
        let is_earlier = |other: &usize| {
            let recorded = self.start.release(*other);
            recorded > 0 && (*other < place || *other == place && recorded < release)
        };
        let earlier = (0..self.listed.len()).filter(is_earlier);
        earlier.map(|other| number(revision, other)).max().unwrap_or(revision.lowest())
    }
}

impl Forecast {
    fn copy(&self, number: FileNumber) -> Option<Copy> {
        self.files.get(number).copied().flatten()
    }

    /// The recorded release of an update, by its place; 0 for none.
    pub(super) fn release(&self, number: usize) -> u8 {
        self.releases.get(number).copied().unwrap_or(0)
    }
}

fn copies(case: &Case<'_>) -> Vec<Option<Copy>> {
    let copy = |file: &FileEvidence| {
        let image = file.image()?;
        let version = image.file_version.filter(|v| case.known.family(*v).is_some())?;
        Some((version.revision, image.branch()))
    };
    case.files.iter().map(|file| copy(file)).collect()
}

fn releases(case: &Case<'_>) -> Vec<u8> {
    let recorded = &case.evidence.registry.updates;
    let updates = case.known.updates.iter();
    updates.map(|update| recorded.get(&update.id).map_or(0, |record| record.release)).collect()
}

fn listed(case: &Case<'_>) -> Vec<Vec<(FileNumber, u16)>> {
    let recorded = &case.evidence.registry.updates;
    let of = |id: &str| recorded.get(id).map(|record| recorded::listed(case.known, record));
    case.known.updates.iter().map(|update| of(&update.id).unwrap_or_default()).collect()
}

fn unknown_updates(case: &Case<'_>) -> Vec<UnknownUpdate> {
    let updates = case.evidence.registry.updates.iter();
    let unknown = updates.filter(|(id, _)| case.known.update(id).is_none());
    unknown
        .map(|(id, record)| {
            let level = case.platform.level.unwrap_or(Level::RTM);
            let table = recorded::table(case.known, id, record, level);
            let is_older = |(path, expected): &(WindowsPath, FileVersion)| {
                let image = case.evidence.image(path);
                image.and_then(|image| image.file_version).is_some_and(|found| found < *expected)
            };
            let number = |path: &WindowsPath| case.known.number(path);
            UnknownUpdate {
                id: id.clone(),
                release: record.release,
                registered_under: record.registered_under,
                has_other_drift: table.iter().any(|e| number(&e.0).is_none() && is_older(e)),
                files: table
                    .iter()
                    .filter_map(|(path, v)| Some((number(path)?, v.revision)))
                    .collect(),
            }
        })
        .collect()
}
