//! What a host's registry should say, from the host and its recorded updates, beside what the
//! detection core reads of the hives.
//!
//! Names and contents of the operating system's own values stand here as they are documented.

use patchstate_catalog::Catalog;
use patchstate_detect::{
    RecordedFile, RecordedUpdate, RegistryEvidence,
    hive::{Hive as HiveBytes, HiveKey},
};
use patchstate_servicing::{HostView, Record};
use patchstate_terms::{Architecture, Hive, Level, RegistryPath, RegistryValue};
use std::collections::BTreeMap;

/// Everything that can be read of both hives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegistryFacts {
    product_name: Option<String>,
    current_version: Option<String>,
    current_build: Option<String>,
    service_pack_text: Option<String>,
    level: Option<Level>,
    system_root: Option<String>,
    processor_architecture: Option<String>,
    iis_version: Option<(u32, u32)>,
    source_path: Option<String>,
    service_pack_source_path: Option<String>,
    service_pack_cache_path: Option<String>,
    components: Option<BTreeMap<String, Option<bool>>>,
    updates: BTreeMap<String, RecordedUpdate>,
    /// Every value of both hives, found by walking all keys.
    values: BTreeMap<RegistryPath, RegistryValue>,
    is_readable: bool,
    notes: Vec<String>,
}

impl RegistryFacts {
    /// What a host says.
    pub(crate) fn expected(host: HostView<'_>) -> Self {
        let catalog = host.model().catalog();
        let text = |text: &str| Some(text.to_owned());
        let installed = |id: &str| {
            let component = catalog.component_named(id).expect("a component of the catalog");
            host.has(component)
        };
        let ids = ["iis_common", "iis_inetmgr", "iis_www", "iis_ftp", "iis_smtp", "iis_nntp"];
        let (processor, folder) = match host.architecture() {
            Architecture::X86 => ("x86", "i386"),
            Architecture::X64 => ("AMD64", "amd64"),
        };
        let cache = format!(r"C:\WINDOWS\ServicePackFiles\{folder}");
        Self {
            product_name: text("Microsoft Windows Server 2003"),
            current_version: text("5.2"),
            current_build: text("3790"),
            service_pack_text: match host.level() {
                Level::RTM => None,
                pack => text(&format!("Service Pack {}", pack.number())),
            },
            level: Some(host.level()),
            system_root: text(r"C:\WINDOWS"),
            processor_architecture: text(processor),
            iis_version: installed("iis_common").then_some((6, 0)),
            source_path: text(r"D:\"),
            // The values outlive the folder.
            service_pack_source_path: match (host.level(), host.cache()) {
                (Level::RTM, None) => None,
                (level, None) if level == host.base() => text(r"D:\"),
                _ => text(r"C:\WINDOWS\ServicePackFiles"),
            },
            service_pack_cache_path: match (host.level(), host.cache()) {
                (_, Some(_)) => Some(cache),
                (level, None) => (level != host.base()).then_some(cache),
            },
            components: Some(ids.map(|id| (id.to_owned(), Some(installed(id)))).into()),
            updates: host
                .records()
                .map(|record| recorded(catalog, &record))
                .chain(service_pack_2(host.level()))
                .collect(),
            values: host.model().registry(host.host()),
            is_readable: true,
            notes: Vec::new(),
        }
    }

    /// What the core read, and every value that stands in the hives.
    pub(crate) fn read(read: &RegistryEvidence, software: &[u8], system: &[u8]) -> Self {
        let mut values = BTreeMap::new();
        for (hive, bytes) in [(Hive::Software, software), (Hive::System, system)] {
            let root = HiveBytes::open(bytes)
                .and_then(|opened| opened.root().map_err(|error| panic!("{hive}: {error}")));
            walk(hive, "", &root.expect("a hive that opens"), &mut values);
        }
        for (path, value) in &values {
            assert_eq!(read.value(path), Ok(Some(value.clone())), "{path}");
        }
        Self {
            product_name: read.product_name.clone(),
            current_version: read.current_version.clone(),
            current_build: read.current_build.clone(),
            service_pack_text: read.service_pack_text.clone(),
            level: read.level,
            system_root: read.system_root.clone(),
            processor_architecture: read.processor_architecture.clone(),
            iis_version: read.iis_version,
            source_path: read.source_path.clone(),
            service_pack_source_path: read.service_pack_source_path.clone(),
            service_pack_cache_path: read.service_pack_cache_path.clone(),
            components: read.components.clone(),
            updates: read.updates.clone(),
            values,
            is_readable: read.software.is_readable() && read.system.is_readable(),
            notes: read.notes.clone(),
        }
    }
}

/// Service Pack 2 leaves an entry of its own among the hotfixes.
fn service_pack_2(level: Level) -> Option<(String, RecordedUpdate)> {
    let entry = || RecordedUpdate { release: 1, ..RecordedUpdate::default() };
    (level == Level::SP2).then(|| ("KB914961".to_owned(), entry()))
}

/// The record of an update: the list of the package's files for the level that they were installed
/// for, whether they are there or not.
fn recorded(catalog: &Catalog, record: &Record) -> (String, RecordedUpdate) {
    let update = catalog.update(record.update);
    let release = update.release(record.release).expect("a release of the update");
    let mut files: Vec<RecordedFile> = release
        .table(record.level)
        .iter()
        .map(|package| {
            let path = &catalog.file(package.file).path;
            RecordedFile {
                path: Some(path.clone()),
                location: format!(r"C:\WINDOWS\{}", path.as_str().replace('/', r"\")),
                version: Some(catalog.version(package.file, package.revision)),
            }
        })
        .collect();
    files.sort();
    let registered_under = Some(update.registered_under);
    (update.id.clone(), RecordedUpdate { release: record.release, registered_under, files })
}

/// Takes every value of a key and of the keys below it.
fn walk(
    hive: Hive,
    path: &str,
    key: &HiveKey<'_>,
    values: &mut BTreeMap<RegistryPath, RegistryValue>,
) {
    for (name, value) in key.values().expect("values that can be read") {
        let at = RegistryPath { hive, key: path.to_owned(), value: name };
        assert_eq!(values.insert(at, value), None, "{path}: a value twice");
    }
    for below in key.subkeys().expect("keys that can be read") {
        let name = below.name();
        let path = if path.is_empty() { name } else { format!(r"{path}\{name}") };
        walk(hive, &path, &below, values);
    }
}
