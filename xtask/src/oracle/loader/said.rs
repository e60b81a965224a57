//! What Wine says while it loads a worker process, and what truth or a verdict says instead.

use serde_json::Value;
use std::collections::BTreeSet;

/// Said by Wine once for each import that does not resolve.
const NO_IMPLEMENTATION: &str = "No implementation for ";
/// Said by Wine for each DLL that is not there.
const NOT_FOUND: &str = "Library ";
/// Said by Wine each time that it follows a forwarder that leads nowhere; what it leads to is
/// ours to say.
const DEAD_FORWARDERS: [(&str, &str); 2] = [
    ("module not found for forward '", "no DLL"),
    ("function not found for forward '", "no function"),
];
/// Said by Wine of a thread that has no stack left, which it then ends.
const NO_STACK_LEFT: &str = ":virtual_setup_exception stack overflow ";
/// Ends what is said of an import whose DLL is not there.
pub(super) const IS_MISSING: &str = " is missing";

/// Imports that Wine found nothing for, as `importing file: dll!name`.
pub(super) fn unresolved(said: &str) -> BTreeSet<String> {
    let mut imports = BTreeSet::new();
    for line in said.lines() {
        // No implementation for iisutil.dll.Name imported from L"C:\\...\\w3core.dll", ...
        let parts = line.split_once(NO_IMPLEMENTATION);
        if let Some((symbol, from)) = parts.and_then(|(_, rest)| rest.split_once(" imported from "))
        {
            let from = from.split('"').nth(1).and_then(file_name).unwrap_or_default();
            let lower = symbol.to_lowercase();
            let dll_end = lower.find(".dll.").map_or(0, |at| at + ".dll".len());
            let (dll, name) = (lower.get(..dll_end), symbol.get(dll_end + 1..));
            let (dll, name) = (dll.unwrap_or_default(), name.unwrap_or_default());
            imports.insert(format!("{from}: {dll}!{name}"));
        }
        // Library gone.dll (which is needed by L"C:\\...\\w3core.dll") not found
        let parts = line.split_once(NOT_FOUND).filter(|_| line.ends_with("not found"));
        if let Some((dll, from)) =
            parts.and_then(|(_, rest)| rest.split_once(" (which is needed by "))
        {
            let from = from.split('"').nth(1).and_then(file_name).unwrap_or_default();
            imports.insert(format!("{from}: {}{IS_MISSING}", dll.to_lowercase()));
        }
    }
    imports
}

/// The same of an object with findings: truth or verdict.
pub(super) fn expected(judgement: &Value) -> BTreeSet<String> {
    let findings = judgement["findings"].as_array().into_iter().flatten();
    let imports = findings.filter_map(|finding| {
        let from = finding["file"].as_str()?.rsplit('/').next()?;
        let dll = finding["import"]["dll"].as_str()?;
        match finding["kind"].as_str()? {
            "missing-dll" => Some(format!("{from}: {dll}{IS_MISSING}")),
            "unresolved-import" => {
                let name = finding["import"]["name"].as_str().map(str::to_owned);
                let name = name.unwrap_or_else(|| finding["import"]["ordinal"].to_string());
                Some(format!("{from}: {dll}!{name}"))
            }
            _ => None,
        }
    });
    imports.collect()
}

/// Forwarders that Wine has followed to nowhere, as `forwarding file: target leads to ...`.
pub(super) fn dead_forwarders(said: &str) -> BTreeSet<String> {
    let mut forwarders = BTreeSet::new();
    for line in said.lines() {
        // module not found for forward 'w3tp.Two' used by L"C:\\...\\iisutil.dll"
        for (opening, nowhere) in DEAD_FORWARDERS {
            let parts = line.split_once(opening);
            let parts = parts.and_then(|(_, rest)| rest.split_once("' used by "));
            if let Some((target, from)) = parts {
                let from = from.split('"').nth(1).and_then(file_name).unwrap_or_default();
                forwarders.insert(format!("{from}: {target} leads to {nowhere}"));
            }
        }
    }
    forwarders
}

/// Whether a thread was ended because it had used up its stack.
pub(super) fn has_no_stack_left(said: &str) -> bool {
    said.lines().any(|line| line.contains(NO_STACK_LEFT))
}

/// The files that Wine has loaded, and whether each is a native one, as ours are.
fn loads(said: &str) -> impl Iterator<Item = (String, bool)> + '_ {
    let lines = said.lines().filter(|line| line.contains(":loaddll:") && line.contains(" Loaded "));
    lines.filter_map(|line| {
        let name = line.split('"').nth(1).and_then(file_name)?;
        Some((name, line.trim_end().ends_with(": native")))
    })
}

/// The names of all files that Wine has loaded.
pub(super) fn loaded(said: &str) -> BTreeSet<String> {
    loads(said).map(|(name, _)| name).collect()
}

/// What is wrong with the files that Wine has loaded: one of its own stock in the place of one of
/// ours, or one of those that must be loaded and was not.
pub(super) fn strangers(
    said: &str,
    own: &BTreeSet<String>,
    needed: &BTreeSet<String>,
) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for (name, is_native) in loads(said) {
        if own.contains(&name) && !is_native {
            wrong.push(format!("Wine replaces {name}"));
        }
        seen.insert(name);
    }
    wrong.extend(needed.difference(&seen).map(|name| format!("Wine never loads {name}")));
    wrong
}

