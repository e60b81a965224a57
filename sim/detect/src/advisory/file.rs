//! How the advisory files are written, and how they become [`Advisories`].

use super::model::{
    Advisories, Brought, Component, Confidence, Family, FileNumber, KnownFile, Product, Release,
    Requirement, Revision, ServicePack, Source, ToldApart, Update, Worker,
};
use patchstate_terms::{FileVersion, Hive, Level, ProductWords, RegistryPath, WindowsPath};
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};
use toml::Spanned;

/// Every entry of a file has these two beside its own fields.
macro_rules! entry {
    ($(#[$meta:meta])* $name:ident { $($field:ident: $kind:ty),* $(,)? }) => {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $name {
            $($field: $kind,)*
            confidence: Confidence,
            source: String,
        }

        impl $name {
            fn source(&self, subject: impl Into<String>) -> Source {
                Source {
                    subject: subject.into(),
                    confidence: self.confidence,
                    text: self.source.clone(),
                }
            }
        }
    };
}

entry!(ProductEntry {
    title: String,
    feature: String,
    failure: String,
    name: Option<String>,
    version: String,
    build: u16,
});
entry!(FamilyEntry {
    version: Spanned<String>,
    title: Option<String>,
    baselines: Spanned<BTreeMap<Level, u16>>,
});
entry!(SystemFileEntry { path: Spanned<WindowsPath>, tells_level: bool });
entry!(WorkerEntry {
    program: Spanned<WindowsPath>,
    loads: Vec<Spanned<String>>,
    folders: Spanned<Vec<String>>,
});
entry!(ServicePackEntry {
    level: Level,
    not_for: Vec<String>,
    called: Option<Level>,
    mark: Option<Spanned<MarkEntry>>,
});
entry!(ComponentEntry {
    id: Spanned<String>,
    folder: String,
    files: Vec<Spanned<String>>,
    service: Option<String>,
    essential: Option<Spanned<String>>,
});
entry!(ReleaseEntry {
    number: u8,
    released: String,
    refuses_mixed_hosts: Option<bool>,
    files: Vec<ReleaseFileEntry>,
});
entry!(RequirementEntry {
    file: Spanned<WindowsPath>,
    above_revision: u16,
    needs: Spanned<WindowsPath>,
    needs_revision: u16,
});

/// A value in SOFTWARE.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MarkEntry {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlatformFile {
    product: ProductEntry,
    family: Vec<FamilyEntry>,
    system_file: Vec<SystemFileEntry>,
    worker: WorkerEntry,
    service_pack: Vec<ServicePackEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ComponentsFile {
    component: Vec<ComponentEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdatesFile {
    #[serde(default)]
    update: Vec<UpdateEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UpdateEntry {
    id: Spanned<String>,
    registered_under: u8,
    #[serde(default)]
    qfe_only: bool,
    release: Vec<ReleaseEntry>,
}

#[derive(Deserialize)]
struct ReleaseFileEntry {
    path: Spanned<WindowsPath>,
    /// By level: any other key is one that is unknown.
    #[serde(flatten)]
    revisions: BTreeMap<Level, RevisionEntry>,
}

/// What is said of a package's file for a level.
#[derive(Clone, Copy, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a revision, `{ above = REVISION }` or `{ gdr = .., qfe = .. }`"
)]
enum RevisionEntry {
    /// The number, the same on both branches.
    Known(u16),
    /// No public page says the number.
    Above(AboveEntry),
    /// Each branch has its own.
    Branches(BranchesEntry),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct AboveEntry {
    above: u16,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct BranchesEntry {
    gdr: u16,
    qfe: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequirementsFile {
    #[serde(default)]
    requirement: Vec<RequirementEntry>,
}

/// A mistake in a file of advisories.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct AdvisoryMistake {
    /// The name of the file, as it was given.
    pub file: String,
    /// Where in its text, in bytes; `None` where the whole file is meant.
    pub span: Option<Range<usize>>,
    /// What is wrong, and what was expected.
    pub problem: String,
}

/// The files by their names, and the mistakes in them.
struct Reader<'a> {
    files: &'a [(&'a str, &'a str)],
    mistakes: Vec<AdvisoryMistake>,
    /// The levels that the families have.
    levels: BTreeSet<Level>,
}

impl Reader<'_> {
    /// Says that something is wrong at a place of a file; `file` is the name without folders.
    fn report(&mut self, file: &str, span: Option<Range<usize>>, problem: impl Into<String>) {
        let named = self.files.iter().find(|(name, _)| file_name(name) == file);
        let file = named.map_or(file, |(name, _)| name).to_owned();
        self.mistakes.push(AdvisoryMistake { file, span, problem: problem.into() });
    }

