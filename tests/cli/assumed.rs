//! No rule, claim or advisory rests on what the catalog had to assume of KB973917: the names of the
//! missing functions (A1, A28) and the revision of the first release (A2).

use crate::program::{catalog, run, word};
use patchstate_catalog::{Catalog, Provenance};
use patchstate_terms::ImportedSymbol;
use std::{collections::BTreeSet, fs, path::Path};

/// Where rules, claims and advisories stand.
const FOLDERS: [&str; 4] =
    ["corpus/rules", "corpus/claims", "sim/commands/init", "sim/detect/advisories"];

fn rests_on(provenance: &Provenance, assumption: &str) -> bool {
    provenance.assumption.as_deref() == Some(assumption)
}

/// Files (by name) and revisions in the packages of the catalog, by whether A2 gives them.
fn revisions(catalog: &Catalog, are_assumed: bool) -> BTreeSet<(&str, u16)> {
    let releases = catalog.updates.iter().flat_map(|update| &update.releases);
    let packages = releases.flat_map(patchstate_catalog::Release::all_files);
    let of_kind = packages.filter(|p| rests_on(&p.provenance, "A2") == are_assumed);
    of_kind.map(|p| (catalog.file(p.file).path.file_name(), p.revision)).collect()
}

/// Names that stand for what has no public name.
fn placeholders(catalog: &Catalog) -> BTreeSet<&str> {
    let imports = catalog.files.iter().flat_map(|file| &file.imports);
    let is_one = |provenance| ["A1", "A28"].iter().any(|id| rests_on(provenance, id));
    let imports = imports.filter(|import| is_one(&import.provenance));
    let symbols = imports.flat_map(|import| &import.symbols);
    symbols
        .filter_map(|symbol| match symbol {
            ImportedSymbol::Name(name) => Some(name.as_str()),
            ImportedSymbol::Ordinal(_) => None,
        })
        .collect()
}

/// Every rule, claim and advisory, with its path.
fn texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for folder in FOLDERS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in fs::read_dir(path).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            if matches!(ending, Some("toml" | "xml")) {
                let text = fs::read_to_string(&path).expect("a text");
                texts.push((path.display().to_string(), text));
            }
        }
    }
    texts
}

#[test]
fn no_rule_claim_or_advisory_has_a_value_that_the_catalog_assumes() {
    let catalog = Catalog::built_in();
    let (assumed, public) = (revisions(&catalog, true), revisions(&catalog, false));
    assert_eq!(
        assumed,
        BTreeSet::from([
            ("w3core.dll", 4600),
            ("w3core.dll", 4667),
            ("w3core.dll", 4693),
            ("w3dt.dll", 4600),
        ])
    );
    let names = placeholders(&catalog);
    assert_eq!(
        names,
        BTreeSet::from([
            "PlaceholderForTheUnnamedRtmFunction",
            "PlaceholderForTheUnnamedSp2Function",
        ])
    );
    let texts = texts();
    assert!(texts.len() > 15, "{} files", texts.len());
    for (path, text) in &texts {
        for (number, line) in (1..).zip(text.lines()) {
            let has = |revision: u16| {
                let mut words = line.split(|letter: char| !letter.is_ascii_alphanumeric());
                words.any(|word| word == revision.to_string())
            };
            for (file, revision) in &assumed {
                // A number that is public of another file is wrong beside this one only.
                let is_public = public.iter().any(|(_, known)| known == revision);
                let is_of_file = !is_public || line.contains(file);
                assert!(!(is_of_file && has(*revision)), "{path}:{number}: {line}");
            }
            let name = names.iter().find(|name| line.contains(**name));
            assert!(name.is_none(), "{path}:{number}: {line}");
        }
    }
}

/// The bounds of A2: above ftpsvc2.dll of October 2009, and no higher than the highest revision in
/// any bulletin of the day of the release.
#[test]
fn rules_and_core_are_right_whatever_revision_the_first_release_of_kb973917_has() {
    for revision in ["4585", "4590", "4611"] {
        let package = |file: &str, revision: &str| format!("{file}\", revision = {revision}");
        let since = |revision: &str| format!("Function\"], since = {revision}");
        let catalog = catalog(&[
            ("updates.toml", &package("w3core.dll", "4600"), &package("w3core.dll", revision)),
            ("updates.toml", &package("w3dt.dll", "4600"), &package("w3dt.dll", revision)),
            ("files-web.toml", &since("4600"), &since(revision)),
        ]);
        let scope = ["--components", "iis", "--updates", "KB973917,KB982666", "--arch", "x64"];
        let scope = [&scope[..], &["--catalog", word(catalog.path())]].concat();
        let first = "sim/commands/init/iis-cannot-start.rule.toml";
        let right = run(&[&["verify", "iis-fits-os", first], &scope[..]].concat());
        assert_eq!(right.code, 0, "{revision}:\n{}{}", right.stdout, right.stderr);
        let recorded = run(&[&["verify", "qfecheck", "--json"], &scope[..]].concat()).json();
        let rule = &recorded["rules"][1];
        assert_eq!((&rule["rule"], &rule["false_negative"]), (&"qfecheck".into(), &"0".into()));
        assert!(rule["true_positive"] != "0" && rule["inconclusive"] == "0", "{rule}");
    }
}
