//! Places as documents write them, as places in evidence.
//!
//! Evidence is of a Windows folder and of two hives; a place outside of them cannot be known.

use patchstate_source::quoted;
use patchstate_terms::{Hive, WindowsPath, is_same_name};

/// The one root of the registry that evidence has a part of.
pub(super) const LOCAL_MACHINE: &str = "HKEY_LOCAL_MACHINE";
/// What stands for the Windows folder in paths that are known before the host is.
pub(super) const WINDOWS_FOLDER: &str = "%SystemRoot%";

/// The name of a root of the registry, or of a hive below `HKEY_LOCAL_MACHINE`, that is not read,
/// and the file that holds it in a Windows folder, where one does; `None` of what is read. Without
/// a key, it is any. Else why it cannot be told.
pub(super) fn other_hive(
    root: &str,
    key: Option<&str>,
) -> Result<Option<(String, Option<WindowsPath>)>, String> {
    let part = key.map(|key| key.trim_matches('\\').split('\\').next().unwrap_or_default());
    let file = |name: &str| format!("system32/config/{name}").parse().ok();
    let is = |name: &str| part.is_some_and(|part| part.eq_ignore_ascii_case(name));
    let below = |name: &str| Some((format!(r"{LOCAL_MACHINE}\{name}"), file(name)));
    Ok(match root {
        LOCAL_MACHINE if is("SAM") => below("sam"),
        LOCAL_MACHINE if is("SECURITY") => below("security"),
        // It is made anew at each start.
        LOCAL_MACHINE if is("HARDWARE") => Some((format!(r"{LOCAL_MACHINE}\HARDWARE"), None)),
        LOCAL_MACHINE => None,
        // Users have their hives elsewhere, but for the one that stands for none.
        "HKEY_USERS" if part.is_none() || is(".DEFAULT") || is("S-1-5-18") => {
            Some((r"HKEY_USERS\.DEFAULT".to_owned(), file("default")))
        }
        "HKEY_CURRENT_USER" | "HKEY_CURRENT_USER_LOCAL_SETTINGS" | "HKEY_USERS" => {
            Some((root.to_owned(), None))
        }
        "HKEY_CLASSES_ROOT" => {
            return Err(format!(
                "the hive {root} is put together from those of the machine and of a user: name \
                 {LOCAL_MACHINE} and the key SOFTWARE\\Classes"
            ));
        }
        "HKEY_CURRENT_CONFIG" => {
            return Err(format!(
                "the hive {root} is a part of another: name {LOCAL_MACHINE} and the key \
                 SYSTEM\\CurrentControlSet\\Hardware Profiles\\Current"
            ));
        }
        other => return Err(format!("the hive {} is not known", quoted(other))),
    })
}

/// The one of the two hives that all keys are in which a pattern can match; `None` where it may
/// match keys of others.
pub(super) fn hive_of_pattern(pattern: &str) -> Option<Hive> {
    let rest = ["^(?i)", "(?i)^", "^"].into_iter().find_map(|start| pattern.strip_prefix(start))?;
    if has_alternative(rest) {
        return None;
    }
    Hive::ALL.into_iter().find(|hive| {
        let Some((name, rest)) = rest.split_at_checked(hive.file_name().len()) else {
            return false;
        };
        let behind = rest.strip_prefix(r"\\");
        let is_whole = behind.is_some_and(|behind| !behind.starts_with(['*', '?', '{', '+']));
        name.eq_ignore_ascii_case(hive.file_name()) && (is_whole || rest == "$")
    })
}

/// Whether a pattern has an alternative that is not inside of a group.
fn has_alternative(pattern: &str) -> bool {
    let (mut depth, mut is_in_class, mut is_escaped) = (0_usize, false, false);
    for letter in pattern.chars() {
        if std::mem::take(&mut is_escaped) {
            continue;
        }
        match letter {
            '\\' => is_escaped = true,
            '[' => is_in_class = true,
            ']' => is_in_class = false,
            '(' if !is_in_class => depth += 1,
            ')' if !is_in_class => depth = depth.saturating_sub(1),
            // In a class it is a letter; there one says yes rather than be wrong about the class.
            '|' if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

/// The hive and the key below its root, of a key below `HKEY_LOCAL_MACHINE`; or why not.
pub(super) fn registry_place(key: &str) -> Result<(Hive, String), String> {
    let key = key.trim_matches('\\');
    let (root, rest) = key.split_once('\\').unwrap_or((key, ""));
    let hive = Hive::ALL.into_iter().find(|hive| root.eq_ignore_ascii_case(hive.file_name()));
    hive.map(|hive| (hive, rest.to_owned()))
        .ok_or_else(|| format!(r"the hive {LOCAL_MACHINE}\{root} is not in the evidence"))
}

/// The path below the Windows folder of an absolute path; or why not.
///
/// The folder is where the host says that it is; on a host that does not say, and for a path that
/// is read before the host is known, `WINDOWS` or `WINNT` on any drive.
pub(super) fn below_windows(path: &str, system_root: Option<&str>) -> Result<WindowsPath, String> {
    let outside = || format!("{path} is outside of the Windows folder, which is all that is known");
    let named = [WINDOWS_FOLDER, "%windir%"].into_iter().find_map(|root| below(path, root));
    let rest = match (named, system_root) {
        (Some(rest), _) => rest,
        (None, Some(root)) => below(path, root.trim_end_matches('\\')).ok_or_else(outside)?,
        (None, None) => {
            let is_drive = path.get(1..3) == Some(r":\")
                && path.starts_with(|drive: char| drive.is_ascii_alphabetic());
            let path = path.get(3..).filter(|_| is_drive).ok_or_else(outside)?;
            let mut usual = ["WINDOWS", "WINNT"].into_iter();
            usual.find_map(|root| below(path, root)).ok_or_else(outside)?
        }
    };
    rest.parse().map_err(|error| format!("{path}: {error}"))
}

/// The folder below the Windows folder of an absolute path, `None` for the Windows folder itself;
/// or why not.
pub(super) fn folder_below_windows(
    folder: &str,
    system_root: Option<&str>,
) -> Result<Option<WindowsPath>, String> {
    let inside = joined(folder, "file").and_then(|path| below_windows(&path, system_root));
    let inside = inside.map_err(|_| {
        format!("{folder} is outside of the Windows folder, which is all that is known")
    })?;
    inside
        .folder()
        .map(|path| path.parse().map_err(|error| format!("{folder}: {error}")))
        .transpose()
}

/// A file in a folder; or why not.
pub(super) fn joined(folder: &str, name: &str) -> Result<String, String> {
    if name.contains(['\\', '/']) {
        return Err(format!("`{name}` is no file name"));
    }
    Ok(format!(r"{}\{name}", folder.strip_suffix('\\').unwrap_or(folder)))
}

/// Folder and name of a path.
pub(super) fn parted(path: &str) -> (&str, &str) {
    path.rsplit_once('\\').unwrap_or(("", path))
}

fn below<'a>(path: &'a str, root: &str) -> Option<&'a str> {
    let (start, rest) = path.split_at_checked(root.len())?;
    if root.is_empty() || !is_same_name(start, root) {
        return None;
    }
    rest.strip_prefix('\\')
}
