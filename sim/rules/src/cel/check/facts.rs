//! What can be said of a path, a version, an update or a registry value without running a rule.
//!
//! **Owns** reading them from texts in quotes, and comparing them with what the detection core
//! knows. A text that cannot be one is an error; one that nothing known fits is a warning, since
//! real machines have more than is known here.

use crate::KnownNames;
use crate::cel::{
    codes,
    mistakes::{Mistake, did_you_mean},
    syntax::Literal,
};
use patchstate_detect::advisory::Family;
use patchstate_source::{nearest, quoted};
use patchstate_terms::{FileVersion, Hive, Level, RegistryPath, WindowsPath, folded};
use std::ops::Range;

/// What was read, and what to say about it.
pub(in crate::cel) type Read<T> = (Option<T>, Option<Mistake>);

fn refused<T>(mistake: Mistake) -> Read<T> {
    (None, Some(mistake))
}

/// A path below the Windows folder.
pub(in crate::cel) fn path(
    known: &KnownNames,
    text: &str,
    span: Range<usize>,
) -> Read<WindowsPath> {
    let path: WindowsPath = match text.parse() {
        Ok(path) => path,
        Err(error) => {
            let mistake = Mistake::error(codes::UNKNOWN_PATH, span, error.to_string());
            return refused(match below_windows(text) {
                Some(inner) => mistake.help(format!("write `{inner}`")),
                None => mistake.help("paths are relative to the Windows folder"),
            });
        }
    };
    if known.has_file(&path) {
        return (Some(path), None);
    }
    let message = format!("no file that is known here has the path `{}`", quoted(path.as_str()));
    let mistake = Mistake::warning(codes::UNKNOWN_PATH, span, message);
    let mistake = match below_windows(path.as_str()).or_else(|| nearest_path(known, &path)) {
        Some(near) => mistake.help(did_you_mean(near.as_str())),
        None => mistake,
    };
    (Some(path), Some(mistake))
}

/// The rest of a path that starts with a drive, a variable or the name of the Windows folder.
fn below_windows(text: &str) -> Option<WindowsPath> {
    let text = folded(text).replace('\\', "/");
    let text = text.split_once(":/").map_or(text.as_str(), |(_, rest)| rest);
    let text = text.trim_start_matches('/');
    let folders = ["windows/", "winnt/", "%windir%/", "%systemroot%/"];
    folders.into_iter().find_map(|folder| text.strip_prefix(folder))?.parse().ok()
}

/// The known path that was probably meant: the same name elsewhere, else a near name in the same
/// folder, else a near name anywhere.
fn nearest_path(known: &KnownNames, path: &WindowsPath) -> Option<WindowsPath> {
    let same_name = known.all_files().find(|file| file.file_name() == path.file_name());
    let near = |files: &[&WindowsPath]| -> Option<WindowsPath> {
        let name = nearest(path.file_name(), files.iter().map(|file| file.file_name()))?;
        files.iter().find(|file| file.file_name() == name).map(|file| (*file).clone())
    };
    let (here, elsewhere): (Vec<&WindowsPath>, Vec<&WindowsPath>) =
        known.all_files().partition(|file| file.folder() == path.folder());
    same_name.cloned().or_else(|| near(&here)).or_else(|| near(&elsewhere))
}

/// A file version.
pub(super) fn version(
    known: &KnownNames,
    literal: &Literal,
    span: Range<usize>,
) -> Read<FileVersion> {
    let version: FileVersion = match literal.value.parse() {
        Ok(version) => version,
        Err(error) => {
            let mistake = Mistake::error(codes::IMPOSSIBLE_VERSION, span, error.to_string());
            return refused(match completed(known, &literal.value) {
                Some(version) => mistake.help(did_you_mean(&version.to_string())),
                None => mistake.help(families(&known.core.families)),
            });
        }
    };
    let mistake = (!known.has_build(version)).then(|| {
        let build = build(version);
        let message = format!("no file that is known here has a version {build}.*");
        Mistake::warning(codes::IMPOSSIBLE_VERSION, span, message)
            .help(families(&known.core.families))
    });
    (Some(version), mistake)
}

/// The version that was meant by three numbers: those of a known family without its build.
fn completed(known: &KnownNames, text: &str) -> Option<FileVersion> {
    let numbers: Option<Vec<u16>> = text.split('.').map(|number| number.parse().ok()).collect();
    let [major, minor, revision] = numbers?.try_into().ok()?;
    let known = known.core.families.iter().map(|family| family.version);
    let family = known.into_iter().find(|known| (known.major, known.minor) == (major, minor))?;
    // Where it is the build that stands last, the revision is missing, which could be any.
    (revision != family.build).then(|| family.with_revision(revision))
}

fn build(version: FileVersion) -> String {
    format!("{}.{}.{}", version.major, version.minor, version.build)
}

