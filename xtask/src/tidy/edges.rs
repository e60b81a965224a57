//! Which crate may depend on which: the invariants of absence, as edges.

use super::check::{Canary, Check, Place};
use crate::checkout::Checkout;
use toml::{Table, Value};

/// A crate of ours, with the crates of ours that it may depend on.
struct Edges {
    name: &'static str,
    /// For its code, and for its tests.
    code: &'static [&'static str],
    /// For its tests only.
    tests: &'static [&'static str],
}

const fn edges(
    name: &'static str,
    code: &'static [&'static str],
    tests: &'static [&'static str],
) -> Edges {
    Edges { name, code, tests }
}

/// The vocabulary and the search stand alone. The detection core knows the vocabulary only, so
/// that it cannot agree with the simulator by looking at it. Model, images and truth build on the
/// catalog. Everything meets in the study, and the reports render what it says.
const EDGES: [Edges; 15] = [
    edges("terms", &[], &[]),
    edges("diagram", &[], &[]),
    edges("explore", &[], &[]),
    // What all files that people write have in common, whatever they are about.
    edges("source", &[], &[]),
    // Files that tests give to readers, made without the readers and without the simulator.
    edges("test-support", &["terms"], &[]),
    edges("detect", &["terms"], &["test-support"]),
    // Rules see evidence, as the core does, and nothing of the simulator.
    edges("rules", &["terms", "source", "detect"], &["test-support"]),
    edges("catalog", &["terms", "source"], &[]),
    edges("servicing", &["terms", "source", "catalog"], &[]),
    // What tests of model, search and truth share.
    edges("test-model", &["terms", "source", "catalog", "servicing"], &[]),
    // A space knows neither rules nor truth; explicit search is what its tests hold it to.
    edges(
        "space",
        &["servicing", "diagram"],
        &["terms", "source", "catalog", "explore", "test-model"],
    ),
    edges("image", &["terms", "catalog", "servicing"], &[]),
    // The laws of servicing and of truth are its tests; some of them search small scopes.
    edges(
        "oracle",
        &["terms", "catalog", "servicing", "space"],
        &["source", "explore", "test-model"],
    ),
    edges(
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
        ],
        &["test-model"],
    ),
    // What a study says is made of the types of model, image and verdict.
    edges(
        "report",
        &["terms", "source", "catalog", "servicing", "image", "detect", "rules", "study"],
        &["oracle"],
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
                 truth.workspace = true\npatchstate-test-support.workspace = true\n",
            ),
            ("sim/rules/Cargo.toml", "[dependencies]\npatchstate-test-support.workspace = true\n"),
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
            ("sim/rules/Cargo.toml", 2),
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
    let Some(allowed) = EDGES.iter().find(|known| known.name == name) else {
        let says = format!("the crate `{name}` has no entry in the table of allowed edges");
        return vec![Place::new(path, 0, says)];
    };
    let manifest: Table = match text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![Place::new(path, 0, format!("is not TOML: {error}"))],
    };
    let mut places = Vec::new();
    for Dependency { key, package, for_tests } in dependencies(&manifest, shared) {
        let line =
            text.lines().position(|line| names_dependency(line, &key)).map_or(0, |at| at + 1);
        if let Some(target) = package.strip_prefix(OURS) {
            let is_for_tests = allowed.tests.contains(&target);
            let is_allowed = allowed.code.contains(&target) || (for_tests && is_for_tests);
            if !is_allowed {
                let what = if is_for_tests { ", but for its tests" } else { "" };
                let says = format!("`{name}` must not depend on `{target}`{what}");
                places.push(Place::new(path, line, says));
            }
        } else if AMBIENT.contains(&package.as_str()) {
            let says = format!("`{package}` brings a clock or randomness below the command line");
            places.push(Place::new(path, line, says));
        }
    }
    places
}

/// An entry of a dependency table.
struct Dependency {
    key: String,
    package: String,
    /// It stands among the `dev-dependencies`.
    for_tests: bool,
}

/// Every dependency, of any kind and for any target.
fn dependencies(manifest: &Table, shared: &Table) -> Vec<Dependency> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    let mut found = Vec::new();
    for table in std::iter::once(manifest).chain(targets) {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let entries = table.get(kind).and_then(Value::as_table);
            found.extend(entries.into_iter().flatten().map(|(key, entry)| Dependency {
                key: key.clone(),
                package: package(key, entry, shared),
                for_tests: kind == "dev-dependencies",
            }));
        }
    }
    found
}

/// The package that an entry names.
fn package(key: &str, entry: &Value, shared: &Table) -> String {
    let is_shared = entry.get("workspace") == Some(&Value::Boolean(true));
    let entry = shared.get(key).filter(|_| is_shared).unwrap_or(entry);
    entry.get("package").and_then(Value::as_str).unwrap_or(key).to_owned()
}

fn names_dependency(line: &str, key: &str) -> bool {
    let line = line.trim_start();
    let named = line.strip_prefix(key).is_some_and(|rest| rest.starts_with([' ', '.', '=']));
    named || (line.starts_with('[') && line.ends_with(&format!("ependencies.{key}]")))
}
