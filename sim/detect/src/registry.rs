//! What the registry hives say about a host.
//!
//! **Owns** the keys that detection reads (all documented), and how update.exe records an update.
//! **Must never know** the bytes of a hive (that is `hive`) nor what a recorded update means.
//!
//! **Start reading** at [`RegistryEvidence`]; `open` for what a hive and its log make together.

mod open;

pub use open::{HiveContent, HiveEvidence, HiveFiles};

use crate::{
    Problem, ProblemPart,
    hive::{Hive, HiveKey},
};
use open::Whole;
use patchstate_terms::{
    FileVersion, Hive as HiveName, Level, RegistryPath, RegistryType, RegistryValue, WindowsPath,
    folded,
};
use std::collections::BTreeMap;

const CURRENT_VERSION: &str = r"Microsoft\Windows NT\CurrentVersion";
const HOTFIX: &str = r"Microsoft\Windows NT\CurrentVersion\HotFix";
/// Below it, a key for each product, and there one for each service pack that will contain updates.
const UPDATES: &str = r"Microsoft\Updates";
const SUBCOMPONENTS: &str = r"Microsoft\Windows\CurrentVersion\Setup\OC Manager\Subcomponents";
const SETUP: &str = r"Microsoft\Windows\CurrentVersion\Setup";
const INFORMATION_SERVER: &str = r"Microsoft\INetStp";
const ENVIRONMENT: &str = r"CurrentControlSet\Control\Session Manager\Environment";
const SESSION_MANAGER: &str = r"CurrentControlSet\Control\Session Manager";
/// Most pairs of files that may wait for a restart.
const PENDING_COUNT_MAX: usize = 65536;
pub(crate) const CURRENT_CONTROL_SET: &str = r"CurrentControlSet\";
/// Most files that all recorded updates may list together.
const RECORDED_FILE_COUNT_MAX: usize = 65536;

/// An update that the registry records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordedUpdate {
    /// Its release: 2 for a key like `KB973917-v2`, else 1.
    pub release: u8,
    /// The service pack that was to contain it, from the key's place: 3 below `SP3`.
    pub registered_under: Option<u8>,
    /// The files that it says it brought.
    pub files: Vec<RecordedFile>,
}

/// One entry of a recorded update's `Filelist`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordedFile {
    /// The file below the Windows folder; `None` where `Location` is somewhere else.
    pub path: Option<WindowsPath>,
    /// `Location` and `FileName` as written.
    pub location: String,
    /// `Version`, where it reads as one.
    pub version: Option<FileVersion>,
}

/// A file that the next restart moves to another place, or deletes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PendingRename {
    /// The file as it is written.
    pub source: String,
    /// Its new place as it is written; empty where it is deleted.
    pub target: String,
    /// The file below the Windows folder; `None` where it is somewhere else.
    pub source_path: Option<WindowsPath>,
    /// Its new place below the Windows folder.
    pub target_path: Option<WindowsPath>,
}

/// Everything that is read from the hives. A value that is not there is `None`.
#[derive(Clone, Debug, Default)]
pub struct RegistryEvidence {
    /// The file `system32/config/software`.
    pub software: HiveEvidence,
    /// The file `system32/config/system`.
    pub system: HiveEvidence,
    /// `ProductName`.
    pub product_name: Option<String>,
    /// `CurrentVersion`, for example `5.2`.
    pub current_version: Option<String>,
    /// `CurrentBuildNumber`, for example `3790`.
    pub current_build: Option<String>,
    /// `CSDVersion`, for example `Service Pack 2`; absent at RTM.
    pub service_pack_text: Option<String>,
    /// The level that `CSDVersion` or its absence says; `None` where it is no known level or the
    /// key could not be read.
    pub level: Option<Level>,
    /// `SystemRoot`.
    pub system_root: Option<String>,
    /// `PROCESSOR_ARCHITECTURE` of the current control set.
    pub processor_architecture: Option<String>,
    /// `MajorVersion` and `MinorVersion` of IIS.
    pub iis_version: Option<(u32, u32)>,
    /// `SourcePath` of Setup.
    pub source_path: Option<String>,
    /// `ServicePackSourcePath` of Setup.
    pub service_pack_source_path: Option<String>,
    /// `ServicePackCachePath` of Setup.
    pub service_pack_cache_path: Option<String>,
    /// Components by id in lower case, and whether each is installed, `None` where the value is no
    /// number; `None` for all where the key is not there or could not be read.
    pub components: Option<BTreeMap<String, Option<bool>>>,
    /// Recorded updates by id in capitals.
    pub updates: BTreeMap<String, RecordedUpdate>,
    /// What the next restart does to files, in this order.
    pub pending: Vec<PendingRename>,
    /// What a reader should know, though everything could be read.
    pub notes: Vec<String>,
}

