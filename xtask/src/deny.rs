//! Dependencies: their licences, where they come from, and what is known against them.
//!
//! **Owns** the reading of `deny.toml` without any program beside cargo: every licence expression
//! must be one that the list allows, every package must come from the registry of the Rust
//! project, and none may be there in several versions but those of the list. Where `cargo-deny` is
//! installed it checks the same again, and the advisories too if their database can be had.
//!
//! **Must never know** why a dependency is there.
//!
//! **Start reading** at [`run`].

use crate::{checkout, command, failure::Failure, gate::Gate, screen::say};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// The registry of the Rust project, as packages name it.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The workspaces, each with what it depends on: the fuzz targets have one of their own.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "fuzz/Cargo.toml"];

/// Checks every dependency of every feature.
pub(crate) fn run() -> Result<Gate, Failure> {
    let rules = fs::read_to_string(checkout::root().join("deny.toml"))?;
    let (allowed, known) = (list(&rules, "licenses", "allow")?, list(&rules, "bans", "skip")?);
    let (mut mistakes, mut several) = (Vec::new(), BTreeSet::new());
    for manifest in MANIFESTS {
        let path = checkout::root().join(manifest).to_string_lossy().into_owned();
        let arguments = ["metadata", "--format-version", "1", "--locked", "--all-features"];
        let arguments = [&arguments[..], &["--manifest-path", &path]].concat();
        let metadata: Value = serde_json::from_str(&command::text("cargo", &arguments)?)?;
        let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
        say(&format!("{manifest}: {} packages", packages.len()));
        if packages.is_empty() {
            mistakes.push(format!("{manifest} has no packages"));
        }
        mistakes.extend(packages.iter().filter_map(|package| mistake(package, &allowed)));
        several.extend(in_several_versions(&packages));
    }
    mistakes.extend(versions(&several, &known));
    for mistake in &mistakes {
        say(mistake);
    }
    let gate = with_cargo_deny();
    Ok(Gate { passed: gate.passed && mistakes.is_empty(), ..gate })
}

/// The same by `cargo-deny`, where it is there.
fn with_cargo_deny() -> Gate {
    let without_advisories = |why: &str| {
        say(&format!("skipped: advisories: {why}"));
        Gate { passed: true, left_out: vec![format!("advisories: {why}")] }
    };
    if command::find("cargo-deny").is_none() {
        return without_advisories("no cargo-deny: `cargo install --locked cargo-deny`");
    }
    let checks = ["deny", "--all-features", "check", "licenses", "bans", "sources"];
    if !command::passes("cargo", &checks, &[]) {
        return Gate::whole(false);
    }
    if command::text("cargo", &["deny", "fetch", "db"]).is_err() {
        return without_advisories("their database cannot be fetched from here");
    }
    let advisories = ["deny", "--all-features", "check", "advisories"];
    Gate::whole(command::passes("cargo", &advisories, &[]))
}

/// A list of texts of `deny.toml`.
fn list(text: &str, table: &str, name: &str) -> Result<BTreeSet<String>, Failure> {
    let rules: toml::Table = text.parse()?;
    let list = rules.get(table).and_then(|rules| rules.get(name)).and_then(toml::Value::as_array);
    let list = list.ok_or_else(|| format!("deny.toml has no list `{name}` in [{table}]"))?;
    Ok(list.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect())
}

/// The names that several packages have.
fn in_several_versions(packages: &[Value]) -> BTreeSet<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for package in packages {
        *counts.entry(package["name"].as_str().unwrap_or_default()).or_default() += 1;
    }
    let several = counts.into_iter().filter(|(_, count)| *count > 1);
    several.map(|(name, _)| name.to_owned()).collect()
}

/// What is wrong with the packages that are there in several versions.
fn versions(several: &BTreeSet<String>, known: &BTreeSet<String>) -> Vec<String> {
    let new = several.difference(known);
    let new = new.map(|name| format!("{name} is there in more than one version"));
    let gone = known.difference(several);
    let gone = gone.map(|name| format!("{name} is there in one version: deny.toml skips it"));
    new.chain(gone).collect()
}

