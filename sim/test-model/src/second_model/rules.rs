//! What each step does, written down from the rules of servicing as plainly as possible.

use super::{
    facts::{Carried, Facts, Name, UpdateFacts},
    host::{NaiveCopy, NaiveHost, NaiveRecord},
};
use patchstate_terms::Level;
use std::collections::{BTreeMap, BTreeSet};

/// A mistake that is planted on purpose, to see whether the comparison finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A service pack replaces newer files too.
    PackLowersFiles,
    /// A service pack skips one file.
    PackForgetsOneFile,
    /// A service pack leaves no cache.
    PackLeavesNoCache,
    /// A service pack leaves a cache also of a product that has none.
    EveryPackLeavesCache,
    /// Setup asks for media of the host's level also where the product always has it take the base
    /// media.
    SetupAsksForNewerMedia,
    /// A service pack applied again does not add to its backup.
    PackBacksUpOnce,
    /// Removing a service pack leaves its cache.
    PackRemovalLeavesCache,
    /// Migration goes to the GDR branch.
    MigrationOnGdr,
    /// Migration keeps the old backup.
    MigrationKeepsBackup,
    /// An update that is installed again makes a new backup.
    BackupIsRenewed,
    /// A QFE package does not take newer copies from recorded updates.
    NoNewerCopies,
    /// QFE does not go over GDR at the same revision.
    EqualRevisionStays,
    /// An earlier release goes over a later one.
    EarlierReleaseInstalls,
    /// The check for a mixed host looks at the package's own files only.
    MixedHostByOwnFiles,
    /// Removing an update never makes a file newer.
    RemovalOnlyLowers,
    /// Removing a component leaves what needs it.
    DependentsStay,
    /// Setup goes to the base media although there is a cache.
    SetupIgnoresCache,
    /// What a component needs comes from the base media.
    NeedsComeFromBase,
    /// Drift is judged by the recorded level instead of the host's.
    DriftByRecordedLevel,
    /// Operating system files count as behind or ahead.
    OsFilesCount,
    /// Files that an update which requires a restart did not replace wait for it too.
    EveryFileWaits,
}

/// The service pack that a step applies.
fn pack(word: &str) -> Option<Level> {
    word.parse().ok().filter(|level: &Level| level.is_service_pack())
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// The host is now another one.
    Applied(NaiveHost),
    /// It is the same.
    Unchanged,
    /// The step was refused, with this exit code where one is known.
    Refused(Option<u32>),
}

/// A refusal, with the exit code where one is known.
struct Refused(Option<u32>);

/// The rules with what is assumed.
pub struct Rules {
    /// The facts.
    pub facts: Facts,
    /// Values of switches that are not at their default.
    pub settings: BTreeMap<Name, Name>,
    /// The planted mistake.
    pub flaw: Option<Flaw>,
}

impl Rules {
    /// The same rules where only these components (or groups), and what they need, exist.
    #[must_use]
    pub fn without_others(mut self, names: &[&str]) -> Self {
        let asked = names.iter().flat_map(|name| self.facts.members(name));
        let kept: BTreeSet<Name> = asked.flat_map(|one| self.facts.with_needs(one)).collect();
        self.facts.components.retain(|component, _| kept.contains(component));
        self
    }

    fn assumes(&self, id: &str, value: &str) -> bool {
        self.settings.get(id) == Some(&value)
    }

    /// Whether the planted mistake is this one.
    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn untouched(&self, level: Level) -> NaiveCopy {
        NaiveCopy { revision: self.facts.baseline[&level], qfe: false }
    }

    /// `os:L`.
    pub fn install(&self, word: &str) -> NaiveHost {
        let level: Level = word.strip_prefix("os:").expect("os first").parse().expect("a level");
        let mut files = self.facts.os_files.clone();
        if self.assumes("A24", "component-store") {
            files.extend(self.facts.components.values().flat_map(|one| &one.files));
        }
        NaiveHost {
            level,
            base: level,
            cache: None,
            components: BTreeSet::new(),
            files: files.into_iter().map(|file| (file, self.untouched(level))).collect(),
            records: BTreeMap::new(),
            pending: BTreeMap::new(),
            pack_backup: None,
        }
    }