    /// The table of one file.
    fn parse<T: DeserializeOwned>(&mut self, file: &str) -> Option<T> {
        let Some((_, text)) = self.files.iter().find(|(name, _)| file_name(name) == file) else {
            self.report(file, None, "the file is missing");
            return None;
        };
        match toml::from_str(text) {
            Ok(table) => Some(table),
            Err(error) => {
                self.report(file, error.span(), error.message());
                None
            }
        }
    }

    fn keep<T>(&mut self, file: &str, at: Range<usize>, result: Result<T, String>) -> Option<T> {
        result.map_err(|problem| self.report(file, Some(at), problem)).ok()
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

const PLATFORM: &str = "platform.toml";
const COMPONENTS: &str = "components.toml";
const UPDATES: &str = "updates.toml";
const REQUIREMENTS: &str = "requirements.toml";

/// Reads all files.
pub(super) fn read(files: &[(&str, &str)]) -> Result<Advisories, Vec<AdvisoryMistake>> {
    let mut reader = Reader { files, mistakes: Vec::new(), levels: BTreeSet::new() };
    let of_us = [PLATFORM, COMPONENTS, UPDATES, REQUIREMENTS];
    for (name, _) in files.iter().filter(|(name, _)| !of_us.contains(&file_name(name))) {
        let expected = of_us.join(", ");
        reader.report(name, None, format!("advisories have no such file: expected {expected}"));
    }
    let platform: Option<PlatformFile> = reader.parse(PLATFORM);
    let components: Option<ComponentsFile> = reader.parse(COMPONENTS);
    let updates: Option<UpdatesFile> = reader.parse(UPDATES);
    let requirements: Option<RequirementsFile> = reader.parse(REQUIREMENTS);
    let (Some(platform), Some(components), Some(updates), Some(requirements)) =
        (platform, components, updates, requirements)
    else {
        return Err(reader.mistakes);
    };
    let advisories = reader.assemble(platform, &components, updates, &requirements);
    if reader.mistakes.is_empty() { Ok(advisories) } else { Err(reader.mistakes) }
}

type Numbers = BTreeMap<WindowsPath, FileNumber>;

impl Reader<'_> {
    /// Puts the files together; every path must be that of a known file.
    fn assemble(
        &mut self,
        platform: PlatformFile,
        components: &ComponentsFile,
        updates: UpdatesFile,
        requirements: &RequirementsFile,
    ) -> Advisories {
        let sources = sources(&platform, components, &updates, requirements);
        let files = self.known_files(&platform, components);
        let mut ids = BTreeSet::new();
        for entry in &components.component {
            self.once(COMPONENTS, &mut ids, &entry.id);
        }
        if !files.iter().any(|file| file.tells_level) {
            let problem = "expected a `[[system_file]]` with `tells_level = true`";
            self.report(PLATFORM, None, problem);
        }
        let numbers: Numbers =
            files.iter().enumerate().map(|(number, file)| (file.path.clone(), number)).collect();
        let families = self.families(&platform.family);
        let is_of_component = |file: &&KnownFile| file.component.is_some();
        let component_names =
            files.iter().filter(is_of_component).map(|file| file.path.file_name());
        Advisories {
            product: product(platform.product),
            families,
            components: components
                .component
                .iter()
                .map(|entry| self.component(entry, &numbers))
                .collect(),
            updates: self.updates(updates, &numbers),
            requirements: requirements
                .requirement
                .iter()
                .filter_map(|entry| self.requirement(entry, &numbers))
                .collect(),
            worker: self.worker(platform.worker, &numbers),
            service_packs: self.service_packs(platform.service_pack),
            component_names: component_names.map(str::to_owned).collect(),
            files,
            sources,
            numbers,
        }
    }

    fn service_packs(&mut self, entries: Vec<ServicePackEntry>) -> Vec<ServicePack> {
        let mut packs = Vec::new();
        for entry in entries {
            let is_listed = |level: &Level| self.levels.contains(level) && *level != entry.level;
            let told_apart = match (entry.called, entry.mark) {
                (None, None) => None,
                (Some(called), Some(mark)) if is_listed(&called) => {
                    let MarkEntry { key, value } = mark.into_inner();
                    let mark = RegistryPath { hive: Hive::Software, key, value };
                    Some(ToldApart { called, mark })
                }
                (_, mark) => {
                    let problem = "expected `called`, another level of the families, and `mark`, \
                                   a value that tells the two apart";
                    self.report(PLATFORM, mark.map(|mark| mark.span()), problem);
                    None
                }
            };
            packs.push(ServicePack { level: entry.level, not_for: entry.not_for, told_apart });
        }
        packs
    }

    fn number(&mut self, file: &str, path: &Spanned<WindowsPath>, n: &Numbers) -> Option<usize> {
        let known = n.get(path.get_ref()).copied();
        let path_text = path.get_ref();
        let problem = format!("{path_text} is no file of a component or of the system");
        self.keep(file, path.span(), known.ok_or(problem))
    }

    fn known_files(
        &mut self,
        platform: &PlatformFile,
        components: &ComponentsFile,
    ) -> Vec<KnownFile> {
        let mut seen: BTreeMap<WindowsPath, KnownFile> = BTreeMap::new();
        for entry in &platform.system_file {
            let (path, tells_level) = (entry.path.get_ref().clone(), entry.tells_level);
            let file = KnownFile { path: path.clone(), component: None, tells_level };
            if seen.insert(path, file).is_some() {
                let problem = format!("{} is listed twice", entry.path.get_ref());
                self.report(PLATFORM, Some(entry.path.span()), problem);
            }
        }
        for (number, entry) in components.component.iter().enumerate() {
            for name in &entry.files {
                let Some(path) = self.path_in(&entry.folder, name) else { continue };
                let component = Some(number);
                let file = KnownFile { path: path.clone(), component, tells_level: false };
                if seen.insert(path.clone(), file).is_some() {
                    let problem = format!("{path} is listed twice: a file has one owner");
                    self.report(COMPONENTS, Some(name.span()), problem);
                }
            }
        }
        seen.into_values().collect()
    }

    fn worker(&mut self, entry: WorkerEntry, numbers: &Numbers) -> Worker {
        self.number(PLATFORM, &entry.program, numbers);
        for load in &entry.loads {
            if !numbers.keys().any(|path| path.file_name() == load.get_ref()) {
                let problem = format!("no file that is listed has the name {}", load.get_ref());
                self.report(PLATFORM, Some(load.span()), problem);
            }
        }
        let folders = entry.folders.get_ref();
        let is_folder =
            |folder: &String| folder.is_empty() || folder.parse::<WindowsPath>().is_ok();
        if folders.is_empty() || !folders.iter().all(is_folder) {
            let problem = "expected folders below the Windows folder, or \"\" for itself";
            self.report(PLATFORM, Some(entry.folders.span()), problem);
        }
        Worker {
            program: entry.program.into_inner(),
            loads: entry.loads.into_iter().map(Spanned::into_inner).collect(),
            folders: entry.folders.into_inner(),
        }
    }

    /// Says that something with this name was listed before.
    fn once<'n>(&mut self, file: &str, seen: &mut BTreeSet<&'n str>, name: &'n Spanned<String>) {
        if !seen.insert(name.get_ref()) {
            let problem = format!("{} is listed twice", name.get_ref());
            self.report(file, Some(name.span()), problem);
        }
    }

