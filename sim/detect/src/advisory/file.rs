//! How the advisory files are written, and how they become [`Advisories`].

use super::model::{
    Advisories, Brought, Component, Confidence, Family, FileNumber, KnownFile, Product, Release,
    Requirement, Revision, Source, Update, Worker,
};
use patchstate_terms::{FileVersion, Level, WindowsPath};
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::BTreeMap;

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

entry!(ProductEntry { name: String, version: String, build: u16 });
entry!(FamilyEntry { version: String, baselines: Revisions });
entry!(SystemFileEntry { path: WindowsPath, tells_level: bool });
entry!(WorkerEntry { program: WindowsPath, loads: Vec<String>, folders: Vec<String>, });
entry!(ServicePackEntry { level: Level, not_for: Vec<String>, });
entry!(ComponentEntry {
    id: String,
    folder: String,
    files: Vec<String>,
    essential: Option<String>,
});
entry!(ReleaseEntry {
    number: u8,
    released: String,
    refuses_mixed_hosts: Option<bool>,
    files: Vec<ReleaseFileEntry>,
});
entry!(RequirementEntry {
    file: WindowsPath,
    above_revision: u16,
    needs: WindowsPath,
    needs_revision: u16,
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revisions {
    rtm: u16,
    sp1: u16,
    sp2: u16,
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
    update: Vec<UpdateEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UpdateEntry {
    id: String,
    registered_under: u8,
    #[serde(default)]
    qfe_only: bool,
    release: Vec<ReleaseEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseFileEntry {
    path: WindowsPath,
    rtm: Option<RevisionEntry>,
    sp1: Option<RevisionEntry>,
    sp2: Option<RevisionEntry>,
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
    requirement: Vec<RequirementEntry>,
}

/// Reads one advisory file.
pub(super) fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| format!("{name}: {error}"))
}

type Numbers = BTreeMap<WindowsPath, FileNumber>;

fn lookup(numbers: &Numbers, path: &WindowsPath) -> Result<FileNumber, String> {
    numbers.get(path).copied().ok_or_else(|| format!("{path} belongs to no component"))
}

/// Puts the files together; every path must be that of a known file.
pub(super) fn assemble(
    platform: PlatformFile,
    components: &ComponentsFile,
    updates: UpdatesFile,
    requirements: &RequirementsFile,
) -> Result<Advisories, String> {
    let sources = sources(&platform, components, &updates, requirements);
    let files = known_files(&platform, components)?;
    let numbers: Numbers =
        files.iter().enumerate().map(|(number, file)| (file.path.clone(), number)).collect();
    if numbers.len() != files.len() {
        return Err("a file is listed twice".to_owned());
    }
    Ok(Advisories {
        product: Product {
            name: platform.product.name,
            version: platform.product.version,
            build: platform.product.build,
        },
        families: platform.family.iter().map(family).collect::<Result<_, _>>()?,
        components: components
            .component
            .iter()
            .map(|entry| component(entry, &numbers))
            .collect::<Result<_, _>>()?,
        updates: updates
            .update
            .into_iter()
            .map(|entry| update(entry, &numbers))
            .collect::<Result<_, _>>()?,
        requirements: requirements
            .requirement
            .iter()
            .map(|entry| requirement(entry, &numbers))
            .collect::<Result<_, _>>()?,
        worker: Worker {
            program: platform.worker.program,
            loads: platform.worker.loads,
            folders: platform.worker.folders,
        },
        service_packs: platform.service_pack.into_iter().map(|e| (e.level, e.not_for)).collect(),
        iis_names: files
            .iter()
            .filter(|file| file.component.is_some())
            .map(|file| file.path.file_name().to_owned())
            .collect(),
        files,
        sources,
        numbers,
    })
}

fn known_files(
    platform: &PlatformFile,
    components: &ComponentsFile,
) -> Result<Vec<KnownFile>, String> {
    let mut files: Vec<KnownFile> = platform
        .system_file
        .iter()
        .map(|entry| KnownFile {
            path: entry.path.clone(),
            component: None,
            tells_level: entry.tells_level,
        })
        .collect();
    for (number, entry) in components.component.iter().enumerate() {
        for name in &entry.files {
            let path = path_in(&entry.folder, name)?;
            files.push(KnownFile { path, component: Some(number), tells_level: false });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn path_in(folder: &str, name: &str) -> Result<WindowsPath, String> {
    format!("{folder}/{name}").parse().map_err(|error| format!("{error}"))
}

fn family(entry: &FamilyEntry) -> Result<Family, String> {
    let version: FileVersion =
        format!("{}.0", entry.version).parse().map_err(|error| format!("{error}"))?;
    let Revisions { rtm, sp1, sp2 } = entry.baselines;
    if !(rtm < sp1 && sp1 < sp2) {
        return Err(format!("the baselines of {} do not rise", entry.version));
    }
    Ok(Family { version, baselines: [rtm, sp1, sp2] })
}

fn component(entry: &ComponentEntry, numbers: &Numbers) -> Result<Component, String> {
    let number = |name: &String| lookup(numbers, &path_in(&entry.folder, name)?);
    Ok(Component {
        id: entry.id.clone(),
        files: entry.files.iter().map(number).collect::<Result<_, _>>()?,
        essential: entry.essential.as_ref().map(number).transpose()?,
    })
}

fn update(entry: UpdateEntry, numbers: &Numbers) -> Result<Update, String> {
    let mut releases = Vec::new();
    for release in &entry.release {
        let mut files = [const { Vec::new() }; 3];
        for file in &release.files {
            let number = lookup(numbers, &file.path)?;
            let revisions = [file.rtm, file.sp1, file.sp2];
            for (level, revision) in files.iter_mut().zip(revisions) {
                level.extend(revision.map(|revision| brought(number, revision)));
            }
        }
        releases.push(Release {
            number: release.number,
            refuses_mixed_hosts: release.refuses_mixed_hosts.unwrap_or(false),
            released: release.released.clone(),
            files,
        });
    }
    Ok(Update {
        id: entry.id,
        registered_under: entry.registered_under,
        is_qfe_only: entry.qfe_only,
        releases,
    })
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

fn requirement(entry: &RequirementEntry, numbers: &Numbers) -> Result<Requirement, String> {
    Ok(Requirement {
        file: lookup(numbers, &entry.file)?,
        above_revision: entry.above_revision,
        needs: lookup(numbers, &entry.needs)?,
        needs_revision: entry.needs_revision,
    })
}

fn sources(
    platform: &PlatformFile,
    components: &ComponentsFile,
    updates: &UpdatesFile,
    requirements: &RequirementsFile,
) -> Vec<Source> {
    let mut sources = vec![
        platform.product.source(platform.product.name.as_str()),
        platform.worker.source(platform.worker.program.as_str()),
    ];
    sources.extend(platform.family.iter().map(|e| e.source(format!("versions {}.*", e.version))));
    sources.extend(platform.system_file.iter().map(|e| e.source(e.path.as_str())));
    sources.extend(platform.service_pack.iter().map(|e| e.source(e.level.title())));
    sources.extend(components.component.iter().map(|e| e.source(e.id.as_str())));
    for update in &updates.update {
        let named = |e: &ReleaseEntry| e.source(format!("{}/v{}", update.id, e.number));
        sources.extend(update.release.iter().map(named));
    }
    sources.extend(
        requirements.requirement.iter().map(|e| e.source(format!("{} needs {}", e.file, e.needs))),
    );
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_says_where_it_comes_from() {
        let sources = &Advisories::built_in().sources;
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

    #[test]
    fn an_unknown_field_is_refused() {
        assert!(parse::<RequirementsFile>("x.toml", "requirement = []\nextra = 1").is_err());
    }
}