/// A value cannot be known, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// A clause without a full stop.
    pub reason: String,
}

/// A hive while it is being read: remembers the first thing that went wrong.
struct Reader<'a> {
    hive: Hive<'a>,
    error: Option<String>,
}

impl RegistryEvidence {
    /// Reads both hives. Where one was not closed cleanly, it cannot be read.
    #[must_use]
    pub fn read(software: HiveContent, system: HiveContent) -> Self {
        Self::read_with_logs(HiveFiles::without_log(software), HiveFiles::without_log(system))
    }

    /// Reads both hives, with their logs where they were not closed cleanly.
    #[must_use]
    pub fn read_with_logs(software: HiveFiles, system: HiveFiles) -> Self {
        let mut evidence = Self::default();
        evidence.software = opened(software, &mut evidence, HiveName::Software, read_software);
        evidence.system = opened(system, &mut evidence, HiveName::System, read_system);
        evidence
    }

    /// Any value of either hive; `CurrentControlSet` stands for the control set that
    /// `Select\Current` names. `None` where it is not there.
    pub fn value(&self, path: &RegistryPath) -> Result<Option<RegistryValue>, Unknown> {
        match self.key_of(path)? {
            Some(key) => Ok(key.value(&path.value)?),
            None => Ok(None),
        }
    }

    /// Whether the next restart does anything to files.
    ///
    /// # Errors
    /// When the hive SYSTEM is not there or cannot be read.
    pub fn is_restart_pending(&self) -> Result<bool, Unknown> {
        if !self.pending.is_empty() {
            return Ok(true);
        }
        match (&self.system, self.system.problem()) {
            (HiveEvidence::Absent, _) => Err(unknown("SYSTEM is not there".to_owned())),
            (_, Some(problem)) => Err(unknown(problem.reason.clone())),
            (_, None) => Ok(false),
        }
    }

    /// The type of a value, which is known wherever the value is there, also where its content
    /// cannot be read. `None` where it is not there.
    pub fn value_type(&self, path: &RegistryPath) -> Result<Option<RegistryType>, Unknown> {
        match self.key_of(path)? {
            Some(key) => Ok(key.value_type(&path.value)?),
            None => Ok(None),
        }
    }

    /// Whether a key is there; `CurrentControlSet` as for [`value`](Self::value), and the empty
    /// key is the root of the hive.
    pub fn has_key(&self, hive: HiveName, key: &str) -> Result<bool, Unknown> {
        let opened = self.opened(hive)?;
        // The separator makes `CurrentControlSet` alone the control set that it stands for.
        let path = real_key(&opened, hive, &format!(r"{key}\"))?;
        Ok(opened.key(&path)?.is_some())
    }

    /// The key that a value would stand in, if that is there.
    fn key_of(&self, path: &RegistryPath) -> Result<Option<HiveKey<'_>>, Unknown> {
        let hive = self.opened(path.hive)?;
        let key = real_key(&hive, path.hive, &path.key)?;
        Ok(hive.key(&key)?)
    }

    pub(crate) fn opened(&self, name: HiveName) -> Result<Hive<'_>, Unknown> {
        let evidence = match name {
            HiveName::Software => &self.software,
            HiveName::System => &self.system,
        };
        match evidence {
            HiveEvidence::Absent => Err(unknown(format!("{name} is not there"))),
            HiveEvidence::Unreadable(problem) => Err(unknown(problem.reason.clone())),
            HiveEvidence::Opened { bytes, .. } => {
                Hive::open(bytes).map_err(|problem| unknown(problem.reason))
            }
        }
    }
}

pub(crate) fn unknown(reason: String) -> Unknown {
    Unknown { reason }
}