    /// Any other step.
    pub fn step(&self, host: &NaiveHost, word: &str) -> Done {
        let (mut after, word) = (host.clone(), word.to_lowercase());
        if !host.pending.is_empty() && word != "restart" {
            return Done::Refused(None);
        }
        match self.change(&mut after, &word) {
            Err(Refused(exit_code)) => Done::Refused(exit_code),
            Ok(()) if after == *host => Done::Unchanged,
            Ok(()) => {
                if self.assumes("A29", "at-restart") && self.requires_restart(host, &word) {
                    self.defer(host, &mut after);
                }
                Done::Applied(after)
            }
        }
    }

    /// Whether a step installs or removes a release that requires a restart.
    fn requires_restart(&self, before: &NaiveHost, word: &str) -> bool {
        let (update, release) = if let Some(id) = word.strip_prefix('-') {
            let Some(record) = before.records.get(id) else { return false };
            (self.facts.update(id), record.release)
        } else if word.starts_with("kb") {
            self.named_release(word.split(':').next().expect("a word"))
        } else {
            return false;
        };
        update.releases[&release].requires_restart
    }

    /// Files that a step replaced are as before it, and what they became waits.
    fn defer(&self, before: &NaiveHost, after: &mut NaiveHost) {
        for (file, copy) in &before.files {
            let became = after.files.insert(file, *copy).expect("an update takes no file away");
            if became != *copy || self.has(Flaw::EveryFileWaits) {
                after.pending.insert(file, became);
            }
        }
    }

    /// The update and the release of `kbN` or `kbN/vR`.
    fn named_release(&self, word: &str) -> (&UpdateFacts, u8) {
        let (id, release) = match word.split_once("/v") {
            Some((id, release)) => (id, Some(release.parse::<u8>().expect("a release"))),
            None => (word, None),
        };
        let update = self.facts.update(id);
        (update, release.unwrap_or(*update.releases.keys().max().expect("a release")))
    }

    fn change(&self, host: &mut NaiveHost, word: &str) -> Result<(), Refused> {
        match word {
            "sfc" if self.facts.has_checker => Ok(()),
            "sfc" => Err(Refused(None)),
            "restart" => {
                host.files.append(&mut host.pending);
                Ok(())
            }
            "clean-cache" => {
                host.cache = None;
                Ok(())
            }
            _ => {
                if let Some(pack) = pack(word) {
                    self.apply_pack(host, pack)
                } else if let Some(pack) = word.strip_prefix('-').and_then(pack) {
                    self.remove_pack(host, pack)
                } else if let Some(added) = word.strip_prefix('+') {
                    self.add(host, added)
                } else if let Some(number) = word.strip_prefix("-kb") {
                    self.remove_update(host, &format!("kb{number}"))
                } else if let Some(removed) = word.strip_prefix('-') {
                    self.remove(host, removed);
                    Ok(())
                } else {
                    self.install_update(host, word)
                }
            }
        }
    }