/// The last piece of a path as Wine prints it, in lower case.
fn file_name(path: &str) -> Option<String> {
    path.rsplit(['\\', '/']).next().map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn warnings_of_wine_become_imports() {
        let said = concat!(
            "0024:warn:module:import_dll No implementation for IISUtil.dll.?A@B imported from ",
            r#"L"Z:\\x\\W3Core.dll", setting to 0x123"#,
            "\n0024:warn:module:import_dll No implementation for w3tp.dll.42 imported from ",
            r#"L"Z:\\x\\w3core.dll", setting to 0x124"#,
            "\n0024:err:module:import_dll Library gone.dll (which is needed by ",
            r#"L"Z:\\x\\w3core.dll") not found"#,
            "\n",
        );
        let truth = json!({ "findings": [
            { "kind": "unresolved-import", "file": "system32/inetsrv/w3core.dll",
              "import": { "dll": "iisutil.dll", "name": "?A@B", "ordinal": null } },
            { "kind": "unresolved-import", "file": "system32/inetsrv/w3core.dll",
              "import": { "dll": "w3tp.dll", "name": null, "ordinal": 42 } },
            { "kind": "missing-dll", "file": "system32/inetsrv/w3core.dll",
              "import": { "dll": "gone.dll", "name": null, "ordinal": null } },
            { "kind": "behind-os", "file": "system32/inetsrv/iisutil.dll", "import": null },
        ] });
        assert_eq!(unresolved(said).len(), 3);
        assert_eq!(unresolved(said), expected(&truth));
    }

    #[test]
    fn a_file_of_wine_in_the_place_of_ours_is_noticed_and_so_is_one_that_is_not_loaded() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (own, needed) = (names(&["w3wp.exe", "w3tp.dll"]), names(&["w3wp.exe"]));
        let loaded = |name: &str, kind: &str| {
            let line = r"0024:trace:loaddll:build_module Loaded L".to_owned();
            line + &format!("\"Z:\\\\x\\\\{name}\" at 00400000: {kind}\n")
        };
        let native = loaded("w3wp.exe", "native");
        let said = native.clone() + &loaded("w3tp.dll", "native") + &loaded("ntdll.dll", "builtin");
        assert_eq!(strangers(&said, &own, &needed), [""; 0]);
        let said = native.clone() + &loaded("W3TP.DLL", "builtin");
        assert_eq!(strangers(&said, &own, &needed), ["Wine replaces w3tp.dll"]);
        let said = loaded("w3tp.dll", "native");
        assert_eq!(strangers(&said, &own, &needed), ["Wine never loads w3wp.exe"]);
    }

    /// What Wine really says: worker processes with all kinds of imports that do not resolve.
    const CAPTURED: &str = include_str!("../../../oracles/said-by-wine.txt");

    /// What was captured of one of them.
    fn captured(what: &str) -> &'static str {
        let section = CAPTURED.split("\n# ").find(|section| section.starts_with(what));
        section.expect("a section of this name")
    }

    fn texts(texts: &[&str]) -> BTreeSet<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn imports_that_do_not_resolve_are_those_of_the_captured_lines() {
        let cases: [(&str, &[&str]); 6] = [
            (
                "a DLL is not there, two levels down",
                &["w3tp.dll: w3cache.dll is missing", "w3core.dll: w3tp.dll is missing"],
            ),
            ("a DLL that the program itself needs", &["w3wp.exe: iisutil.dll is missing"]),
            ("ordinals are missing", &["w3core.dll: iisutil.dll!2", "w3core.dll: iisutil.dll!6"]),
            (
                "a name and an ordinal of a DLL that exports nothing",
                &["w3core.dll: iisutil.dll!One", "w3core.dll: iisutil.dll!1"],
            ),
            (
                "a name is missing from a DLL that is imported from twice",
                &["w3core.dll: iisutil.dll!Two"],
            ),
            ("two forwarders lead to each other", &[]),
        ];
        for (what, imports) in cases {
            assert_eq!(unresolved(captured(what)), texts(imports), "{what}");
        }
    }

    #[test]
    fn forwarders_that_lead_nowhere_are_those_of_the_captured_lines() {
        let chain = [
            "iisutil.dll: w3tp.Two leads to no function",
            "w3tp.dll: w3cache.#3 leads to no function",
            "w3cache.dll: w3isapi.Four leads to no function",
        ];
        let found = dead_forwarders(captured("a chain of three forwarders whose last one"));
        assert_eq!(found, texts(&chain));
        let found = dead_forwarders(captured("a forwarder leads to a DLL that needs a DLL"));
        assert_eq!(found, texts(&["iisutil.dll: w3tp.Two leads to no DLL"]));
        assert_eq!(dead_forwarders(captured("ordinals are missing")), texts(&[]));
    }

    #[test]
    fn a_file_is_loaded_only_where_wine_says_so_and_the_stack_ends_in_a_loop_only() {
        let found = loaded(captured("a DLL is not there, two levels down"));
        assert!(found.contains("w3wp.exe") && found.contains("w3dt.dll"), "{found:?}");
        assert!(!found.contains("w3core.dll") && !found.contains("w3tp.dll"), "{found:?}");
        let found = loaded(captured("a name is missing from a DLL that is imported from twice"));
        assert!(found.contains("iisutil.dll"), "{found:?}");
        let out_of_stack = CAPTURED.split("\n# ").filter(|section| has_no_stack_left(section));
        assert!(out_of_stack.eq([captured("two forwarders lead to each other")]));
    }
}