impl From<crate::hive::HiveError> for Unknown {
    fn from(error: crate::hive::HiveError) -> Self {
        unknown(error.to_string())
    }
}

fn opened(
    files: HiveFiles,
    evidence: &mut RegistryEvidence,
    name: HiveName,
    read: fn(&mut Reader<'_>, &mut RegistryEvidence),
) -> HiveEvidence {
    let Whole { bytes, note } = match open::whole(files, name) {
        Ok(None) => return HiveEvidence::Absent,
        Ok(Some(whole)) => whole,
        Err(problem) => return HiveEvidence::Unreadable(problem),
    };
    evidence.notes.extend(note);
    let hive = match Hive::open(&bytes) {
        Ok(hive) => hive,
        Err(problem) => return HiveEvidence::Unreadable(problem),
    };
    let mut reader = Reader { hive, error: None };
    read(&mut reader, evidence);
    let Reader { hive, error } = reader;
    let problem = hive
        .cut_short()
        .or_else(|| error.map(|reason| Problem::unreadable(ProblemPart::Registry, reason)));
    HiveEvidence::Opened { bytes, problem }
}

fn read_software(reader: &mut Reader<'_>, evidence: &mut RegistryEvidence) {
    let version = reader.key(CURRENT_VERSION);
    let version = version.as_ref();
    evidence.product_name = reader.text(version, "ProductName");
    evidence.current_version = reader.text(version, "CurrentVersion");
    evidence.current_build = reader.text(version, "CurrentBuildNumber");
    evidence.service_pack_text = reader.text(version, "CSDVersion");
    evidence.system_root = reader.text(version, "SystemRoot");
    if evidence.current_version.is_some() && reader.error.is_none() {
        evidence.level = level_of(evidence.service_pack_text.as_deref());
    }
    let setup = reader.key(SETUP);
    let setup = setup.as_ref();
    evidence.source_path = reader.text(setup, "SourcePath");
    evidence.service_pack_source_path = reader.text(setup, "ServicePackSourcePath");
    evidence.service_pack_cache_path = reader.text(setup, "ServicePackCachePath");
    let server = reader.key(INFORMATION_SERVER);
    let server = server.as_ref();
    evidence.iis_version =
        reader.number(server, "MajorVersion").zip(reader.number(server, "MinorVersion"));
    evidence.components = read_components(reader);
    read_updates(reader, evidence);
}

fn read_system(reader: &mut Reader<'_>, evidence: &mut RegistryEvidence) {
    let path = real_key(&reader.hive, HiveName::System, ENVIRONMENT);
    if let Some(path) = reader.take(path) {
        let environment = reader.key(&path);
        let environment = environment.as_ref();
        evidence.processor_architecture = reader.text(environment, "PROCESSOR_ARCHITECTURE");
    }
    let path = real_key(&reader.hive, HiveName::System, SESSION_MANAGER);
    if let Some(path) = reader.take(path) {
        let session = reader.key(&path);
        if let Some(RegistryValue::Texts(texts)) =
            reader.value(session.as_ref(), "PendingFileRenameOperations")
        {
            if texts.len() > 2 * PENDING_COUNT_MAX {
                reader.fail(format!("over {PENDING_COUNT_MAX} files wait for a restart"));
            }
            evidence.pending = pending(&texts, evidence.system_root.as_deref());
        }
    }
}

/// The pairs of `PendingFileRenameOperations`: a file and its new place, which is empty where the
/// file is deleted. Both are names of the object manager, and a `!` before the second lets the file
/// replace another one (Windows SDK, `MoveFileEx`).
fn pending(texts: &[String], system_root: Option<&str>) -> Vec<PendingRename> {
    let path = |text: &str| {
        let name = text.strip_prefix('!').unwrap_or(text);
        below_windows(name.strip_prefix(r"\??\")?, system_root)
    };
    let pair = |pair: &[String]| {
        let source = pair.first().cloned().unwrap_or_default();
        let target = pair.get(1).cloned().unwrap_or_default();
        let (source_path, target_path) = (path(&source), path(&target));
        PendingRename { source, target, source_path, target_path }
    };
    texts.chunks(2).take(PENDING_COUNT_MAX).map(pair).collect()
}

/// A key with `CurrentControlSet` replaced by the control set that it stands for.
pub(crate) fn real_key(
    hive: &Hive<'_>,
    name: HiveName,
    key: &str,
) -> Result<String, crate::hive::HiveError> {
    let prefix = key.get(..CURRENT_CONTROL_SET.len()).unwrap_or_default();
    if name != HiveName::System || !prefix.eq_ignore_ascii_case(CURRENT_CONTROL_SET) {
        return Ok(key.to_owned());
    }
    let current = match hive.key("Select")? {
        Some(select) => select.value("Current")?,
        None => None,
    };
    // Without a selection there is no current control set; the key is then not found.
    Ok(match current {
        Some(RegistryValue::Number(number)) => {
            let rest = key.get(CURRENT_CONTROL_SET.len()..).unwrap_or_default();
            format!(r"ControlSet{number:03}\{rest}")
        }
        _ => key.to_owned(),
    })
}

/// The level that `CSDVersion` names, whether the product has it or not.
fn level_of(text: Option<&str>) -> Option<Level> {
    let Some(text) = text else { return Some(Level::RTM) };
    let number = text.trim().to_ascii_lowercase();
    let number = number.strip_prefix("service pack ")?.split([' ', ',']).next()?;
    format!("sp{number}").parse().ok()
}

fn read_components(reader: &mut Reader<'_>) -> Option<BTreeMap<String, Option<bool>>> {
    let key = reader.key(SUBCOMPONENTS)?;
    let values = reader.take(key.values())?;
    let number = |value| match value {
        RegistryValue::Number(number) => Some(number != 0),
        _ => None,
    };
    Some(values.into_iter().map(|(id, value)| (folded(&id), number(value))).collect())
}

fn read_updates(reader: &mut Reader<'_>, evidence: &mut RegistryEvidence) {
    let mut files_left = RECORDED_FILE_COUNT_MAX;
    let root = reader.key(UPDATES);
    let mut packs = Vec::new();
    for product in reader.subkeys(root.as_ref()) {
        packs.extend(reader.subkeys(Some(&product)));
    }
    for pack in packs {
        let under = folded(&pack.name()).strip_prefix("sp").and_then(|n| n.parse().ok());
        for key in reader.subkeys(Some(&pack)) {
            let Some((id, release)) = update_name(&key.name()) else { continue };
            let list = reader.take(key.subkey("Filelist")).flatten();
            let mut files = Vec::new();
            for entry in reader.subkeys(list.as_ref()) {
                if files_left == 0 {
                    reader.fail(format!("updates list over {RECORDED_FILE_COUNT_MAX} files"));
                    break;
                }
                files_left -= 1;
                files.extend(recorded_file(reader, &entry, evidence.system_root.as_deref()));
            }
            files.sort();
            record(evidence, id, RecordedUpdate { release, registered_under: under, files });
        }
    }
    let hotfixes = reader.key(HOTFIX);
    for key in reader.subkeys(hotfixes.as_ref()) {
        if let Some((id, release)) = update_name(&key.name()) {
            record(evidence, id, RecordedUpdate { release, ..RecordedUpdate::default() });
        }
    }
}

/// Records of one update: the highest release counts, and a record with files before one without.
fn record(evidence: &mut RegistryEvidence, id: String, update: RecordedUpdate) {
    let rank = |update: &RecordedUpdate| (update.release, update.registered_under.is_some());
    match evidence.updates.get(&id) {
        Some(other) if rank(other) >= rank(&update) => {}
        _ => {
            evidence.updates.insert(id, update);
        }
    }
}

/// Id and release of a key named like `KB973917` or `KB973917-v2`.
fn update_name(name: &str) -> Option<(String, u8)> {
    let name = name.to_ascii_uppercase();
    let (id, release) = match name.split_once('-') {
        None => (name.as_str(), 1),
        Some((id, suffix)) => (id, suffix.strip_prefix('V')?.parse().ok()?),
    };
    let number = id.strip_prefix("KB")?;
    let is_number = (1..=10).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    (is_number && release > 0).then(|| (id.to_owned(), release))
}

fn recorded_file(
    reader: &mut Reader<'_>,
    entry: &HiveKey<'_>,
    system_root: Option<&str>,
) -> Option<RecordedFile> {
    let name = reader.text(Some(entry), "FileName")?;
    let folder = reader.text(Some(entry), "Location").unwrap_or_default();
    let version = reader.text(Some(entry), "Version").and_then(|text| {
        // Some packages write the version with spaces around it.
        text.trim().parse().ok()
    });
    let location = format!(r"{}\{name}", folder.trim_end_matches('\\'));
    Some(RecordedFile { path: below_windows(&location, system_root), location, version })
}

/// The part of a full path below the Windows folder.
fn below_windows(path: &str, system_root: Option<&str>) -> Option<WindowsPath> {
    let lower = folded(path);
    let root = system_root.map(|root| folded(root.trim_end_matches('\\')));
    let fixed = ["%systemroot%", "%windir%"].into_iter().map(str::to_owned);
    let usual = lower
        .split_once(r":\")
        .into_iter()
        .flat_map(|(drive, _)| [format!(r"{drive}:\windows"), format!(r"{drive}:\winnt")]);
    root.into_iter()
        .chain(fixed)
        .chain(usual)
        .find_map(|root| lower.strip_prefix(&root)?.strip_prefix('\\')?.parse().ok())
}

impl<'a> Reader<'a> {
    fn fail(&mut self, reason: String) {
        self.error.get_or_insert(reason);
    }

    fn take<T>(&mut self, result: Result<T, crate::hive::HiveError>) -> Option<T> {
        result.map_err(|error| self.fail(error.to_string())).ok()
    }

    fn key(&mut self, path: &str) -> Option<HiveKey<'a>> {
        let key = self.hive.key(path);
        self.take(key).flatten()
    }

    fn subkeys(&mut self, key: Option<&HiveKey<'a>>) -> Vec<HiveKey<'a>> {
        key.and_then(|key| self.take(key.subkeys())).unwrap_or_default()
    }

    fn value(&mut self, key: Option<&HiveKey<'_>>, name: &str) -> Option<RegistryValue> {
        self.take(key?.value(name))?
    }

    fn text(&mut self, key: Option<&HiveKey<'_>>, name: &str) -> Option<String> {
        self.value(key, name)?.text().map(str::to_owned)
    }

    fn number(&mut self, key: Option<&HiveKey<'_>>, name: &str) -> Option<u32> {
        match self.value(key, name)? {
            RegistryValue::Number(number) => Some(number),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_updates_tell_id_and_release() {
        assert_eq!(update_name("KB973917"), Some(("KB973917".to_owned(), 1)));
        assert_eq!(update_name("kb973917-v2"), Some(("KB973917".to_owned(), 2)));
        for name in ["Q147222", "KB", "KB12x", "KB1-v0", "KB1-2", "KB12345678901"] {
            assert_eq!(update_name(name), None, "{name}");
        }
    }

    #[test]
    fn the_level_is_what_csdversion_says() {
        assert_eq!(level_of(None), Some(Level::RTM));
        assert_eq!(level_of(Some("Service Pack 2")), Some(Level::SP2));
        assert_eq!(level_of(Some("Service Pack 1, v.1289")), Some(Level::SP1));
        assert_eq!(level_of(Some("Service Pack 12")), None);
    }

    #[test]
    fn locations_are_read_below_whatever_the_windows_folder_is_called() {
        let path = |text, root| below_windows(text, root).map(|path| path.to_string());
        let expected = Some("system32/inetsrv/asp.dll".to_owned());
        assert_eq!(path(r"C:\WINDOWS\system32\inetsrv\asp.dll", None), expected);
        assert_eq!(path(r"d:\winnt\System32\inetsrv\asp.dll", None), expected);
        assert_eq!(path(r"E:\W2K3\system32\inetsrv\asp.dll", Some(r"E:\W2K3\")), expected);
        assert_eq!(path(r"%SystemRoot%\system32\inetsrv\asp.dll", None), expected);
        assert_eq!(path(r"C:\WINDOWS2\system32\inetsrv\asp.dll", None), None);
        assert_eq!(path(r"C:\WINDOWS\..\x.dll", None), None);
        assert_eq!(path(r"C:\Program Files\x.dll", None), None);
    }
}