fn families<'a>(families: impl IntoIterator<Item = &'a Family>) -> String {
    let builds: Vec<String> =
        families.into_iter().map(|family| format!("{}.*", build(family.version))).collect();
    format!("expected {}", builds.join(" or "))
}

/// What is wrong with comparing the version of something with this one: the files of the operating
/// system count by the first family that is known, those of components by the others.
pub(super) fn compared_version(
    known: &KnownNames,
    path: Option<&WindowsPath>,
    version: FileVersion,
    span: Range<usize>,
) -> Option<Mistake> {
    let known = &known.core;
    let is_system = match path {
        None => true,
        Some(path) => known.file(known.number(path)?)?.component.is_none(),
    };
    let (system, others) = known.families.split_first()?;
    let fitting = if is_system { std::slice::from_ref(system) } else { others };
    // One that no file at all has is said where it is written.
    if known.family(version).is_none()
        || fitting.iter().any(|family| family.version.same_build(version))
    {
        return None;
    }
    let what = path.map_or("the operating system", WindowsPath::as_str);
    let message = format!("{what} never has a version {}.*", build(version));
    let mistake = Mistake::warning(codes::IMPOSSIBLE_VERSION, span, message);
    Some(mistake.help(families(fitting)))
}

/// An update's id, in capitals.
pub(super) fn update(known: &KnownNames, literal: &Literal, span: Range<usize>) -> Read<String> {
    let id = literal.value.to_ascii_uppercase();
    let is_number =
        |text: &str| (1..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if !id.strip_prefix("KB").is_some_and(is_number) {
        let message = format!("`{}` is not an update: expected KB and a number", quoted(&id));
        let mistake = Mistake::error(codes::UNKNOWN_UPDATE, span, message);
        let number: String = id.chars().filter(char::is_ascii_digit).collect();
        let meant = format!("KB{number}");
        return refused(if known.latest_release(&meant).is_some() || is_number(&id) {
            mistake.help(did_you_mean(&meant))
        } else {
            mistake
        });
    }
    let mistake = known.latest_release(&id).is_none().then(|| {
        let message = format!("no update that is known here has the id `{id}`");
        let mistake = Mistake::warning(codes::UNKNOWN_UPDATE, span, message);
        mistake.nearest(&id, known.all_updates())
    });
    (Some(id), mistake)
}

/// A registry value: a key below one of the hives that are read, and the value's name.
pub(super) fn registry(key: &Literal, span: Range<usize>, value: &Literal) -> Read<RegistryPath> {
    let text = key.value.replace('/', "\\");
    let parts: Vec<&str> = text.split('\\').collect();
    let unknown = |message: String, help: &str| {
        refused(Mistake::error(codes::UNKNOWN_HIVE, span.clone(), message).help(help))
    };
    let start = r"keys start with `HKLM\SOFTWARE\` or `HKLM\SYSTEM\`";
    let [root, hive, key @ ..] = parts.as_slice() else {
        return unknown(format!("`{}` is not a registry key", quoted(&text)), start);
    };
    if !["HKLM", "HKEY_LOCAL_MACHINE"].into_iter().any(|name| root.eq_ignore_ascii_case(name)) {
        return unknown(format!("`{}` is not a root that is read", quoted(root)), start);
    }
    let Some(found) = Hive::ALL.into_iter().find(|h| h.to_string().eq_ignore_ascii_case(hive))
    else {
        let names = Hive::ALL.map(|hive| hive.to_string());
        let message = format!(r"`HKLM\{}` is not a hive that is read", quoted(hive));
        let mistake = Mistake::error(codes::UNKNOWN_HIVE, span, message);
        return refused(mistake.nearest(hive, names.iter().map(String::as_str)));
    };
    if key.is_empty() || key.iter().any(|part| part.is_empty()) {
        let message = format!("`{}` is not a registry key: a part is empty", quoted(&text));
        return unknown(message, start);
    }
    let path = RegistryPath { hive: found, key: key.join("\\"), value: value.value.clone() };
    (Some(path), None)
}

/// A level of the product, as the fields give it: in lower case.
pub(super) fn level(known: &KnownNames, literal: &Literal, span: Range<usize>) -> Read<Level> {
    let names = known.core.levels().map(Level::as_str);
    let level = known.core.levels().find(|level| level.as_str() == literal.value);
    if level.is_some() {
        return (level, None);
    }
    let message = format!("`{}` is not a level", quoted(&literal.value));
    let mistake = Mistake::error(codes::UNKNOWN_LEVEL, span, message);
    refused(match known.core.level(literal.value.parse().ok()) {
        Some(level) => mistake.help(did_you_mean(level.as_str())),
        None => mistake.nearest(&literal.value, names),
    })
}