    /// The path of a file of a component.
    fn path_in(&mut self, folder: &str, name: &Spanned<String>) -> Option<WindowsPath> {
        let path = format!("{folder}/{}", name.get_ref()).parse();
        self.keep(COMPONENTS, name.span(), path.map_err(|error| format!("{error}")))
    }

    fn families(&mut self, entries: &[FamilyEntry]) -> Vec<Family> {
        if entries.is_empty() {
            self.report(PLATFORM, None, "expected at least one `[[family]]`: that of the system");
        }
        let mut versions = BTreeSet::new();
        for entry in entries {
            self.once(PLATFORM, &mut versions, &entry.version);
        }
        entries.iter().filter_map(|entry| self.family(entry)).collect()
    }

    fn family(&mut self, entry: &FamilyEntry) -> Option<Family> {
        let version = format!("{}.0", entry.version.get_ref()).parse();
        let version = version.map_err(|_| "expected three numbers, such as 6.0.3790".to_owned());
        let version: Option<FileVersion> = self.keep(PLATFORM, entry.version.span(), version);
        let baselines = entry.baselines.get_ref();
        if baselines.is_empty() || !baselines.values().is_sorted_by(|a, b| a < b) {
            let problem = "expected revisions that rise from level to level";
            self.report(PLATFORM, Some(entry.baselines.span()), problem);
        }
        if self.levels.is_empty() {
            self.levels = baselines.keys().copied().collect();
        } else if !baselines.keys().eq(&self.levels) {
            let problem = "expected the same levels as in the first family";
            self.report(PLATFORM, Some(entry.baselines.span()), problem);
        }
        let (title, baselines) = (entry.title.clone(), baselines.clone());
        Some(Family { title, version: version?, baselines })
    }

