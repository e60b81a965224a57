//! What one step is about, in sentences a person follows who has never serviced such a machine.
//!
//! The sentences tell the mechanism; every name and number in them comes from the catalog or from
//! the hosts before and after the step.

use super::style::and;
use patchstate_catalog::{ComponentId, UpdateId};
use patchstate_servicing::{Host, HostView, Model, Record, Store};
use patchstate_study::{StepOutcome, StoryStep};
use patchstate_terms::{Branch, Level, ProductWords, Step};

/// What a step is about and what it did. `before` is `None` for the base operating system.
pub(crate) fn sentence(model: &Model, before: Option<&Host>, step: &StoryStep) -> String {
    let Some(before) = before else {
        return match &step.step {
            Step::InstallOs(level) => install_os(model, *level),
            _ => String::new(),
        };
    };
    let telling = Telling { before: model.view(before), after: model.view(&step.after), step };
    match step.outcome {
        StepOutcome::Applied => telling.applied(),
        StepOutcome::Unchanged => telling.unchanged().to_owned(),
        StepOutcome::Refused => telling.refused(),
    }
}

fn install_os(model: &Model, level: Level) -> String {
    let media = match level {
        Level::RTM => "as it was first released".to_owned(),
        pack => format!("from media that hold {} already", pack.title()),
    };
    let ProductWords { name, feature, .. } = &model.catalog().product.words;
    let feature = capitalized(feature);
    format!("{name} is installed {media}. {feature} is optional, and not on it yet.")
}

/// A step between the host before and the host after it.
struct Telling<'a> {
    before: HostView<'a>,
    after: HostView<'a>,
    step: &'a StoryStep,
}

