//! What an image should say by host and catalog, in the shape of `patchstate inspect --json`.
//!
//! Nothing here looks at bytes.

use patchstate_catalog::{Catalog, FileId};
use patchstate_servicing::{FileCopy, Host, Model};
use patchstate_terms::{ImportedSymbol, WindowsPath};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What the image at a path of a host should say.
pub(crate) fn image(model: &Model, host: &Host, path: &WindowsPath) -> Option<Value> {
    let catalog = model.catalog();
    let file = catalog.file_at(path)?;
    let copy = model.view(host).file(file)?;
    Some(json!({
        "path": path.to_string(),
        "readable": true,
        "machine": model.architecture().machine().to_string(),
        "file_version": catalog.version(file, copy.revision).to_string(),
        "product_version": catalog.synthetic.product_version.to_string(),
        "version_string": catalog.version_string(file, copy.revision, copy.branch),
        "exports": exports(catalog, file, copy.revision),
        "imports": imports(model, file, copy),
        "checksum_ok": true,
    }))
}

/// Stated ordinals stay; the others are the lowest free ones, in the order of the list.
fn exports(catalog: &Catalog, file: FileId, revision: u16) -> Value {
    let (mut names, mut forwarded, mut count) = (BTreeSet::new(), Map::new(), 0);
    for export in catalog.exports(file, revision) {
        count += 1;
        names.extend(export.name.as_deref());
        if let Some(target) = &export.forward {
            let ordinal = export.ordinal.map(|ordinal| format!("#{ordinal}"));
            let name = export.name.clone().or(ordinal).unwrap_or_default();
            forwarded.insert(name, json!(target));
        }
    }
    json!({ "count": count, "names": names, "forwarded": forwarded })
}

/// One entry a DLL.
fn imports(model: &Model, file: FileId, copy: FileCopy) -> Value {
    let catalog = model.catalog();
    let mut all: Vec<(bool, String, Vec<ImportedSymbol>)> = Vec::new();
    for import in catalog.imports(file, copy.revision) {
        all.push((import.delayed, import.dll.clone(), import.symbols.clone()));
    }
    let mut merged: BTreeMap<(bool, String), (BTreeSet<String>, BTreeSet<u16>)> = BTreeMap::new();
    for (delayed, dll, symbols) in all {
        let (names, ordinals) = merged.entry((delayed, dll)).or_default();
        for symbol in symbols {
            match symbol {
                ImportedSymbol::Name(name) => {
                    names.insert(name);
                }
                ImportedSymbol::Ordinal(ordinal) => {
                    ordinals.insert(ordinal);
                }
            }
        }
    }
    let mut list = Vec::new();
    for ((delayed, dll), (names, ordinals)) in merged {
        list.push(json!({
            "dll": dll, "delayed": delayed, "names": names, "ordinals": ordinals,
        }));
    }
    Value::Array(list)
}