/// What is wrong with a package.
fn mistake(package: &Value, allowed: &BTreeSet<String>) -> Option<String> {
    let name = format!("{} {}", package["name"], package["version"]).replace('"', "");
    // A package of this workspace has no source.
    let source = package["source"].as_str();
    if source.is_some_and(|source| source != REGISTRY) {
        return Some(format!("{name} comes from {}", package["source"]));
    }
    let Some(licence) = package["license"].as_str() else {
        return Some(format!("{name} names no licence"));
    };
    match satisfied(licence, allowed) {
        Some(true) => None,
        Some(false) => Some(format!("{name} has the licence {licence}, which is not allowed")),
        None => Some(format!("{name} has the licence {licence}, which is no SPDX expression")),
    }
}

/// Whether an SPDX expression can be fulfilled with the allowed licences; `None` if it is none.
fn satisfied(expression: &str, allowed: &BTreeSet<String>) -> Option<bool> {
    // Packages from before 2018 write a slash for OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let value = either(&mut words, allowed)?;
    words.next().is_none().then_some(value)
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> Option<bool> {
    let mut value = both(words, allowed)?;
    while words.next_if_eq(&"OR").is_some() {
        value |= both(words, allowed)?;
    }
    Some(value)
}

fn both(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> Option<bool> {
    let mut value = one(words, allowed)?;
    while words.next_if_eq(&"AND").is_some() {
        value &= one(words, allowed)?;
    }
    Some(value)
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> Option<bool> {
    match words.next()? {
        "(" => {
            let value = either(words, allowed)?;
            words.next_if_eq(&")").map(|_| value)
        }
        ")" | "OR" | "AND" | "WITH" => None,
        licence => {
            let licence = match words.next_if_eq(&"WITH") {
                Some(_) => format!("{licence} WITH {}", words.next()?),
                None => licence.to_owned(),
            };
            Some(allowed.contains(&licence))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn licences() -> BTreeSet<String> {
        ["MIT", "Apache-2.0", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"]
            .map(str::to_owned)
            .into()
    }

    #[test]
    fn an_expression_holds_where_one_choice_is_allowed_as_a_whole() {
        for (expression, value) in [
            ("MIT", Some(true)),
            ("GPL-3.0-only", Some(false)),
            ("GPL-3.0-only OR MIT", Some(true)),
            ("MIT/Apache-2.0", Some(true)),
            ("MIT AND GPL-3.0-only", Some(false)),
            ("(MIT OR GPL-3.0-only) AND Unicode-3.0", Some(true)),
            ("GPL-3.0-only OR MIT AND Zlib", Some(false)),
            ("Apache-2.0 WITH LLVM-exception", Some(true)),
            ("MIT WITH LLVM-exception", Some(false)),
            ("MIT OR", None),
            ("(MIT", None),
            ("MIT Apache-2.0", None),
            ("", None),
        ] {
            assert_eq!(satisfied(expression, &licences()), value, "{expression}");
        }
    }

    #[test]
    fn a_second_version_is_named_unless_it_is_known_and_a_known_one_that_is_gone_as_well() {
        let packages = [json!({ "name": "a" }), json!({ "name": "b" }), json!({ "name": "a" })];
        let several = in_several_versions(&packages);
        assert_eq!(several, BTreeSet::from(["a".to_owned()]));
        let known = |name: &str| BTreeSet::from([name.to_owned()]);
        assert_eq!(versions(&several, &known("a")), [""; 0]);
        assert_eq!(versions(&several, &known("b")).len(), 2);
        assert_eq!(versions(&BTreeSet::new(), &known("a")).len(), 1);
    }

    #[test]
    fn packages_from_elsewhere_and_without_licence_are_named() {
        let package = |source: Value, license: Value| {
            let mut package = json!({ "name": "a", "version": "1.0.0", "source": source });
            package["license"] = license;
            package
        };
        assert_eq!(mistake(&package(json!(REGISTRY), json!("MIT")), &licences()), None);
        assert_eq!(mistake(&package(Value::Null, json!("MIT")), &licences()), None);
        for (source, license) in [
            (json!("git+https://example.org/a"), json!("MIT")),
            (json!(REGISTRY), Value::Null),
            (json!(REGISTRY), json!("GPL-3.0-only")),
            (json!(REGISTRY), json!("what you like")),
        ] {
            let found = mistake(&package(source, license), &licences());
            assert!(found.is_some_and(|text| text.starts_with("a 1.0.0 ")));
        }
    }
}