    fn apply_pack(&self, host: &mut NaiveHost, pack: Level) -> Result<(), Refused> {
        if !self.facts.packs.contains(&pack) || host.level > pack {
            return Err(Refused(None));
        }
        let before = host.level;
        let mut replaced = BTreeMap::new();
        for (file, copy) in &mut host.files {
            let forgotten = self.has(Flaw::PackForgetsOneFile) && file.ends_with("/w3tp.dll");
            let lower = copy.revision < self.facts.baseline[&pack];
            if (lower || self.has(Flaw::PackLowersFiles)) && !forgotten {
                replaced.insert(*file, *copy);
                *copy = self.untouched(pack);
            }
        }
        if pack > before {
            host.pack_backup = Some((before, replaced));
        } else if self.assumes("A17", "replaces") {
            host.pack_backup = Some((pack, replaced));
        } else if !self.assumes("A17", "keeps")
            && !self.has(Flaw::PackBacksUpOnce)
            && let Some((_, backup)) = &mut host.pack_backup
        {
            for (file, copy) in replaced {
                backup.entry(file).or_insert(copy);
            }
        }
        host.level = pack;
        if self.facts.has_cache || self.has(Flaw::EveryPackLeavesCache) {
            host.cache = Some(pack).filter(|_| !self.has(Flaw::PackLeavesNoCache));
        }
        if pack > before || self.assumes("A27", "always") {
            self.migrate(host, pack);
        }
        Ok(())
    }

    fn contains(&self, pack: Level, update: Name) -> bool {
        self.facts.update(update).registered_under <= pack.number()
    }

    /// What a service pack does with the recorded updates.
    fn migrate(&self, host: &mut NaiveHost, pack: Level) {
        let recorded: BTreeSet<Name> = host.records.keys().copied().collect();
        let forgets = !self.assumes("A15", "listed");
        if forgets {
            host.records.retain(|update, _| !self.contains(pack, update));
        }
        for update in &self.facts.updates {
            if !recorded.contains(update.id) || self.contains(pack, update.id) {
                continue;
            }
            let record = &host.records[update.id];
            let release = record.release;
            let Some(table) = update.releases[&release].tables.get(&pack) else { continue };
            let mut backup = BTreeMap::new();
            if self.assumes("A30", "kept") || self.has(Flaw::MigrationKeepsBackup) {
                backup.clone_from(&record.backup);
            }
            self.replace(host, table, !self.has(Flaw::MigrationOnGdr), &mut backup);
            host.records.insert(update.id, NaiveRecord { release, level: pack, backup });
        }
    }

    fn remove_pack(&self, host: &mut NaiveHost, pack: Level) -> Result<(), Refused> {
        if host.level != pack {
            return Err(Refused(None));
        }
        let Some((before, backup)) = host.pack_backup.take() else { return Err(Refused(None)) };
        for (file, copy) in backup {
            if let Some(present) = host.files.get_mut(file) {
                *present = copy;
            }
        }
        host.level = before;
        if !self.has(Flaw::PackRemovalLeavesCache) {
            host.cache = None;
        }
        Ok(())
    }

    fn add(&self, host: &mut NaiveHost, word: &str) -> Result<(), Refused> {
        let (name, media) = match word.split_once('@') {
            Some((name, media)) => (name, Some(media.parse::<Level>().expect("a level"))),
            None => (word, None),
        };
        let asked = self.facts.members(name);
        if asked.is_subset(&host.components) {
            return Ok(());
        }
        let at_base = Some(host.base).filter(|base| *base == host.level);
        let media = match media {
            Some(media) => media,
            None if self.has(Flaw::SetupIgnoresCache) => at_base.ok_or(Refused(None))?,
            None if !self.facts.has_cache && !self.has(Flaw::SetupAsksForNewerMedia) => host.base,
            None => host.cache.or(at_base).ok_or(Refused(None))?,
        };
        // A component store has the files already; Setup looks for its media all the same.
        let copies = !self.assumes("A24", "component-store");
        for component in asked.iter().flat_map(|component| self.facts.with_needs(component)) {
            let comes_along = !asked.contains(component);
            let odd = comes_along && self.has(Flaw::NeedsComeFromBase);
            if host.components.insert(component) && copies {
                for file in &self.facts.components[component].files {
                    host.files.insert(file, self.untouched(if odd { host.base } else { media }));
                }
            }
        }
        Ok(())
    }

