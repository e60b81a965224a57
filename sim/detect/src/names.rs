//! Names of DLLs as the loader of Windows reads them, and where it looks.

use crate::{ImageEvidence, advisory::Advisories};
use patchstate_terms::{Hive, ImportedSymbol, WindowsPath, folded};
use std::collections::BTreeSet;

/// Where a hive file stands.
#[expect(clippy::expect_used, reason = "both names are plain words")]
pub(crate) fn hive_path(hive: Hive) -> WindowsPath {
    format!("system32/config/{}", hive.file_name()).parse().expect("the path is well formed")
}

/// Where the log of a hive stands.
#[expect(clippy::expect_used, reason = "both names are plain words")]
pub(crate) fn log_path(hive: Hive) -> WindowsPath {
    format!("{}.log", hive_path(hive)).parse().expect("the path is well formed")
}

/// Where later versions of Windows have the logs of a hive.
pub(crate) fn later_log_paths(hive: Hive) -> [Option<WindowsPath>; 2] {
    ["1", "2"].map(|number| format!("{}{number}", log_path(hive)).parse().ok())
}

/// A DLL's name in lower case, with the extension that the loader adds to a name without one.
pub(crate) fn dll_name(written: &str) -> String {
    let mut name = folded(written);
    if !name.contains('.') {
        name.push_str(".dll");
    }
    name
}

/// The DLLs that an image has the loader look for, each once: those that it imports from, and those
/// that its exports lead to. Delayed imports are not looked for.
pub(crate) fn asked_for(image: &ImageEvidence) -> BTreeSet<String> {
    let imports = image.imports.iter().filter(|import| !import.delayed);
    let mut names: BTreeSet<String> = imports.map(|import| dll_name(import.dll)).collect();
    let targets = image.exports.forwarder_targets();
    names.extend(targets.filter_map(|target| Some(forwarder(target)?.0)));
    names
}

/// The DLL and symbol that a forwarder such as `NTDLL.RtlAllocateHeap` or `OTHER.#12` names.
pub(crate) fn forwarder(text: &str) -> Option<(String, ImportedSymbol)> {
    // The last dot separates, so that what may be asked for is looked at; see `is_ambiguous`.
    let (dll, symbol) = text.rsplit_once('.')?;
    let symbol = match symbol.strip_prefix('#') {
        Some(ordinal) => ImportedSymbol::Ordinal(ordinal.parse().ok()?),
        None => ImportedSymbol::Name(symbol.to_owned()),
    };
    Some((format!("{}.dll", folded(dll)), symbol))
}

/// Whether loaders do not agree where a forwarder leads: with several dots, one takes the name of
/// the DLL to end at the first of them (`ReactOS`, which follows Windows Server 2003), another at
/// the last and appends no extension then (Wine 8). We know of no page that tells what Windows
/// does.
pub(crate) fn is_ambiguous(text: &str) -> bool {
    text.matches('.').count() > 1
}

/// The paths where the loader looks for a DLL, first to last. Empty for a name that would lead out
/// of these folders.
pub(crate) fn candidates(known: &Advisories, dll: &str) -> Vec<WindowsPath> {
    if dll.contains(['/', '\\']) {
        return Vec::new();
    }
    known
        .worker
        .folders
        .iter()
        .filter_map(|folder| match folder.as_str() {
            "" => dll.parse().ok(),
            folder => format!("{folder}/{dll}").parse().ok(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_the_extension_that_the_loader_adds() {
        assert_eq!(dll_name("KERNEL32"), "kernel32.dll");
        assert_eq!(dll_name("IISUTIL.dll"), "iisutil.dll");
        assert_eq!(dll_name("winspool.drv"), "winspool.drv");
    }

    #[test]
    fn forwarders_name_a_symbol_or_an_ordinal() {
        let name = ImportedSymbol::Name("RtlAllocateHeap".to_owned());
        assert_eq!(forwarder("NTDLL.RtlAllocateHeap"), Some(("ntdll.dll".to_owned(), name)));
        let ordinal = ImportedSymbol::Ordinal(12);
        assert_eq!(forwarder("a.b.#12"), Some(("a.b.dll".to_owned(), ordinal)));
        assert!(is_ambiguous("a.b.#12") && is_ambiguous("a.b.c") && !is_ambiguous("a.#12"));
        assert_eq!(forwarder("a.#99999"), None);
        assert_eq!(forwarder("nodot"), None);
    }

    #[test]
    fn a_name_with_a_folder_is_looked_for_nowhere() {
        let known = &Advisories::built_in();
        assert_eq!(candidates(known, r"..\..\evil.dll"), []);
        assert_eq!(candidates(known, "a\u{0}b.dll"), []);
        let paths = candidates(known, "iisutil.dll");
        let text: Vec<_> = paths.iter().map(WindowsPath::as_str).collect();
        assert_eq!(text, ["system32/inetsrv/iisutil.dll", "system32/iisutil.dll", "iisutil.dll"]);
    }
}
