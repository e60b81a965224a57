//! Dependencies: their licences, where they come from, and what is known against them.
//!
//! **Owns** the reading of `deny.toml` without any program beside cargo: every licence expression
//! must be one that the list allows, and every package must come from the registry of the Rust
//! project. Where `cargo-deny` is installed it checks the same again, and the advisories too if
//! their database can be had.
//!
//! **Must never know** why a dependency is there.
//!
//! **Start reading** at [`run`].

use crate::{Failure, checkout, command, screen::say};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// The registry of the Rust project, as packages name it.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks every dependency of every feature.
pub(crate) fn run() -> Result<bool, Failure> {
    let allowed = allowed(&fs::read_to_string(checkout::root().join("deny.toml"))?)?;
    let arguments = ["metadata", "--format-version", "1", "--locked", "--all-features"];
    let metadata: Value = serde_json::from_str(&command::text("cargo", &arguments)?)?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let mistakes: Vec<String> =
        packages.iter().filter_map(|package| mistake(package, &allowed)).collect();
    for mistake in &mistakes {
        say(mistake);
    }
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    for package in &packages {
        *versions.entry(package["name"].as_str().unwrap_or_default()).or_default() += 1;
    }
    let several: Vec<&str> =
        versions.iter().filter(|(_, count)| **count > 1).map(|(name, _)| *name).collect();
    say(&format!("{} packages, {} licences allowed", packages.len(), allowed.len()));
    say(&format!("in more than one version, which is allowed: {}", several.join(", ")));
    Ok(!packages.is_empty() && mistakes.is_empty() && with_cargo_deny())
}

/// The same by `cargo-deny`, where it is there.
fn with_cargo_deny() -> bool {
    if command::find("cargo-deny").is_none() {
        say("skipped: advisories: no cargo-deny: `cargo install --locked cargo-deny`");
        return true;
    }
    let checks = ["deny", "--all-features", "check", "licenses", "bans", "sources"];
    if !command::passes("cargo", &checks, &[]) {
        return false;
    }
    if command::text("cargo", &["deny", "fetch", "db"]).is_err() {
        say("skipped: advisories: their database cannot be fetched from here");
        return true;
    }
    command::passes("cargo", &["deny", "--all-features", "check", "advisories"], &[])
}

/// The licences that `deny.toml` allows.
fn allowed(text: &str) -> Result<BTreeSet<String>, Failure> {
    let table: toml::Table = text.parse()?;
    let list = table.get("licenses").and_then(|licenses| licenses.get("allow"));
    let list = list.and_then(toml::Value::as_array).ok_or("deny.toml allows no licences")?;
    Ok(list.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect())
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

    fn list() -> BTreeSet<String> {
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
            assert_eq!(satisfied(expression, &list()), value, "{expression}");
        }
    }

    #[test]
    fn packages_from_elsewhere_and_without_licence_are_named() {
        let package = |source: Value, license: Value| {
            let mut package = json!({ "name": "a", "version": "1.0.0", "source": source });
            package["license"] = license;
            package
        };
        assert_eq!(mistake(&package(json!(REGISTRY), json!("MIT")), &list()), None);
        assert_eq!(mistake(&package(Value::Null, json!("MIT")), &list()), None);
        for (source, license) in [
            (json!("git+https://example.org/a"), json!("MIT")),
            (json!(REGISTRY), Value::Null),
            (json!(REGISTRY), json!("GPL-3.0-only")),
            (json!(REGISTRY), json!("what you like")),
        ] {
            let found = mistake(&package(source, license), &list());
            assert!(found.is_some_and(|text| text.starts_with("a 1.0.0 ")));
        }
    }
}