    fn remove(&self, host: &mut NaiveHost, name: &str) {
        let asked = self.facts.members(name);
        for component in host.components.clone() {
            let needed = self.facts.with_needs(component);
            let goes = if self.has(Flaw::DependentsStay) {
                asked.contains(component)
            } else {
                !asked.is_disjoint(&needed)
            };
            if goes {
                host.components.remove(component);
                if !self.assumes("A24", "component-store") {
                    let files = &self.facts.components[component].files;
                    host.files.retain(|file, _| !files.contains(file));
                }
            }
        }
    }

    fn install_update(&self, host: &mut NaiveHost, word: &str) -> Result<(), Refused> {
        let (word, branch) = match word.split_once(':') {
            Some((word, branch)) => (word, Some(branch)),
            None => (word, None),
        };
        let (update, release) = self.named_release(word);
        let package = &update.releases[&release];
        let table = package.tables.get(&host.level).ok_or(Refused(None))?;
        let recorded = host.records.get(update.id);
        if recorded.is_some_and(|record| record.release > release)
            && !self.has(Flaw::EarlierReleaseInstalls)
        {
            return Err(Refused(None));
        }
        if package.refuses_mixed_with.is_some() && self.is_mixed(host, table) {
            return Err(Refused(package.refuses_mixed_with));
        }
        let present: Vec<NaiveCopy> =
            table.keys().filter_map(|file| host.files.get(file)).copied().collect();
        if present.is_empty() && self.assumes("A5", "refused") {
            return Err(Refused(None));
        }
        let qfe = match branch {
            Some(branch) => branch == "qfe",
            None => update.qfe_only || present.iter().any(|copy| copy.qfe),
        };
        let mut backup = match recorded {
            Some(record) if !self.has(Flaw::BackupIsRenewed) => record.backup.clone(),
            _ => BTreeMap::new(),
        };
        self.replace(host, table, qfe, &mut backup);
        let level = host.level;
        host.records.insert(update.id, NaiveRecord { release, level, backup });
        Ok(())
    }

    /// Whether a file of a component is of lower lineage than the host's level.
    fn is_mixed(&self, host: &NaiveHost, table: &BTreeMap<Name, Carried>) -> bool {
        host.files.iter().any(|(file, copy)| {
            let lineage = self.facts.lineage(copy.revision);
            let counts = !self.assumes("A3", "sp1-only") || lineage == Level::SP1;
            let looks = !self.has(Flaw::MixedHostByOwnFiles) || table.contains_key(file);
            !self.facts.os_files.contains(file) && lineage < host.level && counts && looks
        })
    }

    /// Lays down the files of a package.
    fn replace(
        &self,
        host: &mut NaiveHost,
        table: &BTreeMap<Name, Carried>,
        qfe: bool,
        backup: &mut BTreeMap<Name, NaiveCopy>,
    ) {
        for (file, carried) in table {
            let revision = if qfe { carried.qfe } else { carried.gdr };
            let mut copy = NaiveCopy { revision, qfe };
            if qfe && !self.has(Flaw::NoNewerCopies) {
                for (update, record) in &host.records {
                    let tables = &self.facts.update(update).releases[&record.release].tables;
                    if let Some(newer) = tables.get(&host.level).and_then(|t| t.get(file)) {
                        copy.revision = copy.revision.max(newer.qfe);
                    }
                }
            }
            let Some(present) = host.files.get_mut(file) else { continue };
            let stays = self.has(Flaw::EqualRevisionStays) && copy.revision == present.revision;
            if copy > *present && !stays {
                backup.entry(file).or_insert(*present);
                *present = copy;
            }
        }
    }

    fn remove_update(&self, host: &mut NaiveHost, id: &str) -> Result<(), Refused> {
        let record = host.records.remove(id).ok_or(Refused(None))?;
        for (file, copy) in record.backup {
            if let Some(present) = host.files.get_mut(file)
                && !(self.has(Flaw::RemovalOnlyLowers) && copy > *present)
            {
                *present = copy;
            }
        }
        Ok(())
    }
}
