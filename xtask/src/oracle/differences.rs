//! Where two sides meet: what one reader says about an image or a hive, and what another says.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Most characters of a value that are shown.
const SHOWN_MAX: usize = 200;

/// What `theirs` says differently from `ours`, both in the shape of `patchstate inspect --json`.
/// Only facts that `theirs` gives are compared; a reader that gives none has not read the file.
pub(crate) fn of_images(ours: &Value, theirs: &Value) -> Vec<String> {
    if let Some(error) = theirs.get("error") {
        return vec![format!("the other reader fails: {error}")];
    }
    if ours.get("readable") != Some(&Value::Bool(true)) {
        return vec![format!("patchstate does not read it: {}", ours["error"])];
    }
    let none = Map::new();
    let facts = theirs.as_object().unwrap_or(&none);
    if facts.keys().all(|fact| fact == "complaints") {
        return vec!["the other reader says nothing about it".to_owned()];
    }
    let mut differences = Vec::new();
    for (fact, theirs) in facts {
        let (ours, theirs) = match fact.as_str() {
            "complaints" => continue,
            "imports" => (imports(&ours["imports"]), imports(theirs)),
            "import_names" => (import_names(&ours["imports"]), theirs.clone()),
            "export_names" => (sorted(&ours["exports"]["names"]), sorted(theirs)),
            "exports" => (exports(&ours["exports"]), exports(theirs)),
            _ => (ours[fact].clone(), theirs.clone()),
        };
        if ours != theirs {
            differences.push(describe(fact, &ours, &theirs));
        }
    }
    differences
}

/// What two maps say differently; `ours` first.
pub(crate) fn of_maps(ours: &Map<String, Value>, theirs: &Map<String, Value>) -> Vec<String> {
    let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let different = keys.into_iter().filter(|key| ours.get(*key) != theirs.get(*key));
    let show = |value: Option<&Value>| value.map_or("nothing".to_owned(), shown);
    different
        .map(|key| format!("{key}: ours {}, theirs {}", show(ours.get(key)), show(theirs.get(key))))
        .collect()
}

fn describe(fact: &str, ours: &Value, theirs: &Value) -> String {
    match (ours.as_object(), theirs.as_object()) {
        (Some(ours), Some(theirs)) => format!("{fact}: {}", of_maps(ours, theirs).join(", ")),
        _ => format!("{fact}: ours {}, theirs {}", shown(ours), shown(theirs)),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Exports with one entry a name, so that a difference can be told.
fn exports(exports: &Value) -> Value {
    let mut facts = Map::new();
    facts.insert("count".to_owned(), exports["count"].clone());
    for name in strings(&exports["names"]) {
        facts.insert(format!("name {name}"), Value::Bool(true));
    }
    for (name, target) in exports["forwarded"].as_object().into_iter().flatten() {
        facts.insert(format!("forwarded {name}"), target.clone());
    }
    Value::Object(facts)
}

/// Imports as one entry a DLL, however often the file lists it, in one letter case: the loader
/// makes no difference either.
fn imports(imports: &Value) -> Value {
    let mut merged: BTreeMap<String, (BTreeSet<String>, BTreeSet<u64>)> = BTreeMap::new();
    for import in imports.as_array().into_iter().flatten() {
        let dll = import["dll"].as_str().unwrap_or_default().to_lowercase();
        let how = if import["delayed"] == true { "delayed" } else { "bound at load time" };
        let (names, ordinals) = merged.entry(format!("{dll} {how}")).or_default();
        names.extend(strings(&import["names"]));
        ordinals
            .extend(import["ordinals"].as_array().into_iter().flatten().filter_map(Value::as_u64));
    }
    let entry = |(dll, (names, ordinals)): (String, (BTreeSet<String>, BTreeSet<u64>))| {
        let ordinals = ordinals.into_iter().map(|ordinal| format!("#{ordinal}"));
        (dll, names.into_iter().chain(ordinals).collect::<Value>())
    };
    Value::Object(merged.into_iter().map(entry).collect())
}

/// Names bound at load time, by DLL; DLLs that are imported by ordinal only have none.
fn import_names(imports: &Value) -> Value {
    let mut merged: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for import in imports.as_array().into_iter().flatten() {
        if import["delayed"] != true {
            let dll = import["dll"].as_str().unwrap_or_default().to_lowercase();
            merged.entry(dll).or_default().extend(strings(&import["names"]));
        }
    }
    Value::Object(
        merged.into_iter().map(|(dll, names)| (dll, names.into_iter().collect())).collect(),
    )
}

fn sorted(names: &Value) -> Value {
    strings(names).collect::<BTreeSet<_>>().into_iter().collect()
}

fn strings(list: &Value) -> impl Iterator<Item = String> + '_ {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn image() -> Value {
        json!({
            "readable": true, "machine": "amd64", "file_version": "1.2.3.4",
            "exports": { "count": 2, "names": ["a", "b"], "forwarded": { "b": "C.d" } },
            "imports": [
                { "dll": "X.dll", "delayed": false, "names": ["p"], "ordinals": [3] },
                { "dll": "x.DLL", "delayed": false, "names": ["o"], "ordinals": [] },
            ],
            "checksum_ok": true,
        })
    }

    #[test]
    fn an_image_agrees_with_itself_in_every_letter_case_and_order() {
        let theirs = json!({
            "machine": "amd64", "file_version": "1.2.3.4", "complaints": ["large"],
            "exports": { "count": 2, "names": ["b", "a"], "forwarded": { "b": "C.d" } },
            "imports": [{ "dll": "x.dll", "delayed": false, "names": ["o", "p"], "ordinals": [3] }],
            "import_names": { "x.dll": ["o", "p"] }, "export_names": ["b", "a"],
            "checksum_ok": true,
        });
        assert_eq!(of_images(&image(), &theirs), [""; 0]);
    }

    #[test]
    fn every_fact_that_differs_is_told() {
        let changes = [
            ("machine", json!("i386")),
            ("file_version", json!("1.2.3.5")),
            ("file_version", json!(null)),
            ("exports", json!({ "count": 3, "names": ["a", "b"], "forwarded": { "b": "C.d" } })),
            ("exports", json!({ "count": 2, "names": ["a"], "forwarded": { "b": "C.d" } })),
            ("exports", json!({ "count": 2, "names": ["a", "b"], "forwarded": {} })),
            (
                "imports",
                json!([{ "dll": "x.dll", "delayed": true, "names": ["o", "p"], "ordinals": [3] }]),
            ),
            (
                "imports",
                json!([{ "dll": "x.dll", "delayed": false, "names": ["o", "p"], "ordinals": [] }]),
            ),
            ("imports", json!([])),
            ("import_names", json!({ "x.dll": ["p"] })),
            ("export_names", json!(["a", "b", "c"])),
            ("checksum_ok", json!(false)),
            ("error", json!("cannot")),
        ];
        for (fact, changed) in changes {
            let theirs = json!({ fact: changed });
            assert_eq!(of_images(&image(), &theirs).len(), 1, "{theirs}");
        }
    }

    #[test]
    fn a_reader_that_says_nothing_differs() {
        for theirs in [json!(null), json!({}), json!([]), json!({ "complaints": [] })] {
            assert_eq!(of_images(&image(), &theirs).len(), 1, "{theirs}");
        }
    }

    #[test]
    fn a_file_that_we_do_not_read_differs() {
        assert_eq!(of_images(&json!({ "readable": false }), &json!({})).len(), 1);
    }
}