    fn component(&mut self, entry: &ComponentEntry, numbers: &Numbers) -> Component {
        let of_it = |this: &mut Self, name: &Spanned<String>| {
            // What is no path has been said.
            let path = format!("{}/{}", entry.folder, name.get_ref()).parse().ok()?;
            this.number(COMPONENTS, &Spanned::new(name.span(), path), numbers)
        };
        Component {
            id: entry.id.get_ref().clone(),
            service: entry.service.clone(),
            files: entry.files.iter().filter_map(|name| of_it(self, name)).collect(),
            essential: entry.essential.as_ref().and_then(|name| of_it(self, name)),
        }
    }

    fn updates(&mut self, file: UpdatesFile, numbers: &Numbers) -> Vec<Update> {
        let mut ids = BTreeSet::new();
        for entry in &file.update {
            self.once(UPDATES, &mut ids, &entry.id);
        }
        let mut updates: Vec<Update> = Vec::new();
        for entry in file.update {
            let at = entry.id.span();
            let digits = entry.id.get_ref().strip_prefix("KB");
            if digits.is_none_or(|d| d.is_empty() || !d.bytes().all(|b| b.is_ascii_digit())) {
                self.report(UPDATES, Some(at.clone()), "expected KB and a number");
            }
            let releases: Vec<Release> =
                entry.release.iter().map(|release| self.release(release, numbers)).collect();
            let counted =
                releases.iter().zip(1..).all(|(release, number)| release.number == number);
            if !counted || releases.is_empty() {
                let problem = "expected releases that are numbered 1, 2 and so on";
                self.report(UPDATES, Some(at), problem);
            }
            updates.push(Update {
                id: entry.id.into_inner(),
                registered_under: entry.registered_under,
                is_qfe_only: entry.qfe_only,
                releases,
            });
        }
        updates
    }

