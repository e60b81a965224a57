//! Which crate may depend on which: the invariants of absence, as edges.

use super::check::{Canary, Check, Place};
use crate::checkout::Checkout;
use toml::{Table, Value};

/// Each crate of ours, with the crates of ours that it may depend on, also for its tests.
///
/// The vocabulary and the search stand alone. The detection core knows the vocabulary only, so
/// that it cannot agree with the simulator by looking at it. Model, images and truth build on the
/// catalog. Everything meets in the study, and the reports render what it says.
const EDGES: [(&str, &[&str]); 15] = [
    ("terms", &[]),
    ("diagram", &[]),
    ("explore", &[]),
    // What all files that people write have in common, whatever they are about.
    ("source", &[]),
    // Files that tests give to readers, made without the readers and without the simulator.
    ("test-support", &["terms"]),
    ("detect", &["terms", "test-support"]),
    // Rules see evidence, as the core does, and nothing of the simulator.
    ("rules", &["terms", "source", "detect", "test-support"]),
    ("catalog", &["terms", "source"]),
    ("servicing", &["terms", "source", "catalog"]),
    // What tests of model, search and truth share.
    ("test-model", &["terms", "source", "catalog", "servicing"]),
    // The catalog, the vocabulary and explicit search are for its tests: a space knows neither
    // rules nor truth.
    ("space", &["terms", "source", "catalog", "servicing", "diagram", "explore", "test-model"]),
    ("image", &["terms", "catalog", "servicing"]),
    // The laws of servicing and of truth are its tests; some of them search small scopes.
    ("oracle", &["terms", "source", "catalog", "servicing", "explore", "space", "test-model"]),
    (
        "study",
        &[
            "terms",
            "source",
            "explore",
            "detect",
            "rules",
            "catalog",
            "servicing",
            "space",
            "image",
            "oracle",
            "test-model",
        ],
    ),
    // What a study says is made of the types of model, image and verdict.
    (
        "report",
        &["terms", "source", "catalog", "servicing", "image", "detect", "rules", "oracle", "study"],
    ),
];

/// Clocks and sources of randomness: not below the command line, whoever wraps them.
const AMBIENT: [&str; 7] = ["rand", "fastrand", "getrandom", "chrono", "time", "jiff", "uuid"];

const OURS: &str = "patchstate-";

/// Dependency edges, in every kind of dependency table.
pub(crate) const CHECK: Check = Check {
    name: "edges",
    find,
    canary: Canary {
        files: &[
            ("sim/terms/Cargo.toml", "[dependencies]\nserde.workspace = true\n"),
            (
                "sim/detect/Cargo.toml",
                "[dependencies]\npatchstate-terms.workspace = true\n\n[dev-dependencies]\n\
                 facts = { package = \"patchstate-catalog\", path = \"../catalog\" }\n\
                 truth.workspace = true\n",
            ),
            (
                "Cargo.toml",
                "[workspace.dependencies]\n\
                 truth = { package = \"patchstate-oracle\", path = \"sim/oracle\" }\n",
            ),
            (
                "sim/explore/Cargo.toml",
                "[target.'cfg(unix)'.build-dependencies]\npatchstate-terms.workspace = true\n",
            ),
            ("sim/image/Cargo.toml", "[dependencies.rand]\nworkspace = true\n"),
            ("sim/novel/Cargo.toml", "[package]\nname = \"patchstate-novel\"\n"),
        ],
        outputs: &[],
        places: &[
            ("sim/detect/Cargo.toml", 5),
            ("sim/detect/Cargo.toml", 6),
            ("sim/explore/Cargo.toml", 2),
            ("sim/image/Cargo.toml", 1),
            ("sim/novel/Cargo.toml", 0),
        ],
    },
};

fn find(checkout: &Checkout) -> Vec<Place> {
    let root = checkout.texts.iter().find(|(path, _)| path.as_str() == "Cargo.toml");
    let root: Option<Table> = root.and_then(|(_, text)| text.parse().ok());
    let shared = root.as_ref().and_then(|root| root.get("workspace")?.get("dependencies"));
    let shared = shared.and_then(Value::as_table).cloned().unwrap_or_default();
    let manifests = checkout.texts.iter().filter_map(|(path, text)| {
        let name = path.strip_prefix("sim/")?.strip_suffix("/Cargo.toml")?;
        Some((path.as_str(), name, text.as_str()))
    });
    manifests.flat_map(|(path, name, text)| edges_of(path, name, text, &shared)).collect()
}

/// `shared` are the dependencies that the workspace gives its members by name.
fn edges_of(path: &str, name: &str, text: &str, shared: &Table) -> Vec<Place> {
    let Some((_, allowed)) = EDGES.iter().find(|(known, _)| *known == name) else {
        let says = format!("the crate `{name}` has no entry in the table of allowed edges");
        return vec![Place::new(path, 0, says)];
    };
    let manifest: Table = match text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![Place::new(path, 0, format!("is not TOML: {error}"))],
    };
    let mut places = Vec::new();
    for (key, package) in dependencies(&manifest, shared) {
        let line =
            text.lines().position(|line| names_dependency(line, &key)).map_or(0, |at| at + 1);
        if let Some(target) = package.strip_prefix(OURS) {
            if !allowed.contains(&target) {
                let says = format!("`{name}` must not depend on `{target}`");
                places.push(Place::new(path, line, says));
            }
        } else if AMBIENT.contains(&package.as_str()) {
            let says = format!("`{package}` brings a clock or randomness below the command line");
            places.push(Place::new(path, line, says));
        }
    }
    places
}

/// Key and package of every dependency, of any kind and for any target.
fn dependencies(manifest: &Table, shared: &Table) -> Vec<(String, String)> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let tables = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let tables = std::iter::once(manifest).chain(tables);
    let kinds = tables.flat_map(|table| kinds.map(|kind| table.get(kind)));
    let entries = kinds.flatten().filter_map(Value::as_table).flatten();
    let package = |entry: &Value| entry.get("package").and_then(Value::as_str).map(str::to_owned);
    let is_shared = |entry: &Value| entry.get("workspace") == Some(&Value::Boolean(true));
    entries
        .map(|(key, entry)| {
            let entry = shared.get(key).filter(|_| is_shared(entry)).unwrap_or(entry);
            (key.clone(), package(entry).unwrap_or_else(|| key.clone()))
        })
        .collect()
}

fn names_dependency(line: &str, key: &str) -> bool {
    let line = line.trim_start();
    let named = line.strip_prefix(key).is_some_and(|rest| rest.starts_with([' ', '.', '=']));
    named || (line.starts_with('[') && line.ends_with(&format!("ependencies.{key}]")))
}
