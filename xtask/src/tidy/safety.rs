//! Every package forbids `unsafe`.

use super::check::{Canary, Check, Place};
use crate::checkout::Checkout;
use toml::{Table, Value};

/// The workspace of the fuzz targets: libFuzzer calls a C function, so its programs cannot forbid
/// it; its library does.
const FUZZ: &str = "fuzz/Cargo.toml";
const FUZZ_LIBRARY: &str = "fuzz/src/lib.rs";
const FORBIDDEN: &str = "#![forbid(unsafe_code)]";

/// Packages that do not forbid it.
pub(crate) const CHECK: Check = Check {
    name: "safety",
    find,
    canary: Canary {
        files: &[
            ("Cargo.toml", "[workspace.lints.rust]\nunsafe_code = \"deny\"\n[package]\n"),
            ("a/Cargo.toml", "[package]\n[lints]\nworkspace = true\n"),
            ("b/Cargo.toml", "[package]\n"),
            ("c/Cargo.toml", "[package]\n[lints.rust]\nunsafe_code = \"forbid\"\n"),
            (FUZZ, "[package]\n"),
            (FUZZ_LIBRARY, "//! Targets.\n// #![forbid(unsafe_code)]\n"),
        ],
        outputs: &[],
        places: &[
            ("Cargo.toml", 0),
            ("Cargo.toml", 0),
            ("b/Cargo.toml", 0),
            ("fuzz/src/lib.rs", 0),
        ],
    },
};

fn find(checkout: &Checkout) -> Vec<Place> {
    let mut places = Vec::new();
    let manifests = checkout.ending_in(&["Cargo.toml"]);
    for (path, text) in manifests.filter(|(path, _)| *path != FUZZ) {
        let manifest: Table = match text.parse() {
            Ok(manifest) => manifest,
            Err(error) => {
                places.push(Place::new(path, 0, format!("is not TOML: {error}")));
                continue;
            }
        };
        let says = "the lints of the workspace do not forbid `unsafe_code`";
        if path == "Cargo.toml" && !forbids(manifest.get("workspace")) {
            places.push(Place::new(path, 0, says));
        }
        let lints = manifest.get("lints");
        let takes = lints.and_then(|lints| lints.get("workspace")).and_then(Value::as_bool);
        let package = Value::Table(manifest.clone());
        if manifest.contains_key("package") && takes != Some(true) && !forbids(Some(&package)) {
            let says = "the package neither forbids `unsafe_code` nor has the workspace's lints";
            places.push(Place::new(path, 0, says));
        }
    }
    let library = checkout.texts.get(FUZZ_LIBRARY);
    if library.is_some_and(|text| !text.lines().any(|line| line == FORBIDDEN)) {
        places.push(Place::new(FUZZ_LIBRARY, 0, format!("has no `{FORBIDDEN}`")));
    }
    places
}

/// Whether a table has `lints.rust.unsafe_code = "forbid"`.
fn forbids(table: Option<&Value>) -> bool {
    let lint = table
        .and_then(|table| table.get("lints"))
        .and_then(|lints| lints.get("rust"))
        .and_then(|lints| lints.get("unsafe_code"));
    lint.and_then(Value::as_str) == Some("forbid")
}