    fn release(&mut self, entry: &ReleaseEntry, numbers: &Numbers) -> Release {
        let mut files: BTreeMap<Level, Vec<Brought>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for file in &entry.files {
            let Some(number) = self.number(UPDATES, &file.path, numbers) else { continue };
            if !seen.insert(number) {
                let problem = format!("{} is listed twice in this release", file.path.get_ref());
                self.report(UPDATES, Some(file.path.span()), problem);
            }
            if file.revisions.is_empty() || !file.revisions.keys().all(|l| self.levels.contains(l))
            {
                let levels: Vec<&str> = self.levels.iter().map(|level| level.as_str()).collect();
                let problem = format!("expected a revision for one of {}", levels.join(", "));
                self.report(UPDATES, Some(file.path.span()), problem);
            }
            for (level, revision) in &file.revisions {
                files.entry(*level).or_default().push(brought(number, *revision));
            }
        }
        Release {
            number: entry.number,
            refuses_mixed_hosts: entry.refuses_mixed_hosts.unwrap_or(false),
            released: entry.released.clone(),
            files,
        }
    }

    fn requirement(&mut self, entry: &RequirementEntry, numbers: &Numbers) -> Option<Requirement> {
        let file = self.number(REQUIREMENTS, &entry.file, numbers);
        let needs = self.number(REQUIREMENTS, &entry.needs, numbers);
        Some(Requirement {
            file: file?,
            above_revision: entry.above_revision,
            needs: needs?,
            needs_revision: entry.needs_revision,
        })
    }
}

fn product(entry: ProductEntry) -> Product {
    let ProductEntry { title, feature, failure, name, version, build, .. } = entry;
    Product { words: ProductWords { name: title, feature, failure }, name, version, build }
}

fn brought(file: FileNumber, entry: RevisionEntry) -> Brought {
    let (gdr, qfe) = match entry {
        RevisionEntry::Known(number) => (Revision::Known(number), Revision::Known(number)),
        RevisionEntry::Above(AboveEntry { above }) => {
            (Revision::Above(above), Revision::Above(above))
        }
        RevisionEntry::Branches(BranchesEntry { gdr, qfe }) => {
            (Revision::Known(gdr), Revision::Known(qfe))
        }
    };
    Brought { file, gdr, qfe }
}

