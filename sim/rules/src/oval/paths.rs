//! Places as documents write them, as places in evidence.
//!
//! Evidence is of a Windows folder and of two hives; a place outside of them cannot be known.

use patchstate_terms::{Hive, WindowsPath, is_same_name};

/// The one root of the registry that evidence has a part of.
pub(super) const LOCAL_MACHINE: &str = "HKEY_LOCAL_MACHINE";
/// What stands for the Windows folder in paths that are known before the host is.
pub(super) const WINDOWS_FOLDER: &str = "%SystemRoot%";

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