impl Telling<'_> {
    fn refused(&self) -> String {
        let reason = capitalized(self.step.reason.as_deref().unwrap_or("no reason is known"));
        let code = self.step.exit_code.map(|code| format!(" The exit code is {code:#x}."));
        let code = code.unwrap_or_default();
        format!("{reason}.{code} The host stays as it was.")
    }

    fn unchanged(&self) -> &'static str {
        match &self.step.step {
            Step::ApplyServicePack(_) => "No file that is present is older than the service pack.",
            Step::AddComponent { .. } => "It is installed already.",
            Step::RemoveComponent { .. } => "It is not installed.",
            Step::InstallUpdate { .. } => {
                "It is recorded already, and no file that is present is older than its own."
            }
            Step::CheckSystemFiles => {
                "It compares files with a protected cache. Files from old media are in there too \
                 and are validly signed, so it finds nothing wrong with them."
            }
            Step::Restart => "Nothing waits for a restart: every file is in place.",
            Step::CleanCache => "There is no service pack cache.",
            Step::InstallOs(_) | Step::RemoveServicePack(_) | Step::RemoveUpdate { .. } => {
                "There was nothing to do."
            }
        }
    }

    fn applied(&self) -> String {
        match &self.step.step {
            Step::InstallOs(level) => install_os(self.before.model(), *level),
            Step::ApplyServicePack(pack) => self.apply_service_pack(*pack),
            Step::RemoveServicePack(_) => format!(
                "The service pack is removed: the files that it replaced come back, those that it \
                 did not replace stay, and the operating system is at {} again.",
                self.after.level().title()
            ),
            Step::AddComponent { media, .. } => self.add_components(*media),
            Step::RemoveComponent { .. } => self.remove_components(),
            Step::InstallUpdate { update, .. } => self.install_update(update),
            Step::RemoveUpdate { update } => format!(
                "{update} is removed: the files that it replaced come back as they were when it \
                 was installed.{}",
                self.waiting()
            ),
            Step::CheckSystemFiles => "It compares files with a protected cache.".to_owned(),
            Step::Restart => "The files that waited for a restart are put in place.".to_owned(),
            Step::CleanCache => {
                "The service pack's own copies of its files, from which Setup adds components, are \
                 deleted."
                    .to_owned()
            }
        }
    }

    fn apply_service_pack(&self, pack: Level) -> String {
        let before = self.before.level();
        let mut text = if before < pack {
            format!(
                "The service pack takes the operating system from {} to {}. It updates the files \
                 that are there; a component that is not installed gets nothing.",
                before.title(),
                pack.title()
            )
        } else {
            "The service pack is applied again: it lifts every file that is present and older than \
             its own, and keeps newer ones."
                .to_owned()
        };
        let after: Vec<Record> = self.after.records().collect();
        let (mut forgotten, mut migrated) = (Vec::new(), Vec::new());
        for record in self.before.records() {
            match after.iter().find(|known| known.update == record.update) {
                None => forgotten.push(self.label(&record)),
                Some(known) if known.level != record.level => migrated.push(self.label(&record)),
                Some(_) => {}
            }
        }
        if !forgotten.is_empty() {
            text += &format!(" It contains {}, no longer listed by itself.", and(&forgotten));
        }
        if !migrated.is_empty() {
            let is = if migrated.len() == 1 { "is" } else { "are" };
            text += &format!(
                " {} {is} not in it, and {is} installed again for {}.",
                and(&migrated),
                pack.title()
            );
        }
        text
    }

    fn label(&self, record: &Record) -> String {
        self.before.model().catalog().label(record.update, record.release).to_string()
    }

    fn add_components(&self, media: Option<Level>) -> String {
        let names = self.names(self.after, self.before);
        let level = self.before.level();
        let mut text = if self.before.model().switches().store == Store::ComponentStore {
            format!("Setup shows {names}: their files were in the component store all the time.")
        } else {
            match (media, self.before.cache()) {
                (Some(media), _) if media == level => {
                    format!("Setup adds {names} from {} media.", media.title())
                }
                (Some(media), _) => format!(
                    "Setup is given {} media and adds {names} from them. It compares no versions: \
                     the operating system is at {}, and these files are not.",
                    media.title(),
                    level.title()
                ),
                (None, Some(cache)) => format!(
                    "Setup adds {names}, and takes the files from the cache that {} left.",
                    cache.title()
                ),
                (None, None) => self.add_from_base(&names),
            }
        };
        let missed = self.updates_for_new_files();
        if !missed.is_empty() {
            let are = if missed.len() == 1 { "is recorded and is" } else { "are recorded and are" };
            text += &format!(" {} {are} not applied to these files.", and(&missed));
        }
        text
    }

    fn add_from_base(&self, names: &str) -> String {
        let (base, level) = (self.before.base(), self.before.level());
        let behind = if base == level {
            String::new()
        } else {
            format!(
                " Service packs leave no copies of their files: the operating system is at {}, and \
                 these files are not.",
                level.title()
            )
        };
        let base = base.title();
        format!(
            "Setup adds {names} from the media that the operating system came from, {base}.{behind}"
        )
    }

    /// Recorded updates that bring a file which came in older just now.
    fn updates_for_new_files(&self) -> Vec<String> {
        let level = self.after.level();
        let catalog = self.after.model().catalog();
        let older = |update: UpdateId, release: u8| {
            let release = catalog.update(update).release(release);
            let mut table = release.map(|release| release.table(level)).unwrap_or_default().iter();
            table.any(|package| {
                let now = self.after.file(package.file);
                self.before.file(package.file).is_none()
                    && now.is_some_and(|copy| copy.revision < package.revision)
            })
        };
        let records = self.after.records().filter(|record| older(record.update, record.release));
        records.map(|record| self.label(&record)).collect()
    }

    fn remove_components(&self) -> String {
        let names = self.names(self.before, self.after);
        let records = match self.after.records().next() {
            None => "",
            Some(_) => " What is recorded about updates stays.",
        };
        format!("Setup removes {names} with their files.{records}")
    }

    /// The components that one host has and the other one has not.
    fn names(&self, with: HostView, without: HostView) -> String {
        let catalog = self.before.model().catalog();
        let changed = with.components().filter(|id: &ComponentId| !without.has(*id));
        and(&changed.map(|id| catalog.component(id).id.clone()).collect::<Vec<_>>())
    }

    fn install_update(&self, update: &str) -> String {
        let catalog = self.after.model().catalog();
        let record = self.after.records().find(|record| catalog.update(record.update).id == update);
        let Some(record) = record else { return String::new() };
        let facts = catalog.update(record.update);
        let Some(release) = facts.release(record.release) else { return String::new() };
        let table = release.table(self.after.level());
        let files: Vec<&str> =
            table.iter().map(|package| catalog.file(package.file).path.file_name()).collect();
        let mut text = format!(
            "{} ({}, {}) brings {} for {}, and nothing else.",
            self.label(&record),
            facts.title,
            release.date,
            and(&files),
            self.after.level().title()
        );
        let changes = &self.step.changes.files;
        if self.after.waits() {
            text += &self.waiting();
        } else if changes.is_empty() {
            let present = files.len() - self.absent(&record);
            text += match present {
                0 => " None of that is present here; it is recorded all the same.",
                _ => " What is present here is as new already; the update is recorded.",
            };
        } else if changes.iter().any(|c| c.to.is_some_and(|copy| copy.branch == Branch::Qfe)) {
            text += " The copies are of the QFE branch, which holds every hotfix.";
        }
        text
    }

    /// The files that wait for a restart.
    fn waiting(&self) -> String {
        let catalog = self.after.model().catalog();
        let files = self.after.waiting_files();
        let names: Vec<&str> = files.map(|(file, _)| catalog.file(file).path.file_name()).collect();
        match names.as_slice() {
            [] => String::new(),
            names => format!(
                " It takes a restart to put {} in place: until then the files stay as they were, \
                 and nothing else can be done.",
                and(names)
            ),
        }
    }

    fn absent(&self, record: &Record) -> usize {
        let catalog = self.after.model().catalog();
        let release = catalog.update(record.update).release(record.release);
        let table = release.map(|release| release.table(self.after.level())).unwrap_or_default();
        table.iter().filter(|package| self.after.file(package.file).is_none()).count()
    }
}

/// A sentence that begins with a capital letter.
pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