fn sources(
    platform: &PlatformFile,
    components: &ComponentsFile,
    updates: &UpdatesFile,
    requirements: &RequirementsFile,
) -> Vec<Source> {
    let mut sources = vec![
        platform.product.source(platform.product.title.as_str()),
        platform.worker.source(platform.worker.program.get_ref().as_str()),
    ];
    sources.extend(
        platform.family.iter().map(|e| e.source(format!("versions {}.*", e.version.get_ref()))),
    );
    sources.extend(platform.system_file.iter().map(|e| e.source(e.path.get_ref().as_str())));
    sources.extend(platform.service_pack.iter().map(|e| e.source(e.level.title())));
    sources.extend(components.component.iter().map(|e| e.source(e.id.get_ref().as_str())));
    for update in &updates.update {
        let named = |e: &ReleaseEntry| e.source(format!("{}/v{}", update.id.get_ref(), e.number));
        sources.extend(update.release.iter().map(named));
    }
    sources.extend(
        requirements
            .requirement
            .iter()
            .map(|e| e.source(format!("{} needs {}", e.file.get_ref(), e.needs.get_ref()))),
    );
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_says_where_it_comes_from() {
        let known = Advisories::built_in();
        let sources = &known.sources;
        assert!(sources.iter().all(|source| source.text.len() > 3), "{sources:?}");
        // What the core knows of updates is public, or follows from what is.
        let assumed: Vec<_> = sources
            .iter()
            .filter(|source| source.confidence == Confidence::Assumed)
            .map(|source| source.subject.as_str())
            .filter(|subject| subject.starts_with("KB"))
            .collect();
        assert!(assumed.is_empty(), "{assumed:?}");
    }

    /// The built-in files with something replaced in one of them.
    fn changed(file: &str, from: &str, to: &str) -> Vec<AdvisoryMistake> {
        let files: Vec<(&str, String)> = Advisories::BUILT_IN
            .iter()
            .map(|(name, text)| {
                let is_it = *name == file;
                assert!(!is_it || text.contains(from), "{file} has no {from}");
                (*name, if is_it { text.replacen(from, to, 1) } else { (*text).to_owned() })
            })
            .collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(n, text)| (*n, text.as_str())).collect();
        let mistakes = Advisories::read(&files).err().unwrap_or_default();
        for mistake in &mistakes {
            assert_eq!(mistake.file, file, "{mistake}");
        }
        mistakes
    }

    #[test]
    fn every_mistake_is_said_with_its_place() {
        let cases = [
            ("platform.toml", "build = 3790", "bild = 3790", "unknown field `bild`"),
            ("platform.toml", "\"5.2.3790\"", "\"5.2\"", "expected three numbers"),
            ("platform.toml", "sp1 = 1830", "sp1 = 9999", "revisions that rise"),
            ("platform.toml", "system32/ntdll.dll", "system32/kernel32.dll", "listed twice"),
            ("components.toml", "\"inetinfo.exe\"", "\"iisutil.dll\"", "a file has one owner"),
            ("components.toml", "\"inetinfo.exe\"", "\"a<b\"", "a<b"),
            ("components.toml", "essential = \"w3wp.exe\"", "essential = \"w3.exe\"", "no file of"),
            ("updates.toml", "inetsrv/asp.dll", "inetsrv/asq.dll", "no file of a component"),
            ("updates.toml", "KB942831", "KB942830", "listed twice"),
            ("updates.toml", "number = 2", "number = 3", "numbered 1, 2"),
            ("requirements.toml", "iisutil.dll", "iisutl.dll", "no file of a component"),
            ("components.toml", "id = \"iis_ftp\"", "id = \"iis_www\"", "iis_www is listed twice"),
            ("platform.toml", "\"6.0.3790\"", "\"5.2.3790\"", "5.2.3790 is listed twice"),
            ("platform.toml", "inetsrv/w3wp.exe", "inetsrv/w3p.exe", "no file of a component"),
            ("platform.toml", "[\"w3dt.dll\"", "[\"w3d.dll\"", "has the name w3d.dll"),
            ("platform.toml", "\"system32/inetsrv\", \"system32\", \"\"", "", "expected folders"),
            ("platform.toml", "\"system32\", \"\"]", "\"../x\"]", "expected folders"),
            ("updates.toml", "KB942831", "942831", "KB and a number"),
            ("updates.toml", "rtm = 520, sp1 = 2684 ", "", "expected a revision for"),
            ("updates.toml", "rtm = 520", "sp3 = 520", "expected a revision for"),
            ("updates.toml", "rtm = 520", "rtn = 520", "`rtn` is not a level"),
            ("updates.toml", "inetsrv/iisext.dll", "inetsrv/adsiis.dll", "in this release"),
            ("requirements.toml", "[[requirement]]", "[[requirement]", "expected"),
        ];
        for (file, from, to, says) in cases {
            let mistakes = changed(file, from, to);
            assert!(
                mistakes.iter().any(|m| m.problem.contains(says) && m.span.is_some()),
                "{file}, {to}: {mistakes:?}"
            );
        }
        // What is wrong in several places is said in one run.
        assert_eq!(changed("updates.toml", "asp.dll\", rtm", "asq.dll\", rtm").len(), 1);
    }

    #[test]
    fn a_file_that_is_missing_and_one_too_many_are_mistakes() {
        let mut files = Advisories::BUILT_IN.to_vec();
        files.pop();
        files.push(("advisories/update.toml", ""));
        let said: Vec<String> =
            Advisories::read(&files).unwrap_err().iter().map(ToString::to_string).collect();
        let [too_many, missing] = said.as_slice() else { panic!("{said:?}") };
        assert!(too_many.starts_with("advisories/update.toml: advisories have no such file"));
        assert_eq!(missing, "requirements.toml: the file is missing");
    }
}
